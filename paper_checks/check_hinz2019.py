"""Hinz, van de Geer: A Framework for the Construction of Upper Bounds on the Number of Affine Linear Regions."""

import sampling

from theory.bounds import BOUNDS, hinz2019
from verify import count


def test_three_histograms() -> None:
    for arch in sampling.small_architectures(5, 6, 3):
        for gamma, key in (("naive", "trivial"), ("montufar", "montufar2017"), ("serra", "serra2018")):
            assert hinz2019(arch, gamma) == BOUNDS[key](arch)


def test_upper_bound() -> None:
    for net in sampling.some_networks(40, seed=19):
        assert count(net).value <= BOUNDS["hinz2019"](net.architecture)
    assert all(value <= BOUNDS["hinz2019"](arch) for arch, value in sampling.proved_maxima())
