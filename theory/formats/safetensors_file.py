"""Safetensors files: named arrays of 16, 32 or 64 bit floats and nothing that could execute.

The library's parser checks that the header is consistent with the bytes; the numbers are decoded here, so that
bfloat16 (the upper half of a binary32) needs no further package.
"""

from __future__ import annotations

import numpy as np

from theory.errors import FileFormatError, imported
from theory.formats.files import printable, read_bytes
from theory.formats.tensors import Array, relu_chain
from theory.network import Network

__all__ = ["load_safetensors"]

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def load_safetensors(path: object) -> Network:
    """The ReLU network in a safetensors file, every weight at its exact dyadic value.

    Raises
    ------
    MissingExtraError
        If the package safetensors is not installed.
    FileFormatError
        If the file is not such a file or its tensors are not a chain of layers, naming the tensor.
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
