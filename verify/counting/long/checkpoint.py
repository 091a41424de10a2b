"""Finished parts on disk, so that a count goes on where it stopped.

A checkpoint is a folder with a journal, a file of lines, each a JSON list whose last entry is a checksum of the others:
first ``["linregions/checkpoint", 2, network digest, domain digest]``, then ``[part, count]`` for every part that is
finished, or ``[part, count, text]`` with its lines of a certificate, ``[part, 0]`` for one that was divided, and
``["bracket", lower, upper]`` (hexadecimal) where a count stopped.  A count by images has one line in a file of its own,
the same header and its state (:func:`verify.engines.images.traverse.written`), which is replaced as a whole.

An entry is on the disk before the next one is written.  So at most what is being written is lost when the process or
the machine stops; an entry that is incomplete is cut off.  Anything else that does not fit is refused.
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from theory.errors import InvalidInputError
from theory.formats.files import write_text
from theory.network import Pattern

_FORMAT, _VERSION = "linregions/checkpoint", 2
FILE = "parts.jsonl"
IMAGES = "images.json"
_PAUSE = 0.005
"""Seconds between two attempts to lock a file."""


class Checkpoint:
    """The journal of finished parts in a folder, made if it is not there.

    ``subject`` holds the digests of the network and of the domain: only a count of the same may go on.  Raises
    InvalidInputError if the journal is damaged, of another version, of another count, or in use.

    ``done`` maps a part to its count, ``divided`` holds the parts that were divided, and ``places`` says where entries
    with lines begin and end; ``bracket`` is what was known where the last count stopped, and ``images`` says how far a
    count by images has come.
    """

    def __init__(self, folder: str | os.PathLike[str], subject: tuple[str, str]) -> None:
        self.path = Path(folder) / FILE
        self.done: dict[Pattern, int] = {}
        self.divided: set[Pattern] = set()
        self.bracket: tuple[int, int] | None = None
        self.images: str | None = None
        self.places: dict[Pattern, tuple[int, int]] = {}
        self._end = 0
        self._header = [_FORMAT, _VERSION, *subject]
        with contextlib.ExitStack() as stack:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = stack.enter_context(opened(self.path))
            except OSError as error:
                raise InvalidInputError(f"checkpoint {folder}: {error.strerror}; give a folder to write in") from None
            if not try_lock(self._file):
                raise InvalidInputError(f"checkpoint {folder}: another process counts with it; wait, or name another")
            self._read()
            if (kept := self.path.with_name(IMAGES)).exists():
                entry = _entry(kept.read_bytes())
                if entry is None or entry[:-1] != self._header or type(entry[-1]) is not str:
                    raise self.refused(f"{IMAGES} is damaged, or of another count")
                self.images = entry[-1]
            self.close = stack.pop_all().close

    def _read(self) -> None:
        """Take in the entries, and cut off what is incomplete; a new journal gets its header."""
        journal = io.BufferedReader(self._file)
        for number, line in enumerate(journal, start=1):
            if not line.endswith(b"\n"):
                if number == 1 and not _line(self._header).startswith(line[:16]):
                    raise self.refused("it is no journal")
                break
            entry = _entry(line)
            if entry is None:
                raise self.refused(f"line {number} is damaged")
            if number == 1:
                if entry[:1] != [_FORMAT] or entry[1:2] != [_VERSION]:
                    raise self.refused(f"it is not of format {_FORMAT}, version {_VERSION}")
                if entry != self._header:
                    raise self.refused("it is of another network or another domain")
            elif not self._take(entry, self._end + len(line)):
                raise self.refused(f"line {number} says nothing about a part or a bracket")
            self._end += len(line)
        journal.detach()
        self._file.truncate(self._end)
        if not self._end:
            self._write(self._header)

    def _take(self, entry: list[Any], end: int) -> bool:
        """Take in an entry that ends at this byte; whether it has the form of one."""
        try:
            if entry[0] == "bracket":
                _, lower, upper = entry
                self.bracket = (int(lower, 16), int(upper, 16))
                return 0 < self.bracket[0] <= self.bracket[1]
            pieces, count, *text = entry
            part = tuple(tuple(layer) for layer in pieces)
            numbers = (count, *(n for layer in part for n in layer))
            if any(type(n) is not int or n < 0 for n in numbers) or list(map(type, text)) not in ([], [str]):
                return False
        except (TypeError, ValueError):
            return False
        if text:
            self.places[part] = self._end, end
        if count:
            self.done[part] = count
        else:
            self.divided.add(part)
        return True

    def refused(self, reason: str) -> InvalidInputError:
        """An error that says why the journal cannot be used, and what to do."""
        return InvalidInputError(f"checkpoint {self.path}: {reason}; name another folder, or remove the file")

    def _write(self, entry: list[Any]) -> None:
        """Force an entry to the disk, or say what is in the way."""
        data = left = _line(entry)
        try:
            if self._file.seek(0, os.SEEK_END) != self._end:
                self._file.truncate(self._end)  # an interrupt left an entry behind the end; truncation takes long
            self._file.seek(self._end)
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InvalidInputError(
                f"checkpoint {self.path.parent}: {error.strerror}; mend that, and start again: what is finished is kept"
            ) from None
        self._end += len(data)

    def add(self, part: Pattern, count: int, lines: bytes | None = None) -> None:
        """A part is finished; with its lines, if there is to be a certificate."""
        begin = self._end
        self._write([part, count, *([] if lines is None else [lines.decode()])])
        if lines is not None:
            self.places[part] = begin, self._end
        self.done[part] = count

    def lines(self, part: Pattern) -> bytes:
        """The lines of a part; InvalidInputError if they were changed on the disk."""
        begin, end = self.places[part]
        self._file.seek(begin)
        entry = _entry(self._file.read(end - begin))
        if entry is None:
            raise self.refused(f"it was changed at byte {begin}")
        lines: str = entry[-1]
        return lines.encode(errors="replace")  # a forged entry may have what no file has; the checker refuses it

    def divide(self, part: Pattern) -> None:
        """A part is divided."""
        self._write([part, 0])
        self.divided.add(part)

    def stop(self, lower: int, upper: int) -> None:
        """The count stops with a bracket."""
        self._write(["bracket", f"{lower:x}", f"{upper:x}"])

    def keep_images(self, state: str) -> None:
        """How far a count by images has come; what was kept before is replaced."""
        write_text(self.path.with_name(IMAGES), _line([*self._header, state]).decode())


def _line(entry: list[Any]) -> bytes:
    text = json.dumps(entry, separators=(",", ":"))
    return f'{text[:-1]},"{_checksum(text)}"]\n'.encode()


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _entry(line: bytes) -> list[Any] | None:
    """The entries of a line without its checksum, or None if they do not fit."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, list) or len(entry) < 2:
        return None
    text = json.dumps(entry[:-1], separators=(",", ":"))
    return entry[:-1] if entry[-1] == _checksum(text) else None


def opened(path: Path) -> io.FileIO:
    """The file, opened for reading and writing from its beginning; created if it does not exist.

    A symbolic link, a second name of a file, or what is no regular file raises ``OSError``: what is written here would
    change a file that lies elsewhere.
    """
    binary, unfollowed = getattr(os, "O_BINARY", 0), getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | unfollowed | binary, 0o666)
    file = open(descriptor, "r+b", buffering=0)  # noqa: SIM115 – the caller closes it
    status = os.fstat(descriptor)
    if path.is_symlink() or not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        file.close()
        raise OSError(errno.EINVAL, "it is a link or no regular file", str(path))
    return file


def try_lock(file: io.FileIO) -> bool:
    """Lock the file until it is closed, or the process ends, unless another has it; without locks this succeeds."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock the file for the length of the block, as soon as no other process or thread has it."""
    with opened(path) as file:
        while not try_lock(file):
            time.sleep(_PAUSE)
        yield
