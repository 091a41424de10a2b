"""Serra, Ramalingam: Empirical Bounds on Linear Regions of Deep Rectifier Networks."""

import random

import sampling

from theory.bounds import BOUNDS
from theory.bounds.weight_aware import weight_aware_bounds
from verify import Box, count


def test_bound_from_the_units_that_switch() -> None:
    smaller = 0
    for seed in range(12):
        network = sampling.dense(random.Random(seed), (2, 5, 5))
        value = weight_aware_bounds(network, ([-1] * 2, [1] * 2)).values["serra2018"]
        theorem_1 = BOUNDS["serra2018"](network.architecture)
        assert count(network, Box.cube(-1, 1, 2)) <= value <= theorem_1
        smaller += value < theorem_1
    assert smaller > 0
