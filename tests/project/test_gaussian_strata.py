"""Means of one normal layer in closed form, and bounds with known constants: against each other and drawn networks."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from gaussian_strata import one_layer_density, one_layer_distance, one_layer_volume, one_layer_volume_in_ball
from kac_rice import density_by_geometry

from theory import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.gaussian_layer import one_layer_breakpoints
from theory.he_bounds import distance_bound, segment_bound, volume_bound
from theory.initialization import Initialization
from verify import Box
from verify.measure.sampling import Estimate

HALF = Fraction(1, 2)
LAW = Initialization(bias=HALF)


def test_vertices_of_lines_are_a_solid_angle() -> None:
    """C(n, 2)·Ω/(2π), Ω the solid angle of the rectangle seen from the height β/s = 1/2 above the origin."""

    def corner(x: float, y: float) -> float:
        return math.atan(x * y / (0.5 * math.sqrt(x * x + y * y + 0.25)))

    for (a, b), (c, d) in (((-1, 1), (-1, 2)), ((1, 3), (-2, -1)), ((0, 2), (0, 1))):
        angle = corner(b, d) - corner(a, d) - corner(b, c) + corner(a, c)
        found = one_layer_volume(7, [a, c], [b, d], HALF, 2)
        assert float(found) == pytest.approx(21 * angle / (2 * math.pi), rel=1e-12)
        assert found.rad() < 1e-12


def test_on_a_line_the_two_formulas_for_breakpoints_are_one() -> None:
    for low, high in ((-1, 2), (0, 1), (3, 5), (-4, -3)):
        first, second = one_layer_volume(9, [low], [high], "1/3"), one_layer_breakpoints(9, [low], [high], "1/3")
        assert first.overlaps(second)
        assert first.rad() < 1e-12


@pytest.mark.parametrize(("d", "k"), [(d, k) for d in (1, 2, 3) for k in range(1, d + 1)])
def test_boxes_and_balls_are_sums_of_the_density(d, k) -> None:
    """A midpoint sum of the density over the box, and shells of the ball."""
    low, high, n = [-1.0, 0.5, 0.0][:d], [1.0, 2.0, 1.0][:d], (400, 60, 12)[d - 1]
    axes = [a + (b - a) * (np.arange(n) + 0.5) / n for a, b in zip(low, high, strict=True)]
    radii = np.sqrt(sum(axis**2 for axis in np.meshgrid(*axes)))
    knots = [Fraction(i, 16) for i in range(46)]
    density = [float(one_layer_density(d, 4, HALF, k, radius=r)) for r in knots]
    size = math.prod(b - a for a, b in zip(low, high, strict=True))
    total = np.interp(radii, [float(r) for r in knots], density).mean() * size
    corners = [[Fraction(v) for v in corner] for corner in (low, high)]
    assert float(one_layer_volume(4, *corners, HALF, k, digits=6)) == pytest.approx(total, rel=4e-3)
    shells = sum(
        float(one_layer_density(d, 4, HALF, k, radius=Fraction(2 * i + 1, 100))) * ((i + 1) ** d - i**d)
        for i in range(50)
    )
    sphere = math.pi ** (d / 2) / math.gamma(d / 2 + 1) / 50**d
    assert float(one_layer_volume_in_ball(d, 4, 1, HALF, k)) == pytest.approx(shells * sphere, rel=2e-3)


@pytest.mark.parametrize("k", [2, 3])
def test_boxes_add_up_and_turn(k) -> None:
    """A box cut in two at the origin, where terms vanish; axes exchanged; mirror images."""

    def mean(low: list[int], high: list[int]):
        return one_layer_volume(4, low, high, HALF, k, digits=2)

    whole = mean([-1, -1, -1], [1, 2, 1])
    assert whole.overlaps(mean([-1, -1, -1], [1, 0, 1]) + mean([-1, 0, -1], [1, 2, 1]))
    assert whole.overlaps(mean([-1, -1, -2], [1, 1, 1]))
    assert whole.rad() < 1e-8


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_all_vertices_lie_in_a_large_ball(d) -> None:
    assert float(one_layer_volume_in_ball(d, 7, 10**12, 1, d)) == pytest.approx(math.comb(7, d), rel=1e-6)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_drawn_networks_in_space(k) -> None:
    box = Box([-1, -1, 0], [1, 1, 1])
    found = density_by_geometry(Architecture.relu(3, 4), LAW, box, codimension=k, draws=30, seed=21, level=0.99)
    assert found.low <= float(one_layer_volume(4, box.lower, box.upper, HALF, k, digits=6)) / 4 <= found.high


def test_the_distance_by_hand() -> None:
    """d = 2: (β/s)·n·∫ (1 − sin θ)^{n−1} sin θ = (β/s)·n·∫ (1 − cos φ)^{n−1} cos φ; n = 2: 2(1 − π/4)."""
    assert float(one_layer_distance(2, 2, 3)) == pytest.approx(3 * 2 * (1 - math.pi / 4), rel=1e-12)


@pytest.mark.parametrize("widths", [(5, 5), (3, 3, 3)])
def test_the_mean_square_of_every_gradient_is_two(widths) -> None:
    """Of the first and the last unit, at two points, for both laws of the weights."""
    for weights in ("he_normal", "he_uniform"):
        law = Initialization(weights, HALF)
        samples = []
        for seed in range(250):
            network = law.draw(Architecture.relu(3, *widths), seed)
            h, jacobian = np.array([1.0, -2.0, 0.5]) * (seed % 2), np.eye(3)
            for layer in network.hidden:
                w = np.array([[float(v) for v in row] for row in layer.weights])
                z, gradients = w @ h + np.array([float(v) for v in layer.biases]), w @ jacobian
                h, jacobian = np.maximum(z, 0), gradients * (z > 0)[:, None]
            samples.append(float((gradients[-1] ** 2).sum()))
        found = Estimate.of(samples, 0.99)
        assert found.low <= 2 <= found.high
        assert found.high - found.low < 3


def test_bounds_hold_and_are_nearly_attained_by_one_layer_at_the_origin() -> None:
    """There the density is the bound times E‖w‖/√2, which tends to 1 in many dimensions."""
    for d in (1, 2, 3, 10, 100):
        for k in (1, 2)[: min(2, d)]:
            bound = volume_bound(Architecture.relu(d, 8), HALF, k)
            exact = one_layer_density(d, 8, HALF, k)
            assert exact < bound
            assert one_layer_density(d, 8, HALF, k, radius=1) < exact
            if d == 100:
                assert float(exact / bound) > 0.98
    p, q = [0, 0, 0], ["1/10", 0, 0]
    assert one_layer_breakpoints(8, p, q, HALF) < segment_bound(Architecture.relu(3, 8), HALF, length="1/10")
    assert one_layer_distance(3, 8, HALF) > distance_bound(Architecture.relu(3, 8), HALF)


def test_several_breakpoints_have_the_bound_of_a_corollary_too() -> None:
    """For one layer T^k times that of ReLU units."""
    for k in (1, 2):
        relu, tanh = Architecture.relu(2, 5), Architecture(2, (5,), "piecewise", 3)
        assert volume_bound(tanh, HALF, k, steepest=7).overlaps(2**k * volume_bound(relu, HALF, k))
    # by hand, two layers of one unit and slope 3: √2·C_bias and √(2·18)·C_bias
    steep = volume_bound(Architecture(2, (1, 1), "piecewise", 2), HALF, 2, steepest=3)
    assert float(steep) == pytest.approx(math.sqrt(2) * 6 * (2 / math.sqrt(2 * math.pi)) ** 2, rel=1e-12)


def test_refusals() -> None:
    for call, words in (
        (lambda: one_layer_volume(3, [0, 0], [1, 1], 0), "not positive"),
        (lambda: one_layer_volume(3, [0, 0], [1, 0], 1), "lower end below its upper"),
        (lambda: one_layer_volume(3, [0], [1], 1, 2), "exceeds the 1 inputs"),
        (lambda: one_layer_volume_in_ball(2, 3, 0, 1), "radius"),
        (lambda: one_layer_distance(1, 3, 1), "smallest allowed value 2"),
        (lambda: volume_bound(Architecture.relu(2, 3), 0), "not positive"),
        (lambda: volume_bound(Architecture.relu(2, 3), 1, 3), "codimension 1 and 2"),
        (lambda: volume_bound(Architecture.relu(1, 3), 1, 2), "exceeds the 1 inputs"),
        (lambda: segment_bound(Architecture.relu(2, 3), 1, length=0), "length"),
        (lambda: distance_bound(Architecture.maxout(2, 3, rank=3), 1), "ReLU units"),
        (lambda: volume_bound(Architecture.maxout(2, 3, rank=3), 1), "scalar units"),
    ):
        with pytest.raises((InvalidInputError, UnsupportedError), match=words):
            call()
    with pytest.raises(UnsupportedError, match="at most 3 dimensions"):
        one_layer_volume(3, [0] * 4, [1] * 4, 1)


def test_ordered_tuples_would_count_every_meeting_k_times_over() -> None:
    """All sets of k among n lines through a large disc: C(n, k) vertices, not n!/(n − k)!."""
    network = LAW.draw(Architecture.relu(2, 6), 5)
    rows = [(*w, b) for w, b in zip(network.hidden[0].weights, network.hidden[0].biases, strict=True)]
    points = set()
    for (a, b, c), (d, e, f) in itertools.combinations(rows, 2):
        points.add(((b * f - c * e) / (a * e - b * d), (c * d - a * f) / (a * e - b * d)))
    assert len(points) == round(float(one_layer_volume_in_ball(2, 6, 10**9, 1, 2))) == 15
