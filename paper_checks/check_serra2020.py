"""Serra, Ramalingam: Empirical Bounds on Linear Regions of Deep Rectifier Networks."""

import itertools
import random

import parity
import pytest
import sampling

from theory.bounds import BOUNDS
from theory.bounds.weight_aware import weight_aware_bounds
from verify import Box, count, regions


def test_parity_constraints() -> None:
    """A region is found exactly for those bits of two equations that some region satisfies."""
    pytest.importorskip("highspy", reason="highspy comes with the extra mip")
    network, box = sampling.dense(random.Random(1), (2, 3, 2)), Box.cube(-1, 1, 2)
    sets = [units for units, _ in parity.equations(network, 2, random.Random(0))]
    patterns = [region.pattern for region in regions(network, box)]
    sizes = []
    for bits in itertools.product((0, 1), repeat=2):
        chosen = list(zip(sets, bits, strict=True))
        kept = [p for p in patterns if all(sum(p[at][u] for at, u in units) % 2 == bit for units, bit in chosen)]
        found = parity.kept_pattern(network, box, chosen, 60.0)
        assert (found in kept) if kept else (found is None)
        sizes.append(len(kept))
    assert sum(sizes) == len(patterns)
    assert parity.kept_pattern(network, box, [(sets[0], 0), (sets[0], 1)], 60.0) is None


def test_bound_from_the_units_that_switch() -> None:
    smaller = 0
    for seed in range(12):
        network = sampling.dense(random.Random(seed), (2, 5, 5))
        value = weight_aware_bounds(network, ([-1] * 2, [1] * 2)).values["serra2018"]
        theorem_1 = BOUNDS["serra2018"](network.architecture)
        assert count(network, Box.cube(-1, 1, 2)) <= value <= theorem_1
        smaller += value < theorem_1
    assert smaller > 0
