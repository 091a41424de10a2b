"""Draws the figures of the papers that are about bounds: ``python docs/pictures.py`` writes ``docs/pictures``.

Sixty units in one to six equal layers against the number of inputs; eighty units in five layers that narrow or widen.
Everything drawn is the decimal logarithm of an exact integer.
"""

from __future__ import annotations

import math
from pathlib import Path

from matplotlib.figure import Figure

from theory import Architecture
from theory.bounds import BOUNDS

FOLDER = Path(__file__).with_name("pictures")
INKS = ("#14213d", "#1b6ca8", "#3a7d44", "#e09f3e", "#c1440e", "#7b2d8b")


def _axes(title: str, xlabel: str) -> tuple[Figure, object]:
    figure = Figure(figsize=(6.4, 3.8), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=10)
    axes.set(xlabel=xlabel, ylabel="log10 of the bound of Theorem 1")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    return figure, axes


def units60() -> Figure:
    """Sixty units in one to six layers, 1 to 60 inputs."""
    figure, axes = _axes("60 units in L layers of equal width", "inputs n0")
    inputs = range(1, 61)
    for layers, ink in zip(range(1, 7), INKS, strict=True):
        widths = [60 // layers] * layers
        values = [math.log10(BOUNDS["serra2018"](Architecture.relu(n0, *widths))) for n0 in inputs]
        axes.plot(inputs, values, color=ink, linewidth=1.4, label=f"L = {layers}")
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def tapered() -> Figure:
    """Widths 16 + 2s, 16 + s, 16, 16 − s, 16 − 2s on 32 inputs, for steps s from −7 to 7."""
    figure, axes = _axes("80 units in five layers, 32 inputs", "step s: widths 16+2s, 16+s, 16, 16−s, 16−2s")
    steps = range(-7, 8)
    for key, ink in (("montufar2017", "#8a6d3b"), ("serra2018", "#1b6ca8"), ("hinz2021", "#14213d")):
        values = [math.log10(BOUNDS[key](Architecture.relu(32, *[16 + s * (2 - i) for i in range(5)]))) for s in steps]
        axes.plot(steps, values, "--" if key == "hinz2021" else "-", color=ink, linewidth=1.4, label=key)
    axes.set_ylabel("log10 of the bound")
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for draw in (units60, tapered):
        draw().savefig(FOLDER / f"{draw.__name__}.png", metadata={"Software": None})


if __name__ == "__main__":
    main()
