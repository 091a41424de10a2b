"""Raghu, Poole, Kleinberg, Ganguli, Sohl-Dickstein: On the Expressive Power of Deep Neural Networks."""

import sampling

from theory.bounds import BOUNDS


def test_upper_bound() -> None:
    assert all(regions <= BOUNDS["raghu2017"](network.architecture) for network, regions in sampling.hard_networks())
    assert all(value <= BOUNDS["raghu2017"](arch) for arch, value in sampling.proved_maxima())


def test_between_its_neighbors() -> None:
    for arch in sampling.small_architectures(5, 6, 3):
        assert BOUNDS["montufar2017"](arch) <= BOUNDS["raghu2017"](arch)
