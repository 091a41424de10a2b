"""Pictures of tightness: brackets of a few architectures, and a heat map over all with two layers.

Needs the ``plot`` extra (matplotlib).  Floats are for pixels; printed numbers are exact ratios, cut off, not rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from verify.drawing import figure
from verify.maxima.best_known import Tightness

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_KNOWN, _OPEN = "#3a7d44", "#1b6ca8"


def plot_tightness(found: Sequence[Tightness]) -> Figure:
    """For each architecture a bar from what is attained to what is allowed, in powers of ten; known maxima as dots.

    >>> from verify.maxima.best_known import tightness
    >>> page = plot_tightness([tightness("2-4-4"), tightness("2-3-2")])
    >>> [label.get_text() for label in page.axes[0].get_yticklabels()]
    ['2-4-4', '2-3-2']
    """
    page = figure(width=6, height=1.1 + 0.34 * len(found))
    axes = page.subplots()
    for row, each in enumerate(found):
        low, high = math.log10(each.lower.value), math.log10(each.upper.value)
        if each.exact:
            axes.plot([low], [row], "o", color=_KNOWN, markersize=6)
        else:
            axes.plot([low, high], [row, row], color=_OPEN, linewidth=6, alpha=0.3, solid_capstyle="butt")
            axes.vlines([low, high], row - 0.2, row + 0.2, color=_OPEN, linewidth=1.6)
        text = "maximum known" if each.exact else f"{each.lower.value} … {each.upper.value}"
        axes.annotate(text, (high, row), xytext=(7, 0), textcoords="offset points", va="center", fontsize=7)
    axes.set_yticks(range(len(found)), [str(each.architecture) for each in found])
    axes.set(ylim=(len(found) - 0.5, -0.5), xmargin=0.22)
    axes.set_xlabel("regions, log10: from what a network attains to the least upper bound")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", linewidth=0.4, alpha=0.5)
    return page


def plot_heat_map(found: Sequence[Tightness], inputs: int, widest: int) -> Figure:
    """Two hidden layers: the share of the least upper bound that is attained, one cell for each pair of widths.

    The results are ordered first layer by first layer, widths 1 to ``widest`` each.

    >>> from verify.maxima.best_known import two_layers
    >>> page = plot_heat_map(list(two_layers(2, 3).values()), 2, 3)
    >>> sorted({text.get_text() for text in page.axes[0].texts})
    ['=']
    """
    page = figure(width=max(4.7, 1.6 + 0.52 * widest), height=max(3.4, 1.2 + 0.46 * widest))
    axes = page.subplots()
    shares = [[100 * float(each.ratio) for each in found[a * widest : (a + 1) * widest]] for a in range(widest)]
    picture = axes.imshow(shares, cmap="viridis", vmin=0, vmax=100, origin="lower", aspect="auto")
    for i, each in enumerate(found):
        percent = each.ratio.numerator * 100 // each.ratio.denominator
        words, ink = "=" if each.exact else str(percent), "black" if each.ratio > 0.6 else "white"
        axes.text(i % widest, i // widest, words, ha="center", va="center", color=ink, fontsize=8)
    sides = range(widest)
    axes.set_xticks(sides, [str(n + 1) for n in sides])
    axes.set_yticks(sides, [str(n + 1) for n in sides])
    axes.set(xlabel="units in the second layer", ylabel="units in the first layer")
    axes.set_title(f"{inputs} input{'s' * (inputs != 1)}: % of the least bound attained (=: maximum known)", fontsize=9)
    page.colorbar(picture, ax=axes, label="% of the least upper bound")
    return page
