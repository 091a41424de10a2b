r"""Local complexity: how densely regions lie where the data are, and what it bounds.

Patel and Montúfar (2024) put Gaussian noise :math:`\xi \sim N(0, \sigma^2)` on all biases and ask for the density of
the boundary between regions at a data point x.  By the Kac-Rice formula (Hanin, Rolnick 2019, Theorem 3), and because
the density :math:`\rho_\sigma` of a unit's own bias noise is known, it is

.. math::

    LC(\theta) = \mathbb{E}_{x, \xi} \sum_z \|\nabla z(x)\| \, \rho_\sigma(z(x)) \, \mathbf{1}\{z \text{ good at } x\},

z(x) without noise in the unit's own bias and with noise in all others.  With
:math:`C_{bias} = 1 / (\sqrt{2\pi} \, \sigma)` and :math:`c = e^{-\eta^2/(2\sigma^2)} C_{bias}` it lies between
:math:`c \sum_z \mathbb{E}[\|\nabla z\| \mathbf{1}\{|z| \le \eta\}]` and
:math:`C_{bias} \sum_z \mathbb{E}\|\nabla z\|` (over good units).  :mod:`verify.measure.complexity` measures every term.

>>> least, greatest = density_bounds("1/2", 1)
>>> round(float(least), 6), round(float(greatest), 6)
(0.107982, 0.797885)

References
----------
Patel, Montúfar 2024, On the Local Complexity of Linear Regions in Deep ReLU Networks.
"""

import flint

from theory.errors import InvalidInputError
from theory.exact import RationalLike, format_rational, positive, rational, to_fmpq


def density_bounds(sigma: RationalLike, reach: RationalLike) -> tuple[flint.arb, flint.arb]:
    r"""(c, C_bias): the least value of the density of :math:`N(0, \sigma^2)` on [−reach, reach], and the greatest."""
    deviation, eta = positive(sigma, place="sigma"), rational(reach, place="reach")
    if eta < 0:
        raise InvalidInputError(f"reach: {format_rational(eta)} is negative; give 0 or more")
    s, t = flint.arb(to_fmpq(deviation)), flint.arb(to_fmpq(eta * eta / (2 * deviation * deviation)))
    greatest = 1 / ((2 * flint.arb.pi()).sqrt() * s)
    return (-t).exp() * greatest, greatest
