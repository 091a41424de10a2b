"""NumPy archives of weights: W0, b0, W1, b1, … with ReLU units between the layers.

An ``.npz`` is a zip file of arrays.  It may come from a stranger, so it is opened with care: a member that would need
unpickling is refused, the size that the archive declares is checked before anything is unpacked, and the shape that
an array declares is compared with the bytes that are there before an array is made of them.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from tokenize import TokenError

import numpy as np

from theory.errors import FileFormatError
from theory.formats.files import MAX_NUMBERS, printable, read_bytes
from theory.formats.tensors import Array, relu_chain
from theory.network import Network

__all__ = ["load_npz"]

_MAX_UNPACKED = 8 * MAX_NUMBERS + 2**20
_MAX_MEMBERS = 10_000


def load_npz(path: object) -> Network:
    """The ReLU network in a NumPy archive, every weight at its exact dyadic value.

    Raises
    ------
    FileFormatError
        If the file is not such an archive, naming the array.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(str(path)))) as archive:
            arrays = _members(archive, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(
            path, "", f"is not a readable .npz archive ({printable(str(error))}); write it with numpy.savez"
        ) from None
    return relu_chain(arrays, path)


def _members(archive: zipfile.ZipFile, path: object) -> dict[str, Array]:
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS or sum(member.file_size for member in members) > _MAX_UNPACKED:
        raise FileFormatError(
            path, "", f"unpacks to more than {_MAX_UNPACKED:,} bytes, the most that is read; use a smaller network"
        )
    arrays: dict[str, Array] = {}
    for member in members:
        name = member.filename.removesuffix(".npy")
        if name == member.filename:
            raise FileFormatError(path, printable(name), "is not a NumPy array (.npy); keep only arrays in the archive")
        if name in arrays:
            raise FileFormatError(path, printable(name), "is stored twice; keep one")
        with archive.open(member) as stream:
            arrays[name] = _array(stream.read(member.file_size + 1), path, printable(name))
    return arrays


def _array(content: bytes, path: object, name: str) -> Array:
    """The array in the bytes of one ``.npy`` file; never unpickles and never trusts the declared shape."""
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        else:
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, TokenError) as error:
        raise FileFormatError(path, name, f"is not a NumPy array ({printable(str(error))})") from None
    if dtype.hasobject or dtype.kind not in "fiu" or dtype.itemsize > 8:
        raise FileFormatError(path, name, f"has entries of type {dtype}; store binary64, binary32 or integer numbers")
    count = 1
    for length in shape:
        count *= length
    if min(shape, default=0) < 0 or count * dtype.itemsize != len(content) - stream.tell():
        raise FileFormatError(path, name, "its declared shape does not match the bytes that are stored; save it again")
    flat = np.frombuffer(content, dtype=dtype, count=count, offset=stream.tell())
    return flat.reshape(shape, order="F" if fortran else "C")
