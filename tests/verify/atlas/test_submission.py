"""Networks submitted to the atlas: counted, compared, and added to a checkout by a patch."""

import json
import shutil
import subprocess

import pytest

from theory import Architecture, Network
from theory.errors import InternalError, InvalidInputError
from theory.records import FOLDER, records
from verify import Box, count
from verify.atlas import site
from verify.maxima import records as module
from verify.maxima.best_known import Tightness, most_attained, tightness
from verify.maxima.records import patch, submission

CROSS = Network.relu([([["1/2", 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])


def test_what_is_known_already_is_not_new():
    found = submission(CROSS)
    assert (found.regions, found.better, found.contradicts) == (4, False, False)
    assert str(found) == "2-2: 4 regions, nothing new (known: 4 by generic)"
    with pytest.raises(InvalidInputError, match="nothing new"):
        patch(found)


def test_a_certificate_must_be_about_the_network_on_all_of_space(tmp_path):
    other = Network.relu([([[1, 0], [1, 0]], [0, 1]), ([[1, 1]], [0])])
    for network, domain in ((other, None), (CROSS, Box.cube(-1, 1, 2))):
        count(network, domain, certificate=tmp_path / "cert")
        with pytest.raises(InvalidInputError, match="the certificate does not prove"):
            submission(CROSS, (tmp_path / "cert").read_bytes())
    count(CROSS, certificate=tmp_path / "cert")
    assert submission(CROSS, (tmp_path / "cert").read_bytes()).regions == 4


def test_numbers_that_contradict_each_other_are_faults_of_the_toolkit(monkeypatch):
    for where in (module, site):
        monkeypatch.setattr(where, "count", lambda *a, **k: count(*a, **k) + 1)
    with pytest.raises(InternalError, match="2-2: counted 5, but VERIFIED 4"):
        submission(CROSS)
    with pytest.raises(InternalError, match="2-2: generic has 5 regions, not 4"):
        site.entry(CROSS.architecture)


def test_a_certificate_alone_will_do(tmp_path, run):
    count(CROSS, certificate=tmp_path / "net.cert")
    assert run("atlas", "submit", tmp_path / "net.cert", code=1).out.startswith("2-2: 4 regions, nothing new")
    text = (tmp_path / "net.cert").read_text()
    (tmp_path / "wrong.cert").write_text(text.replace('"regions":4', '"regions":5'))
    assert "the certificate does not prove" in run("atlas", "submit", tmp_path / "wrong.cert", code=2).err
    (tmp_path / "none.cert").write_text('{"format":"linregions/certificate"}\n')
    assert "no network that can be read" in run("atlas", "submit", tmp_path / "none.cert", code=2).err


def test_a_better_network_becomes_a_patch(tmp_path, monkeypatch):
    """The network of a record, while the toolkit believes that only its construction is known."""
    arch = Architecture.parse("2-6-2")
    record = records()[arch]
    weaker = most_attained(Architecture.parse("2-6-1"))
    monkeypatch.setattr(module, "tightness", lambda a: Tightness(a, weaker, tightness(a).upper))
    found = submission(record.network)
    assert found.better
    assert "a record" in str(found)
    repository = tmp_path / "repository"
    place = repository / "theory" / "data" / "records"
    place.mkdir(parents=True)
    for path in FOLDER.iterdir():
        shutil.copy(path, place)
    text = patch(found)
    (tmp_path / "record.patch").write_text(text)
    subprocess.run(["git", "init", "-q", "."], cwd=repository, check=True)
    subprocess.run(["git", "apply", str(tmp_path / "record.patch")], cwd=repository, check=True)
    stored = json.loads((place / "index.json").read_text())["records"]
    assert [r["found"] for r in stored if r["architecture"] == "2-6-2"] == ["submitted"]
    assert len(stored) == len(records())
