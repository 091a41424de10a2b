"""Pictures of a partition as files, and its regions as the facets of a graph, drawn by matplotlib.

Every region has a color of its own that is the same in every run; walls have the color of their layer.
"""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theory.formats.files import write_text
from verify.domain.shapes import Plane
from verify.drawing import INKS, check_picture_name, color, figure, save_figure
from verify.slices.planes.result import PlaneRegions

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def save_picture(regions: PlaneRegions, path: str | os.PathLike[str]) -> None:
    """Write a picture; the suffix .svg, .png or .pdf says how.

    Raises InvalidInputError if the suffix names another format.
    """
    if check_picture_name(path) == ".svg":
        write_text(Path(path), regions.svg())
        return
    page = figure(width=6, height=6)
    axes = page.subplots()
    fills = [color(regions.pattern(face)) for face in range(len(regions.subdivision.faces))]
    _draw_faces_and_walls(regions, axes, 0.5, facecolors=fills)
    if isinstance(regions.domain, Plane):
        axes.plot([0, 1, 0], [0, 0, 1], "o", color="black", markersize=3)
    axes.set(xlabel="s", ylabel="t")
    axes.set_title(f"{regions.architecture}: {regions.activation} activation regions", fontsize="medium")
    save_figure(page, path)


def draw(regions: PlaneRegions, axes: Axes) -> None:
    """Draw the partition as the facets of the graph of the first output, lit from the upper left."""
    faces = range(len(regions.subdivision.faces))
    slopes = [regions.network.affine_map(regions.pattern(face))[0][0] for face in faces]
    _draw_faces_and_walls(regions, axes, 1.1, array=_shades(slopes), cmap="Blues", clim=(-0.9, 2))


def _shades(slopes: Sequence[Sequence[Fraction]]) -> list[float]:
    """Brightness in [-1, 1] of facets with these slopes, for light from the upper left; for the eye only."""
    steepness = [math.hypot(*map(float, slope)) for slope in slopes]
    usual = statistics.median(steepness) or 1.0
    return [
        (float(slope[0]) - float(slope[1])) / usual / math.sqrt(2 + 2 * (steep / usual) ** 2)
        for slope, steep in zip(slopes, steepness, strict=True)
    ]


def _draw_faces_and_walls(regions: PlaneRegions, axes: Axes, linewidth: float, **fills: Any) -> None:
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
