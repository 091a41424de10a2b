"""The JSON network file: exact numbers, refusals that name the place, and writing all or nothing."""

import json
import os
from fractions import Fraction

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx_models import onnx_model
from places import NETWORKS

from theory import ABS, HARD_TANH, IDENTITY, RELU, Layer, Maxout, Network, PiecewiseLinear, leaky_relu
from theory.errors import FileFormatError
from theory.formats import dumps, files, json_file, load, loads, save
from verify.testing.strategies import networks

TRUTH = json.loads((NETWORKS / "truth.json").read_text())


def document(**changes):
    layers = [
        {"weights": [["1", "-1/2"], ["0", "3"]], "biases": ["0", "1/3"], "activation": "relu"},
        {"weights": [["1", "1"]], "biases": ["0"], "activation": "identity"},
    ]
    return {"format": "linregions/network", "version": 1, "inputs": 2, "layers": layers} | changes


def with_layer(**changes):
    made = document()
    made["layers"][0] |= changes
    return made


def one_weight(number):
    """A one-unit network whose weight is written as given."""
    return (
        '{"format": "linregions/network", "version": 1, "inputs": 1, "layers": '
        f'[{{"weights": [[{number}]], "biases": [0], "activation": "identity"}}]}}'
    )


def test_the_file_of_the_format_description():
    net = loads(json.dumps(document(note="an example")))
    assert net == Network.relu([([[1, "-1/2"], [0, 3]], [0, "1/3"]), ([[1, 1]], [0])])


@pytest.mark.parametrize("name", TRUTH)
def test_reference_networks_load_and_come_back(name):
    net = load(NETWORKS / f"{name}.json")
    raw = json.loads((NETWORKS / f"{name}.json").read_text())
    assert net.inputs == raw["inputs"]
    assert [layer.rows for layer in net.layers] == [len(layer["weights"]) for layer in raw["layers"]]
    assert net.layers[0].weights[-1] == tuple(Fraction(v) for v in raw["layers"][0]["weights"][-1])
    assert loads(dumps(net)) == net


def test_every_network_beside_truth_is_in_it():
    assert {path.stem for path in NETWORKS.glob("*.json")} == {*TRUTH, "truth"}


def test_a_rational_is_not_rounded_on_the_way_in():
    net = load(NETWORKS / "concurrent_third.json")
    assert net.layers[0].biases[:3] == (Fraction(-1, 3), Fraction(-1, 7), Fraction(-10, 21))
    assert set(net.layers[0].preactivations([Fraction(1, 3), Fraction(1, 7)])) == {0}


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("7", 7),
        ("-0", 0),
        ('"-6/4"', Fraction(-3, 2)),
        ('"+5"', 5),
        ("0.1", Fraction(3602879701896397, 2**55)),
        ("-0.0", 0),
        ("1e22", 10**22),
        ("5e-324", Fraction(1, 2**1074)),
        ('"' + "7" * 400 + "/" + "9" * 400 + '"', Fraction(7, 9)),
        ('"1/' + "3" * 400 + '"', Fraction(1, (10**400 - 1) // 3)),
        ("1" + "0" * 6000, 10**6000),  # beyond Python's own limit on decimal integers
        ('"1' + "0" * 6000 + '"', 10**6000),
    ],
    ids=lambda part: str(part)[:12] if isinstance(part, str) else "",
)
def test_numbers_are_exact(number, value):
    net = loads(one_weight(number))
    assert net.layers[0].weights[0][0] == value
    assert loads(dumps(net)) == net


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("NaN", "nan is not a finite number"),
        ("-Infinity", "-inf is not a finite number"),
        ("1e999", "inf is not a finite number"),
        ('"0.5"', 'is not an exact number; write it as "p" or "p/q"'),
        ('"1/-2"', "is not an exact number"),
        ('"1/0"', "has denominator zero"),
        ('"١"', "is not an exact number"),
        ('" 1"', "is not an exact number"),
        ('""', "is not an exact number"),
        ("true", "expected a number, found a truth value"),
        ("null", "expected a number, found null"),
        ("[1]", "expected a number, found a list"),
        ('"' + "1" * 200_000 + '"', "more than 100,000 digits"),
    ],
)
def test_what_is_no_number_is_named_with_layer_row_and_entry(number, problem):
    with pytest.raises(FileFormatError) as caught:
        loads(one_weight(number), source="net.json")
    assert str(caught.value).startswith("net.json: layer 1, weights, row 1, entry 1: ")
    assert problem in str(caught.value)
    assert len(str(caught.value)) < 250


