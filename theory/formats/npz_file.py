"""NumPy archives of weights: W0, b0, W1, b1, … with ReLU units between the layers.

An ``.npz`` is a zip file of arrays.  It may come from a stranger, so it is opened with care: NumPy refuses a member
that would need unpickling, and the size that the archive declares is checked before anything is unpacked.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile

from theory.errors import FileFormatError
from theory.formats.files import MAX_NUMBERS, printable, read_bytes
from theory.formats.tensors import relu_chain
from theory.network import Network

__all__ = ["load_npz"]

_MAX_UNPACKED = 8 * MAX_NUMBERS + 2**20
_MAX_MEMBERS = 10_000
_DAMAGED = (
    *(EOFError, MemoryError, NotImplementedError, OSError, OverflowError, RuntimeError, SyntaxError, TypeError),
    *(ValueError, TokenError, zipfile.BadZipFile, zlib.error),
)
"""What NumPy and zipfile raise on a file that is not what it claims to be."""


def load_npz(path: object) -> Network:
    """The ReLU network in a NumPy archive, every weight at its exact dyadic value.

    Raises
    ------
    FileFormatError
        If the file is not such an archive, naming the array.
    """
    content = io.BytesIO(read_bytes(str(path)))
    try:
        archive = np.load(content, allow_pickle=False)
        if not isinstance(archive, NpzFile):
            raise ValueError("it is one array")
    except _DAMAGED as error:
        raise FileFormatError(
            path, "", f"is not a readable .npz archive ({printable(str(error))}); write it with numpy.savez"
        ) from None
    with archive:
        assert archive.zip is not None  # as long as it is open
        members = archive.zip.infolist()
        if len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > _MAX_UNPACKED:
            raise FileFormatError(
                path, "", f"unpacks to more than {_MAX_UNPACKED:,} bytes, the most that is read; use a smaller network"
            )
        arrays: dict[str, Any] = {}
        for name in archive.files:
            place = printable(name)
            if name in arrays:
                raise FileFormatError(path, place, "is stored twice; keep one")
            try:
                array = archive[name]
            except _DAMAGED as error:
                raise FileFormatError(
                    path, place, f"is not a readable array ({printable(str(error))}); write it with numpy.savez"
                ) from None
            if not isinstance(array, np.ndarray):
                raise FileFormatError(path, place, "is not a NumPy array (.npy); keep only arrays in the archive")
            if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
                problem = f"has entries of type {array.dtype}; store binary64, binary32 or integer numbers"
                raise FileFormatError(path, place, problem)
            arrays[name] = array
    return relu_chain(arrays, path)
