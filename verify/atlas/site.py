"""The atlas as files: pages, networks, certificates, JSON, CSV and b-files, the same bytes in every run.

>>> import tempfile
>>> from theory import Architecture
>>> with tempfile.TemporaryDirectory() as folder:
...     files = build(folder, [Architecture.parse("2-3-2")])
...     "a/2-3-2.html" in files, "certificates/2-3-2.cert" in files, "data/atlas.json" in files
(True, True, True)
"""

import csv
import io
import json
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from theory.architecture import Architecture
from theory.formats.files import write_text
from verify.atlas import pages
from verify.atlas.entry import architectures, entry, slug
from verify.atlas.sequences import b_file, sequences
from verify.maxima.best_known import tightness
from verify.progress import tracked

_STATIC = Path(__file__).with_name("static")
_COLUMNS = (
    "architecture", "kind", "rank", "inputs", "at_least", "attained_by", "at_most", "not_exceeded_by", "known", "gap",
)  # fmt: skip


def build(folder: str | os.PathLike[str], chosen: Iterable[Architecture] | None = None, *, jobs: int = 1) -> list[str]:
    """Write the atlas into a folder and say which files it holds, by their paths in it; ``jobs`` processes do it.

    By default it holds :func:`verify.atlas.entry.architectures`.  Files that have the right content already are left
    alone; others of the same name are replaced.
    """
    root = Path(folder)
    listed = list(dict.fromkeys(architectures() if chosen is None else chosen))
    menu = tuple(sorted(set(map(pages.overview_of, listed)), key=lambda each: (each[0][0], len(each[0]), each)))
    every: list[dict[str, Any]] = []
    written: list[str] = []
    for facts, files in _made(listed, menu, jobs):
        every.append(facts)
        written += _write(root, files)
    names = {slug(arch) for arch in listed}
    rows = list(sequences(lambda arch: tightness(arch) if slug(arch) in names else None))
    files = {
        **pages.overviews(list(zip(listed, every, strict=True)), menu),
        "sequences.html": pages.render("sequences.html", rows=rows, menu=menu),
        "play.html": pages.play_page(every, menu),
        "data/atlas.json": _json({"entries": every}),
        "data/atlas.csv": _csv(every),
        **{f"data/{row.file}": b_file(row) for row in rows},
        **{f"static/{path.name}": path.read_text(encoding="utf-8") for path in sorted(_STATIC.iterdir())},
    }
    return sorted(written + _write(root, files))


def _made(listed: list[Architecture], menu: pages.Menu, jobs: int) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    make = partial(_files, menu)
    if jobs == 1:
        yield from map(make, tracked(listed, "entries of the atlas"))
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = pool.map(make, listed, chunksize=4)
        yield from (next(made) for _ in tracked(listed, "entries of the atlas"))


def _files(menu: pages.Menu, arch: Architecture) -> tuple[dict[str, Any], dict[str, str]]:
    """The facts about an architecture, and the files that hold them."""
    found = entry(arch)
    name, facts = slug(arch), found.facts
    files = {f"a/{name}.html": pages.entry_page(found, menu), f"a/{name}.json": _json(facts)}
    if found.network is not None:
        files[f"networks/{name}.json"] = found.network_text
        files[f"certificates/{name}.cert"] = found.certificate.decode("ascii")
    return facts, files


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _write(root: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        path = root / name
        if not path.exists() or path.read_bytes() != text.encode():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, text)
    return list(files)


def _csv(every: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    rows = csv.DictWriter(text, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    rows.writerows(every)
    return text.getvalue()
