r"""The mean number of regions when only the last layer is random: enclosed for one to three inputs.

The earlier layers are given, and n units with independent weights :math:`N(0, s^2)` and biases :math:`N(0, t^2)`,
s, t > 0, read their output h.  With K the convex cone that the lift :math:`x \mapsto (s \, h(x), t)` spans on a cell of
the earlier layers, and :math:`h_j` the half-tail sums of its conic intrinsic volumes,

.. math:: \mathbb{E}[R \mid \text{earlier layers}] = \sum_{\text{cells}} \sum_j \binom{n}{j} \, 2 h_{j+1}(K)

(``docs/proofs-networks.md``).  Cells with the same image h(cell) are taken together.  Behind the lines that K contains,
which shift the index, K is a pointed cone of dimension e.  Its intrinsic volumes :math:`v_0, \dots, v_e` are

* e = 1: 1/2, 1/2;
* e = 2: :math:`v_2 = \alpha/2\pi` with its angle α, :math:`v_1 = 1/2`;
* e = 3: :math:`v_3 = \text{area}/4\pi` and :math:`v_2 = \text{perimeter}/4\pi` of a spherical polygon;
* e = 4: :math:`v_4 = \text{volume}/2\pi^2` of a spherical polyhedron, :math:`v_3 = \text{area}/8\pi` of its faces, and
  :math:`v_2 = \sum \ell \, (\pi - \theta)/4\pi^2` over its edges of length ℓ and inner angle θ;

the others follow from :math:`v_0 + v_2 + \dots = v_1 + v_3 + \dots = 1/2`.

References
----------
D. Amelunxen, M. Lotz: Intrinsic volumes of polyhedral cones, a combinatorial perspective.  Discrete & Computational
Geometry 58 (2017).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction

import flint

from theory.activations import IDENTITY
from theory.errors import UnsupportedError
from theory.exact import RationalLike, integer, positive, to_fmpq
from theory.geometry.polyhedra import Polyhedron
from theory.geometry.region import Region
from theory.network import Layer, Network
from verify.domain.shapes import Domain
from verify.engines.images.image import Image, image_of
from verify.engines.problem import domain_of
from verify.partitions.region_list import regions

_GUARD = 48
"""Bits that an integrand may lose."""


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

    The hidden layers of the network come before the random one, which reads the inputs if there are none; the output
    layer is left out.  The random layer has n = ``units``, biases of standard deviation t = ``bias`` > 0, and weights
    of ``variance`` s² > 0, by default that of He, 2 divided by the units that it reads.  The domain has one to three
    dimensions: intervals, segments, lines, polygons, planes, polyhedra, bounded or not; with more, UnsupportedError is
    raised.  The ball that is returned contains the mean; it is computed with ``digits`` decimal digits.

    >>> kinks = Network.relu([([[1], [-1]], [0, 1]), ([[1, 1]], [0])])  # two units that bend at 0 and 1
    >>> print(expected_regions(kinks, 8, "1/2").str(20, radius=False))
    8.8485841476151329339
    """
    place = domain_of(network, domain)
    if place.dimension > 3:
        raise UnsupportedError(f"mean numbers are known in one to three dimensions, not in {place.dimension}")
    n, deviation = integer(units, place="units", minimum=0), positive(bias, place="bias")
    hidden = network.hidden
    he = Fraction(2, max(hidden[-1].width, 1) if hidden else network.inputs)
    spread = he if variance is None else positive(variance, place="variance")
    unit_rows = [[int(i == j) for j in range(network.inputs)] for i in range(network.inputs)]
    before = Network(hidden or [Layer(unit_rows, [0] * network.inputs, IDENTITY)])
    total = flint.arb(0)
    with flint.ctx.workprec(4 * integer(digits, place="digits", minimum=1) + 2 * _GUARD):
        images: dict[Hashable, Image] = {}
        cells: Counter[Hashable] = Counter()
        for region in regions(before, place):
            assert isinstance(region, Region)
            *_, forms = region.network.forms(region.pattern)
            key, image = image_of(region.polyhedron(), forms, images)
            images[key] = image
            cells[key] += 1
        for key, number in cells.items():
            total += number * _mean(_Cone(images[key], to_fmpq(spread), to_fmpq(deviation**2)), n)
    return total


