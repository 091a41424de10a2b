"""Small changes of a network: another weight, one unit, input or layer fewer.

Searches change networks one step at a time, and count after each step.  A place ``(layer, row, column)`` names a weight
of a hidden layer; the column after the last weight is the bias.

>>> network = random_network(Architecture.relu(2, 3), random.Random(1), 2)
>>> network.architecture, len(places(network)), weight_at(with_weight(network, (0, 2, 1), 7), (0, 2, 1))
(Architecture.relu(2, 3), 9, Fraction(7, 1))
>>> [str(smaller.architecture) for smaller in without_one_part(network)]
['1-3', '1-3', '2-2', '2-2', '2-2']
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

from theory.activations import IDENTITY, RELU, Maxout
from theory.architecture import Architecture
from theory.exact import RationalLike, primitive_row
from theory.network import Layer, Network

__all__ = [
    "Place",
    "in_integers",
    "places",
    "random_network",
    "row_at",
    "weight_at",
    "with_row",
    "with_sum_as_output",
    "with_weight",
    "without_one_part",
]

Place = tuple[int, int, int]
"""Hidden layer, row, column, each from 0."""


def places(network: Network) -> list[Place]:
    """The places of all weights and biases of the hidden layers."""
    return [
        (depth, row, column)
        for depth, layer in enumerate(network.hidden)
        for row in range(layer.rows)
        for column in range(layer.inputs + 1)
    ]


def row_at(network: Network, depth: int, row: int) -> list[Fraction]:
    """The weights of a preactivation, then its bias."""
    layer = network.layers[depth]
    return [*layer.weights[row], layer.biases[row]]


def weight_at(network: Network, place: Place) -> Fraction:
    """The weight or bias at a place."""
    return row_at(network, *place[:2])[place[2]]


def with_row(network: Network, depth: int, row: int, values: Sequence[RationalLike]) -> Network:
    """The network with other weights, and another bias, of one preactivation."""
    layer = network.layers[depth]
    weights, biases = list(layer.weights), list(layer.biases)
    weights[row], biases[row] = tuple(values[:-1]), values[-1]
    return _with_layers(network, depth, Layer(weights, biases, layer.units, inputs=layer.inputs))


def with_weight(network: Network, place: Place, value: RationalLike) -> Network:
    """The network with another weight or bias at a place."""
    depth, row, column = place
    values: list[RationalLike] = row_at(network, depth, row)
    values[column] = value
    return with_row(network, depth, row, values)


def with_sum_as_output(network: Network) -> Network:
    """The network with the sum of its last hidden layer as only output, on which no activation region depends."""
    return Network([*network.hidden, _sum_of(network.layers[-1].inputs)])


def without_one_part(network: Network) -> Iterator[Network]:
    """Every network that has one hidden layer, one input or one unit fewer; no layer loses its last unit."""
    hidden = network.hidden
    for depth, layer in enumerate(hidden):
        if depth and depth == len(hidden) - 1:
            yield Network([*hidden[:-1], _sum_of(layer.inputs)])
        elif len(hidden) > 1 and layer.width == layer.inputs:
            yield Network([*network.layers[:depth], *network.layers[depth + 1 :]])
    for i in range(network.inputs if network.inputs > 1 and hidden else 0):
        yield _with_layers(network, 0, _without_column(hidden[0], i))
    for depth, layer in enumerate(hidden):
        for unit in range(layer.width if layer.width > 1 else 0):
            after = _without_column(network.layers[depth + 1], unit)
            yield _with_layers(network, depth, _without_unit(layer, unit), after)


def in_integers(network: Network) -> Network:
    """The same function with every ReLU unit scaled so that its weights are integers without a common divisor."""
    layers = list(network.layers)
    for depth in range(len(network.hidden)):
        layer, after = layers[depth], layers[depth + 1]
        old = [(*weights, bias) for weights, bias in zip(layer.weights, layer.biases, strict=True)]
        new = [primitive_row(row) for row in old]
        factors = [max(map(abs, a)) / Fraction(max(map(abs, b)) or 1) for a, b in zip(old, new, strict=True)]
        layers[depth] = Layer([row[:-1] for row in new], [row[-1] for row in new], layer.units, inputs=layer.inputs)
        columns = [[w * f for w, f in zip(row, factors, strict=True)] for row in after.weights]
        layers[depth + 1] = Layer(columns, after.biases, after.units, inputs=after.inputs)
    return Network(layers)


def random_network(architecture: Architecture, rng: random.Random, largest: int) -> Network:
    """Random integer weights and biases from −largest to largest; the output is the sum of the last hidden layer."""
    unit = RELU if architecture.kind == "relu" else Maxout(architecture.rank)
    layers, inputs = [], architecture.inputs
    for width in architecture.widths:
        rows = [[rng.randint(-largest, largest) for _ in range(inputs + 1)] for _ in range(width * unit.rows)]
        layers.append(Layer([row[:-1] for row in rows], [row[-1] for row in rows], unit, inputs=inputs))
        inputs = width
    return Network([*layers, _sum_of(inputs)])


def _sum_of(width: int) -> Layer:
    return Layer([[1] * width], [0], IDENTITY, inputs=width)


def _with_layers(network: Network, depth: int, *layers: Layer) -> Network:
    """The network with these layers in place of as many from ``depth`` on."""
    return Network([*network.layers[:depth], *layers, *network.layers[depth + len(layers) :]])


def _without_column(layer: Layer, column: int) -> Layer:
    rows = [[*row[:column], *row[column + 1 :]] for row in layer.weights]
    return Layer(rows, layer.biases, layer.units, inputs=layer.inputs - 1)


def _without_unit(layer: Layer, unit: int) -> Layer:
    at = layer.first_rows[unit]
    kept = [r for r in range(layer.rows) if not at <= r < at + layer.units[unit].rows]
    units = [*layer.units[:unit], *layer.units[unit + 1 :]]
    return Layer([layer.weights[r] for r in kept], [layer.biases[r] for r in kept], units, inputs=layer.inputs)
