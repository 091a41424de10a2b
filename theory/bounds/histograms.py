r"""Histograms of active units: how the regions of one layer can be spread over the numbers of active units.

:math:`\gamma_{n,m}` has the levels 0, …, m and states that of the regions that m hyperplanes make in
:math:`\mathbb{R}^n`, at most :math:`\sum_{l \ge J} \gamma_{n,m}[l]` have J active units or more, for every J.  For a
given total, weight on low levels is better than on high ones, because few active units leave few dimensions.
From it :mod:`theory.bounds.hinz` derives the bound of Hinz and van de Geer (2019).

In that of Hinz (2021) :math:`\gamma_{0,m}` is one region at level m;
:math:`\gamma_{n,n} = (\binom{n}{0}, \dots, \binom{n}{n})`; :math:`\gamma_{1,m}` has the tails
:math:`\min(m+1, 1 + 2(m-J))`, :math:`\gamma_{2,m}` the tails :math:`\min(Z(m, 2), 1 + m(m-J))`; further on

.. math:: \gamma_{n,m} = \mathrm{shift}(\gamma_{n,m-1}) + \gamma_{n-1,m-1},

because a new hyperplane leaves a region on its active side or cuts it.  :mod:`theory.bounds.levels` starts the same
recursion from more that is known: all n ≥ m − 3, and a part of n = 3.

References
----------
Hinz, van de Geer 2019, the framework; Hinz 2021, the tighter histogram.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from theory.bounds.integers import binomial_row, zaslavsky_number
from theory.bounds.levels import above_the_plane, level_histogram
from theory.bounds.limits import KEPT_ROWS
from theory.names import Names


def serra_histogram(n: int, m: int) -> tuple[int, ...]:
    """C(m, j) regions with m − j active units, j ≤ n."""
    row = binomial_row(m)
    return tuple(row[m - level] if m - level <= n else 0 for level in range(m + 1))


def histogram_2021(n: int, m: int) -> tuple[int, ...]:
    """The 2021 histogram in O(m) operations.

    >>> histogram_2021(1, 3), histogram_2021(2, 4), histogram_2021(3, 4)
    ((0, 1, 2, 1), (0, 2, 4, 4, 1), (0, 4, 6, 4, 1))
    """
    return level_histogram(min(n, m), m) if n <= 2 or n >= m else tuple(above_the_plane(n, m - n - 1))


class Gamma(NamedTuple):
    """A histogram by its definition, and what the moves from state n ≤ m need of it.

    From the width ``threshold(n)`` on no region is on the levels 0, …, n − 1, and all moves keep the state.  The number
    of regions is ``total``.
    """

    definition: Callable[[int, int], tuple[int, ...]]
    threshold: Callable[[int], int]
    total: Callable[[int, int], int] = lambda n, m: zaslavsky_number(m, n)


def _on_top(total: Callable[[int, int], int]) -> Gamma:
    """All regions have m active units."""
    return Gamma(lambda n, m: (0,) * m + (total(n, m),), lambda n: n, total)


GAMMAS = Names(
    "histogram",
    {
        "naive": _on_top(lambda _, m: 1 << m),
        "montufar": _on_top(lambda n, m: zaslavsky_number(m, n)),
        "serra": Gamma(serra_histogram, lambda n: 2 * n),
        "2021": Gamma(histogram_2021, lambda n: max(0, 3 * n - 1)),
        "levels": Gamma(level_histogram, lambda n: max(0, 3 * n - 1)),
    },
)
"""The histograms of the literature and that of levels, by name."""


def histogram(name: str, n: int, m: int) -> tuple[int, ...]:
    r""":math:`\gamma_{n,m}` on the levels 0, …, m.

    >>> histogram("serra", 2, 4)
    (0, 0, 6, 4, 1)
    """
    return GAMMAS[name].definition(min(n, m), m)


class Row(NamedTuple):
    """The moves from one state: weights of the next states 0, 1, … below it, and the weight of staying."""

    below: tuple[int, ...]
    stay: int


@lru_cache(maxsize=KEPT_ROWS)
def row(name: str, n: int, m: int) -> Row:
    """The moves from state n ≤ m of a layer of m units, kept for the layers of equal width.

    >>> row("serra", 3, 4), row("2021", 3, 5), row("levels", 3, 5)
    (Row(below=(0, 4, 6), stay=5), Row(below=(0, 2, 8), stay=16), Row(below=(0, 3, 8), stay=15))
    """
    gamma = GAMMAS[name]
    below = gamma.definition(n, m)[:n] if m < gamma.threshold(n) else ()
    return Row(below, gamma.total(n, m) - sum(below))


def hinz_moves(name: str, state: int, m: int) -> Iterator[tuple[int, int]]:
    """The moves of a histogram, as in a :class:`~theory.bounds.dynamic_program.LayerProgram`."""
    n = min(state, m)
    below, stay = row(name, n, m)
    yield n, stay
    yield from ((level, weight) for level, weight in enumerate(below) if weight)
