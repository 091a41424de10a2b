"""Finished parts on disk, so that a count goes on where it stopped.

A checkpoint is a folder with one file of lines, each a JSON list whose last entry is a checksum of the others: first
``["linregions/checkpoint", 1, network digest, domain digest]``, then ``[part, count]`` for every part that is finished
and ``[part, 0]`` for one that was divided, and
``["bracket", lower, upper]`` (hexadecimal) where a count stopped.

A line is written at once and forced to the disk before the next part begins, so at most the line being written is lost
when the process or the machine stops; a last line that is incomplete is cut off. Anything else that does not fit is
refused.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from theory.errors import InvalidInputError
from theory.network import Pattern

__all__ = ["Checkpoint"]

_FORMAT, _VERSION = "linregions/checkpoint", 1
FILE = "parts.jsonl"


class Checkpoint:
    """The file of finished parts in a folder, made if it is not there.

    Parameters
    ----------
    folder : path
    subject : (str, str)
        Digests of the network and of the domain: only a count of the same may go on.

    Attributes
    ----------
    done : dict
        Part → its count.
    divided : set
        Parts that were divided.
    bracket : (int, int) or None
        What was known where the last count stopped.

    Raises
    ------
    InvalidInputError
        If the file is damaged, of another version, or of another count.
    """

    def __init__(self, folder: str | os.PathLike[str], subject: tuple[str, str]) -> None:
        self.path = Path(folder) / FILE
        self.done: dict[Pattern, int] = {}
        self.divided: set[Pattern] = set()
        self.bracket: tuple[int, int] | None = None
        self._header = [_FORMAT, _VERSION, *subject]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            raw = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise InvalidInputError(f"checkpoint {folder}: {error.strerror}; give a folder to write in") from None
        kept = self._read(raw)
        self._file = self.path.open("r+b" if raw else "wb")
        self._file.truncate(kept)
        self._file.seek(kept)
        if kept == 0:
            self._write(self._header)

    def _read(self, raw: bytes) -> int:
        """Take in the lines; how many bytes are whole lines."""
        kept = raw.rfind(b"\n") + 1
        for number, line in enumerate(raw[:kept].splitlines(), start=1):
            entry = _entry(line)
            if entry is None:
                raise self._refused(f"line {number} is damaged")
            if number == 1:
                if entry[:1] != [_FORMAT] or entry[1:2] != [_VERSION]:
                    raise self._refused(f"it is not of format {_FORMAT}, version {_VERSION}")
                if entry != self._header:
                    raise self._refused("it is of another network or another domain")
            else:
                if entry[0] == "bracket":
                    self.bracket = (int(entry[1], 16), int(entry[2], 16))
                    continue
                part, count = tuple(map(tuple, entry[0])), entry[1]
                if count:
                    self.done[part] = count
                else:
                    self.divided.add(part)
        return kept

    def _refused(self, reason: str) -> InvalidInputError:
        return InvalidInputError(f"checkpoint {self.path}: {reason}; name another folder, or remove the file")

    def _write(self, entry: list[Any]) -> None:
        text = json.dumps(entry, separators=(",", ":"))
        self._file.write(f'{text[:-1]},"{_checksum(text)}"]\n'.encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def add(self, part: Pattern, count: int) -> None:
        """A part is finished."""
        self.done[part] = count
        self._write([part, count])

    def divide(self, part: Pattern) -> None:
        """A part is divided."""
        self.divided.add(part)
        self._write([part, 0])

    def stop(self, lower: int, upper: int) -> None:
        """The count stops with a bracket."""
        self._write(["bracket", f"{lower:x}", f"{upper:x}"])

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _entry(line: bytes) -> list[Any] | None:
    """The entries of a line without its checksum, or None if they do not fit."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, list) or len(entry) < 2:
        return None
    text = json.dumps(entry[:-1], separators=(",", ":"))
    return entry[:-1] if entry[-1] == _checksum(text) else None
