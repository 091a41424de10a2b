"""Lines: every breakpoint against the counting engines, exact evaluation, and the degenerate cases by hand."""

import itertools
import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from places import NETWORKS

from theory import HARD_TANH, RELU, Layer, Maxout, Network, PiecewiseLinear, formats, leaky_relu
from theory.activations import Activation
from theory.architecture import Architecture
from theory.constructions import CONSTRUCTIONS
from theory.data import digit_images, digits
from theory.errors import InvalidInputError
from theory.exact import dyadic
from verify.domain.shapes import Box, Line, Ray, Segment
from verify.engines import Problem, patterns
from verify.slices.arrays import division
from verify.slices.double_double import parts
from verify.slices.lines import Unit, along, along_polyline
from verify.slices.lines.bounded import Roots
from verify.slices.lines.sweep import Sweep
from verify.slices.prepared import PreparedLayer
from verify.testing.degenerate import random_degenerate_networks

NAMES = sorted(json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8")))


def points(seed: int, dimension: int, *, grid: int = 4, number: int = 2) -> list[list[Fraction]]:
    rng = np.random.default_rng(seed)
    return [[Fraction(int(v), grid) for v in rng.integers(-2 * grid, 2 * grid + 1, dimension)] for _ in range(number)]


def hold_against_the_definition(network: Network, domain: Segment, engine: str = "exact") -> None:
    """Patterns from another engine, parameters and jumps from exact evaluation of the restricted network."""
    regions = along(network, domain)
    restricted = domain.pull_back(network)
    expected = list(patterns(Problem(restricted, domain.rows), engine))
    assert sorted(regions.patterns()) == sorted(expected)
    assert regions.activation == len(expected) == len(regions.breakpoints) + 1
    ends = list(regions.parameters)
    assert ends == sorted(set(ends))
    low = Fraction(0) if domain.rows or not ends else ends[0] - 1
    high = Fraction(1) if len(domain.rows) == 2 or not ends else ends[-1] + 1
    knots = [low, *ends, high]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(knots)]
    maps = []
    for middle, pattern in zip(middles, regions.patterns(), strict=True):
        assert restricted.pattern([middle]) == pattern
        maps.append(restricted.affine_map(pattern)[0])
    for b, (before, after) in zip(regions.breakpoints, itertools.pairwise(regions.patterns()), strict=True):
        changed = [
            Unit(i, j)
            for i, (p, q) in enumerate(zip(before, after, strict=True), start=1)
            for j, (u, v) in enumerate(zip(p, q, strict=True), start=1)
            if u != v
        ]
        assert list(b.units) == changed
        assert changed
    assert list(regions.jumps) == [a != b for a, b in itertools.pairwise(maps)]
    assert regions.linear == 1 + sum(regions.jumps)
    for t, position, error in zip(ends, regions.positions, regions.position_errors, strict=True):
        assert abs(t - Fraction(float(position))) <= Fraction(float(error))


@pytest.mark.parametrize("name", NAMES)
def test_networks_of_the_battery_on_segments_rays_and_lines(name) -> None:
    network = formats.load(NETWORKS / f"{name}.json")
    for seed, domain in enumerate((Segment, Ray, Line)):
        hold_against_the_definition(network, domain(*points(seed, network.inputs)))
    origin = [0] * network.inputs
    hold_against_the_definition(network, Line(origin, points(3, network.inputs, number=1)[0]))


@pytest.mark.parametrize("seed", range(3))
def test_degenerate_networks_with_units_of_every_kind(seed) -> None:
    for number, network in enumerate(random_degenerate_networks(seed, 25)):
        for domain in (Segment, Ray, Line):
            start, end = points(100 * seed + number, network.inputs, grid=1 + number % 2)
            if start != end:
                hold_against_the_definition(network, domain(start, end))


@pytest.mark.parametrize("seed", range(3))
def test_float_weights_in_many_inputs_agree_with_the_interval_engine(seed) -> None:
    rng = np.random.default_rng(seed)
    sizes = (50, 20, 20, 20, 3)
    pairs = [(rng.normal(0, np.sqrt(2 / a), (b, a)), rng.normal(0, 0.1, b)) for a, b in itertools.pairwise(sizes)]
    network = Network.from_floats(pairs)
    line = Line(*points(seed, 50))
    hold_against_the_definition(network, line, "interval")
    assert along(network, line).activation > 30


