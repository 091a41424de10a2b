"""Distances to the nearest boundary: against projections onto all cells, against lines, and by hand."""

from fractions import Fraction

import numpy as np
import pytest
from places import NETWORKS

from theory import Network, formats
from theory.errors import InvalidInputError
from theory.geometry.region import pattern_conditions
from verify import WholeSpace
from verify.engines import Problem, patterns
from verify.measure.distance import distances, jump_distances, least_squares_distance, search_jump
from verify.slices.lines import Unit
from verify.testing.degenerate import random_degenerate_networks


def points(seed: int, dimension: int, number: int) -> list[list[Fraction]]:
    rng = np.random.default_rng(1000 + seed)
    return [[Fraction(int(v), 3) for v in rng.integers(-9, 10, dimension)] for _ in range(number)]


def by_all_cells(network: Network, point, same) -> Fraction | None:
    """The least distance to a closed region whose key differs from that of a region that contains the point."""
    found = []
    for pattern in patterns(Problem.of(network, WholeSpace(network.inputs)), "exact"):
        rows = [c.row for c in pattern_conditions(network, pattern) if any(c.row[:-1])]
        found.append((least_squares_distance(rows, point), same(pattern)))
    home = next(key for square, key in found if square == 0)
    return min((square for square, key in found if key != home), default=None)


@pytest.mark.parametrize("seed", range(3))
def test_the_nearest_other_region_by_projection_onto_every_region(seed) -> None:
    for number, network in enumerate(random_degenerate_networks(seed, 8, max_inputs=2, max_units=5)):
        cloud = points(100 * seed + number, network.inputs, 5)
        measured = distances(network, cloud)
        for point, square, jump in zip(cloud, measured.squared, jump_distances(network, cloud), strict=True):
            assert square == by_all_cells(network, point, lambda pattern: pattern)
            assert jump == by_all_cells(network, point, network.affine_map) == search_jump(network, point)


def test_distances_by_hand() -> None:
    network = Network.relu([([[3, 4], [1, 0]], [-5, -7]), ([[1, 1]], [0])])
    measured = distances(network, [[0, 0], [3, 4], ["7/5", "1/5"], [100, 100]])
    assert measured.squared == (1, 16, 0, 93**2)
    assert measured.units == [Unit(1, 1), Unit(1, 1), Unit(1, 1), Unit(1, 2)]
    assert measured.foot(0) == (Fraction(3, 5), Fraction(4, 5))
    assert measured.floats.tolist() == [1, 4, 0, 93]


def test_a_tie_names_the_first_unit_and_asks_integers() -> None:
    network = Network.relu([([[0, 1], [1, 0], [1, 0]], [-1, -1, -1]), ([[1, 1, 1]], [0])])
    measured = distances(network, [[0, 0]])
    assert (measured.squared, measured.units, measured.questions) == ((1,), [Unit(1, 1)], 1)


def test_float_weights_in_many_inputs() -> None:
    rng = np.random.default_rng(5)
    sizes = [(40, 30), (30, 30), (30, 2)]
    network = Network.from_floats([(rng.normal(0, (2 / a) ** 0.5, (b, a)), rng.normal(0, 0.1, b)) for a, b in sizes])
    cloud = points(5, 40, 8)
    measured = distances(network, cloud)
    assert measured.questions == 0
    for point, square in zip(cloud, measured.squared, strict=True):
        rows = [c.row for c in pattern_conditions(network, network.pattern(point))]
        heights = [sum(a * x for a, x in zip(r, point, strict=False)) + r[-1] for r in rows]
        assert square == min(h * h / sum(a * a for a in r[:-1]) for h, r in zip(heights, rows, strict=True))


def test_where_there_is_no_boundary() -> None:
    constant = Network.relu([([[0, 0]], [3]), ([[1]], [0])])
    assert distances(constant, [[1, 2]]).squared == (None,)
    assert jump_distances(constant, [[1, 2]]) == [None]
    assert jump_distances(Network.relu([([[1, 2]], [3])]), [[1, 2]]) == [None]
    cancelling = Network.relu([([[1, 0], [-1, 0]], [0, 0]), ([[1, -1]], [0])])  # x⁺ − (−x)⁺ = x
    assert distances(cancelling, [[1, 2], [0, 5]]).squared == (1, 0)
    assert jump_distances(cancelling, [[1, 2], [0, 5]]) == [None, None]
    with pytest.raises(InvalidInputError, match="no nearest boundary"):
        distances(constant, [[1, 2]]).foot(0)


def test_points_of_another_space_are_named() -> None:
    with pytest.raises(InvalidInputError, match="point 2 has 1 coordinates"):
        distances(Network.relu([([[1, 2]], [3])]), [[1, 2], [1]])


def test_the_battery_in_three_dimensions() -> None:
    network = formats.load(NETWORKS / "braid4_3d.json")
    cloud = points(7, network.inputs, 3)
    for point, square in zip(cloud, distances(network, cloud).squared, strict=True):
        assert square == by_all_cells(network, point, lambda pattern: pattern)
