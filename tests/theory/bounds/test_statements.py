"""Numbers that the literature and earlier computations give for single statements, and the orders between them."""

import itertools
import math
import random

import pytest

from theory import Architecture, Network
from theory.bounds import BOUNDS, applicable, bracket
from theory.bounds.foldings import balanced_folds, folds
from theory.bounds.integers import zaslavsky_number
from theory.bounds.one_layer import BOUNDED_REGIONS, CENTRAL_REGIONS, minkowski_vertices
from theory.errors import ConditionError, InvalidInputError
from theory.mixed_ranks import MixedRanks
from verify import count

SMALL = [
    Architecture.relu(n0, *widths)
    for n0 in range(1, 7)
    for depth in (1, 2, 3)
    for widths in itertools.product(range(1, 8), repeat=depth)
]


def test_conditions_name_what_fails():
    with pytest.raises(ConditionError, match="layer 1 has width 2"):
        BOUNDS["one_input"](Architecture.relu(1, 2, 5))
    with pytest.raises(ConditionError, match="one input, here are 2"):
        BOUNDS["one_input"](Architecture.relu(2, 3, 5))
    with pytest.raises(ConditionError, match="w ≥ 3 when there are more than two layers, here w = 2"):
        BOUNDS["serra2018_zonotope"](Architecture.relu(2, 4, 2, 2))
    with pytest.raises(ConditionError, match="even first width 2m, here it is 5"):
        BOUNDS["arora2018"](Architecture.relu(2, 5, 4))
    with pytest.raises(ConditionError, match="equal widths after the first layer, here are 4, 5"):
        BOUNDS["arora2018"](Architecture.relu(2, 6, 4, 5))
    with pytest.raises(ConditionError, match="even widths, but layer 2 has width 3"):
        BOUNDS["montufar2022_lower"](Architecture.maxout(2, 4, 3, rank=3))
    with pytest.raises(ConditionError, match="see MixedRanks"):
        BOUNDS["montufar2022_mixed"](Architecture.maxout(2, 4, rank=3))
    with pytest.raises(InvalidInputError, match="one sequence for each layer"):
        MixedRanks(2, (3, 3))
    with pytest.raises(InvalidInputError, match="rank of unit 2 in layer 1"):
        MixedRanks(2, ((3, 0),))


def test_one_input():
    assert BOUNDS["one_input"](Architecture.relu(1, 7, 6, 5)) == 336
    assert BOUNDS["one_input"](Architecture.relu(1, 3, 1)) == 8
    assert BOUNDS["small_maxima"](Architecture.relu(1, 2, 2)) == 7 < 9
    for widths in itertools.product(range(3, 7), repeat=2):
        arch = Architecture.relu(1, *widths)
        assert {BOUNDS[key](arch) for key in ("one_input", "serra2018", "hinz2021", "serra2018_lower")} == {
            math.prod(n + 1 for n in widths)
        }


def test_small_maxima_lie_in_their_brackets():
    assert BOUNDS["small_maxima"](Architecture.relu(2, 3, 1)) == 13
    assert BOUNDS["small_maxima"](Architecture.relu(3, 3, 2)) == 25
    for m in range(1, 8):
        assert BOUNDS["small_maxima"](Architecture.relu(2, 2, m)) == BOUNDS["serra2018"](Architecture.relu(2, 2, m))
        assert BOUNDS["small_maxima"](Architecture.relu(1, 2, m)) == 3 + 2 * m


ATTAINING = {
    (1, 2, 1): ([([[-2], [6]], [2, 0]), ([[2, 9]], [-5]), ([[1]], [0])]),
    (1, 2, 2): ([([[4], [4]], [-2, 6]), ([[3, -2], [3, -2]], [6, 3]), ([[1, 1]], [0])]),
    (1, 2, 3): ([([[4], [6]], [4, -1]), ([[-3, 8], [-8, 8], [3, -5]], [6, 9, -5]), ([[1, 1, 1]], [0])]),
    (2, 2, 1): ([([[-6, 0], [0, -3]], [-6, -2]), ([[4, 8]], [-4]), ([[1]], [0])]),
    (2, 2, 2): ([([[-7, 6], [1, 9]], [2, 4]), ([[-6, -6], [-9, -5]], [8, 9]), ([[1, 1]], [0])]),
    (2, 2, 3): ([([[-3, -9], [-9, 0]], [4, 3]), ([[4, 1], [-4, -7], [-9, -8]], [-2, 5, 6]), ([[1, 1, 1]], [0])]),
    (2, 3, 1): ([([[-4, 0], [4, -7], [1, 8]], [-8, 8, -8]), ([[-5, -8, -7]], [2]), ([[1]], [0])]),
    (3, 3, 2): (
        [([[6, 1, 7], [-7, -2, 2], [-9, 9, -1]], [-1, 0, 6]), ([[8, 3, 4], [-5, -9, -1]], [-8, 9]), ([[1, 1]], [0])]
    ),
}


