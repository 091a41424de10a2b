"""Files from strangers: thousands of mutated ones are refused in a sentence or read rightly, in bounded time.

The work is done by ``python tests/fuzzing``, in processes of its own; this folder has a file for each format.
"""

import json
import subprocess
import sys

import fuzz_agreement
import pytest
from fuzz_kinds import KINDS, mutated
from places import TESTS

from theory.formats import save
from verify.cli import main

HERE = TESTS
MEGABYTES = 800
SHARE = {  # one file in so many is still readable
    "json": 5, "domain": 5, "npz": 25, "safetensors": 5, "onnx": 25, "certificate": 5, "checkpoint": 20,
    "store": 10, "shared": 20, "symmetric": 20,
}  # fmt: skip
WITHOUT_POINTS = ("certificate", "checkpoint", "store", "shared", "symmetric")


def reports(kinds, first, number):
    """What a worker found, by kind."""
    command = [sys.executable, HERE / "fuzzing", ",".join(kinds), str(first), str(number)]
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
    if kind not in WITHOUT_POINTS:
        assert found["points"] >= found["read"] // (5 if kind == "domain" else 2) > 0


def test_some_mutated_files():
    for kind, found in reports(KINDS, 0, 60).items():
        hold(kind, found, 60)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_mutated_files(kind):
    hold(kind, reports([kind], 100, 4000)[kind], 4000)


def test_the_worker_finds_what_is_wrong(tmp_path, monkeypatch):
    """A reader that is off by one weight is found, and one that fails is not taken for a refusal."""
    _, files, _, examine = KINDS["json"]
    good = files()[0]
    path = tmp_path / "file.json"
    path.write_bytes(good)
    load = fuzz_agreement.formats.load

    def findings(reader):
        monkeypatch.setattr(fuzz_agreement.formats, "load", reader)
        seen = {"refused": 0, "read": 0, "points": 0, "count": 0, "findings": []}
        examine(0, good, path, seen)
        return seen["findings"]

    assert findings(load) == []
    path.write_bytes(good.replace(b'"-1"', b'"-2"', 1))
    assert findings(load) == [[0, "the second reading has other points"]]
    path.write_bytes(good)

    def crash(_path):
        raise KeyError("oops")

    with pytest.raises(KeyError):
        findings(crash)


def test_the_worker_finds_a_false_certificate(tmp_path, monkeypatch):
    """A checker that accepts everything is found."""
    _, files, _, examine = KINDS["certificate"]
    good = files()[0]
    path = tmp_path / "file.cert"
    seen = {"refused": 0, "read": 0, "points": 0, "count": 0, "findings": []}
    path.write_bytes(good)
    examine(0, good, path, seen)
    false = good.replace(b'"regions":', b'"regions":1', 1)
    path.write_bytes(false)
    examine(1, false, path, seen)
    assert (seen["read"], seen["refused"], seen["findings"]) == (1, 1, [])
    monkeypatch.setattr("fuzz_certificates.check", lambda _: True)
    examine(2, false, path, seen)
    assert seen["findings"] == [[2, "the second reading has other count"]]


def test_the_worker_finds_a_wrong_count_from_a_checkpoint(tmp_path, monkeypatch):
    name, files, _, examine = KINDS["checkpoint"]
    good = files()[0]
    seen = {"refused": 0, "read": 0, "points": 0, "count": 0, "findings": []}
    (tmp_path / name).write_bytes(good)
    examine(0, good, tmp_path / name, seen)
    assert (seen["count"], seen["findings"]) == (1, [])
    monkeypatch.setitem(sys.modules["fuzz_checkpoints"].KNOWN, "count", 7)
    examine(1, good, tmp_path / name, seen)
    assert seen["findings"] == [[1, "the second reading has other count"]]


@pytest.mark.parametrize("kind", ["json", "domain", "certificate", "checkpoint"])
def test_the_command_line_prints_no_traceback(kind, tmp_path, capsys):
    name, files, *_ = KINDS[kind]
    good = files()
    net, own = HERE / "networks" / "central4.json", tmp_path / "own.json"
    save(sys.modules["fuzz_checkpoints"].NETWORK, own)  # whose checkpoints are changed
    codes = set()
    for number in range(30):
        path = tmp_path / str(number) / name
        path.parent.mkdir()
        path.write_bytes(mutated(kind, number, good))
        arguments = {
            "json": ["count", str(path)],
            "domain": ["count", str(net), "--domain", str(path)],
            "certificate": ["check", str(path)],
            "checkpoint": ["count", str(own), "--box=-3,3", "--checkpoint", str(path.parent)],
        }[kind]
        with pytest.raises(SystemExit) as leave:
            main(arguments)
        out, err = capsys.readouterr()
        assert leave.value.code in ((0, 1) if kind == "certificate" else (0, 2))
        assert "Traceback" not in out + err
        if leave.value.code == 2:
            assert err.count("\n") == 1
            assert err.startswith("linregions: ")
        codes.add(leave.value.code)
    assert len(codes) == 2
