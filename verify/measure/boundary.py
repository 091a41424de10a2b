"""The boundary B of the regions inside a set K: its (d − 1)-dimensional volume, exactly, or from random lines.

Hanin and Rolnick (2019) measure how finely a network cuts its inputs by the volume of the set B on which its gradient
jumps: in one dimension the number of breakpoints, in the plane a length, in space an area.  This module measures both
boundaries, that of the activation regions and B itself (``definition="linear"``), and each volume is a
:class:`RootSum`, from which enclosures of any width follow.

In more than two dimensions all cells are built, and a facet where two of them meet is measured by
:meth:`theory.geometry.polyhedra.Polyhedron.squared_volume_of`.  For one hidden layer no cell is needed: the part of a
hyperplane in a cube has volume ‖a‖/((d−1)!·Π a_i)·Σ_v (−1)^{|v|}·(c − ⟨a, v⟩)₊^{d−1}, the sum over the cube's vertices
(Pólya 1912).

A *random secant* of a box K starts at a uniform point of its surface and enters it with density proportional to the
cosine of the angle to the normal: a line that meets K, drawn from the measure that motions of space leave unchanged.
It crosses a hypersurface B 2·vol_{d−1}(B ∩ K)/vol_{d−1}(∂K) times on average (Cauchy, Crofton; Santaló 1976), so that

    vol_{d−1}(B ∩ K) = vol_{d−1}(∂K)/2 · E(number of crossings).

Every count is exact, whatever the depth and the number of inputs; only the mean over secants is an estimate.
"""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self

import flint
import numpy as np

from theory.activations import PiecewiseLinear
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, Row, format_rational, from_fmpq, integer, positive, primitive_row, to_fmpq
from theory.geometry.polyhedra import Face, Polyhedron
from theory.network import Network
from verify.domain.shapes import Box, Domain, Segment
from verify.engines.problem import Problem, require_kinds, require_network
from verify.engines.selection import listed
from verify.measure.sampling import Estimate, random_streams
from verify.partitions.complex import closed_cells
from verify.partitions.definitions import accepts_of
from verify.progress import tracked
from verify.slices.lines.result import along
from verify.slices.planes.result import across
from verify.slices.prepared import SMALLEST, nearest

Which = Literal["activation", "linear"]

MOST_COEFFICIENTS = 20
"""Non-zero coefficients of a hyperplane whose section of a box is computed."""

MOST_DIMENSIONS = 6
"""Cells are built as polyhedra up to this dimension."""


