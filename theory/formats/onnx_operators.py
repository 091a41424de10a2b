"""ONNX operators that write units on the tape, and those that onnx's implementation does not compute exactly."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from flint import fmpq

from theory.activations import ABS, IDENTITY, RELU, PiecewiseLinear, leaky_relu
from theory.errors import InvalidInputError
from theory.exact import from_fmpq, to_fmpq
from theory.formats import operators
from theory.formats.onnx_node import Node, Value
from theory.formats.operators import along_last_axis, check_size, exact_array, folded, maximum, mean, minimum, total
from theory.formats.tape import Entry, Form, Step, Tape, Tensor, as_form, cost, entrywise, exact_entries

__all__ = ["OPERATORS", "Operator"]

_FLOATS = {1: (24, -149), 10: (11, -24), 11: (53, -1074), 16: (8, -133)}
"""TensorProto.FLOAT, FLOAT16, DOUBLE, BFLOAT16: bits of the significand, exponent of the smallest positive number."""

_CASTS = frozenset({*_FLOATS, 2, 3, 4, 5, 6, 7, 9, 12, 13})
"""These, the integers and BOOL."""

Operator = Callable[[Node], Value]
"""The first output of a node."""

Fold = Callable[[Sequence[Entry]], Entry]
"""One entry from several."""


def _cast(node: Node) -> Value:
    """Constants rounded to the target type; values that depend on the input stay the real numbers that they are."""
    from onnx import helper

    target, values = node.attribute("to"), node.value(0)
    node.attribute("saturate"), node.attribute("round_mode")  # of numbers of 8 bits, which are not read
    if target not in _CASTS:
        raise InvalidInputError("casts to a type that is neither a float, an integer nor a truth value; leave it out")
    if not node.is_constant:  # the values 0 and 1 of steps are the same in every type
        if target not in _FLOATS and any(isinstance(entry, Form) for entry in values.flat):
            raise InvalidInputError("rounds values that depend on the input, which is discontinuous; export without it")
        return values
    dtype = helper.tensor_dtype_to_np_dtype(target)
    if values.dtype == object and target in _FLOATS:
        bits, least = _FLOATS[target]
        return entrywise(lambda v: _rounded(v, bits, least), values)
    if dtype.kind == "b":
        return np.asarray(values != 0, dtype=bool)
    if dtype.kind in "iu":
        try:  # toward zero
            return np.array([int(from_fmpq(v)) for v in node.exact(0).flat], dtype=dtype).reshape(values.shape)
        except OverflowError:
            raise InvalidInputError(f"casts a number to {dtype} that does not fit; use a larger type") from None
    with np.errstate(over="ignore"):
        return values.astype(dtype)  # what overflows is infinite, and refused where it is used as a number


def _rounded(value: fmpq, bits: int, least: int) -> fmpq:
    """The nearest number of a float type, ties to even: ``bits`` of significand, the smallest positive one 2^least."""
    exact = from_fmpq(value)
    exponent = exact.numerator.bit_length() - exact.denominator.bit_length()  # |value| < 2^(exponent + 1)
    exponent -= abs(exact) < Fraction(2) ** exponent
    unit = Fraction(2) ** max(exponent + 1 - bits, least)
    return to_fmpq(round(exact / unit) * unit)


def _dropout(node: Node) -> Value:
    """The values; operator sets before 12 always mean inference."""
    if node.has(2) and node.value(2).astype(bool).any():
        raise InvalidInputError("is in training mode; export the model for inference")
    return node.value(0)


def _pad(node: Node) -> Value:
    values = node.tensor(0)
    pads = node.axes(1, "pads") or []
    axes = node.integers(3) if node.has(3) else range(values.ndim)
    widths = [(0, 0)] * values.ndim
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        widths[axis] = (before, after)
    mode = node.attribute("mode", b"constant").decode()
    fill = node.exact(2).item() if node.has(2) else node.number("value", 0.0)
    cut = [(max(-before, 0), max(-after, 0)) for before, after in widths]
    if mode not in ("constant", "edge", "reflect", "wrap") or (mode != "constant" and any(map(any, cut))):
        raise InvalidInputError("negative padding is read in the mode constant only; use Slice before it")
    if any(sum(pair) > length for pair, length in zip(cut, values.shape, strict=True)):
        raise InvalidInputError("negative padding takes away more than there is; correct its pads")
    values = values[tuple(slice(low, n - high) for (low, high), n in zip(cut, values.shape, strict=True))]
    widths = [(max(before, 0), max(after, 0)) for before, after in widths]
    options: dict[str, Any] = {"constant_values": np.asarray(fill, dtype=object)} if mode == "constant" else {}
    return np.pad(values, widths, mode, **options)


def _gemm(node: Node) -> Value:
    left = node.tensor(0).T if node.flag("transA") else node.tensor(0)
    weights = node.weights(1) if node.value(0).dtype == object else node.tensor(1)
    right = weights.T if node.flag("transB") else weights
    bias = node.tensor(2) * node.number("beta", 1.0) if node.has(2) else None
    return operators.dense(node.tape, left * node.number("alpha", 1.0), right, bias)


def _matmul(node: Node) -> Value:
    second = node.weights(1) if node.value(0).dtype == object else node.tensor(1)
    return operators.product(node.tape, node.tensor(0), second)


def _window(node: Node, space: Sequence[int], kernel: Sequence[int]) -> operators.Windows:
    """The windows of a convolution or pooling node."""
    n = len(space)
    if list(node.attribute("kernel_shape", kernel)) != list(kernel):
        raise InvalidInputError(f"its kernel_shape is not that of its weights, {tuple(kernel)}; export the model again")
    strides = list(node.attribute("strides", [1] * n))
    dilations = list(node.attribute("dilations", [1] * n))
    auto = node.attribute("auto_pad", b"NOTSET").decode()
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = operators.same_padding(space, kernel, strides, dilations)
        pads = pads if auto == "SAME_UPPER" else [(large, small) for small, large in pads]
    else:
        flat = list(node.attribute("pads", [0] * (2 * n))) if auto == "NOTSET" else [0] * (2 * n)
        pads = list(zip(flat[: len(flat) // 2], flat[len(flat) // 2 :], strict=True))
    return operators.Windows(kernel, strides, pads, dilations, node.flag("ceil_mode"))


def _conv(node: Node) -> Value:
    values, weight = node.tensor(0), node.weights(1)
    if weight.dtype == object:
        weight = node.exact(1)
    bias = node.exact(2) if node.has(2) else None
    window = _window(node, values.shape[2:], weight.shape[2:])
    return operators.conv(node.tape, values, weight, bias, window, groups=node.attribute("group", 1))


def _conv_transpose(node: Node) -> Value:
    values, weight = node.tensor(0), node.exact(1)
    bias = node.exact(2) if node.has(2) else None
    space, kernel = values.shape[2:], weight.shape[2:]
    n = len(space)
    extra = list(node.attribute("output_padding", [0] * n))
    auto = node.attribute("auto_pad", b"NOTSET").decode()
    window = _window(node, space, kernel)
    wanted = node.attribute("output_shape")
    if wanted is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [length * stride for length, stride in zip(space, window.strides, strict=True)]
    if wanted is not None:
        pads = []
        for i, length in enumerate(wanted[-n:]):
            full = window.strides[i] * (space[i] - 1) + extra[i] + (kernel[i] - 1) * window.dilations[i] + 1
            small, large = (full - length) // 2, (full - length) - (full - length) // 2
            pads.append((small, large) if auto == "SAME_UPPER" else (large, small))
        window = operators.Windows(kernel, window.strides, pads, window.dilations)
    groups = node.attribute("group", 1)
    return operators.conv_transpose(node.tape, values, weight, bias, window, groups=groups, extra=extra)


def _resize(node: Node) -> Value:
    """Resize, and Upsample, which stands at asymmetric coordinates and rounds down."""
    values, kind = node.tensor(0), node.proto.op_type
    old = kind == "Upsample" or node.opset < 11
    modes = {"mode": b"nearest", "coordinate_transformation_mode": b"half_pixel", "nearest_mode": b"round_prefer_floor"}
    mode, coordinates, rounding = (node.attribute(*each).decode() for each in modes.items())
    if old:
        coordinates, rounding = "asymmetric", "floor"
    if mode not in ("nearest", "linear", "bilinear", "trilinear"):
        raise InvalidInputError(f"interpolates by the mode {mode!r}; use nearest or linear")
    at = 1 if old else 2
    axes = [axis % values.ndim for axis in node.attribute("axes", range(values.ndim))]
    if node.has(3) and node.value(3).size:
        sizes = node.integers(3)
        scales = [Fraction(size, values.shape[axis]) for size, axis in zip(sizes, axes, strict=True)]
    else:
        given = node.exact(at) if node.has(at) else exact_array(np.float32(node.attribute("scales")), place="scales")
        scales = [from_fmpq(v) for v in given.flat]
        sizes = [math.floor(values.shape[axis] * scale) for axis, scale in zip(axes, scales, strict=True)]
    for axis, size, scale in zip(axes, sizes, scales, strict=True):
        if size != values.shape[axis] or scale != 1:
            nearest = rounding if mode == "nearest" else None
            values = _resized(node.tape, values, axis, size, scale, coordinates=coordinates, nearest=nearest)
    return values


_HALF = Fraction(1, 2)

_NEAREST: dict[str, Callable[[Fraction], int]] = {
    "ceil": math.ceil,
    "floor": math.floor,
    "round_prefer_ceil": lambda x: math.floor(x + _HALF),
    "round_prefer_floor": lambda x: math.ceil(x - _HALF),
}


def _coordinate(mode: str, i: int, n: int, m: int, scale: Fraction) -> Fraction:
    """Where output entry i of m stands among n input entries, before it is moved between the ends."""
    if mode == "asymmetric":
        return i / scale
    if mode == "align_corners":
        return Fraction(i * (n - 1), m - 1) if m > 1 else Fraction(0)
    if mode == "pytorch_half_pixel" and m == 1:
        return Fraction(0)
    if mode in ("half_pixel", "pytorch_half_pixel"):
        return (i + _HALF) / scale - _HALF
    if mode == "half_pixel_symmetric":
        return Fraction(n, 2) * (1 - m / (n * scale)) + (i + _HALF) / scale - _HALF
    raise InvalidInputError(f"the coordinates {mode!r} are not read; export with half_pixel or asymmetric")


def _resized(
    tape: Tape, values: Tensor, axis: int, length: int, scale: Fraction, *, coordinates: str, nearest: str | None
) -> Tensor:
    """The values with ``length`` entries along one axis, at the ``coordinates`` that this mode gives them.

    There are ``scale`` new entries for each old one, not quite their ratio where the length follows from it;
    ``nearest`` says how a coordinate is rounded to an entry, None interpolates between its two neighbors.
    """
    n = values.shape[axis]
    if n < 1 or length < 1 or scale <= 0:
        raise InvalidInputError(f"{n} entries cannot be resized to {length} by a scale of {scale}")
    if coordinates in ("align_corners", "half_pixel_symmetric") and length != n * scale:
        raise InvalidInputError(f"a scale of {float(scale):.6g} gives no whole number of entries; give sizes")
    check_size((*values.shape[:axis], length, *values.shape[axis + 1 :]))
    tape.reserve(3 * cost(values) * -(-length // n))
    at = [min(max(_coordinate(coordinates, i, n, length, scale), Fraction(0)), Fraction(n - 1)) for i in range(length)]
    if nearest is not None:
        if nearest not in _NEAREST:
            raise InvalidInputError(f"the rounding {nearest!r} is not read; export with floor or round_prefer_floor")
        return values.take([min(max(_NEAREST[nearest](x), 0), n - 1) for x in at], axis=axis)
    below = [math.floor(x) for x in at]
    spread = (length, *[1] * (values.ndim - 1 - axis))
    part = np.array([to_fmpq(x - i) for x, i in zip(at, below, strict=True)], dtype=object).reshape(spread)
    above = values.take([min(i + 1, n - 1) for i in below], axis=axis)
    low = values.take(below, axis=axis)
    return exact_entries(low * (1 - part) + above * part)


def _einsum(node: Node) -> Value:
    """A sum of products of which at most one factor depends on the input."""
    equation = node.attribute("equation").decode().replace(" ", "")
    tensors = [node.tensor(i) for i in range(len(node.inputs))]
    lengths: dict[str, int] = {}
    for letters, values in zip(equation.partition("->")[0].split(","), tensors, strict=True):
        others = range(values.ndim - len(letters.replace("...", "")), 0, -1)  # the ellipsis, counted from its end
        before, _, behind = letters.partition("...")
        for name, length in zip([*before, *map(str, others), *behind], values.shape, strict=True):
            lengths[name] = max(length, lengths.get(name, 0))
    products = check_size(list(lengths.values()))
    node.tape.reserve(sum(cost(values) * (products // max(1, values.size)) for values in tensors))
    return exact_entries(np.einsum(equation, *tensors))


def _compare(node: Node, holds: Callable[[fmpq], bool], sign: int) -> Value:
    """Whether the first operand minus the second is as asked; a step where that depends on the input."""

    def compared(a: Entry, b: Entry) -> Step | fmpq:
        gap = a - b
        if isinstance(gap, Form) and not sign:
            raise InvalidInputError("asks whether two values are equal, which is not continuous; export without it")
        return Step(node.tape, as_form(gap * sign)) if isinstance(gap, Form) else fmpq(holds(gap))

    result = entrywise(compared, node.tensor(0), node.tensor(1))
    return result if any(isinstance(entry, Step) for entry in result.flat) else result.astype(bool)


def _shrink(node: Node) -> Value:
    """x + bias below −λ, x − bias above λ and 0 between; continuous if the two are equal."""
    bound, bias = (from_fmpq(node.number(*named)) for named in (("lambd", 0.5), ("bias", 0.0)))
    if bound != bias or bound <= 0:
        raise InvalidInputError("is not continuous; use a Shrink whose bias is its lambd, and positive")
    return node.tape.apply(PiecewiseLinear([-bound, bound], [1, 0, 1]), node.tensor(0))


def _where(node: Node) -> Value:
    """The second operand where the first holds, else the third."""

    def chosen(step: Any, first: Entry, second: Entry) -> Entry:
        return node.tape.select(step, first, second) if isinstance(step, Step) else first if step else second

    return entrywise(chosen, node.value(0), node.tensor(1), node.tensor(2))


def _scaler(node: Node) -> Value:
    """(x − offset)·scale, of the domain ai.onnx.ml."""
    number = [np.asarray(node.attribute(name, [empty]), np.float32) for name, empty in (("offset", 0), ("scale", 1))]
    offset, scale = (exact_array(values, place="its attributes") for values in number)
    return exact_entries((node.tensor(0) - offset) * scale)


def _pooled(node: Node, pool: Callable[..., Value], **options: bool) -> Value:
    values = node.tensor(0)
    return pool(node.tape, values, _window(node, values.shape[2:], node.attribute("kernel_shape")), **options)


def _batch_norm(node: Node) -> Value:
    trains = node.flag("training_mode") or (node.opset < 14 and len(node.proto.output) > 1)
    if trains or not node.flag("spatial", 1):
        raise InvalidInputError("is in training mode or normalizes each entry by itself; export it for inference")
    scale, shift, mean, variance = (node.exact(i) for i in range(1, 5))
    return operators.batch_norm(node.tensor(0), scale, shift, mean, variance, node.number("epsilon", 1e-5))


def _bounds(node: Node) -> tuple[fmpq | None, fmpq | None]:
    """The bounds of a Clip node; the extreme numbers of the type, which are the defaults, mean none."""
    found: list[fmpq | None] = []
    for i, name, sign in ((1, "min", -1), (2, "max", 1)):
        raw = node.value(i) if node.has(i) else np.asarray(node.attribute(name, sign * np.inf), dtype=np.float32)
        if raw.size != 1:
            raise InvalidInputError(f"its bound {name} has shape {raw.shape}, but must be one number")
        if raw.dtype.kind == "f" and sign * float(raw.item()) >= np.finfo(raw.dtype).max:
            found.append(None)
        else:
            found.append((node.exact(i) if raw.dtype == object else exact_array(raw, place=name)).item())
    return found[0], found[1]


def _hard_sigmoid(node: Node) -> Value:
    inside = exact_entries(node.tensor(0) * node.number("alpha", 0.2) + node.number("beta", 0.5))
    return operators.clip(node.tape, inside, fmpq(0), fmpq(1))


def _across(node: Node, fold: Fold) -> Value:
    """Fold the entries of all inputs, spread to one shape, that stand at the same place."""
    parts = np.broadcast_arrays(*(node.tensor(i) for i in range(len(node.inputs))))
    return along_last_axis(np.stack(parts, axis=-1), fold)


def _reduced(node: Node, fold: Fold, unit: PiecewiseLinear = IDENTITY) -> Value:
    """Fold what a unit makes of the entries along the axes that the node names, default all of them."""
    values, axes = node.tape.apply(unit, node.tensor(0)), node.axes(1)
    if not axes and node.flag("noop_with_empty_axes"):
        return values
    return folded(values, axes or range(values.ndim), fold, keep=node.flag("keepdims", 1))


def _over_space(node: Node, fold: Fold) -> Value:
    """Fold the entries along all axes after batch and channels."""
    values = node.tensor(0)
    return folded(values, range(2, values.ndim), fold, keep=True)


OPERATORS: dict[str, Operator] = {
    "Abs": lambda node: node.tape.apply(ABS, node.tensor(0)),
    "AveragePool": lambda node: _pooled(node, operators.average_pool, count_padding=node.flag("count_include_pad")),
    "BatchNormalization": _batch_norm,
    "Cast": _cast,
    "Clip": lambda node: operators.clip(node.tape, node.tensor(0), *_bounds(node)),
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Dropout": _dropout,
    "Einsum": _einsum,
    "Equal": lambda node: _compare(node, lambda gap: gap == 0, 0),
    "Gemm": _gemm,
    "GlobalAveragePool": lambda node: _over_space(node, mean),
    "GlobalMaxPool": lambda node: _over_space(node, partial(maximum, node.tape)),
    "Greater": lambda node: _compare(node, lambda gap: gap > 0, 1),
    "GreaterOrEqual": lambda node: _compare(node, lambda gap: gap >= 0, 1),
    "HardSigmoid": _hard_sigmoid,
    "LeakyRelu": lambda node: node.tape.apply(leaky_relu(from_fmpq(node.number("alpha", 0.01))), node.tensor(0)),
    "Less": lambda node: _compare(node, lambda gap: gap < 0, -1),
    "LessOrEqual": lambda node: _compare(node, lambda gap: gap <= 0, -1),
    "MatMul": _matmul,
    "Max": lambda node: _across(node, partial(maximum, node.tape)),
    "MaxPool": lambda node: _pooled(node, operators.max_pool),
    "Mean": lambda node: _across(node, mean),
    "Min": lambda node: _across(node, partial(minimum, node.tape)),
    "Not": lambda node: exact_entries(1 - node.tensor(0, steps=True)),
    "PRelu": lambda node: operators.prelu(node.tape, node.tensor(0), node.exact(1)),
    "Pad": _pad,
    "Reciprocal": lambda node: exact_entries(1 / node.tensor(0)),
    "ReduceL1": lambda node: _reduced(node, total, ABS),
    "ReduceMax": lambda node: _reduced(node, partial(maximum, node.tape)),
    "ReduceMean": lambda node: _reduced(node, mean),
    "ReduceMin": lambda node: _reduced(node, partial(minimum, node.tape)),
    "ReduceSum": lambda node: _reduced(node, total),
    "Relu": lambda node: node.tape.apply(RELU, node.tensor(0)),
    "Resize": _resize,
    "Scaler": _scaler,
    "Shrink": _shrink,
    "Sum": lambda node: _across(node, total),
    "Upsample": _resize,
    "Where": _where,
}
"""The operators by name."""
