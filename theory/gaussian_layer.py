r"""Random layers on an interval or a segment: the exact mean numbers of breakpoints and regions of one layer, or two.

Weights are :math:`N(0, 2/d)`, d the numbers that a layer reads, and biases :math:`N(0, \beta^2)`.
``paper_checks/gaussian_strata.py`` has the mean volumes of all strata of one layer in more dimensions.

References
----------
Hanin, Rolnick 2019 (ICML), Theorem 1; the closed forms are found here.
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from fractions import Fraction

import flint

from theory.errors import InvalidInputError
from theory.exact import RationalLike, integer, positive, rational, rational_vector, to_fmpq


def one_layer_breakpoints(
    units: int, start: Sequence[RationalLike], end: Sequence[RationalLike], bias: RationalLike, *, digits: int = 30
) -> flint.arb:
    r"""The exact mean number of breakpoints of a He-normal ReLU layer on a segment: :math:`n \arccos(\rho) / \pi`.

    With :math:`s^2 = 2/n_0` the preactivations at the ends p and q are jointly normal with correlation

    .. math:: \rho = \frac{s^2 \langle p, q \rangle + \beta^2}
              {\sqrt{(s^2 \|p\|^2 + \beta^2)(s^2 \|q\|^2 + \beta^2)}};

    so they have opposite signs with probability :math:`\arccos(\rho) / \pi`.  The result is a ball of relative radius
    about 10^−digits that contains the mean.

    >>> print(one_layer_breakpoints(12, [1, 0], [0, 1], "1/1000000000").str(6, radius=False))
    6.00000
    """
    p, q = rational_vector(start, place="start"), rational_vector(end, place="end")
    if len(p) != len(q) or not p:
        raise InvalidInputError(f"start has {len(p)} coordinates and end has {len(q)}; they need the same number")
    square = rational(bias, place="bias") ** 2
    products = (sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0)) for u, v in ((p, p), (p, q), (q, q)))
    pp, pq, qq = (Fraction(2, len(p)) * product + square for product in products)
    if not pp or not qq:
        raise InvalidInputError("a bias of deviation 0 and a segment that ends at 0 have no mean; give bias > 0")
    with precision(digits):
        sine, cosine = flint.arb(to_fmpq(pp * qq - pq * pq)).sqrt(), flint.arb(to_fmpq(pq))
        return integer(units, place="units", minimum=0) * flint.arb.atan2(sine, cosine) / flint.arb.pi()


def two_layer_regions(
    widths: tuple[int, int], lower: RationalLike, upper: RationalLike, bias: RationalLike, *, digits: int = 20
) -> flint.arb:
    r"""The exact mean number of activation regions of two He-normal ReLU layers with one input, on an interval.

    It is 1 + n p + m q, p and q the probabilities that a unit of the first or second layer has its zero there.  In the
    first layer the zero has Cauchy's law of scale :math:`\beta / \sqrt 2`.  In the second, j of the n units before are
    the identity and the others 0, with probability :math:`\binom{n}{j} 2^{-n}` (``docs/proofs-networks.md``); if the
    squares of the j weights add up to :math:`\frac{2}{n} \chi_j^2`, the scale is
    :math:`\beta \sqrt{(1 + n / 2\chi_j^2) / 2}`.  The integral over :math:`\chi_j` is enclosed.

    >>> print(two_layer_regions((8, 8), -1, 1, "1/2").str(20, radius=False))
    12.504780777130296639
    """
    n, m = (integer(width, place="width", minimum=0) for width in widths)
    a, b = (rational(end, place="end of the interval") for end in (lower, upper))
    deviation = positive(bias, place="bias")
    if a >= b:
        raise InvalidInputError("the lower end of an interval lies below its upper end")
    with precision(digits):
        root, pi = flint.arb(2).sqrt() / to_fmpq(deviation), flint.arb.pi()
        ends = [flint.acb(to_fmpq(end)) * root for end in (b, a)]
        halves = [(on, flint.arb(on) / 2) for on in range(1, n + 1)]
        weights = [2 * math.comb(n, on) / (flint.arb(2) ** (n + half) * half.gamma()) for on, half in halves]

        def arc(z: flint.acb) -> flint.acb:
            return flint.acb("nan") if z.real.contains(0) and not abs(z.imag) < 1 else z.atan()

        def term(chi: flint.acb, analytic: bool) -> flint.acb:
            scale = chi / (chi * chi + flint.acb(n) / 2).sqrt(analytic=analytic)
            density = sum((w * chi**i for i, w in enumerate(weights)), flint.acb(0)) * (-chi * chi / 2).exp()
            return (arc(ends[0] * scale) - arc(ends[1] * scale)) * density

        far = flint.arb(n).sqrt() + flint.arb(2 * flint.ctx.prec).sqrt()  # P(χ > √n + t) ≤ exp(−t²/2)
        second = flint.acb.integral(term, 0, flint.acb(far)).real / pi if n else flint.arb(0)
        first, tail = (ends[0].atan() - ends[1].atan()).real / pi, flint.arb(0).union(flint.arb(2) ** -flint.ctx.prec)
        return 1 + n * first + m * (second + tail)


def precision(digits: int) -> AbstractContextManager[None]:
    """Working precision for so many decimal digits."""
    return flint.ctx.workprec(4 * integer(digits, place="digits", minimum=1) + 64)
