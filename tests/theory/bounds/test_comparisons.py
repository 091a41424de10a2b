"""Comparisons, splits and growth rates: against enumeration, and against numbers of the literature."""

import itertools
from fractions import Fraction

import pytest
import sympy

from theory import Architecture
from theory.bounds import (
    BOUNDS,
    Split,
    all_architectures,
    best_split,
    best_splits,
    bracket,
    compare,
    crossover,
    growth,
    leading_term,
)
from theory.bounds.expressions import zaslavsky_number
from theory.constructions import best
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.records import best_record
from verify import count


def test_errors():
    with pytest.raises(InvalidInputError, match="no bound 'serra'"):
        compare("serra", "trivial", [])
    with pytest.raises(InvalidInputError, match="exactly one of depth, width and units"):
        crossover(2, depth=2, width=3)
    with pytest.raises(UnsupportedError, match=f"one_input cannot be taken .*; choose one of {', '.join(LAYERED)}$"):
        best_split(10, 2, 2, "one_input")
    with pytest.raises(InvalidInputError, match="units: 2 is below"):
        best_split(2, 3, 2)
    with pytest.raises(ConditionError, match="no split of 5 units into 2 layers"):
        best_split(5, 2, 4, "montufar2014")
    with pytest.raises(InvalidInputError, match="defined for polynomials"):
        leading_term(BOUNDS["trivial"](Architecture.relu(2, sympy.Symbol("n"))))
    with pytest.raises(InvalidInputError, match="width 1 are not allowed"):
        growth(1, 2, "montufar2014")


# --- compare ----------------------------------------------------------------------------------------------


def test_compare_sees_every_architecture_once():
    architectures = list(all_architectures((1, 2, 3), range(1, 6), (1, 2)))
    assert len(architectures) == 3 * (5 + 25)
    result = compare("serra2018_lower", "hinz2021", architectures)
    assert len(result.pairs) + len(result.skipped) == len(architectures)
    assert not result.second_smaller
    assert all("n_l ≥ 3·n0" in reason for _, reason in result.skipped)
    assert result.greatest_ratio.ratio == 1
    assert result.least_ratio.ratio == min(Fraction(a, b) for _, a, b in result.pairs)
    assert len(result.first_smaller) + len(result.equal) == len(result.pairs)


def test_maxout_bounds_cross():
    grid = [Architecture.maxout(n0, *w, rank=3) for n0 in (1, 2, 3) for w in itertools.product((1, 2, 3), repeat=2)]
    result = compare("serra2018_maxout", "trivial", grid)
    assert result.first_smaller
    assert result.second_smaller
    assert not compare("montufar2022", "serra2018_maxout", grid).second_smaller


# --- crossover --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "inputs", "sizes", "most", "by"),
    [
        ({"depth": 2}, 2, "2-3-3", 34, "small_maxima"),  # montufar2014 knows of 44 > 37 for 2-4-4 only
        ({"depth": 2}, 1, "1-2-2", 7, "small_maxima"),
        ({"depth": 3}, 2, "2-2-2-2", 26, "small_maxima"),
        ({"width": 4}, 2, "2-4-4", 93, "small_maxima"),
        ({"units": 6}, 2, "2-3-3", 34, "small_maxima"),
    ],
)
def test_some_deep_network_beats_every_shallow_one_from_here_on(choice, inputs, sizes, most, by):
    """The lower bound is attained by a network that is counted; every smaller deep architecture has a maximum below."""
    found = crossover(inputs, **choice)
    assert (str(found.deep), found.deep_value, found.deep_by, found.shallow_by) == (sizes, most, by, "zaslavsky")
    network = best_record(found.deep).widened(found.deep) if by == "record" else best(found.deep).network
    assert int(count(network)) == most > found.shallow_value == zaslavsky_number(found.deep.units, inputs)
    if "depth" in choice:
        for n in range(1, found.deep.widths[0]):
            smaller = Architecture.relu(inputs, *[n] * choice["depth"])
            assert bracket(smaller)[1].value <= zaslavsky_number(smaller.units, inputs)


def test_crossovers_of_named_bounds():
    found = crossover(2, depth=2, deep="montufar2014")
    assert found == (Architecture.relu(2, 4, 4), Architecture.relu(2, 8), 44, 37, "montufar2014", "zaslavsky")
    by_width = crossover(2, width=4, deep="pascanu2013")
    assert by_width.deep.depth == 6
    for depth in range(2, 8):
        deep = BOUNDS["pascanu2013"](Architecture.relu(2, *[4] * depth))
        assert (deep > BOUNDS["zaslavsky"](Architecture.relu(2, 4 * depth))) == (depth >= 6)
    assert crossover(3, width=3, limit=50, deep="montufar2014") is None  # ⌊3/3⌋ = 1: nothing is folded
    assert crossover(1, units=7) is None  # 7 layers of one unit


