"""The same numbers as sympy expressions: the symbolic face of every bound.

Where the number of inputs is an integer, sums of binomials become polynomials in the widths.  Such a
polynomial may equal the bound only from some width on (a narrow layer loses dimensions); the threshold is
collected as a condition and travels with the expression in a :class:`Symbolic`.  Where the number of
inputs is itself a symbol, the expression is a ``Sum`` whose limits are minima, valid everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import sympy

from theory.bounds.sums import ExactSum

__all__ = ["POLYNOMIAL_DEGREE", "Symbolic", "binomial_polynomial", "index", "least", "partial_sum_expression"]

POLYNOMIAL_DEGREE = 24
"""Sums of binomials with at most this many terms beyond the first are written out as polynomials."""


class Symbolic(NamedTuple):
    """An expression, and the conditions under which it equals the bound (none: always)."""

    expression: sympy.Expr
    holds_when: tuple[Any, ...] = ()


def undecided(relations: Iterable[Any]) -> tuple[Any, ...]:
    """The relations that are not plainly true: what an expression still assumes."""
    return tuple(dict.fromkeys(r for r in relations if r not in (True, sympy.true)))


def index(layer: int, name: str = "j") -> sympy.Symbol:
    """The summation index j_l of a layer, a non-negative integer."""
    return sympy.Symbol(f"{name}_{layer}", integer=True, nonnegative=True)


def is_number(value: Any) -> bool:
    """Whether a size is an int and not an expression with symbols."""
    return isinstance(value, int)


def least(values: Iterable[Any]) -> Any:
    """The minimum: an int if all values are, else a sympy ``Min``."""
    items = list(values)
    return min(items) if all(map(is_number, items)) else sympy.Min(*items)


def binomial_polynomial(n: Any, j: int) -> sympy.Expr:
    """C(n, j) for a fixed j as a polynomial in n, right for every integer n ≥ 0.

    >>> binomial_polynomial(sympy.Symbol("n"), 2)
    n*(n - 1)/2
    """
    return sympy.prod([n - i for i in range(j)]) / sympy.factorial(j)


def partial_sum_expression(n: Any, d: Any, weight: Any = 1, *, layer: int = 1) -> sympy.Expr:
    """Σ_{j ≤ d} C(n,j)·weight^j: an expanded polynomial for an integer d up to the degree limit, else a ``Sum``.

    >>> partial_sum_expression(sympy.Symbol("n"), 2)
    n**2/2 + n/2 + 1
    >>> partial_sum_expression(4, sympy.Symbol("d"))
    Sum(binomial(4, j_1), (j_1, 0, d))
    """
    if is_number(d) and is_number(n):
        d = min(d, n)
    if is_number(d) and d <= POLYNOMIAL_DEGREE:
        terms = [binomial_polynomial(sympy.sympify(n), j) * sympy.sympify(weight) ** j for j in range(d + 1)]
        return sympy.expand(sympy.Add(*terms))
    j = index(layer)
    return ExactSum(sympy.binomial(n, j) * sympy.sympify(weight) ** j, (j, 0, d))
