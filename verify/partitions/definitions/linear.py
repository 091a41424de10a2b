"""R4, the linear regions: activation regions of one affine map, merged across the facets that they share.

**What is counted.**  The maximal connected open subsets U of the open domain K on which f is affine.

**Why facets suffice.**  Let g be an affine map.  If f = g on an open set U ≠ ∅, then U lies in the interior I(g) of
{x ∈ K : f(x) = g(x)}, and f is affine on every component of I(g); two open sets with a common point and affine f have
the same g.  So the regions are the components of the sets I(g), g among the maps of the full-dimensional cells.

A point x ∈ K lies in I(g) iff every closed cell that contains x has the map g: each such cell has interior points
near x, and conversely the cells that contain x cover a neighborhood of it.  So I(g) consists of the interiors of the
cells with map g, of the relative interiors of the facets between two of them (there no third cell comes near), and of
points on faces of dimension at most m − 2.

* Two cells with map g that share a facet are joined in I(g) by any point of its relative interior.
* If none of the cells with map g on one side of a partition shares a facet with one on the other, the two sides are
  not connected in I(g): faces of dimension ≤ m − 2 do not separate a connected open subset of R^m, so if they were
  connected in I(g), a path could be chosen that meets only cells and relative interiors of facets.

Hence the components of I(g) are the components of the graph whose edges are shared facets.  This needs that cells meet
facet to facet, which they do: the closed cells form a polyhedral complex (:mod:`verify.checks.self_check`).  The border
of K does not matter, since two cells on the same side of a wall of K cannot share a facet in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from networkx.utils import UnionFind

from theory.errors import LinregionsError
from theory.geometry.polyhedra import Face, center
from theory.geometry.region import facet_witness, pattern_behind, pattern_conditions
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.complex import CHEAP_DIMENSIONS, closed_cells
from verify.partitions.definitions.affine import AffineMap, listed_classes
from verify.partitions.region_list import MergedRegion, SharedFacet, merged

LinearRegions = dict[AffineMap, list[list[Pattern]]]
"""For each affine map the patterns of each maximal connected open set on which f equals it."""


def spanning_forest(problem: Problem, patterns: Sequence[Pattern]) -> list[SharedFacet]:
    """A spanning forest of the graph whose nodes are the given regions and whose edges are shared facets.

    The full-dimensional activation regions are usually those of one affine map; only facets between two of them count.
    A region behind a facet that contradicts the pattern before it would show that an engine is wrong, and raises
    :class:`~theory.errors.LinregionsError`.

    Up to three dimensions the facets of every region are computed and compared (:func:`facets_by_faces`), beyond that
    linear programs are solved for those that may matter (:func:`facets_by_programs`).
    """
    if len(patterns) < 2:
        return []
    return list((facets_by_faces if problem.dimension <= CHEAP_DIMENSIONS else facets_by_programs)(problem, patterns))


def facets_by_faces(problem: Problem, patterns: Sequence[Pattern]) -> Iterator[SharedFacet]:
    """:func:`spanning_forest` from the extreme rays of every cell; equal facets have equal rays."""
    joined = UnionFind(patterns)
    owner: dict[Face, Pattern] = {}
    for pattern, cell in closed_cells(problem, patterns):
        if cell is None:
            raise LinregionsError(f"the pattern {pattern} has no interior point, so its engine is wrong; report it")
        for facet in cell.facets():
            other = owner.setdefault(facet, pattern)
            if joined[other] != joined[pattern]:
                joined.union(other, pattern)
                yield SharedFacet(other, pattern, center(facet))


def facets_by_programs(problem: Problem, patterns: Sequence[Pattern]) -> Iterator[SharedFacet]:
    """:func:`spanning_forest` by one exact linear program for each inequality that may be a facet between two regions.

    The wall between two regions belongs to the first unit, in layer order, that changes there: up to this unit the
    patterns agree, so it has the same preactivation on both sides.  Hence of the inequalities of a region only those
    are tried for which another region shares the beginning of the pattern up to that unit, takes the other piece
    there and is not joined yet.  What lies behind the facet is then computed at its witness.
    """
    network = problem.network
    flat = {pattern: tuple(piece for layer in pattern for piece in layer) for pattern in patterns}
    sharing: dict[tuple[int, ...], list[Pattern]] = {}
    for pattern, pieces in flat.items():
        for end in range(1, len(pieces) + 1):
            sharing.setdefault(pieces[:end], []).append(pattern)
    starts = [sum(layer.width for layer in network.hidden[:depth]) for depth in range(len(network.hidden))]
    joined, left = UnionFind(patterns), len(flat)
    for pattern, pieces in flat.items():
        conditions, tried = list(pattern_conditions(network, pattern)), set()
        for layer, unit, other, row, _ in conditions:
            beginning = pieces[: starts[layer] + unit]
            own = joined[pattern]
            rivals = sharing.get((*beginning, other), ())
            if row in tried or not any(row[:-1]) or all(joined[p] == own for p in rivals):
                continue
            tried.add(row)
            witness = facet_witness([*problem.rows, *(c.row for c in conditions)], row)
            if witness is None:
                continue
            behind = pattern_behind(network, witness, [-v for v in row[:-1]])
            if behind in flat and joined[behind] != own:
                joined.union(pattern, behind)
                yield SharedFacet(pattern, behind, witness)
                left -= 1
                if left == 1:
                    return


def linear_regions(
    problem: Problem,
    classes: Mapping[AffineMap, Sequence[Pattern]],
    forests: Mapping[AffineMap, Sequence[SharedFacet]] | None = None,
) -> LinearRegions:
    """The linear regions of each affine map.

    ``classes`` come from :func:`verify.partitions.definitions.affine.affine_classes`; ``forests`` are the
    :func:`spanning_forest` of each class, if known.

    Only maps of at least two cells cost anything.  Memory grows with the number of activation regions.
    """
    found: LinearRegions = {}
    for function, patterns in classes.items():
        joined = UnionFind(patterns)
        for facet in spanning_forest(problem, patterns) if forests is None else forests[function]:
            joined.union(facet.first, facet.second)
        found[function] = sorted(map(sorted, joined.to_sets()))
    return found


def count(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    """See :mod:`verify.partitions.definitions.definition`."""
    classes, report = listed_classes(problem, problem, engine)
    number = sum(map(len, linear_regions(problem, classes).values()))
    return number, number, {**report, "affine": len(classes)}


def regions(problem: Problem, reduced: Problem, engine: str) -> Iterator[MergedRegion]:
    """See :mod:`verify.partitions.definitions.definition`."""
    classes, _ = listed_classes(problem, reduced, engine)
    forests = {function: spanning_forest(problem, patterns) for function, patterns in classes.items()}
    found = linear_regions(problem, classes, forests)
    facets: dict[Pattern, list[SharedFacet]] = {}
    for facet in (facet for forest in forests.values() for facet in forest):
        facets.setdefault(facet.first, []).append(facet)
    yield from merged("linear", problem, (region for regions in found.values() for region in regions), facets)
