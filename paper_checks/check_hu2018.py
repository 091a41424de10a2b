"""Hu, Zhang: Nearly-tight Bounds on Linear Regions of Piecewise Linear Neural Networks."""

import random

from theory import HARD_TANH, Layer, Network
from theory.architecture import Architecture
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import count


def test_one_layer_of_units_with_breakpoints() -> None:
    for n0, n, pieces in ((1, 3, 3), (2, 3, 3), (2, 4, 4), (3, 3, 3)):
        arch = Architecture(n0, (n,), "piecewise", pieces)
        built = CONSTRUCTIONS["generic"].build(arch)
        assert count(built.network) == BOUNDS["hu2018"](arch)
    rng = random.Random(5)
    for _ in range(30):  # no layer has more; small numbers make many of them degenerate
        n0, n = rng.randint(1, 3), rng.randint(1, 4)
        rows = [[rng.randint(-2, 2) for _ in range(n0)] for _ in range(n)]
        net = Network([Layer(rows, [rng.randint(-2, 2) for _ in range(n)], HARD_TANH)])
        assert count(net).value <= BOUNDS["hu2018"](net.architecture)
