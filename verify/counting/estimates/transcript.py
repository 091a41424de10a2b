"""The draws of an estimate as a file, from which the interval follows, and which another run goes on from.

.. code-block:: json

    {"format": "linregions/draws", "version": 1, "network": "…", "domain": "…", "seed": 0, "error": "1/10",
     "values": {"sets": ["0", "90300/7", "…"], "tree": ["123456"]}}

``network`` and ``domain`` are digests (SHA-256), a value is an integer or a fraction.  Draw k of a method is a function
of network, domain, seed and k alone (:mod:`verify.counting.estimates.draws`), so :func:`replay`, or another program,
can draw a value again and compare; and the interval is a function of the values, in their order, of the confidence and
of ``error`` (:mod:`verify.counting.estimates.confidence`).  That is the wanted error of the run that began the file:
bets that another run chose after it knows the draws would prove nothing, so it keeps to this one (to its own if the
file, an old one, has none).  Dives and parity depend on the version of the float solver as well: one that comes out
otherwise is another run of the solver, and is no evidence of a fault.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from theory.deadline import check
from theory.errors import InvalidInputError
from theory.exact import format_rational, integer, rational
from theory.formats.files import printable, read_bytes, write_text
from theory.formats.json_file import parse_json
from theory.network import Network
from verify.counting.estimates.draws import Drawing, Method
from verify.domain.shapes import Domain
from verify.engines.problem import Problem, domain_of

_FORMAT = "linregions/draws"
_METHODS: tuple[Method, ...] = ("sets", "tree", "dives", "parity")


@dataclass(frozen=True)
class Transcript:
    """Draws that are kept in a file, or in none.

    ``subject`` holds the digests of network and domain, and the seed; ``values`` the draws of each method, in their
    order; ``error`` is that for which the bets are made.
    """

    path: str | os.PathLike[str] | None
    subject: dict[str, object]
    values: dict[Method, list[Fraction]]
    error: Fraction

    @classmethod
    def of(
        cls, path: str | os.PathLike[str] | None, network: Network, domain: Domain, seed: int, error: Fraction
    ) -> Transcript:
        """What the file holds, nothing if it is not there; ``error`` is used if it has none.

        Raises InvalidInputError if it is no transcript, or of another network, domain or seed.
        """
        subject: dict[str, object] = {"network": network.digest, "domain": domain.digest, "seed": seed}
        if path is None or not Path(path).exists():
            return cls(path, subject, {}, error)
        read, values, kept = _read(path)
        for name, value in subject.items():
            if read[name] != value:
                raise InvalidInputError(f"{path} holds draws for another {name}; name another file")
        return cls(path, subject, values, kept or error)

    def write(self, values: Mapping[Method, list[Fraction]]) -> None:
        """Replace the file, if there is one, by these draws."""
        if self.path is None:
            return
        texts = {name: [format_rational(value) for value in some] for name, some in values.items()}
        facts = {"error": format_rational(self.error), "values": texts}
        write_text(self.path, json.dumps({"format": _FORMAT, "version": 1, **self.subject, **facts}))


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, object], dict[Method, list[Fraction]], Fraction | None]:
    record = parse_json(read_bytes(path), path)
    try:
        if (record["format"], record["version"]) != (_FORMAT, 1):
            raise InvalidInputError("it has another format or version")
        if unknown := set(record["values"]) - set(_METHODS):
            raise InvalidInputError(f"no draws are called {printable(min(unknown))}")
        kept = record["values"]
        values = {name: [rational(value, place="value") for value in kept.get(name, [])] for name in _METHODS}
        if min(itertools.chain(*values.values()), default=0) < 0:
            raise InvalidInputError("a draw is negative")
        error = rational(record["error"], place="error") if "error" in record else None
        if error is not None and not 0 < error < 1:
            raise InvalidInputError(f"error {error} must lie between 0 and 1")
        return {name: record[name] for name in ("network", "domain", "seed")}, values, error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInputError(f"{path} is no transcript of an estimate: {error}") from None


class Replay(NamedTuple):
    """How many draws were repeated, and method and number of those that came out otherwise."""

    drawn: int
    wrong: tuple[tuple[str, int], ...]


def replay(path: str | os.PathLike[str], network: Network, domain: Domain | None = None, *, every: int = 1) -> Replay:
    """Draw the draws of a transcript again, one of each ``every``.

    Raises InvalidInputError if the file is no transcript, or of another network or domain.
    """
    place, step = domain_of(network, domain), integer(every, place="every", minimum=1)
    subject, values, _ = _read(path)
    seed = subject["seed"]
    if subject["network"] != network.digest or subject["domain"] != place.digest or not isinstance(seed, int):
        raise InvalidInputError(f"{path} holds draws of another network or on another domain")
    problem, drawn, wrong = Problem.of(network, place), 0, list[tuple[str, int]]()
    for method, some in values.items():
        drawing = Drawing(problem, seed, method)
        for k in range(0, len(some), step):
            check()
            drawn += 1
            if drawing.value(k) != some[k]:
                wrong.append((method, k))
    return Replay(drawn, tuple(wrong))
