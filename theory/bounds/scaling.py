r"""How bounds grow with widths and depth, which widths maximize them, and how many units reach R regions.

*Growth.*  For L layers of equal width a :class:`~theory.bounds.dynamic_program.LayerProgram` is
:math:`f(L) = e M^L \mathbf{1}` with a triangular matrix M of non-negative integers, so
:math:`f(L) = \sum_{\lambda} p_\lambda(L) \lambda^L \sim c L^d \lambda_{\max}^L` over the diagonal entries that can be
reached; d > 0 when several states on one path share the greatest.  The difference operators :math:`E - \mu` for all
other :math:`\mu` remove their terms from f and multiply the leading coefficient by :math:`\prod (\lambda - \mu)`.

*Splits.*  Let V(l, u, c) be the greatest weight that l more layers with u units in all can make out of state c.  Where
a layer splits a state into several, these must share the widths of the layers behind; a recursion over the next width m
that lets each choose its own gives an upper bound, equal if a state always leads to one other state only:

.. math:: V^*(l, u, c) = \max_m \sum_{c'} w_m(c, c') \, V^*(l-1, u-m, c') \ge V(l, u, c).

A search over prefixes of the profile, best first, that drops every prefix with
:math:`\sum_c (\text{weight of } c) \, V^*(l, u, c)` not above the best profile found, is exact.

References
----------
R. P. Stanley: Enumerative Combinatorics, volume 1, second edition, Cambridge 2011, Theorem 4.1.1, for sequences with a
linear recurrence.  Serra, Tjandraatmadja, Ramalingam 2018, who compare their bound for all splits of 22 units into two
layers.
"""

import itertools
import math
import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from heapq import heappop, heappush
from typing import Any, NamedTuple

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound
from theory.bounds.catalog import layer_program, named
from theory.bounds.dynamic_program import LayerProgram, step
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.exact import integer

MOST_UNITS = 64
"""With more units the splits into layers are too many to look at."""
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

    With several widths L is the number of blocks of such layers.  The last layer counts like the others.

    >>> [growth(n, n).rate for n in range(1, 9)]
    [1, 3, 4, 11, 16, 42, 64, 163]
    >>> growth(3, 3)  # two states on one path stay with weight 4
    Growth(rate=4, degree=1, coefficient=Fraction(3, 4))
    """
    program, block = layer_program(bound), _block(width)
    moves: dict[int, dict[int, int]] = {}  # of all reachable states, from the greatest to the least
    waiting = {integer(inputs, place="inputs", minimum=1)}
    while waiting:
        waiting.remove(state := max(waiting))
        mass = {state: 1}
        for n in block:
            mass = step(mass, partial(program.hidden, width=n))
        moves[state] = mass
        waiting |= {c for c, w in mass.items() if w and c < state}
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
        values = [b - mu * a for a, b in itertools.pairwise(values)]
    scaled = [Fraction(v, rate**i) for i, v in enumerate(values)]
    degree, lead = 0, Fraction(0)
    for d in range(most):  # the d-th difference of p is d!·(leading coefficient) at its degree
        if any(scaled):
            degree, lead = d, scaled[0] / math.factorial(d)
        scaled = [b - a for a, b in itertools.pairwise(scaled)]
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

    >>> ratio_in_width("montufar2014", "levels", 2, 2), ratio_in_width("levels", "raghu2017", 3, 2)
    (1/2, 1)
    """
    n = sympy.Symbol("n", integer=True, positive=True)
    arch = Architecture.relu(inputs, *[n] * integer(depth, place="depth", minimum=1))
    # rounding down, as in ⌊n/n0⌋, does not change a leading term
    formulas = (named(bound)(arch).expression.replace(sympy.floor, lambda value: value) for bound in (first, second))
    return sympy.simplify(operator.truediv(*map(leading_term, formulas)))


class Split(NamedTuple):
    """A width profile that attains the maximum, and the maximum."""

    widths: tuple[int, ...]
    value: int


def best_split(units: int, depth: int, inputs: int, bound: Bound | str = "serra2018") -> Split:
    """The widths n_1 + … + n_L = units, each ≥ 1, that maximize a bound, and its value: the first :func:`best_splits`.

    Raises ConditionError if no profile satisfies the conditions of the bound, which must be a program over layers.

    >>> best_split(22, 2, 784)
    Split(widths=(21, 1), value=4194303)
    """
    return next(best_splits(units, depth, inputs, bound))


