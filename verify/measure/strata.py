"""The strata of the boundary: where walls meet, dimension by dimension, with exact counts and exact volumes.

The boundary B of the regions of a network is a union of pieces of hyperplanes, and Hanin and Rolnick (2019) divide it
into strata: with B_0 = ∅, the stratum B_k is the set of points of B \\ (B_0 ∪ … ∪ B_{k−1}) near which that set is a
plane of codimension k.  In the plane B_1 consists of open segments and B_2 of the points where they meet.

All of it is read off the complex of activation regions (:mod:`verify.partitions.complex`).  A facet inside the domain
belongs to B if the gradient jumps there (``definition="linear"``), or always (``definition="activation"``), and a face
belongs to B_k, k the rank of the normals of the facets of B that contain it (``docs/proofs-definitions.md``).

A unit *changes* at a face if it takes different pieces in the cells around it.  Units with one hyperplane in common
change together; m > k units may change at a face of codimension k.  In general position exactly k do.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import flint
from networkx.utils import UnionFind

from theory.geometry.polyhedra import Face
from theory.network import Network, Pattern
from verify.domain.shapes import Domain
from verify.engines.problem import Problem, domain_of, reduced
from verify.engines.selection import listed
from verify.measure.boundary import Boundary, RootSum, Which, domain_volume, metric, require_boundary
from verify.partitions.complex import Complex, check_dimensions
from verify.partitions.definitions import accepts_of
from verify.progress import tracked


@dataclass(frozen=True)
class Stratum:
    """The part of the boundary that has one codimension."""

    codimension: int
    dimension: int
    """d − k, where k is the codimension."""
    pieces: int
    """Connected components; with ``definition="activation"`` each is one open face."""
    units: Mapping[int, int]
    """How many faces of the complex that fill the stratum lie where exactly so many units change."""
    volume: RootSum | None
    """Its (d − k)-dimensional volume, for k = d the number of points; None if a part is unbounded."""

    @property
    def faces(self) -> int:
        """Faces of dimension d − k of the complex of activation regions that fill the stratum."""
        return sum(self.units.values())

    def text(self, places: int = 12) -> str:
        """One line of text, the volume with so many decimal digits."""
        size = "unbounded" if self.volume is None else self.volume.decimal(places)
        numbers = sorted(self.units)
        units = f", {' or '.join(map(str, numbers))} unit{'s' * (numbers != [1])} at each" if numbers else ""
        return f"codimension {self.codimension}: {self.pieces} piece{'s' * (self.pieces != 1)}, size {size}{units}"

    __str__ = text


@dataclass(frozen=True, repr=False)
class Strata(Sequence[Stratum]):
    """All strata of the boundary inside a domain; ``strata[0]`` has codimension 1, ``boundary`` is their union.

    ``complex`` has the faces of the activation regions, in the parameters of the domain.  ``stratum_of`` gives for each
    of them inside the domain, but the cells, the stratum that contains it; 0 if it is not in the boundary.
    """

    definition: Which
    domain: Domain
    complex: Complex
    stratum_of: Mapping[Face, int]

    @cached_property
    def _strata(self) -> tuple[Stratum, ...]:
        return tuple(self._measured(k) for k in range(1, self.domain.dimension + 1))

    def _measured(self, codimension: int) -> Stratum:
        dimension, faces = self.domain.dimension - codimension, self.complex.faces
        mine = [face for face, k in self.stratum_of.items() if k == codimension]
        filling = {face: faces[face].cells for face in mine if faces[face].dimension == dimension}
        joined = UnionFind(filling)
        for face in mine:
            if faces[face].dimension < dimension:
                joined.union(*filling.keys() & self.complex.above(face))
        pieces, units, volume = sum(1 for _ in joined.to_sets()), Counter(map(_changes, filling.values())), None
        bodies = [(face, self.complex.cells[cells[0]]) for face, cells in filling.items()]
        if all(not body.lines and all(ray[-1] for ray in face) for face, body in bodies):
            form = metric(self.domain)
            steps = tracked(bodies, f"{len(bodies)} faces of codimension {codimension}")
            volume = RootSum.of(body.squared_volume_of(face, form) for face, body in steps)
        return Stratum(codimension, dimension, pieces, dict(units), volume)

    @cached_property
    def boundary(self) -> Boundary:
        """What :func:`~verify.measure.boundary.boundary` finds, from the same cells; raises on an unbounded domain."""
        measure, (first, *others) = domain_volume(self.domain), self
        assert first.volume is not None
        vertices = others[0].pieces if len(self) == 2 else None
        return Boundary(self.definition, self.domain, first.dimension, first.volume, measure, vertices)

    @property
    def inside(self) -> tuple[int, ...]:
        """The number of faces of dimension 0, 1, …, d inside the open domain, whether or not a gradient jumps there."""
        counted = Counter(place.dimension for place in self.complex.faces.values() if not place.border)
        return tuple(counted[k] for k in range(self.domain.dimension + 1))

    @property
    def euler_characteristic(self) -> int:
        """Σ (−1)^k · (faces of dimension k), of the closed cells: 1 for a bounded domain."""
        return self.complex.euler_characteristic

    def __getitem__(self, index: int) -> Stratum:  # type: ignore[override]
        return self._strata[index]

    def __len__(self) -> int:
        return len(self._strata)

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        pieces = ", ".join(str(s.pieces) for s in self)
        return f"<strata of the {self.definition} boundary on {self.domain}: {pieces} pieces>"


@accepts_of
def strata(network: Network, domain: Domain, definition: Which = "linear") -> Strata:
    """The strata of the boundary between the regions of a network inside a domain, each with its exact volume.

    More than four dimensions raise UnsupportedError; if the domain is unbounded, only the volumes of bounded strata are
    finite.  ``definition`` is that of :func:`verify.measure.boundary.boundary`.  Every cell is built as an exact
    polyhedron and every face kept: some thousand cells.

    A line of kinks that passes through a wall where nothing happens is one piece, and their meeting is no vertex:

    >>> from verify import Box
    >>> net = Network.relu([([[1, 0], [0, 1], [0, 2]], [0, 0, 0]), ([[1, 2, -1]], [0])])  # x⁺ + 2y⁺ − (2y)⁺
    >>> for of in ("activation", "linear"):
    ...     print([(s.pieces, dict(s.units)) for s in strata(net, Box([-1, -1], [1, 1]), of)])
    [(4, {1: 2, 2: 2}), (1, {3: 1})]
    [(1, {1: 2}), (0, {})]
    """
    require_boundary(definition)
    place = domain_of(network, domain)
    problem = Problem.in_parameters(network, place)
    check_dimensions(problem)
    patterns, _ = listed(reduced(problem))
    complex_ = Complex.of(problem, patterns)
    return Strata(definition, place, complex_, _classified(complex_, definition))


def _classified(complex_: Complex, definition: Which) -> dict[Face, int]:
    """The stratum of every face inside the domain, 0 for a face that is not in B."""
    d, linear, affine_map = complex_.problem.dimension, definition == "linear", complex_.problem.network.affine_map
    behavior: dict[Pattern, object] = {cell: affine_map(cell) if linear else cell for cell in complex_.cells}
    normals: dict[Face, list[int]] = {}
    for body in complex_.cells.values():
        for facet, numbers in body.facets().items():
            place = complex_.faces[facet]
            if not place.border and len({behavior[cell] for cell in place.cells}) == 2:
                normals[facet] = list(body.rows[min(numbers)][:-1])
    result: dict[Face, int] = {}
    for face, place in complex_.faces.items():
        if not place.border and place.dimension < d:
            around = [normals[g] for g in (complex_.above(face) | {face}) & normals.keys()]
            result[face] = int(flint.fmpz_mat(around).rank()) if around else 0
    return result


def _changes(cells: Sequence[Pattern]) -> int:
    """How many units do not take the same piece in all the cells."""
    units = zip(*((piece for layer in pattern for piece in layer) for pattern in cells), strict=True)
    return sum(len(set(pieces)) > 1 for pieces in units)
