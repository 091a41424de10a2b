"""The store of results: reuse only what is proved, survive other writers, hostile databases and lost certificates."""

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

import verify.counting.store
from theory import Network, formats
from theory.errors import FileFormatError, InternalError, InvalidInputError, UnsupportedError
from verify import Box, WholeSpace, checker, count
from verify.certificate import check
from verify.counting.store import Store

TENT = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
LINES = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "results")


def result_file(store, network):
    """The file of the network's result on its whole space."""
    (result,) = (row for row in store if row.network == network.digest)
    return store.folder / f"{result.key}.json"


def counted_how_often(monkeypatch):
    calls = []

    def counting(*arguments, **options):
        calls.append(options.get("definition"))
        return count(*arguments, **options)

    monkeypatch.setattr(verify.counting.store, "count", counting)
    return calls


def bracket(lower, upper, network=TENT):
    exact = count(network)
    return dataclasses.replace(exact, lower=lower, upper=upper)


def test_counted_once_and_certified(store, monkeypatch):
    calls = counted_how_often(monkeypatch)
    assert store.get(LINES) is None
    first, second = store.count(LINES), store.count(LINES)
    assert first == second == 7
    assert len(calls) == 1
    assert second.statistics == {"stored": True} != first.statistics
    assert str(check(second.certificate)) == "VERIFIED 7"
    assert second.certificate.parent == store.folder
    with Store(store.folder) as again:
        assert again.count(LINES) == 7
    assert len(calls) == len(store) == 1
    assert sorted(path.suffix for path in store.folder.iterdir()) == ["", ".certificate", ".json"]  # and the lock


def test_questions_are_kept_apart(store):
    small, large = Box([0, 0], ["1/4", "1/4"]), Box([0, 0], [1, 1])
    assert [int(store.count(LINES, domain)) for domain in (None, small, large)] == [7, 1, 2]
    assert store.get(LINES, Box([0, 0], ["1/4", "1/5"])) is None
    assert store.get(TENT, Box([0], [1])) is None
    assert store.get(LINES, WholeSpace(2)) == 7  # what None means
    other = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, "-1.0000001"]), ([[1, 1, 1]], [0])])
    assert store.get(other) is None
    assert {row.place for row in store} == {"R^2", "[0,1/4]^2", "[0,1]^2"}


@pytest.mark.parametrize("harm", ["one byte", "emptied", "deleted", "swapped"])
def test_a_certificate_that_does_not_match_its_hash_is_not_trusted(store, monkeypatch, harm):
    path = store.count(LINES).certificate
    other = store.count(TENT).certificate
    content = path.read_bytes()
    if harm == "deleted":
        path.unlink()
    else:
        path.write_bytes({"one byte": content[:-2] + b" \n", "emptied": b"", "swapped": other.read_bytes()}[harm])
    assert store.get(LINES) is None
    assert store.get(LINES, certified=False) == 7
    assert store.get(LINES, certified=False).certificate is None
    calls = counted_how_often(monkeypatch)
    again = store.count(LINES)
    assert (int(again), len(calls)) == (7, 1)
    assert path.read_bytes() == content
    assert store.get(LINES) == 7


def test_a_certified_bracket_is_stored_until_the_count_is_known(store, tmp_path):
    draft = tmp_path / "bracket"
    stopped = count(LINES, certificate=draft, budget_regions=1)
    certified = tuple(stopped.statistics["certified"])
    held = store.put(LINES, dataclasses.replace(stopped, lower=stopped.lower + 1))
    assert (held.lower, held.upper) == certified
    assert str(check(held.certificate)) == "VERIFIED {}..{}".format(*certified)
    assert store.get(LINES) == held
    for wrong in ({"lower": stopped.lower - 1}, {"upper": stopped.upper + 1}, {"domain": Box.cube(0, 1, 2)}):
        with pytest.raises(InvalidInputError, match="is not the certificate of <"):
            store.put(LINES, dataclasses.replace(stopped, **wrong))
    again = store.count(LINES, budget_regions=1)
    assert (again.lower, again.upper) == certified
    assert store.count(LINES, budget=600, jobs=1) == 7 == store.get(LINES)
    assert str(check(store.get(LINES).certificate)) == "VERIFIED 7"


