"""Certificates from end to end: written by us, checked by the checker, which must find the count of the engines."""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import time
import weakref
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from certificate_lines import specified
from drawn import mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from places import NETWORKS, ROOT

from theory import Network
from theory.activations import RELU, Maxout
from theory.errors import InternalError, InvalidInputError, UnsupportedError
from theory.formats import load
from theory.network import Layer, Pattern
from verify import Box, Line, Plane, Polytope, Segment, WholeSpace, checker, count
from verify.certificate import check, write, writer
from verify.certificate.claim import claim_entries, claim_line, claim_of, prepared_claim
from verify.certificate.parallel import subtrees
from verify.certificate.parts import PartWriter, State, compose
from verify.certificate.tree import Lines, prefix_lines, tree_lines
from verify.counting.long.parts import divided
from verify.domain.shapes import Domain
from verify.engines import Problem
from verify.engines.core import core
from verify.testing import strategies

AS_WRITTEN_BY_THE_CORE = pytest.mark.skipif(core is None, reason="exact arithmetic chooses other evidence")
TRUTH = json.loads((NETWORKS / "truth.json").read_text())


DOMAINS: list[Domain] = [
    WholeSpace(2),
    Box([-1, "-1/3"], [2, 1]),
    Polytope([[1, 1, 1], [-1, 2, 3], [0, 0, 1]]),
    Polytope([[1, 0, 0]]),
    Segment([-1, -1], [2, "3/2"]),
    Line([0, 0], [1, "-2/3"]),
    Plane([0, 0], [1, 1], [0, 2], Box([0, 0], [1, 1])),
]


@pytest.mark.parametrize("definition", checker.CERTIFIABLE)
@pytest.mark.parametrize("domain", DOMAINS, ids=str)
@pytest.mark.usefixtures("evidence")
def test_every_kind_of_unit_and_domain(domain: Domain, definition: str, tmp_path: Path) -> None:
    path = tmp_path / "out.cert"
    regions = count(mixed(), domain, definition=definition, engine="exact", certificate=path)
    assert regions.certificate == path
    assert str(check(path)) == f"VERIFIED {int(regions)}"
    assert [file.name for file in tmp_path.iterdir()] == ["out.cert"]


SMALL = [
    (name, text, definition, numbers[definition])
    for name, domains in TRUTH.items()
    for text, numbers in domains.items()
    for definition in ("activation", "linear")
    if numbers.get(definition, 1000) <= 80
]


@pytest.mark.usefixtures("evidence")
@pytest.mark.parametrize(("name", "text", "definition", "expected"), SMALL, ids=lambda value: str(value))
def test_reference_networks(name: str, text: str, definition: str, expected: int, tmp_path: Path) -> None:
    network = load(NETWORKS / f"{name}.json")
    ends = {"[-1,1]^d": (-1, 1), "[0,1]^d": (0, 1)}.get(text)
    domain = Box.cube(*ends, network.inputs) if ends else WholeSpace(network.inputs)
    write(tmp_path / "out", network, domain, expected, definition=definition)
    assert check(tmp_path / "out").regions == expected


def test_the_checker_alone_in_an_empty_folder(tmp_path: Path) -> None:
    source = ROOT / "verify" / "checker.py"
    (tmp_path / "checker.py").write_bytes(source.read_bytes())
    count(mixed(), Box.cube(-1, 1, 2), engine="exact", certificate=tmp_path / "OUT")

    def run() -> tuple[int, str, str]:
        command = [sys.executable, "-S", "-I", "checker.py", "OUT"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={})
        return done.returncode, done.stdout, done.stderr

    assert run() == (0, f"{check(tmp_path / 'OUT')}\n", "")
    lines = (tmp_path / "OUT").read_text().splitlines(keepends=True)
    (tmp_path / "OUT").write_text("".join(lines[:-1]))
    assert run() == (1, f"REJECTED line {len(lines)}: the file ends before the certificate is complete\n", "")


