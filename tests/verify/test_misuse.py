"""What is given wrongly is refused in one sentence, and nothing is computed from it."""

from fractions import Fraction

import numpy as np
import pytest

from theory import Architecture, Network
from theory.convolution import Convolution
from theory.errors import InvalidInputError, LinregionsError
from theory.exact import dyadic
from verify import Box, Plane, Polytope, Segment, WholeSpace, along, count, dual_graph, partition, regions, tightness
from verify.counting.long import run
from verify.engines.problem import NoInteriorError
from verify.measure.boundary import boundary, boundary_by_lines
from verify.measure.complexity import gradient_mean, local_complexity, local_ranks, total_variation
from verify.measure.distance import distances
from verify.slices.lines import along_polyline
from verify.slices.planes import across

CROSS = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
FAR = Network.relu([([[1, 0], [0, 1]], [-9, -9]), ([[1, 1]], [0])])
AFFINE = Network.relu([([[1, 1]], [0])])
MASKED = np.ma.masked_array([[1.0, 2.0]], mask=[[True, False]])

MISUSES = {
    "an int for pairs": lambda: Network.relu(5),
    "an int for a pair": lambda: Network.relu([5]),
    "None for pairs": lambda: Network.relu(None),
    "an int for layers": lambda: Network(5),
    "no layers": lambda: Network([]),
    "an int for arrays": lambda: Network.from_floats(5),
    "a masked array": lambda: Network.from_floats([(MASKED, np.array([0.0])), (np.array([[1.0]]), np.array([0.0]))]),
    "a number for a certificate": lambda: count(CROSS, certificate=5.5),
    "a certificate with a long name": lambda: count(CROSS, certificate="x" * 300),
    "a certificate with a zero byte": lambda: count(CROSS, certificate="a\0b"),
    "a folder for a certificate": lambda: count(CROSS, certificate="."),
    "an int for a domain": lambda: count(CROSS, 5),
    "an int for a network": lambda: count(5),
    "regions on an int": lambda: list(regions(CROSS, 5)),
    "regions of an int": lambda: list(regions(5)),
    "a partition of an int": lambda: partition(CROSS, 5),
    "a graph of an int": lambda: dual_graph(CROSS, 5),
    "along an int": lambda: along(CROSS, 5),
    "along the sides of an int": lambda: along(5, Segment([0], [1])),
    "a chain of an int": lambda: along_polyline(CROSS, 5),
    "across an int": lambda: across(CROSS, 5),
    "across the sides of an int": lambda: across(5, Box([0, 0], [1, 1])),
    "a boundary in an int": lambda: boundary(CROSS, 5),
    "a variation on an int": lambda: total_variation(CROSS, 5),
    "distances from an int": lambda: distances(CROSS, 5),
    "distances of an int": lambda: distances(5, [[1, 0]]),
    "a chain in an int": lambda: along_polyline(5, [[1, 0], [0, 1]]),
    "lines through an int": lambda: boundary_by_lines(5, Box([0, 0], [1, 1])),
    "local complexity of an int": lambda: local_complexity(5, [[1, 0]]),
    "local ranks of an int": lambda: local_ranks(5, [[1, 0]]),
    "an architecture of ints": lambda: Architecture(2, 3),
    "a kernel that is an int": lambda: Convolution(2, 3),
    "None for rows": lambda: Polytope(None),
    "None for a row": lambda: Polytope([None]),
    "numbers for corners": lambda: Box(1, 2),
    "half a dimension": lambda: Box.cube(0, 1, 2.5),
    "numbers for ends": lambda: Segment(0, 1),
    "a plane for a patch": lambda: Plane([0, 0], [1, 0], [0, 1], Plane([5, 5], [6, 5], [5, 6])),
    "a segment for a patch": lambda: Plane([0, 0], [1, 0], [0, 1], Segment([5, 5], [6, 5])),
    "a negative piece": lambda: CROSS.affine_map(((-1, 0),)),
    "a piece that is not there": lambda: CROSS.affine_map(((0, 2),)),
    "too few pieces": lambda: CROSS.affine_map(((0,),)),
    "a piece that is text": lambda: CROSS.affine_map((("0", "1"),)),
    "an int for an architecture": lambda: tightness(5),
    "a letter for a width": lambda: Architecture.relu("a"),
    "a number that is no binary64": lambda: dyadic(2**60 + 1),
    "a point beyond floats": lambda: local_complexity(CROSS, [["1e310", 0]]),
    "a gradient beyond floats": lambda: gradient_mean(CROSS, [["1e310", 0]]),
}


