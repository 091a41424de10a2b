"""Domain files: every shape read exactly, every mistake named with its place."""

import json

import pytest

from theory.errors import FileFormatError
from verify import Box, Line, Plane, Polytope, Segment
from verify.domain.files import load, loads


def text(**shape: object) -> str:
    return json.dumps({"format": "linregions/domain", "version": 1, **shape})


def test_every_shape() -> None:
    assert loads(text(rows=[["1", "0", "1/3"], [0, -2, 1]])) == Polytope([[1, 0, "1/3"], [0, -2, 1]])
    assert loads(text(lower=[0, "-1/2"], upper=[1, 2], note="mine")) == Box([0, "-1/2"], [1, 2])
    assert loads(text(segment=[[0, 0], [1, "1/2"]])) == Segment([0, 0], [1, "1/2"])
    assert loads(text(line=[[0, 0], [1, "1/2"]])) == Line([0, 0], [1, "1/2"])
    points = [[0, 0, 0], [1, 0, 0], [0, 1, 1]]
    assert loads(text(plane=points)) == Plane(*points)
    assert loads(text(plane=points, lower=[0, 0], upper=[1, 1])) == Plane(*points, patch=Box([0, 0], [1, 1]))
    triangle = [[1, 0, 0], [0, 1, 0], [-1, -1, 1]]
    assert loads(text(plane=points, rows=triangle)) == Plane(*points, patch=Polytope(triangle))


def test_a_float_is_its_binary_value_and_a_string_its_decimal_value() -> None:
    assert loads(text(lower=[0.1], upper=[1])).lower != Box(["0.1"], [1]).lower
    assert loads(text(lower=["0.1"], upper=[1])) == Box(["1/10"], [1])
    assert loads(text(lower=[0.75], upper=[10**400])) == Box(["3/4"], [10**400])


WRONG = {
    "not JSON": ("{", "line 1"),
    "not UTF-8": (b"\xff{", "UTF-8"),
    "a list": ("[]", "linregions/domain"),
    "another format": (json.dumps({"format": "linregions/network"}), "linregions/domain"),
    "no version": (json.dumps({"format": "linregions/domain", "lower": [0], "upper": [1]}), "version"),
    "version 2": (json.dumps({"format": "linregions/domain", "version": 2}), "version"),
    "no shape": (text(), "describes no domain"),
    "two shapes": (text(segment=[[0], [1]], rows=[[1, 0]]), "do not go together"),
    "half a box": (text(upper=[1]), "lower"),
    "half a patch": (text(plane=[[0, 0], [1, 0], [0, 1]], upper=[1, 1]), "lower"),
    "unknown key": (text(lower=[0], uper=[1]), "uper"),
    "repeated key": ('{"format": "linregions/domain", "version": 1, "lower": [0], "lower": [1]}', "twice"),
    "a word": (text(lower=["zero"], upper=[1]), "lower, 1"),
    "a truth value": (text(rows=[[1, 0], [True, 0]]), "rows, 2, 1"),
    "infinity": ('{"format": "linregions/domain", "version": 1, "lower": [-Infinity], "upper": [1]}', "lower, 1"),
    "null": (text(lower=[None], upper=[1]), "lower, 1"),
    "a number for rows": (text(rows=3), "list of lists"),
    "flat rows": (text(rows=[1, 0]), "list of lists"),
    "ragged rows": (text(rows=[[1, 0], [1, 0, 0]]), "halfspace 2"),
    "nested too far": (text(lower=[[0]], upper=[1]), "lower"),
    "three ends": (text(segment=[[0], [1], [2]]), "3 points"),
    "empty box": (text(lower=[1], upper=[0]), "coordinate 1"),
    "points on one line": (text(plane=[[0, 0], [1, 1], [2, 2]]), "one line"),
    "patch in three parameters": (text(plane=[[0, 0], [1, 0], [0, 1]], lower=[0] * 3, upper=[1] * 3), "R^2"),
}


@pytest.mark.parametrize(("content", "place"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_named_with_its_place(content, place) -> None:
    with pytest.raises(FileFormatError) as refusal:
        loads(content, source="square.json")
    assert str(refusal.value).startswith("square.json: ")
    assert place in str(refusal.value)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(FileFormatError, match=r"nowhere\.json"):
        load(tmp_path / "nowhere.json")


def test_a_huge_end_of_a_box_is_named_by_its_size() -> None:
    with pytest.raises(FileFormatError) as refusal:
        loads(text(lower=["9" * 10**5], upper=[1]), source="square.json")
    assert "box, coordinate 1: lower end ≈9.9e+99999 is not below upper end 1;" in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_a_huge_number_in_place_of_a_corner_is_refused() -> None:
    with pytest.raises(FileFormatError, match="box, lower corner: a huge Fraction is not a list of numbers"):
        loads(text(lower="9" * 10**5, upper=[1]))
