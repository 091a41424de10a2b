"""Self-checks: correct counts pass on hard networks, every kind of wrong count is caught by the check meant for it."""

import json
import random
from collections import Counter
from fractions import Fraction

import pytest
from drawn import count_cells, random_degenerate_problems
from places import NETWORKS

from theory import ABS, HARD_TANH, IDENTITY, RELU, Layer, Maxout, Network, formats
from theory.constructions.foldings import MONTUFAR
from theory.errors import InexactError, InvalidInputError, UnsupportedError
from verify import Box, Line, Plane, Polytope, Segment, WholeSpace, count, engines
from verify.checks import self_check as invariants
from verify.checks.self_check import duplicated, moved, permuted, rescaled, self_check
from verify.engines import exact
from verify.partitions.complex import closed_cells

TRUTH = json.loads((NETWORKS / "truth.json").read_text(encoding="utf-8"))
LARGE = {"random_3-16-16-1", "random_8-12-1"}
NAMES = [
    *("listing", "volume", "walls", "euler", "line"),
    *("rescaling", "permutation", "duplication", "affine map", "engines"),
]


def outcomes(report) -> dict[str, set[str]]:
    result: dict[str, set[str]] = {"passed": set(), "failed": set(), "not applicable": set()}
    for check in report.checks:
        result[check.outcome].add(check.name)
    return result


def load(name: str) -> Network:
    return formats.load(NETWORKS / f"{name}.json")


def domain_of(text: str, inputs: int):
    return WholeSpace(inputs) if text == "R^d" else Box.cube(*map(int, text[1:].split("]")[0].split(",")), inputs)


THIN = Network([Layer([[1, 0], [1, 0], [0, 1], [1, 1]], [0, Fraction(-1, 10**30), 0, Fraction(-1, 10**15)])])
LAYERS = Network(
    [
        Layer([[1, 2], [-1, 1], [0, 3]], [0, 1, -1], HARD_TANH),
        Layer([[1, 1, -1], [0, 2, 1], [1, 0, 0], [1, 0, 0]], [0, "1/2", 0, "1/3"], [ABS, RELU, Maxout(2)]),
    ]
)
CONSTANT = Network([Layer([[0, 0], [1, 0], [0, 0]], [0, 0, 1], [RELU, RELU, ABS])])
THROUGH = Network([Layer([[1, 0], [0, 1]], [0, 0], [IDENTITY, IDENTITY]), Layer([[1, 1], [1, 1]], [0, -1])])


# Correct counts pass


