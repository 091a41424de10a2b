"""Short rational points in open cells."""

from collections.abc import Sequence
from fractions import Fraction
from operator import mul

from verify.certificate.rows import Condition


def satisfies(point: Sequence[int], path: Sequence[Condition]) -> bool:
    """Whether the point n/q, given as (n_1, …, n_m, q) with q > 0, satisfies all conditions of a path."""
    for row, strict in path:
        value = sum(map(mul, row, point))
        if value < 0 or (strict and value == 0):
            return False
    return True


def short_point(path: Sequence[Condition], inside: Sequence[Fraction]) -> list[int]:
    """(n_1, …, n_m, q), where n/q is near the interior point ``inside`` and q is the least power of two that will do.

    >>> short_point([([3, -1], True), ([-2, 1], True)], [Fraction(4, 10)])
    [3, 8]
    """
    q = 1
    while True:
        point = [*(round(x * q) for x in inside), q]
        if satisfies(point, path):
            return point
        q *= 2
