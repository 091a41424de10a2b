"""Keras files, ``.h5`` and ``.keras``: Sequential models of dense, convolutional and pooling layers.

Both hold a configuration as JSON and arrays in HDF5; an ``.h5`` file of weights alone has its configuration beside it,
``NAME.json`` by ``model.to_json()``.  The file may come from a stranger: nothing in it is executed,
links out of the file and data outside it are refused, and sizes are checked before an array is read.

Tried with Keras 3.
"""

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from flint import fmpq

from theory.activations import RELU, leaky_relu
from theory.errors import FileFormatError, HeadWarning, InvalidInputError, LinregionsError, imported, located
from theory.exact import from_fmpq
from theory.formats import operators
from theory.formats.files import MAX_BYTES, printable, read_bytes
from theory.formats.operators import Windows, average_pool, conv, for_each_axis, max_pool, same_padding
from theory.formats.tape import Tape, Tensor
from theory.network import Network

_EXPORT = "write it as ONNX: model.export('model.onnx', format='onnx')"
_HEADS = frozenset({"log_softmax", "sigmoid", "softmax"})
_SAME = frozenset({"ActivityRegularization", "Dropout", "GaussianDropout", "GaussianNoise", "InputLayer"})
_DAMAGED = (
    *(AttributeError, KeyError, IndexError, NotImplementedError, OSError, OverflowError, RecursionError),
    *(RuntimeError, TypeError, ValueError, zipfile.BadZipFile),
)
"""What h5py, json, zipfile and NumPy raise on what is not what it claims to be."""


def load_keras(path: object) -> Network:
    """The Sequential model in a Keras file, every weight at its exact dyadic value.

    A softmax or sigmoid at the end is left out, with a warning, so that the outputs are the scores before it.  Raises
    MissingExtraError if the package h5py is not installed, and FileFormatError if the file is not such a model, naming
    the layer.
    """
    content = read_bytes(str(path))
    h5py = imported("h5py", "keras", "reading Keras files")
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
    except _DAMAGED as error:
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
    values = tape.inputs((1, *_input_shape(config, layers)))
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


def _input_shape(config: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
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
    if kind == "Flatten":
        return values.reshape(1, -1), ""
    if kind == "Reshape":
        return values.reshape(1, *config["target_shape"]), ""
    if kind == "Activation":
        return _activated(tape, config["activation"], values)
    if kind == "Softmax":
        return values, "softmax"
    if kind in ("ReLU", "LeakyReLU"):
        return _rectified(tape, kind, config, values), ""
    if config.get("data_format", "channels_last") != "channels_last":
        raise InvalidInputError(f"has its channels first; {_EXPORT}")
    if kind == "Dense":
        kernel, *bias = arrays()
        result = operators.dense(tape, values, kernel, bias[0] if bias else None)
        return _activated(tape, config.get("activation"), result)
    if kind in ("Conv1D", "Conv2D", "Conv3D"):
        kernel, *bias = arrays()
        space = values.shape[1:-1]
        window = _windows(config, kernel.shape[:-2], space)
        rows = np.moveaxis(kernel, (-1, -2), (0, 1))
        groups = config.get("groups", 1)
        result = conv(tape, np.moveaxis(values, -1, 1), rows, bias[0] if bias else None, window, groups=groups)
        return _activated(tape, config.get("activation"), np.moveaxis(result, 1, -1))
    if kind in ("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D"):
        size = for_each_axis(config["pool_size"], values.ndim - 2)
        window = _windows({**config, "strides": config.get("strides") or size}, size, values.shape[1:-1])
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
    mean, variance = given[-2:]
    one = np.full(mean.shape, fmpq(1), dtype=object)
    scale = given[0] if config.get("scale", True) else one
    shift = given[len(given) - 3] if config.get("center", True) else one * 0
    numbers = scale, shift, mean, variance, _float(config.get("epsilon", 1e-3))
    return np.moveaxis(operators.batch_norm(np.moveaxis(values, -1, 1), *numbers), 1, -1)


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


def _windows(config: Mapping[str, Any], kernel: Sequence[int], space: Sequence[int]) -> Windows:
    strides = for_each_axis(config.get("strides", 1), len(space))
    dilations = for_each_axis(config.get("dilation_rate", 1), len(space))
    padding = config.get("padding", "valid")
    if padding not in ("same", "valid"):
        raise InvalidInputError(f"pads by {printable(str(padding))}, which is not read; {_EXPORT}")
    pads = same_padding(space, kernel, strides, dilations) if padding == "same" else [(0, 0)] * len(space)
    return Windows(kernel, strides, pads, dilations)
