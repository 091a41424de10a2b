"""Convolutional layers: the fast sums against Hall's condition word by word, and against real arrangements."""

import itertools
import math
import random

import pytest
import sympy

from theory import Architecture
from theory.bounds import BOUNDS, applicable, evaluate, left_out, listing
from theory.bounds.convolutional import _sum_over_bases, first_layer_value, overlapping_axes, transversal_sum
from theory.bounds.expressions import binomial_row, zaslavsky_number
from theory.constructions import CONSTRUCTIONS
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.geometry.arrangement import HyperplaneArrangement


def halls_condition(windows, capacity, channels):
    """Every vector, every set of positions."""
    total = 0
    positions = range(len(windows))
    sets = [J for r in positions for J in itertools.combinations(positions, r + 1)]
    room = {J: capacity * len(set().union(*(windows[p] for p in J))) for J in sets}
    for t in itertools.product(range(channels + 1), repeat=len(windows)):
        if all(sum(t[p] for p in J) <= room[J] for J in sets):
            total += math.prod(math.comb(channels, demand) for demand in t)
    return total


def one_layer(shape, channels, layer):
    return ConvolutionalArchitecture(shape, channels, (layer,))


def dense(arch):
    """The fully connected architecture that contains this one."""
    return Architecture.relu(arch.inputs, *arch.widths)


def arrangement_of_random_filters(arch, seed):
    """The hyperplanes of a layer whose filters are shared by all positions."""
    rng = random.Random(seed)
    layer, grid = arch.layers[0], arch.shape
    rows = []
    for _ in range(layer.channels):
        kernel = {
            cell: rng.randint(-(10**6), 10**6)
            for cell in itertools.product(*map(range, layer.kernel), range(arch.channels))
        }
        bias = rng.randint(-(10**6), 10**6)
        for position in itertools.product(*map(range, arch.shapes[1])):
            row = [0] * arch.inputs
            for (*offset, channel), weight in kernel.items():
                cell = [i * s - p + o for i, (_, s, p), o in zip(position, layer.steps, offset, strict=True)]
                if all(0 <= c < n for c, n in zip(cell, grid, strict=True)):
                    index = 0
                    for c, n in zip(cell, grid, strict=True):
                        index = index * n + c
                    row[index * arch.channels + channel] += weight
            rows.append([*row, bias])
    return HyperplaneArrangement(rows, arch.inputs)


def test_bad_convolutions():
    with pytest.raises(InvalidInputError, match="convolution 2: axis 1: a kernel of 3 does not fit into 2 cells"):
        ConvolutionalArchitecture((3,), 1, (Convolution(1, (2,)), Convolution(1, (3,))))
    with pytest.raises(InvalidInputError, match="cannot slide over 1 axes"):
        ConvolutionalArchitecture((3,), 1, (Convolution(1, (2, 2)),))
    with pytest.raises(ConditionError, match="layer 1 has padding"):
        BOUNDS["xiong2020"](one_layer((3,), 1, Convolution(1, (2,), 1, 1)))
    with pytest.raises(ConditionError, match="one convolutional layer, here are 2"):
        BOUNDS["xiong2020"](ConvolutionalArchitecture((4,), 1, (Convolution(1, (2,)), Convolution(1, (2,)))))
    with pytest.raises(ConditionError, match="d0 = 2 channels, but layer 1 has 1"):
        BOUNDS["xiong2020_lower"](one_layer((3,), 2, Convolution(1, (2,))))
    arch = one_layer((3,), 1, Convolution(1, (2,)))
    with pytest.raises(ConditionError, match="not about ConvolutionalArchitecture"):
        BOUNDS["serra2018"](arch)
    assert {bound.key for bound in applicable(arch)} == {"xiong2020", "xiong2020_upper", "xiong2020_lower"}


def test_random_windows():
    rng = random.Random(1)
    for _ in range(120):
        cells, capacity, channels = rng.randint(1, 5), rng.randint(1, 2), rng.randint(1, 4)
        windows = [
            tuple(sorted(rng.sample(range(cells), rng.randint(0, min(3, cells))))) for _ in range(rng.randint(1, 4))
        ]
        assert transversal_sum(windows, capacity, binomial_row(channels)) == halls_condition(
            windows, capacity, channels
        ), (windows, capacity, channels)


