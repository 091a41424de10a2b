"""Stores of results: whatever is done to the database, what is reused is true, and the rest is counted or refused."""

import shutil
import tempfile
from pathlib import Path

from fuzz_agreement import refused, take
from fuzz_changes import change_bytes, change_line
from fuzz_json import LINES

from theory.errors import LinregionsError
from verify import Box, count
from verify.counting.store import CERTIFICATES, DATABASE, Store

DOMAINS = Box.cube(-1, 1, 2), Box.cube(-2, 1, 2)
KNOWN = {}
"""The true counts, and the certificates by name; found by :func:`good_stores`."""


def good_stores():
    """Databases with one result and with two."""
    files = []
    with tempfile.TemporaryDirectory() as folder:
        for domain in DOMAINS:
            with Store(folder) as store:
                store.count(LINES, domain)
            files.append(Path(folder, DATABASE).read_bytes())
        KNOWN["certificates"] = {path.name: path.read_bytes() for path in Path(folder, CERTIFICATES).iterdir()}
        KNOWN["counts"] = [int(count(LINES, domain)) for domain in DOMAINS]
    return files


def examine(number, data, path, report):
    """Ask for both results; the store has the certificates that belong to them."""
    folder = path.with_name("store")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / CERTIFICATES).mkdir(parents=True)
    for name, text in KNOWN["certificates"].items():
        (folder / CERTIFICATES / name).write_bytes(text)
    (folder / DATABASE).write_bytes(data)
    try:
        with Store(folder) as store:
            found = [store.count(LINES, domain) for domain in DOMAINS]
    except LinregionsError as error:
        refused(number, error, folder, report)
        return
    take(number, report, {"count": all(result.exact for result in found) and found == KNOWN["counts"]})


KINDS = {"store": (DATABASE, good_stores, (change_bytes, change_bytes, change_line), examine)}
