"""Evidence where cells may be thin: activation patterns (R1), whose conditions are strict or weak.

A body is a point of the cell.  A piece that the point takes is there; for the others an exact linear program looks for
a point, or for multipliers that show that there is none: maximize t over the rows that are ≥ 0, with the strict ones
≥ t.  If t cannot be positive, the optimal dictionary writes 0 − t as a sum of rows with factors ≥ 0, and the strict
ones among these have a positive factor.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import flint

from theory.errors import InternalError
from theory.exact import from_fmpq
from verify import checker
from verify.certificate.witness import Condition, satisfies
from verify.engines.dictionary import Dictionary, Expression

__all__ = ["Point", "Refutation", "ThinBodies"]

Point = list[int]
"""(n_1, …, n_m, q)."""
Refutation = tuple[list[int], list[int]]
"""Numbers of rows and their multipliers."""


class ThinBodies:
    """The same services as :class:`verify.certificate.exact_bodies.ExactBodies`, for strict and weak conditions.

    Parameters
    ----------
    dimension : int
    columns : sequence of int
        Coordinates that matter; points are 0 in the others.
    inside : sequence of int
        A point of the domain's interior.
    """

    def __init__(self, dimension: int, columns: Sequence[int], inside: Point) -> None:
        self.dimension, self.columns, self.inside = dimension, columns, inside

    def root(self, path: Sequence[Condition]) -> Point:  # noqa: ARG002
        """The domain."""
        return self.inside

    def survey(self, body: Point, cell: checker.Cell) -> set[int]:  # noqa: ARG002
        """Units that are known to cut the cell before they are examined: none."""
        return set()

    def release(self, body: Point) -> None:
        """Nothing is kept for a body."""

    def witness(self, body: Point, path: Sequence[Condition]) -> Point:  # noqa: ARG002
        """The point."""
        return body

    def examine(
        self, body: Point, cell: checker.Cell, unit: int, path: Sequence[Condition]
    ) -> tuple[dict[int, Refutation], dict[int, Point]]:
        """The empty pieces of an open unit with evidence, and a point of each other one."""
        empty: dict[int, Refutation] = {}
        bodies: dict[int, Point] = {}
        for piece, own in cell.open[unit].items():
            if satisfies(body, own):
                bodies[piece] = body
                continue
            found = self.solve(body, path, own)
            if isinstance(found, list):
                bodies[piece] = found
            else:
                empty[piece] = found
        return empty, bodies

    def solve(self, point: Point, path: Sequence[Condition], own: Sequence[Condition]) -> Point | Refutation:
        """A point where path and own conditions hold, from one where the path does; or why there is none."""
        d = len(self.columns)
        system = Dictionary(d + 1, [*(flint.fmpq(point[j], point[-1]) for j in self.columns), flint.fmpq(0)])
        system.add(system.express(flint.fmpq_mat(1, d + 2, [0] * d + [1, 0])))  # t ≥ 0
        system.add(system.express(flint.fmpq_mat(1, d + 2, [0] * d + [-1, 1])))  # t ≤ 1
        for condition in path:
            system.add(system.express(self._row(condition)))
        for i, condition in enumerate(own):
            slack = system.express(self._row(condition))
            if slack[0, d + 1] < 0:
                possible, falling, column = system.goes_below_zero(-slack)
                if possible:
                    _, system = system.stand_on(falling, column)
                    continue
                if falling[0, d + 1] > 0:
                    return _refutation(system, falling, len(path), i)
                slack = -falling
            system.add(slack)
        falling = system.express(flint.fmpq_mat(1, d + 2, [0] * d + [-1, 0]))
        if falling[0, d + 1] < 0:  # t is positive already
            return self._short(system.point(), [*path, *own])
        found, falling, column = system.goes_below_zero(falling)
        if not found:
            return _refutation(system, falling, len(path), None)
        return self._short(_along(system, column), [*path, *own])

    def _row(self, condition: Condition) -> flint.fmpq_mat:
        """The row, minus t if it is strict."""
        row, strict = condition
        return flint.fmpq_mat(1, len(self.columns) + 2, [*(row[j] for j in self.columns), -int(strict), row[-1]])

    def _short(self, solution: Sequence[flint.fmpq], conditions: Sequence[Condition]) -> Point:
        """A short point near a solution (x, t), or the solution itself."""
        inside = dict(zip(self.columns, map(from_fmpq, solution[:-1]), strict=True))
        exact = lcm(*(v.denominator for v in inside.values()))
        for q in (1, 2, 4, 8, 16, 64, 256, exact):
            point = [*(round(inside.get(j, 0) * q) for j in range(self.dimension)), q]
            if satisfies(point, conditions):
                return point
        raise InternalError("a point of an exact linear program violates its conditions; please report the network")


def _along(system: Dictionary, column: int) -> list[flint.fmpq]:
    """A point on the edge along which t grows from 0; the edge is bounded, since t ≤ 1."""
    last = system.dimension
    step = min(e[0, last] / -e[0, column] for e in system.basic.values() if e[0, column] < 0) / 2
    return [e[0, last] + step * e[0, column] for e in system.coordinates]


def _refutation(system: Dictionary, falling: Expression, height: int, last: int | None) -> Refutation:
    """Rows and multipliers from an optimal dictionary; ``last`` is the own condition that cannot be met, if any."""
    factors = {}
    for j, number in enumerate(system.nonbasic):
        if number >= 2 and falling[0, j] != 0:
            place = number - 2
            factors[place if place < height else height - 1 - place] = from_fmpq(falling[0, j])
    if last is not None:
        factors[-1 - last] = Fraction(1)
    common = lcm(*(y.denominator for y in factors.values()))
    names = sorted(factors)
    return names, [int(factors[name] * common) for name in names]
