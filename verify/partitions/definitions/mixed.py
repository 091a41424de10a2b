"""Systems of weak and strict linear inequalities and equations, solved in rational arithmetic.

The walls of a region belong to it or not, and a set can be thin; so here the question is not for interior points.
With Q = {x : every row ≥ 0}, strict and weak, a system is solvable iff Q is not empty and every strict row is positive
somewhere on Q: the mean of such points satisfies all of them, since no row is negative on Q.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import flint

from theory.exact import Point, Row, from_fmpq, primitive_row
from verify.engines.dictionary import Dictionary

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
    point = _solution(flat.dimension, rows)
    return None if point is None else flat.lift(point)


def _solution(d: int, rows: dict[Row, bool]) -> list[flint.fmpq] | None:
    start = _weak_solution(d, list(rows))
    if start is None:
        return None
    polyhedron = Dictionary(d, start)
    for row in rows:
        polyhedron.add(polyhedron.express(flint.fmpq_mat(1, d + 1, list(row))))
    points = [start]
    for row, positive in rows.items():
        if not positive or any(_value(row, point) > 0 for point in points):
            continue
        falling = polyhedron.express(flint.fmpq_mat(1, d + 1, [-v for v in row]))
        found, goal, column = polyhedron.goes_below_zero(falling)
        if not found:
            return None
        points.append(_beyond(polyhedron, goal, column))
    return [sum(values, flint.fmpq(0)) / len(points) for values in zip(*points, strict=True)]


def _weak_solution(d: int, rows: Sequence[Row]) -> list[flint.fmpq] | None:
    """A point where every row is ≥ 0: maximize t with every row ≥ t from x = 0 on, until t ≥ 0; None if t stays < 0."""
    lowest = min([0, *(row[-1] for row in rows)])
    if lowest == 0:
        return [flint.fmpq(0)] * d
    phase = Dictionary(d + 1, [flint.fmpq(0)] * d + [flint.fmpq(lowest)])
    for row in rows:
        phase.add(phase.express(flint.fmpq_mat(1, d + 2, [*row[:-1], -1, row[-1]])))
    found, goal, column = phase.goes_below_zero(phase.express(flint.fmpq_mat(1, d + 2, [0] * d + [-1, 0])))
    if found:
        return _beyond(phase, goal, column)[:d]
    return phase.point()[:d] if goal[0, d + 1] == 0 else None


def _beyond(dictionary: Dictionary, goal: flint.fmpq_mat, column: int) -> list[flint.fmpq]:
    """A point of the polyhedron where ``goal`` is negative, on the edge that :meth:`goes_below_zero` returned."""
    d = dictionary.dimension
    step = goal[0, d] / -goal[0, column]
    room = min(
        (e[0, d] / -e[0, column] for e in dictionary.basic.values() if e[0, column] < 0), default=step + step + 1
    )
    length = (step + room) / 2
    return [e[0, d] + length * e[0, column] for e in dictionary.coordinates]


def _value(row: Row, point: Sequence[flint.fmpq]) -> flint.fmpq:
    return sum((a * v for a, v in zip(row, point, strict=False) if a), flint.fmpq(row[-1]))


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
