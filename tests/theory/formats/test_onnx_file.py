"""ONNX: what a loaded network computes is what onnx's own reference evaluator computes, up to its rounding.

Where the reader itself uses that evaluator's operators, NumPy says what must come out.
"""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_models import agrees, ints, onnx_model, stored, weights

from theory import ABS, IDENTITY, RELU, Maxout
from theory.errors import FileFormatError, MissingExtraError
from theory.formats import RoundedWarning, load, load_onnx

DENSE = (
    "h = Gemm<transB=1, alpha=0.5, beta=2.0>(x, w, b) r = Relu(h) m = MatMul(r, v) y = Sub(m, c)",
    ["batch", 3],
    {"w": weights(5, 3), "b": weights(5), "v": weights(5, 2), "c": weights(2)},
)
CONVOLUTIONAL = (
    """
    c = Conv<pads=[1, 1, 1, 1]>(x, w, b) r = Relu(c) p = MaxPool<kernel_shape=[2, 2], strides=[2, 2]>(r)
    q = Dropout(p) k = Cast<to=1>(q) f = Flatten(k) i = Gemm(f, g) y = Identity(i)
    """,
    [1, 1, 4, 4],
    {"w": weights(2, 1, 3, 3), "b": weights(2), "g": weights(8, 3)},
)
SKIP = (
    "a = MatMul(x, u) b = Relu(a) c = MatMul(b, v) d = Relu(c) y = Sum(x, d, a, b)",
    [1, 3],
    {"u": weights(3, 3), "v": weights(3, 3, seed=1)},
)

