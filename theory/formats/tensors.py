"""Files of dense layers without a graph: ``.npz``, ``.safetensors``, PyTorch's state dicts, and ``.nnet`` texts.

All may come from strangers.  NumPy refuses a member of an ``.npz`` that would need unpickling, and the size that the
archive declares is checked before anything is unpacked.  The parser of safetensors checks that the header is consistent
with the bytes; the numbers are decoded here, so that bfloat16 (the upper half of a binary32) needs no further package.
State dicts are unpickled by torch, which builds tensors only.

Named arrays are read as affine layers in order with ReLU units between them, weights stored rows × inputs, where

* ``W0, b0, W1, b1, …`` (counting from 0 or 1),
* or ``0.weight, 0.bias, 2.weight, …``, names that differ in one number only; a layer without a bias has bias zero,

says the order.  Other names are refused, not guessed; the message advises ONNX, whose files contain the graph.
"""

import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from theory.activations import IDENTITY, RELU
from theory.errors import FileFormatError, imported, located
from theory.exact import rational
from theory.formats.files import MAX_FLOATS, MAX_NUMBERS, printable, read_bytes
from theory.network import Layer, Network

Array = np.ndarray[Any, np.dtype[Any]]
"""An array of any shape and type."""

_MAX_NAME = 300
_SHORT = re.compile(r"([Wb])(0|[1-9][0-9]{0,5})\Z")
_LONG = re.compile(r"((.*?)([0-9]{1,9})([^0-9]*))\.(?:weight|bias)\Z")
_NUMBER = re.compile(r"[+-]?(\d{1,40}\.?\d{0,40}|\.\d{1,40})([eE][+-]?\d{1,3})?")
_MOST_LAYERS = 10_000
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_TRANSPOSE = "weights are stored as (rows, inputs): transpose them if yours are (inputs, rows)"
_WAY_OUT = "for other layers export the model to ONNX, which records how they are connected"
_MAX_UNPACKED = 8 * MAX_NUMBERS + 2**20
_MOST_PACKED = 20  # weights hardly pack; what unpacks to more than so many times its size has other purposes
_MAX_MEMBERS = 10_000
_DAMAGED = (
    *(EOFError, MemoryError, NotImplementedError, OSError, OverflowError, RuntimeError, SyntaxError, TypeError),
    *(ValueError, TokenError, zipfile.BadZipFile, zlib.error),
)
"""What NumPy and zipfile raise on a file that is not what it claims to be."""


def relu_chain(arrays: Mapping[str, Array], source: object) -> Network:
    """The ReLU network whose affine layers are these arrays, every number at its exact dyadic value.

    Raises FileFormatError if the names do not order the layers, or the shapes do not fit together, naming the array.
    The arrays are of binary16, 32 or 64 numbers or integers; ``source`` is what an error message calls the file.

    >>> relu_chain({"W0": np.eye(2), "b0": np.zeros(2), "W1": np.ones((1, 2)), "b1": np.ones(1)}, "example")
    <network 2-2 → 1>
    """
    fail = partial(FileFormatError, source)
    total = sum(max(array.size, *array.shape, 0) for array in arrays.values())  # a row without entries has a bias
    if total > MAX_FLOATS:
        raise fail("", f"holds {total:,} numbers, more than the {MAX_FLOATS:,} that are read")
    names = _layer_names(sorted(arrays), source)
    pairs: list[tuple[Array, Array]] = []
    for weight_name, bias_name in names:
        weight, shown = arrays[weight_name], printable(weight_name)
        if weight.ndim != 2:
            raise fail(shown, f"has shape {weight.shape} but a dense layer needs (rows, inputs); {_WAY_OUT}")
        bias = arrays[bias_name] if bias_name in arrays else np.zeros(weight.shape[0])
        if bias.shape != weight.shape[:1]:
            problem = f"has shape {bias.shape} but {weight_name} has {weight.shape[0]} rows; {_TRANSPOSE}"
            raise fail(printable(bias_name), problem)
        if pairs and pairs[-1][0].shape[0] != weight.shape[1]:
            units = pairs[-1][0].shape[0]
            raise fail(shown, f"reads {weight.shape[1]} values but the layer before has {units} units; {_TRANSPOSE}")
        pairs.append((weight, bias))
    with located(source):
        return Network.from_floats(pairs, activation=RELU)


