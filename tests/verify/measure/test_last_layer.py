"""Means over the last layer: against one layer's own formulas, additivity, and drawn layers counted exactly."""

import math
from fractions import Fraction

import numpy as np
import pytest
from drawn import drawn
from gaussian_strata import one_layer_volume

from theory import IDENTITY, RELU, Layer, Network
from theory.errors import InvalidInputError, UnsupportedError
from theory.gaussian_layer import one_layer_breakpoints
from theory.initialization import Initialization
from theory.symmetric_line import line_regions
from verify import Box, Domain, Line, Plane, Polytope, Segment, WholeSpace, count
from verify.measure.last_layer import expected_regions
from verify.measure.sampling import Estimate

LAW = Initialization(bias="1/2")


def identity(inputs: int) -> Network:
    return Network([Layer([[int(i == j) for i in range(inputs)] for j in range(inputs)], [0] * inputs, IDENTITY)])


def test_one_layer_in_one_dimension() -> None:
    mean = expected_regions(identity(1), 5, "1/3", Box([-1], ["7/2"]))
    assert mean.overlaps(1 + one_layer_breakpoints(5, [-1], ["7/2"], "1/3"))
    assert mean.rad() < 1e-25
    assert expected_regions(identity(1), 5, "1/3").overlaps(6)


def test_one_layer_in_a_rectangle() -> None:
    """Lines that meet it, half of what its sides are met, and the vertices inside."""
    corners = [(-1, 0), (2, 0), (2, 3), (-1, 3)]
    sides = sum(one_layer_breakpoints(4, corners[i - 1], corners[i], "1/2") for i in range(4))
    vertices = one_layer_volume(4, [-1, 0], [2, 3], "1/2", 2)
    mean = expected_regions(identity(2), 4, "1/2", Box([-1, 0], [2, 3]))
    assert mean.overlaps(1 + sides / 2 + vertices)
    twice = expected_regions(identity(2), 4, 1, Box([-1, 0], [2, 3]), variance=4)  # weights and biases are doubled
    assert twice.overlaps(mean)
    assert not expected_regions(identity(2), 4, 1, Box([-1, 0], [2, 3])).overlaps(mean)


def test_one_layer_in_a_cuboid() -> None:
    """Of the mean, a polynomial in the number of planes, the third difference is the mean number of their vertices."""
    low, high = [-1, 0, 1], [2, 3, "3/2"]
    none, one, two, three = (expected_regions(identity(3), n, "1/2", Box(low, high)) for n in range(4))
    vertices = three - 3 * two + 3 * one - none
    assert vertices.overlaps(one_layer_volume(3, low, high, "1/2", 3))
    assert three.rad() < 1e-20


def test_orthants() -> None:
    """Behind three units with orthogonal walls through 0: k of them on, the cone is an orthant of dimension k + 1."""
    net = Network.relu([([[int(i == j) for j in range(3)] for i in range(3)], [0, 0, 0]), ([[1, 1, 1]], [0])])
    mean = Fraction(0)
    for k in range(4):
        volumes = [Fraction(math.comb(k + 1, i), 2 ** (k + 1)) for i in range(k + 2)]
        cell = sum(math.comb(4, j - 1) * 2 * sum(volumes[j::2]) for j in range(1, k + 2))
        mean += math.comb(3, k) * cell
    found = expected_regions(net, 4, 1)
    assert found.overlaps(float(mean))  # 69/2
    assert found.rad() < 1e-20


@pytest.mark.parametrize(
    ("domain", "mean"),
    [
        (WholeSpace(2), 1 + 3 + 3),
        (Polytope([(1, 0, 0)]), 1 + 3 + Fraction(3, 2)),  # half of the vertices of lines around the origin
        (Plane([0, 0], [1, 0], [0, 1]), 1 + 3 + 3),
    ],
)
def test_unbounded_domains(domain: Domain, mean: Fraction | int) -> None:
    assert expected_regions(identity(2), 3, 1, domain).overlaps(mean if isinstance(mean, int) else float(mean))


