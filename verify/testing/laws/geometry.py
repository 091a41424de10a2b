"""Laws of geometry: cells tile the domain, arrangements obey Zaslavsky's theorems, counts grow with the domain.

The last two statements, ``all_regions_bounded`` and ``activation_is_linear``, are false.
"""

from collections.abc import Callable
from contextlib import suppress

from hypothesis import strategies as st

from theory.exact import Row
from theory.geometry.arrangement import HyperplaneArrangement
from theory.network import Network
from theory.sources import HERE, cited
from verify.checks import self_check
from verify.counting.region_count import count as exact
from verify.domain.shapes import Polytope, WholeSpace
from verify.engines.problem import NoInteriorError, Problem
from verify.partitions.region_list import dual_graph
from verify.testing.laws.law import Counter, Finding, Placed, law, placed
from verify.testing.strategies import arrangements, polytopes, relu_networks

Rows = tuple[Row, ...]

_LIMIT = 2000  # cells of one example that are measured
_COMPLEX = HERE.at("cells of a piecewise-linear network")


def _evidence_about(example: Placed, count: Counter) -> self_check.Evidence:
    """The cells listed by the exact engine, and the number of the counter."""
    network, domain = example
    return self_check.Evidence(domain, Problem.of(network, domain), "exact", count(network, domain), _LIMIT)


def _measured(example: Placed, count: Counter, *checks: Callable[[self_check.Evidence], self_check.Check]) -> Finding:
    evidence = _evidence_about(example, count)
    found = [check(evidence) for check in checks]
    failed = [str(check) for check in found if check.failed]
    return Finding(not failed, "; ".join(failed or map(str, found)))


@law(_COMPLEX, lambda: placed(max_inputs=2, max_units=4, bounded=True))
def tiling(example: Placed, count: Counter) -> Finding:
    """The closed cells cover a bounded domain exactly once: as many as were counted, and their volumes add up."""
    return _measured(example, count, self_check.listing, self_check.volume)


@law(_COMPLEX, lambda: placed(max_inputs=2, max_units=4))
def walls(example: Placed, count: Counter) -> Finding:
    """Every facet of the cells belongs to two of them, on the border of the domain to one."""
    return _measured(example, count, self_check.listing, self_check.walls)


def _one_layer(arrangement: HyperplaneArrangement) -> Placed:
    return Network.summed([arrangement.rows], inputs=arrangement.dimension), WholeSpace(arrangement.dimension)


def _in_two_or_three() -> st.SearchStrategy[Rows]:
    """Arrangements of at least one line in the plane or plane in space."""
    return st.sampled_from([2, 3]).flatmap(
        lambda d: arrangements(dimension=d, min_hyperplanes=1, max_hyperplanes=6 if d == 2 else 5)
    )


@law(
    cited("gaines2026", "average degree, as far as it holds"),
    lambda: st.one_of(placed(max_inputs=2, max_units=4), _in_two_or_three().map(HyperplaneArrangement).map(_one_layer)),
)
def mean_degree(example: Placed, count: Counter) -> Finding:
    """R regions have at most n0·(R − 1) pairs of neighbors, behind one hidden layer or at most two inputs."""
    network, domain = example
    graph = dual_graph(network, domain, engine="exact")
    number, most = count(network, domain), domain.dimension * (graph.number_of_nodes() - 1)
    holds = graph.number_of_edges() <= most and number == graph.number_of_nodes()
    return Finding(holds, f"{number} regions, {graph.number_of_edges()} pairs of neighbors of at most {most}")


@law(cited("zaslavsky1975", "Euler's relation"), lambda: placed(max_inputs=2, max_units=4))
def euler(example: Placed, count: Counter) -> Finding:
    """The alternating number of faces of the cells is the Euler characteristic of the domain."""
    return _measured(example, count, self_check.listing, self_check.euler)


