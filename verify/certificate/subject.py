"""What a certificate is about: its definition, domain and network, in a form that can be compared.

The note of a domain proves nothing, so the words here are made from the rows that the checker read.
"""

import hashlib
import json
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from theory.exact import format_rational
from theory.formats.json_file import loads
from theory.network import Network
from verify import checker
from verify.certificate.claim import domain_entry
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
        text = _set_text(entry["dimension"], entry["rows"])
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


def _digest(entry: dict[str, Any]) -> str:
    rows = sorted({checker.primitive(row) for row in entry["rows"] if any(row)})
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
