"""Hanin, Rolnick: Complexity of Linear Regions in Deep Networks."""

import itertools
import json
import random
import statistics
from fractions import Fraction
from pathlib import Path

import sampling
from gaussian_strata import one_layer_density, one_layer_distance, one_layer_volume
from kac_rice import density_by_formula, density_by_geometry, integrand

from theory import HARD_TANH, Architecture, Layer, Network
from theory.constructions import CONSTRUCTIONS
from theory.exact import dyadic
from theory.gaussian_layer import one_layer_breakpoints
from theory.he_bounds import distance_bound, segment_bound, volume_bound
from theory.initialization import Initialization
from theory.symmetric_line import line_regions
from verify import Box, Line, Plane, Segment, count
from verify.measure.boundary import boundary
from verify.measure.distance import distances, jump_distances
from verify.measure.last_layer import expected_regions
from verify.measure.sampling import Estimate, mean_over_networks
from verify.measure.strata import strata
from verify.slices.lines import along, along_polyline

HALF = Fraction(1, 2)
LAW = Initialization(bias=HALF)
DEEP = ((20, 32, 1), (20, 16, 16, 1), (20, 10, 10, 12, 1), (20, 8, 8, 8, 8, 1))
"""Thirty-two units in one to four layers."""


def gaussian(rng: random.Random, dimension: int) -> list[Fraction]:
    return [dyadic(rng.gauss(0.0, 1.0)) for _ in range(dimension)]


def test_one_input() -> None:
    """Linear regions on an interval = 1 + points where the derivative jumps."""
    for net in sampling.some_networks(40, seed=71):
        start, end = [Fraction(-3)] * net.inputs, [Fraction(3), *[Fraction(1)] * (net.inputs - 1)]
        cut = along(net, Segment(start, end))
        assert count(net, Segment(start, end), definition="linear") == 1 + sum(cut.jumps)


def test_regions_along_a_line() -> None:
    """The average over twenty random networks and lines, divided by the number of units."""
    for sizes in DEEP:
        found = 0
        for seed in range(20):
            rng = random.Random(seed)
            found += along(sampling.float_network(seed, sizes), Line(gaussian(rng, 20), gaussian(rng, 20))).activation
        assert 0.7 < found / 20 / sum(sizes[1:-1]) < 1.2, sizes


def test_mean_along_a_line() -> None:
    """The exact mean of the theorem's number, for (20; 5, 5) and (20; 2, 2, 2), in intervals of 100 networks."""
    for widths in ((5, 5), (2, 2, 2)):
        counts = [
            along(LAW.draw(Architecture.relu(20, *widths), seed), Line([0] * 20, gaussian(random.Random(seed), 20)))
            for seed in range(100)
        ]
        for definition in ("activation", "linear"):
            interval = Estimate.of([float(getattr(cut, definition)) for cut in counts], 0.9999)
            assert interval.low < line_regions(widths, definition) < interval.high


def test_two_layers_on_a_segment() -> None:
    """(3; 5, 5): means over the second layer, exact for each of 60 first layers, and counts of 120 networks."""
    where = Segment([1, 0, "1/2"], [-1, 1, 0])
    counts = [float(along(LAW.draw(Architecture.relu(3, 5, 5), seed), where).activation) for seed in range(120)]
    means = [
        float(expected_regions(LAW.draw(Architecture.relu(3, 5), seed), 5, LAW.bias, where, digits=10).mid())
        for seed in range(200, 260)
    ]
    one, other = Estimate.of(counts, 0.9999), Estimate.of(means, 0.9999)
    assert one.low < other.high
    assert other.low < one.high
    assert statistics.variance(means) < statistics.variance(counts)


def test_breakpoints_multiply() -> None:
    """One layer: every unit bends once for each breakpoint of its activation, on almost every whole line."""
    rng = random.Random(72)
    for _ in range(20):
        n0, n = rng.randint(1, 4), rng.randint(1, 6)
        rows = [gaussian(rng, n0) for _ in range(n)]
        net = Network([Layer(rows, gaussian(rng, n), HARD_TANH)])
        assert along(net, Line(gaussian(rng, n0), gaussian(rng, n0))).activation == 1 + 2 * n


