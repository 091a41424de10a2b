"""A point inside a domain is proposed by projections where it can be, and not by an exact simplex of many columns."""

from fractions import Fraction

import pytest

from theory import Network
from verify import Box
from verify.engines import fast
from verify.engines.problem import NoInteriorError, Problem


def wedge(d, steepness, apex="9/10"):
    """|x2 − 1/2| < (x1 − apex)/steepness in the unit cube, which begins in its middle to the left of the wedge."""
    end, k = Fraction(apex), Fraction(steepness)
    scale = 2 * end.denominator
    rows = [(Fraction(1), sign * k, *(0,) * (d - 2), -end - sign * k / 2) for sign in (1, -1)]
    cuts = tuple(tuple(int(v * scale) for v in row) for row in rows)
    return Problem(Network.relu([([[1] * d], [0])]), (*Box.cube(0, 1, d).rows, *cuts))


@pytest.mark.parametrize("d", [2, 3, 40])
@pytest.mark.parametrize("steepness", [1, 1000, 10**6])
def test_a_thin_wedge_needs_no_simplex(d, steepness, monkeypatch):
    problem = wedge(d, steepness)
    monkeypatch.setattr(fast, "interior_point", lambda _: pytest.fail("the exact simplex was asked"))
    point = fast.central_point(problem)
    assert all(sum(a * v for a, v in zip(row, point, strict=False)) + row[-1] > 0 for row in problem.rows)


def test_an_empty_wedge_has_no_interior():
    with pytest.raises(NoInteriorError):
        fast.central_point(wedge(2, 1000, apex="1"))
