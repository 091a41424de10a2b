"""Serra, Ramalingam: Empirical Bounds on Linear Regions of Deep Rectifier Networks."""

import itertools
import random

import pytest
import sampling

from theory.bounds import BOUNDS
from theory.bounds.weight_aware import weight_aware_bounds
from verify import Box, count, regions
from verify.counting.estimates.parity import Equation, Search
from verify.counting.samples.draws import Stream
from verify.engines.problem import Problem


def test_parity_constraints() -> None:
    """A region is found exactly for those bits of two equations that some region satisfies."""
    pytest.importorskip("highspy", reason="highspy comes with the extra mip")
    network, box = sampling.dense(random.Random(1), (2, 3, 2)), Box.cube(-1, 1, 2)
    search = Search(Problem.of(network, box))
    sets = [search.equation(Stream(0, number)).units for number in range(2)]
    patterns, sizes = [region.pattern for region in regions(network, box)], []
    for bits in itertools.product((False, True), repeat=2):
        chosen = [Equation(units, bit) for units, bit in zip(sets, bits, strict=True)]
        kept = [pattern for pattern in patterns if all(equation.holds(pattern) for equation in chosen)]
        found = search.pattern(chosen)
        assert (found in kept) if kept else (found is None)
        sizes.append(len(kept))
    assert sum(sizes) == len(patterns)
    assert search.pattern([Equation(sets[0], False), Equation(sets[0], True)]) is None


def test_bound_from_the_units_that_switch() -> None:
    smaller = 0
    for seed in range(12):
        network = sampling.dense(random.Random(seed), (2, 5, 5))
        value = weight_aware_bounds(network, ([-1] * 2, [1] * 2)).values["serra2018"]
        theorem_1 = BOUNDS["serra2018"](network.architecture)
        assert count(network, Box.cube(-1, 1, 2)) <= value <= theorem_1
        smaller += value < theorem_1
    assert smaller > 0
