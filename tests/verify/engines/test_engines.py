"""One battery for every engine: the same patterns, the same counts, the referee on all small cases."""

from __future__ import annotations

import json
import math
import os
import platform
import random
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from drawn import random_degenerate_problems, random_network
from places import NETWORKS, ROOT

from theory import ABS, HARD_TANH, IDENTITY, RELU, Layer, Maxout, Network, PiecewiseLinear, leaky_relu
from theory.errors import InvalidInputError, UnsupportedError
from theory.formats import load
from verify import Box, Polytope, Segment, WholeSpace, count
from verify.domain.shapes import Domain
from verify.engines import ENGINES, Problem, patterns, rounding
from verify.engines.core import core
from verify.engines.fast import Traversal
from verify.engines.model import build_model
from verify.engines.problem import NoInteriorError

TRUTH = json.loads((NETWORKS / "truth.json").read_text())
CASES = [(name, where, values["activation"]) for name, all_ in TRUTH.items() for where, values in all_.items()]


def domain_of(where: str, d: int) -> Domain:
    return {"R^d": WholeSpace(d), "[-1,1]^d": Box.cube(-1, 1, d), "[0,1]^d": Box.cube(0, 1, d)}[where]


def engines_for(problem: Problem, *, referee: bool = True) -> list[str]:
    """Every engine that serves a problem of this dimension."""
    own = {1: ["interval"], 2: ["polygon"]}.get(problem.dimension, [])
    return [*own, "simplex", "exact", *(["brute"] if referee else [])]


def assert_all_agree(network: Network, domain: Domain, *, referee: bool) -> int:
    """Returns how many engines refused the network because its numbers leave their range."""
    problem = Problem.of(network, domain)
    expected = None
    refused = 0
    if referee and not list(patterns(problem, "brute")):
        for engine in engines_for(problem):
            with pytest.raises(NoInteriorError):
                count(network, domain, engine=engine)
        return 0
    for engine in engines_for(problem, referee=referee):
        try:
            found = list(patterns(problem, engine))
        except UnsupportedError:
            refused += 1
            assert engine not in ("exact", "brute")
            continue
        assert len(found) == len(set(found)), f"{engine} visits a cell twice"
        expected = set(found) if expected is None else expected
        assert set(found) == expected, f"{engine} disagrees on {domain}: {network.layers}"
        # counting takes shortcuts that enumerating does not
        assert int(count(network, domain, engine=engine)) == len(expected)
    return refused


# -- published and agreed numbers


@pytest.mark.parametrize(("name", "where", "expected"), CASES)
def test_every_engine_finds_the_recorded_count(name: str, where: str, expected: int) -> None:
    network = load(NETWORKS / f"{name}.json")
    domain = domain_of(where, network.inputs)
    problem = Problem.of(network, domain)
    for engine in ["auto", *engines_for(problem, referee=False)]:
        if engine == "exact" and expected > 1000:
            continue  # ten seconds each; the exact engine has its turn on the others
        assert int(count(network, domain, engine=engine)) == expected


# -- random and degenerate networks


@pytest.mark.parametrize("seed", range(4))
def test_engines_and_referee_agree_on_degenerate_networks(seed: int) -> None:
    cases = refused = 0
    for network, domain in random_degenerate_problems(seed, how_many=120, max_inputs=3, max_units=5):
        refused += bool(assert_all_agree(network, domain, referee=True))
        cases += 1
    assert refused < cases / 2  # most are decided by every engine


BENT = PiecewiseLinear([-1, 0, "1/2"], [1, 0, 2, -1])
UNITS = (RELU, RELU, ABS, HARD_TANH, leaky_relu("1/3"), IDENTITY, Maxout(2), Maxout(3), BENT)


def mixed_network(r: random.Random, inputs: int, widths: list[int], *, dyadic: bool) -> Network:
    """Mixed units, repeated and proportional rows, zero rows; small rationals or 53-bit dyadics."""
    layers, n = [], inputs
    for width in widths:
        units = [r.choice(UNITS) for _ in range(width)]
        rows: list[list[Fraction]] = []
        for _ in range(sum(unit.rows for unit in units)):
            if rows and r.random() < 0.15:
                factor = r.choice([Fraction(-2), Fraction(1), Fraction(1, 3)])
                rows.append([factor * v for v in r.choice(rows)])
            elif r.random() < 0.05:
                rows.append([Fraction(0)] * (n + 1))
            elif dyadic:
                rows.append([Fraction(r.gauss(0, 1)) for _ in range(n)] + [Fraction(r.gauss(0, 0.3))])
            else:
                rows.append([Fraction(r.randint(-3, 3), r.randint(1, 3)) for _ in range(n + 1)])
        layers.append(Layer([row[:-1] for row in rows], [row[-1] for row in rows], units, inputs=n))
        n = width
    return Network([*layers, Layer([[1] * n], [0], IDENTITY, inputs=n)])