def test_distance_to_jumps() -> None:
    """((x)⁺ − 10)⁺ at x = 1: the nearest wall is 0, behind which nothing jumps, and the gradient jumps at 10 only.

    The same holds for v(u(wx + b)⁺ − c)⁺ with weights near these: if u, w, v > 0 and c > 0, the function is 0 up to
    x = (c/u − b)/w, where it begins to grow, while the first unit vanishes at −b/w.  With all five numbers within a
    tenth of 1, 1, 1, 0, 10 the first place is beyond 7 and the other nearer to 1 than 2.
    """
    tenth = Fraction(1, 10)
    corners = itertools.product((-tenth, tenth), repeat=5)
    for du, dw, dv, db, dc in ((Fraction(0),) * 5, *corners):
        net = Network.relu([([[1 + dw]], [db]), ([[1 + du]], [-10 - dc]), ([[1 + dv]], [0])])
        formula = distances(net, [[1]]).squared[0]
        cut = along(net, Segment([-5], [15]))
        jumps = [20 * t - 5 for t, jump in zip(cut.parameters, cut.jumps, strict=True) if jump]
        assert formula == (1 + db / (1 + dw)) ** 2 < 4
        assert len(jumps) == 1
        assert jumps[0] == ((10 + dc) / (1 + du) - db) / (1 + dw) > 7
        assert jump_distances(net, [[1]])[0] == (jumps[0] - 1) ** 2


def test_distance_formula() -> None:
    """Nothing changes within the distance min |z|/‖∇z‖, and just behind the foot of the nearest wall it does.

    So the gradient jumps nowhere within it either: dist(x, B) is at least the minimum.
    """
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
        jump = jump_distances(net, [point])[0]
        assert jump is None or jump >= squared


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
    law = Initialization(bias=Fraction(1, 2))
    cases = ((Architecture.relu(1, 4, 4), Box([-2], [2])), (Architecture.relu(2, 4, 3), Box([-1, -1], [1, 1])))
    for architecture, box in cases:
        geometry = density_by_geometry(architecture, law, box, "linear", draws=50, seed=11)
        formula = density_by_formula(architecture, law, box, "linear", draws=600, seed=12)
        assert geometry.agrees_with(formula), (str(architecture), geometry, formula)


def test_theorem_3_exactly() -> None:
    """One input: for every unit both sides agree exactly when its bias is uniform on [−1, 1] and the others are fixed.

    Behind a unit z at its threshold nothing depends on its bias b, because its output is 0 there.  So with w(x) its
    preactivation without b, the places where it bends the network are the x with w(x) = −b that are good, and
    ∫ #{good x: w(x) = −b} db = ∫ |w′(x)| 1{x good} dx: on each piece where w is affine this is the change of variables
    b = −w(x).  The mean over the other biases, of any law, is Theorem 3 for k = 1; with a density, ρ(−w(x)) stands on
    both sides.  Left: networks with actual biases, one for each piece of the range of b, cut exactly.  Right: pieces
    of x.
    """
    compared = 0
    for seed, widths in enumerate([(3, 2), (2, 3), (2, 2, 2), (3, 3), (4,)] * 2):
        rng = random.Random(seed)
        network = sampling.dense(rng, [1, *widths], scale=99)
        layers = [
            ([[w or Fraction(1) for w in row] for row in layer.weights], [b / 60 for b in layer.biases])
            for layer in network.layers
        ]
        for depth, width in enumerate(widths):
            for i in range(width):
                left, right = _both_sides(layers, depth, i)
                assert left == right
                compared += left > 0
    assert compared > 25


