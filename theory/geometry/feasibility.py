"""Systems of linear inequalities in rational arithmetic: is there an interior point, how large can a form become.

The rows (a, b) mean ⟨a, x⟩ + b ≥ 0.  :func:`interior_point` asks for strict inequalities: it maximizes s ≤ 1
subject to ⟨a_i, x⟩ + b_i ≥ s, and the system is solvable exactly if s > 0.  :func:`maximum` maximizes an affine form.
Both use the simplex method with Bland's rule, so they end on every input.  Meant for the small systems of
arrangements and of single networks, not for engines.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint

from theory.exact import from_fmpq, to_fmpq

__all__ = ["interior_point", "maximum"]

Row = Sequence[Fraction | int]


def interior_point(rows: Sequence[Row], dimension: int, *, deep: bool = False) -> tuple[Fraction, ...] | None:
    """A point x with ⟨a, x⟩ + b > 0 for every row (a, b), or None if there is none.

    Parameters
    ----------
    rows : sequence of rational rows of length dimension + 1
    dimension : int
        Length of x, possibly 0.
    deep : bool
        Do not stop at the first such point, but where min(1, smallest value of a row) is largest.

    Examples
    --------
    >>> interior_point([(1, 0), (-1, 1)], 1)
    (Fraction(1, 2),)
    >>> interior_point([(3, 0), (-1, 1)], 1, deep=True)  # 3x = 1 − x
    (Fraction(1, 4),)
    >>> interior_point([(1, 0), (-1, 0)], 1) is None
    True
    """
    if all(row[-1] > 0 for row in rows) and not deep:
        return (Fraction(0),) * dimension
    return _Interior(rows, dimension).solve(deep)


def maximum(rows: Sequence[Row], form: Row, start: Sequence[Fraction | int]) -> Fraction | None:
    """The supremum of ⟨c, x⟩ + e over {x : ⟨a, x⟩ + b ≥ 0 for every row}, None if it is infinite.

    Parameters
    ----------
    rows : sequence of rational rows of length d + 1
    form : rational row of length d + 1
        (c, e), the affine form to maximize.
    start : d rationals
        A point that satisfies every row; the search begins there.

    Examples
    --------
    >>> triangle = [(1, 0, 0), (0, 1, 0), (-1, -2, 3)]
    >>> maximum(triangle, (1, 1, 0), (0, 0)), maximum(triangle[:2], (1, 1, 0), (0, 0))
    (Fraction(3, 1), None)
    """
    return _Ascent(rows, form, start).solve()


class _Dictionary:
    """Basic variables as affine functions of the nonbasic ones; variables below ``free`` may have any sign."""

    def __init__(self, free: int, basic: list[int], nonbasic: list[int], table: list[list[flint.fmpq]]) -> None:
        self.free, self.basic, self.nonbasic, self.table = free, basic, nonbasic, table

    def entering(self, costs: Sequence[flint.fmpq]) -> tuple[int, int] | None:
        """Column and sign of the first variable that improves the objective with these costs."""
        for column in sorted(range(len(self.nonbasic)), key=self.nonbasic.__getitem__):
            if costs[column] > 0:
                return column, 1
            if costs[column] < 0 and self.nonbasic[column] < self.free:
                return column, -1
        return None

    def leaving(self, column: int, sign: int, first: int) -> int | None:
        """The row of the first variable, from number ``first`` on, to reach zero; None if none does."""
        best: tuple[flint.fmpq, int, int] | None = None
        for i, row in enumerate(self.table):
            slope = row[column] * sign
            if self.basic[i] >= first and slope < 0:
                candidate = (row[-1] / -slope, self.basic[i], i)
                best = candidate if best is None else min(best, candidate)
        return None if best is None else best[2]

    def pivot(self, i: int, column: int) -> None:
        """Exchange the basic variable of row i and the nonbasic variable of the column."""
        row = self.table[i]
        pivot = row[column]
        solved = [-v / pivot for v in row]
        solved[column] = 1 / pivot
        for k, other in enumerate(self.table):
            factor = other[column]
            if k != i and factor:
                self.table[k] = [
                    (factor * v if c == column else w + factor * v)
                    for c, (w, v) in enumerate(zip(other, solved, strict=True))
                ]
        self.table[i] = solved
        self.basic[i], self.nonbasic[column] = self.nonbasic[column], self.basic[i]


class _Interior(_Dictionary):
    """Variables 0 … d−1 are the coordinates of x, then come s, the slack of s ≤ 1, and one slack for each row."""

    def __init__(self, rows: Sequence[Row], dimension: int) -> None:
        minus, one = flint.fmpq(-1), flint.fmpq(1)
        table = [[flint.fmpq(0)] * dimension + [minus, one]]
        table += [[*map(to_fmpq, row[:-1]), minus, to_fmpq(row[-1])] for row in rows]
        slacks = list(range(dimension + 1, dimension + 2 + len(rows)))
        super().__init__(dimension, slacks, list(range(dimension + 1)), table)
        lowest = min(range(len(table)), key=lambda i: table[i][-1])
        self.pivot(lowest, dimension)  # s leaves its place for the tightest row: all slacks are now ≥ 0

    def solve(self, deep: bool) -> tuple[Fraction, ...] | None:
        while True:
            objective = self.table[self.basic.index(self.free)]
            if objective[-1] > 0 and not deep:
                return self._point()
            entering = self.entering(objective)
            if entering is None:
                return self._point() if objective[-1] > 0 else None
            column, sign = entering
            leaving = self.leaving(column, sign, self.free + 1)
            assert leaving is not None  # s ≤ 1
            self.pivot(leaving, column)

    def _point(self) -> tuple[Fraction, ...]:
        values = {variable: from_fmpq(row[-1]) for variable, row in zip(self.basic, self.table, strict=True)}
        return tuple(values.get(j, Fraction(0)) for j in range(self.free))


class _Ascent(_Dictionary):
    """Variables 0 … d−1 are the steps away from the start, then come the objective and one slack for each row."""

    def __init__(self, rows: Sequence[Row], form: Row, start: Sequence[Fraction | int]) -> None:
        d = len(start)
        origin = [to_fmpq(v) for v in start]
        table = []
        for row in (form, *rows):
            *normal, offset = map(to_fmpq, row)
            table.append([*normal, sum((a * x for a, x in zip(normal, origin, strict=True) if a), offset)])
        assert all(row[-1] >= 0 for row in table[1:])
        super().__init__(d, list(range(d, d + len(table))), list(range(d)), table)

    def solve(self) -> Fraction | None:
        while (entering := self.entering(self.table[0])) is not None:
            column, sign = entering
            leaving = self.leaving(column, sign, self.free + 1)
            if leaving is None:
                return None
            self.pivot(leaving, column)
        return from_fmpq(self.table[0][-1])
