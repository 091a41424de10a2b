"""Xiong, Huang, Yu, Liu, Zhu, Shao: On the Number of Linear Regions of Convolutional Neural Networks."""

import random
from fractions import Fraction

from theory import Network
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.geometry.arrangement import HyperplaneArrangement
from verify import Box, count


def one_layer(shape: tuple[int, ...], kernel: tuple[int, ...], filters: int) -> ConvolutionalArchitecture:
    return ConvolutionalArchitecture(shape, 1, (Convolution(filters, kernel),))


def test_theorem_2_along_one_axis() -> None:
    values = [BOUNDS["xiong2020"](one_layer((3,), (2,), d)) for d in (1, 2, 3, 4)]
    assert values == [4, 15, 40, 85]
    for d, value in zip((1, 2, 3), values, strict=False):
        built = CONSTRUCTIONS["convolution"].build(shape=(3,), kernel=(2,), filters=d)
        assert count(built.network) == value


def shared_filters(filters: int, seed: int) -> HyperplaneArrangement:
    """The hyperplanes of 2 × 2 filters with random weights, shifted over 3 × 3 cells."""
    rng = random.Random(seed)
    rows = []
    for _ in range(filters):
        weights = [rng.randint(-(10**6), 10**6) for _ in range(5)]
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            row = [0] * 10
            for cell, w in zip((3 * i + j, 3 * i + j + 1, 3 * i + j + 3, 3 * i + j + 4), weights, strict=False):
                row[cell] = w
            row[9] = weights[4]
            rows.append(row)
    return HyperplaneArrangement(rows, 9)


def test_theorem_2_along_two_axes() -> None:
    """Two 2 × 2 filters on 3 × 3 cells: the formula says 256, all eight hyperplanes independent; they never are."""
    arch = one_layer((3, 3), (2, 2), 2)
    assert BOUNDS["xiong2020"].printed_value(arch) == 256
    for seed in range(4):
        arrangement = shared_filters(2, seed)
        assert arrangement.rank == 7
        assert arrangement.count_regions() == 255


def folded(cells: int, filters: int, scale: int) -> Network:
    """Two layers with windows of two cells: the first folds a cell at each position, the second has generic filters.

    At position i the two filters of the first layer read cell i only and give σ(2x) − σ(4x − 2), which maps either half
    of [0, 1] onto [0, 1].  The second layer sees these values through filters whose hyperplanes meet near the middle.
    """
    generic = CONSTRUCTIONS["convolution"].build(shape=(cells - 1,), kernel=(2,), filters=filters).network.hidden[0]
    first = [[w if c == i else 0 for c in range(cells)] for i in range(cells - 1) for w in (2, 4)]
    second = [[scale * v * sign for v in row for sign in (1, -1)] for row in generic.weights]
    biases = [b - Fraction(scale, 2) * sum(row) for row, b in zip(generic.weights, generic.biases, strict=True)]
    return Network.relu([(first, [0, -2] * (cells - 1)), (second, biases), ([[1] * len(second)], [0])])


def test_theorem_5() -> None:
    """The lower bound is attained in the unit cube; the upper bound holds for these networks on all of the space."""
    for cells, filters, value in ((3, 1, 2**2 * 2), (3, 3, 2**2 * 7), (4, 1, 2**3 * 4), (4, 2, 2**3 * 15)):
        arch = ConvolutionalArchitecture((cells,), 1, (Convolution(2, (2,)), Convolution(filters, (2,))))
        network = folded(cells, filters, scale=10**4)
        assert BOUNDS["xiong2020_lower"](arch) == value == count(network, Box.cube(0, 1, cells))
        assert value < count(network).value <= BOUNDS["xiong2020_upper"](arch)