BAD = {
    "ragged row": (
        with_layer(weights=[["1", "2"], ["3"]]),
        "layer 1, weights, row 2: has 1 entries but the layer has 2 inputs",
    ),
    "too few biases": (with_layer(biases=["0"]), "layer 1: 2 weight rows but 1 biases"),
    "row is a number": (with_layer(weights=["1", "2"]), "layer 1, weights, row 1: expected a list of numbers, found a"),
    "weights are an object": (with_layer(weights={}), "layer 1, weights: expected a list of rows, found an object"),
    "bad bias": (with_layer(biases=["0", "x"]), 'layer 1, biases, entry 2: "x" is not an exact number'),
    "unknown activation": (with_layer(activation="tanh"), 'layer 1, activation: unknown activation "tanh"; choose'),
    "activation of no kind": (with_layer(activation=3), "layer 1, activation: unknown activation 3; choose one of"),
    "activation null": (with_layer(activation=None), "layer 1, activation: unknown activation null"),
    "rank that does not divide": (with_layer(activation={"maxout": 3}), "layer 1: 2 rows do not fit"),
    "rank zero": (with_layer(activation={"maxout": 0}), "layer 1, activation: the rank of a maxout unit is"),
    "rank true": (with_layer(activation={"maxout": True}), "layer 1, activation: the rank of a maxout unit is"),
    "two kinds": (with_layer(activation={"maxout": 2, "leaky_relu": "1"}), 'layer 1, activation: unknown key "maxout"'),
    "breakpoints out of order": (
        with_layer(activation={"breakpoints": ["1", "0"], "slopes": ["0", "1", "0"]}),
        "layer 1, activation: breakpoints must increase strictly",
    ),
    "slopes too few": (
        with_layer(activation={"breakpoints": ["1"], "slopes": ["0"]}),
        "layer 1, activation: 1 breakpoints need 2 slopes",
    ),
    "slopes missing": (with_layer(activation={"breakpoints": ["1"]}), 'layer 1, activation: the key "slopes" is'),
    "units do not add up": (with_layer(activation=["relu"]), "layer 1: the units read 1 rows but the layer has 2"),
    "bad unit": (with_layer(activation=["relu", "elu"]), 'layer 1, activation, unit 2: unknown activation "elu"'),
    "extra key": (with_layer(skip=[1]), 'layer 1: unknown key "skip"; the keys are "weights", "biases", "activation"'),
    "layer is a list": (document(layers=[[]]), "layer 1: expected an object with the keys weights, biases"),
    "layers do not fit": (
        document(inputs=3),
        "layer 1, weights, row 1: has 2 entries but the layer has 3 inputs",
    ),
    "no layers": (document(layers=[]), "layers: the list is empty"),
    "layers is a number": (document(layers=2), "layers: expected a list of layers, found a number"),
    "no inputs": (document(inputs=0), "inputs: expected an integer from 1"),
    "inputs is a string": (document(inputs="2"), "inputs: expected an integer from 1"),
    "inputs is true": (document(inputs=True), "inputs: expected an integer from 1"),
    "inputs beyond reason": (document(inputs=10**9, layers=[]), "inputs: expected an integer from 1"),
    "version 2": (document(version=2), "version: 2 is not supported, only version 1 is"),
    "version true": (document(version=True), "version: true is not supported"),
    "another format": (document(format="something"), 'is not a network file; it must be a JSON object with "format"'),
    "a list": ([1, 2], "is not a network file"),
    "a number": (3, "is not a network file"),
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_documents_are_named(name, tmp_path):
    value, message = BAD[name]
    path = tmp_path / "net.json"
    path.write_text(json.dumps(value))
    with pytest.raises(FileFormatError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["format", "version", "inputs", "layers", "weights", "biases", "activation"])
def test_a_missing_key_is_named(key):
    value = document()
    del (value if key in value else value["layers"][1])[key]
    with pytest.raises(FileFormatError, match=key if key in document() else f'layer 2: the key "{key}" is missing'):
        loads(json.dumps(value))


TEXTS = {
    "empty": (b"", "line 1, column 1: is not JSON"),
    "cut off": (b'{"format": "linregions/network",\n "version"', "line 2, column 11: is not JSON"),
    "not UTF-8": (b'{"format": "\xff"}', "byte 12: is not UTF-8 text"),
    "deep": (b"[" * 200_000, "is nested too deeply"),
    "deep objects": (b'{"a":' * 200_000, "is nested too deeply"),
    "endless integer": (b"[" + b"1" * 200_000 + b"]", "an integer of more than 100,000 digits"),
    "key twice": (
        b'{"format": "linregions/network", "version": 1, "inputs": 1, "inputs": 2}',
        'the key "inputs" is given',
    ),
    "key of a layer twice": (
        json.dumps(document()).replace('"biases"', '"biases": ["0", "5"], "biases"', 1).encode(),
        'layer 1: the key "biases" is given twice; keep one',
    ),
    "key of an activation twice": (
        json.dumps(document()).replace('"identity"', '{"maxout": 2, "maxout": 1}').encode(),
        'layer 2: the key "maxout" is given twice; keep one',
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_no_document(name):
    content, message = TEXTS[name]
    with pytest.raises(FileFormatError) as caught:
        loads(content, source="net.json")
    assert str(caught.value).startswith(f"net.json: {message}") or message in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_byte_order_mark_is_harmless():
    assert loads(b"\xef\xbb\xbf" + json.dumps(document()).encode()) == loads(json.dumps(document()))


def test_too_large_a_file_and_too_many_numbers_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "net.json"
    path.write_text(json.dumps(document()))
    with monkeypatch.context() as patch:
        patch.setattr("theory.formats.MAX_TEXT", 100)
        with pytest.raises(FileFormatError, match="is larger than 100 bytes"):
            load(path)
    with monkeypatch.context() as patch:
        patch.setattr(json_file, "MAX_NUMBERS", 10)
        with pytest.raises(FileFormatError, match="holds more than 10 lists and objects"):
            load(path)
    path.write_text(
        json.dumps(document(layers=[{"weights": [["1", "0"]] * 4, "biases": ["0"] * 4, "activation": "abs"}]))
    )
    monkeypatch.setattr(json_file, "MAX_NUMBERS", 9)
    with pytest.raises(FileFormatError, match="layer 1, biases: the file holds more than 9 numbers"):
        load(path)


def test_paths_that_cannot_be_read(tmp_path):
    with pytest.raises(FileFormatError, match=r"missing.json: cannot be read \(no such file or directory\)"):
        load(tmp_path / "missing.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(FileFormatError, match=r"folder.json: is a directory; name the network file in it"):
        load(tmp_path / "folder.json")
    with pytest.raises(FileFormatError, match="is not a regular file"):
        files.read_bytes("/dev/zero")
    os.mkfifo(tmp_path / "pipe.json")  # into which no program writes
    with pytest.raises(FileFormatError, match="is not a regular file"):
        load(tmp_path / "pipe.json")
    for name in ("a\0b.json", "x" * 5000):
        with pytest.raises(FileFormatError, match="cannot be read"):
            load(name)
    (tmp_path / "net.txt").write_text("no network")
    with pytest.raises(FileFormatError, match=r"begin as a network file does; the readable ones are .json, .npz"):
        load(tmp_path / "net.txt")
    for suffix, remedy in ((".pt", "from_torch"), (".pkl", "from_sklearn")):
        (tmp_path / f"net{suffix}").write_bytes(b"PK")
        with pytest.raises(FileFormatError, match=f"can execute code when opened; .*{remedy}"):
            load(tmp_path / f"net{suffix}")


@pytest.mark.parametrize("name", ["net", "net.txt", "net.v1.2"])
def test_files_of_any_name_are_written_as_json_and_read_by_their_content(tmp_path, name):
    path, net = tmp_path / name, Network.relu([([[1, 2], [3, 4]], [5, 6]), ([[7, 8]], [9])])
    save(net, path)
    assert load(path) == net
    arrays = {"0.weight": [[1.0, 2], [3, 4]], "0.bias": [5.0, 6], "1.weight": [[7.0, 8]], "1.bias": [9.0]}
    arrays = {key: np.array(value, dtype=np.float32) for key, value in arrays.items()}
    with open(path, "wb") as stream:
        np.savez(stream, **arrays)
    assert load(path) == net
    safetensors.numpy.save_file(arrays, path)
    assert load(path) == net
    nodes = "z = Gemm<transB=1>(x, w, b) a = Relu(z) y = Gemm<transB=1>(a, v, c)"
    path.write_bytes(onnx_model(nodes, [1, 2], dict(zip("wbvc", arrays.values(), strict=True))).SerializeToString())
    assert load(path) == net


def test_no_json_under_the_name_of_another_format(tmp_path):
    for suffix in (".npz", ".onnx", ".safetensors", ".PT", ".joblib"):
        with pytest.raises(
            FileFormatError, match=f"written as JSON; choose a name that does not end in {suffix.lower()}"
        ):
            save(Network.relu([([[1]], [0])]), tmp_path / f"net{suffix}")


def test_special_shapes_come_back():
    for net in (
        Network([Layer([[1, 2]], [3], IDENTITY)]),  # no hidden layer
        Network([Layer([], [], RELU, inputs=2), Layer([[]], [5], IDENTITY)]),  # a layer of width zero
        Network([Layer([[1]], [0], RELU)]),  # the affine output is understood
        Network(
            [Layer([[1]] * 6, [0, 1, 2, 3, 4, 5], [RELU, Maxout(3), IDENTITY, PiecewiseLinear([-1, 2], [0, 3, 1])])]
        ),
        Network([Layer([[1]] * 4, [0] * 4, [ABS, HARD_TANH, leaky_relu("-1/3"), leaky_relu(7)])]),
    ):
        again = loads(dumps(net))
        assert again == net
        assert again.digest == net.digest


def test_the_note_is_kept_as_text():
    text = dumps(Network.relu([([[1]], [0])]), note='quotes " and \n lines, ünïcode')
    assert json.loads(text)["note"] == 'quotes " and \n lines, ünïcode'


LONG = st.fractions(max_denominator=10**6) | st.integers(-(10**30), 10**30).map(Fraction)


@given(networks(max_depth=2, max_units=3, weights=LONG))
@settings(max_examples=40)
def test_every_network_comes_back_equal(net):
    assert loads(dumps(net)) == net


def test_writing_is_all_or_nothing(tmp_path, monkeypatch):
    net, path = Network.relu([([[1]], [0])]), tmp_path / "net.json"
    path.write_text("the old content")

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            save(net, path)
    assert path.read_text() == "the old content"
    assert os.listdir(tmp_path) == ["net.json"]
    save(net, path)
    assert load(path) == net
    assert os.listdir(tmp_path) == ["net.json"]


def test_writing_follows_links_and_respects_the_mask(tmp_path):
    net, target, link = Network.relu([([[1]], [0])]), tmp_path / "target.json", tmp_path / "link.json"
    target.write_text("")
    link.symlink_to(target)
    save(net, link)
    assert link.is_symlink()
    assert load(target) == net
    mask = os.umask(0o027)
    try:
        save(net, tmp_path / "masked.json")
    finally:
        os.umask(mask)
    assert (tmp_path / "masked.json").stat().st_mode & 0o777 == 0o640


def test_paths_that_cannot_be_written(tmp_path):
    net = Network.relu([([[1]], [0])])
    with pytest.raises(FileFormatError, match="cannot be written"):
        save(net, tmp_path / "missing" / "net.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(FileFormatError, match="cannot be written"):
        save(net, tmp_path / "folder.json")
    with pytest.raises(FileFormatError, match=r"does not end in \.onnx"):
        save(net, tmp_path / "net.onnx")
    assert os.listdir(tmp_path) == ["folder.json"]


def test_a_pipe_is_written_to_directly(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        save(Network.relu([([[1]], [0])]), pipe)
        assert loads(os.read(reader, 10_000)).inputs == 1
    finally:
        os.close(reader)
