"""torch.nn.Sequential by duck typing: small stand-ins with torch's attributes, and torch itself where it is installed.

The stand-ins are compared with the ONNX loader, which is compared with onnx's reference evaluator: the two descriptions
of one model must give the same network, number for number.
"""

import importlib.util
import warnings
from fractions import Fraction

import numpy as np
import pytest
from onnx_models import ints, onnx_model, stored, weights

from theory import IDENTITY, RELU
from theory.errors import InexactError, InvalidInputError, UnsupportedError
from theory.formats import from_torch, load


class Tensor:
    """The three conversions that a torch tensor offers, in the order in which they are needed."""

    def __init__(self, array, steps=("detach", "cpu", "double")):
        self.array, self.steps = np.asarray(array), steps

    def __getattr__(self, name):
        steps = self.__dict__.get("steps", ())
        if steps and name == steps[0]:
            return lambda: Tensor(self.array, steps[1:])
        raise AttributeError(name)

    def __array__(self, dtype=None, copy=None):
        assert not self.steps, "read before it was detached and converted"
        return self.array.astype(np.float64)


def module(name, training=False, package="torch.nn.modules.layers", **attributes):
    return type(name, (), {"__module__": package, "training": training, **attributes})()


def sequential(*modules):
    kind = type("Sequential", (list,), {"__module__": "torch.nn.modules.container", "training": False})
    return kind(modules)


def linear(rows, columns, bias=True):
    return module(
        "Linear",
        in_features=columns,
        weight=Tensor(weights(rows, columns)),
        bias=Tensor(weights(rows)) if bias else None,
    )


def conv(name, weight, bias=None, **options):
    defaults = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "padding_mode": "zeros"}
    return module(name, weight=Tensor(weight), bias=None if bias is None else Tensor(bias), **(defaults | options))


def norm(name, affine=True):
    scale, shift = (Tensor(weights(2)), Tensor(weights(2, seed=1))) if affine else (None, None)
    return module(
        name,
        weight=scale,
        bias=shift,
        running_mean=Tensor(weights(2, seed=2)),
        running_var=Tensor(np.float32([2, 0.3125])),
        eps=0.25,
    )


