"""Cells of one and two inputs as lists of vertices; infinity is a row like any other.

A cell of R^d, d ≤ 2, is kept as a cone in homogeneous coordinates (x, w), w ≥ 0: an interval is a cone over two
vertices, a polygon a cone over n vertices in counter-clockwise order.  All of R^1 has the vertices (−1, 0) and (1, 0),
all of R^2 the four directions (±1, 0, 0) and (0, ±1, 0) on the line at infinity.  Every other vertex is where two rows
of the path (in the plane) or one row (on the line) vanish: their cross product, oriented by the order in which the
boundary is walked, never by a numerical test.

A hyperplane cuts the cell exactly if it is positive at one vertex and negative at another.  For that the vertices
must span the cone, which two antipodal points at infinity do not: an edge that is a whole line of the plane carries
its foot, the point (−a_1·b, −a_2·b, a_1² + a_2²) nearest to the origin, as a third vertex.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from verify.engines.compiled import compiled, inlined
from verify.engines.rounding import FLOOR, INFLATE, TINY, UNIT

__all__ = [
    "CUT",
    "FIRST",
    "FOOT",
    "NEGATIVE",
    "POSITIVE",
    "UNDECIDED",
    "Vertices",
    "classify",
    "classify_all",
    "copy_cell",
    "copy_vertex",
    "cross",
    "directions",
    "new_vertices",
    "sides",
    "sign_at",
    "split_interval",
    "split_polygon",
]

NEGATIVE, POSITIVE, CUT, UNDECIDED = 0, 1, 2, 3
"""What the hyperplane of a row does to a cell: leaves it on the side ≤ 0 or > 0, cuts it, or is not decided yet."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_UNKNOWN = 9
FOOT = -10
"""In ``parents``: not a second row, but the foot of the first."""
FIRST = -20
"""In ``parents``: vertex number FIRST − p of all of R^d, see :func:`directions`."""


class Vertices(NamedTuple):
    """Cells of all stack slots as vertex lists."""

    number: Ints  # [slots]
    center: Floats  # [slots, most, d + 1]
    error: Floats  # [slots, most, d + 1]
    grain: Floats  # [slots, most] granularity
    edge: Ints  # [slots, most] path row of the edge that starts at the vertex; −1 at infinity
    parents: Ints  # [slots, most, 3] rows a, b of the path (negative at infinity) and ±1, for the vertex ±(a × b)
    sign: Ints  # [most] scratch: signs of the row under test
    given: Ints  # [most] signs that the caller has answered, _UNKNOWN elsewhere
    asked: Ints  # [1] the vertex whose sign was not decided


def directions(d: int) -> list[tuple[int, ...]]:
    """The vertices of all of R^d in homogeneous coordinates, d ≤ 2."""
    return [(-1, 0), (1, 0)] if d == 1 else [(1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0)]


def new_vertices(d: int, slots: int, most: int) -> Vertices:
    """Space for ``slots`` cells of at most ``most`` vertices; slot 0 holds all of R^d."""
    result = Vertices(
        np.zeros(slots, np.int64),
        np.zeros((slots, most, d + 1)),
        np.zeros((slots, most, d + 1)),
        np.zeros((slots, most)),
        np.zeros((slots, most), np.int64),
        np.zeros((slots, most, 3), np.int64),
        np.zeros(most, np.int64),
        np.full(most, _UNKNOWN, np.int64),
        np.zeros(1, np.int64),
    )
    first = directions(d)
    result.number[0] = len(first)
    for i, direction in enumerate(first):
        result.center[0, i] = direction
        result.grain[0, i] = 1.0
        result.edge[0, i] = -1
        result.parents[0, i] = (-1, FIRST - i, 1)
    return result


@inlined
def sign_at(geo: Vertices, slot: int, v: int, center: Floats, error: Floats, grain: float) -> int:
    """Sign of the row (center ± error) at a vertex, or UNDECIDED."""
    s = 0.0
    e = 0.0
    zero = True
    for k in range(center.shape[0]):
        x = geo.center[slot, v, k]
        ex = geo.error[slot, v, k]
        s += center[k] * x
        e += error[k] * abs(x) + (abs(center[k]) + error[k]) * ex
        zero = zero and ((x == 0.0 and ex == 0.0) or (center[k] == 0.0 and error[k] == 0.0))
    e = INFLATE * e
    if s > e + TINY:
        return 1
    if -s > e + TINY:
        return -1
    if zero or abs(s) + e + TINY < grain * geo.grain[slot, v]:
        return 0
    return UNDECIDED


