"""Certificates of one chamber: every forgery is refused, and what is accepted is true."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from certificate_lines import changed, specified
from symmetric import domains, equivariant

from theory import Network
from theory.activations import ABS, HARD_TANH, IDENTITY, RELU, Maxout, PiecewiseLinear
from theory.formats.json_file import loads
from theory.network import Layer
from verify import Box, Plane, WholeSpace, checker, count
from verify.certificate import check, write, writer
from verify.engines.core import core
from verify.engines.problem import Problem
from verify.engines.selection import select
from verify.engines.symmetry import symmetry_of

QUADRANTS = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
TWICE = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 2], [2, 1]], [-1, -1]), ([[1, 1]], [0])])
CIRCLE = Network.relu([([[1, 2, 0], [0, 1, 2], [2, 0, 1]], [1, 1, 1]), ([[1, 1, 1]], [0])])
"""It is the same if its inputs are turned round, but not if two are exchanged."""


@pytest.fixture(autouse=True)
def small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the symmetry of the smallest networks, too."""
    monkeypatch.setattr(writer, "useful_symmetry", symmetry_of)


def lines_of(network: Network, domain: Any, folder: Path) -> list[str]:
    problem = Problem.of(network, domain)
    write(folder / "valid", network, domain, select(problem, images=False).count())
    return (folder / "valid").read_text().splitlines()


def verdict(lines: list[str], folder: Path) -> str:
    (folder / "changed").write_text("".join(f"{line}\n" for line in lines))
    return str(check(folder / "changed"))


