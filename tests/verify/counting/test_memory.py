"""Memory: what is in use is measured with all processes, and a count stops before its limit, with a true bracket."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from drawn import random_network

from theory.errors import InvalidInputError
from theory.formats import save
from verify import WholeSpace, count
from verify.cli import limits as cli_limits
from verify.counting import limits
from verify.counting.limits import Limits
from verify.counting.long import AnytimeCount
from verify.counting.long import run as long_run
from verify.counting.long.work import PartCount
from verify.engines import Problem


def test_processes_that_were_started_count():
    child = subprocess.Popen(
        [sys.executable, "-c", "x = b'1' * (200 << 20); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    before = limits.in_use()
    child.stdout.readline()
    during = limits.in_use()
    child.communicate(b"\n")
    assert during > before + (150 << 20)
    assert limits.in_use() < during - (150 << 20)


def test_a_limit_that_is_used_up_already_is_refused():
    with pytest.raises(InvalidInputError, match=r"memory 10M is too little: \d+ M are in use"):
        count(random_network(1, 2, 3), memory="10M")
    with pytest.raises(InvalidInputError, match="activation regions, engine auto"):
        count(random_network(1, 2, 3), memory="10G", definition="linear")


SCRIPT = """
import json, re, sys
from theory.formats import load
from verify import count
from verify.counting.limits import in_use
from verify.counting.long import parts, run
run._MEMORY_PAUSE = 0.0  # a look after each part: the ballast grows with the parts, not with the time
run._PART_SECONDS, run._WANTED, parts._FINER = 1e-9, 3, 1
net = load(sys.argv[1])
count(net, budget_regions=1)  # the engine is loaded
limit = in_use() + (200 << 20)
ballast = []
result = count(net, memory=limit, checkpoint=sys.argv[2], report=lambda _: ballast.append(b"1" * (4 << 20)))
peak = int(re.search("VmHWM: *([0-9]+)", open("/proc/self/status").read().replace("\t", ""))[1]) << 10
print(json.dumps([result.lower, result.upper, result.statistics.get("memory_full", False), peak, limit]))
"""


def test_a_count_stops_before_its_limit_and_goes_on_later(tmp_path: Path):
    net = random_network(2, 3, 10, 8)
    save(net, tmp_path / "net.json")
    arguments = [sys.executable, "-c", SCRIPT, str(tmp_path / "net.json"), str(tmp_path / "parts")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    lower, upper, full, peak, limit = json.loads(done.stdout)
    number = int(count(net))
    assert full
    assert peak < limit
    assert lower <= number <= upper
    assert lower < upper
    assert int(count(net, checkpoint=tmp_path / "parts")) == number


@pytest.mark.usefixtures("impatient")
def test_near_the_limit_parts_do_not_pile_up(monkeypatch: pytest.MonkeyPatch):
    net = random_network(3, 2, 10, 8)
    number = int(count(net))
    monkeypatch.setattr(
        long_run.Work, "count", lambda *_: PartCount(1, False)
    )  # everything is divided down to its regions

    def most_waiting(filled: float) -> int:
        monkeypatch.setattr(limits, "in_use", lambda: int(filled * 1000))
        counting = AnytimeCount(Problem.of(net, WholeSpace(2)))
        waiting = []
        counting.go(Limits(memory=1000, report=lambda _: waiting.append(counting.waiting)))
        assert counting.lower == counting.upper == number
        assert not counting.full
        return max(waiting)

    assert most_waiting(0.8) < most_waiting(0.1) / 2


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run):
    path = tmp_path / "net.json"
    save(random_network(4, 2, 4), path)
    assert "--memory '2 pounds' is not a number of bytes" in run("count", path, "--memory", "2 pounds", code=2).err
    run("count", path, "--memory", "64G")
    monkeypatch.setattr(cli_limits, "_POLL", 3600.0)  # only the count looks at the memory
    readings = iter([0])
    monkeypatch.setattr(limits, "in_use", lambda: next(readings, 2 << 40))
    ran = run("count", path, "--memory", "1T", "--checkpoint", tmp_path / "parts", code=3)
    assert "between" in ran.out
    assert "--memory 1T was nearly used up" in ran.err
    assert "the same command goes on from here" in ran.err
    monkeypatch.setattr(sys, "argv", ["linregions", "count", "my net.json", "--checkpoint", "parts"])
    readings = iter([0])
    ran = run("count", path, "--memory", "1T", "--checkpoint", tmp_path / "others", code=3)
    assert "to go on from here: linregions count 'my net.json' --checkpoint parts" in ran.err
