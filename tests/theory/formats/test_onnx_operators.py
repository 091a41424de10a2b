"""Operators that resample, select and compare, and constants that are folded, against onnx's reference evaluator."""

from fractions import Fraction

import numpy as np
import pytest
from onnx_models import agrees, ints, onnx_model, stored, weights

from theory import RELU
from theory.errors import FileFormatError
from theory.formats import RoundedWarning, load


def scales(*values):
    return np.asarray(values, dtype=np.float32)


CASES = {
    "convolution transposed": ("y = ConvTranspose(x, w, b)", [1, 2, 3, 3], {"w": weights(2, 3, 3, 2), "b": weights(3)}),
    "convolution transposed, with everything": (
        "y = ConvTranspose<strides=[2, 3], pads=[1, 0, 2, 1], output_padding=[1, 2], dilations=[2, 1]>(x, w)",
        [1, 2, 3, 4],
        {"w": weights(2, 2, 3, 3)},
    ),
    "convolution transposed to a shape": (
        "y = ConvTranspose<strides=[3, 2], output_shape=[10, 8]>(x, w)",
        [1, 1, 3, 3],
        {"w": weights(1, 2, 3, 3)},
    ),
    "convolution transposed by strides beyond the kernel": (
        "y = ConvTranspose<strides=[3]>(x, w)",
        [1, 1, 4],
        {"w": weights(1, 1, 2)},
    ),
    "sum of absolute values": ("y = ReduceL1<axes=[2], keepdims=0>(x)", [1, 2, 3], {}),
    "einsum with an ellipsis": (
        'c = Einsum<equation="...ij,jk->...ik">(x, w) y = Einsum<equation="b...,k->bk...">(c, u)',
        [1, 2, 3],
        {"w": weights(3, 2), "u": weights(2)},
    ),
    "cumulative sums": ("y = CumSum<reverse=1, exclusive=1>(x, a)", [2, 3], {"a": np.int64(-1)}),
    "entries replaced": (
        "a = ScatterElements<axis=1>(x, i, u) y = ScatterND(a, j, v)",
        [2, 3],
        {"i": ints(2)[:, None], "u": weights(1, 1), "j": ints(0, 1)[None, :], "v": weights(1)},
    ),
    "soft thresholds": ("y = Shrink<lambd=0.25, bias=0.25>(x)", [2, 3], {}),
    "einsum": ('y = Einsum<equation="bij,i,jk->bk">(x, u, w)', [2, 3, 4], {"u": weights(3), "w": weights(4, 2)}),
    "leaky by a comparison": ("m = Greater(x, z) l = Mul(x, a) y = Where(m, x, l)", [1, 4], {"z": 0, "a": 0.2}),
    "the other way round": ("m = LessOrEqual(x, z) n = Not(m) y = Where(n, x, z)", [1, 4], {"z": 0.5}),
    "times a mask of the input": (
        """
        m = Greater(x, z) c = Cast<to=1>(m) d = Sub(o, c) p = Mul(x, c) q = Mul(x, d) r = Mul(q, a) y = Add(p, r)
        """,
        [1, 4],
        {"z": 0, "o": 1, "a": 0.3},
    ),
    "where with a constant mask": (
        "y = Where(m, x, z)",
        [2, 3],
        {"m": np.array([[True, False, True]]), "z": weights(2, 1)},
    ),
    "depth to space": ('y = DepthToSpace<blocksize=2, mode="CRD">(x)', [1, 8, 2, 3], {}),
    "gather elements": ("y = GatherElements<axis=1>(x, i)", [2, 3], {"i": np.array([[0, 2], [1, 0]])}),
    "reciprocal of constants": ("r = Reciprocal(w) y = Mul(x, r)", [1, 3], {"w": weights(3)}),
    "upper triangle of constants": ("r = Trilu(w) y = MatMul(x, r)", [1, 3], {"w": weights(3, 3)}),
    "shape with a choice": (
        "s = Shape(x) m = Equal(s, o) t = Where(m, n, s) y = Reshape(x, t)",
        [1, 6],
        {"o": ints(1), "n": ints(-1)},
    ),
    "range of indices": (
        "r = Range(a, b, c) y = Gather<axis=1>(x, r)",
        [1, 6],
        {"a": np.int64(1), "b": np.int64(6), "c": np.int64(2)},
    ),
    **{
        f"resize {mode} {coordinates} {rounding} to {size}": (
            f'y = Resize<mode="{mode}", coordinate_transformation_mode="{coordinates}", nearest_mode="{rounding}">'
            "(x, , , z)",
            [1, 1, 4, 6],
            {"z": ints(1, 1, *size)},
        )
        for mode, coordinates, rounding, size in [
            ("nearest", "half_pixel", "round_prefer_floor", (7, 3)),
            ("nearest", "asymmetric", "floor", (2, 9)),
            ("nearest", "pytorch_half_pixel", "ceil", (1, 5)),
            ("nearest", "align_corners", "round_prefer_ceil", (7, 3)),
            ("linear", "half_pixel", "floor", (7, 3)),
            ("linear", "pytorch_half_pixel", "floor", (1, 9)),
            ("linear", "align_corners", "floor", (7, 1)),
            ("linear", "asymmetric", "floor", (2, 5)),
        ]
    },
}