@law(
    HERE.at("definition of an activation region"),
    lambda: st.tuples(placed(max_units=4), st.tuples(*[st.integers(-2, 2)] * 4)),
)
def halving(example: tuple[Placed, Row], count: Counter) -> Finding:
    """A part of a domain has no more regions than the whole, and two halves together have no fewer."""
    (network, domain), row = example
    pulled = domain.pull_back(network)
    normal = row[: pulled.inputs] if any(row[: pulled.inputs]) else (1,) * pulled.inputs
    whole, parts = count(network, domain), [0, 0]
    for i, s in enumerate((1, -1)):
        with suppress(NoInteriorError):
            parts[i] = count(pulled, Polytope([*domain.rows, (*(s * a for a in normal), s * row[-1])]))
    holds = max(parts) <= whole <= sum(parts)
    return Finding(holds, f"{whole} regions, {parts[0]} and {parts[1]} on the two sides of a hyperplane")


@law(cited("zaslavsky1975", "Theorem A"), _in_two_or_three, about="arrangements")
def zaslavsky_poset(rows: Rows, count: Counter) -> Finding:
    """One layer has Σ |μ(X)| regions, the sum over the flats X of its arrangement."""
    arrangement = HyperplaneArrangement(rows)
    number, poset = count(*_one_layer(arrangement)), arrangement.count_regions()
    return Finding(number == poset, f"{number} regions counted, the intersection poset says {poset}")


@law(
    cited("zaslavsky1975", "Theorem A for an open convex set"),
    lambda: st.tuples(arrangements(min_hyperplanes=1), polytopes(dimension=2)),
    about="arrangements",
)
def zaslavsky_inside(example: tuple[Rows, Polytope], count: Counter) -> Finding:
    """Inside an open polytope one layer has Σ |μ(X)| regions, the sum over the flats that meet it."""
    rows, polytope = example
    arrangement = HyperplaneArrangement(rows)
    number, flats = count(_one_layer(arrangement)[0], polytope), arrangement.count_regions_inside(polytope.rows)
    return Finding(number == flats, f"{number} regions counted, the flats that meet the polytope say {flats}")


@law(cited("zaslavsky1975", "Theorem C"), _in_two_or_three, about="arrangements")
def zaslavsky_bounded(rows: Rows, count: Counter) -> Finding:
    """An essentialized arrangement has |χ(1)| bounded regions."""
    arrangement = HyperplaneArrangement(rows)
    evidence = _evidence_about(_one_layer(arrangement), count)  # its problem is essential: reduced to its rank
    bounded, poset = sum(cell.is_bounded for cell in evidence.cells), arrangement.count_bounded_regions()
    number, cells = evidence.count, len(evidence.cells)
    what = f"{bounded} of {cells} cells are bounded, the poset says {poset}; {number} regions counted"
    return Finding(bounded == poset and number == cells, what)


@law(
    cited("zaslavsky1975", "deletion and restriction"),
    lambda: st.tuples(_in_two_or_three(), st.integers(0, 5)),
    about="arrangements",
)
def deletion_restriction(example: tuple[Rows, int], count: Counter) -> Finding:
    """r(A) = r(A − H) + r(A restricted to H) for every hyperplane H of an arrangement A."""
    arrangement = HyperplaneArrangement(example[0])
    index = example[1] % len(arrangement)
    parts = arrangement.deletion(index), arrangement.restriction(index)
    whole, without, on_it = (count(*_one_layer(part)) for part in (arrangement, *parts))
    return Finding(whole == without + on_it, f"r(A) = {whole}, r(A − H) = {without}, r(A on H) = {on_it}")


def _small() -> st.SearchStrategy[Network]:
    return relu_networks(max_inputs=2, max_units=4)


@law(cited("hanin2019", "false: regions of R^n far from the origin are cones, up to translation"), _small)
def all_regions_bounded(network: Network, count: Counter) -> Finding:
    """Every activation region of a network is bounded."""
    evidence = _evidence_about((network, WholeSpace(network.inputs)), count)
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
