"""Hanin, Rolnick: Deep ReLU Networks Have Surprisingly Few Activation Patterns."""

import itertools
from fractions import Fraction

from theory import Architecture
from theory.expectation import EXPECTATIONS
from theory.initialization import Initialization
from verify.measure.sampling import plane_regions_by_squared_units

LAW = Initialization(bias=Fraction(1, 100))


def test_form_of_the_bound() -> None:
    """(T N)^n0 / n0! · vol: its power in N and in the volume, and the ratio to 2^N, which falls to 0."""
    bound = EXPECTATIONS["hanin2019b"]
    for inputs in (1, 2, 3):
        one, two = (bound(Architecture.relu(inputs, n, n), volume=1) for n in (10, 20))
        assert two == 2**inputs * one
        assert bound(Architecture.relu(inputs, 10, 10), volume=7) == 7 * one
    shares = [bound(Architecture.relu(2, n, n)) / 2 ** (2 * n) for n in range(4, 30)]
    assert all(b < a for a, b in itertools.pairwise(shares))


def test_planes_at_initialization() -> None:
    """Regions in a large square of a random plane over N², for 16 and 24 units in one and two layers: about 1/2."""
    for widths in ((16,), (8, 8), (12, 12)):
        found = plane_regions_by_squared_units(Architecture.relu(10, *widths), LAW, draws=4, seed=5)
        assert 0.3 < found.mean < 0.65, widths
