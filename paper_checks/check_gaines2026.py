"""Gaines, Bi: Characterizing the Discrete Geometry of ReLU Networks.  The mean degree of the dual graph."""

import itertools
import math
import random
from collections.abc import Iterable
from fractions import Fraction

import networkx as nx
import sampling

from theory import Architecture, Layer, Network
from verify import Box, dual_graph
from verify.domain.shapes import WholeSpace
from verify.engines import patterns
from verify.engines.problem import Problem
from verify.partitions.complex import Complex


def zigzag_levels(inputs: int, breakpoints: int, levels: int) -> Network:
    """Second-layer units t(x_1) + … + t(x_n) − c, t a zigzag between 0 and 1, with different c close to n/2."""
    axes = range(inputs)
    first = [[int(i == axis) for i in axes] for axis in axes for _ in range(breakpoints)]
    biases = [-i for _ in axes for i in range(breakpoints)]
    zigzag = [1] + [2 * (-1) ** i for i in range(1, breakpoints)]
    centers = [Fraction(-inputs, 2) + Fraction(i - levels // 2, 3 * levels) for i in range(levels)]
    return Network.relu([(first, biases), ([zigzag * inputs] * levels, centers), ([[1] * levels], [0])])


def cell_by_cell(inputs: int, breakpoints: int, levels: int, *, inner: bool = False) -> tuple[int, int]:
    """Regions and pairs of neighbors of such a network, on R^n or between the outermost breakpoints, by arithmetic.

    On a cell of the first layer, and on a facet of one, the sum of the t(x_i) takes the values of an open interval, or
    one value; the c in it are the second-layer units that cut the cell or the facet.
    """
    centers = [Fraction(inputs, 2) - Fraction(i - levels // 2, 3 * levels) for i in range(levels)]
    sides: list[tuple[float, float]] = [(0, 1)] * (breakpoints - 1)
    walls = [i % 2 for i in range(breakpoints)]  # t at the breakpoints
    if inner:
        walls = walls[1:-1]
    else:
        sides += [(0, 0), (0, math.inf) if breakpoints % 2 else (-math.inf, 1)]

    def cutting(cell: Iterable[tuple[float, float]]) -> int:
        low, high = map(sum, zip(*cell, strict=True))
        return sum(low < c < high for c in centers)

    inside = [cutting(cell) for cell in itertools.product(sides, repeat=inputs)]
    across = [cutting([(t, t), *f]) for t in walls for f in itertools.product(sides, repeat=inputs - 1)]
    return sum(inside) + len(inside), sum(inside) + inputs * (sum(across) + len(across))


def moved(network: Network, draw: random.Random) -> Network:
    """The network with all weights and biases of its hidden layers moved a little."""

    def near(values: Iterable[Fraction]) -> list[Fraction]:
        return [v + Fraction(draw.randint(-99, 99), 10**6) for v in values]

    hidden = [Layer([near(row) for row in layer.weights], near(layer.biases), layer.units) for layer in network.hidden]
    return Network([*hidden, network.layers[-1]])


def test_mean_degree_of_deep_networks() -> None:
    network = zigzag_levels(3, 4, 5)
    assert network.architecture == Architecture.relu(3, 12, 5)
    graph = dual_graph(network)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == cell_by_cell(3, 4, 5) == (685, 2060)
    assert 2 * graph.number_of_edges() > 6 * graph.number_of_nodes()
    small = zigzag_levels(3, 3, 1)  # and the faces, counted by another way
    problem = Problem(small, WholeSpace(3).rows)
    f_vector = Complex.of(problem, patterns(problem, "exact")).f_vector
    assert f_vector[2:] == (312, 121)
    assert (dual_graph(small).number_of_edges(), dual_graph(small).number_of_nodes()) == f_vector[2:]


def test_mean_degree_in_general_position() -> None:
    network = moved(zigzag_levels(3, 5, 5), random.Random(1))
    graph = dual_graph(network, Box.cube("1/100", "399/100", 3))
    assert (graph.number_of_nodes(), graph.number_of_edges()) == cell_by_cell(3, 5, 5, inner=True) == (384, 1184)
    assert 2 * graph.number_of_edges() > 6 * graph.number_of_nodes()
    whole = dual_graph(network)
    assert (whole.number_of_nodes(), whole.number_of_edges()) == (2015, 6303)


def test_mean_degree_where_it_holds() -> None:
    found = []
    for seed, widths in enumerate([(3, 6), (4, 7), (5, 6), (2, 5, 5), (2, 4, 4, 4), (1, 5, 5, 5)]):
        network = sampling.dense(random.Random(seed), widths)
        found += [(widths[0], dual_graph(network)), (widths[0], dual_graph(network, Box.cube(-1, 1, widths[0])))]
    assert all(graph.number_of_edges() <= d * (len(graph) - 1) for d, graph in found)
    assert any(graph.number_of_edges() == len(graph) - 1 for d, graph in found if d == 1)


def test_diameter() -> None:
    """One layer: the distance of two regions is the number of units that separate them, so the diameter is n."""
    for d, n in itertools.product((1, 2, 3), (3, 5, 6)):
        graph = dual_graph(sampling.dense(random.Random(d + n), (d, n)))
        assert nx.diameter(graph) == n
