"""ONNX files as exporters write them: weights beside the file, packed, unsorted, with open shapes, with a head."""

import gzip

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_models import onnx_model, stored, weights

from theory.errors import FileFormatError
from theory.formats import HeadWarning, load, load_onnx
from theory.formats.onnx_file import Graph, _Walk

NODES = "h = Gemm<transB=1>(x, w, b) r = Relu(h) z = MatMul(r, v)"
CONSTANTS = {"w": weights(5, 3), "b": weights(5), "v": weights(5, 4)}


def model(tail="y = Identity(z)", **changes):
    return onnx_model(f"{NODES} {tail}", [1, 3], CONSTANTS, **changes)


def outside(made, folder, *, name="model.onnx.data", **entries):
    """The model with its weights in a file of this name."""
    data = b""
    for tensor in made.graph.initializer:
        raw = tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in {"location": name, "offset": len(data), "length": len(raw), **entries}.items():
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
        data += raw
    if name == "model.onnx.data":
        (folder / name).write_bytes(data)
    return stored(folder, made)


def test_weights_in_a_file_beside_the_model(tmp_path):
    assert load(outside(model(), tmp_path)) == load(stored(tmp_path, model()))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"name": "../model.onnx.data"}, "its data lie in '../model.onnx.data', not in a plain file beside this one"),
        ({"name": "/etc/passwd"}, "not in a plain file beside"),
        ({"name": "missing.data"}, r"missing\.data: cannot be read \(no such file"),
        ({"offset": 10**9}, "are not in model.onnx.data"),
        ({"length": -4}, "are not in model.onnx.data"),
        ({"offset": "start"}, "is not a number"),
        ({"length": 8}, "its stored numbers do not match"),
    ],
)
def test_data_that_lie_elsewhere_are_refused(tmp_path, changes, match):
    with pytest.raises(FileFormatError, match=match):
        load(outside(model(), tmp_path, **changes))


