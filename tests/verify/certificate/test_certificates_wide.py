"""Certificates in boxes of many dimensions: walls as bounds, short multipliers, and what happens if floats fail."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from drawn import random_network

from theory import Network
from theory.activations import HARD_TANH, RELU, Maxout
from theory.errors import InternalError
from theory.formats import dumps
from theory.network import Layer
from verify import Box, Polytope, WholeSpace, checker, count
from verify.certificate import check, core_tree, write, writer
from verify.certificate.claim import claim_entries, claim_line, claim_text
from verify.certificate.provers import ExactProver
from verify.certificate.tree import tree_lines
from verify.domain.shapes import Domain
from verify.engines import selection
from verify.engines.core import core

D = 20
CUBE = Box.cube(0, 1, D)


def wide(seed: int = 5) -> Network:
    """Twenty inputs, units that are repeated, that touch the cube in a corner, that are dead; and a maxout unit."""
    rng = random.Random(seed)
    rows = [[Fraction(rng.randint(-9, 9), 8) for _ in range(D)] for _ in range(3)]
    touching = [[1] * D, [-1] * D, [0] * D]
    first = Layer([*rows, rows[0], *touching], [*(-sum(row) / 2 for row in rows), -sum(rows[0]) / 2, 0, D, 1], RELU)
    second = [[rng.randint(-3, 3) for _ in range(7)] for _ in range(4)]
    return Network([first, Layer(second, [0, -1, 2, 1], [RELU, RELU, Maxout(2)])])


DOMAINS: list[Domain] = [
    CUBE,
    Box(["-1/3"] * (D - 1) + [0], [1] * 7 + ["2/7"] * (D - 7)),
    Polytope([*CUBE.rows, [1, 1] + [0] * (D - 2) + [-1], [2] + [0] * (D - 1) + [1]]),
    Polytope([*CUBE.rows, [10**400 + 1, 10**400] + [0] * (D - 2) + [-(10**400)]]),
]


@pytest.mark.parametrize(
    "domain", DOMAINS, ids=["cube", "rational ends", "a cut and a wall twice", "a cut of long numbers"]
)
def test_walls_are_bounds(domain: Domain, tmp_path: Path) -> None:
    regions = int(count(wide(), domain))
    write(tmp_path / "out", wide(), domain, regions)
    assert check(tmp_path / "out").regions == regions > 10
    write(tmp_path / "again", wide(), domain, regions)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "out").read_bytes()


@pytest.mark.skipif(core is None, reason="the exact prover chooses powers of two")
@pytest.mark.parametrize(("end", "q"), [("-9/10", 12), ("-99/100", 120), ("-997/1000", 400)])
def test_a_witness_has_the_first_denominator_that_serves(end: str, q: int) -> None:
    """Of those that are tried together, and of those that are tried after them."""
    for d in 3, 50:
        network = Network.relu([([[1] + [0] * (d - 1)], [end]), ([[1]], [0])])
        claim = checker.Claim(claim_entries(network, Box.cube(0, 1, d), 2))
        text = "".join(lines.text for lines in tree_lines(writer.tree_for(claim)))
        below, above = ([int(v) for v in line.split(",")] for line in text.split()[1:])
        assert below == [0, *[1] * d, 2]
        assert (above[1], above[-1]) == (q - 1, q)
        assert {2 * v - q for v in above[2:-1]} <= {-2, 0, 2}


def test_the_text_of_a_claim_is_its_entries_as_json() -> None:
    for domain in (*DOMAINS, Polytope([[0] * D + [-1], range(D + 1)])):
        entries = claim_entries(wide(), domain, (3, 10**30), rows=domain.rows)
        entries["domain"]["note"] += '"rows":[é'
        text = claim_text(entries)
        assert text == json.dumps(entries, ensure_ascii=False, separators=(",", ":"), default=str)
        assert text == claim_text(entries, checker.Claim(entries))
        assert json.loads(text)["network"] == json.loads(dumps(wide()))


def test_many_inputs_have_short_witnesses(tmp_path: Path) -> None:
    """More inputs than dictionaries serve; cells in the middle of the box, and cells near its walls."""
    d, rng, out = 240, random.Random(3), tmp_path / "out"
    rows = [[Fraction(rng.randint(-99, 99), 64) for _ in range(d)] for _ in range(5)]
    biases = [-sum(row) / 2 + rng.randint(-60, 60) for row in rows]
    second = [[rng.randint(-5, 5) for _ in range(5)] for _ in range(3)]
    network = Network.relu([(rows, biases), (second, [1, -2, 3]), ([[1, 1, 1]], [0])])
    regions = int(count(network, Box.cube(0, 1, d)))
    write(out, network, Box.cube(0, 1, d), regions)
    assert check(out).regions == regions > 60
    leaves = [line for line in out.read_bytes().split(b"\n") if line.startswith(b"0,")]
    assert sum(map(len, leaves)) < 4 * d * len(leaves)


@pytest.mark.parametrize("side", [2**1023, Fraction(1, 2**1070)], ids=["huge", "tiny"])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_points_of_few_digits_in_boxes_of_any_size(d: int, side: Fraction, tmp_path: Path) -> None:
    """Walls at the ends of the range of floats, where a multiple of a wall overflows or has lost its digits."""
    rng, out = random.Random(d), tmp_path / "out"
    for low, high in ((-1, 1), (0, 1), (Fraction(1, 2), 1), (-1, Fraction(-1, 3))):
        box = Box.cube(low * side, high * side, d)
        rows = [[rng.randint(-3, 3) for _ in range(d)] for _ in range(3)]
        middle = side * Fraction(low + high) / 2
        biases = [side * Fraction(rng.randint(-2, 2), 9) - sum(row) * middle for row in rows]
        network = Network.relu([(rows, biases), ([[1, -1, 2], [-2, 1, 1]], [0, -Fraction(side) / 5]), ([[1, 1]], [0])])
        regions = int(count(network, box, engine="exact"))
        write(out, network, box, regions)
        assert check(out).regions == regions


def test_rows_that_a_polygon_has_turned_around(tmp_path: Path) -> None:
    """Nearly parallel rows, below whose upper kinks a piece lies; their signs at vertices are computed in integers."""
    near = [Fraction(31525197391593473, 2**52), Fraction(7516192769, 2**30)]
    first = Layer([[7, 7], near, ["-7/3", -1]], [-2, -2, "2/1000003"], HARD_TANH)
    found = count(Network([first, Layer([[1, 1, 1]], [0])]), Box.cube(-2, 2, 2), certificate=tmp_path / "out")
    assert check(tmp_path / "out").regions == int(found)


def plane() -> Network:
    """Two inputs, lines through one point, a unit that is repeated, and one of several kinks."""
    first = Layer([[1, 0], [0, 1], [1, 1], [2, -1], [2, -1]], [0, 0, 0, "1/3", "1/3"], [*[RELU] * 4, HARD_TANH])
    return Network([first, Layer([[1, -1, 2, 1, 0], [-1, 1, 1, 0, 2], [3, 1, -1, 1, 1]], [0, "-1/2", -1])])


@pytest.mark.parametrize(
    ("network", "domain"),
    [(wide(), CUBE), (plane(), WholeSpace(2)), (plane(), Polytope([[1, 2, 1], [-1, 0, 2]]))],
    ids=["wide", "plane", "wedge"],
)
def test_one_traversal_counts_and_proves(
    network: Network, domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No engine counts besides the tree, the file and the report are those of a count and a certificate after it."""
    plain = count(network, domain)
    assert plain == count(network, domain, engine="exact")
    with monkeypatch.context() as patch:
        write(tmp_path / "after", network, domain, int(plain))
        patch.setattr(selection, "_run", lambda *_: pytest.fail("an engine counts"))
        patch.setattr(writer, "_IN_MEMORY", 1000)
        found = count(network, domain, certificate=tmp_path / "out")
    assert (found, found.engine, list(found.statistics)) == (plain, plain.engine, list(plain.statistics))
    assert found.statistics["tests"] > 0
    assert (tmp_path / "out").read_bytes() == (tmp_path / "after").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"out", "after"}


