"""The dual graph of a partition: activation regions are nodes, shared facets are edges.

>>> from theory import Network
>>> three_lines = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> graph = dual_graph(three_lines)
>>> graph.number_of_nodes(), graph.number_of_edges()
(7, 9)
>>> graph.edges[((0, 0, 0),), ((1, 0, 0),)]
{'witness': (Fraction(0, 1), Fraction(-1, 1)), 'row': (-1, 0, 0), 'layer': 1, 'unit': 1}
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from theory.errors import LinregionsError
from theory.exact import Point, format_rational
from theory.geometry.region import Region, pattern_text
from theory.network import Network, Pattern
from verify.domain.shapes import Domain
from verify.partitions.region_list import regions

if TYPE_CHECKING:
    import networkx as nx


def dual_graph(network: Network, domain: Domain | None = None, *, engine: str = "auto") -> nx.Graph[Pattern]:
    """The graph of the full-dimensional activation regions and the facets that they share.

    Nodes are patterns, with the attributes ``pattern`` (as text), ``affine_map`` ((A, c) with f(x) = A·x + c),
    ``witness`` (an interior rational point) and ``region``.  Edges have ``witness`` (a rational point of the relative
    interior of the facet), ``row`` (zero on the facet, positive in the region of the smaller pattern), and the first
    unit that changes there: ``layer`` and ``unit``, counted from 1.  On a slice all points are parameters.

    The domain is connected and convex, so the graph is connected.  Every facet is found from both sides, and an edge
    that only one side sees is an error.  Memory grows with the number of regions.
    """
    import networkx as nx

    graph = nx.Graph()
    facing: set[tuple[Pattern, Pattern]] = set()
    for region in regions(network, domain, engine=engine):
        assert isinstance(region, Region)
        graph.add_node(
            region.pattern,
            pattern=pattern_text(region.pattern),
            affine_map=region.affine_map,
            witness=region.witness,
            region=region,
        )
        for wall in region.walls:
            if wall.behind is None:
                continue
            facing.add((region.pattern, wall.behind))
            if region.pattern < wall.behind:
                layer, unit = next(
                    (depth, number)
                    for depth, pairs in enumerate(map(zip, region.pattern, wall.behind), start=1)
                    for number, (piece, rival) in enumerate(pairs, start=1)
                    if piece != rival
                )
                graph.add_edge(region.pattern, wall.behind, witness=wall.witness, row=wall.row, layer=layer, unit=unit)
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
        plain.add_node(
            pattern_text(pattern), witness=_vector(data["witness"]), function="; ".join(data["region"].formulas)
        )
    for first, second, data in graph.edges(data=True):
        plain.add_edge(
            pattern_text(first),
            pattern_text(second),
            witness=_vector(data["witness"]),
            row=" ".join(map(str, data["row"])),
            layer=data["layer"],
            unit=data["unit"],
        )
    nx.write_graphml_xml(plain, path)


def _vector(point: Point) -> str:
    return " ".join(map(format_rational, point))
