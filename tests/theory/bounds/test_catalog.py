"""The catalog: what applies, what is listed, what is left out because of its size, and what every entry says."""

import itertools
import re

import pytest
import sympy

from theory import Architecture
from theory.architecture import MixedRanks
from theory.bounds import (
    ACTIVATION_REGIONS,
    BOUNDS,
    Status,
    applicable,
    bounds_table,
    bracket,
    hinz2019,
    left_out,
    listing,
)
from theory.bounds.products import BOUNDED_REGIONS, CENTRAL_REGIONS
from theory.errors import ConditionError, InvalidInputError, UnsupportedError

HUGE = 10**20


def test_what_cannot_be_listed_is_refused():
    with pytest.raises(InvalidInputError, match="choose upper"):
        applicable(Architecture.relu(2, 3), "sideways")
    with pytest.raises(UnsupportedError, match="no order"):
        listing(Architecture.relu(2, sympy.Symbol("n")))


@pytest.mark.parametrize(
    ("key", "arch", "sentence"),
    [
        ("montufar2014", Architecture.relu(4, 5, 3), r"layer 2 has width 3 < 4"),
        ("zaslavsky", Architecture.relu(2, 3, 3), "one hidden layer, here are 2"),
        ("serra2018", Architecture.maxout(2, 3, rank=2), "ReLU units, these are maxout"),
        ("pascanu2013", Architecture.relu(2), "here is none"),
        ("one_input", Architecture.relu(1, 2, 5), "layer 1 has width 2"),
        ("one_input", Architecture.relu(2, 3, 5), "one input, here are 2"),
        ("serra2018_zonotope", Architecture.relu(2, 4, 2, 2), "w ≥ 3 when there are more than two layers, here w = 2"),
        ("arora2018", Architecture.relu(2, 5, 4), "even first width 2m, here it is 5"),
        ("arora2018", Architecture.relu(2, 6, 4, 5), "equal widths after the first layer, here are 4, 5"),
        ("montufar2022_lower", Architecture.maxout(2, 4, 3, rank=3), "even widths, but layer 2 has width 3"),
        ("montufar2022_mixed", Architecture.maxout(2, 4, rank=3), "see MixedRanks"),
        ("coordinate_folding", Architecture.relu(2, 0, 3), "n_l ≥ 1 for every layer but the last, but layer 1"),
        ("serra2018_maxout_printed", Architecture.maxout(2, 3, rank=3), r"refuted.*three rank-2 units"),
    ],
)
def test_a_violated_condition_is_an_error_that_names_it(key, arch, sentence):
    with pytest.raises(ConditionError, match=sentence):
        BOUNDS[key](arch)
    assert BOUNDS[key] not in applicable(arch)


def test_ranks_of_mixed_units_are_checked():
    with pytest.raises(InvalidInputError, match="one sequence for each layer"):
        MixedRanks(2, (3, 3))
    with pytest.raises(InvalidInputError, match="rank of unit 2 in layer 1"):
        MixedRanks(2, ((3, 0),))


def test_edges():
    assert all(bound(Architecture.relu(3)) == 1 for bound in applicable(Architecture.relu(3)))
    assert {bound.key for bound in applicable(Architecture.relu(3))} >= {"trivial", "serra2018", "montufar2017"}
    mixture = Architecture(2, (3, 2), "piecewise", 3)
    assert {bound.key for bound in applicable(mixture)} == {"trivial", "montufar2022"}
    assert BOUNDS["montufar2022"](mixture) == 19 * 9
    rank3 = Architecture.maxout(1, 1, rank=3)  # maxout bounds can exceed the trivial one
    assert BOUNDS["serra2018_maxout"](rank3) == 4 > BOUNDS["trivial"](rank3) == 3
    assert bracket(rank3)[1].value == 3


def test_other_quantities_stay_apart():
    arch = Architecture.relu(2, 4)
    assert [b.key for b in applicable(arch, quantity=BOUNDED_REGIONS)] == ["zaslavsky_bounded"]
    assert [b.key for b in applicable(arch, quantity=CENTRAL_REGIONS)] == ["zaslavsky_central"]
    assert (BOUNDS["zaslavsky_bounded"](arch), BOUNDS["zaslavsky_central"](arch)) == (3, 8)
    assert all(b.bounds_what not in (BOUNDED_REGIONS, CENTRAL_REGIONS) for b in applicable(arch))


