"""``linregions boundary`` and ``linregions distance`` as a user meets them."""

from fractions import Fraction

import numpy as np
import pytest

from theory import Network, formats
from theory.data import digit_images, digits
from verify.measure.distance import distances, jump_distances


@pytest.fixture
def cross(tmp_path):
    path = tmp_path / "cross.json"
    formats.save(Network.relu([([[1, 1], [1, -1]], [0, 0]), ([[1, 1]], [0])]), path)
    return path


def test_the_boundary_of_a_cross(run, cross, tmp_path) -> None:
    record = run("boundary", cross, "--box=-1,1", "--json", "--plot", tmp_path / "x.png").json
    assert (record["size"], record["exact"], record["vertices"]) == ("5.656854249492...", "4·√(2)", 1)
    assert float(record["density"][0]) < 2**0.5 < float(record["density"][1])
    assert (tmp_path / "x.png").stat().st_size > 1000
    text = run("boundary", cross, "--box=-1,1", "--digits", 40).out
    assert "5.6568542494923801952067548968387923142786..." in text
    assert (
        "points 1, of a set of size 2"
        in run("boundary", cross, "--segment", "1,0", "1,2", "--definition", "linear").out
    )


def test_the_strata_of_a_cross_and_of_a_corner_in_space(run, cross, tmp_path) -> None:
    record = run("boundary", cross, "--box=-1,1", "--strata", "--json").json
    assert (record["faces"], record["faces_inside"], record["euler_characteristic"]) == ([5, 8, 4], [1, 4, 4], 1)
    assert [(p["pieces"], p["size"], p["units"]) for p in record["strata"]] == [
        (4, "5.656854249492...", {"1": 4}),
        (1, "1", {"2": 1}),
    ]
    corner = tmp_path / "corner.json"
    formats.save(Network.relu([([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0] * 3), ([[1] * 3], [0])]), corner)
    text = run("boundary", corner, "--box=-1,1", "--strata").out
    assert text.splitlines()[:2] == run("boundary", corner, "--box=-1,1").out.splitlines()
    assert text.splitlines()[3:] == [
        "codimension 1: 12 pieces, size 12, 1 unit at each",
        "codimension 2: 6 pieces, size 6, 2 units at each",
        "codimension 3: 1 piece, size 1, 3 units at each",
        "faces of all closed cells, by dimension: 27, 54, 36, 8; Euler 1",
    ]


def test_random_lines_through_a_square_and_through_all_images(run, cross) -> None:
    record = run("boundary", cross, "--box=-1,1", "--lines", 300, "--json").json
    assert record["interval"][0] < 4 * 2**0.5 < record["interval"][1]
    assert (record["dimension"], record["lines"], record["level"]) == (1, 300, 0.95)
    assert "63-dimensional volume" in run("boundary", "digits", "--box=0,1", "--lines", 10).out


def test_distances_of_the_shipped_images(run) -> None:
    record = run("distance", "digits", "digits", "--json").json
    found = distances(digits(), digit_images().values())
    assert [Fraction(d["squared"]) for d in record["distances"]] == list(found.squared)
    assert [(d["layer"], d["unit"]) for d in record["distances"]] == [tuple(unit) for unit in found.units]
    assert [d["squared"] for d in record["distances"]] == [d["squared_linear"] for d in record["distances"]]
    assert record["mean_times_units"] == pytest.approx(18 * found.floats.mean())


def test_distances_of_an_array_with_a_picture(run, cross, tmp_path) -> None:
    np.save(tmp_path / "points.npy", np.array([[0.5, 0.0], [3.0, 3.0], [2.0, 1.0]]))
    text = run("distance", cross, tmp_path / "points.npy", "--plot", tmp_path / "h.svg").out
    assert [line.split()[1] for line in text.splitlines()[1:4]] == ["0.353553391", "0", "0.707106781"]
    assert (tmp_path / "h.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_a_histogram_of_equal_distances_begins_at_zero_and_has_whole_numbers_of_points(
    run, cross, tmp_path, monkeypatch
) -> None:
    pages = []
    monkeypatch.setattr("verify.cli.measure.save_figure", lambda page, _: pages.append(page))
    np.save(tmp_path / "points.npy", np.array([[0.5, 0.0], [0.0, 0.5]]))
    run("distance", cross, tmp_path / "points.npy", "--plot", tmp_path / "h.svg")
    (axes,) = pages[0].axes
    assert axes.get_xlim()[0] == 0
    assert all(tick == int(tick) for tick in axes.get_yticks())


def test_distances_to_jumps_begin_where_distances_ended(cross) -> None:
    network = formats.load(cross)
    points = [["1/2", 0], [3, 3]]
    found = distances(network, points)
    assert jump_distances(network, found) == jump_distances(network, points) == list(found.squared)
