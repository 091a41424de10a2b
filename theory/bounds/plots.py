"""Pictures of bounds: how the decimal logarithm of the exact integer grows.  Needs the ``plot`` extra (matplotlib)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from theory.architecture import Architecture
from theory.bounds.catalog import BOUNDS
from theory.errors import imported

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLES = (("#1b6ca8", "o"), ("#c1440e", "s"), ("#3a7d44", "^"), ("#6a4c93", "D"), ("#8a6d3b", "v"), ("#444444", "x"))


def plot_depth(
    inputs: int,
    width: int,
    depths: Sequence[int] = tuple(range(1, 11)),
    keys: Sequence[str] = ("trivial", "montufar2017", "serra2018", "hinz2021", "coordinate_folding"),
    *,
    axes: Axes | None = None,
) -> Axes:
    """Bounds against the number of layers of equal width, on the given or new axes; lower bounds are dashed.

    >>> drawn = plot_depth(2, 4, range(1, 5))
    >>> len(drawn.lines)
    5
    """
    figures = imported("matplotlib.figure", "plot", "drawing bounds")
    if axes is None:
        axes = figures.Figure(figsize=(5.2, 3.6), dpi=150, layout="constrained").subplots()
    architectures = [Architecture.relu(inputs, *[width] * depth) for depth in depths]
    curves = [(BOUNDS[key], [arch for arch in architectures if BOUNDS[key].why_not(arch) is None]) for key in keys]
    curves = [(bound, applies) for bound, applies in curves if applies]
    for i, (bound, applies) in enumerate(curves):
        x, y = [arch.depth for arch in applies], [math.log10(bound(arch)) for arch in applies]
        color, mark = _STYLES[i % len(_STYLES)]
        # open marks, each curve's smaller than those before it, so that curves that coincide stay visible
        style: dict[str, Any] = {"marker": mark, "markersize": max(3.0, 8.5 - 1.4 * i), "fillstyle": "none"}
        line = "--" if bound.kind == "lower" else "-"
        axes.plot(x, y, line, color=color, linewidth=1.0, label=bound.key, **style)
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(f"{inputs} inputs, layers of {width} units", fontsize=10, loc="left")
    kinds = {bound.kind == "lower" for bound, _ in curves}
    upper = "regions, at most" + " (dashed: at least)" * (True in kinds)
    axes.set(xlabel="hidden layers", ylabel="regions, at least" if kinds == {True} else upper)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    axes.locator_params(nbins=7, integer=True)
    axes.yaxis.set_major_formatter(lambda value, _: f"$10^{{{value:.0f}}}$")
    return axes
