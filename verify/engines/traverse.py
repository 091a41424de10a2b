"""One traversal for every geometry: depth-first over layers and units, one cell at a time.

On entering a layer, the preactivations are affine functions of the input on the whole cell; every hyperplane of the
layer (:class:`verify.engines.model.Model`) is first held against that *root cell*, and only those that cut it are
looked at again below.  Then the root cell is split by one hyperplane after the other.  The stack holds one pending
sibling per cut, so its depth is bounded by the number of hyperplanes, whatever the number of regions.  Slots below
``BOTTOM`` were handed to another traversal.

Floats propose and, where the error model allows, decide.  What they cannot decide stops the traversal with the status
ASK_ROW or ASK_VERTEX; the caller answers exactly and calls :func:`traverse` again.

**Why the description in** :mod:`verify.engines.state` **holds.**  A slot below the top is in the phase SPLIT, and all
slots above it are parts of its cell.  They append rows to the path from its ``ROWS`` on, so its own rows stay as they
are.  Only a slot in the phases ENTER and FILTER writes ``center``, ``base`` and ``cutting``, of a layer that comes
after those of all slots below.  In the layer of a slot below, the slots above decide only hyperplanes that remained for
it; so what ``passed`` says of the others stays.

**Why every region is found once.**  A cell that a row cuts is replaced by its two sides, which both have an interior; a
cell that no row cuts keeps its interior, and the side is noted.  Where a question is asked, the slot stands before the
test that decided nothing, and makes it again with the answer.
"""

from __future__ import annotations

from typing import TypeAlias

from verify.engines import examine, simplex, vertices
from verify.engines.chords import MOST_CHORDS, UNPROVED, count_chords
from verify.engines.compiled import compiled, inlined, merged
from verify.engines.layers import enter_layer
from verify.engines.model import Model
from verify.engines.proofs import side_on_box
from verify.engines.rows import domain_row, push_row, rival_row, scalar_row, shifted
from verify.engines.state import (
    ANSWER,
    ASK_ROW,
    ASK_VERTEX,
    BOTTOM,
    CHOICE,
    COUNT,
    DOMAIN,
    DONE,
    ENTER,
    FILTER,
    FRESH,
    FULL,
    INTERVAL,
    LAYER,
    LEFT,
    NO_ANSWER,
    NORMAL,
    PAUSED,
    PENDING,
    PHASE,
    POLYGON,
    POSITION,
    QUESTION,
    RECORD,
    RESTRICT,
    RIVAL,
    ROWS,
    SIMPLEX,
    SPLIT,
    TESTS,
    TOP,
    WRITTEN,
    State,
    piece_of,
)
from verify.engines.vertices import CUT, NEGATIVE, POSITIVE, UNDECIDED

__all__ = ["Cells", "traverse"]

Cells: TypeAlias = tuple[vertices.Vertices, simplex.Simplex]
"""The geometry of all slots; only one of the two is in use."""


@merged
def _examine(geometry: int, cells: Cells, model: Model, state: State, slot: int, m: int) -> int:
    """What the (normal) row under test does to the cell."""
    state.control[TESTS] += 1
    if geometry == SIMPLEX:
        return examine.examine(cells[1], model, state, slot, m)
    return vertices.classify(cells[0], slot, state.row_center, state.row_error, state.row_grain[0])


@compiled
def _split_cell(geometry: int, cells: Cells, state: State, slot: int, m: int) -> None:
    """After CUT: the positive part goes to the next slot, the other part stays; the row becomes path row m."""
    push_row(state, m)
    target = slot + 1
    pc, pe, pg = state.path_center, state.path_error, state.path_grain
    if geometry == INTERVAL:
        vertices.split_interval(cells[0], slot, target, pc, pe, pg, m)
    elif geometry == POLYGON:
        vertices.split_polygon(cells[0], slot, target, pc, pe, pg, m)
    else:
        geo = cells[1]
        orientation, witness_side = geo.info[3], geo.info[1]
        examine.enter_row(geo, slot, m)
        simplex.copy_slot(geo, slot, target, m + 1)
        examine.other_side(geo, slot if orientation > 0 else target, m + 1)
        examine.take_other_witness(geo, slot if witness_side > 0 else target)


