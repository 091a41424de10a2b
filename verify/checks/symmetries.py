"""Changes of a network that cannot change its number of regions.

Each function returns another network, written differently, whose activation regions correspond one to one to those of
the first.  A counter that gives two different numbers is wrong about one of the two, and no reference count is needed
to see it.  All weights stay rational.
"""

import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import flint

from theory.exact import Row, from_fmpq, primitive_row, to_fmpq, value_at
from theory.network import Layer, Network

_DENSE = 8  # most inputs that the affine map mixes; with more, it keeps boxes boxes, which engines rely on


class _Copy(NamedTuple):
    """A unit of the new layer: the unit that it copies, a factor, and its share of that unit's outgoing weights."""

    source: int
    factor: Fraction = Fraction(1)
    share: Fraction = Fraction(1)
    order: tuple[int, ...] = (0,)  # of its rows


def _copies(layer: Layer) -> list[_Copy]:
    return [_Copy(u, order=tuple(range(unit.rows))) for u, unit in enumerate(layer.units)]


def _rewritten(network: Network, plans: Sequence[Sequence[_Copy]]) -> Network:
    """The network whose hidden layers consist of the given copies."""
    layers = []
    before = [_Copy(i) for i in range(network.inputs)]
    for layer, plan in zip(network.layers, [*plans, _copies(network.layers[-1])], strict=True):
        rows, biases, units = [], [], []
        for copy in plan:
            units.append(layer.units[copy.source].scaled(copy.factor))
            for r in (layer.first_rows[copy.source] + i for i in copy.order):
                rows.append([copy.factor * layer.weights[r][c.source] * c.share / c.factor for c in before])
                biases.append(copy.factor * layer.biases[r])
        layers.append(Layer(rows, biases, units, inputs=len(before)))
        before = list(plan)
    return Network(layers)


def rescaled(network: Network, rng: random.Random) -> Network:
    """The same function with every hidden unit multiplied by a positive rational, and what reads it divided by it.

    A unit with breakpoints other than 0 has them multiplied, too.
    """
    factors = iter(lambda: Fraction(rng.randint(1, 9), rng.randint(1, 9)), None)
    return _rewritten(network, [[c._replace(factor=next(factors)) for c in _copies(layer)] for layer in network.hidden])


def permuted(network: Network, rng: random.Random) -> Network:
    """The same function with the units of each hidden layer, and the pieces of each maxout unit, in another order."""
    plans = [_copies(layer) for layer in network.hidden]
    for layer, plan in zip(network.hidden, plans, strict=False):
        for i, unit in enumerate(layer.units):
            if unit.is_symmetric:
                plan[i] = plan[i]._replace(order=tuple(rng.sample(plan[i].order, unit.rows)))
        rng.shuffle(plan)
    return _rewritten(network, plans)


def duplicated(network: Network, rng: random.Random) -> Network:
    """The same function with one hidden unit doubled, if there is one, each copy with half of the outgoing weights."""
    units = [(i, u) for i, layer in enumerate(network.hidden) for u in range(layer.width)]
    if not units:
        return network
    depth, unit = rng.choice(units)
    plans = [_copies(layer) for layer in network.hidden]
    half = plans[depth][unit]._replace(share=Fraction(1, 2))
    plans[depth][unit : unit + 1] = [half, half]
    return _rewritten(network, plans)


def moved(network: Network, rows: Sequence[Row], rng: random.Random) -> tuple[Network, tuple[Row, ...]]:
    """The network y ↦ f(A·y + c), and the rows of the domain {y : A·y + c in the old domain}.

    A is the product of a signed permutation matrix with rational factors and, in up to eight dimensions, of
    triangular integer matrices with diagonal 1; c is rational.
    """
    n = network.inputs
    matrix = flint.fmpq_mat(n, n)
    for i, j in enumerate(rng.sample(range(n), n)):
        matrix[i, j] = to_fmpq(Fraction(rng.choice((-1, 1)) * rng.randint(1, 5), rng.randint(1, 5)))
    if n <= _DENSE:
        places_of = list(itertools.product(range(n), repeat=2))
        for lower in (True, False):
            entries = [int(i == j) or (rng.randint(-2, 2) if (i > j) == lower else 0) for i, j in places_of]
            matrix = matrix * flint.fmpq_mat(n, n, entries)
    offset = [Fraction(rng.randint(-3, 3), rng.randint(1, 3)) for _ in range(n)]
    turned = network.precompose([[from_fmpq(matrix[i, j]) for j in range(n)] for i in range(n)], offset)
    result = []
    for row in rows:
        normal = (flint.fmpq_mat(1, n, list(row[:-1])) * matrix).entries()
        result.append(primitive_row([*map(from_fmpq, normal), value_at(row, offset)]))
    return turned, tuple(result)
