"""Upper bounds that are a product over layers: each layer cuts every region of the layers before it.

The maps before layer l are affine on a region, so the region's image lies in an affine space of dimension
at most d_l = min(n0, …, n_{l−1}); what layer l can do to it is what its units can do to R^{d_l}.
"""

from __future__ import annotations

import math
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Condition, Counterexample, Status
from theory.bounds.conditions import dense, one_layer
from theory.bounds.effort import each_layer_effort, pairs_effort, trivial_effort
from theory.bounds.expressions import Symbolic, is_number, least, partial_sum_expression, undecided
from theory.bounds.integers import partial_sum, running_minima, zaslavsky_number
from theory.sources import (
    MONTUFAR2014,
    MONTUFAR2017,
    MONTUFAR2022,
    RAGHU2017,
    SERRA2018,
    ZASLAVSKY1975,
)

__all__ = ["PRODUCT_BOUNDS", "input_dimensions"]

N0, N1, N2 = sympy.symbols("n_0 n_1 n_2", integer=True, positive=True)
K = sympy.Symbol("k", integer=True, positive=True)
TWO_RELU_LAYERS = Architecture.relu(N0, N1, N2)
TWO_MAXOUT_LAYERS = Architecture.maxout(N0, N1, N2, rank=K)


def input_dimensions(arch: Architecture, *, own: bool = False) -> tuple[list[Any], list[Any]]:
    """For each layer the greatest dimension of what it sees, min(n0, …, n_{l−1}), with the assumptions made.

    With a numeric n0 a symbolic width is assumed to be at least the dimension that arrives, so that the
    minimum stays a number; the assumptions are returned.  ``own`` counts the layer's own width in.
    """
    sizes = list(arch.sizes)
    if all(map(is_number, sizes)):
        minima = running_minima(sizes)
        return (minima[1:] if own else minima[:-1]), []
    if not is_number(arch.inputs):
        starts = range(2, len(sizes) + 1) if own else range(1, len(sizes))
        return [least(sizes[:stop]) for stop in starts], []
    dimensions, assumptions, d = [], [], arch.inputs
    for layer, n in enumerate(arch.widths, start=1):
        before = d
        if is_number(n):
            d = min(d, n)
        elif own or layer < arch.depth:
            assumptions.append(n >= d)
        dimensions.append(d if own else before)
    return dimensions, list(undecided(assumptions))


def _trivial(arch: Architecture) -> int:
    return int(arch.rank**arch.units)


def _trivial_symbolic(arch: Architecture) -> Symbolic:
    return Symbolic(sympy.sympify(arch.rank) ** sympy.sympify(arch.units))


def _product(arch: Architecture, dimensions: list[Any], assumptions: list[Any], weight: Any) -> Symbolic:
    factors = [
        partial_sum_expression(n, d, weight, layer=layer)
        for layer, (n, d) in enumerate(zip(arch.widths, dimensions, strict=True), start=1)
    ]
    return Symbolic(sympy.Mul(*factors), tuple(assumptions))


def _raghu(arch: Architecture) -> int:
    return math.prod(zaslavsky_number(n, arch.inputs) for n in arch.widths)


def _raghu_symbolic(arch: Architecture) -> Symbolic:
    return _product(arch, [arch.inputs] * arch.depth, [], 1)


def _montufar2022(arch: Architecture) -> int:
    dimensions, _ = input_dimensions(arch)
    return math.prod(partial_sum(n, d, arch.rank - 1) for n, d in zip(arch.widths, dimensions, strict=True))


def _montufar2022_symbolic(arch: Architecture) -> Symbolic:
    return _product(arch, *input_dimensions(arch), weight=sympy.sympify(arch.rank) - 1)


def _pairs(rank: Any) -> Any:
    return rank * (rank - 1) // 2 if is_number(rank) else rank * (rank - 1) / 2


def _serra_maxout(arch: Architecture) -> int:
    dimensions, _ = input_dimensions(arch, own=True)
    pairs = _pairs(arch.rank)
    return math.prod(partial_sum(pairs * n, d) for n, d in zip(arch.widths, dimensions, strict=True))


def _serra_maxout_symbolic(arch: Architecture) -> Symbolic:
    dimensions, assumptions = input_dimensions(arch, own=True)
    pairs = _pairs(arch.rank)
    planes = Architecture(arch.inputs, tuple(pairs * n for n in arch.widths), "maxout", arch.rank)
    return _product(planes, dimensions, assumptions, 1)


def _printed_maxout(arch: Architecture) -> int:
    dimensions, _ = input_dimensions(arch, own=True)
    return math.prod(zaslavsky_number(arch.rank - 1, d) * n for n, d in zip(arch.widths, dimensions, strict=True))


def _printed_maxout_symbolic(arch: Architecture) -> Symbolic:
    dimensions, assumptions = input_dimensions(arch, own=True)
    sums = [partial_sum_expression(arch.rank - 1, d, layer=i) for i, d in enumerate(dimensions, start=1)]
    return Symbolic(sympy.Mul(*(s * n for s, n in zip(sums, arch.widths, strict=True))), tuple(assumptions))


