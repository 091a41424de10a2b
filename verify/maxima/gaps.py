"""What was tried at an architecture whose maximum is not known: bounds, networks, searches, and decisions by machine.

>>> from theory import Architecture
>>> found = tried(Architecture.parse("3-7-2"))
>>> [entry.bound.key for entry in found.bounds][:2], found.decisions[0].program
(['raghu2017', 'montufar2017'], 'paper_checks/levels_by_sat.py 7 3 43')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from theory.architecture import Architecture
from theory.records import Search, searches
from theory.sources import tables
from verify.maxima.best_known import LIMIT, Attained, attained

if TYPE_CHECKING:
    from theory.bounds import BoundValue


class Decision(NamedTuple):
    """A program that ran through all cases at first layers of this size, and what it said."""

    inputs: int
    first: int
    program: str
    says: str


class Tried(NamedTuple):
    """All that was tried: upper bounds from the least on, networks from the best on, searches, decisions."""

    bounds: tuple[BoundValue, ...]
    networks: tuple[Attained, ...]
    searches: tuple[Search, ...]
    decisions: tuple[Decision, ...]

    def record(self) -> dict[str, Any]:
        """All of it as numbers and words, for JSON."""
        return {
            "bounds": {bound.key: value for bound, value in self.bounds},
            "networks": {each.name: each.value for each in self.networks},
            "searches": [run._asdict() for run in self.searches],
            "decisions": [run._asdict() for run in self.decisions],
        }

    def __str__(self) -> str:
        values = ", ".join(f"{bound.key} {value}" for bound, value in self.bounds)
        networks = ", ".join(f"{each.name} {each.value}" for each in self.networks if each.value > 1)
        looked = [
            f"{run.networks} networks with seed {run.seed}: {run.alone} alone"
            + (f", {run.climbed} from other networks" if run.climbed is not None else "")
            for run in self.searches
        ]
        decided = [f"{run.program}: {run.says}" for run in self.decisions]
        return (
            f"bounds: {values}. Networks: {networks}. Search: {'; '.join(looked) or 'none is kept'}. "
            f"Decisions: {'; '.join(decided) or 'none'}."
        )


def tried(arch: Architecture, *, limit: int = LIMIT) -> Tried:
    """What was tried at an architecture; constructions with larger claims than the limit are not counted."""
    from theory.bounds import listing  # loads sympy

    best: dict[str, Attained] = {}  # by name
    for each in sorted(attained(arch, limit=limit), key=lambda each: -each.value):
        best.setdefault(each.name, each)
    decisions = (Decision(**run) for run in tables("decisions")["run"])
    first = (min(arch.sizes[:2]), *arch.widths[:1])
    return Tried(
        tuple(listing(arch, "upper")),
        tuple(best.values()),
        searches().get(arch, ()),
        tuple(run for run in decisions if arch.kind == "relu" and (run.inputs, run.first) == first),
    )
