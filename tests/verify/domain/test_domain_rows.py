"""The rows of a domain describe the set that its name says, point by point, against the definition of that set."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from theory import Network
from verify import Box, Line, Plane, Polytope, Segment, WholeSpace, count
from verify.domain.shapes import Domain, Ray

VALUES = [Fraction(k, 2) for k in range(-6, 7)]
SQUARE = Box(["-1", "1/2"], ["3/2", 2])


def inside(domain, point):
    """Whether all rows are positive at a point of the parameter space."""
    return all(sum(a * x for a, x in zip(row, (*point, 1), strict=True)) > 0 for row in domain.rows)


@pytest.mark.parametrize(
    ("domain", "contains"),
    [
        (WholeSpace(2), lambda *_: True),
        (SQUARE, lambda x, y: -1 < x < Fraction(3, 2) and Fraction(1, 2) < y < 2),
        (Box([0], [1]), lambda t: 0 < t < 1),
        (Box.cube(-2, "1/2", 3), lambda *p: all(-2 < x < Fraction(1, 2) for x in p)),
        (Polytope([[1, 2, -1], [-1, 0, 2]]), lambda x, y: x + 2 * y > 1 and x < 2),
        (Polytope([["1/3", 0]]), lambda x: x > 0),
        (Segment([1, 2], [5, -3]), lambda t: 0 < t < 1),
        (Line([1, 2], [5, -3]), lambda _: True),
        (Plane([0, 0, 0], [1, 0, 0], [0, 1, 1]), lambda *_: True),
        (
            Plane([0, 0, 0], [1, 0, 0], [0, 1, 1], Polytope([[1, 0, 0], [0, 1, 0], [-1, -1, 1]])),
            lambda s, t: min(s, t) > 0 < 1 - s - t,
        ),
    ],
    ids=lambda given: str(given) if isinstance(given, Domain) else "",
)
def test_a_point_is_inside_exactly_if_the_definition_says_so(domain, contains) -> None:
    points = list(itertools.product(VALUES, repeat=domain.dimension))
    assert [inside(domain, point) for point in points] == [contains(*point) for point in points]


def test_a_slice_has_the_regions_between_its_points() -> None:
    """Breaks at 0, 1, …, 9 along the first coordinate; a slice sees those that lie strictly inside it."""
    steps = Network.relu([([[1, 0]] * 10, [-k for k in range(10)]), ([[1] * 10], [0])])
    assert count(steps, Segment(["1/2", 5], ["7/2", 5])) == 4
    assert count(steps, Segment([1, 5], [4, 5])) == 3
    assert count(steps, Segment([4, -1], [1, 5])) == 3
    assert count(steps, Line([4, -1], [1, 5])) == 11
    assert count(steps, Line([4, -1], [4, 5])) == 1
    assert count(steps, Plane([0, 0], [2, 0], [0, 1], Box([0, 0], [3, 1]))) == 6
    assert count(steps, Box([-1, 0], ["1/2", 1])) == 2


def test_different_domains_have_different_digests() -> None:
    points = ([0, 0], [1, 0], [0, 1])
    domains = [
        WholeSpace(2), WholeSpace(3), Box([0, 0], [1, 1]), Box([0, 0], [1, 2]), Polytope([[1, 0, 0]]),
        Polytope([[1, 0, 1]]), Segment(*points[:2]), Line(*points[:2]), Ray(*points[:2]), Segment(*points[1::-1]),
        Plane(*points), Plane(*points, patch=Box([0, 0], [1, 1])), Plane(*points, patch=Polytope([[1, 1, 1]])),
        *(Box([0], [f"1e-{k}"]) for k in (400, 401)),
    ]  # fmt: skip
    assert len({domain.digest for domain in domains}) == len(domains)
    assert Polytope([[2, 0, 2]]).digest == Polytope([["1/2", 0, "1/2"]]).digest


def test_domains_are_named_briefly():
    assert str(Box([0], ["1e400"])) == "[0,≈1.0e+400]"
    assert str(Box(["-1/3"], ["22/7"])) == "[-1/3,22/7]"
    assert str(Polytope([[1, 0, 1]])) == "polytope with 1 halfspace in R^2"
    assert str(Segment(["-7e-40"], [1])) == "segment between (≈-7.0e-40) and (1)"


@pytest.mark.parametrize("engine", ["auto", "exact", "brute"])
def test_a_small_part_of_a_huge_cube(engine: str) -> None:
    """Floats find no point of the domain, and the exact engine begins at one of its own, not at that of the cube."""
    cuts = [[-2, -9, 1, 8], [1, 9, 9, -5], [4, 4, -4, 2], [-4, 7, -3, 2]]
    domain = Polytope([*Box.cube(-(10**20), 10**20, 3).rows, *cuts])
    network = Network.summed([[[1, 0, 0, -2], [0, 1, 0, -2], [0, 0, 1, -2]]], inputs=3)
    assert int(count(network, domain, engine=engine)) == 2
