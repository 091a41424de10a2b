"""Files from strangers: thousands of mutated ones are refused in a sentence or read rightly, in bounded time.

The work is done by ``tests/fuzzing.py``, in processes of its own.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from verify.cli import main

HERE = Path(__file__).parent
KINDS = ("json", "domain", "npz", "safetensors", "onnx")
MEGABYTES = 800
SHARE = {"json": 5, "domain": 5, "npz": 25, "safetensors": 5, "onnx": 25}  # one file in so many is still readable


def fuzzing():
    """The worker as a module, for its mutations."""
    spec = importlib.util.spec_from_file_location("fuzzing", HERE / "fuzzing.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reports(kinds, first, number):
    """What a worker found, by kind."""
    command = [sys.executable, HERE / "fuzzing.py", ",".join(kinds), str(first), str(number)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def hold(kind, found, number):
    assert found["findings"] == []
    assert found["megabytes"] < MEGABYTES
    assert found["refused"] + found["read"] == number
    assert found["refused"] > number // 5
    for checked in ("read", "count"):  # the test must not be one of refusals only
        assert found[checked] > number // SHARE[kind] // 2, found
    assert found["points"] > found["read"] // (5 if kind == "domain" else 2)


def test_some_mutated_files():
    for kind, found in reports(KINDS, 0, 100).items():
        hold(kind, found, 100)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_mutated_files(kind):
    hold(kind, reports([kind], 100, 4000)[kind], 4000)


def test_the_worker_finds_what_is_wrong(tmp_path, monkeypatch):
    """A reader that is off by one weight is found, and one that fails is not taken for a refusal."""
    worker = fuzzing()
    good = worker.GOOD["json"]()[0]
    path = tmp_path / "file.json"
    path.write_bytes(good)
    load = worker.formats.load

    def findings(reader):
        monkeypatch.setattr(worker.formats, "load", reader)
        seen = {"refused": 0, "read": 0, "points": 0, "count": 0, "findings": []}
        worker.examine("json", 0, good, path, seen)
        return seen["findings"]

    assert findings(load) == []
    path.write_bytes(good.replace(b'"-1"', b'"-2"', 1))
    assert findings(load) == [[0, "the second reading has other points"]]
    path.write_bytes(good)

    def crash(_path):
        raise KeyError("oops")

    with pytest.raises(KeyError):
        findings(crash)


@pytest.mark.parametrize("kind", ["json", "domain"])
def test_the_command_line_prints_no_traceback(kind, tmp_path, capsys):
    worker = fuzzing()
    good = worker.GOOD[kind]()
    net = HERE / "networks" / "central4.json"
    codes = set()
    for number in range(30):
        path = tmp_path / f"{number}.json"
        path.write_bytes(worker.mutated(kind, number, good))
        arguments = ["count", str(path)] if kind == "json" else ["count", str(net), "--domain", str(path)]
        with pytest.raises(SystemExit) as leave:
            main(arguments)
        out, err = capsys.readouterr()
        assert leave.value.code in (0, 2)
        assert "Traceback" not in out + err
        if leave.value.code == 2:
            assert len(err.splitlines()) == 1
            assert err.startswith("linregions: ")
        codes.add(leave.value.code)
    assert codes == {0, 2}
