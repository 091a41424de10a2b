r"""Levels of arrangements: the most regions of one layer with at least J active units, and bounds on it.

Let :math:`T_J(n, m)` be the most regions with at least J active units that m units on :math:`\mathbb{R}^n` have; these
regions are the cells of level at most m − J, where the level of a cell is the number of halfspaces that it lies outside
of.  A histogram of :mod:`theory.bounds.histograms` has to dominate these tails.  With :math:`Z(m, d) = \sum_{j \le d}
\binom mj`, the following statements are proved in ``docs/proofs.md``, one of them by a machine:

*Few inputs.*  :math:`T_J(n, m) \le \min(Z(m, n),\, 1 + c\,(m - J))` with c = 0, 2, m for n = 0, 1, 2 and 0 ≤ J ≤ m.

*Duality.*  For :math:`m \ge n`, :math:`d = m - n - 1` and :math:`0 \le J \le m`, with no regions if d = −1,

.. math:: T_J(n, m) = \sum_{k \ge J} \binom mk - Z(m, d) + T_{m-J+1}(d, m),

so m ≤ n + 3 units are known from at most two inputs; for n + 2 units, say, each sum of binomial coefficients is
lowered by max(0, m + 2 − 2J), J ≥ 1.

*Three inputs, level 2.*  :math:`T_{m-2}(3, m) \le 4m - 5` for m ≥ 3, and what duality makes of it.

*Seven and eight units on three inputs.*  :math:`T_4(3, 7) \le 42`, which duality maps to itself, and
:math:`T_5(3, 8) \le 51`, which it maps to :math:`T_4(4, 8) \le 121`.  SAT solvers find no oriented matroid with more,
and independent checkers accept their proofs: ``paper_checks/levels_by_sat.py``.

*Recursion.*  :math:`T_J(n, m) \le T_{J-1}(n, m - 1) + T_J(n - 1, m - 1)` for 1 ≤ n < m and 1 ≤ J ≤ m,
which duality maps to itself.

The histogram ``levels`` takes the first two where n ≤ 2 or d ≤ 2, and the recursion beyond, lowered by the third and
the fourth.

References
----------
Hinz 2021, the recursion and the tails for two inputs; Alon and Győri 1986, the number of cells up to a level in the
plane if all units are active at some point; Wagner 2006 and Streltsova and Wagner 2025 on levels in more dimensions.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from math import comb

from theory.bounds.integers import binomial_row, zaslavsky_number

__all__ = ["above_the_plane", "level_histogram", "level_tails", "levels_below"]


def level_histogram(n: int, m: int) -> tuple[int, ...]:
    """The histogram of the tails, on the levels 0, …, m active units.

    >>> level_histogram(3, 5), level_histogram(2, 4)
    ((0, 3, 8, 9, 5, 1), (0, 2, 4, 4, 1))
    """
    return tuple(a - b for a, b in pairwise((*level_tails(n, m), 0)))


@lru_cache(maxsize=4096)
def level_tails(n: int, m: int) -> tuple[int, ...]:
    """Upper bounds on T_0(n, m), …, T_m(n, m), for n ≤ m; attained for n ≤ 2 and m ≤ 7, as tests show.

    >>> level_tails(3, 5), level_tails(3, 6)
    ((26, 26, 23, 15, 6, 1), (42, 42, 42, 33, 19, 7, 1))
    """
    d = m - n - 1
    if d < n and d <= 2:
        dual = (*level_tails(d, m), 0) if d >= 0 else (0,) * (m + 2)
        sums = reversed(list(accumulate(reversed(binomial_row(m)))))
        return tuple(s - dual[0] + dual[m - level + 1] for level, s in enumerate(sums))
    if n <= 2:
        return tuple(min(zaslavsky_number(m, n), 1 + (0, 2, m)[n] * (m - level)) for level in range(m + 1))
    kept, cut = level_tails(n, m - 1), level_tails(n - 1, m - 1)
    tails = [a + b for a, b in zip((kept[0], *kept), (*cut, 0), strict=True)]
    for level, less in _lowered(n, d).items():
        tails[level] -= less
    return tuple(tails)


def _lowered(n: int, d: int) -> dict[int, int]:
    """By how much the tails of n + d + 1 units on R^n, n and d at least 3, are below the recursion."""
    lowered = {}
    if n == 3:
        lowered[d + 2] = d
    if d == 3:
        lowered[3] = n
    return lowered | BY_MACHINE.get((n, d), {})


BY_MACHINE = {(3, 3): {4: 4}, (3, 4): {5: 6}, (4, 3): {4: 6}}
"""What is proved by machine, for n and d: T_4(3, 7) is 42, where the recursion has 46; T_5(3, 8) is 51, where it has 57
then; and its dual, T_4(4, 8) is 121, where it has 127."""


def above_the_plane(n: int, d: int, least: int = 0) -> list[int]:
    """The recursion for n + d + 1 units on R^n, n ≥ 3, from exact levels of k + 3 units on R^2, k ≥ ``least``.

    Elsewhere it starts with the histogram of Serra et al.  It takes O(n + d) operations.

    The histogram of Serra et al. satisfies the recursion as well, so the difference of the two is a sum over the
    lattice paths from (n, d) on which a step lowers d and moves all levels up by 1, or lowers n and moves none.  A path
    ends where n = 2; there the difference is explicit, a block of levels, and all blocks have one end in common.
    """
    row = binomial_row(n + d + 1)
    levels = [row[level] if level > d else 0 for level in range(n + d + 2)]
    blocks = [0] * (n + d + 3)  # differences of neighboring levels
    for k, paths in _paths(n, d, least):  # to k + 3 units on R^2
        _begin(blocks, (k + 2) // 2 + d - k, k + 3, paths)
        blocks[d + 2] -= paths * (k + 3)
        levels[d + 1] -= paths * comb(k + 3, 2)
    return [a + b for a, b in zip(levels, accumulate(blocks), strict=False)]


def _paths(n: int, d: int, least: int) -> Iterator[tuple[int, int]]:
    """k = d, d − 1, …, ``least``, and the number C(n − 3 + d − k, d − k) of lattice paths from (n, d) to (3, k)."""
    paths = 1
    for k in range(d, least - 1, -1):
        yield k, paths
        paths = paths * (n - 2 + d - k) // (d - k + 1)


def _begin(blocks: list[int], at: int, units: int, paths: int) -> None:
    """From this level on as many regions as units, on the first one half of them if their number is even."""
    blocks[at] += paths * (units if units % 2 else units // 2)
    blocks[at + 1] += paths * (0 if units % 2 else units // 2)


def levels_below(n: int, m: int) -> tuple[int, ...]:
    r"""The histogram on the levels 0, …, n − 1, for n < m, in O(m) operations.

    The paths of :func:`above_the_plane` end where d = 2, too, and what is lowered on the way, at n = 3 and d = 3, are
    blocks as well.  What a machine proved for (k, e) is lowered on every path through (k, e).

    >>> levels_below(4, 9), level_histogram(4, 9)[:4]
    ((0, 0, 0, 23), (0, 0, 0, 23))
    """
    d = m - n - 1
    if n <= 2 or d <= 2:
        return level_histogram(n, m)[:n]
    levels, blocks = above_the_plane(n, d, 3), [0] * (m + 2)
    for k, paths in _paths(n, d, 3):  # through k + 4 units on R^3
        levels[d + 2] -= paths * k
        levels[d + 1] += paths * k
    for k, paths in _paths(d, n, 3):  # to k + 3 units on R^k, through k + 4 units on R^k
        levels[d] += paths * ((k + 3) * k // 2 - k)
        levels[d - 1] += paths * k
        blocks[d + 1] -= paths * (k + 3)
        _begin(blocks, (k + 4) // 2 + d - 1, k + 3, paths)
    for (k, e), tails in BY_MACHINE.items():
        paths = comb(n - k + d - e, d - e) if n >= k and d >= e else 0
        for level, less in tails.items():
            levels[level + d - e] -= paths * less
            levels[level + d - e - 1] += paths * less
    return tuple(a + b for a, b in zip(levels[:n], accumulate(blocks), strict=False))
