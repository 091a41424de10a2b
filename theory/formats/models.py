"""Models that are Python objects, read by their attributes without importing their packages.

Of ``torch.nn.Sequential`` a module is recognized by the name of its class and the package that the class comes from.
Only classes of ``torch.nn`` are accepted: a subclass may compute something else.  (A class that
``torch.nn.utils.parametrize`` derived from one, for weight normalization say, computes what its parent does with the
weights it shows.)  Batch normalization and dropout must be in evaluation mode.  Parameters are taken at the exact
dyadic value of their type, and Python numbers such as ``eps`` or ``negative_slope`` at that of their binary64.
Tried with torch 2.13.0.

scikit-learn's ``MLPClassifier`` and ``MLPRegressor`` keep their weights as ``coefs_`` (inputs × units, the transpose of
the convention here) and ``intercepts_``.  A classifier's network is read without the softmax or logistic function that
makes probabilities of its scores, which preserves their order: no region and no decision depends on it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from flint import fmpq

from theory.activations import IDENTITY, RELU, leaky_relu
from theory.errors import InvalidInputError, LinregionsError, UnsupportedError
from theory.exact import from_fmpq, integer
from theory.formats import operators
from theory.formats.operators import Windows, clip, for_each_axis
from theory.formats.tape import Tape, Tensor, exact_entries
from theory.network import Network

_ACTIVATIONS = {"relu": RELU, "identity": IDENTITY}
_OUTPUTS = ("identity", "softmax", "logistic")


def from_sklearn(model: Any) -> Network:
    """The network of a fitted ``MLPClassifier`` or ``MLPRegressor``, every weight at its exact dyadic value.

    The model has ``coefs_``, ``intercepts_`` and ``activation``, which must be ``"relu"`` or ``"identity"``.  For a
    classifier, the network computes the scores before softmax or the logistic function.  Raises UnsupportedError if the
    activation is not piecewise linear, and InvalidInputError if ``model`` is not a perceptron or is not fitted.
    """
    name = type(model).__name__
    if not hasattr(model, "activation") or not hasattr(model, "hidden_layer_sizes"):
        problem = "is not a scikit-learn MLPClassifier or MLPRegressor; of a pipeline pass the last step"
        raise InvalidInputError(f"{name} {problem}")
    if not hasattr(model, "coefs_") or not hasattr(model, "intercepts_"):
        raise InvalidInputError(f"this {name} is not fitted; call fit first")
    if model.activation not in _ACTIVATIONS:
        problem = f"{name}: the activation {model.activation!r} is not piecewise linear"
        raise UnsupportedError(f"{problem}; fit the model with relu or identity")
    if getattr(model, "out_activation_", "identity") not in _OUTPUTS:
        raise UnsupportedError(f"{name}: the output activation {model.out_activation_!r} is not known here")
    pairs = [(np.asarray(w).T, np.asarray(b)) for w, b in zip(model.coefs_, model.intercepts_, strict=True)]
    return Network.from_floats(pairs, activation=_ACTIVATIONS[model.activation])


def from_torch(module: Any, *, input_shape: Sequence[int] | None = None) -> Network:
    """The network of a ``torch.nn.Sequential`` (or a single layer), every weight at its exact dyadic value.

    Modules may be Linear, ReLU, ReLU6, LeakyReLU, PReLU, Hardtanh, Hardsigmoid, Identity, Flatten, Unflatten, Dropout,
    Conv1d, Conv2d, BatchNorm1d, BatchNorm2d, MaxPool, AvgPool, AdaptiveAvgPool, and further Sequentials of these.
    ``input_shape``, that of one input without the batch dimension, such as ``(1, 28, 28)``, is needed unless the first
    layer with weights is Linear.  Raises UnsupportedError if a module is none of these, naming its index (``"2.1"``:
    entry 1 of entry 2), and InvalidInputError if a module is in training mode, or shapes do not fit.
    """
    parts = list(_parts(module, ""))
    shape = _input_shape(parts) if input_shape is None else input_shape
    tape = Tape()
    values = tape.inputs((1, *(integer(n, place="input_shape", minimum=1) for n in shape)))
    for place, part in parts:
        try:
            values = _READERS[_kind(part).__name__](tape, part, values)
        except LinregionsError as error:
            raise type(error)(f"{place}: {error}") from None
        except (ValueError, IndexError, TypeError) as error:
            raise InvalidInputError(f"{place}: values of shape {values.shape[1:]} do not fit ({error})") from None
    return tape.network(values.flat)


def _kind(module: Any) -> type:
    """The class of a module, or the one that a parametrized class was derived from."""
    kind = type(module)
    return kind.__mro__[1] if kind.__name__.startswith("Parametrized") and hasattr(module, "parametrizations") else kind


def _parts(module: Any, index: str) -> Iterator[tuple[str, Any]]:
    """The layers in order, nested Sequentials unfolded, each with its place in words."""
    kind = _kind(module)
    place = f"module {index} ({kind.__name__})" if index else f"the model ({kind.__name__})"
    if not kind.__module__.startswith("torch.nn."):
        raise UnsupportedError(f"{place} is no layer of torch.nn; pass a torch.nn.Sequential of its layers")
    for hooks in ("_forward_hooks", "_forward_pre_hooks"):
        if getattr(module, hooks, None):
            problem = f"{place} has {hooks[1:].replace('_', ' ')}, which may change what it computes; remove them first"
            raise UnsupportedError(f"{problem}, with handle.remove(), or torch.nn.utils.prune.remove after pruning")
    if kind.__name__ == "Sequential":
        for i, child in enumerate(module):
            yield from _parts(child, f"{index}.{i}" if index else str(i))
    elif kind.__name__ not in _READERS:
        known = ", ".join(("Sequential", *_READERS))
        raise UnsupportedError(f"{place} is not read; the modules that are: {known}")
    elif kind.__name__ in _ONLY_IN_EVALUATION and module.training:
        raise InvalidInputError(f"{place} is in training mode; call model.eval() first")
    else:
        yield place, module


def _input_shape(parts: Sequence[tuple[str, Any]]) -> tuple[int]:
    """(in_features,) of a model whose first layer with weights is Linear."""
    for place, part in parts:
        if _kind(part).__name__ == "Linear":
            return (int(part.in_features),)
        if _kind(part).__name__ not in _KEEPS_VECTORS:
            raise InvalidInputError(f"{place} needs the shape of one input; pass input_shape=, such as (1, 28, 28)")
    raise InvalidInputError("the model does not say how many inputs it reads; pass input_shape=, such as (2,)")


def _exact(module: Any, name: str) -> Any:
    """A parameter or number of a module as exact entries; None where it has none."""
    held = getattr(module, name)
    for method in ("detach", "cpu", "double"):  # binary16, bfloat16 and binary32 embed in binary64
        held = getattr(held, method)() if hasattr(held, method) else held
    held = float(held) if isinstance(held, int) else held
    return None if held is None else operators.exact_array(np.asarray(held), place=f"its {name}")


def _reshaped(values: Tensor, first: int, last: int, lengths: Sequence[int]) -> Tensor:
    """The values with axes of these lengths in place of those from the first to the last one."""
    start, end = first % values.ndim, last % values.ndim
    return values.reshape(*values.shape[:start], *lengths, *values.shape[end + 1 :])


def _conv(tape: Tape, module: Any, values: Tensor) -> Tensor:
    weight = _exact(module, "weight")
    space = weight.ndim - 2
    if module.padding_mode != "zeros":
        raise UnsupportedError(f"padding mode {module.padding_mode!r} is not read; use zeros")
    dilations = for_each_axis(module.dilation, space)
    if module.padding == "same":
        pads = operators.same_padding(values.shape[2:], weight.shape[2:], [1] * space, dilations)
    else:
        pads = [(p, p) for p in for_each_axis(0 if module.padding == "valid" else module.padding, space)]
    moving = Windows(weight.shape[2:], for_each_axis(module.stride, space), pads, dilations)
    return operators.conv(tape, values, weight, _exact(module, "bias"), moving, groups=module.groups)


def _batch_norm(_: Tape, module: Any, values: Tensor) -> Tensor:
    mean, variance = _exact(module, "running_mean"), _exact(module, "running_var")
    if mean is None or variance is None:
        raise UnsupportedError("keeps no running statistics, so each batch gives another function")
    scale, shift = _exact(module, "weight"), _exact(module, "bias")
    scale = np.full(mean.shape, fmpq(1), dtype=object) if scale is None else scale
    shift = mean * 0 if shift is None else shift
    return operators.batch_norm(values, scale, shift, mean, variance, _exact(module, "eps").item())


def _windows(module: Any, space: int, dilation: Any = 1) -> Windows:
    kernel = for_each_axis(module.kernel_size, space)
    strides = kernel if module.stride is None else for_each_axis(module.stride, space)
    pads = [(p, p) for p in for_each_axis(module.padding, space)]
    return Windows(kernel, strides, pads, for_each_axis(dilation, space), bool(module.ceil_mode))


def _max_pool(tape: Tape, module: Any, values: Tensor) -> Tensor:
    if module.return_indices:
        raise UnsupportedError("returns indices, which are not piecewise linear")
    return operators.max_pool(tape, values, _windows(module, values.ndim - 2, module.dilation))


def _avg_pool(tape: Tape, module: Any, values: Tensor) -> Tensor:
    if getattr(module, "divisor_override", None) is not None:
        raise UnsupportedError("overrides its divisor, which is not read")
    moving = _windows(module, values.ndim - 2)
    return operators.average_pool(tape, values, moving, count_padding=bool(module.count_include_pad))


def _adaptive_avg_pool(tape: Tape, module: Any, values: Tensor) -> Tensor:
    """Windows of one size, which torch takes if the output divides the input."""
    space = values.shape[2:]
    wanted = [n if m is None else m for n, m in zip(space, for_each_axis(module.output_size, len(space)), strict=True)]
    if any(n % m for n, m in zip(space, wanted, strict=True)):
        raise UnsupportedError(f"makes {wanted} of {list(space)} with windows of several sizes, which is not read")
    kernel = [n // m for n, m in zip(space, wanted, strict=True)]
    return operators.average_pool(tape, values, Windows(kernel, kernel, [(0, 0)] * len(space), [1] * len(space)))


_Reader = Callable[[Tape, Any, Tensor], Tensor]


_READERS: dict[str, _Reader] = {
    "Linear": lambda tape, it, x: operators.dense(tape, x, _exact(it, "weight").T, _exact(it, "bias")),
    "ReLU": lambda tape, _, x: tape.apply(RELU, x),
    "ReLU6": lambda tape, _, x: clip(tape, x, fmpq(0), fmpq(6)),
    "LeakyReLU": lambda tape, it, x: tape.apply(leaky_relu(from_fmpq(_exact(it, "negative_slope").item())), x),
    "PReLU": lambda tape, it, x: operators.prelu(tape, x, _exact(it, "weight").reshape(-1, *[1] * (x.ndim - 2))),
    "Hardtanh": lambda tape, it, x: clip(tape, x, *(_exact(it, end).item() for end in ("min_val", "max_val"))),
    "Hardsigmoid": lambda tape, _, x: exact_entries(clip(tape, x, fmpq(-3), fmpq(3)) * fmpq(1, 6) + fmpq(1, 2)),
    **dict.fromkeys(("Identity", "Dropout", "Dropout1d", "Dropout2d"), lambda _, __, x: x),
    "Flatten": lambda _, it, x: _reshaped(x, it.start_dim, it.end_dim, (-1,)),
    "Unflatten": lambda _, it, x: _reshaped(x, it.dim, it.dim, it.unflattened_size),
    **dict.fromkeys(("Conv1d", "Conv2d"), _conv),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d"), _batch_norm),
    **dict.fromkeys(("MaxPool1d", "MaxPool2d"), _max_pool),
    **dict.fromkeys(("AvgPool1d", "AvgPool2d"), _avg_pool),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveAvgPool2d"), _adaptive_avg_pool),
}
_ONLY_IN_EVALUATION = ("BatchNorm1d", "BatchNorm2d", "Dropout", "Dropout1d", "Dropout2d")
_KEEPS_VECTORS = ("ReLU", "ReLU6", "LeakyReLU", "Hardtanh", "Hardsigmoid", "Identity", "Dropout", "Flatten")
