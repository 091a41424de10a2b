"""One node of an ONNX graph: the values it reads, its attributes, and what onnx itself says and does about it.

onnx's shape inference says how large the outputs are before they are computed, and its reference implementation
rearranges and adds arrays of affine forms (see :mod:`theory.formats.tape`) as well as arrays of numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from flint import fmpq

from theory.errors import InvalidInputError
from theory.exact import from_fmpq
from theory.formats.files import MAX_FLOATS, MAX_NUMBERS
from theory.formats.operators import check_size, exact_array
from theory.formats.tape import Form, Step, Tape, Tensor, cost

Value: TypeAlias = np.ndarray[Any, Any]
"""Numbers as the file holds them, or a :data:`~theory.formats.tape.Tensor`."""

REARRANGEMENTS = frozenset(
    {"Concat", "Constant", "ConstantOfShape", "DepthToSpace", "Expand", "Flatten", "Gather", "GatherElements"}
    | {"GatherND", "Identity", "Reshape", "ScatterElements", "ScatterND", "Shape", "Size", "Slice", "SpaceToDepth"}
    | {"Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"}
)
"""Operators that pick, repeat and order entries, and those that make constants."""

_WITHOUT_EFFECT = frozenset({"consumed_inputs", "momentum", "ratio", "seed", "storage_order"})
"""Attributes that say nothing about the first output of a model that is not being trained."""

FOLDED = frozenset(
    {"And", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "Ceil", "Cos", "DequantizeLinear", "Elu", "Erf", "Exp", "EyeLike"}
    | {"Floor", "Log", "LogSoftmax", "Mod", "Not", "OneHot", "Or", "Pow"}
    | {"Range", "ReduceL2", "ReduceProd", "ReduceSumSquare", "Round", "Sigmoid", "Sign", "Sin", "Softmax", "Softplus"}
    | {"Sqrt", "Tanh", "Trilu", "Xor"}
)
"""Operators that are read where all their inputs are constant; they give what onnx's implementation gives."""

_ALWAYS_EXACT = frozenset({"Ceil", "EyeLike", "Floor", "Round", "Sign", "Trilu"})
"""Those that give numbers that floats hold."""

SUMS = frozenset({"Add", "CumSum", "Div", "Mul", "Neg", "Sub"})
"""Operators that onnx's implementation computes exactly on exact numbers."""


