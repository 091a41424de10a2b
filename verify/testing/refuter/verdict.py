"""What an attempt at refutation ends with: a counterexample, a survival with what was tried, or no judgment.

* A claimed **upper** bound is refuted by one network with more regions.
* A claimed **lower** bound on the maximum is refuted only by a proven upper bound below it: no network shows that a
  number of regions cannot be attained.
* A claimed **equality** is refuted by either.
* A statement between formulas is refuted by an architecture, a law about all networks by one network.

A conjecture that survives was not refuted by what was tried; a verdict never says more.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from theory.architecture import Architecture
from verify.testing.refuter.evidence import Counterexample
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
    if isinstance(value, Tried | Counterexample | Verdict):
        kept = {name.removesuffix("_file"): entry for name, entry in vars(value).items() if name not in _OBJECTS}
        value = {"by": value.by, **kept} if isinstance(value, Counterexample) else kept
    elif isinstance(value, Trouble):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: _record(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [_record(entry) for entry in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@dataclass
class Tried:
    """What was tried, in numbers.

    The conjecture was evaluated at so many ``architectures``, up to the ``largest``, and said nothing about the
    ``silent`` ones.  It is proved at the ``settled`` ones, ``settled_by`` theorems, records and constructions: an upper
    bound by a proven bound that is no larger, a lower bound by a network or a bound that attains it, an equality by
    both; unless asked, the refuter counts no network there.  ``stopped`` says where and why the sweep through further
    architectures ended, if the function failed there.  The ``networks`` that were counted, by where they came from
    (``methods``), have so many ``regions`` in all; a law was tried at ``examples``.
    """

    architectures: int = 0
    largest: Architecture | None = None
    silent: int = 0
    settled: int = 0
    settled_by: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    networks: int = 0
    regions: int = 0
    examples: int = 0
    methods: Counter[str] = field(default_factory=Counter)

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
