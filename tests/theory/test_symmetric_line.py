"""The mean number of regions on a line, a whole space and a box: the formulas, and drawn networks counted exactly."""

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import pytest

from theory import Architecture, Network
from theory.errors import InvalidInputError
from theory.geometry.feasibility import AffineSubspace, interior_point
from theory.initialization import Initialization
from theory.symmetric_line import line_regions, space_regions
from verify import Box, Line, Plane, WholeSpace, count


def test_one_layer_has_a_region_more_than_units() -> None:
    assert [line_regions([n]) for n in (1, 2, 9)] == [2, 3, 10]
    assert line_regions([]) == 1


def test_wide_networks_have_about_one_region_for_each_unit() -> None:
    for definition in ("activation", "linear"):
        assert 90 < line_regions([30, 30, 30], definition) < 91


def test_linear_regions_are_fewer() -> None:
    assert line_regions([1, 1]) == Fraction(5, 2)
    assert line_regions([1, 1], "linear") == 2
    with pytest.raises(InvalidInputError):
        line_regions([2, 0])


def sign_changes(net: Network, units: list[int]) -> Iterator[Network]:
    """Each of so many units of the first layers with its inputs and outputs as they are, or all with the other sign."""
    widths = [layer.width for layer in net.hidden]
    flips = units + [0] * (len(widths) - len(units))
    for signs in itertools.product(*(itertools.product((1, -1), repeat=n) for n in flips)):
        incoming, layers = (1,) * net.inputs, []
        for layer, outgoing in zip(net.layers, (*signs, ()), strict=True):
            outgoing = outgoing or (1,) * layer.width
            rows = [
                [s * r * v for r, v in zip(incoming, row, strict=True)]
                for s, row in zip(outgoing, layer.weights, strict=True)
            ]
            layers.append((rows, [s * b for s, b in zip(outgoing, layer.biases, strict=True)]))
            incoming = outgoing
        yield Network.relu(layers)


@pytest.mark.parametrize("widths", [(1, 1, 1), (1, 2, 2), (2, 2, 2), (3, 2, 1, 2)])
def test_the_mean_over_signs_is_exact_for_a_single_network(widths: tuple[int, ...]) -> None:
    net = Initialization(bias="1/2").draw(Architecture.relu(*widths), np.random.default_rng(7))
    place = WholeSpace(1) if widths[0] == 1 else Line([0, 1, 0][: widths[0]], range(1, widths[0] + 1))
    changed = list(sign_changes(net, list(widths[1:])))
    for definition in ("activation", "linear"):
        counts = [int(count(other, place, definition=definition, engine="exact")) for other in changed]
        assert Fraction(sum(counts), len(counts)) == line_regions(widths[1:], definition)


@pytest.mark.parametrize("widths", [(2, 3), (2, 3, 3), (3, 3, 3), (4, 3, 2), (2, 2, 3, 2), (3, 1, 2, 2, 2)])
def test_the_mean_over_signs_is_exact_on_the_whole_space(widths: tuple[int, ...]) -> None:
    net = Initialization(bias="1/2").draw(Architecture.relu(*widths), np.random.default_rng(7))
    counts = [int(count(other)) for other in sign_changes(net, list(widths[1:-1]))]
    assert Fraction(sum(counts), len(counts)) == space_regions(widths[0], widths[1:])
    assert len(set(counts)) > 1 or len(widths) == 2


def straightened(net: Network, on: Sequence[Sequence[int]]) -> Network:
    """One layer of all units, those before the last layer replaced by the identity (1) or by zero (0)."""
    rows, offsets = np.array(net.layers[0].weights), np.array(net.layers[0].biases)
    units = [(rows, offsets)]
    for layer, kept in zip(net.hidden[1:], on, strict=True):
        weights = np.array(layer.weights) * np.array(kept)
        rows, offsets = weights @ rows, weights @ offsets + np.array(layer.biases)
        units.append((rows, offsets))
    rows, offsets = (np.concatenate(parts) for parts in zip(*units, strict=True))
    return Network.relu([(rows.tolist(), offsets.tolist()), ([[1] * len(rows)], [0])])