@pytest.mark.parametrize("dyadic", [False, True])
@pytest.mark.parametrize("inputs", [1, 2, 3, 5])
def test_engines_agree_on_mixed_networks(inputs: int, dyadic: bool) -> None:
    r = random.Random(f"mixed {inputs} {dyadic}")
    corner = Polytope([[int(i == j) for j in range(inputs)] + [0] for i in range(inputs)] + [[-1] * inputs + [2]])
    for _ in range(12):
        network = mixed_network(r, inputs, [r.randint(1, 4) for _ in range(r.randint(1, 3))], dyadic=dyadic)
        for domain in (WholeSpace(inputs), Box.cube(-1, 1, inputs), Box.cube(0, "1/3", inputs), corner):
            assert assert_all_agree(network, domain, referee=False) == 0


# -- each tier is needed, and used


def test_floats_alone_decide_generic_networks() -> None:
    for sizes in ((1, 20, 20), (2, 12, 12), (4, 8, 8)):
        result = count(random_network(1, *sizes), engine={1: "interval", 2: "polygon"}.get(sizes[0], "simplex"))
        assert result.statistics["tests"] > 0
        assert not result.statistics["exact_signs"] + result.statistics["exact_rows"]


def test_multipliers_in_the_layer_before_spare_exact_arithmetic() -> None:
    """With fewer active units than inputs some multipliers are zero, which the system in the inputs cannot prove."""
    network = random_network(2, 5, 6, 6)
    result = count(network, engine="simplex")
    assert result.statistics["proved_by_layer"] > 0
    assert result.statistics["exact_rows"] == 0
    assert result == int(count(network, engine="exact"))


def test_a_box_is_proved_without_solving_a_system() -> None:
    result = count(random_network(3, 3, 8, 8), Box.cube(-1, 1, 3), engine="simplex")
    assert result.statistics["proved_on_the_box"] > 100
    assert result.statistics["pivots"] > 0


def test_a_concurrence_that_floats_cannot_see_is_decided_exactly() -> None:
    """Three lines through a point whose coordinates no float holds, with 53-bit weights."""
    weights = [[Fraction(0.1), Fraction(0.7)], [Fraction(0.3), Fraction(-0.9)]]
    point = (Fraction(1, 3), Fraction(1, 7))
    weights.append([weights[0][0] + 3 * weights[1][0], weights[0][1] + 3 * weights[1][1]])
    biases = [-sum(a * x for a, x in zip(row, point, strict=True)) for row in weights]
    network = Network.relu([(weights, biases), ([[1, 1, 1]], [0])])
    for engine in ("polygon", "simplex", "exact", "brute"):
        assert count(network, engine=engine) == 6
    apart = Network.relu([(weights, [*biases[:2], biases[2] + Fraction(1, 2**90)]), ([[1, 1, 1]], [0])])
    for engine in ("polygon", "simplex", "exact", "brute"):
        assert count(apart, engine=engine) == 7
    assert count(apart, engine="polygon").statistics["exact_signs"] > 0


def test_a_cell_too_thin_for_a_float_witness_goes_to_the_exact_engine() -> None:
    gap = Fraction(1, 2**80)
    third = Fraction(1, 3)
    network = Network.relu([([[1, 0, 0]] * 2 + [[1, 1, 1]], [-third, -third - gap, -1]), ([[1] * 3], [0])])
    result = count(network, Box.cube(0, 1, 3), engine="simplex")
    assert result == int(count(network, Box.cube(0, 1, 3), engine="brute")) == 6
    assert result.statistics["exact_subtrees"] > 0


# -- numbers outside the floats