def test_a_crossover_against_upper_bounds_says_where_depth_might_win():
    assert crossover(4, depth=2, deep="serra2018").deep == Architecture.relu(4, 5, 5)
    assert BOUNDS["serra2018"](Architecture.relu(4, 4, 4)) == BOUNDS["zaslavsky"](Architecture.relu(4, 8)) == 163
    # what a deep network might have at most is still less than what a shallow one has
    assert crossover(8, depth=2, deep="serra2018", limit=5) is None


# --- splits -----------------------------------------------------------------------------------------------


LAYERED = ("trivial", "raghu2017", "montufar2017", "serra2018", "hinz2019", "levels", "hinz2021", "pascanu2013",
           "montufar2014", "serra2018_lower", "balanced_folding")  # fmt: skip


@pytest.mark.parametrize("key", LAYERED)
def test_best_splits_by_enumeration(key):
    bound = BOUNDS[key]
    for inputs, depth, units in itertools.product((1, 2, 3, 8), (1, 2, 3), (3, 7, 9)):
        values = {
            widths: bound(arch)
            for widths in itertools.product(range(units, 0, -1), repeat=depth)
            if sum(widths) == units and not bound.why_not(arch := Architecture.relu(inputs, *widths))
        }
        if not values:
            with pytest.raises(ConditionError):
                best_split(units, depth, inputs, key)
            continue
        greatest = max(values.values())
        attained = [Split(widths, greatest) for widths, value in values.items() if value == greatest]
        assert list(best_splits(units, depth, inputs, key)) == attained
        assert best_split(units, depth, inputs, key) == attained[0]


def test_large_splits():
    few = best_split(100, 5, 10)
    assert few.widths == (20, 20, 20, 20, 20)
    many = best_split(60, 5, 784)
    assert many.value == BOUNDS["serra2018"](Architecture.relu(784, *many.widths))
    neighbors = (
        tuple(n + (i == a) - (i == b) for i, n in enumerate(many.widths))
        for a, b in itertools.permutations(range(5), 2)
        if many.widths[b] > 1
    )
    assert all(BOUNDS["serra2018"](Architecture.relu(784, *w)) <= many.value for w in neighbors)
    assert best_split(22, 2, 784) == ((21, 1), 4194303)
    assert next(best_splits(100, 10, 5, "trivial")).widths == (91, *[1] * 9)  # one of 10^12


# --- growth -----------------------------------------------------------------------------------------------


def test_the_dominant_diagonal():
    assert [growth(n, n).rate for n in range(1, 9)] == [1, 3, 4, 11, 16, 42, 64, 163]
    newer = [growth(n, n, "hinz2021").rate for n in range(1, 9)]
    assert all(a <= b for a, b in zip(newer, [1, 3, 4, 11, 16, 42, 64, 163], strict=True))
    assert growth(6, 2).rate == 22  # two inputs stay alive: Z(6, 2)


@pytest.mark.parametrize("key", ["serra2018", "hinz2021", "montufar2017", "trivial"])
def test_growth_is_the_limit(key):
    for inputs, width in [(1, 1), (2, 2), (3, 3), (2, 3), (4, 4), (5, 5), (3, 5)]:
        rate, degree, coefficient = growth(width, inputs, key)
        distance = []
        for depth in (60, 120):
            value = BOUNDS[key](Architecture.relu(inputs, *[width] * depth))
            distance.append(
                abs(Fraction(value, coefficient.numerator * depth**degree * rate**depth) * coefficient.denominator - 1)
            )
        assert distance[1] <= distance[0]
        assert distance[1] < (Fraction(1, 10) if degree else Fraction(1, 10**6))


def test_leading_terms():
    n, m = sympy.symbols("n m", integer=True, positive=True)
    for inputs, depth in itertools.product((1, 2, 3), (1, 2, 3)):
        lead = n ** (inputs * depth) / sympy.factorial(inputs) ** depth
        for key in ("serra2018", "hinz2021", "montufar2017", "raghu2017"):
            assert sympy.simplify(leading_term(BOUNDS[key](Architecture.relu(inputs, *[n] * depth))) - lead) == 0
    mixed = leading_term(BOUNDS["raghu2017"](Architecture.relu(2, n, m)))
    assert mixed == m**2 * n**2 / 4
    assert (
        leading_term(BOUNDS["raghu2017"](Architecture.relu(2, n, m)), [n]).expand()
        == (n**2 * (m**2 + m + 2) / 4).expand()
    )
    assert leading_term(sympy.Integer(7)) == 7
