"""--budget and --memory hold from the first byte that is read, for lines and planes too."""

import signal
import time

import pytest

from theory import Network, formats
from verify.cli import limits as cli_limits
from verify.cli import regions
from verify.counting import limits
from verify.slices import planes


@pytest.fixture
def cross(tmp_path):
    path = tmp_path / "cross.json"
    formats.save(Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])]), path)
    return path


def for_ever(*_arguments, **_options):
    while True:
        time.sleep(0.01)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarms")
@pytest.mark.parametrize(("option", "value"), [("--budget", "0.05"), ("--memory", "1K")])
def test_what_would_go_on_for_ever_is_stopped(run, cross, monkeypatch, option, value) -> None:
    monkeypatch.setattr(planes, "across", for_ever)
    monkeypatch.setattr(regions, "along", for_ever)
    before = signal.getsignal(signal.SIGALRM)
    for arguments in (("plane", cross, "--box=-1,1"), ("line", cross, "--from=-1,0", "--to=1,1/2")):
        said = run(*arguments, option, value, code=3).err
        assert said.startswith(f"linregions: {option} {value} is used up, and nothing is known yet; give more, or")
    monkeypatch.setattr(formats, "load", for_ever)
    monkeypatch.setattr(cli_limits, "_POLL", 0.01)
    assert "is used up" in run("plane", cross, "--box=-1,1", option, value, code=3).err
    assert signal.getsignal(signal.SIGALRM) == before


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarms")
def test_a_look_at_the_memory_that_takes_long_is_not_interrupted_by_the_next_one(run, cross, monkeypatch) -> None:
    deep = []

    def slowly():
        deep.append(len(deep) + 1)
        try:
            end = time.perf_counter() + 0.03
            while time.perf_counter() < end:
                assert len(deep) == 1
            return 0
        finally:
            deep.pop()

    def across(*arguments, **options):
        end = time.perf_counter() + 0.2
        while time.perf_counter() < end:
            pass
        return found(*arguments, **options)

    found = planes.across
    monkeypatch.setattr(cli_limits, "_POLL", 0.01)
    monkeypatch.setattr(limits, "in_use", slowly)
    monkeypatch.setattr(planes, "across", across)
    assert run("plane", cross, "--box=-1,1", "--memory", "1000G", "--json").json["activation"] == 4


def test_enough_is_enough(run, cross) -> None:
    for option, value in (("--budget", "1000"), ("--memory", "1000G")):
        assert run("plane", cross, "--box=-1,1", option, value, "--json").json["activation"] == 4
        assert run("line", cross, "--from=-1,-1", "--to=1,2", option, value, "--json").json["activation"] == 3


def test_a_limit_that_is_none_is_refused_before_anything_is_read(run, tmp_path) -> None:
    for option, value in (("--budget", "-1"), ("--memory", "much"), ("--budget", "nan")):
        for command in ("plane", "count"):
            said = run(command, tmp_path / "missing.json", "--box=-1,1", option, value, code=2).err
            assert said.startswith(f"linregions: {option} ")
