"""Systems of weak and strict linear inequalities and equations, solved in rational arithmetic.

The walls of a region belong to it or not, and a set can be thin; so here the question is not for interior points.
Equations are solved for some of the coordinates; what is left is a :class:`theory.geometry.feasibility.MixedSystem`.
"""

from collections.abc import Iterable

from theory.exact import Point, Row, from_fmpq
from theory.geometry.feasibility import MixedSystem
from theory.geometry.subspace import AffineSubspace


def mixed_point(d: int, weak: Iterable[Row], strict: Iterable[Row] = (), equations: Iterable[Row] = ()) -> Point | None:
    """A rational point where weak rows are ≥ 0, strict rows > 0 and equations = 0, or None if there is none.

    >>> mixed_point(1, weak=[(1, 0), (-1, 0)])  # x ≥ 0 and x ≤ 0
    (Fraction(0, 1),)
    >>> mixed_point(1, weak=[(1, 0)], strict=[(-1, 0)]) is None  # x ≥ 0 and x < 0
    True
    """
    flat = AffineSubspace.of(d, equations)
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
    return None if point is None else flat.lift(list(map(from_fmpq, point)))