def _both_sides(layers: list[tuple], depth: int, i: int) -> tuple[Fraction, Fraction]:
    """∫ over b in [−1, 1] of the bends of one unit on [−1, 1], and ∫ |w′| 1{|w| ≤ 1} 1{good} over x."""

    def changed(bias: Fraction, outgoing: int) -> Network:
        pairs = [([list(row) for row in weights], list(biases)) for weights, biases in layers]
        pairs[depth][1][i] = bias
        for row in pairs[depth + 1][0]:
            row[i] *= outgoing
        return Network.relu(pairs)

    silent, interval = changed(Fraction(0), 0), Segment([-1], [1])
    knots = [Fraction(-1), *(2 * t - 1 for t in along(silent, interval).parameters), Fraction(1)]
    values = [_preactivation(silent, depth, i, x) for x in knots]
    right = Fraction(0)
    for x, y, a, b in zip(knots, knots[1:], values, values[1:], strict=False):
        if all(any(on) for on in silent.pattern([(x + y) / 2])[depth + 1 :]):  # weights are not 0: a path is open
            right += max(Fraction(0), min(max(a, b), Fraction(1)) - max(min(a, b), Fraction(-1)))
    ends = sorted({Fraction(-1), Fraction(1), *(-v for v in values if -1 < v < 1)})
    left = Fraction(0)
    for low, high in itertools.pairwise(ends):
        cut = along(changed((low + high) / 2, 1), interval)
        bends = [
            p for p in cut.breakpoints if p.linear and any((u.layer, u.unit) == (depth + 1, i + 1) for u in p.units)
        ]
        left += (high - low) * len(bends)
    return left, right


def _preactivation(network: Network, depth: int, i: int, x: Fraction) -> Fraction:
    values: tuple[Fraction, ...] = (x,)
    for layer in network.hidden[:depth]:
        values = tuple(max(v, Fraction(0)) for v in layer.preactivations(values))
    return network.hidden[depth].preactivations(values)[i]


def test_breakpoints_on_a_curve() -> None:
    """A curve of eight segments: the mean number of breakpoints is at most its length times that of a unit length."""
    rng = random.Random(41)
    corners = [[Fraction(rng.randint(-9, 9), 9) for _ in range(5)] for _ in range(9)]
    length = sum(
        float(sum((a - b) ** 2 for a, b in zip(p, q, strict=True))) ** 0.5 for p, q in itertools.pairwise(corners)
    )
    for widths in ((12,), (6, 6), (4, 4, 4)):
        architecture = Architecture.relu(5, *widths)
        found = mean_over_networks(
            lambda network, _: along_polyline(network, corners).activation - 1, architecture, LAW, draws=30, seed=43
        )
        assert found.high < length * float(segment_bound(architecture, HALF, length=1))


def test_one_layer_closed_form() -> None:
    """The expected breakpoints of one layer on a segment, enclosed, against exact counts on 300 networks."""
    start, end = [1, 0, "1/2"], [-1, 1, 0]
    expected = one_layer_breakpoints(8, start, end, "1/2")
    found = mean_over_networks(
        lambda network, _: along(network, Segment(start, end)).activation - 1,
        Architecture.relu(3, 8),
        Initialization(bias=Fraction(1, 2)),
        draws=300,
        seed=13,
    )
    assert found.low <= float(expected) <= found.high


def test_strata_in_general_position() -> None:
    """Drawn networks: at B_k exactly k units change, and a wall belongs to B if and only if an open path leads on."""
    for inputs, widths in ((2, (4, 4)), (2, (3, 2, 3)), (3, (4, 2))):
        for seed in range(4):
            network = LAW.draw(Architecture.relu(inputs, *widths), seed)
            found = strata(network, Box.cube(-1, 1, inputs), "linear")
            assert all(set(part.units) <= {part.codimension} for part in found)
            for face, stratum in found.stratum_of.items():
                place = found.complex.faces[face]
                if place.dimension == inputs - 1:
                    first, second = place.cells
                    (unit,) = (
                        (depth, i)
                        for depth, pieces in enumerate(zip(first, second, strict=True))
                        for i, (a, b) in enumerate(zip(*pieces, strict=True))
                        if a != b
                    )
                    behind = all(any(layer) for layer in first[unit[0] + 1 :])  # dense weights: one open unit a layer
                    assert stratum == int(behind)


