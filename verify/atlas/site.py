"""The atlas: what is known about every small architecture, as plain data, and as files, the same bytes in every run.

The files are pages, networks, certificates, JSON, CSV and b-files.

>>> facts = entry(Architecture.parse("2-3-2")).facts
>>> facts["at_least"], facts["at_most"], facts["known"], facts["definitions"]["linear"]
(22, 22, True, 17)
"""

import contextlib
import csv
import hashlib
import io
import itertools
import json
import multiprocessing
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import sympy

from theory.architecture import Architecture
from theory.bounds import all_architectures, listing
from theory.errors import InternalError, LinregionsError, UnsupportedError
from theory.formats.files import write_text
from theory.formats.json_file import dumps
from theory.network import Network
from theory.records import records
from theory.sources import Source
from verify.atlas import pages
from verify.atlas.pages import slug
from verify.counting.region_count import count
from verify.maxima.best_known import Tightness, attained, tightness
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.region_list import dual_graph
from verify.progress import tracked

_STATIC = Path(__file__).with_name("static")
_FEWEST = 3  # terms of a row of maxima that are known, unless it is left out
_MOST_REGIONS = 400  # of a network whose dual graph is computed
_COLUMNS = (
    "architecture", "kind", "rank", "inputs", "at_least", "attained_by", "at_most", "not_exceeded_by", "known", "gap",
)  # fmt: skip


def architectures() -> Iterator[Architecture]:
    """ReLU: up to four inputs, three layers and ten units; maxout of rank 3 and 4: up to six units; all records.

    >>> found = list(architectures())
    >>> len(found) == len(set(found)), sum(arch.kind == "maxout" for arch in found)
    (True, 328)
    """
    found = [arch for arch in all_architectures(range(1, 5), range(1, 11), (1, 2, 3)) if arch.units <= 10]
    yield from sorted({*found, *records()}, key=lambda arch: (arch.inputs, arch.depth, arch.widths))
    sizes = sorted(arch.sizes for arch in found if arch.units <= 6)
    yield from (Architecture.maxout(*each, rank=rank) for rank in (3, 4) for each in sizes)


class Entry(NamedTuple):
    """One architecture of the atlas.

    ``facts`` are everything as JSON: integers, text, lists; paths are relative to the atlas.  ``network`` is the best
    network known, ``text`` the file with it that ``linregions count`` reads, and ``certificate`` that of its count on
    R^{n0}; None and empty if the number of regions rests on a published bound alone.
    """

    facts: dict[str, Any]
    network: Network | None = None
    text: str = ""
    certificate: bytes = b""


def entry(arch: Architecture) -> Entry:
    """The entry of an architecture; the network is counted, and its certificate written unless a record holds it."""
    known, name = tightness(arch), slug(arch)
    lower, upper, network = known.lower, known.upper, known.lower.network
    facts: dict[str, Any] = {
        "architecture": str(arch),
        "kind": arch.kind,
        "rank": arch.rank,
        "inputs": arch.inputs,
        "widths": list(arch.widths),
        "page": f"a/{name}.html",
        "at_least": lower.value,
        "attained_by": lower.name,
        "evidence": lower.evidence,
        "attained_source": _source(lower.source),
        "at_most": upper.value,
        "not_exceeded_by": upper.bound.key,
        "upper_source": _source(upper.bound.source),
        "known": known.exact,
        "gap": upper.value - lower.value,
        "reason": known.reason,
        "bounds": [
            {"key": bound.key, "kind": bound.kind, "value": value, "title": bound.title}
            | {"status": bound.status.value, "source": _source(bound.source)}
            for bound, value in listing(arch)
        ],
        "networks": [
            {"name": each.name, "regions": each.value, "evidence": each.evidence, "source": _source(each.source)}
            for each in sorted(attained(arch), key=lambda each: (-each.value, each.name))
            if each.build is not None
        ],
    }
    if network is None:
        return Entry(facts)
    text = dumps(network, note=f"{lower.value} activation regions on R^{arch.inputs}")
    certificate = _certificate(known, network)
    where = {"network": f"networks/{name}.json", "certificate": f"certificates/{name}.cert"}
    for key, content in (("network", text.encode()), ("certificate", certificate)):
        facts[key] = {"file": where[key], "sha256": hashlib.sha256(content).hexdigest()}
    facts["network"]["digest"] = network.digest
    facts["certificate"]["check"] = f"linregions check {where['certificate']} --network {where['network']}"
    facts["definitions"] = _definitions(network)
    facts["dual_graph"] = _dual_graph(network) if lower.value <= _MOST_REGIONS else None
    return Entry(facts, network, text, certificate)


