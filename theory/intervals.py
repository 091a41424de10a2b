"""Interval arithmetic in rationals: what values affine functions take on boxes, bounded or not."""

from collections.abc import Iterable, Sequence

import flint

Range = tuple[flint.fmpq | None, flint.fmpq | None]
"""Lower and upper end; None is infinite."""


def affine_image(weights: Sequence[flint.fmpq], bias: flint.fmpq, ranges: Sequence[Range]) -> Range:
    """The values of ⟨weights, x⟩ + bias where the coordinates of x have the given ranges.

    >>> one = flint.fmpq(1)
    >>> affine_image([2 * one, -one, 0 * one], one, [(0 * one, one), (0 * one, 3 * one), (None, None)])
    (-2, 3)
    """
    low: flint.fmpq | None = bias
    high: flint.fmpq | None = bias
    for weight, (below, above) in zip(weights, ranges, strict=True):
        if weight:
            least, most = (below, above) if weight > 0 else (above, below)
            low = None if low is None or least is None else low + weight * least
            high = None if high is None or most is None else high + weight * most
            if low is None and high is None:
                break
    return low, high


def images(forms: flint.fmpq_mat, ranges: Sequence[Range]) -> list[Range]:
    """The values of several affine forms on a box, one in each row of a matrix, the constants last."""
    return [affine_image(weights, bias, ranges) for *weights, bias in forms.tolist()]


def hull(intervals: Iterable[Range]) -> Range:
    """The smallest interval that contains all the given ones; at least one is needed.

    >>> hull([(flint.fmpq(0), flint.fmpq(1)), (flint.fmpq(-2), None)])
    (-2, None)
    """
    lows, highs = zip(*intervals, strict=True)
    return None if None in lows else min(lows), None if None in highs else max(highs)
