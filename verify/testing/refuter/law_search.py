"""The attack on a law: examples that hypothesis draws, seed after seed, and a smaller example once one breaks it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from theory.network import Network
from verify.counting.region_count import count
from verify.domain.shapes import Domain
from verify.testing.laws import FALSE_LAWS, LAWS, Law
from verify.testing.laws.law import Failure
from verify.testing.refuter.minimize import smaller_example
from verify.testing.refuter.networks import Clock
from verify.testing.refuter.source_text import imports_for, source_text
from verify.testing.refuter.verdict import ByExample, Tried, Verdict

__all__ = ["refute_law"]

_BATCH = 250  # examples of one seed


def refute_law(law: Law, clock: Clock, *, examples: int | None, seed: int, folder: Path) -> Verdict:
    """Look for an example that breaks the law until the budget is used up."""
    tried = Tried()
    left = examples
    failure: Failure | None = None
    turn = seed
    while failure is None and clock.remaining != 0.0 and left != 0:
        batch = _BATCH if left is None else min(_BATCH, left)
        report = law.check(examples=batch, seed=turn, expired=lambda: clock.remaining == 0.0)
        tried.examples += report.examples
        failure, turn = report.failure, turn + 1
        left = None if left is None else left - batch
    found = None if failure is None else _smallest(law, failure, clock, folder)
    outcome: Any = "survived" if found is None else "refuted"
    return Verdict(law.statement, "law", outcome, found, tried, (), seed, clock.elapsed)


def _smallest(law: Law, failure: Failure, clock: Clock, folder: Path) -> ByExample:
    """Make the example small, look at it once more with certified counts, and write down how to repeat that."""

    def breaks(trial: Any) -> bool:
        try:
            return not law.look(trial).holds
        except Exception:  # a part was taken away that the predicate needs
            return False

    example = smaller_example(failure.example, breaks, lambda: clock.remaining == 0.0)
    catalog = next(
        (name for name, laws in (("LAWS", LAWS), ("FALSE_LAWS", FALSE_LAWS)) if laws.get(law.name) is law), ""
    )
    if not catalog:
        return ByExample(example, law.look(example).what, None, (), f"example = {source_text(example)}\n")
    text = source_text(example)
    place = folder / f"{law.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    place.mkdir(parents=True, exist_ok=True)
    certificates: list[Path] = []

    def certified(network: Network, domain: Domain) -> int:
        certificates.append(place / f"count-{len(certificates) + 1}.cert")
        return int(count(network, domain, certificate=certificates[-1]))

    finding = law.look(example, certified)
    snippet = (
        f"{imports_for(text)}from verify.testing.laws import {catalog}\n\nexample = {text}\n"
        f'finding = {catalog}["{law.name}"].look(example)\nprint(finding.what)\nassert not finding.holds\n'
    )
    script = place / "reproduce.py"
    script.write_text(snippet, encoding="utf-8")
    return ByExample(example, finding.what, script, tuple(certificates), snippet)
