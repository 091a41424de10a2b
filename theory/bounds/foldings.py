"""Lower bounds from networks that fold a cube onto itself.

A layer whose units are shared out to the n0 coordinates, p units each, can fold [0,1] onto itself in every
coordinate; the last layer then cuts each of the copies like an arrangement in general position.

How often p units fold a coordinate: p times by Montúfar et al., p + 1 times by Serra et al. if p ≥ 3.  Sharing n
units out as evenly as possible gives the greatest product, because the number of folds is log-concave in p.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Condition, Status
from theory.bounds.conditions import at_least_inputs, dense
from theory.bounds.effort import states_effort
from theory.bounds.expressions import Symbolic, is_number, partial_sum_expression, undecided
from theory.bounds.integers import binomials, zaslavsky_number
from theory.bounds.products import N1, N2, TWO_RELU_LAYERS
from theory.sources import HERE, MONTUFAR2014, PASCANU2013, SERRA2018

__all__ = ["FOLDING_BOUNDS"]


def _quotient(n: Any, n0: Any) -> Any:
    return n // n0 if is_number(n) and is_number(n0) else sympy.floor(sympy.sympify(n) / n0)


def _folding(copies: Callable[[int, int], Any]) -> tuple[Callable[[Architecture], int], Callable[[Architecture], Any]]:
    """Both faces of Π_{l<L} copies(⌊n_l/n0⌋, n0) · Z(n_L, n0)."""

    def integer(arch: Architecture) -> int:
        *before, last = arch.widths
        n0 = arch.inputs
        return math.prod(int(copies(n // n0, n0)) for n in before) * zaslavsky_number(last, n0)

    def symbolic(arch: Architecture) -> Symbolic:
        *before, last = arch.widths
        n0 = arch.inputs
        folds = [copies(_quotient(n, n0), n0) for n in before]
        return Symbolic(sympy.Mul(*folds) * partial_sum_expression(last, n0, layer=arch.depth))

    return integer, symbolic


def _bound(key: str, title: str, copies: Callable[[Any, Any], Any], factor: int, **fields: Any) -> Bound:
    integer, symbolic = _folding(copies)
    return Bound(
        key=key,
        title=title,
        kind="lower",
        conditions=(dense("relu"), at_least_inputs(factor)),
        integer=integer,
        symbolic=symbolic,
        generic=TWO_RELU_LAYERS,
        **fields,
    )


def folds(p: int) -> int:
    """How often p ≥ 1 units can fold [0, 1] onto itself: p + 1 times if p ≥ 3, else p times.

    >>> [folds(p) for p in range(1, 6)]
    [1, 2, 4, 5, 6]
    """
    return p + 1 if p >= 3 else p


def balanced_folds(n: int, d: int) -> int:
    """Copies of the d-cube made by n ≥ d units shared out to the coordinates as evenly as possible.

    >>> balanced_folds(7, 2)
    20
    """
    p, leftover = divmod(n, d)
    return int(folds(p + 1) ** leftover * folds(p) ** (d - leftover))


def _balanced(arch: Architecture) -> int:
    *before, last = arch.widths
    return math.prod(balanced_folds(n, arch.inputs) for n in before) * zaslavsky_number(last, arch.inputs)


def _folds_expression(p: Any) -> Any:
    """p + 1 where p ≥ 3, else p: Min(1, max(p − 2, 0)) switches."""
    return p + sympy.Min(1, sympy.Max(p - 2, 0))


def _balanced_factor(n: Any, d: Any) -> Any:
    """:func:`balanced_folds` as an expression."""
    p = _quotient(n, d)
    leftover = n - d * p
    return sympy.sympify(_folds_expression(p + 1)) ** leftover * sympy.sympify(_folds_expression(p)) ** (d - leftover)


def _balanced_symbolic(arch: Architecture) -> Symbolic:
    *before, last = arch.widths
    factors = [_balanced_factor(n, arch.inputs) for n in before]
    return Symbolic(sympy.Mul(*factors) * partial_sum_expression(last, arch.inputs, layer=arch.depth))


def _coordinates(arch: Architecture) -> int:
    """The best choice n0 ≥ d_1 ≥ … ≥ d_L of coordinates to fold, from the last layer to the first."""
    *before, last = arch.widths
    coordinates = min(arch.inputs, max(arch.widths))
    best = list(accumulate(binomials(last, coordinates)))  # best[d]: with d coordinates left
    best += best[-1:] * (coordinates + 1 - len(best))
    for n in reversed(before):
        top = min(n, coordinates)
        folded = [0, *(balanced_folds(n, d) * best[d] for d in range(1, top + 1))]
        best = list(accumulate(folded, max))
        best += best[-1:] * (coordinates - top)
    return int(best[coordinates])


def _greatest(candidates: list[Any]) -> Any:
    """Their maximum, left as it is: sympy would compare every pair at length."""
    return candidates[0] if len(candidates) == 1 else sympy.Max(*candidates, evaluate=False)


def _coordinates_symbolic(arch: Architecture) -> Symbolic:
    *before, last = arch.widths
    best = [partial_sum_expression(last, d) for d in range(arch.inputs + 1)]
    assumptions = []
    for n in reversed(before):
        top = min(n, arch.inputs) if is_number(n) else arch.inputs
        assumptions += [] if is_number(n) else [n >= arch.inputs]
        folded = [_balanced_factor(n, d) * best[d] for d in range(1, top + 1)]
        best = [sympy.Integer(0), *(_greatest(folded[:d]) for d in range(1, top + 1))]
        best += best[-1:] * (arch.inputs - top)
    return Symbolic(best[arch.inputs], undecided(assumptions))


def _no_empty_layer(subject: Any) -> Iterator[tuple[Any, str]]:
    for layer, n in enumerate(subject.widths[:-1], start=1):
        yield n >= 1, f"layer {layer} has no units, so nothing is folded there"


def _small_inputs(subject: Any) -> Iterator[tuple[Any, str]]:
    few = is_number(subject.inputs) and subject.inputs <= 6
    yield few or not subject.is_symbolic, "with symbolic widths it needs at most 6 inputs, a number"
    yield subject.depth > 0, "it speaks of at least one hidden layer, here is none"


FOLDING_BOUNDS = (
    _bound(
        "pascanu2013",
        "one fold per group of n0 units",
        lambda p, _: p,
        1,
        source=PASCANU2013.at("lower bound"),
        status=Status.SECOND_HAND,
        verified="at most montufar2014 and at most every upper bound on all small architectures",
        latex=r"\Bigl(\prod_{l=1}^{L-1}\Bigl\lfloor\frac{n_l}{n_0}\Bigr\rfloor\Bigr)\sum_{j=0}^{n_0}\binom{n_L}{j}",
    ),
    _bound(
        "montufar2014",
        "every coordinate folded ⌊n_l/n0⌋ times",
        lambda p, n0: p**n0,
        1,
        source=MONTUFAR2014.at("lower bound"),
        status=Status.TEXT,
        verified="at most every upper bound on all small architectures; attained by the folding network in its cube",
        latex=r"\Bigl(\prod_{l=1}^{L-1}\Bigl\lfloor\frac{n_l}{n_0}\Bigr\rfloor^{n_0}\Bigr)\sum_{j=0}^{n_0}\binom{n_L}{j}",
    ),
    _bound(
        "serra2018_lower",
        "every coordinate folded ⌊n_l/n0⌋ + 1 times",
        lambda p, n0: (p + 1) ** n0,
        3,
        source=SERRA2018.at("lower bound for n_l ≥ 3·n0"),
        status=Status.TEXT,
        verified="at most every upper bound on all small architectures; equal to the upper bound for one input",
        latex=r"\Bigl(\prod_{l=1}^{L-1}\Bigl(\Bigl\lfloor\frac{n_l}{n_0}\Bigr\rfloor+1\Bigr)^{n_0}\Bigr)"
        r"\sum_{j=0}^{n_0}\binom{n_L}{j}",
    ),
    Bound(
        key="balanced_folding",
        title="all units folded, leftover units spread over the coordinates",
        kind="lower",
        source=HERE,
        status=Status.HERE,
        verified="at least serra2018_lower and montufar2014, at most every upper bound, on 2394 architectures; the "
        "even split is the best one",
        latex=r"\Bigl(\prod_{l=1}^{L-1} f(p_l+1)^{r_l}f(p_l)^{n_0-r_l}\Bigr)\sum_{j=0}^{n_0}\binom{n_L}{j},\qquad "
        r"n_l=p_ln_0+r_l,\ f(p)=p+[p\ge3]",
        conditions=(dense("relu"), at_least_inputs(1, last=False)),
        integer=_balanced,
        symbolic=_balanced_symbolic,
        generic=TWO_RELU_LAYERS,
    ),
    Bound(
        key="coordinate_folding",
        title="balanced folding of the best number of coordinates in each layer",
        kind="lower",
        source=HERE,
        status=Status.HERE,
        verified="at least balanced_folding, at most every upper bound, on 2394 architectures; equal to a search over "
        "all choices",
        latex=r"\max_{n_0\ge d_1\ge\dots\ge d_{L-1}=d_L}\Bigl(\prod_{l=1}^{L-1} f(p_l+1)^{r_l}f(p_l)^{d_l-r_l}\Bigr)"
        r"\sum_{j=0}^{d_L}\binom{n_L}{j},\qquad n_l=p_ld_l+r_l",
        conditions=(
            dense("relu"),
            Condition("at least one layer; at most 6 inputs if widths are symbols", _small_inputs),
            Condition("n_l ≥ 1 for every layer but the last", _no_empty_layer),
        ),
        integer=_coordinates,
        effort=states_effort,
        symbolic=_coordinates_symbolic,
        generic=Architecture.relu(2, N1, N2),
    ),
)
"""The statements of this room."""
