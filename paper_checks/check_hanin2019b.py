"""Hanin, Rolnick: Deep ReLU Networks Have Surprisingly Few Activation Patterns."""

import math
from fractions import Fraction

from theory import Architecture
from theory.initialization import Initialization
from theory.symmetric_line import space_regions
from verify import Box, Plane, count
from verify.measure.sampling import mean_over_networks
from verify.measure.zonotopes import mean_regions
from verify.slices.planes import across

LAW = Initialization(bias=Fraction(1, 100))


def test_planes_at_initialization() -> None:
    """Regions in a large square of a random plane over N², for 16 and 24 units in one and two layers: about 1/2."""

    def ratio(network, rng) -> float:
        first, second = ([Fraction(float(v)) for v in row] for row in rng.normal(size=(2, network.inputs)))
        plane = Plane([0] * network.inputs, first, second, Box.cube(-100, 100, 2))
        return across(network, plane).activation / int(network.architecture.units) ** 2

    for widths in ((16,), (8, 8), (12, 12)):
        found = mean_over_networks(ratio, Architecture.relu(10, *widths), LAW, draws=4, seed=5)
        assert 0.3 < found.mean < 0.65, widths


def test_mean_on_a_whole_plane() -> None:
    """Of 100 networks; the exact mean, 135.5, is a little less than for one layer of 16 units."""
    plane = Plane([1] * 10, [1, 2] * 5, [-1, 0, 1, 3, 1] * 2)
    found = mean_over_networks(lambda net, _: int(count(net, plane)), Architecture.relu(10, 8, 8), LAW, level=0.999)
    assert found.low < space_regions(2, [8, 8]) < found.high
    assert space_regions(2, [8, 8]) < space_regions(2, [16]) == 137


def test_mean_in_a_cube() -> None:
    """Of 150 networks; and the least T with which the mean is at most (T·N)^n0 / n0! times the volume of the cube."""
    law = Initialization(bias=Fraction(1, 2))
    cube, architecture = Box.cube(-1, 1, 3), Architecture.relu(3, 5, 5)
    counted = mean_over_networks(lambda net, _: int(count(net, cube)), architecture, law, draws=150, level=0.999)
    assert counted.agrees_with(mean_regions(architecture, law, cube, level=0.999))
    for widths, least in (((2, 16, 16), 0.37), ((2, 8, 8, 8), 0.33), ((3, 8, 8), 0.36), ((10, 30, 30), 0.34)):
        n0, *hidden = widths
        mean = mean_regions(Architecture.relu(*widths), law, Box.cube(-1, 1, n0)).mean
        found = (mean * math.factorial(n0) / 2**n0) ** (1 / n0) / sum(hidden)
        print(widths, found)
        assert abs(found - least) < 0.01, (widths, found)
