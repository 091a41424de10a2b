"""Narrow layers: the maxima behind rigid first layers, by formula, by exhaustion, and tried by random networks."""

import itertools
import random

import pytest
from rigid_layers import first_layers, rigid_crossings

from theory import Architecture, Network
from theory.bounds import BOUNDS, bracket
from theory.bounds.rigid import crossings, known_crossings, rigid_value, small_maximum
from theory.errors import ConditionError, InvalidInputError
from verify import WholeSpace
from verify.engines import ENGINES, Problem

SMALL = [
    Architecture.relu(d, *widths)
    for d, depth in itertools.product(range(1, 5), range(1, 4))
    for widths in itertools.product(range(1, 6), repeat=depth)
]


@pytest.mark.parametrize(("d", "n"), [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 3), (3, 4), (4, 4)])
def test_the_formulas_agree_with_running_through_all_sign_vectors(d: int, n: int) -> None:
    found, stated = rigid_crossings(d, n), crossings(d, (n,))
    assert found == tuple([*stated, 0, 0][:3])


def test_two_units_a_second_way() -> None:
    """Walks are abstract; actual pairs of units cross in as many regions behind three lines, and never in more."""
    rng = random.Random(1)
    wall = [[1, 0], [0, 1], [-1, -1]]
    assert crossed(([[14, 10], [-3, 2], [4, 0]], [6, 12, -6]), ([[3, -8, -7], [-6, 14, 1]], [9, -4])) == 3
    for _ in range(400):
        facing = [rng.choice((-1, 1)) for _ in range(3)]
        first = ([[s * v for v in row] for s, row in zip(facing, wall, strict=True)], [0, 0, facing[2]])
        second = ([[rng.randint(-9, 9) for _ in range(3)] for _ in range(2)], [rng.randint(-9, 9) for _ in range(2)])
        assert crossed(first, second) <= 3


def crossed(first: tuple, second: tuple) -> int:
    """The regions of the first layer in which two units of the second one cross, from three counts."""
    both = number(Network.relu([first, second, ([[1, 1]], [0])]))
    alone = [number(Network.relu([first, ([second[0][i]], [second[1][i]]), ([[1]], [0])])) for i in range(2)]
    assert max(alone) <= 13
    return both - sum(alone) + 7


def number(network: Network) -> int:
    return ENGINES["exact"](Problem.of(network, WholeSpace(network.inputs)))[0]


def test_first_layers_that_are_not_rigid_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="at most 3 units"):
        list(first_layers(2, 4))
    assert len(list(first_layers(3, 2))) == 1
    assert len(list(first_layers(2, 3))) == 4


def test_the_bound_is_never_above_hinz2021_and_often_below() -> None:
    smaller = 0
    for arch in SMALL:
        value, known = rigid_value(arch.inputs, arch.widths), BOUNDS["hinz2021"](arch)
        assert value <= known, arch
        smaller += value < known
        exact = small_maximum(arch.sizes)
        assert exact is None or exact == value, arch
    assert len(SMALL) == 620
    assert smaller > 250


def test_the_bound_grows_with_inputs_and_units() -> None:
    for arch in SMALL:
        value = rigid_value(arch.inputs, arch.widths)
        assert value <= rigid_value(arch.inputs + 1, arch.widths)
        assert rigid_value(arch.inputs, arch.widths[:-1]) < value


def test_brackets_that_are_closed() -> None:
    closed = {
        "1-2-2-2": 19,
        "2-2-2-1": 18,
        "2-2-2-2": 26,
        "2-3-2": 22,
        "2-3-3": 34,
        "3-3-3": 39,
        "3-4-1": 29,
        "9-2-2-5": 56,
        "1-1-1-1": 4,
        "1-4-2-2": 35,
    }
    for text, value in closed.items():
        lower, upper = bracket(Architecture.parse(text))
        assert lower is not None
        assert (lower.value, upper.value) == (value, value), text


def test_one_input_reduces_to_what_is_behind() -> None:
    assert known_crossings((1, 1)) == (2, 1)
    assert known_crossings((7, 1, 2)) == (4, 2)
    assert known_crossings((1, 5, 2, 2)) == (42, 36)
    assert known_crossings((1, 2, 3)) is None
    assert small_maximum((1, 3, 3)) is None  # the general formula's
    assert small_maximum((2, 0, 3)) is None


def test_random_networks_stay_below() -> None:
    rng = random.Random(3)
    for sizes in ((1, 2, 2, 2), (2, 2, 2, 2), (2, 3, 3), (3, 3, 2), (3, 4, 1), (2, 2, 3, 2), (2, 3, 2, 1)):
        limit = rigid_value(sizes[0], sizes[1:])
        for _ in range(40):
            layers = [
                ([[rng.randint(-9, 9) for _ in range(n)] for _ in range(m)], [rng.randint(-9, 9) for _ in range(m)])
                for n, m in itertools.pairwise((*sizes, 1))
            ]
            assert number(Network.relu(layers)) <= limit, sizes


def test_where_the_bound_does_not_speak() -> None:
    bound = BOUNDS["rigid_layers"]
    for text in ("2-4-4", "2-3", "1-3-2", "3-1-4"):
        with pytest.raises(ConditionError, match="it needs a layer, not the last one"):
            bound(Architecture.parse(text))
    with pytest.raises(ConditionError, match="at most 80 units"):
        bound(Architecture.relu(2, 2, 100))
    with pytest.raises(ConditionError, match="ReLU"):
        bound(Architecture.maxout(2, 2, 2, rank=3))
