"""Means by random zonotopes: exact counts of drawn networks, closed forms, the whole space, and the linear program."""

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from gaussian_strata import one_layer_volume

from theory import HARD_TANH, Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.gaussian_layer import one_layer_breakpoints, two_layer_regions
from theory.initialization import Initialization, WeightLaw
from theory.symmetric_line import space_regions
from verify import Box, Domain, Plane, Polytope, Segment, WholeSpace, count
from verify.measure.last_layer import expected_regions
from verify.measure.sampling import mean_over_networks
from verify.measure.zonotopes import _ends, _measures, _Term, mean_regions

NORMAL, UNIFORM = Initialization(bias="1/2"), Initialization("he_uniform", "1/3")


@pytest.mark.parametrize(
    ("widths", "law", "domain"),
    [
        ((1, 3, 3), NORMAL, Box([-1], [2])),
        ((1, 2, 2, 3), UNIFORM, Box([0], [2])),
        ((2, 4, 4), NORMAL, Box([-1, 0], [1, "1/2"])),
        ((2, 3, 4, 2), UNIFORM, Box([-1, -1], [1, 1])),
        ((3, 2, 3, 2), NORMAL, Box([-1, 0, 0], [1, 3, 2])),
        ((3, 3, 4), UNIFORM, Box([1, 1, 1], [2, 3, 5])),
        ((3, 4, 4), NORMAL, Segment([0, 0, 1], [1, 2, 3])),
        ((3, 3, 3), UNIFORM, Plane([0, 0, 0], [1, 1, 0], [0, 1, 2], Box([-1, 0], [1, 2]))),
    ],
    ids=str,
)
def test_counts_of_drawn_networks_agree(widths: tuple[int, ...], law: Initialization, domain: Domain) -> None:
    architecture = Architecture.relu(*widths)
    counted = mean_over_networks(lambda net, _: int(count(net, domain)), architecture, law, draws=400, level=0.999)
    found = mean_regions(architecture, law, domain, level=0.999)
    assert found.agrees_with(counted), (found, counted)
    assert found.high - found.low < (counted.high - counted.low) / 2


def test_one_layer_has_closed_forms() -> None:
    corners = [(-1, 0), (2, 0), (2, 3), (-1, 3)]
    sides = sum(one_layer_breakpoints(4, corners[i - 1], corners[i], "1/2") for i in range(4))
    exact = 1 + sides / 2 + one_layer_volume(4, [-1, 0], [2, 3], "1/2", 2)
    found = mean_regions(Architecture.relu(2, 4), NORMAL, Box([-1, 0], [2, 3]), level=0.999)
    assert found.low < float(exact.mid()) < found.high < 1.05 * found.low
    cube = Box([-1, 0, 1], [2, 3, "3/2"])
    nothing = NORMAL.draw(Architecture.relu(3), 0)
    exact = expected_regions(nothing, 5, "1/2", cube, digits=8)
    found = mean_regions(Architecture.relu(3, 5), NORMAL, cube, level=0.999)
    assert found.low < float(exact.mid()) < found.high < 1.05 * found.low


def test_two_layers_on_an_interval_have_a_closed_form() -> None:
    exact = two_layer_regions((5, 9), -1, 2, "1/2")
    found = mean_regions(Architecture.relu(1, 5, 9), NORMAL, Box([-1], [2]), draws=50_000, level=0.999)
    assert found.low < float(exact.mid()) < found.high < 1.02 * found.low


@pytest.mark.parametrize("place", [10, 100])
def test_far_from_the_origin_intervals_are_short(place: int) -> None:
    exact = float(two_layer_regions((5, 9), place, place + 1, "1/2").mid())
    found = mean_regions(Architecture.relu(1, 5, 9), NORMAL, Box([place], [place + 1]), level=0.9999)
    assert found.low < exact < found.high < 2 * exact - 1
    corners = [(place, 0), (place + 2, 0), (place + 2, 3), (place, 3)]
    sides = sum(one_layer_breakpoints(4, corners[i - 1], corners[i], "1/2") for i in range(4))
    exact = float((1 + sides / 2 + one_layer_volume(4, corners[0], corners[2], "1/2", 2)).mid())
    found = mean_regions(Architecture.relu(2, 4), NORMAL, Box(corners[0], corners[2]), level=0.9999)
    assert found.low < exact < found.high < 2 * exact - 1


@pytest.mark.parametrize("weights", ["he_normal", "he_uniform"])
def test_only_lengths_in_deviations_of_the_biases_matter(weights: WeightLaw) -> None:
    architecture, unit = Architecture.relu(2, 3, 3), Fraction(10) ** 300
    plain = mean_regions(architecture, Initialization(weights, Fraction(1, 2)), Box.cube(-1, 1, 2))
    for factor in (unit, 1 / unit**2):
        law = Initialization(weights, factor / 2)
        assert mean_regions(architecture, law, Box.cube(-factor, factor, 2)) == plain


def test_needles() -> None:
    """A needle has as many regions as a segment; three parallel or equal edges end the simplex method, too."""
    architecture = Architecture.relu(2, 3, 3)
    thin = mean_regions(architecture, NORMAL, Box([-(10**6), 0], [10**6, Fraction(1, 10**12)]), level=0.999)
    assert thin.agrees_with(mean_regions(architecture, NORMAL, Segment([-(10**6), 0], [10**6, 0]), level=0.999))
    edges = np.tile(np.array([[[1.0, 1, 2, 0], [0, 0, 0, 1], [0, 0, 0, 0]]]), (9, 1, 1))[:, :2]
    ends = _ends(np.tile([[0.6, 0.8]], (9, 1)), np.zeros((9, 2)), edges)
    assert ends == pytest.approx(np.full(9, 1.25))


