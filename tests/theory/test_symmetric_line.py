"""The mean number of regions on a line: the formula, and drawn networks counted exactly."""

import itertools
from collections import Counter
from fractions import Fraction
from typing import Literal

import numpy as np
import pytest

from theory import Architecture, Network
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


@pytest.mark.parametrize("widths", [(1, 1, 1), (1, 2, 2), (2, 2, 2), (3, 2, 1, 2)])
def test_the_mean_over_signs_is_exact_for_a_single_network(widths: tuple[int, ...]) -> None:
    """Every hidden unit with its inputs and outputs as they are, or all with the other sign."""
    net = Initialization(bias="1/2").draw(Architecture.relu(*widths), np.random.default_rng(7))
    place = WholeSpace(1) if widths[0] == 1 else Line([0, 1, 0][: widths[0]], range(1, widths[0] + 1))
    totals: Counter[Literal["activation", "linear"]] = Counter()
    choices = list(itertools.product(*(itertools.product((1, -1), repeat=n) for n in widths[1:])))
    for signs in choices:
        incoming, layers = (1,) * widths[0], []
        for layer, outgoing in zip(net.layers, (*signs, (1,)), strict=True):
            rows = [
                [s * r * v for r, v in zip(incoming, row, strict=True)]
                for s, row in zip(outgoing, layer.weights, strict=True)
            ]
            layers.append((rows, [s * b for s, b in zip(outgoing, layer.biases, strict=True)]))
            incoming = outgoing
        for definition in ("activation", "linear"):
            totals[definition] += int(count(Network.relu(layers), place, definition=definition, engine="exact"))
    for definition, total in totals.items():
        assert Fraction(total, len(choices)) == line_regions(widths[1:], definition)


@pytest.mark.slow
@pytest.mark.parametrize("law", [Initialization(bias="1/10"), Initialization("he_uniform", Fraction(2))], ids=str)
def test_more_networks_of_two_laws_agree(law: Initialization) -> None:
    for widths in ((1, 1, 1, 1), (1, 2, 3), (2, 2, 2, 2), (5, 3, 3), (1, 4, 1, 4)):
        assert_means(widths, law, 2000, 0.9999)
