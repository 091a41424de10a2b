"""Exact answers for the compiled engine, where neither its floats nor its integers decide.

The compiled loop stops with a question.  Its path names the rows that bound the current cell, which are written in
exact rationals.  The exact simplex says which pieces of the unit in question are empty on the cell.  Where several are
not, although no float can serve as a witness (a cell too thin for binary64), the exact engine takes over the subtree.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import flint

from theory.activations import PiecewiseLinear
from theory.exact import from_fmpq, to_fmpq
from theory.geometry.simplex import Dictionary
from theory.network import ForwardPass, Pattern
from verify.engines import exact
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
        self.answers = self.subtrees = 0

    @property
    def questions(self) -> int:
        """How many questions were answered."""
        return self.answers + self.subtrees

    def _row(self, name: tuple[int, ...], path: Pattern) -> list[Fraction]:
        """The exact row that a path name stands for."""
        layer, which, piece, rival, sign = name
        forms = self.hidden[layer].rows_of(which, self._forward.forms(layer, path))
        unit = self.hidden[layer].units[which]
        if rival >= 0:
            row = [a - b for a, b in zip(forms[piece], forms[rival], strict=True)]
        else:
            assert isinstance(unit, PiecewiseLinear)
            row = [*forms[0][:-1], forms[0][-1] - to_fmpq(unit.breakpoints[piece])]
        return [from_fmpq(v if sign > 0 else -v) for v in row]

    def _dictionary(self, path: Pattern, seen: int | None = None) -> Dictionary:
        """The current cell, exact: the domain's rows, or the first ``seen`` that it is cut with, and the path's."""
        names = map(self.loop.path_name, range(self.loop.rows))
        rows: list[Sequence[Fraction | int]] = [*self._walls, *self._cuts[:seen]]
        rows += [self._row(name, path) for name in names if name[0] >= 0]
        return self.dictionary(rows)

    def dictionary(self, rows: Sequence[Sequence[Fraction | int]]) -> Dictionary:
        """The current cell, which these rows bound."""
        if self.simplex:
            point = [flint.fmpq(*x.as_integer_ratio()) for x in self.loop.witness()]
            standing = Dictionary(len(point), point, rows)
            # where no float is a witness of the domain, this one is of the rows that it was cut with so far
            if all(form[0, len(point)] >= 0 for row, form in standing.forms.items() if row >= 0):
                return standing
        return exact.starting_dictionary(self.problem.dimension, rows)

    def empty_pieces(self) -> list[int]:
        """The empty pieces of the unit that the loop asks about on the current cell.

        While it is still cutting R^d down to the domain, it asks about a row of that; then piece 0 is its other side.
        """
        self.answers += 1
        asked = self.loop.asked
        if asked < 0:
            row = flint.fmpq_mat(1, self.problem.dimension + 1, list(self._cuts[-1 - asked]))
            _, below = exact.split(self._dictionary((), -1 - asked), row)
            return [0] if below is None else []
        path = tuple(map(tuple, self.loop.pieces()[:-1]))
        layer = self.hidden[len(path)]
        taken = dict(exact.parts_of(self._dictionary(path), layer, asked, self._forward.forms(len(path), path)))
        return [piece for piece in range(layer.units[asked].pieces) if piece not in taken]

    def leaves(self) -> Iterator[Pattern]:
        """The patterns of all regions inside the current cell, by the exact engine."""
        self.subtrees += 1
        path = tuple(tuple(line) for line in self.loop.pieces() if -1 not in line)
        below = exact.Cell(self._dictionary(path), path, (), self._forward.forms(len(path), path))
        for cell in exact.cells_below(self.problem.network.layers, below):
            yield cell.pattern