@pytest.mark.parametrize(
    ("network", "domain", "regions", "without"),
    [
        pytest.param(THIN, WholeSpace(2), 10, {"volume"}, id="cells of width 10^-30"),
        pytest.param(THIN, Box([0, 0], [1, 1]), 4, set(), id="hyperplanes along the border of the box"),
        pytest.param(THIN, Polytope([[1, 0, 0], [0, 1, 0]]), 4, {"volume"}, id="unbounded with a corner"),
        pytest.param(THIN, Polytope([[0, 1, 1], [0, -1, 1]]), 10, {"volume"}, id="a strip, a line times a segment"),
        pytest.param(LAYERS, Box([-2, -2], [3, 2]), None, set(), id="hard tanh, abs, ReLU and maxout"),
        pytest.param(LAYERS, WholeSpace(2), None, {"volume"}, id="the same on the plane"),
        pytest.param(CONSTANT, WholeSpace(2), 2, {"volume", "line"}, id="constant units and one direction"),
        pytest.param(CONSTANT, Box([-1, -1], [1, 1]), 2, set(), id="constant units in a square"),
        pytest.param(THROUGH, WholeSpace(2), 3, {"volume"}, id="cells without vertices"),
        pytest.param(THROUGH, Box([0, 0], [1, 1]), 2, set(), id="a line that touches the square in a corner"),
        pytest.param(LAYERS, Segment([0, 0], [1, 3]), None, {"line"}, id="segment"),
        pytest.param(LAYERS, Line([0, 0], [1, 3]), None, {"volume", "line"}, id="line"),
        pytest.param(LAYERS, Plane([0, 0], [1, 1], [1, -1], Box([0, 0], [1, 2])), None, set(), id="patch of a plane"),
        pytest.param(
            Network.relu([([[1, 2]], [3])]),
            Box([0, 0], [1, 1]),
            1,
            {"rescaling", "permutation", "duplication"},
            id="no hidden layer",
        ),
        pytest.param(
            Network([Layer([[1, 2, 0, 1], [0, 1, 1, 1]], [0, 1])]),
            Box.cube(-1, 1, 4),
            4,
            {"volume", "walls", "euler"},
            id="four inputs",
        ),
    ],
)
def test_hard_cases_pass(network, domain, regions, without) -> None:
    report = self_check(network, domain, engine="exact")
    assert report.passed, report
    assert [check.name for check in report.checks] == NAMES
    assert outcomes(report)["not applicable"] == without
    assert regions is None or int(report.count) == regions
    assert int(report.count) == engines.ENGINES["brute"](engines.Problem.of(network, domain))[0]


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, counts in TRUTH.items() if name not in LARGE for text in counts]
)
def test_networks_with_recorded_counts_pass(name, text) -> None:
    network = load(name)
    report = self_check(network, domain_of(text, network.inputs))
    assert report.passed, report
    assert int(report.count) == TRUTH[name][text]["activation"]
    assert report["listing"].numbers["full-dimensional"] == TRUTH[name][text]["activation"]
    assert (report["volume"].outcome == "passed") == (text != "R^d")
    if text != "R^d":
        assert report["volume"].numbers["sum"] == (2 if text.startswith("[-1") else 1) ** network.inputs
    assert {"listing", "walls", "euler", "engines"} <= outcomes(report)["passed"]


def test_a_stream_of_degenerate_networks_passes() -> None:
    made = Counter()
    for seed, (network, domain) in enumerate(random_degenerate_problems(seed=20, how_many=120)):
        try:
            count(network, domain, engine="exact")
        except InvalidInputError:  # a domain without interior
            continue
        report = self_check(network, domain, engine="exact", seed=seed)
        assert report.passed, report
        made.update(outcomes(report)["passed"])
    assert all(made[name] >= 20 for name in NAMES), made


def test_beyond_the_limit_only_what_needs_no_list_is_checked() -> None:
    network = load("random_8-12-1")
    report = self_check(network, Box.cube(-1, 1, 8), limit=50)
    assert report.passed
    assert outcomes(report)["passed"] == {"line", "rescaling", "permutation", "duplication", "affine map"}
    assert "limit = 50" in report["listing"].reason
    folds = MONTUFAR.build("2-8-8-8-8-8-8-8-8-8-8").network  # a line may meet more regions than anyone can list
    assert self_check(folds, limit=50)["line"].reason == "a line meets more than limit = 50 regions"
    assert (
        1
        < report["line"].numbers["on the line"]
        <= int(report.count)
        == TRUTH["random_8-12-1"]["[-1,1]^d"]["activation"]
    )


