"""Small files that describe something huge or deep: one sentence and exit code 2, soon and in little memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx.parser
import pytest

_PROGRAM = (
    "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29)); "
    "from verify.cli.app import main; main()"
)
_DOMAIN = '{"format": "linregions/domain", "version": 1, "rows": %s}'


def _run(*arguments: str) -> tuple[int, str, str]:
    program = [sys.executable, "-c", _PROGRAM, *arguments]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def _require_sentence(said: tuple[int, str, str], words: str) -> None:
    code, out, error = said
    assert (code, out) == (2, ""), said
    assert error.startswith("linregions: ")
    assert error.count("\n") == 1, error
    assert words in error


def _network(inputs: int, layers: list[dict[str, object]]) -> str:
    return json.dumps({"format": "linregions/network", "version": 1, "inputs": inputs, "layers": layers})


def _no_units(inputs: int) -> str:
    return _network(inputs, [{"weights": [], "biases": [], "activation": kind} for kind in ("relu", "identity")])


@pytest.mark.parametrize("rows", [10**12, 3 * 10**8])
def test_arrays_of_many_rows_without_entries(tmp_path: Path, rows: int) -> None:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f8", "fortran_order": False, "shape": (rows, 0)})
    with zipfile.ZipFile(tmp_path / "net.npz", "w") as archive:
        archive.writestr("0.weight.npy", content.getvalue())
    _require_sentence(_run("count", str(tmp_path / "net.npz")), f"holds {rows:,} numbers")


@pytest.mark.parametrize("depth", [800, 100_000])
def test_a_deep_domain(tmp_path: Path, depth: int) -> None:
    (tmp_path / "dom.json").write_text(_DOMAIN % ("[" * depth + "]" * depth))
    words = "nested too deeply" if depth > 10_000 else "rows, 1, 1: expected numbers, found a list"
    _require_sentence(_run("count", "digits", "--domain", str(tmp_path / "dom.json")), words)


@pytest.mark.parametrize("more", [(), ("--budget", "30")])
def test_millions_of_inputs(tmp_path: Path, more: tuple[str, ...]) -> None:
    (tmp_path / "net.json").write_text(_no_units(5_000_000))
    code, out, _ = _run("count", str(tmp_path / "net.json"), *more)
    assert code == 0
    assert out.startswith("1 activation region of 5000000 on R^5000000, exact")


def test_a_box_in_millions_of_dimensions(tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text(_no_units(2_000_000))
    _require_sentence(_run("count", str(tmp_path / "net.json"), "--box=0,1"), "a box in 2,000,000 dimensions")


def test_many_units_without_an_output_layer(tmp_path: Path) -> None:
    layer = {"weights": [[1]] * 30_000, "biases": [0] * 30_000, "activation": "relu"}
    (tmp_path / "net.json").write_text(_network(1, [layer]))
    _require_sentence(_run("count", str(tmp_path / "net.json")), "write the affine output as the last layer")


def test_constants_that_are_joined_many_times(tmp_path: Path) -> None:
    joined = ", ".join(["a"] * 200)
    text = f"""<ir_version: 10, opset_import: ["" : 17]>
    g (float[1, 2] x) => (float[1, 2] y) <int64[1] length = {{2000000}}> {{
        a = ConstantOfShape <value: tensor = int64[1] v {{1}}> (length)
        c = Concat <axis: int = 0> ({joined})
        s = Shape(c) t = Cast <to: int = 1> (s) u = ReduceSum(t) r = Relu(x) y = Add(r, u)
    }}"""
    (tmp_path / "net.onnx").write_bytes(onnx.parser.parse_model(text).SerializeToString())
    code, out, error = _run("count", str(tmp_path / "net.onnx"))
    assert (code, out) == (2, "")
    assert error.splitlines()[-1].endswith(
        "node 2 (Concat): a tensor of shape (400000000,) exceeds 5,000,000 numbers; use a smaller one"
    )


def test_a_common_denominator_beyond_memory(tmp_path: Path) -> None:
    weights = [[f"1/{10**100 + i}"] for i in range(6_000)]
    layers = [
        {"weights": weights, "biases": [0] * len(weights), "activation": "relu"},
        {"weights": [[1] * len(weights)], "biases": [0], "activation": "identity"},
    ]
    (tmp_path / "net.json").write_text(_network(1, layers))
    _require_sentence(_run("count", str(tmp_path / "net.json")), "common denominator")


def _domain(**shape: object) -> str:
    return json.dumps({"format": "linregions/domain", "version": 1, **shape})


def test_domains_and_points_of_too_many_digits(tmp_path: Path) -> None:
    identity = [{"weights": [["1"]], "biases": ["0"], "activation": "identity"}]
    (tmp_path / "net.json").write_text(_network(1, identity))
    rows = [[f"1/{10**300 + i}" for i in range(1000)]]
    for number, content, sentence in (
        (1, _domain(rows=rows), "rows, 1: 1,000 numbers with a common denominator of more than 67,108 bits"),
        (2, _domain(lower=["-" + "9" * 200_000], upper=[1]), "a number of more than 100,000 digits is not read"),
        (3, _domain(lower=["-1e1000000000"], upper=[1]), "the exponent of '-1e1000000000' exceeds 100000"),
    ):
        (tmp_path / f"{number}.json").write_text(content)
        answer = _run("count", str(tmp_path / "net.json"), "--domain", str(tmp_path / f"{number}.json"))
        _require_sentence(answer, sentence)
    (tmp_path / "points.csv").write_text("1/" + "9" * 200_000)
    answer = _run("distance", str(tmp_path / "net.json"), str(tmp_path / "points.csv"))
    _require_sentence(answer, "a number of more than 100,000 digits is not read")


@pytest.mark.parametrize("content", ["[" * 900 + "]" * 900, '[[0, {"a": 1}]]'])
def test_points_that_are_no_numbers(tmp_path: Path, content: str) -> None:
    (tmp_path / "points.json").write_text(content)
    _require_sentence(_run("distance", "digits", str(tmp_path / "points.json")), "where a number is expected")


@pytest.mark.parametrize("shape", [(10**12, 0), (10**12, 64)])
def test_arrays_of_points_that_are_not_there(tmp_path: Path, shape: tuple[int, int]) -> None:
    with (tmp_path / "points.npy").open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    _require_sentence(_run("distance", "digits", str(tmp_path / "points.npy")), "points.npy")


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_errors_of_python_itself_become_a_sentence(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from verify.cli import app

    def fails(_arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr(app, "_run", fails)
    with pytest.raises(SystemExit) as leave:
        app.main(["records"])
    assert leave.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
