"""The bound for graph convolutions: against exact counts, and the places where it is a known number."""

import pytest
import sympy

from theory import Architecture
from theory.bounds import BOUNDS, GraphNetwork, evaluate
from theory.errors import ConditionError, InvalidInputError, UnsupportedError

BOUND = BOUNDS["graph_convolution"]


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
