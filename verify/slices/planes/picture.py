"""Pictures of a partition: files drawn by matplotlib, and the text of an SVG picture.

Every region has a color of its own that is the same in every run; walls have the color of their layer.  The SVG text
holds the exact partition as polygons, so it can be zoomed as far as floats reach; a script inside it does so by wheel
and drag in a browser.  A notebook shows the same picture without the script, which would apply to the whole page.
"""

from __future__ import annotations

import math
import os
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theory.errors import UnsupportedError
from theory.geometry.region import Region, pattern_text
from theory.network import Network, Pattern
from verify.domain.shapes import Plane
from verify.drawing import INKS, check_picture_name, color, figure, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from verify.slices.planes.result import PlaneRegions

_NOTEBOOK_WIDTH = 420
"""Width of the picture in a notebook, in pixels."""

_NAMED_UNITS = 40
"""Up to so many hidden units a picture names the pattern and the function of each region."""

_THIN = 'vector-effect="non-scaling-stroke"'


def save_picture(regions: PlaneRegions, path: str | os.PathLike[str]) -> None:
    """Write a picture; the suffix .svg, .png or .pdf says how, another one raises InvalidInputError."""
    from theory.formats.files import write_text

    if check_picture_name(path) == ".svg":
        write_text(Path(path), regions.svg())
        return
    page = figure(width=6, height=6)
    axes = page.subplots()
    fills = [color(regions.pattern(face)) for face in range(len(regions.subdivision.faces))]
    draw_faces_and_walls(regions, axes, 0.5, facecolors=fills)
    if isinstance(regions.domain, Plane):
        axes.plot([0, 1, 0], [0, 0, 1], "o", color="black", markersize=3)
    axes.set(xlabel="s", ylabel="t")
    axes.set_title(f"{regions.architecture}: {regions.activation} activation regions", fontsize="medium")
    save_figure(page, path)


def draw_faces_and_walls(regions: PlaneRegions, axes: Axes, linewidth: float, **fills: Any) -> None:
    """The faces, the walls by layer, the first on top, and the frame."""
    from matplotlib.collections import LineCollection, PolyCollection

    at = regions.positions
    faces = [at[cycle] for cycle in regions.subdivision.faces]
    axes.add_collection(PolyCollection(faces, edgecolors="face", linewidths=0.3, **fills))
    for layer in range(len(regions.subdivision.patterns), 0, -1):
        edges = [at[list(wall.ends)] for wall in regions.walls if wall.unit.layer == layer]
        ink = INKS[(layer - 1) % len(INKS)]
        axes.add_collection(LineCollection(edges, colors=ink, linewidths=linewidth, label=f"layer {layer}"))
    (left, bottom), (right, top) = at.min(axis=0), at.max(axis=0)
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")


def page(regions: PlaneRegions, *, zoom: bool) -> str:
    """The text of the picture, see :meth:`PlaneRegions.svg`; the second coordinate grows upwards."""
    (left, bottom), (right, top) = regions.window
    width, height = right - left, top - bottom
    if not (width < math.inf and height < math.inf):
        raise UnsupportedError("coordinates beyond the range of floats cannot be drawn; scale the inputs or the domain")

    def point(x: float, y: float) -> str:
        x, y = x + 0.0, -y + 0.0  # + 0.0 makes 0 of −0
        return f"{x!r},{y!r}" if zoom else f"{x:.7g},{y:.7g}"

    at = [point(x, y) for x, y in regions.positions.tolist()]
    pixels = min(2 * _NOTEBOOK_WIDTH, max(_NOTEBOOK_WIDTH // 8, round(_NOTEBOOK_WIDTH * height / width)))
    size = 'width="100%" height="100%"' if zoom else f'width="{_NOTEBOOK_WIDTH}" height="{pixels}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{point(left, top).replace(",", " ")} {width!r} {height!r}" '
        f'{size} preserveAspectRatio="{"xMidYMid meet" if zoom else "none"}" role="img">',
        f"<title>{escape(repr(regions).strip('<>'))}</title>",
    ]
    for face, cycle in enumerate(regions.subdivision.faces):
        fill, text = color(regions.pattern(face)), _description(regions.network, regions.pattern(face))
        lines.append(
            f'<polygon points="{" ".join(at[v] for v in cycle)}" fill="{fill}" stroke="{fill}" stroke-width="0.4" '
            f"{_THIN}><title>{escape(text)}</title></polygon>"
        )
    for layer in sorted({wall.unit.layer for wall in regions.walls}, reverse=True):  # the first layer on top
        ends = (wall.ends for wall in regions.walls if wall.unit.layer == layer)
        drawn = "".join(f"M{at[a]}L{at[b]}" for a, b in ends)
        lines.append(f'<path d="{drawn}" fill="none" stroke="{INKS[(layer - 1) % len(INKS)]}" {_THIN}/>')
    for x, y in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)) if isinstance(regions.domain, Plane) else ():
        lines.append(f'<circle cx="{x!r}" cy="{-y!r}" r="{width / 150!r}" fill="#000"/>')
    return "\n".join([*lines, *([_ZOOM] if zoom else []), "</svg>", ""])


def _description(network: Network, pattern: Pattern) -> str:
    if sum(map(len, pattern)) > _NAMED_UNITS:
        return f"active units: {' + '.join(str(sum(v > 0 for v in layer)) for layer in pattern)}"
    return f"{pattern_text(pattern)}: {', '.join(Region(network, pattern).formulas[:3])}"


_ZOOM = """<script>
const page = document.documentElement, box = page.viewBox.baseVal;
const place = event => new DOMPoint(event.clientX, event.clientY).matrixTransform(page.getScreenCTM().inverse());
page.addEventListener("wheel", event => {
  event.preventDefault();
  const at = place(event), by = Math.pow(1.001, event.deltaY);
  box.x = at.x + (box.x - at.x) * by; box.y = at.y + (box.y - at.y) * by; box.width *= by; box.height *= by;
}, { passive: false });
let held = null;
page.addEventListener("pointerdown", event => { held = place(event); });
page.addEventListener("pointerup", () => { held = null; });
page.addEventListener("pointermove", event => {
  if (held) { const at = place(event); box.x += held.x - at.x; box.y += held.y - at.y; }
});
</script>"""
