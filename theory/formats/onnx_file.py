"""ONNX models: the reader walks through the graph once, from inputs to outputs, with affine forms.

Supported are the operators that are piecewise linear (and those that only rearrange entries); any other is an error
that names the node, and so is an attribute that the reader does not read.  Files of operator sets before 7, where sums
mean something else, go through onnx's version converter first.  What rearranges or adds entries is computed by onnx's
own reference implementation on exact numbers.  Weights are taken at the exact dyadic value they have in the file,
constants are folded in rational arithmetic, and identity units carry a skip connection.  The network's inputs and
outputs are the graph's, flattened in C order; a batch dimension that the file leaves open is 1.

The file may come from a stranger.  Nothing in it is executed, weights stored outside the file are refused rather than
looked up, and declared shapes are checked against a limit before anything of that size is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theory.errors import FileFormatError, InvalidInputError, LinregionsError, MissingExtraError
from theory.formats.files import printable, read_bytes
from theory.formats.onnx_node import REARRANGEMENTS, SUMS, Node, Value, stored_numbers
from theory.formats.onnx_operators import OPERATORS
from theory.formats.operators import exact_array
from theory.formats.tape import Form, Tape, exact_entries
from theory.network import Network

__all__ = ["load_onnx"]

_NOT_PIECEWISE_LINEAR = (
    {"Celu", "Ceil", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSwish", "InstanceNormalization", "LRN"}
    | {"LayerNormalization", "Log", "LpNormalization", "LpPool", "Mish", "Pow", "Reciprocal", "ReduceL2", "Round"}
    | {"Selu", "Sigmoid", "Sign", "Sin", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh", "ThresholdedRelu"}
)
_CORE = ("", "ai.onnx")
_FIRST_OPSET = 7
"""Sums of arrays of different shapes mean what they mean today from this operator set on."""
_ALIGNED = ("Add", "Div", "Mul", "PRelu", "Sub")
"""Operators whose second operand had an axis to begin at before."""
_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What onnx, NumPy and the operators raise on values that do not fit."""


