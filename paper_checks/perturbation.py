"""What noise leaves of a construction: exact counts of perturbed networks.

Constructions with many regions are points in weight space; Hanin and Rolnick (2019) observe that a sawtooth loses
most of its teeth when its weights are perturbed.  :func:`perturbed` multiplies every weight and bias by 1 + σ·ξ with
ξ a standard normal number rounded to a multiple of 2⁻²⁰, so that the perturbed network is rational again and its
regions can be counted exactly; :func:`collapse` does so for sawtooths of several depths.

Exact counts show two regimes.  The slightest noise *adds* regions, by a quarter at depth 10: where tooth meets tooth,
units of the next layer vanish together at one point, and any noise pulls them apart.  From a noise of about 1/10 on,
the teeth are lost, the more the deeper the network: at 3/10 fewer than sixty of 1024 are left on average.

>>> rows = collapse(depths=(3, 6), noises=("0", "1"), draws=4)
>>> [(row.depth, str(row.noise), row.teeth, row.counts) for row in rows if row.noise == 0]
[(3, '0', 8, (8, 8, 8, 8)), (6, '0', 64, (64, 64, 64, 64))]
>>> all(row.mean < row.teeth for row in rows if row.noise > 0)
True
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from theory.constructions import CONSTRUCTIONS
from theory.errors import InvalidInputError
from theory.exact import RationalLike, integer, rational
from theory.network import Layer, Network
from theory.tables import Table
from verify.counting.region_count import count
from verify.domain.shapes import Box

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Collapse", "collapse", "collapse_table", "perturbed", "plot_collapse"]

_GRID = 2**20


@dataclass(frozen=True)
class Collapse:
    """Exact counts of several perturbed sawtooths of one depth.

    Attributes
    ----------
    depth : int
        Iterations of the tent map; 2^depth regions on [0, 1] without noise.
    noise : Fraction
        Relative standard deviation σ.
    counts : tuple of int
        Activation regions on [0, 1], one for each draw.
    """

    depth: int
    noise: Fraction
    counts: tuple[int, ...]

    @property
    def teeth(self) -> int:
        """Regions without noise."""
        return 1 << self.depth

    @property
    def mean(self) -> Fraction:
        """The exact average of the counts."""
        return Fraction(sum(self.counts), len(self.counts))


def perturbed(network: Network, noise: RationalLike, *, seed: int) -> Network:
    """Every weight and bias of the hidden layers times 1 + noise·ξ, ξ standard normal on a grid; zeros stay zero.

    Parameters
    ----------
    network : Network
    noise : rational
        σ ≥ 0.
    seed : int
        The same seed gives the same ξ for every σ.

    Raises
    ------
    InvalidInputError
        If the noise is negative.

    Examples
    --------
    >>> saw = CONSTRUCTIONS["sawtooth"].build(depth=2).network
    >>> perturbed(saw, 0, seed=1) == saw
    True
    """
    sigma = rational(noise, place="noise")
    if sigma < 0:
        raise InvalidInputError(f"noise: {sigma} is negative; give a standard deviation of at least 0")
    rng = random.Random(integer(seed, place="seed"))

    def shaken(value: Fraction) -> Fraction:
        return value * (1 + sigma * Fraction(round(rng.gauss(0, 1) * _GRID), _GRID))

    layers = [
        Layer([[shaken(v) for v in row] for row in layer.weights], [shaken(v) for v in layer.biases], layer.units)
        for layer in network.hidden
    ]
    return Network([*layers, network.layers[-1]])


def collapse(
    depths: Sequence[int] = (2, 4, 6, 8, 10),
    noises: Sequence[RationalLike] = ("0", "1/1000", "1/100", "3/100", "1/10", "3/10", "1"),
    *,
    draws: int = 20,
    seed: int = 0,
) -> tuple[Collapse, ...]:
    """Exact counts on [0, 1] of perturbed sawtooths, for every depth and every size of the noise.

    Parameters
    ----------
    depths : sequence of int
    noises : sequence of rational
        Relative standard deviations.
    draws : int
        Networks for each pair; draw i has the same ξ at every noise.
    seed : int
        Draw i uses seed + i.
    """
    number = integer(draws, place="draws", minimum=1)
    interval = Box([0], [1])
    result = []
    for depth in depths:
        saw = CONSTRUCTIONS["sawtooth"].build(depth=depth).network
        for noise in noises:
            counts = tuple(int(count(perturbed(saw, noise, seed=seed + i), interval)) for i in range(number))
            result.append(Collapse(depth, rational(noise, place="noise"), counts))
    return tuple(result)


def collapse_table(rows: Sequence[Collapse]) -> Table:
    """Mean, least and greatest count for each depth and noise.

    >>> print(collapse_table(collapse(depths=(3,), noises=("0",), draws=2)).rows)
    ((3, Fraction(0, 1), 8, Fraction(8, 1), 8, 8),)
    """
    cells = tuple((row.depth, row.noise, row.teeth, row.mean, min(row.counts), max(row.counts)) for row in rows)
    columns = ("depth", "noise", "without noise", "mean", "least", "greatest")
    return Table("regions of a perturbed sawtooth on [0,1]", columns, cells, "exact counts; noise: relative, normal")


def plot_collapse(rows: Sequence[Collapse]) -> Figure:
    """The share of the 2^depth regions that is left, against the noise, one curve for each depth.

    >>> page = plot_collapse(collapse(depths=(2, 3), noises=("1/100", "1/10"), draws=2))
    >>> [text.get_text() for text in page.axes[0].get_legend().get_texts()]
    ['depth 2: 4 regions', 'depth 3: 8 regions']
    """
    from verify.drawing import INKS, figure

    page = figure(width=5.6, height=3.8)
    axes = page.subplots()
    for i, depth in enumerate(dict.fromkeys(row.depth for row in rows)):
        own = [row for row in rows if row.depth == depth and row.noise > 0]
        axes.plot(
            [float(row.noise) for row in own],
            [float(row.mean / row.teeth) for row in own],
            marker="o",
            markersize=4,
            linewidth=1.2,
            color=INKS[i % len(INKS)],
            label=f"depth {depth}: {1 << depth} regions",
        )
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.axhline(1, color="black", linewidth=0.6, linestyle=":")
    axes.set_xlabel("relative noise on every weight and bias")
    axes.set_ylabel("mean share of the regions that is left")
    axes.legend(frameon=False, fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return page
