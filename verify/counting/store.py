"""A store of results: what has been counted once is not counted again.

A store is a folder with an SQLite database and the certificates of its results.  A result is found by three things:
the network's hash (:attr:`theory.network.Network.digest`, of every weight exactly), the exact domain, and what is
counted.  It is reused only if its certificate is there and has the hash that was written down with the result; a
certificate that was changed, damaged or lost makes the result unknown again, never wrong.

Several programs may use one store at the same time: every change is one transaction, a certificate gets its name (its
own hash) in one step, and of two results for the same question the narrower bracket stays.  Two results that exclude
each other are an error, not a choice.

>>> import tempfile
>>> from theory import Network
>>> from verify import Box
>>> tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
>>> with tempfile.TemporaryDirectory() as folder, Store(folder) as store:
...     print(store.get(tent), store.count(tent), store.count(tent, Box([0], [1])))
...     print(store.get(tent), len(store))
None <3 activation regions of 1-2 on R^1, exact> <2 activation regions of 1-2 on [0,1], exact>
<3 activation regions of 1-2 on R^1, exact> 2
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import flint

from theory.errors import FileFormatError, InternalError, InvalidInputError, UnsupportedError
from theory.exact import decimal
from theory.network import Network
from verify.counting.region_count import RegionCount, count
from verify.domain.shapes import Domain, WholeSpace
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.definitions.argument import accepts_of

__all__ = ["Store", "StoredResult"]

DATABASE = "results.sqlite"
CERTIFICATES = "certificates"
APPLICATION = 0x6C696E72  # "linr", in the header of the database
VERSION = 1
PATIENCE = 60.0
"""Seconds to wait for another writer."""

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NUMBER = re.compile(r"[0-9]{1,1000000}\Z")
_SCHEMA = """
CREATE TABLE results (
    network TEXT NOT NULL, domain TEXT NOT NULL, definition TEXT NOT NULL,
    lower TEXT NOT NULL, upper TEXT NOT NULL,
    certificate TEXT, engine TEXT NOT NULL, seconds REAL NOT NULL,
    architecture TEXT NOT NULL, place TEXT NOT NULL,
    PRIMARY KEY (network, domain, definition)
) WITHOUT ROWID
"""
_COLUMNS = "network, domain, definition, lower, upper, certificate, engine, seconds, architecture, place"


class StoredResult(NamedTuple):
    """One row: the question as hashes, the bracket, the hash of the certificate (None: uncertified), and notes."""

    network: str
    domain: str
    definition: str
    lower: int
    upper: int
    certificate: str | None
    engine: str
    seconds: float
    architecture: str
    place: str

    @property
    def width(self) -> int:
        """How much the bracket leaves open."""
        return self.upper - self.lower


def _line(error: sqlite3.Error | UnicodeDecodeError) -> str:
    """What SQLite says, which may quote a damaged database, on one line."""
    return "".join(c if c.isprintable() else " " for c in " ".join(str(error).split()))[:200]


def _file_digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Store:
    """Results in a folder, reused only with the certificates that they were stored with.

    Parameters
    ----------
    folder : path
        Created if it does not exist.

    Raises
    ------
    FileFormatError
        If the folder cannot be used, or its database is damaged, foreign, or of another version.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.path = self.folder / DATABASE
        try:
            (self.folder / CERTIFICATES).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileFormatError(
                folder, "", f"cannot be used as a store ({(error.strerror or '').lower()}); name a folder"
            ) from None
        with self._explained():
            self._connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            try:
                with self._transaction():
                    self._open()
            except BaseException:
                self._connection.close()
                raise

    def _open(self) -> None:
        """Make the table in an empty database; refuse one that is not ours."""
        (application,) = self._connection.execute("PRAGMA application_id").fetchone()
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (application, version, tables) == (0, 0, 0):
            self._connection.execute(_SCHEMA)
            self._connection.execute(f"PRAGMA application_id = {APPLICATION}")
            self._connection.execute(f"PRAGMA user_version = {VERSION}")
        elif application != APPLICATION:
            raise FileFormatError(self.path, "", "is a database of another program; choose another folder")
        elif version != VERSION:
            raise FileFormatError(self.path, "", f"is a store of version {version}; this program reads {VERSION}")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors as one sentence."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise FileFormatError(
                self.path, "", f"cannot be used now ({_line(error)}); try again or move it away"
            ) from None
        except (sqlite3.Error, UnicodeDecodeError) as error:  # also what SQLite quotes may be damaged
            raise FileFormatError(self.path, "", f"is damaged ({_line(error)}); move it away and count again") from None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, one writer at a time."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the database; the store can be opened again."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        with self._explained():
            (number,) = self._connection.execute("SELECT count(*) FROM results").fetchone()
        return int(number)

    def __iter__(self) -> Iterator[StoredResult]:
        """Every row, certified or not, in a fixed order."""
        with self._explained():
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM results ORDER BY 1, 2, 3").fetchall()
        return map(self._read, rows)

    def _read(self, row: tuple[Any, ...]) -> StoredResult:
        """A row, every field checked: the database may come from a stranger."""
        network, domain, definition, lower, upper, certificate, engine, seconds, architecture, place = row
        hashes = (network, domain, *(() if certificate is None else (certificate,)))
        words = (definition, engine, architecture, place)
        if (
            all(isinstance(text, str) and _SHA256.match(text) for text in hashes)
            and all(isinstance(text, str) for text in words)
            and all(isinstance(text, str) and _NUMBER.match(text) for text in (lower, upper))
            and isinstance(seconds, float)
            and definition in DEFINITIONS
        ):
            ends = (int(flint.fmpz(lower)), int(flint.fmpz(upper)))
            if 0 < ends[0] <= ends[1]:
                return StoredResult(
                    network, domain, definition, *ends, certificate, engine, seconds, architecture, place
                )
        raise FileFormatError(self.path, "", "holds a row that is no result; move the database away and count again")

    def certificate_path(self, digest: str) -> Path:
        """Where the certificate of that hash lies, inside the folder."""
        if not _SHA256.match(digest):
            raise InvalidInputError(f"{digest[:80]!r} is not a SHA-256 in hexadecimal")
        return self.folder / CERTIFICATES / f"{digest}.certificate"

    def _row(self, network: str, domain: str, definition: str) -> StoredResult | None:
        question = f"SELECT {_COLUMNS} FROM results WHERE network = ? AND domain = ? AND definition = ?"
        with self._explained():
            row = self._connection.execute(question, (network, domain, definition)).fetchone()
        return None if row is None else self._read(row)

    def _is_certified(self, result: StoredResult) -> bool:
        """Whether the certificate is there and has the hash that was written down."""
        if result.certificate is None:
            return False
        try:
            return _file_digest(self.certificate_path(result.certificate)) == result.certificate
        except OSError:
            return False

    @accepts_of
    def get(
        self, network: Network, domain: Domain | None = None, *, definition: str = "activation", certified: bool = True
    ) -> RegionCount | None:
        """The stored count or bracket; None if there is none, or none whose certificate matches its hash.

        Parameters
        ----------
        network, domain, definition
            As for :func:`verify.count`.
        certified : bool
            False takes results without a certificate, too, on the word of whoever wrote the store.
        """
        where = WholeSpace(network.inputs) if domain is None else domain
        found = self._row(network.digest, where.digest, definition)
        if found is None:
            return None
        proved = self._is_certified(found)
        if certified and not proved:
            return None
        return RegionCount(
            lower=found.lower,
            upper=found.upper,
            definition=definition,
            domain=where,
            architecture=network.architecture,
            engine=found.engine,
            seconds=found.seconds,
            statistics={"stored": True},
            certificate=self.certificate_path(found.certificate) if proved and found.certificate else None,
        )

    def put(self, network: Network, result: RegionCount) -> RegionCount:
        """Store a result, with a copy of its certificate if it has one, and return what the store holds then.

        Of a bracket that is narrower than its certificate, what the certificate shows is stored.

        Raises
        ------
        InternalError
            If the store holds a result that excludes this one: one of the two is wrong.
        InvalidInputError
            If the certificate claims something else.
        """
        digest, lower, upper = None, result.lower, result.upper
        if result.certificate is not None:
            digest, lower, upper = self._keep(Path(result.certificate), network, result)
        new = StoredResult(
            network.digest,
            result.domain.digest,
            result.definition,
            lower,
            upper,
            digest,
            result.engine,
            float(result.seconds),
            str(result.architecture),
            str(result.domain),
        )
        with self._explained(), self._transaction():
            old = self._row(*new[:3])
            if old is not None and (old.upper < new.lower or new.upper < old.lower):
                raise InternalError(
                    f"{result} contradicts the stored bracket [{decimal(old.lower)}, {decimal(old.upper)}] in "
                    f"{self.path}; one of them is wrong, please report the network"
                )
            if old is None or not self._is_certified(old) or (digest and new.width < old.width):
                values = (*new[:3], decimal(new.lower), decimal(new.upper), *new[5:])
                self._connection.execute(f"INSERT OR REPLACE INTO results ({_COLUMNS}) VALUES ({'?, ' * 9}?)", values)
        held = self.get(network, result.domain, definition=result.definition, certified=False)
        if held is None:
            raise FileFormatError(self.path, "", "lost a result that was just written; check the disk")
        return held

    def _keep(self, source: Path, network: Network, result: RegionCount) -> tuple[str, int, int]:
        """Copy a certificate into the store under its own hash, and return that and what it claims."""
        draft = self.folder / CERTIFICATES / f".{secrets.token_hex(8)}.tmp"
        try:
            try:
                shutil.copyfile(source, draft)
                with open(draft, "rb") as stream:
                    claim = stream.readline(1 << 27)
                lower, upper = self._claimed(source, claim, network, result)
                digest = _file_digest(draft)
                os.replace(draft, self.certificate_path(digest))
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise FileFormatError(source, "", f"cannot be copied into the store {self.folder} ({reason})") from None
        return digest, lower, upper

    @staticmethod
    def _claimed(source: Path, line: bytes, network: Network, result: RegionCount) -> tuple[int, int]:
        """What the first line of the certificate claims of this result; the rest is for ``linregions check``."""
        from verify.certificate.claim import claim_line
        from verify.certificate.verdict import long_integers

        with long_integers():
            bracket = re.search(rb'"regions":\[([0-9]{1,100000}),([0-9]{1,100000})\]', line[:300_000])
            lower, upper = map(int, bracket.groups()) if bracket else (result.lower, result.lower)
            claim = claim_line(network, result.domain, (lower, upper) if bracket else lower, result.definition)
        if line.rstrip(b"\n") != claim.encode() or not lower <= result.lower <= result.upper <= upper:
            raise InvalidInputError(f"{source}: is not the certificate of {result}")
        return lower, upper

    @accepts_of
    def count(
        self, network: Network, domain: Domain | None = None, *, definition: str = "activation", **limits: Any
    ) -> RegionCount:
        """The stored count if there is a certified one; otherwise count, certify and store, also a bracket.

        ``limits`` are arguments of :func:`verify.count` such as ``budget``, ``jobs`` and ``checkpoint``.

        What cannot carry a certificate is counted anew each time, and stored for ``get(..., certified=False)``.
        """
        known = self.get(network, domain, definition=definition)
        if known is not None and known.exact:
            return known
        draft = self.folder / CERTIFICATES / f".{secrets.token_hex(8)}.tmp"
        try:
            try:
                result = count(network, domain, definition=definition, certificate=draft, **limits)
            except UnsupportedError:
                result = count(network, domain, definition=definition, **limits)
            held = self.put(network, result)
            return dataclasses.replace(held, seconds=result.seconds, statistics=result.statistics)
        finally:
            draft.unlink(missing_ok=True)