@compiled
def _keep_positive(geometry: int, cells: Cells, state: State, slot: int, m: int) -> None:
    """After CUT: the slot keeps the part where the row is positive; the row becomes path row m."""
    push_row(state, m)
    pc, pe, pg = state.path_center, state.path_error, state.path_grain
    if geometry == SIMPLEX:
        geo = cells[1]
        orientation, witness_side = geo.info[3], geo.info[1]
        examine.enter_row(geo, slot, m)
        if orientation < 0:
            examine.other_side(geo, slot, m + 1)
        if witness_side < 0:
            examine.take_other_witness(geo, slot)
        return
    if geometry == INTERVAL:
        vertices.split_interval(cells[0], slot, slot + 1, pc, pe, pg, m)
    else:
        vertices.split_polygon(cells[0], slot, slot + 1, pc, pe, pg, m)
    vertices.copy_cell(cells[0], slot + 1, slot)


@compiled
def _copy_cell(geometry: int, cells: Cells, slot: int, m: int) -> None:
    """A copy of the cell in the next slot."""
    if geometry == SIMPLEX:
        simplex.copy_slot(cells[1], slot, slot + 1, m)
    else:
        vertices.copy_cell(cells[0], slot, slot + 1)


@compiled
def _answered(state: State) -> int:
    """The caller's answer, which serves once."""
    answer = state.control[ANSWER]
    state.control[ANSWER] = NO_ANSWER
    return answer


@compiled
def _decide(geometry: int, cells: Cells, model: Model, state: State, slot: int, m: int, kind: int) -> int:
    """The verdict on the row under test, taking an answer from outside first."""
    if state.control[ANSWER] != NO_ANSWER:
        return _answered(state)
    if kind != NORMAL:
        state.control[QUESTION] = ASK_ROW
        return side_on_box(cells[1], state) if kind == UNDECIDED and cells[1].boxed else kind
    state.control[QUESTION] = ASK_ROW if geometry == SIMPLEX else ASK_VERTEX
    return _examine(geometry, cells, model, state, slot, m)


@inlined
def _side(cells: Cells, model: Model, state: State, slot: int, layer: int, hyperplane: int) -> int:
    """What a scalar unit's hyperplane does to a cell of one or two inputs, where the signs at its vertices decide."""
    row = model.unit_row[layer, model.hyperplane_unit[layer, hyperplane]]
    center, error = state.center[layer, :, row], state.error[layer, :, row]
    b, eb = shifted(center[model.d], error[model.d], model.hyperplane_shift[layer, hyperplane], model.d)
    return vertices.sides(cells[0], slot, center, error, b, eb, model.granularity[layer])


@merged
def _filter(geometry: int, cells: Cells, model: Model, state: State, slot: int, layer: int, m: int) -> bool:
    """Hold the hyperplanes from ``POSITION`` on against the root cell; False if a question must be asked."""
    n, low, high = model.hyperplanes[layer], state.low, state.high
    at = state.slot[slot, POSITION]
    bulk = geometry != SIMPLEX
    plain = bulk and model.plain[layer]
    if bulk and n > 0:
        vertices.classify_all(cells[0], slot, model.rows[layer], state.center[layer], state.error[layer], low, high)
    if at == 0:
        state.number[layer] = 0
        for u in range(model.units[layer]):
            state.base[layer, u] = 1 if plain and low[u] > 0.0 else 0
    for hyperplane in range(at, n):
        if plain and (low[hyperplane] > 0.0) | (high[hyperplane] < 0.0):
            continue  # base has it already
        unit = model.hyperplane_unit[layer, hyperplane]
        if model.unit_rank[layer, unit] > 1:
            state.cutting[layer, state.number[layer]] = hyperplane
            state.number[layer] += 1
            continue
        row = model.unit_row[layer, unit]
        verdict = UNDECIDED
        if bulk and state.control[ANSWER] == NO_ANSWER:  # an answer is about the first hyperplane that gets here
            if not plain and model.hyperplane_shift[layer, hyperplane] == 0.0 and (low[row] > 0.0 or high[row] < 0.0):
                state.base[layer, unit] += 1 if low[row] > 0.0 else 0
                continue
            verdict = _side(cells, model, state, slot, layer, hyperplane)
        if verdict == UNDECIDED:
            kind = scalar_row(model, state, layer, hyperplane)
            verdict = _decide(geometry, cells, model, state, slot, m, kind)
        if verdict == UNDECIDED:
            state.slot[slot, POSITION] = hyperplane
            return False
        if verdict == POSITIVE:
            state.base[layer, unit] += 1
        elif verdict == CUT:
            state.cutting[layer, state.number[layer]] = hyperplane
            state.number[layer] += 1
    return True


