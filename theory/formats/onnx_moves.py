"""ONNX operators that make constants or move numbers about: reshape, slice, concatenate, pad."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from theory.errors import InvalidInputError
from theory.exact import from_fmpq
from theory.formats.onnx_node import Node, Operator, Value, stored_numbers
from theory.formats.operators import check_size
from theory.formats.tape import constant

__all__ = ["MOVES"]


def _identity(node: Node) -> Sequence[Value]:
    return [node.value(0)]


def _dropout(node: Node) -> Sequence[Value]:
    if node.has(2) and node.value(2).astype(bool).any():
        raise InvalidInputError("is in training mode; export the model for inference")
    return [node.value(0)]


def _cast(node: Node) -> Sequence[Value]:
    value = node.value(0)
    target = node.attributes["to"]
    if target in (6, 7):  # INT32, INT64: shape arithmetic, rounded toward zero
        numbers = node.exact(0)
        result = np.empty(numbers.shape, dtype=np.int64)
        result.flat[:] = [int(from_fmpq(v)) for v in numbers.flat]
        return [result]
    if target not in (1, 10, 11, 16):
        raise InvalidInputError("casts to a type that is not floating point; export the model without it")
    return [value]


def _constant(node: Node) -> Sequence[Value]:
    for name, value in node.attributes.items():
        if name == "value":
            return [stored_numbers(value)]
        if name in ("value_float", "value_floats"):
            return [np.asarray(value, dtype=np.float32)]
        if name in ("value_int", "value_ints"):
            return [np.asarray(value, dtype=np.int64)]
    raise InvalidInputError("holds no numbers; only constants of numbers are read")


def _constant_of_shape(node: Node) -> Sequence[Value]:
    shape = node.integers(0)
    check_size(shape)
    fill = stored_numbers(node.attributes["value"]) if "value" in node.attributes else np.zeros(1, np.float32)
    return [np.full(shape, fill.ravel()[0])]


def _shape(node: Node) -> Sequence[Value]:
    shape = node.value(0).shape[node.attributes.get("start", 0) : node.attributes.get("end")]
    return [np.asarray(shape, dtype=np.int64)]


def _reshape(node: Node) -> Sequence[Value]:
    value = node.value(0)
    shape = node.integers(1) if node.has(1) else list(node.attributes["shape"])
    if not node.flag("allowzero"):
        shape = [value.shape[i] if n == 0 else n for i, n in enumerate(shape)]
    return [value.reshape(shape)]


def _flatten(node: Node) -> Sequence[Value]:
    value = node.value(0)
    axis = node.attributes.get("axis", 1)
    axis += value.ndim if axis < 0 else 0
    return [value.reshape(math.prod(value.shape[:axis]), math.prod(value.shape[axis:]))]


def _squeeze(node: Node) -> Sequence[Value]:
    axes = node.axes(1)
    return [node.value(0).squeeze(None if axes is None else tuple(axes))]


def _unsqueeze(node: Node) -> Sequence[Value]:
    return [np.expand_dims(node.value(0), tuple(node.axes(1) or ()))]


def _transpose(node: Node) -> Sequence[Value]:
    return [node.value(0).transpose(node.attributes.get("perm"))]


def _alike(node: Node) -> list[Value]:
    """All inputs as forms if one of them is, else as they are."""
    values = [node.value(i) for i in range(len(node.inputs))]
    mixed = any(value.dtype == object for value in values)
    return [node.forms(i) for i in range(len(values))] if mixed else values


def _concat(node: Node) -> Sequence[Value]:
    return [np.concatenate(_alike(node), axis=node.attributes["axis"])]


def _slice(node: Node) -> Sequence[Value]:
    value = node.value(0)
    if len(node.inputs) > 1:
        starts, ends = node.integers(1), node.integers(2)
    else:
        starts, ends = list(node.attributes["starts"]), list(node.attributes["ends"])
    axes = node.axes(3)
    steps = node.integers(4) if node.has(4) else [1] * len(starts)
    pick = [slice(None)] * value.ndim
    for axis, start, end, step in zip(axes or range(len(starts)), starts, ends, steps, strict=True):
        length = value.shape[axis]
        stop: int | None = max(-length - 1, min(end, length))
        if step < 0 and end < -length:
            stop = None
        pick[axis] = slice(start, stop, step)
    return [value[tuple(pick)]]


def _gather(node: Node) -> Sequence[Value]:
    value, axis = node.value(0), node.attributes.get("axis", 0)
    index = node.value(1)
    check_size((*value.shape[:axis], *index.shape, *value.shape[axis:][1:]))
    picks = np.asarray(node.integers(1), dtype=np.int64).reshape(index.shape)
    return [np.asarray(np.take(value, picks, axis=axis), dtype=value.dtype)]


def _split(node: Node) -> Sequence[Value]:
    value, axis = node.value(0), node.attributes.get("axis", 0)
    sizes = node.axes(1, "split")
    if sizes is None:
        part = -(-value.shape[axis] // node.outputs)
        sizes = [max(0, min(part, value.shape[axis] - i * part)) for i in range(node.outputs)]
    if sum(sizes) != value.shape[axis] or len(sizes) != node.outputs:
        raise InvalidInputError(f"splits {value.shape[axis]} entries into parts of {sizes}")
    return np.split(value, np.cumsum(sizes)[:-1], axis=axis)


def _expand(node: Node) -> Sequence[Value]:
    value = node.value(0)
    shape = np.broadcast_shapes(value.shape, tuple(node.integers(1)))
    check_size(shape)
    return [np.broadcast_to(value, shape)]


def _tile(node: Node) -> Sequence[Value]:
    value, repeats = node.value(0), node.integers(1)
    check_size([n * r for n, r in zip(value.shape, repeats, strict=True)])
    return [np.tile(value, repeats)]


def _pad(node: Node) -> Sequence[Value]:
    value = node.value(0)
    pads = node.axes(1, "pads") or []
    axes = node.integers(3) if node.has(3) else list(range(value.ndim))
    widths = [(0, 0)] * value.ndim
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        widths[axis] = (before, after)
    mode = node.attributes.get("mode", b"constant").decode()
    if any(min(width) < 0 for width in widths) or mode not in ("constant", "edge", "reflect"):
        raise InvalidInputError("negative padding and the mode wrap are not read; use Slice or another mode")
    check_size([n + sum(width) for n, width in zip(value.shape, widths, strict=True)])
    if mode != "constant":
        return [np.pad(value, widths, mode=mode)]
    fill = node.exact(2).item() if node.has(2) else node.number("value", 0.0)
    result = np.empty([n + sum(width) for n, width in zip(value.shape, widths, strict=True)], dtype=object)
    result.flat[:] = [constant(fill)] * result.size
    result[tuple(slice(before, before + n) for n, (before, _) in zip(value.shape, widths, strict=True))] = node.forms(0)
    return [result]


MOVES: dict[str, Operator] = {
    "Cast": _cast,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Dropout": _dropout,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "Identity": _identity,
    "Pad": _pad,
    "Reshape": _reshape,
    "Shape": _shape,
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Tile": _tile,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
"""The operators of this module by name."""