@pytest.mark.parametrize("sizes", ATTAINING)
def test_small_maxima_are_attained(sizes):
    network = Network.relu(ATTAINING[sizes])
    assert network.architecture == Architecture.relu(*sizes)
    assert int(count(network)) == BOUNDS["small_maxima"](network.architecture)


def test_no_small_network_exceeds_its_maximum():
    rng = random.Random(2)
    for sizes in [(1, 2, 2), (1, 2, 3), (2, 2, 2), (2, 3, 1)]:
        known = BOUNDS["small_maxima"](Architecture.relu(*sizes))
        for _ in range(60):
            pairs = [
                ([[rng.randint(-9, 9) for _ in range(n)] for _ in range(m)], [rng.randint(-9, 9) for _ in range(m)])
                for n, m in itertools.pairwise((*sizes, 1))
            ]
            assert int(count(Network.relu(pairs))) <= known


def test_folding_values():
    assert BOUNDS["balanced_folding"](Architecture.relu(2, 7, 6)) == 440
    assert BOUNDS["serra2018_lower"](Architecture.relu(2, 7, 6)) == 352
    assert BOUNDS["serra2018_lower"](Architecture.relu(2, 6, 6)) == 352
    assert BOUNDS["balanced_folding"](Architecture.relu(2, 6, 6, 4)) == 2816
    assert BOUNDS["montufar2014"](Architecture.relu(2, 2, 3)) == 7
    assert BOUNDS["montufar2014"](Architecture.relu(2, 4, 4)) == 44


def test_the_even_share_is_the_best_one():
    for d in (1, 2, 3, 4):
        for n in range(d, 15):
            shares = (s for s in itertools.product(range(1, n + 1), repeat=d) if sum(s) == n)
            assert balanced_folds(n, d) == max(math.prod(map(folds, share)) for share in shares)


def test_coordinate_folding_is_the_best_choice():
    for n0, *widths in [(3, 4, 5, 2), (4, 7, 3, 6), (2, 1, 5, 5), (5, 9, 9, 1), (6, 5, 4, 3), (3, 12)]:
        *before, last = widths
        best = 0
        for ds in itertools.product(range(1, n0 + 1), repeat=len(before)):
            if all(a >= b for a, b in itertools.pairwise((n0, *ds))) and all(
                d <= n for d, n in zip(ds, before, strict=True)
            ):
                copies = math.prod(balanced_folds(n, d) for n, d in zip(before, ds, strict=True))
                best = max(best, copies * zaslavsky_number(last, (n0, *ds)[-1]))
        assert BOUNDS["coordinate_folding"](Architecture.relu(n0, *widths)) == best
    assert BOUNDS["coordinate_folding"](Architecture.parse("784-11-11")) == 4**4 // 2 * zaslavsky_number(11, 4)


def test_every_order_on_every_small_architecture():
    for arch in SMALL:
        value = {bound.key: bound(arch) for bound in applicable(arch)}
        chain = [value[k] for k in ("hinz2021", "hinz2019", "serra2018", "montufar2017", "raghu2017", "trivial")]
        assert chain == sorted(chain)
        least = value["hinz2021"]
        assert all(value[bound.key] <= least for bound in applicable(arch, "lower")), arch
        exact = [value[bound.key] for bound in applicable(arch, "exact")]
        assert len(set(exact)) <= 1, arch
        for known in exact:
            assert all(value[b.key] <= known for b in applicable(arch, "lower")), arch
        assert value.get("balanced_folding", math.inf) >= max(
            value.get("serra2018_lower", 0), value.get("montufar2014", 0), value.get("pascanu2013", 0)
        )
        assert value["coordinate_folding"] >= value.get("balanced_folding", 0)
        assert value.get("arora2018", 0) <= value.get("serra2018_zonotope", math.inf)