GRIDS = [
    ((5,), 1, Convolution(3, (2,))),
    ((6,), 1, Convolution(3, (3,), 2)),
    ((5,), 2, Convolution(3, (3,))),
    ((6,), 2, Convolution(3, (2,), 2)),
    ((3, 3), 1, Convolution(3, (2, 2))),
    ((2, 4), 1, Convolution(4, (2, 2))),
    ((4, 3), 2, Convolution(2, (2, 2))),
    ((2, 2, 2), 1, Convolution(3, (2, 2, 1))),
    ((4, 4), 1, Convolution(3, (2, 2), (2, 1))),
]


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: str(one_layer(*grid)))
def test_grids_by_halls_condition(grid):
    arch = one_layer(*grid)
    channels = arch.layers[0].channels
    assert BOUNDS["xiong2020_upper"](arch) == halls_condition(arch.windows(1), arch.channels, channels)


@pytest.mark.parametrize("kernel", [2, 3, 5])
def test_intervals_and_bases_agree(kernel):
    for length, stride, capacity, channels in itertools.product((7, 9), (1, 2), (1, 2), (2, 5)):
        windows = one_layer((length,), 1, Convolution(1, (kernel,), stride)).windows(1)
        weights = binomial_row(channels)
        assert transversal_sum(windows, capacity, weights) == _sum_over_bases(windows, capacity, weights)


def test_turning_the_grid_changes_nothing():
    for shape, kernel, stride in [((3, 6), (2, 3), (1, 2)), ((5, 3), (3, 2), (1, 1))]:
        turned = one_layer(shape[::-1], 1, Convolution(3, kernel[::-1], stride[::-1]))
        plain = one_layer(shape, 1, Convolution(3, kernel, stride))
        assert transversal_sum(plain.windows(1), 1, binomial_row(3)) == first_layer_value(turned)


@pytest.mark.parametrize(
    "grid",
    [
        ((3,), 1, Convolution(2, (2,))),
        ((4,), 1, Convolution(2, (2,))),
        ((4,), 1, Convolution(3, (3,))),
        ((2,), 2, Convolution(3, (1,))),
        ((2, 2), 1, Convolution(3, (1, 2))),
        ((2, 3), 1, Convolution(2, (2, 2))),
        ((5,), 1, Convolution(2, (3,), 2)),
        ((4,), 2, Convolution(2, (2,))),
        ((4, 3), 1, Convolution(2, (2, 2), (2, 1))),
        ((1, 2, 3), 1, Convolution(2, (1, 2, 2))),
    ],
    ids=str,
)
def test_random_shared_filters_attain_theorem_2_where_windows_overlap_along_one_axis(grid):
    arch = one_layer(*grid)
    assert arrangement_of_random_filters(arch, 1).count_regions() == BOUNDS["xiong2020"](arch)


def test_theorem_2_is_not_attained_by_two_filters_that_overlap_along_two_axes():
    """v ∗ w = w ∗ v: the eight normals have rank 7, so Z(8,7) = 255 is the most for any weights; 256 is printed."""
    arch = one_layer((3, 3), 1, Convolution(2, (2, 2)))
    assert first_layer_value(arch) == 256 == BOUNDS["xiong2020_upper"](arch)
    built = CONSTRUCTIONS["convolution"].build(shape=(3, 3), kernel=(2, 2), filters=2)
    assert built.claim.count == zaslavsky_number(8, 7) == 255
    reason = BOUNDS["xiong2020"].why_not(arch)
    assert "layer 1 has windows that overlap along axes 1, 2" in reason
    assert "it says 256, no weights have more than 255" in reason
    assert BOUNDS["xiong2020_lower"].why_not(arch) == reason
    assert [bound.key for bound in applicable(arch)] == ["xiong2020_upper"]


def test_the_deep_lower_bound_asks_the_last_layer_only():
    folds = Convolution(2, (2, 2))
    across = ConvolutionalArchitecture((4, 4), 1, (folds, folds))
    assert "layer 2 has windows that overlap along axes 1, 2" in BOUNDS["xiong2020_lower"].why_not(across)
    apart = ConvolutionalArchitecture((4, 4), 1, (folds, Convolution(2, (1, 2))))
    # nine positions of the first layer fold once each, the last layer has three lines of two windows on three cells
    assert BOUNDS["xiong2020_lower"](apart) == 2**9 * 15**3 <= BOUNDS["xiong2020_upper"](apart)