def cells_and_sets(net: Network, box: Box) -> tuple[Fraction, Fraction]:
    """Means over the choices of units that are on: the cells in the box, and the sets with a common zero inside."""
    first = [layer.width for layer in net.hidden[:-1]]
    cells = sets = 0
    for on in itertools.product(*(itertools.product((0, 1), repeat=n) for n in first)):
        layer = (arrangement := straightened(net, on)).layers[0]
        rows = [(*w, b) for w, b in zip(layer.weights, layer.biases, strict=True)]
        cells += int(count(arrangement, box))
        for k in range(net.inputs + 1):
            for some in itertools.combinations(rows, k):
                zeros = AffineSubspace.of(net.inputs, some)
                inside = zeros and interior_point([zeros.restrict(side) for side in box.rows], zeros.dimension)
                sets += inside is not None
    return Fraction(cells, 2 ** sum(first)), Fraction(sets, 2 ** sum(first))


@pytest.mark.parametrize("widths", [(1, 2, 2, 2), (1, 3, 3), (2, 3, 3), (2, 2, 2, 2), (3, 3, 2)])
@pytest.mark.parametrize("least", [(-1, -2, "-1/3"), ("1/5", 0, "1/3")])
def test_straightened_networks_have_as_many_regions_in_a_box(widths: tuple[int, ...], least: tuple[int, ...]) -> None:
    net = Initialization(bias="1/2").draw(Architecture.relu(*widths), np.random.default_rng(8))
    box = Box(least[: widths[0]], (2, 1, 3)[: widths[0]])
    counts = [int(count(other, box)) for other in sign_changes(net, list(widths[1:-1]))]
    mean = Fraction(sum(counts), len(counts))
    assert cells_and_sets(net, box) == (mean, mean)
    assert len(set(counts)) > 1
    assert mean <= space_regions(widths[0], widths[1:])


SQUARE, AXES = [[1, 2], [3, -1]], [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("layers", "mean", "sets"),
    [
        ([([[1, 2], [1, 2]], [1, 1]), (SQUARE, [-1, 2])], "7/2", "11/2"),  # equal units
        ([([[1, 2], [-1, -2]], [1, -1]), (SQUARE, [-1, 2])], "7/2", "11/2"),
        ([(AXES, [0, 0]), (SQUARE, [0, 0])], "5", "11"),  # all lines through one point
        ([([[1, 2], [0, 0]], [1, 0]), (SQUARE, [-1, 2])], "3", "6"),  # a unit that is 0
        ([(AXES, [1, 2]), ([[0, 0], [1, 2]], [0, 1]), (SQUARE, [-1, 2])], "27/4", "11"),
    ],
)
def test_only_the_sets_need_general_position(
    layers: list[tuple[list[list[int]], list[int]]], mean: str, sets: str
) -> None:
    net, box = Network.relu([*layers, ([[1, 1]], [0])]), Box([-2, -3], [3, 4])
    counts = [int(count(other, box)) for other in sign_changes(net, [layer.width for layer in net.hidden[:-1]])]
    assert Fraction(sum(counts), len(counts)) == Fraction(mean)
    assert cells_and_sets(net, box) == (Fraction(mean), Fraction(sets))


def test_the_mean_on_a_flat_depends_on_its_dimension_alone() -> None:
    net = Initialization(bias="1/2").draw(Architecture.relu(4, 3, 3), np.random.default_rng(7))
    plane = Plane([1, 0, 2, 0], [1, 2, 3, 4], [0, 1, -1, 2])
    counts = [int(count(other, plane)) for other in sign_changes(net, [3])]
    assert Fraction(sum(counts), len(counts)) == space_regions(2, [3, 3])
    for widths in ([4], [2, 5], [3, 1, 4]):
        assert space_regions(1, widths) == line_regions(widths)
        assert space_regions(2, widths) <= space_regions(2, [sum(widths)])
    assert space_regions(2, []) == 1
    assert space_regions(1, [2] * 1100) == 9 - 8 * Fraction(3, 4) ** 1100
    with pytest.raises(InvalidInputError):
        space_regions(0, [2])