def test_a_link_beside_the_model_is_not_followed(tmp_path):
    path = outside(model(), tmp_path)
    (tmp_path / "model.onnx.data").rename(tmp_path / "elsewhere")
    (tmp_path / "model.onnx.data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileFormatError, match="not in a plain file"):
        load(path)


def test_more_data_than_a_file_may_hold_are_not_copied(tmp_path, monkeypatch):
    path = outside(model(), tmp_path)
    monkeypatch.setattr("theory.formats.onnx_file.MAX_BYTES", 100)
    with pytest.raises(FileFormatError, match="are not in model"):
        load(path)


def test_packed_files(tmp_path):
    path = tmp_path / "model.onnx.gz"
    path.write_bytes(gzip.compress(model().SerializeToString()))
    assert load(path) == load(stored(tmp_path, model()))
    path.write_bytes(b"not packed")
    with pytest.raises(FileFormatError, match=r"is not a gzip file .* pack it again"):
        load(path)


def test_a_packed_file_is_not_unpacked_beyond_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "model.onnx.gz"
    path.write_bytes(gzip.compress(bytes(10**6)))
    monkeypatch.setattr("theory.formats.files.MAX_BYTES", 10**5)
    with pytest.raises(FileFormatError, match="is larger than 100,000 bytes"):
        load(path)


@pytest.mark.parametrize("suffix", [".onnx", ".json", ".npz"])
def test_a_pointer_of_git_lfs_and_a_missing_file_are_named(tmp_path, suffix):
    path = tmp_path / f"{'long name ' * 9}{suffix}"
    with pytest.raises(FileFormatError, match=r"cannot be read \(no such file or directory\); check the path"):
        load(path)
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 12345\n")
    with pytest.raises(FileFormatError, match=r"is a pointer of Git LFS, .* git lfs pull"):
        load(path)


def test_nodes_in_any_order_and_outputs_without_shape(tmp_path):
    made = model()
    nodes = list(made.graph.node)[::-1]
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    made.graph.output[0].type.tensor_type.ClearField("shape")
    assert load(stored(tmp_path, made)) == load(stored(tmp_path, model()))


def test_the_nodes_are_gone_through_equally_often_however_many_they_are(tmp_path):
    class Nodes(list):
        passes = 0

        def __iter__(self):
            self.passes += 1
            return super().__iter__()

    passes = []
    for number in (2, 20):
        chain = " ".join(f"t{i + 1} = Neg(t{i})" for i in range(number))
        graph = Graph(stored(tmp_path, model(f"t0 = Identity(z) {chain} y = Identity(t{number})")), None)
        graph.nodes = Nodes(graph.nodes)
        assert _Walk(graph, None).network() == load(stored(tmp_path, model()))
        passes.append(graph.nodes.passes)
    assert passes[0] == passes[1]


@pytest.mark.parametrize(
    ("nodes", "match"),
    [
        ("a = Relu(b) b = Abs(a) y = Add(a, x)", "read each other's outputs in a circle"),
        ("y = Add(x, c)", r"node 1 \(Add\): reads 'c', which nothing makes"),
        ("a = Relu(x) a = Abs(x) y = Neg(a)", "two nodes make 'a'"),
    ],
)
def test_graphs_that_are_none(tmp_path, nodes, match):
    with pytest.raises(FileFormatError, match=match):
        load(stored(tmp_path, onnx_model(nodes, [1, 2])))


def test_open_shapes_are_given_by_the_caller(tmp_path):
    path = stored(tmp_path, onnx_model("y = Relu(x)", ["batch", "features"]))
    assert load_onnx(path, shape=(1, 3)).inputs == load_onnx(path, shape={"x": (1, 3)}).inputs == 3
    with pytest.raises(
        FileFormatError, match=r"dimension 1 \(features\) is not fixed; give the shape \(--shape 1,2 or"
    ):
        load(path)
    with pytest.raises(FileFormatError, match=r"has shape \?,\?, which \(3,\) does not fit"):
        load_onnx(path, shape=(3,))
    with pytest.raises(FileFormatError, match=r"has shape 1,2, which \(1, 3\) does not fit"):
        load_onnx(stored(tmp_path, onnx_model("y = Relu(x)", [1, 2])), shape=(1, 3))
    with pytest.raises(FileFormatError, match="neither tensors with names nor open shapes"):
        load(tmp_path / "net.json", shape=(1, 3))


TAILS = {
    "Softmax": "y = Softmax<axis=1>(z)",
    "LogSoftmax, Neg": "a = LogSoftmax(z) y = Neg(a)",
    "Sigmoid": "y = Sigmoid(z)",
    "ArgMax": "y = ArgMax<axis=1>(z)",
    "Softmax, ArgMax, Cast": "a = Softmax(z) l = ArgMax<axis=1>(a) y = Cast<to=1>(l)",
    "Sigmoid, Constant, Sub, Concat, ArgMax": (
        "p = Sigmoid(z) o = Constant<value_float=1.0>() q = Sub(o, p) c = Concat<axis=1>(q, p) y = ArgMax<axis=1>(c)"
    ),
}


@pytest.mark.parametrize("head", TAILS)
def test_a_head_is_left_out_and_a_warning_says_so(tmp_path, head):
    path = stored(tmp_path, model(TAILS[head]))
    said = head.replace("Constant, ", "")
    with pytest.warns(HeadWarning, match=f"{said} at the end left out: the outputs are the scores before, 'z'"):
        scores = load(path)
    assert scores == load(stored(tmp_path, model()))


def test_label_and_probabilities_have_the_same_scores(tmp_path):
    made = model("y = Softmax(z) l = ArgMax(z)", outputs="y l")
    with pytest.warns(HeadWarning, match="Softmax, ArgMax"):
        assert len(load(stored(tmp_path, made)).layers[-1].units) == 4


@pytest.mark.parametrize(
    "tail",
    [
        "a = Softmax(z) y = Relu(a)",  # bends behind
        "a = Softmax(z) y = Concat<axis=1>(a, x)",  # reads the input behind
        "a = Tanh(z) y = Identity(a)",
    ],
)
def test_what_is_no_head_is_refused_and_the_tensor_before_it_named(tmp_path, tail):
    path = stored(tmp_path, model(tail))
    with pytest.raises(FileFormatError, match=r"is not piecewise linear; .* for the output: 'z'"):
        load(path)
    assert load_onnx(path, output="z") == load(stored(tmp_path, model()))


def test_an_output_that_the_graph_does_not_have(tmp_path):
    path = stored(tmp_path, model())
    assert load_onnx(path, output="h").architecture.depth == 0
    with pytest.raises(FileFormatError, match="no node makes 'nothing'; its tensors are h, r, z, y"):
        load_onnx(path, output="nothing")


def test_operators_of_other_domains_behind_the_output_do_not_matter(tmp_path):
    made = model("y = Softmax(z)")
    made.graph.node.append(helper.make_node("ZipMap", ["y"], ["m"], domain="ai.onnx.ml"))
    made.graph.output.append(helper.make_tensor_value_info("m", TensorProto.FLOAT, None))
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    with pytest.warns(HeadWarning, match="Softmax, ZipMap"):
        assert load(stored(tmp_path, made)).inputs == 3


def test_a_scaler_before_the_network(tmp_path):
    made = onnx_model("a = Identity(x) y = Relu(a)", [1, 2])
    node = helper.make_node("Scaler", ["x"], ["a"], offset=[1.0, 2.0], scale=[0.5, 4.0], domain="ai.onnx.ml")
    made.graph.node[0].CopyFrom(node)
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    assert load(stored(tmp_path, made))([3, np.int64(5)]) == (1, 12)
