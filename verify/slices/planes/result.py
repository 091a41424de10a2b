"""The activation and linear regions of a network in a polygon of a plane, with their geometry."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from theory.errors import InvalidInputError
from theory.exact import RationalLike
from theory.geometry.polyhedra import Polyhedron
from theory.geometry.region import Region
from theory.network import Network, Pattern
from verify.domain.shapes import Domain, Plane, Polytope
from verify.engines.problem import Problem, domain_of, require_kinds
from verify.engines.rounding import INFLATE
from verify.engines.selection import listed, require_engine
from verify.slices.arrays import activate, affine
from verify.slices.lines.result import Unit
from verify.slices.planes.picture import page
from verify.slices.planes.subdivision import FEW, ExactPoint, Subdivision
from verify.slices.prepared import Bools, Floats, Ints, open_units, prepared
from verify.slices.residues import Residues

_BLOCK = 256
"""Faces whose gradients are computed at a time."""


class Wall(NamedTuple):
    """A segment between two regions."""

    ends: tuple[int, int]
    """Vertices."""
    unit: Unit
    """A unit that bends there."""
    sides: tuple[int, int]
    """Faces, one of each region."""
    jump: bool
    """Whether the gradient of the network in the plane jumps there."""


class PlaneRegions:
    """The partition of a set in a plane into activation regions; made by :func:`across` and :func:`partition`.

    The ``subdivision`` has vertices, edges and faces of a polygon: the ``domain``, or if that is unbounded a part of it
    that meets every region and contains every vertex.  ``region_of`` is the activation region of each face (a region is
    one face unless maxout units have cut it further).
    """

    def __init__(self, network: Network, domain: Domain, cut: Polytope | None = None) -> None:
        began = time.perf_counter()
        self.domain = domain
        self.network = domain.pull_back(network)
        """The network on the parameters (s, t)."""
        self.architecture = network.architecture
        self.subdivision = Subdivision(self.network, _corners(domain if cut is None else cut))
        self.positions = self.subdivision.position
        """The vertices as floats."""
        self._is_cut = cut is not None
        none = np.zeros((1, len(self.subdivision.faces)), np.int16)
        keys = np.vstack([none, *self.subdivision.patterns]).T
        numbers: dict[bytes, int] = {}
        self.region_of = [numbers.setdefault(column.tobytes(), len(numbers)) for column in keys]
        self.activation = len(numbers)
        """Number of activation regions."""
        self.seconds = time.perf_counter() - began

    @cached_property
    def walls(self) -> tuple[Wall, ...]:
        """The segments between different regions, one for each two, as they are convex; jumps are decided exactly."""
        edges_between, sides, jumps = self._between
        ends = self.subdivision.ends[[own[0] for own in edges_between]].tolist()
        for i, edges in enumerate(edges_between):
            if len(edges) > 1:
                often = Counter(self.subdivision.ends[edges].ravel().tolist())
                ends[i] = [v for v, number in often.items() if number == 1]
        bends: Ints = np.zeros((len(sides), 2), dtype=np.int64)
        for layer, pieces in reversed(list(enumerate(self.subdivision.patterns, start=1))):
            unit, wall = (v[::-1] for v in np.nonzero(pieces[:, sides[:, 0]] != pieces[:, sides[:, 1]]))
            bends[wall, 0], bends[wall, 1] = layer, unit + 1  # the last one assigned is the first that bends
        rows = zip(ends, bends.tolist(), sides.tolist(), jumps, strict=True)
        return tuple(Wall((v, w), Unit(*unit), (f, g), jump) for (v, w), unit, (f, g), jump in rows)

    @cached_property
    def _between(self) -> tuple[list[list[int]], Ints, list[bool]]:
        """For each two neighboring regions the edges between them, a face of either, and whether f bends there."""
        sub, edges_between = self.subdivision, defaultdict[tuple[int, int], list[int]](list)
        region = np.append(self.region_of, -1)[sub.sides]
        inner = np.flatnonzero((region.min(axis=1) >= 0) & (region[:, 0] != region[:, 1]))
        for i, (f, g) in zip(inner.tolist(), np.sort(region[inner], axis=1).tolist(), strict=True):
            edges_between[f, g].append(i)
        edges = list(edges_between.values())
        sides = sub.sides[[own[0] for own in edges]]
        return edges, sides, self._jumps(sides[:, 0], sides[:, 1]).tolist()

    def _jumps(self, left: Ints, right: Ints) -> Bools:
        """Whether the gradients of the two faces of each pair differ."""
        network, pieces = prepared(self.network), self.subdivision.patterns
        faces = len(self.subdivision.faces)
        with np.errstate(all="ignore"):
            blocks = [self._slopes(slice(at, at + _BLOCK)) for at in range(0, faces, _BLOCK)]
            slopes, bounds = (np.concatenate(part, axis=1) for part in zip(*blocks, strict=True))
            gap, size = np.abs(slopes[:, left] - slopes[:, right]), np.abs(slopes)
            doubt = INFLATE * (bounds[:, left] + bounds[:, right] + 2.0**-52 * (size[:, left] + size[:, right]))
            result: Bools = np.any(gap > doubt, axis=(0, 2))
        doubtful = np.flatnonzero(~result)
        if len(doubtful) > FEW:
            primes = Residues(network, Residues(network, 0).common[-1])
            rest = [self._slope_residues(primes, slice(at, at + _BLOCK)) for at in range(0, faces, _BLOCK)]
            ends = np.concatenate(rest, axis=2)
            differ = ends[:, :, left[doubtful]] != ends[:, :, right[doubtful]]
            equal = primes.zero(differ, (gap + doubt)[:, doubtful], primes.common[-1]).all(axis=(0, 2))
            result[doubtful] = differ.any(axis=(0, 1, 3))
            doubtful = doubtful[~result[doubtful] & ~equal]
        if len(doubtful):
            noticed = open_units(network, pieces, faces)
            for i in doubtful:
                f, g = int(left[i]), int(right[i])
                changed = [p[:, f] != p[:, g] for p in pieces]
                seen = any((c & (o[:, f] | o[:, g])).any() for c, o in zip(changed, noticed, strict=True))
                result[i] = seen and len({self.network.affine_map(self.pattern(face)) for face in (f, g)}) == 2
        return result

    def _slopes(self, faces: slice) -> tuple[Floats, Floats]:
        """The gradients of the outputs on some faces, outputs × faces × 2, and bounds on their errors."""
        network, pieces = prepared(self.network), [taken[:, faces] for taken in self.subdivision.patterns]
        number = len(self.subdivision.faces[faces])
        values, errors = np.tile(np.eye(2), number), np.zeros((2, 2 * number))
        nowhere = np.zeros(2 * number)  # directions are points at infinity: no biases
        for layer, taken in zip(network.hidden, pieces, strict=True):
            z, e = affine(layer, values, errors, nowhere)
            values, errors = activate(layer, z, e, np.repeat(taken, 2, axis=1), nowhere)
        slopes, bounds = affine(network.layers[-1], values, errors, nowhere)
        return slopes.reshape(-1, number, 2), bounds.reshape(-1, number, 2)

    def _slope_residues(self, primes: Residues, faces: slice) -> Floats:
        """The same gradients modulo primes, primes × outputs × faces × 2."""
        pieces = [taken[:, faces] for taken in self.subdivision.patterns]
        number = len(self.subdivision.faces[faces])
        rest = np.tile(primes.of([1, 0, 0, 1]).reshape(-1, 2, 2), number)
        for layer, taken in enumerate(pieces):
            rest = primes.activate(layer, primes.affine(layer, rest, 0.0), np.repeat(taken, 2, axis=1), 0.0)
        return primes.affine(len(pieces), rest, 0.0).reshape(len(rest), -1, number, 2)

    @cached_property
    def linear(self) -> int:
        """Number of linear regions: components of the regions joined across walls without a jump."""
        import networkx

        graph = networkx.Graph()
        graph.add_nodes_from(range(self.activation))
        _, sides, jumps = self._between
        flat = (pair for pair, jump in zip(sides.tolist(), jumps, strict=True) if not jump)
        graph.add_edges_from((self.region_of[f], self.region_of[g]) for f, g in flat)
        return int(networkx.number_connected_components(graph))

    @property
    def vertices(self) -> list[int]:
        """The vertices inside the polygon at which walls meet."""
        return self.meeting_points()

    def meeting_points(self, *, jumps_only: bool = False) -> list[int]:
        """The vertices inside the polygon at which more than two walls meet, or more than two with a jump."""
        meeting = Counter(v for wall in self.walls if wall.jump or not jumps_only for v in wall.ends)
        return [v for v in self.subdivision.inner_vertices if meeting[v] > 2]

    def pattern(self, face: int) -> Pattern:
        """The activation pattern on a face."""
        return tuple(tuple(int(v) for v in p[:, face]) for p in self.subdivision.patterns)

    def patterns(self) -> list[Pattern]:
        """The activation pattern of every region."""
        return [self.pattern(faces[0]) for faces in self.faces_of]

    @property
    def window(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Two corners of what a picture shows: all of a bounded domain, otherwise the middle, with a wide margin."""
        low, high = self.positions.min(axis=0), self.positions.max(axis=0)
        inner = self.subdivision.inner_vertices if self._is_cut else []
        if inner:  # without the outermost tenth, which may be far away
            drop = len(inner) // 10
            kept = np.sort(self.positions[inner], axis=0)[drop : len(inner) - drop]
            margin = (kept[-1] - kept[0]) / 2
            margin[margin == 0] = 1
            low, high = np.maximum(low, kept[0] - margin), np.minimum(high, kept[-1] + margin)
        return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))

    def svg(self, *, zoom: bool = True) -> str:
        """The picture as SVG: polygons colored by their patterns, walls in the color of the layer that bends there.

        Every polygon names its pattern and its affine function, or in large networks its numbers of active units, when
        the mouse rests on it.  The text depends on the partition only, so two runs give the same file.  With ``zoom``
        it is a file that wheel and drag zoom in a browser, otherwise the picture that a notebook shows.
        """
        return page(self, zoom=zoom)

    def _repr_svg_(self) -> str:
        return self.svg(zoom=False)

    def outline(self, face: int) -> list[ExactPoint]:
        """The exact vertices of a face in parameters (s, t), counterclockwise."""
        return [self.subdivision.vertex(v) for v in self.subdivision.faces[face]]

    def polygon(self, region: int) -> list[ExactPoint]:
        """The exact vertices of a region in parameters (s, t), counterclockwise from the leftmost one on."""
        points = sorted({point for face in self.faces_of[region] for point in self.outline(face)})
        cycle: list[ExactPoint] = []
        for way in (points, points[::-1]):  # the lower and the upper side of their convex hull
            side: list[ExactPoint] = []
            for x, y in way:
                while len(side) > 1:
                    (a, b), (c, d) = side[-2:]
                    if (c - a) * (y - b) > (d - b) * (x - a):
                        break
                    side.pop()
                side.append((x, y))
            cycle += side[:-1]
        return cycle

    @cached_property
    def faces_of(self) -> list[list[int]]:
        """The faces of each region."""
        found: list[list[int]] = [[] for _ in range(self.activation)]
        for face, region in enumerate(self.region_of):
            found[region].append(face)
        return found

    def area(self, face: int) -> Fraction:
        """The exact area of a face in parameters (s, t)."""
        corners = self.outline(face)
        turns = zip(corners, [*corners[1:], corners[0]], strict=True)
        return sum((x * v - u * y for (x, y), (u, v) in turns), Fraction(0)) / 2

    @property
    def questions(self) -> int:
        """Decisions that exact arithmetic had to make."""
        return self.subdivision.questions

    def __len__(self) -> int:
        return self.activation

    def __repr__(self) -> str:
        return f"<{self.activation} activation regions of {self.architecture} on {self.domain}, exact>"