def test_numbers_of_a_figure_that_can_be_counted_by_hand() -> None:
    """Two crossing lines in a rectangle: 4 cells, 12 edges, 9 vertices; the line meets 2 or 3 cells."""
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    report = self_check(cross, Box([-1, -1], [1, 2]))
    assert report["euler"].numbers == {"vertices": 9, "edges": 12, "cells": 4, "sum": 1, "domain": 1}
    assert report["walls"].numbers == {"inside": 4, "border": 8, "wrong": 0}
    assert report["volume"].numbers == {"sum": 6, "domain": 6}
    assert report["line"].numbers["cells met"] in (1, 2, 3)


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize(
    ("shape", "characteristic"),
    [("space", None), ("halfspace", 0), ("slab", None), ("orthant", 0), ("cube", 1)],
)
def test_euler_of_coordinate_hyperplanes_in_every_kind_of_domain(dimension, shape, characteristic) -> None:
    """(−1)^m for R^m times a polytope, 0 otherwise; the faces are products of those of R, [−2, ∞) and [−2, 2].

    R cut at 1 has 1 vertex and 2 edges, a ray from −2 has 2 and 2, a segment 3 and 2.
    """
    unit = [[int(i == j) for j in range(dimension)] for i in range(dimension)]
    network = Network([Layer(unit, [-1] * dimension)])
    below, above = [[*row, 2] for row in unit], [[*(-v for v in row), 2] for row in unit]
    rows = {
        "space": [],
        "halfspace": below[:1],
        "slab": [below[0], above[0]],
        "orthant": below,
        "cube": below + above,
    }[shape]
    domain = Polytope(rows) if rows else WholeSpace(dimension)
    axes = {
        "space": [(1, 2)] * dimension,
        "halfspace": [(2, 2)] + [(1, 2)] * (dimension - 1),
        "slab": [(3, 2)] + [(1, 2)] * (dimension - 1),
        "orthant": [(2, 2)] * dimension,
        "cube": [(3, 2)] * dimension,
    }[shape]
    f_vector = [1]
    for vertices, edges in axes:
        f_vector = [
            (f_vector[k] if k < len(f_vector) else 0) * vertices + (f_vector[k - 1] * edges if k else 0)
            for k in range(len(f_vector) + 1)
        ]
    numbers = self_check(network, domain, engine="exact")["euler"].numbers
    *faces, total, expected = numbers.values()
    assert faces == f_vector
    assert total == expected == sum((-1) ** k * n for k, n in enumerate(f_vector))
    assert characteristic is None or expected == characteristic
    if shape in ("space", "slab"):
        assert expected == (-1) ** (dimension - (shape == "slab"))


# Wrong counts are caught


def mutate(monkeypatch, change, *, dimensions=(1, 2, 3)) -> None:
    """Let the exact engine lose or repeat cells, both when it counts and when it lists."""
    right = exact.cells

    def wrong(problem):
        found = list(right(problem))
        return iter(change(found) if problem.dimension in dimensions else found)

    monkeypatch.setattr(exact, "cells", wrong)


