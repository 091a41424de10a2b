"""Conditions of the checker with their rows as lists, as the provers want them, and points that satisfy them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import mul

from verify import checker

Condition = tuple[list[int], bool]
"""(row, strict)."""
Pieces = dict[int, list[Condition]]
"""The conditions under which a unit takes each of its pieces."""


def unpacked(claim: checker.Claim, conditions: Iterable[checker.Condition]) -> list[Condition]:
    """Conditions of the checker, such as the path of a cell, with their rows as lists."""
    return [(condition.unpacked(claim), condition.strict) for condition in conditions]


def open_pieces(cell: checker.Cell, unit: int) -> Pieces:
    """The pieces that an open unit of a cell has left; if these are all, the level keeps their rows for other cells."""
    claim, known, key = cell.level.claim, cell.level.known, (unit, "as lists")
    if unit in cell.left:
        return {piece: unpacked(claim, own) for piece, own in cell.pieces(unit).items()}
    if key not in known:
        known[key] = {piece: unpacked(claim, own) for piece, own in cell.pieces(unit).items()}
    found: Pieces = known[key]
    return found


def satisfies(point: Sequence[int], path: Sequence[Condition]) -> bool:
    """Whether the point n/q, given as (n_1, …, n_m, q) with q > 0, satisfies all conditions of a path."""
    for row, strict in path:
        value = sum(map(mul, row, point))
        if value < 0 or (strict and value == 0):
            return False
    return True


def short_point(path: Sequence[Condition], inside: Sequence[Fraction]) -> list[int]:
    """(n_1, …, n_m, q), n/q a point of the path near the interior point ``inside``, q the least power of two possible.

    >>> short_point([([3, -1], True), ([-2, 1], True)], [Fraction(4, 10)])
    [3, 8]
    """
    q = 1
    while True:
        point = [*(round(x * q) for x in inside), q]
        if satisfies(point, path):
            return point
        q *= 2
