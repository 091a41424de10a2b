"""Pictures of bounds: how they grow with the depth.  Needs the ``plot`` extra (matplotlib).

Counts are plotted by their decimal logarithm, taken from the exact integer, so that numbers of any size can
be drawn; a float is made only for the pixel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theory.architecture import Architecture
from theory.bounds.catalog import BOUNDS
from theory.errors import InvalidInputError, imported

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = (("#1b6ca8", "o"), ("#c1440e", "s"), ("#3a7d44", "^"), ("#6a4c93", "D"), ("#8a6d3b", "v"), ("#444444", "x"))


def _axes(axes: Axes | None) -> Axes:
    if axes is not None:
        return axes
    pages = imported("matplotlib.figure", "plot", "drawing bounds")
    drawn: Axes = pages.Figure(figsize=(5.2, 3.6), dpi=150, layout="constrained").subplots()
    return drawn


def log10_of(n: int) -> float:
    """log10 of a positive integer of any size.

    >>> log10_of(10**5000)
    5000.0
    """
    if n < 1:
        raise InvalidInputError(f"{n} has no logarithm; counts are at least 1")
    return math.log10(n)


def _ticks(axes: Axes) -> None:
    """Whole numbers of layers, and powers of ten of regions."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"$10^{{{value:.0f}}}$"))


def _lines(axes: Axes, curves: Mapping[str, tuple[list[int], list[float]]]) -> None:
    """Open marks, each curve's smaller than those before it, so that curves that coincide stay visible."""
    for i, (key, (x, y)) in enumerate(curves.items()):
        color, marker = _STYLES[i % len(_STYLES)]
        line = "--" if BOUNDS[key].kind == "lower" else "-"
        size = max(3.0, 8.5 - 1.4 * i)
        axes.plot(x, y, line, color=color, marker=marker, markersize=size, fillstyle="none", linewidth=1.0, label=key)
    axes.legend(frameon=False, fontsize=8)


def _regions(curves: Mapping[str, Any]) -> str:
    """The label of an axis of bounds: lower bounds are dashed."""
    lower = [BOUNDS[key].kind == "lower" for key in curves]
    if not any(lower):
        return "regions, at most"
    return "regions, at least" if all(lower) else "regions, at most (dashed: at least)"


def plot_depth(
    inputs: int,
    width: int,
    depths: Sequence[int] = tuple(range(1, 11)),
    keys: Sequence[str] = ("trivial", "montufar2017", "serra2018", "hinz2021", "coordinate_folding"),
    *,
    axes: Axes | None = None,
) -> Axes:
    """Bounds against the number of layers of equal width.

    >>> drawn = plot_depth(2, 4, range(1, 5))
    >>> len(drawn.lines)
    5
    """
    drawn = _axes(axes)
    architectures = {depth: Architecture.relu(inputs, *[width] * depth) for depth in depths}
    curves: dict[str, tuple[list[int], list[float]]] = {}
    for bound in (BOUNDS[key] for key in keys):
        applies = [depth for depth, arch in architectures.items() if bound.why_not(arch) is None]
        if applies:
            curves[bound.key] = (applies, [log10_of(bound(architectures[depth])) for depth in applies])
    _lines(drawn, curves)
    drawn.set_title(f"{inputs} inputs, layers of {width} units", fontsize=10, loc="left")
    drawn.set_xlabel("hidden layers")
    drawn.set_ylabel(_regions(curves))
    drawn.spines[["top", "right"]].set_visible(False)
    drawn.grid(axis="y", linewidth=0.4, alpha=0.5)
    _ticks(drawn)
    return drawn
