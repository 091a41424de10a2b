"""``.nnet``, Keras files and PyTorch state dicts: what is read, and what is refused in a sentence."""

import gzip
import json
import sys
import types
import zipfile
from fractions import Fraction

import numpy as np
import pytest

from theory import RELU
from theory.errors import FileFormatError, MissingExtraError
from theory.formats import HeadWarning, load

NNET = """\
// a network
2, 2, 1, 3,
2, 3, 1,
0
-1, -1,
1, 1,
1, 0.5, 10.0,
2, 4, 3,
1, 0,
0, 1.5,
-1e0, 2.5E-1,
0.1,
-0.5,
0,
1, 2, -3,
0.25
"""


def test_nnet_decimals_and_scaling_are_exact(tmp_path):
    path = tmp_path / "net.nnet"
    path.write_text(NNET)
    net = load(path)
    assert net.architecture.sizes == (2, 3)

    def value(x, y):
        u, v = (x - 1) / Fraction(2), (y - Fraction(1, 2)) / 4
        hidden = [u + Fraction(1, 10), Fraction(3, 2) * v - Fraction(1, 2), v / 4 - u]
        a, b, c = (max(h, 0) for h in hidden)
        return 3 * (a + 2 * b - 3 * c + Fraction(1, 4)) + 10

    for x, y in ((0, 0), (5, 7), (-3, 9), (Fraction(1, 3), -8)):
        assert net([x, y]) == (value(Fraction(x), Fraction(y)),)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("0.1,", "0.1, 2,", "line 12: holds 2 numbers where 1 belong"),
        ("-1e0", "1e99999", "line 11: '1e99999' is not a number"),
        ("-1e0", "nan", "'nan' is not a number"),
        ("2, 4, 3,", "0, 4, 3,", "a range is zero"),
        ("2, 2, 1, 3,", "2, 3, 1, 3,", "widths do not begin and end"),
        ("2, 3, 1,\n", "2, 99999999, 1,\n", "more than the 5,000,000 that are read"),
        ("0.25\n", "", "the file ends too early"),
        ("2, 2, 1, 3,", "2.5, 2, 1, 3,", "no integers where counts belong"),
        ("// a", "// \x80", "is no plain text"),
    ],
)
def test_nnet_files_that_are_none(tmp_path, old, new, match):
    path = tmp_path / "net.nnet"
    path.write_bytes(NNET.replace(old, new, 1).encode("latin-1"))
    with pytest.raises(FileFormatError, match=match):
        load(path)


def keras_file(path, layers, arrays, **changes):
    h5py = pytest.importorskip("h5py", reason="h5py comes with the extra keras")
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": layers}, **changes}
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        for name, values in arrays.items():
            group = file.create_group(f"model_weights/{name}")
            group.attrs["weight_names"] = [f"{i}".encode() for i in range(len(values))]
            for i, value in enumerate(values):
                group[f"{i}"] = value
    return path


def layer(kind, name="a", **config):
    return {"class_name": kind, "config": {"name": name, **config}}


INPUT = layer("InputLayer", batch_shape=[None, 2])
KERNEL = np.array([[1, -1], [2, 0.5]], dtype=np.float32)


def test_a_keras_model_and_its_head(tmp_path):
    layers = [
        INPUT,
        layer("Dense", "d", activation="relu"),
        layer("Dropout", "o"),
        layer("Dense", "e", activation="softmax"),
    ]
    path = keras_file(tmp_path / "m.h5", layers, {"d": [KERNEL, np.array([0, 1.0])], "e": [KERNEL.T]})
    with pytest.warns(HeadWarning, match="softmax at the end left out"):
        net = load(path)
    assert net.layers[0].units == (RELU, RELU)
    assert net([1, 1]) == (Fraction(5, 2), Fraction(25, 4))


