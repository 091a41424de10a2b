"""The last layer in a polygon, counted without cutting it up.

k lines that cut a convex polygon, no two of them equal and no three through one of its interior points, divide it into
1 + k + c regions, where c is the number of pairs that cross inside: line number i adds one region and one more for each
earlier line that it meets.  Line j meets the chord of line i inside the polygon exactly if it is positive at one end of
the chord and negative at the other.  All of it must be proved; otherwise the polygon is cut up like any other.
"""

from __future__ import annotations

from verify.engines.compiled import compiled
from verify.engines.model import Model
from verify.engines.rows import push_row, scalar_row
from verify.engines.state import LEFT, NORMAL, POSITION, ROWS, State
from verify.engines.vertices import CUT, UNDECIDED, Vertices, classify, copy_vertex, cross, sign_at

__all__ = ["MOST_CHORDS", "UNPROVED", "count_chords"]

MOST_CHORDS = 8
"""More lines are first divided by cutting: the test for common points looks at every triple."""
UNPROVED = -1


@compiled
def count_chords(geo: Vertices, model: Model, state: State, slot: int, layer: int) -> int:
    """The number of regions into which the remaining hyperplanes divide the polygon of ``slot``, or UNPROVED.

    The lines are written behind the path, the ends of chord i as vertices 2i and 2i + 1 of the scratch slot.
    """
    first = state.slot[slot, ROWS]
    scratch = geo.number.shape[0] - 1
    pc, pe, pg = state.path_center, state.path_error, state.path_grain
    chords = 0
    for at in range(state.slot[slot, POSITION], state.slot[slot, LEFT]):
        hyperplane = state.cutting[layer, state.remaining[slot, at]]
        if model.unit_rank[layer, model.hyperplane_unit[layer, hyperplane]] > 1:
            return UNPROVED
        kind = scalar_row(model, state, layer, hyperplane)
        if kind == UNDECIDED:
            return UNPROVED
        if kind != NORMAL:
            continue
        verdict = classify(geo, slot, state.row_center, state.row_error, state.row_grain[0])
        if verdict == UNDECIDED:
            return UNPROVED
        if verdict == CUT:
            push_row(state, first + chords)
            if not _ends(geo, state, slot, scratch, first + chords, 2 * chords):
                return UNPROVED
            chords += 1
    crossings = 0
    meets = state.meets
    for i in range(chords):
        for j in range(i):
            row = first + j
            one = sign_at(geo, scratch, 2 * i, pc[row], pe[row], pg[row])
            two = sign_at(geo, scratch, 2 * i + 1, pc[row], pe[row], pg[row])
            if one == UNDECIDED or two == UNDECIDED or (one == 0 and two == 0):
                return UNPROVED
            meets[i, j] = one * two < 0
            if meets[i, j]:
                crossings += 1
                for k in range(j):
                    if meets[i, k] and meets[j, k]:
                        cross(geo, scratch, 2 * chords, pc, pe, pg, first + j, first + k, False)
                        third = sign_at(geo, scratch, 2 * chords, pc[first + i], pe[first + i], pg[first + i])
                        if third == UNDECIDED or third == 0:
                            return UNPROVED
    return 1 + chords + crossings


@compiled
def _ends(geo: Vertices, state: State, slot: int, scratch: int, row: int, at: int) -> bool:
    """Write the two ends of the chord of path row ``row``, whose vertex signs :func:`classify` left."""
    n = geo.number[slot]
    pc, pe, pg = state.path_center, state.path_error, state.path_grain
    found = 0
    for v in range(n):
        s, t = geo.sign[v], geo.sign[v + 1 if v + 1 < n else 0]
        if s != 0 and s * t >= 0:
            continue
        if found == 2:
            return False
        if s == 0:
            copy_vertex(geo, slot, v, scratch, at + found)
        else:
            cross(geo, scratch, at + found, pc, pe, pg, geo.edge[slot, v], row, s < 0)
        found += 1
    return found == 2
