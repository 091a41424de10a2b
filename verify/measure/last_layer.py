r"""The mean number of regions when only the last layer is random: exact for one and two inputs.

The earlier layers are given, and n units with independent weights :math:`N(0, s^2)` and biases :math:`N(0, t^2)`,
s, t > 0, read their output h.  On a cell of the earlier layers the lift :math:`x \mapsto (s \, h(x), t)` spans a convex
cone K, whose last coordinate is positive inside, so that K is no linear space; a unit cuts the cell where a hyperplane
through 0 with a uniform normal, independent of the others, meets K.  By the kinematic formula j of them meet inside K
with probability :math:`2 h_{j+1}(K)`, the half-tail sums of its conic intrinsic volumes; that they meet its boundary
only has probability 0.  Almost surely they are in general position within the linear hull of K, and then by Zaslavsky's
theorem the regions in the cell, as many as those of its image, are as many as the sets of units that meet there, so

.. math:: \mathbb{E}[R \mid \text{earlier layers}] = \sum_{\text{cells}} \sum_j \binom{n}{j} \, 2 h_{j+1}(K).

With one input a cell contributes :math:`1 + n \alpha/\pi`, :math:`\alpha` the angle of K; with two inputs

.. math:: 1 + n \, \frac{\text{perimeter}}{2\pi} + \binom{n}{2} \frac{\text{area}}{2\pi}

of the spherical polygon in which K meets the unit sphere; it lies in a two-dimensional plane, with the perimeter twice
its angle and no area, where h has rank one, and in a ray where h is constant.  Unbounded cells are no exception: a
direction d of a cell becomes the ray :math:`(s \, A d, 0)`, A the slope of h.

Scalar products of the corners of K are rationals; angles are enclosed in ball arithmetic.  Averaged over networks,
these means have a smaller variance than counts, since the last layer's share of it is gone.

References
----------
D. Amelunxen, M. Lotz: Intrinsic volumes of polyhedral cones, a combinatorial perspective.  Discrete & Computational
Geometry 58 (2017).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import flint

from theory.activations import IDENTITY
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, integer, precision, rank, rational, to_fmpq
from theory.geometry.polyhedra import Polyhedron
from theory.geometry.region import Region
from theory.network import Layer, Network
from verify.domain.shapes import Domain
from verify.engines.problem import domain_of
from verify.partitions.region_list import regions

__all__ = ["expected_regions"]

Vector = list[Fraction]
"""A point of the lifted space, without the factors s and t: (h, w)."""


def expected_regions(
    network: Network,
    units: int,
    bias: RationalLike,
    domain: Domain | None = None,
    *,
    variance: RationalLike | None = None,
    digits: int = 30,
) -> flint.arb:
    r"""The mean number of activation regions of ``network`` with one more ReLU layer of random weights.

    Raises UnsupportedError if the domain has more than two dimensions.

    Parameters
    ----------
    network : Network
        Its hidden layers come before the random one, which reads the inputs if there are none; its output layer is left
        out.
    units : int
        n, the width of the random layer.
    bias : rational > 0
        t, the standard deviation of its biases.
    domain : Domain, optional
        Of dimension one or two: intervals, segments, lines, polygons, planes, bounded or not.
    variance : rational > 0, optional
        s², by default that of He, 2 divided by the units that the layer reads.
    digits : int
        Of the working precision of the ball that contains the mean.

    Examples
    --------
    A single layer: two random lines make four parts of the plane.

    >>> plane = Network.relu([([[1, 0], [0, 1]], [0, 0])])
    >>> print(expected_regions(plane, 2, 1).str(10, radius=False))
    4.000000000

    Eight units behind two that bend at 0 and 1:

    >>> kinks = Network.relu([([[1], [-1]], [0, 1]), ([[1, 1]], [0])])
    >>> print(expected_regions(kinks, 8, "1/2").str(20, radius=False))
    8.8485841476151329339
    """
    place = domain_of(network, domain)
    if place.dimension > 2:
        raise UnsupportedError(f"mean numbers are known in one and two dimensions, not in {place.dimension}")
    n, deviation = integer(units, place="units", minimum=0), rational(bias, place="bias")
    hidden = network.hidden
    reads = hidden[-1].width if hidden else network.inputs
    spread = Fraction(2, reads) if variance is None else rational(variance, place="variance")
    if deviation <= 0 or spread <= 0:
        raise InvalidInputError("bias and variance of a random layer must be positive")
    unit_rows = [[int(i == j) for j in range(network.inputs)] for i in range(network.inputs)]
    before = Network(hidden or [Layer(unit_rows, [0] * network.inputs, IDENTITY)])
    total = flint.arb(0)
    with precision(4 * integer(digits, place="digits", minimum=1) + 64):
        for region in regions(before, place):
            assert isinstance(region, Region)
            perimeter, area = _extent(_Cone(region, spread, deviation**2))
            total += 1 + (n * perimeter + math.comb(n, 2) * area) / (2 * flint.arb.pi())
    return total


class _Cone:
    """The lifted cone of a cell: its corners in order around it, and their scalar products."""

    def __init__(self, region: Region, weight: Fraction, bias: Fraction) -> None:
        slopes, offsets = region.affine_map
        self._weight, self._bias = weight, bias
        body = region.polyhedron()

        def lifted(ray: Sequence[int]) -> Vector:
            *x, w = ray
            rows = zip(slopes, offsets, strict=True)
            return [*(sum((a * v for a, v in zip(row, x, strict=True)), c * w) for row, c in rows), Fraction(w)]

        self.corners = [lifted(ray) for ray in _around(body)]
        self.rank = rank([lifted(ray) for ray in (*body.lines, *body.rays)])

    def product(self, a: Vector, b: Vector) -> Fraction:
        """The scalar product of two lifted corners."""
        total = sum((v * w for v, w in zip(a[:-1], b[:-1], strict=True)), Fraction(0))
        return self._weight * total + self._bias * a[-1] * b[-1]

    def angle(self, a: Vector, b: Vector) -> flint.arb:
        """Between two corners; 0 if one of them is 0, which then is none."""
        aa, ab, bb = self.product(a, a), self.product(a, b), self.product(b, b)
        return _atan2(aa * bb - ab * ab, ab) if aa and bb else flint.arb(0)

    def inner_angle(self, a: Vector, b: Vector, c: Vector) -> flint.arb:
        """Of the spherical polygon at b, between the arcs to a and c."""
        aa, bb, cc = (self.product(v, v) for v in (a, b, c))
        ab, bc, ac = self.product(a, b), self.product(b, c), self.product(a, c)
        determinant = aa * (bb * cc - bc * bc) - ab * (ab * cc - bc * ac) + ac * (ab * bc - bb * ac)
        return _atan2(bb * determinant, ac * bb - ab * bc)


def _atan2(square: Fraction, x: Fraction) -> flint.arb:
    """The angle in [0, π] of (x, √square)."""
    return flint.arb.atan2(flint.arb(to_fmpq(square)).sqrt(), flint.arb(to_fmpq(x)))


def _around(body: Polyhedron) -> list[Sequence[int]]:
    """The extreme rays (x, w) of the cone over a polyhedron of one or two dimensions, in order around it.

    Where it contains a line, the line and its negative are corners like others, with a ray between them on each side.
    """
    lines, rays = list(body.lines), list(body.rays)
    negatives = [tuple(-v for v in line) for line in lines]
    if len(lines) == 2:
        return [lines[0], lines[1], negatives[0], negatives[1]]
    if len(lines) == 1:
        return [lines[0], rays[0], negatives[0], *rays[1:]]
    order, left = [0], set(range(1, len(rays)))
    while left:  # neighbors have a row in common on which both are zero
        tight = body.tight[order[-1]]
        following = next(i for i in sorted(left) if tight & body.tight[i] or len(rays) == 2)
        order.append(following)
        left.remove(following)
    return [rays[i] for i in order]


def _extent(cone: _Cone) -> tuple[flint.arb, flint.arb]:
    """Perimeter and area of the spherical polygon."""
    corners = cone.corners
    k = len(corners)
    if cone.rank < 3:
        widest = flint.arb(0)
        for i, a in enumerate(corners):
            for b in corners[:i]:
                widest = widest.max(cone.angle(a, b))
        return 2 * widest, flint.arb(0)
    pairs = [(corners[i - 1], corners[i]) for i in range(k)]
    perimeter = sum((cone.angle(a, b) for a, b in pairs), flint.arb(0))
    angles = sum((cone.inner_angle(corners[i - 2], corners[i - 1], corners[i]) for i in range(k)), flint.arb(0))
    return perimeter, angles - (k - 2) * flint.arb.pi()
