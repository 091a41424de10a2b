"""The bound for graph convolutions: against exact counts, and the places where it is a known number."""

import random
from fractions import Fraction

import pytest
import sympy

from theory import Architecture, Network
from theory.bounds import BOUNDS, GraphNetwork, evaluate
from theory.bounds.integers import zaslavsky_number
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.exact import rank
from verify import count

BOUND = BOUNDS["graph_convolution"]


def network(subject, rng):
    """Node v has the units w_k·Σ_u A_vu x_u + b_k, with the same (w_k, b_k) at every node."""
    layers, before = [], subject.features
    for width in subject.widths:
        unit_rows = [[rng.randint(-99, 99) for _ in range(before)] for _ in range(width)]
        rows = [[a * w for a in node for w in unit] for node in subject.matrix for unit in unit_rows]
        layers.append((rows, [rng.randint(-99, 99) for _ in range(width)] * len(subject.matrix)))
        before = width
    return Network.relu([*layers, ([[1] * (before * len(subject.matrix))], [0])])


def drawn(rng):
    nodes = rng.choice((1, 2, 3, 3))
    matrix = [[rng.choice((0, 0, 1, 1, -1, 2, Fraction(1, 2))) for _ in range(nodes)] for _ in range(nodes)]
    if nodes > 1 and rng.random() < 0.5:  # of lower rank
        matrix[-1] = [a + b for a, b in zip(matrix[0], matrix[1], strict=True)] if nodes > 2 else matrix[0]
    features = rng.choice((1, 2) if nodes < 3 else (1,))
    return GraphNetwork(matrix, features, [rng.randint(1, 3) for _ in range(rng.choice((1, 1, 2)))])


def test_no_network_has_more_regions():
    rng, attained, lower, deep = random.Random(1), 0, 0, 0
    for _ in range(400):
        subject = drawn(rng)
        if sum(subject.widths) * len(subject.matrix) > 12:
            continue
        regions, bound = int(count(network(subject, rng))), BOUND(subject)
        assert regions <= bound, subject
        independent = rank(subject.rows) == len(subject.rows)
        if subject.depth == 1 and independent:
            assert bound == zaslavsky_number(subject.widths[0], subject.features) ** len(subject.rows)
        attained += regions == bound
        lower += not independent
        deep += subject.depth > 1
    assert attained > 150
    assert lower > 20 < deep


def test_one_node_is_a_dense_layer_and_symbols_agree():
    n = sympy.Symbol("n", integer=True, positive=True)
    for features, first in ((1, 2), (2, 3), (3, 2)):
        line = BOUND(GraphNetwork([[1]], features, (first, n)))
        singular = BOUND(GraphNetwork([[1, 0, 1], [0, 1, 1], [1, 1, 2]], features, (first, n)))
        for width in range(1, 5):
            dense = BOUNDS["montufar2017"](Architecture.relu(features, first, width))
            assert (
                evaluate(line.expression, {n: width}) == BOUND(GraphNetwork([[1]], features, (first, width))) == dense
            )
            graph = GraphNetwork([[1, 0, 1], [0, 1, 1], [1, 1, 2]], features, (first, width))
            assert evaluate(singular.expression, {n: width}) == BOUND(graph)


def test_equal_and_zero_rows_add_nothing():
    assert BOUND(GraphNetwork([[1, 1], [1, 1]], 2, (3,))) == 7
    assert BOUND(GraphNetwork([[1, 1], [0, 0]], 2, (3,))) == 7
    assert BOUND(GraphNetwork([[0]], 2, (3,))) == 1


def test_errors():
    with pytest.raises(InvalidInputError, match="as many rows as columns"):
        GraphNetwork([[1, 2]], 1, (2,))
    for width in (-1, "3/2", "x", True):
        with pytest.raises(InvalidInputError, match="width of layer 2"):
            GraphNetwork([[1]], 1, (2, width))
    with pytest.raises(ConditionError, match="see GraphNetwork"):
        BOUND(Architecture.relu(2, 3))
    with pytest.raises(ConditionError, match="only the last width may be a symbol"):
        BOUND(GraphNetwork([[1]], 1, (sympy.Symbol("n", integer=True, positive=True), 2)))
    with pytest.raises(UnsupportedError, match="operations"):
        BOUND(GraphNetwork([[int(i <= j) for j in range(30)] for i in range(30)], 3, (4,)))
