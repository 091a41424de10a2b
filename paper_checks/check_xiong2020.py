"""Xiong, Huang, Yu, Liu, Zhu, Shao: On the Number of Linear Regions of Convolutional Neural Networks."""

import random

from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.geometry.arrangement import HyperplaneArrangement
from verify import count


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


def test_theorem_5() -> None:
    arch = ConvolutionalArchitecture((4,), 1, (Convolution(1, (2,)), Convolution(2, (2,))))
    assert BOUNDS["xiong2020_lower"](arch) <= BOUNDS["xiong2020_upper"](arch)
    rng = random.Random(31)
    for _ in range(5):  # the same filters written as dense rows: no more regions than the upper bound
        kernel, bias = [rng.randint(-9, 9) for _ in range(2)], rng.randint(-9, 9)
        first = [[kernel[c - i] if i <= c <= i + 1 else 0 for c in range(4)] for i in range(3)]
        second, biases = [], []
        for _ in range(2):
            other, offset = [rng.randint(-9, 9) for _ in range(2)], rng.randint(-9, 9)
            second += [[other[c - i] if i <= c <= i + 1 else 0 for c in range(3)] for i in range(2)]
            biases += [offset] * 2
        from theory import Network

        net = Network.relu([(first, [bias] * 3), (second, biases), ([[1] * 4], [0])])
        assert count(net).value <= BOUNDS["xiong2020_upper"](arch)
