"""What floats propose: which rows cut a cell, and which rows prove that another does not.

The cells are float simplex dictionaries (:mod:`verify.engines.simplex`).  A coordinate that the domain bounds on both
sides is a variable with bounds, so that a box costs nothing, in however many dimensions; every other inequality is a
row.  Nothing here is believed: :mod:`verify.certificate.float_prover` checks every proposal in integers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from verify.certificate.centers import value_at
from verify.engines.compiled import compiled
from verify.engines.simplex import Simplex, copy_slot, descend, express, is_free, pivot, ratio

__all__ = ["ABOVE", "BELOW", "CUTS", "largest", "restrict", "split", "start", "survey"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BELOW, CUTS, ABOVE = -1, 0, 1
"""A row is ≤ 0 on the whole cell, cuts it, is ≥ 0 on the whole cell."""

_NOISE = 1e-10
"""Less than this, of a row whose largest entry is near 1, is no cut worth proposing."""
_WEIGHT = 1e-9
"""A smaller multiplier is proposed to be zero."""


@compiled
def start(geo: Simplex, slot: int, point: Floats) -> None:
    """Put the domain's bounds into the slot: bounded coordinates at their lower end, the others free, at the point."""
    for i in range(point.shape[0]):
        geo.nonbasic[slot, i] = geo.place[slot, i] = i
        geo.anchor[slot, i] = point[i] if is_free(geo, i) else geo.lower[i]
        geo.side[slot, i] = 1.0


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
    side = 1 if value_at(row, point) > 0.0 else -1
    if side * goal[d] < -_NOISE:
        return CUTS
    if side < 0:
        _turn(goal)
    if descend(geo, slot, m, goal, -_NOISE):
        return CUTS
    return side


@compiled
def _read_basis(geo: Simplex, slot: int, basis: Ints, weights: Floats) -> None:
    """On what ``goal`` depends, to ``basis``, and how much: rows r as r; then the lower bound of
    coordinate i as −2 − 2i and the upper as −3 − 2i; then −1."""
    d = geo.lower.shape[0]
    largest = 0.0
    for j in range(d):
        largest = max(largest, abs(geo.goal[j]))
    at = 0
    for bounds in range(2):
        for j in range(d):
            variable = geo.nonbasic[slot, j]
            if (variable < d) == (bounds == 1) and abs(geo.goal[j]) > _WEIGHT * largest and not is_free(geo, variable):
                basis[at] = -2 - 2 * variable - int(geo.side[slot, variable] < 0.0) if bounds else variable - d
                weights[at] = geo.goal[j]
                at += 1
    for k in range(at, d):
        basis[k] = -1


@compiled
def survey(
    geo: Simplex, slot: int, m: int, rows: Floats, point: Floats, verdicts: Ints, bases: Ints, weights: Floats
) -> None:
    """For each row BELOW, CUTS or ABOVE, and for the first and last what of the cell proves it."""
    for i in range(rows.shape[0]):
        verdicts[i] = _judge(geo, slot, m, rows[i], point)
        if verdicts[i] != CUTS:
            _read_basis(geo, slot, bases[i], weights[i])


@compiled
def _stand_on(geo: Simplex, slot: int, m: int, row: Floats) -> int:
    """Make the row number m of a cell that it cuts, nonbasic; its column, or −1 − (whether it is ≥ 0) if that fails."""
    d = geo.lower.shape[0]
    express(geo, slot, row, geo.goal)
    positive = geo.goal[d] >= 0.0
    if not positive:
        _turn(geo.goal)
    if not descend(geo, slot, m, geo.goal, 0.0):
        return -2 if positive else -1  # noise; the exact check decides
    column = geo.info[0]
    for j in range(d + 1):
        geo.table[slot, m, j] = geo.goal[j]
    geo.basic[slot, m] = d + m
    pivot(geo, slot, m + 1, m, column, geo.goal)
    if not positive:
        _negate(geo, slot, m + 1, column)
    return int(column)


@compiled
def _negate(geo: Simplex, slot: int, m: int, column: int) -> None:
    """The same vertex, seen from the other side of the row in this column."""
    for r in range(m):
        geo.table[slot, r, column] = -geo.table[slot, r, column]


@compiled
def restrict(geo: Simplex, slot: int, m: int, row: Floats, point: Floats, basis: Ints, weights: Floats) -> int:
    """Cut the cell down to where the row is ≥ 0: ABOVE if that is all of it, BELOW if nothing, otherwise CUTS.

    After CUTS the row is number m, and ``point`` lies on its positive side; after BELOW ``basis`` has the proof.
    """
    verdict = _judge(geo, slot, m, row, point)
    if verdict != CUTS:
        _read_basis(geo, slot, basis, weights)
        return verdict
    here = value_at(row, point)
    if here <= 0.0:
        _cross(geo, slot, m, row, 1.0, point, here)
    column = _stand_on(geo, slot, m, row)
    if column < 0:
        return ABOVE if column == -2 else BELOW
    return CUTS


@compiled
def split(geo: Simplex, slot: int, twin: int, m: int, row: Floats, point: Floats, other: Floats) -> bool:
    """Cut the cell in two, where the row is ≥ 0 and, in the slot ``twin``, where its negative is.

    ``other`` becomes a point on the side of the row where ``point`` is not.  False if the row does not cut the cell.
    """
    d = point.shape[0]
    if _judge(geo, slot, m, row, point) != CUTS:
        return False
    here = value_at(row, point)
    for i in range(d):
        other[i] = point[i]
    _cross(geo, slot, m, row, 1.0 if here <= 0.0 else -1.0, other, -abs(here))
    column = _stand_on(geo, slot, m, row)
    if column < 0:
        return False
    copy_slot(geo, slot, twin, m + 1)
    _negate(geo, twin, m + 1, column)
    return True


@compiled
def _cross(geo: Simplex, slot: int, m: int, row: Floats, sign: float, point: Floats, here: float) -> None:
    """Move the point to the positive side of sign·row, about as deep as it was on the other, where it was ``here``."""
    d = point.shape[0]
    scratch = geo.table.shape[0] - 1
    copy_slot(geo, slot, scratch, m)
    express(geo, scratch, row, geo.deep)
    if sign > 0.0:
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
def largest(
    lower: Floats, upper: Floats, rows: Floats, used: Ints, weights: Floats, own: Floats, work: Floats
) -> float:
    """About the largest value of own + Σ weight·row between the bounds; infinite if that is unbounded."""
    d = own.shape[0] - 1
    for j in range(d + 1):
        work[j] = own[j]
    for k in range(used.shape[0]):
        for j in range(d + 1):
            work[j] += weights[k] * rows[used[k], j]
    total = work[d]
    for j in range(d):
        total += max(work[j] * lower[j], work[j] * upper[j]) if work[j] != 0.0 else 0.0
    return float(total)
