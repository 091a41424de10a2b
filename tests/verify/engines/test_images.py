"""Counting by images against engines that visit every region, and against numbers that are known otherwise."""

import itertools
import json
import math
import random
from fractions import Fraction

import pytest
from drawn import count_cells, random_degenerate_problems, random_network
from places import NETWORKS

from theory import RELU, Layer, Maxout, Network
from theory.constructions.foldings import BALANCED, MONTUFAR, SERRA
from theory.errors import UnsupportedError
from theory.formats import load
from theory.geometry.polyhedra import Polyhedron
from verify import Box, Polytope, WholeSpace, count
from verify.counting.limits import Limits
from verify.counting.serial import count_by_images
from verify.domain.shapes import Domain
from verify.engines import Problem, patterns
from verify.engines.images import run, traverse
from verify.engines.images.run import ImageRun, _has_relations, pays, shared_count
from verify.engines.problem import NoInteriorError
from verify.engines.selection import select

TRUTH = json.loads((NETWORKS / "truth.json").read_text())
CASES = [(name, where, values["activation"]) for name, all_ in TRUTH.items() for where, values in all_.items()]


def by_images(network: Network, domain: Domain) -> int:
    return ImageRun(Problem.of(network, domain)).count()


@pytest.mark.parametrize(
    ("seed", "how_many", "most"),
    [
        (21, 120, ()),
        pytest.param(22, 2000, (), marks=pytest.mark.slow),
        pytest.param(23, 300, (4, 12), marks=pytest.mark.slow),
    ],
)
def test_images_agree_with_the_exact_engine(seed: int, how_many: int, most: tuple[int, ...]) -> None:
    """The same number as the exact engine, or the same refusal."""
    for network, domain in random_degenerate_problems(seed, how_many, *most):
        problem = Problem.of(network, domain)
        try:
            expected = count_cells(problem)
        except NoInteriorError:
            with pytest.raises(NoInteriorError):
                ImageRun(problem)
            continue
        assert ImageRun(problem).count() == expected, f"{domain}: {network.layers}"


@pytest.mark.parametrize(
    ("name", "where", "expected"),
    [pytest.param(*case, marks=[pytest.mark.slow] * (case[2] > 600)) for case in CASES],
)
def test_images_find_the_recorded_count(name: str, where: str, expected: int) -> None:
    net = load(NETWORKS / f"{name}.json")
    cube = {"[-1,1]^d": (-1, 1), "[0,1]^d": (0, 1)}.get(where)
    domain = Box.cube(*cube, net.inputs) if cube else WholeSpace(net.inputs)
    assert by_images(net, domain) == expected


@pytest.mark.parametrize(
    ("family", "arch"),
    [
        (MONTUFAR, "2-8-8-8-8-8-8-8"),
        (MONTUFAR, "2" + "-8" * 20),
        (MONTUFAR, "3" + "-6" * 20),
        (SERRA, "2" + "-7" * 25),
        (BALANCED, "4" + "-9" * 5),
    ],
)
def test_foldings_have_the_claimed_numbers(family, arch: str) -> None:
    built = family.build(arch)
    for claim in built.claims:
        domain = Box(*claim.domain) if claim.domain else WholeSpace(built.network.inputs)
        found = count(built.network, domain)
        assert found.engine == "images"
        assert claim.holds(int(found))


def test_numbers_beyond_the_range_of_floats() -> None:
    assert count(MONTUFAR.build("2" + "-8" * 300).network, Box.cube(0, 1, 2)) == 37 * 16**299


def test_coordinates_need_not_be_independent() -> None:
    net = MONTUFAR.build("2" + "-6" * 6).network
    turned = net.precompose([[2, 1], [1, 1]], [0, 0])  # no two coordinates are independent any more
    assert pays(Problem.of(turned, WholeSpace(2)))
    assert by_images(turned, WholeSpace(2)) == by_images(net, WholeSpace(2))
    triangle = Polytope([(1, 0, 0), (0, 1, 0), (-1, -1, 1)])
    small = MONTUFAR.build("2-4-4-4").network
    assert by_images(small, triangle) == count_cells(Problem.of(small, triangle))


