"""Certificates of long counts: the same bytes for any number of processes and stops; brackets that are proved."""

import contextlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from drawn import all_kinds, random_degenerate_problems

from theory import Network
from theory.errors import InvalidInputError, UnsupportedError
from theory.formats import save
from verify import Box, Segment, WholeSpace, checker, count
from verify.certificate import check
from verify.certificate import parts as certificate_parts
from verify.counting.long import AnytimeCount, run
from verify.counting.long.checkpoint import FILE, Checkpoint
from verify.domain.shapes import Domain
from verify.engines import Problem, patterns
from verify.engines.problem import NoInteriorError


def relu(seed: int, *widths: int) -> Network:
    """Small integer weights, some of them 0."""
    rng = random.Random(seed)
    pairs = [
        ([[rng.randint(-4, 4) for _ in range(a)] for _ in range(b)], [rng.randint(-3, 3) for _ in range(b)])
        for a, b in itertools.pairwise(widths)
    ]
    return Network.relu([*pairs, ([[1] * widths[-1]], [0])])


CASES: dict[str, tuple[Network, Domain]] = {
    "relu": (relu(1, 2, 6, 5), WholeSpace(2)),
    "relu in a box": (relu(2, 3, 4, 4), Box.cube(-1, 1, 3)),
    "maxout": (all_kinds(), Box([-1, -1], [1, 1])),
    "maxout everywhere": (all_kinds(), WholeSpace(2)),
    "segment": (relu(3, 3, 5, 4), Segment([-1, -1, 0], [2, 1, "1/2"])),
    "no hidden unit": (Network.relu([([[1, 2]], [0])]), WholeSpace(2)),
    "one region": (Network.relu([([[1, 1]], [9]), ([[1]], [0])]), Box.cube(-1, 1, 2)),
}


class Shuffled(ThreadPoolExecutor):
    """Parts end in a random order."""

    def submit(self, function, /, *arguments):
        def late():
            time.sleep(delay)
            return function(*arguments)

        delay = random.Random(str(arguments)).uniform(0, 0.01)
        return super().submit(late)


@pytest.mark.usefixtures("evidence", "impatient")
@pytest.mark.parametrize("name", list(CASES))
def test_the_same_bytes_in_any_order_and_after_any_stop(name: str, tmp_path: Path) -> None:
    network, domain = CASES[name]
    whole = tmp_path / "whole"
    number = int(count(network, domain, certificate=whole))
    assert str(check(whole)) == f"VERIFIED {number}"
    count(network, domain, certificate=tmp_path / "one", budget=600)
    assert (tmp_path / "one").read_bytes() == whole.read_bytes()
    with Shuffled(3) as pool:
        count(network, domain, certificate=tmp_path / "shuffled", executor=pool, jobs=3)
    assert (tmp_path / "shuffled").read_bytes() == whole.read_bytes()
    for stop in (number // 3, 2 * number // 3, None):
        found = count(
            network,
            domain,
            certificate=tmp_path / "stopped",
            budget_regions=stop or None,
            checkpoint=tmp_path / "parts",
        )
        verdict = check(tmp_path / "stopped")
        assert verdict.bracket == tuple(found.statistics["certified"])
        assert verdict.bracket[0] <= found.lower <= number <= found.upper <= verdict.bracket[1]
    assert (tmp_path / "stopped").read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "parts", "shuffled", "stopped", "whole"]


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    network, box = relu(5, 3, 9, 9), Box.cube(-2, 2, 3)
    number = count(network, box, certificate=tmp_path / "one")
    assert int(number) > 600
    assert count(network, box, certificate=tmp_path / "two", jobs=2) == number
    assert (tmp_path / "two").read_bytes() == (tmp_path / "one").read_bytes()


@pytest.mark.usefixtures("impatient")
def test_a_checkpoint_serves_with_and_without_a_certificate(tmp_path: Path) -> None:
    network, domain = CASES["relu"]
    number = int(count(network, domain, certificate=tmp_path / "whole"))
    assert int(count(network, domain, checkpoint=tmp_path / "parts")) == number
    for _ in range(2):
        assert int(count(network, domain, checkpoint=tmp_path / "parts", certificate=tmp_path / "out")) == number
        assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()
        assert int(count(network, domain, checkpoint=tmp_path / "parts")) == number


