"""The framework of Hinz and van de Geer: its histograms, and the bounds they give."""

import itertools

import pytest

from theory import Architecture
from theory.bounds import BOUNDS, hinz2019
from theory.bounds.expressions import zaslavsky_number
from theory.bounds.hinz import PROGRAMS, histogram, histogram_2021, row
from theory.errors import ConditionError, InvalidInputError


def test_unknown_histogram_and_wrong_units():
    with pytest.raises(InvalidInputError, match="no histogram 'best'; known: naive, montufar, serra, 2021, levels"):
        hinz2019(Architecture.relu(2, 3), "best")
    with pytest.raises(ConditionError, match="these are maxout"):
        hinz2019(Architecture.maxout(2, 3, rank=2))


@pytest.mark.parametrize(
    ("sizes", "value"),
    [
        ("2-4-4", 109), ("2-4-4-4", 1031), ("3-4-4-4", 1559), ("1-2-2-2", 27),
        ("2-3-2", 25), ("2-3-3", 40), ("2-4-2", 42), ("2-6-1", 44), ("2-2-2-1", 20), ("2-2-2-2", 30),
        ("5", 1), ("5-0-3", 1),
    ],
)  # fmt: skip
def test_published_values(sizes, value):
    assert BOUNDS["hinz2021"](Architecture.parse(sizes)) == value


def on_levels(gamma, n, m):
    """The histogram, those with everything on the highest level too."""
    top = {"naive": 2**m, "montufar": zaslavsky_number(m, n)}
    return [*[0] * m, top[gamma]] if gamma in top else histogram(gamma, n, m)


def naive_framework(gamma, n0, widths):
    """The displayed formula, word by word."""
    size = max(n0, *widths) + 1
    v = [0] * size
    v[n0] = 1
    for m in widths:
        after = [0] * size
        for n, weight in enumerate(v):
            d = min(n, m)
            for level, count in enumerate(on_levels(gamma, d, m)):
                after[min(level, d)] += weight * count
        v = after
    return sum(v)


def test_the_program_is_the_formula():
    """On small architectures, and on wider ones around n = m/2 and at both ends."""
    small = [
        (n0, *widths) for n0 in range(1, 7) for L in (1, 2, 3) for widths in itertools.product(range(1, 8), repeat=L)
    ]
    wide = [(30, 57, 40, 48), (45, 60, 44, 61), (61, 60, 90, 12, 75), (12, 80, 30), (784, 3, 4), (100, 60, 60)]
    for n0, *widths in [*small[::7], *wide]:
        for gamma in PROGRAMS:
            assert hinz2019(Architecture.relu(n0, *widths), gamma) == naive_framework(gamma, n0, widths)


def test_tails_of_the_2021_histogram_lie_between():
    for m in range(1, 13):
        for n in range(m + 1):
            new, old = histogram_2021(n, m), histogram("serra", n, m)
            assert sum(new) == sum(old) == zaslavsky_number(m, n)
            assert all(sum(new[level:]) <= sum(old[level:]) for level in range(m + 1))


def by_recursion(n, m):
    """The 2021 histogram: a new hyperplane leaves a region on its active side or cuts it."""
    if n < 3 or n >= m:
        return histogram_2021(n, m)
    shifted, cut = (0, *by_recursion(n, m - 1)), (*by_recursion(n - 1, m - 1), 0)
    return tuple(a + b for a, b in zip(shifted, cut, strict=True))


def test_fast_rows_are_the_recursion():
    for m in range(1, 16):
        for n in range(m + 1):
            levels = by_recursion(n, m)
            assert histogram_2021(n, m) == levels, (n, m)
            below, stay = row("2021", n, m)
            assert (below + (0,) * (n - len(below)), stay) == (levels[:n], sum(levels[n:])), (n, m)
