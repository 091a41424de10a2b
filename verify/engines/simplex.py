"""Cells of any number of inputs as float simplex dictionaries: they propose, and are never believed.

A slot holds a cell's *dictionary*, at some vertex of its closure, and a *witness*, a float point that is proved to lie
in its interior.  Variables are the inputs x_i (bounds lower_i ≤ x_i ≤ upper_i, possibly infinite) and one slack ≥ 0
for each row of the path; a dictionary writes the m basic ones in terms of d nonbasic ones, so its size is
units × inputs even for a box in hundreds of dimensions.  What it proposes is proved in :mod:`verify.engines.proofs`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from verify.engines.compiled import compiled, inlined

__all__ = ["Simplex", "copy_slot", "descend", "express", "flip_column", "is_free", "new_simplex", "pivot", "ratio"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PROPOSAL = 1e-9
"""Below this a float coefficient is treated as zero *when proposing*; it decides nothing."""


_WIDE = 16
"""Inputs from which on lines are added by a function of their own, which the compiler turns into vector instructions;
for short lines a call costs more than it saves.  The numbers are the same."""


class Simplex(NamedTuple):
    """Cells of all stack slots as dictionaries with witnesses.

    For a slot whose path has m rows: ``basic`` (m of them) and ``nonbasic`` (d) list every variable once, and ``place``
    says where each input is.  Variable i has a value t_i ≥ 0, of either sign if it is free, and t_i ≤ span if it is a
    bounded input; t = 0 for the nonbasic ones at the vertex at which the dictionary stands, and a basic one is
    table[r, d] + Σ_j table[r, j]·t_j.  All of this holds up to rounding.  Of the witness alone anything is proved.
    """

    lower: Floats  # [d] bounds of the inputs, −inf where there is none
    upper: Floats  # [d]
    bound_error: Floats  # [d] |rounded bound − true bound|, for both ends
    bound_grain: Floats  # [d] granularity of the rows x − lower and upper − x
    boxed: bool  # every bound is finite
    table: Floats  # [slots, most, d + 1] basic variables: coefficients of the nonbasic ones, then the value
    basic: Ints  # [slots, most] their numbers: i < d for x_i, d + r for the slack of path row r
    nonbasic: Ints  # [slots, d]
    anchor: Floats  # [slots, d] x_i = anchor_i + side_i·t_i, and t_i is what the dictionary contains
    side: Floats  # [slots, d]
    place: Ints  # [slots, d] where x_i is: column j, or −1 − (row of the table)
    witness: Floats  # [slots, d]
    goal: Floats  # [d + 1] scratch: the row under test in nonbasic variables
    deep: Floats  # [d + 1] scratch: the same while looking for a witness
    other: Floats  # [d] scratch: the witness of the other side
    edge: Floats  # [d] scratch: direction
    inverse: Floats  # [d, d] scratch
    work: Floats  # [d, d] scratch
    rows: Floats  # [d + 1, d + 1] scratch: rows of the basis
    row_error: Floats  # [d + 1, d + 1]
    multipliers: Floats  # [d] scratch
    right: Floats  # [d] scratch: right-hand side of the system for the multipliers
    right_error: Floats  # [d]
    off: Floats  # [d] scratch: proved error of the multipliers
    columns: Ints  # [d] scratch
    info: Ints  # [8] scratch: column of the crossing edge, whose side the old witness is on, work counters


def new_simplex(d: int, slots: int, most: int) -> Simplex:
    """Space for ``slots`` cells of at most ``most`` rows, the last slot as scratch; no bounds, empty dictionaries."""
    big = d + 1
    return Simplex(
        np.full(d, -np.inf),
        np.full(d, np.inf),
        np.zeros(d),
        np.ones(d),
        False,
        np.zeros((slots, most, big)),
        np.zeros((slots, most), np.int64),
        np.zeros((slots, d), np.int64),
        np.zeros((slots, d)),
        np.ones((slots, d)),
        np.zeros((slots, d), np.int64),
        np.zeros((slots, d)),
        np.zeros(big),
        np.zeros(big),
        np.zeros(d),
        np.zeros(d),
        np.zeros((d, d)),
        np.zeros((d, d)),
        np.zeros((big, big)),
        np.zeros((big, big)),
        np.zeros(d),
        np.zeros(d),
        np.zeros(d),
        np.zeros(d),
        np.zeros(d, np.int64),
        np.zeros(8, np.int64),
    )


@compiled
def _add(target: Floats, factor: float, line: Floats) -> None:
    """Add a multiple of one line to another."""
    for j in range(line.shape[0]):
        target[j] += factor * line[j]


@inlined
def express(geo: Simplex, slot: int, center: Floats, out: Floats) -> None:
    """The row (a, b) in the nonbasic variables of the slot's dictionary (a float proposal)."""
    d = center.shape[0] - 1
    for j in range(d + 1):
        out[j] = 0.0
    value = center[d]
    for i in range(d):
        a = center[i]
        if a == 0.0:
            continue
        value += a * geo.anchor[slot, i]
        a *= geo.side[slot, i]
        at = geo.place[slot, i]
        if at >= 0:
            out[at] += a
        else:
            line = geo.table[slot, -1 - at]
            if d >= _WIDE:
                _add(out, a, line)
                continue
            for j in range(d + 1):
                out[j] += a * line[j]
    out[d] += value


@inlined
def is_free(geo: Simplex, variable: int) -> bool:
    """Whether a variable is an input without bounds."""
    d = geo.lower.shape[0]
    return variable < d and geo.lower[variable] == -np.inf and geo.upper[variable] == np.inf


