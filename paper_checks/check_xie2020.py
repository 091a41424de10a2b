"""Xie, Chen, Li: A General Computational Framework to Measure the Expressiveness of Complex Networks."""

import random

import sampling

from theory import Architecture, Network
from theory.activations import IDENTITY, RELU
from theory.bounds import BOUNDS, SkipArchitecture
from theory.network import Layer
from verify import count


def with_skips(inputs: int, widths: tuple[int, ...], seed: int, carried: tuple[int, ...] | None = None) -> Network:
    """Past every layer units with the identity carry the input along, or so many of the last numbers that it sees."""
    rng, layers, before = random.Random(seed), [], inputs
    for width, number in zip(widths, carried or (inputs,) * len(widths), strict=True):
        drawn = sampling.dense(rng, (before, width)).layers[0]
        along = [[int(j == before - number + i) for j in range(before)] for i in range(number)]
        units = [RELU] * width + [IDENTITY] * number
        layers.append(Layer([*drawn.weights, *along], [*drawn.biases, *[0] * number], units))
        before = width + number
    return Network(layers)


def test_skips_keep_the_dimension() -> None:
    most = 0
    for seed in range(40):
        regions = int(count(with_skips(2, (1, 1, 2), seed)))
        assert regions <= BOUNDS["raghu2017"](Architecture.relu(2, 1, 1, 2))
        most = max(most, regions)
    assert most > BOUNDS["hinz2021"](Architecture.relu(2, 1, 1, 2))
    rng, above = random.Random(1), 0
    for seed in range(300):
        widths = tuple(rng.randint(1, 3) for _ in range(2 + seed % 2))
        carried = tuple(rng.randint(0, 2) for _ in widths)
        carried = (carried[0], *(min(c, w + b) for b, w, c in zip(carried, widths, carried[1:], strict=False)))
        network = with_skips(2, widths, seed, carried)
        subject = SkipArchitecture.of(network)
        assert subject == SkipArchitecture(Architecture.relu(2, *widths), carried)
        regions = int(count(network))
        assert regions <= BOUNDS["serra2018_skips"](subject)
        above += regions > BOUNDS["serra2018"](subject.architecture)
    assert above > 10
