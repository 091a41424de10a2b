"""Conditions of the checker with their rows as lists, as the provers want them."""

from collections.abc import Iterable

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
