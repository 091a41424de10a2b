"""The data of the atlas as HTML: one page an architecture, overviews that can be sorted and filtered, the playground.

Pages need no server and ask nothing of the network: paths are relative, styles and scripts are files beside them, and
everything a page says is in the page before any script runs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from theory import __version__
from theory.architecture import Architecture
from theory.errors import imported
from theory.text import integer_text
from verify.atlas.entry import Entry, slug
from verify.atlas.sequences import Row
from verify.drawing import INKS
from verify.partitions.definitions import DEFINITIONS

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__)
_SCRIPTS = ("network.js", "partition.js", "viewer.js", "play.js")


@cache
def _templates() -> Environment:
    jinja2 = imported("jinja2", "atlas", "writing pages")
    made: Environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE.with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = lambda value: integer_text(value, longest=24)
    made.globals.update(version=__version__, inks=INKS)
    return made


def _render(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(**values)


Menu = tuple[tuple[str, str], ...]
"""Files and titles of the overviews."""


def overview_of(arch: Architecture) -> tuple[str, str]:
    """File and title of the overview that lists an architecture.

    >>> overview_of(Architecture.parse("2-4-4")), overview_of(Architecture.parse("1-2", rank=3))
    (('inputs-2.html', 'ReLU, 2 inputs'), ('maxout-3.html', 'Maxout of rank 3'))
    """
    if arch.kind == "relu":
        return f"inputs-{arch.inputs}.html", f"ReLU, {arch.inputs} input{'s' * (arch.inputs > 1)}"
    return f"maxout-{arch.rank}.html", f"Maxout of rank {arch.rank}"


def entry_page(entry: Entry, drawn: str, menu: Menu) -> str:
    """The page of one architecture; ``drawn`` is its picture as SVG."""
    facts, arch = entry.facts, entry.architecture
    play = ""
    if arch.inputs == 2 and entry.network is not None:
        compact = json.dumps(json.loads(entry.network_text), separators=(",", ":"))
        play = f"../play.html#{quote(compact)}"
    nouns = {name: definition.nouns for name, definition in DEFINITIONS.items()}
    file, group = overview_of(arch)
    kind = "" if arch.kind == "relu" else f", maxout of rank {arch.rank}"
    title = f"({arch.inputs}; {', '.join(map(str, arch.widths))}){kind}"
    return _render(
        "entry.html", f=facts, title=title, slug=slug(arch), svg=drawn, play=play, nouns=nouns, root="../",
        menu=menu, overview=(f"../{file}", group),
    )  # fmt: skip


def overviews(entries: Sequence[tuple[Architecture, dict[str, Any]]], menu: Menu) -> dict[str, str]:
    """The front page, and an overview for each input dimension of ReLU networks and for each rank of maxout ones."""
    heads, files = [], {}
    for name, title in menu:
        group = [facts for arch, facts in entries if overview_of(arch)[0] == name]
        known = sum(facts["known"] for facts in group)
        heads.append({"file": name, "title": title, "entries": len(group), "known": known})
        grid = _grid(group) if group[0]["kind"] == "relu" else None
        files[name] = _render("overview.html", title=title, entries=group, known=known, grid=grid, root="", menu=menu)
    gaps = sorted((facts for _, facts in entries if not facts["known"]), key=lambda facts: int(facts["gap"]))
    files["index.html"] = _render(
        "index.html", heads=heads, total=len(entries), nearly=gaps[:12], names=[facts for _, facts in entries], root="",
        menu=menu,
    )  # fmt: skip
    return files


def _grid(group: list[dict[str, Any]]) -> list[list[dict[str, Any] | None]]:
    """The two-layer architectures by (n1, n2), up to nine units each."""
    cells = {tuple(facts["widths"]): facts for facts in group if len(facts["widths"]) == 2}
    size = min(max((max(widths) for widths in cells), default=0), 9)
    return [[cells.get((a, b)) for b in range(1, size + 1)] for a in range(1, size + 1)]


def sequence_page(rows: list[Row], menu: Menu) -> str:
    """The known maxima along rows of architectures."""
    return _render("sequences.html", rows=rows, root="", menu=menu)


def play_page(entries: Sequence[dict[str, Any]], menu: Menu) -> str:
    """The page where the user draws and counts networks with two inputs, with its scripts beside it.

    It knows what the entries say of ReLU networks with two inputs.
    """
    relu = [facts for facts in entries if facts["inputs"] == 2 and facts["kind"] == "relu"]
    given = json.dumps({"known": {each["architecture"]: [each["at_least"], each["at_most"]] for each in relu}})
    return _render("play.html", root="", scripts=_SCRIPTS, inline=None, style="", given=given, title="Play", menu=menu)


def explore_page(title: str, given: dict[str, Any]) -> str:
    """The same page around a network or a partition of the user's, in one file with everything inside.

    ``given`` is ``{"network": …}`` as in a network file, or ``{"cells": …}`` with polygons that were counted elsewhere.
    """
    static = _HERE.with_name("static")
    inline = [static.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS]
    data = json.dumps(given, separators=(",", ":")).replace("<", "\\u003c")
    style = static.joinpath("style.css").read_text(encoding="utf-8")
    return _render("play.html", root="", scripts=(), inline=inline, style=style, given=data, title=title, menu=())
