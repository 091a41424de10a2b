"""The atlas as HTML: one page an architecture, overviews, the playground; and any network in its viewer, in one file.

Pages need no server: paths are relative, and everything a page says is in the page before any script runs.
"""

import base64
import itertools
import json
import math
import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from theory import __version__
from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError, imported
from theory.formats.json_file import dumps
from theory.geometry.region import Region, pattern_text
from theory.network import Network
from theory.text import integer_text
from verify.domain.shapes import Domain, Line, Plane
from verify.drawing import INKS, color
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.region_list import regions
from verify.slices import planes
from verify.slices.lines import along

_HERE = Path(__file__)
_SCRIPTS = ("network.js", "partition.js", "viewer.js", "play.js")
_WIDTH, _HEIGHT = 640, 260  # of the graph of a network with one input

MOST_POLYGONS = 50_000
"""A page with more polygons is refused: browsers become slow."""
MOST_CELLS = 2000
"""The same of polyhedra in space."""


@cache
def _templates() -> Any:
    jinja2 = imported("jinja2", "atlas", "writing pages")
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE.with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = lambda value: integer_text(value, longest=24)
    made.globals.update(version=__version__, inks=INKS, root="")
    return made


def render(template: str, **values: Any) -> str:
    """A page from its template; ``root`` is the way from the page to the folder of the atlas."""
    return str(_templates().get_template(template).render(**values))


def slug(arch: Architecture) -> str:
    """The name of an architecture in file names.

    >>> slug(Architecture.parse("2-4-4")), slug(Architecture.parse("2-3", rank=3))
    ('2-4-4', '2-3-maxout3')
    """
    name = "-".join(map(str, arch.sizes))
    return name if arch.kind == "relu" else f"{name}-maxout{arch.rank}"


Menu = tuple[tuple[str, str], ...]  # files and titles of the overviews


def overview_of(arch: Architecture) -> tuple[str, str]:
    """File and title of the overview that lists an architecture.

    >>> overview_of(Architecture.parse("2-4-4")), overview_of(Architecture.parse("1-2", rank=3))
    (('inputs-2.html', 'ReLU, 2 inputs'), ('maxout-3.html', 'Maxout of rank 3'))
    """
    if arch.kind == "relu":
        return f"inputs-{arch.inputs}.html", f"ReLU, {arch.inputs} input{'s' * (arch.inputs > 1)}"
    return f"maxout-{arch.rank}.html", f"Maxout of rank {arch.rank}"


def entry_page(arch: Architecture, facts: dict[str, Any], network: Network | None, text: str, menu: Menu) -> str:
    """The page of one architecture, with the best network known and the text of its file."""
    svg = "" if network is None else picture(network)
    compact = json.dumps(json.loads(text), separators=(",", ":")) if network is not None and arch.inputs == 2 else ""
    values = {"svg": svg, "play": f"../play.html#{quote(compact)}" if compact else ""}
    nouns = {name: definition.nouns for name, definition in DEFINITIONS.items()}
    file, group = overview_of(arch)
    kind = "" if arch.kind == "relu" else f", maxout of rank {arch.rank}"
    title = f"({arch.inputs}; {', '.join(map(str, arch.widths))}){kind}"
    place: Any = {"root": "../", "menu": menu, "overview": (f"../{file}", group)}
    return render("entry.html", f=facts, title=title, slug=slug(arch), nouns=nouns, **place, **values)


def overviews(entries: Sequence[tuple[Architecture, dict[str, Any]]], menu: Menu) -> dict[str, str]:
    """The front page, and an overview for each input dimension of ReLU networks and for each rank of maxout ones."""
    heads, files = [], {}
    for name, title in menu:
        group = [facts for arch, facts in entries if overview_of(arch)[0] == name]
        known = sum(facts["known"] for facts in group)
        heads.append({"file": name, "title": title, "entries": len(group), "known": known})
        cells = {tuple(facts["widths"]): facts for facts in group if len(facts["widths"]) == 2}
        sides = range(1, min(max((max(widths) for widths in cells), default=0), 9) + 1)  # of the table of two layers
        grid = [[cells.get((a, b)) for b in sides] for a in sides] if group[0]["kind"] == "relu" else None
        files[name] = render("overview.html", title=title, entries=group, known=known, grid=grid, menu=menu)
    names = [facts for _, facts in entries]
    gaps = sorted((facts for facts in names if not facts["known"]), key=lambda facts: int(facts["gap"]))
    totals: Any = {"total": len(entries), "nearly": gaps[:12], "names": names}
    return {**files, "index.html": render("index.html", heads=heads, menu=menu, **totals)}


