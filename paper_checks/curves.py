"""A curve of units behind a fixed network: in how many regions any j of them cross, proved for all parameters at once.

The units of a last layer are points of a curve g_s = T + s·D + s²·E + s³·F, 0 ≤ s ≤ S, behind layers that do not
change.  In a region of those layers all g_s are affine.  The common zeros of g_s and g_t are those of g_s and the
divided difference (g_t − g_s)/(t − s) = D + (s + t)·E + (s² + s·t + t²)·F, which still makes sense for s = t, and
likewise for three and more parameters.  The region is the cone over its vertices and directions, its *points*.  At a
point, j divided differences are a vector of polynomials in the parameters, and

* the j units cross in the region, in a flat of codimension j, if the vectors of its points surround 0: if 0 is inside
  the simplex spanned by j + 1 of them, that is, if the minors of these have the right signs;
* they do not, if a linear form is positive at all vectors of its points, or 0 at some and positive at the others.

Both are strict inequalities between polynomials.  The cube of the parameters is divided until interval arithmetic in
rationals decides every part; what floats propose (the simplex, the linear form) is only used if this arithmetic
confirms it.  If it ends with exactly f_j regions for every j = 1, …, d + 1, with f_{d+1} = 0, then any m units of the
curve are in general position in every region, and the network has f_0 + Σ_j f_j·C(m, j) regions: a region is divided
into as many parts as there are sets of units that cross in it.

>>> crossed_by_all([[(1, 0, 0), (0, 1, 0)]], [(-1, -2, 2), (-2, -1, 2), (0, 1, 4)], 20)
(4, 3, 1)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import flint
import numpy as np
from scipy.optimize import linprog

from theory.exact import primitive_row
from theory.network import Network
from verify.domain.shapes import WholeSpace
from verify.engines import Problem, patterns

__all__ = ["crossed_by_all", "region_values"]

Row = tuple[int, ...]
Box = tuple[tuple[Fraction, Fraction], ...]


class Interval(NamedTuple):
    """All numbers between two rationals."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Interval) -> Interval:  # type: ignore[override]
        return Interval(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Interval) -> Interval:  # type: ignore[override]
        products = [a * b for a in self for b in other]
        return Interval(min(products), max(products))


def region_values(before: Sequence[Sequence[Row]]) -> list[list[Row]]:
    """For every region of the layers the values of (last layer, 1) at its vertices and, up to a factor, directions."""
    inputs = len(before[0][0]) - 1
    pairs = [([list(row[:-1]) for row in rows], [row[-1] for row in rows]) for rows in before]
    network = Network.relu([*pairs, ([[1] * len(before[-1])], [0])])
    return [_values(before, pattern, inputs) for pattern in patterns(Problem.of(network, WholeSpace(inputs)), "exact")]


def _values(before: Sequence[Sequence[Row]], pattern: Sequence[Sequence[int]], inputs: int) -> list[Row]:
    outputs = [[int(i == j) for j in range(inputs + 1)] for i in range(inputs + 1)]  # of the layer before, and 1
    walls = [outputs[-1]]
    for rows, on in zip(before, pattern, strict=True):
        heights = [
            [sum(a * o[k] for a, o in zip(row, outputs, strict=True)) for k in range(inputs + 1)] for row in rows
        ]
        walls += [h if active else [-v for v in h] for h, active in zip(heights, on, strict=True)]
        outputs = [[v * active for v in h] for h, active in zip(heights, on, strict=True)] + [outputs[-1]]
    found: set[Row] = set()
    for chosen in itertools.combinations(walls, inputs):
        kernel, nullity = flint.fmpz_mat([list(row) for row in chosen]).nullspace()
        if nullity == 1:
            ray = primitive_row([int(kernel[i, 0]) for i in range(inputs + 1)])
            for point in (ray, tuple(-v for v in ray)):
                if all(_dot(wall, point) >= 0 for wall in walls):
                    found.add(tuple(_dot(o, point) for o in outputs))
    return sorted(value for value in found if any(value))


