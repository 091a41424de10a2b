"""Sizes that nobody can write down: what is still quick, what is refused, and that estimates err on the large side."""

import itertools

import pytest
import sympy

from theory import Architecture
from theory.bounds import ACTIVATION_REGIONS, BOUNDS, bounds_table, bracket, hinz2019, left_out, listing
from theory.errors import UnsupportedError

HUGE = 10**20


def test_what_does_not_fit_is_refused_with_its_size():
    with pytest.raises(UnsupportedError, match=r"trivial of 2-1.*: a number of about 3·10\^19 digits"):
        BOUNDS["trivial"](Architecture.relu(2, HUGE))
    with pytest.raises(UnsupportedError, match=r"hinz2021 of .* takes about \d+ GB of memory; with symbols"):
        BOUNDS["hinz2021"](Architecture.relu(10**5, 10**5, 10**5))
    with pytest.raises(UnsupportedError, match=r"every upper bound of .* choose smaller sizes"):
        bracket(Architecture.relu(HUGE, HUGE))


def test_short_values_of_huge_architectures_are_exact():
    n = HUGE
    assert BOUNDS["zaslavsky"](Architecture.relu(2, n)) == 1 + n + n * (n - 1) // 2
    assert BOUNDS["zaslavsky_bounded"](Architecture.relu(2, n)) == (n - 1) * (n - 2) // 2
    assert BOUNDS["maxout_one_layer"](Architecture.maxout(2, n, rank=4)) == 1 + 3 * n + 9 * n * (n - 1) // 2
    assert BOUNDS["maxout_one_layer_central"](Architecture.maxout(2, n, rank=4)) == 4 * n
    assert BOUNDS["montufar2022_lower"](Architecture.maxout(1, n, rank=3)) == 2 * n + 1
    for key in ("serra2018", "hinz2019", "hinz2021", "montufar2017"):
        assert BOUNDS[key](Architecture.relu(1, n, n)) == (n + 1) ** 2
        assert BOUNDS[key](Architecture.relu(n, 3, 3)) in (2**6, BOUNDS["serra2018"](Architecture.relu(6, 3, 3)))
    cube = sum((1, n, n * (n - 1) // 2, n * (n - 1) * (n - 2) // 6))
    assert BOUNDS["hinz2021"](Architecture.relu(3, n, n, n)) == cube**3
    assert {bound.key for bound, _ in left_out(Architecture.relu(3, n, n, n))} == {"trivial"}


def test_polynomials_may_hold_huge_numbers():
    m = sympy.Symbol("m", integer=True, positive=True)
    for key in ("serra2018", "hinz2019", "hinz2021"):
        assert sympy.expand(BOUNDS[key](Architecture.relu(1, HUGE, m)) - (HUGE + 1) * (m + 1)) == 0


def test_a_table_says_what_it_leaves_out():
    table = bounds_table(Architecture.relu(2, HUGE))
    assert table.note == "left out: trivial (a number of about 3·10^19 digits, too long for this memory)"
    assert "trivial" not in {row[0] for row in table.rows}
    assert bounds_table(Architecture.parse("2-4-4")).note == ""


def test_estimates_are_not_below_the_values():
    sizes = [1, 2, 3, 7, 40, 1000]
    for n0, depth in itertools.product((1, 2, 5, 60), (0, 1, 2)):
        for widths in itertools.product(sizes, repeat=depth):
            for arch in (Architecture.relu(n0, *widths), Architecture.maxout(n0, *widths, rank=4)):
                for bound, value in listing(arch):
                    assert bound.bounds_what == ACTIVATION_REGIONS
                    assert value.bit_length() <= bound.estimate(arch).bits + 1, (bound.key, arch)


def test_nothing_of_ordinary_size_is_left_out():
    for text in ("784-512-512-512-512-512-512-512-512-512-512", "1000-1000-1000", "2-4-4", "3", "100000-20-20"):
        assert left_out(Architecture.parse(text)) == []


def test_a_chosen_histogram_is_guarded_too():
    arch = Architecture.relu(1, HUGE, HUGE)
    assert hinz2019(arch, "2021") == hinz2019(arch, "montufar") == (HUGE + 1) ** 2
    with pytest.raises(UnsupportedError, match=r"^hinz2019 with γ_naive of 1-.* too long for this memory$"):
        hinz2019(arch, "naive")
    n = sympy.Symbol("n", integer=True, positive=True)
    assert str(hinz2019(Architecture.relu(1, n, n), "2021")) == "n**2 + 2*n + 1 for n >= 2"
