"""Finished parts on disk, so that a count goes on where it stopped.

A checkpoint is a folder with a journal, a file of lines, each a JSON list whose last entry is a checksum of the others:
first ``["linregions/checkpoint", 1, network digest, domain digest]``, then ``[part, count]`` for every part that is
finished and ``[part, 0]`` for one that was divided, and ``["bracket", lower, upper]`` (hexadecimal) where a count
stopped.  A count by images has one line in a file of its own, the same header and its state
(:func:`verify.engines.images.kept.written`), which is replaced as a whole.  For a certificate there is another file
with the lines of parts one after the other, and the entry of a part is ``[part, count, end, digest]``: where its lines
end, and their SHA-256.

A part's lines are on the disk before its entry is, and the entry before the next part's.  So at most what is being
written is lost when the process or the machine stops; an entry that is incomplete is cut off, and lines without an
entry are.  Anything else that does not fit is refused.
"""

import contextlib
import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from theory.errors import InvalidInputError
from theory.formats.files import write_text
from theory.network import Pattern
from verify.counting.locks import opened, try_lock

_FORMAT, _VERSION = "linregions/checkpoint", 1
FILE = "parts.jsonl"
LINES = "parts.lines"
IMAGES = "images.json"


class _Place(NamedTuple):
    """Lines of a part: where they begin and end in the file, and their digest."""

    begin: int
    end: int
    digest: str


