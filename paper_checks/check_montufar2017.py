"""Montúfar: Notes on the Number of Linear Regions of Deep Neural Networks."""

import sampling

from theory.bounds import BOUNDS, hinz2019


def test_upper_bound() -> None:
    assert all(regions <= BOUNDS["montufar2017"](network.architecture) for network, regions in sampling.hard_networks())
    assert all(value <= BOUNDS["montufar2017"](arch) for arch, value in sampling.proved_maxima())


def test_as_a_histogram_bound() -> None:
    for arch in sampling.small_architectures(5, 6, 3):
        assert BOUNDS["montufar2017"](arch) == hinz2019(arch, "montufar")
