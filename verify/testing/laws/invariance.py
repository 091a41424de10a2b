"""Laws of invariance: changes of a network that cannot change how many regions it has.

They test a counter without knowing any right answer.  The changes are those of :mod:`verify.checks.symmetries`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from theory.activations import RELU, Maxout
from theory.network import Layer, Network
from theory.sources import HERE, MONTUFAR2022
from verify.checks.symmetries import duplicated, moved, permuted, rescaled
from verify.domain.shapes import Domain, Polytope, WholeSpace
from verify.testing.laws.examples import ANY_SEED, placed, placed_relu
from verify.testing.laws.law import Counter, Finding, Law
from verify.testing.strategies.arguments import Strategy

__all__ = ["INVARIANCE_LAWS"]

Placed = tuple[Network, Domain]


def _changed(change: Callable[[Network, random.Random], Network]) -> Callable[[tuple[Placed, int], Counter], Finding]:
    def predicate(example: tuple[Placed, int], count: Counter) -> Finding:
        (network, domain), seed = example
        if not any(layer.width for layer in network.hidden):
            return Finding.silent("the network has no hidden unit")
        return _same(count(network, domain), count(change(network, random.Random(seed)), domain))

    return predicate


def _same(before: int, after: int) -> Finding:
    return Finding(before == after, f"{before} regions before the change, {after} after it")


def _affine(example: tuple[Placed, int], count: Counter) -> Finding:
    (network, domain), seed = example
    pulled = domain.pull_back(network)
    turned, rows = moved(pulled, domain.rows, random.Random(seed))
    where = Polytope(rows) if rows else WholeSpace(turned.inputs)
    return _same(count(network, domain), count(turned, where))


def with_zero_pieces(network: Network) -> Network:
    """The ReLU network with every unit σ(z) written as the maximum of 0 and z."""
    layers = []
    for layer in network.hidden:
        if layer.is_affine:
            layers.append(layer)
            continue
        rows = [row for w in layer.weights for row in ([0] * layer.inputs, w)]
        biases = [b for c in layer.biases for b in (0, c)]
        layers.append(Layer(rows, biases, [Maxout(2) if u == RELU else u for u in layer.units], inputs=layer.inputs))
    return Network([*layers, network.layers[-1]])


def _maxout(example: Placed, count: Counter) -> Finding:
    network, domain = example
    return _same(count(network, domain), count(with_zero_pieces(network), domain))


def _seeded() -> Strategy[Any]:
    return st.tuples(placed(), ANY_SEED)


INVARIANCE_LAWS = (
    Law(
        "permutation",
        "The count does not change when the units of a layer, or the pieces of a maxout unit, change places.",
        HERE.at("definition of an activation region"),
        "networks",
        _seeded,
        _changed(permuted),
    ),
    Law(
        "rescaling",
        "The count does not change when a unit is multiplied by a positive factor and its readers divide by it.",
        HERE.at("definition of an activation region"),
        "networks",
        _seeded,
        _changed(rescaled),
    ),
    Law(
        "duplication",
        "The count does not change when a unit is doubled and each copy keeps half of its outgoing weights.",
        HERE.at("definition of an activation region"),
        "networks",
        _seeded,
        _changed(duplicated),
    ),
    Law(
        "affine_inputs",
        "The count does not change under an invertible affine change of the inputs, if the domain follows.",
        HERE.at("definition of an activation region"),
        "networks",
        _seeded,
        _affine,
    ),
    Law(
        "relu_is_maxout",
        "A ReLU network has as many regions as the rank-2 maxout network whose units are max(0, z).",
        MONTUFAR2022.at("ReLU as a special case of maxout"),
        "networks",
        placed_relu,
        _maxout,
    ),
)
"""Each names a change that leaves the count as it is."""