SAME_MODEL = {
    "dense": (
        [linear(4, 3), module("ReLU"), module("Dropout"), linear(2, 4, bias=False)],
        "h = Gemm<transB=1>(x, w, b) r = Relu(h) y = Gemm<transB=1>(r, v)",
        (3,),
        {"w": weights(4, 3), "b": weights(4), "v": weights(2, 4)},
    ),
    "activations": (
        [
            module("LeakyReLU", negative_slope=0.25),
            module("Identity"),
            module("ReLU6"),
            module("Hardtanh", min_val=-1.0, max_val=1.0),
            module("PReLU", weight=Tensor(np.float32([0.5]))),
        ],
        "a = LeakyRelu<alpha=0.25>(x) b = Clip(a, zero, six) c = Clip(b, minus, one) y = PRelu(c, half)",
        (3,),
        {"zero": 0, "six": 6, "minus": -1, "one": 1, "half": [0.5]},
    ),
    "convolution 2-D": (
        [
            conv("Conv2d", weights(4, 1, 3, 2), weights(4), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
            module("PReLU", weight=Tensor(np.float32([0.5, 0.25, 0.5, 2]))),
            module(
                "MaxPool2d", kernel_size=2, stride=None, padding=0, dilation=1, ceil_mode=True, return_indices=False
            ),
            module("Flatten", start_dim=1, end_dim=-1),
        ],
        """
        c = Conv<strides=[2, 1], pads=[1, 2, 1, 2], dilations=[1, 2], group=2>(x, w, b) r = PRelu(c, s)
        p = MaxPool<kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1>(r) y = Flatten(p)
        """,
        (2, 5, 6),
        {"w": weights(4, 1, 3, 2), "b": weights(4), "s": np.float32([0.5, 0.25, 0.5, 2]).reshape(4, 1, 1)},
    ),
    "convolution 1-D, same size, normalized": (
        [
            conv("Conv1d", weights(2, 1, 2), padding="same"),
            norm("BatchNorm1d"),
            module("ReLU"),
            module("AvgPool1d", kernel_size=(3,), stride=(1,), padding=(1,), ceil_mode=False, count_include_pad=True),
        ],
        """
        c = Conv<auto_pad="SAME_UPPER">(x, w) n = BatchNormalization<epsilon=0.25>(c, s, b, m, v) r = Relu(n)
        y = AveragePool<kernel_shape=[3], pads=[1, 1], count_include_pad=1>(r)
        """,
        (1, 4),
        {"w": weights(2, 1, 2), "s": weights(2), "b": weights(2, seed=1), "m": weights(2, seed=2), "v": [2, 0.3125]},
    ),
    "images made of vectors, and means of blocks": (
        [
            module("Unflatten", dim=1, unflattened_size=(1, 4, 6)),
            conv("Conv2d", weights(2, 1, 1, 1), weights(2)),
            module("Dropout2d"),
            module("ReLU"),
            module("AdaptiveAvgPool2d", output_size=(2, None)),
            module("AdaptiveAvgPool2d", output_size=1),
        ],
        """
        i = Reshape(x, shape) c = Conv(i, w, b) r = Relu(c) p = AveragePool<kernel_shape=[2, 1], strides=[2, 1]>(r)
        y = GlobalAveragePool(p)
        """,
        (24,),
        {"w": weights(2, 1, 1, 1), "b": weights(2), "shape": ints(1, 1, 4, 6)},
    ),
    "normalization without scale": (
        [norm("BatchNorm2d", affine=False), module("ReLU")],
        "n = BatchNormalization<epsilon=0.25>(x, s, b, m, v) y = Relu(n)",
        (2, 1, 2),
        {"s": [1, 1], "b": [0, 0], "m": weights(2, seed=2), "v": [2, 0.3125]},
    ),
}


@pytest.mark.parametrize("name", SAME_MODEL)
def test_the_module_and_the_onnx_graph_are_one_network(tmp_path, name):
    modules, nodes, shape, constants = SAME_MODEL[name]
    described = load(stored(tmp_path, onnx_model(nodes, [1, *shape], constants)))
    assert from_torch(sequential(*modules), input_shape=shape) == described


def test_dense_layers_are_taken_over_number_for_number():
    net = from_torch(sequential(linear(4, 3), module("ReLU"), sequential(linear(2, 4))))
    assert [layer.units for layer in net.layers] == [(RELU,) * 4, (IDENTITY,) * 2]
    assert net.layers[0].weights == tuple(tuple(Fraction(float(v)) for v in row) for row in weights(4, 3))
    assert net.layers[0].biases == tuple(Fraction(float(v)) for v in weights(4))
    assert from_torch(linear(2, 3)).architecture.sizes == (3,)


def test_a_parametrized_layer_is_read_like_its_parent():
    parent = type(linear(4, 3))
    kind = type("ParametrizedLinear", (parent,), {"__module__": parent.__module__, "parametrizations": {}})
    assert from_torch(sequential(kind(), module("ReLU"))) == from_torch(sequential(linear(4, 3), module("ReLU")))
    fake = type("ParametrizedLinear", (parent,), {"__module__": parent.__module__})
    with pytest.raises(UnsupportedError, match=r"module 0 \(ParametrizedLinear\) is not read"):
        from_torch(sequential(fake()))


def test_python_numbers_are_taken_at_their_binary64():
    net = from_torch(sequential(linear(2, 3), module("LeakyReLU", negative_slope=0.01), linear(1, 2)))
    assert net.layers[0].units[0].slopes[0] == Fraction(0.01) != Fraction(1, 100)


def test_hard_sigmoid_is_the_clamp_of_a_sixth():
    net = from_torch(sequential(module("Hardsigmoid")), input_shape=(1,))
    assert [net([z])[0] for z in (-5, -3, 0, 1, 3, 9)] == [0, 0, Fraction(1, 2), Fraction(2, 3), 1, 1]


REFUSED = {
    "tanh": ((linear(2, 3), module("Tanh")), UnsupportedError, r"module 1 \(Tanh\) is not read; the modules that are"),
    "nested": ((sequential(linear(2, 3), module("GELU")),), UnsupportedError, r"module 0\.1 \(GELU\) is not read"),
    "not from torch": (
        (linear(2, 3), module("ReLU", package="mine.layers")),
        UnsupportedError,
        r"module 1 \(ReLU\) is no layer of torch.nn",
    ),
    "hooks": (
        (module("ReLU", _forward_hooks={0: print}),),
        UnsupportedError,
        r"module 0 \(ReLU\) has forward hooks.*remove",
    ),
    "dropout in training": (
        (linear(2, 3), module("Dropout", training=True)),
        InvalidInputError,
        r"module 1 \(Dropout\) is in training mode; call model.eval\(\) first",
    ),
    "no input shape": (
        (conv("Conv2d", weights(1, 1, 2, 2)),),
        InvalidInputError,
        r"module 0 \(Conv2d\) needs the shape of one input; pass input_shape=",
    ),
    "no shape at all": ((module("ReLU"),), InvalidInputError, "does not say how many inputs"),
    "empty": ((), InvalidInputError, "does not say how many inputs"),
    "widths": ((linear(2, 3), linear(2, 3)), InvalidInputError, r"module 1 \(Linear\): shapes \(1, 2\) and \(3, 2\)"),
    "nan": (
        (module("Linear", in_features=1, weight=Tensor([[np.nan]]), bias=None),),
        InvalidInputError,
        r"module 0 \(Linear\): its weight\[0, 0\] is nan, not a finite number",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_naming_the_index(name):
    modules, error, match = REFUSED[name]
    with pytest.raises(error, match=match):
        from_torch(sequential(*modules))


def test_more_refusals_that_need_an_input_shape():
    reflect = conv("Conv1d", weights(1, 1, 2), padding_mode="reflect")
    with pytest.raises(UnsupportedError, match=r"module 0 \(Conv1d\): padding mode 'reflect'"):
        from_torch(sequential(reflect), input_shape=(1, 4))
    with pytest.raises(InvalidInputError, match=r"kernel of shape \(3,\) does not fit into values of \(2,\)"):
        from_torch(sequential(conv("Conv1d", weights(1, 1, 3))), input_shape=(1, 2))
    with pytest.raises(InvalidInputError, match="groups of 1 input channels"):
        from_torch(sequential(conv("Conv1d", weights(1, 1, 3))), input_shape=(2, 4))
    with pytest.raises(InvalidInputError, match="input_shape: 0 is below"):
        from_torch(sequential(module("ReLU")), input_shape=(0,))
    with pytest.raises(InexactError, match="input_shape"):
        from_torch(sequential(module("ReLU")), input_shape=(1.5,))
    uneven = sequential(module("AdaptiveAvgPool1d", output_size=2))
    with pytest.raises(UnsupportedError, match=r"makes \[2\] of \[5\] with windows of several sizes"):
        from_torch(uneven, input_shape=(1, 5))
    moving = norm("BatchNorm1d")
    type(moving).running_mean = None
    with pytest.raises(UnsupportedError, match="keeps no running statistics"):
        from_torch(sequential(moving), input_shape=(2,))


if importlib.util.find_spec("torch"):

    def test_torch_itself_computes_the_same():
        import torch
        from torch import nn

        torch.manual_seed(0)
        models = [
            (nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 4, bias=False), nn.LeakyReLU(0.1)), (3,)),
            (nn.Sequential(nn.Linear(3, 4), nn.PReLU(4), nn.Hardtanh(-0.5, 2), nn.ReLU6(), nn.Hardsigmoid()), (3,)),
            (nn.Sequential(nn.Flatten(), nn.Linear(6, 3), nn.BatchNorm1d(3), nn.Dropout(0.5), nn.ReLU()), (6,)),
            (
                nn.Sequential(
                    nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
                    nn.BatchNorm2d(4),
                    nn.ReLU(),
                    nn.MaxPool2d(2, ceil_mode=True),
                    nn.AvgPool2d(2, stride=1, padding=1, count_include_pad=False),
                    nn.Flatten(),
                    nn.LazyLinear(3),
                ),
                (2, 5, 6),
            ),
            (nn.Sequential(nn.Conv1d(2, 3, 4, padding="same"), nn.ReLU(), nn.AvgPool1d(2, ceil_mode=True)), (2, 5)),
            (nn.Sequential(nn.Conv1d(1, 2, 3, padding="valid"), nn.MaxPool1d(3, 2, padding=1)), (1, 8)),
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch on uneven padding, and irrational batch normalization
            for model, shape in models:
                model(torch.randn(4, *shape))  # statistics for batch normalization, shapes for lazy layers
                model.eval()
                net = from_torch(model, input_shape=shape)
                for _ in range(6):
                    x = torch.randn(1, *shape)
                    wanted = model(x).detach().numpy().ravel()
                    got = net([Fraction(float(v)) for v in x.numpy().ravel()])
                    np.testing.assert_allclose([float(v) for v in got], wanted, rtol=1e-4, atol=1e-5)

    def test_half_precision_parameters_are_exact():
        import torch

        for kind in (torch.float16, torch.bfloat16, torch.float64):
            layer = torch.nn.Linear(3, 2).to(kind)
            net = from_torch(layer)
            assert [float(v) for v in net.layers[0].weights[1]] == layer.weight[1].tolist()
