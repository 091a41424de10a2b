"""The language of statements: what it says, what it refuses, and that its evaluation can be ended."""

from __future__ import annotations

import pickle
from fractions import Fraction

import pytest

from theory import Architecture
from theory.bounds import BOUNDS
from theory.errors import ConditionError, InvalidInputError
from verify.testing.refuter import Expression
from verify.testing.refuter.worker import Worker

ARCH = Architecture.relu(2, 4, 3)
MAXOUT = Architecture.maxout(2, 3, rank=3)


@pytest.mark.parametrize(
    ("text", "arch", "value"),
    [
        ("n0", ARCH, 2),
        ("n[0] + n[1] * n[-1]", ARCH, 4 + 3 * 3),
        ("L, N, k", MAXOUT, (1, 3, 3)),
        ("sizes[1:]", ARCH, [4, 3]),
        ("prod(n)", ARCH, 12),
        ("prod(m for m in [])", ARCH, 1),
        ("sum(C(4, j) for j in range(3))", ARCH, 11),
        ("Z(4, 2)", ARCH, 11),
        ("Z(4, 9)", ARCH, 16),
        ("Z(4, -1)", ARCH, 0),
        ("C(3, 5)", ARCH, 0),
        ("C(3, -1)", ARCH, 0),
        ("-7 // 2", ARCH, -4),
        ("-7 % 3", ARCH, 2),
        ("7 / 2", ARCH, Fraction(7, 2)),
        ("(7 / 2) * 2", ARCH, 7),
        ("2 ** N", ARCH, 128),
        ("2 ** -1", ARCH, Fraction(1, 2)),
        ("min(n0, *n)", ARCH, 2),
        ("prod(Z(n[l], min(n0, *n[:l])) for l in range(L))", ARCH, 11 * 7),
        ("sum(a * b for a in n for b in n if a < b)", ARCH, 12),
        ("sum([i * m for i, m in enumerate(n)])", ARCH, 3),
        ("sum(a * b for (a, b) in zip(n, sizes))", ARCH, 4 * 2 + 3 * 4),
        ("1 if L > 1 and not n0 > 3 else 0", ARCH, 1),
        ("abs(1 - N) + len(n) + max(n) + sorted(n)[0]", ARCH, 6 + 2 + 4 + 3),
        ("serra2018", ARCH, BOUNDS["serra2018"](ARCH)),
        ("serra2018(n0, *n)", ARCH, BOUNDS["serra2018"](ARCH)),
        ("montufar2022(1, 2)", MAXOUT, BOUNDS["montufar2022"](Architecture.maxout(1, 2, rank=3))),
        ("serra2018_maxout_printed", Architecture.maxout(2, 3, rank=2), 6),
        ("1 < 2 <= 2 != 3", ARCH, True),
        ("N == 7 or 1 // 0 == 1", ARCH, True),
    ],
)
def test_values(text, arch, value) -> None:
    result = Expression(text)(arch)
    assert (result, type(result)) == (value, type(value))


def test_a_formula_is_not_a_statement() -> None:
    for text in ("N", "max(n)", "1 if N > 2 else 0"):
        assert not Expression(text).is_statement
    for text in ("N < 2", "not N", "N < 2 or L < 2", "N < 2 if L < 2 else N > 2", "0 < N < 3"):
        assert Expression(text).is_statement


def test_a_statement_shows_its_values() -> None:
    assert Expression("serra2018 <= N < 3").sides(Architecture.relu(2, 3)) == "7 <= 3 < 3"
    assert Expression("sorted(n) == n").sides(Architecture.relu(1, 2, 1)) == "[1, 2] == [2, 1]"
    assert Expression("not N == 3").sides(Architecture.relu(2, 3)) == "false"
    assert Expression("L == 1 and N == 3").sides(Architecture.relu(2, 3)) == "true"


