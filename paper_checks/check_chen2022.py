"""Chen, Wang, Xiong: Lower and Upper Bounds for Numbers of Linear Regions of Graph Convolutional Networks."""

import itertools
import random
from fractions import Fraction

from theory import Network
from theory.bounds.integers import binomials
from verify import count

PATH = [["1/2", "2/5", 0], ["2/5", "1/3", "2/5"], [0, "2/5", "1/2"]]
"""Weights of a path of three nodes with loops; invertible."""
COMPLETE = [["1/2", "1/2"], ["1/2", "1/2"]]
"""Two nodes that see the same mean: of rank one."""


def one_layer(graph: list[list[object]], features: int, units: int, seed: int) -> Network:
    """Node i has the units w_k·Σ_j A_ij x_j + b_k, with the same (w_k, b_k) at every node."""
    rng = random.Random(seed)
    weights = [[rng.randint(-9, 9) for _ in range(features)] for _ in range(units)]
    biases = [rng.randint(-9, 9) for _ in range(units)]
    rows = [[Fraction(a) * w for a in node for w in unit] for node, unit in itertools.product(graph, weights)]
    return Network.relu([(rows, biases * len(graph)), ([[1] * len(rows)], [0])])


def test_one_layer() -> None:
    for features, units in ((1, 3), (2, 2), (2, 3)):
        assert count(one_layer(PATH, features, units, 1)) == sum(binomials(units, features)) ** 3
        assert count(one_layer(COMPLETE, features, units, 1)) == sum(binomials(units, features))
