"""Sums of square roots of rationals, exact until a caller asks for a number.

Lengths, areas and volumes of polyhedra with rational data are Σ m_i·√q_i with rational q_i.  Such a sum is kept as it
is; its numerical value is a ball that certainly contains it, as narrow as asked (``arb`` of FLINT).

>>> diagonal = RootSum({Fraction(2): 3, Fraction(1, 4): 2})
>>> print(diagonal)
3·√(2) + 2·√(1/4)
>>> print(diagonal.decimal(12))
5.242640687119...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

import flint

from theory.exact import RationalLike, decimal, format_rational, from_fmpq, integer, positive, to_fmpq


@dataclass(frozen=True)
class RootSum:
    """Σ multiplicity·√square over positive rational squares."""

    terms: Mapping[Fraction, int]

    @classmethod
    def of(cls, squares: Iterable[Fraction]) -> RootSum:
        """The sum of the roots of the given squares; zeros vanish."""
        return cls(dict(Counter(square for square in squares if square)))

    def enclosure(self, width: RationalLike) -> flint.arb:
        """A ball of diameter at most ``width`` > 0 that contains the sum."""
        wanted, bits = flint.arb(to_fmpq(positive(width, place="width"))), 64
        while True:
            with flint.ctx.workprec(bits):
                total = sum((m * flint.arb(to_fmpq(q)).sqrt() for q, m in self.terms.items()), flint.arb(0))
                if 2 * total.rad() < wanted:
                    return total
            bits *= 2

    def bounds(self, width: RationalLike) -> tuple[Fraction, Fraction]:
        """Rational numbers at most ``width`` apart between which the sum lies."""
        ball = self.enclosure(width)
        middle, radius = (from_fmpq(part.fmpq()) for part in (ball.mid(), ball.rad()))
        return middle - radius, middle + radius

    def decimal(self, places: int = 12) -> str:
        """The first decimal digits of an irrational sum followed by dots, or the rational number that it is.

        A sum of positive multiples of square roots is rational only if every root is, so that some precision is enough.
        """
        if (value := self.exact) is not None:
            return format_rational(value)
        width = Fraction(1, 10 ** integer(places, place="places", minimum=1))
        while True:
            low, high = (int(end * 10**places) for end in self.bounds(width))
            if low == high:
                digits = decimal(low).rjust(places + 1, "0")
                return f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}..."
            width /= 1024

    @property
    def exact(self) -> Fraction | None:
        """The sum if every root is rational, otherwise None."""
        total = Fraction(0)
        for square, number in self.terms.items():
            p, q = isqrt(square.numerator), isqrt(square.denominator)
            if p * p != square.numerator or q * q != square.denominator:
                return None
            total += number * Fraction(p, q)
        return total

    def __float__(self) -> float:
        return float(self.enclosure(Fraction(1, 10**20)).mid())

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        parts = [f"{'' if m == 1 else f'{m}·'}√({format_rational(q)})" for q, m in self.terms.items()]
        return " + ".join(parts)
