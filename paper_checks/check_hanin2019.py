"""Hanin, Rolnick: Complexity of Linear Regions in Deep Networks."""

import random
from fractions import Fraction

import sampling

from theory import HARD_TANH, Architecture, Layer, Network
from theory.constructions import CONSTRUCTIONS
from theory.exact import dyadic
from theory.gaussian_layer import one_layer_breakpoints
from theory.initialisation import Initialisation
from verify import Box, Line, Plane, Segment, count
from verify.lines import along
from verify.measure.distance import distances
from verify.measure.sampling import density_by_formula, density_by_geometry, mean_over_networks

DEEP = ((20, 32, 1), (20, 16, 16, 1), (20, 10, 10, 12, 1), (20, 8, 8, 8, 8, 1))
"""Thirty-two units in one to four layers."""


def gaussian(rng: random.Random, dimension: int) -> list[Fraction]:
    return [dyadic(rng.gauss(0.0, 1.0)) for _ in range(dimension)]


def test_one_input() -> None:
    """Linear regions on an interval = 1 + points where the derivative jumps."""
    for net in sampling.some_networks(40, seed=71):
        start, end = [Fraction(-3)] * net.inputs, [Fraction(3), *[Fraction(1)] * (net.inputs - 1)]
        cut = along(net, Segment(start, end))
        assert count(net, Segment(start, end), of="linear") == 1 + sum(cut.jumps)


def test_regions_along_a_line() -> None:
    """The average over twenty random networks and lines, divided by the number of units."""
    for sizes in DEEP:
        found = 0
        for seed in range(20):
            rng = random.Random(seed)
            found += along(sampling.float_network(seed, sizes), Line(gaussian(rng, 20), gaussian(rng, 20))).activation
        assert 0.7 < found / 20 / sum(sizes[1:-1]) < 1.2, sizes


def test_breakpoints_multiply() -> None:
    """One layer: every unit bends once for each breakpoint of its activation, on almost every whole line."""
    rng = random.Random(72)
    for _ in range(20):
        n0, n = rng.randint(1, 4), rng.randint(1, 6)
        rows = [gaussian(rng, n0) for _ in range(n)]
        net = Network([Layer(rows, gaussian(rng, n), HARD_TANH)])
        assert along(net, Line(gaussian(rng, n0), gaussian(rng, n0))).activation == 1 + 2 * n


def test_distance_formula() -> None:
    """Nothing changes within the distance min |z|/‖∇z‖, and just behind the foot of the nearest wall it does."""
    rng = random.Random(73)
    for seed in range(20):
        net = sampling.float_network(seed, (3, 6, 5, 1), bias=0.3)
        point = gaussian(rng, 3)
        found = distances(net, [point])
        squared = found.squared[0]
        for _ in range(20):
            step = gaussian(rng, 3)
            length = sum(v * v for v in step)
            while length >= squared:
                step, length = [v / 2 for v in step], length / 4
            assert net.pattern([a + b for a, b in zip(point, step, strict=True)]) == net.pattern(point)
        foot = found.foot(0)
        assert sum((a - b) ** 2 for a, b in zip(foot, point, strict=True)) == squared
        beyond = [a + (a - b) / 10**6 for a, b in zip(foot, point, strict=True)]
        assert net.pattern(beyond) != net.pattern(point)


def test_distances_scale_with_units() -> None:
    """The mean distance times the number of units, over networks of 32 and 48 units in one to four layers."""
    products = []
    for sizes in (*DEEP, (20, 24, 24, 1), (20, 48, 1)):
        total = 0.0
        for seed in range(20):
            rng = random.Random(1000 + seed)
            found = distances(sampling.float_network(seed, sizes), [gaussian(rng, 20) for _ in range(10)])
            total += float(found.floats.sum())
        products.append(total / 200 * sum(sizes[1:-1]))
    assert max(products) / min(products) < 2.5, products


def test_regions_in_a_plane() -> None:
    """About N²/2 for N units."""
    for sizes in ((10, 16, 1), (10, 8, 8, 1), (10, 10, 10, 1)):
        found = 0
        for seed in range(3):
            rng = random.Random(seed)
            plane = Plane(*(gaussian(rng, 10) for _ in range(3)))
            found += count(sampling.float_network(seed, sizes), plane, engine="exact").value
        assert 0.6 < found / 3 / (sum(sizes[1:-1]) ** 2 / 2) < 1.3, sizes


def test_perturbed_sawtooth() -> None:
    """Relative noise on every weight of the sawtooth with 2^8 teeth: the average of ten networks."""
    saw = CONSTRUCTIONS["sawtooth"].build(depth=8).network
    average = {}
    for noise in (0.01, 0.1, 0.3):
        total = 0
        for seed in range(10):
            rng = random.Random(seed)
            pairs = []
            for layer in saw.layers:
                weights = [[float(w) * (1 + noise * rng.gauss(0, 1)) for w in row] for row in layer.weights]
                pairs.append((weights, [float(b) * (1 + noise * rng.gauss(0, 1)) for b in layer.biases]))
            total += count(Network.from_floats(pairs), Box([0], [1])).value
        average[noise] = total / 10
    assert count(saw, Box([0], [1])) == 256
    assert average[0.01] > average[0.1] > average[0.3]
    assert average[0.1] < 160
    assert average[0.3] < 64


def test_theorem_3() -> None:
    """Exact boundary volumes of drawn networks against the integrand at drawn points: both means, k = 1."""
    law = Initialisation(bias=Fraction(1, 2))
    cases = ((Architecture.relu(1, 4, 4), Box([-2], [2])), (Architecture.relu(2, 4, 3), Box([-1, -1], [1, 1])))
    for architecture, box in cases:
        geometry = density_by_geometry(architecture, law, box, "linear", draws=50, seed=11)
        formula = density_by_formula(architecture, law, box, "linear", draws=600, seed=12)
        assert geometry.agrees_with(formula), (str(architecture), geometry, formula)


def test_one_layer_closed_form() -> None:
    """The expected breakpoints of one layer on a segment, enclosed, against exact counts on 300 networks."""
    start, end = [1, 0, "1/2"], [-1, 1, 0]
    expected = one_layer_breakpoints(8, start, end, "1/2")
    found = mean_over_networks(
        lambda network, _: along(network, Segment(start, end)).activation - 1,
        Architecture.relu(3, 8),
        Initialisation(bias=Fraction(1, 2)),
        draws=300,
        seed=13,
    )
    assert found.low <= float(expected) <= found.high
