"""The law between the definitions of "linear region": a coarser definition never gives a larger number."""

from __future__ import annotations

import itertools

from theory.network import Network
from theory.sources import STARGALLA2025
from verify.counting.region_count import count as exact
from verify.domain.shapes import Domain
from verify.partitions.definitions import DEFINITIONS
from verify.testing.laws.examples import placed
from verify.testing.laws.law import Counter, Finding, Law

__all__ = ["DEFINITION_LAWS"]

_ORDER = tuple(name for name in DEFINITIONS if name != "convex")  # which is enclosed for tiny networks only


def _chain(example: tuple[Network, Domain], count: Counter) -> Finding:
    network, domain = example
    counts = {name: exact(network, domain, definition=name) for name in _ORDER if name != "activation"}
    number = count(network, domain)
    bounds = [(number, number) if name == "activation" else (counts[name].lower, counts[name].upper) for name in _ORDER]
    holds = all(coarse[0] <= fine[1] for fine, coarse in itertools.pairwise(bounds))
    shown = ", ".join(
        f"{name} {low if low == high else f'{low} to {high}'}" for name, (low, high) in zip(_ORDER, bounds, strict=True)
    )
    return Finding(holds, shown)


DEFINITION_LAWS = (
    Law(
        "definitions",
        "Patterns ≥ activation regions ≥ linear regions ≥ closed connected regions ≥ affine pieces.",
        STARGALLA2025.at("R6 ≤ R5 ≤ R4 ≤ R2 ≤ R1"),
        "networks",
        lambda: placed(max_inputs=2, max_units=4),
        _chain,
    ),
)
"""One law: the chain of the definitions."""