class Node:
    """A node with the values of its inputs, None where an optional one is absent."""

    def __init__(self, tape: Tape, proto: Any, opset: int, known: Mapping[str, Value]) -> None:
        from onnx import helper

        self.tape, self.proto, self.opset = tape, proto, opset
        self.inputs = [known.get(name) if name else None for name in proto.input]
        self.attributes = {a.name: helper.get_attribute_value(a) for a in proto.attribute}
        self.asked: set[str] = set()

    @property
    def is_constant(self) -> bool:
        """Whether no input depends on the network's input."""
        values = (value for value in self.inputs if value is not None and value.dtype == object)
        return not any(isinstance(entry, Form | Step) for value in values for entry in value.flat)

    @property
    def is_whole(self) -> bool:
        """Whether all inputs are integers or truth values as the file holds them."""
        return bool(self.inputs) and all(value is None or value.dtype.kind in "iub" for value in self.inputs)

    def has(self, i: int) -> bool:
        return i < len(self.inputs) and self.inputs[i] is not None

    def value(self, i: int) -> Value:
        if i >= len(self.inputs) or (value := self.inputs[i]) is None:
            raise InvalidInputError(f"its input {i + 1} is missing")
        return value

    def tensor(self, i: int, *, steps: bool = False) -> Tensor:
        """Input ``i`` as affine forms and exact constants, and steps if they are asked for."""
        if self.value(i).dtype.kind == "f":
            self.tape.reserve(self.value(i).size)
        values = exact_array(self.value(i), place=f"its input {i + 1}")
        if not steps and any(isinstance(entry, Step) for entry in values.flat):
            raise InvalidInputError("computes with the result of a comparison; let Where select between the branches")
        return values

    def weights(self, i: int) -> Value:
        """Input ``i``: finite floats as the file holds them, or affine forms and exact numbers."""
        value = self.value(i)
        return value if value.dtype.kind == "f" and np.isfinite(value).all() else self.tensor(i)

    def exact(self, i: int) -> Tensor:
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

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute, which is noted as read."""
        self.asked.add(name)
        return self.attributes.get(name, default)

    def number(self, name: str, default: float) -> fmpq:
        """An attribute at the exact value of its binary32; the default likewise, as the standard's is."""
        value = float(np.float32(self.attribute(name, default)))
        if not math.isfinite(value):
            raise InvalidInputError(f"its attribute {name} is {value}, not a finite number")
        return fmpq(*value.as_integer_ratio())

    def axes(self, i: int, name: str = "axes") -> list[int] | None:
        """Axes from input ``i`` (newer files) or from an attribute (older ones)."""
        if self.has(i):
            return self.integers(i)
        return list(self.attribute(name)) if name in self.attributes else None

    def flag(self, name: str, default: int = 0) -> bool:
        """A 0/1 attribute."""
        return bool(self.attribute(name, default))

    def output_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the outputs by onnx, reserved; InvalidInputError if one is too large or not constant."""
        from onnx import TensorProto, checker, helper, numpy_helper, shape_inference

        values = {name: v for name, v in zip(self.proto.input, self.inputs, strict=True) if v is not None}
        kinds = ((kind.type_param_str, list(kind.allowed_type_strs)) for kind in self._schema.type_constraints)
        truth = {name for name, allowed in kinds if allowed == ["tensor(bool)"]}
        types = {}
        for name, parameter in zip(self.proto.input, self._parameters, strict=True):
            if name in values:
                kind = TensorProto.BOOL if parameter in truth | {"tensor(bool)"} else TensorProto.FLOAT
                if values[name].dtype.kind in "iub":
                    kind = helper.np_dtype_to_tensor_dtype(values[name].dtype)
                types[name] = helper.make_tensor_type_proto(kind, values[name].shape)
        constants = {
            name: numpy_helper.from_array(v if v.dtype.kind in "iu" else v.astype(np.float32))
            for name, v in values.items()
            if v.dtype.kind in "iu" or (v.dtype.kind == "f" and v.size <= 16)  # a few, as the scales of Resize
        }
        given = self._schema, self.proto, types, constants
        try:
            inferred = shape_inference.infer_node_outputs(*given, opset_imports=[helper.make_opsetid("", self.opset)])
        except (shape_inference.InferenceError, checker.ValidationError) as error:
            raise ValueError(str(error).removeprefix("[ShapeInferenceError] ")) from None
        shapes = {}
        for name, kind in inferred.items():
            lengths = kind.tensor_type.shape.dim
            if kind.tensor_type.HasField("shape") and all(n.HasField("dim_value") for n in lengths):
                shapes[name] = tuple(n.dim_value for n in lengths)
                if min(shapes[name], default=0) < 0:
                    raise ValueError(f"an output would have shape {shapes[name]}")
            elif name == self.proto.output[0]:
                raise InvalidInputError("makes a tensor of unknown shape; export the model with fixed shapes")
        stored = [value.size for value in values.values() if value.dtype != object]
        same = self.proto.op_type in REARRANGEMENTS and len(stored) == len(values)
        most = max(MAX_NUMBERS, *stored) if same and stored else MAX_NUMBERS
        made = sum(check_size(shape, most) for shape in shapes.values())
        self.tape.reserve(made if not same or made > sum(stored) else made // 16)
        if self.proto.op_type not in REARRANGEMENTS:
            self.tape.reserve(sum(cost(v) * max(1, made // max(1, v.size)) for v in values.values()))
        return shapes

    def operated(self, operator: Callable[[Node], Value]) -> Value:
        """What an operator makes of the node; an attribute that it leaves unread, or another shape, is refused."""
        from onnx import helper

        if self.proto.domain == "ai.onnx.ml":
            return operator(self)
        shapes = self.output_shapes()
        result = operator(self)
        for name in sorted(self.attributes.keys() - self.asked - _WITHOUT_EFFECT):
            default = self._schema.attributes[name].default_value
            if not default.type or helper.get_attribute_value(default) != self.attributes[name]:
                shown = str(self.attributes[name])[:40]
                raise InvalidInputError(f"its attribute {name} = {shown} is not read; export the model without it")
        expected = shapes[self.proto.output[0]]
        if result.shape != expected:
            shapes_differ = f"has shape {expected} by onnx's inference but {result.shape} as computed"
            raise InvalidInputError(f"{shapes_differ}; set its padding explicitly")
        return result

    def folded(self) -> tuple[list[Value], bool]:
        """What onnx's implementation makes of constants, and whether that is exact.

        Numbers that are not stored are taken at their nearest binary64 first, or at the type of a stored first input.
        """
        shapes = self.output_shapes()
        self.tape.reserve(sum(math.prod(shape) for shape in shapes.values()))
        stored = [value for value in self.inputs if value is not None and value.dtype.kind == "f"]
        kind = stored[0].dtype if stored else np.dtype(np.float32)
        exact, operands = True, list(self.inputs)
        for i, value in enumerate(self.inputs):
            if value is not None and value.dtype == object:
                taken = np.array([float(from_fmpq(v)) for v in value.flat]).astype(kind).reshape(value.shape)
                exact = exact and bool((exact_array(taken, place="a constant") == value).all())
                operands[i] = taken
        with np.errstate(all="ignore"):
            results = [np.asarray(value) for value in self._run_by_onnx(operands)]
        whole = all(value.dtype.kind in "iub" for value in results)
        if self.proto.op_type == "Sqrt":
            root, square = (exact_array(values, place="its result") for values in (results[0], operands[0]))
            whole = bool((root * root == square).all())
        return results, exact and (whole or self.proto.op_type in _ALWAYS_EXACT)

    def evaluated(self) -> list[Value]:
        """The outputs as onnx's own implementation computes them, refused unless they have the shapes it infers."""
        shapes, operands = self.output_shapes(), self._operands()
        if () in shapes.values():  # NumPy returns a result without dimensions as a bare number, which onnx refuses
            operands = [None if value is None else np.atleast_1d(value) for value in operands]
        with np.errstate(divide="raise"):
            results = self._run_by_onnx(operands)
        for i, name in enumerate(filter(None, self.proto.output)):
            if shapes[name] == ():
                results[i] = results[i].reshape(())
            if results[i].shape != shapes[name]:
                shapes_differ = f"has shape {shapes[name]} by onnx's inference but {results[i].shape} as it computes"
                raise InvalidInputError(f"{shapes_differ}; sort its axes")
        return results

    def _run_by_onnx(self, operands: list[Value | None]) -> list[Value]:
        from onnx import helper
        from onnx.reference import ReferenceEvaluator

        names = [name for name in self.proto.output if name]
        graph = helper.make_graph([self.proto], "node", [], [helper.make_empty_tensor_value_info(n) for n in names])
        least = 19 if self.proto.op_type == "DequantizeLinear" else 1  # implemented from there on, and meant since 10
        evaluator = ReferenceEvaluator(graph, opsets={"": max(self.opset, least)})
        return list(evaluator.run(names, dict(zip(self.proto.input, operands, strict=True))))

    def _operands(self) -> list[Value | None]:
        """The inputs as onnx's implementation takes them: data of one kind, the others as integers.

        Data are the inputs that onnx declares to be of the type of the first one.  If all are numbers as the file holds
        them they stay so where they are rearranged, and where they are integers (shapes); else all become exact.
        """
        types = self._parameters
        data = [i for i, value in enumerate(self.inputs) if value is not None and types[i] == types[0]]
        kinds = {self.value(i).dtype.kind for i in data}
        stored = "O" not in kinds if self.proto.op_type in REARRANGEMENTS else kinds <= {"i", "u"}
        operands = list(self.inputs)
        for i, value in enumerate(self.inputs):
            if i in data and not stored:
                operands[i] = self.tensor(i, steps=True)
            elif value is not None and i not in data:
                operands[i] = np.asarray(self.integers(i), dtype=np.int64).reshape(value.shape)
        return operands

    @property
    def _parameters(self) -> list[str]:
        """The type, as the schema calls it, of every input."""
        types = [parameter.type_str for parameter in self._schema.inputs]
        return (types + types[-1:] * len(self.inputs))[: len(self.inputs)]  # the last one may be repeated

    @property
    def _schema(self) -> Any:
        from onnx import defs

        return defs.get_schema(self.proto.op_type, self.opset, "")


def stored_numbers(tensor: Any) -> Value:
    """The numbers of a tensor in the file; InvalidInputError if it is too large, or bytes, shape and type differ."""
    from onnx import numpy_helper

    check_size(tensor.dims, MAX_FLOATS)
    try:
        array: Value = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise InvalidInputError(f"its stored numbers do not match their shape and type ({str(error)[:100]})") from None
    if array.dtype == object:
        raise InvalidInputError("holds text; only numbers are read")
    return array
