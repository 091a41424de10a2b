"""What a row does to a cell of any dimension: the float simplex proposes, a proof decides.

*Cut* is proved by two witnesses: floats, taken as exact binary numbers, at which every row of the path is positive and
the new row is positive at one and negative at the other, each beyond its error bound.  *No cut* is proved by
multipliers (:mod:`verify.engines.proofs`).  Whatever neither proves is UNDECIDED and goes to exact arithmetic.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from verify.engines.compiled import compiled, inlined, merged
from verify.engines.model import Model
from verify.engines.proofs import certify, inside, row_value
from verify.engines.simplex import Simplex, copy_slot, descend, express, pivot, ratio
from verify.engines.state import DOMAIN, PHASE, RESTRICT, TESTS, State
from verify.engines.vertices import CUT, NEGATIVE, POSITIVE, UNDECIDED

__all__ = ["enter_row", "examine", "other_side", "take_other_witness"]

Floats = npt.NDArray[np.float64]

_NEAR = 2.0**-20
_FAR = 2.0**-4
"""A wall is very near if its row is that small at the witness beside the largest of the rows, and far if it is not;
proposals, which decide nothing."""


@merged
def examine(geo: Simplex, model: Model, state: State, slot: int, m: int) -> int:
    """What the row does to the cell of ``slot``, proved, or UNDECIDED; a second try from a better witness."""
    verdict = _attempt(geo, model, state, slot, m)
    if verdict == UNDECIDED and _recenter(geo, state, slot, m):
        verdict = _attempt(geo, model, state, slot, m)
    return verdict


@compiled
def _recenter(geo: Simplex, state: State, slot: int, m: int) -> bool:
    """Move the witness away from the walls it is nearest to; whether it moved.

    A witness that comes from many cuts, each halfway to a vertex, ends up close to walls, at last closer than rounding
    errors allow to tell.  The mean of itself and of points where these walls' rows are large is not; away from the
    bounds of a box it moves toward the middle.  Then the same for the nearest wall, again and again.
    """
    d = geo.lower.shape[0]
    moved = _spread(geo, state, slot, m) and _settle(geo, state, slot, m)
    for _ in range(min(m, 8)):
        nearest = 0
        least = np.inf
        for r in range(m):
            value, _ = row_value(state.path_center[r], state.path_error[r], geo.witness[slot])
            if value < least:
                nearest, least = r, value
        _highest(geo, state, slot, m, nearest, np.inf)
        for i in range(d):
            geo.other[i] = 0.5 * (geo.witness[slot, i] + geo.edge[i])
        value, _ = row_value(state.path_center[nearest], state.path_error[nearest], geo.other)
        if not (value > 2.0 * least and inside(geo, geo.other, state.path_center, state.path_error, m)):
            break
        for i in range(d):
            geo.witness[slot, i] = geo.other[i]
        moved = True
    for i in range(d):
        geo.other[i] = geo.witness[slot, i]
    if geo.boxed and _settle(geo, state, slot, m):
        return True
    return moved


@compiled
def _highest(geo: Simplex, state: State, slot: int, m: int, r: int, enough: float) -> None:
    """Write to ``edge`` a point of the cell where path row r is large enough, or largest, or a way to infinity begins.

    That takes as long as several tests, which are counted, so that the traversal is not away for long.
    """
    scratch = geo.table.shape[0] - 1
    state.control[TESTS] += 10
    copy_slot(geo, slot, scratch, m)
    express(geo, scratch, state.path_center[r], geo.deep)
    for j in range(geo.deep.shape[0]):
        geo.deep[j] = -geo.deep[j]
    if descend(geo, scratch, m, geo.deep, -enough):
        _, ray = _far_end(geo, scratch, m, geo.info[0], geo.deep)
        if not ray:
            return
    _vertex(geo, scratch, geo.edge)


@compiled
def _spread(geo: Simplex, state: State, slot: int, m: int) -> bool:
    """Write to ``other`` the mean of the witness and, for each wall very near to it, a point far from that wall."""
    d = geo.lower.shape[0]
    largest = 0.0
    for r in range(m):
        value, _ = row_value(state.path_center[r], state.path_error[r], geo.witness[slot])
        largest = max(largest, value)
    for i in range(d):
        geo.other[i] = geo.witness[slot, i]
    number = 1
    for r in range(m):
        value, _ = row_value(state.path_center[r], state.path_error[r], geo.witness[slot])
        if value < _NEAR * largest:
            _highest(geo, state, slot, m, r, _FAR * largest)
            number += 1
            for i in range(d):
                geo.other[i] += (geo.edge[i] - geo.other[i]) / number
    return number > 1


@compiled
def _settle(geo: Simplex, state: State, slot: int, m: int) -> bool:
    """Take ``other`` for the witness if it is one, moved to the middle of a box at most half of the way to any row."""
    d = geo.lower.shape[0]
    if geo.boxed:
        for i in range(d):
            geo.edge[i] = 0.5 * (geo.lower[i] + geo.upper[i]) - geo.other[i]
        share = 0.5
        for r in range(m):
            value, _ = row_value(state.path_center[r], state.path_error[r], geo.other)
            slope = 0.0
            for i in range(d):
                slope += state.path_center[r, i] * geo.edge[i]
            if slope < 0.0:
                share = min(share, -0.5 * value / slope)
        for i in range(d):
            geo.other[i] += share * geo.edge[i]
    if not inside(geo, geo.other, state.path_center, state.path_error, m):
        return False
    for i in range(d):
        geo.witness[slot, i] = geo.other[i]
    return True


@compiled
def _attempt(geo: Simplex, model: Model, state: State, slot: int, m: int) -> int:
    """What the row does to the cell of ``slot``, proved, or UNDECIDED.

    After CUT, ``info[0]`` is the column of the crossing edge, ``info[1]`` the side the slot's witness is on,
    ``info[3]`` the orientation of ``goal``, and ``other`` a witness of the other side.  Where only the positive side is
    wanted and the witness lies there, CUT needs no second one, for a row that cuts nothing does no harm.
    """
    d = geo.lower.shape[0]
    goal = geo.goal
    center, error = state.row_center, state.row_error
    express(geo, slot, center, goal)
    s, e = row_value(center, error, geo.witness[slot])
    side = 1 if s > e else (-1 if -s > e else 0)
    orientation = side if side != 0 else (1 if goal[d] >= 0.0 else -1)
    if orientation * goal[d] < 0.0:
        orientation = -orientation
    if orientation < 0:
        for j in range(d + 1):
            goal[j] = -goal[j]
    if not descend(geo, slot, m, goal, 0.0):
        if side == -orientation:
            return UNDECIDED  # the witness contradicts the proposal
        if certify(geo, model, state, slot, orientation):
            return POSITIVE if orientation > 0 else NEGATIVE
        return UNDECIDED
    geo.info[3] = orientation
    if state.slot[slot, PHASE] in (DOMAIN, RESTRICT) and side > 0:
        geo.info[1] = 1
        return CUT
    sign = orientation if side != orientation else -orientation
    while True:
        if not _find_witness(geo, state, slot, m, sign):
            return UNDECIDED
        if side != 0 or sign != orientation:
            break
        # the witness is on neither side: the point found takes its place
        for i in range(d):
            geo.witness[slot, i] = geo.other[i]
        sign = -orientation
    geo.info[1] = side if side != 0 else orientation
    return CUT


@merged
def _find_witness(geo: Simplex, state: State, slot: int, m: int, sign: int) -> bool:
    """Write to ``other`` a point of the interior where sign·row > 0, proved; the witness is not known to be one.

    First toward an end of the crossing edge; if the row is small there compared with its value at the witness, or that
    fails, toward a point of the cell where it is at least as large, if there is one, so that witnesses stay away from
    the walls.
    """
    column, orientation = geo.info[0], geo.info[3]
    at_witness, _ = row_value(state.row_center, state.row_error, geo.witness[slot])
    for attempt in range(2):
        if attempt == 1:
            value, ray = _deepen(geo, slot, m, sign * orientation, abs(at_witness))
            geo.info[0] = column
        elif sign == orientation:
            _vertex(geo, slot, geo.edge)
            value, ray = float(geo.goal[geo.lower.shape[0]]), False
        else:
            value, ray = _far_end(geo, slot, m, column, geo.goal)
            value = -value
        if attempt == 0 and not ray and not value > 0.1 * abs(at_witness):
            continue
        if _toward(geo, state, slot, m, sign, value, ray, max(-sign * at_witness, 0.0)):
            return True
    return False


@compiled
def _deepen(geo: Simplex, slot: int, m: int, sign: int, target: float) -> tuple[float, bool]:
    """Write to ``edge`` a point of the cell where sign·goal reaches ``target``, or its maximum: (value, is a ray)."""
    d = geo.lower.shape[0]
    scratch = geo.table.shape[0] - 1
    copy_slot(geo, slot, scratch, m)
    for j in range(d + 1):
        geo.deep[j] = -sign * geo.goal[j]
    if descend(geo, scratch, m, geo.deep, -target):
        value, ray = _far_end(geo, scratch, m, geo.info[0], geo.deep)
        return -value, ray
    _vertex(geo, scratch, geo.edge)
    return -float(geo.deep[d]), False


@inlined
def _vertex(geo: Simplex, slot: int, out: Floats) -> None:
    """The vertex at which the dictionary stands (a float proposal)."""
    d = geo.lower.shape[0]
    for i in range(d):
        at = geo.place[slot, i]
        t = 0.0 if at >= 0 else geo.table[slot, -1 - at, d]
        out[i] = geo.anchor[slot, i] + geo.side[slot, i] * t


@inlined
def _far_end(geo: Simplex, slot: int, m: int, column: int, goal: Floats) -> tuple[float, bool]:
    """Far end of the edge along a column, to ``edge``: (value of the goal there, False), or (slope, True) of a ray."""
    d = geo.lower.shape[0]
    step, _ = ratio(geo, slot, m, column)
    ray = step == np.inf
    for i in range(d):
        at = geo.place[slot, i]
        if at >= 0:
            slope = 1.0 if at == column else 0.0
            t = 0.0
        else:
            slope = geo.table[slot, -1 - at, column]
            t = geo.table[slot, -1 - at, d]
        if ray:
            geo.edge[i] = geo.side[slot, i] * slope
        else:
            geo.edge[i] = geo.anchor[slot, i] + geo.side[slot, i] * (t + step * slope)
    if ray:
        return goal[column], True
    return goal[d] + step * goal[column], False


@merged
def _toward(geo: Simplex, state: State, slot: int, m: int, sign: int, value: float, ray: bool, missing: float) -> bool:
    """Write to ``other`` an interior point with sign·row > 0 on the way from the witness to ``edge`` (or along it).

    The witness is in the interior and the target in the closed cell, so every point between them is in the interior;
    the point tried is such a point rounded, and is accepted only if all rows are proved positive there.  ``value`` is
    sign·row at the target, or its slope along a ray; the row falls short of 0 at the witness by ``missing`` (all of
    them float proposals).
    """
    d = geo.lower.shape[0]
    if not value > 0.0:
        return False
    for attempt in range(4):
        if ray:
            share = (2.0 * missing / value if missing > 0.0 else 1.0) * 4.0**attempt
        else:
            crossing = missing / (missing + value)
            beyond = 0.5 if attempt == 0 else (0.25 if attempt == 1 else (0.75 if attempt == 2 else 0.1))
            share = crossing + (1.0 - crossing) * beyond
        for i in range(d):
            direction = geo.edge[i] if ray else geo.edge[i] - geo.witness[slot, i]
            geo.other[i] = geo.witness[slot, i] + share * direction
        s, e = row_value(state.row_center, state.row_error, geo.other)
        if sign * s > e and abs(s) < np.inf and inside(geo, geo.other, state.path_center, state.path_error, m):
            return True
    return False


@compiled
def enter_row(geo: Simplex, slot: int, m: int) -> None:
    """After CUT: append the row as number m and stand where the crossing edge meets it, on the side of ``goal`` ≥ 0."""
    d = geo.lower.shape[0]
    for j in range(d + 1):
        geo.table[slot, m, j] = geo.goal[j]
    geo.basic[slot, m] = d + m
    pivot(geo, slot, m + 1, m, geo.info[0], geo.goal)


@compiled
def other_side(geo: Simplex, slot: int, m: int) -> None:
    """Turn the cell that :func:`enter_row` left into the one on the other side of the row (m rows now)."""
    column = geo.info[0]
    for r in range(m):
        geo.table[slot, r, column] = -geo.table[slot, r, column]


@compiled
def take_other_witness(geo: Simplex, slot: int) -> None:
    """Put the witness of the other side into the slot."""
    for i in range(geo.lower.shape[0]):
        geo.witness[slot, i] = geo.other[i]