@pytest.mark.parametrize("factor", [Fraction(10) ** 300, Fraction(1, 10**300), Fraction(10**400 + 1, 10**400 - 7)])
def test_huge_tiny_and_long_numbers_are_counted_exactly(factor: Fraction) -> None:
    plain = random_network(4, 2, 4, 3)
    first = plain.layers[0]
    scaled = Layer(
        [[v * factor if i == 0 else v for v in row] for i, row in enumerate(first.weights)],
        [b * factor if i == 0 else b for i, b in enumerate(first.biases)],
        first.units,
    )
    back = plain.layers[1]
    second = Layer([[v / factor if j == 0 else v for j, v in enumerate(row)] for row in back.weights], back.biases)
    network = Network([scaled, second, plain.layers[2]])
    assert count(network) == int(count(plain, engine="brute"))
    problem = Problem.of(network, WholeSpace(2))
    if build_model(problem) is None:
        with pytest.raises(UnsupportedError, match="the exact engine serves"):
            count(network, engine="polygon")
    else:
        assert count(network, engine="polygon") == int(count(plain, engine="exact"))


@pytest.mark.parametrize("bits", [250, 300, 1100])
@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_decayed_weights_of_the_first_layer_are_served(inputs: int, bits: int) -> None:
    """Weights near 0 tilt hyperplanes so little that they meet far away: in R^d there are more regions for them."""
    rng = random.Random(bits + inputs)
    tiny = Fraction(1, 2**bits)
    weights = [[rng.choice([tiny, -3 * tiny, 1]) * rng.randint(1, 9) for _ in range(inputs)] for _ in range(4)]
    weights[0][0] = 1
    back = [[rng.randint(-3, 3) for _ in range(4)] for _ in range(2)]
    network = Network.relu([(weights, [1, -2, 3, 5]), (back, [1, -1]), ([[1, 1]], [0])])
    for domain in (WholeSpace(inputs), Box.cube(-1, 1, inputs)):
        problem = Problem.of(network, domain)
        assert build_model(problem) is not None
        for engine in engines_for(problem):
            assert count(network, domain, engine=engine) == int(count(network, domain, engine="brute")), engine


def test_units_that_nearly_vanish_ask_no_exact_question_in_a_box() -> None:
    """A row of decayed weights keeps an error of its own size; a gradient that cancels leaves the box on one side."""
    rng = random.Random(5)
    first = [[Fraction(rng.gauss(0, 1)) for _ in range(3)] for _ in range(4)]
    first.append([v + w for v, w in zip(*first[:2], strict=True)])
    back = [[Fraction(rng.gauss(0, 1)) for _ in range(5)] for _ in range(3)]
    back[1] = [v / 2**170 for v in back[1]]
    back[2] = [Fraction(v) for v in (1, 1, 0, 0, -1)]
    shifts = ["1/4", "1/2", "-1/2", "1/8", "7/8"]
    network = Network.relu([(first, shifts), (back, ["1/2", "-3/4", -1]), ([[1, 1, 1]], [0])])
    box = Box.cube(-1, 1, 3)
    result = count(network, box, engine="simplex")
    assert result.statistics["exact_rows"] == 0
    assert int(result) == int(count(network, box, engine="exact"))


@pytest.mark.parametrize("inputs", [60, 240])  # with dictionaries and without
def test_ties_in_a_box_of_many_inputs_are_settled_by_the_basis(inputs: int) -> None:
    """Repeated and concurrent units with weights of full length: exact questions, none of which needs a simplex."""
    rng = random.Random(7)
    first = [[Fraction(rng.gauss(0, 1)) for _ in range(inputs)] for _ in range(4)]
    first += [[3 * v for v in first[0]], [v - w for v, w in zip(first[1], first[2], strict=True)]]
    shifts = [Fraction(v, 7) for v in (1, 2, -3, 4, 3, 5)]
    doubled = Network.relu([(first, shifts), ([[1, -1, 1, -1, 2, -2], [3, -3, 3, -3, 6, -6]], [0, 0]), ([[1, 1]], [0])])
    alone = Network.relu([([*first[:4], first[5]], shifts[:4] + shifts[5:]), ([[7, -1, 1, -1, -2]], [0]), ([[1]], [0])])
    box = Box.cube(-1, 1, inputs)
    result = count(doubled, box, engine="simplex")
    assert result.statistics["exact_rows"] > 0 == result.statistics["exact_questions"]
    assert int(result) == int(count(alone, box, engine="simplex"))


