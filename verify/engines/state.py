"""What a traversal of :mod:`verify.engines.traverse` remembers: the stack, the path of rows, the layers above.

A *slot* of the stack is a cell waiting to be looked at; its geometry has the same number
(:mod:`verify.engines.vertices`, :mod:`verify.engines.simplex`).  The *path* lists the rows that bound the current cell,
normalized by a power of two, and names each one so that it can be written exactly (:mod:`verify.engines.fallback`).

What holds whenever the loop looks at the slot on top (:mod:`verify.engines.traverse` says why):

* its path is the first ``ROWS`` rows, all positive on the cell, once a ``PENDING`` slot has negated its last one.  The
  path of a slot below is a beginning of the same list, in which the last row of a PENDING slot has the other sign;
* layers before ``LAYER`` are finished: ``base``, ``cutting`` and ``passed`` name a piece for every unit of them;
* unless ``PHASE`` is ENTER or DOMAIN, ``center`` and ``error`` of layer ``LAYER`` are its preactivations, affine on the
  whole *root cell*, the cell on which the layer was entered.  ``cutting`` lists the hyperplanes that cut the root cell,
  and ``base`` counts the breakpoints that all of it has passed.  Of the list ``remaining``, entries ``POSITION`` …
  ``LEFT`` − 1 are not decided on this cell; of the other cutting hyperplanes ``passed`` has the side, or the piece.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from verify.engines.compiled import inlined
from verify.engines.model import Model

__all__ = [
    "ASK_ROW",
    "ASK_VERTEX",
    "DONE",
    "FULL",
    "PAUSED",
    "State",
    "new_state",
    "piece_of",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DONE, ASK_ROW, ASK_VERTEX, FULL, PAUSED = range(5)
"""Status: finished; what does this row do to this cell; which sign at this vertex; leaf buffer full; enough for now."""

INTERVAL, POLYGON, SIMPLEX = 1, 2, 3
"""Geometries; the first two are the number of inputs."""
LAYER, POSITION, LEFT, ROWS, CHOICE, RIVAL, PHASE, PENDING, FRESH = range(9)
"""Columns of ``State.slot``.  CHOICE and RIVAL: the maxout piece that the cell is restricted to, and the piece that is
compared with it next.  PENDING: 1 if the cell above is the positive side of the last row and this one the other.
FRESH: 1 if a new cell was not yet held against the remaining hyperplanes, −1 if its chords could not be counted."""
ENTER, FILTER, SPLIT, RESTRICT, DOMAIN = range(5)
"""Phases: about to enter a layer; hold its hyperplanes against the root cell; split by them, one by one; cut a cell
down to where a maxout unit takes one piece; cut R^d down to the domain."""
TOP, COUNT, ANSWER, RECORD, WRITTEN, TESTS, QUESTION, BOTTOM = range(8)
"""Entries of ``State.control``: the top slot, regions found, the caller's answer, whether patterns are recorded, how
many are in the buffer, rows tested, the status to stop with if the test at hand decides nothing, the bottom slot."""
NO_ANSWER = -1
NORMAL = 4
"""A row that is not constant."""


class State(NamedTuple):
    """Everything that changes during a traversal, apart from the cells' geometry."""

    control: Ints  # see the names above
    slot: Ints  # [slots, 9]
    remaining: npt.NDArray[np.int32]  # [slots, hyperplanes] which of the cutting hyperplanes are not decided yet
    path_center: Floats  # [most, d + 1] rows of the current path, positive on the cell
    path_error: Floats  # [most, d + 1]
    path_grain: Floats  # [most]
    path_scale: Floats  # [most] power of two by which the row was normalized
    path_name: Ints  # [most, 5] layer (−1: domain), unit or domain row, breakpoint or piece, rival or −1, sign
    row_center: Floats  # [d + 1] the row under test
    row_error: Floats
    row_grain: Floats  # [1]
    row_scale: Floats  # [1]
    row_name: Ints  # [5]
    center: Floats  # [L, d + 1, rows] preactivations of the layers above the current cell
    error: Floats
    memory: Ints  # [L, 4] what center and error of a layer were made from, see layers.py
    used: Ints  # [L, units] pieces of the layer before that they were made from
    piece: Ints  # [units] scratch: pieces of the layer before that it was made from last time
    base: Ints  # [L, units] breakpoints that the whole root cell has passed
    cutting: Ints  # [L, hyperplanes] hyperplanes that cut the root cell
    number: Ints  # [L] how many
    passed: Ints  # [L, hyperplanes] for a cutting hyperplane: 1 on the side z > t, or the maxout piece
    active: Ints  # [units] scratch: a list of units, or the place of each unit in such a list
    gain: Floats  # [units] scratch: a number for each of them
    low: Floats  # [rows]
    high: Floats
    meets: npt.NDArray[np.bool_]  # [chords, chords] scratch: which lines cross inside the polygon
    leaves: npt.NDArray[np.int16]  # [buffer, units of all layers]
    domain: Floats  # [domain rows, d + 1] centers; errors follow from one rounding
    domain_grain: Floats  # [domain rows]


def new_state(model: Model, domain: Floats, domain_grain: Floats, slots: int, most: int, buffer: int) -> State:
    """A fresh state; slot 0 is all of R^d, about to be cut down to the domain."""
    layers, rows, big = model.weight.shape[0], model.weight.shape[2], model.d + 1
    units, hyperplanes = model.unit_row.shape[1], model.hyperplane_unit.shape[1]
    state = State(
        control=np.zeros(8, np.int64),
        slot=np.zeros((slots, 9), np.int64),
        remaining=np.zeros((slots, hyperplanes), np.int32),
        path_center=np.zeros((most, big)),
        path_error=np.zeros((most, big)),
        path_grain=np.zeros(most),
        path_scale=np.ones(most),
        path_name=np.zeros((most, 5), np.int64),
        row_center=np.zeros(big),
        row_error=np.zeros(big),
        row_grain=np.zeros(1),
        row_scale=np.ones(1),
        row_name=np.zeros(5, np.int64),
        center=np.zeros((layers, big, rows)),
        error=np.zeros((layers, big, rows)),
        memory=np.full((layers, 4), -1, np.int64),
        used=np.zeros((layers, units), np.int64),
        piece=np.zeros(units, np.int64),
        base=np.zeros((layers, units), np.int64),
        cutting=np.zeros((layers, hyperplanes), np.int64),
        number=np.zeros(layers, np.int64),
        passed=np.zeros((layers, hyperplanes), np.int64),
        active=np.zeros(units, np.int64),
        gain=np.zeros(units),
        low=np.zeros(rows),
        high=np.zeros(rows),
        meets=np.zeros((16, 16), np.bool_),
        leaves=np.zeros((buffer, int(model.units.sum())), np.int16),
        domain=domain,
        domain_grain=domain_grain,
    )
    state.control[ANSWER] = NO_ANSWER
    state.slot[0, PHASE] = DOMAIN
    return state


@inlined
def piece_of(model: Model, state: State, layer: int, unit: int, at: int) -> tuple[int, int]:
    """Piece of a unit of a finished layer; ``at`` walks along the cutting hyperplanes, which are in unit order."""
    piece = state.base[layer, unit]
    while at < state.number[layer] and model.hyperplane_unit[layer, state.cutting[layer, at]] == unit:
        piece += state.passed[layer, at]
        at += 1
    return piece, at
