"""One node of an ONNX graph: the values it reads, its attributes, and what onnx itself says and does about it.

A value is either an array of numbers as the file holds it (weights, shapes) or an array of affine forms and rationals
(see :mod:`theory.formats.tape`).  onnx's shape inference says how large the outputs are before they are computed, and
its reference implementation rearranges and adds arrays of forms as well as arrays of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from flint import fmpq

from theory.errors import InvalidInputError
from theory.exact import from_fmpq
from theory.formats.operators import check_size, exact_array
from theory.formats.tape import Form, Tape, Tensor, cost

__all__ = ["REARRANGEMENTS", "SUMS", "Node", "Value", "stored_numbers"]

Value: TypeAlias = np.ndarray[Any, Any]
"""Numbers as the file holds them, or a :data:`~theory.formats.tape.Tensor`."""

REARRANGEMENTS = frozenset(
    {"Concat", "Constant", "ConstantOfShape", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Shape", "Slice"}
    | {"Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"}
)
"""Operators that pick, repeat and order entries, and those that make constants."""

_WITHOUT_EFFECT = frozenset({"consumed_inputs", "momentum", "ratio", "seed", "storage_order"})
"""Attributes that say nothing about the first output of a model that is not being trained."""

SUMS = frozenset({"Add", "Div", "Mul", "Neg", "Sub"})
"""Operators that onnx's implementation computes exactly on exact numbers."""