@pytest.mark.parametrize("name", list(MISUSES))
def test_misuse_is_one_sentence(name):
    with pytest.raises(LinregionsError) as error:
        MISUSES[name]()
    text = str(error.value)
    assert "\n" not in text
    assert len(text) < 400


def test_an_exact_count_is_a_number():
    four = count(CROSS)
    assert (four + 1, 1 + four, four - 1, 9 - four, 2 * four, four**2, 2**four) == (5, 5, 3, 5, 8, 16, 16)
    assert (four / 8, 8 / four, four // 3, 9 // four, four % 3, divmod(four, 3)) == (0.5, 2, 1, 2, 1, (1, 1))
    assert (-four, abs(four), round(four), four.bit_length(), sum([four, four])) == (-4, 4, 4, 3, 8)
    assert list(range(four)) == [0, 1, 2, 3]
    assert (f"{four:,}", f"{four:>3d}", f"{four}") == ("4", "  4", str(four))
    assert four + four == 8


def test_an_exact_count_is_compared_as_a_number():
    four, two = count(CROSS), count(CROSS, Polytope([[1, 0, 0], [1, 1, 0]]))
    assert four == 4.0 == Fraction(4) == four
    assert four not in (4.5, Fraction(9, 2), two, "4")
    assert two < four <= four < 4.5
    assert max(two, four) - min(two, four) == 2
    assert Fraction(7, 2) < four


def test_a_bracket_is_none_and_says_why():
    bracket = count(CROSS, budget_regions=1)
    assert not bracket.exact
    uses = (lambda: bracket + 1, lambda: 1 + bracket, lambda: f"{bracket:d}", lambda: -bracket, bracket.bit_length)
    for use in (*uses, lambda: bracket < 9.5):
        with pytest.raises(InvalidInputError, match=r"only the bracket \[1, 4\] is known"):
            use()


NO_INTERIOR = {
    "a point": [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]],
    "a segment": [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 1]],
    "an oblique strip of width −1": [[1, 1, -1], [-1, -1, 0]],
    "an oblique line": [[1, 1, 0], [-1, -1, 0]],
    "0 ≥ 1": [[0, 0, -1]],
    "contradictory bounds": [[1, 0, -1], [-1, 0, 0], [0, 1, 0], [0, -1, 1]],
}
LIMITS = [{}, {"budget_regions": 1}, {"budget": 1e-3}, {"budget": 5}, {"jobs": 2}]


@pytest.mark.parametrize("rows", list(NO_INTERIOR))
def test_without_an_interior_there_is_no_number(rows, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_LEAST_SECONDS", 60.0)  # however slow the machine, the question is answered
    domain = Polytope(NO_INTERIOR[rows])
    for network, limits in [(FAR, {}), (AFFINE, {}), *((CROSS, limits) for limits in LIMITS)]:
        with pytest.raises(NoInteriorError):
            count(network, domain, **limits)
        with pytest.raises(NoInteriorError):
            count(network, domain, certificate=tmp_path / "out", **limits)
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limits", [{}, {"engine": "exact"}, {"budget": 5}, {"budget_regions": 99}], ids=str)
@pytest.mark.parametrize("side", [10**308, 2**1023, 10**309, 2**1100])
def test_a_box_beyond_floats_with_a_cut(side, limits):
    rows = [[s * (i == j) for j in range(2)] + [side] for i in range(2) for s in (1, -1)]
    assert count(CROSS, Polytope([*rows, [1, 1, 1]]), **limits) == 4


def test_a_row_that_says_nothing_is_passed_over_everywhere():
    square = [[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, -1, 1]]
    plain, padded = Polytope(square), Polytope([*square, [0, 0, 0], [0, 0, 7]])
    for measure in (
        count,
        lambda n, k: boundary(n, k).volume,
        lambda n, k: len(across(n, k).walls),
        lambda n, k: total_variation(n, k),
        lambda n, k: len(list(regions(n, k))),
    ):
        assert measure(CROSS, padded) == measure(CROSS, plain) or int(measure(CROSS, padded)) == 4
    assert count(CROSS, Polytope([[0, 0, 1]])) == count(CROSS, WholeSpace(2)) + 0
