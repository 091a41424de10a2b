"""Raghu, Poole, Kleinberg, Ganguli, Sohl-Dickstein: On the Expressive Power of Deep Neural Networks."""

import sampling

from theory.bounds import BOUNDS
from verify import count


def test_upper_bound() -> None:
    for net in sampling.some_networks(40, seed=17):
        assert count(net).value <= BOUNDS["raghu2017"](net.architecture)
    assert all(value <= BOUNDS["raghu2017"](arch) for arch, value in sampling.proved_maxima())


def test_between_its_neighbors() -> None:
    for arch in sampling.small_architectures(5, 6, 3):
        assert BOUNDS["montufar2017"](arch) <= BOUNDS["raghu2017"](arch)