def load_onnx(path: object, *, drop_softmax: bool = False) -> Network:
    """The network in an ONNX file, every weight at its exact dyadic value.

    Parameters
    ----------
    path : path of the file
    drop_softmax : bool
        Leave out a Softmax or LogSoftmax whose result is an output of the graph, so that the outputs are the scores
        before it.  It moves no region, but it is not the function in the file: never done unasked.

    Raises
    ------
    MissingExtraError
        If the package onnx is not installed.
    FileFormatError
        If the file is not an ONNX model, or uses what is not piecewise linear, naming the node.
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtraError.naming("onnx", "onnx", "reading .onnx files") from None
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        model = onnx.load_model_from_string(read_bytes(str(path)))
    except (DecodeError, ValueError) as error:
        raise FileFormatError(path, "", f"is not an ONNX model ({str(error)[:100]})") from None
    if not model.graph.node and not model.graph.output:
        raise FileFormatError(path, "", "is not an ONNX model: it holds no graph; export the model again")
    walk = _Walk(path, model, drop_softmax)
    try:
        walk.refuse_foreign()
        onnx.checker.check_model(model)
        if walk.opset < _FIRST_OPSET:
            model, begins = walk.converted(model)
            walk = _Walk(path, model, drop_softmax, begins)
        return walk.network()
    except (onnx.checker.ValidationError, UnicodeDecodeError, RuntimeError) as error:
        reason = str(error).split("\n")[0][:200]
        raise FileFormatError(path, "", f"is not a valid ONNX model ({reason}); export it again") from None


class _Walk:
    """One pass over a graph."""

    def __init__(self, path: object, model: Any, drop_softmax: bool, begins: Mapping[str, int] | None = None) -> None:
        self.path = path
        self.graph = model.graph
        self.opset = max((entry.version for entry in model.opset_import if entry.domain in _CORE), default=0)
        self.drop_softmax = drop_softmax
        self.begins = begins or {}
        self.tape = Tape()
        self.values: dict[str, Value] = {}

    def fail(self, place: str, problem: str) -> FileFormatError:
        return FileFormatError(self.path, place, problem)

    def refuse_foreign(self) -> None:
        """Refuse weights outside the file, subgraphs and operators of other domains, before anything looks at them."""
        graph = self.graph
        tensors = [(f"weight {t.name!r}", t) for t in graph.initializer]
        if graph.sparse_initializer:
            raise self.fail("", "holds sparse weights, which are not read; store them as dense tensors")
        for i, node in enumerate(graph.node, start=1):
            place = _place(i, node)
            if node.domain not in _CORE:
                raise self.fail(place, f"operators of the domain {node.domain!r} are not read; export without them")
            for attribute in node.attribute:
                if attribute.HasField("g") or attribute.graphs:
                    raise self.fail(place, "control flow with subgraphs is not read; export the model without it")
                tensors += [(place, t) for t in (attribute.t, *attribute.tensors)]
        for place, tensor in tensors:
            if tensor.data_location == tensor.EXTERNAL or tensor.external_data:
                raise self.fail(place, "its data lie outside this file; save the model as a single file")

    def converted(self, model: Any) -> tuple[Any, dict[str, int]]:
        """A model of an operator set before 7 in operator set 7, by onnx's own converter.

        The converter (1.23) misplaces the second operand of sums that name an axis and leaves the slopes of PRelu,
        which belonged to the channels, to the last axis.  So each node that names an axis loses it before, and the
        second result says for its output at which axis the second operand begins.
        """
        import onnx
        from onnx import version_converter

        begins: dict[str, int] = {}
        for node in model.graph.node:
            named = {a.name: a.i for a in node.attribute if a.name == "axis"} if node.op_type in _ALIGNED else {}
            begins.update(dict.fromkeys(node.output, 1 if node.op_type == "PRelu" else named.get("axis", -1)))
            if named:
                kept = [a for a in node.attribute if a.name != "axis"]
                del node.attribute[:]
                node.attribute.extend(kept)
        try:
            converted = version_converter.convert_version(model, _FIRST_OPSET)
            onnx.checker.check_model(converted)
        except (RuntimeError, ValueError, onnx.checker.ValidationError, version_converter.ConvertError) as error:
            reason = str(error).rpartition("failed: ")[2].split("\n")[0][:100]
            problem = f"uses operator set {self.opset}, and onnx does not convert it to {_FIRST_OPSET} ({reason})"
            raise self.fail("", f"{problem}; export it with {_FIRST_OPSET} or newer") from None
        return converted, {name: axis for name, axis in begins.items() if axis >= 0}

    def network(self) -> Network:
        for tensor in self.graph.initializer:
            try:
                self.values[tensor.name] = stored_numbers(tensor)
            except InvalidInputError as error:
                raise self.fail(f"weight {tensor.name!r}", str(error)) from None
        for entry in self.graph.input:
            if entry.name not in self.values:
                self.values[entry.name] = self.input(entry)
        outputs = [output.name for output in self.graph.output]
        needed, nodes = set(outputs), []
        for i, node in reversed(list(enumerate(self.graph.node, start=1))):
            if needed.intersection(node.output):
                needed.update(node.input)
                nodes.append((i, node))
        for i, node in reversed(nodes):
            self.run(_place(i, node), node, set(outputs))
        for name in outputs:
            if name not in self.values:
                raise self.fail(f"output {name!r}", "is computed by no node; export the model again")
        try:
            tensors = [exact_array(self.values[name], place=f"output {name!r}") for name in outputs]
            entries = [entry for tensor in tensors for entry in tensor.flat]
            if self.tape.is_affine and not any(isinstance(entry, Form) for entry in entries):
                raise InvalidInputError("its outputs do not depend on its inputs; there is nothing to count")
            return self.tape.network(entries)
        except InvalidInputError as error:
            raise self.fail("", str(error)) from None

    def input(self, entry: Any) -> Value:
        """Fresh variables in the declared shape of a graph input."""
        place = f"input {entry.name!r}"
        kind = entry.type.tensor_type
        if kind.elem_type not in _FLOATS:
            raise self.fail(place, "is not a tensor of floating-point numbers; a network reads numbers")
        if not kind.HasField("shape"):
            raise self.fail(place, "has no shape; export the model with a fixed input shape")
        shape = [d.dim_value if d.WhichOneof("value") == "dim_value" else 0 for d in kind.shape.dim]
        if len(shape) > 1 and shape[0] < 1:
            shape[0] = 1
        for axis, length in enumerate(shape):
            if length < 1:
                name = kind.shape.dim[axis].dim_param or "?"
                raise self.fail(place, f"dimension {axis} ({name}) is not fixed; export with a fixed input shape")
        try:
            return self.tape.inputs(shape)
        except InvalidInputError as error:
            raise self.fail(place, str(error)) from None

    def run(self, place: str, proto: Any, outputs: set[str]) -> None:
        """Evaluate one node on the values of its inputs."""
        kind = proto.op_type
        if kind in ("Softmax", "LogSoftmax"):
            if not outputs.intersection(proto.output):
                raise self.fail(place, "is not piecewise linear, and not the last node either, so it cannot be dropped")
            if not self.drop_softmax:
                raise self.fail(
                    place,
                    "is not piecewise linear; export the model without it, or ask for the scores before it with "
                    "theory.formats.load_onnx(..., drop_softmax=True)",
                )
            self.values[proto.output[0]] = self.values[proto.input[0]]
            return
        if kind in _NOT_PIECEWISE_LINEAR:
            raise self.fail(place, "is not piecewise linear; use an activation such as Relu, LeakyRelu or HardSigmoid")
        if kind not in OPERATORS and kind not in REARRANGEMENTS | SUMS:
            raise self.fail(place, "is not among the operators that are read; export the model without it")
        try:
            node = Node(self.tape, proto, self.opset, self.values)
            if proto.output[0] in self.begins:
                node.align(1, self.begins[proto.output[0]])
            shapes = node.output_shapes()
            results = [node.operated(OPERATORS[kind], shapes)] if kind in OPERATORS else node.evaluated(shapes)
            exact = [value if value.dtype != object else exact_entries(value) for value in results]
            self.values.update(zip(filter(None, proto.output), exact, strict=False))
        except _ERRORS as error:
            raise self.fail(place, self.reason(error, proto.input)) from None
        missing = [name for name in proto.output[len(results) :] if name and self._is_read(name, outputs)]
        if missing:
            raise self.fail(place, f"its output {missing[0]!r} is not piecewise linear; use its first output only")

    def reason(self, error: BaseException, names: Sequence[str]) -> str:
        """What stopped a node that reads these values, in one sentence."""
        while not isinstance(error, LinregionsError) and error.__cause__ is not None:
            error = error.__cause__
        if isinstance(error, LinregionsError):
            return str(error)
        if isinstance(error, ArithmeticError):
            return "divides by zero; correct the constants of the model"
        shapes = ", ".join(str(self.values[name].shape) if name else "none" for name in names)
        return f"its inputs of shapes {shapes} do not fit ({' '.join(str(error).split())[:150]})"

    def _is_read(self, name: str, outputs: set[str]) -> bool:
        return name in outputs or any(name in node.input for node in self.graph.node)


_FLOATS = (1, 10, 11, 16)  # TensorProto.FLOAT, FLOAT16, DOUBLE, BFLOAT16


def _place(number: int, node: Any) -> str:
    return f"node {number} ({printable(str(node.op_type))}{', ' + repr(node.name[:60]) if node.name else ''})"
