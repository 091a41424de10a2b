"""The verdict of :mod:`verify.checker`, and of nothing else, as an object."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from theory.errors import InvalidInputError
from theory.exact import decimal, integer
from theory.network import Network
from verify import checker
from verify.certificate.fast_check import check_fast
from verify.certificate.parallel import check_parallel
from verify.certificate.subject import Subject
from verify.domain.shapes import Domain


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