def best_splits(units: int, depth: int, inputs: int, bound: Bound | str = "serra2018") -> Iterator[Split]:
    """Every profile that attains the maximum of :func:`best_split`, one by one, in lexicographically decreasing order.

    >>> [split.widths for split in best_splits(5, 2, 1)]
    [(3, 2), (2, 3)]
    """
    depth = integer(depth, place="depth", minimum=1)
    units = integer(units, place="units", minimum=depth)
    inputs = integer(inputs, place="inputs", minimum=1)
    found = _best_first(layer_program(bound), inputs, units, depth)
    first = next(found, None)
    if first is None:
        asked = f"the conditions of {getattr(bound, 'key', bound)} with {inputs} inputs"
        raise ConditionError(f"no split of {units} units into {depth} layers meets {asked}; use more units")
    return itertools.chain([first], found)


def _best_first(program: LayerProgram, inputs: int, units: int, depth: int) -> Iterator[Split]:
    """The profiles of the greatest value, the widest layers first; none if no width is allowed.

    The prefix of the greatest limit, then of the widest layers, is extended first; a whole profile's is its value.
    """

    @cache
    def moves(last: bool, width: int, state: int) -> tuple[tuple[int, int], ...]:
        return tuple((c, w) for c, w in (program.final if last else program.hidden)(state, width) if w)

    @cache
    def future(layers: int, units: int, state: int) -> int:
        """V*: each state may choose its own widths; 0 if no width is allowed."""
        if layers == 0:
            return 1
        return max(
            sum(w * future(layers - 1, units - m, min(c, units - m)) for c, w in moves(layers == 1, m, state))
            for m in _widths(layers, units)
        )

    def limit(mass: Mapping[int, int], layers: int, units: int) -> int:
        return sum(w * future(layers, units, min(c, units)) for c, w in mass.items())

    start = {inputs: 1}
    waiting: list[tuple[int, tuple[int, ...], dict[int, int]]] = [(-limit(start, depth, units), (), start)]
    best = 1
    while waiting and -waiting[0][0] >= best:
        most, negative, mass = heappop(waiting)  # all negative, since a heap gives the least first
        layers, left = depth - len(negative), units + sum(negative)
        if not layers:
            best = -most
            yield Split(tuple(-n for n in negative), best)
            continue
        for m in _widths(layers, left):
            after = step(mass, partial(moves, layers == 1, m))
            heappush(waiting, (-limit(after, layers - 1, left - m), (*negative, -m), after))


def _widths(layers: int, units: int) -> Sequence[int]:
    """The widths that the first of so many layers may have."""
    return (units,) if layers == 1 else range(1, units - layers + 2)


class LeastUnits(NamedTuple):
    """Fewer than ``at_least`` units have fewer regions; a network of ``architecture``, with ``enough`` units, has R."""

    at_least: int
    enough: int
    architecture: Architecture


def least_units(regions: int, inputs: int) -> LeastUnits:
    """How many units R regions take, by the bound ``levels`` and by ``balanced_folding``; UnsupportedError from 65 on.

    >>> least_units(1000, 2)
    LeastUnits(at_least=12, enough=14, architecture=Architecture.relu(2, 6, 6, 2))
    """
    goal = integer(regions, place="regions", minimum=2)
    n0 = integer(inputs, place="inputs", minimum=1)
    at_least, _ = _reached(goal, n0, "levels", (goal - 1).bit_length())  # N units have 2^N regions at most
    enough, widths = _reached(goal, n0, "balanced_folding", at_least)
    return LeastUnits(at_least, enough, Architecture.relu(n0, *widths))


def _reached(goal: int, inputs: int, bound: str, units: int) -> tuple[int, tuple[int, ...]]:
    """The first number of units, from this one on, with a split into layers whose bound is at least the goal."""
    for number in range(units, MOST_UNITS + 1):
        for depth in range(1, number + 1):
            try:
                split = best_split(number, depth, inputs, bound)
            except ConditionError:  # too many layers for so few units
                break
            if split.value >= goal:
                return number, split.widths
    raise UnsupportedError(f"so many regions take more than {MOST_UNITS} units by {bound}; ask for fewer regions")
