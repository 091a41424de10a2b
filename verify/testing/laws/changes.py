"""Laws of change: what cannot change how many regions a network has, and where one more unit can only add some.

They test a counter without knowing any right answer.  The changes are those of :mod:`verify.checks.self_check`.  A unit
of the last hidden layer, or one whose outgoing weights are zero, only refines the partition into regions.  A unit of an
earlier layer that is read changes the inputs of the later layers, and the count may fall:
``any_layer_growth`` is false.
"""

import itertools
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st

from theory.activations import RELU, Maxout
from theory.architecture import Architecture
from theory.network import Layer, Network
from theory.sources import HERE, cited
from verify.checks.self_check import duplicated, moved, permuted, rescaled
from verify.domain.shapes import Domain, WholeSpace
from verify.testing.laws.law import Counter, Finding, Law, Placed, law, placed, placed_relu
from verify.testing.strategies import rationals, relu_networks

_SAME_REGIONS = HERE.at("definition of an activation region")


def _seeded() -> st.SearchStrategy[tuple[Placed, int]]:
    """A network on a domain, and the seed of a random change."""
    return st.tuples(placed(), st.integers(0, 99))


def _unchanged(name: str, change: Callable[[Network, random.Random], Network], when: str) -> Law:
    """The law that a random change of a network does not change the count."""

    def predicate(example: tuple[Placed, int], count: Counter) -> Finding:
        (network, domain), seed = example
        if not any(layer.width for layer in network.hidden):
            return Finding.silent("the network has no hidden unit")
        return _same(count(network, domain), count(change(network, random.Random(seed)), domain))

    return Law(name, f"The count does not change when {when}.", _SAME_REGIONS, "networks", _seeded, predicate)


def _same(before: int, after: int) -> Finding:
    return Finding(before == after, f"{before} regions before the change, {after} after it")


@law(_SAME_REGIONS, _seeded)
def affine_inputs(example: tuple[Placed, int], count: Counter) -> Finding:
    """The count does not change under an invertible affine change of the inputs, if the domain follows."""
    (network, domain), seed = example
    return _same(count(network, domain), count(*moved(domain.pull_back(network), domain.rows, random.Random(seed))))


@law(cited("montufar2022", "ReLU as a special case of maxout"), placed_relu)
def relu_is_maxout(example: Placed, count: Counter) -> Finding:
    """A ReLU network has as many regions as the rank-2 maxout network whose units are max(0, z)."""
    network, domain = example
    layers = []
    for layer in network.hidden:
        if not layer.is_affine:
            rows = [row for w in layer.weights for row in ([0] * layer.inputs, w)]
            biases = [b for c in layer.biases for b in (0, c)]
            units = [Maxout(2) if unit == RELU else unit for unit in layer.units]
            layer = Layer(rows, biases, units, inputs=layer.inputs)
        layers.append(layer)
    return _same(count(network, domain), count(Network([*layers, network.layers[-1]]), domain))


_UNCHANGED = (
    _unchanged("permutation", permuted, "the units of a layer, or the pieces of a maxout unit, change places"),
    _unchanged("rescaling", rescaled, "a unit is multiplied by a positive factor and its readers divide by it"),
    _unchanged("duplication", duplicated, "a unit is doubled and each copy keeps half of its outgoing weights"),
)

_REFINES = HERE.at("a unit that no later layer reads refines the partition")


class Extension(NamedTuple):
    """A ReLU network on a domain, and one more unit for its hidden ``layer``, counted from 0 modulo their number.

    ``incoming`` are the unit's bias and weights, ``outgoing`` the weights with which the units of the next layer read
    it; both are cut off or filled with zeros to the length that is needed.
    """

    network: Network
    domain: Domain
    layer: int
    incoming: tuple[Fraction, ...]
    outgoing: tuple[Fraction, ...]


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
    return st.builds(lambda placed, *unit: Extension(*placed, *unit), subjects, st.integers(0, 1), rows, rows)


def grown(example: Extension, count: Counter, layer: int, outgoing: Sequence[Fraction]) -> Finding:
    """Whether the unit, in this layer (modulo their number) with these outgoing weights, lowers the count."""
    layers, depth = list(example.network.layers), len(example.network.hidden)
    if not depth:
        return Finding.silent("the network has no hidden layer")
    at = layer % depth
    old, reader = layers[at : at + 2]
    bias, *row = [*example.incoming, *[Fraction(0)] * (old.inputs + 1)][: old.inputs + 1]
    layers[at] = Layer([*old.weights, row], [*old.biases, bias], [*old.units, RELU], inputs=old.inputs)
    columns = itertools.chain(outgoing, itertools.repeat(Fraction(0)))
    rows = [(*w, c) for w, c in zip(reader.weights, columns, strict=False)]
    layers[at + 1] = Layer(rows, reader.biases, reader.units, inputs=old.width + 1)
    before, after = count(example.network, example.domain), count(Network(layers), example.domain)
    what = f"{before} regions, and {after} after a unit was added to layer {at + 1} of {depth}"
    return Finding(before <= after, what)


@law(_REFINES, extensions)
def last_layer_growth(example: Extension, count: Counter) -> Finding:
    """One more unit in the last hidden layer never lowers the count."""
    return grown(example, count, -1, example.outgoing)


@law(_REFINES, extensions)
def unread_unit_growth(example: Extension, count: Counter) -> Finding:
    """One more unit whose outgoing weights are zero never lowers the count, in any layer."""
    return grown(example, count, example.layer, ())


@law(HERE.at("false: a unit of an early layer can cancel the bends that a later layer reads"), tiny_extensions)
def any_layer_growth(example: Extension, count: Counter) -> Finding:
    """One more unit in any layer never lowers the count."""
    return grown(example, count, example.layer, example.outgoing)
