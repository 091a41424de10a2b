"""Gaines, Bi: Characterizing the Discrete Geometry of ReLU Networks.  The mean degree of the dual graph."""

import itertools
import random
from fractions import Fraction

import networkx as nx
import sampling

from theory import Architecture, Network
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


def test_mean_degree_of_deep_networks() -> None:
    network = zigzag_levels(3, 4, 5)
    assert network.architecture == Architecture.relu(3, 12, 5)
    graph = dual_graph(network)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (685, 2060)
    assert 2 * graph.number_of_edges() > 6 * graph.number_of_nodes()
    small = zigzag_levels(3, 3, 1)  # and the faces, counted by another way
    problem = Problem(small, WholeSpace(3).rows)
    f_vector = Complex.of(problem, patterns(problem, "exact")).f_vector
    assert f_vector[2:] == (312, 121)
    assert (dual_graph(small).number_of_edges(), dual_graph(small).number_of_nodes()) == f_vector[2:]


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