def test_triangular_factors_stand_for_normal_weights() -> None:
    """Of 3 rows that read 4 units the Gram matrix has on average the determinant s⁶·4·3·2, s² = 2/6."""
    term, on = _Term(NORMAL, Architecture.relu(2, 6, 3), (0, 3)), np.full((100_000, 1), 4)
    factors = term._weights(np.random.default_rng(0), 1, on, 3)
    assert np.linalg.det(factors @ factors.mT).mean() == pytest.approx(24 / 27, rel=0.03)


@pytest.mark.parametrize("law", [NORMAL, UNIFORM], ids=str)
@pytest.mark.parametrize("widths", [(1, 3, 2), (2, 2, 3, 2), (3, 3, 1, 4), (4, 3, 3)])
def test_a_large_box_has_the_regions_of_the_whole_space(widths: tuple[int, ...], law: Initialization) -> None:
    exact = space_regions(widths[0], widths[1:])
    found = mean_regions(Architecture.relu(*widths), law, Box.cube(-(10**9), 10**9, widths[0]), level=0.9999)
    assert found.low < exact < found.high < Fraction(21, 20) * exact


def largest(direction: np.ndarray, center: np.ndarray, generators: np.ndarray) -> float:
    """Over all normals of the zonotope."""
    k = len(center)
    ends = []
    for some in itertools.combinations(range(generators.shape[1]), k - 1):
        basis = np.column_stack([generators[:, some], direction])
        normal = np.linalg.solve(basis.T, np.eye(k)[-1])
        ends.append(normal @ center + np.abs(normal @ generators).sum())
    return min(ends)


@pytest.mark.parametrize(("k", "number"), [(1, 1), (1, 4), (2, 2), (2, 5), (3, 4), (4, 4), (5, 9)])
def test_the_linear_program_finds_the_nearest_facet(k: int, number: int) -> None:
    rng = np.random.default_rng(k)
    generators, centers, directions = (rng.normal(size=(40, *shape)) for shape in ((k, number), (k,), (k,)))
    high, low = _ends(directions, centers, generators), -_ends(directions, -centers, generators)
    for i in range(40):
        top = largest(directions[i], centers[i], generators[i])
        bottom = -largest(directions[i], -centers[i], generators[i])
        if bottom < top:
            assert (low[i], high[i]) == pytest.approx((bottom, top))
        else:
            assert low[i] == math.inf
            assert high[i] == -math.inf


@pytest.mark.parametrize("center", [(0, 0, 0), (1, 0.5, 0), (3, 0, 0)])
def test_the_measure_of_a_cuboid(center: Sequence[float]) -> None:
    halves, number = (1.0, 0.5, 2.0), 40_000
    exact = math.prod(
        (math.erf((m + h) / math.sqrt(2)) - math.erf((m - h) / math.sqrt(2))) / 2
        for m, h in zip(center, halves, strict=True)
    )
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    values = _measures(rng, np.tile(turn @ center, (number, 1)), np.tile(turn @ np.diag(halves), (number, 1, 1)))
    assert abs(values.mean() - exact) < 4 * values.std() / math.sqrt(number) < 0.1 * exact
    assert 0 <= values.min() < values.max() <= 1


def test_nothing_to_cut_and_units_that_read_nothing() -> None:
    one = mean_regions(Architecture.relu(3), NORMAL, Box.cube(0, 1, 3))
    assert (one.low, one.high) == (1, 1)
    dead = [
        mean_regions(Architecture.relu(2, *widths), NORMAL, Box.cube(-1, 1, 2)).mean for widths in ((3, 0, 4), (3,))
    ]
    assert dead[0] == pytest.approx(dead[1], rel=0.05)
    assert mean_regions(Architecture.relu(40, 1, 1), NORMAL, Box.cube(-1, 1, 40)).mean < 3.5


def test_seeds() -> None:
    architecture, box = Architecture.relu(2, 4, 4), Box.cube(-1, 1, 2)
    first, again, other = (mean_regions(architecture, NORMAL, box, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert first.agrees_with(other)
    more = mean_regions(architecture, NORMAL, box, draws=320_000)
    assert more.high - more.low < (first.high - first.low) / 2


def test_what_is_refused() -> None:
    box = Box.cube(-1, 1, 2)
    for architecture in (Architecture.maxout(2, 3, rank=3), Architecture(2, (3,), "piecewise", 3)):
        with pytest.raises(UnsupportedError, match="ReLU"):
            mean_regions(architecture, Initialization(activation=HARD_TANH), box)
    for domain in (WholeSpace(2), Polytope([(1, 0, 0)]), Plane([0, 0], [1, 0], [0, 1])):
        with pytest.raises(UnsupportedError, match="parallelograms"):
            mean_regions(Architecture.relu(2, 3), NORMAL, domain)
    with pytest.raises(InvalidInputError, match="3 inputs"):
        mean_regions(Architecture.relu(3, 3), NORMAL, box)
    with pytest.raises(UnsupportedError, match="too large"):
        mean_regions(Architecture.relu(2, 3), NORMAL, Box.cube(0, 10**60, 2))
    with pytest.raises(UnsupportedError, match="too small"):
        mean_regions(Architecture.relu(2, 3), NORMAL, Box([0, 0], [1, Fraction(1, 10**400)]))
    with pytest.raises(InvalidInputError, match="draws"):
        mean_regions(Architecture.relu(2, 3), NORMAL, box, draws=0)
