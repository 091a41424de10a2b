"""A picture of a network along a line: its outputs, and a tick for every breakpoint in the colour of its layer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from verify.canvas import INKS, figure, save_figure
from verify.lines.result import LineRegions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_line", "save_picture"]


def draw_line(parts: Sequence[LineRegions], axes: Axes) -> Axes:
    """Draw the outputs along one line or a chain of segments, and every breakpoint below them.

    A tick is tall where the derivative jumps and short where nobody notices; its colour is that of the first layer that
    bends there.  Unbounded ends are cut a tenth beyond the outermost breakpoints.
    """
    layers = len(parts[0].network.hidden)
    for offset, part in enumerate(parts):
        inner = part.positions
        low, high = part.bounds
        reach = 0.1 * (float(inner[-1] - inner[0]) if len(inner) > 1 else 1.0)
        left = low if low is not None else (float(inner[0]) if len(inner) else 0.0) - reach
        right = high if high is not None else (float(inner[-1]) if len(inner) else 1.0) + reach
        knots = np.array([left, *inner, right])
        for values in part.float_values(knots):
            axes.plot(offset + knots, values, color="0.35", linewidth=0.9)
        where = axes.get_xaxis_transform()
        for t, units, jump in zip(inner, part.units, part.jumps, strict=True):
            ink = INKS[(units[0].layer - 1) % len(INKS)]
            axes.plot([offset + t] * 2, [0, 0.07 if jump else 0.035], color=ink, linewidth=0.8, transform=where)
        if offset:
            axes.axvline(offset, color="0.8", linewidth=0.8, zorder=0)
    for layer in range(layers):
        axes.plot([], [], color=INKS[layer % len(INKS)], label=f"layer {layer + 1}")
    axes.margins(x=0)
    axes.set(xlabel="parameter t along the line", ylabel="outputs")
    if layers:
        axes.legend(title="unit that bends", fontsize="small", loc="upper right")
    total = sum(part.activation - 1 for part in parts) + 1
    axes.set_title(f"{parts[0].network.architecture}: {total} pieces", fontsize="medium")
    return axes


def save_picture(parts: Sequence[LineRegions], path: str | os.PathLike[str]) -> None:
    """Write the picture of :func:`draw_line` to a file whose suffix names its format."""
    page = figure(width=8, height=4)
    draw_line(parts, page.subplots())
    save_figure(page, path)
