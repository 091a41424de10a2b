"""The sweep: a line cut layer by layer at the zeros of its units.

A *knot* is a point of the line at which something may bend, or an end of it; the ends may be at infinity.  Between
neighboring knots everything computed so far is affine, so its values at the knots say everything: a preactivation has
a zero inside an interval exactly if it has opposite signs at its ends, and the values of all units at the new knot are
the same combination α·left + β·right of those at the ends.  In homogeneous coordinates a·t + b is ±a at t = ±∞.

Values are floats with derived bounds on their errors (:mod:`verify.slices.lines.bounded`).  What the bounds do not
decide, the sign of a preactivation at a knot or the order of two zeros, is decided by :class:`ExactLine`.
"""

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import flint
import numpy as np

from theory.deadline import check
from theory.errors import UnsupportedError
from theory.exact import from_fmpq, to_fmpq
from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.slices import double_double
from verify.slices.arrays import affine, difference_values, pieces_of
from verify.slices.double_double import PAIR_UNIT, pair_of
from verify.slices.lines.bounded import LEAST, Bounded, Knots, Roots, merged, outputs, preactivations, signs
from verify.slices.prepared import Bools, Floats, Ints, Prepared, PreparedLayer, nearest

_MOST_VALUES = 10**9
"""Most values of units at knots that are held at once, eight gigabytes."""

_DEAR = 10**7
"""Open signs times weights that are read to decide one: more are worth another sweep with pairs of floats."""

Form = tuple[flint.fmpq, flint.fmpq]
"""(a, b) for a·t + b."""
Pieces = Sequence[int]
"""The piece that each unit of a layer takes on an interval."""