def play_page(entries: Sequence[dict[str, Any]], menu: Menu) -> str:
    """The page where the user draws and counts networks with two inputs; it knows what the entries say of them."""
    relu = [facts for facts in entries if facts["inputs"] == 2 and facts["kind"] == "relu"]
    given = json.dumps({"known": {each["architecture"]: [each["at_least"], each["at_most"]] for each in relu}})
    return render("play.html", scripts=_SCRIPTS, inline=None, style="", given=given, title="Play", menu=menu)


def explore_page(title: str, given: dict[str, Any]) -> str:
    """The same page, in one file, about ``{"network": …}`` as in a network file, or polygons in ``{"cells": …}``."""
    static = _HERE.with_name("static")
    inline = [static.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS]
    data = json.dumps(given, separators=(",", ":")).replace("<", "\\u003c")
    style = static.joinpath("style.css").read_text(encoding="utf-8")
    return render("play.html", scripts=(), inline=inline, style=style, given=data, title=title, menu=())


def picture(network: Network) -> str:
    """A network with one or two inputs as SVG: the graph of the function, or the exact polygons; empty for more.

    >>> hat = Network.relu([([[1], [1]], [0, -1]), ([[1, -2]], [0])])
    >>> picture(hat).count("<circle")
    2
    """
    if network.inputs != 1:
        return planes.partition(network).svg(zoom=False) if network.inputs == 2 else ""
    # the graph of the first output around all breakpoints, each of them in the ink of the layer that bends
    line = along(network, Line([0], [1]))
    bends = [(point.parameter, min(unit.layer for unit in point.units)) for point in line.breakpoints]
    first, last = (bends[0][0], bends[-1][0]) if bends else (Fraction(-1), Fraction(1))
    margin = (last - first) / 10 or Fraction(1)
    places = [first - margin, *(place for place, _ in bends), last + margin]
    heights = [network([place])[0] for place in places]
    inner = heights[1:-1] or heights
    slack = (max(inner) - min(inner)) / 4 or Fraction(1)
    low, high = min(inner) - slack, max(inner) + slack  # the outer pieces may leave the picture

    def at(place: Fraction, height: Fraction) -> tuple[str, str]:
        x = float((place - places[0]) / (places[-1] - places[0])) * (_WIDTH - 20) + 10
        y = _HEIGHT - 15 - float((height - low) / (high - low)) * (_HEIGHT - 30)
        return f"{x:.2f}", f"{y:.2f}"

    corners = [at(place, height) for place, height in zip(places, heights, strict=True)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>the graph of the network: {len(bends) + 1} activation regions</title>",
        f'<polyline points="{" ".join(map(",".join, corners))}" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    ]
    for (x, y), (_, layer) in zip(corners[1:-1], bends, strict=True):
        ink = INKS[(layer - 1) % len(INKS)]
        lines.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{ink}"><title>layer {layer}</title></circle>')
    return "\n".join([*lines, "</svg>", ""])


def network_page(network: Network, name: str) -> str:
    """A page that draws and counts a network with two inputs and lets its weights change; else InvalidInputError."""
    if network.inputs != 2:
        raise InvalidInputError(f"{name} has {network.inputs} inputs; a page is drawn for two, or for three with --box")
    return explore_page(name, {"network": json.loads(dumps(network))})


def plane_page(partition: planes.PlaneRegions, name: str) -> str:
    """A partition of a polygon in a plane with classes and images; UnsupportedError beyond :data:`MOST_POLYGONS`."""
    sub = partition.subdivision
    if len(sub.faces) > MOST_POLYGONS:
        raise UnsupportedError(f"{len(sub.faces)} polygons are too many for a page; draw a smaller part, or an .svg")
    walls = {frozenset(wall.ends): (wall.unit.layer, wall.unit.unit) for wall in partition.walls}
    at = sub.position.tolist()
    cells = []
    for face, cycle in enumerate(sub.faces):
        pattern, ends = partition.pattern(face), zip(cycle, [*cycle[1:], cycle[0]], strict=True)
        cell = {
            "key": pattern_text(pattern),
            "points": [[*at[v], 1] for v in cycle],
            "edges": [walls.get(frozenset(pair)) for pair in ends],
        }
        if 1 < partition.network.outputs <= 1000:
            corners = partition.outline(face)
            center = [sum((corner[k] for corner in corners), Fraction(0)) / len(corners) for k in (0, 1)]
            outputs = partition.network(center)
            cell["note"] = f"largest output at its center: {outputs.index(max(outputs))}"
        cells.append(cell)
    says = (
        f"{partition.activation} activation regions and {partition.linear} linear regions of {partition.architecture} "
        f"on {partition.domain}, counted exactly. The picture is drawn in floating point."
    )
    plane = partition.domain
    places = ((0, 0, plane.origin), (1, 0, plane.first), (0, 1, plane.second)) if isinstance(plane, Plane) else ()
    marks = [{"point": [x, y, 1], "name": f"({x}, {y})", "image": _image(point)} for x, y, point in places]
    return explore_page(name, {"cells": cells, "marks": marks, "says": says})


def _image(point: Sequence[Fraction]) -> str | None:
    """A grayscale PNG as a data address, None unless there are at least 4 × 4 pixels."""
    side = math.isqrt(len(point))
    if side < 4 or side * side != len(point):
        return None
    low, high = min(point), max(point)
    pixels = [round(255 * (v - low) / ((high - low) or 1)) for v in point]
    rows = b"".join(bytes([0, *pixels[i * side : (i + 1) * side]]) for i in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def space_page(network: Network, domain: Domain, name: str) -> str:
    """The partition of a bounded part of R^3, to be turned and zoomed; drawn by plotly, which is inlined.

    Raises InvalidInputError if the domain does not have three dimensions or is unbounded, MissingExtraError if plotly
    is not installed, and UnsupportedError if there are more than :data:`MOST_CELLS` regions.
    """
    go = imported("plotly.graph_objects", "space", "drawing in three dimensions")
    if domain.dimension != 3:
        hint = "; leave the domain out, and the page counts on the plane and on squares" * (domain.dimension == 2)
        raise InvalidInputError(f"{domain} has {domain.dimension} dimensions, and this view shows three{hint}")
    first = itertools.islice(regions(network, domain), MOST_CELLS + 1)
    cells = [region for region in first if isinstance(region, Region)]
    if len(cells) > MOST_CELLS:
        raise UnsupportedError(f"more than {MOST_CELLS} regions are too many for this view; choose a smaller domain")
    meshes = []
    for region in cells:
        if not region.is_bounded:
            raise InvalidInputError(f"{domain} is unbounded; give a box or a bounded polytope")
        corners = [[float(v) for v in corner] for corner in region.vertices()]
        center = [sum(column) / len(corners) for column in zip(*corners, strict=True)]
        shown = [[c + 0.94 * (v - c) for v, c in zip(corner, center, strict=True)] for corner in corners]
        x, y, z = zip(*shown, strict=True)
        meshes.append(
            go.Mesh3d(x=x, y=y, z=z, alphahull=0, color=color(region.pattern), opacity=1, flatshading=True,
                      name=pattern_text(region.pattern), hoverinfo="name")
        )  # fmt: skip
    page = go.Figure(meshes)
    title = f"{name}: {len(cells)} activation regions on {domain}, counted exactly"
    page.update_layout(title=title, scene_aspectmode="data")
    return str(page.to_html(include_plotlyjs=True, full_html=True, div_id="partition"))
