"""The sweep: a line cut layer by layer at the zeros of its units.

A *knot* is a point of the line at which something may bend, or an end of it; the ends may be at infinity.  Between
neighbouring knots everything computed so far is affine, so its values at the knots say everything: a preactivation has
a zero inside an interval exactly if it has opposite signs at the two ends, and the values of all units at the new knot
are the same combination α·left + β·right of their values at the ends.  Homogeneous coordinates serve infinity: the
value of a·t + b at t = ±∞ is ±a.

Values are floats c with derived bounds e on their error (:mod:`verify.engines.rounding`; c = e = 0 means exactly zero).
What the bounds do not decide, the sign of a preactivation at a knot or the order of two zeros, is decided by
:class:`verify.lines.exact.ExactLine`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint
import numpy as np

from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.lines.exact import ExactLine, Pieces
from verify.lines.prepared import Bools, Floats, Ints, Prepared, PreparedLayer, nearest

__all__ = [
    "END",
    "MINUS_INFINITY",
    "PLUS_INFINITY",
    "START",
    "Sweep",
    "activate",
    "affine",
    "combination",
    "division",
    "pieces_of",
    "task_values",
]

START, END = 0.0, 1.0
PLUS_INFINITY, MINUS_INFINITY = np.inf, -np.inf
"""The parameters at which a line can begin or end; START also lies inside a line without ends."""


@dataclass
class _Knot:
    """Where a knot comes from: a given parameter (``task`` is −1), or a zero of a task of a layer."""

    layer: int
    task: int
    exact: flint.fmpq | None = None


class Sweep:
    """One line through one network, cut at all its breakpoints.

    Attributes
    ----------
    knots : list
        From left to right; knot k lies between the intervals k − 1 and k.
    position, position_error : float arrays
        Parameters of the knots; ±inf at infinity.
    pieces : list of integer arrays, one for each hidden layer
        units × intervals.
    """

    def __init__(
        self, network: Prepared, start: Sequence[Fraction], end: Sequence[Fraction], ends: Sequence[float]
    ) -> None:
        self.network, self._start, self._end = network, start, end
        self.knots: list[_Knot] = [_Knot(-1, -1, flint.fmpq(int(e)) if np.isfinite(e) else None) for e in ends]
        self.position: Floats = np.array(ends)
        self.position_error: Floats = np.zeros(len(ends))
        finite = np.isfinite(self.position)
        self.weightless: Floats = finite.astype(float)  # the homogeneous coordinate: 1, or 0 at infinity
        self.pieces: list[Ints] = []
        self.blocks: list[Ints] = [np.zeros(len(ends) - 1, dtype=np.int64)]  # the input is one affine function
        values, errors = self._inputs(ends)
        with np.errstate(all="ignore"):
            for number, layer in enumerate(network.hidden):
                values, errors = self._cut(number, layer, *affine(layer, values, errors, self.weightless))
            self.outputs, self.output_errors = affine(network.layers[-1], values, errors, self.weightless)

    def _inputs(self, ends: Sequence[float]) -> tuple[Floats, Floats]:
        """The inputs of the first layer at the ends: the two points, or plus or minus the direction at infinity."""
        p, q = (np.array([nearest(v) for v in point]) for point in (self._start, self._end))
        zeros = [x == 0 for x in (p, q)]
        for zero, point in zip(zeros, (self._start, self._end), strict=True):
            zero[zero] = [not point[int(i)] for i in np.flatnonzero(zero)]  # a float may be 0 by underflow
        same = p == q
        same[same] = [self._start[int(i)] == self._end[int(i)] for i in np.flatnonzero(same)]
        values = {START: p, END: q, PLUS_INFINITY: q - p, MINUS_INFINITY: p - q}
        size, none = np.where(same, 0.0, np.abs(p) + np.abs(q)), {START: zeros[0], END: zeros[1]}
        columns = [np.where(none.get(e, same), 0.0, values[e]) for e in ends]
        errors = [
            np.where(none.get(e, same), 0.0, 4 * UNIT * (np.abs(values[e]) if e in none else size) + FLOOR)
            for e in ends
        ]
        return np.stack(columns, axis=1), np.stack(errors, axis=1)

    @cached_property
    def exact(self) -> ExactLine:
        """The exact functions along the line, made when the first question is asked."""
        direction = [b - a for a, b in zip(self._start, self._end, strict=True)]
        return ExactLine(self.network, self._start, direction)

    @property
    def questions(self) -> int:
        """Questions that exact arithmetic has answered."""
        return self.exact.questions if "exact" in self.__dict__ else 0

    @property
    def intervals(self) -> int:
        """Number of intervals."""
        return len(self.knots) - 1

    # Exact answers

    def where(self, interval: int) -> tuple[list[int], list[Pieces]]:
        """How :class:`ExactLine` names an interval."""
        return [int(b[interval]) for b in self.blocks], [p[:, interval].tolist() for p in self.pieces]

    def beside(self, knot: int) -> int:
        """An interval that ends at a knot, the left one where there is one."""
        return max(knot - 1, 0)

    def parameter(self, knot: int) -> flint.fmpq:
        """The exact parameter of a finite knot."""
        it = self.knots[knot]
        if it.exact is None:
            a, b = self.exact.task(it.layer, it.task, *self.where(self.beside(knot)))
            it.exact = flint.fmpq(-b, a)
        return it.exact

    def _exact_value(self, layer: int, task: int, knot: int) -> tuple[int, float]:
        """Sign and, up to the layer's scale, float value of a task at a knot."""
        a, b = self.exact.task(layer, task, *self.where(self.beside(knot)))
        if not self.weightless[knot]:
            value, below = (a if self.position[knot] > 0 else -a), 1
        else:
            t = self.parameter(knot)
            value, below = a * int(t.p) + b * int(t.q), int(t.q)
        scale = self.exact.row_scales[layer] * self.network.layers[layer].tasks.exact_shift[task].denominator
        return (value > 0) - (value < 0), nearest(Fraction(value, below * scale))

    # One layer

    def _cut(self, number: int, layer: PreparedLayer, z: Floats, e: Floats) -> tuple[Floats, Floats]:
        """Put the zeros of a layer's tasks among the knots; returns the layer's outputs at the knots."""
        t, te = task_values(layer, z, e, self.weightless)
        signs = self._signs(number, t, te)
        crossing_task, crossing_interval = np.nonzero(signs[:, :-1] * signs[:, 1:] < 0)
        roots = _Roots(self, t, te, crossing_task, crossing_interval)
        groups = list(self._in_order(number, roots))
        left = np.where(signs[:, :-1] != 0, signs[:, :-1], signs[:, 1:])
        z, e, side = self._insert(number, roots, groups, left, z, e)
        pieces = pieces_of(layer, side)
        kept = self._worth_keeping(pieces, groups)
        self.pieces.append(pieces[:, kept[:-1]])
        if not kept.all():
            z, e = z[:, kept], e[:, kept]
            self._restrict(kept)
        self.blocks.append(np.arange(self.intervals, dtype=np.int64))
        beside = np.concatenate([self.pieces[-1], self.pieces[-1][:, -1:]], axis=1)  # continuous: either side will do
        return activate(layer, z, e, beside, self.weightless)

    def _signs(self, number: int, t: Floats, te: Floats) -> Ints:
        """The sign of every task at every knot; values that only exact arithmetic knows are corrected."""
        size = np.abs(t)
        signs = np.sign(t)
        for task, knot in np.argwhere(~((size > te) | ((t == 0) & (te == 0)))):
            sign, value = self._exact_value(number, int(task), int(knot))
            signs[task, knot] = sign
            t[task, knot] = value
            te[task, knot] = 4 * UNIT * abs(value) if FLOOR < abs(value) < np.inf else (np.inf if sign else 0.0)
        return signs.astype(np.int8)

    def _in_order(self, number: int, roots: _Roots) -> Iterator[list[int]]:
        """Groups of roots that coincide, from left to right; each root as its index."""
        known = np.isfinite(roots.position) & np.isfinite(roots.error)
        low = np.where(known, roots.position - roots.error, -np.inf)
        high = np.where(known, roots.position + roots.error, np.inf)
        order = np.lexsort((low, roots.interval))
        i = 0
        while i < len(order):
            j, reach, interval = i + 1, high[order[i]], roots.interval[order[i]]
            while j < len(order) and roots.interval[order[j]] == interval and not low[order[j]] > reach:
                reach = max(reach, high[order[j]])
                j += 1
            cluster = [int(r) for r in order[i:j]]
            yield from [cluster] if j == i + 1 else self._ties(number, roots, cluster)
            i = j

    def _ties(self, number: int, roots: _Roots, cluster: Sequence[int]) -> Iterator[list[int]]:
        """The same for roots that floats cannot tell apart."""
        where = self.where(int(roots.interval[cluster[0]]))
        exact = {}
        for root in cluster:
            a, b = self.exact.task(number, int(roots.task[root]), *where)
            exact[root] = flint.fmpq(-b, a)
            roots.position[root] = nearest(Fraction(-b, a))
            roots.error[root] = 4 * UNIT * abs(roots.position[root]) + FLOOR
        group: list[int] = []
        for root in sorted(cluster, key=exact.__getitem__):
            if group and exact[root] != exact[group[0]]:
                yield group
                group = []
            group.append(root)
        yield group

    def _insert(
        self, number: int, roots: _Roots, groups: list[list[int]], left: Ints, z: Floats, e: Floats
    ) -> tuple[Floats, Floats, Ints]:
        """The new knots with all values there, and the sign of every task on every new interval."""
        first = np.array([g[0] for g in groups], dtype=np.int64)
        parent = roots.interval[first]
        new_z, new_e = roots.combine(first, z, e)
        after = parent + 1  # a new knot comes before the old knot that ended its interval
        place = after + np.arange(len(groups))
        old = np.setdiff1d(np.arange(len(self.knots) + len(groups)), place, assume_unique=True)
        # interval i of the refined line ends left of its knot i + 1
        repeat = np.ones(self.intervals, dtype=np.int64)
        np.add.at(repeat, parent, 1)
        side = np.repeat(left, repeat, axis=1)
        ends = np.cumsum(repeat)
        for g, at in zip(groups, place, strict=True):
            for root in g:
                task = roots.task[root]
                side[task, at : ends[roots.interval[root]]] = -left[task, roots.interval[root]]
        self.pieces = [np.repeat(p, repeat, axis=1) for p in self.pieces]
        self.blocks = [np.repeat(b, repeat) for b in self.blocks]
        knots: list[_Knot | None] = [None] * (len(self.knots) + len(groups))
        for at, knot in zip(old, self.knots, strict=True):
            knots[at] = knot
        for at, root in zip(place, first, strict=True):
            knots[at] = _Knot(number, int(roots.task[root]))
        self.knots = [knot for knot in knots if knot is not None]
        self.position = _merged(self.position, roots.position[first], old, place)
        self.position_error = _merged(self.position_error, roots.error[first], old, place)
        self.weightless = _merged(self.weightless, np.ones(len(first)), old, place)
        return _merged(z, new_z, old, place), _merged(e, new_e, old, place), side

    def _worth_keeping(self, pieces: Ints, groups: list[list[int]]) -> Bools:
        """Knots of the last insertion at which no unit changes its piece (two lower pieces of a maxout) are dropped."""
        kept = np.ones(len(self.knots), dtype=bool)
        if groups:
            number = len(self.pieces)
            new = np.array([knot.layer == number for knot in self.knots])
            changes = np.zeros(len(self.knots), dtype=bool)
            changes[1:-1] = (pieces[:, 1:] != pieces[:, :-1]).any(axis=0)
            kept = ~new | changes
        return kept

    def _restrict(self, kept: Bools) -> None:
        self.knots = [knot for knot, stays in zip(self.knots, kept, strict=True) if stays]
        self.position, self.position_error = self.position[kept], self.position_error[kept]
        self.weightless = self.weightless[kept]
        self.pieces[:-1] = [p[:, kept[:-1]] for p in self.pieces[:-1]]
        self.blocks = [b[kept[:-1]] for b in self.blocks]


