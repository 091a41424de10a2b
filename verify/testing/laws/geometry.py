"""Laws of geometry: cells tile the domain, arrangements obey Zaslavsky's theorems, counts grow with the domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from theory.exact import Row
from theory.geometry.arrangement import HyperplaneArrangement
from theory.network import Network
from theory.sources import GAINES2026, HERE, ZASLAVSKY1975
from verify.checks import invariants
from verify.domain.shapes import Domain, Polytope, WholeSpace
from verify.engines import patterns
from verify.engines.problem import NoInteriorError, Problem
from verify.partitions.adjacency import dual_graph
from verify.partitions.cells import closed_cells
from verify.testing.laws.examples import placed
from verify.testing.laws.law import Counter, Finding, Law
from verify.testing.strategies import arrangements, polytopes
from verify.testing.strategies.arguments import Strategy

__all__ = ["GEOMETRIC_LAWS"]

Rows = tuple[Row, ...]

_LIMIT = 2000
"""Cells of one example that are measured."""


def _measured(
    *checks: Callable[[invariants.Evidence], invariants.Check],
) -> Callable[[tuple[Network, Domain], Counter], Finding]:
    """A predicate that runs the checks on the cells listed by the exact engine and on the number of the counter."""

    def predicate(example: tuple[Network, Domain], count: Counter) -> Finding:
        network, domain = example
        problem = Problem.of(network, domain)
        evidence = invariants.Evidence(domain, problem, "exact", count(network, domain), _LIMIT)
        found = [check(evidence) for check in checks]
        failed = [str(check) for check in found if check.failed]
        return Finding(not failed, "; ".join(failed or map(str, found)))

    return predicate


def _network(arrangement: HyperplaneArrangement) -> Network:
    return Network.summed([arrangement.rows], inputs=arrangement.dimension)


def _regions(arrangement: HyperplaneArrangement, count: Counter) -> int:
    return count(_network(arrangement), WholeSpace(arrangement.dimension))


def _zaslavsky(rows: Rows, count: Counter) -> Finding:
    arrangement = HyperplaneArrangement(rows)
    number, poset = _regions(arrangement, count), arrangement.count_regions()
    return Finding(number == poset, f"{number} regions counted, the intersection poset says {poset}")


def _inside(example: tuple[Rows, Polytope], count: Counter) -> Finding:
    rows, polytope = example
    arrangement = HyperplaneArrangement(rows)
    number, flats = count(_network(arrangement), polytope), arrangement.count_regions_inside(polytope.rows)
    return Finding(number == flats, f"{number} regions counted, the flats that meet the polytope say {flats}")


def _bounded(rows: Rows, count: Counter) -> Finding:
    arrangement = HyperplaneArrangement(rows)
    number = _regions(arrangement, count)
    problem = Problem.of(_network(arrangement), WholeSpace(arrangement.dimension))  # essential: reduced to its rank
    cells = [cell for _, cell in closed_cells(problem, patterns(problem, "exact")) if cell is not None]
    bounded, poset = sum(cell.is_bounded for cell in cells), arrangement.count_bounded_regions()
    what = f"{bounded} of {len(cells)} cells are bounded, the poset says {poset}; {number} regions counted"
    return Finding(bounded == poset and number == len(cells), what)


def _deletion(example: tuple[Rows, int], count: Counter) -> Finding:
    arrangement = HyperplaneArrangement(example[0])
    index = example[1] % len(arrangement)
    parts = arrangement.deletion(index), arrangement.restriction(index)
    whole, (without, on_it) = _regions(arrangement, count), (_regions(part, count) for part in parts)
    return Finding(whole == without + on_it, f"r(A) = {whole}, r(A − H) = {without}, r(A on H) = {on_it}")


def _mean_degree(example: tuple[Network, Domain], count: Counter) -> Finding:
    network, domain = example
    graph = dual_graph(network, domain, engine="exact")
    number, most = count(network, domain), domain.dimension * (graph.number_of_nodes() - 1)
    holds = graph.number_of_edges() <= most and number == graph.number_of_nodes()
    return Finding(holds, f"{number} regions, {graph.number_of_edges()} pairs of neighbors of at most {most}")


def _one_layer(rows: Rows) -> tuple[Network, Domain]:
    arrangement = HyperplaneArrangement(rows)
    return _network(arrangement), WholeSpace(arrangement.dimension)


def _halved(example: tuple[tuple[Network, Domain], Row], count: Counter) -> Finding:
    (network, domain), row = example
    pulled = domain.pull_back(network)
    normal = row[: pulled.inputs] if any(row[: pulled.inputs]) else (1,) * pulled.inputs
    sides = [(*(s * a for a in normal), s * row[-1]) for s in (1, -1)]
    whole = count(network, domain)
    parts = [_count_or_zero(pulled, Polytope([*domain.rows, side]), count) for side in sides]
    holds = max(parts) <= whole <= sum(parts)
    return Finding(holds, f"{whole} regions, {parts[0]} and {parts[1]} on the two sides of a hyperplane")


def _count_or_zero(network: Network, domain: Domain, count: Counter) -> int:
    """The count, 0 on a domain without interior."""
    try:
        return count(network, domain)
    except NoInteriorError:
        return 0


def _in_two_or_three(least: int) -> Strategy[Any]:
    return st.sampled_from([2, 3]).flatmap(
        lambda d: arrangements(dimension=d, min_hyperplanes=least, max_hyperplanes=6 if d == 2 else 5)
    )


def _with_polytopes() -> Strategy[Any]:
    return st.tuples(arrangements(min_hyperplanes=1), polytopes(dimension=2))


GEOMETRIC_LAWS = (
    Law(
        "tiling",
        "The closed cells cover a bounded domain exactly once: as many as were counted, and their volumes add up.",
        HERE.at("cells of a piecewise-linear network"),
        "networks",
        lambda: placed(max_inputs=2, max_units=4, bounded=True),
        _measured(invariants.listing, invariants.volume),
    ),
    Law(
        "walls",
        "Every facet of the cells belongs to two of them, on the border of the domain to one.",
        HERE.at("cells of a piecewise-linear network"),
        "networks",
        lambda: placed(max_inputs=2, max_units=4),
        _measured(invariants.listing, invariants.walls),
    ),
    Law(
        "mean_degree",
        "R regions have at most n0·(R − 1) pairs of neighbors, behind one hidden layer or at most two inputs.",
        GAINES2026.at("average degree, as far as it holds"),
        "networks",
        lambda: st.one_of(placed(max_inputs=2, max_units=4), _in_two_or_three(1).map(_one_layer)),
        _mean_degree,
    ),
    Law(
        "euler",
        "The alternating number of faces of the cells is the Euler characteristic of the domain.",
        ZASLAVSKY1975.at("Euler's relation"),
        "networks",
        lambda: placed(max_inputs=2, max_units=4),
        _measured(invariants.listing, invariants.euler),
    ),
    Law(
        "halving",
        "A part of a domain has no more regions than the whole, and two halves together have no fewer.",
        HERE.at("definition of an activation region"),
        "networks",
        lambda: st.tuples(placed(max_units=4), st.tuples(*[st.integers(-2, 2)] * 4)),
        _halved,
    ),
    Law(
        "zaslavsky_poset",
        "One layer has Σ |μ(X)| regions, the sum over the flats X of its arrangement.",
        ZASLAVSKY1975.at("Theorem A"),
        "arrangements",
        lambda: _in_two_or_three(1),
        _zaslavsky,
    ),
    Law(
        "zaslavsky_inside",
        "Inside an open polytope one layer has Σ |μ(X)| regions, the sum over the flats that meet it.",
        ZASLAVSKY1975.at("Theorem A for an open convex set"),
        "arrangements",
        _with_polytopes,
        _inside,
    ),
    Law(
        "zaslavsky_bounded",
        "An essentialized arrangement has |χ(1)| bounded regions.",
        ZASLAVSKY1975.at("Theorem C"),
        "arrangements",
        lambda: _in_two_or_three(1),
        _bounded,
    ),
    Law(
        "deletion_restriction",
        "r(A) = r(A − H) + r(A restricted to H) for every hyperplane H of an arrangement A.",
        ZASLAVSKY1975.at("deletion and restriction"),
        "arrangements",
        lambda: st.tuples(_in_two_or_three(1), st.integers(0, 5)),
        _deletion,
    ),
)
"""Each is a statement about the cells of a network or of an arrangement."""
