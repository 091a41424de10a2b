"""ONNX models for tests: nodes in onnx's text form, weights as arrays."""

from fractions import Fraction

import numpy as np
from onnx import helper, numpy_helper, parser
from onnx.reference import ReferenceEvaluator

from theory.formats import load


def weights(*shape, seed=0):
    """Binary32 numbers that are no short dyadics."""
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


def ints(*values):
    return np.asarray(values, dtype=np.int64)


def onnx_model(nodes, shape, constants=None, *, opset=17, outputs="y", element="float"):
    """The model with input x, of these nodes and constants (Python numbers are binary32)."""
    results = ", ".join(f"{element}[any] {name}" for name in outputs.split())
    graph = parser.parse_graph(f"graph ({element}[{', '.join(map(str, shape))}] x) => ({results}) {{ {nodes} }}")
    for name, value in (constants or {}).items():
        array = value if isinstance(value, np.ndarray | np.generic) else np.asarray(value, dtype=np.float32)
        graph.initializer.append(numpy_helper.from_array(np.asarray(array), name))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 9
    return made


def stored(tmp_path, made):
    path = tmp_path / "model.onnx"
    path.write_bytes(made.SerializeToString())
    return path


def agrees(tmp_path, made, *, points=8, tolerance=2e-5):
    """Load the model and compare with the reference evaluator at random points; returns the network."""
    net = load(stored(tmp_path, made))
    evaluator = ReferenceEvaluator(made)
    kind = made.graph.input[0].type.tensor_type
    shape = [d.dim_value or 1 for d in kind.shape.dim]
    rng = np.random.default_rng(1)
    seen = set()
    for _ in range(points):
        x = (rng.integers(-96, 97, size=shape) / 32).astype(helper.tensor_dtype_to_np_dtype(kind.elem_type))
        wanted = np.concatenate([np.ravel(v) for v in evaluator.run(None, {"x": x})]).astype(float)
        point = [Fraction(float(v)) for v in x.ravel()]
        got = np.array([float(v) for v in net(point)])
        assert got.shape == wanted.shape
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)
        seen.add(tuple(got))
    assert len(seen) > 1
    return net