@pytest.mark.parametrize("name", ["m", "m.bin", "m.h5.gz", "m.gz"])
@pytest.mark.parametrize("kind", ["keras", "nnet"])
def test_files_are_known_by_what_they_begin_with(tmp_path, name, kind):
    path = tmp_path / "original.nnet"
    path.write_text(NNET)
    if kind == "keras":
        path = keras_file(tmp_path / "original.h5", [INPUT, layer("Dense", "d")], {"d": [KERNEL, np.array([0, 1.0])]})
    other = tmp_path / (name if kind == "keras" else name.replace("h5", "nnet"))
    other.write_bytes(gzip.compress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes())
    assert load(other) == load(path)


@pytest.mark.parametrize("name", ["none.h5", "none.keras", "none.pt"])
def test_a_missing_file_is_named_before_a_missing_package(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FileFormatError, match=r"cannot be read \(no such file or directory\); check the path"):
        load(tmp_path / name)


def test_keras_values_have_their_channels_last(tmp_path):
    layers = [
        layer("InputLayer", batch_shape=[None, 1, 3, 2]),
        layer("Conv2D", "c", strides=[1, 2], padding="same", activation="relu"),
        layer("MaxPooling2D", "p", pool_size=[1, 2], strides=None, padding="valid"),
        layer("Flatten", "f"),
    ]
    kernel = np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2)
    net = load(keras_file(tmp_path / "m.h5", layers, {"c": [kernel, np.array([0, -400.0])]}))
    x = np.array([1, 2, 3, 4, 5, 6])
    padded = np.array([0, 0, *x, 0, 0]).reshape(5, 2)
    at = [np.add(sum(padded[2 * i + j] @ kernel[0, j] for j in range(3)), [0, -400]) for i in range(2)]
    assert [float(v) for v in net(x.tolist())] == np.maximum(at, 0).max(axis=0).tolist()


def test_keras_weights_alone_have_their_model_beside_them(tmp_path):
    layers = [layer("Dense", "d", activation="relu", batch_input_shape=[None, 2]), layer("Dense", "e")]
    path = keras_file(tmp_path / "m.h5", layers, {"d": [KERNEL, np.array([0, 1.0])], "e": [KERNEL.T]})
    whole = load(path)
    with pytest.importorskip("h5py").File(path, "a") as file:
        config = file.attrs.pop("model_config")
        for name in list(file["model_weights"]):
            file.move(f"model_weights/{name}", name)
        del file["model_weights"]
    with pytest.raises(FileFormatError, match=r"holds weights without their model; write model.to_json\(\) to m.json"):
        load(path)
    (tmp_path / "m.json").write_text(config)
    assert load(path) == whole


def stored_as(put):
    """A file whose kernel is put into its group in another way."""

    def made(path):
        keras_file(path, [INPUT, layer("Dense", "d")], {"d": [KERNEL]})
        with pytest.importorskip("h5py").File(path, "a") as file:
            del file["model_weights/d/0"]
            put(file["model_weights/d"])
        return path

    return made


def link(group):
    group["0"] = pytest.importorskip("h5py").ExternalLink("/etc/passwd", "/x")


KERAS_REFUSED = {
    "a link out of the file": (stored_as(link), "is not in the file itself"),
    "numbers outside the file": (
        stored_as(lambda group: group.create_dataset("0", (2, 2), "f4", external=[("/etc/passwd", 0, 16)])),
        "lie outside the file",
    ),
    "a huge array": (
        stored_as(lambda group: group.create_dataset("0", (2**20, 2**20), "f4", chunks=(1024, 1024))),
        "a tensor of shape",
    ),
    "no Sequential": (
        lambda p: keras_file(p, [INPUT], {}, class_name="Functional"),
        "holds a Functional model, not a Sequential one; write it as ONNX",
    ),
    "text for numbers": (
        lambda p: keras_file(p, [INPUT, layer("Dense", "d")], {"d": [["a", "b"]]}),
        "holds no numbers",
    ),
    "an unknown layer": (lambda p: keras_file(p, [INPUT, layer("LSTM")], {}), r"layer 2 \(LSTM\): is not among"),
    "an open shape": (
        lambda p: keras_file(p, [layer("InputLayer", batch_shape=[None, None, 3])], {}),
        "its input shape .* is not fixed",
    ),
    "a curved activation": (
        lambda p: keras_file(p, [INPUT, layer("Activation", activation="tanh")], {}),
        r"layer 2 \(Activation\): its activation tanh is not read",
    ),
    "a head in the middle": (
        lambda p: keras_file(p, [INPUT, layer("Softmax"), layer("ReLU", "r")], {}),
        "softmax is not piecewise linear",
    ),
    "missing weights": (lambda p: keras_file(p, [INPUT, layer("Dense")], {}), "not a Keras model as it is read"),
}