def test_units_have_numbers_of_up_to_four_digits(tmp_path: Path) -> None:
    network = Network.relu([([[1, 2], [2, -1], *[[1, 1]] * 1001], [0, 0, *[9] * 1001]), ([[1] * 1003], [0])])
    assert count(network, Box.cube(-1, 1, 2), certificate=tmp_path / "out") == 4
    settled = ",".join(map(str, range(2, 1003)))
    assert (tmp_path / "out").read_text().splitlines()[1:3] == [f"-3,1,{settled}", "2,0"]
    assert check(tmp_path / "out").regions == 4


@pytest.mark.parametrize("engine", ["simplex", "polygon", "auto"])
def test_two_inputs_are_counted_by_the_engine_that_was_asked_for(engine: str, tmp_path: Path) -> None:
    network = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    found = count(network, engine=engine, certificate=tmp_path / "out")
    assert (int(found), found.engine) == (7, "polygon" if engine == "auto" else engine)
    assert check(tmp_path / "out").regions == 7


def test_a_tree_that_shows_another_number_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another engine is asked for, it has counted before the core writes the lines."""
    number, right = int(count(wide(), CUBE)), core_tree.CoreTree.run
    monkeypatch.setattr(
        core_tree.CoreTree, "run", lambda *given: (each._replace(leaves=each.leaves + 1) for each in right(*given))
    )
    with pytest.raises(InternalError, match=f"the engine counted {number} regions"):
        count(wide(), CUBE, engine="exact", certificate=tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("domain", [WholeSpace(2), Box([-1, "-1/3"], ["2/3", 1])], ids=["plane", "box"])
@pytest.mark.parametrize("seed", range(3))
def test_polygons_decide_in_integers(seed: int, domain: Domain, tmp_path: Path) -> None:
    """Lines of long weights that are there twice, and parallel ones: floats do not know what is zero at a vertex."""
    rng = random.Random(seed)
    lines = [[Fraction(rng.gauss(0, 1)) for _ in range(3)] for _ in range(4)]
    lines += [[Fraction(3, 7) * v for v in lines[0]], [-v for v in lines[1]], [*lines[2][:2], lines[3][2]]]
    first = Layer([line[:2] for line in lines], [line[2] for line in lines], RELU)
    second = Layer(
        [[rng.randint(-2, 2) for _ in range(7)] for _ in range(5)], [0] * 5, [RELU, Maxout(2), RELU, HARD_TANH]
    )
    network = Network([first, second])
    claim = checker.Claim(checker.decode(claim_line(network, domain, 1).encode()))
    tree = core_tree.CoreTree(claim, ExactProver(2, writer.moving_columns(claim)), network)
    leaves = sum(lines.leaves for lines in tree.run())
    assert tree.statistics["exact_signs"] > 0 == tree.statistics["exact_questions"]
    regions = count(network, domain, engine="exact", certificate=tmp_path / "out")
    assert check(tmp_path / "out").regions == int(regions) == leaves


@pytest.mark.skipif(core is None, reason="the tree is that of the core")
def test_many_layers_of_floats_are_certified_by_the_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind 24 layers the integers that stand for preactivations have more than 1074 bits."""
    network, domain = random_network(4, 3, *[4] * 24), Box.cube(-1, 1, 3)
    monkeypatch.setattr(ExactProver, "examine", lambda *_: pytest.fail("the core proves what is asked"))
    counted = count(network, domain, certificate=tmp_path / "out")
    assert check(tmp_path / "out").regions == int(counted) > 20


