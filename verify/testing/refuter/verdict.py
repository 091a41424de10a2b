"""What an attempt at refutation ends with: a counterexample, a survival with what was tried, or no judgment.

* A claimed **upper** bound is refuted by one network with more regions.
* A claimed **lower** bound on the maximum is refuted only by a proven upper bound below it: no network shows that a
  number of regions cannot be attained.
* A claimed **equality** is refuted by either.
* A statement between formulas is refuted by an architecture, a law about all networks by one network.

A conjecture that survives was not refuted by what was tried; a verdict never says more.
"""

from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Literal

from theory.architecture import Architecture
from theory.exact import decimal
from theory.network import Network
from verify.testing.refuter.worker import Trouble

Kind = Literal["upper", "lower", "equal", "statement", "law"]
Outcome = Literal["survived", "refuted", "not judged"]

_SHOWN = 5  # troubles in the text of a verdict
_OBJECTS = ("network", "example")  # of counterexamples, which the record leaves to its files and its snippet
_ROLE: dict[str, str] = {
    "upper": "an upper bound on the number of regions of every network",
    "lower": "a lower bound on the maximum over all networks",
    "equal": "the maximum over all networks",
}


def _record(value: Any) -> Any:
    """For JSON: numbers and texts as they are, dataclasses field by field, architectures and paths as texts.

    The key of a field that ends in ``_file`` is the rest of its name.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, dict):
        return {key: _record(entry) for key, entry in value.items()}
    if isinstance(value, Trouble):
        return _record(value._asdict())
    if isinstance(value, tuple):
        return [_record(entry) for entry in value]
    if not isinstance(value, Tried | Counterexample | Verdict):
        return str(value)
    names = {each.name: each.name.removesuffix("_file") for each in fields(value) if each.name not in _OBJECTS}
    record = {key: _record(getattr(value, name)) for name, key in names.items()}
    return {"by": value.by, **record} if isinstance(value, Counterexample) else record


@dataclass
class Tried:
    """What was tried, in numbers."""

    architectures: int = 0
    """Those at which the conjecture was evaluated."""
    largest: Architecture | None = None
    """The largest of them."""
    silent: int = 0
    """Those of which the conjecture says nothing."""
    settled: int = 0
    """Those at which the conjecture is proved: an upper bound by a proven bound that is no larger, a lower bound by a
    network or a bound that attains it, an equality by both.  Unless asked, the refuter counts no network there."""
    settled_by: Counter[str] = field(default_factory=Counter)
    """Those architectures by the theorem, record or construction that proves it."""
    stopped: str = ""
    """Where and why the sweep through further architectures ended, if the function failed there."""
    networks: int = 0
    """Those whose regions were counted."""
    regions: int = 0
    """Their regions in all."""
    examples: int = 0
    """Of a law."""
    methods: Counter[str] = field(default_factory=Counter)
    """Networks by where they came from."""

    def __str__(self) -> str:
        parts = []
        if self.architectures:
            reach = f" up to {self.largest}" if self.largest is not None else ""
            parts.append(f"{self.architectures} architecture{'s' * (self.architectures != 1)}{reach}")
        if self.silent:
            parts.append(f"{self.silent} of which it says nothing about")
        if self.settled:
            names = ", ".join(f"{name} ({number})" for name, number in self.settled_by.most_common())
            parts.append(f"{self.settled} where it is settled, by {names}")
        if self.networks:
            methods = ", ".join(f"{number} {name}" for name, number in self.methods.most_common())
            parts.append(f"{self.networks} networks ({methods}) with {self.regions} regions counted")
        if self.examples:
            parts.append(f"{self.examples} examples")
        if self.stopped:
            parts.append(f"no further, for {self.stopped}")
        return "; ".join(parts) or "nothing"

    @property
    def all_settled(self) -> bool:
        """Whether the conjecture is proved at every architecture at which it says anything."""
        return 0 < self.settled == self.architectures - self.silent


@dataclass(frozen=True)
class ByNetwork:
    """One network with more regions than claimed.

    ``count`` is the exact number of full-dimensional activation regions on R^{n0}; ``found_by`` names the search that
    found it, before it was made small.  The files hold the network and the certificate of its count (``linregions
    check``); ``script`` is Python that reproduces the refutation, and ``snippet`` the same, to paste.
    """

    by: ClassVar[str] = "network"
    architecture: Architecture
    claimed: int
    count: int
    network: Network
    found_by: str
    network_file: Path
    certificate_file: Path
    script: Path
    snippet: str

    def __str__(self) -> str:
        return (
            f"{self.architecture}: claimed {decimal(self.claimed)}, but a network has {decimal(self.count)} regions\n"
            f"found by {self.found_by}\nnetwork {self.network_file}\ncertificate {self.certificate_file} "
            f"(linregions check {self.certificate_file})\nreproduce with python {self.script}, which is:\n\n"
            f"{self.snippet}"
        )


@dataclass(frozen=True)
class ByTheorem:
    """A proven upper bound below the claimed number.

    ``bound`` is its key in the catalog; ``source`` and ``status`` say where it is proved, and how far that was checked.
    """

    by: ClassVar[str] = "theorem"
    architecture: Architecture
    claimed: int
    at_most: int
    bound: str
    source: str
    status: str
    snippet: str

    def __str__(self) -> str:
        return (
            f"{self.architecture}: claimed {decimal(self.claimed)}, but no network has more than "
            f"{decimal(self.at_most)} regions\nby {self.bound} ({self.source}; {self.status})\n\n{self.snippet}"
        )


@dataclass(frozen=True)
class ByArchitecture:
    """An architecture at which a statement between formulas is false, and the statement with its values put in."""

    by: ClassVar[str] = "architecture"
    architecture: Architecture
    values: str
    snippet: str

    def __str__(self) -> str:
        return f"{self.architecture}: {self.values} is false\n\n{self.snippet}"


@dataclass(frozen=True)
class ByExample:
    """An example that breaks a law.

    ``example`` is what the law's strategy drew, and ``what`` says what was compared there.  There is one certificate
    for each count that the comparison rests on, in the order of counting.  ``script`` is Python that reproduces it;
    None for a law that is not in the catalog.
    """

    by: ClassVar[str] = "example"
    example: Any
    what: str
    certificates: tuple[Path, ...]
    script: Path | None
    snippet: str

    def __str__(self) -> str:
        proofs = "".join(f"certificate {path} (linregions check {path})\n" for path in self.certificates)
        where = f"reproduce with python {self.script}, which is:\n\n" if self.script else ""
        return f"{self.what}\n{proofs}{where}{self.snippet}"


Counterexample = ByNetwork | ByTheorem | ByArchitecture | ByExample
"""What refutes a conjecture: a network, a theorem, an architecture or an example of a law."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """The end of an attempt to refute.

    ``troubles`` are architectures at which the function returned no non-negative integer, and what it did instead.
    """

    statement: str
    kind: Kind
    outcome: Outcome
    counterexample: Counterexample | None
    troubles: tuple[Trouble, ...]
    tried: Tried
    seed: int
    seconds: float = field(compare=False)

    @property
    def refuted(self) -> bool:
        """Whether a counterexample was found."""
        return self.outcome == "refuted"

    @property
    def exit_code(self) -> int:
        """0 survived, 1 refuted, 2 could not be judged."""
        return {"survived": 0, "refuted": 1, "not judged": 2}[self.outcome]

    def __repr__(self) -> str:
        return f"<{self.statement}: {self.outcome} after {self.tried}>"

    def __str__(self) -> str:
        what = self.statement if self.kind in ("statement", "law") else f"{self.statement} as {_ROLE[self.kind]}"
        lines = [f"{self.outcome}: {what} ({self.seconds:.1f} s)"]
        if self.counterexample is not None:
            lines.append(str(self.counterexample))
        lines += [f"not judged {trouble}" for trouble in self.troubles[:_SHOWN]]
        if len(self.troubles) > _SHOWN:
            lines.append(f"and {len(self.troubles) - _SHOWN} more architectures at which it could not be judged")
        lines.append(f"tried: {self.tried} (seed {self.seed})")
        if self.outcome == "survived" and self.tried.all_settled:
            lines.append("Settled: it is proved at every architecture that was tried, by what is named above.")
        elif self.outcome == "survived":
            lines.append("Not refuted is not proved: this says what was tried, and nothing about what was not.")
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {**_record(self), "seconds": round(self.seconds, 3)}
