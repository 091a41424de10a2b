"""The floating-point count of regions against the exact one, and the moves that climb on it."""

import random
from fractions import Fraction

import numpy as np
import pytest

from theory import Architecture
from theory.records import records
from verify.maxima.climbing import regions
from verify.maxima.edits import float_rows, network_of
from verify.maxima.float_count import RANDOM_NUMBERS, Workspace, climb_floats, count_floats


@pytest.mark.parametrize("sizes", [(1, 3, 2), (2, 4, 3), (2, 2, 2, 2), (3, 4, 2), (4, 5, 2), (5, 6), (3, 2, 2)])
def test_floats_see_the_regions_of_random_networks_but_for_slivers(sizes: tuple[int, ...]) -> None:
    arch, rng = Architecture.relu(*sizes), random.Random(str(sizes))
    space = Workspace(sizes)
    same = 0
    for _ in range(20):
        network = network_of(arch, [Fraction(rng.randint(-1000, 1000), 500) for _ in range(space.length)])
        seen, exact = count_floats(float_rows(network), *space.arrays), regions(network)
        assert seen <= exact
        same += seen == exact
    assert same >= 17


def test_nearly_all_records_have_as_many_regions_as_floats_see() -> None:
    same = 0
    for arch, record in records().items():
        same += count_floats(float_rows(record.network), *Workspace(arch.sizes).arrays) == record.count
    assert same > 0.8 * len(records())


def test_a_cell_with_too_many_vertices_makes_the_count_zero() -> None:
    space = Workspace((2, 3))
    lines = np.array([1.0, 0, 0, 0, 1, 0, 1, 1, -1])
    sizes, vertices, facets, values, rows, info = space.arrays
    assert count_floats(lines, sizes, vertices, facets, values, rows, info) == 7
    assert count_floats(lines, sizes, vertices, facets, values[:3], rows, info) == 0


def test_a_climb_keeps_its_best_network() -> None:
    arch = Architecture.relu(2, 3, 1)
    space, rng = Workspace(arch.sizes), np.random.default_rng(1)
    walk = rng.uniform(-2, 2, space.length)
    best, trial = walk.copy(), walk.copy()
    first = count_floats(walk, *space.arrays)
    counts = np.array([first, first, 0])
    for _ in range(10):
        climb_floats(
            walk, best, trial, counts, space.starts, 2.0, 0.2, rng.random((100, RANDOM_NUMBERS)), *space.arrays
        )
        assert counts[1] >= counts[0] >= first
        assert counts[0] == count_floats(walk, *space.arrays)
        assert counts[1] == count_floats(best, *space.arrays)
    assert first < counts[1] <= 13
    assert counts[2] <= 1000
    assert regions(network_of(arch, [Fraction(value) for value in best.tolist()])) == counts[1]