CASES = {
    "dense": DENSE,
    "a small convolutional network": CONVOLUTIONAL,
    "skip connection over two layers": SKIP,
    "gemm with A transposed": ("y = Gemm<transA=1>(x, w)", [3, 1], {"w": weights(3, 2)}),
    "constant on the left": ("h = MatMul(w, x) y = Relu(h)", [3], {"w": weights(4, 3)}),
    "a vector times a vector": ("h = MatMul(x, w) y = Relu(h)", [3], {"w": weights(3)}),
    "a vector times matrices": ("h = MatMul(x, w) y = Relu(h)", [3], {"w": weights(2, 3, 2)}),
    "batched matmul": ("h = MatMul(x, w) y = Abs(h)", [2, 1, 3], {"w": weights(2, 3, 2)}),
    "scalar activations": (
        """
        h = MatMul(x, w) a = LeakyRelu<alpha=0.1>(h) b = Abs(a) c = PRelu(h, slope) d = HardSigmoid<alpha=0.3>(h)
        e = Clip(h, minus, plus) f = Clip(h, , plus) g = Clip(h, plus) y = Concat<axis=1>(b, c, d, e, f, g)
        """,
        [1, 3],
        {"w": weights(3, 4), "slope": weights(4), "minus": -1, "plus": 0.7},
    ),
    "clip between two positive numbers": ("y = Clip(x, low, high)", [1, 4], {"low": 0.25, "high": 1.5}),
    "clip below two negative numbers": ("y = Clip(x, low, high)", [1, 4], {"low": -2, "high": -0.5}),
    "relu6": ("y = Clip(x, zero, six)", [1, 4], {"zero": 0, "six": 6}),
    "maximum of branches": (
        "a = MatMul(x, u) b = MatMul(x, v) m = Max(a, b, c) n = Min(m, a) y = Mean(m, n, b)",
        [1, 3],
        {"u": weights(3, 2), "v": weights(3, 2, seed=1), "c": weights(2)},
    ),
    "elementwise constants": (
        "a = Mul(x, s) b = Div(a, s2) c = Sub(t, b) d = Neg(c) y = Relu(d)",
        [1, 4],
        {"s": weights(4), "s2": weights(4, seed=1), "t": weights(1, 1)},
    ),
    "constants are folded": (
        """
        k = Constant<value = float[2, 2] {0.3, -0.7, 1.1, 0.9}>() kw = Mul(w, k) rw = Relu(kw) h = MatMul(x, rw)
        one = Constant<value_float=1.5>() y = Max(h, one)
        """,
        [1, 2],
        {"w": weights(2, 2, seed=1)},
    ),
    "shapes computed in the graph": (
        """
        s = Shape(x) n = Gather(s, zero) n1 = Unsqueeze(n, front) m = Sub(n1, three) h = Div(m, two)
        t = Concat<axis=0>(n1, h) a = Reshape(x, t) y = Relu(a)
        """,
        ["batch", 2, 3],
        {"zero": np.int64(0), "front": ints(0), "two": ints(2), "three": ints(3)},
    ),
    "reductions": (
        """
        a = ReduceMax<axes=[1], keepdims=0>(x) b = ReduceMin<axes=[2], keepdims=0>(x) c = ReduceMean<axes=[-1]>(x)
        d = ReduceSum<keepdims=0>(x, axes) e = Squeeze(c, last) y = Concat<axis=1>(a, b, e, d)
        """,
        [1, 2, 3],
        {"axes": ints(1), "last": ints(2)},
    ),
    "results without dimensions": ("s = ReduceSum<keepdims=0>(x) d = Mul(s, s2) y = Add(d, x)", [1, 3], {"s2": 0.3}),
    "convolution 1-D": ("c = Conv<pads=[1, 0]>(x, w) y = Relu(c)", [1, 2, 5], {"w": weights(3, 2, 2)}),
    "convolution with everything": (
        "c = Conv<strides=[2, 1], pads=[1, 0, 1, 2], dilations=[1, 2], group=2>(x, w, b) y = Relu(c)",
        [1, 2, 5, 6],
        {"w": weights(4, 1, 3, 2), "b": weights(4)},
    ),
    "convolution padded to the same size": (
        'y = Conv<auto_pad="SAME_LOWER", strides=[2, 2]>(x, w)',
        [1, 1, 5, 4],
        {"w": weights(2, 1, 2, 3)},
    ),
    "pooling": (
        """
        a = MaxPool<kernel_shape=[2, 2], pads=[1, 0, 0, 1]>(x)
        b = AveragePool<kernel_shape=[2, 3], pads=[1, 1, 0, 1], strides=[1, 2]>(x)
        c = AveragePool<kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1>(x)
        d = GlobalAveragePool(x) e = GlobalMaxPool(x)
        f = Flatten(a) g = Flatten(b) h = Flatten(c) i = Flatten(d) j = Flatten(e) y = Concat<axis=1>(f, g, h, i, j)
        """,
        [1, 2, 3, 4],
        {},
    ),
    "pooling with the last window cut off": (
        "y = MaxPool<kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1>(x)",
        [1, 1, 5, 3],
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_reference_evaluator_agrees(tmp_path, name):
    agrees(tmp_path, onnx_model(*CASES[name]))


REARRANGED = [
    ("y = Reshape(x, s)", {"s": ints(0, -1)}, lambda x: x.reshape(2, 12)),
    ("y = Flatten<axis=2>(x)", {}, lambda x: x.reshape(6, 4)),
    ("y = Transpose<perm=[2, 0, 1]>(x)", {}, lambda x: x.transpose(2, 0, 1)),
    ("a = Unsqueeze(x, s) y = Squeeze(a, s)", {"s": ints(1, 3)}, lambda x: x),
    (
        "y = Slice(x, s, e, a, t)",
        {"s": ints(-1), "e": ints(-(2**60)), "a": ints(1), "t": ints(-1)},
        lambda x: x[:, ::-1],
    ),
    ("y = Gather<axis=1>(x, i)", {"i": ints(2, 0, -2, 2)}, lambda x: x[:, [2, 0, 1, 2]]),
    ("a = Reshape(x, s) y = Gather(a, i)", {"s": ints(-1), "i": np.int64(7)}, lambda x: x.ravel()[7]),
    ("a, b = Split<axis=1>(x, p) y = Concat<axis=-2>(b, a)", {"p": ints(1, 2)}, lambda x: x[:, [1, 2, 0]]),
    ("a, y = Split<axis=2>(x)", {}, lambda x: x[:, :, 2:]),
    ("y = Tile(x, r)", {"r": ints(1, 2, 1)}, lambda x: np.concatenate([x, x], axis=1)),
    ("y = Expand(x, s)", {"s": ints(2, 1, 3, 1)}, lambda x: np.stack([x, x])),
    ("k = ConstantOfShape(s) y = Sub(x, k)", {"s": ints(3, 4)}, lambda x: x),
    (
        "y = Pad(x, p, f)",
        {"p": ints(0, 1, 0, 0, 0, 2), "f": 0.5},
        lambda x: np.pad(x, [(0, 0), (1, 0), (0, 2)], constant_values=0.5),
    ),
    (
        "y = Pad(x, p, f)",
        {"p": ints(0, 1, -2, 0, 0, 3), "f": 0.5},
        lambda x: np.pad(x[:, :, 2:], [(0, 0), (1, 0), (0, 3)], constant_values=0.5),
    ),
    (
        'y = Pad<mode="edge">(x, p)',
        {"p": ints(1, 0, 0, 0, 0, 2)},
        lambda x: np.pad(x, [(1, 0), (0, 0), (0, 2)], "edge"),
    ),
]


@pytest.mark.parametrize(("nodes", "constants", "expected"), REARRANGED, ids=[nodes for nodes, _, _ in REARRANGED])
def test_entries_are_rearranged_as_numpy_does(tmp_path, nodes, constants, expected):
    net = load(stored(tmp_path, onnx_model(nodes, [2, 3, 4], constants)))
    x = np.arange(24).reshape(2, 3, 4) / 8
    assert [float(v) for v in net([Fraction(v) for v in x.ravel()])] == np.ravel(expected(x)).tolist()


def test_binary64_and_binary16_models(tmp_path):
    for element, dtype, tolerance in (("double", np.float64, 1e-13), ("float16", np.float16, 1e-2)):
        constants = {"w": weights(3, 2).astype(dtype)}
        made = onnx_model("h = MatMul(x, w) y = Relu(h)", [1, 3], constants, element=element)
        net = agrees(tmp_path, made, tolerance=tolerance)
        assert net.layers[0].weights[0][2] == Fraction(float(constants["w"][2, 0]))


def test_old_operator_sets_keep_axes_and_bounds_in_attributes(tmp_path):
    nodes = """
        a = Unsqueeze<axes=[0, 2]>(x) b = Squeeze<axes=[0, 2]>(a) c = Clip<min=-0.5, max=0.75>(b) d = Clip<min=0.0>(b)
        e = Slice<starts=[0], ends=[1], axes=[1]>(c) f = Pad<pads=[0, 0, 0, 1], value=0.25>(d) y = Concat<axis=1>(e, f)
    """
    net = load(stored(tmp_path, onnx_model(nodes, [1, 3], opset=8)))
    half, quarter = Fraction(1, 2), Fraction(1, 4)
    assert net([-1, 2, quarter]) == (-half, 0, 2, quarter, quarter)


def test_sums_and_slopes_of_operator_set_6_belong_to_the_axis_that_they_name(tmp_path):
    """b is aligned with axis 1 there, and slopes with the channels; today both would belong to the last axis."""
    made = onnx_model(
        "s = Add<axis=1, broadcast=1>(x, b) y = PRelu(s, c)", [1, 2, 2], {"b": [0, 5], "c": [2, 3]}, opset=6
    )
    net = load(stored(tmp_path, made))
    assert net([1, 2, 3, 4]) == (1, 2, 8, 9)
    assert net([-1, -2, -6, -7]) == (-2, -4, -3, -6)


@pytest.mark.parametrize(("target", "value"), [("10", Fraction(1365, 4096)), ("1", Fraction(float(np.float32(1 / 3))))])
def test_a_constant_is_rounded_when_it_is_cast(tmp_path, target, value):
    third = onnx_model(
        f"q = Div(o, t) c = Cast<to={target}>(q) d = Cast<to=11>(c) y = Mul(x, d)", [1], {"o": 1, "t": 3}
    )
    assert load(stored(tmp_path, third))([1]) == (value,)
    stored_third = onnx_model(
        f"c = Cast<to={target}>(w) d = Cast<to=1>(c) y = Mul(x, d)", [1], {"w": np.float64(1 / 3)}
    )
    assert load(stored(tmp_path, stored_third))([1]) == (value,)


def test_no_axes_mean_none_only_where_the_node_says_so(tmp_path):
    for noop, inputs in ((1, 2), (0, 1)):
        made = onnx_model(f"s = ReduceSum<noop_with_empty_axes={noop}>(x, a) y = Relu(s)", [1, 2], {"a": ints()})
        assert len(load(stored(tmp_path, made))([1, 2])) == inputs


def test_layers_are_the_layers_one_expects(tmp_path):
    net, constants = load(stored(tmp_path, onnx_model(*DENSE))), DENSE[2]
    assert net.architecture.sizes == (3, 5)
    assert [layer.units for layer in net.layers] == [(RELU,) * 5, (IDENTITY,) * 2]
    expected = [[Fraction(float(v)) / 2 for v in row] for row in constants["w"]]
    assert [list(row) for row in net.layers[0].weights] == expected  # exactly, not up to rounding
    assert list(net.layers[0].biases) == [2 * Fraction(float(v)) for v in constants["b"]]
    assert list(net.layers[1].biases) == [-Fraction(float(v)) for v in constants["c"]]


def test_a_skip_connection_is_carried_by_identity_units(tmp_path):
    first, second, _ = load(stored(tmp_path, onnx_model(*SKIP))).layers
    assert first.units == (RELU,) * 3 + (IDENTITY,) * 3  # the three inputs
    assert second.units == (RELU,) * 3 + (IDENTITY,) * 6  # the three inputs and the first layer
    assert [first.weights[3 + i] for i in range(3)] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_a_maximum_against_zero_is_a_relu_and_between_branches_a_maxout_unit(tmp_path):
    def first_layer(nodes, constants):
        return load(stored(tmp_path, onnx_model(nodes, [1, 3], constants))).layers[0]

    relu = first_layer("y = Max(x, o)", {"o": 0})
    assert relu.units == (RELU,) * 3
    assert relu.biases == (0, 0, 0)
    twice = first_layer("a = MatMul(x, u) y = Max(x, a, x, o)", {"u": weights(3, 3), "o": 0})
    assert twice.units == (Maxout(3),) * 3  # x twice counts once
    assert first_layer("y = Clip(x, o)", {"o": 0}).units == (RELU,) * 3
    assert first_layer("y = LeakyRelu<alpha=-1.0>(x)", {}).units == (ABS,) * 3


def test_bounds_at_the_ends_of_the_type_are_no_bounds(tmp_path):
    limit = np.finfo(np.float32).max
    nodes = "low = Identity(l) c = Clip(x, low, high) y = Relu(c)"
    for low, high in ((-limit, limit), (-np.inf, np.inf)):
        net = load(stored(tmp_path, onnx_model(nodes, [1, 2], {"l": low, "high": high})))
        assert [layer.units for layer in net.hidden] == [(RELU, RELU)]


NORM = "n = BatchNormalization<epsilon=0.25>(x, s, b, m, v) y = Relu(n)"


def test_batch_normalization_is_exact_where_the_root_is_rational(tmp_path):
    parameters = {"s": weights(2), "b": weights(2, seed=1), "m": weights(2, seed=2)}
    made = onnx_model(NORM, [1, 2, 2], {**parameters, "v": [2.0, 0.3125]})  # plus 1/4: (3/2)^2 and (3/4)^2
    net = agrees(tmp_path, made)
    s, b, m = ([Fraction(float(v)) for v in parameters[k]] for k in "sbm")
    factors = [s[0] * Fraction(2, 3), s[1] * Fraction(4, 3)]
    assert [net.layers[0].weights[i][i] for i in range(4)] == [factors[0]] * 2 + [factors[1]] * 2
    assert net.layers[0].biases[2] == b[1] - factors[1] * m[1]


def test_batch_normalization_says_when_the_root_is_irrational(tmp_path):
    parameters = {"s": weights(2), "b": weights(2), "m": weights(2), "v": [2.0, 3.0]}
    made = onnx_model(NORM, [1, 2], parameters)
    with pytest.warns(RoundedWarning, match="irrational in 1 of 2 channels"):
        net = load(stored(tmp_path, made))
    assert net.layers[0].weights[1][1] == Fraction(float(parameters["s"][1])) * Fraction(1 / np.sqrt(3.25))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundedWarning)
        agrees(tmp_path, made)


def named(made, name, node=-1):
    made.graph.node[node].name = name
    return made


def test_a_softmax_at_the_end_is_dropped_without_a_word_on_request(tmp_path):
    nodes, shape, constants = DENSE
    ending = nodes.replace("y =", "z =") + " y = Softmax(z)"
    path = stored(tmp_path, onnx_model(ending, shape, constants))
    assert load_onnx(path, drop_softmax=True) == load(stored(tmp_path, onnx_model(*DENSE)))


def changed(change):
    """The dense model with its first weight changed."""
    made = onnx_model(*DENSE)
    change(made.graph.initializer[0])
    return made


def external(tensor):
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../../../etc/passwd"


def declared(*shape):
    return lambda tensor: tensor.ClearField("dims") or tensor.dims.extend(shape)


def foreign():
    made = onnx_model("y = Relu(x)", [1, 2])
    made.graph.node[0].domain = "com.example"
    made.opset_import.append(helper.make_opsetid("com.example", 1))
    return made


def branching():
    made = onnx_model("y = Relu(x)", [1, 2], {"c": np.array(True)})
    inner = helper.make_graph(
        [helper.make_node("Relu", ["x"], ["z"])], "inner", [], [helper.make_empty_tensor_value_info("z")]
    )
    made.graph.node[0].CopyFrom(helper.make_node("If", ["c"], ["y"], then_branch=inner, else_branch=inner))
    return made


DOUBLED = " ".join(f"a{i + 1} = Concat<axis=0>(a{i}, a{i})" for i in range(40))

REFUSED = {  # the arguments of onnx_model, or a function that makes a model
    "sigmoid": (
        lambda: named(onnx_model("a = Sigmoid(x) y = Relu(a)", [1, 2]), "gate", 0),
        r"node 1 \(Sigmoid, 'gate'\)",
    ),
    "tanh in the middle": (("a = Tanh(x) y = Relu(a)", [1, 2]), r"node 1 \(Tanh\): is not piecewise linear; use"),
    "unknown to the reader": (("y = Det(x)", [2, 2]), r"\(Det\): is not among"),
    "product of two branches": (("y = Mul(x, x)", [1, 2]), r"\(Mul\): multiplies two values"),
    "matrix product of two branches": (("y = MatMul(x, x)", [2, 2]), "multiplies two"),
    "division by a branch": (("y = Div(x, x)", [1, 2]), r"\(Div\): divides by a value"),
    "division by zero": (("y = Div(x, o)", [1, 2], {"o": 0}), r"\(Div\): divides by zero"),
    "division of shapes by zero": (
        ("s = Shape(x) d = Div(s, o) y = Reshape(x, d)", [1, 2], {"o": ints(0, 1)}),
        r"\(Div\): divides by zero",
    ),
    "shapes that do not fit": (
        ("y = MatMul(x, w)", [1, 2], {"w": weights(3, 2)}),
        r"node 1 \(MatMul\): its inputs of shapes \(1, 2\), \(3, 2\) do not fit",
    ),
    "reshape that does not fit": (
        ("y = Reshape(x, s)", [1, 4], {"s": ints(3, 3)}),
        r"node 1 \(Reshape\): its inputs of shapes \(1, 4\), \(2,\) do not fit",
    ),
    "reshape to a computed size": (("y = Reshape(x, x)", [2]), r"\(Reshape\): (its inputs|makes a tensor)"),
    "nan": (
        ("y = MatMul(x, w)", [1, 2], {"w": [[1], [np.nan]]}),
        r"node 1 \(MatMul\): its input 2\[1, 0\] is nan, not a finite number",
    ),
    "open dimension": (("y = Relu(x)", [1, "n"]), r"input 'x': dimension 1 \(n\) is not"),
    "whole numbers": (
        lambda: onnx_model("y = Abs(x)", [1, 2], element="int64"),
        "input 'x': is not a tensor of floating-point",
    ),
    "huge input": (("y = Relu(x)", [2**20, 2**20]), "input 'x': input shape"),
    "output without input": (("y = Relu(w)", [1, 2], {"w": weights(2)}), "its outputs do not depend on its inputs"),
    "output that no node makes": (("z = Relu(x)", [1, 2]), "output 'y': is computed by no node"),
    "indices of a maximum": (
        lambda: onnx_model("y, i = MaxPool<kernel_shape=[2]>(x)", [1, 1, 4], outputs="y i"),
        "its output 'i' is not piecewise linear",
    ),
    "training": (("y = Dropout(x, r, t)", [1, 2], {"r": 0.5, "t": np.array(True)}), "is in training mode"),
    "an operator set that onnx does not convert": (
        lambda: onnx_model("y = Greater<broadcast=1>(x, x)", [1, 2], opset=6),
        "uses operator set 6, and onnx does not convert it to 7 .* export it with 7 or newer",
    ),
    "an attribute with another meaning": (
        ("y = BatchNormalization<spatial=0>(x, s, s, s, s)", [1, 2], {"s": weights(2)}, 8),
        "is in training mode or normalizes",
    ),
    "training by more outputs": (
        ("y, m, v, n, w = BatchNormalization(x, s, s, s, s)", [1, 2], {"s": weights(2)}, 9),
        "is in training mode",
    ),
    "kernel shape of other weights": (
        ("y = Conv<kernel_shape=[1]>(x, w)", [1, 1, 4], {"w": weights(1, 1, 2)}),
        r"\(Conv\): (its kernel_shape|has shape)",
    ),
    "an unknown attribute": (("y = Relu<bound=6>(x)", [1, 2]), "Unrecognized attribute: bound"),
    "rounded values": (("y = Cast<to=7>(x)", [1, 2]), r"\(Cast\): rounds values that depend on the input, .*; export"),
    "a number that does not fit its type": (
        ("c = Cast<to=3>(w) d = Cast<to=1>(c) y = Add(x, d)", [1], {"w": [300]}),
        "casts a number to int8 that does not fit",
    ),
    "data in another file": (
        lambda: changed(external),
        "weight 'w': its data lie in '../../../../etc/passwd', not in a plain file",
    ),
    "huge declared shape": (
        lambda: changed(declared(2**20, 2**20)),
        "not a valid ONNX model .*tensor name: w|weight 'w': a tensor of shape .* exceeds",
    ),
    "declared shape that is not stored": (
        lambda: changed(declared(4, 3)),
        "weight 'w': its stored numbers do not match",
    ),
    "foreign operator": (foreign, "domain 'com.example'"),
    "control flow": (branching, "control flow"),
    "doubling until memory ends": (
        (f"a0 = Identity(x) {DOUBLED} y = Relu(a40)", [4]),
        r"\(Concat\): a tensor of shape .* exceeds",
    ),
    "huge constant": (
        ("k = ConstantOfShape(s) y = Add(x, k)", [1, 2], {"s": ints(2**30, 2**30)}),
        r"\(ConstantOfShape\): a tensor of shape",
    ),
    "huge padding": (("y = Pad(x, p)", [1, 2], {"p": ints(0, 0, 0, 2**40)}), r"\(Pad\): a tensor of shape"),
    "huge broadcast": (
        ("t = Transpose(x) y = Add(x, t)", [1, 100_000]),
        r"\(Add\): a tensor of shape \(100000, 100000\)",
    ),
    "huge stride of a convolution's padding": (
        (f"y = Conv<pads=[{2**40}, 0]>(x, w)", [1, 1, 2], {"w": weights(1, 1, 2)}),
        r"\(Conv\): a tensor of shape",
    ),
    "huge dense layers": (
        ("t = Tile(x, k) u = Abs(t) y = Div(u, c)", [1, 4], {"k": ints(1, 5_000), "c": np.float32([3])}),
        "needs more than 50,000,000 numbers as exact dense layers",
    ),
    "a quantized model": (
        ("q = QuantizeLinear(x, s) y = DequantizeLinear(q, s)", [1, 2], {"s": np.float32([0.5])}),
        r"\(QuantizeLinear\): rounds values, as in quantized models; use the model from before it was quantized",
    ),
    "endless work": (
        ("y = MatMul(x, w)", [4_000, 20], {"w": weights(20, 800)}),
        r"\(MatMul\): needs more than 10,000,000 numbers",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence(tmp_path, name):
    made, match = REFUSED[name]
    if not callable(made):
        *made, opset = made if len(made) == 4 else (*made, 17)
    path = stored(tmp_path, made() if callable(made) else onnx_model(*made, opset=opset))
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


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    path = stored(tmp_path, onnx_model(*DENSE))
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(MissingExtraError, match=r'needs the package onnx: pip install "linregions\[onnx\]"'):
        load(path)
