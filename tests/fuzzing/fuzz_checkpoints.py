"""Checkpoints: a journal that was changed is refused, or the count that goes on with it is right."""

import hashlib
import json
import random
import tempfile
from pathlib import Path

from fuzz_agreement import refused, take
from fuzz_changes import change_bytes, change_line, change_numbers, change_structure, change_tokens

from theory import Network
from theory.errors import InvalidInputError
from verify import Box, count
from verify.certificate import check
from verify.counting.long import parts, run
from verify.counting.long.checkpoint import FILE

NETWORK = Network.relu(
    [([[1, 0], [0, 1], [1, 1], [1, -2]], [0, 0, -1, "1/3"]), ([[1, -1, 1, 0], [1, 1, 1, -2]], [0, -1]), ([[1, 1]], [0])]
)
DOMAIN = Box.cube(-3, 3, 2)
KNOWN = {}
"""The true count, found by :func:`good_checkpoints`, and the good journals."""


def good_checkpoints():
    """Journals of counts that were divided a lot: finished, stopped, and with the lines of a certificate."""
    before = run._PART_SECONDS, run._WANTED, parts._FINER
    run._PART_SECONDS, run._WANTED, parts._FINER = 0.0, 3, 1
    files = []
    try:
        for budget, certified in ((None, False), (3, False), (None, True)):
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder, "out.cert") if certified else None
                result = count(
                    NETWORK, DOMAIN, checkpoint=folder, budget_regions=budget, certificate=out, report=lambda _: None
                )
                files.append(Path(folder, FILE).read_bytes())
                KNOWN["count"] = result.upper
    finally:
        run._PART_SECONDS, run._WANTED, parts._FINER = before
    return files


def change_and_sign(rng, data, others):
    """Another value in one line, with the checksum that it should have."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    try:
        *entry, _ = json.loads(lines[at])
        changed = json.loads(change_structure(rng, json.dumps(entry).encode(), others[0].split(b"\n")[1:2]))
        text = json.dumps(changed, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError):
        return data
    if isinstance(changed, list) and changed:
        lines[at] = f'{text[:-1]},"{hashlib.sha256(text.encode()).hexdigest()[:16]}"]'.encode("utf-8", "replace")
    return b"\n".join(lines)


def is_signed_anew(data):
    """Whether there is an entry that no good journal has, and its checksum fits: then the count cannot be known."""
    good = {line for file in KNOWN["good"] for line in file.split(b"\n")}
    return any(line not in good for line in data.split(b"\n")[:-1])


def examine(number, data, path, report):
    """Go on with a journal; the count must be right, and a certificate of it verified."""
    certificate = path.with_name("out.cert") if random.Random(number).random() < 0.3 else None
    try:
        result = count(NETWORK, DOMAIN, checkpoint=path.parent, certificate=certificate)
    except InvalidInputError as error:
        refused(number, str(error).removeprefix("checkpoint "), path.parent, report)
        return
    right = result.exact and int(result) == KNOWN["count"]
    if certificate is not None:
        right = check(certificate).regions == KNOWN["count"]
    take(number, report, {"count": None if is_signed_anew(data) else right})


def _files():
    KNOWN["good"] = good_checkpoints()
    return KNOWN["good"]


_CHANGES = (change_bytes, change_bytes, change_tokens, change_numbers, change_line, change_line, change_and_sign)
KINDS = {"checkpoint": (FILE, _files, _CHANGES, examine)}
