"""Pictures of bounds: growth with depth, splits of the units, brackets.  Needs the ``plot`` extra (matplotlib).

Counts are plotted by their decimal logarithm, taken from the exact integer, so that numbers of any size can
be drawn; a float is made only for the pixel.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theory.architecture import Architecture
from theory.bounds.catalog import BOUNDS, bracket
from theory.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_brackets", "plot_depth", "plot_splits"]

_STYLES = (("#1b6ca8", "o"), ("#c1440e", "s"), ("#3a7d44", "^"), ("#6a4c93", "D"), ("#8a6d3b", "v"), ("#444444", "x"))


def _axes(axes: Axes | None, width: float, height: float) -> Axes:
    if axes is not None:
        return axes
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError.naming("matplotlib", "plot", "drawing bounds") from None
    drawn: Axes = Figure(figsize=(width, height), dpi=150, layout="constrained").subplots()
    return drawn


def log10_of(n: int) -> float:
    """log10 of a positive integer of any size.

    >>> log10_of(10**5000)
    5000.0
    """
    if n < 1:
        raise InvalidInputError(f"{n} has no logarithm; counts are at least 1")
    return math.log10(n)


def _frame(axes: Axes, title: str, xlabel: str, ylabel: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)


def _powers_of_ten(axis: Any) -> None:
    """Label the logarithmic axis with powers of ten, and with nothing in between."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"$10^{{{value:.0f}}}$"))


def _whole_numbers(axis: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=8, integer=True))


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
    architectures = {depth: Architecture.relu(inputs, *[width] * depth) for depth in depths}
    title = f"{inputs} inputs, layers of {width} units"
    return _plot_bounds(keys, architectures, title, "hidden layers", axes)


def plot_splits(
    units: int = 22,
    inputs: int = 784,
    keys: Sequence[str] = ("trivial", "montufar2017", "serra2018"),
    *,
    axes: Axes | None = None,
) -> Axes:
    """Bounds for every split of the units over two layers.

    >>> drawn = plot_splits()
    >>> len(drawn.lines), len(drawn.lines[0].get_xdata())
    (3, 21)
    """
    architectures = {k: Architecture.relu(inputs, k, units - k) for k in range(1, units)}
    title = f"{units} units in two layers, {inputs} inputs"
    return _plot_bounds(keys, architectures, title, f"units k in the first layer, {units} − k in the second", axes)


def _plot_bounds(
    keys: Sequence[str], architectures: Mapping[int, Architecture], title: str, xlabel: str, axes: Axes | None
) -> Axes:
    """One curve for each bound, over the numbers that name the architectures to which it applies."""
    drawn = _axes(axes, 5.2, 3.6)
    curves: dict[str, tuple[list[int], list[float]]] = {}
    for bound in (BOUNDS[key] for key in keys):
        applies = [x for x, arch in architectures.items() if bound.why_not(arch) is None]
        if applies:
            curves[bound.key] = (applies, [log10_of(bound(architectures[x])) for x in applies])
    _lines(drawn, curves)
    _frame(drawn, title, xlabel, _regions(curves))
    _whole_numbers(drawn.xaxis)
    _powers_of_ten(drawn.yaxis)
    return drawn


def plot_brackets(
    architectures: Sequence[Architecture],
    counts: Mapping[Architecture, int] | None = None,
    *,
    axes: Axes | None = None,
) -> Axes:
    """For each architecture a bar from the greatest lower to the least upper bound, with exact counts as marks.

    Parameters
    ----------
    architectures : sequence of Architecture
    counts : mapping, optional
        The exact count of a network with that architecture.

    Examples
    --------
    >>> small = Architecture.relu(2, 4, 4)
    >>> drawn = plot_brackets([small], {small: 61})
    >>> [label.get_text() for label in drawn.get_yticklabels()]
    ['2-4-4']
    """
    drawn = _axes(axes, 5.6, 0.9 + 0.42 * max(len(architectures), 2))
    known = counts or {}
    for row, arch in enumerate(architectures):
        lower, upper = bracket(arch)
        low, high = log10_of(lower.value if lower else 1), log10_of(upper.value)
        drawn.plot([low, high], [row, row], color="#1b6ca8", linewidth=5, alpha=0.35, solid_capstyle="butt")
        for end in (low, high):
            drawn.plot([end, end], [row - 0.22, row + 0.22], color="#1b6ca8", linewidth=1.4)
        if arch in known:
            drawn.plot([log10_of(known[arch])], [row], "D", color="#c1440e", markersize=5)
    drawn.set_yticks(range(len(architectures)), [str(arch) for arch in architectures])
    drawn.set_ylim(len(architectures) - 0.5, -0.5)
    _frame(drawn, "greatest lower and least upper bound", "regions", "")
    drawn.grid(visible=False, axis="y")
    drawn.grid(axis="x", linewidth=0.4, alpha=0.5)
    _powers_of_ten(drawn.xaxis)
    if known:
        drawn.plot([], [], "D", color="#c1440e", markersize=5, label="exact count of a network")
        drawn.legend(frameon=False, fontsize=8, loc="best")
    return drawn