class _Roots:
    """The zeros of tasks inside intervals: where they are, and as combinations α·left + β·right of the ends."""

    def __init__(self, sweep: Sweep, t: Floats, te: Floats, task: Ints, interval: Ints) -> None:
        self.task, self.interval = task, interval
        r, er = np.abs(t[task, interval]), te[task, interval]
        s, es = np.abs(t[task, interval + 1]), te[task, interval + 1]
        begins, ends = sweep.weightless[interval] > 0, sweep.weightless[interval + 1] > 0
        both = begins & ends
        share, share_error = division(r, er, s, es)
        self.alpha = np.where(both, s / (r + s), np.where(begins, 1.0, s / r))
        self.beta = np.where(both, share, np.where(begins, r / s, 1.0))
        moving = np.where(begins, self.beta, self.alpha)
        divisor = np.where(begins, s * (s - es), r * (r - er))
        error = INFLATE * ((er * s + es * r) / divisor + 8 * UNIT * moving)
        self.shift = np.where(both, share_error, np.where(divisor > 0, error, np.inf))
        """Bound on the error of the coefficient that is not 1 (of both, at a bounded interval)."""
        self.begins, self.ends = begins, ends
        p, q = sweep.position[interval], sweep.position[interval + 1]
        p_error, q_error = sweep.position_error[interval], sweep.position_error[interval + 1]
        self.position = np.where(both, p + self.beta * (q - p), np.where(begins, p + self.beta, q - self.alpha))
        finite_p, finite_q = np.where(begins, p, 0.0), np.where(ends, q, 0.0)
        step = np.where(both, np.abs(q - p) + p_error + q_error, 1.0)
        self.error = INFLATE * (
            np.maximum(p_error, q_error)
            + self.shift * step
            + 4 * UNIT * (np.abs(finite_p) + np.abs(finite_q) + np.where(both, 0.0, moving))
        )

    def combine(self, roots: Ints, z: Floats, e: Floats) -> tuple[Floats, Floats]:
        """Values at the chosen roots of functions with the values z ± e at the knots."""
        at = self.interval[roots]
        alpha, beta, shift = self.alpha[roots], self.beta[roots], self.shift[roots]
        u, v, eu, ev = z[:, at], z[:, at + 1], e[:, at], e[:, at + 1]
        both, begins = self.begins[roots] & self.ends[roots], self.begins[roots]
        change = np.where(both, np.abs(v - u) + eu + ev, np.where(begins, np.abs(v) + ev, np.abs(u) + eu))
        return combination(alpha, beta, shift, change, (u, eu), (v, ev))