def _dot(a: Sequence[int], b: Sequence[int]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def crossed_by_all(before: Sequence[Sequence[Row]], curve: Sequence[Row], steps: int) -> tuple[int, ...]:
    """(f_0, f_1, …): regions of the layers, and in how many of them any j units g_s, 0 ≤ s ≤ 1/steps, cross.

    Parameters
    ----------
    before : layers, each a sequence of rows of weights and a bias
    curve : (T, D, E, …), rows of weights and a bias
    steps : int

    Raises
    ------
    AssertionError
        If for some j the number depends on the parameters, or more than d units cross in a region of R^d.
    """
    regions = region_values(before)
    numbers = [len(regions)]
    for j in range(1, len(before[0][0]) + 1):
        crossed = 0
        for points in regions:
            coefficients = [[Fraction(_dot(row, point)) for row in curve] for point in points]
            answers = set(_answers(coefficients, j, Fraction(1, steps)))
            assert len(answers) == 1, f"{j} units cross in a region for some parameters and not for others"
            crossed += answers.pop()
        numbers.append(crossed)
    assert numbers.pop() == 0, "more than d units cross in one place"
    while numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _answers(coefficients: list[list[Fraction]], j: int, end: Fraction, halvings: int = 12) -> Iterator[bool]:
    """Whether the j units cross, on parts of the cube [0, end]^j that cover all s_1 ≤ … ≤ s_j."""
    parts: list[tuple[Box, int]] = [(((Fraction(0), end),) * j, 0)]
    while parts:
        box, depth = parts.pop()
        if any(a[0] > b[1] for a, b in itertools.pairwise(box)):
            continue  # another order of the same parameters
        if (answer := _answer(coefficients, box)) is not None:
            yield answer
            continue
        assert depth < halvings * j, "undecided"
        i = max(range(j), key=lambda k: box[k][1] - box[k][0])
        middle = sum(box[i]) / 2
        parts += [((*box[:i], half, *box[i + 1 :]), depth + 1) for half in ((box[i][0], middle), (middle, box[i][1]))]


def _differences(coefficients: Sequence[Fraction], box: Box) -> list[Interval]:
    """Of a polynomial Σ c_k s^k: its divided differences at s_1; s_1, s_2; …, enclosed on the box.

    That at s_1, …, s_i is Σ_k c_k h_{k−i+1}(s_1, …, s_i), h the complete homogeneous symmetric polynomials.  The
    parameters are not negative, so h of the lower and of the upper ends encloses it.
    """
    result = []
    for i in range(1, len(box) + 1):
        total = Interval(Fraction(0), Fraction(0))
        for k in range(i - 1, len(coefficients)):
            low, high = (_homogeneous(k - i + 1, [side[end] for side in box[:i]]) for end in (0, 1))
            total += Interval(coefficients[k], coefficients[k]) * Interval(low, high)
        result.append(total)
    return result


def _homogeneous(degree: int, values: Sequence[Fraction]) -> Fraction:
    sums = [Fraction(1)] + [Fraction(0)] * degree
    for value in values:
        for k in range(1, degree + 1):
            sums[k] += value * sums[k - 1]
    return sums[degree]


def _answer(coefficients: list[list[Fraction]], box: Box) -> bool | None:
    """True if the units cross for all parameters of the box, False if they do for none, None if that is not clear."""
    vectors = [_differences(c, box) for c in coefficients]
    middles = np.array([[float(v.low + v.high) / 2 for v in vector] for vector in vectors])
    if (form := _one_sided(middles)) is not None:
        sides = [_sum(Interval(a, a) * v for a, v in zip(form, vector, strict=True)) for vector in vectors]
        if all(side.low > 0 or side == (0, 0) for side in sides) and any(side.low > 0 for side in sides):
            return False
    elif (simplex := _surrounding(middles)) is not None and _surrounds([vectors[i] for i in simplex]):
        return True
    return None


def _one_sided(points: np.ndarray) -> list[Fraction] | None:
    """A linear form that is positive at all points that are not 0, with small numbers; None if floats find none."""
    size = np.abs(points).max(axis=1)
    rows = points[size > 0] / size[size > 0, None]
    j = points.shape[1]
    goal = np.append(np.zeros(j), -1.0)
    found = linprog(
        goal,
        A_ub=np.hstack([-rows, np.ones((len(rows), 1))]),
        b_ub=np.zeros(len(rows)),
        bounds=[(-1, 1)] * j + [(None, 1)],
    )
    return [Fraction(round(v * 2**20), 2**20) for v in found.x[:j]] if found.status == 0 and found.x[j] > 1e-9 else None


def _surrounding(points: np.ndarray) -> tuple[int, ...] | None:
    """j + 1 points whose simplex has 0 deepest inside, by floats."""
    best, chosen = 1e-9, None
    for simplex in itertools.combinations(range(len(points)), points.shape[1] + 1):
        rows = points[list(simplex)]
        weights = np.array([(-1) ** i * np.linalg.det(np.delete(rows, i, axis=0)) for i in range(len(simplex))])
        scale = np.abs(weights).max()
        if scale > 0 and abs(sum(np.sign(weights))) == len(weights) and np.abs(weights).min() / scale > best:
            best, chosen = float(np.abs(weights).min() / scale), simplex
    return chosen


def _surrounds(vectors: Sequence[Sequence[Interval]]) -> bool:
    """0 = Σ ± minor_i·v_i with all coefficients of one sign, for all vectors in the intervals."""
    minors = [_determinant([v for k, v in enumerate(vectors) if k != i]) for i in range(len(vectors))]
    signed = [m if i % 2 == 0 else Interval(-m.high, -m.low) for i, m in enumerate(minors)]
    return all(m.low > 0 for m in signed) or all(m.high < 0 for m in signed)


def _determinant(rows: Sequence[Sequence[Interval]]) -> Interval:
    """By the first column; every value of the determinant lies in the interval."""
    if not rows:
        return Interval(Fraction(1), Fraction(1))
    total = Interval(Fraction(0), Fraction(0))
    for i, row in enumerate(rows):
        sign = Interval(Fraction((-1) ** i), Fraction((-1) ** i))
        total += sign * row[0] * _determinant([other[1:] for k, other in enumerate(rows) if k != i])
    return total


def _sum(intervals: Iterator[Interval]) -> Interval:
    total = Interval(Fraction(0), Fraction(0))
    for interval in intervals:
        total += interval
    return total
