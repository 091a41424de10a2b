"""Statements that look like laws and are false: the refuter finds a counterexample to each within seconds.

They are widely believed, and they measure the refuter: if one of them survives, the search has become worse.
"""

from hypothesis import strategies as st

from theory.architecture import Architecture
from theory.bounds import all_architectures
from theory.network import Network
from theory.sources import HERE, cited
from verify.counting.region_count import count as exact
from verify.domain.shapes import WholeSpace
from verify.testing.laws.bounds import moved_unit
from verify.testing.laws.changes import Extension, grown, tiny_extensions
from verify.testing.laws.geometry import evidence_about
from verify.testing.laws.law import Counter, Finding, law
from verify.testing.strategies import relu_networks


@law(
    HERE.at("false: a unit of an early layer can cancel the bends that a later layer reads"),
    tiny_extensions,
)
def any_layer_growth(example: Extension, count: Counter) -> Finding:
    """One more unit in any layer never lowers the count."""
    return grown(example, count, example.layer, example.outgoing)


def _small() -> st.SearchStrategy[Network]:
    return relu_networks(max_inputs=2, max_units=4)


@law(cited("hanin2019", "false: regions of R^n far from the origin are cones, up to translation"), _small)
def all_regions_bounded(network: Network, count: Counter) -> Finding:
    """Every activation region of a network is bounded."""
    evidence = evidence_about((network, WholeSpace(network.inputs)), count)
    unbounded = sum(not cell.is_bounded for cell in evidence.cells)
    return Finding(not unbounded, f"{unbounded} of {evidence.count} regions are unbounded")


@law(
    cited("stargalla2025", "false: adjacent activation regions can share an affine map, as where a unit is not read"),
    _small,
)
def activation_is_linear(network: Network, count: Counter) -> Finding:
    """A network has as many linear regions as activation regions."""
    activation, linear = count(network, WholeSpace(network.inputs)), int(exact(network, definition="linear"))
    return Finding(activation == linear, f"{activation} activation regions, {linear} linear regions")


@law(
    cited("serra2018", "Proposition 2 of the poster without its condition on n0"),
    lambda: st.sampled_from(list(all_architectures(range(1, 6), range(1, 6), [2]))),
    counts=False,
    about="architectures",
)
def moving_a_unit_back(arch: Architecture, _count: Counter) -> Finding:
    """Moving a unit from the first layer to the second always lowers serra2018."""
    return moved_unit(arch)
