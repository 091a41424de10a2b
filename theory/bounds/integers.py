r"""The combinatorial numbers under the bounds, as Python integers of any size.

:math:`Z(n, d) = \sum_{j \le d} \binom{n}{j}` is the number of regions of n hyperplanes in general position in
:math:`\mathbb{R}^d`.  :mod:`theory.bounds.expressions` has the same sums for sizes that are symbols.

References
----------
Zaslavsky 1975, Theorem A, Corollary.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate


def binomials(n: int, upto: int) -> list[int]:
    """[C(n,0), …, C(n, min(n, upto))], in O(upto) operations for n of any size.

    >>> binomials(10**6, 2)
    [1, 1000000, 499999500000]
    """
    return list(accumulate(range(min(n, upto)), lambda number, j: number * (n - j) // (j + 1), initial=1))


@lru_cache(maxsize=64)
def binomial_row(n: int) -> tuple[int, ...]:
    """(C(n,0), …, C(n,n)).

    >>> binomial_row(4)
    (1, 4, 6, 4, 1)
    """
    return tuple(binomials(n, n))


def partial_sum(n: int, d: int, weight: int = 1) -> int:
    r""":math:`\sum_{j \le d} \binom{n}{j} w^j`, the regions of n bundles of w parallel hyperplanes in R^d.

    >>> partial_sum(3, 2, weight=2), partial_sum(3, 10**9, weight=2)
    (19, 27)
    """
    if d >= n:  # the binomial theorem
        return int((1 + weight) ** n)
    total, term = 1, 1
    for j in range(d):
        term = term * (n - j) * weight // (j + 1)
        total += term
    return total


def zaslavsky_number(n: int, d: int) -> int:
    """Z(n, d), the regions of n hyperplanes in general position in R^d.

    >>> [zaslavsky_number(n, 2) for n in range(5)]
    [1, 2, 4, 7, 11]
    """
    return partial_sum(n, d)


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
    return list(accumulate(sizes, min))
