r"""How bounds and their ratios grow: leading terms in the widths, and the growth rate per layer.

For L layers of equal width a :class:`~theory.bounds.dynamic_program.LayerProgram` is :math:`f(L) = e M^L \mathbf{1}`
with a triangular matrix M of non-negative integers, so

.. math:: f(L) = \sum_{\lambda} p_\lambda(L) \, \lambda^L \sim c \, L^d \lambda_{\max}^L

over the diagonal entries :math:`\lambda` that can be reached.  The greatest is the growth rate per layer; d > 0 when
several states on one path share it.  Both d and c are found exactly: the difference operators :math:`E - \mu` for all
other :math:`\mu` remove their terms from f and multiply the leading coefficient by :math:`\prod (\lambda - \mu)`.

References
----------
R. P. Stanley: Enumerative Combinatorics, volume 1, second edition, Cambridge 2011, Theorem 4.1.1, for sequences with a
linear recurrence.
"""

import math
import operator
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound
from theory.bounds.catalog import layer_program, named
from theory.bounds.dynamic_program import step
from theory.errors import InvalidInputError
from theory.exact import integer

Widths = int | Sequence[int]
"""The width of each layer, or the widths of a block of layers that is repeated."""


class Growth(NamedTuple):
    """f(L) ~ coefficient · L^degree · rate^L for L layers of equal width."""

    rate: int
    degree: int
    coefficient: Fraction


def _block(widths: Widths) -> list[int]:
    block = [integer(n, place="width", minimum=1) for n in (widths if isinstance(widths, Iterable) else [widths])]
    if not block:
        raise InvalidInputError("a block of layers has at least one width")
    return block


def growth(width: Widths, inputs: int, bound: Bound | str = "serra2018") -> Growth:
    """The growth of a bound in the depth L, for layers of equal width: rate, degree and leading coefficient.

    With several widths L is the number of blocks of such layers.  The last layer counts like the others; a bound where
    it counts differently is off by a constant only.

    >>> [growth(n, n).rate for n in range(1, 9)]
    [1, 3, 4, 11, 16, 42, 64, 163]
    >>> growth(2, 2)  # f(L) = 3^L + L
    Growth(rate=3, degree=0, coefficient=Fraction(1, 1))
    >>> growth(3, 3)  # two states on one path stay with weight 4
    Growth(rate=4, degree=1, coefficient=Fraction(3, 4))
    """
    program, block = layer_program(bound), _block(width)
    moves: dict[int, dict[int, int]] = {}  # of all reachable states, in the order in which they are found from the top
    waiting = [integer(inputs, place="inputs", minimum=1)]
    while waiting:
        state = waiting.pop(waiting.index(max(waiting)))
        mass = {state: 1}
        for n in block:
            mass = step(mass, partial(program.hidden, width=n))
        moves[state] = mass
        waiting += [c for c, w in mass.items() if w and c not in moves and c not in waiting]
    stay = [row.get(state, 0) for state, row in moves.items()]
    rate = max(stay)
    if rate == 0:
        raise InvalidInputError(f"layers of width {width} are not allowed with {inputs} inputs; use wider ones")
    others = [value for value in stay if value != rate]
    most = len(stay) - len(others)  # p_λ has degree < most
    values, mass = [], {max(moves): 1}  # f(0), f(1), …, as many as there are states
    for _ in moves:
        values.append(sum(mass.values()))
        mass = step(mass, lambda state: moves[state].items())
    for mu in others:
        values = [b - mu * a for a, b in pairwise(values)]
    scaled = [Fraction(v, rate**i) for i, v in enumerate(values)]
    degree, lead = 0, Fraction(0)
    for d in range(most):  # the d-th difference of p is d!·(leading coefficient) at its degree
        if any(scaled):
            degree, lead = d, scaled[0] / math.factorial(d)
        scaled = [b - a for a, b in pairwise(scaled)]
    return Growth(rate, degree, lead / math.prod(rate - mu for mu in others))


def rate_per_layer(width: Widths, inputs: int, bound: Bound | str = "serra2018", *, unit: bool = False) -> sympy.Expr:
    """The growth rate for each layer, or for each unit, an algebraic number: a root of the rate of the block.

    >>> rate_per_layer((5, 6), 6, "levels"), rate_per_layer(6, 6, "levels", unit=True)
    (3*sqrt(55), 33**(1/6))
    """
    block = _block(width)
    return sympy.root(growth(block, inputs, bound).rate, sum(block) if unit else len(block))


def leading_term(expression: Any, symbols: Sequence[Any] | None = None) -> sympy.Expr:
    """The terms of greatest total degree in ``symbols``, by default all, of a polynomial bound: for large widths.

    >>> from theory.bounds import BOUNDS
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> leading_term(BOUNDS["serra2018"](Architecture.relu(2, n, n, n)))
    n**6/8
    """
    expr = sympy.expand(expression)
    growing = list(symbols) if symbols is not None else sorted(expr.free_symbols, key=str)
    if not growing:
        return expr
    if not expr.is_polynomial(*growing):
        raise InvalidInputError("the leading term is defined for polynomials; give the number of inputs as an integer")
    scale = sympy.Dummy()
    return sympy.Poly(expr.subs({symbol: scale * symbol for symbol in growing}), scale).LC()


class DepthRatio(NamedTuple):
    """first/second ~ coefficient · k^degree · base^k for k blocks of layers."""

    base: Fraction
    degree: int
    coefficient: Fraction


def ratio_in_depth(first: Bound | str, second: Bound | str, widths: int | tuple[int, ...], inputs: int) -> DepthRatio:
    """How the ratio of two bounds behaves for many layers of equal width, or for many blocks of these widths.

    >>> ratio_in_depth("levels", "hinz2021", 6, 6)
    DepthRatio(base=Fraction(33, 35), degree=0, coefficient=Fraction(637, 484))
    """
    a, b = growth(widths, inputs, first), growth(widths, inputs, second)
    return DepthRatio(Fraction(a.rate, b.rate), a.degree - b.degree, a.coefficient / b.coefficient)


def ratio_in_width(first: Bound | str, second: Bound | str, inputs: int, depth: int) -> sympy.Expr:
    """The quotient of the leading terms of two bounds for L layers of n units, n → ∞; a number where they are alike.

    Rounding down, as in ⌊n/n0⌋, does not change a leading term.

    >>> ratio_in_width("montufar2014", "levels", 2, 2), ratio_in_width("levels", "raghu2017", 3, 2)
    (1/2, 1)
    """
    n = sympy.Symbol("n", integer=True, positive=True)
    arch = Architecture.relu(inputs, *[n] * integer(depth, place="depth", minimum=1))
    formulas = (named(bound)(arch).expression.replace(sympy.floor, lambda value: value) for bound in (first, second))
    return sympy.simplify(operator.truediv(*map(leading_term, formulas)))
