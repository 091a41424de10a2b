"""Preactivations of a layer as affine functions of the input on the current cell, with proved errors.

They are sums over the units of the layer before.  From one cell to the next only a few of these units change their
piece, so where the weights of the layer are dense the sums are brought up to date unit by unit; after as many changes
as there are units they are made anew, which keeps the errors within a small factor.  Sparse layers are always summed
anew: there a coefficient may be exactly zero, which a difference of floats would no longer show.
"""

from __future__ import annotations

from verify.engines.compiled import compiled, inlined, merged
from verify.engines.model import Floats, Ints, Model
from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.engines.state import State

__all__ = ["enter_layer"]

SOURCE, CHANGES, VERSION, ACTIVE = range(4)
"""Columns of ``State.memory``: version of the layer before that was summed, pieces changed since, own version, units of
the layer before that are not constant."""
_BLOCK = 4
"""Terms that are summed before they are added."""


@compiled
def enter_layer(model: Model, state: State, layer: int) -> bool:
    """Preactivations of a layer on the current cell; False if they leave the range of the error model."""
    d, n = model.d, model.rows[layer]
    center, error = state.center[layer], state.error[layer]
    memory = state.memory[layer]
    memory[VERSION] += 1
    if layer == 0:
        for k in range(d + 1):
            for j in range(n):
                center[k, j] = model.first_center[k, j]
                error[k, j] = model.first_error[k, j]
        return True
    changes = _find_changes(model, state, layer)
    version = state.memory[layer - 1, VERSION]
    memory[CHANGES] += changes
    if (
        memory[SOURCE] == version
        and model.dense[layer]
        and memory[CHANGES] < model.units[layer - 1]
        and max(d, changes) < memory[ACTIVE]
    ):
        _update_sum(model, state, layer, changes)
    else:
        _sum_anew(model, state, layer)
        memory[SOURCE], memory[CHANGES] = version, 0
    bad = 0
    for k in range(d + 1):
        here, off = center[k], error[k]
        for j in range(n):
            # e' for later sums of d + 1 terms
            e = INFLATE * off[j] + 2 * (d + 6) * UNIT * abs(here[j])
            off[j] = e
            bad |= 0 if abs(here[j]) < 2.0**300 and e < 2.0**300 else 1
    if bad:
        memory[SOURCE] = -1
    return bad == 0


@merged
def _find_changes(model: Model, state: State, layer: int) -> int:
    """Write the pieces of the layer before; the units whose piece is another than last time are listed in ``active``.

    ``was`` keeps the pieces of last time, and ``memory`` the number of units that are not constant now.
    """
    before = layer - 1
    piece, was = state.used[layer], state.piece
    for u in range(model.units[before]):
        was[u] = piece[u]
        piece[u] = state.base[before, u]
    for at in range(state.number[before]):
        piece[model.hyperplane_unit[before, state.cutting[before, at]]] += state.passed[before, at]
    known = state.memory[layer, SOURCE] >= 0
    changes, active = 0, state.memory[layer, ACTIVE] if known else 0
    for u in range(model.units[before]):
        if not known:
            active += 1 if model.slope[before, u, piece[u]] != 0.0 else 0
        elif piece[u] != was[u]:
            state.active[changes] = u
            changes += 1
            active += 1 if model.slope[before, u, piece[u]] != 0.0 else 0
            active -= 1 if model.slope[before, u, was[u]] != 0.0 else 0
    state.memory[layer, ACTIVE] = active
    return changes


@inlined
def _unit_output(model: Model, state: State, layer: int, unit: int, piece: int, k: int) -> tuple[float, float]:
    """Coefficient k of a unit's output on one of its pieces, with its error; exactly zero if both are."""
    slope, intercept = model.slope[layer, unit, piece], model.intercept[layer, unit, piece]
    row = model.unit_row[layer, unit]
    if model.unit_rank[layer, unit] > 1:
        row += piece
    z, ez = state.center[layer, k, row], state.error[layer, k, row]
    extra = intercept if k == model.d else 0.0
    a = slope * z + extra
    if a == 0.0 and (slope == 0.0 or (z == 0.0 and ez == 0.0)) and extra == 0.0:
        return 0.0, 0.0
    # product and sum of rounded constants, 4u each
    return a, INFLATE * (abs(slope) * ez + (4 * UNIT) * (abs(slope * z) + abs(extra))) + FLOOR