class _Attributes(dict[str, Any]):
    """Attributes that know which of them have been asked for."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


class Node:
    """A node with the values of its inputs, None where an optional one is absent."""

    def __init__(self, tape: Tape, proto: Any, opset: int, known: Mapping[str, Value]) -> None:
        from onnx import helper

        self.tape = tape
        self.proto = proto
        self.opset = opset
        self.inputs = [known.get(name) if name else None for name in proto.input]
        self.attributes = _Attributes({a.name: helper.get_attribute_value(a) for a in proto.attribute})

    def has(self, i: int) -> bool:
        """Whether input ``i`` is given."""
        return i < len(self.inputs) and self.inputs[i] is not None

    def value(self, i: int) -> Value:
        """Input ``i`` as it is."""
        value = self.inputs[i] if i < len(self.inputs) else None
        if value is None:
            raise InvalidInputError(f"its input {i + 1} is missing")
        return value

    def tensor(self, i: int) -> Tensor:
        """Input ``i`` as affine forms and exact constants."""
        return exact_array(self.value(i), place=f"its input {i + 1}")

    def exact(self, i: int) -> Tensor:
        """Input ``i`` as exact constants."""
        values = self.tensor(i)
        if any(isinstance(entry, Form) for entry in values.flat):
            raise InvalidInputError(f"its input {i + 1} must be constant, but it depends on the network's input")
        return values

    def integers(self, i: int) -> list[int]:
        """Input ``i`` as a list of integers (a shape, axes, pads)."""
        numbers = [from_fmpq(v) for v in self.exact(i).flat]
        if any(v.denominator != 1 for v in numbers):
            raise InvalidInputError(f"its input {i + 1} must hold integers")
        return [v.numerator for v in numbers]

    def align(self, i: int, axis: int) -> None:
        """Let input ``i`` begin at an axis of input 0, with an axis of length 1 for each dimension behind its own."""
        value = self.value(i)
        behind = self.value(0).ndim - axis - value.ndim
        if value.size > 1 and behind > 0:
            self.inputs[i] = value.reshape(*value.shape, *[1] * behind)

    def number(self, name: str, default: float) -> fmpq:
        """An attribute at the exact value of its binary32; the default likewise, as the standard's is."""
        value = float(np.float32(self.attributes.get(name, default)))
        if not math.isfinite(value):
            raise InvalidInputError(f"its attribute {name} is {value}, not a finite number")
        return fmpq(*value.as_integer_ratio())

    def axes(self, i: int, name: str = "axes") -> list[int] | None:
        """Axes from input ``i`` (newer files) or from an attribute (older ones)."""
        if self.has(i):
            return self.integers(i)
        return list(self.attributes[name]) if name in self.attributes else None

    def flag(self, name: str, default: int = 0) -> bool:
        """A 0/1 attribute."""
        return bool(self.attributes.get(name, default))

    def output_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the outputs according to onnx; the numbers that they need are reserved.

        Raises
        ------
        InvalidInputError
            If a shape is too large or depends on what is not constant.
        """
        from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

        values = {name: v for name, v in zip(self.proto.input, self.inputs, strict=True) if v is not None}
        kinds = {"i": TensorProto.INT64, "u": TensorProto.INT64, "b": TensorProto.BOOL}
        types = {
            name: helper.make_tensor_type_proto(kinds.get(v.dtype.kind, TensorProto.FLOAT), v.shape)
            for name, v in values.items()
        }
        integers = {
            name: numpy_helper.from_array(v.astype(np.int64)) for name, v in values.items() if v.dtype.kind in "iu"
        }
        imports = [helper.make_opsetid("", self.opset)]
        try:
            inferred = shape_inference.infer_node_outputs(
                self._schema, self.proto, types, integers, opset_imports=imports
            )
        except (shape_inference.InferenceError, checker.ValidationError) as error:
            raise ValueError(str(error).removeprefix("[ShapeInferenceError] ")) from None
        shapes = {}
        for name, kind in inferred.items():
            lengths = kind.tensor_type.shape.dim
            if not kind.tensor_type.HasField("shape") or any(not n.HasField("dim_value") for n in lengths):
                if name != self.proto.output[0]:
                    continue
                raise InvalidInputError(
                    "makes a tensor whose shape is not known beforehand; export the model with fixed shapes"
                )
            shapes[name] = tuple(n.dim_value for n in lengths)
            if min(shapes[name], default=0) < 0:
                raise ValueError(f"an output would have shape {shapes[name]}")
        made = sum(check_size(shape) for shape in shapes.values())
        self.tape.reserve(made)
        if self.proto.op_type not in REARRANGEMENTS:
            self.tape.reserve(sum(cost(v) * max(1, made // max(1, v.size)) for v in values.values()))
        return shapes

    def operated(self, operator: Callable[[Node], Value], shapes: Mapping[str, tuple[int, ...]]) -> Value:
        """What an operator of the reader makes of the node.

        Raises
        ------
        InvalidInputError
            If the operator leaves an attribute unread that is not at its default, or gives another shape than onnx.
        """
        from onnx import helper

        result = operator(self)
        for name in sorted(self.attributes.keys() - self.attributes.asked - _WITHOUT_EFFECT):
            default = self._schema.attributes[name].default_value
            if not default.type or helper.get_attribute_value(default) != self.attributes[name]:
                raise InvalidInputError(
                    f"its attribute {name} = {str(self.attributes[name])[:40]} is not read; export the model without it"
                )
        expected = shapes[self.proto.output[0]]
        if result.shape != expected:
            raise InvalidInputError(
                f"has shape {expected} by onnx's inference but {result.shape} as computed; set its padding explicitly"
            )
        return result

    def evaluated(self, shapes: Mapping[str, tuple[int, ...]]) -> list[Value]:
        """The outputs as onnx's own implementation computes them, refused unless they have these shapes."""
        from onnx import helper
        from onnx.reference import ReferenceEvaluator

        names = [name for name in self.proto.output if name]
        operands = self._operands()
        if () in shapes.values():  # NumPy returns a result without dimensions as a bare number, which onnx refuses
            operands = [None if value is None else np.atleast_1d(value) for value in operands]
        graph = helper.make_graph([self.proto], "node", [], [helper.make_empty_tensor_value_info(n) for n in names])
        evaluator = ReferenceEvaluator(graph, opsets={"": self.opset})
        with np.errstate(divide="raise"):
            results: list[Value] = evaluator.run(names, dict(zip(self.proto.input, operands, strict=True)))
        for i, name in enumerate(names):
            if shapes[name] == ():
                results[i] = results[i].reshape(())
            if results[i].shape != shapes[name]:
                raise InvalidInputError(
                    f"has shape {shapes[name]} by onnx's inference but {results[i].shape} as it computes; sort its axes"
                )
        return results

    def _operands(self) -> list[Value | None]:
        """The inputs as onnx's implementation takes them: data of one kind, the others as integers.

        Data are the inputs that onnx declares to be of the type of the first one.  If all are numbers as the file holds
        them they stay so where they are rearranged, and where they are integers (shapes); else all become exact.
        """
        types = [parameter.type_str for parameter in self._schema.inputs]
        types += types[-1:] * (len(self.inputs) - len(types))  # the last one may be repeated
        data = [i for i, value in enumerate(self.inputs) if value is not None and types[i] == types[0]]
        kinds = {self.value(i).dtype.kind for i in data}
        stored = "O" not in kinds if self.proto.op_type in REARRANGEMENTS else kinds <= {"i", "u"}
        operands: list[Value | None] = []
        for i, value in enumerate(self.inputs):
            if value is None or (i in data and stored):
                operands.append(value)
            elif i in data:
                operands.append(self.tensor(i))
            else:
                operands.append(np.asarray(self.integers(i), dtype=np.int64).reshape(value.shape))
        return operands

    @property
    def _schema(self) -> Any:
        from onnx import defs

        return defs.get_schema(self.proto.op_type, self.opset, "")


def stored_numbers(tensor: Any) -> Value:
    """The numbers of a tensor in the file, after its declared shape has been found reasonable.

    Raises
    ------
    InvalidInputError
        If the shape is too large or is not that of the stored bytes, or the type is unknown.
    """
    from onnx import numpy_helper

    check_size(tensor.dims)
    try:
        array: Value = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise InvalidInputError(f"its stored numbers do not match their shape and type ({str(error)[:100]})") from None
    if array.dtype == object:
        raise InvalidInputError("holds text; only numbers are read")
    return array
