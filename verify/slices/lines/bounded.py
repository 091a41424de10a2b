"""Values at the knots of a line with one error for each knot, and the zeros between that become the next knots.

Planes and distances bound the error of every entry (:mod:`verify.slices.arrays`), which doubles every product of
matrices.  Along a line there is one point t' between two zeros at a time, and one number bounds all errors there.

A knot is a zero t* that is not known exactly.  Next to it is a point t' that is, in principle: t' = p' + β·(q' − p')
with the float β that was computed, p' and q' such points themselves.  Everything is affine between neighboring zeros,
so the affine functions on the two sides of t* can be continued to t', and their values there are α·(value at p') +
β·(value at q'), without an error from the uncertainty of the zero.  That would grow from layer to layer; instead the
distance |t* − t'| is kept beside each knot, and only asked for when a sign at t* is to be proved.

Row k of ``center`` holds all functions at t' of knot k; the values of both continuations of function i are off by at
most scale[i]·error[k].  The scales belong to the layer, so each bound follows by arithmetic with a few numbers:

* Let r_i ≥ ‖(W_i, b_i)‖, let ĥ, which is off by at most δ = ‖scale‖·error in the norm, be what a layer reads at a knot,
  and η = ‖(ĥ, 1)‖ (0 instead of 1 at infinity).  By the rule for sums of products of :mod:`verify.engines.rounding`
  the computed preactivation i is off by at most Σ|w_ij|·|ĥ_j − h_j| + ν·(Σ|w_ij||ĥ_j| + |b_i|), which is at most
  r_i·(δ + ν·η) by Cauchy and Schwarz.  Here ν = 2·(n + 5)·u, or less for sums of short sums, plus the
  share of the row that had to be set to 0.
* So |preactivation i| ≤ r_i·(η + δ + error), and 32u·(η + δ + error) covers what rounding it a few times more can do:
  combining it with another one for a new knot (8u, and again for the difference that should be 0 there), a slope (8u).
* The slope of preactivation i on an interval of length l is at most r_i·‖h_right − h_left‖/l; times |t* − t'| that
  bounds its change between t' and t*.
* A unit of slope s and intercept c is off by |s| times the error before it and the rounding of its intercept.  One
  that switches at t*, where its difference is zero, has two continuations, which differ at t' by the change of slope
  times the difference there.  At the knot made for this zero the difference is as small as its error.  Where several
  zeros coincide, or one falls on an older knot, it may also be as large as its change between t' and t*, which is then
  added for all units.  (Of a ReLU unit that switches, one continuation is 0, and its preactivation the other.)

The norms are about twice as large as the sums, for each layer.  Where that leaves a doubt, :func:`preactivations`
forms the sums themselves at the knots in doubt; where they leave one, integers decide.

Where this leaves many signs open, as behind ten layers, all of it is done once more with centers that are pairs of
floats (:mod:`verify.slices.double_double`): ``low`` holds the second one of each.  Then the sums of products are
always formed, ν is the bound derived there, and :data:`PAIR_UNIT` stands for u.

A center that is 0.0 is exactly zero, on both sides: other values that floats take for 0 are replaced by :data:`FLOOR`,
within their error, at least :data:`LEAST` times a scale of at least 2⁻²⁰⁰ (or of 0, if the function is 0).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.slices import double_double
from verify.slices.arrays import activate, division
from verify.slices.double_double import PAIR_UNIT, combination, parts, ratio
from verify.slices.prepared import SMALLEST, Bools, Floats, Ints, PreparedLayer

Array = TypeVar("Array", bound=npt.NDArray[Any])

LEAST = 4 * FLOOR / SMALLEST
"""What every error is raised by: at least four times :data:`FLOOR` after it has been scaled."""

_FEW = 4
"""So few knots are worth a product in blocks."""


@dataclass
class Bounded:
    """Functions at knots, see above.

    Shapes: ``center`` knots × functions, ``error`` knots, ``scale`` functions; ``norm`` is at least ‖scale‖; ``low`` as
    ``center``, or None where centers are single floats.
    """

    center: Floats
    error: Floats
    scale: Floats
    norm: float
    low: Floats | None = None

    @property
    def unit(self) -> float:
        """What bounds the relative rounding of one operation."""
        return UNIT if self.low is None else PAIR_UNIT

    def entry_errors(self, knots: Ints | slice = slice(None)) -> Floats:
        """A bound on the error of each entry, 0 for an exact zero."""
        return np.where(self.center[knots] == 0, 0.0, INFLATE * np.outer(self.error[knots], self.scale))

    def change(self, homogeneous: Floats) -> Floats:
        """For each interval at least ‖h_right − h_left‖, or the norm of the end that is at infinity."""
        step = self.center[1:] - self.center[:-1]
        if self.low is not None:
            step += self.low[1:] - self.low[:-1]
        for end in (0, -1):
            if not homogeneous[end]:
                step[end] = self.center[end]
        off = self.norm * self.error
        result: Floats = INFLATE * (np.sqrt(np.einsum("ki,ki->k", step, step)) + off[1:] + off[:-1]) + LEAST
        return result


def preactivations(
    layer: PreparedLayer, h: Bounded, homogeneous: Floats, away: Floats
) -> tuple[Bounded, Floats, Ints, Floats]:
    """W·h + b at every knot, a bound on later rounding, the knots whose signs are in doubt, and each error there.

    For a layer of ReLU units the sums of products are formed where the norms, and ``away``, the change from t' to t* in
    the same measure, do not prove a sign; for others everywhere, as their zeros are not those of preactivations.
    """
    noise, low = layer.noise, None
    if h.low is not None:
        noise = double_double.noise(layer.terms)
        z, low = double_double.affine(layer, (h.center, h.low), homogeneous)
    elif len(h.center) < _FEW and not layer.is_sparse:  # the first layer, whose errors all others inherit
        blocks, noise = layer.blocks
        padded = np.zeros((len(h.center), blocks.shape[0] * blocks.shape[1]))
        padded[:, : layer.layer.inputs] = h.center
        z = (padded.reshape(len(padded), *blocks.shape[:2]).swapaxes(0, 1) @ blocks).sum(axis=0)
    else:
        z = h.center @ layer.weight.T
    if low is None:
        z += layer.bias if homogeneous.all() else np.outer(homogeneous, layer.bias)
    norm = np.sqrt(np.einsum("ki,ki->k", h.center, h.center) + homogeneous)
    off = h.norm * h.error
    error = INFLATE * (off + (noise + layer.lost) * norm) + LEAST
    rounding = 32 * h.unit * (norm + off + error)
    doubtful, sums = np.arange(len(z)), np.zeros((0, 0))
    if layer.plain and low is None:
        limit = INFLATE * (error + away)
        doubtful = np.flatnonzero((signs(z, (limit * layer.largest)[:, None]) == 0).any(axis=1))
        if len(doubtful):
            fine = signs(z[doubtful], np.outer(limit[doubtful], layer.scale))
            doubtful = doubtful[(fine == 0).any(axis=1)]
    if len(doubtful):
        sums = _sums(layer, h, doubtful, homogeneous)
        if low is not None:  # the sums of |w|·error; the rounding by the bound on norms
            sums += np.where(sums == 0, 0.0, INFLATE * np.outer(noise * norm, layer.scale))
        values = np.where(sums == 0, 0.0, z[doubtful])
        z[doubtful] = values if layer.plain else np.where((values == 0) & (sums > 0), FLOOR, values)
        rows = layer.scale != 0
        least = INFLATE * (sums[:, rows] / layer.scale[rows]).max(axis=1, initial=LEAST)
        error[doubtful] = np.minimum(error[doubtful], least)
    return Bounded(z, error, layer.scale, layer.norms[0], low), rounding, doubtful, sums


def signs(values: Floats, limit: Floats | float = 0.0) -> npt.NDArray[np.int8]:
    """1 and −1 for values beyond a limit, 0 for the others."""
    return (values > limit).view(np.int8) - (values < -limit).view(np.int8)


def _sums(layer: PreparedLayer, h: Bounded, knots: Ints, homogeneous: Floats) -> Floats:
    """Bounds on the errors of preactivations from the entries before them; 0 for what is exactly 0."""
    size, weight = np.abs(h.center[knots]), homogeneous[knots, None]
    noise = layer.noise if h.low is None else SMALLEST  # then what is left out here is added by the caller
    bound = (h.entry_errors(knots) + noise * size) @ layer.size.T
    bound += (noise * (np.abs(layer.bias) + layer.bias_error) + layer.bias_error) * weight
    if layer.weight_error is not None:
        bound += size @ layer.weight_error.T
    return np.where(bound == 0, 0.0, INFLATE * bound + 2 * FLOOR)


def outputs(layer: PreparedLayer, z: Bounded, pieces: Ints, homogeneous: Floats) -> Bounded:
    """The outputs of a layer of units of any kind; ``pieces`` has the piece of each unit (rows) on each interval."""
    beside = np.concatenate([pieces, pieces[:, -1:]], axis=1)  # continuous: either side will do
    moves = np.where(z.center == 0, 0.0, 1.0)
    value, error = (part.T for part in activate(layer, z.center.T, moves.T, beside, homogeneous))
    low = None
    if z.low is not None:
        value, low = double_double.activate(layer, (z.center, z.low), beside.T, homogeneous)
        value[error == 0], low[error == 0] = 0.0, 0.0
    value = np.where((value == 0) & (error != 0), FLOOR, value)
    bound = INFLATE * (z.error + 16 * z.unit * homogeneous) + LEAST
    return Bounded(value, bound, layer.output_scale, layer.norms[1], low)


def merged(old_rows: Array, new_rows: Array, old: Ints, new: Ints) -> Array:
    """Rows (or entries) of two arrays put at the given places."""
    result: Array = np.empty_like(old_rows, shape=(len(old) + len(new), *old_rows.shape[1:]))
    result[old] = old_rows
    result[new] = new_rows
    return result


class Knots(NamedTuple):
    """Where the knots of a line are: points t' with zeros t* beside them."""

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
    at most scale[i]·error[k].  ``interval`` and ``difference``, given as ``where``, say where a difference has opposite
    signs at the ends of an interval, ordered by interval, then by difference.

    ``position``, ``rounding`` and ``off`` are as for knots; ``alpha`` and ``beta`` are the coefficients of t', that of
    one end 1 if the other is at infinity; ``shift`` is ``off`` in units of the interval; ``moved`` says whether t' was
    moved away from what the values at the ends say (:meth:`put`).
    """

    def __init__(
        self, knots: Knots, t: Floats, low: Floats | None, scale: Floats, error: Floats, where: tuple[Ints, ...]
    ) -> None:
        self._knots, (interval, difference) = knots, where
        self.interval, self.difference, self._after = interval, difference, interval + 1
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
