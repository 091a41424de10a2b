"""Montúfar, Ren, Zhang: Sharp Bounds for the Number of Regions of Maxout Networks and Vertices of Minkowski Sums."""

import itertools

import sampling

from theory import Architecture
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import Box, count


def test_one_layer() -> None:
    for rank, units, value in ((3, 2, 9), (3, 3, 19), (4, 3, 37)):
        arch = Architecture.maxout(2, units, rank=rank)
        built = CONSTRUCTIONS["maxout_layer"].build(arch)
        assert count(built.network) == value == BOUNDS["maxout_one_layer"](arch)


def test_one_layer_is_never_exceeded() -> None:
    single = [(net, n) for net, n in sampling.hard_maxout_networks() if net.architecture.depth == 1]
    assert all(n <= BOUNDS["maxout_one_layer"](net.architecture) for net, n in single)
    assert sum(n == BOUNDS["maxout_one_layer"](net.architecture) for net, n in single) >= 2


def test_deep_upper_bound() -> None:
    hard = [(n, BOUNDS["montufar2022"](net.architecture)) for net, n in sampling.hard_maxout_networks()]
    assert all(n <= bound for n, bound in hard)
    assert sum(n == bound for n, bound in hard) >= 4


def test_order() -> None:
    for n0, k, depth in itertools.product((1, 2, 3), (1, 2, 3, 4), (1, 2, 3)):
        for widths in itertools.product((1, 2, 3, 4), repeat=depth):
            arch = Architecture.maxout(n0, *widths, rank=k)
            values = [BOUNDS[key](arch) for key in ("montufar2022", "serra2018_maxout", "trivial")]
            assert values[0] <= min(values[1:])


def test_one_input() -> None:
    for sizes, rank, value in (("1-2-2", 3, 25), ("1-2-2-2", 3, 125), ("1-4-2", 2, 15)):
        built = CONSTRUCTIONS["maxout_line"].build(sizes, rank=rank)
        arch = built.network.architecture
        assert count(built.network, Box([0], [1])) == value == BOUNDS["maxout_one_input"](arch)


def test_deep_lower_bound() -> None:
    for sizes, rank in (("2-4-4", 2), ("2-4-4", 3), ("2-4-2", 3)):
        built = CONSTRUCTIONS["maxout_grid"].build(sizes, rank=rank)
        bound = BOUNDS["montufar2022_lower"](built.network.architecture)
        assert count(built.network).value >= bound
