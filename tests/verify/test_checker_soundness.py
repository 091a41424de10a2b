"""Certificates of wrong numbers, each of which some shortcut of the checker would let pass."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from theory import ABS, HARD_TANH, IDENTITY, RELU, Layer, Maxout, Network, PiecewiseLinear
from verify import Polytope, WholeSpace, checker, count
from verify.certificate import check
from verify.certificate.claim import claim_line

MANY = 33


def verdict(first: str, tree: str, folder: Path) -> str:
    (folder / "out").write_text(f"{first}\n{tree}")
    return str(check(folder / "out"))


def in_many_dimensions(*numbers: int) -> str:
    """A leaf whose witness begins with these numbers, over 4."""
    return ",".join(map(str, (0, *numbers, *[0] * (MANY - len(numbers)), 4)))


@pytest.mark.parametrize("last", [[1, -1, *[0] * (MANY - 2), 0], [*[0] * MANY, -1]], ids=["x > y", "0 > 1"])
def test_a_witness_in_many_dimensions_lies_in_the_domain(last: list[int], tmp_path: Path) -> None:
    """In the domain, in the part x > y of a cube, the unit x − y is on; in the empty domain there is no region."""
    network = Network([Layer([[1, -1, *[0] * (MANY - 2)]], [0])])
    walls = [[sign * (i == j) for j in range(MANY)] + [1] for i in range(MANY) for sign in (1, -1)]
    value = json.loads(claim_line(network, Polytope(walls), 2))
    value["domain"]["rows"].append(last)
    tree = f'2,0\n{in_many_dimensions(-1, 1)}\n{in_many_dimensions(1, -1)}\n["end",2]\n'
    assert verdict(json.dumps(value), tree, tmp_path).startswith(
        f"REJECTED line 3: the witness violates row {2 * MANY} of its cell"
    )


@pytest.mark.parametrize("bits", [64, 128])
def test_outputs_of_a_bent_last_layer_do_not_overflow(bits: int, tmp_path: Path) -> None:
    """The first and the last of three affine maps agree at 2^bits, where packed rows of that width are the same."""
    unit = {"breakpoints": [0, 1], "slopes": [1, 0, f"{2**bits}/{2**bits - 1}"]}
    layer = {"weights": [[1]], "biases": [0], "activation": unit}
    value = json.loads(claim_line(Network([Layer([[1]], [0])]), WholeSpace(1), 3, definition="affine"))
    value["network"]["layers"] = [layer]
    value["network_sha256"] = hashlib.sha256(checker.Layer(layer, 1, 1).text.encode()).hexdigest()
    leaves = '3,0\n0,-1,1\n0,1,2\n0,2,1\n["end",3]\n'
    assert verdict(json.dumps(value), leaves, tmp_path) == "VERIFIED 3"
    value["regions"] = 2
    assert verdict(json.dumps(value), leaves, tmp_path).endswith("2 regions are claimed, 3 are shown")


FOLDED = Network([Layer([[1]], [-1], ABS)] * 4 + [Layer([[1]], [0], IDENTITY)])
TWO_LAYERS_DEEP = """["image",1,[[1,0]],1,[[1,1]]]
["step",0,-1]
[[[]],[]]
[[],[0,[[-1,0]],1,[[-1,0]],1,[[1,0,1]],[[1,0,1]],[-1,1]]]
[[],[0,[[1,-2]],1,[[1,2]],1,[[1,0,1]],[[1,0,1]],[4,1]]]
["step",2,0]
[[[]],[]]
[[],"on"]
[[[[1,[1,2,1,0,1]]]],[-1,2]]
[[],"on"]
[[[]],[]]
[[],[1,2]]
[[],[2,1]]
["end"]
"""
"""|x − 1| − 1 four times.  The step divides the image u > −1 by the last two layers; behind the first are three."""


def test_a_step_through_two_layers_holds_for_its_own_layer_only(tmp_path: Path) -> None:
    assert count(FOLDED) == 8
    first = claim_line(FOLDED, WholeSpace(1), 6, version=checker.SHARED)
    assert verdict(first, TWO_LAYERS_DEEP, tmp_path) == "REJECTED line 15: layer 2 has no step on image 0"


@pytest.mark.parametrize(
    ("unit", "most"), [(RELU, 4), (ABS, 6), (Maxout(2), 6), (HARD_TANH, 9), (PiecewiseLinear([0, 1], [0, 1, 2]), 9)]
)
def test_the_bound_of_an_open_leaf(unit: Any, most: int, tmp_path: Path) -> None:
    """Behind one unit on the line two ReLU units make three regions of each piece, or one where a ReLU unit is zero."""
    first = Layer([[1], [2]][: unit.rows], [0, 1][: unit.rows], [unit])
    network = Network([first, Layer([[1], [1]], [-1, -2]), Layer([[1, 1]], [0], IDENTITY)])
    for claimed in range(2, 12):
        (tmp_path / "out").write_text(f'{claim_line(network, WholeSpace(1), (1, claimed))}\n-1,1,2\n["end",1]\n')
        said = f"VERIFIED 1..{most}" if claimed == most else f"1..{claimed} regions are claimed, 1..{most} are shown"
        assert said in str(check(tmp_path / "out"))
