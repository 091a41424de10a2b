r"""Local complexity: how densely regions lie where the data are, and what it bounds.

Patel and Montúfar (2024) put Gaussian noise :math:`\xi \sim N(0, \sigma^2)` on all biases and ask for the density of
the boundary between regions at a data point x.  By the Kac-Rice formula (Hanin, Rolnick 2019, Theorem 3 with k = 1),
and because the density of a unit's own bias noise is known, one integration is done in closed form:

.. math::

    LC(\theta) = \mathbb{E}_{x, \xi} \sum_z \|\nabla z(x)\| \, \rho_\sigma(z(x)) \, \mathbf{1}\{z \text{ good at } x\},

:math:`\rho_\sigma` the density of :math:`N(0, \sigma^2)`, where z(x) is evaluated without noise in the unit's own bias
and with noise in all others.  Since :math:`c \le \rho_\sigma(z)` for :math:`|z| \le \eta` and
:math:`\rho_\sigma \le C_{bias}` everywhere, with

.. math:: C_{bias} = \frac{1}{\sqrt{2\pi} \, \sigma}, \qquad
          c = \frac{e^{-\eta^2/(2\sigma^2)}}{\sqrt{2\pi} \, \sigma},

the local complexity of a layer lies between
:math:`c \sum_z \mathbb{E}[\|\nabla z\| \mathbf{1}\{|z| \le \eta\}]` and
:math:`C_{bias} \sum_z \mathbb{E}\|\nabla z\|` (over good units).  And a network that is Lipschitz after layer l cannot
vary more than the gradients of that layer allow:

.. math:: \mathbb{E}\|\nabla f(x)\| \le L \sum_z \mathbb{E}\|\nabla z(x)\| \le \frac{L}{c} \, LC_l
          \qquad \text{if } |z(x)| \le \eta \text{ for all units of layer } l \text{ on the data,}

L a Lipschitz constant of the layers after l with respect to :math:`\sum |\cdot|` of their inputs: regions must lie
densely where the output varies.  :mod:`verify.measure.complexity` measures every term.

>>> least, greatest = density_bounds(Fraction(1, 2), Fraction(1))
>>> round(float(least), 6), round(float(greatest), 6)
(0.107982, 0.797885)

References
----------
Patel, Montúfar 2024, On the Local Complexity of Linear Regions in Deep ReLU Networks.
"""

from fractions import Fraction

import flint

from theory.errors import InvalidInputError
from theory.exact import RationalLike, format_rational, rational, to_fmpq
from theory.network import Network


def density_bounds(sigma: RationalLike, reach: RationalLike) -> tuple[flint.arb, flint.arb]:
    r"""(c, C_bias): the least value on [−reach, reach] and the greatest of the density of :math:`N(0, \sigma^2)`.

    Raises InvalidInputError unless σ > 0 and reach ≥ 0.
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
    r"""An upper bound L with :math:`\|f(x) - f(y)\|_2 \le L \sum_i |z_i(x) - z_i(y)|`.

    The :math:`z_i` are the preactivations of a hidden layer, counted from 1, of scalar units.  L is the largest slope
    of the layer's units, times the largest column norm of the next weights, times the Frobenius norms of all later
    weights and the largest slopes there.

    Raises InvalidInputError if there is no such hidden layer, or it has maxout units.

    >>> net = Network.relu([([[1], [1]], [0, 0]), ([[3, 1], [4, 0]], [0, 0]), ([[1, 0]], [0])])
    >>> lipschitz_after(net, 1).str(5, radius=False)
    '5.0000'
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
