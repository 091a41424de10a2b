"""Proofs in floats: a point lies inside a cell, or a row is non-negative on all of it.

On a bounded box any multipliers y ≥ 0 will do: goal = Σ y_j·row_j + (ρ·x + r), and the minimum of ρ·x + r over the box
is Σ min(ρ_i·lower_i, ρ_i·upper_i) + r; if that is positive beyond its error, so is the goal.

Elsewhere the multipliers must solve a square system By = c exactly.  With R an approximate inverse of B and
F = I − R·B, ‖F‖∞ < 1 proves that B is regular and |y − ỹ| ≤ |R|·|c − Bỹ| + ‖F‖·δ componentwise, where
δ = ‖ |R|·|c − Bỹ| ‖∞ / (1 − ‖F‖∞) (Krawczyk 1969; Rump, Acta Numerica 19, 2010).  The system is written down twice:

* *in the inputs*: the gradients of the d rows of the basis; a multiplier, or the value at the vertex, that may be zero
  is proved zero by granularity: multiplied by det B it is an integer multiple of a product of granularities, and
  |det B| is at most the product of the row norms (Hadamard);
* *in the layer before*, where the first system leaves a multiplier undecided because it is zero: if the goal is a
  combination of the path rows with certain multipliers alone, then it is one already as a formal combination of the
  active units of the layer before, whose coefficients are weights and thus known without error.  The formal
  system has as many equations as there are active units, fewer than d.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from verify.engines.compiled import compiled, inlined, merged
from verify.engines.model import Model
from verify.engines.rounding import INFLATE, TINY, UNIT
from verify.engines.simplex import Simplex, is_free
from verify.engines.state import State, piece_of
from verify.engines.vertices import NEGATIVE, POSITIVE, UNDECIDED

__all__ = ["certify", "inside", "row_value", "side_on_box"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LARGEST_SYSTEM = 40
"""Inputs beyond which a d × d system costs more than the exact answer is worth; boxes are not affected."""


@inlined
def row_value(center: Floats, error: Floats, point: Floats) -> tuple[float, float]:
    """(value, error bound) of a row at a float point."""
    d = center.shape[0] - 1
    s = center[d]
    e = error[d]
    for k in range(d):
        s += center[k] * point[k]
        e += error[k] * abs(point[k])
    return s, INFLATE * e + TINY


@inlined
def inside(geo: Simplex, point: Floats, pc: Floats, pe: Floats, m: int) -> bool:
    """Whether the float point is proved to lie in the interior: all bounds and all m path rows are positive there."""
    d = geo.lower.shape[0]
    for i in range(d):
        # rounding is monotone: a true difference ≤ error cannot give a float > error
        if not (point[i] - geo.lower[i] > geo.bound_error[i] and geo.upper[i] - point[i] > geo.bound_error[i]):
            return False
    for r in range(m):
        s, e = row_value(pc[r], pe[r], point)
        if not (s > e and s < np.inf):
            return False
    return True


@merged
def certify(geo: Simplex, model: Model, state: State, slot: int, orientation: int) -> bool:
    """Prove orientation·row ≥ 0 on the closed cell from the multipliers that the dictionary proposes."""
    if geo.boxed and _box_bound(geo, state, slot, orientation):
        geo.info[4] += 1
        return True
    if geo.lower.shape[0] > _LARGEST_SYSTEM:
        return False
    verdict = _basis_proof(geo, state, slot, orientation)
    if verdict == 1:
        geo.info[5] += 1
        return True
    if verdict == 0 and _layer_proof(geo, model, state, slot, orientation):
        geo.info[6] += 1
        return True
    return False


@merged
def _box_bound(geo: Simplex, state: State, slot: int, orientation: int) -> bool:
    """Multipliers ≥ 0 on path rows, the rest bounded over the box."""
    d = geo.lower.shape[0]
    rest = geo.rows[0]
    rest_error = geo.row_error[0]
    for k in range(d + 1):
        rest[k] = orientation * state.row_center[k]
        rest_error[k] = state.row_error[k]
    for j in range(d):
        variable = geo.nonbasic[slot, j]
        y = geo.goal[j]
        if variable >= d and y > 0.0:
            r = variable - d
            for k in range(d + 1):
                rest[k] -= y * state.path_center[r, k]
                rest_error[k] += y * state.path_error[r, k]
    # the sums in rest have at most d + 1 terms, which the path errors allow for
    return _positive_on_box(geo, rest, rest_error)


@compiled
def side_on_box(geo: Simplex, state: State) -> int:
    """The side of the row under test on which the whole box lies, or UNDECIDED: for gradients that may be zero."""
    row, error = geo.rows[0], geo.row_error[0]
    for orientation in (1, -1):
        for k in range(row.shape[0]):
            row[k] = orientation * state.row_center[k]
            error[k] = state.row_error[k]
        if _positive_on_box(geo, row, error):
            return POSITIVE if orientation > 0 else NEGATIVE
    return UNDECIDED


@compiled
def _positive_on_box(geo: Simplex, row: Floats, error: Floats) -> bool:
    """Whether the row (row ± error) is proved positive on the box."""
    d = geo.lower.shape[0]
    low = row[d]
    size = abs(row[d])
    bound = error[d]
    for i in range(d):
        a = row[i]
        lo, hi = geo.lower[i], geo.upper[i]
        largest = max(abs(lo), abs(hi)) + geo.bound_error[i]
        low += min(a * lo, a * hi)
        size += abs(a) * largest
        bound += error[i] * largest + abs(a) * geo.bound_error[i]
    # a sum of d + 1 terms, each a rounded product: (d + 2)u of their size to first order, twice that to be safe
    bound = INFLATE * (bound + 2 * (d + 3) * UNIT * size) + TINY
    return bool(low > bound)


@compiled
def _enclose(geo: Simplex, n: int) -> bool:
    """Bound the error of the multipliers.

    The system is Σ_j y_j·rows[j, k] = right[k] for k < n, with approximate solution ``multipliers`` and approximate
    inverse ``inverse``; the bounds go to ``off``.  False if the matrix is not proved regular.
    """
    rows, row_error, inverse, y = geo.rows, geo.row_error, geo.inverse, geo.multipliers
    norm = 0.0
    for j in range(n):
        total = 0.0
        for k in range(n):
            # entry of I − R·B: n products and a subtraction
            entry = 1.0 if j == k else 0.0
            slack = 4 * UNIT
            for i in range(n):
                entry -= inverse[j, i] * rows[k, i]
                slack += abs(inverse[j, i]) * (row_error[k, i] + 2 * (n + 6) * UNIT * abs(rows[k, i]))
            total += abs(entry) + slack
        if not total < 0.5:
            return False
        norm = max(norm, total)
    norm *= INFLATE
    residual = geo.edge
    for k in range(n):
        r = geo.right[k]
        e = geo.right_error[k] + 2 * (n + 6) * UNIT * abs(r)
        for j in range(n):
            r -= y[j] * rows[j, k]
            e += abs(y[j]) * (row_error[j, k] + 2 * (n + 6) * UNIT * abs(rows[j, k]))
        residual[k] = INFLATE * (abs(r) + e) + TINY
    delta = 0.0
    for j in range(n):
        total = 0.0
        for k in range(n):
            total += abs(inverse[j, k]) * residual[k]
        if not total < np.inf:
            return False
        geo.off[j] = total
        delta = max(delta, total)
    delta = INFLATE * delta / (1.0 - norm) + TINY
    for j in range(n):
        geo.off[j] = INFLATE * (geo.off[j] + norm * delta) + TINY
    return True


@compiled
def _basis_proof(geo: Simplex, state: State, slot: int, orientation: int) -> int:
    """The system in the inputs: 1 proved, −1 hopeless, 0 if only multipliers that may be zero are in the way.

    For the last case ``columns`` lists first the basis columns whose multipliers are certainly positive, and
    ``info[7]`` says how many they are.
    """
    d = geo.lower.shape[0]
    rows, row_error, inverse, y = geo.rows, geo.row_error, geo.inverse, geo.multipliers
    grain = state.row_grain[0]
    grains = 1.0
    hadamard = 1.0
    homogeneous = state.row_center[d] == 0.0 and state.row_error[d] == 0.0
    for j in range(d):
        variable = geo.nonbasic[slot, j]
        if is_free(geo, variable):
            return -1
        y[j] = geo.goal[j]
        if variable >= d:
            for k in range(d + 1):
                rows[j, k] = state.path_center[variable - d, k]
                row_error[j, k] = state.path_error[variable - d, k]
            grains *= state.path_grain[variable - d]
        else:
            side = geo.side[slot, variable]
            for k in range(d + 1):
                rows[j, k] = 0.0
                row_error[j, k] = 0.0
            rows[j, variable] = side
            bound = geo.lower[variable] if side > 0.0 else geo.upper[variable]
            rows[j, d] = -side * bound
            row_error[j, d] = geo.bound_error[variable] + 2 * (d + 6) * UNIT * abs(bound)
            grains *= geo.bound_grain[variable]
        homogeneous = homogeneous and rows[j, d] == 0.0 and row_error[j, d] == 0.0
        norm = 0.0
        for k in range(d):
            norm += (abs(rows[j, k]) + row_error[j, k]) ** 2
        hadamard *= math.sqrt(norm)
    hadamard *= INFLATE
    for i in range(d):
        geo.right[i] = orientation * state.row_center[i]
        geo.right_error[i] = state.row_error[i]
        # R: column j of the inverse of the basis is ∂x/∂(variable j)
        at = geo.place[slot, i]
        side = geo.side[slot, i]
        for j in range(d):
            if at >= 0:
                inverse[j, i] = side if at == j else 0.0
            else:
                inverse[j, i] = side * geo.table[slot, -1 - at, j]
    if not _enclose(geo, d):
        return -1
    value = orientation * state.row_center[d]
    value_error = state.row_error[d]
    certain = 0
    proved = True
    for j in range(d):
        off = geo.off[j]
        if y[j] > off:
            geo.columns[certain] = j
            certain += 1
        else:
            variable = geo.nonbasic[slot, j]
            share = state.path_grain[variable - d] if variable >= d else geo.bound_grain[variable]
            if not (abs(y[j]) + off) * hadamard < 0.999 * grain * grains / share:
                proved = False
            off = abs(y[j])  # the true multiplier is zero
        value -= y[j] * rows[j, d]
        value_error += abs(y[j]) * (row_error[j, d] + 2 * (d + 6) * UNIT * abs(rows[j, d]))
        value_error += off * (abs(rows[j, d]) + row_error[j, d])
    if not proved:
        geo.info[7] = certain
        return 0
    if homogeneous:
        return 1
    value_error = INFLATE * value_error + TINY
    if value > value_error or (abs(value) + value_error) * hadamard < 0.999 * grain * grains:
        return 1
    return -1


@compiled
def _layer_proof(geo: Simplex, model: Model, state: State, slot: int, orientation: int) -> bool:
    """The system in the active units of the layer before, for the certain columns that :func:`_basis_proof` left."""
    d = geo.lower.shape[0]
    n = geo.info[7]
    layer = state.row_name[0]
    if layer < 1 or _number_active(model, state, layer - 1) != n:
        return False
    y, inverse, columns = geo.multipliers, geo.inverse, geo.columns
    homogeneous = state.row_center[d] == 0.0 and state.row_error[d] == 0.0
    for j in range(n):
        r = geo.nonbasic[slot, columns[j]] - d
        if r < 0 or not _formal_row(geo, model, state, layer, state.path_name[r], state.path_scale[r], j):
            return False
        homogeneous = homogeneous and state.path_center[r, d] == 0.0 and state.path_error[r, d] == 0.0
    # the goal's coefficients are written to the last row, which is not part of the system, and then to the right
    last = geo.rows.shape[0] - 1
    if not _formal_row(geo, model, state, layer, state.row_name, orientation * state.row_scale[0], last):
        return False
    for k in range(n):
        geo.right[k] = geo.rows[last, k]
        geo.right_error[k] = geo.row_error[last, k]
    if not _invert(geo, n):
        return False
    for j in range(n):
        y[j] = 0.0
        for k in range(n):
            y[j] += inverse[j, k] * geo.right[k]
    if not _enclose(geo, n):
        return False
    value = orientation * state.row_center[d]
    value_error = state.row_error[d]
    for j in range(n):
        if not y[j] > geo.off[j]:
            return False
        r = geo.nonbasic[slot, columns[j]] - d
        offset, offset_error = state.path_center[r, d], state.path_error[r, d]
        value -= y[j] * offset
        # d + 1 ≥ n terms: the rounding of the sum is in the rows' errors
        value_error += abs(y[j]) * offset_error + geo.off[j] * (abs(offset) + offset_error)
    return bool(homogeneous or value > INFLATE * value_error + TINY)


@compiled
def _number_active(model: Model, state: State, layer: int) -> int:
    """Number the units of a finished layer whose output varies on the cell; ``active`` is −1 for the others."""
    found = 0
    at = 0
    for unit in range(model.units[layer]):
        piece, at = piece_of(model, state, layer, unit, at)
        slope = model.slope[layer, unit, piece]
        state.gain[unit] = slope
        state.active[unit] = -1
        if slope != 0.0:
            state.active[unit] = found
            found += 1
    return found


@compiled
def _formal_row(geo: Simplex, model: Model, state: State, layer: int, name: Ints, scale: float, j: int) -> bool:
    """Row j of the formal system: the coefficients of a named row in the preactivations of the active units before.

    A row of the layer before is one of them (if its unit is active); a row of this layer is a row of weights.
    """
    rows, error = geo.rows, geo.row_error
    unit, piece, rival = name[1], name[2], name[3]
    scale *= name[4]
    n = geo.info[7]
    for k in range(n):
        rows[j, k] = 0.0
        error[j, k] = 0.0
    if name[0] == layer - 1:
        if rival >= 0 or state.active[unit] < 0:
            return False
        rows[j, state.active[unit]] = scale
        return True
    if name[0] != layer:
        return False
    first = model.unit_row[layer, unit] + (piece if rival >= 0 else 0)
    for before in range(model.units[layer - 1]):
        k = state.active[before]
        if k < 0:
            continue
        w = model.weight[layer, before, first]
        size = abs(w)
        if rival >= 0:
            other = model.weight[layer, before, model.unit_row[layer, unit] + rival]
            size += abs(other)
            w -= other
        factor = scale * state.gain[before]
        rows[j, k] = w * factor
        # two rounded constants, a difference and a product: 4u; the scale is a power of two
        error[j, k] = INFLATE * (8 * UNIT) * size * abs(factor)
    return True


@compiled
def _invert(geo: Simplex, n: int) -> bool:
    """Approximate inverse of the system matrix rows[j, k] (unknown j, equation k), by Gauss-Jordan elimination."""
    work, inverse = geo.work, geo.inverse
    for k in range(n):
        for j in range(n):
            work[k, j] = geo.rows[j, k]
            inverse[k, j] = 1.0 if j == k else 0.0
    for column in range(n):
        best = column
        for k in range(column + 1, n):
            if abs(work[k, column]) > abs(work[best, column]):
                best = k
        if work[best, column] == 0.0:
            return False
        for j in range(n):
            work[column, j], work[best, j] = work[best, j], work[column, j]
            inverse[column, j], inverse[best, j] = inverse[best, j], inverse[column, j]
        factor = 1.0 / work[column, column]
        for j in range(n):
            work[column, j] *= factor
            inverse[column, j] *= factor
        for k in range(n):
            factor = work[k, column]
            if k != column and factor != 0.0:
                for j in range(n):
                    work[k, j] -= factor * work[column, j]
                    inverse[k, j] -= factor * inverse[column, j]
    return True
