"""R4, the linear regions, and R5, the closed connected regions: cells of one affine map that are connected.

A *linear region* is a maximal connected open subset of the open domain K on which f is affine.  For an affine piece g
let Z(g) = {x ∈ K : f(x) = g(x)}: a *closed connected region* is a component of Z(g) that contains a cell with map g.
What follows is proved in ``docs/proofs-definitions.md``.

The linear regions of g are the components of the graph on its cells whose edges are shared facets.  The closed ones are
those of the graph on all cells in which the cells around a face are joined if Z(g) meets its relative interior; faces
on the border of K do not count.  In higher dimension the same graph is found without faces: two cells are joined iff
the linear system "in both closed cells, f = g, inside K" has a solution.
"""

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import flint
from networkx.utils import UnionFind

from theory.errors import LinregionsError
from theory.exact import Row
from theory.geometry.feasibility import interior_point, mixed_point
from theory.geometry.polyhedra import Face, Vector, center, dot
from theory.geometry.region import facet_witness, pattern_behind, pattern_conditions
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.complex import CHEAP_DIMENSIONS, MOST_DIMENSIONS, Complex, closed_cells
from verify.partitions.definitions.cells import AffineMap, listed_classes
from verify.partitions.region_list import MergedRegion, SharedFacet, changes, merged

LinearRegions = dict[AffineMap, list[list[Pattern]]]
"""For each affine map the patterns of each of its regions."""

Neighbors = Callable[[Pattern, AffineMap, Collection[Pattern]], Iterator[Pattern]]
"""(cell, g, seen) → the cells that meet it in a point of Z(g), but for some that have been seen."""


