"""Interrupts, SIGTERM and closed streams: one line or none, the right exit code, and no draft left behind."""

import signal
import subprocess
import sys
import threading
import time

import pytest
from drawn import random_network

from theory import Network
from theory.formats import save
from verify import count
from verify.cli import main

COMMAND = [sys.executable, "-c", "from verify.cli import main; main()"]


@pytest.fixture
def endless(tmp_path):
    """A network with more regions than anyone can count, and no symmetry: its certificate is begun with the count."""
    save(random_network(0, 9, 48, 48), tmp_path / "endless.json")
    return tmp_path / "endless.json"


def begun(*arguments):
    """A process that is counting: it has said so, which it does here after half a second."""
    program = f"from verify import progress; progress.FIRST_LINE = 0.5; {COMMAND[-1]}"
    process = subprocess.Popen(
        [*COMMAND[:-1], program, *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    for line in process.stderr:
        if line.startswith("linregions: counting"):
            return process
    raise AssertionError(process.wait())


@pytest.mark.timeout(120)
@pytest.mark.parametrize("limits", [[], ["--checkpoint", "parts"]], ids=["whole", "in parts"])
def test_five_quick_interrupts_are_one(endless, tmp_path, monkeypatch, limits):
    monkeypatch.chdir(tmp_path)
    with begun("count", endless, *limits) as process:
        for _ in range(5):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        _, rest = process.communicate(timeout=60)
    assert "Traceback" not in rest
    assert process.returncode in ((3, 130) if limits else (130,))  # 130: before the first part was begun


@pytest.mark.timeout(120)
def test_sigterm_leaves_no_draft(endless, tmp_path):
    out = tmp_path / "certificates"
    out.mkdir()
    with begun("count", endless, "--certificate", out / "cert") as process:
        deadline = time.monotonic() + 60
        while not (drafts := list(out.iterdir())) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
    assert [draft.name.startswith(".draft-") for draft in drafts] == [True]
    assert "Traceback" not in rest
    assert process.returncode == 128 + signal.SIGTERM
    assert not list(out.iterdir())


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- 2>&-"])
def test_closed_streams_change_no_verdict(tmp_path, closed):
    cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    count(cross, certificate=tmp_path / "good")
    (tmp_path / "bad").write_text((tmp_path / "good").read_text().replace('"regions":4', '"regions":5'))
    for name, expected in [("good", 0), ("bad", 1)][: 2 if "<" in closed else 1]:
        line = f"{sys.executable} -c 'from verify.cli import main; main()' check {tmp_path / name} {closed}"
        result = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60, check=False)
        assert result.returncode == expected
        assert "Traceback" not in result.stderr


def test_a_count_within_limits_in_another_thread(tmp_path):
    """No other thread than the first may set what a signal does; it counts all the same."""
    save(Network.relu([([[1], [1]], [0, -1]), ([[1, -2]], [0])]), tmp_path / "net.json")
    left = []

    def go():
        try:
            main(["count", str(tmp_path / "net.json"), "--budget", "60"])
        except BaseException as error:
            left.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    assert [type(error) for error in left] == [SystemExit]
    assert left[0].code == 0