def test_listing_increases_and_shows_every_applicable_bound():
    for arch in [Architecture.relu(2, 6, 6), Architecture.maxout(2, 3, 3, rank=3), Architecture.relu(784, 11, 11)]:
        entries = listing(arch)
        assert [v for _, v in entries] == sorted(v for _, v in entries)
        assert {b.key for b, _ in entries} == {b.key for b in applicable(arch)}


def test_the_bracket_of_the_poster_example():
    lower, upper = bracket(Architecture.parse("784-11-11"))
    assert (lower.bound.key, lower.value) == ("small_maxima", 1453015)
    assert upper.value == 1453015 < BOUNDS["levels"](Architecture.parse("784-11-11"))


def test_every_statement_is_complete():
    sizes = {"2394", "620"}  # of the lists in test_statements and test_rigid
    for key, bound in BOUNDS.items():
        assert bound.key == key
        assert bound.source.title
        assert bound.conditions
        assert bound._repr_latex_().startswith("$")
        assert bound.statement.free_symbols
        assert bound.verified
        assert set(re.findall(r"(\d+) architectures", bound.verified)) <= sizes, "no test names this number"
        assert (bound.status is Status.REFUTED) == bound.is_refuted


# --- what is too large ----------------------------------------------------------------------------------------------


def test_what_is_too_large_is_refused_with_its_size():
    with pytest.raises(UnsupportedError, match=r"trivial of 2-1.*: a number of about 3·10\^19 digits; up to 9·10\^6"):
        BOUNDS["trivial"](Architecture.relu(2, HUGE))
    with pytest.raises(UnsupportedError, match=r"hinz2021 of .* takes about 8·10\^12 operations .*; with symbols"):
        BOUNDS["hinz2021"](Architecture.relu(50000, 10**5, 10**5))
    with pytest.raises(UnsupportedError, match=r"every upper bound of .* choose smaller sizes"):
        bracket(Architecture.relu(HUGE, HUGE))
    with pytest.raises(UnsupportedError, match=r"^hinz2019 with γ_naive of 1-.* digits; up to 9·10\^6 are computed$"):
        hinz2019(Architecture.relu(1, HUGE), "naive")


def test_millions_of_units_are_answered_at_once():
    arch = Architecture.parse("1000000000-1000000-1000000")
    value = 2 ** (2 * 10**6)
    assert BOUNDS["montufar2017"](arch) == BOUNDS["raghu2017"](arch) == BOUNDS["trivial"](arch) == value
    missing = dict(left_out(arch))
    reason = "computing it takes about 3·10^16 operations on machine words; up to 1·10^10 are done"
    for key in ("serra2018", "hinz2019", "hinz2021", "levels", "coordinate_folding"):
        assert missing[BOUNDS[key]] == reason


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
        m = sympy.Symbol("m", integer=True, positive=True)
        assert sympy.expand(BOUNDS[key](Architecture.relu(1, n, m)) - (n + 1) * (m + 1)) == 0
    cube = sum((1, n, n * (n - 1) // 2, n * (n - 1) * (n - 2) // 6))
    assert BOUNDS["hinz2021"](Architecture.relu(3, n, n, n)) == cube**3
    assert {bound.key for bound, _ in left_out(Architecture.relu(3, n, n, n))} == {"trivial"}


def test_a_table_says_what_it_leaves_out():
    table = bounds_table(Architecture.relu(2, HUGE))
    assert table.note == "left out: trivial (a number of about 3·10^19 digits; up to 9·10^6 are computed)"
    assert "trivial" not in {row[0] for row in table.rows}
    assert bounds_table(Architecture.parse("2-4-4")).note == ""


def test_estimates_are_not_below_the_values():
    sizes = [1, 2, 3, 7, 40, 1000]
    for n0, depth in itertools.product((1, 2, 5, 60), (0, 1, 2)):
        for widths in itertools.product(sizes, repeat=depth):
            for arch in (Architecture.relu(n0, *widths), Architecture.maxout(n0, *widths, rank=4)):
                for bound, value in listing(arch):
                    assert bound.bounds_what == ACTIVATION_REGIONS
                    assert value.bit_length() <= bound.estimate(arch).bits, f"{bound.key} of {arch}: give it a size"


def test_nothing_of_ordinary_size_is_left_out():
    for text in ("784-512-512-512-512-512-512-512-512-512-512", "1000-1000-1000", "2-4-4", "3", "100000-20-20"):
        assert left_out(Architecture.parse(text)) == []
