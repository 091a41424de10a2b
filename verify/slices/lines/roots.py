"""The knots of a line, and the zeros of functions between them that become the next ones."""

from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.slices.arrays import division
from verify.slices.double_double import PAIR_UNIT, combination, parts, ratio
from verify.slices.lines.bounded import LEAST, Bounded
from verify.slices.prepared import Bools, Floats, Ints

Array = TypeVar("Array", bound=npt.NDArray[Any])


def merged(old_rows: Array, new_rows: Array, old: Ints, new: Ints) -> Array:
    """Rows (or entries) of two arrays put at the given places."""
    result: Array = np.empty_like(old_rows, shape=(len(old) + len(new), *old_rows.shape[1:]))
    result[old] = old_rows
    result[new] = new_rows
    return result


class Knots(NamedTuple):
    """Where the knots of a line are: points t' with zeros t* beside them, see :mod:`verify.slices.lines.bounded`."""

    position: Floats
    """t', ±inf at infinity."""
    rounding: Floats
    """A bound on the error of that float."""
    off: Floats
    """A bound on |t* − t'|."""
    homogeneous: Floats
    """The homogeneous coordinate: 1, or 0 at infinity."""
    layer: Ints
    """Counted from 0, the layer one of whose differences is zero there; −1 for a given knot."""
    difference: Ints
    """The number of that difference; −1 for a given knot."""
    name: Ints
    """A number that stays with the knot while others are put between."""

    @property
    def error(self) -> Floats:
        """A bound on the distance between ``position`` and t*."""
        return INFLATE * (self.rounding + self.off)

    def away(self, change: Floats) -> Floats:
        """At each knot a bound on the norm of the change between t' and t* of a function that changes by ``change``."""
        p, e = self.position, self.rounding
        length = p[1:] - p[:-1] - e[1:] - e[:-1] - 4 * UNIT * (np.abs(p[1:]) + np.abs(p[:-1]))
        bounded = np.isfinite(p[1:]) & np.isfinite(p[:-1])
        slope = np.where(bounded, np.where(length > 0, change / length, np.inf), change)
        least = np.concatenate([slope[:1], np.minimum(slope[1:], slope[:-1]), slope[-1:]])
        return np.where(self.off > 0, INFLATE * self.off * least, 0.0)