def test_a_certificate_of_something_else_is_refused(store, tmp_path):
    path = tmp_path / "tent"
    tent = count(TENT, certificate=path)
    for network, result in (
        (LINES, dataclasses.replace(count(LINES), certificate=path)),
        (TENT, dataclasses.replace(tent, lower=4, upper=4)),
        (TENT, dataclasses.replace(tent, domain=Box([0], [9]))),
        (TENT, dataclasses.replace(tent, upper=4)),
    ):
        with pytest.raises(InvalidInputError, match="is not the certificate of <"):
            store.put(network, result)
    with pytest.raises(FileFormatError, match=r"cannot be copied into the store .* \(no such file or directory\)"):
        store.put(TENT, dataclasses.replace(tent, certificate=tmp_path / "missing"))
    assert len(store) == 0
    assert not list(store.folder.iterdir())
    assert store.put(TENT, tent).certificate != path


def test_definitions_without_certificates_are_counted_anew(store, monkeypatch):
    """Whatever can be certified today: here nothing but activation regions can."""
    hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
    calls = []

    def counting(network, domain=None, *, definition="activation", certificate=None):
        calls.append(certificate is not None)
        if certificate is not None and definition != "activation":
            raise UnsupportedError("no certificate for this definition")
        return count(network, domain, definition=definition, certificate=certificate)

    monkeypatch.setattr(verify.counting.store, "count", counting)
    for _ in range(2):
        assert int(store.count(hat, definition="affine")) == 3
        assert store.get(hat, definition="affine") is None
        assert store.get(hat, definition="affine", certified=False) == 3
    assert calls == [True, False] * 2
    assert store.get(hat, certified=False) is None


def test_definitions_with_certificates_are_kept_apart(store):
    hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])
    for of in checker.CERTIFIABLE:
        result = store.count(hat, definition=of)
        assert store.get(hat, definition=of) == result == count(hat, definition=of)
        assert str(check(result.certificate)).startswith(f"VERIFIED {int(result)}")
    assert len({row.certificate for row in store}) == len(store) == len(checker.CERTIFIABLE)


def test_brackets_narrow_and_never_replace_what_is_proved(store, tmp_path):
    assert store.put(TENT, bracket(1, 10**5000)).upper == 10**5000
    assert store.put(TENT, bracket(2, 9)).lower == 2
    proved = count(TENT, certificate=tmp_path / "proof")
    assert store.put(TENT, proved).exact
    held = store.put(TENT, bracket(1, 100))
    assert (held.exact, int(held)) == (True, 3)
    assert store.get(TENT) == 3
    for wrong in ((4, 4), (1, 2)):
        with pytest.raises(InternalError, match=r"contradicts the stored bracket \[3, 3\] .* please report"):
            store.put(TENT, bracket(*wrong))
    assert store.get(TENT) == 3


def test_folders_that_cannot_be_used_are_refused_with_a_reason(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(FileFormatError, match="cannot be used as a store"):
        Store(tmp_path / "file")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "results.sqlite").write_bytes(b"SQLite format 3\0")
    with pytest.raises(FileFormatError, match="is a store of the earlier format, an SQLite database, which"):
        Store(tmp_path / "old")


HOSTILE = {
    "a path for a hash": {"certificate": "../../../etc/passwd"},
    "no number": {"lower": "3; DROP TABLE results"},
    "a negative number": {"lower": "-1"},
    "an empty bracket": {"upper": "1"},
    "no region": {"lower": "0"},
    "a number that is no text": {"upper": 3},
    "digits of another script": {"lower": "\u0663"},
    "no text": {"engine": ["exact"]},
    "text for seconds": {"seconds": "soon"},
    "another question": {"network": LINES.digest},
    "another definition": {"definition": "linear"},
    "a definition that does not exist": {"definition": "beautiful"},
    "another format": {"format": "linregions/network"},
    "another version": {"version": 2},
    "a field too many": {"proved": True},
}