@compiled
def classify(geo: Vertices, slot: int, center: Floats, error: Floats, grain: float) -> int:
    """What the row (center ± error) does to the cell; leaves the sign at every vertex in ``geo.sign``."""
    positive = False
    negative = False
    for v in range(geo.number[slot]):
        sign = sign_at(geo, slot, v, center, error, grain)
        if sign == UNDECIDED:
            sign = geo.given[v]
            if sign == _UNKNOWN:
                geo.asked[0] = v
                return UNDECIDED
        geo.sign[v] = sign
        positive = positive or sign > 0
        negative = negative or sign < 0
    for v in range(geo.number[slot]):
        geo.given[v] = _UNKNOWN
    if positive and negative:
        return CUT
    return POSITIVE if positive else NEGATIVE


@inlined
def sides(geo: Vertices, slot: int, center: Floats, error: Floats, b: float, eb: float, grain: float) -> int:
    """What the row (center[:d], b) does to the cell, where that is seen at once; like :func:`classify` otherwise."""
    positive, negative, unknown = False, False, False
    d = geo.center.shape[2] - 1
    for v in range(geo.number[slot]):
        w, ew = geo.center[slot, v, d], geo.error[slot, v, d]
        s = b * w
        e = eb * abs(w) + (abs(b) + eb) * ew
        for k in range(d):
            x, ex = geo.center[slot, v, k], geo.error[slot, v, k]
            s += center[k] * x
            e += error[k] * abs(x) + (abs(center[k]) + error[k]) * ex
        e = INFLATE * e + TINY
        if s > e:
            positive = True
        elif -s > e:
            negative = True
        elif not abs(s) + e < grain * geo.grain[slot, v]:
            unknown = True
        if positive and negative:
            return CUT
    if unknown or not (positive or negative):  # zero at all vertices: a constant row, if all of them are at infinity
        return UNDECIDED
    return POSITIVE if positive else NEGATIVE


@compiled
def classify_all(geo: Vertices, slot: int, n: int, center: Floats, error: Floats, low: Floats, high: Floats) -> None:
    """Certified bounds of n rows at once (columns of ``center``) on the cell: low > 0 or high < 0 proves no cut."""
    if center.shape[0] != 3 or not _in_box(geo, slot, n, center, error, low, high):
        _at_vertices(geo, slot, n, center, error, low, high)


@inlined
def _in_box(geo: Vertices, slot: int, n: int, center: Floats, error: Floats, low: Floats, high: Floats) -> bool:
    """Bounds on the smallest box around a polygon; False if it has vertices at infinity, or perhaps there."""
    x0, x1, y0, y1 = np.inf, -np.inf, np.inf, -np.inf
    for v in range(geo.number[slot]):
        w, ew = geo.center[slot, v, 2], geo.error[slot, v, 2]
        if not w > 2.0 * ew + TINY:
            return False
        x, y = geo.center[slot, v, 0] / w, geo.center[slot, v, 1] / w
        # (x ± ex)/(w ± ew) is off by at most (ex + |x|·ew)/(w - ew), quotient and difference rounded
        rest = 1.0 / (w - ew)
        ex = INFLATE * ((geo.error[slot, v, 0] + abs(x) * ew) * rest + 3 * UNIT * abs(x)) + TINY
        ey = INFLATE * ((geo.error[slot, v, 1] + abs(y) * ew) * rest + 3 * UNIT * abs(y)) + TINY
        x0, x1 = min(x0, x - ex), max(x1, x + ex)
        y0, y1 = min(y0, y - ey), max(y1, y + ey)
    x, y = 0.5 * (x0 + x1), 0.5 * (y0 + y1)
    # half widths: three operations, of numbers not larger than |x0| + |x1|
    hx = INFLATE * 0.5 * (x1 - x0) + 4 * UNIT * (abs(x0) + abs(x1))
    hy = INFLATE * 0.5 * (y1 - y0) + 4 * UNIT * (abs(y0) + abs(y1))
    if not (abs(x) + hx < 2.0**300 and abs(y) + hy < 2.0**300):
        return False
    ax, ay = INFLATE * (abs(x) + hx), INFLATE * (abs(y) + hy)
    for u in range(n):
        p, q, r = center[0, u], center[1, u], center[2, u]
        s = p * x + q * y + r
        e = INFLATE * (abs(p) * hx + abs(q) * hy + error[0, u] * ax + error[1, u] * ay + error[2, u]) + TINY
        low[u] = s - e
        high[u] = s + e
    return True


