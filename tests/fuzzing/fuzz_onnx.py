"""Networks as ONNX graphs, read a second time by the reference evaluator of ONNX."""

import numpy as np
from fuzz_agreement import nearly, network_examiner
from fuzz_arrays import weights
from fuzz_changes import change_bytes, change_floats


def good_onnx():
    from onnx_models import ints, onnx_model

    gemm = "h = Gemm<transB=1>(x, W0, b0) r = Relu(h) y = Gemm<transB=1>(r, W1, b1)"
    leaky = """
        h = Gemm<transB=1, alpha=0.5>(x, W0, b0) r = LeakyRelu<alpha=0.25>(h) s = Reshape(r, shape)
        z = Gemm<transB=1>(s, W1, b1) y = Clip(z)
    """
    image = """
        h = Gemm<transB=1>(x, W0, b0) p = Pad(h, pads) i = Reshape(p, square)
        k = Conv<dilations=[1, 1], kernel_shape=[2, 1], strides=[1, 1], pads=[1, 0, 0, 0]>(i, kernel)
        m = MaxPool<kernel_shape=[2, 1], strides=[1, 1], pads=[1, 0, 0, 0]>(k) s = Slice(m, one, three, axes)
        g = Gather<axis=2>(s, pads) j = Concat<axis=2>(g, s) r = ReduceMean<axes=[1, 2], keepdims=0>(j)
        y = Tile(r, shape)
    """
    lists = {"pads": (0, 1, 0, 1), "square": (1, 1, 3, 2), "one": (1,), "three": (3,), "axes": (2,), "shape": (1, 2)}
    more = {"kernel": [[[[0.5], [-2]]]], **{name: ints(*value) for name, value in lists.items()}}
    arrays = {name: weights(3)[name] for name in ("W0", "b0", "W1", "b1")}
    models = ((gemm, {}), (leaky, {"shape": ints(1, 4)}), (image, more))
    return [onnx_model(nodes, [1, 2], arrays | added).SerializeToString() for nodes, added in models]


OPERATORS = (
    "Relu", "Gemm", "MatMul", "Add", "Sub", "Abs", "LeakyRelu", "Clip", "Flatten", "Max", "Neg", "Identity",
    "Transpose", "Softmax", "Loop", "", "Squeeze", "Unsqueeze", "Expand", "Tile", "Split", "ReduceMax", "ReduceSum",
    "AveragePool", "GlobalAveragePool", "Mul", "Div", "Min", "Sum", "Mean", "Shape", "ConstantOfShape", "Dropout",
)  # fmt: skip


def change_onnx(rng, data, others):
    """Change a field of the model, or a few of its bytes."""
    import onnx

    try:
        model = onnx.load_model_from_string(data)
    except Exception:
        return change_bytes(rng, data, others)
    graph = model.graph
    action = rng.randrange(9)
    node = rng.choice(graph.node) if graph.node else None
    tensor = rng.choice(graph.initializer) if graph.initializer else None
    if action == 0 and node is not None:
        node.op_type = rng.choice(OPERATORS)
    elif action == 1 and node is not None and node.input:
        node.input[rng.randrange(len(node.input))] = rng.choice(("x", "h", "r", "W0", "b1", "y", "", "nothing"))
    elif action == 2 and node is not None and node.attribute:
        attribute = rng.choice(node.attribute)
        attribute.f = rng.choice((0.0, -1.0, 0.5, 1e30, float("nan"), float("inf"), 5e-324))
        attribute.i = rng.choice((0, 1, 2, -1, 2**62))
        if attribute.ints:
            attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice((0, 1, 2, 3, -1, 2**40, 2**62))
    elif action == 3 and tensor is not None and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice((0, 1, 2, 3, 4, 8, -1, 2**40))
    elif action == 4 and tensor is not None:
        tensor.data_type = rng.choice((0, 1, 6, 7, 10, 11, 16, 99))
    elif action == 5 and tensor is not None:
        tensor.raw_data = rng.choice((change_bytes, change_floats))(rng, tensor.raw_data or b"\0", [b"\0\0\x80\x3f"])
    elif action == 6 and graph.input:
        shape = graph.input[0].type.tensor_type.shape
        if shape.dim:
            shape.dim[rng.randrange(len(shape.dim))].dim_value = rng.choice((0, 1, 2, 3, 2**40))
    elif action == 7 and len(graph.node) > 1:
        first, second = rng.sample(range(len(graph.node)), 2)
        copied = onnx.NodeProto()
        copied.CopyFrom(graph.node[first])
        graph.node[first].CopyFrom(graph.node[second])
        graph.node[second].CopyFrom(copied)
    else:
        return change_bytes(rng, data, others)
    return model.SerializeToString()


def naive_onnx(data):
    import onnx
    from onnx.reference import ReferenceEvaluator

    model = onnx.load_model_from_string(data)
    evaluator = ReferenceEvaluator(model)
    name = model.graph.input[0].name
    shape = [d.dim_value or 1 for d in model.graph.input[0].type.tensor_type.shape.dim]

    def value(x):
        given = np.array([float(v) for v in x], dtype=np.float32).reshape(shape)
        with np.errstate(all="ignore"):
            return np.concatenate([np.ravel(v) for v in evaluator.run(None, {name: given})]).astype(float)

    return value


KINDS = {
    "onnx": (
        "file.onnx",
        good_onnx,
        (change_bytes, change_onnx, change_onnx, change_onnx),
        network_examiner(naive_onnx, nearly),
    )
}
