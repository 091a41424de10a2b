"""Laws between counts and the catalog: no count exceeds an upper bound, every construction attains what it claims."""

from __future__ import annotations

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.bounds import applicable, weight_aware_bounds
from theory.constructions import Construction
from theory.sources import HERE, SERRA2018
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.testing.laws.examples import Placed, placed, placed_relu
from verify.testing.laws.law import Counter, Finding, law
from verify.testing.strategies import constructions, lines, relu_networks


def _below_upper_bounds(number: int, arch: Architecture) -> Finding:
    value, key = min((bound(arch), bound.key) for bound in applicable(arch, "upper"))
    return Finding(number <= value, f"{number} regions, and {key} allows {value} for {arch}")


@law(SERRA2018.at("Theorem 1, and every other upper bound of the catalog"), "networks", placed)
def upper_bounds(example: Placed, count: Counter) -> Finding:
    """No network has more regions, on any domain, than any upper bound that applies to its architecture."""
    network, domain = example
    return _below_upper_bounds(count(network, domain), domain.pull_back(network).architecture)


@law(
    SERRA2018.at("maximum for one input"),
    "networks",
    lambda: relu_networks(max_units=6).flatmap(lambda net: st.tuples(st.just(net), lines(dimension=net.inputs))),
)
def line(example: Placed, count: Counter) -> Finding:
    """On a line a network has no more regions than the bounds for one input allow, and no more than on R^n."""
    network, line = example
    arch = network.architecture
    on_the_line, everywhere = count(network, line), count(network, WholeSpace(network.inputs))
    finding = _below_upper_bounds(on_the_line, Architecture(1, arch.widths, arch.kind, arch.rank))
    if not finding.holds:
        return finding
    return Finding(on_the_line <= everywhere, f"{on_the_line} regions on the line, {everywhere} on R^{network.inputs}")


@law(SERRA2018.at("Theorem 1 with the remark after Lemma 4"), "networks", lambda: placed_relu(max_units=5))
def weight_aware(example: Placed, count: Counter) -> Finding:
    """The bound from a network's own ranks and its units that never change sign is never below the count."""
    network, domain = example
    pulled = domain.pull_back(network)
    if any(layer.is_affine for layer in pulled.hidden):
        return Finding.silent("the bound is for networks without affine hidden layers")
    value, number = weight_aware_bounds(pulled, rows=domain.rows or None).value, count(network, domain)
    least = min(bound(pulled.architecture) for bound in applicable(pulled.architecture, "upper"))
    return Finding(number <= value, f"{number} regions, the weights allow {value}, the architecture {least}")


@law(HERE.at("the sources of the construction families"), "constructions", lambda: constructions(max_claim=150))
def claims(built: Construction, count: Counter) -> Finding:
    """Every construction has as many regions as it claims, on every domain for which it makes a claim."""
    for claim in built.claims:
        if claim.definition == "activation":
            domain: Domain = Box(*claim.domain) if claim.domain else WholeSpace(built.network.inputs)
            number = count(built.network, domain)
            if not claim.holds(number):
                return Finding(False, f"{built.name} claims {claim}, counted are {number}")
    return Finding(True, "all claims hold")


BOUND_LAWS = (upper_bounds, line, weight_aware, claims)
"""Each compares exact counts with the catalog of bounds or of constructions."""
