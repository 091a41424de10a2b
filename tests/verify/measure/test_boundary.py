"""The volume of the boundary: closed forms, cells against planes and lines, and counts along lines."""

import itertools
import math
from decimal import Decimal
from fractions import Fraction

import flint
import numpy as np
import pytest
from drawn import integer_network

from theory import HARD_TANH, RELU, Network
from theory.data import digit_images, digits
from theory.errors import InvalidInputError, UnsupportedError
from verify import Box, Line, Plane, Polytope, Segment, along
from verify.measure.boundary import RootSum, boundary, boundary_by_cells, section_square
from verify.slices.planes import triangle


@pytest.mark.parametrize(
    ("widths", "box"),
    [
        ((2, 3, 2), Box([-1, -2], ["3/2", 1])),
        ((3, 4, 2), Box([-1, 0, "-1/2"], [1, 2, 1])),
        ((3, 4), Box([-1, 0, "-1/2"], [1, 2, 1])),
    ],
)
@pytest.mark.parametrize("seed", range(6))
def test_degenerate_networks_against_all_cells(seed, widths, box) -> None:
    """By planes, by shadows of facets, and one layer by a formula."""
    network = integer_network(seed, *widths, unit=HARD_TANH if seed % 3 == 0 and len(widths) == 3 else RELU)
    for of in ("activation", "linear"):
        fast, slow = boundary(network, box, of), boundary_by_cells(network, box, of)
        assert total(fast.volume) == total(slow.volume)
        assert (
            fast.measure.exact
            == slow.measure.exact
            == math.prod(b - a for a, b in zip(box.lower, box.upper, strict=True))
        )