def test_it_is_silent_about_layers_and_bounds_that_are_not_there() -> None:
    with pytest.raises(ConditionError, match=r"n\[2\]: 2-4-3 has 2 hidden layers"):
        Expression("n[2]")(ARCH)
    with pytest.raises(ConditionError, match="serra2018_lower does not apply to 2-4-3"):
        Expression("serra2018_lower")(ARCH)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the expression is empty"),
        ("   ", "the expression is empty"),
        ("n[", r"'n\[' is not an expression"),
        ("n0; n0", "is not an expression"),
        ("x = 3", "is not an expression"),
        ("(x := 3)", "has no place in an expression"),
        ("lambda: 3", "has no place in an expression"),
        ("n.append(3)", "is no function|has no place"),
        ("n0.real", "'n0.real' has no place in an expression"),
        ("().__class__", "has no place in an expression"),
        ("__import__('os')", r"the name '__import__' is unknown|is no function"),
        ("eval(3)", "is no function|the name 'eval' is unknown"),
        ("open(3)", "is no function|the name 'open' is unknown"),
        ("(min)(1, 2)(3)", "is no function"),
        ("prod(n, start=2)", "'keyword' has no place"),
        ("prod(**n)", "'keyword' has no place"),
        ("'a' * 3", "'a' is not an integer"),
        ("1.5", "1.5 is not an integer; write a quotient such as 1/2"),
        ("1j", "is not an integer"),
        ("True", "True is not an integer"),
        ("None", "None is not an integer"),
        ("m + 1", "the name 'm' is unknown; there are n0, n, L, N, k, sizes"),
        ("{1: 2}", "has no place in an expression"),
        ("{1, 2}", "has no place in an expression"),
        ("1 & 2", "has no place"),
        ("1 << 9", "has no place"),
        ("~1", "has no place"),
        ("1 in n", "has no place"),
        ("n is n", "has no place"),
        ("f'{n}'", "has no place|is not an integer"),
        ("sum(k for k in n)", "k already has a meaning; choose another name for the index"),
        ("sum(m async for m in n)", "'comprehension' has no place"),
        ("sum(min(n) for min in n)", "min already has a meaning"),
        ("n" * 2001, "has 2001 characters, more than 2000"),
        ("(" * 900 + "1" + ")" * 900, "is not an expression"),
        ("-" * 1900 + "1", "is not an expression"),
    ],
)
def test_other_texts_are_refused_when_they_are_read(text, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Expression(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 // 0", "'1 // 0' at 2-4-3: .*by zero"),
        ("1 / (N - 7)", "division by zero"),
        ("C(-1, 2)", "non-negative integer"),
        ("C(1/2, 2)", "cannot be interpreted as an integer"),
        ("Z(-1, 2)", "non-negative integer"),
        ("2 ** (1/2)", "an exponent must be an integer"),
        ("n * n", "can't multiply sequence"),
        ("max()", "argument"),
        ("n < 3", "not supported"),
        ("sum(a for (a, b) in n)", "cannot unpack"),
        ("m + sum(m for m in n)", "name 'm' is not defined"),
        ("Z(n[0], n0, 3) <= 3", r"Z\(\) takes 2 positional arguments but 3 were given"),
        ("C(n[0])", r"C\(\) missing 1 required positional argument"),
    ],
)
def test_what_cannot_be_evaluated_is_an_error_that_quotes_it(text, message) -> None:
    with pytest.raises(InvalidInputError, match=message):
        Expression(text)(ARCH)


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("sorted(range(10 ** 11))[0]", "needed more than 2 GiB of memory"),
        ("[n0] * 10 ** 11 == n", "needed more than 2 GiB of memory"),
        ("2 ** 10 ** 10 ** 10", "did not answer within 0.5 s"),
        ("C(10 ** 9, 10 ** 8)", "did not answer within 0.5 s"),
        ("sum(1 for a in range(10 ** 5) for b in range(10 ** 5))", "did not answer within 0.5 s"),
    ],
)
def test_the_worker_ends_what_takes_too_much_time_or_memory_in_a_sentence(text, trouble) -> None:
    with Worker(Expression(text), seconds=0.5) as worker:
        assert worker.ask(ARCH).trouble == trouble
        assert worker.ask(ARCH).trouble == trouble  # and the next question is answered, too


def test_an_expression_can_be_sent_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(Expression("prod(n) / 2")))(ARCH) == 6