@compiled
def _is_scalar(model: Model, state: State, layer: int, index: int) -> bool:
    """Whether the cutting hyperplane of this index is one of a scalar unit."""
    return bool(model.unit_rank[layer, model.hyperplane_unit[layer, state.cutting[layer, index]]] == 1)


@compiled
def _write_leaf(model: Model, state: State) -> None:
    """Append the pattern of a region to the buffer."""
    line = state.leaves[state.control[WRITTEN]]
    state.control[WRITTEN] += 1
    column = 0
    for layer in range(model.depth):
        at = 0
        for u in range(model.units[layer]):
            piece, at = piece_of(model, state, layer, u, at)
            line[column] = piece
            column += 1


@merged
def _refine(cells: Cells, model: Model, state: State, slot: int, layer: int) -> bool:
    """Of the hyperplanes that remain for a new cell keep those that cut it or may; whether all of them surely do."""
    slots, remaining = state.slot, state.remaining[slot]
    kept = 0
    sure = True
    for at in range(slots[slot, POSITION], slots[slot, LEFT]):
        index = remaining[at]
        hyperplane = state.cutting[layer, index]
        unit = model.hyperplane_unit[layer, hyperplane]
        verdict = UNDECIDED
        if model.unit_rank[layer, unit] == 1:
            verdict = _side(cells, model, state, slot, layer, hyperplane)
        if verdict in (CUT, UNDECIDED):
            remaining[kept] = index
            kept += 1
            sure = sure and verdict == CUT
        else:
            state.passed[layer, index] = 1 if verdict == POSITIVE else 0
    state.control[TESTS] += slots[slot, LEFT] - slots[slot, POSITION]
    slots[slot, POSITION], slots[slot, LEFT], slots[slot, FRESH] = 0, kept, 0
    return sure


@compiled
def _push_slot(state: State, top: int) -> None:
    """A copy of the slot on top of the stack; the geometry is copied elsewhere."""
    slots = state.slot
    for k in range(slots.shape[1]):
        slots[top + 1, k] = slots[top, k]
    for at in range(slots[top, POSITION], slots[top, LEFT]):
        state.remaining[top + 1, at] = state.remaining[top, at]
    state.control[TOP] = top + 1


