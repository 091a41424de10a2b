"""Rows of weights that stay floats on the way from a graph to layers: the network is the function of the graph."""

from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from theory.errors import UnsupportedError
from theory.formats import load
from verify import Box, Segment, count
from verify.slices.lines import along


def dyadic(rng, *shape):
    """Halves, many of them 0, with which binary32 computes exactly."""
    return np.where(rng.random(shape) < 0.4, 0, rng.integers(-2, 3, shape) / 2).astype(np.float32)


def model(path, nodes, constants, inputs, outputs):
    """A file with nodes (operator, inputs, output, attributes) that read x and end in y."""
    made = [helper.make_node(kind, reads.split(), [name], **more) for kind, reads, name, more in nodes]
    info = helper.make_tensor_value_info
    values = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    ends = [info("x", TensorProto.FLOAT, inputs)], [info("y", TensorProto.FLOAT, outputs)]
    graph = helper.make_graph(made, "rows", *ends, values)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(proto.SerializeToString())
    return proto


def test_a_residual_network_is_read_as_sparse_layers(tmp_path):
    rng = np.random.default_rng(4)
    shapes = {"a": (4, 2, 3, 3), "ab": (4,), "b": (4, 4, 3, 3), "c": (4, 4, 3, 3), "d": (6, 4, 1, 1), "e": (6, 4, 3, 3)}
    constants = {name: dyadic(rng, *shape) for name, shape in {**shapes, "f": (3, 6 * 9), "fb": (3,)}.items()}
    pad = {"pads": [1] * 4}
    nodes = [
        ("Conv", "x a ab", "p", pad), ("Relu", "p", "q", {}),
        ("Conv", "q b", "r", pad), ("Relu", "r", "s", {}), ("Conv", "s c", "t", pad), ("Add", "t q", "u", {}),
        ("Relu", "u", "v", {}), ("Conv", "v d", "w", {"strides": [2, 2]}),
        ("Conv", "v e", "z", {"strides": [2, 2], **pad}), ("Add", "w z", "k", {}),  # these read the same values
        ("Relu", "k", "l", {}), ("Flatten", "l", "m", {}), ("Gemm", "m f fb", "y", {"transB": 1, "alpha": 0.5}),
    ]  # fmt: skip
    proto = model(tmp_path / "residual.onnx", nodes, constants, [1, 2, 6, 6], [1, 3])
    network = load(tmp_path / "residual.onnx")
    assert all(layer.floats is not None for layer in network.layers)
    assert network.layers[1].floats.is_sparse
    evaluator = ReferenceEvaluator(proto)
    for _ in range(5):
        x = rng.integers(-2, 3, (1, 2, 6, 6)) / 2
        (expected,) = evaluator.run(None, {"x": x.astype(np.float32)})
        assert tuple(map(float, network([str(v) for v in x.ravel()]))) == tuple(expected[0].tolist())


def test_layers_without_a_bend_between_them_are_multiplied_exactly(tmp_path):
    rng = np.random.default_rng(5)
    constants = {"a": rng.standard_normal((3, 16)).astype(np.float32), "s": np.array([1, 1, 4, 4])}
    constants |= {"b": rng.standard_normal((2, 1, 2, 2)).astype(np.float32)}
    nodes = [("MatMul", "x a", "p", {}), ("Reshape", "p s", "q", {}), ("Conv", "q b", "r", {}), ("Abs", "r", "y", {})]
    model(tmp_path / "product.onnx", nodes, constants, [1, 3], [1, 2, 3, 3])
    (layer, _) = load(tmp_path / "product.onnx").layers
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
    nodes = [("Tile", "x k", "t", {}), ("Add", "t b", "u", {}), ("Relu", "u", "v", {}), ("Add", "v b", "p", {})]
    nodes += [("Relu", "p", "q", {}), ("MatMul", "q w", "y", {})]
    model(tmp_path / "wide.onnx", nodes, constants, [1, 2], [1, 1])
    network = load(tmp_path / "wide.onnx")
    assert network.layers[1].floats.is_huge
    assert along(network, Segment([0, 0], ["1/100", "1/200"])).activation > 10
    bracket = count(network, Box.cube(0, 1, 2), budget=60)
    assert 10 < bracket.statistics["on_segment"] == bracket.lower < bracket.upper
    with pytest.raises(
        UnsupportedError, match="a layer of 8,000 weights is too large to be computed with as fractions"
    ):
        count(network, Box.cube(0, 1, 2))
