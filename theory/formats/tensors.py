"""Files of named arrays, ``.npz``, ``.safetensors`` and PyTorch's state dicts: which array belongs to which layer.

An ``.npz`` is a zip file of arrays.  It may come from a stranger, so it is opened with care: NumPy refuses a member
that would need unpickling, and the size that the archive declares is checked before anything is unpacked.  The parser
of safetensors checks that the header is consistent with the bytes; the numbers are decoded here, so that bfloat16 (the
upper half of a binary32) needs no further package.  State dicts are unpickled by torch, which builds tensors only.

Such a file does not say how its arrays are connected, so they are read as affine layers in order with ReLU units
between them.  Two ways of naming are understood, with weights stored rows × inputs:

* ``W0, b0, W1, b1, …`` (counting from 0 or 1),
* ``0.weight, 0.bias, 2.weight, …``: names that differ in one number only, which orders the layers; a layer
  without a bias array has bias zero, as in a PyTorch ``state_dict``.

Other names are refused, not guessed; the message advises ONNX, whose files contain the graph.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from functools import partial
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from theory.activations import RELU
from theory.errors import FileFormatError, imported, located
from theory.formats.files import MAX_FLOATS, MAX_NUMBERS, printable, read_bytes
from theory.network import Network

Array = np.ndarray[Any, np.dtype[Any]]
"""An array of any shape and type."""

_MAX_NAME = 300
_SHORT = re.compile(r"([Wb])(0|[1-9][0-9]{0,5})\Z")
_LONG = re.compile(r"((.*?)([0-9]{1,9})([^0-9]*))\.(?:weight|bias)\Z")


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


_TRANSPOSE = "weights are stored as (rows, inputs): transpose them if yours are (inputs, rows)"
_WAY_OUT = "for other layers export the model to ONNX, which records how they are connected"


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


_MAX_UNPACKED = 8 * MAX_NUMBERS + 2**20
_MOST_PACKED = 20  # weights hardly pack; what unpacks to more than so many times its size has other purposes
_MAX_MEMBERS = 10_000
_DAMAGED = (
    *(EOFError, MemoryError, NotImplementedError, OSError, OverflowError, RuntimeError, SyntaxError, TypeError),
    *(ValueError, TokenError, zipfile.BadZipFile, zlib.error),
)
"""What NumPy and zipfile raise on a file that is not what it claims to be."""


def load_npz(path: object) -> Network:
    """The ReLU network in a NumPy archive, every weight at its exact dyadic value.

    Raises FileFormatError if the file is not such an archive, naming the array.
    """
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


_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


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

    The file is read by ``torch.load(..., weights_only=True)``, which builds tensors and executes nothing else.  Raises
    FileFormatError if torch is not installed, if the file holds something else, or if its tensors are not a chain of
    layers.
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
