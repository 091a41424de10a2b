"""R5, the closed connected regions: components with interior of the sets where f equals one of its affine pieces.

For an affine piece g let Z(g) = {x ∈ K : f(x) = g(x)}, a closed subset of the open domain K.  It contains the closed
cells with map g, and also lower-dimensional parts of other cells: where the map of a cell agrees with g only on a
hyperplane, that slice of the cell belongs to Z(g) and may connect what the cells with map g do not.  A *closed
connected region* is a component of Z(g) that contains a cell with map g; equivalently a maximal connected closed set
with interior points on which f is affine.  Two parts that would only meet on the border of K are different regions.

**By faces.**  K is the disjoint union of the relative interiors of the faces F of the partition that do not lie on
its border, and f − g is affine on each F.  So Z(g) ∩ relint F is convex.  If it is not empty, every cell C ⊇ F meets
Z(g), and Z(g) ∩ C ∩ K, being convex, contains Z(g) ∩ relint F.  Conversely, two convex sets Z(g) ∩ C ∩ K and
Z(g) ∩ C′ ∩ K that meet do so in the relative interior of a common face.  A finite union of closed connected sets has
the components of the graph that joins two of them where they meet; hence the components of Z(g) are those of the graph
on the cells in which all cells around a face F are joined if Z(g) meets relint F.  On a cone of extreme rays r,
Z(g) meets the relative interior iff Σ λ_r (f − g)(r) = 0 has a solution with all λ_r > 0: for one output, iff f − g
takes both signs on the rays, or vanishes on all.

**By programs.**  In higher dimension the same graph is found without faces: two cells are joined iff the linear system
"in both closed cells, f = g, inside K" has a solution.  Units in which their patterns differ contribute equations.
"""

import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import flint

from theory.exact import Row
from theory.geometry.feasibility import interior_point, mixed_point
from theory.geometry.polyhedra import Face, Vector, dot
from theory.geometry.region import pattern_conditions
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.complex import MOST_DIMENSIONS, Complex
from verify.partitions.definitions.affine import AffineMap, listed_classes
from verify.partitions.definitions.linear import LinearRegions, linear_regions
from verify.partitions.region_list import MergedRegion, merged

Neighbors = Callable[[Pattern, AffineMap, Collection[Pattern]], Iterator[Pattern]]
"""(cell, g, seen) → the cells that meet it in a point of Z(g), but for some that have been seen."""


def closed_regions(problem: Problem, linear: LinearRegions, *, by_faces: bool | None = None) -> LinearRegions:
    """For each affine map the patterns of each closed connected region, those of its full-dimensional cells.

    ``linear`` comes from :func:`verify.partitions.definitions.linear.linear_regions`, of all cells.  Without
    ``by_faces``, faces are used up to four dimensions and programs beyond.

    Every linear region lies in one closed region; so only maps with at least two linear regions cost anything.
    Memory grows with the number of activation regions.
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
                walls = _walls_between(pattern, other, by_unit)
                if walls is not None and common_point([pattern, other], [*difference, *walls]):
                    yield other

    return neighbors


def _walls_between(pattern: Pattern, other: Pattern, by_unit: dict[tuple[int, int, int], Row]) -> list[Row] | None:
    """Functions that vanish where both closed cells meet; None if a unit skips a piece, so that they cannot."""
    walls = []
    for layer, (own, theirs) in enumerate(zip(pattern, other, strict=True)):
        for unit, (piece, rival) in enumerate(zip(own, theirs, strict=True)):
            if piece != rival:
                row = by_unit.get((layer, unit, rival))
                if row is None:
                    return None
                walls.append(row)
    return walls


def count(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    """See :mod:`verify.partitions.definitions.definition`."""
    classes, report = listed_classes(problem, problem, engine)
    linear = linear_regions(problem, classes)
    number = sum(map(len, closed_regions(problem, linear).values()))
    return number, number, {**report, "linear": sum(map(len, linear.values())), "affine": len(classes)}


def regions(problem: Problem, reduced: Problem, engine: str) -> Iterator[MergedRegion]:
    """See :mod:`verify.partitions.definitions.definition`."""
    classes, _ = listed_classes(problem, reduced, engine)
    found = closed_regions(problem, linear_regions(problem, classes))
    yield from merged("closed", problem, (region for regions in found.values() for region in regions))