@pytest.mark.parametrize("seed", range(12))
def test_symmetric_and_degenerate_networks(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    n = rng.choice([1, 2, 3])
    units = rng.choice([RELU, RELU, ABS, HARD_TANH, Maxout(2)])
    weights = rng.choice([(-1, 0, 1), (-2, -1, 1, 2, 3)])
    signed = n == 1 or rng.random() < 0.3
    network = equivariant(rng, n, rng.choice([1, 2]), rng.choice([1, 2]), units=units, signed=signed, weights=weights)
    for domain in (*domains(n, rng), Box.cube(-2, 2, n)):
        lines = lines_of(network, domain, tmp_path)
        found = json.loads(lines[0])
        assert str(check(tmp_path / "valid")) == f"VERIFIED {found['regions']}"
        assert (found["version"] == 5) == (symmetry_of(Problem.in_parameters(network, domain)) is not None)


def test_on_a_slice(tmp_path: Path) -> None:
    """The parameters are exchanged, not the inputs."""
    network = Network.relu([([[1, 0, 3], [0, 1, 3], [1, 1, -1]], [0, 0, 1]), ([[1, 1, 1]], [0])])
    lines = lines_of(network, Plane([0, 0, 1], [1, 0, 1], [0, 1, 1]), tmp_path)
    assert json.loads(lines[0])["symmetry"][0]["parameters"] == [0, 1]
    assert verdict(lines, tmp_path) == f"VERIFIED {json.loads(lines[0])['regions']}"


@pytest.mark.parametrize("last", [IDENTITY, PiecewiseLinear([], [2]), Maxout(1)])
def test_affine_layers_at_the_end(last: Any, tmp_path: Path) -> None:
    """The checker leaves out layers that bend nothing; they may notice the symmetry.  A maxout unit counts as bent."""
    output = Layer([[1, 1]], [0], IDENTITY)
    for weights in ([[1, 2], [2, 1]], [[1, 2], [3, 4]]):
        network = Network([*TWICE.hidden, Layer(weights, [1, 1], last), output])
        lines = lines_of(network, WholeSpace(2), tmp_path)
        bends = isinstance(last, Maxout)
        assert json.loads(lines[0])["version"] == (3 if bends and weights[1][0] == 3 else 5)
        assert str(check(tmp_path / "valid")) == f"VERIFIED {json.loads(lines[0])['regions']}"
    linear = Network([Layer([[1, 2], [2, 1]], [1, 1], IDENTITY), output])
    assert symmetry_of(Problem.in_parameters(linear, WholeSpace(2))) is None


def test_work_for_long_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of the domain is made primitive once for all reflections, and a long witness is dear."""
    lines = lines_of(equivariant(random.Random(1), 3, 1, 2), Box.cube(-1, 1, 3), tmp_path)
    rows, primitive = [], checker.primitive
    monkeypatch.setattr(checker, "primitive", lambda row: rows.append(row) or primitive(row))
    claim = checker.Claim(json.loads(lines[0]))
    assert len(claim.chains[0].walls) == 2
    assert len(rows) == len(claim.own_rows)
    before = claim.steps
    checker.weight(claim, [3, 2, 1, 4], 0)
    short, before = claim.steps - before, claim.steps
    checker.weight(claim, [v << 30000 for v in (3, 2, 1, 4)], 0)
    assert claim.steps - before > 10 * short


def test_count_writes_it_and_several_processes_check_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    network = equivariant(random.Random(1), 4, 3, 2)
    number = count(network, WholeSpace(4), certificate=tmp_path / "out")
    lines = (tmp_path / "out").read_text().splitlines()
    assert number.statistics["symmetries"] == 24
    assert json.loads(lines[0])["version"] == 5
    assert json.loads(lines[-1])[1] < number / 8
    assert check(tmp_path / "out").regions == check(tmp_path / "out", jobs=2).regions == number


@pytest.mark.skipif(core is None, reason="exact arithmetic names the rows in another order")
def test_example(tmp_path: Path) -> None:
    """The example in the specification is what is written."""
    assert specified("symmetric example").split() == lines_of(QUADRANTS, Box.cube(-1, 1, 2), tmp_path)


CHAIN = ("symmetry", 0)
FORGERIES: dict[str, tuple[Network, tuple[Any, ...], Any, str]] = {
    "number too large": (TWICE, ("regions",), 8, "8 regions are claimed"),
    "units not permuted": (QUADRANTS, (*CHAIN, "units"), [[[0, 1]]], "notices"),
    "units of a later layer not permuted": (TWICE, (*CHAIN, "units", 0, 1), [0, 1], "notices"),
    "units of the first layer not permuted": (TWICE, (*CHAIN, "units", 0, 0), [0, 1], "notices"),
    "a unit twice": (TWICE, (*CHAIN, "units", 0, 1), [1, 1], "notices"),
    "a unit that is not there": (TWICE, (*CHAIN, "units", 0, 1), [1, 2], "notices"),
    "a negative unit": (TWICE, (*CHAIN, "units", 0, 1), [1, -2], "notices"),
    "true as a unit": (TWICE, (*CHAIN, "units", 0, 1), [True, 0], "must be 2 integers"),
    "a layer missing": (TWICE, (*CHAIN, "units", 0), [[1, 0]], "units of each layer"),
    "a layer more": (TWICE, (*CHAIN, "units", 0), [[1, 0], [1, 0], [0]], "units of each layer"),
    "a reflection missing": (TWICE, (*CHAIN, "units"), [], "for each reflection"),
    "signs that matter": (TWICE, CHAIN, {"parameters": [0], "signed": True, "units": [[[0, 1], [0, 1]]]}, "notices"),
    "a parameter alone": (TWICE, CHAIN, {"parameters": [0], "signed": False, "units": []}, "for each reflection"),
    "no parameter": (TWICE, (*CHAIN, "parameters"), [], "has parameters"),
    "a parameter twice": (TWICE, (*CHAIN, "parameters"), [0, 0], "twice"),
    "a parameter that is not there": (TWICE, (*CHAIN, "parameters"), [0, 2], "not there"),
    "a negative parameter": (TWICE, (*CHAIN, "parameters"), [0, -1], "not there"),
    "no chain": (TWICE, ("symmetry",), [], "list of chains"),
    "an older version": (TWICE, ("version",), 3, "keys"),
    "a definition that compares maps": (TWICE, ("definition",), "affine", "definition must be one of activation"),
    "a bracket": (TWICE, ("regions",), [4, 5], "positive integer"),
    "a domain that notices": (TWICE, ("domain", "rows"), [[1, 0, 3]], "notices"),
    "a domain of a zero row": (TWICE, ("domain", "rows"), [[0, 0, 0]], "row of the domain is zero"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries(name: str, tmp_path: Path) -> None:
    network, place, value, reason = FORGERIES[name]
    first, *rest = lines_of(network, WholeSpace(2), tmp_path)
    said = verdict([json.dumps(changed(json.loads(first), *place, to=value)), *rest], tmp_path)
    assert said.startswith("REJECTED")
    assert reason in said


def test_two_chains_of_one_parameter(tmp_path: Path) -> None:
    first, *rest = lines_of(TWICE, WholeSpace(2), tmp_path)
    claim = json.loads(first)
    claim["symmetry"] *= 2
    assert "two chains share" in verdict([json.dumps(claim), *rest], tmp_path)


def test_a_cycle_of_inputs_is_no_reflection(tmp_path: Path) -> None:
    """Whatever the file says of the units: exchanges are what is claimed, and they are noticed."""
    assert symmetry_of(Problem.in_parameters(CIRCLE, WholeSpace(3))) is None
    first, *rest = lines_of(CIRCLE, WholeSpace(3), tmp_path)
    claim = json.loads(first) | {"version": 5}
    for units in ([[1, 2, 0]], [[2, 0, 1]], [[1, 0, 2]], [[0, 1, 2]]):
        claim["symmetry"] = [{"parameters": [0, 1, 2], "signed": False, "units": [units, units]}]
        assert "notices" in verdict([json.dumps(claim), *rest], tmp_path)


def test_units_of_different_kinds(tmp_path: Path) -> None:
    """The rows are permuted, but a ReLU unit is no absolute value, nor a unit with another kink."""
    for other in (ABS, PiecewiseLinear([1], [0, 1])):
        network = Network([Layer([[1, 0], [0, 1]], [0, 0], [RELU, other]), Layer([[1, 2], [2, 1]], [-1, -1])])
        assert symmetry_of(Problem.in_parameters(network, WholeSpace(2))) is None
        first, *rest = lines_of(network, WholeSpace(2), tmp_path)
        claim = json.loads(first) | {"version": 5}
        claim["symmetry"] = [{"parameters": [0, 1], "signed": False, "units": [[[1, 0], [1, 0]]]}]
        assert "notices" in verdict([json.dumps(claim), *rest], tmp_path)


@pytest.mark.parametrize("seed", range(12))
def test_a_network_with_another_number_is_not_proved_by_an_old_file(seed: int, tmp_path: Path) -> None:
    """One weight or bias of a symmetric network changes, its digest is made anew, the symmetry is stated as before."""
    rng = random.Random(seed)
    network = equivariant(rng, 3, 1, 2)
    first, *rest = lines_of(network, WholeSpace(3), tmp_path)
    claim = json.loads(first)
    layer, part = rng.randrange(2), rng.choice(["weights", "biases"])
    place = claim["network"]["layers"][layer][part]
    place = rng.choice(place) if part == "weights" else place
    place[rng.randrange(3)] += "1"  # behind its digits
    claim["network_sha256"] = loads(json.dumps(claim["network"])).digest
    assert "notices" in verdict([json.dumps(claim), *rest], tmp_path)


def test_leaves_outside_of_the_chamber(tmp_path: Path) -> None:
    """A witness with x < y is on the wrong side of a wall."""
    first, *rest = lines_of(QUADRANTS, WholeSpace(2), tmp_path)
    at = next(i for i, line in enumerate(rest) if line.startswith("0,") and int(line.split(",")[1]) > 0)
    _, x, y, q = rest[at].split(",")
    rest[at] = f"0,{y},{x},{q}"
    assert "violates row" in verdict([first, *rest], tmp_path)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_region_is_counted_once_for_each_of_its_images(n: int, tmp_path: Path) -> None:
    """Units |x_i| > 1 make 3^n regions; those with equally many coordinates in the middle are images of each other."""
    rows = [[sign * int(i == j) for j in range(n)] for i in range(n) for sign in (1, -1)]
    network = Network.relu([(rows, [-1] * (2 * n)), ([[1] * (2 * n)], [0])])
    first, *rest = lines_of(network, WholeSpace(n), tmp_path)
    claim = json.loads(first)
    assert [(chain["parameters"], chain["signed"]) for chain in claim["symmetry"]] == [(list(range(n)), True)]
    assert sum(line.startswith("0,") for line in rest) == n + 1
    assert verdict([first, *rest], tmp_path) == f"VERIFIED {3**n}"
    assert f"{3**n} are shown" in verdict([json.dumps(claim | {"regions": 3**n + 1}), *rest], tmp_path)
