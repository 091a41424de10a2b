"""Tensor operations of neural networks on affine forms, exactly.

Sums, multiples and rearrangements are NumPy's own on arrays of forms (see :mod:`theory.formats.tape`); here is what
NumPy does not have.  Layouts are those of ONNX and PyTorch: (batch, channels, space …) for values, (out channels, in
channels / groups, kernel …) for the weights of a convolution, any number of space dimensions.
"""

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import fmpq, fmpq_mat

from theory.activations import RELU, Maxout, PiecewiseLinear, leaky_relu
from theory.errors import InvalidInputError, RoundedWarning
from theory.exact import from_fmpq, to_fmpq
from theory.float_matrix import FloatMatrix
from theory.formats.files import MAX_NUMBERS
from theory.formats.tape import Entry, Form, Row, Tape, Tensor, as_form, combination, cost, entrywise, exact_entries

Lengths: TypeAlias = Sequence[int]
"""A number for each axis."""


def check_size(shape: Lengths, most: int = MAX_NUMBERS) -> int:
    """The number of entries of a shape, refused beyond the limit before anything of that size is made."""
    size = math.prod(shape)
    if min(shape, default=1) < 0 or size > most:
        raise InvalidInputError(f"a tensor of shape {tuple(shape)} exceeds {most:,} numbers; use a smaller one")
    return size


def exact_array(values: Any, *, place: str) -> Tensor:
    """Stored numbers at their exact value, a tensor as it is; InvalidInputError names an entry that is not finite."""
    array = np.asarray(values)
    if array.dtype == object:
        return array
    check_size(array.shape)
    if array.dtype.kind in "iu":
        return entrywise(fmpq, array)
    if array.dtype.kind not in "fV" or array.dtype.itemsize > 8 or array.dtype.fields is not None:
        raise InvalidInputError(f"{place} has entries of type {array.dtype}, not floating-point numbers")
    numbers = array.astype(np.float64)
    bad = np.argwhere(~np.isfinite(numbers))
    if len(bad):
        index = ", ".join(str(i) for i in bad[0])
        raise InvalidInputError(f"{place}[{index}] is {numbers[tuple(bad[0])]}, not a finite number")
    return entrywise(lambda v: fmpq(*v.as_integer_ratio()), numbers)


