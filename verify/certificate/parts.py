"""Distributed certificate writing: workers write subtrees, the coordinator writes the prefix and the claim.

Put in their places, the lines of the parts (:mod:`verify.certificate.tree`) are, byte for byte, the file that
:func:`verify.certificate.writer.write` writes.  With a part that is not finished the file certifies a bracket.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from theory.deadline import check
from theory.errors import UnsupportedError
from theory.formats.files import whole_file
from theory.network import Network, Pattern
from verify import checker
from verify.certificate.claim import claim_line, claim_of
from verify.certificate.tree import Lines, State, prefix_lines, tree_lines
from verify.certificate.verdict import long_integers
from verify.certificate.writer import require_agreement, tree_for
from verify.domain.shapes import Domain

__all__ = ["PartWriter", "State", "compose"]

_LARGEST = 1 << 26
"""Bytes of a part's lines; a larger part is divided."""


@dataclass(frozen=True)
class PartWriter:
    """Writes the lines of a part; it is sent to the worker that counts the part.

    ``claim`` is a first line for the network and domain, whose number of regions is not used.
    """

    claim: str

    @classmethod
    def of(cls, network: Network, domain: Domain) -> PartWriter:
        """For a certificate of this network on this domain."""
        with long_integers():
            _claim(text := claim_line(network, domain, 1))  # which refuses what cannot be written before it is counted
            return cls(text)

    def lines(self, part: Pattern) -> tuple[bytes, int] | None:
        """The part's lines and its number of regions; None if they become too many.  A deadline may end it."""
        written, size, leaves = [], 0, 0
        with long_integers():
            claim = _claim(self.claim)
            for lines in tree_lines(tree_for(claim), part):
                written.append(lines.text)
                size += len(lines.text)
                leaves += lines.leaves
                if size > _LARGEST:
                    return None
                check()
        return "".join(written).encode(), leaves


@lru_cache(maxsize=4)
def _claim(text: str) -> checker.Claim:
    return claim_of(checker.decode(text.encode()))


def compose(
    path: str | os.PathLike[str],
    network: Network,
    domain: Domain,
    writer: PartWriter,
    parts: Mapping[Pattern, State],
    counts: Mapping[Pattern, int],
    lines: Callable[[Pattern], bytes],
    *,
    counted: int | None = None,
    token: str | None = None,
) -> tuple[int, int]:
    """Write the certificate whose parts are there; returns the bracket that it certifies.

    ``path`` is that of :func:`verify.certificate.writer.write`.  The ``parts`` make up the space; ``counts`` and
    ``lines`` give the number of regions and the lines of each that is done, and ``counted`` is what engines counted, if
    that is all.  ``token`` is that of :func:`theory.formats.files.whole_file`.  Raises InternalError if engines and
    lines disagree, and UnsupportedError if the bound of an open leaf is too large for the format.
    """
    lower = upper = 0
    places: list[tuple[int, Pattern]] = []
    with long_integers(), whole_file(path, token=token) as file, tempfile.TemporaryFile() as prefix:
        claim = _claim(writer.claim)
        try:
            for item in prefix_lines(tree_for(claim, network), parts):
                if isinstance(item, Lines):
                    prefix.write(item.text.encode())
                    lower, upper = lower + item.leaves, upper + item.most
                else:
                    places.append((prefix.tell(), item))
                    lower, upper = lower + counts[item], upper + counts[item]
        except checker.Rejected as reason:
            raise UnsupportedError(f"no certificate of this bracket can be written: {reason}") from None
        if counted is not None:
            require_agreement(counted, lower, domain)
        first = claim_line(network, domain, lower if lower == upper else (lower, upper))
        file.write(first.encode() + b"\n")
        prefix.seek(0)
        for place, part in places:
            file.write(prefix.read(place - prefix.tell()))
            file.write(lines(part))
        shutil.copyfileobj(prefix, file)
        file.write(b'["end",%d]\n' % lower)
    return lower, upper