@pytest.mark.usefixtures("impatient")
def test_a_journal_cut_off_anywhere_still_gives_the_certificate(tmp_path: Path) -> None:
    network, domain = CASES["relu in a box"]
    folder, out = tmp_path / "parts", tmp_path / "out"
    count(network, domain, certificate=out, checkpoint=folder)
    whole, journal = out.read_bytes(), (folder / FILE).read_bytes()
    for end in random.Random(2).sample(range(len(journal)), 12):
        (folder / FILE).write_bytes(journal[:end])
        out.unlink()
        count(network, domain, certificate=out, checkpoint=folder)
        assert out.read_bytes() == whole


def test_lost_or_changed_lines_are_refused(tmp_path: Path) -> None:
    network, domain = CASES["relu in a box"]
    journal = tmp_path / "parts" / FILE
    count(network, domain, certificate=tmp_path / "out", checkpoint=tmp_path / "parts")
    whole = journal.read_bytes()
    at = whole.index(b"\\n")  # between two lines of a certificate
    for changed in (whole[:at] + whole[at + 2 :], whole[: at - 1] + b"?" + whole[at:]):
        journal.write_bytes(changed)
        with pytest.raises(InvalidInputError, match=r"line \d+ is damaged; name another folder"):
            count(network, domain, certificate=tmp_path / "again", checkpoint=tmp_path / "parts")
    assert not (tmp_path / "again").exists()
    journal.write_bytes(whole)
    with contextlib.closing(Checkpoint(tmp_path / "parts", (network.digest, domain.digest))) as kept:
        part = next(part for part in kept.done if part in kept.places)
        journal.write_bytes(whole[: at - 1] + b"?" + whole[at:])
        with pytest.raises(InvalidInputError, match="it was changed at byte"):
            kept.lines(part)


def test_a_certificate_does_not_overwrite_its_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    with pytest.raises(InvalidInputError, match=rf"{FILE} belongs to the checkpoint; name another file"):
        count(CASES["relu"][0], certificate=tmp_path / "parts" / ".." / "parts" / FILE, checkpoint=tmp_path / "parts")
    with pytest.raises(InvalidInputError, match="give a folder to write in"):
        count(CASES["relu"][0], certificate=tmp_path / "out", checkpoint=tmp_path / "parts" / FILE)
    count(CASES["relu"][0], certificate=tmp_path / "parts" / "out", checkpoint=tmp_path / "parts")
    assert check(tmp_path / "parts" / "out").verified


def test_a_checkpoint_has_one_user_at_a_time(tmp_path: Path) -> None:
    network, domain = CASES["relu"]
    inside = []

    def report(_: AnytimeCount) -> None:
        with pytest.raises(InvalidInputError, match="another process counts with it; wait, or name another") as error:
            count(network, domain, checkpoint=tmp_path)
        inside.append(error)

    count(network, domain, checkpoint=tmp_path, report=report)
    assert inside
    assert count(network, domain, checkpoint=tmp_path).exact


@pytest.mark.usefixtures("impatient")
def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, domain = CASES["relu"]
    whole = count(network, domain, certificate=tmp_path / "whole")
    room = [0]

    def fsync(_: int) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(28, "No space left on device")

    for room[0] in (0, 1, 4, 9):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            with pytest.raises(InvalidInputError, match=r"No space left on device; mend that, and start again"):
                count(network, domain, certificate=tmp_path / "out", checkpoint=tmp_path / "parts")
        assert not (tmp_path / "out").exists()
    assert count(network, domain, certificate=tmp_path / "out", checkpoint=tmp_path / "parts") == int(whole)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.usefixtures("impatient")
