"""Pictures of a partition as files, drawn by matplotlib.

Every region has a color of its own that is the same in every run; walls have the color of their layer.
"""

from __future__ import annotations

import os
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
