"""The checker in the core: the verdicts of verify/checker.py, line for line, whatever is done to a file."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from both_checkers import agreed, said
from drawn import mixed, random_network
from places import NETWORKS, ROOT, TESTS

from theory import Network
from theory.errors import UnsupportedError
from theory.formats import load
from verify import Box, Line, Polytope, WholeSpace, checker, count
from verify.certificate import check, fast_check, writer
from verify.certificate.claim import claim_line
from verify.certificate.fast_check import check_fast
from verify.certificate.parts import PartWriter, compose
from verify.domain.shapes import Domain
from verify.engines.core import core

pytestmark = pytest.mark.skipif(core is None, reason="needs the compiled core")


CASES: dict[str, tuple[Network, Domain, str]] = {
    "every kind of unit in a box": (mixed(), Box([-1, "-1/3"], [2, 1]), "activation"),
    "every kind of unit in the plane": (mixed(), WholeSpace(2), "activation"),
    "every kind of unit, patterns": (mixed(), Polytope([[1, 1, 1], [-1, 2, 3], [0, 0, 1]]), "patterns"),
    "bounds in the tree": (random_network(1, 2, 10, 10), Box.cube(-1, "2/3", 2), "activation"),
    "dependencies": (random_network(2, 3, 5, 4), WholeSpace(3), "activation"),
    "long dependencies": (random_network(3, 2, 5, 5, 5), WholeSpace(2), "activation"),
    "on a line": (random_network(4, 4, 6, 6), Line([0, 1, 0, 0], [1, "-2/3", 1, 2]), "activation"),
    "a wall that is no bound": (
        random_network(5, 3, 4, 4),
        Polytope([[1, 1, 1, 2], [-1, 0, 0, 1], [1, 0, 0, 1]]),
        "activation",
    ),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Certificates, all but the first three written by the core; and a bracket."""
    path, files = tmp_path_factory.mktemp("good") / "file", {}
    with pytest.MonkeyPatch.context() as patch:
        for name, (network, domain, definition) in CASES.items():
            patch.setattr(writer, "core", None if "unit" in name else core)
            count(network, domain, definition=definition, engine="exact", certificate=path)
            files[name] = path.read_bytes()
    network, domain = load(NETWORKS / "duplicate.json"), Box.cube(-2, 1, 2)
    parts: Any = {((0,),): "pending", ((1,),): "inline"}
    compose(path, network, domain, PartWriter.of(network, domain), parts, {}, lambda _: b"")
    return {**files, "bracket": path.read_bytes()}


def both(data: bytes, folder: Path) -> tuple[Any, int, str]:
    """The verdict of both checkers."""
    (folder / "file").write_bytes(data)
    return said(agreed(folder / "file"))


@pytest.mark.parametrize("name", [*CASES, "bracket"])
def test_verified_by_both(name: str, good: dict[str, bytes], tmp_path: Path) -> None:
    ends, line, _ = both(good[name], tmp_path)
    assert ends
    assert line == 0
    kinds = {line.split(b",")[0] for line in good[name].splitlines()[1:-1]}
    assert kinds >= {b"0", b"1", b"2"} | ({b"-2", b"-3"} if name == "bounds in the tree" else set())


