"""Arithmetic of arrays that know their errors, entry by entry.

Every array comes with a second one of the same shape that bounds its error, by the rules of
:mod:`verify.engines.rounding`; c = e = 0 means exactly zero.  Columns are points.  ``homogeneous`` is the homogeneous
coordinate of each point: 1, or 0 for a point at infinity, where biases do not count.  Results count as
rounded by at most 8 ``unit`` relative to their terms, differences by one; ``unit`` is u where floats computed them.
"""

import numpy as np

from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.slices.prepared import Floats, Ints, PreparedLayer


def combination(
    beta: Floats, shift: Floats, left: tuple[Floats, Floats], right: tuple[Floats, Floats], unit: float
) -> tuple[Floats, Floats]:
    """(1 − β)·left + β·right with its error, if β is off by ``shift`` at most."""
    alpha, (u, eu), (v, ev) = 1 - beta, left, right
    change = np.abs(v - u) + eu + ev
    value = alpha * u + beta * v
    bound = alpha * eu + beta * ev + shift * change + 8 * unit * (alpha * np.abs(u) + beta * np.abs(v))
    nothing = (u == 0) & (v == 0) & (eu == 0) & (ev == 0)
    return np.where(nothing, 0.0, value), np.where(nothing, 0.0, INFLATE * bound + FLOOR)


def division(r: Floats, er: Floats, s: Floats, es: Floats, unit: float = UNIT) -> tuple[Floats, Floats]:
    """(r / (r + s), error) for positive r ± er and s ± es: where a function with these sizes at two ends vanishes."""
    total = r + s  # its square might overflow
    error = INFLATE * ((er * (s / total) + es * (r / total)) / (total - er - es) + 8 * unit)
    return r / total, np.where((er + es < total) & (total < np.inf), error, np.inf)


def difference_values(
    layer: PreparedLayer,
    z: Floats,
    e: Floats,
    homogeneous: Floats,
    which: slice | Ints = slice(None),
    unit: float = UNIT,
) -> tuple[Floats, Floats]:
    """All differences of a layer, or some of them, from its preactivations, as arrays of their own."""
    table = layer.differences
    plus, minus, shift = table.plus[which], table.minus[which], table.shift[which]
    t, te = z[plus], e[plus]
    paired = minus >= 0
    if paired.any() or shift.any():
        other = np.where(paired[:, None], z[minus], shift[:, None] * homogeneous)
        other_error = np.where(paired[:, None], e[minus], 2 * unit * np.abs(other))
        exactly_zero = (t == 0) & (te == 0) & (other == 0) & (other_error == 0)
        te = np.where(exactly_zero, 0.0, INFLATE * (te + other_error + 2 * unit * (np.abs(t) + np.abs(other))))
        t = t - other
    return t, te


def affine(layer: PreparedLayer, h: Floats, e: Floats, homogeneous: Floats) -> tuple[Floats, Floats]:
    """W·h + b at every point, and a bound on the error."""
    z = layer.weight @ h + layer.bias[:, None] * homogeneous
    size = np.abs(h)
    bound = layer.size @ (e + layer.noise * size)
    bound += layer.noise * (np.abs(layer.bias) + layer.bias_error)[:, None] * homogeneous
    bound += layer.bias_error[:, None] * homogeneous
    if layer.weight_error is not None:
        bound += layer.weight_error @ size
    if (bound == 0).any():
        z[bound == 0] = 0.0
    return z, np.where(bound == 0, 0.0, INFLATE * bound + FLOOR)


def activate(
    layer: PreparedLayer, z: Floats, e: Floats, at: Ints, homogeneous: Floats, unit: float = UNIT
) -> tuple[Floats, Floats]:
    """The outputs of a layer from its preactivations, with the given piece of each unit in each column."""
    if layer.plain:
        return np.where(at > 0, z, 0.0), np.where(at > 0, e, 0.0)
    rows = np.take_along_axis(layer.output_row, at, axis=1)
    z, e = np.take_along_axis(z, rows, axis=0), np.take_along_axis(e, rows, axis=0)
    slope = np.take_along_axis(layer.slope, at, axis=1)
    intercept = np.take_along_axis(layer.intercept, at, axis=1) * homogeneous
    value = slope * z + intercept
    nothing = ((slope == 0) | ((z == 0) & (e == 0))) & (intercept == 0)
    rounding = 8 * unit * (np.abs(slope * z) + np.abs(intercept))
    error = INFLATE * (np.abs(slope) * e * (1 + 4 * UNIT) + rounding) + FLOOR
    return np.where(nothing, 0.0, value), np.where(nothing, 0.0, error)


def pieces_of(layer: PreparedLayer, side: Ints) -> Ints:
    """The piece of every unit on every interval from the signs of the differences there."""
    if layer.plain:
        return (side > 0).astype(np.int16)
    result = np.zeros((layer.layer.width, side.shape[1]), dtype=np.int16)
    scalar = layer.scalar[layer.differences.unit]
    np.add.at(result, layer.differences.unit[scalar], (side[scalar] > 0).astype(np.int16))
    for unit in np.flatnonzero(~layer.scalar):
        for piece, sides in enumerate(layer.sides(int(unit))):
            taken = np.ones(side.shape[1], dtype=bool)
            for difference, sign, strict in sides:
                taken &= sign * side[difference] > 0 if strict else sign * side[difference] >= 0
            result[unit, taken] = piece
    return result