def test_two_forms_of_evidence(tmp_path: Path) -> None:
    """Multipliers where something is left to round; all walls by name where a row touches the cube in a corner."""
    regions = int(count(wide(), CUBE))
    write(tmp_path / "out", wide(), CUBE, regions)
    lines = [list(map(int, line.split(","))) for line in (tmp_path / "out").read_text().splitlines()[1:-1]]
    evidence = [line[3:] for line in lines if line[0] == checker.EMPTY and line[2] >= 0]
    assert evidence
    assert all(len(numbers) <= 15 for numbers in evidence)
    assert any(line[0] == checker.EMPTY and line[2] < 0 and len(line) > D for line in lines)


@pytest.mark.parametrize("name", ["proposal", "nothing proposed", "look"])
def test_floats_that_fail_cost_time_and_nothing_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong proposals are found out, and what floats cannot do is done exactly: the certificate is as good."""
    first = Layer([*wide().layers[0].weights[:3], [1] * D], [*wide().layers[0].biases[:3], Fraction(-1, 2**80)], RELU)
    network = Network([first, Layer([[1] * 4], [0])])
    regions = int(count(network, CUBE))

    class Wrong:
        def __init__(self, *args: object, **named: object) -> None:
            self._right = core.certificate(*args, **named)

        def proposal(self) -> tuple[list[int], bool]:
            return ([0], True) if name == "proposal" else ([], False)

        def run(self, *_: object) -> object:
            """Ask about every unit, or leave the domain to exact arithmetic."""
            return core.Status.EXACT if name == "look" else self._right.run(*_)

        def __getattr__(self, asked: str) -> object:
            return getattr(self._right, asked)

    wrong = SimpleNamespace(certificate=Wrong, Status=core.Status, Until=core.Until)
    monkeypatch.setattr(core_tree, "core", wrong)
    write(tmp_path / "out", network, CUBE, regions)
    assert check(tmp_path / "out").regions == regions
