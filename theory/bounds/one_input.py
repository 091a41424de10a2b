"""One input: the maximum is a product, and the layers in between need room to zigzag.

On a line every unit of layer l adds at most one breakpoint to each piece of the layers before it, so there are
at most Π (n_l + 1) pieces.  A layer of three units or more can zigzag over [0, 1] with n_l + 1 pieces that each
map onto [0, 1], which attains the product as long as every layer *but the last* has three units: the last
layer only has to cut.  What narrower layers allow is in :mod:`theory.bounds.rigid`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Condition, Status
from theory.bounds.conditions import dense, one_input
from theory.bounds.expressions import Symbolic, is_number
from theory.bounds.products import N1, N2, K
from theory.sources import MONTUFAR2022, SERRA2018

__all__ = ["ONE_INPUT_BOUNDS"]


def _three_units(subject: Any) -> Iterator[tuple[Any, str]]:
    for layer, n in enumerate(subject.widths[:-1], start=1):
        yield n >= 3, f"it needs n_l ≥ 3 for every layer but the last, but layer {layer} has width {n}"


def even_widths(subject: Any) -> Iterator[tuple[Any, str]]:
    """Every width is even and positive."""
    for layer, n in enumerate(subject.widths, start=1):
        holds = n % 2 == 0 and n > 0 if is_number(n) else sympy.Eq(sympy.Mod(n, 2), 0)
        yield holds, f"it needs even widths, but layer {layer} has width {n}"


ONE_INPUT_BOUNDS = (
    Bound(
        key="one_input",
        title="one input: every piece cut by every unit",
        kind="exact",
        source=SERRA2018.at("maximum for one input"),
        status=Status.TEXT,
        verified="equal to Theorem 1 and to hinz2021 for one input; false without its condition, as (1; 2, 2) has 7",
        latex=r"\prod_{l=1}^{L}(n_l+1)",
        conditions=(dense("relu"), one_input, Condition("n_l ≥ 3 for every layer but the last", _three_units)),
        integer=lambda arch: math.prod(n + 1 for n in arch.widths),
        symbolic=lambda arch: Symbolic(sympy.Mul(*(n + 1 for n in arch.widths))),
        generic=Architecture.relu(1, N1, N2),
    ),
    Bound(
        key="maxout_one_input",
        title="one input: maxout layers of even width",
        kind="exact",
        source=MONTUFAR2022.at("lower and upper bound for one input"),
        status=Status.RECALLED,
        verified="the lower and the upper bound of the same paper coincide",
        latex=r"\prod_{l=1}^{L}\bigl(n_l(k-1)+1\bigr)",
        conditions=(dense("maxout"), one_input, Condition("even widths", even_widths)),
        integer=lambda arch: math.prod(n * (arch.rank - 1) + 1 for n in arch.widths),
        symbolic=lambda arch: Symbolic(sympy.Mul(*(n * (arch.rank - 1) + 1 for n in arch.widths))),
        generic=Architecture.maxout(1, N1, N2, rank=K),
    ),
)
"""The statements of this room."""