@dataclass(frozen=True)
class RootSum:
    """Σ multiplicity·√square over positive rational squares, exact until a caller asks for a number.

    >>> diagonal = RootSum({Fraction(2): 3, Fraction(1, 4): 2})
    >>> print(diagonal, "=", diagonal.decimal(12))
    3·√(2) + 2·√(1/4) = 5.242640687119...
    """

    terms: Mapping[Fraction, int]

    @classmethod
    def of(cls, squares: Iterable[Fraction]) -> Self:
        """The sum of the roots of the given squares; zeros vanish."""
        return cls(dict(Counter(square for square in squares if square)))

    def bounds(self, width: RationalLike) -> tuple[Fraction, Fraction]:
        """Rational numbers at most ``width`` > 0 apart between which the sum lies."""
        wanted, bits = flint.arb(to_fmpq(positive(width, place="width"))), 64
        while True:
            with flint.ctx.workprec(bits):
                total = sum((m * flint.arb(to_fmpq(q)).sqrt() for q, m in self.terms.items()), flint.arb(0))
                if 2 * total.rad() < wanted:
                    middle, radius = (from_fmpq(part.fmpq()) for part in (total.mid(), total.rad()))
                    return middle - radius, middle + radius
            bits *= 2

    def decimal(self, places: int = 12) -> str:
        """The first decimal digits of an irrational sum followed by dots, or the rational number that it is."""
        if (value := self.exact) is not None:
            return format_rational(value)
        width = Fraction(1, 10 ** integer(places, place="places", minimum=1))
        while True:  # a sum of positive multiples of roots is rational only if every root is, so some width is enough
            low, high = (int(end * 10**places) for end in self.bounds(width))
            if low == high:
                digits = format_rational(Fraction(low)).rjust(places + 1, "0")
                return f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}..."
            width /= 1024

    @property
    def exact(self) -> Fraction | None:
        """The sum if every root is rational, otherwise None."""
        total = Fraction(0)
        for square, number in self.terms.items():
            root = Fraction(math.isqrt(square.numerator), math.isqrt(square.denominator))
            if root * root != square:
                return None
            total += number * root
        return total

    def __float__(self) -> float:
        return float(sum(self.bounds(Fraction(1, 10**20))) / 2)

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        parts = [f"{'' if m == 1 else f'{m}·'}√({format_rational(q)})" for q, m in self.terms.items()]
        return " + ".join(parts)


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

    >>> cross = Network.relu([([[1, 1], [1, -1]], [0, 0]), ([[1, 1]], [0])])
    >>> found = boundary(cross, Box([-1, -1], [1, 1]))
    >>> print(found.volume, "=", found.volume.decimal(6), found.vertices)
    4·√(2) = 5.656854... 1
    """
    require_boundary(definition)
    require_kinds(network, domain)
    Domain.pull_back(domain, network)
    if isinstance(domain, Segment):
        length = domain_volume(domain)
        number = getattr(along(network, domain), definition) - 1
        return Boundary(definition, domain, 0, RootSum.of([Fraction(1)] * number), length)
    if domain.dimension == 2:
        regions, form, squares = across(network, domain), metric(domain), []
        for wall in regions.walls:
            if wall.jump or definition == "activation":
                (x, y), (u, v) = (regions.subdivision.vertex(p) for p in wall.ends)
                step = flint.fmpq_mat(1, 2, [to_fmpq(u - x), to_fmpq(v - y)])
                squares.append(from_fmpq((step * (step if form is None else step * form).transpose())[0, 0]))
        vertices = len(regions.meeting_points(jumps_only=definition == "linear"))
        return Boundary(definition, domain, 1, RootSum.of(squares), domain_volume(domain), vertices)
    scalar = all(isinstance(unit, PiecewiseLinear) for layer in network.hidden for unit in layer.units)
    if isinstance(domain, Box) and len(network.hidden) == 1 and scalar:
        squares = [section_square(row, domain) for row in _hyperplanes(network, definition)]
        size = Fraction(math.prod(b - a for a, b in zip(domain.lower, domain.upper, strict=True)))
        return Boundary(definition, domain, domain.dimension - 1, RootSum.of(squares), RootSum.of([size * size]))
    return boundary_by_cells(network, domain, definition)


def require_boundary(definition: str) -> None:
    """Refuse a name that names neither boundary."""
    if definition not in ("activation", "linear"):
        raise InvalidInputError(f"unknown boundary {definition!r}; choose activation or linear")


def metric(domain: Domain) -> flint.fmpq_mat | None:
    """The scalar products of the directions of a slice in the input space; None if its parameters are the inputs."""
    if not domain.points:
        return None
    start, *ends = domain.points
    steps = [to_fmpq(b - a) for end in ends for a, b in zip(start, end, strict=True)]
    axes = flint.fmpq_mat(len(ends), len(start), steps)
    return axes * axes.transpose()


def domain_volume(domain: Domain) -> RootSum:
    """The volume of a domain in the input space, exactly; an error if it is unbounded."""
    body = Polyhedron.of(domain.dimension, domain.rows)
    if not body.is_bounded:
        raise InvalidInputError(f"{domain} is unbounded; its boundary has no finite volume, measure on a bounded part")
    form, size = metric(domain), body.volume()
    return RootSum.of([size * size * (1 if form is None else from_fmpq(form.det()))])


@accepts_of
def boundary_by_cells(network: Network, domain: Domain, definition: Which = "linear") -> Boundary:
    """The same from all cells as exact polyhedra, in any dimension; slow and independent of everything faster."""
    require_boundary(definition)
    problem = Problem.in_parameters(network, domain)
    d = problem.dimension
    if d > MOST_DIMENSIONS:
        way = "measure on a plane, or estimate the volume along random lines (boundary_by_lines, --lines)"
        raise UnsupportedError(f"the cells of {domain} are built in at most {MOST_DIMENSIONS} dimensions; {way}")
    measure, form, squares = domain_volume(domain), metric(domain), []
    seen: dict[Face, object] = {}
    for pattern, cell in closed_cells(problem, listed(problem)[0]):
        assert cell is not None
        behind = problem.network.affine_map(pattern) if definition == "linear" else pattern
        for face in cell.facets():
            if face not in seen:
                seen[face] = behind
            elif seen.pop(face) != behind:
                squares.append(cell.squared_volume_of(face, form))
    return Boundary(definition, domain, d - 1, RootSum.of(squares), measure)


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


@accepts_of
def boundary_by_lines(
    network: Network, box: Box, definition: Which = "linear", *, lines: int = 400, seed: int = 0, level: float = 0.95
) -> Estimate:
    """The (d − 1)-dimensional volume of the boundary inside a box, with Student's interval over random secants.

    ``definition`` is that of :func:`boundary`; the same seed gives the same secants.  Raises InvalidInputError if the
    box has one dimension, where there is nothing to estimate, or does not fit the network, and UnsupportedError if
    floats cannot hold the size of its surface.

    >>> cross = Network.relu([([[1, 1], [1, -1]], [0, 0]), ([[1, 1]], [0])])  # two diagonals, together 4·√2 = 5.66
    >>> print(boundary_by_lines(cross, Box([-1, -1], [1, 1]), lines=400))
    5.7 in [5.505, 5.895] (95 % of 400)
    """
    require_network(network)
    require_boundary(definition)
    if not isinstance(box, Box):
        raise InvalidInputError(f"lines are drawn through a box, not through a {box}; give a Box")
    if box.dimension < 2:
        raise InvalidInputError(f"{box} is a segment, on which the breakpoints are counted exactly; draw no lines")
    box.pull_back(network)
    half_surface = nearest(sum(_faces(box), Fraction(0)))
    if not SMALLEST < half_surface < 1 / SMALLEST:
        raise UnsupportedError(f"the surface of {box} is out of the range of floats; scale the inputs")
    streams = tracked(random_streams(seed, lines, "lines"), f"{lines} lines")
    crossings = (getattr(along(network, random_secant(box, rng)), definition) - 1 for rng in streams)
    return Estimate.of((half_surface * number for number in crossings), level)


def random_secant(box: Box, rng: np.random.Generator) -> Segment:
    """The part inside the box of a random line that meets it; its ends are rational and lie exactly on the surface.

    >>> secant = random_secant(Box([0, 0, 0], [1, 2, 3]), np.random.default_rng(1))
    >>> all(any(x in (a, b) for x, a, b in zip(end, [0] * 3, [1, 2, 3])) for end in (secant.start, secant.end))
    True
    """
    d = box.dimension
    areas = np.array([float(v) for v in _faces(box)])
    axis, upper = int(rng.choice(d, p=areas / areas.sum())), bool(rng.integers(2))
    tangent = rng.normal(size=d - 1)
    tangent *= rng.uniform() ** (1 / (d - 1)) / np.linalg.norm(tangent)  # uniform in the unit ball: the cosine law
    inward = math.sqrt(max(0.0, 1 - float(tangent @ tangent)))
    direction = [Fraction(float(v)) for v in np.insert(tangent, axis, -inward if upper else inward)]
    shares = map(Fraction, rng.uniform(size=d).tolist())
    start = [a + (b - a) * t for a, b, t in zip(box.lower, box.upper, shares, strict=True)]
    start[axis] = (box.upper if upper else box.lower)[axis]
    if not direction[axis]:  # parallel to the face, with probability 2^−50: drawn again
        return random_secant(box, rng)
    ends = zip(start, direction, box.lower, box.upper, strict=True)
    reach = min(((b if v > 0 else a) - x) / v for x, v, a, b in ends if v)
    return Segment(start, [x + reach * v for x, v in zip(start, direction, strict=True)])


def _faces(box: Box) -> Sequence[Fraction]:
    """The volume of a face orthogonal to each axis; together half of the surface."""
    sides = [b - a for a, b in zip(box.lower, box.upper, strict=True)]
    return [math.prod(sides[:i] + sides[i + 1 :], start=Fraction(1)) for i in range(len(sides))]
