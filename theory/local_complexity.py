"""Local complexity: how densely regions lie where the data are, and what it bounds.

Patel and Montúfar (2024) put Gaussian noise ξ ~ N(0, σ²) on all biases and ask for the density of the boundary between
regions at a data point x.  By the Kac-Rice formula (Hanin, Rolnick 2019, Theorem 3 with k = 1), and because the density
of a unit's own bias noise is known, one integration is done in closed form:

    LC(θ) = E_{x, ξ} Σ_z ‖∇z(x)‖ ρ_σ(z(x)) 1{z good at x},    ρ_σ the density of N(0, σ²),

where z(x) is evaluated without noise in the unit's own bias and with noise in all others.  Since
c ≤ ρ_σ(z) for |z| ≤ η and ρ_σ ≤ C_bias everywhere, with

    C_bias = 1/(√(2π)·σ),    c = e^{−η²/(2σ²)}/(√(2π)·σ),

the local complexity of a layer lies between c·Σ_z E[‖∇z‖ 1{|z| ≤ η}] and C_bias·Σ_z E‖∇z‖ (over good units).  And a
network that is Lipschitz after layer l cannot vary more than the gradients of that layer allow:

    E‖∇f(x)‖ ≤ L·Σ_z E‖∇z(x)‖ ≤ (L/c)·LC_l    if |z(x)| ≤ η for all units of layer l on the data,

L a Lipschitz constant of the layers after l with respect to Σ|·| of their inputs: regions must lie densely where the
output varies.  :mod:`verify.measure.complexity` measures every term.

>>> least, greatest = density_bounds(Fraction(1, 2), Fraction(1))
>>> round(float(least), 6), round(float(greatest), 6)
(0.107982, 0.797885)
"""

from __future__ import annotations

from fractions import Fraction

import flint

from theory.errors import InvalidInputError
from theory.exact import RationalLike, format_rational, rational, to_fmpq
from theory.network import Network
from theory.sources import SOURCES

__all__ = ["SOURCE", "density_bounds", "lipschitz_after"]

SOURCE = SOURCES["patel2024"]
"""The sources of the statements of this module."""


def density_bounds(sigma: RationalLike, reach: RationalLike) -> tuple[flint.arb, flint.arb]:
    """(c, C_bias): the least value on [−reach, reach] and the greatest value of the density of N(0, σ²).

    Raises
    ------
    InvalidInputError
        Unless σ > 0 and reach ≥ 0.
    """
    deviation, eta = rational(sigma, place="sigma"), rational(reach, place="reach")
    if deviation <= 0 or eta < 0:
        raise InvalidInputError(
            f"sigma {format_rational(deviation)} must be positive and reach {format_rational(eta)} not negative"
        )
    s, t = flint.arb(to_fmpq(deviation)), flint.arb(to_fmpq(eta * eta / (2 * deviation * deviation)))
    greatest = 1 / ((2 * flint.arb.pi()).sqrt() * s)
    return (-t).exp() * greatest, greatest


def lipschitz_after(network: Network, layer: int) -> flint.arb:
    """An upper bound L with ‖f(x) − f(y)‖₂ ≤ L·Σ|z_i(x) − z_i(y)|, z the preactivations of a hidden layer (from 1).

    The largest slope of the layer's units, times the largest column norm of the next weights, times the Frobenius norms
    of all later weights and the largest slopes there.  Scalar units.

    >>> net = Network.relu([([[1], [1]], [0, 0]), ([[3, 1], [4, 0]], [0, 0]), ([[1, 0]], [0])])
    >>> lipschitz_after(net, 1).str(5, radius=False)
    '5.0000'

    Raises
    ------
    InvalidInputError
        If there is no such hidden layer, or it has maxout units.
    """
    if not 1 <= layer <= len(network.hidden):
        raise InvalidInputError(f"layer {layer}: the network has hidden layers 1 to {len(network.hidden)}")
    result = flint.arb(1)
    for number in range(layer - 1, len(network.hidden)):
        units = network.hidden[number].units
        if any(unit.rows > 1 for unit in units):
            raise InvalidInputError(f"layer {number + 1} has maxout units; the constant is written for scalar units")
        steepest = max((abs(s) for unit in units for s in getattr(unit, "slopes", (Fraction(1),))), default=Fraction(0))
        rows = network.layers[number + 1].weights
        if number == layer - 1:
            columns = zip(*rows, strict=True)
            square = max((sum((w * w for w in column), Fraction(0)) for column in columns), default=Fraction(0))
        else:
            square = sum((w * w for row in rows for w in row), Fraction(0))
        result *= flint.arb(to_fmpq(steepest)) * flint.arb(to_fmpq(Fraction(square))).sqrt()
    return result
