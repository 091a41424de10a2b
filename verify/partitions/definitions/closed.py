"""R5, the closed connected regions: components with interior of the sets where f equals one of its affine pieces.

For an affine piece g let Z(g) = {x ∈ K : f(x) = g(x)}, a closed subset of the open domain K.  It contains the closed
cells with map g, and also lower-dimensional parts of other cells: where the map of a cell agrees with g only on a
hyperplane, that slice of the cell belongs to Z(g) and may connect what the cells with map g do not.  A *closed
connected region* is a component of Z(g) that contains a cell with map g; equivalently a maximal connected closed set
with interior points on which f is affine.  Two parts that would only meet on the border of K are different regions.

The closed cells cover K and f − g is affine on each cell C, so Z(g) ∩ C ∩ K is convex.  A finite union of closed
connected sets has the components of the graph that joins two of them where they meet.  So two cells are joined iff the
linear system "in both closed cells, f = g, inside K" has a solution.  Units in which their patterns differ contribute
equations.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from networkx.utils import UnionFind

from theory.exact import Row
from theory.geometry.halfspaces import Condition, pattern_conditions
from theory.geometry.subspace import AffineSubspace
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.definitions.affine import AffineMap, listed_classes
from verify.partitions.definitions.linear import LinearRegions, linear_regions
from verify.partitions.definitions.mixed import mixed_point
from verify.partitions.definitions.objects import MergedRegion, merged


def closed_regions(problem: Problem, linear: LinearRegions) -> LinearRegions:
    """For each affine map the patterns of each closed connected region, those of its full-dimensional cells.

    ``linear`` comes from :func:`verify.partitions.definitions.linear.linear_regions`, of all cells.

    Every linear region lies in one closed region; so only maps with at least two linear regions cost anything.
    Memory grows with the number of activation regions.
    """
    if all(len(regions) == 1 for regions in linear.values()):
        return linear
    maps = {pattern: g for g, regions in linear.items() for region in regions for pattern in region}
    conditions = {pattern: list(pattern_conditions(problem.network, pattern)) for pattern in maps}

    def meet(cells: list[Pattern], equations: list[Row]) -> bool:
        if AffineSubspace.of(problem.dimension, equations) is None:
            return False
        weak = [c.row for pattern in cells for c in conditions[pattern]]
        return mixed_point(problem.dimension, weak, strict=problem.rows, equations=equations) is not None

    def put_together(g: AffineMap, regions: list[list[Pattern]]) -> list[list[Pattern]]:
        """The linear regions of the map g, those of one component of Z(g) put together."""
        differences = {pattern: _difference(f, g) for pattern, f in maps.items()}
        joined = UnionFind(pattern for pattern in maps if meet([pattern], differences[pattern]))
        for region in regions:
            joined.union(*region)
        for one, other in combinations(list(joined), 2):
            if joined[one] != joined[other]:
                walls = _walls_between(one, other, conditions[one])
                if walls is not None and meet([one, other], [*differences[one], *walls]):
                    joined.union(one, other)
        found: dict[Pattern, list[Pattern]] = {}
        for region in regions:
            found.setdefault(joined[region[0]], []).extend(region)
        return list(found.values())

    return {g: regions if len(regions) == 1 else put_together(g, regions) for g, regions in linear.items()}


def _difference(one: AffineMap, other: AffineMap) -> list[Row]:
    """D·(f − g) for two affine maps, D > 0, an integer row for each output."""
    (first, scale), (second, divisor) = one, other
    return [
        tuple(divisor * a - scale * b for a, b in zip(p, q, strict=True)) for p, q in zip(first, second, strict=True)
    ]


def _walls_between(pattern: Pattern, other: Pattern, conditions: Sequence[Condition]) -> list[Row] | None:
    """Functions that vanish where both closed cells meet; None if a unit skips a piece, so that they cannot."""
    by_unit = {(c.layer, c.unit, c.other): c.row for c in conditions}
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