@pytest.mark.parametrize("harm", HOSTILE, ids=str)
def test_hostile_results_are_refused(store, harm):
    store.count(TENT)
    path = result_file(store, TENT)
    path.write_text(json.dumps(json.loads(path.read_text()) | HOSTILE[harm]))
    for ask in (lambda: store.get(TENT), lambda: list(store), lambda: store.get(TENT, certified=False)):
        with pytest.raises(FileFormatError, match="is damaged, or not the result of its name; move it away"):
            ask()


def test_a_number_that_its_certificate_does_not_claim_is_counted_anew(store):
    store.count(TENT)
    path = result_file(store, TENT)
    path.write_text(path.read_text().replace('"upper": "3"', '"upper": "4"'))
    assert store.get(TENT) is None
    assert store.get(TENT, certified=False).upper == 4
    assert store.count(TENT) == 3 == store.get(TENT)
    other = store.count(TENT, Box([-9], [9]))
    path.write_text(path.read_text().replace(store.get(TENT).certificate.stem, other.certificate.stem))
    assert store.get(TENT) is None


WRITER = """
import sys
from theory import Network, formats
from verify import Box
from verify.counting.store import Store
with Store(sys.argv[1]) as store:
    print("ready", flush=True)
    for round in range(int(sys.argv[2])):
        for k in range(1, 6):
            lines = Network.relu([([[1, 0], [0, 1], [1, k]], [0, 0, -1]), ([[1, 1, 1]], [0])])
            assert int(store.count(lines)) == 7
            tent = Network.relu([([[1], [1]], [0, -k]), ([[2, -4]], [round % 3])])
            assert int(store.count(tent, Box([-1], [9]))) == 3
"""


def writers(folder, number, rounds):
    command = [sys.executable, "-c", WRITER, str(folder), str(rounds)]
    return [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(number)]


def test_many_writers_at_once(tmp_path):
    started = writers(tmp_path, 4, 6)
    for writer in started:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
    with Store(tmp_path) as store:
        assert len(store) == 5 + 15
        assert {row.lower for row in store} == {3, 7}
        assert all(str(check(store.certificate_path(row.certificate))) == f"VERIFIED {row.lower}" for row in store)


def test_a_killed_writer_leaves_a_store_that_works(tmp_path):
    for pause in (0.0, 0.05, 0.15):
        (writer,) = writers(tmp_path, 1, 1000)
        writer.stdout.readline()
        time.sleep(pause)
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        with Store(tmp_path) as store:
            assert all(row.lower == row.upper in (3, 7) for row in store)
            assert store.count(LINES) == 7
            assert store.get(LINES).certificate is not None


def test_hashes_only():
    with pytest.raises(InvalidInputError, match="is not a SHA-256 in hexadecimal"):
        Store.certificate_path(object.__new__(Store), "../x")


def test_the_command_line_reuses_a_store(tmp_path, run):
    tent = tmp_path / "tent.json"
    formats.save(TENT, tent)
    command = ("count", tent, "--store", tmp_path / "results")
    assert re.fullmatch(r"3 activation regions of 1-2 on R\^1, exact \([0-9.]+ s\)\n", run(*command).out)
    assert run(*command).out.endswith(", stored, not checked)\n")
    record = run(*command, "--json").json
    assert (record["count"], record["statistics"]) == (3, {"stored": True})
    assert str(check(record["certificate"])) == "VERIFIED 3"
    assert run(*command, "--self-check", code=2).err.startswith("linregions: --store keeps its own certificates")
    (result,) = (tmp_path / "results").glob("*.json")
    result.write_text("x" * 5000)
    out, err = run(*command, code=2)
    assert out == ""
    assert "is damaged" in err
    run("count", tent, "--store", tent, code=2)
