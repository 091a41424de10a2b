"""Exact answers for the compiled engine, where its floats decide nothing.

The compiled loop stops with a question.  Its path names the rows that bound the current cell, so each of them can be
written in exact rationals: the layers are composed with the pieces that the path has fixed.  A question about a vertex
is the sign of a determinant.  A question about a row is put to the exact multipliers of the conditions at which the
float dictionary stands, and if they do not decide, to the exact simplex.  Where a row cuts the cell although no float
can serve as a witness (a cell too thin for binary64), the exact engine takes over the subtree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import flint
import numpy as np

from theory.activations import PiecewiseLinear
from theory.exact import from_fmpq, to_fmpq
from theory.forward_pass import ForwardPass
from theory.geometry.simplex import Dictionary
from theory.network import Pattern
from verify.engines import exact
from verify.engines import state as states
from verify.engines.model import Model
from verify.engines.multipliers import side_by_multipliers
from verify.engines.problem import Problem
from verify.engines.simplex import Simplex, copy_slot, descend, express
from verify.engines.vertices import CUT, FIRST, FOOT, NEGATIVE, POSITIVE, UNDECIDED, Vertices, directions

__all__ = ["ExactFallback"]


class ExactFallback:
    """Exact answers about the current cell of a traversal.

    Attributes
    ----------
    vertices, rows, subtrees : int
        How many questions of each kind were answered.
    bases : int
        How many of those about rows by exact multipliers.
    """

    def __init__(self, problem: Problem, model: Model, state: states.State, geometry: int) -> None:
        self.problem = problem
        self.model = model
        self.state = state
        self.geometry = geometry
        self.hidden = problem.network.hidden
        self._forward = ForwardPass(problem.network)
        # the rows of the domain that the traversal cuts with, and those that its dictionary holds as bounds
        self._cuts = problem.cuts if geometry == states.SIMPLEX else problem.rows
        self._walls = problem.rows if not self._cuts else tuple(row for row in problem.rows if row not in self._cuts)
        self.vertices = self.rows = self.bases = self.subtrees = 0

    def _pieces(self, layer: int) -> tuple[int, ...]:
        """Pieces that the units of a finished layer take on the current path."""
        state, model = self.state, self.model
        n = state.number[layer]
        pieces = state.base[layer, : model.units[layer]].copy()
        np.add.at(pieces, model.hyperplane_unit[layer, state.cutting[layer, :n]], state.passed[layer, :n])
        return tuple(pieces.tolist())

    def _begin(self) -> None:
        """Read the path once; it does not change while one question is answered."""
        layer = max(int(self.state.slot[self._top, states.LAYER]), 0)
        self._path = tuple(self._pieces(k) for k in range(layer))

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

    def _name(self, number: int) -> tuple[int, ...]:
        return tuple(int(v) for v in self.state.path_name[number])

    @property
    def _top(self) -> int:
        return int(self.state.control[states.TOP])

    def _dictionary(self, cells: tuple[Vertices, Simplex], *, whole: bool = False) -> Dictionary:
        """The current cell, exact: the domain's rows and the path's.

        While the traversal is still cutting R^d down to the domain, only the rows that it has looked at, unless the
        ``whole`` domain is asked for.
        """
        d = self.problem.dimension
        top = self._top
        slot = self.state.slot[top]
        names = [self._name(r) for r in range(int(slot[states.ROWS]))]
        seen = int(slot[states.POSITION]) if slot[states.PHASE] == states.DOMAIN and not whole else None
        rows: list[Sequence[Fraction | int]] = [*self._walls, *self._cuts[:seen]]
        rows += [[from_fmpq(v) for v in self._row(name).entries()] for name in names if name[0] >= 0]
        if self.geometry == states.SIMPLEX:
            point = [flint.fmpq(*float(v).as_integer_ratio()) for v in cells[1].witness[top]]
            return Dictionary(d, point, rows)
        return exact.starting_dictionary(d, rows)

    def vertex_sign(self, cells: tuple[Vertices, Simplex]) -> int:
        """The sign of the row under test at the vertex that was asked about."""
        self.vertices += 1
        self._begin()
        geo = cells[0]
        top, v = self._top, int(geo.asked[0])
        parents = [int(p) for p in geo.parents[top, v]]
        d = self.problem.dimension
        if parents[1] <= FIRST:
            vertex = [flint.fmpq(c) for c in directions(d)[FIRST - parents[1]]]
        elif d == 1:
            a = self._row(self._name(parents[0]))
            vertex = [-a[0, 1], a[0, 0]]
            if a[0, 0] < 0:
                vertex = [-c for c in vertex]
        elif parents[1] == FOOT:
            a = self._row(self._name(parents[0]))
            vertex = [-a[0, 0] * a[0, 2], -a[0, 1] * a[0, 2], a[0, 0] ** 2 + a[0, 1] ** 2]
        else:
            first = [0, 0, 1] if parents[0] < 0 else self._row(self._name(parents[0])).entries()
            second = self._row((*self._name(parents[1])[:4], 1)).entries()  # it was positive when the vertex was made
            vertex = [
                first[(k + 1) % 3] * second[(k + 2) % 3] - first[(k + 2) % 3] * second[(k + 1) % 3] for k in range(3)
            ]
            if parents[2] < 0:
                vertex = [-c for c in vertex]
        row = self._row(tuple(int(x) for x in self.state.row_name))
        value = sum((row[0, k] * vertex[k] for k in range(d + 1)), flint.fmpq(0))
        return int(value > 0) - int(value < 0)

    def row_verdict(self, cells: tuple[Vertices, Simplex]) -> int:
        """POSITIVE, NEGATIVE or CUT for the row under test on the current cell."""
        self.rows += 1
        self._begin()
        name = tuple(int(x) for x in self.state.row_name)
        row = self._row(name)
        if not any(row.entries()) and name[3] >= 0:
            return POSITIVE if name[2] < name[3] else NEGATIVE
        if self.geometry == states.SIMPLEX:
            side = self._side_by_multipliers(cells[1], row)
            if side != UNDECIDED:
                self.bases += 1
                return side
        above, below = exact.split(self._dictionary(cells), row)
        if above is None:
            return NEGATIVE
        return POSITIVE if below is None else CUT

    def _side_by_multipliers(self, geo: Simplex, row: flint.fmpq_mat) -> int:
        """What the conditions say at the vertex where the floats find the row nearest to its other side."""
        d, top, scratch = self.problem.dimension, self._top, len(geo.table) - 1
        at_witness = row[0, d]
        for i, x in enumerate(geo.witness[top].tolist()):
            if a := row[0, i]:
                at_witness += a * flint.fmpq(*x.as_integer_ratio())
        m = int(self.state.slot[top, states.ROWS])
        with np.errstate(all="ignore"):
            copy_slot(geo, top, scratch, m)
            express(geo, scratch, self.state.row_center, geo.deep)
            if at_witness < 0:
                np.negative(geo.deep, out=geo.deep)
            descend(geo, scratch, m, geo.deep, -math.inf)
        bounds = self.problem.bounds
        tight: list[flint.fmpq_mat] = []
        held: list[tuple[int, int, flint.fmpq | None]] = []
        for variable in geo.nonbasic[scratch].tolist():
            if variable >= d:
                tight.append(self._row(self._name(variable - d)))
                continue
            side = 1 if geo.side[scratch, variable] > 0 else -1
            held.append((variable, side, to_fmpq(bounds[variable][side < 0]) if bounds else None))
        return side_by_multipliers(row, tight, held)

    def leaves(self, cells: tuple[Vertices, Simplex]) -> Iterator[Pattern]:
        """The patterns of all regions inside the current cell, by the exact engine."""
        self.subtrees += 1
        self._begin()
        top = self._top
        slot = self.state.slot[top]
        layer = int(slot[states.LAYER])
        dictionary = self._dictionary(cells, whole=True)
        if slot[states.PHASE] == states.RESTRICT:
            index = self.state.remaining[top, slot[states.POSITION]]
            unit = int(self.model.hyperplane_unit[layer, self.state.cutting[layer, index]])
            piece = int(slot[states.CHOICE])
            for rival in range(int(slot[states.RIVAL]), int(self.model.unit_rank[layer, unit])):
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
