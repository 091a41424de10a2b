"""Zanotti: Bounds on the Number of Pieces in Continuous Piecewise Affine Functions."""

import random

import sampling

from theory import Network
from theory.bounds.expressions import binomials
from verify import count


def test_pieces_of_few_components() -> None:
    hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
    axes = [[1, 0]] * 3 + [[0, 1]] * 3
    peaks = Network.relu([(axes, [0, -1, -2] * 2), ([[1, -2, 1] * 2], [-1]), ([[1]], [0])])
    most = 0.0
    for network in [hat, peaks, *(sampling.dense(random.Random(seed), (2, 4, 3)) for seed in range(8))]:
        affine, linear = (int(count(network, definition=name)) for name in ("affine", "linear"))
        assert linear <= affine * sum(binomials(affine - 1, network.inputs))
        most = max(most, linear / affine)
    assert most > 1