def total(volume: RootSum) -> dict[int, Fraction]:
    """The sum in normal form Σ c·√n with squarefree n, so that equal sums are equal dictionaries."""
    result: dict[int, Fraction] = {}
    for square, number in volume.terms.items():
        n, root = square.numerator * square.denominator, Fraction(1, square.denominator)
        for p, k in flint.fmpz(n).factor():
            root *= int(p) ** (int(k) // 2)
            n //= int(p) ** (2 * (int(k) // 2))
        result[n] = result.get(n, 0) + number * root
    return result


def test_two_layers_in_three_dimensions_by_line_counts() -> None:
    """The area of the shadow along an axis is what parallel lines count: midpoint sums against the exact areas."""
    network, box = integer_network(7, 3, 4, 3), Box([-1, -1, -1], [1, 1, 1])
    found = boundary(network, box, "activation")
    assert (found.dimension, found.measure.exact) == (2, 8)
    n, crossings = 9, [0, 0, 0]
    ticks = [Fraction(2 * i + 1, n) - 1 for i in range(n)]
    for axis in range(3):
        for s, t in itertools.product(ticks, ticks):
            start, end = [s, t], [s, t]
            start.insert(axis, Fraction(-1))
            end.insert(axis, Fraction(1))
            crossings[axis] += along(network, Segment(start, end)).activation - 1
    shadows = [c * (2 / n) ** 2 for c in crossings]
    # ‖·‖₂ of the normal lies between ‖·‖₁/√3 and ‖·‖₁, and area·‖normal‖₁ is the sum of the three shadows
    assert sum(shadows) / math.sqrt(3) * 0.95 <= float(found.volume) <= sum(shadows) * 1.05


def test_crofton_in_the_plane() -> None:
    """Length = ½ ∫∫ (number of crossings) dp dθ over all lines."""
    network, box = integer_network(11, 2, 5, 4), Box([-1, -1], [1, 1])
    turns, offsets, counted = 12, 30, 0
    for i in range(turns):
        angle = math.pi * (i + 0.5) / turns
        c, s = (Fraction(round(v * 1024), 1024) for v in (math.cos(angle), math.sin(angle)))
        for j in range(offsets):
            p = Fraction(3, 2) * (Fraction(2 * j + 1, offsets) - 1)
            line = along(network, Line([p * c, p * s], [p * c - s, p * s + c]))
            points = [(p * c - t * s, p * s + t * c) for t in line.parameters]
            counted += sum(abs(x) < 1 and abs(y) < 1 for x, y in points)
    estimate = counted * (3 / offsets) * (math.pi / turns) / 2
    assert abs(estimate / float(boundary(network, box, "activation").volume) - 1) < 0.05


def test_a_known_length_area_and_volume() -> None:
    cross = Network.relu([([[1, 1], [1, -1], [2, 2]], [0, 0, 0]), ([[1, 1, 0]], [0])])
    found = boundary(cross, Box([-1, -1], [1, 1]))
    assert (found.volume.terms, found.vertices) == ({Fraction(2): 4}, 1)
    low, high = found.density("1/1000")
    assert low**2 < 2 < high**2
    assert high - low <= Fraction(1, 1000)
    cube = Box([0, 0, 0, 0], [1, 1, 1, 1])
    middle = Network.relu([([[1, 1, 1, 1], [0, 0, 0, 2]], [-2, -1]), ([[1, 1]], [0])])
    # the middle section of the 4-cube orthogonal to its diagonal is an octahedron with edge √2: volume √2/3·2√2 = 4/3
    assert boundary(middle, cube).volume.exact == Fraction(4, 3) + 1
    assert section_square((0, 0, 0, 2, 0), cube) == 0  # x₄ = 0 is the border of the open box


def test_walls_that_nobody_notices_are_not_part_of_the_linear_boundary() -> None:
    first = ([[1, 0], [-2, 0], [0, 1], [0, 2]], [0, 0, 0, 0])
    network = Network.relu([first, ([[2, -1, 2, -1]], [0])])  # 2x⁺ − (−2x)⁺ and 2y⁺ − (2y)⁺
    for box in (Box([-1, -1], [1, 1]), Box([-1, -1], [1, 3])):
        found = {of: boundary(network, box, of) for of in ("activation", "linear")}
        high = box.upper[1] + 1
        assert (found["activation"].volume.exact, found["activation"].vertices) == (high + 2, 1)
        assert (found["linear"].volume.exact, found["linear"].vertices) == (0, 0)
        assert total(boundary_by_cells(network, box, "linear").volume) == {}


def test_lines_and_planes_in_many_inputs() -> None:
    images = list(digit_images().values())
    assert boundary(digits(), Segment(*images[:2])).volume.exact == 5
    plane = Plane(*images, triangle())
    found = boundary(digits(), plane)
    u, v = ([float(b - a) for a, b in zip(images[0], p, strict=True)] for p in images[1:])
    area = math.sqrt(np.dot(u, u) * np.dot(v, v) - np.dot(u, v) ** 2) / 2
    assert math.isclose(float(found.measure), area, rel_tol=1e-12)
    low, high = found.density(Fraction(1, 10**9))
    assert 0 < high - low <= Fraction(1, 10**9)


def test_enclosures_are_as_narrow_as_asked() -> None:
    volume = RootSum.of([Fraction(2), Fraction(2), Fraction(1, 3)])
    for width in ("1/10", Fraction(1, 10**40), Fraction(1, 10**200)):
        low, high = volume.bounds(width)
        assert 0 <= high - low <= Fraction(width)
        roots = [Decimal(2).sqrt(), (Decimal(1) / 3).sqrt()]
        assert low - Fraction(1, 10**25) <= Fraction(2 * roots[0] + roots[1]) <= high + Fraction(1, 10**25)
    assert volume.decimal(12) == "3.405777393935..."
    assert RootSum.of([Fraction(4), Fraction(1, 4)]).decimal(5) == "5/2"
    assert RootSum.of([]).decimal(3) == "0"
    square = boundary(integer_network(1, 2, 3), Box([-1, -1], [1, 1]))
    for narrow in (volume.bounds, square.density):
        for width in (0, -1):
            with pytest.raises(InvalidInputError, match="is not positive"):
                narrow(width)
    with pytest.raises(InvalidInputError, match="places: 0"):
        volume.decimal(0)


def test_what_has_no_finite_volume_is_refused() -> None:
    network = integer_network(1, 3, 3, 2)
    with pytest.raises(InvalidInputError, match="unbounded"):
        boundary(network, Polytope([[1, 0, 0, 0]]))
    with pytest.raises(InvalidInputError, match="unbounded"):
        boundary(network, Line([0, 0, 0], [1, 1, 1]))
    for measured in (boundary, boundary_by_cells):
        with pytest.raises(InvalidInputError, match="choose activation or linear"):
            measured(network, Box([0, 0, 0], [1, 1, 1]), "affine")
    wide = Network.relu([([[1] * 30], [0]), ([[1]], [0])])
    with pytest.raises(UnsupportedError, match="2\\^30 terms"):
        boundary(wide, Box([-1] * 30, [1] * 30))
