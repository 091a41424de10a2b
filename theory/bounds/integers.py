"""The combinatorial numbers under the bounds, as Python integers of any size.

Nothing here touches sympy or a float: these functions are the numeric face of every bound.
C(n, j) is 0 for j > n; Z(n, d) is Zaslavsky's number of regions of n hyperplanes in general position in R^d.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

__all__ = ["binomial_row", "binomials", "elementary_symmetric", "partial_sum", "running_minima", "zaslavsky_number"]


def binomials(n: int, upto: int) -> list[int]:
    """[C(n,0), …, C(n, min(n, upto))], which n of any size leaves short.

    >>> binomials(10**6, 2)
    [1, 1000000, 499999500000]
    """
    row = [1]
    for j in range(min(n, upto)):
        row.append(row[-1] * (n - j) // (j + 1))
    return row


@lru_cache(maxsize=64)
def binomial_row(n: int) -> tuple[int, ...]:
    """(C(n,0), …, C(n,n)).

    >>> binomial_row(4)
    (1, 4, 6, 4, 1)
    """
    return tuple(binomials(n, n))


def partial_sum(n: int, d: int, weight: int = 1) -> int:
    """Σ_{j ≤ d} C(n,j)·weight^j, the regions of n bundles of ``weight`` parallel hyperplanes in R^d.

    >>> partial_sum(3, 2, weight=2)
    19
    """
    total, term = 1, 1
    for j in range(min(d, n)):
        term = term * (n - j) * weight // (j + 1)
        total += term
    return total


def zaslavsky_number(n: int, d: int) -> int:
    """Z(n, d) = Σ_{j ≤ d} C(n,j): regions of n hyperplanes in general position in R^d.

    >>> [zaslavsky_number(n, 2) for n in range(5)]
    [1, 2, 4, 7, 11]
    """
    return 1 << n if d >= n else partial_sum(n, d)


def elementary_symmetric(values: Sequence[int], upto: int) -> list[int]:
    """[e_0, …, e_upto] of the given numbers.

    >>> elementary_symmetric([2, 2, 3], 3)
    [1, 7, 16, 12]
    """
    e = [1] + [0] * upto
    for seen, value in enumerate(values, start=1):
        for j in range(min(seen, upto), 0, -1):
            e[j] += e[j - 1] * value
    return e


def running_minima(sizes: Sequence[int]) -> list[int]:
    """min(s_0, …, s_i) for each i: the dimension that can still reach layer i + 1.

    >>> running_minima([3, 5, 2, 4])
    [3, 3, 2, 2]
    """
    minima: list[int] = []
    for size in sizes:
        minima.append(min(size, minima[-1]) if minima else size)
    return minima
