"""Regions as objects: iterate over them, lazily, in any of the definitions.

>>> from theory import Network
>>> from verify import Box
>>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
>>> for region in regions(cross, Box([-1, -1], [1, 2])):
...     print(region, region.volume())
<region 00 of 2-2: 0> 1
<region 01 of 2-2: x2> 2
<region 10 of 2-2: x1> 1
<region 11 of 2-2: x1 + x2> 2
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import Point
from theory.geometry.region import Region, pattern_text
from theory.network import Network, Pattern
from verify import engines
from verify.domain.shapes import Domain, WholeSpace
from verify.engines.problem import Problem
from verify.engines.selection import stream
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.definitions.argument import accepts_of
from verify.partitions.definitions.merging import Bridge

__all__ = ["MergedRegion", "OccurringPattern", "regions", "where"]


class OccurringPattern(NamedTuple):
    """A pattern that occurs, perhaps on a thin set, with a rational point of the closed domain that has it."""

    pattern: Pattern
    witness: Point


@dataclass(frozen=True)
class MergedRegion:
    """Activation regions that together are one region of a coarser definition; all have the same affine map.

    Attributes
    ----------
    definition : str
        ``"linear"``, ``"closed"`` or ``"affine"``.
    cells : tuple of Region
    bridges : tuple of Bridge
        Facets that join the cells of a linear region, without a cycle; with other definitions empty.
    """

    definition: str
    cells: tuple[Region, ...]
    bridges: tuple[Bridge, ...] = ()

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


def where(network: Network, domain: Domain | None) -> tuple[Domain, Problem]:
    """The domain, and the problem in its parameter space; not reduced, so that coordinates mean what they say.

    Raises
    ------
    InvalidInputError
        If they do not fit together.
    """
    if not isinstance(network, Network):
        raise InvalidInputError(
            f"a Network is needed, not {type(network).__name__}; load a file with theory.formats.load"
        )
    place = WholeSpace(network.inputs) if domain is None else domain
    rows = tuple(row for row in place.rows if any(row[:-1]) or row[-1] < 0)
    return place, Problem(place.pull_back(network), rows)


@accepts_of
def regions(
    network: Network, domain: Domain | None = None, *, definition: str = "activation", engine: str = "auto"
) -> Iterator[Region | MergedRegion | OccurringPattern]:
    """The regions of ``network`` on ``domain``, one after the other.

    Parameters
    ----------
    network, domain, engine
        As for :func:`verify.counting.region_count.count`.  On a slice, regions live in its parameters.
    definition : str
        ``"activation"`` yields :class:`theory.geometry.region.Region`, lazily, and remembers none.  ``"linear"``,
        ``"closed"`` and ``"affine"`` yield :class:`MergedRegion`, ``"patterns"`` yields :class:`OccurringPattern`;
        those definitions need all cells before the first answer, and memory for them.

    Raises
    ------
    InvalidInputError
        As :func:`verify.counting.region_count.count`.
    UnsupportedError
        For ``definition="convex"``: the coarsest complex is only counted.

    Examples
    --------
    >>> hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])  # 0, up, down, 0
    >>> for piece in regions(hat, definition="affine"):
    ...     print(piece)
    <affine piece of 2 cells 000, 111: 0>
    <affine piece of 1 cell 100: x1>
    <affine piece of 1 cell 110: -x1 + 2>
    """
    if definition not in DEFINITIONS:
        raise InvalidInputError(f"unknown definition {definition!r}; choose one of {', '.join(DEFINITIONS)}")
    if engine != "auto" and engine not in engines.ENGINES:
        raise InvalidInputError(f"unknown engine {engine!r}; choose one of {', '.join(engines.ENGINES)}")
    if definition == "convex":
        raise UnsupportedError("the cells of the coarsest complex are counted, not listed; use definition='linear'")
    place, problem = where(network, domain)
    reduced = Problem.of(network, place)
    if definition == "activation":
        return (Region(problem.network, pattern, problem.rows) for pattern in stream(reduced, engine))
    if definition == "patterns":
        return _occurring(problem, engine)
    return _merged(problem, reduced, definition, engine)


def _occurring(problem: Problem, engine: str) -> Iterator[OccurringPattern]:
    from verify.partitions.definitions.thin import occurring_patterns

    found, _ = occurring_patterns(problem, engine)
    yield from (OccurringPattern(pattern, found[pattern]) for pattern in sorted(found))


def _merged(problem: Problem, reduced: Problem, definition: str, engine: str) -> Iterator[MergedRegion]:
    from verify.engines.selection import listed
    from verify.partitions.definitions.affine import affine_classes
    from verify.partitions.definitions.closed import closed_regions
    from verify.partitions.definitions.merging import linear_regions, spanning_forests

    patterns, _ = listed(reduced, engine)
    classes = affine_classes(problem.network, patterns)
    groups, joints = list(classes.values()), dict[Pattern, list[Bridge]]()
    if definition != "affine":
        forests = spanning_forests(problem, classes)
        found = linear_regions(problem, classes, forests)
        if definition == "closed":
            found = closed_regions(problem, found)
        else:
            for bridge in (bridge for forest in forests.values() for bridge in forest):
                joints.setdefault(bridge.first, []).append(bridge)
        groups = [group for regions in found.values() for group in regions]
    for group in sorted(groups):
        cells = tuple(Region(problem.network, pattern, problem.rows) for pattern in group)
        yield MergedRegion(definition, cells, tuple(bridge for pattern in group for bridge in joints.get(pattern, ())))