@pytest.mark.parametrize("bits", [60, 300])
@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_a_maxout_unit_whose_rows_are_nearly_parallel_behind_a_unit_that_cut(inputs: int, bits: int) -> None:
    """max(s·x, (s + ε)·x + 1) bends where no float sees it: the exact engine takes over, and must know which unit."""
    axes = [[int(i == j) for j in range(inputs)] for i in range(inputs)]
    slope, tiny = (Fraction(1, 3), Fraction(1, 2**60)) if bits == 60 else (Fraction(0), Fraction(1, 2**300))
    pair = [[slope, *[0] * (inputs - 1)], [slope + tiny, *[0] * (inputs - 1)]]
    first = Layer([*axes, *pair], [0] * inputs + [0, 1], [*[RELU] * inputs, Maxout(2)], inputs=inputs)
    network = Network([first, Layer([[1] * (inputs + 1)], [0], IDENTITY, inputs=inputs + 1)])
    assert assert_all_agree(network, WholeSpace(inputs), referee=True) == 0
    for engine in engines_for(Problem.of(network, WholeSpace(inputs))):
        assert count(network, engine=engine) == 3 * 2 ** (inputs - 1), engine


@pytest.mark.parametrize("inputs", [2, 3])
def test_a_row_of_numbers_far_apart_with_a_gradient_that_cancels(inputs: int) -> None:
    """2⁹⁰·(x + 2) − 2²⁸⁰·y + 2²⁷⁹, where −2²⁸⁰ is lost in 2³⁴⁰ − (1 + 2⁻⁶⁰)·2³⁴⁰, bends in the box."""

    def up(bits: int) -> PiecewiseLinear:
        return PiecewiseLinear([0], [0, 2**bits])

    axes = [[int(i == j) for j in range(inputs)] for i in range(inputs)]
    more = inputs - 2
    units = [RELU, up(170), *[RELU] * more, up(150)]
    first = Layer([*axes, [0] * inputs], [2, 0, *[2] * more, 1], units, inputs=inputs)
    ones = [[int(i == j) for j in range(inputs + 1)] for i in range(inputs + 1)]
    units = [up(90), up(170), up(170), *[RELU] * more, up(129)]
    second = Layer([ones[0], ones[1], *ones[1:]], [0] * (inputs + 2), units, inputs=inputs + 1)
    third = Layer([[1, 1, -1 - Fraction(1, 2**60), *[1] * (inputs - 1)]], [0], [RELU], inputs=inputs + 2)
    network = Network([first, second, third, Layer([[1]], [0], IDENTITY, inputs=1)])
    assert assert_all_agree(network, Box.cube(-1, 1, inputs), referee=False) == 0
    assert count(network, Box.cube(-1, 1, inputs), engine="exact") == 3


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_constant_units_are_on_or_off_in_all_of_space(inputs: int) -> None:
    axes = [[int(i == j) for j in range(inputs)] for i in range(inputs)]
    network = Network.relu(
        [
            ([*axes, *([[0] * inputs] * 3)], [0] * inputs + [2, -2, 0]),
            ([[1] * inputs + [-1, 1, 1], [-1] * inputs + [1, 1, 1]], [0, 0]),
            ([[1, 1]], [0]),
        ]
    )
    problem = Problem.of(network, WholeSpace(inputs))
    known = set(patterns(problem, "brute"))
    assert {pattern[0][inputs:] for pattern in known} == {(1, 0, 0)}
    for engine in engines_for(problem):
        assert set(patterns(problem, engine)) == known, engine
        assert count(network, engine=engine) == len(known), engine


# -- shapes and refusals


def test_empty_and_degenerate_shapes() -> None:
    affine = Network([Layer([[1, 2]], [3], IDENTITY)])
    assert count(affine) == 1
    no_units = Network([Layer([], [], RELU, inputs=2), Layer([[]], [1], IDENTITY, inputs=0)])
    constant = Network.relu([([[0, 0], [0, 0]], [1, -1]), ([[1, 1]], [0])])
    for network in (no_units, constant):
        for domain in (WholeSpace(2), Box.cube(0, 1, 2)):
            for engine in engines_for(Problem.of(network, domain)):
                assert count(network, domain, engine=engine) == 1


def test_a_domain_without_interior_is_refused_by_every_engine() -> None:
    network = random_network(5, 2, 3)
    flat = Polytope([[1, 1, 0], [-1, -1, 0]])
    for engine in ENGINES:
        if engine != "interval":
            with pytest.raises(InvalidInputError, match="no interior"):
                count(network, flat, engine=engine)


def test_an_engine_that_does_not_serve_the_dimension_says_so() -> None:
    with pytest.raises(UnsupportedError, match="dimension 2, not 3"):
        count(random_network(6, 3, 3), engine="polygon")
    with pytest.raises(InvalidInputError, match="choose one of"):
        count(random_network(6, 3, 3), engine="guess")


