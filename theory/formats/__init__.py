"""Networks read from files and from fitted models, and written to files.

:func:`load` reads a file by its suffix, or by its content, and :func:`save` writes the toolkit's exact JSON.  Every
floating-point weight is taken at the exact dyadic value that it holds.  No reader executes what a file contains.

>>> import tempfile, pathlib
>>> from theory import Network
>>> net = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder, "tent.json")
...     save(net, path, note="the tent map")
...     load(path) == net
True
"""

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theory.errors import FileFormatError, HeadWarning, RoundedWarning
from theory.formats.files import MAX_TEXT, Shape, read_bytes, write_text
from theory.formats.json_file import dumps, loads
from theory.network import Network

if TYPE_CHECKING:
    from theory.formats.models import from_sklearn, from_torch
    from theory.formats.onnx_file import load_onnx

__all__ = ["HeadWarning", "RoundedWarning", "dumps", "from_sklearn", "from_torch", "load", "load_onnx", "loads", "save"]

_READERS = {
    ".npz": ("tensors", "load_npz"),
    ".nnet": ("tensors", "load_nnet"),
    **dict.fromkeys((".h5", ".hdf5", ".keras"), ("models", "load_keras")),
    ".onnx": ("onnx_file", "load_onnx"),
    **dict.fromkeys((".pt", ".pth"), ("tensors", "load_state_dict")),
    ".safetensors": ("tensors", "load_safetensors"),
}
"""Module and function, imported when a file is read: all of them load NumPy."""
_PICKLES = (".pkl", ".pickle", ".joblib")


def __getattr__(name: str) -> Any:
    homes = {"from_sklearn": "models", "from_torch": "models", "load_onnx": "onnx_file"}
    if name not in homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{homes[name]}"), name)


def load(path: str | os.PathLike[str], *, output: str | None = None, shape: Shape | None = None) -> Network:
    """The network in a file, read by its suffix.

    These are ``.json``, ``.npz``, ``.onnx``, ``.safetensors``, ``.nnet`` (the text of ACAS Xu), ``.h5`` and ``.keras``
    (Sequential models) and ``.pt`` and ``.pth`` (state dicts of dense layers, where torch is installed).  A file with
    another suffix, or none, is read by what it begins with; ``.gz`` files are unpacked.  ``output`` and ``shape``, of
    ONNX files, are those of :func:`load_onnx`.  Raises FileFormatError, naming file and place, if it holds no network.
    """
    suffix = Path(str(path).removesuffix(".gz")).suffix.lower()
    if os.path.isdir(path):
        raise FileFormatError(path, "", "is a directory; name the network file in it")
    if suffix in _PICKLES:
        problem = f"{suffix} files can execute code when opened; load the model yourself"
        raise FileFormatError(path, "", f"{problem} and use theory.formats.from_sklearn")
    if suffix != ".json" and suffix not in _READERS:
        suffix = _format_of(path)
    options = {name: value for name, value in (("output", output), ("shape", shape)) if value is not None}
    if suffix != ".onnx" and options:
        raise FileFormatError(path, "", "has neither tensors with names nor open shapes, as ONNX files do; name none")
    if suffix not in _READERS:
        return loads(read_bytes(path, limit=MAX_TEXT), source=path)
    module, reader = _READERS[suffix]
    network: Network = getattr(importlib.import_module(f"{__name__}.{module}"), reader)(path, **options)
    return network


def _format_of(path: str | os.PathLike[str]) -> str:
    """The suffix that a file should have, by its first bytes."""
    content = read_bytes(path)
    if content.lstrip()[:1] == b"{":
        return ".json"
    if content[:4] == b"PK\x03\x04":  # an archive is known by the name of its first member, behind a header of 30 bytes
        member = content[30 : 30 + int.from_bytes(content[26:28], "little")]
        return ".pt" if member.endswith(b".pkl") else ".keras" if member.endswith(b".json") else ".npz"
    if content[:8] == b"\x89HDF\r\n\x1a\n":
        return ".h5"
    if content[:2] == b"//":
        return ".nnet"
    if content[8:9] == b"{":  # behind the length of the header
        return ".safetensors"
    if content[:1] == b"\x08":  # the first field of a model, its version, is a number
        return ".onnx"
    known = ", ".join((".json", *_READERS))
    raise FileFormatError(path, "", f"does not begin as a network file does; the readable ones are {known}")


def save(network: Network, path: str | os.PathLike[str], *, note: str | None = None) -> None:
    """Write the network as exact JSON, all of the file or nothing, under any name but one of another format.

    Raises FileFormatError if the file cannot be written, or its suffix is that of another format.
    """
    suffix = Path(path).suffix.lower()
    if suffix in _READERS or suffix in _PICKLES or suffix == ".gz":
        raise FileFormatError(path, "", f"networks are written as JSON; choose a name that does not end in {suffix}")
    write_text(path, dumps(network, note=note))
