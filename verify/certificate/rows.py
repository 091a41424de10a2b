"""A cell of the checker with its rows as lists, as the provers want them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify import checker

__all__ = ["Condition", "OpenCell", "Pieces", "domain_path"]

Condition = tuple[list[int], bool]
"""(row, strict)."""
Pieces = dict[int, list[Condition]]
"""The conditions under which a unit takes each of its pieces."""


class OpenCell:
    """A cell as provers see it; ``open`` gives for each open unit the conditions of the pieces that it has left."""

    def __init__(self, cell: checker.Cell) -> None:
        self.cell, self.open = cell, _Units(cell)


class _Units(Mapping[int, Pieces]):
    def __init__(self, cell: checker.Cell) -> None:
        self.cell = cell

    def __getitem__(self, unit: int) -> Pieces:
        if unit not in self.cell.open:
            raise KeyError(unit)
        known, key = self.cell.level.known, (unit, "as lists")
        if self.cell.open[unit] is None and key in known:
            found: Pieces = known[key]
            return found
        claim, options = self.cell.level.claim, self.cell.left(unit)
        pieces = {
            piece: [(own.unpacked(claim), own.strict) for own in conditions] for piece, conditions in options.items()
        }
        if self.cell.open[unit] is None:
            known[key] = pieces
        return pieces

    def __iter__(self) -> Iterator[int]:
        return iter(self.cell.open)

    def __len__(self) -> int:
        return len(self.cell.open)


def domain_path(claim: checker.Claim) -> list[Condition]:
    """The conditions of the domain."""
    return [(condition.unpacked(claim), condition.strict) for condition in claim.path]
