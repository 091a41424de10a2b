"""Volumes of boundaries against exact counts along random lines, in two and more dimensions."""

from fractions import Fraction

import numpy as np
import pytest

from theory import Architecture, Network
from theory.errors import InvalidInputError, UnsupportedError
from theory.initialization import Initialization
from verify import Box, Polytope
from verify.measure.boundary import boundary, boundary_by_lines, random_secant
from verify.measure.sampling import Estimate

LAW = Initialization(bias=Fraction(1, 2))


@pytest.mark.parametrize(
    ("inputs", "widths", "of"),
    [
        (2, (5, 4), "linear"),
        (2, (4, 3, 3), "activation"),
        (2, (3, 1, 3), "linear"),
        (3, (4, 3), "linear"),
        (3, (3, 2, 2), "activation"),
    ],
)
def test_lengths_and_areas_of_deep_networks(inputs, widths, of) -> None:
    network = LAW.draw(Architecture.relu(inputs, *widths), 11)
    box = Box([-1, -2, "-1/2"][:inputs], [1, 1, 1][:inputs])
    found = boundary_by_lines(network, box, of, lines=150, seed=5, level=0.99)
    exact = float(boundary(network, box, of).volume)
    assert found.low <= exact <= found.high
    assert (found.high - found.low) / exact < 0.6


@pytest.mark.parametrize("inputs", [4, 7])
def test_one_layer_in_more_dimensions(inputs) -> None:
    network, box = LAW.draw(Architecture.relu(inputs, 5), 3), Box.cube(-1, 1, inputs)
    found = boundary_by_lines(network, box, lines=150, seed=6, level=0.99)
    assert found.low <= float(boundary(network, box).volume) <= found.high


def test_secants_cross_a_face_parallel_plane_as_often_as_cauchy_says() -> None:
    """A plane x₃ = 1 through a 1 × 2 × 4 box has area 2, half the surface is 14: one secant in seven crosses it."""
    box, rng, crossed = Box([0, 0, 0], [1, 2, 4]), np.random.default_rng(4), []
    for _ in range(1200):
        secant = random_secant(box, rng)
        for end in (secant.start, secant.end):
            assert any(x in (a, b) for x, a, b in zip(end, box.lower, box.upper, strict=True))
        crossed.append(float(min(secant.start[2], secant.end[2]) < 1 < max(secant.start[2], secant.end[2])))
    found = Estimate.of(crossed, 0.99)
    assert found.low <= 1 / 7 <= found.high


def test_the_mean_chord_is_four_volumes_by_surface() -> None:
    """Cauchy: mean length of a random secant = 4·volume/surface in space, π·area/perimeter in the plane."""
    for box, expected in ((Box([0, 0, 0], [1, 2, 4]), 4 * 8 / 28), (Box([0, 0], [1, 3]), np.pi * 3 / 8)):
        rng, lengths = np.random.default_rng(9), []
        for _ in range(800):
            secant = random_secant(box, rng)
            lengths.append(float(np.linalg.norm([float(b - a) for a, b in zip(secant.start, secant.end, strict=True)])))
        found = Estimate.of(lengths, 0.99)
        assert found.low <= expected <= found.high


def test_the_same_seed_gives_the_same_answer_and_intervals_are_honest() -> None:
    network, box = LAW.draw(Architecture.relu(2, 3), 3), Box([-1, -1], [1, 1])
    assert boundary_by_lines(network, box, lines=20) == boundary_by_lines(network, box, lines=20)
    exact = float(boundary(network, box).volume)
    runs = [boundary_by_lines(network, box, lines=12, seed=s, level=0.9) for s in range(40)]
    assert 0.78 <= sum(run.low <= exact <= run.high for run in runs) / 40 <= 0.99


def test_refusals() -> None:
    network = Network.relu([([[1, 1]], [0]), ([[1]], [0])])
    for box, words in ((Box([0], [1]), "is a segment"), (Box([0] * 3, [1] * 3), "2 inputs")):
        with pytest.raises(InvalidInputError, match=words):
            boundary_by_lines(network, box)
    with pytest.raises(InvalidInputError, match="choose activation or linear"):
        boundary_by_lines(network, Box([0, 0], [1, 1]), "affine")
    with pytest.raises(InvalidInputError, match="give a Box"):
        boundary_by_lines(network, Polytope([[1, 0, 0]]))
    for size in (10**400, Fraction(1, 10**400)):
        with pytest.raises(UnsupportedError, match="out of the range of floats"):
            boundary_by_lines(network, Box.cube(0, size, 2))
    for wrong in ({"seed": -1}, {"seed": "x"}, {"lines": 1}):
        with pytest.raises(InvalidInputError, match=next(iter(wrong))):
            boundary_by_lines(network, Box([0, 0], [1, 1]), **wrong)


def test_the_level_of_an_interval_is_printed_as_it_is() -> None:
    assert str(Estimate.of([1, 2], 0.999)).endswith("(99.9 % of 2)")
    assert str(Estimate.of([1, 2], 0.57)).endswith("(57 % of 2)")
