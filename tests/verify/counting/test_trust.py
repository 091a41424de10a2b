"""Folders that come from elsewhere: links are not followed, impossible numbers are refused, the rest is said."""

import json
import os

import pytest

from theory import Network
from theory.errors import FileFormatError, InvalidInputError, LinregionsError
from verify import Box, count
from verify.cli.limits import _is_here
from verify.counting.long.checkpoint import _checksum
from verify.counting.store import Store

CROSS = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1], [1, -1, 2]], [0, -1]), ([[1, 1]], [0])])
TENT = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])


@pytest.mark.parametrize("link", ["symbolic", "hard", "dangling", "folder", "pipe"])
def test_a_checkpoint_changes_no_file_elsewhere(tmp_path, link):
    folder, precious, name = tmp_path / "parts", tmp_path / "precious", "parts.jsonl"
    folder.mkdir()
    precious.write_text("kept")
    if link == "symbolic":
        (folder / name).symlink_to(precious)
    elif link == "hard":
        os.link(precious, folder / name)
    elif link == "dangling":
        (folder / name).symlink_to(tmp_path / "new")
    elif link == "folder":
        (folder / name).mkdir()
    else:
        os.mkfifo(folder / name)
    with pytest.raises(InvalidInputError, match="checkpoint"):
        count(CROSS, checkpoint=folder)
    assert precious.read_text() == "kept"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("content", [b"precious, no newline", b"precious\nwith newlines\n"])
def test_what_is_no_checkpoint_is_not_truncated(tmp_path, content):
    (tmp_path / "parts.jsonl").write_bytes(content)
    with pytest.raises(InvalidInputError, match="name another folder"):
        count(CROSS, checkpoint=tmp_path)
    assert (tmp_path / "parts.jsonl").read_bytes() == content


@pytest.mark.parametrize("size", [1, 10])
def test_a_journal_cut_off_in_its_first_line_begins_again(tmp_path, size):
    number = count(CROSS, checkpoint=tmp_path)
    journal = tmp_path / "parts.jsonl"
    journal.write_bytes(journal.read_bytes()[:size])
    assert count(CROSS, checkpoint=tmp_path) == int(number)


def test_a_planted_draft_of_a_certificate_is_not_followed(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("kept")
    out = tmp_path / "out"
    for draft in (".draft-out", "out.draft", f".draft-{os.getpid()}", ".out.draft"):
        (tmp_path / draft).symlink_to(precious)
    count(CROSS, certificate=out)
    assert precious.read_text() == "kept"
    assert out.is_file()


def forged(folder, *entries):
    """A journal of the cross with these entries, each with a right checksum."""
    count(CROSS, checkpoint=folder, budget_regions=1)
    journal = folder / "parts.jsonl"
    lines = journal.read_text().splitlines()[:1]
    for entry in entries:
        text = json.dumps(entry, separators=(",", ":"))
        lines.append(f'{text[:-1]},"{_checksum(text)}"]')
    journal.write_text("".join(line + "\n" for line in lines))


def test_a_part_with_more_regions_than_it_can_have_is_refused(tmp_path):
    forged(tmp_path, [[], 10**6])
    with pytest.raises(InvalidInputError, match="claims 1000000 regions for a part that has at most"):
        count(CROSS, checkpoint=tmp_path)


def test_what_rests_on_a_checkpoint_is_said(tmp_path, run):
    forged(tmp_path, [[], 5])
    result = count(CROSS, checkpoint=tmp_path)
    assert result.statistics["unchecked"] == 5
    with pytest.raises(LinregionsError):  # a proof is not written from a forged number
        count(CROSS, checkpoint=tmp_path, certificate=tmp_path / "cert")
    assert not (tmp_path / "cert").exists()
    fresh = count(CROSS, checkpoint=tmp_path / "own")
    assert "unchecked" not in fresh.statistics
    from theory.formats import save

    save(CROSS, tmp_path / "net.json")
    assert run("count", tmp_path / "net.json", "--checkpoint", tmp_path / "own").out.strip().endswith("not checked)")


def test_a_stored_number_beyond_every_bound_is_refused(tmp_path):
    store = Store(tmp_path)
    store.count(TENT)
    (path,) = tmp_path.glob("*.json")
    record = json.loads(path.read_text())
    record |= {"lower": "99", "upper": "99", "certificate": None}
    path.write_text(json.dumps(record))
    with pytest.raises(FileFormatError, match="which has at most 3; it is forged or damaged"):
        store.get(TENT, certified=False)
    assert store.get(TENT) is None  # without a proof it is as good as absent


def test_a_certificate_is_checked_on_request(tmp_path):
    store = Store(tmp_path)
    store.count(TENT, Box([0], [1]))
    assert store.get(TENT, Box([0], [1]), checked=True) == 2
    (certificate,) = tmp_path.glob("*.certificate")
    forgery = certificate.read_text().replace('["end",2]', '["end",3]')
    certificate.unlink()
    import hashlib

    digest = hashlib.sha256(forgery.encode()).hexdigest()
    (tmp_path / f"{digest}.certificate").write_text(forgery)
    (path,) = tmp_path.glob("*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"certificate": digest}))
    assert store.get(TENT, Box([0], [1])) == 2  # its hash is right; what it proves was not asked
    with pytest.raises(FileFormatError, match="does not prove the result"):
        store.get(TENT, Box([0], [1]), checked=True)


def test_addresses_of_this_machine():
    assert all(map(_is_here, ("tcp://localhost:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:8786", "127.0.0.1:1")))
    assert not any(map(_is_here, ("tcp://node7:8786", "tls.example:1", "tcp://[fe80::1]:8786")))