def combination(
    alpha: Floats,
    beta: Floats,
    shift: Floats,
    change: Floats,
    left: tuple[Floats, Floats],
    right: tuple[Floats, Floats],
) -> tuple[Floats, Floats]:
    """α·left + β·right with its error, where an error of ``shift`` in the coefficients moves it by shift·change."""
    (u, eu), (v, ev) = left, right
    value = alpha * u + beta * v
    bound = alpha * eu + beta * ev + shift * change + 8 * UNIT * (alpha * np.abs(u) + beta * np.abs(v))
    nothing = (u == 0) & (v == 0) & (eu == 0) & (ev == 0)
    return np.where(nothing, 0.0, value), np.where(nothing, 0.0, INFLATE * bound + FLOOR)


def division(r: Floats, er: Floats, s: Floats, es: Floats) -> tuple[Floats, Floats]:
    """(r / (r + s), error) for positive r ± er and s ± es: where a function with these sizes at two ends vanishes."""
    error = INFLATE * ((er * s + es * r) / ((r + s) * (r + s - er - es)) + 8 * UNIT)
    return r / (r + s), np.where(r + s > er + es, error, np.inf)


def task_values(layer: PreparedLayer, z: Floats, e: Floats, weightless: Floats) -> tuple[Floats, Floats]:
    """The tasks of a layer from its preactivations, as arrays of their own."""
    tasks = layer.tasks
    t, te = z[tasks.plus], e[tasks.plus]
    paired = tasks.minus >= 0
    if paired.any() or tasks.shift.any():
        other = np.where(paired[:, None], z[tasks.minus], tasks.shift[:, None] * weightless)
        other_error = np.where(paired[:, None], e[tasks.minus], 2 * UNIT * np.abs(other))
        exactly_zero = (t == 0) & (te == 0) & (other == 0) & (other_error == 0)
        te = np.where(exactly_zero, 0.0, INFLATE * (te + other_error + 2 * UNIT * (np.abs(t) + np.abs(other))))
        t = t - other
    return t, te


