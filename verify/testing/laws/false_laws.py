"""Statements that look like laws and are false: the refuter finds a counterexample to each within seconds.

They are kept because they are widely believed, and because they measure the refuter: if one of them survives, the
search has become worse.
"""

from __future__ import annotations

from hypothesis import strategies as st

from theory.bounds import all_architectures
from theory.network import Network
from theory.sources import HANIN2019, HERE, SERRA2018, STARGALLA2025
from verify.counting.region_count import count as exact
from verify.domain.shapes import WholeSpace
from verify.engines import patterns
from verify.engines.problem import Problem
from verify.partitions.cells import closed_cells
from verify.testing.laws.growth import grows, tiny_extensions
from verify.testing.laws.law import Counter, Finding, Law
from verify.testing.laws.orderings import moved_unit
from verify.testing.strategies import relu_networks


def _bounded(network: Network, count: Counter) -> Finding:
    problem = Problem.of(network, WholeSpace(network.inputs))
    cells = [cell for _, cell in closed_cells(problem, patterns(problem, "exact")) if cell is not None]
    unbounded = sum(not cell.is_bounded for cell in cells)
    number = count(network, WholeSpace(network.inputs))
    return Finding(not unbounded, f"{unbounded} of {number} regions are unbounded")


def _linear(network: Network, count: Counter) -> Finding:
    activation = count(network, WholeSpace(network.inputs))
    linear = int(exact(network, definition="linear"))
    return Finding(activation == linear, f"{activation} activation regions, {linear} linear regions")


_LAWS = (
    Law(
        "any_layer_growth",
        "One more unit in any layer never lowers the count.",
        HERE.at("false: a unit of an early layer can cancel the bends that a later layer reads"),
        "networks",
        tiny_extensions,
        grows(lambda example, depth: (example.layer % depth, example.outgoing)),
    ),
    Law(
        "all_regions_bounded",
        "Every activation region of a network is bounded.",
        HANIN2019.at("false: regions of R^n far from the origin are cones, up to translation"),
        "networks",
        lambda: relu_networks(max_inputs=2, max_units=4),
        _bounded,
    ),
    Law(
        "activation_is_linear",
        "A network has as many linear regions as activation regions.",
        STARGALLA2025.at("false: adjacent activation regions can share an affine map, as where a unit is not read"),
        "networks",
        lambda: relu_networks(max_inputs=2, max_units=4),
        _linear,
    ),
    Law(
        "moving_a_unit_back",
        "Moving a unit from the first layer to the second always lowers serra2018.",
        SERRA2018.at("Proposition 2 of the poster without its condition on n0"),
        "architectures",
        lambda: st.sampled_from(list(all_architectures(range(1, 6), range(1, 6), [2]))),
        moved_unit,
        counts=False,
    ),
)

FALSE_LAWS: dict[str, Law] = {law.name: law for law in _LAWS}
"""Statements that look like laws and are false, by name."""