@pytest.mark.parametrize("name", KERAS_REFUSED)
def test_keras_files_are_refused_with_one_sentence(tmp_path, name):
    make, match = KERAS_REFUSED[name]
    with pytest.raises(FileFormatError, match=match):
        load(make(tmp_path / "m.h5"))


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_bytes_that_are_no_keras_file(tmp_path, suffix, monkeypatch):
    path = tmp_path / f"m{suffix}"
    path.write_bytes(b"PK\x03\x04 not a zip")
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r'pip install "linregions\[keras\]"'):
        load(path)
    monkeypatch.undo()
    pytest.importorskip("h5py")
    for content in (b"PK\x03\x04 not a zip", b"\x89HDF\r\n\x1a\n" + bytes(100), b"{}"):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match="not a Keras model as it is read"):
            load(path)


class Tensor:
    """As much of a torch tensor as the reader asks for."""

    def __init__(self, values, floating=True):
        self.values, self.floating = np.asarray(values, dtype=float), floating

    def is_floating_point(self):
        return self.floating

    def numel(self):
        return self.values.size

    def detach(self):
        return self

    double = detach

    def numpy(self):
        return self.values


def torch_that_holds(monkeypatch, held):
    def read(stream, *, map_location, weights_only):
        assert (stream.read(), map_location, weights_only) == (b"PK", "cpu", True)
        if isinstance(held, Exception):
            raise held
        return held

    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(load=read, Tensor=Tensor))


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_state_dict_is_read_by_torch_without_executing_it(tmp_path, monkeypatch, wrapped):
    path = tmp_path / "m.pt"
    path.write_bytes(b"PK")
    arrays = {"0.weight": Tensor([[1, 2]]), "0.bias": Tensor([0.5]), "2.weight": Tensor([[3]]), "2.bias": Tensor([0])}
    torch_that_holds(monkeypatch, {"state_dict": arrays, "epoch": 3} if wrapped else arrays)
    assert load(path)([1, 1]) == (Fraction(21, 2),)


@pytest.mark.parametrize(
    ("member", "match"),
    [("m/data.pkl", "install torch, which reads weights alone"), ("metadata.json", "needs the package h5py")],
)
def test_archives_are_told_apart_by_their_first_member(tmp_path, monkeypatch, member, match):
    path = tmp_path / "m.ckpt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, b"")
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises((FileFormatError, MissingExtraError), match=match):
        load(path)


@pytest.mark.parametrize(
    ("held", "match"),
    [
        (
            RuntimeError("Weights only load failed. To go on you have two options"),
            r"holds more than tensors \(Weights only load failed\); save its weights",
        ),
        ([1], "does not hold named tensors"),
        ({"0.weight": Tensor([[1]], floating=False)}, "does not hold named tensors of floating-point"),
        ({"0.weight": Tensor(np.broadcast_to(0.0, (3000, 3000)))}, "holds more than 5,000,000 numbers"),
    ],
)
def test_torch_files_that_hold_something_else(tmp_path, monkeypatch, held, match):
    path = tmp_path / "m.pth"
    path.write_bytes(b"PK")
    torch_that_holds(monkeypatch, held)
    with pytest.raises(FileFormatError, match=match):
        load(path)


def test_without_torch_its_files_are_not_opened(tmp_path, monkeypatch):
    path = tmp_path / "m.pt"
    path.write_bytes(b"PK")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(
        FileFormatError, match="can execute code when opened; install torch, which reads weights alone, or"
    ):
        load(path)
