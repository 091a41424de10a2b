r"""How much a network varies on data against its local complexity, after Patel and Montúfar (2024).

A network that is Lipschitz after layer l cannot vary more than the gradients of that layer allow:

.. math:: \mathbb{E}\|\nabla f(x)\| \le L \sum_z \mathbb{E}\|\nabla z(x)\| \le \frac{L}{c} \, LC_l
          \qquad \text{if } |z(x)| \le \eta \text{ for all units of layer } l \text{ on the data,}

L a Lipschitz constant of the layers after l with respect to :math:`\sum |\cdot|` of their inputs: regions must lie
densely where the output varies.  The other terms are those of :mod:`theory.local_complexity`.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import flint

from theory.errors import InvalidInputError
from theory.exact import RationalLike, format_rational, rational, to_fmpq
from theory.network import Network


def variation_bound(
    network: Network, points: Sequence[Sequence[RationalLike]], layer: int, sigma: RationalLike
) -> float:
    """(L/c)·LC_l without noise, which is at least E‖∇f(x)‖ over the data.

    η is the greatest |z(x)| of the layer on the data; L is that of :func:`lipschitz_after`.  Raises InvalidInputError
    if the reach η is more than 38 deviations σ, where the constant leaves the range of floats.
    """
    deviation = rational(sigma, place="sigma")
    units = []
    for point in points:
        *_, forms = network.forms(network.pattern(point)[: layer - 1])
        column = flint.fmpq_mat(network.inputs + 1, 1, [*map(to_fmpq, map(rational, point)), 1])
        for row, (z,) in zip(forms.tolist(), (forms * column).tolist(), strict=True):
            *gradient, _ = map(float_of, row)
            units.append((float_of(z), math.hypot(*gradient)))
    reach = max(abs(z) for z, _ in units)
    if reach > 38 * deviation:
        raise InvalidInputError(
            f"sigma {format_rational(deviation)} is small against the preactivations, which reach {reach:.3g} on the "
            "data; give sigma of that size"
        )

    def density(z: float) -> float:
        return math.exp(-0.5 * (z / float(deviation)) ** 2)

    complexity = math.fsum(norm * density(z) for z, norm in units) / len(points)
    return float(lipschitz_after(network, layer).upper()) * complexity / density(reach)


def float_of(value: flint.fmpq) -> float:
    """The nearest float."""
    return float(Fraction(int(value.p), int(value.q)))


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
