"""Where depth pays, units for R regions, growth of blocks, and ratios of bounds."""

import itertools
from fractions import Fraction

import pytest
import sympy

from theory import Architecture
from theory.bounds import (
    BOUNDS,
    best_split,
    crossover,
    depth_pays,
    growth,
    least_units,
    rate_per_layer,
    ratio_in_depth,
    ratio_in_width,
)
from theory.bounds.comparison import beats_one_layer
from theory.errors import InvalidInputError, UnsupportedError


@pytest.mark.parametrize(
    ("inputs", "depth", "width"), [(1, 2, 2), (2, 2, 3), (2, 3, 2), (3, 2, 4), (4, 2, 8), (5, 3, 8)]
)
def test_depth_pays_from_a_width_on(inputs: int, depth: int, width: int) -> None:
    found = depth_pays(inputs, depth)
    assert found.width == width <= found.polynomial_from
    assert beats_one_layer(inputs, (width - 1,) * depth) is None
    for n in range(width, found.polynomial_from + 20):
        assert beats_one_layer(inputs, (n,) * depth)
    first = crossover(inputs, depth=depth)
    assert first is not None
    assert first.deep.widths[0] <= width
    assert found.first.deep_value > found.first.shallow_value


def test_the_polynomial_is_below_the_construction() -> None:
    for n0, depth in ((1, 2), (2, 2), (2, 3), (3, 2)):
        start = depth_pays(n0, depth).polynomial_from
        for n in range(start, start + 8):
            stated = Fraction(n, n0) ** (n0 * (depth - 1)) * BOUNDS["zaslavsky"](Architecture.relu(n0, n))
            assert BOUNDS["serra2018_lower"](Architecture.relu(n0, *[n] * depth)) > stated
            assert stated > BOUNDS["zaslavsky"](Architecture.relu(n0, depth * n))


@pytest.mark.parametrize(("regions", "inputs"), [(2, 1), (8, 3), (100, 1), (1000, 2), (50000, 4)])
def test_so_many_units_and_no_fewer(regions: int, inputs: int) -> None:
    found = least_units(regions, inputs)
    assert found.architecture.units == found.enough >= found.at_least
    assert BOUNDS["balanced_folding"](found.architecture) >= regions
    fewer = found.at_least - 1
    assert all(best_split(fewer, depth, inputs, "levels").value < regions for depth in range(1, fewer + 1))


def test_too_many_units_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="more than 64 units"):
        least_units(10**40, 2)


def test_growth_of_blocks() -> None:
    for block, inputs in itertools.product(((3, 4), (5, 6), (4, 2, 5)), (2, 4)):
        found = growth(block, inputs, "levels")
        deep = [BOUNDS["levels"](Architecture.relu(inputs, *block * k)) for k in (11, 12)]
        assert abs(Fraction(deep[1], deep[0] * found.rate) - 1) < Fraction(1, 5)
    assert growth((4, 4), 4).rate == growth(4, 4).rate ** 2
    assert rate_per_layer((5, 6), 6, "levels") == 3 * sympy.sqrt(55)
    assert rate_per_layer(6, 6, "levels") == 33


def test_ratios() -> None:
    found = ratio_in_depth("levels", "hinz2021", 6, 6)
    arch = Architecture.relu(6, *[6] * 60)
    ratio = Fraction(BOUNDS["levels"](arch), BOUNDS["hinz2021"](arch))
    assert found.base == Fraction(33, 35)
    assert abs(ratio / (found.coefficient * found.base**60) - 1) < Fraction(1, 1000)
    assert ratio_in_width("montufar2014", "levels", 2, 2) == Fraction(1, 2)
    assert ratio_in_width("levels", "raghu2017", 3, 2) == 1
    with pytest.raises(InvalidInputError, match="does not apply to"):
        ratio_in_width("maxout_one_layer", "levels", 2, 2)


def test_the_command_answers_each_question(run) -> None:
    assert "1.61803 = 1/2 + sqrt(5)/2" in run("scaling", "depth", "--inputs", "1", "--layers", "2").out
    assert "For every width n ≥ 3" in run("scaling", "depth", "--inputs", "2", "--layers", "2").out
    assert run("scaling", "depth", "--inputs", "4", "--layers", "2", "--json").json["width"] == 8
    assert "24 units" in run("scaling", "units", "1000000", "--inputs", "2").out
    assert run("scaling", "units", "1000", "--inputs", "2", "--json").json["at_least"] == 12
    assert "33**(1/6) = 1.79096" in run("scaling", "growth", "--inputs", "6", "--width", "6").out
    assert run("scaling", "growth", "--inputs", "6", "--width", "5-6", "--json").json["per_layer"] == "3*sqrt(55)"
    ratio = ("scaling", "ratio", "levels", "hinz2021", "--inputs", "6")
    assert "637/484·(33/35)^k" in run(*ratio, "--width", "6").out
    assert run(*ratio, "--layers", "2", "--json").json["limit"] == "1"
    assert "no width of a layer" in run("scaling", "growth", "--inputs", "2", "--width", "x", code=2).err
    assert "give --width or --layers" in run(*ratio, code=2).err
