"""``linregions line`` as a user meets it."""

from fractions import Fraction

import numpy as np
import pytest

from theory import Network, formats
from theory.data import digit_images, digits
from verify.domain.shapes import Line, Segment
from verify.drawing import figure
from verify.slices.lines import along, along_polyline
from verify.slices.lines.result import draw_line


@pytest.fixture
def tent(tmp_path):
    path = tmp_path / "tent.json"
    formats.save(Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])]), path)
    return path


def test_the_contract_on_a_tent(run, tent) -> None:
    record = run("line", tent, "--from=-1", "--to=2", "--json").json
    assert (record["activation"], record["linear"]) == (3, 3)
    assert [(b["t"], b["layer"], b["unit"], b["linear"]) for b in record["breakpoints"]] == [
        ("1/3", 1, 1, True),
        ("1/2", 1, 2, True),
    ]


def test_the_digits_in_json_are_what_python_says(run) -> None:
    record = run("line", "digits", "--from=digits:0", "--to=digits:7", "--json").json
    images = digit_images()
    regions = along(digits(), Segment(images[0], images[7]))
    assert record["activation"] == regions.activation
    assert [Fraction(b["t"]) for b in record["breakpoints"]] == list(regions.parameters)
    assert [[tuple(u) for u in b["units"]] for b in record["breakpoints"]] == [list(u) for u in regions.units]
    whole = run("line", "digits", "--from=digits:0", "--to=digits:7", "--whole", "--json").json
    assert whole["activation"] == along(digits(), Line(images[0], images[7])).activation


def test_points_from_files(run, tent, tmp_path) -> None:
    np.save(tmp_path / "points.npy", np.array([[-1.0], [2.0]]))
    (tmp_path / "points.csv").write_text("\ufeff# a comment\n-1\n2\n", encoding="utf-8")
    (tmp_path / "points.json").write_text('[["-1"], [2.0]]')
    expected = run("line", tent, "--from=-1", "--to=2").out
    assert "1/3" in expected
    for name in ("points.npy", "points.csv", "points.json"):
        assert run("line", tent, f"--from=@{tmp_path / name}", f"--to=@{tmp_path / name}:2").out == expected


def test_a_chain_has_a_list_for_each_segment(run, tent) -> None:
    record = run("line", tent, "--from=-1", "--via=1/4", "--to=2", "--json").json
    assert (record["activation"], record["corners"]) == (3, [False])
    assert [[b["t"] for b in part["breakpoints"]] for part in record["segments"]] == [["4/5"], ["1/7"]]


def test_the_title_of_a_picture_counts_changes_at_corners() -> None:
    hinge = along_polyline(Network.relu([([[1]], [0]), ([[1]], [0])]), [[-1], [0], [1]])
    title = draw_line(hinge.parts, figure(width=4, height=3).subplots()).get_title()
    assert (hinge.activation, title) == (2, "1-1: 2 pieces")


def test_pictures_are_written_and_the_same_every_time(run, tent, tmp_path) -> None:
    for name in ("a.svg", "b.svg", "c.png"):
        run("line", tent, "--from=-1", "--to=2", "--plot", tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_numbers_beyond_floats_are_written_and_not_drawn(run, tmp_path) -> None:
    huge = 10**320
    path, picture = tmp_path / "huge.json", tmp_path / "plane.svg"
    first = ([[1, 1], [huge, 0], [1, -1]], [-huge, 1, 3 * huge])
    formats.save(Network.relu([first, ([[1, 2, 1]], [-huge]), ([[huge]], [0])]), path)
    line = run("line", path, "--from=0,0", "--to=1,2", "--whole", "--all")
    assert "≈3.3e+319…" in line.out
    assert "-0.000000000000000…" in line.out
    assert "≈2.0e+640" in run("regions", path).out
    assert "density" in run("boundary", path, f"--box=-1/{huge},1/{huge}").out
    corners = f"--box=-{huge},{huge}"
    assert "cannot be drawn" in run("plane", path, corners, "--plot", picture, code=2).err