class _Cone:
    """The cone K over an image, behind its lines: scalar products of its extreme rays; facets, as sets of them."""

    # The map from the coordinates of the image's polyhedron to K is linear and injective, so their faces are the same.

    def __init__(self, image: Image, weight: flint.fmpq, bias: flint.fmpq) -> None:
        body = image.body or Polyhedron.whole(0)
        r = body.dimension
        gram = image.forms.transpose() * image.forms * weight
        gram[r, r] += bias
        rays, lines = (flint.fmpq_mat(len(some), r + 1, sum(some, ())) for some in (body.rays, body.lines))
        if body.lines:  # what is orthogonal to them
            across = rays * gram * lines.transpose()
            rays -= across * (lines * gram * lines.transpose()).inv() * lines
        self.lines, self.dimension = len(body.lines), r + 1 - len(body.lines)
        products, scale = rays * gram * rays.transpose(), flint.fmpq_mat(rays.nrows(), rays.nrows())
        for i in range(rays.nrows()):  # rays of length about one
            bits = int(products[i, i].p).bit_length() - int(products[i, i].q).bit_length()
            scale[i, i] = flint.fmpq(2) ** (-bits // 2)
        self._products = scale * products * scale
        zero = {frozenset(i for i, mask in enumerate(body.tight) if mask >> k & 1) for k in range(len(body.rows))}
        self.facets = [on for on in zero if not any(on < other for other in zero)]

    def determinant(self, rows: Sequence[int], columns: Sequence[int]) -> flint.fmpq:
        """Of the scalar products of these rays with those."""
        return flint.fmpq_mat([[self._products[i, j] for j in columns] for i in rows]).det()

    def angle(self, a: int, c: int, *around: int) -> flint.arb:
        """Between two rays, or the faces that they span with others, around those."""
        aa, ac, cc = (self.determinant((*around, i), (*around, j)) for i, j in ((a, a), (a, c), (c, c)))
        return flint.arb.atan2(flint.arb(aa * cc - ac * ac).sqrt(), flint.arb(ac))

    def area(self, sides: Sequence[frozenset[int]]) -> flint.arb:
        """Of a spherical polygon, by its inner angles."""
        total = (2 - len(sides)) * flint.arb.pi()
        for corner in frozenset().union(*sides):
            a, c = (other for side in sides if corner in side for other in side - {corner})
            total += self.angle(a, c, corner)
        return total

    def edges(self) -> dict[frozenset[int], list[frozenset[int]]]:
        """The faces of dimension two of a cone of dimension four, each with its two facets."""
        pairs = map(frozenset, itertools.combinations(range(self._products.nrows()), 2))
        of = {pair: [facet for facet in self.facets if pair <= facet] for pair in pairs}
        return {pair: facets for pair, facets in of.items() if len(facets) == 2}

    def volume(self, *corners: int) -> flint.arb:
        """Of a spherical tetrahedron, as in ``docs/proofs-networks.md``; √(Gram determinant)/2 comes last."""
        a, b, c, d = corners

        def product(i: int, j: int, *around: int) -> flint.acb:
            return flint.acb(self.determinant((*around, i), (*around, j)))

        def square(*around: int) -> Callable[[flint.acb], flint.acb]:
            """Of p = c + t (d − c), orthogonally to some corners: as f·(t − s)² + least, with little overestimation."""
            cc, cd, dd = (self.determinant((*around, i), (*around, j)) for i, j in ((c, c), (c, d), (d, d)))
            f = cc - 2 * cd + dd
            s, least, factor = flint.acb((cc - cd) / f), flint.acb((cc * dd - cd * cd) / f), flint.acb(f)
            return lambda t: factor * (t - s) ** 2 + least

        def linear(i: int, *around: int) -> Callable[[flint.acb], flint.acb]:
            start, end = product(i, c, *around), product(i, d, *around)
            return lambda t: start + t * (end - start)

        one, height, i = self.angle(a, b) * product(a, a, b).sqrt(), square(a, b), flint.acb(0, 1)
        sides = [(product(x, x), square(), linear(x), square(x), linear(y, x)) for x, y in ((a, b), (b, a))]

        def integrand(t: flint.acb, analytic: bool) -> flint.acb:
            total = one
            for xx, pp, xp, across, cosine in sides:
                sine = across(t).sqrt(analytic=analytic)
                length = ((xx * pp(t)).log(analytic=analytic) / 2 - (xp(t) + i * sine).log(analytic=analytic)) * i
                total = total - length * cosine(t) / sine
            return total / height(t)

        goal = flint.arb(2) ** (_GUARD - flint.ctx.prec)
        whole = flint.acb.integral(integrand, 0, 1, rel_tol=goal, abs_tol=goal).real
        return flint.arb(self.determinant(corners, corners)).sqrt() / 2 * whole

    def intrinsic_volumes(self) -> list[flint.arb]:
        """:math:`v_0, \\dots, v_e`."""
        half, pi, none = flint.arb(1) / 2, flint.arb.pi(), flint.arb(0)
        if self.dimension == 1:
            return [half, half]
        if self.dimension == 2:
            top = self.angle(0, 1) / (2 * pi)
            return [half - top, half, top]
        if self.dimension == 3:
            sides = sum((self.angle(*side) for side in self.facets), none) / (4 * pi)
            top = self.area(self.facets) / (4 * pi)
            return [half - sides, half - top, sides, top]
        edges = self.edges()
        bends = top = faces = none
        for edge, (one, other) in edges.items():
            inner = self.angle(min(one - edge), min(other - edge), *edge)
            bends += self.angle(*edge) * (pi - inner) / (4 * pi * pi)
        for facet in self.facets:
            arcs = [edge for edge in edges if edge <= facet]
            faces += self.area(arcs) / (8 * pi)
            if 0 not in facet:
                corner = min(facet)
                for arc in arcs:
                    if corner not in arc:
                        top += self.volume(0, corner, *arc) / (2 * pi * pi)
        return [half - bends - top, half - faces, bends, faces, top]


def _mean(cone: _Cone, units: int) -> flint.arb:
    volumes = [*[flint.arb(0)] * cone.lines, *cone.intrinsic_volumes()]
    none = flint.arb(0)
    return sum((2 * math.comb(units, j - 1) * sum(volumes[j::2], none) for j in range(1, len(volumes))), none)