@pytest.mark.parametrize("name", CASES)
def test_the_reference_evaluator_agrees(tmp_path, name):
    agrees(tmp_path, onnx_model(*CASES[name]))


def test_groups_of_a_transposed_convolution_are_transposed_convolutions(tmp_path):
    how, halves = "strides=[2], pads=[2, 1]", {"u": weights(2, 3, 4), "v": weights(2, 3, 4, seed=1), "p": ints(2, 2)}
    together = onnx_model(
        f"y = ConvTranspose<group=2, {how}>(x, w)", [1, 4, 5], {"w": np.concatenate([halves["u"], halves["v"]])}
    )
    apart = f"a, b = Split<axis=1>(x, p) c = ConvTranspose<{how}>(a, u) d = ConvTranspose<{how}>(b, v)"
    made = onnx_model(f"{apart} y = Concat<axis=1>(c, d)", [1, 4, 5], halves)
    assert load(stored(tmp_path, together)) == load(stored(tmp_path, made))


@pytest.mark.parametrize(
    ("nodes", "opset"),
    [
        ('y = Upsample<mode="nearest", scales=[1.0, 1.0, 2.0, 1.5]>(x)', 7),
        ('y = Upsample<mode="nearest">(x, s)', 9),
        ('y = Resize<mode="nearest">(x, s)', 10),
        ('y = Resize<mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor">(x, , s)', 13),
    ],
)
def test_old_ways_of_upsampling_repeat_entries(tmp_path, nodes, opset):
    constants = {} if opset == 7 else {"s": scales(1, 1, 2, 1.5)}
    net = load(stored(tmp_path, onnx_model(nodes, [1, 1, 1, 4], constants, opset=opset)))
    assert net([1, 2, 3, 4]) == (1, 1, 2, 3, 3, 4) * 2


def test_linear_upsampling_before_operator_set_11_is_asymmetric(tmp_path):
    made = onnx_model('y = Upsample<mode="linear">(x, s)', [1, 1, 1, 2], {"s": scales(1, 1, 1, 2)}, opset=9)
    assert load(stored(tmp_path, made))([0, 2]) == (0, 1, 2, 2)


def test_a_selection_is_one_unit_for_each_entry(tmp_path):
    net = load(stored(tmp_path, onnx_model(*CASES["leaky by a comparison"])))
    assert [set(layer.units) for layer in net.layers[:1]] == [{RELU} | set(net.layers[0].units[4:])]
    assert net([-1, 2, 0, -5])[1] == 2
    assert net([-1, 2, 0, -5])[0] == -Fraction(float(np.float32(0.2)))


FOLDED = {
    "square root": ("r = Sqrt(w) y = Div(x, r)", {"w": np.abs(weights(3))}),
    "exponential": ("r = Exp(w) y = Mul(x, r)", {"w": weights(3)}),
    "power": ("r = Pow(w, t) y = Mul(x, r)", {"w": np.abs(weights(3)), "t": -0.5}),
    "batch normalization in parts": (
        "e = Add(v, c) s = Sqrt(e) q = Div(g, s) k = Sub(x, m) l = Mul(k, q) y = Relu(l)",
        {"v": np.abs(weights(3)), "c": 1e-5, "g": weights(3, seed=1), "m": weights(3, seed=2)},
    ),
    "weight normalization": (
        "n = ReduceL2<axes=[1], keepdims=1>(v) u = Div(v, n) w = Mul(u, g) y = Gemm<transB=1>(x, w)",
        {"v": weights(4, 3), "g": weights(4, 1)},
    ),
}


@pytest.mark.parametrize("name", FOLDED)
def test_irrational_constants_are_taken_as_the_float_type_gives_them_and_a_warning_says_so(tmp_path, name):
    nodes, constants = FOLDED[name]
    with pytest.warns(RoundedWarning, match=r"\(1\) of constants: the results are taken at the values"):
        agrees(tmp_path, onnx_model(nodes, [1, 3], constants))


