"""The regions of an arrangement by exact interior points, its Gale dual, and the most regions with J active units."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

import sympy

from theory.bounds.expressions import zaslavsky_number
from theory.geometry.arrangement import HyperplaneArrangement
from theory.geometry.feasibility import interior_point

__all__ = ["gale_dual", "greatest_tails", "sign_vectors"]


def sign_vectors(rows: Sequence[Sequence[Fraction | int]]) -> list[tuple[int, ...]]:
    """The side of every hyperplane (…, constant), for every region, each proved by an exact interior point."""
    cells = [((), [])]
    for row in rows:
        sides = ((1, row), (0, tuple(-v for v in row)))
        grown = (((*signs, side), [*rows, half]) for signs, rows in cells for side, half in sides)
        cells = [cell for cell in grown if interior_point(cell[1], len(row) - 1) is not None]
    return [signs for signs, _ in cells]


def greatest_tails(arrangement: HyperplaneArrangement) -> list[int]:
    """For every J the most regions with at least J active units, over all choices of the active sides."""
    regions, m = sign_vectors(arrangement.rows), len(arrangement)
    assert len(regions) == zaslavsky_number(m, arrangement.dimension)
    best = [0] * (m + 1)
    for flips in itertools.product((0, 1), repeat=m):
        active = [sum(a != b for a, b in zip(region, flips, strict=True)) for region in regions]
        best = [max(most, sum(k >= level for k in active)) for level, most in enumerate(best)]
    return best


def gale_dual(rows: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
    """The λ with Σ λ_i a_i = 0 and Σ λ_i b_i = −1, as affine functions; a_i·x + b_i are the hyperplanes."""
    matrix = sympy.Matrix([[sympy.Rational(v.numerator, v.denominator) for v in row] for row in rows]).T
    solution, parameters = matrix.gauss_jordan_solve(sympy.Matrix([0] * (len(rows[0]) - 1) + [-1]))
    dual = []
    for entry in map(sympy.expand, solution):
        values = [*(entry.coeff(t) for t in parameters), entry.subs(dict.fromkeys(parameters, 0))]
        dual.append([Fraction(int(v.p), int(v.q)) for v in values])
    return dual