@inlined
def _at_vertices(geo: Vertices, slot: int, n: int, center: Floats, error: Floats, low: Floats, high: Floats) -> None:
    """Bounds at the vertices, in homogeneous coordinates, so that only their signs mean something."""
    low[:n] = np.inf
    high[:n] = -np.inf
    for v in range(geo.number[slot]):
        if center.shape[0] == 3:
            x, y, w = geo.center[slot, v, 0], geo.center[slot, v, 1], geo.center[slot, v, 2]
            ex, ey, ew = geo.error[slot, v, 0], geo.error[slot, v, 1], geo.error[slot, v, 2]
            ax, ay, aw = abs(x) + ex, abs(y) + ey, abs(w) + ew
            for u in range(n):
                p, q, r = center[0, u], center[1, u], center[2, u]
                s = p * x + q * y + r * w
                e = error[0, u] * ax + error[1, u] * ay + error[2, u] * aw + abs(p) * ex + abs(q) * ey + abs(r) * ew
                e = INFLATE * e + TINY
                low[u] = low[u] if low[u] < s - e else s - e
                high[u] = high[u] if high[u] > s + e else s + e
        else:
            x, w = geo.center[slot, v, 0], geo.center[slot, v, 1]
            ex, ew = geo.error[slot, v, 0], geo.error[slot, v, 1]
            ax, aw = abs(x) + ex, abs(w) + ew
            for u in range(n):
                p, r = center[0, u], center[1, u]
                s = p * x + r * w
                e = error[0, u] * ax + error[1, u] * aw + abs(p) * ex + abs(r) * ew
                e = INFLATE * e + TINY
                low[u] = low[u] if low[u] < s - e else s - e
                high[u] = high[u] if high[u] > s + e else s + e


@inlined
def copy_vertex(geo: Vertices, source: int, v: int, target: int, at: int) -> None:
    """Copy a vertex to a place in another slot, or in the same one."""
    d1 = geo.center.shape[2]
    for k in range(d1):
        geo.center[target, at, k] = geo.center[source, v, k]
        geo.error[target, at, k] = geo.error[source, v, k]
    geo.grain[target, at] = geo.grain[source, v]
    geo.edge[target, at] = geo.edge[source, v]
    geo.parents[target, at, 0] = geo.parents[source, v, 0]
    geo.parents[target, at, 1] = geo.parents[source, v, 1]
    geo.parents[target, at, 2] = geo.parents[source, v, 2]


@compiled
def copy_cell(geo: Vertices, source: int, target: int) -> None:
    """Copy a cell from one slot to another."""
    geo.number[target] = geo.number[source]
    for v in range(geo.number[source]):
        copy_vertex(geo, source, v, target, v)


@inlined
def cross(geo: Vertices, slot: int, at: int, pc: Floats, pe: Floats, pg: Floats, i: int, j: int, negate: bool) -> None:
    """Vertex ``at`` := row i × row j of the path (−1 is the line at infinity); ``negate`` takes −row j."""
    c = geo.center[slot, at]
    e = geo.error[slot, at]
    for k in range(3):
        p = (k + 1) % 3
        q = (k + 2) % 3
        if i < 0:
            ap, aq, eap, eaq, ga = 1.0 if p == 2 else 0.0, 1.0 if q == 2 else 0.0, 0.0, 0.0, 1.0
        else:
            ap, aq, eap, eaq, ga = pc[i, p], pc[i, q], pe[i, p], pe[i, q], pg[i]
        if j < 0:
            bp, bq, ebp, ebq, gb = 1.0 if p == 2 else 0.0, 1.0 if q == 2 else 0.0, 0.0, 0.0, 1.0
        else:
            bp, bq, ebp, ebq, gb = pc[j, p], pc[j, q], pe[j, p], pe[j, q], pg[j]
        value = ap * bq - aq * bp
        size = abs(ap * bq) + abs(aq * bp)
        # two products and a sum: 4u·size; 8u for the rounding of later sums of three terms (rounding.py)
        bound = size * (16 * UNIT) + eap * (abs(bq) + ebq) + abs(ap) * ebq + eaq * (abs(bp) + ebp) + abs(aq) * ebp
        c[k] = -value if negate else value
        first = (ap != 0.0 or eap != 0.0) and (bq != 0.0 or ebq != 0.0)
        second = (aq != 0.0 or eaq != 0.0) and (bp != 0.0 or ebp != 0.0)
        e[k] = INFLATE * bound + FLOOR if first or second else 0.0
        geo.grain[slot, at] = ga * gb
    geo.parents[slot, at, 0] = i
    geo.parents[slot, at, 1] = j
    geo.parents[slot, at, 2] = -1 if negate else 1


