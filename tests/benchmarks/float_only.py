# ruff: noqa: ARG001  the signatures are those of the engine
"""The functions of the engine that prove something, as a float program would have written them.

Nothing here is run from this file: :mod:`unchecked` puts each function in the place of its namesake in a copy of the
engine, where it is compiled like all the others.  Error bounds, granularities and proofs are gone; a sign is the sign
of a float, a witness is where the formula puts it, and what the simplex proposes is the answer.
"""

import math

import numpy as np
from verify.engines.compiled import compiled
from verify.engines.layers import ACTIVE, CHANGES, SOURCE, VERSION, _add_terms, _find_changes
from verify.engines.state import NORMAL, SIMPLEX
from verify.engines.vertices import CUT, FOOT, NEGATIVE, POSITIVE, UNDECIDED

from verify.engines import examine, vertices

# ---- vertices.py


@compiled
def sign_at(geo, slot, v, center, error, grain):
    s = 0.0
    for k in range(center.shape[0]):
        s += center[k] * geo.center[slot, v, k]
    return 1 if s > 0.0 else (-1 if s < 0.0 else 0)


@compiled
def sides(geo, slot, center, error, b, eb, grain):
    positive, negative = False, False
    d = geo.center.shape[2] - 1
    for v in range(geo.number[slot]):
        s = b * geo.center[slot, v, d]
        for k in range(d):
            s += center[k] * geo.center[slot, v, k]
        if s > 0.0:
            positive = True
        elif s < 0.0:
            negative = True
        if positive and negative:
            return CUT
    return POSITIVE if positive else NEGATIVE


@compiled
def _in_box(geo, slot, n, center, error, low, high):
    x0, x1, y0, y1 = np.inf, -np.inf, np.inf, -np.inf
    for v in range(geo.number[slot]):
        w = geo.center[slot, v, 2]
        if not w > 0.0:
            return False
        x, y = geo.center[slot, v, 0] / w, geo.center[slot, v, 1] / w
        x0, x1 = min(x0, x), max(x1, x)
        y0, y1 = min(y0, y), max(y1, y)
    x, y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    hx, hy = 0.5 * (x1 - x0), 0.5 * (y1 - y0)
    for u in range(n):
        p, q, r = center[0, u], center[1, u], center[2, u]
        s = p * x + q * y + r
        e = abs(p) * hx + abs(q) * hy
        low[u] = s - e
        high[u] = s + e
    return True


@compiled
def _at_vertices(geo, slot, n, center, error, low, high):
    low[:n] = np.inf
    high[:n] = -np.inf
    for v in range(geo.number[slot]):
        if center.shape[0] == 3:
            x, y, w = geo.center[slot, v, 0], geo.center[slot, v, 1], geo.center[slot, v, 2]
            for u in range(n):
                s = center[0, u] * x + center[1, u] * y + center[2, u] * w
                low[u] = low[u] if low[u] < s else s
                high[u] = high[u] if high[u] > s else s
        else:
            x, w = geo.center[slot, v, 0], geo.center[slot, v, 1]
            for u in range(n):
                s = center[0, u] * x + center[1, u] * w
                low[u] = low[u] if low[u] < s else s
                high[u] = high[u] if high[u] > s else s


@compiled
def copy_vertex(geo, source, v, target, at):
    for k in range(geo.center.shape[2]):
        geo.center[target, at, k] = geo.center[source, v, k]
    geo.edge[target, at] = geo.edge[source, v]
    geo.parents[target, at, 0] = geo.parents[source, v, 0]
    geo.parents[target, at, 1] = geo.parents[source, v, 1]


@compiled
def cross(geo, slot, at, pc, pe, pg, i, j, negate):
    c = geo.center[slot, at]
    for k in range(3):
        p = (k + 1) % 3
        q = (k + 2) % 3
        if i < 0:
            ap, aq = 1.0 if p == 2 else 0.0, 1.0 if q == 2 else 0.0
        else:
            ap, aq = pc[i, p], pc[i, q]
        if j < 0:
            bp, bq = 1.0 if p == 2 else 0.0, 1.0 if q == 2 else 0.0
        else:
            bp, bq = pc[j, p], pc[j, q]
        value = ap * bq - aq * bp
        c[k] = -value if negate else value
    geo.parents[slot, at, 0] = i
    geo.parents[slot, at, 1] = j


@compiled
def _foot(geo, slot, at, pc, pe, pg, i):
    c = geo.center[slot, at]
    a, b, w = pc[i, 0], pc[i, 1], pc[i, 2]
    c[0], c[1], c[2] = -a * w, -b * w, a * a + b * b
    geo.edge[slot, at] = i
    geo.parents[slot, at, 0] = i
    geo.parents[slot, at, 1] = FOOT