class ExactLine:
    """The exact functions a·t + b of all units along start + t·direction, computed when they are asked for.

    On an interval between two breakpoints of the layers before it, every preactivation is affine.  An interval is named
    by its *blocks*: ``blocks[l]`` is the number of the interval between the breakpoints of the layers up to l that
    contains it; ``pieces[l]`` says what the units of layer l do there.
    """

    def __init__(self, network: Prepared, start: Sequence[Fraction], direction: Sequence[Fraction]) -> None:
        self.network = network
        entries = [to_fmpq(v) for pair in zip(direction, start, strict=True) for v in pair]
        self._start = flint.fmpq_mat(len(start), 2, entries)
        self._forms: dict[tuple[int, int], flint.fmpq_mat] = {}
        self._inputs: dict[tuple[int, int], flint.fmpq_mat] = {}
        self.questions = 0

    def form(self, layer: int, row: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> Form:
        """One preactivation of ``layer`` (counted from 0) on an interval."""
        part, key = self.network.layers[layer], (layer, blocks[layer])
        if (kept := self._forms.get(key)) is not None:
            return kept[row, 0], kept[row, 1]
        if key not in self._inputs:
            self._inputs[key] = self._read_by(layer, blocks, pieces)
        slope, constant = (part.row(row) * self._inputs[key]).entries()
        return slope, constant + part.layer.bias_column[row, 0]

    def forms(self, layer: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> flint.fmpq_mat:
        """All preactivations of ``layer`` on an interval, rows × (slope, constant)."""
        key = layer, blocks[layer]
        if key not in self._forms:
            self._forms[key] = self.network.layers[layer].layer.read(self._read_by(layer, blocks, pieces))
        return self._forms[key]

    def _read_by(self, layer: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> flint.fmpq_mat:
        """What ``layer`` reads on an interval."""
        if layer == 0:
            return self._start
        before = self.network.layers[layer - 1].layer
        return before.push(self.forms(layer - 1, blocks, pieces), pieces[layer - 1])

    def difference(self, layer: int, number: int, blocks: Sequence[int], pieces: Sequence[Pieces]) -> Form:
        """A difference of ``layer`` on an interval."""
        self.questions += 1
        differences = self.network.layers[layer].differences
        a, b = self.form(layer, int(differences.plus[number]), blocks, pieces)
        if differences.minus[number] >= 0:
            c, d = self.form(layer, int(differences.minus[number]), blocks, pieces)
            return a - c, b - d
        return a, b - to_fmpq(differences.exact_shift[number])

    def slopes(self, blocks: Sequence[int], pieces: Sequence[Pieces]) -> list[flint.fmpq]:
        """The derivatives of all outputs on an interval."""
        forms = self.forms(len(self.network.layers) - 1, blocks, pieces)
        return [slope for slope, _ in forms.tolist()]


class _ManyDoubtsError(Exception):
    """Floats leave too many signs open."""


class Sweep:
    """One line through one network, cut at all its breakpoints; knot k lies between the intervals k − 1 and k.

    ``ends`` are the parameters 0, 1, ∞ or −∞ at which it begins and ends, and 0 inside a line without ends.
    """

    def __init__(
        self, network: Prepared, start: Sequence[Fraction], end: Sequence[Fraction], ends: Sequence[float]
    ) -> None:
        self.network, self._start, self._end = network, start, end
        self._ends, self._pairs = ends, False
        try:
            self._sweep()
        except _ManyDoubtsError:
            self._sweep()

    def refined(self, doubts: int) -> bool:
        """Whether the line is now cut in pairs of floats, as so many exact answers to what it leaves open cost more."""
        if self._asks_for_pairs(doubts, len(self.network.layers)):
            for name in ("pieces", "outputs"):
                self.__dict__.pop(name, None)
            self._sweep()
        return self._pairs

    def _asks_for_pairs(self, doubts: int, layers: int) -> bool:
        """Whether pairs of floats, not used so far, serve, and cost less than ``doubts`` exact answers."""
        parts = self.network.layers
        if self._pairs or doubts * sum(part.weight.size for part in parts[:layers]) <= _DEAR:
            return False
        self._pairs = all(part.fits_pairs for part in parts)
        return self._pairs

    def _sweep(self) -> None:
        network, ends = self.network, self._ends
        position: Floats = np.array(ends)
        none = np.zeros(len(ends))
        given = np.full(len(ends), -1)
        self.knots = Knots(position, none, none, np.isfinite(position) * 1.0, given, given, np.arange(len(ends)))
        self._names = len(ends)
        self._parameters = {k: flint.fmpq(int(t)) for k, t in enumerate(ends) if np.isfinite(t)}  # by name
        self._pieces: list[Ints] = []  # of each layer: units × the intervals as they were then
        self._refined: list[Ints] = []  # by each layer: for each interval then the one before that contained it
        with np.errstate(all="ignore"):
            values = self._inputs(ends)
            for number, layer in enumerate(network.hidden):
                check()
                values = self._cut(number, layer, values)
            self._last = values

    def _inputs(self, ends: Sequence[float]) -> Bounded:
        """The inputs of the first layer at the ends: the two points, or plus or minus the direction at infinity."""
        points: dict[float, Sequence[Fraction]] = {0.0: self._start, 1.0: self._end}
        if not self.knots.homogeneous.all():
            points |= {np.inf: self._direction, -np.inf: [-v for v in self._direction]}
        exact = [points[e] for e in ends]
        low, unit = None, UNIT
        if self._pairs:
            center, low = (np.array(part) for part in zip(*map(pair_of, exact), strict=True))
            unit = PAIR_UNIT
        else:
            center = np.array([list(map(nearest, point)) for point in exact])
        for row, point in zip(center, exact, strict=True):  # a float may be 0 by underflow
            row[row == 0] = [FLOOR if point[i] else 0.0 for i in np.flatnonzero(row == 0).tolist()]
        errors = 4 * unit * np.abs(center).max(axis=1, initial=0.0) + 2 * FLOOR
        return Bounded(center, errors, np.ones(center.shape[1]), 2 * math.sqrt(center.shape[1]), low)

    @cached_property
    def _direction(self) -> list[Fraction]:
        return [b - a for a, b in zip(self._start, self._end, strict=True)]

    @cached_property
    def exact(self) -> ExactLine:
        """The exact functions along the line, made when the first decision needs them."""
        return ExactLine(self.network, self._start, self._direction)

    @property
    def questions(self) -> int:
        """Questions that exact arithmetic has answered."""
        return self.exact.questions if "exact" in self.__dict__ else 0

    @property
    def intervals(self) -> int:
        """Number of intervals."""
        return len(self.knots.position) - 1

    @cached_property
    def pieces(self) -> list[Ints]:
        """For each hidden layer the piece of every unit on every interval, units × intervals."""
        found: list[Ints] = []
        block: Ints = np.arange(self.intervals)
        for pieces, refined in zip(reversed(self._pieces), reversed(self._refined), strict=True):
            found.insert(0, pieces[:, block])
            block = refined[block]
        return found

    @cached_property
    def outputs(self) -> tuple[Floats, Floats, Floats]:
        """The outputs of the network at the knots, outputs × knots, as pairs, and bounds on their errors."""
        layer, h, homogeneous = self.network.layers[-1], self._last, self.knots.homogeneous
        with np.errstate(all="ignore"):
            if h.low is None:
                center, error = affine(layer, h.center.T, h.entry_errors().T, homogeneous)
                return center, np.zeros_like(center), error
            z = preactivations(layer, h, homogeneous, np.zeros_like(h.error))[0]
            assert z.low is not None
            return z.center.T, z.low.T, z.entry_errors().T

    @property
    def bends(self) -> Ints:
        """The inner knots at which some unit changes its piece."""
        bends = np.arange(1, self.intervals)
        for k in np.flatnonzero(self.knots.layer[1:-1] < 0) + 1:  # given, not found: the start inside a whole line
            left, right = (self.where(int(i))[1] for i in (k - 1, k))
            if left == right:
                bends = bends[bends != k]
        return bends

    def where(self, interval: int) -> tuple[list[int], list[Pieces]]:
        """How :class:`ExactLine` names an interval."""
        blocks, pieces = [interval], list[Pieces]()
        for refined, taken in zip(reversed(self._refined), reversed(self._pieces), strict=True):
            pieces.insert(0, taken[:, blocks[0]].tolist())
            blocks.insert(0, int(refined[blocks[0]]))
        return blocks, pieces

    def parameter(self, knot: int) -> flint.fmpq:
        """The exact parameter of a finite knot."""
        layer, difference, name = (int(v[knot]) for v in self.knots[-3:])
        if name not in self._parameters:
            a, b = self.exact.difference(layer, difference, *self.where(max(knot - 1, 0)))
            self._parameters[name] = -b / a
        return self._parameters[name]

    def _exact_sign(self, layer: int, difference: int, knot: int) -> int:
        a, b = self.exact.difference(layer, difference, *self.where(max(knot - 1, 0)))
        if self.knots.homogeneous[knot]:
            value = a * self.parameter(knot) + b
        else:
            value = a if self.knots.position[knot] > 0 else -a
        return (value > 0) - (value < 0)

    def _cut(self, number: int, layer: PreparedLayer, h: Bounded) -> Bounded:
        """Put the zeros of a layer's differences among the knots; returns the layer's outputs at the knots."""
        change = h.change(self.knots.homogeneous)
        away = self.knots.away(change)
        z, rounding, doubtful, bounds = preactivations(layer, h, self.knots.homogeneous, away)
        t, low = z.center, z.low
        if not layer.plain:
            homogeneous = self.knots.homogeneous
            t, bounds = (part.T for part in difference_values(layer, t.T, bounds.T, homogeneous, unit=z.unit))
            if low is not None:
                t, low = double_double.differences(layer, (z.center, low), homogeneous)
        sign = signs(t)
        if len(doubtful):
            self._decide(number, doubtful, (t, low, bounds, away), sign, z)
        crossing = sign[1:] * sign[:-1] < 0
        check()
        roots = Roots(self.knots, t, low, layer.difference_scale, z.error, np.nonzero(crossing))
        order, apart = self._in_order(number, roots)
        chosen = order[apart]
        if (len(z.center) + len(chosen)) * layer.layer.rows > _MOST_VALUES:
            raise UnsupportedError(
                f"{len(chosen):,} breakpoints of {layer.layer.rows:,} units on one line are more than fit into the "
                "memory; count the regions on it (verify.count on a Segment or a Line), or take a shorter segment"
            )
        z.error += rounding
        check()
        new = roots.values(chosen, z)
        interval = roots.interval[chosen]
        new_away = roots.shift[chosen] * change[interval]
        several = (np.bincount(np.cumsum(apart) - 1) > 1) | roots.moved[chosen]
        new.error += np.where(several, new.error + new_away, 0.0)
        if layer.plain:
            new_sign = signs(new.center, (INFLATE * layer.largest * (new.error + new_away))[:, None])
            knot, difference = np.nonzero(new_sign == 0)
        else:
            new_sign = np.where(sign[:-1] != 0, sign[:-1], sign[1:])[interval]
            knot, difference = np.nonzero(crossing[interval])
            new.error *= 1 + layer.kink
        new_sign[knot, difference] = self._signs(roots, order, apart, sign, knot, difference)
        old, place = self._insert(number, roots, chosen)
        sign = merged(sign, new_sign, old, place)
        low = None if z.low is None or new.low is None else merged(z.low, new.low, old, place)
        center, error = merged(z.center, new.center, old, place), merged(z.error, new.error, old, place)
        z = Bounded(center, error, z.scale, z.norm, low)
        if layer.plain:
            active = (sign[1:] > 0) | (sign[:-1] > 0)
            self._pieces.append(active.view(np.int8).T)
            moves = np.concatenate([active[:1], active[1:] | active[:-1], active[-1:]])
            z.center *= moves
            if z.low is not None:
                z.low *= moves
            return z
        pieces = pieces_of(layer, np.where(sign[:-1] != 0, sign[:-1], sign[1:]).T)
        if not layer.scalar.all():  # where two lower pieces of a maxout unit swap, no unit changes its piece
            kept = np.ones(len(sign), dtype=bool)
            kept[1:-1] = (self.knots.layer[1:-1] != number) | (pieces[:, 1:] != pieces[:, :-1]).any(axis=0)
            self.knots, self._refined[-1] = Knots._make(v[kept] for v in self.knots), self._refined[-1][kept[:-1]]
            low = None if z.low is None else z.low[kept]
            pieces, z = pieces[:, kept[:-1]], Bounded(z.center[kept], z.error[kept], z.scale, z.norm, low)
        self._pieces.append(pieces)
        return outputs(layer, z, pieces, self.knots.homogeneous)

    def _decide(
        self, number: int, knots: Ints, values: tuple[Floats, Floats | None, Floats, Floats], sign: Ints, z: Bounded
    ) -> None:
        """Decide the signs of differences that floats do not prove at some knots, and correct what floats got wrong."""
        (t, low, bounds, away), layer = values, self.network.layers[number]
        nothing = (t[knots] == 0) & (bounds == 0)
        limit = bounds + INFLATE * np.outer(away[knots], layer.difference_scale)
        doubts = np.argwhere(~((np.abs(t[knots]) > limit) | nothing))
        if self._asks_for_pairs(len(doubts), number + 1):
            raise _ManyDoubtsError
        wrong = set()
        for i, difference in doubts:
            check()
            knot = int(knots[i])
            found = self._exact_sign(number, int(difference), knot)
            if found == 0 or found != sign[knot, difference]:
                sign[knot, difference] = found
                value = 0.0 if found == self.knots.off[knot] == 0 else (found or 1) * FLOOR
                t[knot, difference] = value
                if low is not None:
                    low[knot, difference] = 0.0
                wrong.add(knot)
        at = sorted(wrong)
        z.error[at] = INFLATE * (1 + (0 if layer.plain else layer.kink)) * (2 * z.error[at] + away[at]) + LEAST

    def _in_order(self, number: int, roots: Roots) -> tuple[Ints, Bools]:
        """The zeros from left to right, and for each whether it lies right of the one before it."""
        error = INFLATE * (roots.rounding + roots.off)
        known = np.isfinite(roots.position) & np.isfinite(error)
        low = np.where(known, roots.position - error, -np.inf)
        high = np.where(known, roots.position + error, np.inf)
        order = np.lexsort((low, roots.interval))
        interval, low, high = roots.interval[order], low[order], high[order]
        apart = np.ones(len(order), dtype=bool)
        apart[1:] = (interval[1:] != interval[:-1]) | (low[1:] > high[:-1])
        if apart.all() and known.all():
            return order, apart
        i = 0
        while i < len(order):
            j, reach = i + 1, high[i]
            while j < len(order) and interval[j] == interval[i] and not low[j] > reach:
                reach = max(reach, high[j])
                j += 1
            if j > i + 1 or not known[order[i]]:
                where, exact = self.where(int(interval[i])), {}
                for root in order[i:j].tolist():
                    a, b = self.exact.difference(number, int(roots.difference[root]), *where)
                    exact[root] = -b / a
                    roots.put(root, nearest(from_fmpq(exact[root])))
                ordered = sorted(exact, key=exact.__getitem__)
                order[i:j], apart[i + 1 : j] = ordered, [exact[a] != exact[b] for a, b in itertools.pairwise(ordered)]
            i = j
        return order, apart

    def _signs(self, roots: Roots, order: Ints, apart: Bools, sign: Ints, knot: Ints, difference: Ints) -> Ints:
        """The signs of differences at new knots from their signs at old knots and the order of their zeros."""
        group: Ints = np.empty(len(order), dtype=np.int64)  # the new knot of each zero
        group[order] = np.cumsum(apart) - 1
        interval = roots.interval[order[apart]][knot]
        left, right = sign[interval, difference], sign[interval + 1, difference]
        result: Ints = np.where(left != 0, left, right)
        crossing = np.flatnonzero(left * right < 0)
        count = sign.shape[1]
        sought = interval[crossing] * count + difference[crossing]
        zero = np.searchsorted(roots.interval * count + roots.difference, sought)
        result[crossing] *= np.sign(group[zero] - knot[crossing])
        return result

    def _insert(self, number: int, roots: Roots, chosen: Ints) -> tuple[Ints, Ints]:
        """Put knots where the chosen zeros are; returns the places of the old and of the new knots."""
        interval = roots.interval[chosen]
        found = np.bincount(interval, minlength=self.intervals)
        old, place = np.arange(self.intervals + 1), interval + np.arange(1, len(chosen) + 1)
        self._refined.append(old[:-1].repeat(found + 1))
        old[1:] += found.cumsum()
        names = np.arange(self._names, self._names + len(chosen))
        places = (v[chosen] for v in (roots.position, roots.rounding, roots.off))
        new = *places, np.ones(len(chosen)), np.full(len(chosen), number), roots.difference[chosen], names
        self.knots = Knots._make(merged(v, more, old, place) for v, more in zip(self.knots, new, strict=True))
        self._names += len(chosen)
        return old, place
