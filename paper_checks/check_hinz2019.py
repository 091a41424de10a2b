"""Hinz, van de Geer: A Framework for the Construction of Upper Bounds on the Number of Affine Linear Regions."""

import sampling

from theory.bounds import BOUNDS, hinz2019


def test_three_histograms() -> None:
    for arch in sampling.small_architectures(5, 6, 3):
        for gamma, key in (("naive", "trivial"), ("montufar", "montufar2017"), ("serra", "serra2018")):
            assert hinz2019(arch, gamma) == BOUNDS[key](arch)


def test_upper_bound() -> None:
    assert all(regions <= BOUNDS["hinz2019"](network.architecture) for network, regions in sampling.hard_networks())
    assert all(value <= BOUNDS["hinz2019"](arch) for arch, value in sampling.proved_maxima())