def test_an_interrupt_while_an_entry_is_written_loses_no_more_than_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry, which is on the disk already, is longer than the bracket that is written in its place."""
    network, domain = CASES["relu"]
    whole = count(network, domain, certificate=tmp_path / "whole")
    calls, real = [0], os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        calls[0] -= 1
        if calls[0] == 0:
            raise KeyboardInterrupt

    for calls[0] in (3, 6, 9):
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            found = count(network, domain, certificate=tmp_path / "out", checkpoint=tmp_path / "parts")
        assert found.statistics["interrupted"]
    assert count(network, domain, certificate=tmp_path / "out", checkpoint=tmp_path / "parts") == int(whole)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.usefixtures("impatient")
def test_an_interrupt_anywhere_leaves_a_true_bracket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, domain = CASES["relu"]
    number = int(count(network, domain))
    rng = random.Random(3)
    brackets = set()
    for _ in range(14):
        calls = [rng.randrange(1, 160)]

        def interrupting(original, calls=calls):
            def call(*arguments, **named):
                calls[0] -= 1
                if calls[0] == 0:
                    raise KeyboardInterrupt
                return original(*arguments, **named)

            return call

        with monkeypatch.context() as patch:
            patch.setattr(run, "is_whole", interrupting(run.is_whole))
            for name in ("_divide", "_put", "narrow"):
                patch.setattr(AnytimeCount, name, interrupting(getattr(AnytimeCount, name)))
            try:
                found = count(network, domain, certificate=tmp_path / "out", budget=600)
            except KeyboardInterrupt:  # before or after the count itself
                continue
        verdict = check(tmp_path / "out")
        assert verdict.bracket
        assert verdict.bracket[0] <= found.lower <= number <= found.upper <= verdict.bracket[1]
        brackets.add(verdict.bracket)
    assert len(brackets) > 3


# ---------------------------------------------------------------------------------------------------------- brackets


@pytest.mark.usefixtures("evidence", "impatient")
@pytest.mark.parametrize("seed", [1, 2])
def test_open_leaves_hold_what_is_there(seed: int, tmp_path: Path) -> None:
    """The checker's bound of every open leaf, against a count of its part; and the whole bracket, also by two jobs."""
    tried = 0
    for network, domain in random_degenerate_problems(seed, 25, 3, 5):
        problem = Problem.of(network, domain)
        try:
            number = len(set(patterns(problem, "exact")))
        except NoInteriorError:
            continue
        found = count(network, domain, certificate=tmp_path / "out", budget_regions=max(1, number // 2))
        verdict = check(tmp_path / "out")
        assert verdict.bracket is not None, verdict
        assert verdict.bracket == tuple(found.statistics["certified"])
        assert verdict.bracket[0] <= found.lower <= number <= found.upper <= verdict.bracket[1]
        tried += verdict.regions is None
    assert tried > 4


@pytest.mark.usefixtures("impatient")
def test_several_processes_check_a_bracket_alike(tmp_path: Path) -> None:
    network, box = relu(5, 3, 9, 9), Box.cube(-2, 2, 3)
    found = count(network, box, certificate=tmp_path / "out", budget_regions=500)
    assert not found.exact
    alone = check(tmp_path / "out")
    assert str(alone) == "VERIFIED {}..{}".format(*found.statistics["certified"])
    assert check(tmp_path / "out", jobs=2) == alone
    lines = (tmp_path / "out").read_bytes().splitlines(keepends=True)
    at = max(i for i, line in enumerate(lines) if line.startswith(b"-1,"))
    (tmp_path / "out").write_bytes(b"".join([*lines[:at], lines[at].replace(b"-1,", b"0,", 1), *lines[at + 1 :]]))
    alone = check(tmp_path / "out")
    assert "is undecided at a leaf" in str(alone)
    assert check(tmp_path / "out", jobs=2) == alone


def test_a_bound_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MAX_BOUND", 3)
    certificate_parts._claim.cache_clear()  # which may know the bounds below the layers from another test
    network, domain = CASES["relu"]
    with pytest.raises(UnsupportedError, match="no certificate of this bracket can be written: the bound of an open"):
        count(network, domain, certificate=tmp_path / "out", budget_regions=1)
    assert not list(tmp_path.iterdir())


# ----------------------------------------------------------------------------------------------------------- killed


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from verify.cli import main; main()", "count", *map(str, arguments)]


def _kill_and_resume(folder: Path, network: Network, kills: int, seed: int, jobs: int) -> None:
    """Kill at random moments; the count and the certificate are those of a run that is not killed."""
    folder.mkdir()
    save(network, folder / "net.json")
    number = int(count(network, certificate=folder / "whole"))
    command = _command(
        folder / "net.json", "--checkpoint", folder / "parts", "--certificate", folder / "out", "--jobs", jobs, "--json"
    )
    rng = random.Random(seed)
    said = folder.with_suffix(".said")
    for i in range(kills):
        with said.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--json-lines"], stdout=out, stderr=subprocess.DEVNULL, start_new_session=True
            )
        while i % 2 and process.poll() is None and not said.stat().st_size:
            time.sleep(0.02)  # until it counts, however slow the machine is
        time.sleep(rng.uniform(0.3, 4))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    result = subprocess.run(command, capture_output=True, text=True)
    record = json.loads(result.stdout)
    assert (record["count"], record["certificate"]) == (number, str(folder / "out"))
    assert (folder / "out").read_bytes() == (folder / "whole").read_bytes()
    assert str(check(folder / "out")) == f"VERIFIED {number}"
    assert sorted(path.name for path in folder.iterdir()) == ["net.json", "out", "parts", "whole"]


def test_killed_and_resumed(tmp_path: Path) -> None:
    _kill_and_resume(tmp_path / "a", relu(6, 3, 12, 10), 2, 1, 1)


@pytest.mark.slow
def test_killed_and_resumed_a_hundred_times(tmp_path: Path) -> None:
    for seed in range(10):
        _kill_and_resume(tmp_path / str(seed), relu(10 + seed, 3, 22, 16), 10, seed, 1 + seed % 2)


def test_control_c_ends_all_processes_and_certifies_the_bracket(tmp_path: Path) -> None:
    """As in a terminal: every process gets the signal."""
    save(relu(9, 5, 40, 40), tmp_path / "net.json")
    arguments = (tmp_path / "net.json", "--jobs", 2, "--certificate", tmp_path / "out", "--json-lines")
    process = subprocess.Popen(
        _command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    process.stdout.readline()  # it is counting
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 3, err
    assert "Traceback" not in err
    assert "between " in out
    assert check(tmp_path / "out").bracket
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net.json", "out"]


def test_no_process_outlives_the_one_that_started_it(tmp_path: Path) -> None:
    save(relu(9, 5, 40, 40), tmp_path / "net.json")
    command = _command(tmp_path / "net.json", "--jobs", 2, "--json-lines")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it is counting
        process.kill()
        process.stdout.read()  # to the end: when no process has the pipe open


@pytest.mark.usefixtures("impatient")
def test_the_command_stops_with_a_bracket_and_goes_on(tmp_path: Path, run) -> None:
    save(CASES["relu"][0], tmp_path / "net.json")
    number = int(count(CASES["relu"][0]))
    stopping = ("count", tmp_path / "net.json", "--certificate", tmp_path / "out", "--budget-regions", 40)
    parts = ("--checkpoint", tmp_path / "parts")
    printed = run(*stopping, *parts, code=3).out.splitlines()
    record = run("check", tmp_path / "out", "--json").json
    assert (record["verified"], record["regions"]) == (True, None)
    lower, upper = record["lower"], record["upper"]
    assert printed[0].startswith("between ")
    assert printed[1] == f"the certificate shows no more than this: between {lower} and {upper}"
    record = run(*stopping, *parts, "--json", code=3).json
    assert (record["count"], record["certificate"]) == (None, str(tmp_path / "out"))
    lower, upper = record["statistics"]["certified"]
    assert lower <= record["lower"] <= number <= record["upper"] <= upper
    assert run("check", tmp_path / "out", "--jobs", 2).out.splitlines()[0] == f"VERIFIED {lower}..{upper}"
    *changes, last = run("count", tmp_path / "net.json", *parts, "--json-lines").out.splitlines()
    assert all(state["lower"] <= number <= state["upper"] for state in map(json.loads, changes))
    assert last.startswith(f"{number} activation regions of 2-6-5 on R^2, exact")
