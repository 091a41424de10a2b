"""Interval arithmetic in rationals: what values affine functions take on boxes, bounded or not."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

import flint

_Number = TypeVar("_Number", Fraction, flint.fmpq)
Interval = tuple[_Number | None, _Number | None]
"""Lower and upper end; None is infinite."""


def affine_image(weights: Sequence[_Number], bias: _Number, ranges: Sequence[Interval[_Number]]) -> Interval[_Number]:
    """The values of ⟨weights, x⟩ + bias where the coordinates of x have the given ranges.

    >>> one = Fraction(1)
    >>> affine_image([2 * one, -one, 0 * one], one, [(0 * one, one), (0 * one, 3 * one), (None, None)])
    (Fraction(-2, 1), Fraction(3, 1))
    """
    low: _Number | None = bias
    high: _Number | None = bias
    for weight, (below, above) in zip(weights, ranges, strict=True):
        if weight:
            least, most = (below, above) if weight > 0 else (above, below)
            low = None if low is None or least is None else low + weight * least
            high = None if high is None or most is None else high + weight * most
            if low is None and high is None:
                break
    return low, high


def images(forms: flint.fmpq_mat, ranges: Sequence[Interval[flint.fmpq]]) -> list[Interval[flint.fmpq]]:
    """The values of several affine forms on a box, one in each row of a matrix, the constants last."""
    return [affine_image(weights, bias, ranges) for *weights, bias in forms.tolist()]


def hull(intervals: Iterable[Interval[_Number]]) -> Interval[_Number]:
    """The smallest interval that contains all the given ones; at least one is needed.

    >>> hull([(Fraction(0), Fraction(1)), (Fraction(-2), None)])
    (Fraction(-2, 1), None)
    """
    lows, highs = zip(*intervals, strict=True)
    return None if None in lows else min(lows), None if None in highs else max(highs)
