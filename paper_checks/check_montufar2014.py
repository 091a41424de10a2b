"""Montúfar, Pascanu, Cho, Bengio: On the Number of Linear Regions of Deep Neural Networks."""

import itertools

import sampling

from theory import Architecture
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import Box, WholeSpace, count
from verify.engines import Problem, patterns


def test_lower_bound_in_the_cube() -> None:
    for sizes in ("1-3-4", "2-4-4", "2-8-8", "2-4-6-3", "3-6-4"):
        built = CONSTRUCTIONS["montufar"].build(sizes)
        cube = Box.cube(0, 1, built.network.inputs)
        assert count(built.network, cube) == BOUNDS["montufar2014"](Architecture.parse(sizes))


def test_more_regions_outside() -> None:
    for sizes, inside, everywhere in (("2-2-3", 7, 16), ("2-4-4", 44, 65)):
        built = CONSTRUCTIONS["montufar"].build(sizes)
        assert count(built.network, Box.cube(0, 1, 2)) == inside
        for engine in ("exact", "brute"):
            assert count(built.network, engine=engine) == everywhere


def test_trivial_upper_bound() -> None:
    """Every region has a word of N bits of its own, so there are at most 2^N; both halves are seen here."""
    for net in sampling.some_networks(40, seed=14):
        units = net.architecture.units
        words = [sum(pattern, ()) for pattern in patterns(Problem.of(net, WholeSpace(net.inputs)), "exact")]
        assert all(len(word) == units and set(word) <= {0, 1} for word in words)
        assert len(set(words)) == len(words) == count(net) <= 2**units == BOUNDS["trivial"](net.architecture)


def test_exponential_in_depth() -> None:
    """With fixed widths the lower bound grows by the same factor with every layer, the shallow maximum polynomially."""
    values = [BOUNDS["montufar2014"](Architecture.relu(2, *[4] * depth)) for depth in range(1, 12)]
    assert all(b == 4 * a for a, b in itertools.pairwise(values))
    shallow = [BOUNDS["zaslavsky"](Architecture.relu(2, 4 * depth)) for depth in range(1, 12)]
    assert [a > b for a, b in zip(values, shallow, strict=True)] == [False] + [True] * 10