@inlined
def span(geo: Simplex, variable: int) -> float:
    """Upper bound of a variable's t (its lower bound is 0, unless it is free)."""
    d = geo.lower.shape[0]
    if variable >= d:
        return np.inf
    return geo.upper[variable] - geo.lower[variable]


@inlined
def pivot(geo: Simplex, slot: int, m: int, row: int, column: int, goal: Floats) -> None:
    """Exchange the basic variable of ``row`` with the nonbasic one of ``column``."""
    d = geo.lower.shape[0]
    table = geo.table[slot]
    line = table[row]
    inverse = 1.0 / line[column]
    for j in range(d + 1):
        line[j] = -line[j] * inverse
    line[column] = inverse
    for r in range(m):
        factor = table[r, column]
        if r != row and factor != 0.0:
            table[r, column] = 0.0
            if d >= _WIDE:
                _add(table[r], factor, line)
                continue
            for j in range(d + 1):
                table[r, j] += factor * line[j]
    factor = goal[column]
    if factor != 0.0:
        goal[column] = 0.0
        for j in range(d + 1):
            goal[j] += factor * line[j]
    leaving, entering = geo.basic[slot, row], geo.nonbasic[slot, column]
    geo.basic[slot, row], geo.nonbasic[slot, column] = entering, leaving
    if leaving < d:
        geo.place[slot, leaving] = column
    if entering < d:
        geo.place[slot, entering] = -1 - row
    geo.info[2] += 1


@inlined
def flip_column(geo: Simplex, slot: int, m: int, column: int, goal: Floats) -> None:
    """Replace the nonbasic t by span − t (a bounded input moves to its other bound) or by −t (a free one)."""
    d = geo.lower.shape[0]
    i = geo.nonbasic[slot, column]
    size = span(geo, i)
    if size == np.inf:
        size = 0.0
    for r in range(m):
        c = geo.table[slot, r, column]
        geo.table[slot, r, d] += c * size
        geo.table[slot, r, column] = -c
    goal[d] += goal[column] * size
    goal[column] = -goal[column]
    if i < d:
        geo.anchor[slot, i] += geo.side[slot, i] * size
        geo.side[slot, i] = -geo.side[slot, i]


@inlined
def ratio(geo: Simplex, slot: int, m: int, column: int) -> tuple[float, int]:
    """The largest step along a column that keeps all variables in their bounds, and the row that ends it.

    −1 if nothing does, −2 if the variable of the column comes to its other bound first.  Of equal steps that with the
    largest coefficient counts, which keeps dictionaries away from singular ones.
    """
    d = geo.lower.shape[0]
    step = span(geo, geo.nonbasic[slot, column])
    blocking = -2 if step < np.inf else -1
    size = 0.0
    for r in range(m):
        c = geo.table[slot, r, column]
        variable = geo.basic[slot, r]
        if c < -_PROPOSAL:
            if is_free(geo, variable):
                continue
            ratio = max(geo.table[slot, r, d], 0.0) / -c
        elif c > _PROPOSAL and variable < d:
            if geo.upper[variable] == np.inf or is_free(geo, variable):
                continue
            ratio = max(span(geo, variable) - geo.table[slot, r, d], 0.0) / c
        else:
            continue
        if ratio < step or (ratio == step and abs(c) > size):
            step, blocking, size = ratio, r, abs(c)
    return step, blocking


@compiled
def descend(geo: Simplex, slot: int, m: int, goal: Floats, floor: float) -> bool:
    """Minimize ``goal`` from the current vertex; True at an edge along which it falls below ``floor`` (``info[0]``)."""
    d = geo.lower.shape[0]
    for _ in range(50 * (d + m) + 50):  # this rule may cycle; what it proposes then is not proved
        column = -1
        best = _PROPOSAL
        for j in range(d):
            c = goal[j]
            if geo.boxed:
                if -c > best:
                    best = -c
                    column = j
                continue
            variable = geo.nonbasic[slot, j]
            if is_free(geo, variable):
                if abs(c) > _PROPOSAL:
                    column = j
                    break
            elif -c > best:
                best = -c
                column = j
        if column < 0:
            return False
        if goal[column] > 0.0:
            flip_column(geo, slot, m, column, goal)
        step, blocking = ratio(geo, slot, m, column)
        if goal[d] + goal[column] * step < floor and step > 0.0:
            geo.info[0] = column
            return True
        if blocking == -1:
            return False
        if blocking == -2:
            flip_column(geo, slot, m, column, goal)
            continue
        at_upper = geo.table[slot, blocking, column] > 0.0
        pivot(geo, slot, m, blocking, column, goal)
        if at_upper:
            flip_column(geo, slot, m, column, goal)
    return False


@compiled
def copy_slot(geo: Simplex, source: int, target: int, m: int) -> None:
    """Copy a cell of m rows from one slot to another."""
    d = geo.lower.shape[0]
    for r in range(m):
        geo.basic[target, r] = geo.basic[source, r]
        for j in range(d + 1):
            geo.table[target, r, j] = geo.table[source, r, j]
    for i in range(d):
        geo.nonbasic[target, i] = geo.nonbasic[source, i]
        geo.anchor[target, i] = geo.anchor[source, i]
        geo.side[target, i] = geo.side[source, i]
        geo.place[target, i] = geo.place[source, i]
        geo.witness[target, i] = geo.witness[source, i]
