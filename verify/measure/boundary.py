"""The boundary B of the regions inside a set K: its (d − 1)-dimensional volume, exactly.

Hanin and Rolnick (2019) measure how finely a network cuts its inputs by the volume of the set B on which its gradient
jumps: in one dimension the number of breakpoints, in the plane a length, in space an area.  This module measures both
boundaries, that of the activation regions and B itself (``definition="linear"``), and each volume is a
:class:`RootSum`, from which enclosures of any width follow.

In more than two dimensions all cells are built, and a facet where two of them meet is measured by its triangulation
(:meth:`theory.geometry.polyhedra.Polyhedron.squared_volume_of`), or by its shadow: in the hyperplane ⟨a, x⟩ + b = 0
with a_k ≠ 0 it has ‖a‖/|a_k| times the volume of its shadow along the axis k, which is a rational polytope.  For one
hidden layer no cell is needed: the part of a hyperplane in a cube has volume ‖a‖/((d−1)!·Π a_i)·Σ_v (−1)^{|v|}·(c − ⟨a,
v⟩)₊^{d−1}, the sum over the cube's vertices (Pólya 1912).
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import flint

from theory.activations import PiecewiseLinear
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, Row, from_fmpq, positive, primitive_row, to_fmpq
from theory.geometry.polyhedra import Face, Polyhedron
from theory.network import Network
from verify.domain.shapes import Box, Domain, Plane, Segment
from verify.engines.problem import Problem, require_kinds
from verify.engines.selection import listed
from verify.measure.roots import RootSum
from verify.partitions.complex import closed_cells
from verify.partitions.definitions.definition import accepts_of
from verify.slices.lines.result import along
from verify.slices.planes.result import across

Which = Literal["activation", "linear"]

MOST_COEFFICIENTS = 20
"""Non-zero coefficients of a hyperplane whose section of a box is computed."""

MOST_DIMENSIONS = 6
"""Cells are built as polyhedra up to this dimension."""


@dataclass(frozen=True)
class Boundary:
    """The boundary between regions inside a bounded set; its dimension is d − 1 for regions of dimension d."""

    definition: Which
    domain: Domain
    dimension: int
    volume: RootSum
    """Its volume: a number of points, a length, an area …; for a Plane in the metric of the input space."""
    measure: RootSum
    """The volume of the domain itself."""
    vertices: int | None = None
    """In two dimensions the number of points inside at which walls meet (the stratum of codimension 2)."""

    def density(self, width: RationalLike) -> tuple[Fraction, Fraction]:
        """Volume of the boundary by volume of the domain, as an interval of at most about ``width``."""
        wanted = positive(width, place="width")
        goal = Fraction(1)
        while True:
            (low, high), (least, most) = self.volume.bounds(goal), self.measure.bounds(goal)
            if least > 0 and high / least - low / most <= wanted:
                return low / most, high / least
            goal /= 1024


@accepts_of
def boundary(network: Network, domain: Domain, definition: Which = "linear") -> Boundary:
    """The exact volume of the boundary between the regions of a network inside a bounded domain.

    The domain is a segment, a bounded polygon (Box, Polytope, Plane with a patch), or a box or polytope of any
    dimension.  The boundary has every wall between activation patterns, or (``"linear"``) only those where the gradient
    jumps: Hanin and Rolnick's B.  Raises InvalidInputError if the domain is unbounded or does not fit.

    Cost in one and two dimensions: as for lines and planes.  A box and one hidden layer of scalar units: 2^d steps for
    each unit.  Otherwise all cells are built, some thousand in space; above six dimensions UnsupportedError is raised.

    >>> from verify import Box
    >>> cross = Network.relu([([[1, 1], [1, -1]], [0, 0]), ([[1, 1]], [0])])
    >>> found = boundary(cross, Box([-1, -1], [1, 1]))
    >>> print(found.volume, "=", found.volume.decimal(6), found.vertices)
    4·√(2) = 5.656854... 1
    """
    require_boundary(definition)
    require_kinds(network, domain)
    Domain.pull_back(domain, network)
    if isinstance(domain, Segment):
        if len(domain.rows) < 2:
            raise InvalidInputError(f"the {domain} is unbounded; measure on a Segment")
        number = getattr(along(network, domain), definition) - 1
        return Boundary(definition, domain, 0, RootSum.of([Fraction(1)] * number), RootSum.of([stretch(domain)]))
    if domain.dimension == 2:
        return _in_the_plane(network, domain, definition)
    scalar = all(isinstance(unit, PiecewiseLinear) for layer in network.hidden for unit in layer.units)
    if isinstance(domain, Box) and len(network.hidden) == 1 and scalar:
        squares = [section_square(row, domain) for row in _hyperplanes(network, definition)]
        size = Fraction(math.prod(b - a for a, b in zip(domain.lower, domain.upper, strict=True)))
        return Boundary(definition, domain, domain.dimension - 1, RootSum.of(squares), RootSum.of([size * size]))
    return boundary_by_cells(network, domain, definition)


def _in_the_plane(network: Network, domain: Domain, definition: Which) -> Boundary:
    regions = across(network, domain)
    form, squares = metric(domain), []
    for wall in regions.walls:
        if wall.jump or definition == "activation":
            (x, y), (u, v) = (regions.subdivision.vertex(p) for p in wall.ends)
            step = flint.fmpq_mat(1, 2, [to_fmpq(u - x), to_fmpq(v - y)])
            squares.append(from_fmpq((step * (step if form is None else step * form).transpose())[0, 0]))
    area = sum((regions.area(face) for face in range(len(regions.region_of))), Fraction(0))
    vertices = len(regions.meeting_points(jumps_only=definition == "linear"))
    return Boundary(definition, domain, 1, RootSum.of(squares), RootSum.of([area * area * stretch(domain)]), vertices)


def require_boundary(definition: str) -> None:
    """Refuse a name that names neither boundary."""
    if definition not in ("activation", "linear"):
        raise InvalidInputError(f"unknown boundary {definition!r}; choose activation or linear")


def metric(domain: Domain) -> flint.fmpq_mat | None:
    """The scalar products of the directions of a slice in the input space; None if its parameters are the inputs."""
    if isinstance(domain, Segment):
        start, ends = domain.start, [domain.end]
    elif isinstance(domain, Plane):
        start, ends = domain.origin, [domain.first, domain.second]
    else:
        return None
    steps = [to_fmpq(b - a) for end in ends for a, b in zip(start, end, strict=True)]
    axes = flint.fmpq_mat(len(ends), len(start), steps)
    return axes * axes.transpose()


def stretch(domain: Domain) -> Fraction:
    """The square by which the volume of a set of parameters grows in the input space."""
    form = metric(domain)
    return Fraction(1) if form is None else from_fmpq(form.det())


def domain_body(problem: Problem, domain: Domain) -> Polyhedron:
    """The closed domain in its parameters; an error if it is unbounded."""
    body = Polyhedron.of(problem.dimension, problem.rows)
    if not body.is_bounded:
        raise InvalidInputError(f"{domain} is unbounded; its boundary has no finite volume")
    return body


@accepts_of
def boundary_by_cells(network: Network, domain: Domain, definition: Which = "linear") -> Boundary:
    """The same from all cells as exact polyhedra, in any dimension; slow and independent of everything faster."""
    require_boundary(definition)
    problem = Problem.in_parameters(network, domain)
    d = problem.dimension
    if d > MOST_DIMENSIONS:
        way = "measure on a plane, or estimate the volume along random lines (verify.measure.crofton, --lines)"
        raise UnsupportedError(f"the cells of {domain} are built in at most {MOST_DIMENSIONS} dimensions; {way}")
    body = domain_body(problem, domain)
    seen: dict[Face, object] = {}
    squares = []
    for pattern, cell in closed_cells(problem, listed(problem)[0]):
        assert cell is not None
        behind = problem.network.affine_map(pattern) if definition == "linear" else pattern
        for face in cell.facets():
            if face not in seen:
                seen[face] = behind
            elif seen.pop(face) != behind:
                squares.append(cell.squared_volume_of(face))
    size = body.volume()
    return Boundary(definition, domain, d - 1, RootSum.of(squares), RootSum.of([size * size]))


def _hyperplanes(network: Network, definition: Which) -> Iterator[Row]:
    """The different hyperplanes at which the units of a single layer bend; by ``"linear"`` those with a jump."""
    layer, out = network.hidden[0], network.layers[-1].weights
    jumps: dict[Row, list[Fraction]] = {}
    for i, (unit, weights, bias) in enumerate(zip(layer.units, layer.weights, layer.biases, strict=True)):
        assert isinstance(unit, PiecewiseLinear)
        if not any(weights):
            continue
        for t, (before, after) in zip(unit.breakpoints, itertools.pairwise(unit.slopes), strict=True):
            row = primitive_row([*weights, bias - t])
            k = next(j for j, v in enumerate(row) if v)
            row = row if row[k] > 0 else tuple(-v for v in row)
            factor = abs(weights[k] / row[k]) * (after - before)
            total = jumps.setdefault(row, [Fraction(0)] * len(out))
            jumps[row] = [s + factor * weight[i] for s, weight in zip(total, out, strict=True)]
    yield from (row for row, jump in jumps.items() if definition == "activation" or any(jump))


def section_square(row: Row, box: Box) -> Fraction:
    """The squared (d − 1)-dimensional volume of the part of the hyperplane ⟨a, x⟩ + b = 0 inside a box, exactly.

    >>> section_square((1, 1, 1, -1), Box([0, 0, 0], [1, 1, 1]))  # an equilateral triangle with sides √2
    Fraction(3, 4)
    """
    *normal, offset = row
    sizes, level, rest = list[Fraction](), Fraction(-offset), Fraction(1)
    for a, low, high in zip(normal, box.lower, box.upper, strict=True):
        length = high - low
        level -= a * low
        level -= min(a * length, Fraction(0))  # for a < 0, x → 1 − x turns a into −a
        sizes += [abs(a) * length] if a else []
        rest *= length
    m = len(sizes)
    if m > MOST_COEFFICIENTS:
        many = f"the hyperplane section has a formula of 2^{m} terms; the limit is 2^{MOST_COEFFICIENTS}"
        raise UnsupportedError(f"{many}, estimate the density along lines instead")
    total = Fraction(0)
    for corner in itertools.product((0, 1), repeat=m):
        gap = level - sum((a for a, bit in zip(sizes, corner, strict=True) if bit), Fraction(0))
        if gap > 0:
            total += (-1) ** sum(corner) * gap ** (m - 1)
    if m == 1 and not 0 < level < sizes[0]:
        return Fraction(0)
    share = total / (math.factorial(m - 1) * math.prod(sizes))
    return share * share * rest * rest * sum(a * a for a in normal)
