r"""All that units can do behind four lines in the plane: a proof by finitely many first layers.

Four lines in general position are, up to an affine map and their order, x = 0, y = 0, x + y = 1 and
(1 + p)·x + y/(1 + q) = 1 with p, q > 0.  For of four lines one cuts two sides of the triangle of the others: if the
line d misses the triangle of a, b, c, it meets a, b, c outside of it, and the one whose point on d is between the two
others cuts the triangle of these and d, in two sides.  So let d cut the sides AB and AC of the triangle ABC, in D
and E, and, as it is not parallel to BC, let it meet BC behind C, not behind B, in P (if not, exchange B and C).  Take B
as the origin, A and C as (1, 0) and (0, 1): d meets the first axis in D, before A, and the second one in P, behind C.

On which sides of the lines the points (vertices and directions) lie does not depend on p and q.  A unit behind, given
by (u, c), has at each point a value that is linear in (u, c), with coefficients that are polynomials in p and q.  The
sign vectors that units can have depend on the signs of the determinants of five points alone (their oriented matroid).
Most of these have coefficients of one sign; all others are products of such ones and of eleven polynomials, whose
zeros divide the quadrant p, q > 0 into chambers.  :func:`chambers` finds a rational point in each: between the zeros of
all leading and constant coefficients, discriminants and resultants in p, and above each of these between all zeros in
q.  There the walks of :mod:`rigid_layers` decide, for each choice of the active sides:

* two units cross in at most 7 regions; and in at most 6, if one of them cuts all 11.

Hence m units, k of which cut all 11 regions, have at most 11 + 10m + k + 7·C(m, 2) − (C(m, 2) − C(m − k, 2)) regions;
as C(m, 2) − C(m − k, 2) ≥ k for m ≥ 3, this is at most 11 + 10m + 7·C(m, 2), and for m = 2 at most 39.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import flint
import sympy
from rigid_layers import FirstLayer, first_layer

__all__ = ["FACINGS", "chambers", "critical", "four_lines", "refuted"]

P, Q = sympy.symbols("p q")
RING = flint.fmpz_mpoly_ctx.get(("p", "q"), flint.Ordering.lex)
FACINGS = list(itertools.product((1, -1), repeat=4))


def _walls(p: Any, q: Any) -> list[tuple[Any, Any, Any]]:
    """The four lines, on homogeneous coordinates (x, y, t)."""
    one, zero = p**0, 0 * p
    return [(one, zero, zero), (zero, one, zero), (one, one, -one), ((1 + p) * (1 + q), one, -1 - q)]


def four_lines(p: Fraction, q: Fraction, facing: Iterable[int]) -> FirstLayer:
    """The regions of one such first layer, and the sign vectors of the units behind it."""
    scale = p.denominator * q.denominator
    walls = [tuple(int(v * scale) for v in wall) for wall in _walls(p, q)]
    return first_layer(2, walls, list(facing))


def refuted(layer: FirstLayer) -> bool:
    """Whether no two units cross in 8 regions, and none that cuts all 11 crosses another in 7."""
    assert len(layer.regions) == 11
    return not layer.can_cross(8) and not layer.can_cross(7, cutting=11)


def _sign(polynomial: Any) -> int | None:
    """The sign for all p, q > 0, if all coefficients have one; else None."""
    signs = {(c > 0) - (c < 0) for c in polynomial.coeffs()}
    return signs.pop() if len(signs) == 1 else None if signs else 0


def _values(facing: tuple[int, ...]) -> list[list[Any]]:
    """The values of the units at the points, one row for each class of points that is not 0."""
    walls = _walls(*RING.gens())
    points = []
    for (a, b, c), (d, e, f) in itertools.combinations([*walls, (0 * walls[0][0], 0 * walls[0][0], walls[0][0])], 2):
        point = (b * f - c * e, c * d - a * f, a * e - b * d)
        points += [[s * v for v in point] for s in (1, -1)]
    rows: list[list[Any]] = []
    for point in points:
        heights = [s * sum(a * b for a, b in zip(w, point, strict=True)) for s, w in zip(facing, walls, strict=True)]
        assert None not in map(_sign, [*heights, point[2]]), "where a point lies depends on p and q"
        if _sign(point[2]) == -1:
            continue
        row = [h if _sign(h) == 1 else 0 * h for h in heights] + [point[2]]
        if any(row) and row not in rows:
            rows.append(row)
    return rows


def critical() -> set[Any]:
    """The factors, of both signs for p, q > 0, of the determinants of five points."""
    found: set[Any] = set()
    for facing in FACINGS:
        for rows in itertools.combinations(_values(facing), 5):
            determinant = _determinant([list(row) for row in rows])
            if _sign(determinant) is None:
                found.update(
                    sympy.sympify(str(f).replace("^", "**")) for f, _ in determinant.factor()[1] if _sign(f) is None
                )
    return found


def _determinant(rows: list[list[Any]]) -> Any:
    if not rows:
        return RING.constant(1)
    total = RING.constant(0)
    for i, row in enumerate(rows):
        if row[0] != 0:
            total += (-1) ** i * row[0] * _determinant([other[1:] for k, other in enumerate(rows) if k != i])
    return total


def chambers(curves: Iterable[Any]) -> Iterator[tuple[Fraction, Fraction]]:
    """A rational point for every vector of signs that the polynomials have where p, q > 0 and none is 0.

    Of two points (p, q) and (q, p) one is enough: to exchange p and q is to exchange the first two lines, and the last
    two, and to choose other units on the axes.

    >>> sorted((str(p), str(q)) for p, q in chambers([P - Q, P + Q - 1]))
    [('1/3', '1/4'), ('1/3', '5/3')]
    >>> len(list(chambers([P + Q - 1])))
    2
    """
    curves = sorted(set(curves), key=str)
    in_q = [f for f in curves if f.has(Q)]
    special = [g for f in curves for g in (sympy.LC(f, Q), f.subs(Q, 0))]  # a zero in q passes to infinity, or 0
    special += [sympy.discriminant(f, Q) for f in in_q if sympy.degree(f, Q) > 1]
    special += [sympy.resultant(f, g, Q) for f, g in itertools.combinations(in_q, 2)]
    seen = set()
    for p in _between(special, P):
        above = [sympy.expand(f.subs(P, p)) for f in curves]
        for q in _between(above, Q):
            signs, exchanged = (tuple(sympy.sign(f.subs({P: a, Q: b})) for f in curves) for a, b in ((p, q), (q, p)))
            assert 0 not in signs
            if not {signs, exchanged} & seen:
                seen.add(signs)
                yield Fraction(int(p.p), int(p.q)), Fraction(int(q.p), int(q.q))


def _between(polynomials: Iterable[Any], variable: Any) -> Iterator[Any]:
    """A rational number in each interval into which the zeros of the polynomials divide the positive numbers."""
    factors = {f for g in polynomials for f, _ in sympy.factor_list(g, variable)[1] if f != variable}
    product = sympy.Poly(math.prod(factors), variable)
    last = sympy.Integer(0)
    for (low, high), _ in product.intervals(eps=sympy.Rational(1, 10**9)) if factors else []:
        if high > 0:
            assert low > last
            yield _simple(last, low)
            last = high
    yield last + 1


def _simple(low: Any, high: Any) -> Any:
    """A rational number strictly between two others, with the least denominator."""
    for denominator in itertools.count(1):
        numerator = sympy.floor(low * denominator) + 1
        if numerator < high * denominator:
            return sympy.Rational(numerator, denominator)
    raise AssertionError("between two numbers there is a rational one")