def _merged(old_values: Floats, new_values: Floats, old: Ints, new: Ints) -> Floats:
    """Columns (or entries) of two arrays put at the given places."""
    result = np.empty((*old_values.shape[:-1], len(old) + len(new)))
    result[..., old] = old_values
    result[..., new] = new_values
    return result


def affine(layer: PreparedLayer, h: Floats, e: Floats, weightless: Floats) -> tuple[Floats, Floats]:
    """W·h + b at every knot, and a bound on the error."""
    z = layer.weight @ h + layer.bias[:, None] * weightless
    size = np.abs(h)
    bound = layer.size @ (e + layer.noise * size)
    bound += layer.noise * (np.abs(layer.bias) + layer.bias_error)[:, None] * weightless
    bound += layer.bias_error[:, None] * weightless
    if layer.weight_error is not None:
        bound += layer.weight_error @ size
    if (bound == 0).any():
        z[bound == 0] = 0.0
    return z, np.where(bound == 0, 0.0, INFLATE * bound + FLOOR)


def activate(layer: PreparedLayer, z: Floats, e: Floats, at: Ints, weightless: Floats) -> tuple[Floats, Floats]:
    """The outputs of a layer from its preactivations, with the given piece of each unit in each column."""
    if layer.plain:
        return np.where(at > 0, z, 0.0), np.where(at > 0, e, 0.0)
    rows = layer.first_rows[:, None] + np.where(layer.maxout[:, None], at, 0)
    z, e = np.take_along_axis(z, rows, axis=0), np.take_along_axis(e, rows, axis=0)
    piece = np.where(layer.maxout[:, None], 0, at)
    slope = np.take_along_axis(layer.slope, piece, axis=1)
    intercept = np.take_along_axis(layer.intercept, piece, axis=1) * weightless
    value = slope * z + intercept
    nothing = ((slope == 0) | ((z == 0) & (e == 0))) & (intercept == 0)
    rounding = 8 * UNIT * (np.abs(slope * z) + np.abs(intercept))
    error = INFLATE * (np.abs(slope) * e * (1 + 4 * UNIT) + rounding) + FLOOR
    return np.where(nothing, 0.0, value), np.where(nothing, 0.0, error)


def pieces_of(layer: PreparedLayer, side: Ints) -> Ints:
    """The piece of every unit on every interval from the signs of the tasks there."""
    if layer.plain:
        return (side > 0).astype(np.int16)
    result = np.zeros((layer.layer.width, side.shape[1]), dtype=np.int16)
    scalar = layer.tasks.minus < 0
    np.add.at(result, layer.tasks.unit[scalar], (side[scalar] > 0).astype(np.int16))
    for unit, rank, pairs in layer.maxout_tasks:
        for piece in range(rank):
            wins = np.ones(side.shape[1], dtype=bool)
            for other in range(rank):
                if other < piece:
                    wins &= side[pairs[other, piece]] < 0
                elif other > piece:
                    wins &= side[pairs[piece, other]] >= 0
            result[unit, wins] = piece
    return result
