"""Pictures of a partition: every region in a color of its own that is the same in every run, walls by layer.

An SVG file holds the exact partition as polygons, so it can be zoomed as far as floats reach (wheel and drag in a
browser); hovering over a region shows its number of active units.  PNG and PDF are drawn by matplotlib.
"""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from theory.formats.files import write_text
from verify.domain.shapes import Plane
from verify.drawing import INKS, check_picture_name, color, figure, save_figure
from verify.slices.planes.result import PlaneRegions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["color", "draw", "save_picture", "svg"]


def svg(regions: PlaneRegions) -> str:
    """The partition as the text of an SVG file; the vertical parameter t grows upwards."""
    sub = regions.subdivision
    at = [(float(x), -float(y)) for x, y in sub.position]
    left, top = (min(p[k] for p in at) for k in (0, 1))
    width, height = (max(p[k] for p in at) - start for k, start in ((0, left), (1, top)))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left!r} {top!r} {width!r} {height!r}" '
        'width="100%" height="100%" preserveAspectRatio="xMidYMid meet">',
        f"<title>{regions.activation} activation regions of {regions.architecture}</title>",
        "<style>path, polygon { vector-effect: non-scaling-stroke } path { stroke-width: 1px; fill: none } "
        "polygon { stroke-width: 0.4px }</style>",
    ]
    for face, cycle in enumerate(sub.faces):
        pattern = regions.pattern(face)
        active = " + ".join(str(sum(v > 0 for v in layer)) for layer in pattern)
        points = " ".join(f"{at[v][0]!r},{at[v][1]!r}" for v in cycle)
        fill = color(pattern)
        lines.append(
            f'<polygon points="{points}" fill="{fill}" stroke="{fill}"><title>active units: {active}</title></polygon>'
        )
    for layer in range(len(sub.patterns), 0, -1):
        edges = [
            f"M{at[a][0]!r} {at[a][1]!r}L{at[b][0]!r} {at[b][1]!r}"
            for a, b in (wall.ends for wall in regions.walls if wall.unit.layer == layer)
        ]
        lines.append(f'<path stroke="{INKS[(layer - 1) % len(INKS)]}" d="{"".join(edges)}"/>')
    if isinstance(regions.domain, Plane):
        for x, y in ((0, 0), (1, 0), (0, 1)):
            lines.append(f'<circle cx="{x}" cy="{-y}" r="{width / 150!r}" fill="#000"/>')
    return "\n".join([*lines, _ZOOM, "</svg>", ""])


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


def save_picture(regions: PlaneRegions, path: str | os.PathLike[str]) -> None:
    """Write a picture; the suffix .svg, .png or .pdf says how.

    Raises
    ------
    InvalidInputError
        If the suffix names another format.
    """
    if check_picture_name(path) == ".svg":
        write_text(Path(path), svg(regions))
        return
    page = figure(width=6, height=6)
    from matplotlib.collections import PolyCollection

    axes = page.subplots()
    sub = regions.subdivision
    at = sub.position
    fills = [color(regions.pattern(face)) for face in range(len(sub.faces))]
    axes.add_collection(
        PolyCollection([at[cycle] for cycle in sub.faces], facecolors=fills, edgecolors="face", linewidths=0.3)
    )
    _draw_walls(regions, axes, 0.5)
    if isinstance(regions.domain, Plane):
        axes.plot([0, 1, 0], [0, 0, 1], "o", color="black", markersize=3)
    axes.set(xlabel="s", ylabel="t")
    axes.set_title(f"{regions.architecture}: {regions.activation} activation regions", fontsize="medium")
    save_figure(page, path)


def draw(regions: PlaneRegions, axes: Axes, *, output: int = 0) -> None:
    """Draw the partition as the facets of the graph of one output, lit from the upper left.

    Parameters
    ----------
    regions : PlaneRegions
    axes : matplotlib Axes
    output : int
        The output whose slope shades the facets.
    """
    from matplotlib.collections import PolyCollection

    sub = regions.subdivision
    slopes = [regions.network.affine_map(regions.pattern(face))[0][output] for face in range(len(sub.faces))]
    axes.add_collection(
        PolyCollection(
            [sub.position[cycle] for cycle in sub.faces],
            array=_shades(slopes),
            cmap="Blues",
            clim=(-0.9, 2),
            edgecolors="face",
            linewidths=0.3,
        )
    )
    _draw_walls(regions, axes, 1.1)


def _shades(slopes: Sequence[Sequence[Fraction]]) -> list[float]:
    """Brightness in [-1, 1] of facets with these slopes, for light from the upper left; for the eye only."""
    steepness = [math.hypot(*map(float, slope)) for slope in slopes]
    usual = statistics.median(steepness) or 1.0
    return [
        (float(slope[0]) - float(slope[1])) / usual / math.sqrt(2 + 2 * (steep / usual) ** 2)
        for slope, steep in zip(slopes, steepness, strict=True)
    ]


def _draw_walls(regions: PlaneRegions, axes: Axes, linewidth: float) -> None:
    """The walls by layer, the first on top, and the frame."""
    from matplotlib.collections import LineCollection

    at = regions.positions
    for layer in range(len(regions.subdivision.patterns), 0, -1):
        edges = [at[list(wall.ends)] for wall in regions.walls if wall.unit.layer == layer]
        ink = INKS[(layer - 1) % len(INKS)]
        axes.add_collection(LineCollection(edges, colors=ink, linewidths=linewidth, label=f"layer {layer}"))
    (left, bottom), (right, top) = at.min(axis=0), at.max(axis=0)
    axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
