"""R3, the convex regions: the least number of full-dimensional cells of a polyhedral complex on which f is affine.

R4 ≤ R3 ≤ R2.  Where these agree, and in one dimension (the linear regions are intervals), there is nothing to search.
Otherwise, for tiny networks, the number is enclosed from both sides.

**From above** by exhaustive search: activation regions of one linear region are put together wherever their union is
convex, in every way that leaves a complex.

**From below** by pairwise *separated* points of the closure of a linear region, which lie in different cells
(``docs/proofs-definitions.md``): the segment between two of them leaves the closure, or some activation region around a
point between them has another derivative along it.  The points tried are the centers of faces of activation regions.

If the two sides agree, the number is exact: nothing was assumed about where the cells of the best complex have their
walls.  If they do not, the result is a bracket.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import combinations
from typing import Any, NoReturn

import networkx as nx

from theory.errors import UnsupportedError
from theory.exact import Point
from theory.geometry.polyhedra import Face, Polyhedron, center, chord, dot
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.complex import Complex
from verify.partitions.definitions.cells import AffineMap, listed_classes
from verify.partitions.definitions.connected import LinearRegions, linear_regions

LIMIT = 14
"""Activation regions among which the search runs."""

Group = frozenset[Pattern]


def convex_regions(problem: Problem, linear: LinearRegions) -> tuple[int, int]:
    """A lower and an upper bound for R3, equal for most tiny networks, from the linear regions of all cells.

    More than :data:`LIMIT` activation regions to search, or four dimensions, raise UnsupportedError.
    """
    maps = {pattern: g for g, regions in linear.items() for region in regions for pattern in region}
    number = sum(map(len, linear.values()))
    if number == len(maps) or problem.dimension == 1:
        return number, number
    if len(maps) > LIMIT:
        raise UnsupportedError(
            f"convex regions are searched for among at most {LIMIT} activation regions, here are {len(maps)}; "
            f"the number lies between {number} linear regions and those"
        )
    search = _Search(problem, maps, [frozenset(region) for regions in linear.values() for region in regions])
    best = search.coarsest()
    parts = Counter(search.owner[next(iter(group))] for group in best)
    return sum(search.separated_points(region, most) for region, most in parts.items()), len(best)


class _Search:
    """The coarsest complexes made of whole activation regions, and points that prove a lower bound."""

    def __init__(self, problem: Problem, maps: dict[Pattern, AffineMap], regions: list[Group]) -> None:
        self.problem, self.maps = problem, maps
        self.owner = {pattern: region for region in regions for pattern in region}
        self.complex = Complex.of(problem, maps)
        self.faces: dict[Pattern, frozenset[Face]] = {
            pattern: frozenset(cell.faces()) for pattern, cell in self.complex.cells.items()
        }
        self._body, self._separated = cache(self._envelope), cache(self._are_separated)

    def separated_points(self, region: Group, most: int) -> int:
        """The most pairwise separated points found in a linear region, up to ``most``; large faces are tried first."""
        found = 1
        if most == 1:
            return found
        faces = dict.fromkeys(face for pattern in sorted(region) for face in self.faces[pattern])
        for least in reversed(range(self.problem.dimension)):
            points = [center(face) for face in faces if self.complex.faces[face].dimension >= least]
            apart = partial(self._separated, region)
            rivals = {p: frozenset(q for q in points if q != p and apart(*sorted((p, q)))) for p in points}
            graph = nx.Graph()
            alike = {others: p for p, others in rivals.items()}  # of points with the same rivals one is enough
            kept = set(alike.values())
            graph.add_edges_from((p, q) for p in kept for q in rivals[p] & kept)
            for clique in nx.find_cliques(graph):
                found = max(found, len(clique))
                if found >= most:
                    return found
        return found

    def _are_separated(self, region: Group, start: Point, end: Point) -> bool:
        """Whether no cell of any complex inside the closure of the region can contain both points."""
        direction = [b - a for a, b in zip(start, end, strict=True)]
        slope = _slope(self.maps[next(iter(region))], direction)
        inside: list[tuple[Fraction, Fraction]] = []
        for pattern, cell in self.complex.cells.items():
            part = chord(cell.rows[1:], start, direction, Fraction(0), Fraction(1))
            if part is None:
                continue
            low, high = part
            assert low is not None
            assert high is not None
            if pattern in region:
                inside.append((low, high))
            elif low < 1 and high > 0 and _slope(self.maps[pattern], direction) != slope:
                return True
        reached = Fraction(0)
        for first, last in sorted(inside):
            if first > reached:
                return True
            reached = max(reached, last)
        return reached < 1

    def coarsest(self) -> list[Group]:
        """The coarsest complex of unions of activation regions, as the sets of patterns of its cells."""
        self._best: list[Group] = [frozenset([pattern]) for pattern in sorted(self.maps)]
        self._extend([], sorted(self.maps))
        return self._best

    def _extend(self, chosen: list[Group], left: Sequence[Pattern]) -> None:
        if not left:
            self._best = chosen
            return
        rest = [pattern for pattern in left[1:] if self.owner[pattern] is self.owner[left[0]]]
        for size in range(len(rest), -1, -1):
            for others in combinations(rest, size):
                remaining = [pattern for pattern in left[1:] if pattern not in others]
                if len(chosen) + 1 + len({self.owner[pattern] for pattern in remaining}) >= len(self._best):
                    continue
                group = frozenset((left[0], *others))
                if self._body(group) is not None and all(self._fit(group, other) for other in chosen):
                    self._extend([*chosen, group], remaining)

    def _envelope(self, group: Group) -> Polyhedron | None:
        """The union of the cells if it is convex: no other one reaches into what facets that all satisfy enclose."""
        cells = [self.complex.cells[pattern] for pattern in group]
        if len(cells) == 1:
            return cells[0]
        rows = {cell.rows[min(numbers)] for cell in cells for numbers in cell.facets().values()}
        rays, lines = [v for cell in cells for v in cell.rays], [v for cell in cells for v in cell.lines]
        positive = (row for row in sorted(rows) if all(dot(row, ray) >= 0 for ray in rays))
        valid = [row for row in positive if not any(dot(row, line) for line in lines)]
        body = Polyhedron.of(self.problem.dimension, [*self.problem.rows, *valid])
        for pattern, cell in self.complex.cells.items():
            if pattern not in group:
                part: Polyhedron | None = body
                for row in cell.rows[1:]:
                    part = part and part.cut(row)
                if part is not None:
                    return None
        return body

    def _fit(self, one: Group, other: Group) -> bool:
        """Whether two unions meet in a common face of both."""
        common = self._faces_of(one) & self._faces_of(other)
        return not common or all(self._is_face(group, common) for group in (one, other))

    def _faces_of(self, group: Group) -> frozenset[Face]:
        return frozenset().union(*(self.faces[pattern] for pattern in group))

    def _is_face(self, group: Group, part: frozenset[Face]) -> bool:
        """Whether the union of these faces is a face: it is all of the least face that contains it."""
        body = self._body(group)
        assert body is not None
        tight = [row for row in body.rows[1:] if all(not dot(row, ray) for face in part for ray in face)]
        least = {face for face in self._faces_of(group) if all(not dot(row, ray) for row in tight for ray in face)}
        return least == part


def _slope(function: AffineMap, direction: Sequence[Fraction]) -> list[Fraction]:
    rows, scale = function
    return [sum((a * v for a, v in zip(row, direction, strict=False)), Fraction(0)) / scale for row in rows]


def count_convex(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    classes, report = listed_classes(problem, problem, engine)
    linear = linear_regions(problem, classes)
    lower, upper = convex_regions(problem, linear)
    return lower, upper, {**report, "linear": sum(map(len, linear.values()))}


def list_convex(problem: Problem, reduced: Problem, engine: str) -> NoReturn:  # noqa: ARG001
    """Raise :class:`~theory.errors.UnsupportedError`: cells are only counted, and the lower bound names no complex."""
    raise UnsupportedError("the cells of the coarsest complex are counted, not listed; use definition='linear'")
