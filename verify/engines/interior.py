"""A point well inside a domain: floats propose one by projections, exact arithmetic accepts it.

The exact simplex finds an interior point too, but any one, often so close to a wall that no float lies between.
"""

from fractions import Fraction
from typing import Any

import flint
import numpy as np

from theory.exact import from_fmpq
from verify.engines.exact import interior_point
from verify.engines.problem import Problem

Array = np.ndarray[Any, np.dtype[np.float64]]

_ROUNDS = 200
_LARGEST, _SMALLEST, _SHRINK = 2.0**-2, 2.0**-45, 2.0**-3
_FAR = 2**1000


def central_point(problem: Problem) -> list[flint.fmpq]:
    """A point of the domain's interior, if it can be, far from every wall as floats measure it.

    The point is moved past the wall that it is nearest to, or most violates, until all distances are at least half a
    margin (Agmon 1954, Motzkin and Schoenberg 1954); the margin shrinks until that succeeds.  Where it never does, the
    same is tried with steps past all walls at once that are too near.

    A domain without interior point raises NoInteriorError.
    """
    return _proposed(problem) or interior_point(problem)


def _proposed(problem: Problem) -> list[flint.fmpq] | None:
    if not problem.cuts:
        return None
    scales = [max(map(abs, row)) for row in problem.cuts]
    rows = np.array([[float(Fraction(v, scale)) for v in row] for row, scale in zip(problem.cuts, scales, strict=True)])
    length = np.linalg.norm(rows[:, :-1], axis=1, keepdims=True)
    if not length.all():
        return None
    rows /= length
    low, high = np.full(problem.dimension, -np.inf), np.full(problem.dimension, np.inf)
    point = np.zeros(problem.dimension)
    if problem.bounds is not None:
        if max(abs(end) for ends in problem.bounds for end in ends) >= _FAR:
            return None  # sums of such ends may leave the range of floats
        low, high = (np.array([float(end[side]) for end in problem.bounds]) for side in (0, 1))
        low, high = low + (high - low) / 1024, high - (high - low) / 1024
        point = (low + high) / 2
    for jointly in (False, True):
        margin = _LARGEST
        while margin > _SMALLEST:
            for _ in range(_ROUNDS):
                slack = rows[:, :-1] @ point + rows[:, -1]
                worst = int(slack.argmin())
                if slack[worst] > margin / 2:
                    exact = [flint.fmpq(*float(v).as_integer_ratio()) for v in point]
                    if _is_inside(problem, exact):
                        return exact
                    break
                if jointly:
                    step = _step(rows[slack < margin, :-1], margin - slack[slack < margin], point, low, high)
                else:
                    step = (margin - slack[worst]) * rows[worst, :-1]
                point = np.clip(point + step, low, high)
            margin *= _SHRINK
    return None


def _step(normals: Array, wanted: Array, point: Array, low: Array, high: Array) -> Array:
    """The shortest step that changes the distances to several walls as wanted, along coordinates that can move."""
    step = np.zeros_like(point)
    can_move = np.full(len(point), True)
    for _ in range(3):
        step[:] = 0.0
        step[can_move] = np.linalg.lstsq(normals[:, can_move], wanted, rcond=None)[0]
        stuck = (point + step < low) & (point <= low) | (point + step > high) & (point >= high)
        if not (stuck & can_move).any() or not (can_move & ~stuck).any():
            break
        can_move &= ~stuck
    return step


def _is_inside(problem: Problem, point: list[flint.fmpq]) -> bool:
    ends = zip(point, problem.bounds or (), strict=False)
    return all(low < from_fmpq(v) < high for v, (low, high) in ends) and all(
        sum(a * v for a, v in zip(row, point, strict=False)) + row[-1] > 0 for row in problem.cuts
    )
