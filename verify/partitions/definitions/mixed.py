"""Systems of weak and strict linear inequalities and equations, solved in rational arithmetic.

The walls of a region belong to it or not, and a set can be thin; so here the question is not for interior points.
Equations are solved for some of the coordinates; what is left is a :class:`theory.geometry.feasibility.MixedSystem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import flint

from theory.exact import Point, Row, from_fmpq, primitive_row
from theory.geometry.feasibility import MixedSystem

__all__ = ["Flat", "mixed_point"]


def mixed_point(d: int, weak: Iterable[Row], strict: Iterable[Row] = (), equations: Iterable[Row] = ()) -> Point | None:
    """A rational point where weak rows are ≥ 0, strict rows > 0 and equations = 0, or None if there is none.

    >>> mixed_point(1, weak=[(1, 0), (-1, 0)])  # x ≥ 0 and x ≤ 0
    (Fraction(0, 1),)
    >>> mixed_point(1, weak=[(1, 0)], strict=[(-1, 0)]) is None  # x ≥ 0 and x < 0
    True
    """
    flat = Flat.of(d, equations)
    if flat is None:
        return None
    rows: dict[Row, bool] = {}
    for source, positive in ((strict, True), (weak, False)):
        for row in source:
            short = flat.restrict(row)
            if not any(short[:-1]):
                if short[-1] < 0 or (positive and short[-1] == 0):
                    return None
                continue
            rows.setdefault(short, positive)
    system = MixedSystem(flat.dimension)
    point = system.solve() if all(system.require(row, strict=positive) for row, positive in rows.items()) else None
    return None if point is None else flat.lift(point)


class Flat:
    """The solutions of linear equations, parametrized by the coordinates that remain free.

    Attributes
    ----------
    dimension : int
        Number of free coordinates.
    """

    def __init__(self, d: int, solved: dict[int, list[int]], scale: int) -> None:
        """``scale``·x_p + Σ_j c_j·x_j + c_d = 0 for every pivot coordinate p with row c; j runs over the free ones."""
        self._d, self._solved, self._scale = d, solved, scale
        self._free = [j for j in range(d) if j not in solved]
        self.dimension = len(self._free)

    @classmethod
    def of(cls, d: int, equations: Iterable[Row]) -> Flat | None:
        """{x : every row = 0}, None if it is empty."""
        rows = [list(row) for row in dict.fromkeys(equations) if any(row)]
        if not rows:
            return cls(d, {}, 1)
        echelon, scale, rank = flint.fmpz_mat(rows).rref()
        sign = 1 if scale > 0 else -1
        table = [[sign * int(v) for v in row] for row in echelon.tolist()[: int(rank)]]
        solved = {next(j for j, v in enumerate(row) if v): row for row in table}
        return None if d in solved else cls(d, solved, abs(int(scale)))

    def restrict(self, row: Row) -> Row:
        """A positive multiple of the affine function, written in the free coordinates."""
        short = [self._scale * row[j] for j in (*self._free, self._d)]
        for pivot, solved in self._solved.items():
            if factor := row[pivot]:
                short = [v - factor * solved[j] for v, j in zip(short, (*self._free, self._d), strict=True)]
        return primitive_row(short)

    def lift(self, point: Sequence[flint.fmpq]) -> Point:
        """The point of R^d with these free coordinates."""
        values = dict(zip(self._free, map(from_fmpq, point), strict=True))
        for pivot, row in self._solved.items():
            total = sum((row[j] * values[j] for j in self._free), Fraction(row[self._d]))
            values[pivot] = -total / self._scale
        return tuple(values[j] for j in range(self._d))
