"""Planes: the subdivision against exact polygon clipping, the counting engines, linear regions and lines."""

import itertools
import json
import math
import os
import random
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import numpy as np
import pytest
from clipping import area, polygons
from places import NETWORKS

from theory import ABS, HARD_TANH, IDENTITY, RELU, Layer, Maxout, Network, PiecewiseLinear, formats
from theory.constructions.family import SEPARATOR
from theory.data import digit_images, digits
from theory.errors import InvalidInputError
from theory.exact import dyadic
from theory.float_matrix import FloatMatrix
from verify import Box, Plane, Polytope, Segment, WholeSpace, along, count
from verify.drawing import color, figure
from verify.engines.problem import Problem
from verify.partitions.complex import closed_cells
from verify.slices.planes import across, partition, result, subdivision, triangle
from verify.slices.planes.picture import draw_faces_and_walls, save_picture
from verify.slices.prepared import PreparedLayer, prepared
from verify.slices.residues import Residues

TRUTH = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))
FLAT = [
    name
    for name in sorted(TRUTH)
    if json.loads((NETWORKS / f"{name}.json").read_text(encoding="utf-8"))["inputs"] == 2 and "sawtooth" not in name
]


def hold_against_clipping(network: Network, box: Box) -> None:
    """The same patterns with the same areas as exact clipping, a partition, and Euler's formula."""
    regions = across(network, box)
    areas: dict = {}
    for face, region in enumerate(regions.region_of):
        areas[region] = areas.get(region, 0) + regions.area(face)
    expected = {pattern: area(polygon) for pattern, polygon in polygons(network, box).items()}
    assert dict(zip(regions.patterns(), (areas[r] for r in range(len(areas))), strict=True)) == expected
    assert regions.activation == len(expected)
    sub = regions.subdivision
    assert len(sub.position) - len(sub.wall) + len(sub.faces) == 1
    for v in range(0, len(sub.position), 1 + len(sub.position) // 40):
        for exact, c in zip(sub.vertex(v), sub.position[v], strict=True):
            assert abs(exact - Fraction(float(c))) <= Fraction(1, 10**9)


@pytest.mark.parametrize("name", FLAT)
def test_networks_of_the_battery(name) -> None:
    network = formats.load(NETWORKS / f"{name}.json")
    hold_against_clipping(network, Box(["-1/2", "-1/3"], ["1/2", "2/5"]))
    for cube, ends in (("[-1,1]^d", (-1, 1)), ("[0,1]^d", (0, 1))):
        if cube in TRUTH[name]:
            assert across(network, Box.cube(*ends, 2)).activation == TRUTH[name][cube]["activation"]


def random_network(seed: int) -> Network:
    """Small integers, so that many lines meet in one point; repeated, dead and constant units."""
    rng = np.random.default_rng(seed)
    sizes = [2, *(int(n) for n in rng.integers(2, 6, 2))]
    layers = []
    for inputs, width in itertools.pairwise(sizes):
        unit = [None, HARD_TANH, ABS, Maxout(3)][seed % 4] if rng.integers(2) else None
        rows = width * (unit.rows if unit else 1)
        weights, biases = rng.integers(-1, 2, (rows, inputs)).tolist(), rng.integers(-1, 2, rows).tolist()
        layers.append(Layer(weights, biases, unit) if unit else Layer(weights, biases))
    return Network([*layers, Layer(rng.integers(-1, 2, (1, sizes[-1])).tolist(), [0], ABS)])


@pytest.mark.parametrize("seed", range(40))
def test_degenerate_networks(seed) -> None:
    network, box = random_network(seed), Box([-2, -2], [2, "5/2"])
    hold_against_clipping(network, box)
    assert across(network, box).linear == int(count(network, box, definition="linear"))


def test_a_float_network_in_many_inputs_agrees_with_the_engine_and_with_lines() -> None:
    rng = np.random.default_rng(3)
    sizes = (30, 12, 12, 12, 3)
    pairs = [(rng.normal(0, np.sqrt(2 / a), (b, a)), rng.normal(0, 0.1, b)) for a, b in itertools.pairwise(sizes)]
    network = Network.from_floats(pairs)
    o, p, q = ([Fraction(int(v), 8) for v in rng.integers(-8, 9, 30)] for _ in range(3))
    plane = Plane(o, p, q, Box([-2, -2], [2, 2]))
    regions = across(network, plane)
    assert regions.activation == int(count(network, plane)) > 100
    assert regions.questions == 0
    # the walls that a line through the patch crosses are its breakpoints
    start, end = (Fraction(-2), Fraction(-1, 7)), (Fraction(2), Fraction(3, 11))
    lift = [[a + s * (b - a) + t * (c - a) for a, b, c in zip(o, p, q, strict=True)] for s, t in (start, end)]
    line = along(network, Segment(*lift))

    def side(v: int) -> bool:
        x, y = regions.subdivision.vertex(v)
        return (end[0] - start[0]) * (y - start[1]) > (end[1] - start[1]) * (x - start[0])

    crossed = [wall for wall in regions.walls if side(wall.ends[0]) != side(wall.ends[1])]
    assert len(crossed) == line.activation - 1
    assert sorted(wall.unit for wall in crossed) == sorted(unit for units in line.units for unit in units)


@pytest.mark.parametrize("activation", [RELU, HARD_TANH, Maxout(2)], ids=["relu", "tanh", "maxout"])
def test_deep_layers_are_cut_by_pairs_of_floats(activation, monkeypatch) -> None:
    rng = np.random.default_rng(7)
    layers = []
    for inputs, width in itertools.pairwise((5, *[8] * 5)):
        rows = width * activation.rows
        weights, biases = rng.normal(0, np.sqrt(2 / inputs), (rows, inputs)), rng.normal(0, 0.1, rows)
        weights[-1], biases[-1] = -weights[0], -biases[0]  # two units on one hyperplane
        layers.append(Layer([list(map(dyadic, row)) for row in weights], list(map(dyadic, biases)), activation))
    last = Layer([list(map(dyadic, row)) for row in rng.normal(0, 1, (2, 8))], [0, 1], PiecewiseLinear([], [1]))
    network = Network([*layers, last])
    o, p, q = ([Fraction(int(v), 8) for v in rng.integers(-8, 9, 5)] for _ in range(3))
    plane = Plane(o, p, q, Box([-2, -2], [2, 2]))
    plain = across(network, plane)
    monkeypatch.setattr(subdivision, "_DEAR", -1)
    regions = across(network, plane)
    assert regions.subdivision._pairs
    assert regions.activation == plain.activation > 20
    assert (regions.patterns(), regions.linear) == (plain.patterns(), plain.linear)
    *_, value, error, low, _, _ = regions.subdivision._columns.get()
    assert 0 < np.median(error[error > 0]) < 1e-22
    for v in range(0, len(regions.positions), 7):
        exact = regions.subdivision.vertex(v)
        for layer in plane.pull_back(network).hidden:
            exact = layer.outputs_at(layer.preactivations(exact))
        for found, rest, bound, true in zip(value[:, v], low[:, v], error[:, v], exact, strict=True):
            assert abs(true - Fraction(float(found)) - Fraction(float(rest))) <= Fraction(float(bound))


def test_walls_name_the_unit_that_bends() -> None:
    regions = across(digits(), Plane(*digit_images().values(), Box([-5, -5], [5, 5])))
    for wall in regions.walls:
        before, after = (regions.pattern(face) for face in wall.sides)
        changed = [
            (i, j)
            for i, (p, q) in enumerate(zip(before, after, strict=True), start=1)
            for j, (u, v) in enumerate(zip(p, q, strict=True), start=1)
            if u != v
        ]
        assert changed == [tuple(wall.unit)]
        assert wall.jump == (regions.network.affine_map(before) != regions.network.affine_map(after))


def test_polygons_with_many_corners_are_walked_in_order() -> None:
    octagon = Polytope([[a, b, 2 if a * b == 0 else 3] for a in (-1, 0, 1) for b in (-1, 0, 1) if (a, b) != (0, 0)])
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    regions = across(cross, octagon)
    assert sum(regions.area(face) for face in range(4)) == 14
    assert (regions.activation, regions.linear, len(regions.vertices)) == (4, 4, 1)
    half = across(cross, Polytope([[1, 0, 0], [0, 1, 0], [-2, -1, 2], [-1, -3, 3]]))
    assert sum(half.area(face) for face in range(len(half.region_of))) == Fraction(7, 10)


def test_vertices_are_where_walls_meet() -> None:
    three = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    regions = across(three, Box([-3, -3], [3, 3]))
    assert {regions.subdivision.vertex(v) for v in regions.vertices} == {(0, 0), (0, 1), (1, 0)}
    assert (regions.activation, len(regions.walls)) == (7, 9)


def test_a_maximum_has_the_walls_between_its_pieces_and_no_others() -> None:
    """max(x, y, −x−y, −1) has three pieces on the square: three rays from the origin are its walls."""
    largest = Network([Layer([[1, 0], [0, 1], [-1, -1], [0, 0]], [0, 0, 0, -1], Maxout(4)), Layer([[1]], [0])])
    regions = across(largest, Box([-1, -1], [1, 1]))
    assert (regions.activation, regions.linear, len(regions.walls)) == (3, 3, 3)
    assert {regions.subdivision.vertex(v) for v in regions.vertices} == {(0, 0)}
    ends = {frozenset(regions.subdivision.vertex(v) for v in wall.ends) for wall in regions.walls}
    assert ends == {frozenset({(0, 0), end}) for end in ((1, 1), (-1, Fraction(1, 2)), (Fraction(1, 2), -1))}
    assert sorted(len(regions.polygon(region)) for region in range(3)) == [4, 4, 4]
    assert [area(regions.polygon(region)) for region in range(3)] == [
        Fraction(5, 4),
        Fraction(5, 4),
        Fraction(3, 2),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_walls_and_polygons_of_maxout_networks_fit_together(seed) -> None:
    rng = np.random.default_rng(seed)

    def layer(inputs: int, width: int) -> Layer:
        rows = 4 * width
        return Layer(rng.integers(-3, 4, (rows, inputs)).tolist(), rng.integers(-3, 4, rows).tolist(), Maxout(4))

    network = Network([layer(2, 3), Layer([[1, -1, 1], [1, 1, 0]], [0, 1], RELU), layer(2, 2), Layer([[1, 1]], [0])])
    regions = across(network, Box([-2, -2], [2, 2]))
    polygons_of = [regions.polygon(region) for region in range(regions.activation)]
    assert all(area(polygon) > 0 for polygon in polygons_of)
    assert sum(map(area, polygons_of)) == 16
    for wall in regions.walls:
        before, after = (regions.pattern(face) for face in wall.sides)
        assert before[wall.unit.layer - 1][wall.unit.unit - 1] != after[wall.unit.layer - 1][wall.unit.unit - 1]
        for v in wall.ends:
            assert all(regions.subdivision.vertex(v) in polygons_of[regions.region_of[face]] for face in wall.sides)


def test_pictures_keep_their_colors_and_are_valid_xml(tmp_path) -> None:
    plane = Plane(*digit_images().values(), triangle())
    regions = across(digits(), plane)
    text = regions.svg()
    assert text == across(digits(), plane).svg()
    root = ElementTree.fromstring(text)
    shapes = root.findall("{*}polygon")
    assert [shape.get("fill") for shape in shapes] == [color(regions.pattern(f)) for f in range(len(shapes))]
    assert root.get("viewBox") == "0.0 -1.0 1.0 1.0"
    for name in ("a.svg", "a.png"):
        save_picture(regions, tmp_path / name)
        assert (tmp_path / name).stat().st_size > 1000


BOW = SEPARATOR.build(function="bow").network
MAXOUT = Network([Layer([[1, 0], [0, 1], [-1, -1], [1, 1], [0, 0], [2, -1]], [0, 0, 0, 1, 0, 0], Maxout(3))])


@pytest.mark.parametrize(
    ("network", "domain"),
    [
        (BOW, None),
        (MAXOUT, None),
        (random_network(6), Polytope([[1, 0, 0], [0, 1, 0]])),
        (random_network(7), Plane([1, 0], [0, 1], [2, 2])),
        (Network.relu([([[1, 1], [1, 1]], [0, 1]), ([[1, 1]], [0])]), None),
        (Network.relu([([[1, 2]], [1])]), None),
    ],
)
def test_an_unbounded_domain_is_cut_beyond_all_vertices(network, domain) -> None:
    plane = partition(network, domain, engine="exact")
    cells = dict(closed_cells(Problem.in_parameters(network, plane.domain), plane.patterns()))
    assert plane.activation == len(cells) == count(network, domain, engine="exact")
    assert plane.linear == count(network, domain, definition="linear", engine="exact")
    corners = {vertex for cell in cells.values() for vertex in cell.vertices()}
    assert {plane.subdivision.vertex(v) for v in plane.vertices} <= corners
    known = {plane.subdivision.vertex(v) for v in range(len(plane.positions))}
    assert corners <= known
    root = ElementTree.fromstring(plane.svg())
    assert len(root.findall("{*}polygon")) == len(plane.region_of) >= len(cells)


def test_a_flat_direction_is_drawn_in_its_own_coordinates() -> None:
    """The network reads one combination of two inputs only; the picture still lives in both."""
    stripes = partition(Network.relu([([[1, 1]], [-1]), ([[1]], [0])]), engine="exact")
    assert repr(stripes) == "<2 activation regions of 2-1 on R^2, exact>"
    (wall,) = stripes.walls
    assert all(sum(stripes.subdivision.vertex(v)) == 1 for v in wall.ends)


def test_the_picture_is_the_same_in_every_run(tmp_path) -> None:
    formats.save(BOW, tmp_path / "bow.json")
    program = (
        "import sys\nfrom theory.formats import load\nfrom verify import partition\n"
        "sys.stdout.write(partition(load(sys.argv[1]), engine='exact')._repr_svg_())"
    )
    pictures = set()
    for seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", program, str(tmp_path / "bow.json")]
        pictures.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    (picture,) = pictures
    assert "<script>" not in picture
    polygons = ElementTree.fromstring(picture).findall("{*}polygon")
    assert {polygon.get("fill") for polygon in polygons} == {color(p) for p in partition(BOW).patterns()}
    assert {polygon[0].text for polygon in polygons} >= {"1001|10: x1", "0101|00: 0"}


def test_slivers_are_polygons_too() -> None:
    plane = partition(formats.load(NETWORKS / "sliver_1e-9.json"), Box.cube(-1, 1, 2))
    assert plane.activation == 10
    assert 0 < min(plane.area(face) for face in range(10)) < Fraction(1, 10**8)


def test_a_picture_has_a_facet_for_each_region_and_lines_for_each_layer() -> None:
    axes = figure().subplots()
    draw_faces_and_walls(across(formats.load(NETWORKS / "montufar_2_8_8.json"), Box.cube(-1, 1, 2)), axes, 1.1)
    facets, *lines = axes.collections
    assert len(facets.get_paths()) == 289
    assert len(lines) == 2
    assert axes.get_xlim() == (-1, 1)


def test_unbounded_domains_and_other_dimensions_are_refused() -> None:
    network = digits()
    images = digit_images().values()
    for domain in (Plane(*images), Plane(*images, Polytope([[1, 0, 0]]))):
        with pytest.raises(InvalidInputError, match="unbounded"):
            across(network, domain)
    with pytest.raises(InvalidInputError, match="not a set in a plane"):
        across(network, WholeSpace(64))
    with pytest.raises(InvalidInputError, match="unknown engine"):
        partition(BOW, Box([-1, -1], [1, 1]), engine="fastest")
    with pytest.raises(InvalidInputError, match="two dimensions"):
        partition(network)


def test_the_command(run, tmp_path) -> None:
    points = ["--points", "digits:0", "digits:1", "digits:7"]
    record = json.loads(run("plane", "digits", *points, "--json", "--regions", "--plot", str(tmp_path / "a.svg")).out)
    assert (record["activation"], record["linear"], len(record["regions"])) == (7, 7, 7)
    assert sum(Fraction(region["area"]) for region in record["regions"]) == Fraction(1, 2)
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "140 activation regions" in run("plane", "digits", *points, "--square=-20,20").out


def max_of_minima(sets: int, seed: int) -> Network:
    """The largest of minima of pairs out of few affine functions, in ReLU layers: lines coincide and concur."""
    rng = random.Random(seed)
    functions = [[Fraction(rng.randint(-999, 999), 512) for _ in range(3)] for _ in range(sets)]
    rows = [rng.choice(functions) for _ in range(2 * sets)]
    weights, biases, pairs = [row[:2] for row in rows], [row[2] for row in rows], []
    while len(weights) > 1:
        sign = 1 if pairs else -1
        wide, offsets, after = [], [], []
        for i in range(0, len(weights), 2):
            for s in (1, -1):
                row = [x + s * y for x, y in zip(weights[i], weights[i + 1], strict=True)]
                wide += [row, [-x for x in row]]
                offsets += [biases[i] + s * biases[i + 1], -biases[i] - s * biases[i + 1]]
            blank = [Fraction(0)] * (2 * i)
            after.append([*blank, *(Fraction(v, 2) for v in (1, -1, sign, sign)), *[Fraction(0)] * (2 * len(weights))])
        pairs.append((wide, offsets))
        weights, biases = [row[: len(wide)] for row in after], [Fraction(0)] * len(after)
    return Network.relu([*pairs, (weights, biases)])


def test_where_lines_coincide_zeros_are_proved_modulo_primes(monkeypatch) -> None:
    box, network = Box([-2, -2], [2, 2]), max_of_minima(8, 1)
    counted = count(network, box)
    slow = across(network, box)
    monkeypatch.setattr(subdivision, "FEW", 5)
    monkeypatch.setattr(result, "FEW", 5)
    monkeypatch.setattr(subdivision, "_DEAR", -1)
    pairs = subdivision.double_double
    monkeypatch.setattr(pairs, "affine_with_errors", lambda *_: pytest.fail("pairs of floats do not prove zeros"))
    fast = across(network, box)
    assert slow.questions > 5 >= fast.questions
    assert counted.value == slow.activation == fast.activation
    assert slow.patterns() == fast.patterns()
    assert slow.linear == fast.linear == count(network, box, definition="linear", engine="exact").value
    assert fast.subdivision._residues.primes


@pytest.mark.parametrize("scale", [2.0**-210, 2.0**190])
def test_equal_and_opposite_units_are_kept_once(scale) -> None:
    weights = np.zeros((300, 100))
    weights[:, 7] = [1, -1, 1, 2, 0] * 60
    exactly = [3, -3, 3, 6, 0] * 60
    tiny = weights.copy()
    tiny[2, 8] = scale / 2**60  # no longer the first row
    for matrix, most in ((weights * scale, 3), (tiny * scale, 4)):
        for layer in (
            Layer.of_floats(FloatMatrix(matrix), exactly),
            Layer([map(dyadic, row) for row in matrix], exactly),
        ):
            part = PreparedLayer(layer)
            kept, place, sign = part.twins
            assert len(kept) == most
            exact = [(*row, b) for row, b in zip(layer.weights, layer.biases, strict=True)]
            assert exact == [tuple(s * v for v in exact[kept[i]]) for i, s in zip(place, sign.tolist(), strict=True)]


def test_a_multiple_of_all_primes_is_not_zero() -> None:
    residues = Residues(prepared(max_of_minima(2, 1)), 50)
    product = math.prod(residues.primes)
    assert len(residues.primes) == 2
    multiple = residues.of([product, Fraction(product, 3), 0])
    assert not multiple.any()
    sizes = np.array([float(product), product / 3, 1.0])
    proved = residues.zero(multiple, sizes, np.array([0.0, math.log2(3), 0.0]))
    assert proved.tolist() == [False, False, True]


@pytest.mark.parametrize("seed", range(3))
def test_residues_are_those_of_exact_values(seed) -> None:
    rng = random.Random(seed)
    hidden = [
        Layer(
            [[Fraction(rng.randint(-9, 9), 7) for _ in range(2)] for _ in range(4)],
            [Fraction(1, 3)] * 4,
            [Maxout(2)] * 2,
        ),
        Layer([[Fraction(rng.randint(-9, 9), 5) for _ in range(2)] for _ in range(2)], [0, 1], [HARD_TANH, RELU]),
    ]
    network = Network([*hidden, Layer([[2, Fraction(-1, 9)]], [3], IDENTITY)])
    residues = Residues(prepared(network), 60)
    points = [[Fraction(rng.randint(-99, 99), 10) for _ in range(2)] for _ in range(20)]
    patterns = [network.pattern(point) for point in points]
    values = np.stack([residues.of([point[axis] for point in points]) for axis in range(2)], axis=1)
    for number in range(2):
        pieces = np.array([pattern[number] for pattern in patterns]).T
        values = residues.activate(number, residues.affine(number, values, 1.0), pieces, 1.0)
    last = residues.affine(2, values, 1.0)
    assert (last[:, 0] == residues.of([network(point)[0] for point in points])).all()