def test_overlaps():
    for shape, layer, axes in [
        ((5,), Convolution(1, (2,)), [1]),
        ((6,), Convolution(1, (2,), 2), []),
        ((2, 5), Convolution(1, (2, 2)), [2]),
        ((4, 4), Convolution(1, (3, 3)), [1, 2]),
        ((3, 1, 3), Convolution(1, (2, 1, 2)), [1, 3]),
    ]:
        assert overlapping_axes(shape, layer) == axes
        windows = [set(w) for w in one_layer(shape, 1, layer).windows(1)]
        assert any(a & b for a, b in itertools.combinations(windows, 2)) == bool(axes)


def test_the_polynomial_in_the_number_of_filters():
    d = sympy.Symbol("d", integer=True, positive=True)
    for shape, channels, layer in GRIDS:
        symbolic = one_layer(shape, channels, Convolution(d, layer.kernel, layer.stride))
        polynomial = BOUNDS["xiong2020_upper"](symbolic)
        for filters in (1, 2, 3, 4, 7):
            numeric = one_layer(shape, channels, Convolution(filters, layer.kernel, layer.stride))
            assert evaluate(polynomial, {d: filters}) == first_layer_value(numeric)
            if BOUNDS["xiong2020"].why_not(numeric) is None:
                assert evaluate(BOUNDS["xiong2020"](symbolic), {d: filters}) == first_layer_value(numeric)


def test_deep_convolutions():
    for shape, d0, d1, d2 in [((4,), 1, 2, 2), ((5,), 1, 3, 2), ((4,), 2, 4, 3), ((3, 3), 1, 2, 2)]:
        kernel = (2,) * len(shape)
        arch = ConvolutionalArchitecture(shape, d0, (Convolution(d1, kernel), Convolution(d2, kernel)))
        lower, upper = BOUNDS["xiong2020_lower"](arch), BOUNDS["xiong2020_upper"](arch)
        assert 1 < lower <= upper
        assert lower <= BOUNDS["hinz2021"](dense(arch))
        single = one_layer(shape, d0, Convolution(d1, kernel))
        assert BOUNDS["xiong2020_upper"](single) <= BOUNDS["zaslavsky"](dense(single))
        if len(shape) == 1:
            assert BOUNDS["xiong2020_lower"](single) == BOUNDS["xiong2020_upper"](single) == BOUNDS["xiong2020"](single)
        d, e = sympy.symbols("d e", integer=True, positive=True)
        symbolic = ConvolutionalArchitecture(shape, d0, (Convolution(d, kernel), Convolution(e, kernel)))
        for key in ("xiong2020_lower", "xiong2020_upper"):
            assert evaluate(BOUNDS[key](symbolic), {d: d1, e: d2}) == BOUNDS[key](arch)
    assert [b.key for b, _ in listing(arch)] == ["xiong2020_lower", "xiong2020_upper"]


def test_a_window_that_sees_everything_is_a_dense_layer():
    arch = one_layer((3,), 2, Convolution(5, (3,)))
    assert BOUNDS["xiong2020"](arch) == BOUNDS["zaslavsky"](dense(arch))


def test_a_grid_that_is_too_large_to_scan_is_left_out():
    images = ConvolutionalArchitecture((28, 28), 1, (Convolution(8, (5, 5)), Convolution(8, (3, 3), 3)))
    assert [bound.key for bound, _ in left_out(images)] == ["xiong2020_upper"]
    assert [bound.key for bound, _ in listing(images)] == ["xiong2020_lower"]
    with pytest.raises(UnsupportedError, match="computing it takes about"):
        BOUNDS["xiong2020_upper"](images)


def test_large_one_dimensional_layers():
    arch = one_layer((66,), 3, Convolution(16, (3,)))
    assert arch.positions == (64,)
    assert 2**600 < BOUNDS["xiong2020"](arch) < BOUNDS["zaslavsky"](dense(arch))
