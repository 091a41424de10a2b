"""The catalog against the literature's numbers, against itself, and against plain enumeration."""

import itertools
import math

import pytest
import sympy

from theory import Architecture
from theory.bounds import BOUNDS, Status, applicable, bracket, listing
from theory.bounds.integers import elementary_symmetric, partial_sum, zaslavsky_number
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.exact import decimal

SMALL = [
    Architecture.relu(n0, *widths)
    for n0 in range(1, 7)
    for depth in (1, 2, 3)
    for widths in itertools.product(range(1, 8), repeat=depth)
]
SMALL_MAXOUT = [
    Architecture.maxout(n0, *widths, rank=k)
    for n0 in range(1, 4)
    for k in (1, 2, 3, 4)
    for depth in (1, 2, 3)
    for widths in itertools.product(range(1, 5), repeat=depth)
]


# --- errors -----------------------------------------------------------------------------------------------


def test_a_violated_condition_is_an_error_that_names_it():
    with pytest.raises(ConditionError, match=r"layer 2 has width 3 < 4"):
        BOUNDS["montufar2014"](Architecture.relu(4, 5, 3))
    with pytest.raises(ConditionError, match="one hidden layer, here are 2"):
        BOUNDS["zaslavsky"](Architecture.relu(2, 3, 3))
    with pytest.raises(ConditionError, match="ReLU units, these are maxout"):
        BOUNDS["serra2018"](Architecture.maxout(2, 3, rank=2))
    with pytest.raises(ConditionError, match="here is none"):
        BOUNDS["pascanu2013"](Architecture.relu(2))
    assert BOUNDS["serra2018_lower"].why_not(Architecture.relu(2, 6, 6)) is None
    with pytest.raises(InvalidInputError, match="choose upper"):
        applicable(Architecture.relu(2, 3), "sideways")
    with pytest.raises(UnsupportedError, match="no order"):
        listing(Architecture.relu(2, sympy.Symbol("n")))


def test_the_printed_maxout_theorem_is_refuted_by_its_own_counterexample():
    printed = BOUNDS["serra2018_maxout_printed"]
    example = printed.counterexample
    assert printed.is_refuted
    assert printed.status is Status.REFUTED
    assert printed.printed_value(example.subject) == example.claimed == 6
    assert BOUNDS["zaslavsky"](Architecture.relu(2, 3)) == example.actual == 7
    assert printed.printed_value(Architecture.maxout(2, 3, rank=3)) == 12 < partial_sum(3, 2, 2) == 19
    assert all(printed not in applicable(arch) for arch in SMALL_MAXOUT)
    with pytest.raises(ConditionError, match=r"refuted.*three rank-2 units"):
        printed(Architecture.maxout(2, 3, rank=3))


# --- published values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "value"),
    [((2, 3, 3), 40), ((2, 4, 4), 121), ((2, 4, 4, 4), 1331), ((3, 5, 5), 576), ((10, 10, 10), 616666)],
)
def test_values_of_theorem_1(sizes, value):
    assert BOUNDS["serra2018"](Architecture.relu(*sizes)) == value


def test_the_1539_digit_number():
    digits = decimal(BOUNDS["serra2018"](Architecture.relu(784, *[512] * 10)))
    assert len(digits) == 1539
    assert digits.startswith("43801977737928163704")
    assert digits.endswith("3479241515")


def test_22_units_for_mnist():
    serra = {k: BOUNDS["serra2018"](Architecture.relu(784, k, 22 - k)) for k in range(1, 22)}
    assert [serra[k] for k in (1, 5, 11, 21)] == [23, 35443, 2449868, 4194303]
    montufar = {k: BOUNDS["montufar2017"](Architecture.relu(784, k, 22 - k)) for k in range(1, 22)}
    assert [k for k in montufar if montufar[k] == 2**22] == list(range(11, 22))


def test_deep_against_shallow_ratios():
    ratios = [sympy.Rational(BOUNDS["serra2018"](Architecture.relu(2 * n, n, n)), 2 ** (2 * n)) for n in (1, 2, 3, 4)]
    assert ratios == [sympy.Rational(3, 4), sympy.Rational(11, 16), sympy.Rational(21, 32), sympy.Rational(163, 256)]


def test_maxout_can_exceed_the_trivial_bound():
    arch = Architecture.maxout(1, 1, rank=3)
    assert BOUNDS["serra2018_maxout"](arch) == 4 > BOUNDS["trivial"](arch) == 3
    assert bracket(arch)[1].value == 3


def test_edges():
    assert all(bound(Architecture.relu(3)) == 1 for bound in applicable(Architecture.relu(3)))
    assert {bound.key for bound in applicable(Architecture.relu(3))} >= {"trivial", "serra2018", "montufar2017"}
    assert BOUNDS["serra2018"](Architecture.relu(3, 0, 5)) == 1
    assert BOUNDS["serra2018"](Architecture.relu(3, 5, 0)) == zaslavsky_number(5, 3)
    mixture = Architecture(2, (3, 2), "piecewise", 3)
    assert {bound.key for bound in applicable(mixture)} == {"trivial", "montufar2022"}
    assert BOUNDS["montufar2022"](mixture) == 19 * 9


# --- a second way -----------------------------------------------------------------------------------------


def theorem_1_by_enumeration(arch):
    """The sum over J, term by term."""
    total = 0
    for js in itertools.product(*(range(n + 1) for n in arch.widths)):
        left = [arch.inputs, *(n - j for n, j in zip(arch.widths, js, strict=True))]
        if all(j <= min([*left[: i + 1], arch.widths[i]]) for i, j in enumerate(js)):
            total += math.prod(math.comb(n, j) for n, j in zip(arch.widths, js, strict=True))
    return total


def test_theorem_1_is_the_sum_over_j():
    assert len(SMALL) == 2394
    for arch in SMALL:
        assert BOUNDS["serra2018"](arch) == theorem_1_by_enumeration(arch), arch


def test_orders_on_every_small_maxout_architecture():
    for arch in SMALL_MAXOUT:
        value = {bound.key: bound(arch) for bound in applicable(arch)}
        assert value["montufar2022"] <= min(value["serra2018_maxout"], value["trivial"]), arch


def test_zaslavsky_by_the_deletion_restriction_recursion():
    for n, d in itertools.product(range(1, 9), range(1, 6)):
        assert zaslavsky_number(n, d) == zaslavsky_number(n - 1, d) + zaslavsky_number(n - 1, d - 1)


def test_elementary_symmetric_by_subsets():
    values = [1, 2, 0, 3, 5]
    slow = [sum(math.prod(s) for s in itertools.combinations(values, j)) for j in range(7)]
    assert elementary_symmetric(values, 6) == slow


def test_listing_increases_and_shows_every_applicable_bound():
    for arch in [Architecture.relu(2, 6, 6), Architecture.maxout(2, 3, 3, rank=3), Architecture.relu(784, 11, 11)]:
        entries = listing(arch)
        assert [v for _, v in entries] == sorted(v for _, v in entries)
        assert {b.key for b, _ in entries} == {b.key for b in applicable(arch)}


def test_every_statement_is_complete():
    for key, bound in BOUNDS.items():
        assert bound.key == key
        assert bound.source.title
        assert bound.verified
        assert bound.conditions
        assert bound._repr_latex_().startswith("$")
        assert bound.statement.free_symbols
