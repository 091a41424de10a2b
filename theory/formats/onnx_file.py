"""ONNX models: the reader walks through the graph once, from inputs to outputs, with affine forms.

The supported operators are those that are piecewise linear (and those that only rearrange entries); any other is an
error that names the node, and so is an attribute that the reader does not read.  Operators that rearrange or add
entries are computed by onnx's own reference implementation on exact numbers.  Constants are folded in rational
arithmetic, or where that cannot be (a root, an exponential) at the value that the file's float type gives.  The
network's inputs and outputs are the graph's, flattened in C order; a batch dimension that the file leaves open is 1.

The file may come from a stranger.  Nothing in it is executed; declared shapes are checked against a limit before
anything of that size is made; weights beside the file are read only from a regular file with a plain name in the same
folder; subgraphs and operators of unknown domains are refused.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from theory import errors
from theory.errors import FileFormatError, HeadWarning, InvalidInputError, LinregionsError, RoundedWarning, located
from theory.formats.files import MAX_BYTES, Shape, printable, read_bytes
from theory.formats.onnx_node import FOLDED, REARRANGEMENTS, SUMS, Node, Value, stored_numbers
from theory.formats.onnx_operators import OPERATORS
from theory.formats.operators import exact_array
from theory.formats.tape import Form, Step, Tape, Tensor, exact_entries
from theory.network import Network

_CORE = ("", "ai.onnx")
_FIRST_OPSET = 7
"""From this operator set on sums of arrays of different shapes have their present meaning."""
_ALIGNED = ("Add", "Div", "Mul", "PRelu", "Sub")
"""Operators whose second operand had an axis to begin at before."""

_HEADS = frozenset({"ArgMax", "LogSoftmax", "Sigmoid", "Softmax"})
_BEHIND_HEADS = _HEADS | frozenset(
    {"ArrayFeatureExtractor", "Binarizer", "Cast", "Concat", "Constant", "Flatten", "Gather", "Identity"}
    | {"LabelEncoder", "Neg", "Reshape", "Slice", "Squeeze", "Sub", "Transpose", "Unsqueeze", "ZipMap"}
)
"""What turns scores into probabilities, a class or its label, and nothing else."""
_NOT_PIECEWISE_LINEAR = (
    {"Celu", "Ceil", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSwish", "InstanceNormalization", "LRN"}
    | {"LayerNormalization", "Log", "LogSoftmax", "LpNormalization", "LpPool", "Mish", "Pow", "ReduceL2"}
    | {"Round", "Selu", "Sigmoid", "Sin", "Softmax", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh"}
    | {"ArgMax", "ThresholdedRelu"}
)
_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What onnx, NumPy and the operators raise on values that do not fit."""
_OTHER_EXPORT = {
    "Sign": "is not continuous; Softshrink, if it was written so, stays one with torch.onnx.export(..., dynamo=False)",
    "RNN": "is not read as one node; torch.onnx.export(..., dynamo=True) writes it step by step",
}

_FLOATS = (1, 10, 11, 16)  # TensorProto.FLOAT, FLOAT16, DOUBLE, BFLOAT16
_GIVE_SHAPE = "give the shape (--shape 1,2 or load_onnx(..., shape=(1, 2))), or export with a fixed one"


