"""The ledger of the papers: one row for each claim, with the check that was run and its outcome.

The ledger is the file ``ledger.toml`` of this folder, beside the checks it names.  :func:`read_ledger` refuses an
incomplete row: an unknown status, a row called checked that names no check, an open row without a reason, a row
checked in part that does not say what was left out.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from theory.errors import FileFormatError, InvalidInputError
from theory.sources import SOURCES

__all__ = ["SEEN", "STATUSES", "Ledger", "Outcome", "Row", "read_ledger", "rows_of", "run_check"]

STATUSES = ("reproduced", "refuted", "checked in part", "open")
"""The possible outcomes of a claim."""

SEEN = ("full text", "notes of the full text", "second hand", "recalled", "author code", "found here")
"""How the text of a statement was seen."""


@dataclass(frozen=True)
class Row:
    """One claim.

    Attributes
    ----------
    paper : str
        Key in :data:`theory.sources.SOURCES`.
    where, says : str
        The place in the paper, and the statement in the words of this project.
    seen : str
        One of :data:`SEEN`.
    code : str
        Where the statement lives in the toolkit.
    status : str
        One of :data:`STATUSES`.
    check : str
        The function of ``check_<paper>.py`` that ran; empty for an open row.
    checked, reason : str
        What exactly was checked; what was not, and why, for a row that is open or checked in part.
    slow : bool
    seconds : float
        About how long the check takes.
    """

    paper: str
    where: str
    says: str
    seen: str
    code: str
    status: str
    check: str = ""
    checked: str = ""
    reason: str = ""
    slow: bool = False
    seconds: float = 0

    @property
    def source(self) -> str:
        """The publication, in full."""
        return str(SOURCES[self.paper])

    def record(self) -> dict[str, Any]:
        """The row as a dictionary."""
        return asdict(self)

    def problem(self) -> str | None:
        """What is wrong with the row, in a sentence, or None."""
        if self.paper not in SOURCES:
            return f"paper {self.paper!r} is not in theory.sources.SOURCES"
        if self.status not in STATUSES:
            return f"status {self.status!r} is none of {', '.join(STATUSES)}"
        if self.seen not in SEEN:
            return f"seen {self.seen!r} is none of {', '.join(SEEN)}"
        if self.status == "open":
            return None if self.reason and not self.check else "an open row has a reason and no check"
        if not (self.check and self.checked):
            return f"a row called {self.status} names its check and what it checked"
        if (self.status == "checked in part") != bool(self.reason):
            return "a row says under reason what was not checked, and why, exactly if it is checked in part or open"
        return None


@dataclass(frozen=True)
class Ledger:
    """All rows, and the folder with the checks."""

    folder: Path
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Outcome:
    """The result of a check."""

    row: Row
    passed: bool
    seconds: float
    problem: str = ""

    def record(self) -> dict[str, Any]:
        """The outcome as a dictionary."""
        return {
            "paper": self.row.paper,
            "check": self.row.check,
            "passed": self.passed,
            "seconds": round(self.seconds, 3),
            "problem": self.problem,
        }


def read_ledger(folder: str | Path | None = None) -> Ledger:
    """The ledger in a folder, which is the one of this file unless another is named.

    Raises
    ------
    FileFormatError
        If a row is incomplete or contradicts itself, naming the row.
    """
    home = Path(__file__).resolve().parent if folder is None else Path(folder)
    path = home / "ledger.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(path, "", f"not a TOML file ({error})") from None
    names = {field.name for field in fields(Row)}
    rows = []
    for i, entry in enumerate(table.get("row", []), start=1):
        if unknown := set(entry) - names:
            raise FileFormatError(
                path, f"row {i}", f"unknown entry {sorted(unknown)[0]!r}; use {', '.join(sorted(names))}"
            )
        try:
            row = Row(**entry)
        except TypeError as error:
            raise FileFormatError(path, f"row {i}", f"incomplete ({str(error).partition(') ')[2]})") from None
        if (problem := row.problem()) is not None:
            raise FileFormatError(path, f"row {i} ({row.paper}, {row.where})", problem)
        rows.append(row)
    return Ledger(home, tuple(rows))


def rows_of(ledger: Ledger, paper: str) -> tuple[Row, ...]:
    """The rows of one paper; an error that lists the papers if there are none."""
    rows = tuple(row for row in ledger.rows if row.paper == paper)
    if not rows:
        known = ", ".join(dict.fromkeys(row.paper for row in ledger.rows))
        raise InvalidInputError(f"the ledger has no paper {paper!r}; choose one of {known}, or all")
    return rows


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def run_check(ledger: Ledger, row: Row) -> Outcome:
    """Run the check of a row; whatever it raises is its failure, except an interrupt.

    Raises
    ------
    InvalidInputError
        If the row has no check, or the function does not exist.
    """
    path = ledger.folder / f"check_{row.paper}.py"
    if not row.check:
        raise InvalidInputError(f"{row.paper}, {row.where} is open: {row.reason}")
    began = time.perf_counter()
    with _importable(ledger.folder):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None or not path.is_file():
            raise InvalidInputError(f"{path} does not exist, but the ledger names its function {row.check}")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        function = getattr(module, row.check, None)
        if function is None:
            raise InvalidInputError(f"{path} has no function {row.check}, which the ledger names")
        try:
            function()
        except Exception as error:
            return Outcome(row, False, time.perf_counter() - began, f"{type(error).__name__}: {error}".strip())
    return Outcome(row, True, time.perf_counter() - began)