def _certificate(known: Tightness, network: Network) -> bytes:
    """That of the count of the best network known."""
    arch, lower = known.architecture, known.lower
    record = records().get(arch)
    if lower.name == "record" and record is not None and record.count == lower.value:
        return record.certificate
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "certificate")
        counted = int(count(network, certificate=path))
        if counted != lower.value:
            raise InternalError(f"{arch}: {lower.name} has {counted} regions, not {lower.value}; report it")
        return path.read_bytes()


def _source(source: Source) -> dict[str, str]:
    return {"short": source.short, "text": str(source), "url": source.url}


def _definitions(network: Network) -> dict[str, int | None]:
    """The count under each definition of "region"; None where it is out of reach."""
    found: dict[str, int | None] = dict.fromkeys(DEFINITIONS)
    for name in DEFINITIONS:
        with contextlib.suppress(UnsupportedError):
            found[name] = int(count(network, definition=name))
    return found


def _dual_graph(network: Network) -> dict[str, Any]:
    graph = dual_graph(network)
    degrees = [degree for _, degree in graph.degree()]
    nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
    ends = {"least_degree": min(degrees), "greatest_degree": max(degrees), "mean_degree": f"{2 * edges}/{nodes}"}
    return {"regions": nodes, "facets": edges, **ends}


def build(folder: str | os.PathLike[str], chosen: Iterable[Architecture] | None = None, *, jobs: int = 1) -> list[str]:
    """Write the atlas into a folder and say which files it holds, by their paths in it; ``jobs`` processes do it.

    By default it holds :func:`architectures`.  Files are replaced, unless they have the right content already.
    """
    root = Path(folder)
    listed = list(dict.fromkeys(architectures() if chosen is None else chosen))
    menu = tuple(sorted(set(map(pages.overview_of, listed)), key=lambda each: (each[0][0], len(each[0]), each)))
    every: list[dict[str, Any]] = []
    written: list[str] = []
    with contextlib.ExitStack() as stack:
        spawning = partial(ProcessPoolExecutor, jobs, mp_context=multiprocessing.get_context("spawn"))
        run = map if jobs == 1 else partial(stack.enter_context(spawning()).map, chunksize=4)
        made = run(partial(_files, menu), listed)
        for _, (facts, files) in zip(tracked(listed, "entries of the atlas"), made, strict=True):
            every.append(facts)
            written += _write(root, files)
    names = {slug(arch) for arch in listed}
    rows = list(sequences(lambda arch: tightness(arch) if slug(arch) in names else None))
    table = io.StringIO()
    cells = csv.DictWriter(table, _COLUMNS, extrasaction="ignore", lineterminator="\n")
    cells.writeheader()
    cells.writerows(every)
    files = {
        **pages.overviews(list(zip(listed, every, strict=True)), menu),
        "sequences.html": pages.render("sequences.html", rows=rows, menu=menu),
        "play.html": pages.play_page(every, menu),
        "data/atlas.json": _json({"entries": every}),
        "data/atlas.csv": table.getvalue(),
        **{f"data/{row.file}": row.b_file for row in rows},
        **{f"static/{path.name}": path.read_text(encoding="utf-8") for path in sorted(_STATIC.iterdir())},
    }
    return sorted(written + _write(root, files))