def product(tape: Tape, left: Tensor, right: Tensor) -> Tensor:
    """The matrix product, as ``numpy.matmul``, of two arrays of which one is constant."""
    if left.ndim == 0 or right.ndim == 0:
        raise InvalidInputError("a matrix product needs arrays of at least one dimension")
    if left.shape[-1] != right.shape[-2:][0]:
        raise InvalidInputError(f"shapes {left.shape} and {right.shape} do not fit for a matrix product")
    if right.ndim == 1:
        return np.asarray(product(tape, left, right[:, None])[..., 0])
    if left.ndim == 1:
        return np.asarray(product(tape, left[None, :], right)[..., 0, :])
    if right.dtype.kind == "f" and right.ndim == 2 and left.dtype == object:
        return _rows(tape, left, right)
    a, b = (exact_array(side, place="a factor") for side in (left, right))
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    products = check_size((*batch, a.shape[-2], b.shape[-1])) * a.shape[-1]
    tape.reserve(sum(cost(side) * (products // max(1, side.size)) for side in (a, b)))
    vary = [any(isinstance(entry, Form) for entry in side.flat) for side in (a, b)]
    if all(vary):
        raise InvalidInputError("multiplies two values that depend on the input, which is not piecewise linear")

    def entry(line: Tensor, column: Tensor) -> Entry:
        return combination(zip(*((line, column) if vary[1] else (column, line)), strict=True))

    times = np.vectorize(entry, otypes=[object], signature="(n),(n)->()")
    return np.asarray(times(a[..., :, None, :], b.swapaxes(-1, -2)[..., None, :, :]))


def _rows(tape: Tape, values: Tensor, weights: Tensor) -> Tensor:
    """values·weights for floats, inputs × outputs: rows of these as they are if the values are variables and zeros."""
    rows = np.ascontiguousarray(weights.T)
    matrix = FloatMatrix(rows)
    lines = values.reshape(-1, len(weights))
    check_size((len(lines), len(rows)))
    result = np.empty((len(lines), len(rows)), dtype=object)
    for i, line in enumerate(lines.tolist()):
        read = [next(iter(entry.terms)) if _is_variable(entry) else -1 for entry in line]
        used = [v for v in read if v >= 0]
        others = (entry for v, entry in zip(read, line, strict=True) if v < 0)
        if len(set(used)) < len(used) or any(isinstance(entry, Form) or entry for entry in others):
            result[i] = _combined(tape, line, matrix)
            continue
        tape.reserve(len(line) + 4 * len(rows))
        variables = np.array(read)
        inside = variables >= 0
        all_read = variables[inside]
        for j, row in enumerate(rows if inside.all() else rows[:, inside]):
            nonzero = row != 0
            kept = (all_read, row) if nonzero.all() else (all_read[nonzero], row[nonzero])  # shared if whole
            result[i, j] = Row(tape, *kept) if nonzero.any() else fmpq(0)
    return result.reshape(*values.shape[:-1], len(rows))


def _combined(tape: Tape, line: Sequence[Entry], matrix: FloatMatrix) -> Tensor:
    """The product of a matrix and a vector of forms, as one product with the matrix of their coefficients."""
    forms = [as_form(entry) for entry in line]
    terms = [form.terms for form in forms]
    variables = list(dict.fromkeys(variable for own in terms for variable in own))
    tape.reserve((len(line) + matrix.shape[0]) * (len(variables) + 1))
    zero = fmpq(0)
    table = [[*(own.get(v, zero) for v in variables), form.offset] for own, form in zip(terms, forms, strict=True)]
    result = np.empty(matrix.shape[0], dtype=object)
    for i, (*factors, offset) in enumerate(matrix.times(fmpq_mat(table)).tolist()):
        kept = {v: a for v, a in zip(variables, factors, strict=True) if a}
        result[i] = Form(kept, offset) if kept else offset
    return result


def _is_variable(entry: Entry) -> bool:
    return type(entry) is Form and len(entry.terms) == 1 and not entry.offset and 1 in entry.terms.values()


def dense(tape: Tape, values: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """values·weight + bias, the weights as inputs × outputs."""
    result = product(tape, values, weight)
    return result if bias is None else exact_entries(result + bias)


def prelu(tape: Tape, values: Tensor, slopes: Tensor) -> Tensor:
    """max(z, 0) + slope·min(z, 0) with a slope for each entry, broadcast to the shape of the values."""
    spread = np.broadcast_to(slopes, values.shape)
    result = np.empty(values.shape, dtype=object)
    for slope in {from_fmpq(v) for v in slopes.flat}:
        chosen = np.asarray(spread == to_fmpq(slope), dtype=bool)
        result[chosen] = tape.apply(leaky_relu(slope), values[chosen])
    return result


def clip(tape: Tape, values: Tensor, low: fmpq | None, high: fmpq | None) -> Tensor:
    """min(max(z, low), high) as one unit for each entry; None is no bound; low ≥ high gives the constant high."""
    if low is None and high is None:
        return values
    if low is not None and high is not None and low >= high:
        return np.full(values.shape, high, dtype=object)
    bounds = [bound for bound in (low, high) if bound is not None]
    shift = min(max(fmpq(0), bounds[0]), bounds[-1]) if len(bounds) == 2 else bounds[0]  # where 0 is clipped to
    points = [from_fmpq(bound - shift) for bound in bounds]
    slopes = ([0, 1] if low is not None else [1]) + ([0] if high is not None else [])
    return exact_entries(tape.apply(PiecewiseLinear(points, slopes), exact_entries(values - shift)) + shift)


def maximum(tape: Tape, entries: Sequence[Entry]) -> Entry:
    """The largest entry: one maxout unit of different forms and the largest constant, c + relu(f − c) for one form."""
    forms = [entry for entry in entries if isinstance(entry, Form)]
    distinct = {(form.offset, frozenset(form.terms.items())): form for form in forms}.values()
    floor = max((entry for entry in entries if not isinstance(entry, Form)), default=None)
    if len(distinct) == 1 and floor is not None:
        (form,) = distinct
        return tape.unit(RELU, [form - floor]) + floor
    candidates: list[Entry] = [*distinct, *([] if floor is None else [floor])]
    return candidates[0] if len(candidates) == 1 else tape.unit(Maxout(len(candidates)), candidates)


def minimum(tape: Tape, entries: Sequence[Entry]) -> Entry:
    """The smallest of several entries."""
    return -maximum(tape, [-entry for entry in entries])


def total(entries: Sequence[Entry]) -> Entry:
    """The sum."""
    return combination((fmpq(1), entry) for entry in entries)


def mean(entries: Sequence[Entry]) -> Entry:
    """The arithmetic mean."""
    return combination((fmpq(1, len(entries)), entry) for entry in entries)


def along_last_axis(values: Tensor, fold: Callable[[list[Any]], Entry]) -> Tensor:
    """``fold`` of the entries along the last axis, one line after the other in C order."""
    lines = np.vectorize(lambda line: fold(line.tolist()), otypes=[object], signature="(n)->()")
    return np.asarray(lines(values), dtype=object)


def folded(values: Tensor, axes: Sequence[int], fold: Callable[[list[Any]], Entry], *, keep: bool) -> Tensor:
    """The values folded along some axes by ``fold``; with ``keep`` these stay as axes of length 1."""
    gone = sorted({axis % values.ndim for axis in axes})
    kept = [axis for axis in range(values.ndim) if axis not in gone]
    lines = values.transpose(kept + gone).reshape(*(values.shape[axis] for axis in kept), -1)
    result = along_last_axis(lines, fold)
    return np.expand_dims(result, tuple(gone)) if keep else result


def batch_norm(
    values: Tensor, scale: Tensor | None, shift: Tensor | None, mean: Tensor, variance: Tensor, epsilon: fmpq
) -> Tensor:
    """scale·(x − mean)/√(variance + ε) + shift for each channel, folded into an affine map.

    Without a scale it is 1, without a shift 0.  The fold is exact where the root is rational.  Where it is not,
    1/√(variance + ε) is taken at its nearest binary64, found by integer arithmetic, and a :class:`RoundedWarning` says
    so: the network with the irrational factor has no rational weights at all.
    """
    if values.ndim < 2:
        raise InvalidInputError(f"batch normalization needs values (batch, channels ...), not of shape {values.shape}")
    channels = values.shape[1]
    scale = np.full(mean.shape, fmpq(1), dtype=object) if scale is None else scale
    shift = mean * 0 if shift is None else shift
    for name, array in (("scale", scale), ("shift", shift), ("mean", mean), ("variance", variance)):
        if array.shape != (channels,):
            raise InvalidInputError(f"the {name} has shape {array.shape} but there are {channels} channels")
    roots = [_inverse_root(from_fmpq(v + epsilon)) for v in variance]
    rounded = sum(not is_exact for _, is_exact in roots)
    if rounded:
        problem = f"1/sqrt(variance + epsilon) is irrational in {rounded} of {channels} channels and is taken"
        warnings.warn(f"batch normalization: {problem} at its nearest binary64", RoundedWarning, stacklevel=2)
    factor = scale * np.array([to_fmpq(root) for root, _ in roots], dtype=object)
    spread = (channels, *[1] * (values.ndim - 2))
    return exact_entries(values * factor.reshape(spread) + (shift - factor * mean).reshape(spread))


def _inverse_root(value: Fraction) -> tuple[Fraction, bool]:
    """(1/√value, True) if that is rational, else (its nearest binary64, False)."""
    if value <= 0:
        raise InvalidInputError(f"batch normalization: variance + epsilon is {float(value)}; it must be positive")
    p, q = value.denominator, value.numerator  # 1/value = p/q
    if math.isqrt(p) ** 2 == p and math.isqrt(q) ** 2 == q:
        return Fraction(math.isqrt(p), math.isqrt(q)), True
    bits = max(0, 70 - (p.bit_length() - q.bit_length()) // 2)
    floor = math.isqrt((p << 2 * bits) // q)  # at least 64 bits: no rounding boundary lies strictly between two of them
    return Fraction(float(Fraction(2 * floor + 1, 2 << bits))), False


def for_each_axis(value: int | Sequence[int], axes: int) -> tuple[int, ...]:
    """One number for each axis of space, where a model may name one for all."""
    return tuple(value) if isinstance(value, list | tuple) else (value,) * axes  # type: ignore[return-value]


def same_padding(space: Lengths, kernel: Lengths, strides: Lengths, dilations: Lengths) -> list[tuple[int, int]]:
    """The least padding with which there are ⌈n/stride⌉ windows along each axis, an odd entry after.

    >>> same_padding((5, 5), (2, 3), (1, 2), (1, 1))
    [(0, 1), (1, 1)]
    """
    totals = (
        max(0, (-(-n // stride) - 1) * stride + dilation * (k - 1) + 1 - n)
        for n, k, stride, dilation in zip(space, kernel, strides, dilations, strict=True)
    )
    return [(total // 2, total - total // 2) for total in totals]


@dataclass(frozen=True)
class Windows:
    """How a window moves: sizes, steps and padding (before, after) for each dimension of space."""

    kernel: Lengths
    strides: Lengths
    pads: Sequence[tuple[int, int]]
    dilations: Lengths
    ceil_mode: bool = False

    def over(self, tape: Tape, values: Tensor, padding: fmpq | None) -> Tensor:
        """The entries under each window: an array (batch, channels, positions …, entries of one window).

        The padding holds ``padding``.  Beyond it, where a window may reach in ``ceil_mode``, the entries are None.
        """
        space = values.shape[2:]
        if not space:
            raise InvalidInputError(f"windows need values (batch, channels, space ...), not of shape {values.shape}")
        if not len(space) == len(self.kernel) == len(self.strides) == len(self.pads) == len(self.dilations):
            raise InvalidInputError(f"a kernel of {len(self.kernel)} dimensions does not fit values of {len(space)}")
        if min((*self.kernel, *self.strides, *self.dilations)) < 1 or any(min(pair) < 0 for pair in self.pads):
            raise InvalidInputError("kernel, stride and dilation must be at least 1 and padding at least 0")
        given = space, self.kernel, self.strides, self.pads, self.dilations
        n, kernel, strides, pads, dilations = (np.array(each, dtype=object) for each in given)  # integers of any size
        lengths, spans = n + pads.sum(axis=1), dilations * (kernel - 1) + 1
        counts = (lengths - spans + (strides - 1 if self.ceil_mode else 0)) // strides + 1
        if self.ceil_mode:  # a window must start inside the input or the padding before it
            counts = counts - ((counts - 1) * strides >= n + pads[:, 0])
        if (lengths < spans).any() or (counts < 1).any():
            raise InvalidInputError(f"a kernel of shape {tuple(kernel)} does not fit into values of {tuple(space)}")
        extra = [(0, max(0, more)) for more in (counts - 1) * strides + spans - lengths]
        check_size((*values.shape[:2], *lengths + [more for _, more in extra]))
        tape.reserve(check_size((*values.shape[:2], *counts)) * math.prod(self.kernel))
        around = [(0, 0), (0, 0)]
        padded = np.pad(values, around + list(self.pads), constant_values=np.asarray(padding, dtype=object))
        padded = np.pad(padded, around + extra, constant_values=np.asarray(None, dtype=object))
        axes = tuple(range(2, values.ndim))
        view = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=axes)
        view = view[:, :, *(slice(None, None, step) for step in (*self.strides, *self.dilations))]
        view = view[tuple(slice(n) for n in (*values.shape[:2], *counts))]
        return view.reshape(*view.shape[: values.ndim], -1)


def conv(tape: Tape, values: Tensor, weight: Tensor, bias: Tensor | None, windows: Windows, *, groups: int) -> Tensor:
    """Cross-correlation with zero padding, any number of space dimensions, as rows of a dense layer."""
    if values.ndim < 3 or weight.ndim != values.ndim:
        raise InvalidInputError(f"a convolution of values {values.shape} by weights {weight.shape} is not defined")
    channels, (out, per_group) = values.shape[1], weight.shape[:2]
    if groups < 1 or channels != per_group * groups or out % groups:
        given = f"{groups} groups of {per_group} input channels"
        raise InvalidInputError(f"{given} do not fit {channels} channels and {out} outputs")
    if bias is not None and bias.shape != (out,):
        raise InvalidInputError(f"the bias has shape {bias.shape} but there are {out} output channels")
    entries = np.moveaxis(windows.over(tape, values, fmpq(0)), 1, -2)  # (batch, positions …, channels, entries)
    parts = [
        product(tape, read.reshape(*read.shape[:-2], -1), rows.reshape(len(rows), -1).T)
        for read, rows in zip(np.split(entries, groups, axis=-2), np.split(weight, groups), strict=True)
    ]
    result = np.concatenate(parts, axis=-1)
    return exact_entries(np.moveaxis(result if bias is None else result + bias, -1, 1))


def conv_transpose(
    tape: Tape, values: Tensor, weight: Tensor, bias: Tensor | None, windows: Windows, *, groups: int, extra: Lengths
) -> Tensor:
    """The transpose of a convolution: one of the values set apart by the strides, with the kernel turned around.

    Weights are (in channels, out channels / groups, kernel …); ``extra`` entries more at the end of each axis of space.
    """
    channels, space = values.shape[1], values.shape[2:]
    if groups < 1 or weight.ndim != values.ndim or weight.shape[0] != channels or channels % groups:
        raise InvalidInputError(f"weights {weight.shape} in {groups} groups do not fit values {values.shape}")
    lengths = [(n - 1) * stride + 1 for n, stride in zip(space, windows.strides, strict=True)]
    reach = [dilation * (k - 1) for k, dilation in zip(windows.kernel, windows.dilations, strict=True)]
    around = [(r - low, r - high + more) for r, (low, high), more in zip(reach, windows.pads, extra, strict=True)]
    cut = [(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(lengths, around, strict=True)]
    if min((*windows.strides, *windows.dilations)) < 1 or any(start > stop for start, stop in cut):
        raise InvalidInputError("strides and dilations must be at least 1 and padding smaller than the values")
    check_size((*values.shape[:2], *lengths))
    apart = np.full((*values.shape[:2], *lengths), fmpq(0), dtype=object)
    apart[:, :, *(slice(None, None, stride) for stride in windows.strides)] = values
    apart = apart[:, :, *(slice(*ends) for ends in cut)]
    turned = np.flip(weight, axis=tuple(range(2, weight.ndim)))
    turned = np.concatenate([np.swapaxes(part, 0, 1) for part in np.split(turned, groups)])
    pads = [(max(low, 0), max(high, 0)) for low, high in around]
    flat = Windows(windows.kernel, [1] * len(space), pads, windows.dilations)
    return conv(tape, apart, turned, bias, flat, groups=groups)


def max_pool(tape: Tape, values: Tensor, windows: Windows) -> Tensor:
    """The largest entry of each window, one maxout unit each; padding never wins."""
    entries = np.moveaxis(windows.over(tape, values, None), (0, 1), (-3, -2))  # units are written position by position
    largest = along_last_axis(entries, lambda window: maximum(tape, _inside(window)))
    return np.moveaxis(largest, (-2, -1), (0, 1))


def average_pool(tape: Tape, values: Tensor, windows: Windows, *, count_padding: bool = False) -> Tensor:
    """The mean of each window, over the entries inside the input or over the padded window."""
    entries = windows.over(tape, values, fmpq(0) if count_padding else None)
    tape.reserve(cost(entries))
    return along_last_axis(entries, lambda window: mean(_inside(window)))


def _inside(entries: list[Entry | None]) -> list[Entry]:
    inside = [entry for entry in entries if entry is not None]
    if not inside:
        raise InvalidInputError("a pooling window lies wholly in the padding; use less padding")
    return inside
