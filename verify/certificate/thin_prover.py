"""Evidence where cells may be thin: activation patterns (R1), whose conditions are strict or weak.

The shape of a cell is a point of it.  A piece that the point takes is not empty; for the others an exact linear program
looks for a point, or for multipliers that show that there is none: maximize t over the rows that are ≥ 0, with the
strict ones ≥ t.  If t cannot be positive, the optimal dictionary writes 0 − t as a sum of rows with factors ≥ 0, and
the strict ones among these have a positive factor.
"""

from collections.abc import Sequence
from math import lcm

import flint

from theory.errors import InternalError
from theory.exact import from_fmpq
from theory.geometry.feasibility import MixedSystem
from verify.certificate.rows import Condition, Pieces, satisfies
from verify.certificate.tree import Prover

Point = list[int]
"""(n_1, …, n_m, q)."""
Refutation = tuple[list[int], list[int]]
"""Numbers of rows and their multipliers."""


class ThinCellProver(Prover[Point]):
    """Evidence for strict and weak conditions; ``inside`` is a point of the domain's interior."""

    def __init__(self, dimension: int, columns: Sequence[int], inside: Point) -> None:
        super().__init__(dimension, columns)
        self.inside = inside

    def root(self, path: Sequence[Condition]) -> Point:  # noqa: ARG002
        """The domain."""
        return self.inside

    def witness(self, shape: Point, path: Sequence[Condition]) -> Point:  # noqa: ARG002
        return shape

    def examine(
        self, shape: Point, pieces: Pieces, path: Sequence[Condition]
    ) -> tuple[dict[int, Refutation], dict[int, Point]]:
        """The empty pieces of a unit with evidence, and a point of each other one."""
        empty: dict[int, Refutation] = {}
        shapes: dict[int, Point] = {}
        for piece, own in pieces.items():
            if satisfies(shape, own):
                shapes[piece] = shape
                continue
            found = self.solve(shape, path, own)
            if isinstance(found, list):
                shapes[piece] = found
            else:
                empty[piece] = found
        return empty, shapes

    def solve(self, point: Point, path: Sequence[Condition], own: Sequence[Condition]) -> Point | Refutation:
        """A point where path and own conditions hold, from one where the path does; or why there is none."""
        system = MixedSystem(len(self.columns), [flint.fmpq(point[j], point[-1]) for j in self.columns])
        found: list[flint.fmpq] | None = None
        if all(system.require(self.reduced(row), strict=strict) for row, strict in (*path, *own)):
            found = system.solve()
        return _refutation(system, len(path)) if found is None else self._short(found, [*path, *own])

    def _short(self, solution: Sequence[flint.fmpq], conditions: Sequence[Condition]) -> Point:
        """A short point near a solution, or the solution itself."""
        inside = dict(zip(self.columns, map(from_fmpq, solution), strict=True))
        exact = lcm(*(v.denominator for v in inside.values()))
        for q in (1, 2, 4, 8, 16, 64, 256, exact):
            point = [*(round(inside.get(j, 0) * q) for j in range(self.dimension)), q]
            if satisfies(point, conditions):
                return point
        raise InternalError("a point of an exact linear program violates its conditions; please report the network")


def _refutation(system: MixedSystem, height: int) -> Refutation:
    """Rows of the path by their number and own ones as −1, −2, …, with integer multipliers."""
    assert system.refutation is not None
    factors = {i if i < height else height - 1 - i: from_fmpq(y) for i, y in system.refutation.items()}
    common = lcm(*(y.denominator for y in factors.values()))
    names = sorted(factors)
    return names, [int(factors[name] * common) for name in names]
