"""The floating-point count of regions against the exact one, and the moves that climb on it."""

import random
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from theory import Architecture, Network
from theory.records import records
from verify.maxima.search import float_count, float_rows, most_regions, network_of, regions


@pytest.mark.parametrize("sizes", [(1, 3, 2), (2, 4, 3), (2, 2, 2, 2), (3, 4, 2), (4, 5, 2), (5, 6), (3, 2, 2)])
def test_floats_see_the_regions_of_random_networks_but_for_slivers(sizes: tuple[int, ...]) -> None:
    arch, rng = Architecture.relu(*sizes), random.Random(str(sizes))
    floats = float_count(sizes)
    same = 0
    for _ in range(20):
        network = network_of(arch, [Fraction(rng.randint(-1000, 1000), 500) for _ in range(floats.length)])
        seen, exact = floats.count(float_rows(network)), regions(network)
        assert seen <= exact
        same += seen == exact
    assert same >= 17


def test_nearly_all_records_have_as_many_regions_as_floats_see() -> None:
    same = 0
    for arch, record in records().items():
        same += float_count(arch.sizes).count(float_rows(record.network)) == record.count
    assert same > 0.8 * len(records())


def test_the_number_is_that_of_the_shortened_network() -> None:
    """Two units with one line and a third parallel to it make three regions; shorter weights part the two."""
    start = Network.summed([[[1, -1, -1], ["1/3", "-1/3", "-1/3"], ["-1/3", "1/3", 0]]], inputs=2)
    found = most_regions(start.architecture, evaluations=1, starts=[start], enough=3)
    assert found.count == regions(found.network) == 4 > regions(start)


def test_a_cell_with_too_many_vertices_makes_the_count_zero() -> None:
    lines = np.array([1.0, 0, 0, 0, 1, 0, 1, 1, -1])
    assert float_count((2, 3)).count(lines) == 7
    assert float_count((2, 3), most=3).count(lines) == 0


@pytest.mark.parametrize("passing", [0.0, 0.3, 1.0])
def test_a_climb_keeps_its_best_network(passing: float) -> None:
    arch = Architecture.relu(2, 3, 1)
    floats = float_count(arch.sizes)
    walk = np.random.default_rng(1).uniform(-2, 2, floats.length)
    best = walk.copy()
    first = floats.count(walk)
    counts = np.array([first, first, 0])
    for seed in range(10):
        options = (2.0, 0.2, passing, 100, seed)
        again, counted = walk.copy(), counts.copy()
        floats.climb(again, best.copy(), counted, *options)
        floats.climb(walk, best, counts, *options)
        assert (again == walk).all()
        assert (counted == counts).all()
        assert counts[1] >= counts[0] >= first
        assert counts[0] == floats.count(walk)
        assert counts[1] == floats.count(best)
    assert first < counts[1] <= 13
    assert counts[2] <= 1000
    assert regions(network_of(arch, [Fraction(value) for value in best.tolist()])) == counts[1]


@pytest.mark.parametrize("sizes", [(1, 4), (2, 4), (3, 5)])
def test_moves_over_vertices_alone_leave_a_degenerate_layer(sizes: tuple[int, ...]) -> None:
    floats = float_count(sizes)  # all hyperplanes but one meet in one point
    walk = np.random.default_rng(1).integers(-9, 9, floats.length).astype(float)
    walk[sizes[0] :: sizes[0] + 1] = 0
    walk[-1] = 1
    best, first = walk.copy(), floats.count(walk)
    counts = np.array([first, first, 0])
    floats.climb(walk, best, counts, 2.0, 0.2, 1.0, 2000, 1)
    assert counts[1] == best_of_one_layer(*sizes) > first


def best_of_one_layer(inputs: int, units: int) -> int:
    return sum(comb(units, j) for j in range(inputs + 1))
