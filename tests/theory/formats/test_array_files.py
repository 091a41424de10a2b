"""Bags of arrays (.npz, safetensors), fitted scikit-learn perceptrons, and the trained network that ships."""

import io
import json
import struct
import sys
import warnings
import zipfile
from fractions import Fraction

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor

from theory import IDENTITY, RELU, Network
from theory.data import DIGITS, IMAGES, digit_images, digits
from theory.errors import FileFormatError, InvalidInputError, MissingExtraError, UnsupportedError
from theory.formats import from_sklearn, load, tensors


def weights(*shape, dtype=np.float32):
    return np.random.default_rng(shape).normal(size=shape).astype(dtype)


def exactly(array):
    return tuple(tuple(Fraction(float(v)) for v in row) for row in array)


def arrays(dtype=np.float32):
    return {
        "W0": weights(4, 3, dtype=dtype),
        "b0": weights(4, dtype=dtype),
        "W1": weights(2, 4, dtype=dtype),
        "b1": weights(2, dtype=dtype),
    }


def npz(tmp_path, **content):
    path = tmp_path / "net.npz"
    np.savez(path, **content)
    return path


# --- npz -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, ">f8", ">f4"])
def test_npz_weights_are_exact(tmp_path, dtype):
    made = arrays(dtype)
    net = load(npz(tmp_path, **made))
    assert [layer.units for layer in net.layers] == [(RELU,) * 4, (IDENTITY,) * 2]
    assert [layer.weights for layer in net.layers] == [exactly(made["W0"]), exactly(made["W1"])]
    assert net.layers[1].biases == tuple(Fraction(float(v)) for v in made["b1"])


def test_npz_in_other_layouts(tmp_path):
    plain = load(npz(tmp_path, **arrays()))
    made = arrays()
    made["W0"] = np.asfortranarray(made["W0"])
    np.savez_compressed(tmp_path / "net.npz", **made)
    assert load(tmp_path / "net.npz") == plain
    assert load(npz(tmp_path, **{f"{k[0]}{int(k[1:]) + 1}": v for k, v in arrays().items()})) == plain
    integers = load(npz(tmp_path, W0=[[1, -2]], b0=[3]))
    assert integers == Network.relu([([[1, -2]], [3])])


def test_layers_are_ordered_by_number_not_by_letter(tmp_path):
    made = {}
    for i in range(12):
        made[f"W{i}"], made[f"b{i}"] = np.full((1, 1), float(i)), np.zeros(1)
    assert [layer.weights[0][0] for layer in load(npz(tmp_path, **made)).layers] == list(range(12))


def transposed():
    made = arrays()
    return made | {"W1": made["W1"].T}


NPZ = {
    "nothing": ({}, "holds no arrays; store W0, b0, W1, b1"),
    "no bias": ({"W0": weights(1, 2)}, "the array b0 is missing"),
    "a gap": ({"W0": weights(1, 2), "b0": weights(1), "W2": weights(1, 1), "b2": weights(1)}, "numbered 0, 2; number"),
    "starts late": ({"W2": weights(1, 2), "b2": weights(1)}, "has arrays numbered 2; number the layers 0, 1, 2"),
    "other names": ({"kernel": weights(1, 2), "bias": weights(1)}, "bias: is neither W0, b0"),
    "vector as weights": ({"W0": weights(2), "b0": weights(1)}, "W0: has shape (2,) but a dense layer needs"),
    "bias of another length": ({"W0": weights(1, 2), "b0": weights(2)}, "b0: has shape (2,) but W0 has 1 rows"),
    "transposed": (
        transposed(),
        "b1: has shape (2,) but W1 has 4 rows; weights are stored as (rows, inputs)",
    ),
    "widths that do not fit": (arrays() | {"W1": weights(2, 3)}, "W1: reads 3 values but the layer before has 4 units"),
    "nan": (arrays() | {"b1": np.array([0, np.nan])}, "layer 2, biases, row 2: nan is not a finite number"),
    "infinity": (
        {"W0": np.array([[1, 2], [3, -np.inf]]), "b0": np.zeros(2)},
        "layer 1, weights, row 2, column 2: -inf is not a finite number",
    ),
    "complex": ({"W0": np.ones((1, 1), dtype=complex), "b0": np.zeros(1)}, "W0: has entries of type complex128"),
    "text": ({"W0": np.array([["1"]]), "b0": np.zeros(1)}, "W0: has entries of type <U1"),
}