@pytest.mark.parametrize("text", ["R^d", "[-1,1]^d"])
@pytest.mark.parametrize("name", ["central4", "parallel", "dead", "montufar_2_8_8", "maxout_2-4-4-1_K3", "B3_3d"])
def test_a_lost_cell_is_caught_whichever_it_is(name, text) -> None:
    network = load(name)
    domain = domain_of(text, network.inputs)
    regions = TRUTH[name][text]["activation"]
    evidence = invariants.Evidence(domain, engines.Problem.of(network, domain), "exact", regions, 1000)
    patterns = evidence.first_patterns
    assert len(patterns) == regions
    for lost in range(0, regions, max(1, regions // 12)):
        evidence = invariants.Evidence(domain, evidence.problem, "exact", regions - 1, 1000)
        evidence.__dict__["first_patterns"] = patterns[:lost] + patterns[lost + 1 :]
        assert not invariants.listing(evidence).failed
        assert invariants.walls(evidence).failed
        assert (invariants.euler if text == "R^d" else invariants.volume)(evidence).failed


@pytest.mark.parametrize("text", ["R^d", "[-1,1]^d"])
@pytest.mark.parametrize("name", ["central4", "parallel", "dead", "B3_3d"])
def test_an_engine_that_loses_a_cell_is_caught(monkeypatch, name, text) -> None:
    network = load(name)
    mutate(monkeypatch, lambda cells: cells[:-1] if len(cells) > 1 else cells)
    report = self_check(network, domain_of(text, network.inputs), engine="exact")
    assert int(report.count) == TRUTH[name][text]["activation"] - 1
    assert {"walls", "engines", "volume" if text != "R^d" else "euler"} <= outcomes(report)["failed"]


@pytest.mark.parametrize("text", ["R^d", "[-1,1]^d"])
@pytest.mark.parametrize("name", ["central4", "parallel", "dead", "B3_3d"])
def test_a_doubled_cell_is_caught(monkeypatch, name, text) -> None:
    network = load(name)
    regions = TRUTH[name][text]["activation"]
    mutate(monkeypatch, lambda cells: [*cells, cells[len(cells) // 2]])
    report = self_check(network, domain_of(text, network.inputs), engine="exact")
    assert int(report.count) == regions + 1
    assert {"listing", "walls", "euler", "engines"} <= outcomes(report)["failed"]
    assert report["listing"].numbers["different"] == regions
    assert ("volume" in outcomes(report)["failed"]) == (text != "R^d")


def test_a_lost_corner_cell_is_no_matter_of_euler_but_of_walls_and_volume(monkeypatch) -> None:
    corner = Network([Layer([[1, 1]], ["-3/2"])])  # cuts off the corner (1, 1) of the unit square
    mutate(monkeypatch, lambda cells: [cell for cell in cells if cell.pattern == ((0,),)])
    failed = outcomes(self_check(corner, Box([0, 0], [1, 1]), engine="exact"))["failed"]
    assert "euler" not in failed
    assert {"walls", "volume"} <= failed


def test_all_cells_twice_pass_the_walls_only_in_number(monkeypatch) -> None:
    """Every facet inside is then met four times; a check that counts parity would not notice."""
    mutate(monkeypatch, lambda cells: cells + cells)
    report = self_check(load("central4"), WholeSpace(2), engine="exact")
    assert {"listing", "walls", "euler"} <= outcomes(report)["failed"]


def test_an_empty_list_is_caught() -> None:
    square = Box.cube(-1, 1, 2)
    evidence = invariants.Evidence(square, engines.Problem.of(load("central4"), square), "exact", 8, 1000)
    evidence.__dict__["first_patterns"] = []
    checks = (invariants.listing, invariants.volume, invariants.walls, invariants.euler)
    assert all(check(evidence).failed for check in checks)
    assert invariants.line(evidence, random.Random(0)).failed


def test_a_count_that_is_not_the_number_of_patterns_is_caught(monkeypatch) -> None:
    monkeypatch.setitem(engines.ENGINES, "exact", lambda problem: (count_cells(problem) + 1, {}))
    report = self_check(load("dead"), engine="exact")
    assert outcomes(report)["failed"] == {"listing"}
    assert report["listing"].numbers == {"count": 8, "patterns": 7, "different": 7, "full-dimensional": 7}


def test_a_pattern_that_fills_no_volume_is_caught(monkeypatch) -> None:
    """A touching hyperplane: the pattern of one side exists only on the border of the square."""
    touching = Network([Layer([[1, 1]], [-2])])
    right = engines.patterns
    monkeypatch.setattr(engines, "patterns", lambda *a: iter([((1,),), *right(*a)]) if a[1] == "exact" else right(*a))
    monkeypatch.setitem(engines.ENGINES, "exact", lambda _: (2, {}))
    report = self_check(touching, Box([0, 0], [1, 1]), engine="exact")
    assert report["listing"].numbers == {"count": 2, "patterns": 2, "different": 2, "full-dimensional": 1}
    assert {"listing", "line", "engines"} <= outcomes(report)["failed"]


def test_a_wrong_count_in_one_dimension_is_caught_by_the_line(monkeypatch) -> None:
    mutate(monkeypatch, lambda cells: cells[1:], dimensions=(1,))
    report = self_check(load("central4"), Box.cube(-1, 1, 2), engine="exact")
    assert outcomes(report)["failed"] == {"line"}
    assert report["line"].numbers["cells met"] == report["line"].numbers["on the line"] + 1


def test_an_engine_that_depends_on_how_the_network_is_written_is_caught(monkeypatch) -> None:
    network = load("dead")

    def engine(problem):
        return count_cells(problem) + (problem.network != network), {}

    monkeypatch.setitem(engines.ENGINES, "exact", engine)
    assert outcomes(self_check(network, engine="exact"))["failed"] == set(NAMES[5:9])


def test_another_engine_with_other_patterns_is_named(monkeypatch) -> None:
    right = engines.patterns
    monkeypatch.setattr(engines, "patterns", lambda *a: list(right(*a))[1:] if a[1] == "brute" else right(*a))
    report = self_check(load("central4"), engine="exact")
    assert outcomes(report)["failed"] == {"engines"}
    assert report["engines"].reason == "patterns differ from those of brute"
    assert report["engines"].numbers == {"exact": 8, "brute": 7}


@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        pytest.param(Layer([[0]], [0]), [0], id="a unit that is identically zero is off"),
        pytest.param(Layer([[0]], [1]), [1], id="a positive constant is on"),
        pytest.param(Layer([[0]], [1], HARD_TANH), [1], id="at a breakpoint the lower piece is taken"),
        pytest.param(Layer([[1], [1]], [0, 0], Maxout(2)), [0], id="of equal pieces the first is taken"),
        pytest.param(Layer([[1], [0], [1]], [0, 0, 0], Maxout(3)), [0, 1], id="also with another between them"),
        pytest.param(Layer([[1], [-1], [0]], [0, 0, 0], Maxout(3)), [0, 1], id="a piece that is largest in one point"),
    ],
)
def test_ties_go_as_the_definition_of_a_unit_says(layer, kept) -> None:
    problem = engines.Problem(Network([layer]), ())
    patterns = [((piece,),) for piece in range(layer.units[0].pieces)]
    assert [pattern[0][0] for pattern, cell in closed_cells(problem, patterns) if cell is not None] == kept


def test_brute_force_is_the_last_resort_where_no_float_reaches() -> None:
    """14 lines in general position, one with coefficients of 100 digits: 1 + 14 + 91 regions, more than tiny."""
    rows = [[i, i * i - 3] for i in range(1, 15)]
    rows[3] = [10**99 * v for v in rows[3]]
    report = self_check(Network([Layer(rows, [1] * 3 + [10**99] + [i**3 for i in range(10)])]), engine="exact")
    assert report.passed
    assert report["engines"].numbers == {"exact": 106, "brute": 106}


def test_where_brute_force_refuses_a_fast_engine_is_asked(monkeypatch) -> None:
    right = engines.patterns

    def patterns(problem, engine):
        if engine == "brute":
            raise UnsupportedError("too large")
        return right(problem, engine)

    monkeypatch.setattr(engines, "patterns", patterns)
    assert self_check(load("central4"), engine="exact")["engines"].numbers == {"exact": 8, "polygon": 8}
    monkeypatch.setattr(engines, "patterns", lambda p, e: patterns(p, e if e == "exact" else "brute"))
    check = self_check(load("central4"), engine="exact")["engines"]
    assert check.outcome == "not applicable"
    assert "exact" in check.reason


# The line


def test_a_line_inside_a_wall_is_not_used(monkeypatch) -> None:
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    points = [(-1, 0), (1, 0), (-1, -2), (1, 1)]  # two on the wall y = 0, then two of a generic line
    left = iter([tuple(map(Fraction, point)) for point in points])
    monkeypatch.setattr(invariants, "_point_inside", lambda *_: next(left))
    check = self_check(cross, engine="exact")["line"]
    assert check.numbers == {"cells met": 3, "on the line": 3, "count": 4}
    assert next(left, None) is None


def test_without_a_generic_line_nothing_is_claimed(monkeypatch) -> None:
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    monkeypatch.setattr(invariants, "_point_inside", lambda _p, _q, rng: (Fraction(rng.randint(1, 9)), Fraction(0)))
    check = self_check(cross, engine="exact")["line"]
    assert check.outcome == "not applicable"
    assert "generic" in check.reason


# Changes of a network


@pytest.mark.parametrize("change", [rescaled, permuted, duplicated])
@pytest.mark.parametrize("seed", range(4))
def test_a_change_leaves_the_function_and_not_the_weights(change, seed) -> None:
    rng = random.Random(seed)
    other = change(LAYERS, rng)
    assert other.hidden != LAYERS.hidden
    assert sum(layer.width for layer in other.hidden) == 6 + (change is duplicated)
    for _ in range(20):
        point = [Fraction(rng.randint(-30, 30), rng.randint(1, 9)) for _ in range(2)]
        assert other(point) == LAYERS(point)


@pytest.mark.parametrize("inputs", [1, 2, 5, 9])
def test_a_moved_network_sees_a_moved_domain(inputs) -> None:
    """The affine map is found from its values at the origin and the unit points; it is a bijection of the domains."""
    rng = random.Random(inputs)
    identity = [[int(i == j) for j in range(inputs)] for i in range(inputs)]
    rows = [(rng.randint(1, 3), *(rng.randint(-3, 3) for _ in range(inputs))) for _ in range(6)]
    network = Network([Layer(identity, [0] * inputs, IDENTITY)])
    moves = [moved(network, [row], random.Random(inputs)) for row in rows]  # a polytope keeps no row twice
    assert len({network.digest for network, _ in moves}) == 1
    assert moved(network, (), rng)[1] == WholeSpace(inputs)
    turned, moved_rows = moves[0][0], [row for _, domain in moves for row in domain.rows]
    inside = Counter()
    for _ in range(60):
        point = [Fraction(rng.randint(-9, 9), rng.randint(1, 4)) for _ in range(inputs)]
        image = turned(point)
        for old, new in zip(rows, moved_rows, strict=True):
            before = sum(a * x for a, x in zip(old, (*image, 1), strict=True))
            after = sum(a * x for a, x in zip(new, (*point, 1), strict=True))
            assert (before > 0, before < 0) == (after > 0, after < 0)
            inside[before > 0] += 1
    assert min(inside.values()) > 10


# Reports, arguments, command line


def test_the_report_reads_well_and_depends_on_nothing_but_the_arguments() -> None:
    first, second = (self_check(load("dead"), Box.cube(-1, 1, 2), engine="exact", seed=3) for _ in range(2))
    assert repr(first) == repr(second)
    assert first == second
    lines = repr(first).splitlines()
    assert lines[0] == "self-check of 7 activation regions of 2-3-3 on [-1,1]^2, exact: 10 passed"
    assert [line.split(":")[0].strip() for line in lines[1:]] == NAMES
    assert "  volume: passed, areas of the cells (sum 4, domain 4)" in lines


def test_arguments_are_checked() -> None:
    network = load("dead")
    with pytest.raises(InvalidInputError, match="engine"):
        self_check(network, engine="guess")
    with pytest.raises(InvalidInputError, match="R\\^3"):
        self_check(network, WholeSpace(3))
    with pytest.raises(InexactError, match="seed"):
        self_check(network, seed=0.5)
    with pytest.raises(InvalidInputError, match="limit"):
        self_check(network, limit=0)
    with pytest.raises(InvalidInputError, match="listing"):
        self_check(network)["shape"]


def test_the_command_line_prints_every_check(run) -> None:
    out, err = run("count", NETWORKS / "dead.json", "--box=-1,1", "--self-check")
    assert out.startswith("7 activation regions of 2-3-3 on [-1,1]^2, exact")
    assert "self-check: 10 passed" in out
    assert all(f"\n  {name}: passed, " in out for name in NAMES)
    assert "failed" not in out + err


def test_the_command_line_as_json(run) -> None:
    record = run("count", NETWORKS / "dead.json", "--box=1/7,2/3", "--self-check", "--json").json
    assert record["self_check"]["passed"] is True
    volume = next(check for check in record["self_check"]["checks"] if check["name"] == "volume")
    assert volume["outcome"] == "passed"
    assert volume["numbers"] == {"sum": "121/441", "domain": "121/441"}
    assert "self_check" not in run("count", NETWORKS / "dead.json", "--json").json


def test_a_failed_check_is_loud(monkeypatch, run) -> None:
    mutate(monkeypatch, lambda cells: cells[1:])
    monkeypatch.setitem(engines.ENGINES, "auto", lambda problem: (count_cells(problem), {"engine": "exact"}))
    out, err = run("count", NETWORKS / "dead.json", "--self-check", code=1)
    assert "walls: failed" in out
    assert err.count("\n") == 1
    assert "walls" in err
    assert "not to be trusted" in err