def test_maxout_orders():
    for n0, k, depth in itertools.product((1, 2, 3), (1, 2, 3, 4), (1, 2, 3)):
        for widths in itertools.product(range(1, 5), repeat=depth):
            arch = Architecture.maxout(n0, *widths, rank=k)
            value = {bound.key: bound(arch) for bound in applicable(arch)}
            least = min(value[b.key] for b in applicable(arch, "upper"))
            assert value["montufar2022"] <= min(value["trivial"], value["serra2018_maxout"])
            assert all(value[b.key] <= least for b in applicable(arch, "lower")), arch
            mixed = MixedRanks(n0, tuple((k,) * n for n in widths))
            assert BOUNDS["montufar2022_mixed"](mixed) == value["montufar2022"]


def test_maxout_values():
    assert [BOUNDS["maxout_one_layer"](Architecture.maxout(2, m, rank=k)) for k, m in ((3, 2), (3, 3), (4, 3))] == [
        9,
        19,
        37,
    ]
    assert BOUNDS["maxout_one_input"](Architecture.maxout(1, 2, 2, rank=3)) == 25
    assert BOUNDS["montufar2022_lower"](Architecture.maxout(1, 2, 2, 2, rank=3)) == 125
    assert BOUNDS["montufar2022"](Architecture.maxout(1, 2, 2, 2, rank=3)) == 125
    assert BOUNDS["maxout_one_layer"](MixedRanks(2, ((3, 3, 2),))) == 1 + 5 + 8


def test_montufar2022_lower_takes_the_best_number_of_directions():
    for n0, *widths in [(4, 8, 16), (3, 12, 12), (6, 4, 8), (5, 6, 6)]:
        best = 0
        for n in range(1, n0 + 1):
            if all(w % (2 * n) == 0 for w in widths):
                best = max(best, math.prod((w // n * 2 + 1) ** n for w in widths))
        assert BOUNDS["montufar2022_lower"](Architecture.maxout(n0, *widths, rank=3)) == best


def test_other_quantities_stay_apart():
    arch = Architecture.relu(2, 4)
    assert [b.key for b in applicable(arch, quantity=BOUNDED_REGIONS)] == ["zaslavsky_bounded"]
    assert BOUNDS["zaslavsky_bounded"](arch) == 3
    assert [b.key for b in applicable(arch, quantity=CENTRAL_REGIONS)] == ["zaslavsky_central"]
    assert BOUNDS["zaslavsky_central"](arch) == 8
    assert all(b.bounds_what not in (BOUNDED_REGIONS, CENTRAL_REGIONS) for b in applicable(arch))


def test_minkowski_sums():
    for n, m in itertools.product(range(1, 6), range(1, 9)):
        assert minkowski_vertices(n, (2,) * m) == 2 * zaslavsky_number(m - 1, n - 1)
        assert minkowski_vertices(n, (2,) * m + (1, 1)) == minkowski_vertices(n, (2,) * m)
    assert minkowski_vertices(2, (3, 4, 5)) == 12  # edges of a sum of polygons add up
    assert minkowski_vertices(4, (3, 4, 5)) == 60
    # homogenising a layer with biases adds one input, so it cannot make more regions than the cones there
    for ranks in itertools.combinations_with_replacement((2, 3, 4), 4):
        for n in (1, 2, 3):
            with_biases = BOUNDS["maxout_one_layer"](MixedRanks(n, (ranks,)))
            assert with_biases <= minkowski_vertices(n + 1, ranks) <= math.prod(ranks)


def test_the_bracket_of_the_poster_example():
    lower, upper = bracket(Architecture.parse("784-11-11"))
    assert (lower.bound.key, lower.value) == ("coordinate_folding", 71936)
    assert (upper.bound.key, upper.value) == ("rigid_layers", 2440683)
    assert upper.value < BOUNDS["hinz2021"](Architecture.parse("784-11-11")) == 2449868
    assert BOUNDS["serra2018"](Architecture.parse("784-11-11")) == 2449868
