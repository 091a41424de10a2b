"""Edits of networks, hill climbing and shrinking: what the searches for many regions and for counterexamples share."""

import itertools
import math
import random
from fractions import Fraction

from brute_count import count_brute

from theory import ABS, Architecture, Layer, Maxout, Network
from verify.maxima.search import (
    Clock,
    OutOfTimeError,
    climb,
    in_integers,
    random_network,
    regions,
    rows_of,
    shrink,
    with_rows,
    without_one_part,
)


def weights(network: Network) -> list[Fraction]:
    return [v for layer in rows_of(network) for row in layer for v in row]


def test_networks_lose_one_part_at_a_time() -> None:
    rng = random.Random(5)
    for sizes, rank in itertools.product(((2, 3), (3, 2, 2), (2, 2, 3, 1)), (0, 2, 3)):
        arch = Architecture.maxout(*sizes, rank=rank) if rank else Architecture.relu(*sizes)
        network = random_network(arch, rng, 3)
        assert network.architecture == arch
        smaller = list(without_one_part(network))
        one_less = [(*sizes[:i], n - 1, *sizes[i + 1 :]) for i, n in enumerate(sizes) if n > 1]
        assert {part.architecture.sizes for part in smaller if part.architecture.depth == arch.depth} == set(one_less)
        assert any(part.architecture.depth < arch.depth for part in smaller) == (arch.depth > 1)
        for part in smaller:
            assert regions(part) == count_brute(part)


def test_units_of_several_kinds_lose_their_own_rows() -> None:
    units = [Maxout(3), ABS, Maxout(2)]
    network = Network([Layer([[i, i + 1] for i in range(6)], range(6), units), Layer([[1, 2, 3]], [0])])
    kept = [part.hidden[0] for part in without_one_part(network) if part.inputs == 2 and part.hidden[0].width == 2]
    assert [layer.units for layer in kept] == [(ABS, Maxout(2)), (Maxout(3), Maxout(2)), (Maxout(3), ABS)]
    assert [[int(b) for b in layer.biases] for layer in kept] == [[3, 4, 5], [0, 1, 2, 4, 5], [0, 1, 2, 3]]


def test_integer_weights_leave_the_patterns_as_they_are() -> None:
    layers = [([["1/2", "1/3"], [4, 6], [0, 0], [-1, 3]], [1, 2, 0, 1]), ([["2/3", 1, 5, 2]], ["1/7"]), ([[3]], [1])]
    wide = [([["1/2", 0], [2, 4], [0, 3], ["1/3", 1]], [1, 0, 2, 0]), ([[1, "1/2"], [6, 2]], [0, 3]), ([[1]], [0])]
    for network in (Network.relu(layers), Network.maxout(wide, rank=2)):
        scaled = in_integers(network)
        assert all(v.denominator == 1 for v in weights(scaled))
        points = itertools.product((-3, "-1/2", 0, "1/5", 2), repeat=2)
        assert all(scaled.pattern(point) == network.pattern(point) for point in points)


def test_a_climb_reports_improvements_only_and_stops_when_it_stalls() -> None:
    counted = []

    def count(network: Network) -> int:
        counted.append(regions(network))
        return counted[-1]

    start = random_network(Architecture.relu(2, 3), random.Random(2), 3)
    numbers = [number for _, number in climb(start, count, random.Random(3), largest=3, stalled=60)]
    assert numbers[0] == counted[0]
    assert numbers == sorted({*numbers})
    assert numbers[-1] == max(counted) == 7
    assert len(counted) - 1 - counted.index(7) == 60


def test_steps_leave_denominators_as_they_are() -> None:
    start = random_network(Architecture.relu(2, 2), random.Random(1), 1)
    rows = rows_of(start)
    rows[0][0][0] = Fraction(1, 3)
    start = with_rows(start, rows)
    seen = []
    list(climb(start, lambda network: seen.append(network) or 0, random.Random(4), largest=9, stalled=200))
    assert {v.denominator for network in seen for v in weights(network)} == {1, 3}


def test_shrinking_leaves_nothing_that_could_go() -> None:
    rng = random.Random(1)
    draws = (random_network(Architecture.relu(3, 4, 3), rng, 9) for _ in range(99))
    network = next(drawn for drawn in draws if regions(drawn) > 8)
    small = shrink(network, lambda trial: regions(trial) >= 3)
    assert small.architecture in (Architecture.relu(1, 2), Architecture.relu(1, 1, 1))
    assert {abs(v) for v in weights(small)} <= {0, 1}

    def out_of_time(_):
        raise OutOfTimeError

    assert shrink(network, out_of_time) == network


def test_a_clock_of_networks_runs_out() -> None:
    clock = Clock(networks=1)
    assert (clock.expired, clock.remaining) == (False, math.inf)
    clock.networks -= 1
    assert clock.expired
    assert Clock(0.0).expired
