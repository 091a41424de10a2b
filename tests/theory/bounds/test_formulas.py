"""What a user gets for symbolic sizes: conditions that cannot be overlooked, and sums that sympy cannot get wrong."""

import copy
import itertools
from fractions import Fraction

import pytest
import sympy

from theory import Architecture
from theory.bounds import BOUNDS, Formula, evaluate, leading_term
from theory.errors import ConditionError, UnsupportedError

n, m = sympy.symbols("n m", integer=True, positive=True)
SIZES = sympy.symbols("n_0 n_1 n_2", integer=True, positive=True)


def test_conditions_are_printed_beside_the_expression():
    formula = BOUNDS["serra2018"](Architecture.relu(1, n, n))
    assert str(formula) == repr(formula) == "n**2 + 2*n + 1 for n >= 2"
    assert formula._repr_latex_() == r"$\displaystyle n^{2} + 2 n + 1\qquad (n \geq 2)$"
    assert str(BOUNDS["one_input"](Architecture.relu(1, n, m))) == "(m + 1)*(n + 1) for n >= 3"
    unconditional = BOUNDS["zaslavsky"](Architecture.relu(2, n))
    assert (str(unconditional), unconditional._repr_latex_()) == (
        "n**2/2 + n/2 + 1",
        r"$\displaystyle \frac{n^{2}}{2} + \frac{n}{2} + 1$",
    )


@pytest.mark.parametrize(
    ("key", "arch", "bad", "good"),
    [
        ("serra2018_lower", Architecture.relu(2, n, n), 5, 6),
        ("montufar2014", Architecture.relu(2, n, n), 1, 2),
        ("one_input", Architecture.relu(1, n, 2), 2, 3),
        ("serra2018", Architecture.relu(2, n, n), 3, 4),
        ("hinz2021", Architecture.relu(2, n, n), 4, 5),
        ("maxout_one_input", Architecture.maxout(1, n, 4, rank=3), 3, 4),
        ("arora2018", Architecture.relu(2, n, 4), 5, 6),
        ("montufar2022_lower", Architecture.maxout(2, n, rank=3), 6, 8),
    ],
)
def test_numbers_outside_the_conditions_are_refused(key, arch, bad, good):
    formula = BOUNDS[key](arch)
    numeric = Architecture(arch.inputs, tuple(good if w == n else w for w in arch.widths), arch.kind, arch.rank)
    assert formula.subs(n, good) == formula.subs({n: good}) == evaluate(formula, {n: good}) == BOUNDS[key](numeric)
    for attempt in (lambda: formula.subs(n, bad), lambda: evaluate(formula, {n: bad})):
        with pytest.raises(ConditionError, match=rf"^{key} of .*: the expression holds for .*, not for n = {bad}; ask"):
            attempt()


def test_conditions_survive_a_change_of_symbols_and_go_when_they_are_met():
    formula = BOUNDS["serra2018"](Architecture.relu(2, n, m, 5))
    assert set(formula.holds_when) == {n >= 4, m >= 4}
    partly = formula.subs(n, 7)
    assert isinstance(partly, Formula)
    assert partly.holds_when == (m >= 4,)
    assert partly.subs(m, 4) == BOUNDS["serra2018"](Architecture.relu(2, 7, 4, 5))
    assert formula.subs(n, m).holds_when == (m >= 4,)
    with pytest.raises(ConditionError, match=r"serra2018 of 2-n-m-5: the expression holds for m >= 4, not for m = 3"):
        partly.subs(m, 3)