def test_a_rational_root_is_exact(tmp_path):
    net = load(stored(tmp_path, onnx_model("r = Sqrt(w) y = Div(x, r)", [1, 2], {"w": [4, 9]})))
    assert net([1, 1]) == (Fraction(1, 2), Fraction(1, 3))


REFUSED = {
    "branches that do not meet": (
        ("m = Greater(x, z) y = Where(m, x, a)", [1, 2], {"z": 0, "a": 1}),
        r"\(Where\): selects between branches that do not meet",
    ),
    "a step": (("m = Greater(x, z) c = Cast<to=1>(m) y = Add(x, c)", [1, 2], {"z": 0}), r"\(Add\)"),
    "a step at the end": (("m = Greater(x, z) y = Cast<to=1>(m)", [1, 2], {"z": 0}), "ends in a comparison"),
    "a step in a product of matrices": (
        ("m = Greater(x, z) c = Cast<to=1>(m) y = MatMul(c, w)", [1, 2], {"z": 0, "w": weights(2, 2)}),
        "computes with the result of a comparison",
    ),
    "equality": (("m = Equal(x, z) y = Where(m, x, z)", [1, 2], {"z": 0}), "asks whether two values are equal"),
    "cubic": (('y = Resize<mode="cubic">(x, , s)', [1, 1, 2, 2], {"s": scales(1, 1, 2, 2)}), "by the mode 'cubic'"),
    "a scale between": (
        (
            'y = Resize<mode="linear", coordinate_transformation_mode="align_corners">(x, , s)',
            [1, 4],
            {"s": scales(1, 0.6)},
        ),
        "no whole number of entries; give sizes",
    ),
    "huge resizing": (("y = Resize(x, , , z)", [1, 2], {"z": ints(1, 2**40)}), r"\(Resize\): a tensor of shape"),
    "signs": (("s = Sign(x) y = Mul(s, c)", [2], {"c": weights(2)}), r"\(Sign\): is not continuous; .* dynamo=False"),
    "sorting": (("y, i = TopK(x, k)", [3], {"k": ints(2)}), r"\(TopK\): .* or take the tensor before it .*: 'x'"),
    "hard thresholds": (("y = Shrink<lambd=0.25>(x)", [2, 3], {}), r"\(Shrink\): is not continuous"),
    "huge stride": (
        (f"y = ConvTranspose<strides=[{2**40}]>(x, w)", [1, 1, 2], {"w": weights(1, 1, 1)}),
        r"\(ConvTranspose\): a tensor of shape",
    ),
    "huge products": (
        ('y = Einsum<equation="i,j,k,l->">(x, x, x, x)', [3000], {}),
        r"\(Einsum\): a tensor of shape",
    ),
    "two factors of the input": (('y = Einsum<equation="i,i->">(x, x)', [3], {}), r"\(Einsum\): multiplies two values"),
    "padding that takes everything": (
        ("y = Pad(x, p)", [1, 2], {"p": ints(0, -3, 0, 5)}),
        r"\(Pad\): negative padding",
    ),
    "huge range": (
        ("r = Range(a, b, a) y = Gather(x, r)", [4], {"a": np.int64(1), "b": np.int64(2**50)}),
        r"\(Range\): a tensor of shape",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_sentence(tmp_path, name):
    made, match = REFUSED[name]
    with pytest.raises(FileFormatError, match=match):
        load(stored(tmp_path, onnx_model(*made)))


@pytest.mark.parametrize(
    ("nodes", "constants"),
    [
        ("w = DequantizeLinear(q, s, z)", {"s": np.float32(0.1), "z": np.uint8(128)}),
        ("w = DequantizeLinear<axis=1>(q, s, z)", {"s": np.float32([0.1, 0.7, 3e-5]), "z": np.uint8([3, 255, 0])}),
        ("w = DequantizeLinear<axis=-2>(q, s)", {"s": weights(2)}),
    ],
)
def test_weights_stored_as_integers_with_a_scale(tmp_path, nodes, constants):
    """They have the values that onnx computes, in older files too, and a note says so; biases have 32 bits."""
    nodes += " v = MatMul(x, w) c = DequantizeLinear(b, t) y = Add(v, c)"
    constants |= {"q": np.uint8([[0, 255, 3], [7, 128, 9]]), "b": np.int32([2**24 + 1, -5, 0]), "t": np.float32(1e-7)}
    with pytest.warns(RoundedWarning, match=r"DequantizeLinear \(2\) of constants"):
        network = agrees(tmp_path, onnx_model(nodes, [1, 2], constants, opset=19))
    with pytest.warns(RoundedWarning):
        assert load(stored(tmp_path, onnx_model(nodes, [1, 2], constants, opset=13))) == network