def _files(menu: pages.Menu, arch: Architecture) -> tuple[dict[str, Any], dict[str, str]]:
    """The facts about an architecture, and the files that hold them."""
    found = entry(arch)
    name, facts = slug(arch), found.facts
    page = pages.entry_page(arch, facts, found.network, found.text, menu)
    files = {f"a/{name}.html": page, f"a/{name}.json": _json(facts)}
    if found.network is not None:
        files[f"networks/{name}.json"] = found.text
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


class Row(NamedTuple):
    """The known maxima of a row of architectures.

    ``name`` has m or n for the number that runs, counted from 1, or dots for the number of layers.  ``terms`` are the
    maxima for 1, 2, … up to the last that is known without a gap, and ``theorems`` the keys of the bounds that are
    attained.  ``formula`` is the closed form of the one theorem that gives all terms, empty if there is none.
    """

    name: str
    terms: tuple[int, ...]
    theorems: tuple[str, ...]
    formula: str

    @property
    def file(self) -> str:
        """The name of its b-file."""
        return "b-" + re.sub(r"[^a-z0-9]+", "-", self.name.lower().replace("…", "etc")).strip("-") + ".txt"

    @property
    def b_file(self) -> str:
        """The terms, one line each: number and value."""
        return "".join(f"{number} {term}\n" for number, term in enumerate(self.terms, start=1))


def sequences(known: Callable[[Architecture], Tightness | None]) -> Iterator[Row]:
    """Every row of which at least three terms are ``known``; it ends where that function returns None.

    They are (2; n), (2; 3, m), (1; 2, …, 2) and the like.

    >>> small = lambda arch: tightness(arch) if arch.inputs == 2 and arch.units <= 7 else None
    >>> {row.name: row.terms for row in sequences(small)}["(2; 3, m)"]
    (13, 22, 34, 49)
    """
    for name, member in _families():
        maxima = map(known, map(member, itertools.count(1)))
        found = [each for each in itertools.takewhile(lambda each: each and each.exact, maxima) if each]
        if len(found) >= _FEWEST:
            theorems = tuple(dict.fromkeys(each.upper.bound.key for each in found))
            formula = _closed_form(found, member) if len(theorems) == 1 else ""
            yield Row(name, tuple(each.lower.value for each in found), theorems, formula)


def _families() -> Iterator[tuple[str, Callable[..., Architecture]]]:
    """Names, and the architecture for each number, which is one width or that of the layers."""
    for inputs in range(1, 5):
        relu = partial(Architecture.relu, inputs)
        yield f"({inputs}; n)", relu
        for width in range(1, 9):
            yield f"({inputs}; {width}, m)", partial(relu, width)
            yield f"({inputs}; n, {width})", lambda n, relu=relu, width=width: relu(n, width)
        for first, second in itertools.product(range(1, 5), repeat=2):
            yield f"({inputs}; {first}, {second}, m)", partial(relu, first, second)
        for width in range(1, 4):
            yield f"({inputs}; {width}, …, {width})", lambda n, relu=relu, width=width: relu(*[width] * n)
        for rank in (3, 4):
            yield f"({inputs}; n) maxout {rank}", partial(Architecture.maxout, inputs, rank=rank)


def _closed_form(found: Sequence[Tightness], member: Callable[..., Architecture]) -> str:
    """The bound of all terms as a formula in the width m, and from which m on it holds; empty if there is none."""
    symbol = sympy.Symbol("m", integer=True, positive=True)
    try:
        expression = sympy.factor(found[0].upper.bound(member(symbol)).expression)
        right = [expression.subs(symbol, number) == each.upper.value for number, each in enumerate(found, start=1)]
    except (LinregionsError, TypeError, ValueError):
        return ""
    first = max((number for number, holds in enumerate(right, start=1) if not holds), default=0) + 1
    if first > len(found):
        return ""
    return str(expression) if first == 1 else f"{expression} for m >= {first}"
