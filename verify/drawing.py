"""Where pictures are drawn: matplotlib axes that need no screen, and files that are the same in every run."""

from __future__ import annotations

import colorsys
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from theory.errors import InvalidInputError, imported
from theory.network import Pattern

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INKS = ("#14213d", "#d1495b", "#e09f3e", "#3a7d44", "#7b2d8b", "#1d8a99", "#8a5a3b", "#7d8597")
"""Ink of the bent hyperplanes of layer 1, 2, …"""

_FORMATS = (".svg", ".pdf", ".png")


def color(pattern: Pattern) -> str:
    """A pale color that depends on the pattern alone.

    >>> color(((1, 0), (1,))) == color(((1, 0), (1,))) != color(((1, 0), (0,)))
    True
    """
    digest = hashlib.sha256(repr(pattern).encode()).digest()
    hue, light, saturation = digest[0] / 256, 0.72 + 0.2 * digest[1] / 256, 0.35 + 0.4 * digest[2] / 256
    return "#" + "".join(f"{round(255 * v):02x}" for v in colorsys.hls_to_rgb(hue, light, saturation))


def figure(*, width: float = 5, height: float = 5) -> Figure:
    """An empty page of the given size in inches, on which ``page.subplots()`` puts axes.

    Without matplotlib it raises :class:`~theory.errors.MissingExtraError`.
    """
    imported("matplotlib", "plot", "drawing")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(page)
    return page


def save_figure(page: Figure, path: str | os.PathLike[str]) -> None:
    """Write a page to an .svg, .pdf or .png file without dates and random names; else :class:`InvalidInputError`."""
    import matplotlib as mpl

    suffix = check_picture_name(path)
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)
    with mpl.rc_context({"svg.hashsalt": "linregions", "svg.fonttype": "none"}):
        page.savefig(path, dpi=200, metadata=metadata)


def check_picture_name(path: str | os.PathLike[str]) -> str:
    """The suffix of a picture's file name, refused unless it is .svg, .pdf or .png."""
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise InvalidInputError(f"{os.fspath(path)}: a picture is written as {', '.join(_FORMATS)}; change the suffix")
    return suffix