def _layer_names(names: list[str], source: object) -> list[tuple[str, str]]:
    """(weight, bias) names in layer order."""
    fail = partial(FileFormatError, source)
    if not names:
        raise fail("", "holds no arrays; store W0, b0, W1, b1, ...")
    if max(map(len, names)) > _MAX_NAME:
        raise fail("", f"holds an array whose name is longer than {_MAX_NAME} characters; rename it")
    if all(_SHORT.match(name) for name in names):
        numbers = sorted({int(name[1:]) for name in names})
        if numbers[0] > 1 or len(numbers) <= numbers[-1] - numbers[0]:
            raise fail("", f"has arrays numbered {_few(numbers)}; number the layers 0, 1, 2, ...")
        pairs = [(f"W{i}", f"b{i}") for i in numbers]
        needed, way = [name for pair in pairs for name in pair], "each layer needs W and b"
    else:
        stems: dict[int, str] = {}
        frames = set()
        for name in names:
            match = _LONG.match(name)
            if match is None:
                raise fail(printable(name), f"is neither W0, b0, ... nor of the form 0.weight, 0.bias; {_WAY_OUT}")
            stem, prefix, number, infix = match.groups()
            frames.add(f"{prefix}#{infix}")
            if len(frames) == 1 and stems.setdefault(int(number), stem) != stem:
                raise fail(printable(name), "two layers have the same number; number them 0, 1, 2, ...")
        if len(frames) > 1:
            raise fail("", f"the names {_few(sorted(frames))} do not say which layer comes first; {_WAY_OUT}")
        pairs = [(f"{stem}.weight", f"{stem}.bias") for _, stem in sorted(stems.items())]
        needed, way = [weight for weight, _ in pairs], _WAY_OUT
    if missing := next((name for name in needed if name not in names), None):
        raise fail("", f"the array {printable(missing)} is missing; {way}")
    return pairs


def _few(items: list[Any]) -> str:
    return ", ".join(printable(str(item)) for item in items[:6]) + (", ..." if len(items) > 6 else "")


def load_npz(path: object) -> Network:
    """The ReLU network in a NumPy archive, every weight exact; FileFormatError names an array that does not fit."""
    fail = partial(FileFormatError, path)
    packed = read_bytes(str(path))
    content, most = io.BytesIO(packed), max(_MAX_UNPACKED, min(_MOST_PACKED * len(packed), 8 * MAX_FLOATS))
    try:
        archive = np.load(content, allow_pickle=False)
        if not isinstance(archive, NpzFile):
            raise ValueError("it is one array")
    except _DAMAGED as error:
        raise fail("", f"is not a readable .npz archive ({printable(str(error))}); write it with numpy.savez") from None
    with archive:
        assert archive.zip is not None  # as long as it is open
        members = archive.zip.infolist()
        if len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > most:
            raise fail("", f"unpacks to more than {most:,} bytes, the most that is read; use a smaller network")
        arrays: dict[str, Any] = {}
        for name in archive.files:
            place = printable(name)
            if name in arrays:
                raise fail(place, "is stored twice; keep one")
            try:
                array = archive[name]
            except _DAMAGED as error:
                raise fail(place, f"is not a readable array ({printable(str(error))}); use numpy.savez") from None
            if not isinstance(array, np.ndarray):
                raise fail(place, "is not a NumPy array (.npy); keep only arrays in the archive")
            if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
                raise fail(place, f"has entries of type {array.dtype}; store binary64, binary32 or integer numbers")
            arrays[name] = array
    return relu_chain(arrays, path)


def load_safetensors(path: object) -> Network:
    """The ReLU network in a safetensors file, every weight at its exact dyadic value.

    Raises MissingExtraError if the package safetensors is not installed, and FileFormatError if the file is not such a
    file or its tensors are not a chain of layers, naming the tensor.
    """
    safetensors = imported("safetensors", "safetensors", "reading .safetensors files")
    try:
        entries = safetensors.deserialize(read_bytes(str(path)))
    except safetensors.SafetensorError as error:
        raise FileFormatError(path, "", f"is not a safetensors file ({str(error)[:200]})") from None
    arrays: dict[str, Array] = {}
    for name, entry in entries:
        code = entry["dtype"]
        if code not in _TYPES:
            raise FileFormatError(path, printable(name), f"has type {code}; store F64, F32, F16 or BF16 numbers")
        flat = np.frombuffer(entry["data"], dtype=_TYPES[code])
        if code == "BF16":
            flat = (flat.astype(np.uint32) << 16).view(np.float32)
        arrays[name] = flat.reshape(entry["shape"])
    return relu_chain(arrays, path)


