"""What an attempt at refutation ends with: a counterexample, a survival with what was tried, or no judgment.

What evidence can do is narrow, and the words say so.

* A claimed **upper** bound falls to one network with more regions.
* A claimed **lower** bound on the maximum falls only to a proven upper bound below it: no network shows that something
  cannot be had.
* A claimed **equality** falls to either.
* A statement between formulas falls to an architecture, a law about all networks to one network.

A statement that survives has not been refuted by what was tried, and that is all that is said.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from theory.architecture import Architecture
from theory.exact import decimal
from theory.network import Network
from verify.testing.refuter.worker import Trouble

__all__ = ["ByArchitecture", "ByExample", "ByNetwork", "ByTheorem", "Counterexample", "Tried", "Verdict"]

Kind = Literal["upper", "lower", "equal", "statement", "law"]
Outcome = Literal["survived", "refuted", "not judged"]


@dataclass
class Tried:
    """What was tried, in numbers.

    Attributes
    ----------
    architectures : int
        For which the claim was evaluated.
    silent : int
        Of which the statement says nothing.
    settled : int
        At which a proven bound shows that no network can refute the claim; no network was counted there unless asked.
    networks : int
        That were counted.
    regions : int
        That were counted in all.
    examples : int
        Examples of a law that were looked at.
    methods : Counter
        Networks by where they came from.
    largest : Architecture or None
        The last and largest architecture that was reached.
    """

    architectures: int = 0
    silent: int = 0
    settled: int = 0
    networks: int = 0
    regions: int = 0
    examples: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    largest: Architecture | None = None

    def __str__(self) -> str:
        parts = []
        if self.architectures:
            reach = f" up to {self.largest}" if self.largest is not None else ""
            parts.append(f"{self.architectures} architectures{reach}")
        if self.silent:
            parts.append(f"{self.silent} of which it says nothing about")
        if self.settled:
            parts.append(f"{self.settled} where a proven bound rules a counterexample out")
        if self.networks:
            methods = ", ".join(f"{number} {name}" for name, number in self.methods.most_common())
            parts.append(f"{self.networks} networks ({methods}) with {self.regions} regions counted")
        if self.examples:
            parts.append(f"{self.examples} examples")
        return "; ".join(parts) or "nothing"


@dataclass(frozen=True)
class ByNetwork:
    """One network with more regions than claimed.

    Attributes
    ----------
    architecture : Architecture
    claimed : int
    count : int
        Full-dimensional activation regions on R^{n0}, exact.
    network : Network
    found_by : str
        Which search found it, before it was made small.
    network_file, certificate_file, script : Path
        The network, the certificate of its count (``linregions check``), and Python that reproduces the refutation.
    snippet : str
        The same Python, to paste.
    """

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

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "by": "network",
            "architecture": str(self.architecture),
            "claimed": self.claimed,
            "count": self.count,
            "found_by": self.found_by,
            "network": str(self.network_file),
            "certificate": str(self.certificate_file),
            "script": str(self.script),
            "snippet": self.snippet,
        }


@dataclass(frozen=True)
class ByTheorem:
    """A proven upper bound below the claim.

    Attributes
    ----------
    architecture : Architecture
    claimed, value : int
    bound : str
        Key in the catalog.
    source, status : str
        Where the bound is proved, and how its statement came here.
    snippet : str
    """

    architecture: Architecture
    claimed: int
    value: int
    bound: str
    source: str
    status: str
    snippet: str

    def __str__(self) -> str:
        return (
            f"{self.architecture}: claimed {decimal(self.claimed)}, but no network has more than "
            f"{decimal(self.value)} regions\nby {self.bound} ({self.source}; {self.status})\n\n{self.snippet}"
        )

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "by": "theorem",
            "architecture": str(self.architecture),
            "claimed": self.claimed,
            "at_most": self.value,
            "bound": self.bound,
            "source": self.source,
            "status": self.status,
            "snippet": self.snippet,
        }


@dataclass(frozen=True)
class ByArchitecture:
    """An architecture at which a statement between formulas is false.

    Attributes
    ----------
    architecture : Architecture
    values : str
        The statement with its values put in.
    snippet : str
    """

    architecture: Architecture
    values: str
    snippet: str

    def __str__(self) -> str:
        return f"{self.architecture}: {self.values} is false\n\n{self.snippet}"

    def record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "by": "architecture",
            "architecture": str(self.architecture),
            "values": self.values,
            "snippet": self.snippet,
        }


@dataclass(frozen=True)
class ByExample:
    """An example that breaks a law.

    Attributes
    ----------
    example : object
        As the law's strategy draws it.
    what : str
        What was compared there.
    script : Path or None
        Python that reproduces it; None for a law that is not in the catalog.
    certificates : tuple of Path
        One for each count that the comparison rests on, in the order of counting.
    snippet : str
    """

    example: Any
    what: str
    script: Path | None
    certificates: tuple[Path, ...]
    snippet: str

    def __str__(self) -> str:
        proofs = "".join(f"certificate {path} (linregions check {path})\n" for path in self.certificates)
        where = f"reproduce with python {self.script}, which is:\n\n" if self.script else ""
        return f"{self.what}\n{proofs}{where}{self.snippet}"

    def record(self) -> dict[str, Any]:
        """For JSON."""
        script = str(self.script) if self.script else None
        return {
            "by": "example",
            "what": self.what,
            "certificates": list(map(str, self.certificates)),
            "script": script,
            "snippet": self.snippet,
        }


Counterexample = ByNetwork | ByTheorem | ByArchitecture | ByExample


@dataclass(frozen=True, repr=False)
class Verdict:
    """The end of an attempt to refute.

    Attributes
    ----------
    statement : str
        What was attacked.
    kind : {"upper", "lower", "equal", "statement", "law"}
    outcome : {"survived", "refuted", "not judged"}
    counterexample : ByNetwork, ByTheorem, ByArchitecture, ByExample or None
    tried : Tried
    troubles : tuple of Trouble
        Architectures at which the function gave no non-negative integer, and what it did instead.
    seed : int
    seconds : float
    """

    statement: str
    kind: Kind
    outcome: Outcome
    counterexample: Counterexample | None
    tried: Tried
    troubles: tuple[Trouble, ...]
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
        if self.outcome == "survived":
            lines.append("Not refuted is not proved: this says what was tried, and nothing about what was not.")
        return "\n".join(lines)

    def record(self) -> dict[str, Any]:
        """For JSON."""
        tried = self.tried
        return {
            "statement": self.statement,
            "kind": self.kind,
            "outcome": self.outcome,
            "counterexample": self.counterexample and self.counterexample.record(),
            "troubles": [{"architecture": str(t.architecture), "what": t.what} for t in self.troubles],
            "tried": {
                "architectures": tried.architectures,
                "largest": tried.largest and str(tried.largest),
                "silent": tried.silent,
                "settled": tried.settled,
                "networks": tried.networks,
                "regions": tried.regions,
                "examples": tried.examples,
                "methods": dict(tried.methods),
            },
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
        }


_SHOWN = 5
_ROLE: dict[str, str] = {
    "upper": "an upper bound on the number of regions of every network",
    "lower": "a lower bound on the maximum over all networks",
    "equal": "the maximum over all networks",
}