def test_a_formula_works_like_its_expression():
    formula = BOUNDS["hinz2021"](Architecture.relu(1, n, n))
    assert formula == formula.expression == n**2 + 2 * n + 1
    assert formula == BOUNDS["serra2018"](Architecture.relu(1, n, n))
    assert formula != Formula(formula.expression, (n >= 3,))
    assert sympy.factor(formula) == (n + 1) ** 2
    assert sympy.Poly(formula, n).degree() == 2
    assert sympy.latex(formula) == sympy.latex(formula.expression)
    assert 2 * formula - n == formula + formula - n == 2 * n**2 + 3 * n + 2
    assert (formula / 1, 1 / formula, -formula, formula**2, 2**formula) == (
        formula.expression,
        1 / formula.expression,
        -formula.expression,
        formula.expression**2,
        2**formula.expression,
    )
    assert n - formula == -(formula - n)
    assert (formula > 0) == sympy.true
    assert formula.free_symbols == {n}
    assert leading_term(formula) == n**2
    assert {formula: 1}[formula] == 1
    assert str(copy.deepcopy(formula)) == str(formula)
    with pytest.raises(AttributeError):
        _ = formula.no_such_method


@pytest.mark.parametrize("key", ["serra2018", "hinz2019", "hinz2021", "raghu2017", "montufar2017"])
def test_nested_sums_are_right_by_every_way_through_sympy(key):
    """doit, simplify, evalf, int, one symbol at a time: sympy's own closed forms are wrong at most of these points."""
    formula = BOUNDS[key](Architecture.relu(*SIZES))
    assert formula.has(sympy.Sum)
    closed = formula.doit()
    for sizes in itertools.product((1, 2, 3), repeat=3):
        value = BOUNDS[key](Architecture.relu(*sizes))
        inserted = formula.subs(dict(zip(SIZES, sizes, strict=True)))
        assert inserted == value
        assert sympy.sympify(inserted).doit() == sympy.simplify(inserted) == value
        assert int(inserted) == value
        assert closed.subs(dict(zip(SIZES, sizes, strict=True))) == value
        step = formula
        for symbol, size in zip(SIZES, sizes, strict=True):
            step = step.subs(symbol, size)
            step = step.doit() if hasattr(step, "doit") else step
        assert step == value


def test_sums_stay_sums_until_their_limits_are_numbers():
    formula = BOUNDS["serra2018"].statement
    for changed in (formula.doit(), sympy.simplify(formula), formula.subs(SIZES[0], 2).doit(), sympy.expand(formula)):
        assert changed.has(sympy.Sum)
        numbers = dict(zip(SIZES, (2, 5, 3), strict=True))
        assert changed.subs(numbers) == BOUNDS["serra2018"](Architecture.relu(2, 5, 3))
    assert sympy.latex(formula).startswith(r"\sum_{j_{1}=0}^{\min\left(n_{0}, n_{1}\right)}")
    assert str(formula).startswith("Sum(")


def test_what_no_bound_uses_is_not_evaluated():
    for expression in (sympy.sqrt(n), 2 ** (n / 3), sympy.binomial(n / 3, 2), sympy.binomial(n - 9, 2)):
        with pytest.raises(UnsupportedError, match="no exact evaluation where"):
            evaluate(expression, {n: 4})
    assert evaluate(n**-2 + 2 ** (n / 2), {n: 4}) == Fraction(65, 16)


def test_few_central_maxout_units_of_a_rank_that_is_a_symbol():
    central, k = BOUNDS["maxout_one_layer_central"], sympy.Symbol("k", integer=True, positive=True)
    assert central(Architecture.maxout(3, 2, rank=k)) == k**2
    assert central(Architecture.maxout(4, n, rank=1)) == 1
    for arch in (Architecture.maxout(3, 2, rank=k), Architecture.maxout(4, n, rank=1)):
        assert not central(arch).holds_when


def test_a_statement_shows_its_conditions():
    shown = {key: bound._repr_latex_() for key, bound in BOUNDS.items()}
    assert r"\text{($n_l$ $\ge$ 3$\cdot n_0$ for every layer)}" in shown["serra2018_lower"]
    assert r"\text{(one input; $n_l$ $\ge$ 3 for every layer but the last)}" in shown["one_input"]
    for key, text in shown.items():
        assert text.count("{") == text.count("}"), key
        assert text.count("$") % 2 == 0, key
        assert not set("≥≤·…") & set(text), key
        assert (r"\qquad\text{(" in text) == any(not condition.is_kind for condition in BOUNDS[key].conditions)
    assert "0x" not in repr(BOUNDS["serra2018_lower"].conditions)