def test_width_one_makes_all_cells_meet_on_one_line() -> None:
    wide = random_network(3, 2, 12, 1, 6, 6)
    assert by_images(wide, Box.cube(-1, 1, 2)) == count_cells(Problem.of(wide, Box.cube(-1, 1, 2)))


def test_maxout_and_mixed_units() -> None:
    rng = random.Random(5)

    def row(width: int) -> list[int]:
        return [rng.randint(-2, 2) for _ in range(width)]

    for _ in range(10):
        layers = [
            Layer([row(2) for _ in range(7)], row(7), [Maxout(3), RELU, Maxout(2), RELU]),
            Layer([row(4) for _ in range(6)], row(6), [Maxout(3), Maxout(3)]),
            Layer([row(2) for _ in range(5)], row(5), [Maxout(3), RELU, RELU]),
        ]
        problem = Problem.of(Network(layers), WholeSpace(2))
        assert ImageRun(problem).count() == len(list(patterns(problem, "exact")))


# -- the last layer


def test_maxout_units_whose_forms_are_parallel() -> None:
    rows = [[0, 0], [1, 2], [3, 6], [2, 4], [1, -1], [2, -2]]
    last = Layer([[a + 3, b - 1] for a, b in rows[:4]] + rows[4:], [0, 1, -5, -1, 0, 1], [Maxout(4), Maxout(2)])
    for first in (Layer([[1, 0], [0, 1]], [0, 0]), Layer([[1, 0], [0, 1], [1, 1], [2, 3]], [0, 0, 1, 2], Maxout(2))):
        problem = Problem.of(Network([first, last]), Box.cube(-3, 3, 2))
        assert ImageRun(problem).count() == count_cells(problem)


def test_chords_and_deletion_restriction_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    body = Polyhedron.of(2, [(1, 0, 0), (0, 1, 0), (-2, -1, 40), (1, -3, 50)])
    unbounded = Polyhedron.of(2, [(1, 0, 0), (-1, 1, 2), (3, 1, -1)])
    lines = [(2 * t * t, 41, -t) for t in range(1, 41)]  # on a conic: no three have a point in common
    scattered = [(2 * t * t, 41 * 7, -t * (t % 5 + 1)) for t in range(1, 41)]
    for shape, rows in itertools.product((body, unbounded), (lines, scattered, [(1, 0, -t) for t in range(30)])):
        expected = traverse.regions(shape, rows)
        monkeypatch.setattr(traverse, "MANY_LINES", 1)
        assert traverse.regions(shape, rows) == expected
        monkeypatch.undo()


def test_lines_that_meet_on_the_boundary_do_not_cross_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = [(1, 0, -2), (-1, 0, 20), (0, 1, 20), (0, -1, 20)]
    # the lines x + ty + t² = 0 of t = 1 and 2, and of −1 and −2, meet on the edge x = 2
    lines = [(1, t, t * t) for t in (1, 2, -1, -2, 3, -4, 5)]
    pairs = itertools.combinations((t for _, t, _ in lines), 2)
    expected = 1 + len(lines) + sum(2 < t * u < 20 and -20 < t + u < 20 for t, u in pairs)
    for many in (1000, 1):
        monkeypatch.setattr(traverse, "MANY_LINES", many)
        for order in itertools.permutations(edges):  # the corner at which going round the boundary begins
            assert traverse.regions(Polyhedron.of(2, order), lines) == expected


