"""Regions of the other definitions as objects; activation regions are :class:`theory.geometry.region.Region`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from theory.exact import Point
from theory.geometry.region import Region, pattern_text
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.definitions.definition import DEFINITIONS


class OccurringPattern(NamedTuple):
    """A pattern that occurs, perhaps on a thin set, with a rational point of the closed domain that has it."""

    pattern: Pattern
    witness: Point


class SharedFacet(NamedTuple):
    """A facet that two activation regions share, with a rational point of its relative interior."""

    first: Pattern
    second: Pattern
    witness: Point


@dataclass(frozen=True)
class MergedRegion:
    """Activation regions that together are one region of a coarser definition; all have the same affine map.

    The definition is ``"linear"``, ``"closed"`` or ``"affine"``.  ``shared_facets`` join the cells of a linear region,
    without a cycle; with other definitions there are none.
    """

    definition: str
    cells: tuple[Region, ...]
    shared_facets: tuple[SharedFacet, ...] = ()

    @property
    def affine_map(self) -> tuple[tuple[tuple[Fraction, ...], ...], tuple[Fraction, ...]]:
        """(A, c) with f(x) = A·x + c on the region."""
        return self.cells[0].affine_map

    @property
    def formulas(self) -> tuple[str, ...]:
        """The affine function, one text for each output."""
        return self.cells[0].formulas

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The activation patterns of the cells."""
        return tuple(cell.pattern for cell in self.cells)

    @property
    def witness(self) -> Point:
        """A rational point of the interior."""
        return self.cells[0].witness

    @property
    def is_bounded(self) -> bool:
        """Whether the region is bounded."""
        return all(cell.is_bounded for cell in self.cells)

    def volume(self) -> Fraction:
        """The exact volume; an error if the region is not bounded."""
        return sum((cell.volume() for cell in self.cells), Fraction(0))

    def __contains__(self, point: Point) -> bool:
        """Whether the point lies inside one of the cells."""
        return any(point in cell for cell in self.cells)

    def __repr__(self) -> str:
        names = ", ".join(map(pattern_text, self.patterns[:4])) + (", …" if len(self.cells) > 4 else "")
        cells = f"{len(self.cells)} cells" if len(self.cells) > 1 else "1 cell"
        return f"<{DEFINITIONS[self.definition].noun(1)} of {cells} {names}: {', '.join(self.formulas)}>"


AnyRegion = Region | MergedRegion | OccurringPattern
"""A region of any definition."""


def merged(
    definition: str,
    problem: Problem,
    groups: Iterable[list[Pattern]],
    facets: Mapping[Pattern, Sequence[SharedFacet]] | None = None,
) -> Iterator[MergedRegion]:
    """The regions whose cells have the patterns of each group; ``facets`` are listed by the first cell of each."""
    for group in sorted(groups):
        cells = tuple(Region(problem.network, pattern, problem.rows) for pattern in group)
        joints = () if facets is None else tuple(facet for p in group for facet in facets.get(p, ()))
        yield MergedRegion(definition, cells, joints)