def normal_network(seed: int, sizes: tuple[int, ...], activation: Activation, digits: int | None = None) -> Network:
    """Normal weights, rounded to so many digits, with which zeros coincide; the last layer is the output."""
    rng, layers = np.random.default_rng(seed), []
    for inputs, width in itertools.pairwise(sizes):
        rows = width * activation.rows
        weights, biases = rng.normal(0, np.sqrt(2 / inputs), (rows, inputs)), rng.normal(0, 0.1, rows)
        if digits is not None:
            weights, biases = weights.round(digits), biases.round(0)
        layers.append(Layer([[dyadic(v) for v in row] for row in weights], [dyadic(v) for v in biases], activation))
    return Network([*layers, Layer(np.eye(sizes[-1], dtype=int).tolist(), [0] * sizes[-1], PiecewiseLinear([], [1]))])


@pytest.mark.parametrize("activation", [PiecewiseLinear([0], [0, 1]), leaky_relu("1/100")], ids=["relu", "leaky"])
def test_doubts_about_zeros_do_not_grow_with_depth(activation) -> None:
    """Eight layers: floats alone decide nearly everything, and rightly."""
    network, line = normal_network(3, (30, *[12] * 8), activation), Line(*points(3, 30))
    regions = along(network, line)
    assert regions.activation > 50
    assert regions.questions < regions.activation / 4
    hold_against_the_definition(network, line, "interval")


def test_extreme_weights_are_decided_by_integers() -> None:
    """Far outside the range of floats and of the error model; repeated units differ in the last of 400 digits."""
    huge, tiny = 10**400, Fraction(1, 10**400)
    first = ([[huge, 0], [huge + 1, 0], [tiny, tiny], [1, 1]], [-huge, -huge, 0, "1/3"])
    network = Network.relu(
        [first, ([[1, -1, huge, 0], [tiny, 0, 1, 1], [0, 0, 0, tiny]], [0, -1, 0]), ([[1, 1, 1]], [0])]
    )
    for domain in (Segment([-1, -2], [3, 2]), Line([-1, -2], [3, 2]), Ray([3, 2], [-1, -2])):
        hold_against_the_definition(network, domain)
    far = along(network, Ray([0, 0], [0, tiny]))
    assert far.parameters[0] > huge // 2
    assert far.position_errors.tolist() == [np.inf]
    t = along(network, Segment([0, 0], [2, 0])).parameters
    assert {Fraction(huge, 2 * (huge + 1)), Fraction(1, 2)} <= set(t)


@pytest.mark.parametrize(
    "activation", [PiecewiseLinear([0], [0, 1]), leaky_relu("1/10"), Maxout(2)], ids=["relu", "leaky", "maxout"]
)
@pytest.mark.parametrize("digits_of_weights", [None, 1])
def test_the_values_at_knots_are_as_close_as_their_bounds_say(activation, digits_of_weights) -> None:
    """Both affine functions beside a knot, continued exactly to where the sweep took its values."""
    network = normal_network(5, (6, 9, 9, 9, 9), activation, digits_of_weights)
    for domain in (Segment(*points(1, 6)), Line(*points(2, 6)), Line([0] * 6, points(3, 6)[0])):
        regions = along(network, domain)
        knots, values = regions._sweep.knots, regions._sweep._last
        limits = values.entry_errors()
        assert 0 < np.median(limits[limits > 0]) < 1e-9
        restricted = domain.pull_back(network)
        pieces = [p.T for p in regions._sweep.pieces]
        maps = [restricted.affine_map(tuple(tuple(map(int, p[k])) for p in pieces)) for k in range(len(pieces[0]))]
        for k in np.flatnonzero(knots.homogeneous).tolist():
            at, near = Fraction(float(knots.position[k])), Fraction(float(knots.rounding[k]))
            for slopes, constants in maps[max(k - 1, 0) : k + 1]:
                for (slope,), constant, value, limit in zip(
                    slopes, constants, values.center[k], limits[k], strict=True
                ):
                    gap = abs(slope * at + constant - Fraction(float(value)))
                    assert gap <= Fraction(float(limit)) + abs(slope) * near


