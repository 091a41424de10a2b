"""Laws between counts and the catalog: no count exceeds an upper bound, every construction attains what it claims."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.bounds import applicable, weight_aware_bounds
from theory.constructions import Construction
from theory.network import Network
from theory.sources import HERE, SERRA2018
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.testing.laws.examples import placed, placed_relu
from verify.testing.laws.law import Counter, Finding, Law
from verify.testing.strategies import constructions, lines, relu_networks
from verify.testing.strategies.arguments import Strategy

__all__ = ["BOUND_LAWS"]

Placed = tuple[Network, Domain]


def _upper_bounds(example: Placed, count: Counter) -> Finding:
    network, domain = example
    pulled = domain.pull_back(network).architecture
    return _below_upper_bounds(count(network, domain), pulled)


def _below_upper_bounds(number: int, arch: Architecture) -> Finding:
    bounds = [(bound(arch), bound.key) for bound in applicable(arch, "upper")]
    value, key = min(bounds)
    return Finding(number <= value, f"{number} regions, and {key} allows {value} for {arch}")


def _line(example: Placed, count: Counter) -> Finding:
    network, line = example
    arch = network.architecture
    on_the_line, everywhere = count(network, line), count(network, WholeSpace(network.inputs))
    finding = _below_upper_bounds(on_the_line, Architecture(1, arch.widths, arch.kind, arch.rank))
    if not finding.holds:
        return finding
    return Finding(on_the_line <= everywhere, f"{on_the_line} regions on the line, {everywhere} on R^{network.inputs}")


def _weights(example: Placed, count: Counter) -> Finding:
    network, domain = example
    pulled, rows = domain.pull_back(network), domain.rows
    if any(layer.is_affine for layer in pulled.hidden):
        return Finding.silent("the bound is for networks without affine hidden layers")
    value = weight_aware_bounds(pulled, rows=rows).value if rows else weight_aware_bounds(pulled).value
    number = count(network, domain)
    least = min(bound(pulled.architecture) for bound in applicable(pulled.architecture, "upper"))
    what = f"{number} regions, the weights allow {value}, the architecture {least}"
    return Finding(number <= value, what)


def _claims(built: Construction, count: Counter) -> Finding:
    for claim in built.claims:
        if claim.definition == "activation":
            domain: Domain = Box(*claim.domain) if claim.domain else WholeSpace(built.network.inputs)
            number = count(built.network, domain)
            if not claim.holds(number):
                return Finding(False, f"{built.name} claims {claim}, counted are {number}")
    return Finding(True, "all claims hold")


def _on_lines() -> Strategy[Any]:
    nets = relu_networks(max_units=6)
    return nets.flatmap(lambda net: st.tuples(st.just(net), lines(dimension=net.inputs)))


BOUND_LAWS = (
    Law(
        "upper_bounds",
        "No network has more regions, on any domain, than any upper bound that applies to its architecture.",
        SERRA2018.at("Theorem 1, and every other upper bound of the catalog"),
        "networks",
        placed,
        _upper_bounds,
    ),
    Law(
        "line",
        "On a line a network has no more regions than the bounds for one input allow, and no more than on R^n.",
        SERRA2018.at("maximum for one input"),
        "networks",
        _on_lines,
        _line,
    ),
    Law(
        "weight_aware",
        "The bound from a network's own ranks and its units that never change sign is never below the count.",
        SERRA2018.at("Theorem 1 with the remark after Lemma 4"),
        "networks",
        lambda: placed_relu(max_units=5),
        _weights,
    ),
    Law(
        "claims",
        "Every construction has as many regions as it claims, on every domain for which it makes a claim.",
        HERE.at("the sources of the construction families"),
        "constructions",
        lambda: constructions(max_claim=150),
        _claims,
    ),
)
"""Each compares exact counts with the catalog of bounds or of constructions."""