@compiled
def traverse(geometry: int, cells: Cells, model: Model, state: State, limit: int) -> int:
    """Go on until the stack is empty, a question must be asked, the leaf buffer is full or ``limit`` tests are done."""
    control, slots = state.control, state.slot
    record = control[RECORD] == 1
    last = model.depth - 1
    stop = control[TESTS] + limit
    while control[TOP] >= control[BOTTOM]:
        if control[TESTS] >= stop:
            return PAUSED
        top = control[TOP]
        phase, layer, m = slots[top, PHASE], slots[top, LAYER], slots[top, ROWS]
        if phase == DOMAIN:
            at = slots[top, POSITION]
            if at == state.domain.shape[0]:
                slots[top, PHASE], slots[top, POSITION] = ENTER, 0
                continue
            kind = domain_row(state, at, model.d)
            verdict = _decide(geometry, cells, model, state, top, m, kind)
            if verdict == UNDECIDED:
                return control[QUESTION]
            if verdict == CUT:
                _keep_positive(geometry, cells, state, top, m)
                slots[top, ROWS] = m + 1
            slots[top, POSITION] = at + 1
        elif phase == ENTER:
            if layer == model.depth:
                if record:
                    if control[WRITTEN] == state.leaves.shape[0]:
                        return FULL
                    _write_leaf(model, state)
                control[COUNT] += 1
                control[TOP] = top - 1
                continue
            if not enter_layer(model, state, layer):  # out of range: the caller enumerates all of the cell exactly
                for k in range(5):
                    state.row_name[k] = -2
                return ASK_ROW
            slots[top, PHASE], slots[top, POSITION] = FILTER, 0
        elif phase == FILTER:
            if not _filter(geometry, cells, model, state, top, layer, m):
                return control[QUESTION]
            n = state.number[layer]
            for at in range(n):
                state.remaining[top, at] = at
            slots[top, PHASE], slots[top, POSITION], slots[top, LEFT], slots[top, FRESH] = SPLIT, 0, n, 0
            if layer == last and not record and n == 1 and _is_scalar(model, state, layer, 0):
                control[COUNT] += 2
                control[TOP] = top - 1
        elif phase == SPLIT:
            at = slots[top, POSITION]
            if slots[top, PENDING] == 1:  # the positive side is finished; here is the other one
                slots[top, PENDING] = 0
                state.passed[layer, state.remaining[top, at - 1]] = 0
                for k in range(model.d + 1):
                    state.path_center[m - 1, k] = -state.path_center[m - 1, k]
                state.path_name[m - 1, 4] = -state.path_name[m - 1, 4]
            sure = False
            if slots[top, FRESH] == 1:
                sure = _refine(cells, model, state, top, layer)
                at = 0
            left = slots[top, LEFT]
            if at == left:
                slots[top, LAYER], slots[top, PHASE] = layer + 1, ENTER
                continue
            index = state.remaining[top, at]
            hyperplane = state.cutting[layer, index]
            unit = model.hyperplane_unit[layer, hyperplane]
            if layer == last and not record:  # regions are counted without building their cells, where that is proved
                found = UNPROVED
                if sure and left == 1:
                    found = 2
                elif geometry == POLYGON and slots[top, FRESH] == 0 and 1 < left - at <= MOST_CHORDS:
                    slots[top, FRESH] = -1  # once is enough
                    control[TESTS] += left - at
                    found = count_chords(cells[0], model, state, top, layer)
                if found != UNPROVED:
                    control[COUNT] += found
                    control[TOP] = top - 1
                    continue
            if model.unit_rank[layer, unit] > 1:
                piece = slots[top, CHOICE]
                if piece < model.unit_rank[layer, unit] - 1:
                    _copy_cell(geometry, cells, top, m)  # the copy becomes this piece, the slot below the next ones
                    _push_slot(state, top)
                    slots[top, CHOICE] = piece + 1
                    top += 1
                slots[top, CHOICE], slots[top, RIVAL], slots[top, PHASE] = piece, 0, RESTRICT
                continue
            kind = scalar_row(model, state, layer, hyperplane)
            verdict = _decide(geometry, cells, model, state, top, m, kind)
            if verdict == UNDECIDED:
                return control[QUESTION]
            if layer == last and not record and at + 1 == left:  # nothing else can cut the cell
                control[COUNT] += 2 if verdict == CUT else 1
                control[TOP] = top - 1
                continue
            state.passed[layer, index] = 0 if verdict == NEGATIVE else 1
            slots[top, POSITION] = at + 1
            if verdict == CUT:
                _split_cell(geometry, cells, state, top, m)
                slots[top, ROWS], slots[top, FRESH] = m + 1, int(geometry != SIMPLEX)
                _push_slot(state, top)  # the positive side is next; the slot below waits for the other side
                slots[top, PENDING] = 1
        else:  # RESTRICT: the cell of one maxout piece, one rival after the other
            at = slots[top, POSITION]
            index = state.remaining[top, at]
            unit = model.hyperplane_unit[layer, state.cutting[layer, index]]
            piece, rival = slots[top, CHOICE], slots[top, RIVAL]
            if rival == piece:
                rival += 1
            if rival >= model.unit_rank[layer, unit]:
                state.passed[layer, index] = piece
                slots[top, POSITION], slots[top, CHOICE], slots[top, PHASE] = at + 1, 0, SPLIT
                slots[top, FRESH] = int(geometry != SIMPLEX)
                continue
            kind = rival_row(model, state, layer, unit, piece, rival)
            verdict = _decide(geometry, cells, model, state, top, m, kind)
            if verdict == UNDECIDED:
                slots[top, RIVAL] = rival
                return control[QUESTION]
            if verdict == NEGATIVE:
                control[TOP] = top - 1
                continue
            if verdict == CUT:
                _keep_positive(geometry, cells, state, top, m)
                slots[top, ROWS] = m + 1
            slots[top, RIVAL] = rival + 1
    return DONE