def test_walls_that_cancel() -> None:
    """x⁺ − (2x)⁺/2 and its neighbor: a unit with an open path at its threshold, and no jump; almost surely none."""
    for slope, points in (("1/2", 0), ("499/1000", 1)):
        net = Network.relu([([[1], [2]], [0, 0]), ([[1, -Fraction(slope)]], [0])])
        assert boundary(net, Segment([-1], [1]), "linear").volume.exact == points


def test_theorem_3_in_higher_codimension() -> None:
    """Vertices in the plane, edges and vertices in space: exact strata of drawn networks against the integrand."""
    for widths, inputs, k in (((4, 3), 2, 2), ((3, 2), 3, 2), ((3, 2), 3, 3)):
        architecture, box = Architecture.relu(inputs, *widths), Box.cube(-1, 1, inputs)
        geometry = density_by_geometry(architecture, LAW, box, codimension=k, draws=80, seed=31)
        formula = density_by_formula(architecture, LAW, box, codimension=k, draws=400, seed=32)
        assert geometry.agrees_with(formula), (str(architecture), k, geometry, formula)


def test_theorem_6() -> None:
    """Hard tanh units, two breakpoints each: breakpoints on a segment, vertices in a square."""
    law = Initialization(bias=HALF, activation=HARD_TANH)
    for inputs in (1, 2):
        architecture, box = Architecture(inputs, (3, 2), "piecewise", 3), Box.cube(-2, 2, inputs)
        geometry = density_by_geometry(architecture, law, box, codimension=inputs, draws=60, seed=33)
        formula = density_by_formula(architecture, law, box, codimension=inputs, draws=300, seed=34)
        assert geometry.agrees_with(formula), (inputs, geometry, formula)


def test_theorem_3_at_drawn_biases() -> None:
    """((x + b₁)⁺ + b₂)⁺ with b₁, b₂ uniform on [−1, 1]: half of the breakpoints of the first unit are seen, not 31/48.

    Behind its threshold the first unit is 0, and the second is open if b₂ > 0.  Evaluated at the drawn b₁ the event
    "good at x" is (x + b₁)⁺ + b₂ > 0, and ∫_{−1}^{1} ρ(−x)·P((x + b₁)⁺ + b₂ > 0) dx = 1/2 + 7/48.
    """
    n = 24
    middles = [Fraction(2 * i + 1, n) - 1 for i in range(n)]
    seen, read = 0, Fraction(0)
    for first, second in itertools.product(middles, middles):
        net = Network.relu([([[1]], [first]), ([[1]], [second]), ([[1]], [0])])
        found = along(net, Segment([-2], [2]))
        seen += sum(jump for jump, t in zip(found.jumps, found.parameters, strict=True) if 4 * t - 2 == -first)
        read += Fraction(sum(max(x + first, 0) + second > 0 for x in middles), n)
    assert Fraction(seen, n * n) == HALF
    assert abs(read / n**2 - Fraction(31, 48)) < Fraction(1, n)


def test_good_units_of_a_set() -> None:
    """(x⁺ + y⁺ − 1)⁺ at (0, 1): a vertex where the only path of one unit leads through the other, at its threshold."""
    net = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [-1]), ([[1]], [0])])
    found = strata(net, Box([-2, -2], [2, 2]), "linear")
    vertices = [face for face, k in found.stratum_of.items() if k == 2]
    assert {tuple(ray) for face in vertices for ray in face} == {(0, 1, 1), (1, 0, 1)}
    assert net([-1, 1]) == net([0, 1]) == net([HALF, HALF]) == (0,)  # the second layer is at its threshold there
    assert integrand(net, HALF, [0, 1], 2) > 0


def test_corollary_4() -> None:
    """With C_grad = √2 and C_bias = 1/(√(2π)β) measured strata stay below the bound, even without its factor 2^k."""
    for architecture in (Architecture.relu(2, 5), Architecture.relu(2, 4, 4), Architecture.relu(2, 2, 3, 3)):
        for k in (1, 2):
            bound = volume_bound(architecture, HALF, k)
            found = density_by_geometry(
                architecture, LAW, Box([-1, -1], [1, 1]), "activation", codimension=k, draws=30, seed=35
            )
            assert found.high < float(bound)
    for inputs, k in itertools.product((2, 8, 64), (1, 2)):
        ratio = one_layer_density(inputs, 9, HALF, k) / volume_bound(Architecture.relu(inputs, 9), HALF, k)
        assert 1 - Fraction(k, inputs) <= float(ratio) < 1