class Checkpoint:
    """The journal of finished parts in a folder, made if it is not there.

    ``subject`` holds the digests of the network and of the domain: only a count of the same may go on.  Raises
    InvalidInputError if the journal is damaged, of another version, of another count, or in use; or if lines are lost.

    ``done`` maps a part to its count, and ``divided`` holds the parts that were divided; ``bracket`` is what was known
    where the last count stopped, and ``images`` says how far a count by images has come.
    """

    def __init__(self, folder: str | os.PathLike[str], subject: tuple[str, str]) -> None:
        self.path = Path(folder) / FILE
        self.done: dict[Pattern, int] = {}
        self.divided: set[Pattern] = set()
        self.bracket: tuple[int, int] | None = None
        self.images: str | None = None
        self._places: dict[Pattern, _Place] = {}
        self._end = 0  # of the lines
        self._header = [_FORMAT, _VERSION, *subject]
        with contextlib.ExitStack() as stack:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = stack.enter_context(opened(self.path))
                self._lines = stack.enter_context(opened(self.path.with_name(LINES)))
            except OSError as error:
                raise InvalidInputError(f"checkpoint {folder}: {error.strerror}; give a folder to write in") from None
            if not try_lock(self._file):
                raise InvalidInputError(f"checkpoint {folder}: another process counts with it; wait, or name another")
            raw = self._file.read()
            if not raw and self._lines.seek(0, os.SEEK_END):
                raise self.refused(f"{LINES} holds lines that no journal knows")
            self._go_to_end(self._read(raw))
            if (kept := self.path.with_name(IMAGES)).exists():
                entry = _entry(kept.read_bytes())
                if entry is None or entry[:-1] != self._header or type(entry[-1]) is not str:
                    raise self.refused(f"{IMAGES} is damaged, or of another count")
                self.images = entry[-1]
            self.close = stack.pop_all().close

    def _go_to_end(self, kept: int) -> None:
        """Cut off what is incomplete."""
        for file, end in ((self._file, kept), (self._lines, self._end)):
            if file.seek(0, os.SEEK_END) < end:
                raise self.refused(f"{LINES} is shorter than it should be")
            file.truncate(end)
            file.seek(end)
        if kept == 0:
            self._write(self._header)

    def _read(self, raw: bytes) -> int:
        """Take in the entries; how many bytes are whole lines."""
        kept = raw.rfind(b"\n") + 1
        if raw and not kept and not json.dumps(self._header, separators=(",", ":")).encode().startswith(raw[:16]):
            raise self.refused("it is no journal")
        for number, line in enumerate(raw[:kept].split(b"\n")[:-1], start=1):
            entry = _entry(line)
            if entry is None:
                raise self.refused(f"line {number} is damaged")
            if number == 1:
                if entry[:1] != [_FORMAT] or entry[1:2] != [_VERSION]:
                    raise self.refused(f"it is not of format {_FORMAT}, version {_VERSION}")
                if entry != self._header:
                    raise self.refused("it is of another network or another domain")
            elif not self._take(entry):
                raise self.refused(f"line {number} says nothing about a part or a bracket")
        return kept

    def _take(self, entry: list[Any]) -> bool:
        """Take in an entry; whether it has the form of one."""
        try:
            if entry[0] == "bracket":
                _, lower, upper = entry
                self.bracket = (int(lower, 16), int(upper, 16))
                return 0 < self.bracket[0] <= self.bracket[1]
            pieces, count, *place = entry
            part = tuple(tuple(layer) for layer in pieces)
            numbers = [count, *place[:1], *(piece for layer in part for piece in layer)]
            if any(type(number) is not int or number < 0 for number in numbers):
                return False
            if place:
                end, digest = place
                if end < self._end or type(digest) is not str:
                    return False
                self._places[part] = _Place(self._end, end, digest)
                self._end = end
        except (TypeError, ValueError):
            return False
        if count:
            self.done[part] = count
        else:
            self.divided.add(part)
        return True

    def refused(self, reason: str) -> InvalidInputError:
        """An error that says why the journal cannot be used, and what to do."""
        return InvalidInputError(f"checkpoint {self.path}: {reason}; name another folder, or remove the file")

    def _write(self, entry: list[Any]) -> None:
        text = json.dumps(entry, separators=(",", ":"))
        self._append(self._file, f'{text[:-1]},"{_checksum(text)}"]\n'.encode())

    def _append(self, file: io.FileIO, data: bytes) -> None:
        """Force to the disk, or say what is in the way."""
        try:
            while data:
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        except OSError as error:
            raise InvalidInputError(
                f"checkpoint {self.path.parent}: {error.strerror}; mend that, and start again: what is finished is kept"
            ) from None

    def add(self, part: Pattern, count: int, lines: bytes | None = None) -> None:
        """A part is finished; with its lines, if there is to be a certificate."""
        if lines is None:
            self._write([part, count])
        else:
            self._append(self._lines, lines)
            place = _Place(self._end, self._end + len(lines), hashlib.sha256(lines).hexdigest())
            self._write([part, count, place.end, place.digest])
            self._places[part], self._end = place, place.end
        self.done[part] = count

    def has_lines(self, part: Pattern) -> bool:
        """Whether the part's lines are kept."""
        return part in self._places

    def lines(self, part: Pattern) -> bytes:
        """The lines of a part; InvalidInputError if they were changed on the disk."""
        place = self._places[part]
        self._lines.seek(place.begin)
        lines = self._lines.read(place.end - place.begin)
        self._lines.seek(self._end)
        if hashlib.sha256(lines).hexdigest() != place.digest:
            raise self.refused(f"{LINES} is damaged at byte {place.begin}")
        return lines

    def require_lines(self, target: str | os.PathLike[str]) -> None:
        """Refuse now what :meth:`lines` would refuse later, and a target that would overwrite them."""
        if Path(target).resolve() in (self.path.resolve(), self.path.with_name(LINES).resolve()):
            raise InvalidInputError(f"{target} belongs to the checkpoint; name another file for the certificate")
        for part in self._places:
            self.lines(part)

    def divide(self, part: Pattern) -> None:
        """A part is divided."""
        self._write([part, 0])
        self.divided.add(part)

    def stop(self, lower: int, upper: int) -> None:
        """The count stops with a bracket."""
        self._write(["bracket", f"{lower:x}", f"{upper:x}"])

    def keep_images(self, state: str) -> None:
        """How far a count by images has come; what was kept before is replaced."""
        text = json.dumps([*self._header, state], separators=(",", ":"))
        write_text(self.path.with_name(IMAGES), f'{text[:-1]},"{_checksum(text)}"]\n')


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