def exact_places(patch: pytest.MonkeyPatch) -> list[Fraction | None]:
    """The points t' of the knots of the next sweep, exactly; None at infinity."""
    places: list[Fraction | None] = []
    begin, insert = Sweep._sweep, Sweep._insert

    def follow(sweep: Sweep) -> None:
        places[:] = [Fraction(e) if np.isfinite(e) else None for e in sweep._ends]
        begin(sweep)

    def record(sweep: Sweep, number: int, roots: Roots, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = {}
        for k in chosen.tolist():
            alpha, beta = (
                sum(Fraction(float(v[k])) for v in pair)
                for pair in ((roots.alpha, roots.alpha_low), (roots.beta, roots.beta_low))
            )
            p, q = places[roots.interval[k]], places[roots.interval[k] + 1]
            if p is not None and q is not None:
                assert not sweep._pairs or abs(alpha + beta - 1) < Fraction(1, 2**100)
                found[k] = p + beta * (q - p)
            else:
                found[k] = p + beta if p is not None else q - alpha
        old, place = insert(sweep, number, roots, chosen)
        before = list(places)
        places[:] = [None] * (len(old) + len(place))
        for i, at in enumerate(old.tolist()):
            places[at] = before[i]
        for k, at in zip(chosen.tolist(), place.tolist(), strict=True):
            places[at] = found[k]
        return old, place

    patch.setattr(Sweep, "_sweep", follow)
    patch.setattr(Sweep, "_insert", record)
    return places


@pytest.mark.parametrize("activation", [RELU, leaky_relu("1/10"), HARD_TANH], ids=["relu", "leaky", "tanh"])
def test_pairs_of_floats_are_as_close_as_their_bounds_say(activation, monkeypatch) -> None:
    """Both affine functions beside a knot, continued exactly to the exact point at which the sweep took its values."""
    network = normal_network(5, (6, 9, 9, 9, 9), activation)
    monkeypatch.setattr("verify.slices.lines.sweep._DEAR", -1)
    places = exact_places(monkeypatch)
    for domain in (Segment(*points(1, 6)), Line(*points(2, 6)), Line([0] * 6, points(3, 6)[0])):
        regions = along(network, domain)
        assert regions._sweep.refined(1)
        values = regions._sweep._last
        limits = values.entry_errors()
        assert 0 < np.median(limits[limits > 0]) < 1e-20
        restricted = domain.pull_back(network)
        pieces = [p.T for p in regions._sweep.pieces]
        maps = [restricted.affine_map(tuple(tuple(map(int, p[k])) for p in pieces)) for k in range(len(pieces[0]))]
        for k, at in enumerate(places):
            for slopes, constants in maps[max(k - 1, 0) : k + 1] if at is not None else ():
                for i, ((slope,), constant) in enumerate(zip(slopes, constants, strict=True)):
                    value = Fraction(float(values.center[k, i])) + Fraction(float(values.low[k, i]))
                    assert abs(slope * at + constant - value) <= Fraction(float(limits[k, i]))


def test_deep_layers_are_cut_by_pairs_of_floats_without_integers(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    sizes = (20, *[40] * 12, 2)
    pairs = [(rng.normal(0, np.sqrt(2 / a), (b, a)), rng.normal(0, 0.1, b)) for a, b in itertools.pairwise(sizes)]
    network, line = Network.from_floats(pairs), Line(*points(3, 20))
    plain = along(network, line)
    monkeypatch.setattr("verify.slices.lines.sweep._DEAR", 1000)
    regions = along(network, line)
    assert plain.questions > 50
    assert regions.questions == 0
    assert list(regions.patterns()) == list(plain.patterns())
    assert regions.jumps == plain.jumps
    assert regions.questions == 0


def test_a_sawtooth_has_its_teeth_and_every_breakpoint_is_a_fraction_of_a_power_of_two() -> None:
    tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
    teeth = tent
    for _ in range(5):
        teeth = teeth.after(tent)
    regions = along(teeth, Segment([0], [1]))
    assert regions.activation == regions.linear == 64
    assert regions.parameters == tuple(Fraction(i, 64) for i in range(1, 64))


def test_a_construction_through_many_coinciding_zeros() -> None:
    network = CONSTRUCTIONS["montufar"].build(Architecture.relu(2, 8, 8)).network
    hold_against_the_definition(network, Segment([0, 0], [1, 1]))
    hold_against_the_definition(network, Segment([0, "1/8"], [1, "1/8"]))


def test_units_that_bend_without_anyone_noticing() -> None:
    """Unit 1 feeds a unit that is always off; units 2 and 3 cancel in the output."""
    first = ([[1], [1], [1], [-1]], [0, -1, -1, 2])
    network = Network.relu([first, ([[1, 0, 0, 0], [0, 1, -1, 0], [0, 0, 0, 1]], [-100, 0, 0]), ([[1, 1, 1]], [0])])
    regions = along(network, Segment([-4], [4]))
    assert [(str(b.parameter), [str(u) for u in b.units], b.linear) for b in regions.breakpoints] == [
        ("1/2", ["1.1"], False),
        ("5/8", ["1.2", "1.3"], False),
        ("3/4", ["1.4", "2.3"], True),
    ]
    assert (regions.activation, regions.linear) == (4, 2)


def test_a_polyline_counts_its_corners_only_where_the_pattern_changes() -> None:
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    assert along_polyline(cross, [[1, 1], [0, 2], [-1, 1]]).activation == 2  # the corner lies on the wall x = 0
    assert along_polyline(cross, [[1, 1], [0, 2], [1, 3]]).activation == 1  # it touches the wall and returns
    around = along_polyline(cross, [[1, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]])
    assert (around.activation, around.linear, around.corners) == (5, 5, (False, False, False))
    along_wall = along_polyline(cross, [[1, 1], [0, 1], [0, 2]])
    assert (along_wall.activation, along_wall.linear) == (2, 2)


def test_a_closed_curve_through_three_images() -> None:
    images = list(digit_images().values())
    loop = along_polyline(digits(), [*images, images[0]])
    assert loop.activation == 1 + sum(part.activation - 1 for part in loop.parts)
    assert [part.activation for part in loop.parts] == [
        len(list(patterns(Problem(digits().on_line(p, q), Segment(p, q).rows), "interval")))
        for p, q in itertools.pairwise([*images, images[0]])
    ]


def test_wrong_domains_are_named() -> None:
    network = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    with pytest.raises(InvalidInputError, match="has 2 inputs"):
        along(network, Segment([0], [1]))
    with pytest.raises(InvalidInputError, match="Segment, Ray or Line"):
        along(network, Box([0, 0], [1, 1]))
    with pytest.raises(InvalidInputError, match="at least two points"):
        along_polyline(network, [[0, 0]])


def test_an_affine_network_has_one_region() -> None:
    regions = along(Network.relu([([[1, 2]], [3])]), Line([0, 0], [1, 1]))
    assert (regions.activation, regions.linear, regions.breakpoints) == (1, 1, ())


def test_domains_can_be_pickled() -> None:
    ray = Ray([0, 1], [1, "1/2"])
    assert pickle.loads(pickle.dumps(ray)) == ray
    assert str(ray) == "ray from (0, 1) through (1, 1/2)"


def test_bounds_on_zeros_hold_where_squares_of_values_overflow() -> None:
    for size in (np.array([2.0**power]) for power in (0, 500, 520, 600)):
        beta, shift = division(size, size / 2**40, size, 0 * size)
        assert (beta == 0.5) & (shift >= 2.0**-42) & (shift <= 2.0**-41)
    found = along(Network.relu([([[1]], [Fraction(-1, 2**300)]), ([[1]], [0])]), Line([0], [2**550]))
    assert abs(found.parameters[0] - Fraction(float(found.positions[0]))) <= Fraction(float(found.position_errors[0]))


@pytest.mark.parametrize("power", [0, 30, 60, 90])
def test_both_parts_of_an_interval_have_small_relative_errors(power) -> None:
    """At a zero near the end of a long interval the values at its ends cancel up to rounding."""
    small, large = (np.array([0.7]), np.array([2.0**-55])), (np.array([0.9 * 2.0**power]), np.array([0.0]))
    for r, s in ((small, large), (large, small)):
        x, y = (sum(Fraction(float(part[0])) for part in pair) for pair in (r, s))
        alpha, beta = (sum(Fraction(float(part[0])) for part in pair) for pair in parts(r, s))
        assert abs(alpha * (x + y) - y) < y / 2**98
        assert abs(beta * (x + y) - x) < x / 2**98


@pytest.mark.parametrize("rows", [(1, 2**300), (2**300, 1)])
def test_what_a_unit_with_one_row_out_of_range_is_measured_by_is_not_known(rows) -> None:
    layer = PreparedLayer(Layer([[rows[0]], [rows[1]], [3]], [0, 0, 0], [Maxout(2), Maxout(1)]))
    assert np.isnan(layer.output_scale).tolist() == [True, False]