def test_a_pencil_and_a_grid() -> None:
    square = Polyhedron.of(2, [(1, 0, 1), (0, 1, 1), (-1, 0, 1), (0, -1, 1)])
    assert traverse.regions(square, [(a, b, 0) for a, b in ((1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (-2, -1))]) == 10
    cube = Polyhedron.of(3, [(*(s * int(i == j) for j in range(3)), 4) for i in range(3) for s in (1, -1)])
    grid = [(*(int(i == j) for j in range(3)), c) for i in range(3) for c in (-2, 0, 2)]
    assert traverse.regions(cube, grid) == 64
    braid = [(1, -1, 0, 0), (1, 0, -1, 0), (0, 1, -1, 0)]
    assert traverse.regions(cube, [*braid, *((-a, -b, -c, d) for a, b, c, d in braid)]) == 6


def test_thousands_of_units_in_the_last_layer_of_many_cells() -> None:
    built = BALANCED.build("2-6-6-6-3000")
    claim = next(claim for claim in built.claims if claim.domain)
    assert count(built.network, Box.cube(0, 1, 2)) == claim.count


# -- when it is chosen


def test_generic_networks_are_enumerated() -> None:
    for seed, widths in enumerate([(2, 16, 16), (3, 12, 12), (2, 8, 8, 8)]):
        assert not pays(Problem.of(random_network(seed, *widths), Box.cube(-1, 1, widths[0])))


def test_random_networks_are_decided_without_any_geometry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_coincide", lambda *_: pytest.fail("points were taken"))
    for seed, widths in enumerate([(2, 64, 64), (3, 16, 16, 16), (4, 12, 12), (2, 30, 4, 30)]):
        assert not pays(Problem.of(random_network(seed, *widths), Box.cube(-1, 1, widths[0])))


@pytest.mark.parametrize("widths", [(3, 12, 12), (5, 9, 9), (6, 9, 9), (6, 5, 30)])
def test_small_integers_alone_are_no_reason_for_images(widths: tuple[int, ...]) -> None:
    """They agree up to sign often enough; to see from images of cells that these differ may take seconds."""
    rng = random.Random(0)
    layers = [
        ([[rng.randint(-3, 3) for _ in range(n)] for _ in range(m)], [1] * m) for n, m in itertools.pairwise(widths)
    ]
    network = Network.relu([*layers, ([[1] * widths[-1]], [0])])
    assert all(map(_has_relations, network.hidden[1:]))
    assert not pays(Problem.of(network, Box.cube(-1, 1, widths[0])))


def test_numbers_beyond_the_range_of_floats_are_judged_as_others_are() -> None:
    for far in (1, 2**1200):
        first = Layer([[(i * i + 1) * far, (7 * i - 9) * far] for i in range(40)], [3 * i - 50 for i in range(40)])
        second = Layer([[(-1) ** (i * j) * far for i in range(40)] for j in range(9)], list(range(9)))
        problem = Problem.of(Network([first, second]), WholeSpace(2))
        assert pays(problem)
        assert shared_count(problem) is None  # some images are equal, but few


def test_few_regions_are_enumerated_though_cells_share_images() -> None:
    rng = random.Random(1)
    first = Layer([[1, 0], [-1, 0], [0, 1], [0, -1]], [0] * 4)
    pairs = [[Fraction(rng.randint(-(2**40), 2**40), 2**38) for _ in range(2)] for _ in range(12)]
    second = Layer([[a, a, b, b] for a, b in pairs], [Fraction(rng.randint(-99, 99), 50) for _ in range(12)])
    third = Layer([[rng.randint(-(2**40), 2**40) for _ in range(12)] for _ in range(12)], [2**40] * 12)
    problem = Problem.of(Network([first, second, third]), WholeSpace(2))
    assert pays(problem)
    run = select(problem)
    assert run.engine == "polygon"
    assert run.count() == ImageRun(problem).count() < 1000
    assert count_by_images(problem, Limits(), math.inf) is None
    many = Problem.of(MONTUFAR.build("2-8-8-8").network, WholeSpace(2))
    assert select(many).engine == "images"


def test_a_separable_first_layer_alone_is_no_reason_to_go_on() -> None:
    first = Layer(
        [[i + 1, 0] for i in range(12)] + [[0, i + 1] for i in range(12)], [Fraction(-i, 3) for i in range(24)]
    )
    generic = random_network(4, 24, 16).layers
    problem = Problem.of(Network([first, *generic]), Box.cube(0, 4, 2))
    assert pays(problem)
    assert select(problem).engine != "images"


def test_the_engine_counts_and_does_not_list() -> None:
    net = random_network(1, 2, 4, 3)
    assert count(net, engine="images").engine == "images"
    with pytest.raises(UnsupportedError, match="without listing"):
        list(patterns(Problem.of(net, WholeSpace(2)), "images"))


def test_a_run_knows_layers_images_and_regions() -> None:
    run = ImageRun(Problem.of(MONTUFAR.build("2" + "-8" * 20).network, Box.cube(0, 1, 2)))
    while run.state.layer < 3:
        run.advance(0.0)
    assert (run.state.layer, run.state.images, run.found) == (3, 6, 4096)
    assert run.count() == 2_795_640_957_858_829_966_508_032
