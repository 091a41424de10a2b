"""Networks as lists of rows: random ones, ones with other weights, ones with a unit, an input or a layer fewer.

A row (w_1, …, w_n, b) holds the weights and the bias of one preactivation.  Activation regions do not depend on the
output layer, so all networks made here have the sum of the last hidden layer as their output.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from theory.activations import RELU, Activation, Maxout
from theory.architecture import Architecture
from theory.exact import RationalLike, primitive_row
from theory.network import Network

Rows = list[list[list[Fraction]]]  # for each hidden layer
_T = TypeVar("_T")


def rows_of(network: Network) -> Rows:
    """The rows of the hidden layers, free to be changed."""
    return [[[*w, b] for w, b in zip(layer.weights, layer.biases, strict=True)] for layer in network.hidden]


def float_rows(network: Network) -> Any:
    """All rows of the hidden layers one after the other, as floats: an array of one dimension."""
    return np.array([float(value) for layer in rows_of(network) for row in layer for value in row])


def with_rows(network: Network, rows: Sequence[Sequence[Sequence[RationalLike]]]) -> Network:
    """The network with other weights and biases in its hidden layers."""
    return Network.summed(rows, [layer.units for layer in network.hidden], inputs=network.inputs)


def network_of(architecture: Architecture, weights: Iterable[RationalLike]) -> Network:
    """The network of ReLU or maxout units whose rows, layer after layer, are these numbers."""
    remaining = iter(weights)
    unit = RELU if architecture.kind == "relu" else Maxout(architecture.rank)
    sizes = zip(architecture.sizes, architecture.widths, strict=False)
    rows = [[list(islice(remaining, inputs + 1)) for _ in range(width * unit.rows)] for inputs, width in sizes]
    return Network.summed(rows, [[unit] * width for width in architecture.widths], inputs=architecture.inputs)


def random_network(architecture: Architecture, rng: random.Random, largest: int) -> Network:
    """ReLU or maxout units with random integer weights and biases from −largest to largest."""
    return network_of(architecture, iter(lambda: rng.randint(-largest, largest), None))


def without_one_part(network: Network) -> Iterator[Network]:
    """Every network that has one hidden layer, one input or one unit fewer; no layer loses its last unit.

    >>> network = random_network(Architecture.relu(2, 3), random.Random(1), 2)
    >>> [str(smaller.architecture) for smaller in without_one_part(network)]
    ['1-3', '1-3', '2-2', '2-2', '2-2']
    """
    inputs, rows, last = network.inputs, rows_of(network), len(network.hidden) - 1
    units: list[Sequence[Activation]] = [layer.units for layer in network.hidden]
    for depth, layer in enumerate(network.hidden):
        if last and (depth == last or layer.width == layer.inputs):
            yield Network.summed(_without(rows, depth), _without(units, depth), inputs=inputs)
    for i in range(inputs if inputs > 1 and units else 0):
        yield Network.summed([[_without(row, i) for row in rows[0]], *rows[1:]], units, inputs=inputs - 1)
    for depth, layer in enumerate(network.hidden):
        for unit in range(layer.width if layer.width > 1 else 0):
            fewer, changed = list(units), list(rows)
            fewer[depth] = _without(layer.units, unit)
            changed[depth] = _without(rows[depth], layer.first_rows[unit], layer.units[unit].rows)
            if depth < last:
                changed[depth + 1] = [_without(row, unit) for row in rows[depth + 1]]
            yield Network.summed(changed, fewer, inputs=inputs)


def in_integers(network: Network) -> Network:
    """The same activation regions, with the rows of every ReLU or maxout unit scaled to integers, as small as possible.

    >>> whole = in_integers(network_of(Architecture.maxout(1, 1, 1, rank=2), ["1/2", 0, 1, 1, 3, 1, 0, 0]))
    >>> [list(map(int, row)) for layer in rows_of(whole) for row in layer]
    [[1, 0], [2, 2], [3, 2], [0, 0]]
    """
    rows, factors = rows_of(network), [Fraction(1)] * network.inputs
    for depth, layer in enumerate(network.hidden):
        entries = [v / f for row in rows[depth] for v, f in zip(row, [*factors, Fraction(1)], strict=True)]
        rows[depth], factors, width = [], [], len(factors) + 1
        for unit, at in zip(layer.units, layer.first_rows, strict=True):
            block = entries[at * width : (at + unit.rows) * width]
            whole = list(map(Fraction, primitive_row(block)))
            factors.append(next((w / v for v, w in zip(block, whole, strict=True) if v), Fraction(1)))
            rows[depth] += [whole[i : i + width] for i in range(0, len(whole), width)]
    return with_rows(network, rows)


def _without(items: Sequence[_T], first: int, number: int = 1) -> list[_T]:
    return [*items[:first], *items[first + number :]]
