"""ONNX operators that bend: each writes units on the tape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from flint import fmpq

from theory.activations import ABS, RELU, leaky_relu
from theory.errors import InvalidInputError
from theory.exact import from_fmpq
from theory.formats import operators, windows
from theory.formats.onnx_affine import negative, over_space, reduced, window_options
from theory.formats.onnx_node import Node, Operator, Value
from theory.formats.operators import check_size, exact_array, scaled, total
from theory.formats.tape import Form, Forms, constants

__all__ = ["BENDS"]


def _relu(node: Node) -> Sequence[Value]:
    return [node.tape.apply(RELU, node.forms(0))]


def _leaky_relu(node: Node) -> Sequence[Value]:
    return [node.tape.apply(leaky_relu(from_fmpq(node.number("alpha", 0.01))), node.forms(0))]


def _prelu(node: Node) -> Sequence[Value]:
    return [operators.prelu(node.tape, node.forms(0), node.exact(1))]


def _abs(node: Node) -> Sequence[Value]:
    return [node.tape.apply(ABS, node.forms(0))]


def _bounds(node: Node) -> tuple[fmpq | None, fmpq | None]:
    """The bounds of a Clip node; the extreme numbers of the type, which are the defaults, mean none."""
    found: list[fmpq | None] = []
    for i, name, sign in ((1, "min", -1), (2, "max", 1)):
        raw = node.value(i) if node.has(i) else np.asarray(node.attributes.get(name, sign * np.inf), dtype=np.float32)
        if raw.size != 1:
            raise InvalidInputError(f"its bound {name} has shape {raw.shape}, but must be one number")
        if raw.dtype == object:
            found.append(node.exact(i).item())
        elif raw.dtype.kind == "f" and sign * float(raw.item()) >= np.finfo(raw.dtype).max:
            found.append(None)
        else:
            found.append(exact_array(raw, place=name).item())
    return found[0], found[1]


def _clip(node: Node) -> Sequence[Value]:
    return [operators.clip(node.tape, node.forms(0), *_bounds(node))]


def _hard_sigmoid(node: Node) -> Sequence[Value]:
    slope, offset = (np.asarray(node.number(n, d), dtype=object) for n, d in (("alpha", 0.2), ("beta", 0.5)))
    inside = total(node.tape, [scaled(node.tape, node.forms(0), slope), constants(offset)])
    return [operators.clip(node.tape, inside, fmpq(0), fmpq(1))]


def _largest(node: Node, parts: list[Forms]) -> Forms:
    shape = np.broadcast_shapes(*(part.shape for part in parts))
    check_size(shape, len(parts))
    spread: list[Forms] = [np.broadcast_to(part, shape) for part in parts]
    result = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        result[index] = operators.maximum(node.tape, [part.item(index) for part in spread])
    return result


def _max(node: Node) -> Sequence[Value]:
    return [_largest(node, [node.forms(i) for i in range(len(node.inputs))])]


def _min(node: Node) -> Sequence[Value]:
    parts = [negative(node.tape, node.forms(i)) for i in range(len(node.inputs))]
    return [negative(node.tape, _largest(node, parts))]


def _max_pool(node: Node) -> Sequence[Value]:
    values, kernel = node.forms(0), node.attributes["kernel_shape"]
    window = window_options(node, values.shape[2:], kernel)
    return [windows.max_pool(node.tape, values, kernel, ceil_mode=node.flag("ceil_mode"), **window)]


def _reduce_max(node: Node) -> Sequence[Value]:
    return reduced(node, lambda forms: operators.maximum(node.tape, forms))


def _reduce_min(node: Node) -> Sequence[Value]:
    def least(forms: list[Form]) -> Form:
        minus = fmpq(-1)
        return operators.maximum(node.tape, [form.scaled(minus) for form in forms]).scaled(minus)

    return reduced(node, least)


def _global_max_pool(node: Node) -> Sequence[Value]:
    return _reduce_max(over_space(node))


BENDS: dict[str, Operator] = {
    "Abs": _abs,
    "Clip": _clip,
    "GlobalMaxPool": _global_max_pool,
    "HardSigmoid": _hard_sigmoid,
    "LeakyRelu": _leaky_relu,
    "Max": _max,
    "MaxPool": _max_pool,
    "Min": _min,
    "PRelu": _prelu,
    "ReduceMax": _reduce_max,
    "ReduceMin": _reduce_min,
    "Relu": _relu,
}
"""The operators of this module by name."""
