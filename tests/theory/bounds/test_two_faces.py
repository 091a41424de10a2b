"""Two faces, one truth: the expression of every bound equals its integer on every small architecture.

The interpreter of expressions shares nothing with the integer evaluators of the bounds.
"""

import itertools
import operator

import pytest
import sympy

from theory import Architecture
from theory.bounds import BOUNDS, evaluate
from theory.bounds.expressions import compiled
from theory.errors import InvalidInputError, UnsupportedError

N0, K = sympy.symbols("n_0 k", integer=True, positive=True)
WIDTHS = sympy.symbols("n_1:4", integer=True, positive=True)
NUMERIC = ("small_maxima", "rigid_layers", "montufar2022_mixed")  # symbols at most in the last layer, or no widths
DENSE = [bound for bound in BOUNDS.values() if isinstance(bound.generic, Architecture) and bound.key not in NUMERIC]


RELATIONS = {">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt}


def holds(relation):
    """A sympy relation as a function env -> bool, decided in integers."""
    left, right, compare = compiled(relation.lhs), compiled(relation.rhs), RELATIONS[relation.rel_op]
    return lambda env: compare(left(env), right(env))


def both_faces_agree(bound, symbolic, top, inputs, ranks):
    """The number of architectures on which the expression was compared with the integer."""
    if not bound.is_refuted and bound.why_not(symbolic):
        return 0
    value = compiled(bound.printed_value(symbolic))
    assumed = bound.formula(symbolic).holds_when if bound.is_refuted else bound.holds_when(symbolic)
    conditions = list(map(holds, assumed))
    checked = 0
    for widths in itertools.product(range(1, top + 1), repeat=symbolic.depth):
        for n0, rank in itertools.product(inputs, ranks):
            arch = Architecture(n0, widths, symbolic.kind, rank)
            env = {N0: n0, K: rank, **dict(zip(WIDTHS, widths, strict=False))}
            if (bound.is_refuted or not bound.why_not(arch)) and all(holds(env) for holds in conditions):
                assert value(env) == bound.printed_value(arch), arch
                checked += 1
    return checked


@pytest.mark.parametrize("everywhere", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("bound", DENSE, ids=lambda bound: bound.key)
def test_expressions_equal_integers(bound, everywhere):
    """Symbolic inputs and widths on every small architecture; symbolic widths alone, whose conditions exclude many."""
    relu = bound.generic.kind == "relu"
    top, ranks, most = (7, (2,), 6) if relu else (4, (1, 2, 3), 3)
    checked = 0
    for depth in (1, 2, 3):
        widths = WIDTHS[:depth]
        rank = 2 if relu else K
        shape, up_to = Architecture(N0, widths, bound.generic.kind, rank), top if everywhere or depth < 3 else 5
        checked += both_faces_agree(bound, shape, min(top, up_to), range(1, most + 1), ranks)
        for n0 in range(1, most + 1):
            shape = Architecture(n0, widths, bound.generic.kind, rank)
            # coordinate_folding is the one without a form for symbolic n0
            whole = everywhere or depth < 3 or bound.key == "coordinate_folding"
            checked += both_faces_agree(bound, shape, top if whole else 4, (n0,), ranks)
    assert checked > 20


@pytest.mark.parametrize("bound", DENSE, ids=lambda bound: bound.key)
def test_widths_may_be_numbers_in_places(bound):
    relu = bound.generic.kind == "relu"
    n = WIDTHS[0]
    for sizes in [(2, n, n), (2, n, 3, n), (2, 4, n), (3, 2, n, n), (2, 6, 6, n), (N0, 4, n), (1, 2, n)]:
        symbolic = Architecture(sizes[0], sizes[1:], bound.generic.kind, 2 if relu else K)
        if bound.is_refuted or bound.why_not(symbolic):
            continue
        value, conditions = compiled(bound(symbolic)), list(map(holds, bound.holds_when(symbolic)))
        for n0, width, k in itertools.product((1, 2, 3), range(1, 10), (2,) if relu else (1, 2, 3)):
            env = {n: width, K: k, N0: n0}
            numbers = [env.get(s, s) for s in sizes]
            arch = Architecture(numbers[0], tuple(numbers[1:]), bound.generic.kind, k)
            if not bound.why_not(arch) and all(holds(env) for holds in conditions):
                assert value(env) == bound(arch), (bound.key, arch)


@pytest.mark.parametrize(
    ("key", "least"),
    [("serra2018", lambda c: 2 * c), ("hinz2021", lambda c: 3 * c - 1), ("levels", lambda c: 3 * c - 1)],
)
def test_the_thresholds_are_the_least_ones(key, least):
    n = WIDTHS[0]
    for n0, depth in itertools.product((1, 2, 3), (2, 3)):
        symbolic = Architecture.relu(n0, *[n] * depth)
        polynomial = BOUNDS[key](symbolic)
        threshold = least(n0)
        assert BOUNDS[key].holds_when(symbolic) == (n >= threshold,)
        at, below = ([m] * depth for m in (threshold, threshold - 1))
        assert polynomial.subs(n, threshold) == BOUNDS[key](Architecture.relu(n0, *at))
        assert polynomial.expression.subs(n, threshold - 1) > BOUNDS[key](Architecture.relu(n0, *below))


def test_small_maxima_in_symbols():
    m = sympy.Symbol("m", integer=True, positive=True)
    for key in ("small_maxima", "rigid_layers"):
        bound = BOUNDS[key]
        for before in ((1, 2), (2, 2), (1, 2, 2), (2, 3), (2, 2, 2), (3, 3)):
            expression = bound(Architecture.relu(*before, m))
            assert all(evaluate(expression, {m: v}) == bound(Architecture.relu(*before, v)) for v in range(1, 9))


def test_evaluation_refuses_what_it_does_not_know():
    n = sympy.Symbol("n")
    with pytest.raises(InvalidInputError, match="no value given for n"):
        evaluate(n + 1, {})
    with pytest.raises(UnsupportedError, match="no exact evaluation for"):
        evaluate(sympy.sin(n), {n: 1})
    assert evaluate(sympy.Product(n, (n, 1, 5)), {}) == 120
    m = sympy.Symbol("m")
    assert evaluate(sympy.Sum(n * m, (n, 1, m), (m, 1, 3)), {}) == 1 + 6 + 18


def test_integers_are_python_integers_whatever_their_size():
    values = []
    for bound in DENSE:
        arch = Architecture(2, (70, 70, 70), bound.generic.kind, 2)
        if not bound.why_not(arch):
            values.append(bound(arch))
    assert {type(value) for value in values} == {int}
    assert max(values) > 2**64
