"""Kinds of units: what each says about itself is true, and a kind that the toolkit has never seen is counted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path
from typing import Any

import pytest
from clipping import polygons

import theory
from theory import ABS, HARD_TANH, IDENTITY, RELU, Layer, Maxout, Network, PiecewiseLinear, leaky_relu
from theory.activations import NAMED, Activation, Comparison, Output
from theory.bounds import applicable
from theory.errors import UnsupportedError
from theory.exact import to_fmpq
from theory.formats.json_file import dumps, loads
from theory.geometry.region import pattern_behind
from verify import Box, Segment, count
from verify.counting.long.parts import Bounds
from verify.engines.brute import patterns_brute
from verify.engines.exact import cells
from verify.engines.problem import Problem
from verify.measure.distance import distances, least_squares_distance
from verify.partitions.complex import pattern_rows
from verify.slices.lines.result import along
from verify.slices.planes.result import across


@dataclass(frozen=True, repr=False)
class SecondLargest(Activation):
    """The second largest of r preactivations; with the maximum it sorts groups (GroupSort).

    Piece (i, j), the i-th permutation of two, is where z_i is the largest and z_j the second largest; of equal ones
    the first counts as larger.
    """

    rank: int

    @property
    def rows(self) -> int:
        return self.rank

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        return list(permutations(range(self.rank), 2))

    @property
    def pieces(self) -> int:
        return len(self._pairs)

    def comparisons(self, piece: int) -> list[Comparison]:
        first, second = self._pairs[piece]
        swap = Comparison(self._pairs.index((second, first)), first, second, Fraction(0), second < first)
        rest = [j for j in range(self.rank) if j not in (first, second)]
        return [swap, *(Comparison(self._pairs.index((first, j)), second, j, Fraction(0), j < second) for j in rest)]

    def output(self, piece: int) -> Output:
        return Output(self._pairs[piece][1], Fraction(1), Fraction(0))

    @property
    def name(self) -> str:
        return f"second_largest({self.rank})"

    def source(self) -> str:
        return f"SecondLargest({self.rank})"

    def to_json(self) -> Any:
        return {"second_largest": self.rank}


HAT = PiecewiseLinear([0, 1, 2], [0, 1, -1, 0])
IN_FILES = [*NAMED.values(), leaky_relu("-1/3"), HAT, Maxout(1), Maxout(2), Maxout(3)]
UNITS = [*IN_FILES, SecondLargest(3)]


def _points(unit: Activation) -> Iterator[tuple[Fraction, ...]]:
    values = [Fraction(v, 2) for v in range(-3, 5)]
    return product(values, repeat=unit.rows)


@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_every_point_lies_in_the_one_piece_that_the_unit_takes(unit: Activation) -> None:
    for z in _points(unit):
        forms = [(v,) for v in z]
        taken = [
            piece
            for piece in range(unit.pieces)
            if all(c.admits(c.of(forms, Fraction(1))[0]) for c in unit.comparisons(piece))
        ]
        assert taken == [unit.piece_of(z)] == [Activation.piece_of(unit, z)]


@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_behind_a_wall_lies_the_piece_that_is_named_and_the_unit_is_continuous_there(unit: Activation) -> None:
    seen = 0
    for z in _points(unit):
        piece = unit.piece_of(z)
        zero = [c for c in unit.comparisons(piece) if c.of([(v,) for v in z], Fraction(1)) == [0]]
        if len(zero) != 1:
            continue
        (wall,) = zero
        step = Fraction(1, 100)
        across = tuple(v + step * ((i == wall.minus) - (i == wall.plus)) for i, v in enumerate(z))
        assert unit.piece_of(across) == wall.other
        for row, slope, intercept in [unit.output(piece), unit.output(wall.other)]:
            assert slope * z[row] + intercept == unit.value(z)
        seen += 1
    assert seen or unit.pieces == 1


@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_what_is_said_of_a_box_holds_for_the_points_in_it(unit: Activation) -> None:
    rng = random.Random(4)
    for _ in range(20):
        ends = [sorted(Fraction(rng.randint(-6, 6), 2) for _ in range(2)) for _ in range(unit.rows)]
        ranges = [(to_fmpq(low), to_fmpq(high)) for low, high in ends]
        possible, (low, high) = unit.pieces_in(ranges), unit.image(ranges)
        corners = [
            tuple(a + (b - a) * Fraction(t, 3) for (a, b), t in zip(ends, mix, strict=True))
            for mix in product(range(4), repeat=unit.rows)
        ]
        assert {unit.piece_of(z) for z in corners} <= set(possible)
        values = [to_fmpq(unit.value(z)) for z in corners]
        assert low is not None
        assert high is not None
        assert low <= min(values) <= max(values) <= high
        if unit.rows == 1 or isinstance(unit, Maxout):
            assert max(values) == high or unit is HAT or unit is ABS


@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_a_scaled_unit_is_the_same_function_in_another_scale(unit: Activation) -> None:
    factor = Fraction(3, 2)
    stretched = unit.scaled(factor)
    for z in _points(unit):
        assert stretched.value([factor * v for v in z]) == factor * unit.value(z)
        if unit.is_symmetric:
            assert unit.value(z[::-1]) == unit.value(z)


def test_unbounded_ranges() -> None:
    zero, one = to_fmpq(Fraction(0)), to_fmpq(Fraction(1))
    assert RELU.image([(None, one)]) == (zero, one)
    assert HARD_TANH.image([(None, None)]) == (-one, one)
    assert Maxout(2).image([(zero, None), (None, one)]) == (zero, None)
    assert ABS.pieces_in([(None, zero)]) == [0]
    assert ABS.pieces_in([(zero, None)]) == [0, 1]  # at 0 the first piece is taken


@pytest.mark.parametrize("unit", IN_FILES, ids=str)
def test_a_unit_is_read_back_from_what_it_writes(unit: Activation) -> None:
    net = Network([Layer([[1]] * unit.rows, [0] * unit.rows, unit)])
    assert loads(dumps(net)).layers[0].units == (unit,)
    assert eval(unit.source(), vars(theory)) == unit


def _networks(number: int) -> Iterator[Network]:
    """Two inputs, second largest values beside other units, small integer weights so that ties are frequent."""
    for seed in range(number):
        rng = random.Random(seed)
        layers, width = [], 2
        for _ in range(rng.randint(1, 2)):
            units = [SecondLargest(3), *rng.sample([RELU, Maxout(2), HARD_TANH], rng.randint(0, 1))]
            rows = sum(unit.rows for unit in units)
            weights = [[rng.randint(-2, 2) for _ in range(width)] for _ in range(rows)]
            layers.append(Layer(weights, [Fraction(rng.randint(-2, 2), 2) for _ in range(rows)], units))
            width = len(units)
        yield Network([*layers, Layer([[1] * width], [0], IDENTITY)])


SQUARE = Box([-1, -1], [1, 1])


@pytest.mark.parametrize("unit", UNITS, ids=str)
def test_networks_of_one_kind_of_unit_have_the_regions_of_the_reference_implementation(unit: Activation) -> None:
    rng = random.Random(5)
    for _ in range(3):
        rows = [[rng.randint(-2, 2) for _ in range(2)] for _ in range(2 * unit.rows)]
        net = Network([Layer(rows, [rng.randint(-2, 2) for _ in rows], unit), Layer([[1, 1]], [0], IDENTITY)])
        assert count(net, SQUARE, engine="exact") == count(net, SQUARE, engine="brute")
        if unit in IN_FILES:
            assert loads(dumps(net)) == net


def test_a_new_kind_of_unit_is_counted_by_the_exact_engine_and_the_reference_implementation() -> None:
    sizes = []
    for net in _networks(12):
        problem = Problem.of(net, SQUARE)
        found = [cell.pattern for cell in cells(problem)]
        assert len(found) == len(set(found))
        assert set(found) == patterns_brute(problem.network, problem.rows)
        assert len(found) == count(net, SQUARE).value == count(net, SQUARE, engine="brute").value
        assert len(found) <= Bounds(problem)(())
        sizes.append(len(found))
    assert max(sizes) > 6


def test_a_new_kind_of_unit_has_polygons_lines_planes_and_distances() -> None:
    for net in _networks(6):
        patterns = set(polygons(net, SQUARE))
        assert patterns == patterns_brute(net, SQUARE.rows)
        assert across(net, SQUARE).activation == len(patterns)
        segment = Segment([-1, "-1/3"], [1, "1/2"])
        assert along(net, segment).activation == count(net, segment, engine="brute").value
        point = (Fraction(1, 7), Fraction(2, 11))
        rows = pattern_rows(Problem(net, ()), net.pattern(point))
        assert rows is not None
        nearest = min((least_squares_distance([tuple(-v for v in row)], point) for row in rows), default=None)
        assert distances(net, [point]).squared == (nearest,)
        assert pattern_behind(net, point, (1, 0)) == net.pattern(point)


def test_a_new_kind_of_unit_has_no_published_bound_no_certificate_and_no_compiled_engine(tmp_path: Path) -> None:
    net = next(_networks(1))
    assert net.architecture.kind == "general"
    assert not applicable(net.architecture)
    with pytest.raises(UnsupportedError, match="second_largest"):
        count(net, SQUARE, certificate=tmp_path / "count.cert")
    with pytest.raises(UnsupportedError):
        count(net, SQUARE, engine="polygon")
