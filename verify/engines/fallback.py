"""Exact answers for the compiled engine, where neither its floats nor its integers decide.

The compiled loop stops with a question.  Its path names the rows that bound the current cell, so each of them can be
written in exact rationals: the layers are composed with the pieces that the path has fixed.  The exact simplex says
what the row in question does to the cell.  Where it cuts the cell although no float can serve as a witness (a cell too
thin for binary64), the exact engine takes over the subtree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import flint

from theory.activations import PiecewiseLinear
from theory.exact import from_fmpq, to_fmpq
from theory.forward_pass import ForwardPass
from theory.geometry.simplex import Dictionary
from theory.network import Pattern
from verify.engines import exact
from verify.engines.core import core
from verify.engines.problem import Problem


class ExactFallback:
    """Exact answers about the current cell of a traversal; it counts them, and the subtrees for the exact engine."""

    def __init__(self, problem: Problem, loop: Any, simplex: bool) -> None:
        self.problem, self.loop, self.simplex = problem, loop, simplex
        self.hidden = problem.network.hidden
        self._forward = ForwardPass(problem.network)
        # the rows of the domain that the traversal cuts with, and those that its dictionary holds as bounds
        self._cuts = problem.cuts if simplex else problem.rows
        self._walls = problem.rows if not self._cuts else tuple(row for row in problem.rows if row not in self._cuts)
        self.rows = self.subtrees = 0

    @property
    def questions(self) -> int:
        """How many questions were answered."""
        return self.rows + self.subtrees

    def _begin(self) -> None:
        """Read the path once; it does not change while one question is answered."""
        self._slot = self.loop.slot
        self._path = tuple(tuple(self.loop.pieces(k)) for k in range(self._slot.layer))

    def _row(self, name: tuple[int, ...]) -> flint.fmpq_mat:
        """The exact row that a path name stands for."""
        layer, which, piece, rival, sign = name
        d = self.problem.dimension
        if layer < 0:
            row = flint.fmpq_mat(1, d + 1, list(self._cuts[which]))
        else:
            matrix = self._forward.forms(layer, self._path)
            first = self.hidden[layer].first_rows[which]
            unit = self.hidden[layer].units[which]
            if rival >= 0:
                row = self._line(matrix, first + piece) - self._line(matrix, first + rival)
            else:
                assert isinstance(unit, PiecewiseLinear)
                row = self._line(matrix, first)
                row[0, d] -= to_fmpq(unit.breakpoints[piece])
        return row if sign > 0 else -row

    @staticmethod
    def _line(matrix: flint.fmpq_mat, i: int) -> flint.fmpq_mat:
        n = matrix.ncols()
        return flint.fmpq_mat(1, n, [matrix[i, j] for j in range(n)])

    def _dictionary(self, *, whole: bool = False) -> Dictionary:
        """The current cell, exact: the domain's rows and the path's.

        While the traversal is still cutting R^d down to the domain, only the rows that it has looked at, unless the
        ``whole`` domain is asked for.
        """
        d, slot = self.problem.dimension, self._slot
        names = map(self.loop.path_name, range(slot.rows))
        seen = slot.position if slot.phase == core.Phase.DOMAIN and not whole else None
        rows: list[Sequence[Fraction | int]] = [*self._walls, *self._cuts[:seen]]
        rows += [[from_fmpq(v) for v in self._row(name).entries()] for name in names if name[0] >= 0]
        if self.simplex:
            point = [flint.fmpq(*x.as_integer_ratio()) for x in self.loop.witness()]
            return Dictionary(d, point, rows)
        return exact.starting_dictionary(d, rows)

    def row_verdict(self) -> int:
        """POSITIVE, NEGATIVE or CUT for the row under test on the current cell."""
        self.rows += 1
        self._begin()
        name = self.loop.row_name
        row = self._row(name)
        if not any(row.entries()) and name[3] >= 0:
            return int(core.POSITIVE if name[2] < name[3] else core.NEGATIVE)
        above, below = exact.split(self._dictionary(), row)
        if above is None:
            return int(core.NEGATIVE)
        return int(core.POSITIVE if below is None else core.CUT)

    def leaves(self) -> Iterator[Pattern]:
        """The patterns of all regions inside the current cell, by the exact engine."""
        self.subtrees += 1
        self._begin()
        slot = self._slot
        layer = slot.layer
        dictionary = self._dictionary(whole=True)
        if slot.phase == core.Phase.RESTRICT:
            unit, piece = self.loop.restricted_unit, slot.choice
            for rival in range(slot.rival, self.hidden[layer].units[unit].rows):
                if rival == piece:
                    continue
                row = self._row((layer, unit, piece, rival, 1))
                if piece < rival and not any(row.entries()):
                    continue
                above, _ = exact.split(dictionary, row)
                if above is None:
                    return
                dictionary = above
        below = exact.Cell(dictionary, self._path[:layer], (), self._forward.forms(layer, self._path))
        for cell in exact.cells_below(self.problem.network.layers, below):
            yield cell.pattern