def test_a_wrong_number_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="counted 8 regions on R\\^2 but the certificate has 7"):
        write(tmp_path / "out", load(NETWORKS / "duplicate.json"), WholeSpace(2), 8)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("out.gz", "drop the .gz"), ("nowhere/out", "there is no folder"), ("", "is a folder")],
)
def test_bad_names_are_refused_before_counting(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        count(mixed(), certificate=tmp_path / name)


def test_a_device_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInputError, match="pipe is no ordinary file and would be replaced by one; name another"):
        count(mixed(), certificate=tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("options", [{}, {"budget_regions": 9}, {"definition": "patterns"}], ids=str)
def test_what_the_checker_would_refuse_is_not_written(options: dict[str, Any], tmp_path: Path) -> None:
    network = Network.summed([[[1, 0, 0], [0, 1, Fraction(1, 10**31_000)]]], inputs=2)
    with pytest.raises(
        UnsupportedError, match="checker would refuse it: a common denominator has more than 100000 bits"
    ):
        count(network, certificate=tmp_path / "out", **options)
    assert not list(tmp_path.iterdir())


def test_thousands_of_regions(tmp_path: Path) -> None:
    """The aim is 1000 regions a second to write and 2000 to check; the bounds here are ten times as wide."""
    network = load(NETWORKS / "random_3-16-16-1.json")
    write(tmp_path / "warm", load(NETWORKS / "random_2-16-16-1.json"), WholeSpace(2), 450)
    began = time.process_time()
    write(tmp_path / "out", network, WholeSpace(3), 4297)
    written = time.process_time()
    assert check(tmp_path / "out").regions == 4297
    checked = time.process_time()
    assert written - began < 43
    assert checked - written < 21
    assert (tmp_path / "out").stat().st_size < 200 * 4297


@pytest.mark.parametrize("wanted", [2, 5, 20])
@pytest.mark.usefixtures("evidence")
def test_a_tree_is_its_prefix_with_its_parts(wanted: int) -> None:
    network = load(NETWORKS / "maxout_2-4-4-1_K3.json")
    writer_of_parts = PartWriter.of(network, WholeSpace(2))
    claim = checker.Claim(checker.decode(claim_line(network, WholeSpace(2), 77).encode()))
    parts = list(divided(Problem.of(network, WholeSpace(2)), (), wanted))
    whole = [text for lines in tree_lines(writer.tree_for(claim)) for text in lines.text.splitlines()]
    lines: list[str] = []
    shuffled = random.Random(1).sample(parts, len(parts))
    for item in prefix_lines(writer.tree_for(claim), dict.fromkeys(shuffled, "done")):
        if isinstance(item, Lines):
            lines += item.text.splitlines()
        else:
            written = writer_of_parts.lines(item)
            assert written
            lines += written[0].decode().splitlines()
    assert lines == whole
    states: dict[Pattern, State] = {part: "inline" if i % 2 else "pending" for i, part in enumerate(parts)}
    items = list(prefix_lines(writer.tree_for(claim), states))
    ends = [item.most for item in items if isinstance(item, Lines) and item.leaves]
    assert len(ends) < 77 <= sum(ends)


def test_a_part_that_is_not_there() -> None:
    network = load(NETWORKS / "duplicate.json")
    claim = checker.Claim(checker.decode(claim_line(network, WholeSpace(2), 7).encode()))
    with pytest.raises(InternalError, match="no cell of the tree has the pieces"):
        list(tree_lines(writer.tree_for(claim), ((5,),)))
    parts = list(divided(Problem.of(network, WholeSpace(2)), (), 7))
    lonely: dict[Pattern, State] = {part: "pending" for part in parts if part[0][0] == 0}
    with pytest.raises(InternalError, match="no part has the piece"):
        list(prefix_lines(writer.tree_for(claim), lonely))
    several: dict[Pattern, State] = dict.fromkeys([*parts, ((5,),)], "pending")
    with pytest.raises(InternalError, match="1 parts were not met"):
        list(prefix_lines(writer.tree_for(claim), several))


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_several_processes_find_the_same(thorough: bool, tmp_path: Path) -> None:
    write(tmp_path / "1", load(NETWORKS / "random_2-16-16-1.json"), WholeSpace(2), 450)
    lines = (tmp_path / "1").read_bytes().splitlines(keepends=True)
    leaf = next(i for i in range(500, 900) if lines[i].startswith(b"0,"))
    changes = {
        "as it is": lines,
        "two faults": [*lines[:300], b"1,0\n", *lines[301:800], b"0,0\n", *lines[801:]],
    }
    more = {
        "a witness": [*lines[:leaf], b"0,0,0,1\n", *lines[leaf + 1 :]],
        "a line less": [*lines[:leaf], *lines[leaf + 1 :]],
        "cut off": lines[:700],
        "another end": [*lines[:-1], b'["end",451]\n'],
        "no tree": [*lines[:400], b"?\n", *lines[400:]],
    }
    for name, changed in {**changes, **(more if thorough else {})}.items():
        (tmp_path / "changed").write_bytes(b"".join(changed))
        alone = check(tmp_path / "changed")
        assert check(tmp_path / "changed", jobs=2) == alone, name
        assert alone.verified == (name == "as it is")


def test_subtrees_of_a_file_are_found_without_reading_it(tmp_path: Path) -> None:
    write(tmp_path / "out", load(NETWORKS / "maxout_2-4-4-1_K3.json"), WholeSpace(2), 77)
    lines = (tmp_path / "out").read_bytes().splitlines(keepends=True)
    with open(tmp_path / "out", "rb") as file:
        places = subtrees(file, 40)
    assert places
    covered = 0
    for number, (start, end) in places.items():
        assert start == (len(b"".join(lines[:number])), number)
        part = lines[number : end[1]]
        assert end[0] - start[0] == len(b"".join(part))
        children = [int(line[: line.index(b",")]) for line in part]
        nodes = [number for number in children if number in (0, 2, 3)]
        assert sum(nodes) == len(nodes) - 1
        assert len(part) <= 40
        covered += len(part)
    assert covered > len(lines) / 2


@settings(max_examples=60)
@given(strategies.problems(), st.sampled_from(checker.CERTIFIABLE), st.booleans())
def test_whatever_is_counted_is_certified(problem: tuple[Network, Domain], of: str, exact: bool) -> None:
    network, domain = problem
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if exact:
            patch.setattr(writer, "core", None)
        regions = count(network, domain, definition=of, engine="exact", certificate=Path(folder, "out"))
        assert check(Path(folder, "out")).regions == int(regions)


def test_a_maxout_piece_that_begins_inside_another(tmp_path: Path) -> None:
    """Found by the test above: of max(-1, h - 2, 0), h = max(x, 0), the second piece begins at x = 2, weakly."""
    network = Network([Layer([[1]], [0], RELU), Layer([[0], [1], [0]], [-1, -2, 0], Maxout(3))])
    assert count(network, definition="patterns", certificate=tmp_path / "out") == 3
    assert check(tmp_path / "out").regions == 3


def test_numbers_longer_than_the_checker_reads_are_refused(tmp_path: Path) -> None:
    """One hundred thousand digits are read, in an end of a box and in p and q together."""
    square = Network.relu([([[1, 2], [3, 1]], [0, 1]), ([[1, 1]], [0])])
    long = Network.relu([([[Fraction(10**99_990 + 1, 3**40), 2], [3, 1]], [0, 1]), ([[1, 1]], [0])])
    side = 10**99_999
    assert count(square, Box([-side, -1], [side, 1]), certificate=tmp_path / "read") == 4
    assert check(tmp_path / "read").regions == 4
    for network, box in ((square, Box([-10 * side, -1], [10 * side, 1])), (long, Box.cube(-1, 1, 2))):
        with pytest.raises(UnsupportedError, match="the checker reads numbers of at most 100000 digits"):
            count(network, box, certificate=tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["read"]


@AS_WRITTEN_BY_THE_CORE
def test_the_worked_example_of_the_documentation(tmp_path: Path) -> None:
    example = specified("example")
    (tmp_path / "theirs").write_text(example, encoding="utf-8")
    assert str(check(tmp_path / "theirs")) == "VERIFIED 2"
    two_units = Network.relu([([[1, 0], [1, 1]], [0, "-1/2"]), ([[1, 1]], [0])])
    write(tmp_path / "ours", two_units, Box([0, -1], [1, 1]), 2)
    assert (tmp_path / "ours").read_text(encoding="utf-8") == example
    # what the text says about it
    claim = checker.Claim(json.loads(example.splitlines()[0]))
    cell = checker.Cell(claim)
    up, off = cell.pieces(0)[0][0], cell.pieces(1)[0][0]
    shift = 1 << claim.shifts[0]
    assert [up.unpacked(claim), off.unpacked(claim)] == [[-2 * shift, 0, 0], [-2 * shift, -2 * shift, shift]]
    rows = [*claim.rows, [-2, -2, 1]]
    assert [sum(a * x for a, x in zip(row, (1, 0, 4), strict=True)) / 4 for row in rows] == [0.25, 0.75, 1, 1, 0.5]


@AS_WRITTEN_BY_THE_CORE
def test_the_bracket_of_the_documentation(tmp_path: Path) -> None:
    text = (ROOT / "verify" / "CERTIFICATE.md").read_text(encoding="utf-8")
    network = Network.relu([([[1], [2]], [0, -1]), ([[1, -1], [1, 2]], ["-1/4", -1]), ([[1, -1]], [0])])
    parts: dict[Pattern, State] = {((0,),): "inline", ((1,),): "pending"}
    kept = PartWriter.of(network, Box([-1], [1]))
    shown = compose(tmp_path / "ours", network, Box([-1], [1]), kept, parts, {}, lambda _: b"")
    assert (tmp_path / "ours").read_text(encoding="utf-8") == specified("bracket example")
    assert str(check(tmp_path / "ours")) == "VERIFIED 2..7"
    assert shown == (2, 7)
    assert "the bracket [2, 1 + 6].\nThe count, 6, is" in text
    assert count(network, Box([-1], [1])) == 6


def test_the_documentation_names_the_limits_and_definitions() -> None:
    text = (ROOT / "verify" / "CERTIFICATE.md").read_text(encoding="utf-8")
    for name in checker.CERTIFIABLE:
        assert f"| `{name}` |" in text
    assert f"at most {checker.MAX_LINE >> 20} MiB (the claim {checker.MAX_CLAIM >> 20} MiB)" in text
    assert f"{checker.MAX_DIGITS:,} digits".replace(",", " ") in text
    assert f"{checker.MAX_NUMBERS // 10**6} million coefficients" in " ".join(text.split())
    assert f"{checker.MAX_BOUND:,} bits".replace(",", " ") in text


def test_the_commands(tmp_path: Path, run: Any) -> None:
    network, out = NETWORKS / "duplicate.json", tmp_path / "out"
    record = run("count", network, "--box=-1,1", "--certificate", out, "--json").json
    assert (record["count"], record["certificate"]) == (5, str(out))
    text, errors = run("check", out)
    assert (text.splitlines()[0], errors) == ("VERIFIED 5", "")
    out.write_text(out.read_text().replace('"regions":5', '"regions":6'))
    text, errors = run("check", out, code=1)
    assert (text.startswith("REJECTED line "), errors) == (True, "")
    record = run("check", out, "--json", code=1).json
    assert (record["verified"], record["regions"]) == (False, None)
    assert record["reason"] == "6 regions are claimed, 5 are shown"


def test_a_certificate_does_not_take_the_place_of_its_network_or_its_domain(tmp_path: Path, run: Any) -> None:
    box = '{"format": "linregions/domain", "version": 1, "lower": [0, 0], "upper": [1, 1]}'
    files = {"net.json": (NETWORKS / "duplicate.json").read_bytes(), "box.json": box.encode()}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "link").symlink_to("net.json")
    for out in ("link", "box.json"):
        named = ("--domain", tmp_path / "box.json", "--certificate", tmp_path / out)
        errors = run("count", tmp_path / "net.json", *named, code=2).err
        assert f"{out} is a file that this command reads; name another one" in errors
    assert {name: (tmp_path / name).read_bytes() for name in files} == files


def test_layers_are_made_once_for_each_network_that_lives() -> None:
    pairs: list[Any] = [([[0.1, -3.0], [1e-9, 0.0]], [0.5, 0.0]), ([[1.0, 2.0]], [0.25])]
    network, twin = Network.from_floats(pairs), Network.from_floats(pairs)
    box, plane = Box([0, 0], [1, 1]), Plane([0, 0], ["1/3", 0], [0, 1])
    first, again, slanted = (claim_entries(network, where, 1) for where in (box, box, plane))
    assert first == again == claim_entries(twin, box, 1)
    assert first["network_sha256"] == slanted["network_sha256"] == network.digest
    made = claim_of(first, network).layers[0]
    assert made is claim_of(again, network).layers[0]
    for entries in (first, slanted):
        (given, *_), (read, *_) = claim_of(entries, network).layers, claim_of(entries).layers
        assert (given.s, given.scale, given.biases, given.text) == (read.s, read.scale, read.biases, read.text)
    assert slanted["domain"]["matrix"]
    assert claim_of(slanted, network).layers[0].s == 3
    kept = weakref.ref(made)
    del network, made, given, read
    gc.collect()
    assert kept() is None


def test_the_claim_of_the_last_domain_is_kept_as_long_as_its_network_lives(tmp_path: Path) -> None:
    network, cube = Network.from_floats([([[0.1, -3.0], [0.5, 1.0]], [0.5, 0.0])] * 2), Box.cube(0, 1, 2)
    (claim, text), (again, same) = (prepared_claim(network, cube, cube.rows) for _ in range(2))
    assert text is same
    assert claim is not again  # which counts the steps of another run
    assert claim.path is again.path
    for domain in (Box([0, 0], [1, 1]), Box([-2, 0], [1, "1/3"]), Plane([0, 0], [1, 1], [0, 2]), cube):
        for _ in range(2):
            regions = count(network, domain, certificate=tmp_path / "out")
            write(tmp_path / "after", network, domain, int(regions))
            assert (tmp_path / "out").read_bytes() == (tmp_path / "after").read_bytes()
    kept = weakref.ref(claim.layers[0])
    del network, claim, again
    gc.collect()
    assert kept() is None