def change(rng: random.Random, data: bytes) -> bytes:
    """Another byte, number or order of lines behind the claim."""
    first, *lines = data.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    line = lines[at]
    match rng.randrange(7):
        case 0:
            i = rng.randrange(len(line))
            new = rng.choice(
                [b"", line[i : i + 1] * 2, bytes([rng.randrange(256)]), b"0", b"9", b"-", b"[", b",", b"\n"]
            )
            lines[at] = line[:i] + new + line[i + 1 :]
        case 1 if re.fullmatch(rb"(-?[0-9]+,)*-?[0-9]+\n", line):
            numbers = line[:-1].split(b",")
            i = rng.randrange(len(numbers))
            value = int(numbers[i])
            far = rng.choice((2**31, 2**63, 2**64, 10**30, 10**100))
            numbers[i] = b"%d" % rng.choice(
                [value + 1, value - 1, -value, -1 - value, 2 * value, value << 64, far, -far, 0]
            )
            lines[at] = b",".join(numbers) + b"\n"
        case 2 if line[:1] != b"[":
            numbers = line[:-1].split(b",")
            i = rng.randrange(len(numbers))
            numbers[i : i + 1] = rng.choice([[], numbers[i : i + 1] * 2, [b"1", b"0"]])
            lines[at] = b",".join(numbers) + b"\n"
        case 3:
            lines[at] = rng.choice(lines)
        case 4:
            del lines[at]
        case 5:
            lines.insert(at, line)
        case _:
            lines[at] = rng.choice(
                [b"\n", b" 1,2\n", b"01,2\n", b"-0,1\n", b"+1,2\n", b"1,2\r\n", b"1,\0\n", b"--1\n", b"-\n"]
            )
    changed = first + b"".join(lines)
    return changed[: rng.randrange(len(first), len(changed))] if rng.random() < 0.03 else changed


@pytest.mark.parametrize(
    ("number", "seed"), [(250, 1), *(pytest.param(3000, seed, marks=pytest.mark.slow) for seed in range(2, 12))]
)
def test_changed_files(number: int, seed: int, good: dict[str, bytes], tmp_path: Path) -> None:
    """Both accept some, and refuse most."""
    rng, verified = random.Random(seed), 0
    for _ in range(number):
        data = rng.choice(list(good.values()))
        for _ in range(rng.choice((1, 1, 1, 2))):
            data = change(rng, data)
        verified += both(data, tmp_path)[0] is not None
    assert number / 100 < verified < number / 2


def test_valid_trees_of_forged_claims(good: dict[str, bytes], tmp_path: Path) -> None:
    """Another number, another end of the domain, another weight with its digest: both refuse, in the same line."""
    rng, seen = random.Random(3), set()
    for data in good.values():
        first, rest = data.split(b"\n", 1)
        claim = checker.decode(first)
        for _ in range(8):
            other = checker.decode(first)
            if other["domain"]["rows"] and rng.random() < 0.4:
                rng.choice(other["domain"]["rows"])[-1] += rng.choice((-1, 1))
            elif rng.random() < 0.8:
                layer = rng.choice(other["network"]["layers"][:2])
                rng.choice(layer["weights"])[0] = str(rng.randint(-2, 2))
                text, width = "", other["network"]["inputs"]
                for entry in other["network"]["layers"]:
                    made = checker.Layer(entry, width, 1)
                    width, text = len(made.units), text + made.text
                other["network_sha256"] = checker.hashlib.sha256(text.encode()).hexdigest()
            else:
                other["regions"] = claim["regions"] + 1 if type(claim["regions"]) is int else [1, 999]
            seen.add(both(checker.json.dumps(other).encode() + b"\n" + rest, tmp_path)[1])
    assert len(seen) > 15


