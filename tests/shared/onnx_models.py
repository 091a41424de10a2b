"""ONNX models for tests: nodes in onnx's text form, weights as arrays."""

import numpy as np
from onnx import helper, numpy_helper, parser


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
