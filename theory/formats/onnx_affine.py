"""ONNX operators that are affine: sums, products with constants, convolutions, averages, normalization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq

from theory.errors import InvalidInputError
from theory.formats import operators, windows
from theory.formats.onnx_node import Node, Operator, Value
from theory.formats.operators import scaled, total
from theory.formats.tape import Form, Forms, Tape, combine, cost

__all__ = ["AFFINE", "negative", "over_space", "reduced", "window_options"]


def _integer_arithmetic(node: Node) -> bool:
    return all(node.value(i).dtype.kind in "iu" for i in range(len(node.inputs)))


_MINUS = fmpq(-1)


def _add(node: Node) -> Sequence[Value]:
    if _integer_arithmetic(node):
        return [np.asarray(node.value(0) + node.value(1))]
    return [total(node.tape, [node.forms(0), node.forms(1)])]


def _sub(node: Node) -> Sequence[Value]:
    if _integer_arithmetic(node):
        return [np.asarray(node.value(0) - node.value(1))]
    return [total(node.tape, [node.forms(0), negative(node.tape, node.forms(1))])]


def negative(tape: Tape, values: Forms) -> Forms:
    """The values times −1."""
    return scaled(tape, values, np.asarray(_MINUS, dtype=object))


def _neg(node: Node) -> Sequence[Value]:
    return [negative(node.tape, node.forms(0))]


def _mul(node: Node) -> Sequence[Value]:
    if _integer_arithmetic(node):
        return [np.asarray(node.value(0) * node.value(1))]
    if node.varies(0) and node.varies(1):
        raise InvalidInputError("multiplies two values that depend on the input, which is not piecewise linear")
    form, factor = (1, 0) if node.varies(1) else (0, 1)
    return [scaled(node.tape, node.forms(form), node.exact(factor))]


def _div(node: Node) -> Sequence[Value]:
    if node.varies(1):
        raise InvalidInputError("divides by a value that depends on the input, which is not piecewise linear")
    divisors = node.exact(1)
    if any(not v for v in divisors.flat):
        raise InvalidInputError("divides by zero")
    if _integer_arithmetic(node):
        pairs = np.broadcast_arrays(np.asarray(node.value(0), dtype=object), np.asarray(node.value(1), dtype=object))
        quotients = [int(Fraction(int(a), int(b))) for a, b in zip(pairs[0].flat, pairs[1].flat, strict=True)]
        return [np.asarray(quotients, dtype=np.int64).reshape(pairs[0].shape)]
    inverses = np.empty(divisors.shape, dtype=object)
    inverses.flat[:] = [1 / v for v in divisors.flat]
    return [scaled(node.tape, node.forms(0), inverses)]


def _sum(node: Node) -> Sequence[Value]:
    return [total(node.tape, [node.forms(i) for i in range(len(node.inputs))])]


def _mean(node: Node) -> Sequence[Value]:
    share = np.asarray(fmpq(1, len(node.inputs)), dtype=object)
    return [scaled(node.tape, _sum(node)[0], share)]


def _product(node: Node, transpose: tuple[bool, bool] = (False, False)) -> Forms:
    varies = node.varies(0), node.varies(1)
    if all(varies):
        raise InvalidInputError("multiplies two values that depend on the input, which is not piecewise linear")
    sides = [node.exact(0), node.forms(1)] if varies[1] else [node.forms(0), node.exact(1)]
    left, right = (side.T if flip else side for side, flip in zip(sides, transpose, strict=True))
    return operators.matmul(node.tape, left, right, forms_left=not varies[1])


def _matmul(node: Node) -> Sequence[Value]:
    return [_product(node)]


def _gemm(node: Node) -> Sequence[Value]:
    result = _product(node, (node.flag("transA"), node.flag("transB")))
    alpha, beta = (np.asarray(node.number(name, 1.0), dtype=object) for name in ("alpha", "beta"))
    result = scaled(node.tape, result, alpha)
    if not node.has(2):
        return [result]
    return [total(node.tape, [result, scaled(node.tape, node.forms(2), beta)])]


def window_options(node: Node, space: Sequence[int], kernel: Sequence[int]) -> dict[str, Any]:
    """Strides, pads and dilations of a convolution or pooling node."""
    n = len(space)
    strides = list(node.attributes.get("strides", [1] * n))
    dilations = list(node.attributes.get("dilations", [1] * n))
    auto = node.attributes.get("auto_pad", b"NOTSET").decode()
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        pads = []
        for length, k, stride, dilation in zip(space, kernel, strides, dilations, strict=True):
            total = max(0, (-(-length // stride) - 1) * stride + dilation * (k - 1) + 1 - length)
            small, large = total // 2, total - total // 2
            pads.append((small, large) if auto == "SAME_UPPER" else (large, small))
    else:
        flat = list(node.attributes.get("pads", [0] * (2 * n))) if auto == "NOTSET" else [0] * (2 * n)
        pads = list(zip(flat[: len(flat) // 2], flat[len(flat) // 2 :], strict=True))
    return {"strides": strides, "pads": pads, "dilations": dilations}


def _conv(node: Node) -> Sequence[Value]:
    values, weight = node.forms(0), node.exact(1)
    bias = node.exact(2) if node.has(2) else None
    window = window_options(node, values.shape[2:], weight.shape[2:])
    return [windows.conv(node.tape, values, weight, bias, groups=node.attributes.get("group", 1), **window)]


def _batch_norm(node: Node) -> Sequence[Value]:
    if node.flag("training_mode") or node.attributes.get("is_test", 1) == 0:
        raise InvalidInputError("is in training mode; export the model for inference")
    parameters = (node.exact(1), node.exact(2), node.exact(3), node.exact(4))
    return [operators.batch_norm(node.tape, node.forms(0), *parameters, node.number("epsilon", 1e-5))]


def _average_pool(node: Node) -> Sequence[Value]:
    values, kernel = node.forms(0), node.attributes["kernel_shape"]
    pooled = windows.average_pool(
        node.tape,
        values,
        kernel,
        ceil_mode=node.flag("ceil_mode"),
        count_padding=node.flag("count_include_pad"),
        **window_options(node, values.shape[2:], kernel),
    )
    return [pooled]


def _lines(node: Node, axes: list[int] | None, keep: bool) -> tuple[Forms, tuple[int, ...]]:
    """The values with the reduced axes last and merged into one, and the shape of the result."""
    values = node.forms(0)
    gone = sorted({axis % values.ndim for axis in axes} if axes else range(values.ndim))
    kept = [axis for axis in range(values.ndim) if axis not in gone]
    shape = tuple(values.shape[a] for a in kept)
    merged = values.transpose(kept + gone).reshape(*shape, -1)
    result = tuple(1 if a in gone else n for a, n in enumerate(values.shape)) if keep else shape
    return merged, result


def reduced(node: Node, fold: Callable[[list[Form]], Form]) -> Sequence[Value]:
    """The node's input with the entries along its axes put together by ``fold``."""
    axes = node.axes(1)
    if axes is None and node.flag("noop_with_empty_axes"):
        return [node.value(0)]
    lines, shape = _lines(node, axes, node.flag("keepdims", 1))
    node.tape.spend(cost(lines.flat))
    result = np.empty(lines.shape[:-1], dtype=object)
    for index in np.ndindex(*lines.shape[:-1]):
        result[index] = fold(lines[index].tolist())
    return [result.reshape(shape)]


