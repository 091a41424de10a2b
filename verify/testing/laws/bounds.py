"""Laws that bound counts: by the catalog, by what a construction claims, and by counts of another definition.

Of the definitions of "linear region" coarser ones give no larger number, nor one much smaller.
"""

import functools

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.bounds import applicable, weight_aware_bounds
from theory.bounds.integers import binomials
from theory.constructions import Construction
from theory.sources import HERE, cited
from verify.counting.region_count import count as exact
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.partitions.definitions import DEFINITIONS
from verify.testing.laws.law import Counter, Finding, Placed, law, placed, placed_relu
from verify.testing.strategies import constructions, lines, relu_networks

_ORDER = tuple(name for name in DEFINITIONS if name != "convex")  # which is enclosed for tiny networks only


def _below_upper_bounds(number: int, arch: Architecture) -> Finding:
    value, key = min((bound(arch), bound.key) for bound in applicable(arch, "upper"))
    return Finding(number <= value, f"{number} regions, and {key} allows {value} for {arch}")


@law(cited("serra2018", "Theorem 1, and every other upper bound of the catalog"), "networks", placed)
def upper_bounds(example: Placed, count: Counter) -> Finding:
    """No network has more regions, on any domain, than any upper bound that applies to its architecture."""
    network, domain = example
    return _below_upper_bounds(count(network, domain), domain.pull_back(network).architecture)


@law(
    cited("serra2018", "maximum for one input"),
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


@law(cited("serra2018", "Theorem 1 with the remark after Lemma 4"), "networks", lambda: placed_relu(max_units=5))
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


@law(cited("stargalla2025", "R6 ≤ R5 ≤ R4 ≤ R2 ≤ R1"), "networks", lambda: placed(max_inputs=2, max_units=4))
def definitions(example: Placed, count: Counter) -> Finding:
    """Patterns ≥ activation regions ≥ linear regions ≥ closed connected regions ≥ affine pieces."""
    network, domain = example
    counters = {name: functools.partial(exact, definition=name) for name in _ORDER} | {"activation": count}
    numbers = {name: int(counter(network, domain)) for name, counter in counters.items()}
    holds = list(numbers.values()) == sorted(numbers.values(), reverse=True)
    return Finding(holds, ", ".join(f"{name} {number}" for name, number in numbers.items()))


@law(cited("zanotti2025", "upper bound"), "networks", lambda: placed(max_inputs=2, max_units=5), counts=False)
def pieces(example: Placed, _count: Counter) -> Finding:
    """A network with n affine pieces on d dimensions has at most n·Z(n − 1, d) linear regions."""
    network, domain = example
    affine, linear = (int(exact(network, domain, definition=name)) for name in ("affine", "linear"))
    most = affine * sum(binomials(affine - 1, domain.dimension))
    return Finding(linear <= most, f"{linear} linear regions, {affine} affine pieces allow {most}")
