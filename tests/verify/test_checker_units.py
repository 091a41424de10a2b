"""What the checker understands by a network, compared with the toolkit: every kind of unit, however it is written."""

import hashlib
import itertools
import json
from fractions import Fraction

import pytest

from theory import Network
from theory.activations import Maxout
from theory.errors import LinregionsError
from theory.formats import loads
from verify import checker

SCALAR = [
    "relu",
    "identity",
    "abs",
    "hard_tanh",
    *({"leaky_relu": slope} for slope in (0, 1, -1, 2, "1/10", "2/20", "-3/4")),
    *(
        {"breakpoints": points, "slopes": slopes}
        for points, slopes in [
            ([], [1]),
            ([], [2]),
            ([], ["0"]),
            ([0], [0, 1]),
            (["0/5"], ["0", "2/2"]),
            ([0], [-1, 1]),
            ([0], ["1/10", 1]),
            ([0], [1, "1/10"]),
            ([0], [1, 1]),
            ([-1, 1], [0, 1, 0]),
            ([-1, 1], [0, 1, 1]),
            ([1, -1], [0, 1, 0]),
            ([0, 0], [0, 1, 0]),
            (["-1/2", "1/3", 2], [1, -1, "1/2", 3]),
            ([1, 2, 3], [2, 0, "-1/7", "5"]),
        ]
    ),
]


def file_of(activation: object, rows: int) -> dict[str, object]:
    layers = [
        {"weights": [[str(i + 1)] for i in range(rows)], "biases": ["1/3"] * rows, "activation": activation},
        {"weights": [["1"]], "biases": ["0"], "activation": "identity"},
    ]
    return {"format": "linregions/network", "version": 1, "inputs": 1, "layers": layers}


def toolkit(value: dict[str, object]) -> Network | None:
    try:
        return loads(json.dumps(value))
    except LinregionsError:
        return None


def understood(value: dict[str, object]) -> list[checker.Layer] | None:
    layers, width, scale = [], 1, 1
    try:
        for entry in value["layers"]:  # type: ignore[attr-defined]
            layers.append(checker.Layer(entry, width, scale))
            width, scale = len(layers[-1].units), layers[-1].scale
    except checker.Rejected:
        return None
    return layers


@pytest.mark.parametrize("activation", SCALAR, ids=str)
def test_scalar_units_are_the_same_function_with_the_same_name(activation: object) -> None:
    value = file_of(activation, 1)
    network, layers = toolkit(value), understood(value)
    assert (network is None) == (layers is None)
    if network is None or layers is None:
        return
    assert hashlib.sha256("".join(layer.text for layer in layers).encode()).hexdigest() == network.digest
    unit, layer = network.layers[0].units[0], layers[0]
    ((_, rank, points, lines),) = layer.units
    assert rank == 0
    assert len(lines) == unit.pieces
    s = layer.scale // layer.factor  # preactivations are s times the true ones, outputs layer.scale times
    kinks = [Fraction(t, s) for t in points]
    ends = [Fraction(-9), *kinks, Fraction(9)]
    for piece, ((slope, constant), (a, b)) in enumerate(zip(lines, itertools.pairwise(ends), strict=True)):
        z = (a + b) / 2
        assert unit.piece_of([z]) == piece
        assert slope * z * s + constant == unit.value([z]) * layer.scale


@pytest.mark.parametrize("rank", [0, 1, 2, 3, "2", None, True, [2]], ids=str)
def test_maxout_units_are_read_alike(rank: object) -> None:
    rows = rank if type(rank) is int and rank > 0 else 2
    value = file_of({"maxout": rank}, rows)
    network, layers = toolkit(value), understood(value)
    assert (network is None) == (layers is None)
    if network is not None and layers is not None:
        assert network.layers[0].units == (Maxout(rows),)
        assert [unit[1] for unit in layers[0].units] == [rows]
        assert hashlib.sha256("".join(layer.text for layer in layers).encode()).hexdigest() == network.digest


@pytest.mark.parametrize("activation", ["RELU", "tanh", "", 0, None, {}, {"relu": 1}, {"leaky_relu": "x"}, []], ids=str)
def test_what_one_refuses_the_other_refuses(activation: object) -> None:
    value = file_of(activation, 1)
    assert toolkit(value) is None
    assert understood(value) is None