def test_work_is_limited_alike(good: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps that evidence takes are counted alike: where they run out is the same line."""
    lines = set()
    for steps in (10**3, 10**4, 10**5, 3 * 10**5, 10**6, 10**7):
        monkeypatch.setattr(checker, "MAX_STEPS", (steps, 0))
        for data in good.values():
            _, line, reason = both(data, tmp_path)
            lines.add(line if "too many steps" in reason else 0)
    assert len(lines) > 10


@pytest.mark.parametrize("sizes", [(2, 5, 5), (1, *[3] * 14)], ids=["short", "long"])
def test_rows_of_many_words(sizes: tuple[int, ...], tmp_path: Path) -> None:
    """Behind many layers the entries of rows are longer than those that have a loop of their own."""
    count(random_network(6, *sizes), certificate=tmp_path / "out")
    claim = checker.Claim(checker.decode((tmp_path / "out").read_bytes().split(b"\n", 1)[0]))
    assert (claim.slot > 64 * 12) == (len(sizes) > 9)
    assert both((tmp_path / "out").read_bytes(), tmp_path)[0]


def test_long_numbers_in_evidence_and_witnesses(tmp_path: Path) -> None:
    network = Network.relu([([[1, 0], [1, 1], [1, 0]], [0, 3, -5]), ([[1, 1, 1]], [0])])
    for far in (1, 2**31, 2**32, 2**63, 2**64 + 1, 10**200):
        for y in (far, far + 1):
            tree = f"2,0\n1,2,1,{far},-2,{y}\n1,1,0,{far},0,0,-1,{y},-3,{y}\n0,{-far},0,{2 * far}\n1,1,0,1\n2,2\n"
            tree += f'0,{far},{far},{2 * far}\n0,1,1,1\n["end",3]\n'
            first = claim_line(network, Box([-1, -1], [1, 1]), 3)
            both(f"{first}\n{tree}".encode(), tmp_path)


def test_blocks_of_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, good: dict[str, bytes]) -> None:
    """A file is read in blocks: the verdict does not depend on where they end."""
    for block in (1, 50, 1000):
        monkeypatch.setattr(checker, "BLOCK", block)
        assert both(good["dependencies"], tmp_path)[0]
        assert both(good["dependencies"][:-20], tmp_path)[0] is None
        assert both(good["dependencies"].replace(b"\n2,", b"\nx,", 1), tmp_path)[1] == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks for KiB")
def test_memory_does_not_grow_with_long_numbers(tmp_path: Path) -> None:
    """Of 9,900 digits, in each line at other places of it."""
    first = claim_line(Network.relu([([[1]] * 40, [5] * 40), ([[1] * 40], [0])]), Box.cube(-1, 1, 1), 1)
    with (tmp_path / "out").open("w") as file:
        file.write(first + "\n")
        for unit in range(40):
            file.write(f"1,{unit},0,1{'0' * 9990}{',-1,0' * (300 * unit)}{(',-1,1' + '0' * 9900) * 300}\n")
        file.write('0,0,1\n["end",1]\n')
    code = (
        "import resource, sys; from verify.certificate import check; used = resource.getrusage(0).ru_maxrss;"
        "print(check(sys.argv[1], fast=True), resource.getrusage(0).ru_maxrss - used < 30 << 10)"
    )
    told = subprocess.check_output([sys.executable, "-c", code, tmp_path / "out"], text=True, cwd=ROOT)
    assert told == "VERIFIED 1 True\n"


def test_an_interrupt_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An elimination of hundreds of rows, which nothing would stop, stops at a signal."""
    monkeypatch.setattr(checker, "MAX_STEPS", (10**17, 0))
    rng, n = random.Random(0), 220
    rows = [[rng.randint(-99, 99) for _ in range(n + 1)] for _ in range(n)]
    first = claim_line(Network.relu([([[1] * n], [0]), ([[1]], [0])]), Polytope(rows), 1)
    (tmp_path / "out").write_text(f"{first}\n1,0,-1,{','.join(map(str, range(-n, 1)))}\n")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 1.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            check_fast(tmp_path / "out")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - began < 10


def test_the_command(good: dict[str, bytes], tmp_path: Path, run: Callable[..., Any]) -> None:
    path = tmp_path / "out"
    path.write_bytes(good["bracket"])
    assert run("check", path, "--fast") == run("check", path)
    path.write_bytes(good["bracket"].replace(b"\n0,", b"\n0,9", 1))
    assert run("check", path, "--fast", code=1) == run("check", path, code=1)
    assert "beside --fast, which checks in one process" in run("check", path, "--fast", "--jobs", "2", code=2).err


@pytest.mark.parametrize("name", ["valid_linear", "valid_shared", "valid_symmetric", "old/two_lines"])
def test_what_it_does_not_serve(name: str, run: Callable[..., Any]) -> None:
    printed = run("check", TESTS / "certificates" / f"{name}.cert", "--fast", code=2)
    assert printed.err.startswith(
        "linregions: --fast serves versions 3 and 6, definitions activation and patterns, not version"
    )
    assert printed.err.endswith("; check without --fast\n")


def test_without_the_core(good: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_check, "core", None)
    (tmp_path / "out").write_bytes(good["bracket"])
    with pytest.raises(UnsupportedError, match="needs the compiled core, which is not there; check without --fast"):
        check(tmp_path / "out", fast=True)
