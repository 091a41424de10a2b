"""The mean number of regions on a line: the formula, and drawn networks counted exactly."""

from fractions import Fraction

import numpy as np
import pytest

from theory import Architecture
from theory.errors import InvalidInputError
from theory.initialization import Initialization
from theory.symmetric_line import line_regions
from verify import Line, WholeSpace, count
from verify.measure.sampling import Estimate


def test_one_layer_has_a_region_more_than_units() -> None:
    assert [line_regions([n]) for n in (1, 2, 9)] == [2, 3, 10]
    assert line_regions([]) == 1


def test_wide_networks_have_about_one_region_for_each_unit() -> None:
    for definition in ("activation", "linear"):
        assert 90 < line_regions([30, 30, 30], definition) < 91


def test_linear_regions_are_fewer() -> None:
    assert line_regions([1, 1]) == Fraction(5, 2)
    assert line_regions([1, 1], "linear") == 2
    with pytest.raises(InvalidInputError):
        line_regions([2, 0])


def assert_means(widths: tuple[int, ...], law: Initialization, draws: int, level: float) -> None:
    place = WholeSpace(1) if widths[0] == 1 else Line([0] * widths[0], range(1, widths[0] + 1))
    networks = [law.draw(Architecture.relu(*widths), np.random.default_rng(seed)) for seed in range(draws)]
    for definition in ("activation", "linear"):
        counts = [float(int(count(net, place, definition=definition, engine="exact"))) for net in networks]
        interval = Estimate.of(counts, level)
        assert interval.low < line_regions(widths[1:], definition) < interval.high, (widths, law, definition)


def test_drawn_networks_agree() -> None:
    for widths in ((1, 2, 3), (3, 2, 2)):
        assert_means(widths, Initialization(bias="1/2"), 60, 0.9999)


@pytest.mark.slow
@pytest.mark.parametrize("law", [Initialization(bias="1/10"), Initialization("he_uniform", Fraction(2))], ids=str)
def test_more_networks_of_two_laws_agree(law: Initialization) -> None:
    for widths in ((1, 1, 1, 1), (1, 2, 3), (2, 2, 2, 2), (5, 3, 3), (1, 4, 1, 4)):
        assert_means(widths, law, 2000, 0.9999)