def test_a_first_layer_of_low_rank_is_reduced() -> None:
    narrow = random_network(7, 6, 2, 5)
    assert Problem.of(narrow, WholeSpace(6)).dimension == 2
    assert count(narrow) == int(count(narrow, engine="simplex"))


@pytest.mark.parametrize("inputs", [120, 240])
def test_hundreds_of_inputs_on_a_box(inputs: int) -> None:
    """A dictionary of units × inputs, or an inverse of units × units: what counts is the number of units."""
    network = random_network(8, inputs, 3, 2)
    box = Box.cube(0, 1, inputs)
    result = count(network, box, engine="simplex")
    assert result == int(count(network, box, engine="exact"))


def test_a_segment_through_a_wide_network() -> None:
    network = random_network(9, 50, 20, 20)
    segment = Segment([0] * 50, [1] * 50)
    results = {engine: int(count(network, segment, engine=engine)) for engine in ("interval", "simplex", "exact")}
    assert len(set(results.values())) == 1


# -- the compiled core


def test_the_core_has_the_constants_that_were_derived() -> None:
    for name in (name for name in vars(rounding) if name.isupper()):
        assert getattr(core, name) == getattr(rounding, name)


_DISTURBED = """
import ctypes, json, sys
from theory.formats import load
from verify import Box, WholeSpace, count
from verify.engines.core import core
standard = core.control_word()
for name in json.loads(sys.argv[2]):
    network = load(f"{sys.argv[1]}/{name}.json")
    for domain in (WholeSpace(network.inputs), Box.cube(-1, 1, network.inputs)):
        for word in map(int, sys.argv[3:]):
            core.set_control_word(standard | word)
            result = count(network, domain)
            left = core.control_word()
            core.set_control_word(standard)
            assert left & ~0x3F == (standard | word) & ~0x3F, hex(left)
            print(name, int(result), int(count(network, domain)))
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the bits are those of the register MXCSR")
def test_another_library_may_flush_to_zero_and_round_as_it_likes() -> None:
    """Flush-to-zero and denormals-are-zero (bits 15 and 6), rounding down, up and toward zero (bits 13 and 14)."""
    flush, modes = 1 << 15 | 1 << 6, (1 << 13, 1 << 14, 3 << 13)
    names = ["central4", "montufar3_2_6_6", "maxout_2-4-4-1_K3", "braid4_3d", "sliver_1e-9"]
    words = [str(flush), *(str(flush | mode) for mode in modes)]
    arguments = [sys.executable, "-c", _DISTURBED, str(NETWORKS), json.dumps(names), *words]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == 2 * len(names) * len(words)
    for i, (name, disturbed, calm) in enumerate(lines):
        truth = TRUTH[name]["R^d" if i // len(words) % 2 == 0 else "[-1,1]^d"]["activation"]
        assert int(disturbed) == int(calm) == truth


def test_a_core_made_from_other_sources_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from verify.engines import core as folder

    monkeypatch.setattr(folder, "__file__", str(ROOT / "verify" / "engines" / "core" / "__init__.py"))
    monkeypatch.setattr(core, "SOURCES", "0123456789abcdef")
    with pytest.warns(UserWarning, match="compiled from other sources"):
        assert folder._load() is None


def test_the_core_refuses_what_it_was_not_asked() -> None:
    loop = Traversal(Problem.of(random_network(1, 3, 4), WholeSpace(3))).core
    for wrong in (lambda: loop.answer([0]), lambda: loop.asked, loop.proposal, loop.drop_cell):
        with pytest.raises(ValueError, match="asked"):
            wrong()
    for wrong in (loop.children, loop.path, loop.take_text):
        with pytest.raises(ValueError, match="no certificate"):
            wrong()
    with pytest.raises(ValueError, match="no such row"):
        loop.path_name(0)
    assert loop.run(60.0) == core.Status.DONE
    with pytest.raises(ValueError, match="no cell is left"):
        loop.witness()


_WITHOUT_CORE = """
import json, sys
from pathlib import Path
from theory.formats import load
from verify import Box, WholeSpace, count
from verify.engines.core import core
assert core is None
folder = Path(sys.argv[1])
for name in ("central4", "montufar3_2_6_6", "maxout_2-4-4-1_K3", "braid4_3d", "sliver_1e-9", "dead"):
    network = load(folder / f"{name}.json")
    for domain in (WholeSpace(network.inputs), Box.cube(-1, 1, network.inputs)):
        result = count(network, domain)
        print(name, int(result), result.engine)