def _at_least_one_unit(subject: Any) -> Any:
    yield subject.rank >= 1, f"it needs rank k ≥ 1, here k = {subject.rank}"


_RANK = Condition("rank k ≥ 1", _at_least_one_unit)

PRODUCT_BOUNDS = (
    Bound(
        key="trivial",
        title="every combination of pieces",
        kind="upper",
        source=MONTUFAR2014.at("upper bound 2^N"),
        status=Status.TEXT,
        verified="at least every other upper bound on all small ReLU architectures; attained by one layer of n ≤ n0 "
        "units",
        latex=r"k^{\,n_1+\cdots+n_L}\qquad(k=2\text{ for ReLU})",
        conditions=(dense("relu", "maxout", "piecewise"),),
        integer=_trivial,
        symbolic=_trivial_symbolic,
        generic=TWO_MAXOUT_LAYERS,
        effort=trivial_effort,
    ),
    Bound(
        key="zaslavsky",
        title="one layer: hyperplanes in general position",
        kind="exact",
        source=ZASLAVSKY1975.at("Theorem A, Corollary"),
        status=Status.SECOND_HAND,
        verified="regions of generic arrangements counted through their intersection poset",
        latex=r"\sum_{j=0}^{n_0}\binom{n_1}{j}",
        conditions=(dense("relu"), one_layer),
        integer=_raghu,
        symbolic=_raghu_symbolic,
        generic=Architecture.relu(N0, N1),
    ),
    Bound(
        key="raghu2017",
        title="each layer cuts the input space",
        kind="upper",
        source=RAGHU2017.at("upper bound, explicit form"),
        status=Status.SECOND_HAND,
        verified="between montufar2017 and trivial on all small architectures",
        latex=r"\prod_{l=1}^{L}\sum_{j=0}^{n_0}\binom{n_l}{j}",
        conditions=(dense("relu"),),
        integer=_raghu,
        symbolic=_raghu_symbolic,
        generic=TWO_RELU_LAYERS,
        effort=each_layer_effort,
    ),
    Bound(
        key="montufar2017",
        title="each layer cuts an image of its input dimension",
        kind="upper",
        source=MONTUFAR2017.at("upper bound"),
        status=Status.NOTES,
        verified="between serra2018 and raghu2017 on all small architectures",
        latex=r"\prod_{l=1}^{L}\;\sum_{j=0}^{\min(n_0,\dots,n_{l-1})}\binom{n_l}{j}",
        conditions=(dense("relu"),),
        integer=_montufar2022,
        symbolic=_montufar2022_symbolic,
        generic=TWO_RELU_LAYERS,
    ),
    Bound(
        key="montufar2022",
        title="maxout: each layer cuts an image of its input dimension",
        kind="upper",
        source=MONTUFAR2022.at("upper bound for deep maxout networks"),
        status=Status.RECALLED,
        verified="at most serra2018_maxout and k^N on all small maxout architectures; holds as well for scalar units "
        "of at most k pieces and for mixtures, whose layers are k − 1 parallel hyperplanes a unit",
        latex=r"\prod_{l=1}^{L}\;\sum_{j=0}^{\min(n_0,\dots,n_{l-1})}\binom{n_l}{j}(k-1)^j",
        conditions=(dense("maxout", "piecewise"), _RANK),
        integer=_montufar2022,
        symbolic=_montufar2022_symbolic,
        generic=TWO_MAXOUT_LAYERS,
    ),
    Bound(
        key="serra2018_maxout",
        title="maxout: all pairs of pieces as hyperplanes",
        kind="upper",
        source=SERRA2018.at("Theorem 10 (Theorem 8 of the ICLR version, Theorem 2 of the poster)"),
        status=Status.TEXT,
        verified="at least montufar2022 on all small maxout architectures; can exceed the trivial bound",
        latex=r"\prod_{l=1}^{L}\sum_{j=0}^{d_l}\binom{\frac{k(k-1)}{2}\,n_l}{j},\qquad d_l=\min(n_0,\dots,n_l)",
        conditions=(dense("maxout"), _RANK),
        integer=_serra_maxout,
        symbolic=_serra_maxout_symbolic,
        generic=TWO_MAXOUT_LAYERS,
        effort=pairs_effort,
    ),
    Bound(
        key="serra2018_maxout_printed",
        title="maxout: Theorem 2 as the poster prints it",
        kind="upper",
        source=SERRA2018.at("Theorem 2 of the poster, as printed"),
        status=Status.REFUTED,
        verified="refuted by one layer of three rank-2 units",
        latex=r"\prod_{l=1}^{L}\sum_{j=0}^{d_l}\binom{k-1}{j}\,n_l,\qquad d_l=\min(n_0,\dots,n_l)",
        conditions=(dense("maxout"), _RANK),
        integer=_printed_maxout,
        symbolic=_printed_maxout_symbolic,
        generic=TWO_MAXOUT_LAYERS,
        effort=pairs_effort,
        counterexample=Counterexample(
            Architecture.maxout(2, 3, rank=2),
            claimed=6,
            actual=7,
            reason="three rank-2 units are three lines, and lines in general position cut the plane into 7 regions",
        ),
    ),
)
"""The statements of this room."""
