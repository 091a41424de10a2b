"""The row under test: a hyperplane as an affine function of the input, judged and normalized.

A row is *constant* if its gradient is proved zero; its side is then the sign of the constant.  Every other row is
divided by a power of two that brings its gradient near 1, which is exact.
"""

from __future__ import annotations

import math

from verify.engines.compiled import compiled, inlined
from verify.engines.model import Model
from verify.engines.rounding import FLOOR, INFLATE, TINY, UNIT
from verify.engines.state import NORMAL, State
from verify.engines.vertices import NEGATIVE, POSITIVE, UNDECIDED

__all__ = ["domain_row", "push_row", "rival_row", "scalar_row", "shifted"]


@inlined
def _judge(state: State, grain: float, d: int) -> int:
    """Judge and normalize the row in ``row_center``: NORMAL, or for a constant row its side, or UNDECIDED."""
    c, e = state.row_center, state.row_error
    largest = 0.0
    certain = False  # an entry of the gradient is proved not to be zero
    zero = True  # all others are proved to be zero: exactly, or as multiples of the grain that are smaller
    for k in range(d):
        size = abs(c[k])
        largest = max(largest, size)
        if size > e[k]:
            certain = True
        elif not ((c[k] == 0.0 and e[k] == 0.0) or size + e[k] < grain):
            zero = False
    if certain:
        if not largest < 2.0**300:
            return UNDECIDED
        shift = math.frexp(largest)[1]
        factor = math.ldexp(1.0, -shift)
        for k in range(d + 1):
            if not (abs(c[k]) * factor < 2.0**200 and e[k] * factor < 2.0**200):
                return UNDECIDED  # as it was: none of it is divided
        for k in range(d + 1):
            if c[k] != 0.0 or e[k] != 0.0:
                c[k] *= factor  # exact, unless it underflows; TINY is more than that
                e[k] = e[k] * factor + TINY
        state.row_grain[0] = grain * factor
        state.row_scale[0] = factor
        return NORMAL
    if not zero:
        return UNDECIDED
    # constant: no normalization, only its sign
    if c[d] > e[d]:
        return POSITIVE
    if -c[d] > e[d]:
        return NEGATIVE
    if (c[d] == 0.0 and e[d] == 0.0) or abs(c[d]) + e[d] < grain:
        return NEGATIVE
    return UNDECIDED


@inlined
def shifted(value: float, error: float, shift: float, d: int) -> tuple[float, float]:
    """The constant term less a breakpoint, with its error."""
    if shift == 0.0:
        return value, error
    result = value - shift
    # the shift was rounded once, the difference once; and e' for later sums of d + 1 terms
    return result, INFLATE * (error + 2 * UNIT * abs(shift) + 2 * (d + 6) * UNIT * abs(result)) + FLOOR


@compiled
def scalar_row(model: Model, state: State, layer: int, hyperplane: int) -> int:
    """z − t of a scalar unit; see :func:`_judge`."""
    d = model.d
    unit = model.hyperplane_unit[layer, hyperplane]
    row = model.unit_row[layer, unit]
    for k in range(d + 1):
        state.row_center[k] = state.center[layer, k, row]
        state.row_error[k] = state.error[layer, k, row]
    state.row_center[d], state.row_error[d] = shifted(
        state.row_center[d], state.row_error[d], model.hyperplane_shift[layer, hyperplane], d
    )
    first = hyperplane
    while first > 0 and model.hyperplane_unit[layer, first - 1] == unit:
        first -= 1
    name = state.row_name
    name[0], name[1], name[2], name[3], name[4] = layer, unit, hyperplane - first, -1, 1
    return _judge(state, model.granularity[layer], d)


@compiled
def rival_row(model: Model, state: State, layer: int, unit: int, piece: int, rival: int) -> int:
    """z_piece − z_rival of a maxout unit; a row that is exactly zero goes to the smaller index."""
    d = model.d
    row = model.unit_row[layer, unit]
    equal = True
    grain = model.granularity[layer]
    for k in range(d + 1):
        p, q = state.center[layer, k, row + piece], state.center[layer, k, row + rival]
        ep, eq = state.error[layer, k, row + piece], state.error[layer, k, row + rival]
        value = p - q
        state.row_center[k] = value
        if p == 0.0 and ep == 0.0 and q == 0.0 and eq == 0.0:
            state.row_error[k] = 0.0
        else:
            state.row_error[k] = INFLATE * (ep + eq + 2 * (d + 6) * UNIT * abs(value)) + FLOOR
            equal = equal and abs(value) + state.row_error[k] < grain
    name = state.row_name
    name[0], name[1], name[2], name[3], name[4] = layer, unit, piece, rival, 1
    if equal:
        return POSITIVE if piece < rival else NEGATIVE
    return _judge(state, grain, d)


@compiled
def domain_row(state: State, at: int, d: int) -> int:
    """Row ``at`` of the domain; see :func:`_judge`."""
    for k in range(d + 1):
        state.row_center[k] = state.domain[at, k]
        state.row_error[k] = 2 * (d + 6) * UNIT * abs(state.domain[at, k])
    name = state.row_name
    name[0], name[1], name[2], name[3], name[4] = -1, at, 0, -1, 1
    return _judge(state, state.domain_grain[at], d)


@compiled
def push_row(state: State, m: int) -> None:
    """Append the row under test to the path as row m."""
    for k in range(state.row_center.shape[0]):
        state.path_center[m, k] = state.row_center[k]
        state.path_error[m, k] = state.row_error[k]
    state.path_grain[m] = state.row_grain[0]
    state.path_scale[m] = state.row_scale[0]
    for k in range(5):
        state.path_name[m, k] = state.row_name[k]