class Roots:
    """The zeros of differences inside intervals: where they are, and as combinations α·left + β·right of the ends.

    ``t``, knots × differences, are the values of the differences, ``low`` the second floats of pairs; their errors are
    at most scale[i]·error[k].  ``interval`` and ``difference`` say where a difference has opposite signs at the ends of
    an interval, ordered by interval, then by difference.

    ``position``, ``rounding`` and ``off`` are as for knots; ``alpha`` and ``beta`` are the coefficients of t', that of
    one end 1 if the other is at infinity; ``shift`` is ``off`` in units of the interval; ``moved`` says whether t' was
    moved away from what the values at the ends say (:meth:`put`).
    """

    def __init__(
        self,
        knots: Knots,
        t: Floats,
        low: Floats | None,
        scale: Floats,
        error: Floats,
        interval: Ints,
        difference: Ints,
    ) -> None:
        self._knots, self.interval, self.difference, self._after = knots, interval, difference, interval + 1
        at, after = (interval, difference), (self._after, difference)
        r, er = np.abs(t[at]), scale[difference] * error[interval]
        s, es = np.abs(t[after]), scale[difference] * error[self._after]
        p, q = knots.position[interval], knots.position[self._after]
        pe, qe = knots.rounding[interval], knots.rounding[self._after]
        unit = UNIT if low is None else PAIR_UNIT
        self.beta, self.shift = division(r, er, s, es, unit)
        self.alpha = s / (r + s)
        self.moved: Bools = np.zeros(len(interval), dtype=bool)
        self.alpha_low, self.beta_low = np.zeros_like(r), np.zeros_like(r)
        rest, beyond = (np.zeros_like(r) if low is None else low[end] * np.sign(t[end]) for end in (at, after))
        if low is not None:
            (self.alpha, self.alpha_low), (self.beta, self.beta_low) = parts((r, rest), (s, beyond))
        self.position = p + self.beta * (q - p)
        self.rounding = INFLATE * (np.maximum(pe, qe) + 4 * UNIT * (np.abs(p) + np.abs(q))) + FLOOR
        self.off = INFLATE * self.shift * (np.abs(q - p) + pe + qe) + FLOOR
        if not knots.homogeneous.all():  # |functions| x ± ex at a finite knot, y ± ey at infinity: x/y beyond the knot
            one, moving = (self.alpha, self.alpha_low), (self.beta, self.beta_low)
            left, right = (r, rest, er), (s, beyond, es)
            beside_left = self._after, one, moving, p, pe, left, right, 1
            beside_right = interval, moving, one, q, qe, right, left, -1
            for end, one, moving, near, near_error, finite, infinite, sign in (beside_left, beside_right):
                which = np.flatnonzero(knots.homogeneous[end] == 0)
                x, x_low, ex, y, y_low, ey = (v[which] for v in (*finite, *infinite))
                one[0][which], one[1][which] = 1.0, 0.0
                moving[0][which], moving[1][which] = (x / y, 0.0) if low is None else ratio((x, x_low), (y, y_low))
                shift = INFLATE * ((ex + ey * (x / y)) / (y - ey) + 8 * unit * (x / y)) + FLOOR
                self.shift[which] = self.off[which] = np.where(y > ey, shift, np.inf)
                self.position[which] = near[which] + sign * (x / y)
                self.rounding[which] = INFLATE * (near_error[which] + 4 * UNIT * (np.abs(near[which]) + x / y)) + FLOOR

    def put(self, root: int, position: float) -> None:
        """Move t' of a zero to where it is exactly, of which the nearest float is given."""
        (p, pe), (q, qe) = (
            (float(self._knots.position[i]), float(self._knots.rounding[i]))
            for i in (self.interval[root], self._after[root])
        )
        inside = min(max(position, p), q)
        length = 1.0
        if np.isinf(p):
            alpha, beta = q - inside, 1.0
            at = q - alpha
        elif np.isinf(q):
            alpha, beta = 1.0, inside - p
            at = p + beta
        else:
            beta = (inside - p) / (q - p) if q > p else 0.0
            alpha, at = 1 - beta, p + beta * (q - p)
            length = q - p - pe - qe - 4 * UNIT * (abs(p) + abs(q))
        sizes = sum(abs(v) for v in (p, q, inside, position) if np.isfinite(v))
        self.alpha[root], self.beta[root], self.position[root] = alpha, beta, at
        self.alpha_low[root] = (1 - alpha) - beta if np.isfinite(p) and np.isfinite(q) else 0.0
        self.beta_low[root] = 0.0
        self.moved[root] = True
        self.rounding[root] = INFLATE * (max(pe, qe) + 4 * UNIT * sizes) + FLOOR
        apart = abs(position - at) if np.isfinite(at) else np.inf
        self.off[root] = INFLATE * (apart + 2 * float(self.rounding[root]))
        self.shift[root] = INFLATE * float(self.off[root]) / length if length > 0 else np.inf

    def values(self, which: Ints, z: Bounded) -> Bounded:
        """The functions ``z`` at some of the zeros; their errors include the rounding here."""
        at, after = self.interval[which], self._after[which]
        alpha, beta = self.alpha[which], self.beta[which]
        if z.low is None:
            center, low = alpha[:, None] * z.center[at], None
            center += beta[:, None] * z.center[after]
        else:
            first = alpha[:, None], self.alpha_low[which, None]
            second = beta[:, None], self.beta_low[which, None]
            left, right = ((z.center[ends], z.low[ends]) for ends in (at, after))
            center, low = combination(first, second, left, right)
        nothing = np.flatnonzero(center == 0)
        if len(nothing):  # 0 at both ends, or lost by cancelling or underflow
            root, function = np.divmod(nothing, center.shape[1])
            lost = (z.center[at[root], function] != 0) | (z.center[after[root], function] != 0)
            center[root[lost], function[lost]] = FLOOR  # the second float of a pair is 0 with the first
        error = INFLATE * (alpha * z.error[at] + beta * z.error[after]) + LEAST
        return Bounded(center, error, z.scale, z.norm, low)
