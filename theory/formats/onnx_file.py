"""ONNX models: the reader walks through the graph once, from inputs to outputs, with affine forms.

The supported operators are those that are piecewise linear (and those that only rearrange entries); any other is an
error that names the node, and so is an attribute that the reader does not read.  Operators that rearrange or add
entries are computed by onnx's own reference implementation on exact numbers.  Constants are folded in rational
arithmetic, or where that cannot be (a root, an exponential) at the value that the file's float type gives.  The
network's inputs and outputs are the graph's, flattened in C order; a batch dimension that the file leaves open is 1.

The file may come from a stranger: declared shapes are checked against a limit before anything of that size is made.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from theory.errors import HeadWarning, InvalidInputError, LinregionsError, RoundedWarning, located
from theory.formats.files import Shape, printable
from theory.formats.onnx_graph import Graph, place_of
from theory.formats.onnx_node import FOLDED, REARRANGEMENTS, SUMS, Node, Value, stored_numbers
from theory.formats.onnx_operators import OPERATORS
from theory.formats.operators import exact_array
from theory.formats.tape import Form, Step, Tape, Tensor, exact_entries
from theory.network import Network

_NOT_PIECEWISE_LINEAR = (
    {"Celu", "Ceil", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSwish", "InstanceNormalization", "LRN"}
    | {"LayerNormalization", "Log", "LogSoftmax", "LpNormalization", "LpPool", "Mish", "Pow", "ReduceL2"}
    | {"Round", "Selu", "Sigmoid", "Sin", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh"}
    | {"ArgMax", "ThresholdedRelu"}
)
_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What onnx, NumPy and the operators raise on values that do not fit."""


def load_onnx(
    path: object, *, drop_softmax: bool = False, output: str | None = None, shape: Shape | None = None
) -> Network:
    """The network in an ONNX file, every weight at its exact dyadic value.

    A Softmax, LogSoftmax, Sigmoid or ArgMax at the end is left out, with a warning, so that the outputs are the scores
    before it: it moves no region, but it is not the function in the file.  Raises MissingExtraError if the package onnx
    is not installed, and FileFormatError if the file is not an ONNX model, or uses what is not piecewise linear, naming
    the node.

    A path that ends in ``.gz`` is unpacked, and weights may lie in a file with a plain name beside it.
    ``drop_softmax`` suppresses the warning.  ``output`` names the tensor that is the network's output; what comes after
    it is ignored.  ``shape`` is the shape of the input where the file leaves it open, or a shape for each input's name.
    """
    graph = Graph(path, output)
    network = _Walk(graph, shape).network()
    if graph.head and not drop_softmax:
        left_out = f"{path}: {', '.join(graph.head)} at the end left out"
        scores = f"the outputs are the scores before, {printable(graph.outputs[0])!r}"
        warnings.warn(f"{left_out}: {scores}", HeadWarning, stacklevel=2)
    return network