def load_state_dict(path: object) -> Network:
    """The ReLU network in a PyTorch file of named tensors, which are its dense layers in order.

    ``torch.load(..., weights_only=True)`` builds tensors and executes nothing else.  Raises FileFormatError if torch is
    not installed, if the file holds something else, or if its tensors are not a chain of layers.
    """
    content = read_bytes(str(path))
    try:
        import torch
    except ImportError:
        problem = "can execute code when opened; install torch, which reads weights alone, or load the model yourself"
        raise FileFormatError(path, "", f"{problem} and use theory.formats.from_torch") from None
    save = "save its weights alone, torch.save(model.state_dict(), path), or export it to ONNX"
    try:
        held = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the unpickler meets in a file that is something else
        reason = " ".join(str(error).split(". ")[0].split())[:100]
        raise FileFormatError(path, "", f"holds more than tensors ({reason}); {save}") from None
    for key in ("state_dict", "model_state_dict"):
        held = held.get(key, held) if isinstance(held, Mapping) else held
    if not isinstance(held, Mapping) or not all(
        isinstance(t, torch.Tensor) and t.is_floating_point() for t in held.values()
    ):
        raise FileFormatError(path, "", f"does not hold named tensors of floating-point numbers only; {save}")
    if sum(tensor.numel() for tensor in held.values()) > MAX_NUMBERS:
        raise FileFormatError(path, "", f"holds more than {MAX_NUMBERS:,} numbers; use a smaller network")
    arrays = {str(name): tensor.detach().double().numpy() for name, tensor in held.items()}
    return relu_chain(arrays, path)


def load_nnet(path: object) -> Network:
    """The ReLU network in a ``.nnet`` file, every decimal at its exact value.

    That is the plain text of ACAS Xu, HorizontalCAS and their kin.  Comments begin with ``//``.  Then come, separated
    by commas: the number of layers, inputs, outputs and the largest width; the widths; a flag that is no longer used;
    least and greatest inputs; means and ranges of the inputs and of the outputs; and for each layer its rows of weights
    and its biases.  The network is y = R·f((x − m)/r) + M with means m, M and ranges r, R, in the units of the file.
    The reference implementation also moves inputs outside [least, greatest] to the nearest end, which is not done here:
    count inside that box.  Raises FileFormatError if the file is not such a text, naming the line.
    """
    try:
        lines = read_bytes(str(path)).decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise FileFormatError(path, "", "is not a .nnet file: it is no plain text; export the network again") from None
    numbers = _Numbers(path, lines)
    depth, inputs, outputs, _ = numbers.integers(4)
    if not 1 <= depth <= _MOST_LAYERS:
        raise numbers.fail(f"{depth} layers; between 1 and {_MOST_LAYERS:,} are read")
    sizes = numbers.integers(depth + 1)
    if min(sizes) < 1 or (sizes[0], sizes[-1]) != (inputs, outputs):
        raise numbers.fail("the widths do not begin and end with the numbers of inputs and outputs; correct them")
    dense = sum((a + 8) * b for a, b in itertools.pairwise(sizes))
    if dense > MAX_NUMBERS:
        raise numbers.fail(f"the layers hold {dense:,} numbers, more than the {MAX_NUMBERS:,} that are read")
    numbers.line()
    for _ in range(2):
        numbers.take(inputs)
    means, ranges = numbers.take(inputs + 1), numbers.take(inputs + 1)
    if 0 in ranges:
        raise numbers.fail("a range is zero; correct it")
    layers = []
    for number, (before, width) in enumerate(itertools.pairwise(sizes), start=1):
        weights = [numbers.take(before) for _ in range(width)]
        biases = [numbers.take(1)[0] for _ in range(width)]
        if number == 1:
            weights = [[w / r for w, r in zip(row, ranges, strict=False)] for row in weights]
            shifts = (sum(map(Fraction.__mul__, row, means), Fraction(0)) for row in weights)
            biases = [b - shift for b, shift in zip(biases, shifts, strict=True)]
        if number == depth:
            weights = [[w * ranges[-1] for w in row] for row in weights]
            biases = [b * ranges[-1] + means[-1] for b in biases]
        layers.append(Layer(weights, biases, RELU if number < depth else IDENTITY))
    with located(path):
        return Network(layers)


class _Numbers:
    """The lines of numbers of a file, one after the other."""

    def __init__(self, path: object, lines: list[str]) -> None:
        self._path, self._at = path, 0
        numbered = enumerate(map(str.strip, lines), start=1)
        self._lines = ((i, line) for i, line in numbered if line and not line.startswith("//"))

    def fail(self, problem: str) -> FileFormatError:
        return FileFormatError(self._path, f"line {self._at}", problem)

    def line(self) -> str:
        self._at, text = next(self._lines, (self._at, ""))
        if not text:
            raise self.fail("the file ends too early; export the network again")
        return text

    def take(self, count: int) -> list[Fraction]:
        """The numbers of the next line, which must be so many."""
        words = [word.strip() for word in self.line().rstrip(",").split(",")]
        if len(words) != count:
            raise self.fail(f"holds {len(words)} numbers where {count} belong; export the network again")
        for word in words:
            if not _NUMBER.fullmatch(word):
                raise self.fail(f"{printable(word)!r} is not a number; write decimals with commas between")
        return [rational(word.replace(".e", "e").replace(".E", "e").rstrip(".")) for word in words]

    def integers(self, count: int) -> list[int]:
        values = self.take(count)
        if any(value.denominator != 1 for value in values):
            raise self.fail("holds numbers that are no integers where counts belong; export the network again")
        return [value.numerator for value in values]