def test_corollary_7() -> None:
    """Hard tanh: E‖∇z‖² ≤ 2^l in layer l, two thresholds for each unit, and again no factor 2^k is needed."""
    law = Initialization(bias=HALF, activation=HARD_TANH)
    for widths in ((4,), (3, 2)):
        architecture = Architecture(2, widths, "piecewise", 3)
        for k in (1, 2):
            found = density_by_geometry(
                architecture, law, Box([-1, -1], [1, 1]), "activation", codimension=k, draws=20, seed=40
            )
            assert found.high < float(volume_bound(architecture, HALF, k))


def test_constant_of_the_distance() -> None:
    """E dist(x, B) ≥ 1/(4 N C_grad C_bias), and one layer at the origin in closed form."""
    for widths in ((12,), (6, 6), (4, 4, 4)):
        architecture = Architecture.relu(5, *widths)
        for point in ([0] * 5, [1, -1, HALF, 0, 2]):
            found = mean_over_networks(
                lambda network, _, x=point: float(distances(network, [x]).floats[0]),
                architecture,
                LAW,
                draws=60,
                seed=36,
            )
            assert found.low > float(distance_bound(architecture, HALF))
    closed = mean_over_networks(
        lambda network, _: float(distances(network, [[0] * 5]).floats[0]),
        Architecture.relu(5, 12),
        LAW,
        draws=300,
        seed=37,
    )
    assert closed.low <= float(one_layer_distance(5, 12, HALF)) <= closed.high


def test_breakpoints_on_a_segment_are_bounded() -> None:
    """E #breakpoints ≤ N·L·√(2/n0)·C_bias: never more than proportional to the number of units, at any depth."""
    for widths in ((12,), (6, 6), (4, 4, 4)):
        architecture, end = Architecture.relu(5, *widths), [1, 1, 1, 1, 0]
        found = mean_over_networks(
            lambda network, _, q=end: along(network, Segment([0] * 5, q)).activation - 1,
            architecture,
            LAW,
            draws=60,
            seed=38,
        )
        assert found.high < float(segment_bound(architecture, HALF, length=2))


def test_one_layer_strata() -> None:
    """The closed forms of mean length and number of vertices in a rectangle against exact strata."""
    box = Box([-1, -1], [1, 2])
    for k in (1, 2):
        found = density_by_geometry(Architecture.relu(2, 6), LAW, box, codimension=k, draws=100, seed=39)
        assert found.low <= float(one_layer_volume(6, box.lower, box.upper, HALF, k)) / 6 <= found.high


def test_during_training() -> None:
    """Stored runs on digits: near one region for each unit at the start, a dip, a rise, and never near the maximum."""
    stored = json.loads(Path(__file__).with_name("average_case.json").read_text(encoding="utf-8"))
    for row in stored["initialization"]:
        assert 1.0 <= row["line"]["mean"] <= 1.1
        assert 0.45 <= row["plane"]["mean"] <= 0.7
        assert 0.5 <= row["distance"]["mean"] <= 0.8
    for shape in stored["training"]:
        runs, depth = shape["runs"], len(shape["widths"])
        units = runs[0][0]["units"]
        ratio = [sum(r["line_regions"] for r in moment) / len(runs) / units for moment in zip(*runs, strict=True)]
        assert 0.95 <= ratio[0] <= 1.1
        if depth == 1:  # a line meets each hyperplane once, before and after
            assert set(ratio) == {49 / 48}
        else:
            least = min(range(len(ratio)), key=ratio.__getitem__)
            assert runs[0][least]["epoch"] <= 8
            assert ratio[least] < 0.95 * ratio[0]
            assert ratio[least] + 0.03 < ratio[-1] < ratio[0]
            assert max(r["line_regions"] for run in runs for r in run) < shape["most_on_a_line"] / 10
            assert max(r["plane_regions"] for run in runs for r in run) < shape["most_in_a_plane"] / 80
