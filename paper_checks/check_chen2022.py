"""Chen, Wang, Xiong: Lower and Upper Bounds for Numbers of Linear Regions of Graph Convolutional Networks."""

import random
from fractions import Fraction

from theory import Network
from theory.bounds import BOUNDS, GraphNetwork
from theory.bounds.expressions import binomials
from verify import count

BOUND = BOUNDS["graph_convolution"]
PATH = [["1/2", "2/5", 0], ["2/5", "1/3", "2/5"], [0, "2/5", "1/2"]]
"""Weights of a path of three nodes with loops; invertible."""
COMPLETE = [["1/2", "1/2"], ["1/2", "1/2"]]
"""Two nodes that see the same mean: of rank one."""


def drawn(graph: GraphNetwork, seed: int) -> Network:
    """In each layer node v has the units w_k·Σ_u A_vu h_u + b_k, with the same (w_k, b_k) at every node."""
    rng, layers, before = random.Random(seed), [], graph.features
    for width in graph.widths:
        weights = [[rng.randint(-99, 99) for _ in range(before)] for _ in range(width)]
        biases = [rng.randint(-99, 99) for _ in range(width)] * len(graph.matrix)
        layers.append(([[a * w for a in node for w in unit] for node in graph.matrix for unit in weights], biases))
        before = width
    return Network.relu([*layers, ([[1] * (before * len(graph.matrix))], [0])])


def test_one_layer() -> None:
    for features, units in ((1, 3), (2, 2), (2, 3)):
        one = sum(binomials(units, features))
        for matrix, nodes in ((PATH, 3), (COMPLETE, 1)):
            graph = GraphNetwork(matrix, features, (units,))
            assert count(drawn(graph, 1)) == BOUND(graph) == one**nodes


def test_layers() -> None:
    rng, attained, layers = random.Random(1), 0, set()
    for seed in range(200):
        rows = [[Fraction(rng.randint(-2, 2), rng.choice((1, 2))) for _ in range(3)] for _ in range(2)]
        rows.append([a + b for a, b in zip(*rows, strict=True)] if seed % 2 else [1, rng.randint(-1, 1), 1])
        graph = GraphNetwork(rows, 1, (rng.randint(1, 3), rng.randint(1, 2))[: 1 + seed % 3 // 2])
        regions = int(count(drawn(graph, seed)))
        assert regions <= BOUND(graph)
        attained += regions == BOUND(graph)
        layers.add(graph.depth)
    assert attained > 60
    assert layers == {1, 2}
