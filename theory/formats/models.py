"""Models layer by layer: Keras files, and Python objects of torch and scikit-learn, whose packages are not imported.

*Keras.*  A file, ``.h5`` or ``.keras``, holds a configuration as JSON and arrays in HDF5; an ``.h5`` file of weights
alone has its configuration beside it, ``NAME.json`` by ``model.to_json()``.  The file may come from a stranger: nothing
in it is executed, links out of the file and data outside it are refused, and sizes are checked before an array is read.

*torch.*  A module is recognized by the name of its class and the package that the class comes from.  Only classes of
``torch.nn`` are accepted: a subclass may compute something else.  (A class that ``torch.nn.utils.parametrize`` derived
from one, for weight normalization say, computes what its parent does with the weights it shows.)  Parameters are taken
at the exact dyadic value of their type, and Python numbers such as ``eps`` at that of their binary64.

*scikit-learn.*  ``MLPClassifier`` and ``MLPRegressor`` keep their weights as ``coefs_`` (inputs × units, the transpose
of the convention here) and ``intercepts_``.

Tried with Keras 3 and torch 2.13.0.
"""

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from flint import fmpq

from theory import errors
from theory.activations import IDENTITY, RELU, leaky_relu
from theory.errors import FileFormatError, HeadWarning, InvalidInputError, LinregionsError, UnsupportedError, located
from theory.exact import from_fmpq, integer
from theory.formats import operators
from theory.formats.files import MAX_BYTES, printable, read_bytes
from theory.formats.operators import Windows, average_pool, clip, conv, for_each_axis, max_pool, same_padding
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


def _windows(space: Sequence[int], kernel: Any, strides: Any, padding: Any = 0, dilation: Any = 1) -> Windows:
    """How windows of this size move over ``space``; one number is meant for each of its axes."""
    size, steps, dilations = (for_each_axis(numbers, len(space)) for numbers in (kernel, strides, dilation))
    if padding == "same":
        return Windows(size, steps, same_padding(space, size, steps, dilations), dilations)
    pads = [(p, p) for p in for_each_axis(0 if padding == "valid" else padding, len(space))]
    return Windows(size, steps, pads, dilations)


def _conv(tape: Tape, module: Any, values: Tensor) -> Tensor:
    weight = _exact(module, "weight")
    if module.padding_mode != "zeros":
        raise UnsupportedError(f"padding mode {module.padding_mode!r} is not read; use zeros")
    window = _windows(values.shape[2:], weight.shape[2:], module.stride, module.padding, module.dilation)
    return conv(tape, values, weight, _exact(module, "bias"), window, groups=module.groups)


def _batch_norm(_: Tape, module: Any, values: Tensor) -> Tensor:
    mean, variance = _exact(module, "running_mean"), _exact(module, "running_var")
    if mean is None or variance is None:
        raise UnsupportedError("keeps no running statistics, so each batch gives another function")
    scale, shift = _exact(module, "weight"), _exact(module, "bias")
    return operators.batch_norm(values, scale, shift, mean, variance, _exact(module, "eps").item())


def _pool(tape: Tape, module: Any, values: Tensor) -> Tensor:
    if getattr(module, "return_indices", False):
        raise UnsupportedError("returns indices, which are not piecewise linear")
    if getattr(module, "divisor_override", None) is not None:
        raise UnsupportedError("overrides its divisor, which is not read")
    strides = module.kernel_size if module.stride is None else module.stride
    dilation = getattr(module, "dilation", 1)
    window = _windows(values.shape[2:], module.kernel_size, strides, module.padding, dilation)
    window = replace(window, ceil_mode=bool(module.ceil_mode))
    if _kind(module).__name__.startswith("Max"):
        return max_pool(tape, values, window)
    return average_pool(tape, values, window, count_padding=bool(module.count_include_pad))