assert "linregions_core" not in sys.modules
"""


def test_the_same_files_are_counted_without_the_core() -> None:
    environment = {**os.environ, "LINREGIONS_CORE": "0"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _WITHOUT_CORE, str(NETWORKS)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == 12
    for i, (name, number, engine) in enumerate(lines):
        assert int(number) == TRUTH[name]["R^d" if i % 2 == 0 else "[-1,1]^d"]["activation"]
        assert engine == "exact"


# -- what a result is, and what count refuses


def test_a_network_or_a_domain_of_the_wrong_type_is_named() -> None:
    with pytest.raises(InvalidInputError, match="give a Box"):
        count(random_network(5, 1, 3), "[0,1]")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=r"theory\.formats\.load"):
        count(None)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=r"\(W, b\)"):
        Network.from_floats([[[1.0]]])
    with pytest.raises(InvalidInputError, match="is a word"):
        Network.from_floats([([[1.0]], [0.0])], activation="relu")  # type: ignore[arg-type]


def test_a_witness_close_to_walls_is_moved_away_before_an_exact_answer_is_asked_for():
    """Witnesses are spoiled all the time: 10^-12 of the way from a vertex, they tell nothing of the rows near by."""
    draw = np.random.default_rng(1)
    first, second = (np.rint(256 * draw.normal(size=shape)).astype(int) for shape in ((9, 12), (3, 9)))
    offsets = np.rint(first.sum(1) / 2 + 177 * draw.normal(size=9)).astype(int)
    net = Network.relu([(first.tolist(), (-offsets).tolist()), (second.tolist(), [0, 10**5, -(10**5)])])
    problem = Problem.of(net, Box.cube(0, 1, 12))
    one, spoiled = Traversal(problem, yield_every=0.0), 0
    while not one.advance(0.0):
        spoiled += one.core.move_witness([*draw.normal(size=12), 0.0], 1e-12)
    assert one.found == Traversal(problem).count()
    assert spoiled > 50
    assert one.statistics["exact_subtrees"] == 0


def nearly_concurrent(rng: random.Random, determinant: int) -> list[list[int]]:
    """Three lines a_1 x + a_2 y + a_3 = 0 with coefficients near 2^27 and a small determinant."""
    while True:
        a, b = (
            [rng.randint(-(2**27), 2**27), rng.randint(-(2**27), 2**27), rng.randint(-(2**25), 2**25)] for _ in "ab"
        )
        p, q, r = (a[i - 2] * b[i - 1] - a[i - 1] * b[i - 2] for i in range(3))
        if math.gcd(p, q) == 1 and max(abs(p), abs(q)) < abs(r):  # the first two meet inside [-1,1]^2
            break
    s = pow(p, -1, abs(q))
    c = [determinant * s, determinant * (1 - p * s) // q, 0]  # its determinant with a and b; less multiples of them
    m = [[sum(u * v for u, v in zip(x, y, strict=True)) for y in (a, b, c)] for x in (a, b)]
    gram = m[0][0] * m[1][1] - m[0][1] ** 2
    f = round(Fraction(m[0][2] * m[1][1] - m[1][2] * m[0][1], gram)) - 1
    g = round(Fraction(m[1][2] * m[0][0] - m[0][2] * m[0][1], gram)) - 1
    return [a, b, [w - f * u - g * v for u, v, w in zip(a, b, c, strict=True)]]


@pytest.mark.parametrize("large", [0, 2**60 - 1])
@pytest.mark.parametrize("seed", range(6))
def test_three_lines_that_nearly_concur(seed, large) -> None:
    """Floats decide nothing at their triangle, nor where large numbers have canceled; integers do."""
    rng = random.Random(seed)
    lines = nearly_concurrent(rng, rng.choice((-1, 1)) * rng.randint(1, 9))
    rows = [[a + large, -large, b + large, -large] for a, b, _ in lines]
    shift = [c - 2 * a - 2 * b for a, b, c in lines]
    first = [[1, 0], [1, 0], [0, 1], [0, 1]]  # positive on the box
    behind = [([[1, 1, 1]], [1])] if seed % 2 else []  # the last layer's lines are counted by their crossings
    network = Network.relu([(first, [2] * 4), (rows, shift), *behind, ([[1] * (1 if behind else 3)], [0])])
    counts = [count(network, Box.cube(-1, 1, 2), engine=engine) for engine in ("auto", "exact")]
    assert counts[0].value == counts[1].value >= 7
    assert counts[0].statistics["exact_signs"] > 0
