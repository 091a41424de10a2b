"""Weibel: Maximal f-vectors of Minkowski Sums of Large Numbers of Polytopes.  Maxout layers without biases."""

import random

from theory import Architecture, Layer, Maxout, Network
from theory.bounds import BOUNDS
from verify import count


def central_layer(rng: random.Random, inputs: int, units: int, rank: int) -> Network:
    rows = [[rng.randint(-50, 50) for _ in range(inputs)] for _ in range(units * rank)]
    return Network([Layer(rows, [0] * len(rows), Maxout(rank))])


def test_never_exceeded() -> None:
    rng, attained = random.Random(51), 0
    for _ in range(40):
        inputs, units, rank = rng.randint(1, 3), rng.randint(1, 3), rng.randint(2, 3)
        net = central_layer(rng, inputs, units, rank)
        regions, bound = count(net).value, BOUNDS["maxout_one_layer_central"](net.architecture)
        assert regions <= bound
        attained += regions == bound
    assert attained > 30


def test_attained_in_the_plane() -> None:
    """Units whose weight vectors lie on a circle, turned against each other."""
    triangle = [(4, 0), (-2, 3), (-2, -3)]
    turned = [(0, 5), (-4, -2), (4, -2)]
    net = Network([Layer([*triangle, *turned], [0] * 6, Maxout(3))])
    assert count(net) == 6 == BOUNDS["maxout_one_layer_central"](Architecture.maxout(2, 2, rank=3))