def _mean_of(forms: list[Form]) -> Form:
    return combine(((fmpq(1, len(forms)), form) for form in forms), fmpq(0))


def _sum_of(forms: list[Form]) -> Form:
    return combine(((fmpq(1), form) for form in forms), fmpq(0))


def _reduce_sum(node: Node) -> Sequence[Value]:
    return reduced(node, _sum_of)


def _reduce_mean(node: Node) -> Sequence[Value]:
    return reduced(node, _mean_of)


def over_space(node: Node) -> Node:
    """The node with its reduction set to all axes after batch and channels."""
    axes = list(range(2, node.value(0).ndim))
    return Node(node.tape, node.inputs[:1], {"axes": axes, "keepdims": 1}, 1)


def _global_average_pool(node: Node) -> Sequence[Value]:
    return _reduce_mean(over_space(node))


AFFINE: dict[str, Operator] = {
    "Add": _add,
    "AveragePool": _average_pool,
    "BatchNormalization": _batch_norm,
    "Conv": _conv,
    "Div": _div,
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average_pool,
    "MatMul": _matmul,
    "Mean": _mean,
    "Mul": _mul,
    "Neg": _neg,
    "ReduceMean": _reduce_mean,
    "ReduceSum": _reduce_sum,
    "Sub": _sub,
    "Sum": _sum,
}
"""The operators of this module by name."""
