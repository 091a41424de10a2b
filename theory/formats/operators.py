"""Tensor operations of neural networks on affine forms, exactly.

Each function takes arrays of :class:`~theory.formats.tape.Form` and exact constants (object arrays of ``fmpq``) and
returns an array of forms; what bends goes through the tape.  The layouts are those of ONNX and PyTorch:
(batch, channels, space …) for values, (out channels, in channels / groups, kernel …) for convolution weights.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq

from theory.activations import RELU, Maxout, PiecewiseLinear, leaky_relu
from theory.errors import InvalidInputError
from theory.exact import from_fmpq, to_fmpq
from theory.formats.files import MAX_NUMBERS
from theory.formats.tape import Form, Forms, Tape, combine, constant, cost

__all__ = [
    "Constants",
    "RoundedWarning",
    "batch_norm",
    "check_size",
    "clip",
    "exact_array",
    "matmul",
    "maximum",
    "prelu",
    "scaled",
    "total",
]

Constants = np.ndarray[Any, Any]
"""An object array of ``fmpq``."""


class RoundedWarning(UserWarning):
    """A parameter is irrational and was taken at its nearest binary64."""


def check_size(shape: Sequence[int], per_entry: int = 1) -> int:
    """The number of entries of a shape, refused beyond the limit before anything of that size is made."""
    size = math.prod(shape)
    if min(shape, default=1) < 0 or size * per_entry > MAX_NUMBERS:
        raise InvalidInputError(f"a tensor of shape {tuple(shape)} exceeds {MAX_NUMBERS:,} numbers; use a smaller one")
    return size


def exact_array(values: Any, *, place: str) -> Constants:
    """Floating-point or integer numbers as an object array of ``fmpq``, each at its exact value.

    Raises
    ------
    InvalidInputError
        If an entry is not a finite number, naming its index.
    """
    array = np.asarray(values)
    result = np.empty(array.shape, dtype=object)
    check_size(array.shape)
    if array.dtype.kind in "iu":
        result.flat[:] = [fmpq(int(v)) for v in array.flat]
        return result
    if array.dtype.kind not in "fV" or array.dtype.itemsize > 8 or array.dtype.fields is not None:
        raise InvalidInputError(f"{place} has entries of type {array.dtype}, not floating-point numbers")
    numbers = array.astype(np.float64)
    bad = np.argwhere(~np.isfinite(numbers))
    if len(bad):
        index = ", ".join(str(i) for i in bad[0])
        raise InvalidInputError(f"{place}[{index}] is {numbers[tuple(bad[0])]}, not a finite number")
    result.flat[:] = [fmpq(*v.as_integer_ratio()) for v in numbers.ravel().tolist()]
    return result


def matmul(tape: Tape, left: Forms | Constants, right: Forms | Constants, *, forms_left: bool) -> Forms:
    """The matrix product of forms and constants (``forms_left``) or of constants and forms, as ``numpy.matmul``."""
    if left.ndim == 0 or right.ndim == 0:
        raise InvalidInputError("a matrix product needs arrays of at least one dimension")
    a = left[None, :] if left.ndim == 1 else left
    b = right[:, None] if right.ndim == 1 else right
    if a.shape[-1] != b.shape[-2]:
        raise InvalidInputError(f"shapes {left.shape} and {right.shape} do not fit for a matrix product")
    batch = _broadcast_shape(a.shape[:-2], b.shape[:-2])
    shape = (*batch, a.shape[-2], b.shape[-1])
    check_size(shape)
    a, b = np.broadcast_to(a, batch + a.shape[-2:]), np.broadcast_to(b, batch + b.shape[-2:])
    forms, other = (a, shape[-1]) if forms_left else (b, shape[-2])
    tape.spend(other * cost(forms.flat))
    result = np.empty(shape, dtype=object)
    for index in np.ndindex(*batch):
        columns = [b[index][:, j].tolist() for j in range(shape[-1])]
        for i in range(shape[-2]):
            row = a[index][i].tolist()
            for j, column in enumerate(columns):
                pairs = zip(column, row, strict=True) if forms_left else zip(row, column, strict=True)
                result[(*index, i, j)] = combine(pairs, fmpq(0))
    if left.ndim == 1:
        result = result[..., 0, :]
    return result[..., 0] if right.ndim == 1 else result


def _broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise InvalidInputError(f"shapes {' and '.join(map(str, shapes))} cannot be broadcast together") from None


def total(tape: Tape, parts: Sequence[Forms]) -> Forms:
    """The sum of arrays of forms, broadcast to one shape."""
    shape = _broadcast_shape(*(part.shape for part in parts))
    size = check_size(shape)
    tape.spend(sum(cost(part.flat) * (size // max(1, part.size)) for part in parts))
    result = parts[0]
    for part in parts[1:]:
        result = np.asarray(result + part, dtype=object)
    return result


def scaled(tape: Tape, values: Forms, factors: Constants) -> Forms:
    """Entrywise products of forms and constants, broadcast to one shape."""
    shape = _broadcast_shape(values.shape, factors.shape)
    size = check_size(shape)
    tape.spend(cost(values.flat) * (size // max(1, values.size)))
    pairs = zip(np.broadcast_to(values, shape).flat, np.broadcast_to(factors, shape).flat, strict=True)
    result = np.empty(shape, dtype=object)
    result.flat[:] = [form.scaled(factor) for form, factor in pairs]
    return result


def prelu(tape: Tape, values: Forms, slopes: Constants) -> Forms:
    """max(z, 0) + slope·min(z, 0) with a slope for each entry, broadcast to the shape of the values."""
    spread = np.broadcast_to(slopes, values.shape)
    result = np.empty(values.shape, dtype=object)
    for slope in {from_fmpq(v) for v in slopes.flat}:
        chosen = np.empty(values.shape, dtype=bool)
        chosen.flat[:] = [from_fmpq(v) == slope for v in spread.flat]
        result[chosen] = tape.apply(leaky_relu(slope), values[chosen])
    return result


def clip(tape: Tape, values: Forms, low: fmpq | None, high: fmpq | None) -> Forms:
    """min(max(z, low), high) as one unit for each entry; None is no bound; low ≥ high gives the constant high."""
    if low is None and high is None:
        return values
    if low is not None and high is not None and low >= high:
        result = np.empty(values.shape, dtype=object)
        result.flat[:] = [constant(high) for _ in range(values.size)]
        return result
    tape.spend(cost(values.flat))
    shift = fmpq(0)
    if low is not None and (low > 0 or high is None):
        shift = low
    elif high is not None and (high < 0 or low is None):
        shift = high
    points = [from_fmpq(bound - shift) for bound in (low, high) if bound is not None]
    slopes = ([0, 1] if low is not None else [1]) + ([0] if high is not None else [])
    shifted = np.asarray(values + constant(-shift), dtype=object)
    bent = tape.apply(PiecewiseLinear(points, slopes), shifted)
    return np.asarray(bent + constant(shift), dtype=object)


def maximum(tape: Tape, forms: Sequence[Form]) -> Form:
    """The largest of several forms: one maxout unit, or c + relu(f − c) for one form against a constant.

    Repeated forms and all but the largest constant are dropped; a maximum of one form is that form.
    """
    distinct: list[Form] = []
    for form in forms:
        if not form.is_constant and not any(form == other for other in distinct):
            distinct.append(form)
    fixed = [form.offset for form in forms if form.is_constant]
    if not distinct:
        return constant(max(fixed))
    tape.spend(cost(distinct))
    if not fixed:
        return distinct[0] if len(distinct) == 1 else tape.unit(Maxout(len(distinct)), distinct)
    floor = constant(max(fixed))
    if len(distinct) == 1:
        return tape.unit(RELU, [distinct[0] + constant(-floor.offset)]) + floor
    return tape.unit(Maxout(len(distinct) + 1), [*distinct, floor])


def batch_norm(
    tape: Tape,
    values: Forms,
    scale: Constants,
    shift: Constants,
    mean: Constants,
    variance: Constants,
    epsilon: fmpq,
) -> Forms:
    """scale·(x − mean)/√(variance + ε) + shift for each channel, folded into an affine map.

    The fold is exact where the root is rational.  Where it is not, 1/√(variance + ε) is taken at its nearest
    binary64, found by integer arithmetic, and a :class:`RoundedWarning` says so: the network with the irrational
    factor has no rational weights at all.
    """
    if values.ndim < 2:
        raise InvalidInputError(f"batch normalization needs values (batch, channels ...), not of shape {values.shape}")
    channels = values.shape[1]
    for name, array in (("scale", scale), ("shift", shift), ("mean", mean), ("variance", variance)):
        if array.shape != (channels,):
            raise InvalidInputError(f"the {name} has shape {array.shape} but there are {channels} channels")
    result = np.empty(values.shape, dtype=object)
    tape.spend(cost(values.flat))
    rounded = 0
    for c in range(channels):
        root, is_exact = _inverse_root(from_fmpq(variance[c] + epsilon))
        rounded += not is_exact
        factor = scale[c] * to_fmpq(root)
        offset = shift[c] - factor * mean[c]
        for index in np.ndindex(values.shape[0], *values.shape[2:]):
            at = (index[0], c, *index[1:])
            result[at] = values[at].scaled(factor) + constant(offset)
    if rounded:
        warnings.warn(
            f"batch normalization: 1/sqrt(variance + epsilon) is irrational in {rounded} of {channels} channels and is "
            "taken at its nearest binary64",
            RoundedWarning,
            stacklevel=2,
        )
    return result


def _inverse_root(value: Fraction) -> tuple[Fraction, bool]:
    """(1/√value, True) if that is rational, else (its nearest binary64, False).

    >>> _inverse_root(Fraction(4, 9)), _inverse_root(Fraction(2)) == (Fraction(0.5**0.5), False)
    ((Fraction(3, 2), True), True)
    """
    if value <= 0:
        raise InvalidInputError(f"batch normalization: variance + epsilon is {float(value)}; it must be positive")
    p, q = value.denominator, value.numerator  # 1/value = p/q
    if math.isqrt(p) ** 2 == p and math.isqrt(q) ** 2 == q:
        return Fraction(math.isqrt(p), math.isqrt(q)), True
    bits = max(0, 70 - (p.bit_length() - q.bit_length()) // 2)
    floor = math.isqrt((p << 2 * bits) // q)  # at least 64 bits: no rounding boundary lies strictly between two of them
    return Fraction(float(Fraction(2 * floor + 1, 2 << bits))), False