def spanning_forest(problem: Problem, patterns: Sequence[Pattern]) -> list[SharedFacet]:
    """A spanning forest of the graph whose nodes are the given regions and whose edges are the facets that two share.

    Up to three dimensions the facets of every region are computed and compared (:func:`facets_by_faces`), beyond that
    linear programs are solved for those that may matter (:func:`facets_by_programs`).  LinregionsError is raised where
    a region contradicts its pattern, so that the engine is wrong.
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


def linear_regions(problem: Problem, classes: Mapping[AffineMap, Sequence[Pattern]]) -> LinearRegions:
    """The linear regions of each affine map."""
    return {g: _joined(patterns, spanning_forest(problem, patterns)) for g, patterns in classes.items()}


def _joined(patterns: Sequence[Pattern], facets: Iterable[SharedFacet]) -> list[list[Pattern]]:
    joined = UnionFind(patterns)
    for facet in facets:
        joined.union(facet.first, facet.second)
    return sorted(map(sorted, joined.to_sets()))


def closed_regions(problem: Problem, linear: LinearRegions, *, by_faces: bool | None = None) -> LinearRegions:
    """For each affine map the patterns of each closed connected region, from the linear regions of all cells.

    Every linear region lies in one closed region; so only maps with at least two of them cost anything.  Without
    ``by_faces``, faces are used up to four dimensions and programs beyond.
    """
    if all(len(regions) == 1 for regions in linear.values()):
        return linear
    maps = {pattern: g for g, regions in linear.items() for region in regions for pattern in region}
    if problem.dimension <= MOST_DIMENSIONS if by_faces is None else by_faces:
        neighbors = neighbors_by_faces(Complex.of(problem, maps), maps)
    else:
        neighbors = neighbors_by_programs(problem, maps)
    return {g: _merged(g, regions, neighbors) for g, regions in linear.items()}


def _merged(g: AffineMap, regions: list[list[Pattern]], neighbors: Neighbors) -> list[list[Pattern]]:
    """Linear regions of the map g, joined where a chain of neighbors leads from one to another."""
    if len(regions) == 1:
        return regions
    number = {pattern: i for i, region in enumerate(regions) for pattern in region}
    merged: list[list[Pattern]] = []
    seen: set[Pattern] = set()
    taken: set[int] = set()
    for i, region in enumerate(regions):
        if i in taken:
            continue
        seen.update(region)
        stack, members = list(region), {i}
        while stack and len(taken) + len(members) < len(regions):  # until there is nothing left to join
            for other in neighbors(stack.pop(), g, seen):
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
                    members.add(number.get(other, i))
        taken |= members
        merged.append([pattern for j in sorted(members) for pattern in regions[j]])
    return merged


def _difference(one: AffineMap, other: AffineMap) -> list[Row]:
    """D·(f − g) for two affine maps, D > 0, an integer row for each output."""
    (first, scale), (second, divisor) = one, other
    return [
        tuple(divisor * a - scale * b for a, b in zip(p, q, strict=True)) for p, q in zip(first, second, strict=True)
    ]


def neighbors_by_faces(partition: Complex, maps: dict[Pattern, AffineMap]) -> Neighbors:
    """All cells around the faces whose relative interior meets Z(g)."""

    def neighbors(pattern: Pattern, g: AffineMap, _seen: Collection[Pattern]) -> Iterator[Pattern]:
        rows = _difference(maps[pattern], g)
        lines = partition.cells[pattern].lines
        for face in partition.proper_faces[pattern]:
            place = partition.faces[face]
            if not place.border and len(place.cells) > 1 and _vanish_inside(rows, face, lines):
                yield from place.cells

    return neighbors


def _vanish_inside(rows: list[Row], face: Face, lines: Sequence[Vector]) -> bool:
    """Whether affine functions have a common zero in the relative interior of a face."""
    open_rows = []
    for row in rows:
        rays, free = [dot(row, ray) for ray in face], [dot(row, line) for line in lines]
        if any(free) or min(rays) < 0 < max(rays):
            open_rows.append([*rays, *free])
        elif any(rays):
            return False
    if len(open_rows) <= 1:
        return True
    kernel, nullity = flint.fmpz_mat(open_rows).nullspace()
    basis = [[int(v) for v in row[: int(nullity)]] for row in kernel.tolist()[: len(face)]]
    return interior_point([(*row, 0) for row in basis], int(nullity)) is not None


def neighbors_by_programs(problem: Problem, maps: dict[Pattern, AffineMap]) -> Neighbors:
    """All cells C′ for which C ∩ C′ ∩ Z(g) has a point, by one exact linear program for each that meets Z(g) at all."""
    d = problem.dimension
    conditions = {pattern: list(pattern_conditions(problem.network, pattern)) for pattern in maps}

    @functools.lru_cache(maxsize=1)  # maps are asked for one after the other
    def meeting(g: AffineMap) -> list[Pattern]:
        """The cells that meet Z(g)."""
        return [pattern for pattern in maps if common_point([pattern], _difference(maps[pattern], g))]

    def common_point(cells: list[Pattern], equations: list[Row]) -> bool:
        weak = (c.row for pattern in cells for c in conditions[pattern])
        return mixed_point(d, weak, strict=problem.rows, equations=equations) is not None

    def neighbors(pattern: Pattern, g: AffineMap, seen: Collection[Pattern]) -> Iterator[Pattern]:
        difference = _difference(maps[pattern], g)
        by_unit = {(c.layer, c.unit, c.other): c.row for c in conditions[pattern]}
        for other in meeting(g):
            if other not in seen:
                places = changes(pattern, other)
                if any(place not in by_unit for place in places):  # a unit skips a piece, so that the cells cannot meet
                    continue
                if common_point([pattern, other], [*difference, *map(by_unit.__getitem__, places)]):
                    yield other

    return neighbors


def count_linear(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    classes, report = listed_classes(problem, problem, engine)
    number = sum(map(len, linear_regions(problem, classes).values()))
    return number, number, {**report, "affine": len(classes)}


def list_linear(problem: Problem, reduced: Problem, engine: str) -> Iterator[MergedRegion]:
    classes, _ = listed_classes(problem, reduced, engine)
    facets: dict[Pattern, list[SharedFacet]] = {}
    groups = []
    for patterns in classes.values():
        forest = spanning_forest(problem, patterns)
        groups += _joined(patterns, forest)
        for facet in forest:
            facets.setdefault(facet.first, []).append(facet)
    yield from merged("linear", problem, groups, facets)


def count_closed(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    classes, report = listed_classes(problem, problem, engine)
    linear = linear_regions(problem, classes)
    number = sum(map(len, closed_regions(problem, linear).values()))
    return number, number, {**report, "linear": sum(map(len, linear.values())), "affine": len(classes)}


def list_closed(problem: Problem, reduced: Problem, engine: str) -> Iterator[MergedRegion]:
    classes, _ = listed_classes(problem, reduced, engine)
    found = closed_regions(problem, linear_regions(problem, classes))
    yield from merged("closed", problem, (region for regions in found.values() for region in regions))