def across(network: Network, domain: Domain) -> PlaneRegions:
    """The exact partition of a polygon in a plane into the activation regions of a network.

    The domain is a Plane with a bounded patch, or a bounded Box or Polytope in R^2; ``Plane(o, p, q, triangle())`` is
    the triangle with these corners.  Raises InvalidInputError for any other domain and one that does not fit.

    Cost: (units) × (edges) floating-point signs and one step for each face; about a second for 10 000 regions.

    >>> from theory.data import digit_images, digits
    >>> zero, one, seven = digit_images().values()
    >>> regions = across(digits(), Plane(zero, one, seven, triangle()))
    >>> regions.activation, regions.linear, len(regions.vertices)
    (7, 7, 1)
    """
    require_kinds(network, domain)
    if domain.dimension != 2:
        raise InvalidInputError(
            f"{domain} is not a set in a plane; give a Plane with a patch, or a Box or Polytope in R^2"
        )
    return PlaneRegions(network, domain)


def partition(network: Network, domain: Domain | None = None, *, engine: str = "auto") -> PlaneRegions:
    """The partition of a two-dimensional domain, bounded or not, into activation regions; notebooks show its picture.

    The arguments are those of :func:`verify.counting.region_count.count`; the domain, or the network's input space,
    must have dimension 2.  Raises InvalidInputError if the domain has another dimension.

    A bounded domain is cut as by :func:`across`.  Of an unbounded one the engine lists the regions; the rectangle that
    contains all their vertices and a point of each is cut, and outside it nothing but rays continues.

    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> plane = partition(cross)
    >>> plane
    <4 activation regions of 2-2 on R^2, exact>
    >>> [plane.subdivision.vertex(v) for v in plane.vertices]
    [(Fraction(0, 1), Fraction(0, 1))]
    """
    require_engine(engine)
    place = domain_of(network, domain)
    if place.dimension != 2:
        raise InvalidInputError(
            f"a partition is drawn in two dimensions, but {place} has {place.dimension}; restrict it with a Plane"
        )
    problem = Problem.in_parameters(network, place)
    if problem.rows and Polyhedron.of(2, problem.rows).is_bounded:
        return across(network, place)
    points: list[ExactPoint] = []
    for pattern in listed(Problem.of(network, place), engine)[0]:
        region = Region(problem.network, pattern, problem.rows)
        points += [(x, y) for x, y in (region.witness, *region.vertices())]
    frame = []
    for axis, values in zip(((1, 0), (0, 1)), zip(*points, strict=True), strict=True):
        margin = (max(values) - min(values)) / 2 or Fraction(1)
        frame += [(*axis, margin - min(values)), (*(-v for v in axis), margin + max(values))]
    return PlaneRegions(network, place, Polytope([*problem.rows, *frame]))


def triangle(size: RationalLike = 1) -> Polytope:
    """The parameters s, t ≥ 0, s + t ≤ ``size``: as the patch of a Plane, for size 1 the triangle of its points."""
    return Polytope([[1, 0, 0], [0, 1, 0], [-1, -1, size]])


def _corners(domain: Domain) -> Sequence[ExactPoint]:
    """The exact corners of a bounded polygon in counterclockwise order."""
    where = domain.patch if isinstance(domain, Plane) else domain
    if not where.rows:
        raise InvalidInputError(f"{domain} is unbounded; give the plane a patch, for example Box([-1, -1], [2, 2])")
    body = Polyhedron.of(2, where.rows)
    if not body.is_bounded:
        raise InvalidInputError(f"{domain} is unbounded; cut it with more halfspaces")
    return [(x, y) for x, y in body.vertices()]