def load_onnx(
    path: object, *, drop_softmax: bool = False, output: str | None = None, shape: Shape | None = None
) -> Network:
    """The network in an ONNX file, every weight at its exact dyadic value.

    A Softmax, LogSoftmax, Sigmoid or ArgMax at the end is left out, with a warning, so that the outputs are the scores
    before it: it moves no region, but it is not the function in the file.  Raises MissingExtraError if onnx is not
    installed, and FileFormatError if the file is no ONNX model, or uses what is not piecewise linear, naming the node.

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


class Graph:
    """The nodes that the outputs need, in an order in which they can be computed.

    ``proto`` is the graph in onnx's form, ``opset`` the operator set of its nodes.  ``outputs`` names the tensors that
    are the network's outputs, ``head`` the operators left out behind them; the ``nodes`` are numbered from 1 as in the
    file.  ``begins`` says for the output of a sum from before operator set 7 where its second operand begins.
    """

    def __init__(self, path: object, output: str | None = None) -> None:
        self.path, self.fail = path, partial(FileFormatError, path)
        model = _parsed(path)
        self._take(model)
        if self.proto.sparse_initializer:
            raise self.fail("", "holds sparse weights, which are not read; store them as dense tensors")
        for i, node in enumerate(self.proto.node, start=1):
            if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
                problem = "control flow with subgraphs is not read; onnxslim removes branches on constants"
                raise self.fail(place_of(i, node), problem)
        self._bring_in_external()
        if self.opset < _FIRST_OPSET:
            self._convert(model)
        self._maker: dict[str, int] = {}
        for i, node in enumerate(self.proto.node):
            for name in filter(None, node.output):
                if self._maker.setdefault(name, i) != i:
                    raise self.fail("", f"two nodes make {printable(name)!r}; export the model again")
        self.head: list[str] = []
        self.outputs = [entry.name for entry in self.proto.output]
        if output is None:
            self._leave_head_out()
        elif output in self._maker:
            self.outputs = [output]
        else:
            names = [printable(name) for node in self.proto.node for name in node.output if name]
            some = ", ".join(names if len(names) <= 8 else [*names[:3], "...", *names[-4:]])
            raise self.fail("", f"no node makes {printable(output)!r}; its tensors are {some}")
        self.nodes = self._in_order()

    def _take(self, model: Any) -> None:
        self.proto, self._ir = model.graph, model.ir_version
        self.opset = max((entry.version for entry in model.opset_import if entry.domain in _CORE), default=0)
        self.begins: dict[str, int] = {}

    def _bring_in_external(self) -> None:
        """Copy weights from files beside this one, which are named plainly and hold what the model says."""
        files: dict[str, bytes] = {}
        total = 0
        tensors = [(f"weight {printable(tensor.name)!r}", tensor) for tensor in self.proto.initializer]
        for i, node in enumerate(self.proto.node, start=1):
            tensors += [(place_of(i, node), t) for held in node.attribute for t in (held.t, *held.tensors)]
        for place, tensor in tensors:
            if tensor.data_location != tensor.EXTERNAL and not tensor.external_data:
                continue
            entries = {entry.key: entry.value for entry in tensor.external_data}
            name = entries.get("location", "")
            beside = Path(str(self.path)).parent / name
            if not name or name in (".", "..") or any(c in name for c in "/\\:\0") or beside.is_symlink():
                problem = f"its data lie in {printable(name)!r}, not in a plain file beside this one"
                raise self.fail(place, f"{problem}; save the model as a single file")
            if name not in files:
                files[name] = read_bytes(beside)
            try:
                start = int(entries.get("offset", 0))
                length = int(entries.get("length", len(files[name]) - start))
            except ValueError:
                raise self.fail(place, "the place of its data is not a number; export the model again") from None
            total += length
            if start < 0 or length < 0 or start + length > len(files[name]) or total > MAX_BYTES:
                problem = f"its data, {length:,} bytes from {start:,}, are not in {name} ({len(files[name]):,} bytes)"
                raise self.fail(place, f"{problem}; export the model again")
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
            tensor.raw_data = files[name][start : start + length]

    def _convert(self, model: Any) -> None:
        """Bring a model of an operator set before 7 to operator set 7, by onnx's own converter.

        The converter (1.23) misplaces the second operand of sums that name an axis and leaves the slopes of PRelu,
        which belonged to the channels, to the last axis.  So each node that names an axis loses it before, and
        ``begins`` says for its output at which axis the second operand begins.
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
            onnx.checker.check_model(model)
            converted = version_converter.convert_version(model, _FIRST_OPSET)
            onnx.checker.check_model(converted)
        except (RuntimeError, ValueError, onnx.checker.ValidationError, version_converter.ConvertError) as error:
            reason = str(error).rpartition("failed: ")[2].split("\n")[0][:100]
            problem = f"uses operator set {self.opset}, and onnx does not convert it to {_FIRST_OPSET} ({reason})"
            raise self.fail("", f"{problem}; export it with {_FIRST_OPSET} or newer") from None
        self._take(converted)
        self.begins = {name: axis for name, axis in begins.items() if axis >= 0}

    def _leave_head_out(self) -> None:
        """Take what a final head reads for the output, if all that lies behind is a function of these scores."""
        inputs = {entry.name for entry in self.proto.input} - {tensor.name for tensor in self.proto.initializer}
        everything = self._behind(self.outputs, inputs)
        for i in sorted(i for i in everything if self.proto.node[i].op_type in _HEADS):
            node = self.proto.node[i]
            scores = node.input[0] if node.input else ""
            behind = self._behind(self.outputs, {scores})
            reads_more = any(name in inputs for j in behind for name in self.proto.node[j].input if name != scores)
            kinds = [self.proto.node[j].op_type for j in sorted(behind)]
            from_input = scores in inputs or bool(self._behind([scores], inputs))
            if from_input and not reads_more and set(kinds) <= _BEHIND_HEADS and not inputs.intersection(self.outputs):
                self.head, self.outputs = [kind for kind in kinds if kind != "Constant"], [scores]
                return

    def _behind(self, outputs: Iterable[str], stops: Iterable[str]) -> set[int]:
        """The nodes that the outputs need when the tensors at which it stops are given."""
        found: set[int] = set()
        stop = set(stops)
        todo = [name for name in outputs if name not in stop]
        while todo:
            i = self._maker.get(todo.pop())
            if i is not None and i not in found:
                found.add(i)
                todo += [name for name in self.proto.node[i].input if name and name not in stop]
        return found

    def _in_order(self) -> list[tuple[int, Any]]:
        """The needed nodes, checked by onnx, in the order of the file if it computes, else in one that does."""
        from onnx import checker

        needed = self._behind(self.outputs, ())
        before = {i: {self._maker[n] for n in self.proto.node[i].input if n in self._maker} for i in needed}
        order: Sequence[int] = sorted(needed)
        if any(j >= i for i in needed for j in before[i]):
            try:
                order = list(TopologicalSorter(before).static_order())
            except CycleError:
                raise self.fail("", "its nodes read each other's outputs in a circle; export the model again") from None
        nodes = [(i + 1, self.proto.node[i]) for i in order]
        context = type(checker.DEFAULT_CONTEXT)()
        context.ir_version, context.opset_imports = max(self._ir, 3), {"": self.opset, "ai.onnx.ml": 1}
        for number, node in nodes:
            if node.domain not in _CORE and (node.domain, node.op_type) != ("ai.onnx.ml", "Scaler"):
                fused = node.domain.startswith("com.microsoft")  # what onnxruntime writes when it optimizes a model
                way = "give the model from before onnxruntime optimized it" if fused else "export without them"
                problem = f"operators of the domain {printable(node.domain)!r} are not read; {way}"
                raise self.fail(place_of(number, node), problem)
        try:
            for _, node in nodes:
                checker.check_node(node, context)
        except (checker.ValidationError, UnicodeDecodeError, RuntimeError) as error:
            reason = str(error).split("\n")[0][:200]
            raise self.fail("", f"is not a valid ONNX model ({reason}); export it again") from None
        return nodes