class _Walk:
    def __init__(self, graph: Graph, shape: Shape | None) -> None:
        self.graph = graph
        self.shape = shape
        self.tape = Tape()
        self.values: dict[str, Value] = {}
        self.read = {name for _, node in graph.nodes for name in node.input}.union(graph.outputs)
        self.rounded: dict[str, int] = {}
        """How often an operator gave constants that are not rational."""

    def network(self) -> Network:
        graph = self.graph
        for tensor in graph.proto.initializer:
            if tensor.name in self.read:
                with located(graph.path, f"weight {printable(tensor.name)!r}"):
                    self.values[tensor.name] = stored_numbers(tensor)
        open_inputs = [entry for entry in graph.proto.input if entry.name not in self.values]
        for entry in open_inputs:
            self.values[entry.name] = self.input(entry, len(open_inputs))
        for i, node in graph.nodes:
            self.run(place_of(i, node), node)
        entries: list[Any] = []
        for name in graph.outputs:
            place = f"output {printable(name)!r}"
            if name not in self.values:
                raise graph.fail(place, "is computed by no node; export the model again")
            with located(graph.path):
                entries += exact_array(self.values[name], place=place).flat
        with located(graph.path):
            if any(isinstance(entry, Step) for entry in entries):
                raise InvalidInputError("ends in a comparison, which is not continuous; name an output before it")
            if self.tape.is_affine and not any(isinstance(entry, Form) for entry in entries):
                raise InvalidInputError("its outputs do not depend on its inputs; there is nothing to count")
            network = self.tape.network(entries)
        if self.rounded:
            made = ", ".join(f"{kind} ({times})" for kind, times in self.rounded.items())
            problem = f"{made} of constants: the results are taken at the values that the file's float type gives"
            warnings.warn(f"{graph.path}: {problem}", RoundedWarning, stacklevel=3)
        return network

    def input(self, entry: Any, inputs: int) -> Tensor:
        """Fresh variables in the shape of a graph input, declared or given by the caller."""
        place = f"input {printable(entry.name)!r}"
        kind = entry.type.tensor_type
        if kind.elem_type not in _FLOATS:
            raise self.graph.fail(place, "is not a tensor of floating-point numbers; a network reads numbers")
        given = self.shape.get(entry.name) if isinstance(self.shape, Mapping) else self.shape if inputs == 1 else None
        if given is None and not kind.HasField("shape"):
            raise self.graph.fail(place, f"has no shape; {_GIVE_SHAPE}")
        declared = [d.dim_value if d.WhichOneof("value") == "dim_value" else 0 for d in kind.shape.dim]
        if given is not None:
            known = zip(declared, given, strict=False)
            if kind.HasField("shape") and (len(given) != len(declared) or any(d > 0 and d != n for d, n in known)):
                shown = ",".join(str(d) if d > 0 else "?" for d in declared)
                raise self.graph.fail(place, f"has shape {shown}, which {tuple(given)} does not fit; give another")
            declared = list(given)
        elif len(declared) > 1 and declared[0] < 1:
            declared[0] = 1
        for axis, length in enumerate(declared):
            if length < 1:
                name = printable(kind.shape.dim[axis].dim_param) if axis < len(kind.shape.dim) else ""
                raise self.graph.fail(place, f"dimension {axis} ({name or '?'}) is not fixed; {_GIVE_SHAPE}")
        with located(self.graph.path, place):
            return self.tape.inputs(declared)

    def run(self, place: str, proto: Any) -> None:
        for name in proto.input:
            if name and name not in self.values:
                raise self.graph.fail(place, f"reads {printable(name)!r}, which nothing makes; export the model again")
        try:
            node = Node(self.tape, proto, self.graph.opset, self.values)
            if proto.output[0] in self.graph.begins:
                node.align(1, self.graph.begins[proto.output[0]])
            results = self.results(node)
            exact = [value if value.dtype != object else exact_entries(value) for value in results]
            self.values.update(zip(filter(None, proto.output), exact, strict=False))
        except _ERRORS as error:
            raise self.graph.fail(place, self.reason(error, proto.input)) from None
        for name in proto.output[len(results) :]:
            if name and name in self.read:
                problem = f"its output {printable(name)!r} is not piecewise linear; use its first output only"
                raise self.graph.fail(place, problem)

    def results(self, node: Node) -> list[Value]:
        """The outputs of a node: those of onnx's implementation where that is exact, else of the operators here."""
        kind = node.proto.op_type
        if node.is_constant and (
            kind in FOLDED or (node.is_whole and kind in OPERATORS and kind not in ("Cast", "Clip"))
        ):
            results, exact = node.folded()
            if not exact:
                self.rounded[kind] = self.rounded.get(kind, 0) + 1
            return results
        if "quantize" in kind.lower() or kind.startswith("QLinear"):
            raise InvalidInputError("rounds values, as in quantized models; use the model from before it was quantized")
        if kind in _OTHER_EXPORT:
            raise InvalidInputError(_OTHER_EXPORT[kind])
        if kind in OPERATORS:
            return [node.operated(OPERATORS[kind])]
        if kind in REARRANGEMENTS | SUMS:
            return node.evaluated()
        problem = "is not among the operators that are read; export the model without it"
        if kind in _NOT_PIECEWISE_LINEAR:
            problem = "is not piecewise linear; use an activation such as Relu, LeakyRelu or HardSigmoid"
        before = printable(node.proto.input[0]) if node.proto.input else ""
        raise InvalidInputError(f"{problem}, or take the tensor before it for the output: {before!r}")

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


_OTHER_EXPORT = {
    "Sign": "is not continuous; Softshrink, if it was written so, stays one with torch.onnx.export(..., dynamo=False)",
    "RNN": "is not read as one node; torch.onnx.export(..., dynamo=True) writes it step by step",
}

_FLOATS = (1, 10, 11, 16)  # TensorProto.FLOAT, FLOAT16, DOUBLE, BFLOAT16
_GIVE_SHAPE = "give the shape (--shape 1,2 or load_onnx(..., shape=(1, 2))), or export with a fixed one"