def _adaptive_avg_pool(tape: Tape, module: Any, values: Tensor) -> Tensor:
    """Windows of one size, which torch takes if the output divides the input."""
    space = values.shape[2:]
    wanted = [n if m is None else m for n, m in zip(space, for_each_axis(module.output_size, len(space)), strict=True)]
    if any(n % m for n, m in zip(space, wanted, strict=True)):
        raise UnsupportedError(f"makes {wanted} of {list(space)} with windows of several sizes, which is not read")
    kernel = [n // m for n, m in zip(space, wanted, strict=True)]
    return average_pool(tape, values, _windows(space, kernel, kernel))


_READERS: dict[str, Callable[[Tape, Any, Tensor], Tensor]] = {
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
    **dict.fromkeys(("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"), _pool),
    **dict.fromkeys(("AdaptiveAvgPool1d", "AdaptiveAvgPool2d"), _adaptive_avg_pool),
}
_ONLY_IN_EVALUATION = ("BatchNorm1d", "BatchNorm2d", "Dropout", "Dropout1d", "Dropout2d")
_KEEPS_VECTORS = ("ReLU", "ReLU6", "LeakyReLU", "Hardtanh", "Hardsigmoid", "Identity", "Dropout", "Flatten")


_EXPORT = "write it as ONNX: model.export('model.onnx', format='onnx')"
_HEADS = frozenset({"log_softmax", "sigmoid", "softmax"})
_SAME = frozenset({"ActivityRegularization", "Dropout", "GaussianDropout", "GaussianNoise", "InputLayer"})
_BROKEN = (AttributeError, LookupError, OSError, OverflowError, RuntimeError, TypeError, ValueError, zipfile.BadZipFile)
"""What h5py, json, zipfile and NumPy raise on what is not what it claims to be."""


def load_keras(path: object) -> Network:
    """The Sequential model in a Keras file, every weight at its exact dyadic value.

    A softmax or sigmoid at the end is left out, with a warning, so that the outputs are the scores before it.  Raises
    MissingExtraError if h5py is not installed, and FileFormatError if the file is not such a model, naming the layer.
    """
    content = read_bytes(str(path))
    h5py = errors.imported("h5py", "keras", "reading Keras files")
    try:
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                config = json.loads(_member(archive, "config.json"))
                file = h5py.File(io.BytesIO(_member(archive, "model.weights.h5")), "r")
            arrays: Callable[[Any, Mapping[str, Any], int], list[Tensor]] = _arrays_of_zip
        else:
            file = h5py.File(io.BytesIO(content), "r")
            held, beside = file.attrs.get("model_config"), Path(str(path)).with_suffix(".json")
            if held is None and not beside.is_file():
                problem = f"holds weights without their model; write model.to_json() to {printable(beside.name)}"
                raise InvalidInputError(f"{problem} beside it, or save the model: model.save('model.h5')")
            config = json.loads(read_bytes(beside) if held is None else held)
            arrays = _arrays_of_h5
        if config["class_name"] != "Sequential":
            raise InvalidInputError(f"holds a {printable(config['class_name'])} model, not a Sequential one; {_EXPORT}")
        return _network(path, config, lambda layer, number: arrays(file, layer, number))
    except LinregionsError as error:
        raise error if isinstance(error, FileFormatError) else FileFormatError(path, "", str(error)) from None
    except _BROKEN as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:150]
        raise FileFormatError(path, "", f"is not a Keras model as it is read here ({reason}); {_EXPORT}") from None


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InvalidInputError(f"{name} is larger than {MAX_BYTES:,} bytes, the most that is read")
    return content


def _array(group: Any, name: str) -> Tensor:
    """A dataset inside the file, after its size has been found reasonable."""
    import h5py

    for part in name.split("/"):
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise InvalidInputError(f"{printable(name)!r} is not in the file itself; save the model again")
        group = group[part]
    if group.external or group.is_virtual:
        raise InvalidInputError(f"the numbers of {printable(name)!r} lie outside the file; save the model again")
    if group.dtype.kind not in "fiu":
        raise InvalidInputError(f"{printable(name)!r} holds no numbers; save the model again")
    operators.check_size(group.shape)
    return operators.exact_array(group[()], place=printable(name))


def _arrays_of_h5(file: Any, layer: Mapping[str, Any], _: int) -> list[Tensor]:
    group = file.get("model_weights", file)
    name = layer["config"]["name"]
    if not isinstance(name, str) or "/" in name or name not in group:
        return []
    names = [text.decode() if isinstance(text, bytes) else text for text in group[name].attrs["weight_names"]]
    return [_array(group, f"{name}/{text}") for text in names]


def _arrays_of_zip(file: Any, layer: Mapping[str, Any], number: int) -> list[Tensor]:
    kind = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", layer["class_name"])
    kind = re.sub("([a-z])([A-Z])", r"\1_\2", kind).lower()
    name = f"layers/{kind}_{number}/vars" if number else f"layers/{kind}/vars"
    return [_array(file, f"{name}/{i}") for i in range(len(file[name]))] if name in file else []


def _network(
    path: object, config: Mapping[str, Any], arrays: Callable[[Mapping[str, Any], int], list[Tensor]]
) -> Network:
    layers = config["config"]["layers"]
    tape = Tape()
    values = tape.inputs((1, *_keras_shape(config, layers)))
    seen: dict[str, int] = {}
    for i, layer in enumerate(layers, start=1):
        kind = layer["class_name"]
        number = seen.get(kind, 0)
        seen[kind] = number + 1
        place = f"layer {i} ({printable(kind)})"
        last = all(after["class_name"] in _SAME for after in layers[i:])
        with located(path, place):
            values, head = _applied(tape, kind, layer["config"], values, lambda: arrays(layer, number))  # noqa: B023
        if head and not last:
            raise FileFormatError(path, place, f"{head} is not piecewise linear; use relu, or cut the model before it")
        if head:
            words = f"{path}: {head} at the end left out: the outputs are the scores before"
            warnings.warn(words, HeadWarning, stacklevel=4)
    return tape.network(values.flat)


