"""Rows of weights that stay floats on the way from a graph to layers: the network is the function of the graph."""

from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("onnx")
from onnx_models import agrees, onnx_model, stored

from theory.errors import UnsupportedError
from theory.formats import load
from verify import Box, Segment, count
from verify.slices.lines import along


def dyadic(rng, *shape):
    """Halves, many of them 0, with which binary32 computes exactly."""
    return np.where(rng.random(shape) < 0.4, 0, rng.integers(-2, 3, shape) / 2).astype(np.float32)


def test_a_residual_network_is_read_as_sparse_layers(tmp_path):
    rng = np.random.default_rng(4)
    shapes = {"a": (4, 2, 3, 3), "ab": (4,), "b": (4, 4, 3, 3), "c": (4, 4, 3, 3), "d": (6, 4, 1, 1), "e": (6, 4, 3, 3)}
    constants = {name: dyadic(rng, *shape) for name, shape in {**shapes, "f": (3, 6 * 9), "fb": (3,)}.items()}
    nodes = """
        p = Conv<pads=[1, 1, 1, 1]>(x, a, ab) q = Relu(p)
        r = Conv<pads=[1, 1, 1, 1]>(q, b) s = Relu(r) t = Conv<pads=[1, 1, 1, 1]>(s, c) u = Add(t, q) v = Relu(u)
        w = Conv<strides=[2, 2]>(v, d) z = Conv<strides=[2, 2], pads=[1, 1, 1, 1]>(v, e) k = Add(w, z) l = Relu(k)
        m = Flatten(l) y = Gemm<transB=1, alpha=0.5>(m, f, fb)
    """  # w and z read the same values
    network = agrees(tmp_path, onnx_model(nodes, [1, 2, 6, 6], constants))
    assert all(layer.floats is not None for layer in network.layers)
    assert network.layers[1].floats.is_sparse


def test_layers_without_a_bend_between_them_are_multiplied_exactly(tmp_path):
    rng = np.random.default_rng(5)
    constants = {"a": rng.standard_normal((3, 16)).astype(np.float32), "s": np.array([1, 1, 4, 4])}
    constants |= {"b": rng.standard_normal((2, 1, 2, 2)).astype(np.float32)}
    nodes = "p = MatMul(x, a) q = Reshape(p, s) r = Conv(q, b) y = Abs(r)"
    (layer, _) = load(stored(tmp_path, onnx_model(nodes, [1, 3], constants))).layers
    first, second = (
        dict(enumerate(map(tuple, constants[k].reshape(-1, n).tolist()))) for k, n in (("a", 16), ("b", 4))
    )
    for i, row in enumerate(layer.weights):
        channel, y, x = i // 9, i // 3 % 3, i % 3
        at = [4 * (y + j) + x + k for j in (0, 1) for k in (0, 1)]
        for variable, weight in enumerate(row):
            terms = zip(second[channel], at, strict=True)
            assert weight == sum(Fraction(w) * Fraction(first[variable][p]) for w, p in terms)


def test_a_layer_too_large_for_fractions_has_lines_and_brackets(tmp_path):
    wide, rng = 8_000, np.random.default_rng(6)
    constants = {"k": np.array([1, wide // 2]), "b": rng.standard_normal(wide).astype(np.float32)}
    constants |= {"w": np.ones((wide, 1), dtype=np.float32)}
    nodes = "t = Tile(x, k) u = Add(t, b) v = Relu(u) p = Add(v, b) q = Relu(p) y = MatMul(q, w)"
    network = load(stored(tmp_path, onnx_model(nodes, [1, 2], constants)))
    assert network.layers[1].floats.is_huge
    assert along(network, Segment([0, 0], ["1/100", "1/200"])).activation > 10
    bracket = count(network, Box.cube(0, 1, 2), budget=60)
    assert 10 < bracket.statistics["on_segment"] == bracket.lower < bracket.upper
    with pytest.raises(
        UnsupportedError, match="a layer of 8,000 weights is too large to be computed with as fractions"
    ):
        count(network, Box.cube(0, 1, 2))
