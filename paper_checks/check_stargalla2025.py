"""Stargalla, Hertrich, Reichman: The Computational Complexity of Counting Linear Regions in ReLU Neural Networks."""

import itertools
from collections.abc import Sequence

import sampling

from theory import RELU, Layer, Network
from theory.constructions import CONSTRUCTIONS
from theory.constructions.family import SEPARATORS
from verify import count

ORDER = ("patterns", "activation", "convex", "linear", "closed", "affine")


def test_separating_examples() -> None:
    for name, function in SEPARATORS.items():
        net = CONSTRUCTIONS["separator"].build(function=name).network
        for of, value in zip(ORDER, function.counts, strict=True):
            assert count(net, definition=of) == value, (name, of)


def test_chain_of_inequalities() -> None:
    """All six numbers for networks with few regions; convex regions (R3) are left out beyond fourteen."""
    complete = 0
    for net in sampling.some_networks(25, units=6, seed=61):
        few = count(net).value <= 14
        values = [count(net, definition=of).value for of in ORDER if few or of != "convex"]
        assert values == sorted(values, reverse=True)
        complete += few
    assert complete >= 10


def acyclic_orientations(vertices: int, edges: Sequence[tuple[int, int]]) -> int:
    """The ways to direct every edge without a directed circle: tried one by one, vertices without entry removed."""
    number = 0
    for turned in itertools.product((False, True), repeat=len(edges)):
        arrows = [(b, a) if turn else (a, b) for (a, b), turn in zip(edges, turned, strict=True)]
        left = set(range(vertices))
        while free := left - {b for a, b in arrows if a in left and b in left}:
            left -= free
        number += not left
    return number


def test_one_layer_counts_acyclic_orientations() -> None:
    """A unit x_a − x_b for every edge: regions are acyclic orientations, whose number is #P-hard (Linial 1986)."""
    for vertices in range(2, 5):
        pairs = list(itertools.combinations(range(vertices), 2))
        for size in range(1, len(pairs) + 1):
            for edges in itertools.combinations(pairs, size):
                rows = [[(v == a) - (v == b) for v in range(vertices)] for a, b in edges]
                net = Network([Layer(rows, [0] * size, RELU)])
                assert count(net) == acyclic_orientations(vertices, edges)
