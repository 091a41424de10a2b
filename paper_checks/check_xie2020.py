"""Xie, Chen, Li: A General Computational Framework to Measure the Expressiveness of Complex Networks."""

import random

import sampling

from theory import Architecture, Network
from theory.activations import IDENTITY, RELU
from theory.bounds import BOUNDS
from theory.network import Layer
from verify import count


def with_skips(inputs: int, widths: tuple[int, ...], seed: int) -> Network:
    """Every layer sees the units before it and the input, which units with the identity carry along."""
    rng, layers, before = random.Random(seed), [], inputs
    for width in widths:
        drawn = sampling.dense(rng, (before, width)).layers[0]
        carried = [[int(j == before - inputs + i) for j in range(before)] for i in range(inputs)]
        units = [RELU] * width + [IDENTITY] * inputs
        layers.append(Layer([*drawn.weights, *carried], [*drawn.biases, *[0] * inputs], units))
        before = width + inputs
    return Network(layers)


def test_skips_keep_the_dimension() -> None:
    most = 0
    for seed in range(40):
        regions = int(count(with_skips(2, (1, 1, 2), seed)))
        assert regions <= BOUNDS["raghu2017"](Architecture.relu(2, 1, 1, 2))
        most = max(most, regions)
    assert most > BOUNDS["hinz2021"](Architecture.relu(2, 1, 1, 2))
