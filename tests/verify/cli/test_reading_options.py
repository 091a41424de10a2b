"""How commands read other people's files: the output, the shape, the decision, and what is said about it."""

import pytest
from onnx_models import onnx_model, stored, weights


@pytest.fixture
def classifier(tmp_path):
    nodes = "h = Gemm<transB=1>(x, w, b) r = Relu(h) z = MatMul(r, v) y = Softmax(z)"
    return stored(tmp_path, onnx_model(nodes, [1, 2], {"w": weights(4, 2), "b": weights(4), "v": weights(4, 3)}))


def test_a_head_is_left_out_in_one_line(run, classifier) -> None:
    printed = run("count", classifier, "--box=-1,1")
    assert "Softmax at the end left out: the outputs are the scores before, 'z'\n" in printed.err
    assert printed.err.count("\n") == 1
    assert run("count", classifier, "--box=-1,1", "--output", "z").err == ""


def test_the_decision_cuts_regions_and_planes_show_it(run, classifier) -> None:
    plain = run("count", classifier, "--box=-1,1", "--json").json["count"]
    cut = run("count", classifier, "--box=-1,1", "--decision", "--json").json["count"]
    assert cut > plain
    assert run("plane", classifier, "--box=-1,1", "--decision", "--json").json["activation"] == cut


def test_the_output_is_a_tensor_with_a_name(run, classifier) -> None:
    assert run("count", classifier, "--output", "h").out.startswith("1 activation region")
    assert "no node makes 'q'; its tensors are h, r, z, y" in run("count", classifier, "--output", "q", code=2).err


def test_the_shape_of_an_open_input(run, tmp_path) -> None:
    path = stored(tmp_path, onnx_model("y = Relu(x)", ["batch", "features"]))
    for shape in ("1,3", "x=1,3"):
        assert run("count", path, "--shape", shape).out.startswith("8 activation regions")
    assert "--shape 'three' is not a shape; write for example" in run("count", path, "--shape", "three", code=2).err


def test_every_command_that_reads_networks_knows_how(run, classifier, tmp_path) -> None:
    certificate, page = tmp_path / "c.cert", tmp_path / "page.html"
    run("count", classifier, "--output", "r", "--box=-1,1", "--certificate", certificate)
    assert "VERIFIED" in run("check", certificate, "--network", classifier, "--output", "r").out
    assert "about a network with" in run("check", certificate, "--network", classifier, code=1).out
    run("explore", classifier, "--output", "r", "-o", page)
    assert "the network in" in run("bounds", classifier, "--output", "r").out
    assert run("table", classifier, "--output", "r", "--json").err == ""
    assert run("atlas", "submit", classifier, "--output", "r", code=1).err == ""
    assert "--decision is for a network" in run("bounds", "2-4-4", "--decision", code=2).err
