"""A cell of the checker with its rows as lists, as the provers want them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from verify import checker

__all__ = ["Condition", "OpenCell", "Pieces", "domain_path"]

Condition = tuple[list[int], bool]
"""(row, strict)."""
Pieces = dict[int, list[Condition]]
"""The conditions under which a unit takes each of its pieces."""


class OpenCell:
    """A cell as provers see it.

    Attributes
    ----------
    cell : checker.Cell
    open : mapping
        For each open unit the conditions of the pieces that it has left.
    """

    def __init__(self, cell: checker.Cell) -> None:
        self.cell, self.open = cell, _Units(cell)

    @property
    def depth(self) -> int:
        """The layer."""
        return self.cell.level.depth

    def refuted(self, conditions: Sequence[Condition], multipliers: Sequence[int]) -> bool:
        """Whether the checker takes the multipliers for a proof that the conditions contradict each other here."""
        packed = [self._packed(row, strict) for row, strict in conditions]
        return checker.refutes(self.cell.level.claim, self.cell.bounds, packed, list(multipliers))

    def _packed(self, row: Sequence[int], strict: bool) -> checker.Condition:
        """The condition as the checker has it; kept as long as the layer's cells are."""
        known, key = self.cell.level.known, (*row, strict)
        if key not in known:
            known[key] = checker.Condition(self.cell.level.claim.pack(list(row)), strict)
        condition: checker.Condition = known[key]
        return condition

    def dependent(self, numbers: Sequence[int], path: Sequence[Condition], own: Sequence[Condition]) -> bool:
        """Whether rows of the path, or own ones as −1, −2, …, have a dependency that is such a proof."""
        claim = self.cell.level.claim
        places = {i if i >= 0 else len(path) - 1 - i: path[i] if i >= 0 else own[-1 - i] for i in numbers}
        packed = {i: self._packed(row, strict) for i, (row, strict) in places.items()}
        try:
            return checker.depends(claim, self.cell.bounds, list(places), packed, checker.MAX_LINE)
        except checker.Rejected:
            return False


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
