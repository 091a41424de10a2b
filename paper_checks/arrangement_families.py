"""The classical arrangements, each with the closed form of its characteristic polynomial.

>>> braid = FAMILIES["braid"]
>>> braid.build(4).count_regions(), sympy.factor(braid.characteristic(4))
(24, t*(t - 3)*(t - 2)*(t - 1))
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

import sympy

from theory.errors import InvalidInputError
from theory.exact import integer
from theory.geometry.arrangement import HyperplaneArrangement

__all__ = ["FAMILIES", "ArrangementFamily"]

T = sympy.Symbol("t")


@dataclass(frozen=True)
class ArrangementFamily:
    """Arrangements indexed by integers, with χ(t) in closed form.

    Attributes
    ----------
    name, summary, parameters : str
        What it is, and what its parameters mean.
    build : callable
        Parameters to :class:`~theory.geometry.arrangement.HyperplaneArrangement`.
    characteristic : callable
        Parameters to χ(t), a sympy polynomial in t.
    """

    name: str
    summary: str
    parameters: str
    build: Callable[..., HyperplaneArrangement]
    characteristic: Callable[..., sympy.Expr]


def _difference(n: int, i: int, j: int, offset: int) -> list[int]:
    """x_i − x_j = offset."""
    row = [0] * (n + 1)
    row[i], row[j], row[-1] = 1, -1, -offset
    return row


def _deformation(n: int, offsets: tuple[int, ...]) -> HyperplaneArrangement:
    """x_i − x_j = c for i < j and every offset c."""
    n = integer(n, place="n", minimum=1)
    rows = [_difference(n, i, j, c) for i, j in itertools.combinations(range(n), 2) for c in offsets]
    return HyperplaneArrangement(rows, n)


def _signed(n: int, *, coordinates: bool) -> HyperplaneArrangement:
    """x_i = ± x_j, and x_i = 0 on request."""
    n = integer(n, place="n", minimum=1)
    rows = [_difference(n, i, j, 0) for i, j in itertools.combinations(range(n), 2)]
    rows += [[abs(v) for v in row] for row in rows]
    if coordinates:
        rows += [[int(i == j) for j in range(n)] + [0] for i in range(n)]
    return HyperplaneArrangement(rows, n)


def _boolean(n: int) -> HyperplaneArrangement:
    n = integer(n, place="n", minimum=1)
    return HyperplaneArrangement([[int(i == j) for j in range(n)] + [0] for i in range(n)], n)


def _cyclic(n: int, d: int) -> HyperplaneArrangement:
    n, d = integer(n, place="n", minimum=0), integer(d, place="d", minimum=1)
    return HyperplaneArrangement([[s**k for k in range(d + 1)] for s in range(1, n + 1)], d)


def _generic(n: int, d: int, *, seed: int = 0) -> HyperplaneArrangement:
    """Random integer rows, drawn again until they are in general position."""
    n, d = integer(n, place="n", minimum=0), integer(d, place="d", minimum=1)
    rng = random.Random(f"generic {n} {d} {seed}")
    for size in itertools.count(10):
        rows = [[rng.randint(-size, size) for _ in range(d + 1)] for _ in range(n)]
        if all(any(row[:-1]) for row in rows):
            arrangement = HyperplaneArrangement(rows, d)
            if len(arrangement) == n and arrangement.is_simple:
                return arrangement
    raise InvalidInputError("unreachable: random rows are in general position sooner or later")


def _simple_polynomial(n: int, d: int) -> sympy.Expr:
    return sympy.Add(*((-1) ** k * sympy.binomial(n, k) * T ** (d - k) for k in range(d + 1)))


def _linial_polynomial(n: int) -> sympy.Expr:
    return T * sympy.Add(*(sympy.binomial(n, k) * (T - k) ** (n - 1) for k in range(n + 1))) / 2**n


FAMILIES: dict[str, ArrangementFamily] = {
    family.name: family
    for family in (
        ArrangementFamily("boolean", "the coordinate hyperplanes", "n: dimension", _boolean, lambda n: (T - 1) ** n),
        ArrangementFamily(
            "braid",
            "x_i = x_j, type A; its n! regions are the orders of n numbers",
            "n: dimension",
            lambda n: _deformation(n, (0,)),
            lambda n: sympy.Mul(*(T - i for i in range(n))),
        ),
        ArrangementFamily(
            "type_b",
            "x_i = ±x_j and x_i = 0, with 2^n n! regions",
            "n: dimension",
            lambda n: _signed(n, coordinates=True),
            lambda n: sympy.Mul(*(T - (2 * i - 1) for i in range(1, n + 1))),
        ),
        ArrangementFamily(
            "type_d",
            "x_i = ±x_j, with 2^(n−1) n! regions",
            "n ≥ 2: dimension",
            lambda n: _signed(n, coordinates=False),
            lambda n: (T - n + 1) * sympy.Mul(*(T - (2 * i - 1) for i in range(1, n))),
        ),
        ArrangementFamily(
            "shi",
            "x_i − x_j = 0, 1 for i < j, with (n+1)^(n−1) regions",
            "n: dimension",
            lambda n: _deformation(n, (0, 1)),
            lambda n: T * (T - n) ** (n - 1),
        ),
        ArrangementFamily(
            "catalan",
            "x_i − x_j = −1, 0, 1, with n! C_n regions, C_n the Catalan number",
            "n: dimension",
            lambda n: _deformation(n, (-1, 0, 1)),
            lambda n: T * sympy.Mul(*(T - i for i in range(n + 1, 2 * n))),
        ),
        ArrangementFamily(
            "linial",
            "x_i − x_j = 1 for i < j; its regions are counted by alternating trees",
            "n: dimension",
            lambda n: _deformation(n, (1,)),
            _linial_polynomial,
        ),
        ArrangementFamily(
            "cyclic",
            "x_1 + s·x_2 + … + s^(d−1)·x_d + s^d = 0 for s = 1, …, n: general position from the moment curve",
            "n: hyperplanes, d: dimension",
            _cyclic,
            _simple_polynomial,
        ),
        ArrangementFamily(
            "generic",
            "n random hyperplanes in general position",
            "n: hyperplanes, d: dimension",
            _generic,
            _simple_polynomial,
        ),
    )
}
"""The families, by name."""
