"""Statements: published numbers, a second way to each, and the orders between them on all small architectures."""

import itertools
import math

import pytest

from theory import Architecture
from theory.architecture import MixedRanks
from theory.bounds import BOUNDS, applicable, hinz2019
from theory.bounds.expressions import elementary_symmetric, partial_sum, zaslavsky_number
from theory.bounds.foldings import balanced_folds, folds
from theory.bounds.products import minkowski_vertices
from theory.exact import decimal

SMALL = [
    Architecture.relu(n0, *widths)
    for n0 in range(1, 7)
    for depth in (1, 2, 3)
    for widths in itertools.product(range(1, 8), repeat=depth)
]


# --- published values -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "sizes", "value"),
    [
        ("serra2018", "2-3-3", 40),
        ("serra2018", "2-4-4-4", 1331),
        ("serra2018", "10-10-10", 616666),
        ("hinz2021", "784-11-11", 2449868),
        ("one_input", "1-7-6-5", 336),
        ("one_input", "1-3-1", 8),
        ("balanced_folding", "2-7-6", 440),
        ("balanced_folding", "2-6-6-4", 2816),
        ("serra2018_lower", "2-7-6", 352),
        ("serra2018_lower", "2-6-6", 352),
        ("montufar2014", "2-2-3", 7),
        ("montufar2014", "2-4-4", 44),
        ("coordinate_folding", "784-11-11", 4**4 // 2 * (1 + 11 + 55 + 165 + 330)),
    ],
)
def test_published_values(key, sizes, value):
    assert BOUNDS[key](Architecture.parse(sizes)) == value


@pytest.mark.parametrize(
    ("key", "arch", "value"),
    [
        ("maxout_one_layer", Architecture.maxout(2, 2, rank=3), 9),
        ("maxout_one_layer", Architecture.maxout(2, 3, rank=3), 19),
        ("maxout_one_layer", Architecture.maxout(2, 3, rank=4), 37),
        ("maxout_one_layer", MixedRanks(2, ((3, 3, 2),)), 1 + 5 + 8),
        ("maxout_one_input", Architecture.maxout(1, 2, 2, rank=3), 25),
        ("montufar2022_lower", Architecture.maxout(1, 2, 2, 2, rank=3), 125),
        ("montufar2022", Architecture.maxout(1, 2, 2, 2, rank=3), 125),
    ],
)
def test_published_maxout_values(key, arch, value):
    assert BOUNDS[key](arch) == value


def test_the_1539_digit_number():
    digits = decimal(BOUNDS["serra2018"](Architecture.relu(784, *[512] * 10)))
    assert len(digits) == 1539
    assert digits.startswith("43801977737928163704")
    assert digits.endswith("3479241515")


def test_the_printed_maxout_theorem_is_refuted_by_its_own_counterexample():
    printed = BOUNDS["serra2018_maxout_printed"]
    example = printed.counterexample
    assert printed.printed_value(example.subject) == example.claimed == 6
    assert BOUNDS["zaslavsky"](Architecture.relu(2, 3)) == example.actual == 7
    assert printed.printed_value(Architecture.maxout(2, 3, rank=3)) == 12 < partial_sum(3, 2, 2) == 19


# --- a second way ---------------------------------------------------------------------------------------------------


def test_zaslavsky_by_the_deletion_restriction_recursion():
    for n, d in itertools.product(range(1, 9), range(1, 6)):
        assert zaslavsky_number(n, d) == zaslavsky_number(n - 1, d) + zaslavsky_number(n - 1, d - 1)


def test_elementary_symmetric_by_subsets():
    values = [1, 2, 0, 3, 5]
    slow = [sum(math.prod(s) for s in itertools.combinations(values, j)) for j in range(7)]
    assert elementary_symmetric(values, 6) == slow


def test_the_even_split_is_the_best_one():
    for d in (1, 2, 3, 4):
        for n in range(d, 15):
            splits = (s for s in itertools.product(range(1, n + 1), repeat=d) if sum(s) == n)
            assert balanced_folds(n, d) == max(math.prod(map(folds, split)) for split in splits)


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


def test_every_order_on_every_small_architecture():
    """With every choice of γ the framework of Hinz gives an older bound."""
    assert len(SMALL) == 2394
    for arch in SMALL:
        value = {bound.key: bound(arch) for bound in applicable(arch)}
        older = {"naive": "trivial", "montufar": "montufar2017", "serra": "serra2018", "2021": "hinz2021"}
        assert all(hinz2019(arch, gamma) == value[key] for gamma, key in older.items())
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
        assert value.get("pascanu2013", 0) <= value.get("montufar2014", 0)
        assert value.get("arora2018", 0) <= value.get("serra2018_zonotope", math.inf)
        if "one_input" in value:
            assert value["one_input"] == value["hinz2021"] == value["serra2018"]


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


def test_montufar2022_lower_takes_the_best_number_of_directions():
    for n0, *widths in [(4, 8, 16), (3, 12, 12), (6, 4, 8), (5, 6, 6)]:
        best = 0
        for n in range(1, n0 + 1):
            if all(w % (2 * n) == 0 for w in widths):
                best = max(best, math.prod((w // n * 2 + 1) ** n for w in widths))
        assert BOUNDS["montufar2022_lower"](Architecture.maxout(n0, *widths, rank=3)) == best


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
