"""Hanin, Rolnick: Deep ReLU Networks Have Surprisingly Few Activation Patterns."""

from fractions import Fraction

from theory import Architecture
from theory.initialization import Initialization
from verify.measure.sampling import plane_regions_by_squared_units

LAW = Initialization(bias=Fraction(1, 100))


def test_planes_at_initialization() -> None:
    """Regions in a large square of a random plane over N², for 16 and 24 units in one and two layers: about 1/2."""
    for widths in ((16,), (8, 8), (12, 12)):
        found = plane_regions_by_squared_units(Architecture.relu(10, *widths), LAW, draws=4, seed=5)
        assert 0.3 < found.mean < 0.65, widths