@pytest.mark.parametrize(("content", "message"), NPZ.values(), ids=NPZ)
def test_npz_refusals(tmp_path, content, message):
    assert_refused(npz(tmp_path, **content), message)


def assert_refused(path, message):
    with pytest.raises(FileFormatError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("the file was unpickled",)


def test_npz_never_unpickles(tmp_path):
    with pytest.raises(FileFormatError, match=r"W0: is not a readable array \(Object arrays cannot be loaded"):
        load(npz(tmp_path, W0=np.array([[Bomb()]], dtype=object), b0=np.zeros(1)))


def npy(header, data=b"", version=b"\x01\x00"):
    """One .npy file with a header of our own making."""
    text = header.encode() + b" " * 16 + b"\n"
    length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(text))
    return b"\x93NUMPY" + version + length + text + data


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as archive:
        warnings.simplefilter("ignore", UserWarning)  # a name given twice, on purpose
        for name, content in members:
            archive.writestr(name, content)
    return path


def header(shape, descr="'<f8'"):
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}"


HEADERS = {
    "a huge shape": (npy(header("(1099511627776, 8)")), "is not a readable array"),
    "a negative shape": (npy(header("(-1, 1)"), b"\0" * 8), "is not a readable array"),
    "two negative lengths": (npy(header("(-1, -1)"), b"\0" * 8), "is not a readable array"),
    "a shape of words": (npy(header("('a',)")), r"is not a readable array \(shape is not valid"),
    "a call in the header": (npy("__import__('os').abort()"), r"is not a readable array \(malformed"),
    "missing bytes": (npy(header("(2, 1)"), b"\0" * 8), r"is not a readable array \(EOF: .* expected 16 bytes got 8\)"),
    "a structured type": (npy(header("(1, 1)", "[('a', '<f8')]"), b"\0" * 8), "has entries of type"),
    "an object type": (npy(header("(1, 1)", "'|O'"), b"\x80\x04N."), r"is not a readable array \(Object arrays cannot"),
    "no array at all": (b"hello", "is not a NumPy array"),
    "an unknown version": (npy("{}", version=b"\x09\x00"), "is not a readable array"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_npz_members_that_lie(tmp_path, name):
    content, message = HEADERS[name]
    path = zipped(tmp_path / "net.npz", [("W0.npy", content), ("b0.npy", content)])
    with pytest.raises(FileFormatError, match=f"W0: .*{message}"):
        load(path)


def test_npz_bombs_are_refused_before_they_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(tensors, "_MAX_UNPACKED", 10_000)
    monkeypatch.setattr(tensors, "_MOST_PACKED", 1)
    zeros = io.BytesIO()
    np.save(zeros, np.zeros((100, 100)))
    path = zipped(tmp_path / "net.npz", [("W0.npy", zeros.getvalue())])
    assert path.stat().st_size < 1000
    with pytest.raises(FileFormatError, match="unpacks to more than 10,000 bytes"):
        load(path)
    content = bytearray(path.read_bytes())  # now the directory lies about the unpacked size
    for at in (content.index(b"PK\x01\x02") + 24, 22):
        content[at : at + 4] = struct.pack("<I", 100)
    path.write_bytes(bytes(content))
    with pytest.raises(FileFormatError, match=r"net\.npz: "):
        load(path)


def test_archives_that_are_none(tmp_path):
    path = tmp_path / "net.npz"
    whole = npz(tmp_path, **arrays()).read_bytes()
    for content in (b"", b"PK", whole[: len(whole) // 2], b"\x93NUMPY"):
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match=r"is not a readable \.npz archive"):
            load(path)
    with pytest.raises(FileFormatError, match=r"two\?lines: is not"):
        load(zipped(path, [("two\nlines", "hello")]))
    with pytest.raises(FileFormatError, match=r"notes\.txt: is not a NumPy array"):
        load(zipped(path, [("notes.txt", "hello")]))
    one = npy(header("(1, 1)"), b"\0" * 8)
    with pytest.raises(FileFormatError, match="W0: is stored twice"):
        load(zipped(path, [("W0.npy", one), ("W0.npy", one)]))


def test_too_many_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(tensors, "MAX_FLOATS", 20)
    with pytest.raises(FileFormatError, match="holds 26 numbers, more than the 20"):
        load(npz(tmp_path, **arrays()))


# --- safetensors ---------------------------------------------------------------------------------------------------


CODES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def safetensors(tmp_path, named, header=None):
    """The file format written by hand: eight bytes of length, a JSON header, the numbers."""
    entries, data = {"__metadata__": {"made": "by hand"}}, b""
    for name, (code, shape, content) in named.items():
        entries[name] = {"dtype": code, "shape": list(shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(entries).encode() if header is None else header
    path = tmp_path / "net.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def stored(array, code="F32"):
    return code, array.shape, array.astype(CODES[code]).tobytes()


@pytest.mark.parametrize("code", CODES)
def test_safetensors_weights_are_exact(tmp_path, code):
    net = load(safetensors(tmp_path, {name: stored(array, code) for name, array in arrays().items()}))
    assert net.layers[0].weights == exactly(weights(4, 3).astype(CODES[code]))
    assert net.architecture.sizes == (3, 4)


def test_bfloat16_is_the_upper_half_of_binary32(tmp_path):
    halves = np.array([[0x3FC0, 0xC010], [0x0001, 0x4049]], dtype="<u2")  # 3/2, −9/4, the least subnormal, 3.140625
    named = {"W0": ("BF16", (2, 2), halves.tobytes()), "b0": ("BF16", (2,), b"\0" * 4)}
    assert load(safetensors(tmp_path, named)).layers[0].weights == (
        (Fraction(3, 2), Fraction(-9, 4)),
        (Fraction(1, 2**133), Fraction(201, 64)),
    )


def test_state_dicts_are_ordered_by_their_number(tmp_path):
    made = arrays()
    wanted = load(npz(tmp_path, **made))
    for first, second in (
        ("0", "2"),
        ("2", "10"),
        ("layers.9", "layers.11"),
        ("fc1", "fc2"),
        ("net.0.lin", "net.1.lin"),
    ):
        named = {
            f"{second}.weight": stored(made["W1"]),
            f"{first}.bias": stored(made["b0"]),
            f"{second}.bias": stored(made["b1"]),
            f"{first}.weight": stored(made["W0"]),
        }
        assert load(safetensors(tmp_path, named)) == wanted
    without = {"0.weight": stored(made["W0"]), "2.weight": stored(made["W1"]), "2.bias": stored(made["b1"])}
    assert load(safetensors(tmp_path, without)).layers[0].biases == (0,) * 4


SAFETENSORS = {
    "whole numbers": ({"W0": ("I64", (1, 1), b"\0" * 8)}, "W0: has type I64; store F64, F32, F16 or BF16"),
    "convolution": ({"0.weight": stored(weights(1, 1, 2, 2))}, "0.weight: has shape (1, 1, 2, 2) but a dense layer"),
    "statistics": (
        {"0.weight": stored(weights(1, 1)), "1.running_mean": stored(weights(1))},
        "1.running_mean: is neither",
    ),
    "no order": (
        {"body0.weight": stored(weights(1, 1)), "head1.weight": stored(weights(1, 1))},
        "the names body#, head# do not say which layer comes first; for other layers export the model to ONNX",
    ),
    "bias alone": ({"0.bias": stored(weights(1))}, "the array 0.weight is missing"),
    "one number twice": (
        {"0.weight": stored(weights(1, 1)), "00.weight": stored(weights(1, 1))},
        "two layers have the same number",
    ),
}


@pytest.mark.parametrize(("named", "message"), SAFETENSORS.values(), ids=SAFETENSORS)
def test_safetensors_refusals(tmp_path, named, message):
    assert_refused(safetensors(tmp_path, named), message)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"[]",
        b'{"W0": {"dtype": "F32", "shape": [1099511627776, 1099511627776], "data_offsets": [0, 4]}}',
        b'{"W0": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4000000000]}}',
        b'{"W0": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 4]}}',
        b'{"W0": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}',
    ],
)
def test_safetensors_headers_that_lie(tmp_path, header):
    with pytest.raises(FileFormatError, match="is not a safetensors file"):
        load(safetensors(tmp_path, {"W0": ("F32", (1,), b"\0" * 4)}, header))


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    path = safetensors(tmp_path, {name: stored(array) for name, array in arrays().items()})
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(MissingExtraError, match=r'pip install "linregions\[safetensors\]"'):
        load(path)


# --- scikit-learn --------------------------------------------------------------------------------------------------


def fitted(kind, **options):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = (x[:, 0] > 0).astype(int) + (x[:, 1] > 0) if kind is MLPClassifier else x @ [1, 2, 3]
    model = kind(hidden_layer_sizes=(5, 4), max_iter=5, random_state=0, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y), x


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_a_regressor_computes_what_predict_computes(activation):
    model, x = fitted(MLPRegressor, activation=activation)
    net = from_sklearn(model)
    assert net.architecture.sizes == ((3, 5, 4) if activation == "relu" else (3,))
    got = [float(net([Fraction(v) for v in row])[0]) for row in x[:20]]
    np.testing.assert_allclose(got, model.predict(x[:20]), rtol=1e-12)
    assert net.layers[1].weights == exactly(model.coefs_[1].T)


def test_a_classifier_gives_the_scores_before_softmax():
    model, x = fitted(MLPClassifier)
    net = from_sklearn(model)
    for row, wanted in zip(x[:20], model.predict_proba(x[:20]), strict=True):
        powers = np.exp([float(v) for v in net([Fraction(v) for v in row])])
        np.testing.assert_allclose(powers / powers.sum(), wanted, rtol=1e-10)


def test_scikit_learn_refusals():
    with pytest.raises(UnsupportedError, match="MLPRegressor: the activation 'tanh' is not piecewise linear"):
        from_sklearn(fitted(MLPRegressor, activation="tanh")[0])
    with pytest.raises(InvalidInputError, match="this MLPClassifier is not fitted; call fit first"):
        from_sklearn(MLPClassifier())
    with pytest.raises(InvalidInputError, match="list is not a scikit-learn MLPClassifier"):
        from_sklearn([])
    model, _ = fitted(MLPRegressor)
    model.coefs_[0][2, 1] = np.nan
    with pytest.raises(InvalidInputError, match="layer 1, weights, row 2, column 3: nan is not a finite number"):
        from_sklearn(model)


# --- the trained network that ships --------------------------------------------------------------------------------


def test_the_trained_network_is_as_accurate_as_its_note_says():
    """Integers instead of the network's own evaluation: all weights are multiples of 2^-12, all pixels of 2^-4."""
    net, data = digits(), load_digits()
    parts = train_test_split(np.arange(1797), test_size=500, random_state=0, stratify=data.target)
    h, unit = data.data.astype(np.int64), 2**4  # h / unit are the values
    for layer in net.layers:
        matrix = np.array([[int(v * 2**12) for v in row] for row in layer.weights], dtype=object)
        bias = np.array([int(v * 2**12) * unit for v in layer.biases], dtype=object)
        assert all(v * 2**12 == int(v * 2**12) for row in (*layer.weights, layer.biases) for v in row)
        h, unit = h.astype(object) @ matrix.T + bias, unit * 2**12
        h = h if layer.is_affine else np.maximum(h, 0)
    right = h.astype(float).argmax(axis=1) == data.target
    note = json.loads(DIGITS.read_text())["note"]
    counts = [int(right[np.sort(part)].sum()) for part in parts]
    assert f"Correct: {counts[0]} of 1297 training images, {counts[1]} of 500 test images." in note
    assert counts[1] > 475


def test_the_three_images_are_images_of_the_data_set():
    entries, data = json.loads(IMAGES.read_text())["images"], load_digits()
    net, points = digits(), digit_images()
    test = set(train_test_split(np.arange(1797), test_size=500, random_state=0, stratify=data.target)[1].tolist())
    assert len(points) == 3
    for entry, (label, point) in zip(entries, points.items(), strict=True):
        assert [16 * v for v in point] == data.data[entry["index"]].tolist()
        assert data.target[entry["index"]] == label == entry["class"]
        assert entry["index"] in test
        scores = net(point)
        assert scores.index(max(scores)) == label
    assert net.on_plane(*points.values()).inputs == 2
