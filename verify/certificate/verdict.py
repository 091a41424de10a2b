"""The verdict of :mod:`verify.checker`, and of nothing else, as an object, and what it is about.

The note of a domain proves nothing, so the words here are made from the rows that the checker read.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from theory.errors import InvalidInputError
from theory.exact import decimal, format_rational, integer
from theory.formats.json_file import loads
from theory.network import Network
from verify import checker
from verify.certificate.claim import domain_entry
from verify.certificate.fast_check import check_fast
from verify.certificate.parallel import check_parallel
from verify.domain.shapes import Box, Domain, Polytope
from verify.engines.problem import bounds_of


@dataclass(frozen=True)
class Subject:
    """What a verified claim is about.

    ``network_sha256`` is the network's digest as the checker computed it; ``stated`` is the claim, line 1 of the file.
    """

    definition: str
    network_sha256: str
    stated: dict[str, Any] = field(repr=False)

    @cached_property
    def architecture(self) -> str:
        """The inputs and widths of the network, as in ``2-8-8``."""
        return str(loads(json.dumps(self.stated["network"])).architecture)

    @property
    def domain_sha256(self) -> str:
        """A digest of the set and of its place in the input space, whatever the order and scale of its rows."""
        return _digest(self.stated["domain"])

    @property
    def domain(self) -> str:
        """The domain in words."""
        entry = self.stated["domain"]
        text = _set_text(entry["dimension"], _rows(entry))
        return f"a slice of R^{len(entry['matrix'])} with its parameters in {text}" if "matrix" in entry else text

    def difference(self, network: Network | None, domain: Domain | None, definition: str | None) -> str:
        """How the subject differs from what is asked for; empty if it does not."""
        if definition is not None and definition != self.definition:
            return f"the certificate counts by the definition {self.definition}, not {definition}"
        if network is not None and network.digest != self.network_sha256:
            return f"the certificate is about a network with sha256 {self.network_sha256}, not {network.digest}"
        if domain is not None and _digest(domain_entry(domain)) != self.domain_sha256:
            return f"the certificate is about {self.domain}, sha256 {self.domain_sha256}, not {domain}"
        return ""

    def __str__(self) -> str:
        return (
            f"definition {self.definition}, architecture {self.architecture}, domain {self.domain}, "
            f"network sha256 {self.network_sha256}, domain sha256 {self.domain_sha256}"
        )


def _rows(entry: dict[str, Any]) -> list[list[int]]:
    if "rows" in entry:
        return list(entry["rows"])
    return checker.walls_of_box(*(list(map(Fraction, entry[end])) for end in ("lower", "upper")))


def _digest(entry: dict[str, Any]) -> str:
    rows = sorted({checker.primitive(row) for row in _rows(entry) if any(row)})
    matrix = (*entry.get("matrix", []), entry.get("offset", []))
    place = [[format_rational(Fraction(v)) for v in row] for row in matrix]
    return hashlib.sha256(json.dumps([entry["dimension"], rows, place]).encode()).hexdigest()


def _set_text(dimension: int, rows: list[list[int]]) -> str:
    """R^m, a box, or the number of halfspaces."""
    if not rows:
        return f"R^{dimension}"
    ends = bounds_of(rows, dimension)
    if ends and len(rows) == 2 * dimension and all(a < b for a, b in ends):
        return str(Box(*zip(*ends, strict=True)))
    return f"a {Polytope(rows)}"


@dataclass(frozen=True)
class Verdict:
    """What the checker says about a certificate.

    ``bracket`` holds the certified bounds, two equal numbers for an exact count.  If the certificate is rejected,
    ``bracket`` and ``subject`` are None, ``line`` is the rejected line, counted from 1, and ``reason`` says why;
    otherwise these two are 0 and empty.
    """

    bracket: tuple[int, int] | None
    line: int = 0
    reason: str = ""
    subject: Subject | None = None

    @property
    def verified(self) -> bool:
        """Whether the certificate was accepted."""
        return self.bracket is not None

    @property
    def regions(self) -> int | None:
        """The certified number; None if it was rejected, or certifies a bracket."""
        return self.bracket[0] if self.bracket and self.bracket[0] == self.bracket[1] else None

    def __bool__(self) -> bool:
        return self.verified

    def __str__(self) -> str:
        if self.bracket is None:
            return f"REJECTED line {self.line}: {self.reason}"
        return f"VERIFIED {'..'.join(map(decimal, dict.fromkeys(self.bracket)))}"


@contextmanager
def long_integers() -> Iterator[None]:
    """Let Python read and write integers as long as the format allows, as the checker does when it runs alone."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(checker.MAX_DIGITS)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(before)


def check(
    path: str | os.PathLike[str],
    *,
    jobs: int = 1,
    fast: bool = False,
    network: Network | None = None,
    domain: Domain | None = None,
    definition: str | None = None,
) -> Verdict:
    """The checker's verdict on a certificate file, the same for any number ``jobs`` of processes.

    ``fast`` asks the second checker instead, in the compiled core (:mod:`verify.certificate.fast_check`), which raises
    UnsupportedError for kinds of certificates that it does not know.
    A valid certificate of something else than the given ``network``, ``domain`` and ``definition`` is rejected, at line
    1.  Raises InvalidInputError if there is no such file; a bad file is not an error but a verdict.
    """
    try:
        with long_integers():
            if fast:
                if jobs != 1:
                    raise InvalidInputError(
                        f"jobs: {jobs} beside --fast, which checks in one process; name one of them"
                    )
                claim, line, reason = check_fast(path)
            elif integer(jobs, place="jobs", minimum=1) == 1:
                claim, line, reason = checker.check(path)
            else:
                claim, line, reason = check_parallel(path, jobs)
    except OSError as error:
        raise InvalidInputError(f"{Path(path)}: {error.strerror}; name a certificate file") from None
    if claim is None:
        return Verdict(None, line, reason)
    subject = Subject(claim.definition, claim.stated["network_sha256"], claim.stated)
    if difference := subject.difference(network, domain, definition):
        return Verdict(None, 1, difference)
    return Verdict((claim.ends[0], claim.ends[1]), subject=subject)