@compiled
def _foot(geo: Vertices, slot: int, at: int, pc: Floats, pe: Floats, pg: Floats, i: int) -> None:
    """Vertex ``at`` := the foot of path row i, on an edge of that row."""
    c = geo.center[slot, at]
    e = geo.error[slot, at]
    a, b, w = pc[i, 0], pc[i, 1], pc[i, 2]
    ea, eb, ew = pe[i, 0], pe[i, 1], pe[i, 2]
    c[0], c[1], c[2] = -a * w, -b * w, a * a + b * b
    # one product each, two and a sum for the last; 16u as in cross
    e[0] = abs(a * w) * (16 * UNIT) + ea * (abs(w) + ew) + abs(a) * ew
    e[1] = abs(b * w) * (16 * UNIT) + eb * (abs(w) + ew) + abs(b) * ew
    e[2] = c[2] * (16 * UNIT) + 2.0 * (ea * abs(a) + eb * abs(b)) + ea * ea + eb * eb
    for k in range(3):
        e[k] = INFLATE * e[k] + FLOOR
    if w == 0.0 and ew == 0.0:
        e[0], e[1] = 0.0, 0.0
    geo.grain[slot, at] = pg[i] * pg[i]
    geo.edge[slot, at] = i
    geo.parents[slot, at, 0] = i
    geo.parents[slot, at, 1] = FOOT


@compiled
def split_polygon(geo: Vertices, slot: int, target: int, pc: Floats, pe: Floats, pg: Floats, number: int) -> None:
    """Split the polygon in ``slot`` by path row ``number``, whose vertex signs :func:`classify` left.

    The part where the row is ≥ 0 goes to ``target``, the other part stays in ``slot``.  Both are written in
    counter-clockwise order; walking it, the row is left at V = edge × row and entered at V = row × edge.
    """
    n = geo.number[slot]
    last = geo.number.shape[0] - 1  # scratch slot for the other part
    up = 0
    down = 0
    left = -1  # in the target, the vertex where the row is left; in the other part, the one where it is entered
    entered = -1
    infinite = 0  # how many of the two lie at infinity
    for v in range(n):
        nxt = v + 1 if v + 1 < n else 0
        s = geo.sign[v]
        t = geo.sign[nxt]
        if s >= 0:  # a vertex at which the row is zero belongs to both parts
            copy_vertex(geo, slot, v, target, up)
            if s == 0 and t < 0:
                geo.edge[target, up] = number
                left = up
                infinite += 1 if geo.parents[slot, v, 0] < 0 else 0
            up += 1
        if s <= 0:
            copy_vertex(geo, slot, v, last, down)
            if s == 0 and t > 0:
                geo.edge[last, down] = number
                entered = down
                infinite += 1 if geo.parents[slot, v, 0] < 0 else 0
            down += 1
        if s > 0 and t < 0:
            cross(geo, target, up, pc, pe, pg, geo.edge[slot, v], number, False)
            geo.edge[target, up] = number
            copy_vertex(geo, target, up, last, down)
            geo.edge[last, down] = geo.edge[slot, v]
            left = up
            infinite += 1 if geo.edge[slot, v] < 0 else 0
            up += 1
            down += 1
        elif s < 0 and t > 0:
            cross(geo, target, up, pc, pe, pg, geo.edge[slot, v], number, True)
            geo.edge[target, up] = geo.edge[slot, v]
            copy_vertex(geo, target, up, last, down)
            geo.edge[last, down] = number
            entered = down
            infinite += 1 if geo.edge[slot, v] < 0 else 0
            up += 1
            down += 1
    if infinite == 2:  # the new edge is a whole line
        for part in range(2):
            s, at, end = (target, left, up) if part == 0 else (last, entered, down)
            for v in range(end - 1, at, -1):
                copy_vertex(geo, s, v, s, v + 1)
            _foot(geo, s, at + 1, pc, pe, pg, number)
        up += 1
        down += 1
    geo.number[target] = up
    geo.number[last] = down
    copy_cell(geo, last, slot)


@compiled
def split_interval(geo: Vertices, slot: int, target: int, pc: Floats, pe: Floats, pg: Floats, number: int) -> None:
    """Split the interval in ``slot`` at the zero of path row ``number`` (a, b); the part ≥ 0 goes to ``target``.

    The zero is (−b, a)·sign(a), and sign(a) is the direction in which the row grows: known from the vertex signs.
    """
    copy_cell(geo, slot, target)
    grows = geo.sign[1] > 0
    keep = 1 if grows else 0  # the end of the positive part that stays
    for part in range(2):
        s = target if part == 0 else slot
        at = 1 - keep if part == 0 else keep
        geo.center[s, at, 0] = -pc[number, 1] if grows else pc[number, 1]
        geo.center[s, at, 1] = pc[number, 0] if grows else -pc[number, 0]
        geo.error[s, at, 0] = pe[number, 1]
        geo.error[s, at, 1] = pe[number, 0]
        geo.grain[s, at] = pg[number]
        geo.parents[s, at, 0] = number
        geo.parents[s, at, 1] = 1 if grows else -1