# ---- rows.py


@compiled
def _judge(state, grain, d):
    c = state.row_center
    largest = 0.0
    for k in range(d):
        largest = max(largest, abs(c[k]))
    if largest > 0.0:
        factor = math.ldexp(1.0, -math.frexp(largest)[1])
        for k in range(d + 1):
            c[k] *= factor
        return NORMAL
    return POSITIVE if c[d] > 0.0 else NEGATIVE


@compiled
def scalar_row(model, state, layer, hyperplane):
    d = model.d
    row = model.unit_row[layer, model.hyperplane_unit[layer, hyperplane]]
    for k in range(d + 1):
        state.row_center[k] = state.center[layer, k, row]
    state.row_center[d] -= model.hyperplane_shift[layer, hyperplane]
    return _judge(state, 0.0, d)


@compiled
def rival_row(model, state, layer, unit, piece, rival):
    d = model.d
    row = model.unit_row[layer, unit]
    equal = True
    for k in range(d + 1):
        value = state.center[layer, k, row + piece] - state.center[layer, k, row + rival]
        state.row_center[k] = value
        equal = equal and value == 0.0
    if equal:
        return POSITIVE if piece < rival else NEGATIVE
    return _judge(state, 0.0, d)


@compiled
def push_row(state, m):
    for k in range(state.row_center.shape[0]):
        state.path_center[m, k] = state.row_center[k]


# ---- layers.py


@compiled
def enter_layer(model, state, layer):
    d, n = model.d, model.rows[layer]
    center = state.center[layer]
    memory = state.memory[layer]
    memory[VERSION] += 1
    if layer == 0:
        for k in range(d + 1):
            for j in range(n):
                center[k, j] = model.first_center[k, j]
        return True
    changes = _find_changes(model, state, layer)
    version = state.memory[layer - 1, VERSION]
    memory[CHANGES] += changes
    if memory[SOURCE] == version and memory[CHANGES] < model.units[layer - 1] and changes < memory[ACTIVE]:
        _update_sum(model, state, layer, changes)
    else:
        _sum_anew(model, state, layer)
        memory[SOURCE], memory[CHANGES] = version, 0
    return True


@compiled
def _unit_output(model, state, layer, unit, piece, k):
    row = model.unit_row[layer, unit]
    if model.unit_rank[layer, unit] > 1:
        row += piece
    a = model.slope[layer, unit, piece] * state.center[layer, k, row]
    if k == model.d:
        a += model.intercept[layer, unit, piece]
    return a, 0.0


@compiled
def _sum_anew(model, state, layer):
    d, n, before = model.d, model.rows[layer], layer - 1
    pieces = state.used[layer]
    bent = 0
    for u in range(model.units[before]):
        piece = pieces[u]
        if model.slope[before, u, piece] != 0.0 or model.intercept[before, u, piece] != 0.0:
            state.active[bent] = u
            bent += 1
    for k in range(d + 1):
        center = state.center[layer, k]
        for j in range(n):
            center[j] = model.bias[layer, j] if k == d else 0.0
        for t in range(bent):
            u = state.active[t]
            a, _ = _unit_output(model, state, before, u, pieces[u], k)
            state.gain[t] = a
        _add_terms(center, model.weight[layer], state.active, state.gain, 0, bent, n)


@compiled
def _update_sum(model, state, layer, changes):
    before = layer - 1
    new_piece, old_piece = state.used[layer], state.piece
    for k in range(model.d + 1):
        for t in range(changes):
            u = state.active[t]
            new, _ = _unit_output(model, state, before, u, new_piece[u], k)
            old, _ = _unit_output(model, state, before, u, old_piece[u], k)
            state.gain[t] = new - old
        center = state.center[layer, k]
        _add_terms(center, model.weight[layer], state.active, state.gain, 0, changes, model.rows[layer])


# ---- traverse.py


@compiled
def _examine(geometry, cells, model, state, slot, m):
    if geometry != SIMPLEX:
        return vertices.classify(cells[0], slot, state.row_center, state.row_error, 0.0)
    verdict = examine.examine(cells[1], model, state, slot, m)
    if verdict != UNDECIDED:
        return verdict
    s = state.row_center[model.d]
    for k in range(model.d):
        s += state.row_center[k] * cells[1].witness[slot, k]
    return POSITIVE if s > 0.0 else NEGATIVE  # the proposal contradicts itself; no fallback


# ---- proofs.py


@compiled
def row_value(center, error, point):
    d = center.shape[0] - 1
    s = center[d]
    for k in range(d):
        s += center[k] * point[k]
    return s, 0.0


@compiled
def inside(geo, point, pc, pe, m):
    return True


@compiled
def certify(geo, model, state, slot, orientation):
    return True