def _parsed(path: object) -> Any:
    """The model in the file; weights that lie outside it are not yet read."""
    onnx = errors.imported("onnx", "onnx", "reading .onnx files")
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    content = read_bytes(str(path))
    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError) as error:
        raise FileFormatError(path, "", f"is not an ONNX model ({str(error)[:100]}); export it again") from None
    if not model.graph.node and not model.graph.output:
        raise FileFormatError(path, "", "is not an ONNX model: it holds no graph; export the model again")
    return model


def place_of(number: int, node: Any) -> str:
    """A node in words: its number in the file, its operator and its name."""
    return f"node {number} ({printable(str(node.op_type))}{', ' + repr(node.name[:60]) if node.name else ''})"


class _Walk:
    def __init__(self, graph: Graph, shape: Shape | None) -> None:
        self.graph, self.shape, self.tape = graph, shape, Tape()
        self.values: dict[str, Value] = {}
        self.read = {name for _, node in graph.nodes for name in node.input}.union(graph.outputs)
        self.rounded: dict[str, int] = {}  # how often an operator gave constants that are not rational

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
        before = f"or take the tensor before it for the output: {printable(next(iter(node.proto.input), ''))!r}"
        if kind in _NOT_PIECEWISE_LINEAR:
            problem = "is not piecewise linear; use an activation such as Relu, LeakyRelu or HardSigmoid"
            raise InvalidInputError(f"{problem}, {before}")
        raise InvalidInputError(f"is not among the operators that are read; export the model without it, {before}")

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
