"""A picture of a network along a line: its outputs, and a tick for every breakpoint in the color of its layer."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from verify.drawing import INKS, figure, save_figure
from verify.slices.lines.result import LineRegions

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_line(parts: Sequence[LineRegions], axes: Axes) -> Axes:
    """Draw the outputs along one line or a chain of segments, and every breakpoint below them.

    A tick is tall where the derivative jumps and short where it does not; its color is that of the first layer that
    bends there.  Where a line has no end, it is cut a little beyond the breakpoints, without the few that lie far out
    if they would squeeze the others together; the title says how many are not shown.
    """
    layers = len(parts[0].network.hidden)
    hidden = 0
    for offset, part in enumerate(parts):
        left, right = _view(part)
        shown = (part.positions >= left) & (part.positions <= right)
        hidden += len(shown) - int(shown.sum())
        inner = part.positions[shown]
        knots = np.array([left, *inner, right])
        for values in part.float_values(knots):
            axes.plot(offset + knots, values, color="0.35", linewidth=0.9)
        colors = [INKS[(part.units[k][0].layer - 1) % len(INKS)] for k in np.flatnonzero(shown)]
        heights = np.where(np.array(part.jumps)[shown], 0.07, 0.035)
        axes.vlines(offset + inner, 0, heights, colors=colors, linewidth=0.8, transform=axes.get_xaxis_transform())
        if offset:
            axes.axvline(offset, color="0.8", linewidth=0.8, zorder=0)
    for layer in range(layers):
        axes.plot([], [], color=INKS[layer % len(INKS)], label=f"layer {layer + 1}")
    axes.margins(x=0)
    axes.set(xlabel="parameter t along the line", ylabel="outputs")
    if layers:
        axes.legend(title="unit that bends", fontsize="small", loc="upper left", bbox_to_anchor=(1.0, 1.0))
    corners = sum(a.ends[1] != b.ends[0] for a, b in itertools.pairwise(parts))
    total = 1 + corners + sum(part.activation - 1 for part in parts)
    beyond = f", {hidden} breakpoints lie outside" if hidden else ""
    axes.set_title(
        f"{parts[0].network.architecture}: {total} {'piece' if total == 1 else 'pieces'}{beyond}", fontsize="medium"
    )
    return axes


def _view(part: LineRegions) -> tuple[float, float]:
    """The parameters between which a line is drawn."""
    low, high = part.bounds
    inner = part.positions
    if not len(inner):
        return 0.0 if low is None else low, 1.0 if high is None else high
    first, last = (float(v) for v in np.quantile(inner, [0.05, 0.95], method="nearest"))
    reach = (last - first) or 1.0
    if float(inner[0]) > first - reach:
        first = float(inner[0])
    if float(inner[-1]) < last + reach:
        last = float(inner[-1])
    reach = 0.1 * ((last - first) or 1.0)
    return first - reach if low is None else low, last + reach if high is None else high


def save_picture(parts: Sequence[LineRegions], path: str | os.PathLike[str]) -> None:
    """Write the picture of :func:`draw_line` to a file whose suffix names its format."""
    page = figure(width=8, height=4)
    draw_line(parts, page.subplots())
    save_figure(page, path)
