"""Stores of results: whatever is done to a result, what is reused is true, and the rest is counted or refused."""

import shutil
import tempfile
from pathlib import Path

from fuzz_agreement import refused, take
from fuzz_changes import change_bytes, change_line, change_numbers, change_structure
from fuzz_json import LINES

from theory.errors import LinregionsError
from verify import Box, count
from verify.counting.store import Store

DOMAINS = Box.cube(-1, 1, 2), Box.cube(-2, 1, 2)
KNOWN = {"counts": []}
"""The true counts, and the files of the store by name; found by :func:`good_stores`."""


def good_stores():
    """The file of one of two results."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        for domain in DOMAINS:
            KNOWN["counts"].append(int(count(LINES, domain)))
            store.count(LINES, domain)
        KNOWN["files"] = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        KNOWN["name"] = f"{next(iter(store)).key}.json"
        return [KNOWN["files"][KNOWN["name"]]]


def examine(number, data, path, report):
    """Ask for both results, of which one is what the data say."""
    folder = path.with_name("store")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in KNOWN["files"].items():
        (folder / name).write_bytes(text)
    (folder / KNOWN["name"]).write_bytes(data)
    try:
        found = [Store(folder).count(LINES, domain) for domain in DOMAINS]
    except LinregionsError as error:
        refused(number, error, folder, report)
        return
    take(number, report, {"count": all(result.exact for result in found) and found == KNOWN["counts"]})


KINDS = {"store": ("result.json", good_stores, (change_bytes, change_numbers, change_structure, change_line), examine)}
