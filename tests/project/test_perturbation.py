"""Perturbed sawtooths: exact, seeded, and with the two regimes that the docstring reports."""

from fractions import Fraction

import pytest
from perturbation import collapse, collapse_table, perturbed, plot_collapse

from theory.constructions import CONSTRUCTIONS
from theory.errors import InvalidInputError
from verify import Box, count
from verify.engines import ENGINES, Problem

SAW = CONSTRUCTIONS["sawtooth"].build(depth=3).network
UNIT = Box([0], [1])


def test_noise_is_relative_seeded_and_rational() -> None:
    once, again, other = perturbed(SAW, "1/10", seed=1), perturbed(SAW, "1/10", seed=1), perturbed(SAW, "1/10", seed=2)
    assert once == again != other
    assert perturbed(SAW, 0, seed=5) == SAW
    for before, after in zip(SAW.hidden, once.hidden, strict=True):
        for old, new in zip(before.weights, after.weights, strict=True):
            assert all((a == 0) == (b == 0) for a, b in zip(old, new, strict=True))
    double = perturbed(SAW, "1/5", seed=1)
    w, once_w, double_w = (net.hidden[1].weights[0][0] for net in (SAW, once, double))
    assert double_w - w == 2 * (once_w - w)


def test_counts_a_second_way() -> None:
    for seed in range(5):
        net = perturbed(SAW, "1/7", seed=seed)
        assert int(count(net, UNIT)) == ENGINES["brute"](Problem.of(net, UNIT))[0]


def test_small_noise_adds_regions_and_large_noise_takes_them() -> None:
    rows = {row.noise: row for row in collapse(depths=(7,), noises=("0", "1/1000", "1/10", "1/2"), draws=8)}
    assert rows[Fraction(0)].counts == (128,) * 8
    assert rows[Fraction(1, 1000)].mean > 128 > rows[Fraction(1, 10)].mean > 4 * rows[Fraction(1, 2)].mean


def test_deep_sawtooths_lose_a_larger_share() -> None:
    shallow, deep = collapse(depths=(3, 8), noises=("3/10",), draws=10)
    assert deep.mean / deep.teeth < shallow.mean / shallow.teeth / 2


def test_table_plot_and_bad_input() -> None:
    rows = collapse(depths=(1, 2), noises=("1/10", 1), draws=2, seed=3)
    assert [row[:3] for row in collapse_table(rows).rows] == [
        (1, Fraction(1, 10), 2),
        (1, Fraction(1), 2),
        (2, Fraction(1, 10), 4),
        (2, Fraction(1), 4),
    ]
    assert plot_collapse(rows).axes[0].get_xscale() == "log"
    with pytest.raises(InvalidInputError, match="negative"):
        perturbed(SAW, -1, seed=0)
    with pytest.raises(InvalidInputError, match="draws"):
        collapse(draws=0)