def _keras_shape(config: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    first = layers[0]["config"]
    build = config.get("build_config") or {}
    found = first.get("batch_shape") or first.get("batch_input_shape") or build.get("input_shape")
    found = found or config["config"].get("build_input_shape")
    if not found or any(not isinstance(n, int) for n in found[1:]):
        raise InvalidInputError(f"its input shape {found} is not fixed; build the model with keras.Input")
    return tuple(found[1:])


def _float(value: Any) -> fmpq:
    """A number of the configuration as the layers compute with it."""
    return fmpq(*float(np.float32(value)).as_integer_ratio())


def _applied(
    tape: Tape, kind: str, config: Mapping[str, Any], values: Tensor, arrays: Callable[[], list[Tensor]]
) -> tuple[Tensor, str]:
    """What a layer makes of values, channels last, and the head that was left out."""
    if kind in _SAME or kind.startswith("SpatialDropout"):
        return values, ""
    if kind in ("Flatten", "Reshape"):
        return values.reshape(1, *(config["target_shape"] if kind == "Reshape" else [-1])), ""
    if kind in ("Activation", "Softmax"):
        return _activated(tape, "softmax" if kind == "Softmax" else config["activation"], values)
    if kind in ("ReLU", "LeakyReLU"):
        return _rectified(tape, kind, config, values), ""
    if config.get("data_format", "channels_last") != "channels_last":
        raise InvalidInputError(f"has its channels first; {_EXPORT}")
    space, padding = values.shape[1:-1], config.get("padding", "valid")
    if padding not in ("same", "valid"):
        raise InvalidInputError(f"pads by {printable(str(padding))}, which is not read; {_EXPORT}")
    if kind in ("Dense", "Conv1D", "Conv2D", "Conv3D"):
        kernel, *biases = arrays()
        bias = biases[0] if biases else None
        if kind == "Dense":
            return _activated(tape, config.get("activation"), operators.dense(tape, values, kernel, bias))
        strides, dilation = config.get("strides", 1), config.get("dilation_rate", 1)
        window = _windows(space, kernel.shape[:-2], strides, padding, dilation)
        rows = np.moveaxis(kernel, (-1, -2), (0, 1))
        result = conv(tape, np.moveaxis(values, -1, 1), rows, bias, window, groups=config.get("groups", 1))
        return _activated(tape, config.get("activation"), np.moveaxis(result, 1, -1))
    if kind in ("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"):
        size = config["pool_size"]
        window = _windows(space, size, config.get("strides") or size, padding)
        pool = max_pool if kind.startswith("Max") else average_pool
        return np.moveaxis(pool(tape, np.moveaxis(values, -1, 1), window), 1, -1), ""
    if kind.startswith(("GlobalMaxPooling", "GlobalAveragePooling")):
        fold = partial(operators.maximum, tape) if kind.startswith("GlobalMax") else operators.mean
        return operators.folded(values, range(1, values.ndim - 1), fold, keep=config.get("keepdims", False)), ""
    if kind == "BatchNormalization":
        return _normalized(config, values, arrays()), ""
    raise InvalidInputError(f"is not among the layers that are read; {_EXPORT}")


def _normalized(config: Mapping[str, Any], values: Tensor, given: list[Tensor]) -> Tensor:
    axis = config.get("axis", -1)
    if (axis[0] if isinstance(axis, list) else axis) not in (-1, values.ndim - 1):
        raise InvalidInputError(f"normalizes along another axis than the last; {_EXPORT}")
    scale = given[0] if config.get("scale", True) else None
    shift = given[len(given) - 3] if config.get("center", True) else None
    mean, variance, epsilon = *given[-2:], _float(config.get("epsilon", 1e-3))
    result = operators.batch_norm(np.moveaxis(values, -1, 1), scale, shift, mean, variance, epsilon)
    return np.moveaxis(result, 1, -1)


def _rectified(tape: Tape, kind: str, config: Mapping[str, Any], values: Tensor) -> Tensor:
    if config.get("threshold"):
        raise InvalidInputError(f"has a threshold, where it jumps; {_EXPORT}")
    slope = config.get("negative_slope", config.get("alpha", 0 if kind == "ReLU" else 0.3))
    top = config.get("max_value")
    if top is None:
        return tape.apply(leaky_relu(from_fmpq(_float(slope))), values) if slope else tape.apply(RELU, values)
    if slope:
        raise InvalidInputError(f"has both a slope and a maximum; {_EXPORT}")
    return operators.clip(tape, values, fmpq(0), _float(top))


def _activated(tape: Tape, name: Any, values: Tensor) -> tuple[Tensor, str]:
    if name in (None, "linear"):
        return values, ""
    if name in _HEADS:
        return values, str(name)
    if name in ("relu", "leaky_relu"):
        return _rectified(tape, "ReLU", {"negative_slope": 0 if name == "relu" else 0.2}, values), ""
    if name == "relu6":
        return operators.clip(tape, values, fmpq(0), fmpq(6)), ""
    raise InvalidInputError(f"its activation {printable(str(name))} is not read; use relu, leaky_relu or linear")
