"""What floats propose: which rows cut a cell, which rows prove that another does not, and points deep inside.

The cells are float simplex dictionaries (:mod:`verify.engines.simplex`) in which every inequality, also of the domain,
is a row, and the coordinates are free.  Nothing here is believed: :mod:`verify.certificate.float_bodies` checks every
proposal in integers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from verify.engines.compiled import compiled
from verify.engines.simplex import Simplex, copy_slot, descend, express, pivot, ratio

__all__ = ["ABOVE", "BELOW", "CUTS", "centre", "coarsest", "restrict", "start", "survey"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BELOW, CUTS, ABOVE = -1, 0, 1
"""A row is ≤ 0 on the whole cell, cuts it, is ≥ 0 on the whole cell."""

_NOISE = 1e-10
"""Less than this, of a row whose largest entry is near 1, is no cut worth proposing."""
_WEIGHT = 1e-9
"""A smaller multiplier is proposed to be zero."""


@compiled
def start(geo: Simplex, slot: int, rows: Floats, m: int, point: Floats) -> None:
    """Put the cell of the first m rows into the slot, seen from a point inside."""
    d = point.shape[0]
    for i in range(d):
        geo.nonbasic[slot, i] = geo.place[slot, i] = i
        geo.anchor[slot, i] = point[i]
        geo.side[slot, i] = 1.0
    for r in range(m):
        geo.basic[slot, r] = d + r
        value = rows[r, d]
        for i in range(d):
            geo.table[slot, r, i] = rows[r, i]
            value += rows[r, i] * point[i]
        geo.table[slot, r, d] = value


@compiled
def _value(row: Floats, point: Floats) -> float:
    d = point.shape[0]
    total = row[d]
    for i in range(d):
        total += row[i] * point[i]
    return float(total)


@compiled
def _turn(goal: Floats) -> None:
    for j in range(goal.shape[0]):
        goal[j] = -goal[j]


@compiled
def _judge(geo: Simplex, slot: int, m: int, row: Floats, point: Floats) -> int:
    """What the row does to the cell; ``goal`` is the row or its negative where the dictionary stands then."""
    d = point.shape[0]
    goal = geo.goal
    express(geo, slot, row, goal)
    side = 1 if _value(row, point) > 0.0 else -1
    if side * goal[d] < -_NOISE:
        return CUTS
    if side < 0:
        _turn(goal)
    if descend(geo, slot, m, goal, -_NOISE):
        return CUTS
    return side


@compiled
def _read_basis(geo: Simplex, slot: int, basis: Ints) -> None:
    """The rows on which ``goal`` depends, to ``basis``, filled up with −1."""
    d = geo.lower.shape[0]
    largest = 0.0
    for j in range(d):
        largest = max(largest, abs(geo.goal[j]))
    at = 0
    for j in range(d):
        if abs(geo.goal[j]) > _WEIGHT * largest and geo.nonbasic[slot, j] >= d:
            basis[at] = geo.nonbasic[slot, j] - d
            at += 1
    for k in range(at, d):
        basis[k] = -1


@compiled
def survey(geo: Simplex, slot: int, m: int, rows: Floats, point: Floats, verdicts: Ints, bases: Ints) -> None:
    """For each row BELOW, CUTS or ABOVE, and for the first and last the rows of the cell that prove it."""
    for i in range(rows.shape[0]):
        verdicts[i] = _judge(geo, slot, m, rows[i], point)
        if verdicts[i] != CUTS:
            _read_basis(geo, slot, bases[i])


@compiled
def restrict(geo: Simplex, slot: int, m: int, row: Floats, point: Floats, basis: Ints) -> int:
    """Cut the cell down to where the row is ≥ 0: ABOVE if that is all of it, BELOW if nothing, otherwise CUTS.

    After CUTS the row is number m, and ``point`` lies on its positive side; after BELOW ``basis`` has the proof.
    """
    d = point.shape[0]
    verdict = _judge(geo, slot, m, row, point)
    if verdict != CUTS:
        _read_basis(geo, slot, basis)
        return verdict
    here = _value(row, point)
    if here <= 0.0:
        _cross(geo, slot, m, row, point, here)
    express(geo, slot, row, geo.goal)
    positive = geo.goal[d] >= 0.0
    if not positive:
        _turn(geo.goal)
    if not descend(geo, slot, m, geo.goal, 0.0):
        return ABOVE if positive else BELOW  # noise; the exact check will tell
    column = geo.info[0]
    for j in range(d + 1):
        geo.table[slot, m, j] = geo.goal[j]
    geo.basic[slot, m] = d + m
    pivot(geo, slot, m + 1, m, column, geo.goal)
    if not positive:
        for r in range(m + 1):
            geo.table[slot, r, column] = -geo.table[slot, r, column]
    return CUTS


@compiled
def _cross(geo: Simplex, slot: int, m: int, row: Floats, point: Floats, here: float) -> None:
    """Move the point to the positive side of the row, about as deep as it was on the other."""
    d = point.shape[0]
    scratch = geo.table.shape[0] - 1
    copy_slot(geo, slot, scratch, m)
    express(geo, scratch, row, geo.deep)
    _turn(geo.deep)
    target = max(-here, 1e-3)
    step = 0.0
    column = -1
    if descend(geo, scratch, m, geo.deep, -target):
        column = geo.info[0]
        step, _ = ratio(geo, scratch, m, column)
        if step == np.inf:
            step = (geo.deep[d] + 2.0 * target) / -geo.deep[column]
    there = -geo.deep[d]
    if column >= 0:
        there -= geo.deep[column] * step
    share = 0.5 * (1.0 + -here / (there - here)) if there > here else 0.0
    for i in range(d):
        at = geo.place[scratch, i]
        t = 0.0
        if at >= 0:
            t = step if at == column else 0.0
        else:
            t = geo.table[scratch, -1 - at, d]
            if column >= 0:
                t += geo.table[scratch, -1 - at, column] * step
        end = geo.anchor[scratch, i] + geo.side[scratch, i] * t
        point[i] += share * (end - point[i])


@compiled
def centre(rows: Floats, m: int, point: Floats, gradient: Floats, hessian: Floats) -> None:
    """Move an interior point towards the analytic centre of the cell, by a few damped Newton steps.

    Minimises −Σ log(row_r) + ρ·|x|²/2 with a small ρ, which has a minimum on unbounded cells too.
    """
    d = point.shape[0]
    rho = 1e-3
    for _ in range(8):
        for i in range(d):
            gradient[i] = rho * point[i]
            for j in range(d):
                hessian[i, j] = rho if i == j else 0.0
        for r in range(m):
            value = _value(rows[r], point)
            if not value > 0.0:
                return
            inverse = 1.0 / value
            for i in range(d):
                scaled = rows[r, i] * inverse
                if scaled != 0.0:
                    gradient[i] -= scaled
                    for j in range(i + 1):
                        hessian[i, j] += scaled * rows[r, j] * inverse
        # Cholesky, in place in the lower triangle; then the Newton direction takes the place of the gradient
        for i in range(d):
            for j in range(i + 1):
                total = hessian[i, j]
                for k in range(j):
                    total -= hessian[i, k] * hessian[j, k]
                if i == j:
                    if not total > 0.0:
                        return
                    hessian[i, i] = np.sqrt(total)
                else:
                    hessian[i, j] = total / hessian[j, j]
        decrement = 0.0
        for i in range(d):
            total = -gradient[i]
            for k in range(i):
                total -= hessian[i, k] * gradient[k]
            gradient[i] = total / hessian[i, i]
            decrement += gradient[i] * gradient[i]
        for i in range(d - 1, -1, -1):
            total = gradient[i]
            for k in range(i + 1, d):
                total -= hessian[k, i] * gradient[k]
            gradient[i] = total / hessian[i, i]
        length = 1.0 if decrement < 0.25 else 1.0 / (1.0 + np.sqrt(decrement))
        for i in range(d):
            point[i] += length * gradient[i]
        if decrement < 1e-2:
            return


@compiled
def coarsest(rows: Floats, point: Floats, rounded: Floats, least: int, most: int) -> int:
    """The smallest power p ≥ least for which the point rounded to multiples of 2^−p is well inside, or ``most``."""
    scale = 2.0**least
    for power in range(least, most):
        for i in range(point.shape[0]):
            rounded[i] = np.rint(point[i] * scale) / scale
        inside = True
        for r in range(rows.shape[0]):
            if not _value(rows[r], rounded) > 1e-12:
                inside = False
                break
        if inside:
            return power
        scale *= 2.0
    return most
