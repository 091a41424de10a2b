"""Regions as objects, in any of the definitions: iterate over them, lazily; and the graph of the regions that touch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from theory.errors import LinregionsError
from theory.exact import Point, format_rational
from theory.geometry.region import Region, pattern_text
from theory.network import Network, Pattern
from verify.domain.shapes import Domain
from verify.engines.problem import Problem, domain_of, reduced
from verify.engines.selection import require_engine
from verify.partitions.definitions import DEFINITIONS, accepts_of

if TYPE_CHECKING:
    import networkx as nx


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


@accepts_of
def regions(
    network: Network, domain: Domain | None = None, *, definition: str = "activation", engine: str = "auto"
) -> Iterator[AnyRegion]:
    """The regions of ``network`` on ``domain``, one after the other.

    On a slice, regions live in its parameters.  ``definition="activation"`` yields
    :class:`theory.geometry.region.Region`, lazily, and remembers none; ``"linear"``, ``"closed"`` and ``"affine"``
    yield :class:`MergedRegion`, ``"patterns"`` yields :class:`OccurringPattern`: these need all cells before the first
    answer, and memory for them.  ``"convex"`` raises UnsupportedError, since the coarsest complex is only counted.
    Otherwise errors are those of :func:`verify.counting.region_count.count`.

    >>> hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])  # 0, up, down, 0
    >>> for piece in regions(hat, definition="affine"):
    ...     print(piece)
    <affine piece of 2 cells 000, 111: 0>
    <affine piece of 1 cell 100: x1>
    <affine piece of 1 cell 110: -x1 + 2>
    """
    chosen = DEFINITIONS[definition]
    require_engine(engine)
    problem = Problem.in_parameters(network, domain_of(network, domain))
    return chosen.regions(problem, reduced(problem), engine)


def changes(pattern: Pattern, other: Pattern) -> list[tuple[int, int, int]]:
    """The units that differ, as (layer, unit, piece in the other pattern), counted from 0."""
    return [
        (layer, unit, rival)
        for layer, pairs in enumerate(map(zip, pattern, other))
        for unit, (piece, rival) in enumerate(pairs)
        if piece != rival
    ]


def dual_graph(network: Network, domain: Domain | None = None, *, engine: str = "auto") -> nx.Graph[Pattern]:
    """The dual graph of a partition: the full-dimensional activation regions are nodes, shared facets are edges.

    Nodes are patterns, with the attributes ``pattern`` (as text), ``affine_map`` ((A, c) with f(x) = A·x + c),
    ``witness`` (an interior rational point) and ``region``.  Edges have ``witness`` (a rational point of the relative
    interior of the facet), ``row`` (zero on the facet, positive in the region of the smaller pattern), and the first
    unit that changes there: ``layer`` and ``unit``, counted from 1.  On a slice all points are parameters.

    The domain is connected and convex, so the graph is connected.  Every facet is found from both sides, and an edge
    that only one side sees is an error.  Memory grows with the number of regions.

    >>> three_lines = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    >>> graph = dual_graph(three_lines)
    >>> graph.number_of_nodes(), graph.number_of_edges()
    (7, 9)
    >>> graph.edges[((0, 0, 0),), ((1, 0, 0),)]
    {'witness': (Fraction(0, 1), Fraction(-1, 1)), 'row': (-1, 0, 0), 'layer': 1, 'unit': 1}
    """
    import networkx as nx

    graph = nx.Graph()
    facing: set[tuple[Pattern, Pattern]] = set()
    for region in regions(network, domain, engine=engine):
        assert isinstance(region, Region)
        facts = {"affine_map": region.affine_map, "witness": region.witness, "region": region}
        graph.add_node(region.pattern, pattern=pattern_text(region.pattern), **facts)
        for wall in region.walls:
            if wall.behind is None:
                continue
            facing.add((region.pattern, wall.behind))
            if region.pattern < wall.behind:
                (layer, unit, _), *_ = changes(region.pattern, wall.behind)
                place = {"layer": layer + 1, "unit": unit + 1}
                graph.add_edge(region.pattern, wall.behind, witness=wall.witness, row=wall.row, **place)
    for first, second in facing:
        if (second, first) not in facing:
            raise LinregionsError(
                f"the region {pattern_text(first)} has {pattern_text(second)} behind a facet but not conversely; "
                "the engine's list is wrong, report it"
            )
    return graph


def write_graphml(graph: nx.Graph[Pattern], path: str | os.PathLike[str]) -> None:
    """Write a dual graph as GraphML; nodes are named by their patterns, rationals become text."""
    import networkx as nx

    plain = nx.Graph()
    for pattern, data in graph.nodes(data=True):
        witness = " ".join(map(format_rational, data["witness"]))
        plain.add_node(pattern_text(pattern), witness=witness, function="; ".join(data["region"].formulas))
    for first, second, data in graph.edges(data=True):
        texts = {"witness": " ".join(map(format_rational, data["witness"])), "row": " ".join(map(str, data["row"]))}
        place = {key: data[key] for key in ("layer", "unit")}
        plain.add_edge(pattern_text(first), pattern_text(second), **texts, **place)
    nx.write_graphml_xml(plain, path)