@merged
def _sum_anew(model: Model, state: State, layer: int) -> None:
    """The sum over all units of the layer before."""
    d, n, before = model.d, model.rows[layer], layer - 1
    inputs, pieces = model.units[before], state.used[layer]
    # a sum of at most inputs + 1 products of rounded weights and values
    kappa = 2 * (inputs + 6) * UNIT
    bent = 0
    for u in range(inputs):
        piece = pieces[u]
        if model.slope[before, u, piece] != 0.0 or model.intercept[before, u, piece] != 0.0:
            state.active[bent] = u
            bent += 1
    for k in range(d + 1):
        center, error = state.center[layer, k], state.error[layer, k]
        for j in range(n):
            b = model.bias[layer, j] if k == d else 0.0
            center[j] = b
            error[j] = kappa * abs(b)
        common = 0.0
        for t in range(bent):
            u = state.active[t]
            a, e = _unit_output(model, state, before, u, pieces[u], k)
            state.gain[t] = a
            if a != 0.0 or e != 0.0:
                common += _add_error(error, model, layer, u, e + kappa * abs(a))
        _add_terms(center, model.weight[layer], state.active, state.gain, 0, bent, n)
        _spread(error, model.largest[layer], n, common)


@merged
def _update_sum(model: Model, state: State, layer: int, changes: int) -> None:
    """The sum of the last cell, with the change of every unit whose piece is another now."""
    d, n, before = model.d, model.rows[layer], layer - 1
    new_piece, old_piece = state.used[layer], state.piece
    for k in range(d + 1):
        center, error = state.center[layer, k], state.error[layer, k]
        common = 0.0
        for t in range(changes):
            u = state.active[t]
            new, e_new = _unit_output(model, state, before, u, new_piece[u], k)
            old, e_old = _unit_output(model, state, before, u, old_piece[u], k)
            a = new - old
            state.gain[t] = a
            # rounded: the weight, its product with the change, the change itself; and at most two sums that it is in
            # before the last one of a block
            common += _add_error(error, model, layer, u, e_new + e_old + 8 * UNIT * abs(a))
        for first in range(0, changes, _BLOCK):
            _add_terms(center, model.weight[layer], state.active, state.gain, first, min(first + _BLOCK, changes), n)
            for j in range(n):
                error[j] += 4 * UNIT * abs(center[j])  # at most three sums, of |center| and later terms each
        _spread(error, model.largest[layer], n, common)


@inlined
def _add_error(error: Floats, model: Model, layer: int, unit: int, e: float) -> float:
    """error += |weight|·e, or, where the weights are dense, the returned multiple of the row's largest |weight|."""
    e = INFLATE * e + FLOOR
    if model.dense[layer]:
        return e
    weight = model.weight[layer, unit]
    for j in range(model.rows[layer]):
        error[j] += abs(weight[j]) * e
    return 0.0


@inlined
def _add_terms(center: Floats, weight: Floats, units: Ints, values: Floats, first: int, end: int, n: int) -> None:
    """center += Σ weight[unit]·value over terms first … end − 1, four at a time: so the sums are loaded less often."""
    whole = end - (end - first) % _BLOCK
    for t in range(first, whole, _BLOCK):
        w0, w1, w2, w3 = weight[units[t]], weight[units[t + 1]], weight[units[t + 2]], weight[units[t + 3]]
        a0, a1, a2, a3 = values[t], values[t + 1], values[t + 2], values[t + 3]
        for j in range(n):
            center[j] += (w0[j] * a0 + w1[j] * a1) + (w2[j] * a2 + w3[j] * a3)
    for t in range(whole, end):
        w0, a0 = weight[units[t]], values[t]
        for j in range(n):
            center[j] += w0[j] * a0


@inlined
def _spread(error: Floats, largest: Floats, n: int, common: float) -> None:
    """Add what :func:`_add_error` returned for all units together."""
    if common > 0.0:
        for j in range(n):
            error[j] += largest[j] * common
