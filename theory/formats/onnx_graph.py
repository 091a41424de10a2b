"""The graph of an ONNX file before anything is computed: its weights, its nodes in order, the head that is left out.

The file may come from a stranger.  Nothing in it is executed; weights beside the file are read only from a regular file
with a plain name in the same folder; subgraphs and operators of unknown domains are refused.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from theory.errors import FileFormatError, imported
from theory.formats.files import MAX_BYTES, printable, read_bytes

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


class Graph:
    """The nodes that the outputs need, in an order in which they can be computed.

    ``proto`` is the graph in onnx's form, ``opset`` the operator set of its nodes.  ``outputs`` are the names of the
    tensors that are the network's outputs, ``head`` the operators that were left out behind them; the numbers of the
    ``nodes`` count from 1 in the order of the file.  ``begins`` says for the output of a sum from before operator set 7
    at which axis its second operand begins.
    """

    def __init__(self, path: object, output: str | None = None) -> None:
        self.path, self.fail = path, partial(FileFormatError, path)
        model = _parsed(path)
        self._take(model)
        self._refuse_foreign()
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

    def _refuse_foreign(self) -> None:
        """Refuse sparse weights and subgraphs before anything looks at them."""
        if self.proto.sparse_initializer:
            raise self.fail("", "holds sparse weights, which are not read; store them as dense tensors")
        for i, node in enumerate(self.proto.node, start=1):
            if any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute):
                problem = "control flow with subgraphs is not read; onnxslim removes branches on constants"
                raise self.fail(place_of(i, node), problem)

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
        """Take what a final Softmax, LogSoftmax, Sigmoid or ArgMax reads for the output, if nothing else is read.

        Then all that lies behind is a function of these scores: probabilities, the class, its label.
        """
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
                self.head = [kind for kind in kinds if kind != "Constant"]
                self.outputs = [scores]
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
        """The needed nodes in the order of the file, or where that does not compute in one that does."""
        needed = self._behind(self.outputs, ())
        before = {i: {self._maker[n] for n in self.proto.node[i].input if n in self._maker} for i in needed}
        order: Sequence[int] = sorted(needed)
        if any(j >= i for i in needed for j in before[i]):
            try:
                order = list(TopologicalSorter(before).static_order())
            except CycleError:
                raise self.fail("", "its nodes read each other's outputs in a circle; export the model again") from None
        nodes = [(i + 1, self.proto.node[i]) for i in order]
        self._check(nodes)
        return nodes

    def _check(self, nodes: Sequence[tuple[int, Any]]) -> None:
        """Let onnx check the attributes and the numbers of inputs and outputs of nodes."""
        from onnx import checker

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


def _parsed(path: object) -> Any:
    """The model in the file; weights that lie outside it are not yet read."""
    onnx = imported("onnx", "onnx", "reading .onnx files")
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
