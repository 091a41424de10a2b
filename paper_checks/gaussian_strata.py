r"""The strata of one He-normal layer on average: closed forms in every dimension and codimension.

n units :math:`\langle w_i, x \rangle + b_i` in :math:`\mathbb{R}^d` with weights :math:`N(0, s^2)`, :math:`s^2 = 2/d`,
and biases :math:`N(0, \beta^2)`: n random hyperplanes.  Near a point at distance r from the origin, the
(d − k)-dimensional volume of the places where k of them meet has the mean density

.. math::

    \delta_k(r) = \binom{n}{k} \Bigl(\frac{s}{\beta\sqrt\pi}\Bigr)^k \frac{\Gamma((d+1)/2)}{\Gamma((d-k+1)/2)} \;
    {}_2F_1\Bigl(\frac{d+1}{2}, \frac{k}{2}; \frac{d}{2}; -\frac{s^2 r^2}{\beta^2}\Bigr).

This follows from the Kac-Rice formula (``docs/proofs-networks.md``).

For k = d this is :math:`\binom{n}{d}` times the density of a d-dimensional Cauchy law of scale :math:`\beta/s`: all
vertices, seen from the height :math:`\beta/s` above the origin, are spread evenly over the half-sphere of directions.

:math:`\delta_k` is the divergence of the field :math:`G(|x|^2) x`,
:math:`G(t) = \frac{\delta_k(0)}{d} \, {}_2F_1(\frac{d+1}{2}, \frac{k}{2}; \frac{d}{2} + 1; -\frac{s^2 t}{\beta^2})`, so
a ball needs no integral at all, and a box one dimension less than it has.
:func:`theory.gaussian_layer.one_layer_breakpoints` is the mean number of breakpoints on a segment.

>>> mean = one_layer_volume(5, [-1, -1], [1, 2], "1/2", codimension=2)  # vertices of five random lines in a rectangle
>>> print(mean.str(9, radius=False))
6.29583742

References
----------
Hanin, Rolnick 2019 (ICML), Theorem 3, the Kac-Rice formula; the closed forms are found here.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import flint

from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, integer, positive, rational, rational_vector, to_fmpq
from theory.gaussian_layer import precision


def one_layer_density(
    inputs: int, units: int, bias: RationalLike, codimension: int = 1, *, radius: RationalLike = 0, digits: int = 15
) -> flint.arb:
    r""":math:`\delta_k(r)`: the mean volume of the stratum of codimension k by volume of the set, at distance r from 0.

    >>> print(one_layer_density(2, 1, 1).str(9, radius=False))  # E‖w‖·ρ(0) = √(π/2)/√(2π)
    0.500000000
    """
    d, k = _dimensions(inputs, codimension)
    with precision(digits):
        at_zero, ratio = _constants(d, k, units, bias)
        z = -flint.acb(ratio * flint.arb(to_fmpq(rational(radius, place="radius") ** 2)))
        half = flint.acb(1) / 2
        return at_zero * z.hypgeom_2f1((d + 1) * half, k * half, d * half).real


def one_layer_volume_in_ball(
    inputs: int, units: int, radius: RationalLike, bias: RationalLike, codimension: int = 1, *, digits: int = 15
) -> flint.arb:
    """The mean volume of the stratum of codimension k in the ball of the given radius around the origin.

    Nearly all of the C(6, 3) = 20 vertices of six planes lie in a large ball:

    >>> print(one_layer_volume_in_ball(3, 6, 10**6, 1, 3).str(5, radius=False))
    20.000
    """
    d, k = _dimensions(inputs, codimension)
    size = positive(radius, place="radius")
    with precision(digits):
        r = flint.arb(to_fmpq(size))
        volume = flint.arb.pi() ** (flint.arb(d) / 2) / (flint.arb(d) / 2 + 1).gamma() * r**d
        return volume * d * _flux(d, k, *_constants(d, k, units, bias))(flint.acb(r * r)).real


def one_layer_volume(
    units: int,
    lower: Sequence[RationalLike],
    upper: Sequence[RationalLike],
    bias: RationalLike,
    codimension: int = 1,
    *,
    digits: int = 15,
) -> flint.arb:
    r"""A ball that contains the mean volume of the stratum of codimension k in a box of at most three dimensions.

    Integrals are enclosed rigorously (``acb.integral`` of FLINT).  Raises InvalidInputError unless every lower end is
    below its upper end, the deviation of the biases positive and 1 ≤ k ≤ d, and UnsupportedError in more dimensions.

    Two dimensions: an integral over each edge.  Three: :math:`\int G` over a face at height a is an integral over its
    edges of :math:`(H(a^2 + p^2 + y^2) - H(a^2)) \frac{p}{p^2 + y^2} \, dy` with :math:`H' = G/2`, and H is known:
    :math:`-\frac{3 G(0)}{4 \kappa b} \, {}_2F_1(1, b; 3/2; -\kappa t)` with b = k/2 − 1,
    :math:`\kappa = s^2/\beta^2`.

    >>> print(one_layer_volume(4, [-1], [1], "1/2").str(9, radius=False))  # 4·(2/π)·arctan √8
    3.13461242
    >>> from theory.gaussian_layer import one_layer_breakpoints
    >>> print(one_layer_breakpoints(4, [-1], [1], "1/2").str(9, radius=False))
    3.13461242
    """
    low, high = rational_vector(lower, place="lower corner"), rational_vector(upper, place="upper corner")
    if len(low) != len(high) or any(a >= b for a, b in zip(low, high, strict=True)):
        raise InvalidInputError("the corners of a box have one number of coordinates, each lower end below its upper")
    d, k = _dimensions(len(low), codimension)
    if d > 3:
        raise UnsupportedError(f"boxes are integrated in at most 3 dimensions, not {d}; take one_layer_volume_in_ball")
    with precision(digits):
        constants = _constants(d, k, units, bias)
        ends = [[flint.arb(to_fmpq(v)) for v in pair] for pair in zip(low, high, strict=True)]
        return (_cuboid if d == 3 else _rectangle)(k, constants, ends).real


_Constants = tuple[flint.arb, flint.arb]
_Ends = Sequence[Sequence[flint.arb]]


def _rectangle(k: int, constants: _Constants, ends: _Ends) -> flint.acb:
    flux, total = _flux(len(ends), k, *constants), flint.acb(0)
    for across, *along in itertools.permutations(ends):
        for sign, a in zip((-1, 1), across, strict=True):
            square = flint.acb(a * a)
            inside = _integral(lambda y, at=square: flux(y * y + at), along[0]) if along else flux(square)  # type: ignore[misc]
            total += sign * a * inside
    return total


def _cuboid(k: int, constants: _Constants, ends: _Ends) -> flint.acb:
    potential, total = _potential(k, *constants), flint.acb(0)
    for across, side, along in itertools.permutations(ends):
        for i, j in itertools.product(range(2), repeat=2):
            a, p = across[i], side[j]
            if a == 0 or p == 0:
                continue
            base = potential(flint.acb(a * a))

            def term(y: flint.acb, a: flint.arb = a, p: flint.arb = p, base: flint.acb = base) -> flint.acb:
                far = y * y + p * p
                return (potential(far + a * a) - base) / far

            total += (-1) ** (i + j) * a * p * _integral(term, along)
    return total


def one_layer_distance(inputs: int, units: int, bias: RationalLike, *, digits: int = 15) -> flint.arb:
    r"""The mean distance from the origin to the nearest of the n hyperplanes, in d ≥ 2 dimensions.

    :math:`|b|/\|w\|` exceeds :math:`\frac{\beta}{s} \tan\theta` with probability
    :math:`Q(\theta) = \frac{1}{C} \int_\theta^{\pi/2} \cos^{d-1}`, :math:`C = \int_0^{\pi/2} \cos^{d-1}`, so the mean
    is

    .. math:: \frac{\beta}{s} \int \tan' Q^n
              = \frac{\beta n}{s C} \int_0^{\pi/2} Q(\theta)^{n-1} \sin\theta \cos^{d-2}\theta \, d\theta.

    >>> print(one_layer_distance(2, 1, 1).str(9, radius=False))  # one unit in the plane: ∫ sin θ
    1.00000000
    """
    d, n = integer(inputs, place="inputs", minimum=2), integer(units, place="units", minimum=1)
    with precision(digits):
        _, ratio = _constants(d, 1, n, bias)
        whole = _cosine_integral(d - 1, flint.acb.pi() / 2)

        def term(theta: flint.acb) -> flint.acb:
            tail = 1 - _cosine_integral(d - 1, theta) / whole
            return tail ** (n - 1) * theta.sin() * theta.cos() ** (d - 2)

        integral = _integral(term, (flint.arb(0), flint.arb.pi() / 2))
        return (n * integral / whole).real / ratio.sqrt()


def _cosine_integral(power: int, theta: flint.acb) -> flint.acb:
    """∫_0^θ cos^power."""
    if power < 2:
        return theta.sin() if power else theta
    first = theta.cos() ** (power - 1) * theta.sin()
    return (first + (power - 1) * _cosine_integral(power - 2, theta)) / power


def _dimensions(inputs: int, codimension: int) -> tuple[int, int]:
    d, k = integer(inputs, place="inputs", minimum=1), integer(codimension, place="codimension", minimum=1)
    if k > d:
        raise InvalidInputError(f"codimension {k} exceeds the {d} inputs")
    return d, k


def _constants(d: int, k: int, units: int, bias: RationalLike) -> _Constants:
    """δ_k(0) and κ = s²/β²."""
    deviation, n = positive(bias, place="bias"), integer(units, place="units", minimum=0)
    ratio = flint.arb(to_fmpq(Fraction(2, d) / deviation**2))
    half = flint.arb(1) / 2
    gammas = (half * (d + 1)).gamma() / (half * (d - k + 1)).gamma()
    return math.comb(n, k) * (ratio / flint.arb.pi()).sqrt() ** k * gammas, ratio


def _flux(d: int, k: int, at_zero: flint.arb, ratio: flint.arb) -> Callable[[flint.acb], flint.acb]:
    """G(t)."""
    half = flint.acb(1) / 2
    return lambda t: at_zero / d * _hypergeometric((d + 1) * half, k * half, d * half + 1, -ratio * t)


def _potential(k: int, at_zero: flint.arb, ratio: flint.arb) -> Callable[[flint.acb], flint.acb]:
    """H(t) in three dimensions; the limit b → 0 for k = 2."""
    half = flint.acb(1) / 2
    b = k * half - 1
    one, c = 2 * half, 3 * half
    if k == 2:
        return lambda t: at_zero / (2 * ratio) * (1 + ratio * t) * _hypergeometric(one, one, c, -ratio * t)
    return lambda t: -at_zero / (4 * ratio * b) * _hypergeometric(one, b, c, -ratio * t)


def _hypergeometric(a: flint.acb, b: flint.acb, c: flint.acb, z: flint.acb) -> flint.acb:
    """₂F₁ off its cut [1, ∞), no number near it: there the integrands of this module are not analytic."""
    if z.imag.contains(0) and not z.real < 1:
        return flint.acb("nan")
    return z.hypgeom_2f1(a, b, c)


def _integral(term: Callable[[flint.acb], flint.acb], ends: Sequence[flint.arb]) -> flint.acb:
    return flint.acb.integral(lambda y, _: term(y), flint.acb(ends[0]), flint.acb(ends[1]))
