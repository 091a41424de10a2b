"""Whole files, read with a bound on their size and written all or nothing."""

import contextlib
import gzip
import os
import secrets
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

from theory.errors import FileFormatError

MAX_BYTES = 256 * 2**20
"""Largest file that is read, in bytes."""

MAX_TEXT = 64 * 2**20
"""Largest JSON file."""

MAX_NUMBERS = 5_000_000
"""Most exact numbers that one network file may make, counted dense: about one gigabyte as rationals."""

MAX_FLOATS = 50_000_000
"""Most weights that stay floats (:mod:`theory.float_matrix`)."""

Shape: TypeAlias = Sequence[int] | Mapping[str, Sequence[int]]
"""The shape of a model's input where its file leaves it open, or a shape for the name of each input."""


def printable(name: str) -> str:
    """A name from a file as it may stand in a message: one line, at most 80 characters."""
    return "".join(c if c.isprintable() else "?" for c in str(name)[:80])  # bytes, where it is no UTF-8


def read_bytes(path: str | os.PathLike[str], *, limit: int | None = None) -> bytes:
    """The content of a regular file of at most ``limit`` bytes (default ``MAX_BYTES``), unpacked if it ends in ``.gz``.

    Raises FileFormatError if it is not a regular file, is a pointer of Git LFS, cannot be read or exceeds the limit.
    """
    limit = MAX_BYTES if limit is None else limit
    at_once = getattr(os, "O_NONBLOCK", 0)  # without waiting for a program that writes to a pipe
    try:
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | at_once)) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileFormatError(path, "", "is not a regular file; save the network to a file first")
            content = b""
            if status.st_size <= limit:
                content = (gzip.GzipFile(fileobj=stream) if str(path).endswith(".gz") else stream).read(limit + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileFormatError(path, "", f"is not a gzip file ({str(error)[:100]}); pack it again") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise FileFormatError(path, "", f"cannot be read ({reason}); check the path") from None
    if status.st_size > limit or len(content) > limit:
        raise FileFormatError(path, "", f"is larger than {limit:,} bytes, the most that is read; use a smaller network")
    if content.startswith(b"version https://git-lfs.github.com/spec/"):
        raise FileFormatError(path, "", "is a pointer of Git LFS, not the file itself; fetch it with: git lfs pull")
    return content


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str], *, token: str | None = None) -> Iterator[BinaryIO]:
    """A stream for the content of ``path``, which gets that name when the block ends: all of it or nothing.

    The content goes to a draft in the same folder, is flushed to disk, and the draft is renamed in one step.  A
    symbolic link at ``path`` is followed and stays a link; a pipe or a terminal is written to directly.  Raises
    FileFormatError if the file cannot be written.  Then, and if the block raises, ``path`` is as it was and no draft is
    left.  A ``token``, which no other writer may use at the same time, names the draft, so that one left behind by a
    process that was killed is replaced.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            with open(target, "wb") as stream:
                yield stream
            return
        draft = target.with_name(f".draft-{token or secrets.token_hex(8)}")
        try:
            if token is not None:
                draft.unlink(missing_ok=True)
            with open(draft, "xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(draft, target)
        except BaseException:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        problem = f"cannot be written ({reason}); choose a folder that exists and may be written to"
        raise FileFormatError(path, "", problem) from None


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text to ``path`` as :func:`whole_file` does."""
    with whole_file(path) as stream:
        stream.write(text.encode())
