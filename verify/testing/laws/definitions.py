"""Laws between the definitions of "linear region": coarser ones give no larger number, nor one much smaller."""

from __future__ import annotations

import itertools

from theory.bounds.integers import binomials
from theory.sources import STARGALLA2025, ZANOTTI2025
from verify.counting.region_count import count as exact
from verify.partitions.definitions import DEFINITIONS
from verify.testing.laws.examples import Placed, placed
from verify.testing.laws.law import Counter, Finding, law

_ORDER = tuple(name for name in DEFINITIONS if name != "convex")  # which is enclosed for tiny networks only


@law(STARGALLA2025.at("R6 ≤ R5 ≤ R4 ≤ R2 ≤ R1"), "networks", lambda: placed(max_inputs=2, max_units=4))
def definitions(example: Placed, count: Counter) -> Finding:
    """Patterns ≥ activation regions ≥ linear regions ≥ closed connected regions ≥ affine pieces."""
    network, domain = example
    counts = {name: exact(network, domain, definition=name) for name in _ORDER if name != "activation"}
    number = count(network, domain)
    bounds = [(number, number) if name == "activation" else (counts[name].lower, counts[name].upper) for name in _ORDER]
    holds = all(coarse[0] <= fine[1] for fine, coarse in itertools.pairwise(bounds))
    shown = ", ".join(
        f"{name} {low if low == high else f'{low} to {high}'}" for name, (low, high) in zip(_ORDER, bounds, strict=True)
    )
    return Finding(holds, shown)


@law(ZANOTTI2025.at("upper bound"), "networks", lambda: placed(max_inputs=2, max_units=5), counts=False)
def pieces(example: Placed, _count: Counter) -> Finding:
    """A network with n affine pieces on d dimensions has at most n·Z(n − 1, d) linear regions."""
    network, domain = example
    affine, linear = (int(exact(network, domain, definition=name)) for name in ("affine", "linear"))
    most = affine * sum(binomials(affine - 1, domain.dimension))
    return Finding(linear <= most, f"{linear} linear regions, {affine} affine pieces allow {most}")


DEFINITION_LAWS = (definitions, pieces)
