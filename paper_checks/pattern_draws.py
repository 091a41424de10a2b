r"""Counting by uniform activation patterns: what share of the 2^N patterns of N units do points of the unit cube have?

A pattern that is drawn uniformly belongs to a region with probability R/2^N, so the number of regions R is the mean of
draws that are 2^N or 0, and :class:`MeanBound` turns them into an interval with a stated confidence.  That needs R/2^N
to be no smaller than a few percent: networks of few units in many input dimensions, such as those of the poster.

Every draw is decided in integers.  Two ReLU layers whose weights and biases are multiples of 1/GRID are, in the cell of
the first layer's half of the pattern, rows :math:`a_i x + b_i` with signs; the pattern belongs to a region if and only
if some x in the cube satisfies all of them strictly.  HiGHS proposes the point deepest inside, which is rounded to
multiples of 2^-30 and evaluated exactly; or multipliers :math:`y \ge 0`, rounded likewise, for which
:math:`\max_x \sum_i y_i (a_i x + b_i) \le 0` over the cube is checked exactly, so that no such point exists (not all y
are 0).  A draw for which neither proposal passes counts as 0 for the lower end and as 2^N for the upper end.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from scipy.optimize import linprog

from verify.counting.estimates.confidence import MeanBound
from verify.counting.samples.draws import Stream

__all__ = ["Interval", "belongs_to_a_region", "interval"]

FINE = 2**30
ROUND = 10
"""Draws between two looks at the interval, which holds however often it is looked at."""

Interval = tuple[int, int, int, int]
"""Low and high end, draws that are regions, draws."""


def belongs_to_a_region(pairs: list[Any], grid: int, pattern: list[int]) -> bool | None:
    """Whether the unit cube has a point with this pattern; None if neither answer is proved.

    Parameters
    ----------
    pairs : list of (weights, biases)
        The two hidden layers (what follows is ignored), as integer multiples of 1/grid.
    grid : int
    pattern : list of int
        0 or 1 for every unit of both layers.
    """
    (first, shift), (second, offset) = pairs[:2]
    on = np.array(pattern[: len(shift)])
    rows = np.vstack([first, (second * on) @ first]).astype(object)  # times 1/grid, and times 1/grid^2
    ends = np.concatenate([shift.astype(object), (second * on) @ shift + offset.astype(object) * grid])
    signs = 2 * np.array(pattern, dtype=object) - 1
    rows, ends = rows * signs[:, None], ends * signs
    constant = ~(rows != 0).any(axis=1)
    if any(ends[constant] <= 0):
        return False
    rows, ends = rows[~constant], ends[~constant]
    floats = rows.astype(float)
    length = np.linalg.norm(floats, axis=1)
    best = linprog(
        np.append(np.zeros(floats.shape[1]), -1.0),
        A_ub=np.hstack([-floats / length[:, None], np.ones((len(length), 1))]),
        b_ub=ends.astype(float) / length,
        bounds=[(0, 1)] * floats.shape[1] + [(None, 1)],
        method="highs",
    )
    if best.status:
        return None
    point = np.array([round(v * FINE) for v in np.clip(best.x[:-1], 0, 1)], dtype=object)
    if all(rows @ point + ends * FINE > 0):
        return True
    multipliers = np.array([max(round(-v * FINE), 0) for v in best.ineqlin.marginals], dtype=object)
    scale = max(round(v) for v in length)  # the multipliers are those of rows of length one
    multipliers = np.array([v * scale // max(round(w), 1) for v, w in zip(multipliers, length, strict=True)], object)
    total = multipliers @ rows
    if any(multipliers) and multipliers @ ends + sum(v for v in total if v > 0) <= 0:
        return False
    return None


def interval(
    pairs: list[Any], grid: int, *, error: Fraction, confidence: Fraction, most: int, seed: int = 0
) -> Interval:
    """An interval with the number of regions on the unit cube, with the confidence that is asked for.

    Draws end once the ends differ from their middle by the relative error, or after ``most`` draws.
    """
    units = len(pairs[0][1]) + len(pairs[1][1])
    alpha = (1 - confidence) / 2
    below = MeanBound(alpha, float(error))
    above = MeanBound(alpha, float(error), ceiling=2**units)
    low, high, met, draws = 0, 2**units, 0, 0
    while draws < most and (high - low) > error * (high + low):
        for _ in range(min(ROUND, most - draws)):
            bits = Stream(seed, draws).below(2**units)
            answer = belongs_to_a_region(pairs, grid, [bits >> i & 1 for i in range(units)])
            below.add(Fraction(2**units if answer else 0))
            above.add(Fraction(2**units if answer is not False else 0))
            met, draws = met + bool(answer), draws + 1
        low = max(low, -((-(below.end() or 0)) // 1))
        high = min(high, (above.end() or 2**units) // 1)
    return int(low), int(high), met, draws
