"""Laws of growth: where one more unit can only add regions.

A unit of the last hidden layer, or one whose outgoing weights are zero, only refines the partition into regions.  A
unit of an earlier layer that is read changes the inputs of the later layers, and the count may fall: see
:mod:`verify.testing.laws.false_laws`.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st

from theory.activations import RELU
from theory.architecture import Architecture
from theory.network import Layer, Network
from theory.sources import HERE
from verify.domain.shapes import Domain, WholeSpace
from verify.testing.laws.examples import placed_relu
from verify.testing.laws.law import Counter, Finding, law
from verify.testing.strategies import rationals, relu_networks

_REFINES = HERE.at("a unit that no later layer reads refines the partition")


class Extension(NamedTuple):
    """A ReLU network on a domain, and one more unit for it.

    The unit goes to the hidden ``layer``, counted from 0 and modulo the number of hidden layers.  ``incoming`` are its
    bias and weights, ``outgoing`` the weights with which the units of the next layer read it; both are cut off or
    filled with zeros to the length that is needed.
    """

    network: Network
    domain: Domain
    layer: int
    incoming: tuple[Fraction, ...]
    outgoing: tuple[Fraction, ...]


def _padded(values: Sequence[Fraction], length: int) -> list[Fraction]:
    return [*values, *[Fraction(0)] * length][:length]


def extended(network: Network, layer: int, incoming: Sequence[Fraction], outgoing: Sequence[Fraction]) -> Network:
    """The network with one more ReLU unit at the end of a hidden layer.

    >>> net = Network.relu([([[1]], [0]), ([[1]], [0])])
    >>> extended(net, 0, [Fraction(-1), Fraction(1)], [Fraction(3)]).layers[1].weights
    ((Fraction(1, 1), Fraction(3, 1)),)
    """
    layers = list(network.layers)
    old, after = layers[layer], layers[layer + 1]
    bias, *row = _padded(incoming, old.inputs + 1)
    layers[layer] = Layer([*old.weights, row], [*old.biases, bias], [*old.units, RELU], inputs=old.inputs)
    columns = _padded(outgoing, after.rows)
    rows = [(*w, c) for w, c in zip(after.weights, columns, strict=True)]
    layers[layer + 1] = Layer(rows, after.biases, after.units, inputs=old.width + 1)
    return Network(layers)


def extensions() -> st.SearchStrategy[Any]:
    """Networks with one more unit for any layer: those of :func:`tiny_extensions`, or up to five units of any kind."""
    return st.one_of(tiny_extensions(), _more(placed_relu(max_inputs=2, max_units=5), rationals()))


def tiny_extensions() -> st.SearchStrategy[Any]:
    """Two or three units on a line, weights −1, 0 and 1, and one more unit of such weights."""
    signs = st.sampled_from([Fraction(0), Fraction(1), Fraction(-1)])
    shapes = st.sampled_from([Architecture.relu(1, 1, 1), Architecture.relu(1, 2, 1), Architecture.relu(1, 1, 2)])
    nets = relu_networks(architecture=shapes, weights=signs, outputs=0)
    return _more(nets.map(lambda net: (net, WholeSpace(net.inputs))), signs)


def _more(subjects: st.SearchStrategy[Any], numbers: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Any]:
    rows = st.lists(numbers, max_size=4).map(tuple)
    return st.builds(
        lambda placed, layer, incoming, outgoing: Extension(placed[0], placed[1], layer, incoming, outgoing),
        *(subjects, st.integers(0, 1), rows, rows),
    )


def grown(example: Extension, count: Counter, layer: int, outgoing: Sequence[Fraction]) -> Finding:
    """Whether the unit, in this layer (modulo their number) with these outgoing weights, lowers the count."""
    depth = len(example.network.hidden)
    if not depth:
        return Finding.silent("the network has no hidden layer")
    larger = extended(example.network, layer % depth, example.incoming, outgoing)
    before, after = count(example.network, example.domain), count(larger, example.domain)
    what = f"{before} regions, and {after} after a unit was added to layer {layer % depth + 1} of {depth}"
    return Finding(before <= after, what)


@law(_REFINES, "networks", extensions)
def last_layer_growth(example: Extension, count: Counter) -> Finding:
    """One more unit in the last hidden layer never lowers the count."""
    return grown(example, count, -1, example.outgoing)


@law(_REFINES, "networks", extensions)
def unread_unit_growth(example: Extension, count: Counter) -> Finding:
    """One more unit whose outgoing weights are zero never lowers the count, in any layer."""
    return grown(example, count, example.layer, ())
