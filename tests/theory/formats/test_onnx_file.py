"""ONNX: what a loaded network computes is what onnx's own reference evaluator computes, up to its rounding."""

import warnings
from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from theory import ABS, IDENTITY, RELU, Maxout
from theory.errors import FileFormatError, MissingExtraError
from theory.formats import RoundedWarning, load, load_onnx

NODE = helper.make_node


def weights(*shape, seed=0):
    """Binary32 numbers that are no short dyadics."""
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


def ints(*values):
    return np.asarray(values, dtype=np.int64)


def model(nodes, shape, constants=None, *, opset=17, outputs=("y",), dtype=np.float32, dims=None):
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", element, shape)],
        [helper.make_tensor_value_info(name, element, dims or ["any"]) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()],
    )
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


DENSE = [
    NODE("Gemm", ["x", "w", "b"], ["h"], transB=1, alpha=0.5, beta=2.0),
    NODE("Relu", ["h"], ["r"]),
    NODE("MatMul", ["r", "v"], ["m"]),
    NODE("Sub", ["m", "c"], ["y"]),
]

CASES = {
    "dense": (DENSE, ["batch", 3], {"w": weights(5, 3), "b": weights(5), "v": weights(5, 2), "c": weights(2)}),
    "gemm with A transposed": ([NODE("Gemm", ["x", "w"], ["y"], transA=1)], [3, 1], {"w": weights(3, 2)}),
    "constant on the left": (
        [NODE("MatMul", ["w", "x"], ["h"]), NODE("Relu", ["h"], ["y"])],
        [3],
        {"w": weights(4, 3)},
    ),
    "batched matmul": (
        [NODE("MatMul", ["x", "w"], ["h"]), NODE("Abs", ["h"], ["y"])],
        [2, 1, 3],
        {"w": weights(2, 3, 2)},
    ),
    "scalar activations": (
        [
            NODE("MatMul", ["x", "w"], ["h"]),
            NODE("LeakyRelu", ["h"], ["a"], alpha=0.1),
            NODE("Abs", ["a"], ["b"]),
            NODE("PRelu", ["h", "slope"], ["c"]),
            NODE("HardSigmoid", ["h"], ["d"], alpha=0.3),
            NODE("Clip", ["h", "minus", "plus"], ["e"]),
            NODE("Clip", ["h", "", "plus"], ["f"]),
            NODE("Clip", ["h", "plus"], ["g"]),
            NODE("Concat", ["b", "c", "d", "e", "f", "g"], ["y"], axis=1),
        ],
        [1, 3],
        {"w": weights(3, 4), "slope": weights(4), "minus": np.float32(-1), "plus": np.float32(0.7)},
    ),
    "clip between two positive numbers": (
        [NODE("Clip", ["x", "low", "high"], ["y"])],
        [1, 4],
        {"low": np.float32(0.25), "high": np.float32(1.5)},
    ),
    "clip below two negative numbers": (
        [NODE("Clip", ["x", "low", "high"], ["y"])],
        [1, 4],
        {"low": np.float32(-2), "high": np.float32(-0.5)},
    ),
    "relu6": ([NODE("Clip", ["x", "o", "s"], ["y"])], [1, 4], {"o": np.float32(0), "s": np.float32(6)}),
    "maximum of branches": (
        [
            NODE("MatMul", ["x", "u"], ["a"]),
            NODE("MatMul", ["x", "v"], ["b"]),
            NODE("Max", ["a", "b", "c"], ["m"]),
            NODE("Min", ["m", "a"], ["n"]),
            NODE("Mean", ["m", "n", "b"], ["y"]),
        ],
        [1, 3],
        {"u": weights(3, 2), "v": weights(3, 2, seed=1), "c": weights(2)},
    ),
    "skip connection over two layers": (
        [
            NODE("MatMul", ["x", "u"], ["a"]),
            NODE("Relu", ["a"], ["b"]),
            NODE("MatMul", ["b", "v"], ["c"]),
            NODE("Relu", ["c"], ["d"]),
            NODE("Sum", ["x", "d", "a", "b"], ["y"]),
        ],
        [1, 3],
        {"u": weights(3, 3), "v": weights(3, 3, seed=1)},
    ),
    "elementwise constants": (
        [
            NODE("Mul", ["x", "s"], ["a"]),
            NODE("Div", ["a", "s2"], ["b"]),
            NODE("Sub", ["t", "b"], ["c"]),
            NODE("Neg", ["c"], ["d"]),
            NODE("Relu", ["d"], ["y"]),
        ],
        [1, 4],
        {"s": weights(4), "s2": weights(4, seed=1), "t": weights(1, 1)},
    ),
    "constants are folded": (
        [
            NODE("Constant", [], ["k"], value=numpy_helper.from_array(weights(2, 2))),
            NODE("Mul", ["w", "k"], ["kw"]),
            NODE("Relu", ["kw"], ["rw"]),
            NODE("MatMul", ["x", "rw"], ["h"]),
            NODE("Constant", [], ["one"], value_float=1.5),
            NODE("Max", ["h", "one"], ["y"]),
        ],
        [1, 2],
        {"w": weights(2, 2, seed=1)},
    ),
    "moving about": (
        [
            NODE("Reshape", ["x", "shape"], ["a"]),
            NODE("Transpose", ["a"], ["b"], perm=[2, 0, 1]),
            NODE("Squeeze", ["b", "axis"], ["c"]),
            NODE("Unsqueeze", ["c", "axis"], ["d"]),
            NODE("Slice", ["d", "starts", "ends", "axes", "steps"], ["e"]),
            NODE("Gather", ["e", "picks"], ["f"], axis=0),
            NODE("Split", ["f", "parts"], ["g", "h"], axis=0),
            NODE("Concat", ["h", "g"], ["i"], axis=0),
            NODE("Tile", ["i", "repeats"], ["j"]),
            NODE("Flatten", ["j"], ["k"], axis=0),
            NODE("Pad", ["k", "pads", "fill"], ["l"]),
            NODE("Relu", ["l"], ["y"]),
        ],
        [1, 6],
        {
            "shape": ints(1, 2, -1),
            "axis": ints(1),
            "starts": ints(-1),
            "ends": ints(-(2**60)),
            "axes": ints(0),
            "steps": ints(-1),
            "picks": ints(2, 0, 1, 2),
            "parts": ints(1, 3),
            "repeats": ints(1, 1, 2),
            "pads": ints(0, 1, 0, 2),
            "fill": np.float32(0.5),
        },
    ),
    "shapes computed in the graph": (
        [
            NODE("Shape", ["x"], ["s"]),
            NODE("Gather", ["s", "zero"], ["n"]),
            NODE("Unsqueeze", ["n", "front"], ["n1"]),
            NODE("Concat", ["n1", "rest"], ["t"], axis=0),
            NODE("Reshape", ["x", "t"], ["a"]),
            NODE("Relu", ["a"], ["y"]),
        ],
        ["batch", 2, 3],
        {"zero": np.int64(0), "front": ints(0), "rest": ints(-1)},
    ),
    "reductions": (
        [
            NODE("ReduceMax", ["x"], ["a"], axes=[1], keepdims=0),
            NODE("ReduceMin", ["x"], ["b"], axes=[2], keepdims=0),
            NODE("ReduceMean", ["x"], ["c"], axes=[-1], keepdims=1),
            NODE("ReduceSum", ["x", "axes"], ["d"], keepdims=0),
            NODE("Squeeze", ["c", "last"], ["e"]),
            NODE("Concat", ["a", "b", "e", "d"], ["y"], axis=1),
        ],
        [1, 2, 3],
        {"axes": ints(1), "last": ints(2)},
    ),
    "convolution 1-D": (
        [NODE("Conv", ["x", "w"], ["c"], pads=[1, 0]), NODE("Relu", ["c"], ["y"])],
        [1, 2, 5],
        {"w": weights(3, 2, 2)},
    ),
    "convolution with everything": (
        [
            NODE("Conv", ["x", "w", "b"], ["c"], strides=[2, 1], pads=[1, 0, 1, 2], dilations=[1, 2], group=2),
            NODE("Relu", ["c"], ["y"]),
        ],
        [1, 2, 5, 6],
        {"w": weights(4, 1, 3, 2), "b": weights(4)},
    ),
    "convolution padded to the same size": (
        [NODE("Conv", ["x", "w"], ["y"], auto_pad="SAME_LOWER", strides=[2, 2])],
        [1, 1, 5, 4],
        {"w": weights(2, 1, 2, 3)},
    ),
    "pooling": (
        [
            NODE("MaxPool", ["x"], ["a"], kernel_shape=[2, 2], pads=[1, 0, 0, 1]),
            NODE("AveragePool", ["x"], ["b"], kernel_shape=[2, 3], pads=[1, 1, 0, 1], strides=[1, 2]),
            NODE("AveragePool", ["x"], ["c"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
            NODE("GlobalAveragePool", ["x"], ["d"]),
            NODE("GlobalMaxPool", ["x"], ["e"]),
            *(NODE("Flatten", [name], [name + "f"]) for name in "abcde"),
            NODE("Concat", ["af", "bf", "cf", "df", "ef"], ["y"], axis=1),
        ],
        [1, 2, 3, 4],
        {},
    ),
    "pooling with the last window cut off": (
        [NODE("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)],
        [1, 1, 5, 3],
        {},
    ),
    "a small convolutional network": (
        [
            NODE("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1]),
            NODE("Relu", ["c"], ["r"]),
            NODE("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
            NODE("Dropout", ["p"], ["q"]),
            NODE("Cast", ["q"], ["k"], to=TensorProto.FLOAT),
            NODE("Flatten", ["k"], ["f"]),
            NODE("Gemm", ["f", "g"], ["i"]),
            NODE("Identity", ["i"], ["y"]),
        ],
        [1, 1, 4, 4],
        {"w": weights(2, 1, 3, 3), "b": weights(2), "g": weights(8, 3)},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_reference_evaluator_agrees(tmp_path, name):
    nodes, shape, constants = CASES[name]
    agrees(tmp_path, model(nodes, shape, constants))


def test_binary64_and_binary16_models(tmp_path):
    nodes = [NODE("MatMul", ["x", "w"], ["h"]), NODE("Relu", ["h"], ["y"])]
    for dtype, tolerance in ((np.float64, 1e-13), (np.float16, 1e-2)):
        made = model(nodes, [1, 3], {"w": weights(3, 2).astype(dtype)}, dtype=dtype)
        net = agrees(tmp_path, made, tolerance=tolerance)
        assert net.layers[0].weights[0][2] == Fraction(float(weights(3, 2).astype(dtype)[2, 0]))


def test_old_operator_sets_keep_axes_and_bounds_in_attributes(tmp_path):
    nodes = [
        NODE("Unsqueeze", ["x"], ["a"], axes=[0]),
        NODE("Squeeze", ["a"], ["b"], axes=[0]),
        NODE("Clip", ["b"], ["c"], min=-0.5, max=0.75),
        NODE("Clip", ["b"], ["d"], min=0.0),
        NODE("Slice", ["c"], ["e"], starts=[0], ends=[1], axes=[1]),
        NODE("Pad", ["d"], ["f"], pads=[0, 0, 0, 1], value=0.25),
        NODE("Concat", ["e", "f"], ["y"], axis=1),
    ]
    agrees(tmp_path, model(nodes, [1, 3], opset=8))


def test_layers_are_the_layers_one_expects(tmp_path):
    nodes, shape, constants = CASES["dense"]
    net = load(stored(tmp_path, model(nodes, shape, constants)))
    assert net.architecture.sizes == (3, 5)
    assert [layer.units for layer in net.layers] == [(RELU,) * 5, (IDENTITY,) * 2]
    expected = [[Fraction(float(v)) / 2 for v in row] for row in constants["w"]]
    assert [list(row) for row in net.layers[0].weights] == expected  # exactly, not up to rounding
    assert list(net.layers[0].biases) == [2 * Fraction(float(v)) for v in constants["b"]]
    assert list(net.layers[1].biases) == [-Fraction(float(v)) for v in constants["c"]]


def test_a_skip_connection_is_carried_by_identity_units(tmp_path):
    nodes, shape, constants = CASES["skip connection over two layers"]
    net = load(stored(tmp_path, model(nodes, shape, constants)))
    first, second, _ = net.layers
    assert first.units == (RELU,) * 3 + (IDENTITY,) * 3  # the three inputs
    assert second.units == (RELU,) * 3 + (IDENTITY,) * 6  # the three inputs and the first layer
    assert [net.layers[0].weights[3 + i] for i in range(3)] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_a_maximum_against_zero_is_a_relu_and_between_branches_a_maxout_unit(tmp_path):
    zero = {"o": np.float32(0)}
    relu = load(stored(tmp_path, model([NODE("Max", ["x", "o"], ["y"])], [1, 3], zero)))
    assert relu.layers[0].units == (RELU,) * 3
    assert relu.layers[0].biases == (0, 0, 0)
    nodes = [NODE("MatMul", ["x", "u"], ["a"]), NODE("Max", ["x", "a", "x", "o"], ["y"])]
    maxout = load(stored(tmp_path, model(nodes, [1, 3], {"u": weights(3, 3), **zero})))
    assert maxout.layers[0].units == (Maxout(3),) * 3  # x twice counts once
    clip = load(stored(tmp_path, model([NODE("Clip", ["x", "o"], ["y"])], [1, 3], zero)))
    assert clip.layers[0].units == (RELU,) * 3
    minus = load(stored(tmp_path, model([NODE("LeakyRelu", ["x"], ["y"], alpha=-1.0)], [1, 3])))
    assert minus.layers[0].units == (ABS,) * 3


def test_bounds_at_the_ends_of_the_type_are_no_bounds(tmp_path):
    limit = np.finfo(np.float32).max
    nodes = [NODE("Clip", ["x", "low", "high"], ["c"]), NODE("Relu", ["c"], ["y"])]
    for low, high in ((-limit, limit), (-np.inf, np.inf)):
        net = load(stored(tmp_path, model(nodes, [1, 2], {"low": np.float32(low), "high": np.float32(high)})))
        assert [layer.units for layer in net.hidden] == [(RELU, RELU)]


NORM = [NODE("BatchNormalization", ["x", "s", "b", "m", "v"], ["n"], epsilon=0.25), NODE("Relu", ["n"], ["y"])]


def test_batch_normalisation_is_exact_where_the_root_is_rational(tmp_path):
    parameters = {"s": weights(2), "b": weights(2, seed=1), "m": weights(2, seed=2)}
    variance = np.array([2.0, 0.3125], dtype=np.float32)  # plus 1/4: (3/2)^2 and (3/4)^2
    made = model(NORM, [1, 2, 2], {**parameters, "v": variance})
    net = agrees(tmp_path, made)
    s, b, m = ([Fraction(float(v)) for v in parameters[k]] for k in "sbm")
    factors = [s[0] * Fraction(2, 3), s[1] * Fraction(4, 3)]
    assert [net.layers[0].weights[i][i] for i in range(4)] == [factors[0]] * 2 + [factors[1]] * 2
    assert net.layers[0].biases[2] == b[1] - factors[1] * m[1]


def test_batch_normalisation_says_when_the_root_is_irrational(tmp_path):
    parameters = {"s": weights(2), "b": weights(2), "m": weights(2), "v": np.array([2.0, 3.0], dtype=np.float32)}
    with pytest.warns(RoundedWarning, match="irrational in 1 of 2 channels"):
        net = load(stored(tmp_path, model(NORM, [1, 2], parameters)))
    assert net.layers[0].weights[1][1] == Fraction(float(parameters["s"][1])) * Fraction(1 / np.sqrt(3.25))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundedWarning)
        agrees(tmp_path, model(NORM, [1, 2], parameters))


def test_a_softmax_at_the_end_is_dropped_only_on_request(tmp_path):
    nodes = [*DENSE[:-1], NODE("Sub", ["m", "c"], ["z"]), NODE("Softmax", ["z"], ["y"], name="probabilities")]
    _, shape, constants = CASES["dense"]
    path = stored(tmp_path, model(nodes, shape, constants))
    with pytest.raises(FileFormatError, match=r"node 5 \(Softmax, 'probabilities'\): is not piecewise.*drop_softmax"):
        load(path)
    scores = load_onnx(path, drop_softmax=True)
    assert scores == load(stored(tmp_path, model(DENSE, shape, constants)))
    inside = [NODE("Softmax", ["x"], ["a"]), NODE("Relu", ["a"], ["y"])]
    with pytest.raises(FileFormatError, match="not the last node"):
        load_onnx(stored(tmp_path, model(inside, [1, 3])), drop_softmax=True)


def external():
    made = model(DENSE, *CASES["dense"][1:])
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"
    return made


def huge():
    made = model(DENSE, *CASES["dense"][1:])
    made.graph.initializer[0].dims[:] = [2**20, 2**20]
    return made


def lying():
    made = model(DENSE, *CASES["dense"][1:])
    made.graph.initializer[0].dims[:] = [4, 3]
    return made


def foreign():
    made = model([NODE("Relu", ["x"], ["y"], domain="com.example")], [1, 2])
    made.opset_import.append(helper.make_opsetid("com.example", 1))
    return made


def branching():
    inner = helper.make_graph([NODE("Relu", ["x"], ["z"])], "inner", [], [helper.make_empty_tensor_value_info("z")])
    nodes = [NODE("If", ["c"], ["y"], then_branch=inner, else_branch=inner)]
    return model(nodes, [1, 2], {"c": np.array(True)})


def doubling():
    nodes = [NODE("Concat", [f"a{i}", f"a{i}"], [f"a{i + 1}"], axis=0) for i in range(40)]
    return model([NODE("Identity", ["x"], ["a0"]), *nodes, NODE("Relu", ["a40"], ["y"])], [4])


REFUSED = {
    "sigmoid": (lambda: model([NODE("Sigmoid", ["x"], ["y"], name="gate")], [1, 2]), r"node 1 \(Sigmoid, 'gate'\)"),
    "tanh in the middle": (
        lambda: model([NODE("Tanh", ["x"], ["a"]), NODE("Relu", ["a"], ["y"])], [1, 2]),
        r"node 1 \(Tanh\): is not piecewise linear; use",
    ),
    "unknown to the reader": (lambda: model([NODE("Det", ["x"], ["y"])], [2, 2]), r"\(Det\): is not among"),
    "product of two branches": (lambda: model([NODE("Mul", ["x", "x"], ["y"])], [1, 2]), "multiplies two values"),
    "matrix product of two branches": (lambda: model([NODE("MatMul", ["x", "x"], ["y"])], [2, 2]), "multiplies two"),
    "division by a branch": (lambda: model([NODE("Div", ["x", "x"], ["y"])], [1, 2]), "divides by a value"),
    "division by zero": (lambda: model([NODE("Div", ["x", "o"], ["y"])], [1, 2], {"o": np.float32(0)}), "by zero"),
    "shapes that do not fit": (
        lambda: model([NODE("MatMul", ["x", "w"], ["y"])], [1, 2], {"w": weights(3, 2)}),
        r"\(1, 2\) and \(3, 2\) do not fit",
    ),
    "reshape that does not fit": (
        lambda: model([NODE("Reshape", ["x", "s"], ["y"])], [1, 4], {"s": ints(3, 3)}),
        r"node 1 \(Reshape\): its inputs of shapes \(1, 4\), \(2,\) do not fit",
    ),
    "nan": (
        lambda: model([NODE("MatMul", ["x", "w"], ["y"])], [1, 2], {"w": np.array([[1], [np.nan]], np.float32)}),
        r"node 1 \(MatMul\): its input 2\[1, 0\] is nan, not a finite number",
    ),
    "open dimension": (lambda: model([NODE("Relu", ["x"], ["y"])], [1, "n"]), r"input 'x': dimension 1 \(n\) is not"),
    "whole numbers": (
        lambda: model([NODE("Abs", ["x"], ["y"])], [1, 2], dtype=np.int64),
        "input 'x': is not a tensor of floating-point",
    ),
    "huge input": (lambda: model([NODE("Relu", ["x"], ["y"])], [2**20, 2**20]), "input 'x': input shape"),
    "output without input": (
        lambda: model([NODE("Relu", ["w"], ["y"])], [1, 2], {"w": weights(2)}),
        "its outputs do not depend on its inputs",
    ),
    "indices of a maximum": (
        lambda: model([NODE("MaxPool", ["x"], ["y", "i"], kernel_shape=[2])], [1, 1, 4], outputs=("y", "i")),
        "its output 'i' is not piecewise linear",
    ),
    "training": (
        lambda: model([NODE("Dropout", ["x", "r", "t"], ["y"])], [1, 2], {"r": np.float32(0.5), "t": np.array(True)}),
        "is in training mode",
    ),
    "data in another file": (external, "weight 'w': its data lie outside this file"),
    "huge declared shape": (huge, "not a valid ONNX model .*tensor name: w|weight 'w': a tensor of shape .* exceeds"),
    "declared shape that is not stored": (lying, "weight 'w': its stored numbers do not match"),
    "foreign operator": (foreign, "domain 'com.example'"),
    "control flow": (branching, "control flow"),
    "doubling until memory ends": (doubling, r"\(Concat\): a tensor of shape .* exceeds"),
    "huge constant": (
        lambda: model(
            [NODE("ConstantOfShape", ["s"], ["k"]), NODE("Add", ["x", "k"], ["y"])], [1, 2], {"s": ints(2**30, 2**30)}
        ),
        r"\(ConstantOfShape\): a tensor of shape",
    ),
    "huge padding": (
        lambda: model([NODE("Pad", ["x", "p"], ["y"])], [1, 2], {"p": ints(0, 0, 0, 2**40)}),
        r"\(Pad\): a tensor of shape",
    ),
    "huge broadcast": (
        lambda: model(
            [NODE("Transpose", ["x"], ["t"]), NODE("Add", ["x", "t"], ["y"])],
            [1, 100_000],
        ),
        r"\(Add\): a tensor of shape \(100000, 100000\)",
    ),
    "huge stride of a convolution's padding": (
        lambda: model([NODE("Conv", ["x", "w"], ["y"], pads=[2**40, 0])], [1, 1, 2], {"w": weights(1, 1, 2)}),
        r"\(Conv\): a tensor of shape",
    ),
    "huge dense layers": (
        lambda: model([NODE("Tile", ["x", "k"], ["t"]), NODE("Abs", ["t"], ["y"])], [1, 4], {"k": ints(1, 5_000)}),
        "needs more than 50,000,000 numbers as exact dense layers",
    ),
    "endless work": (
        lambda: model([NODE("MatMul", ["x", "w"], ["y"])], [4_000, 20], {"w": weights(20, 80)}),
        r"\(MatMul\): needs more than 10,000,000 steps",
    ),
    "not sorted": (lambda: model([NODE("Relu", ["a"], ["y"]), NODE("Abs", ["x"], ["a"])], [1, 2]), "not a valid ONNX"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence(tmp_path, name):
    make, match = REFUSED[name]
    path = stored(tmp_path, make())
    with pytest.raises(FileFormatError, match=match) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\x00" * 50, b"not a model", b"\x08\x07" * 20, b"\xff" * 1000])
def test_bytes_that_are_no_model(tmp_path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match="not an ONNX model"):
        load(path)


def test_damaged_models_never_escape_with_another_error(tmp_path):
    whole = model(*CASES["a small convolutional network"]).SerializeToString()
    rng = np.random.default_rng(5)
    path = tmp_path / "model.onnx"
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for at in rng.integers(0, len(whole), size=3):
            damaged[at] = rng.integers(0, 256)
        path.write_bytes(bytes(damaged))
        try:
            load(path)
        except FileFormatError:
            refused += 1
    assert 0 < refused < 150


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    path = stored(tmp_path, model(DENSE, *CASES["dense"][1:]))
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r'needs the package onnx: pip install "linregions\[onnx\]"'):
        load(path)


def test_the_checker_used_here_is_the_real_one():
    onnx.checker.check_model(model(DENSE, *CASES["dense"][1:]))
