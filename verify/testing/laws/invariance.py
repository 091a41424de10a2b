"""Laws of invariance: changes of a network that cannot change how many regions it has.

They test a counter without knowing any right answer.  The changes are those of :mod:`verify.checks.symmetries`.
"""

import random
from collections.abc import Callable

from hypothesis import strategies as st

from theory.activations import RELU, Maxout
from theory.network import Layer, Network
from theory.sources import HERE, cited
from verify.checks.symmetries import duplicated, moved, permuted, rescaled
from verify.domain.shapes import Polytope, WholeSpace
from verify.testing.laws.examples import Placed, placed, placed_relu
from verify.testing.laws.law import Counter, Finding, Law, law

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


@law(_SAME_REGIONS, "networks", _seeded)
def affine_inputs(example: tuple[Placed, int], count: Counter) -> Finding:
    """The count does not change under an invertible affine change of the inputs, if the domain follows."""
    (network, domain), seed = example
    turned, rows = moved(domain.pull_back(network), domain.rows, random.Random(seed))
    where = Polytope(rows) if rows else WholeSpace(turned.inputs)
    return _same(count(network, domain), count(turned, where))


@law(cited("montufar2022", "ReLU as a special case of maxout"), "networks", placed_relu)
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
