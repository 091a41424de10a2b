"""The search for an example that breaks a law: hypothesis draws and shrinks examples, seed after seed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from theory.formats.files import write_text
from theory.network import Network
from verify.counting.region_count import count
from verify.domain.shapes import Domain
from verify.maxima.climbing import Clock
from verify.testing.laws import FALSE_LAWS, LAWS, Law
from verify.testing.refuter.source_text import imports_for, source_text
from verify.testing.refuter.verdict import ByExample, Tried, Verdict

_BATCH = 250  # examples of one seed


def refute_law(law: Law, clock: Clock, examples: int | None, seed: int, folder: Path) -> Verdict:
    """Look for an example that breaks the law until the budget, or the number of examples, is used up."""
    tried, failure = Tried(), None
    left, at = examples, seed
    while failure is None and clock.remaining != 0.0 and left != 0:
        batch = _BATCH if left is None else min(_BATCH, left)
        report = law.check(examples=batch, seed=at, expired=lambda: clock.remaining == 0.0)
        tried.examples += report.examples
        failure, at = report.failure, at + 1
        left = None if left is None else left - batch
    found = None if failure is None else _by_example(law, failure.example, folder)
    outcome: Any = "survived" if found is None else "refuted"
    return Verdict(law.statement, "law", outcome, found, (), tried, seed, clock.elapsed)


def _by_example(law: Law, example: Any, folder: Path) -> ByExample:
    """Look at the example once more with certified counts, and write down how to repeat that."""
    text = source_text(example)
    names = {"LAWS": LAWS, "FALSE_LAWS": FALSE_LAWS}
    catalog = next((name for name, laws in names.items() if laws.get(law.name) is law), None)
    if catalog is None:
        return ByExample(example, law.look(example).what, (), None, f"example = {text}\n")
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
    write_text(script, snippet)
    return ByExample(example, finding.what, tuple(certificates), script, snippet)
