"""A store of results, so that nothing is counted twice.

A store is a folder.  A result is a file ``KEY.json``, whose name is a hash of the question: the network's digest
(:attr:`theory.network.Network.digest`, of every weight exactly), the domain's digest, and the definition of region.
Its certificate lies beside it as ``SHA.certificate``, under its own hash.  A result is reused only if its certificate
is there, has the hash that the result names, and claims this number of regions for this network and domain; a
certificate that was changed, damaged or lost makes the result unknown again, never wrong.

Several programs may use one store at the same time: files are renamed to their names when they are complete, one
process at a time compares and replaces a result, and of two results for the same question the narrower bracket stays.
Two results that exclude each other are an error, not a choice.

>>> import tempfile
>>> from theory import Network
>>> from verify import Box
>>> tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
>>> with tempfile.TemporaryDirectory() as folder:
...     store = Store(folder)
...     print(store.get(tent), store.count(tent), store.count(tent, Box([0], [1])))
...     print(store.get(tent), len(store))
None <3 activation regions of 1-2 on R^1, exact> <2 activation regions of 1-2 on [0,1], exact>
<3 activation regions of 1-2 on R^1, exact> 2
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import flint

from theory.errors import FileFormatError, InternalError, InvalidInputError, UnsupportedError
from theory.exact import decimal
from theory.formats.files import read_bytes, whole_file, write_text
from theory.network import Network
from verify.counting.long.checkpoint import locked
from verify.counting.region_count import RegionCount, count
from verify.domain.shapes import Domain
from verify.engines.problem import domain_of
from verify.partitions.definitions import DEFINITIONS, accepts_of

_FORMAT = {"format": "linregions/result", "version": 1}
_MAX_BYTES = 4_000_000
"""Of a result: two numbers of a million digits, and some words."""
_LOCK = ".lock"
_OLD_DATABASE = "results.sqlite"

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_NUMBER = re.compile(r"[0-9]{1,1000000}\Z")


class StoredResult(NamedTuple):
    """One result: the question as hashes, the bracket, the hash of the certificate (None: uncertified), and notes."""

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
    def key(self) -> str:
        """A hash of the question."""
        return _key(*self[:3])


def _key(network: str, domain: str, definition: str) -> str:
    return hashlib.sha256(f"{network} {domain} {definition}".encode()).hexdigest()


class Store(contextlib.AbstractContextManager["Store"]):
    """Results in a folder, reused only with the certificates that they were stored with.

    The folder is created if it does not exist.  One that cannot be used, or holds a store of the earlier format, an
    SQLite database, raises :class:`~theory.errors.FileFormatError`.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileFormatError(
                folder, "", f"cannot be used as a store ({(error.strerror or '').lower()}); name a folder"
            ) from None
        if (self.folder / _OLD_DATABASE).exists():
            raise FileFormatError(
                self.folder / _OLD_DATABASE,
                "",
                "is a store of the earlier format, an SQLite database, which is not read any more; name another folder "
                "and count again (the certificates beside it are as good as before)",
            )

    def __exit__(self, *_: object) -> None:
        """Nothing is left open."""

    def __len__(self) -> int:
        return len(self._files())

    def __iter__(self) -> Iterator[StoredResult]:
        """Every result, certified or not, in a fixed order."""
        return iter(sorted(result for path in self._files() if (result := self._read(path.stem))))

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob("*.json") if _SHA256.match(path.stem)]

    def certificate_path(self, digest: str) -> Path:
        """Where the certificate of that hash lies, inside the folder."""
        if not _SHA256.match(digest):
            raise InvalidInputError(f"{digest[:80]!r} is not a SHA-256 in hexadecimal")
        return self.folder / f"{digest}.certificate"

    @accepts_of
    def get(
        self,
        network: Network,
        domain: Domain | None = None,
        *,
        definition: str = "activation",
        certified: bool = True,
        checked: bool = False,
    ) -> RegionCount | None:
        """The stored count or bracket; None if there is none, or none whose certificate shows it.

        Unless ``certified``, a result without a certificate is returned, too, as the program that stored it stated it.
        If ``checked``, the checker runs on the certificate: then the result does not depend on who could write to the
        folder.  Raises FileFormatError if the file of the result is damaged, states more regions than the architecture
        can have, or has a certificate that the checker rejects.
        """
        where = domain_of(network, domain)
        found = self._read(_key(network.digest, where.digest, definition))
        result = found and self._count_of(found, network, where)
        if found is None or result is None or (certified and result.certificate is None):
            return None
        if definition != "patterns" and network.hidden:  # patterns may be thin, and no bound holds for them
            from theory.bounds import bracket  # loads sympy

            with contextlib.suppress(UnsupportedError):
                most = bracket(network.architecture)[1].value
                if found.lower > most:
                    raise FileFormatError(
                        self._path(found.key),
                        "",
                        f"states {decimal(found.lower)} regions of {network.architecture}, which has at most "
                        f"{decimal(most)}; it is forged or damaged, move it away and count again",
                    )
        if checked and found.certificate is not None:
            from verify.certificate.verdict import check

            path = self.certificate_path(found.certificate)
            verdict = check(path, network=network, domain=where, definition=definition)
            if verdict.bracket != (found.lower, found.upper):
                raise FileFormatError(path, "", f"does not prove the result that names it ({verdict}); remove it")
        return result

    @accepts_of
    def count(
        self, network: Network, domain: Domain | None = None, *, definition: str = "activation", **limits: Any
    ) -> RegionCount:
        """The stored count if it is exact and certified; otherwise count, certify and store the result, also a bracket.

        ``limits`` are arguments of :func:`verify.count` such as ``budget``, ``jobs`` and ``checkpoint``.

        What cannot carry a certificate is counted anew each time, and stored for ``get(..., certified=False)``.
        """
        known = self.get(network, domain, definition=definition)
        if known is not None and known.exact:
            return known
        draft = self.folder / f".{secrets.token_hex(8)}.certificate"
        try:
            try:
                result = count(network, domain, definition=definition, certificate=draft, **limits)
            except UnsupportedError:
                result = count(network, domain, definition=definition, **limits)
            held = self.put(network, result)
            return dataclasses.replace(held, seconds=result.seconds, statistics=result.statistics)
        finally:
            draft.unlink(missing_ok=True)

    def put(self, network: Network, result: RegionCount) -> RegionCount:
        """Store a result with a copy of its certificate, if it has one, and return what the store holds afterward.

        Of a bracket that is narrower than its certificate, what the certificate shows is stored.  Raises InternalError
        if the store holds a result that excludes this one, so that one of the two is wrong, and InvalidInputError if
        the certificate claims something else.
        """
        digest, lower, upper = None, result.lower, result.upper
        if result.certificate is not None:
            digest, lower, upper = self._keep(Path(result.certificate), network, result)
        question = (network.digest, result.domain.digest, result.definition)
        architecture, place = str(result.architecture), str(result.domain)
        new = StoredResult(*question, lower, upper, digest, result.engine, float(result.seconds), architecture, place)
        with locked(self.folder / _LOCK):
            held = self._read(new.key)
            if held and (held.upper < new.lower or new.upper < held.lower):
                raise InternalError(
                    f"{result} contradicts the stored bracket [{decimal(held.lower)}, {decimal(held.upper)}] in "
                    f"{self._path(new.key)}; one of them is wrong, please report the network"
                )
            narrower = digest and held and new.upper - new.lower < held.upper - held.lower
            if narrower or not (held and self._is_proved(held, network, result.domain)):
                numbers = {"lower": decimal(new.lower), "upper": decimal(new.upper)}
                write_text(self._path(new.key), json.dumps({**_FORMAT, **new._asdict(), **numbers}, indent=1) + "\n")
                held = new
        return self._count_of(held, network, result.domain)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _read(self, key: str) -> StoredResult | None:
        """The result of that key, every field checked: the file may come from a stranger."""
        path = self._path(key)
        if not path.exists():
            return None
        content = read_bytes(path, limit=_MAX_BYTES)
        with contextlib.suppress(ValueError, RecursionError, AttributeError, TypeError):  # any JSON may be there
            record = json.loads(content)
            stated = {name: record.pop(name, None) for name in _FORMAT}
            result = StoredResult(**record)
            if stated == _FORMAT and _is_sound(result):
                result = result._replace(lower=int(flint.fmpz(result.lower)), upper=int(flint.fmpz(result.upper)))
                if 0 < result.lower <= result.upper and result.key == key:
                    return result
        raise FileFormatError(path, "", "is damaged, or not the result of its name; move it away and count again")

    def _count_of(self, found: StoredResult, network: Network, domain: Domain) -> RegionCount:
        proved = found.certificate if self._is_proved(found, network, domain) else None
        facts = found.engine, found.seconds, {"stored": True}, self.certificate_path(proved) if proved else None
        return RegionCount(found.lower, found.upper, found.definition, domain, network.architecture, *facts)

    def _is_proved(self, result: StoredResult, network: Network, domain: Domain) -> bool:
        """Whether the certificate is there, has the hash that was written down, and claims this result."""
        if result.certificate is None:
            return False
        path = self.certificate_path(result.certificate)
        claim = _claim(network, domain, result.definition, result.lower, result.upper)
        try:
            return _first_line(path) == claim and _file_digest(path) == result.certificate
        except OSError:
            return False

    def _keep(self, source: Path, network: Network, result: RegionCount) -> tuple[str, int, int]:
        """Copy a certificate into the store under its own hash, and return that and what it claims."""
        try:
            first = _first_line(source)
            match = re.search(rb'"regions":\[([0-9]{1,100000}),([0-9]{1,100000})\]', first[:300_000])
            lower, upper = (int(flint.fmpz(n.decode())) for n in match.groups()) if match else (result.lower,) * 2
            claim = _claim(network, result.domain, result.definition, lower, upper)
            if first != claim or not lower <= result.lower <= result.upper <= upper:
                raise InvalidInputError(f"{source}: is not the certificate of {result}")
            digest = _file_digest(source)
            with open(source, "rb") as stream, whole_file(self.certificate_path(digest)) as copy:
                shutil.copyfileobj(stream, copy)
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise FileFormatError(source, "", f"cannot be copied into the store {self.folder} ({reason})") from None
        return digest, lower, upper


def _is_sound(result: StoredResult) -> bool:
    """Whether every field has the form that it should have, the ends of the bracket as text."""
    hashes = (result.network, result.domain, *(() if result.certificate is None else (result.certificate,)))
    words = (result.definition, result.engine, result.architecture, result.place)
    forms = ((_SHA256, hashes), (_NUMBER, (result.lower, result.upper)), (re.compile(""), words))
    fit = all(isinstance(text, str) and form.match(text) for form, texts in forms for text in texts)
    return fit and isinstance(result.seconds, float) and result.definition in DEFINITIONS


def _first_line(path: Path) -> bytes:
    with open(path, "rb") as stream:
        return stream.readline(1 << 27).rstrip(b"\n")


def _file_digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _claim(network: Network, domain: Domain, definition: str, lower: int, upper: int) -> bytes:
    """The first line of a certificate of this result."""
    from verify.certificate.claim import claim_line
    from verify.certificate.verdict import long_integers

    with long_integers():
        return claim_line(network, domain, lower if lower == upper else (lower, upper), definition).encode()
