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
from verify.engines.state import State, piece_of

__all__ = ["enter_layer"]

SOURCE, CHANGES, VERSION = range(3)
"""Columns of ``State.memory``: version of the layer before that was summed, pieces changed since, own version."""


@compiled
def enter_layer(model: Model, state: State, layer: int) -> bool:
    """Preactivations of a layer on the current cell; False if they leave the range of the error model."""
    d, n = model.d, model.rows[layer]
    center, error = state.center[layer], state.error[layer]
    memory = state.memory
    memory[layer, VERSION] += 1
    if layer == 0:
        for k in range(d + 1):
            for j in range(n):
                center[k, j] = model.first_center[k, j]
                error[k, j] = model.first_error[k, j]
        return True
    before = layer - 1
    used = state.used[layer]
    changes = 0
    active = 0
    at = 0
    for u in range(model.units[before]):
        piece, at = piece_of(model, state, before, u, at)
        state.piece[u] = piece
        changes += 1 if piece != used[u] else 0
        active += 1 if model.slope[before, u, piece] != 0.0 else 0
    memory[layer, CHANGES] += changes
    if (
        memory[layer, SOURCE] == memory[before, VERSION]
        and model.dense[layer]
        and memory[layer, CHANGES] < model.units[before]
        and d < active
        and changes < active
    ):
        _update_sum(model, state, layer, used)
    else:
        _sum_anew(model, state, layer)
        memory[layer, SOURCE] = memory[before, VERSION]
        memory[layer, CHANGES] = 0
    for u in range(model.units[before]):
        used[u] = state.piece[u]
    bad = 0
    for k in range(d + 1):
        here, off = center[k], error[k]
        for j in range(n):
            # e' for later sums of d + 1 terms
            e = INFLATE * off[j] + 2 * (d + 6) * UNIT * abs(here[j])
            off[j] = e
            bad |= 0 if abs(here[j]) < 2.0**300 and e < 2.0**300 else 1
    if bad:
        memory[layer, SOURCE] = -1
    return bad == 0


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
    inputs = model.units[before]
    # a sum of at most inputs + 1 products of rounded weights and values
    kappa = 2 * (inputs + 6) * UNIT
    for k in range(d + 1):
        center, error = state.center[layer, k], state.error[layer, k]
        for j in range(n):
            b = model.bias[layer, j] if k == d else 0.0
            center[j] = b
            error[j] = kappa * abs(b)
        common = 0.0
        for u in range(inputs):
            piece = state.piece[u]
            if model.slope[before, u, piece] == 0.0 and model.intercept[before, u, piece] == 0.0:
                continue
            a, e = _unit_output(model, state, before, u, piece, k)
            if a != 0.0 or e != 0.0:
                common += _add_unit(center, error, model, layer, u, a, e + kappa * abs(a))
        _spread(error, n, common)


@merged
def _update_sum(model: Model, state: State, layer: int, used: Ints) -> None:
    """The sum of the last cell, with the change of every unit whose piece is another now."""
    d, n, before = model.d, model.rows[layer], layer - 1
    for k in range(d + 1):
        center, error = state.center[layer, k], state.error[layer, k]
        common = 0.0
        for u in range(model.units[before]):
            if state.piece[u] == used[u]:
                continue
            new, e_new = _unit_output(model, state, before, u, state.piece[u], k)
            old, e_old = _unit_output(model, state, before, u, used[u], k)
            a = new - old
            # rounded: the weight, its product with the change, the change itself
            common += _add_unit(center, error, model, layer, u, a, e_new + e_old + 4 * UNIT * abs(a))
            for j in range(n):
                error[j] += 2 * UNIT * abs(center[j])  # and the sum
        _spread(error, n, common)


@inlined
def _add_unit(center: Floats, error: Floats, model: Model, layer: int, unit: int, a: float, e: float) -> float:
    """center += weight·a with error |weight|·e, or, where the weights are dense, the returned error for all of them."""
    weight = model.weight[layer, unit]
    e = INFLATE * e + FLOOR
    n = model.rows[layer]
    if model.dense[layer]:
        for j in range(n):
            center[j] += weight[j] * a
        return model.largest[layer, unit] * e
    for j in range(n):
        w = weight[j]
        center[j] += w * a
        error[j] += abs(w) * e
    return 0.0


@inlined
def _spread(error: Floats, n: int, common: float) -> None:
    """Add an error that is the same for all rows."""
    if common > 0.0:
        for j in range(n):
            error[j] += common