def test_cells_add_up() -> None:
    net = drawn(2, 4, 3)
    left, right, whole = (
        expected_regions(net, 3, 1, Box(lo, hi))
        for lo, hi in (([-1, -1], [0, 1]), ([0, -1], [1, 1]), ([-1, -1], [1, 1]))
    )
    cut = expected_regions(net, 3, 1, Segment([0, -1], [0, 1]))
    assert (left + right - cut).overlaps(whole)


def test_cells_of_space_add_up() -> None:
    """Cut by a plane in general position, the cells of the halves are other polyhedra, which are divided otherwise."""
    net = drawn(3, 3, seed=1)
    cube = [(*(s * int(i == j) for j in range(3)), 1) for i in range(3) for s in (1, -1)]
    wall = (3, 2, 1, -1)
    left, right, whole = (
        expected_regions(net, 3, 1, Polytope([*cube, *more])) for more in ([wall], [tuple(-v for v in wall)], [])
    )
    square = [(1, 0, 1), (0, 1, 1), (-1, 0, 1), (0, -1, 1)]
    rows = [*square, (-3, -2, 2), (3, 2, 0)]  # x3 = 1 - 3 x1 - 2 x2 lies between -1 and 1
    on_the_wall = Network([Layer([[1, 0], [0, 1], [-3, -2]], [0, 0, 1], IDENTITY), *net.layers])
    cut = expected_regions(on_the_wall, 3, 1, Polytope(rows))
    assert (left + right - cut).overlaps(whole)
    assert max(part.rad() for part in (left, right, cut, whole)) < 1e-20


def test_flat_and_narrow_cells() -> None:
    dead = Network.relu([([[0, 0]], [-1]), ([[1]], [0])])
    assert expected_regions(dead, 9, 1).overlaps(1)
    one_unit = Network.relu([([[1, 1]], [0]), ([[1]], [0])])  # behind it all walls are parallel
    assert expected_regions(one_unit, 4, 1).overlaps(1 + 1 + 4 * 0.5)


def test_means_over_all_layers_are_those_of_the_line() -> None:
    means = [float(expected_regions(drawn(1, 3, seed=seed), 4, "1/2").mid()) for seed in range(40)]
    interval = Estimate.of(means, 0.9999)
    assert interval.low < line_regions([3, 4]) < interval.high


@pytest.mark.parametrize(
    ("widths", "units", "domain"),
    [((1, 3, 3), 4, Box([-1], [2])), ((2, 3), 3, None), ((3, 4), 3, Line([0] * 3, [1, 2, 3])), ((3, 3), 3, None)],
)
def test_drawn_layers_agree(widths: tuple[int, ...], units: int, domain: Domain | None) -> None:
    hidden, rng = drawn(*widths, seed=2).hidden, np.random.default_rng(1)
    reads, counts = hidden[-1].width, []
    for _ in range(60):
        weights, biases = rng.normal(0, math.sqrt(2 / reads), (units, reads)), rng.normal(0, 0.5, units)
        rows = [[Fraction(float(v)) for v in row] for row in weights]
        last = Layer(rows, [Fraction(float(v)) for v in biases])
        counts.append(float(int(count(Network([*hidden, last]), domain, engine="exact"))))
    interval = Estimate.of(counts, 0.9999)
    assert interval.low < float(expected_regions(drawn(*widths, seed=2), units, "1/2", domain).mid()) < interval.high


def test_units_behind_an_empty_layer_are_constant() -> None:
    cross = Layer([[1, 0], [0, 1]], [0, 0], RELU)
    empty = Network([cross, Layer([], [], [], inputs=2), Layer([[]], [0], IDENTITY, inputs=0)])
    assert expected_regions(empty, 5, 1) == expected_regions(empty, 5, 1, variance=1) == 4


def test_what_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        expected_regions(drawn(4, 2), 2, 1)
    for bias, units in ((0, 2), (1, -1)):
        with pytest.raises(InvalidInputError):
            expected_regions(drawn(2, 2), units, bias)
