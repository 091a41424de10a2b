"""Hanin, Rolnick: Deep ReLU Networks Have Surprisingly Few Activation Patterns."""

from fractions import Fraction

from theory import Architecture
from theory.initialization import Initialization
from verify import Box, Plane
from verify.measure.sampling import mean_over_networks
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
