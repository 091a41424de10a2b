r"""Random descents in many dimensions: a float solver proposes points, exact arithmetic decides where they lie.

A node is a cell of the first units with a rational point inside.  The next unit has one sign at that point; whether the
cell has a part with the other sign is asked of HiGHS, which looks for the vertex where the unit is furthest on its
other side.  A point on the way there is evaluated exactly: if it satisfies every inequality strictly, the part is
there, and if not, the part is taken to be missing.  So every node that is visited exists, and some may be left out.

Leaving out nodes does no harm to a lower bound.  Let the weight be multiplied by m at each node where m of its parts
were found, and one of them be chosen, each equally likely.  Given the past, the mean of the weight times the regions
below the next node is at most the weight times the regions below this one, whatever was left out and why.  So the
weight at the end has a mean of at most R.

A descent ends with the weight 0 where a unit is zero at the point.  The units are ReLU or other scalar units with one
breakpoint at 0.
"""

from fractions import Fraction
from typing import Any

import flint
import numpy as np

from theory.deadline import check
from theory.exact import from_fmpq
from verify.counting.estimates.mixed_integer import new_solver
from verify.counting.samples.stream import Stream
from verify.engines.fast import central_point
from verify.engines.problem import Problem
from verify.slices.prepared import nearest

_FAR = 1e6
"""Where a domain is not bounded, points are sought in a box of this size."""


def can_dive(problem: Problem) -> bool:
    """Whether all units are of this kind, and the solver is installed."""
    try:
        import highspy  # noqa: F401
    except ImportError:
        return False
    bending = (unit for layer in problem.network.hidden for unit in layer.units if unit.pieces > 1)
    return all(u.rows == 1 and u.pieces == 2 and not any(c.shift for c in u.comparisons(0)) for u in bending)


class _Cell:
    """The inequalities of a cell, exactly and for the solver, with a point that satisfies them all strictly."""

    def __init__(self, problem: Problem) -> None:
        import highspy

        self._highs, self._dimension, self._bounds = highspy, problem.dimension, problem.bounds
        self._rows: list[flint.fmpq_mat] = []
        self._columns = np.arange(problem.dimension, dtype=np.int32)
        self.point = central_point(problem)
        self._solver: Any = new_solver(presolve="off")
        for j in range(problem.dimension):
            self._solver.addVar(*((-_FAR, _FAR) if self._bounds is None else map(nearest, self._bounds[j])))
        for row in problem.cuts:
            self.add(flint.fmpq_mat(1, len(row), list(row)))

    def add(self, row: flint.fmpq_mat) -> None:
        """One more inequality ⟨a, x⟩ + b > 0, which the point satisfies."""
        self._rows.append(row)
        normal, offset = _floats(row)
        self._solver.addRow(-offset, self._highs.kHighsInf, len(normal), self._columns, normal)

    def beyond(self, row: flint.fmpq_mat) -> list[flint.fmpq] | None:
        """A point of the open cell where ⟨a, x⟩ + b < 0, which is > 0 at the cell's point; None if none is found.

        The solver goes to a vertex where the form is as small as it can be; the result lies between the vertex and the
        place where the way there from the cell's point meets zero.
        """
        check()
        normal, offset = _floats(row)
        self._solver.changeColsCost(len(normal), self._columns, normal)
        self._solver.run()
        if self._solver.getModelStatus() != self._highs.HighsModelStatus.kOptimal:
            return None
        vertex = np.array(self._solver.getSolution().col_value)
        start = np.array([nearest(from_fmpq(v)) for v in self.point])
        with np.errstate(all="ignore"):
            here, there = normal @ start + offset, normal @ vertex + offset
        if not there < 0.0 < here < np.inf:
            return None
        share = (1.0 + here / (here - there)) / 2.0
        found = [flint.fmpq(*float(v).as_integer_ratio()) for v in start + share * (vertex - start)]
        return found if _value(row, found) < 0 and self._holds(found) else None

    def _holds(self, point: list[flint.fmpq]) -> bool:
        ends = () if self._bounds is None else zip(point, self._bounds, strict=True)
        inside = all(low < from_fmpq(v) < high for v, (low, high) in ends)
        return inside and all(_value(row, point) > 0 for row in self._rows)


def _floats(row: flint.fmpq_mat) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    """The coefficients and the constant, divided by the largest coefficient."""
    *normal, offset = (from_fmpq(v) for v in row.entries())
    largest = max(map(abs, normal))
    return np.array([nearest(v / largest) for v in normal]), nearest(offset / largest)


def _value(row: flint.fmpq_mat, point: list[flint.fmpq]) -> flint.fmpq:
    column = flint.fmpq_mat(len(point) + 1, 1, [*point, flint.fmpq(1)])
    return (row * column)[0, 0]


def dive(problem: Problem, stream: Stream) -> Fraction:
    """The weight at the end of one descent; its mean is at most the number of regions."""
    cell = _Cell(problem)
    layers, weight = problem.network.layers, 1
    forms = layers[0].forms
    for number, layer in enumerate(layers[:-1]):
        pieces = []
        for unit, at in zip(layer.units, layer.first_rows, strict=True):
            row = flint.fmpq_mat(1, forms.ncols(), [forms[at, j] for j in range(forms.ncols())])
            if unit.pieces == 1:
                pieces.append(0)
                continue
            if not any(row[0, j] for j in range(problem.dimension)):
                pieces.append(unit.piece_of([from_fmpq(row[0, problem.dimension])]))
                continue
            value = _value(row, cell.point)
            if not value:
                return Fraction(0)
            here = row if value > 0 else -row
            other = cell.beyond(here)
            if other is not None:
                weight *= 2
                if stream.below(2):
                    cell.point, here = other, -here
            cell.add(here)
            pieces.append(int(_value(row, cell.point) > 0))
        forms = layers[number + 1].read(layer.push(forms, pieces))
    return Fraction(weight)
