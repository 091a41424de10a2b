"""The mean number of regions of two normal layers on an interval, against counts and in its limits."""

import pytest

from theory import Architecture
from theory.errors import InvalidInputError
from theory.gaussian_layer import one_layer_breakpoints, two_layer_regions
from theory.initialization import Initialization
from theory.symmetric_line import line_regions
from verify import Box, count
from verify.measure.sampling import mean_over_networks


@pytest.mark.parametrize(
    ("widths", "ends", "bias"), [((8, 8), (-1, 1), "1/2"), ((3, 2), (0, 2), "1/10"), ((1, 5), (1, 2), 1)]
)
def test_two_layers_on_an_interval(widths: tuple[int, int], ends: tuple[int, int], bias: int | str) -> None:
    exact = two_layer_regions(widths, *ends, bias)
    assert exact.rad() < 1e-20
    assert two_layer_regions(widths, *ends, bias, digits=330).overlaps(exact)
    law, interval = Initialization(bias=bias), Box(*([end] for end in ends))
    counted = mean_over_networks(
        lambda net, _: int(count(net, interval)), Architecture.relu(1, *widths), law, draws=200, level=0.999
    )
    assert counted.low < float(exact.mid()) < counted.high


def test_two_layers_in_the_limits() -> None:
    large = 10**30
    assert line_regions([3, 4]) == 7.5
    assert abs(two_layer_regions((3, 4), -large, large, 1, digits=40) - 7.5) < 1e-20
    assert two_layer_regions((3, 0), -1, 2, 1).overlaps(1 + one_layer_breakpoints(3, [-1], [2], 1))
    assert two_layer_regions((0, 3), -1, 2, 1).overlaps(1)
    with pytest.raises(InvalidInputError, match="lower end"):
        two_layer_regions((1, 1), 2, 1, 1)
