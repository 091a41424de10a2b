"""Laws of regions: what cannot change their number, when it grows, how cells tile the domain, Zaslavsky's theorems.

Changes of a network that :mod:`verify.checks.self_check` makes test a counter without knowing any right answer.  A unit
of the last hidden layer, or one whose outgoing weights are zero, only refines the partition into regions.  A unit of an
earlier layer that is read changes the inputs of the later layers, and the count may fall: ``any_layer_growth`` is
false, and so are ``all_regions_bounded`` and ``activation_is_linear``.
"""

import functools
import itertools
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st

from theory.activations import RELU, Maxout
from theory.architecture import Architecture
from theory.exact import Row
from theory.geometry.arrangement import HyperplaneArrangement
from theory.network import Layer, Network
from theory.sources import HERE, cited
from verify.checks import self_check
from verify.checks.self_check import duplicated, moved, permuted, rescaled
from verify.counting.region_count import count as exact
from verify.domain.shapes import Domain, Polytope, WholeSpace
from verify.engines.problem import NoInteriorError, Problem
from verify.partitions.region_list import dual_graph
from verify.testing.laws.law import Counter, Finding, Law, Placed, law, placed, placed_relu
from verify.testing.strategies import arrangements, polytopes, rationals, relu_networks

Rows = tuple[Row, ...]

_LIMIT = 2000  # cells of one example that are measured
_COMPLEX = HERE.at("cells of a piecewise-linear network")
_SAME_REGIONS = HERE.at("definition of an activation region")


def _seeded() -> st.SearchStrategy[tuple[Placed, int]]:
    """A network on a domain, and the seed of a random change."""
    return st.tuples(placed(), st.integers(0, 99))


def _unchanged(name: str, change: Callable[[Network, random.Random], Network], when: str) -> Law:
    """The law that a random change of a network does not change the count."""

    def predicate(example: tuple[Placed, int], count: Counter) -> Finding:
        (network, domain), seed = example
        if not any(layer.width for layer in network.hidden):
            return Finding.silent("the network has no hidden unit")
        return _same(count(network, domain), count(change(network, random.Random(seed)), domain))

    return Law(name, f"The count does not change when {when}.", _SAME_REGIONS, "networks", _seeded, predicate)


def _same(before: int, after: int) -> Finding:
    return Finding(before == after, f"{before} regions before the change, {after} after it")


@law(_SAME_REGIONS, _seeded)
def affine_inputs(example: tuple[Placed, int], count: Counter) -> Finding:
    """The count does not change under an invertible affine change of the inputs, if the domain follows."""
    (network, domain), seed = example
    return _same(count(network, domain), count(*moved(domain.pull_back(network), domain.rows, random.Random(seed))))


@law(cited("montufar2022", "ReLU as a special case of maxout"), placed_relu)
def relu_is_maxout(example: Placed, count: Counter) -> Finding:
    """A ReLU network has as many regions as the rank-2 maxout network whose units are max(0, z)."""
    network, domain = example
    layers = []
    for layer in network.hidden:
        if not layer.is_affine:
            rows = [row for w in layer.weights for row in ([0] * layer.inputs, w)]
            biases = [b for c in layer.biases for b in (0, c)]
            units = [Maxout(2) if unit == RELU else unit for unit in layer.units]
            layer = Layer(rows, biases, units, inputs=layer.inputs)
        layers.append(layer)
    return _same(count(network, domain), count(Network([*layers, network.layers[-1]]), domain))


_UNCHANGED = (
    _unchanged("permutation", permuted, "the units of a layer, or the pieces of a maxout unit, change places"),
    _unchanged("rescaling", rescaled, "a unit is multiplied by a positive factor and its readers divide by it"),
    _unchanged("duplication", duplicated, "a unit is doubled and each copy keeps half of its outgoing weights"),
)

_REFINES = HERE.at("a unit that no later layer reads refines the partition")


class Extension(NamedTuple):
    """A ReLU network on a domain, and one more unit for its hidden ``layer``, counted from 0 modulo their number.

    ``incoming`` are the unit's bias and weights, ``outgoing`` the weights with which the units of the next layer read
    it; both are cut off or filled with zeros to the length that is needed.
    """

    network: Network
    domain: Domain
    layer: int
    incoming: tuple[Fraction, ...]
    outgoing: tuple[Fraction, ...]


def extensions() -> st.SearchStrategy[Any]:
    """Networks with one more unit for any layer: those of :func:`tiny_extensions`, or up to five units of any kind."""
    return st.one_of(tiny_extensions(), _more(placed_relu(max_inputs=2, max_units=5), rationals()))


def tiny_extensions() -> st.SearchStrategy[Any]:
    """Two or three units on a line, weights −1, 0 and 1, and one more unit of such weights."""
    signs = st.sampled_from([Fraction(0), Fraction(1), Fraction(-1)])
    shapes = st.sampled_from([Architecture.relu(1, 1, 1), Architecture.relu(1, 2, 1), Architecture.relu(1, 1, 2)])
    nets = relu_networks(architecture=shapes, weights=signs, outputs=0)
    return _more(nets.map(lambda net: (net, WholeSpace(net.inputs))), signs)


def _more(subjects: st.SearchStrategy[Any], numbers: st.SearchStrategy[Fraction]) -> st.SearchStrategy[Any]:
    rows = st.lists(numbers, max_size=4).map(tuple)
    return st.builds(lambda placed, *unit: Extension(*placed, *unit), subjects, st.integers(0, 1), rows, rows)


def grown(example: Extension, count: Counter, layer: int, outgoing: Sequence[Fraction]) -> Finding:
    """Whether the unit, in this layer (modulo their number) with these outgoing weights, lowers the count."""
    layers, depth = list(example.network.layers), len(example.network.hidden)
    if not depth:
        return Finding.silent("the network has no hidden layer")
    at = layer % depth
    old, reader = layers[at : at + 2]
    bias, *row = [*example.incoming, *[Fraction(0)] * (old.inputs + 1)][: old.inputs + 1]
    layers[at] = Layer([*old.weights, row], [*old.biases, bias], [*old.units, RELU], inputs=old.inputs)
    columns = itertools.chain(outgoing, itertools.repeat(Fraction(0)))
    rows = [(*w, c) for w, c in zip(reader.weights, columns, strict=False)]
    layers[at + 1] = Layer(rows, reader.biases, reader.units, inputs=old.width + 1)
    before, after = count(example.network, example.domain), count(Network(layers), example.domain)
    what = f"{before} regions, and {after} after a unit was added to layer {at + 1} of {depth}"
    return Finding(before <= after, what)


@law(_REFINES, extensions)
def last_layer_growth(example: Extension, count: Counter) -> Finding:
    """One more unit in the last hidden layer never lowers the count."""
    return grown(example, count, -1, example.outgoing)


@law(_REFINES, extensions)
def unread_unit_growth(example: Extension, count: Counter) -> Finding:
    """One more unit whose outgoing weights are zero never lowers the count, in any layer."""
    return grown(example, count, example.layer, ())


@law(HERE.at("false: a unit of an early layer can cancel the bends that a later layer reads"), tiny_extensions)
def any_layer_growth(example: Extension, count: Counter) -> Finding:
    """One more unit in any layer never lowers the count."""
    return grown(example, count, example.layer, example.outgoing)


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
        lambda d: arrangements(dimension=d, min_hyperplanes=1, max_hyperplanes=8 - d)
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


@law(_SAME_REGIONS, lambda: st.tuples(placed(max_units=4), st.tuples(*[st.integers(-2, 2)] * 4)))
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


_small = functools.partial(relu_networks, max_inputs=2, max_units=4)


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
