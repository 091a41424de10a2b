r"""One input: the maximum is a product, if layers before the last are wide enough to zigzag.

On a line every unit of layer l adds at most one breakpoint to each piece of the layers before it, so there are at most
:math:`\prod_l (n_l + 1)` pieces.  A layer of three units or more can zigzag over [0, 1] with :math:`n_l + 1` pieces
that each map onto [0, 1], which attains the product as long as every layer *but the last* has three units: the last
layer only has to cut.  What narrower layers allow is in :mod:`theory.bounds.rigid`.  Maxout units of rank k have k − 1
breakpoints each, and layers of even width attain :math:`\prod_l (n_l (k-1) + 1)`.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Section 4; Montúfar, Ren, Zhang 2022, bounds for one input.
"""

from __future__ import annotations

import math

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Status
from theory.bounds.conditions import dense, each_width, is_even, one_input
from theory.bounds.products import N1, N2, K
from theory.sources import MONTUFAR2022, SERRA2018

__all__ = ["ONE_INPUT_BOUNDS"]


ONE_INPUT_BOUNDS = (
    Bound(
        key="one_input",
        title="one input: every piece cut by every unit",
        kind="exact",
        source=SERRA2018.at("maximum for one input"),
        status=Status.TEXT,
        verified="equal to Theorem 1 and to hinz2021 for one input; false without its condition, as (1; 2, 2) has 7",
        latex=r"\prod_{l=1}^{L}(n_l+1)",
        conditions=(
            dense("relu"),
            one_input,
            each_width("n_l ≥ 3 for every layer but the last", lambda n: n >= 3, last=False),
        ),
        value=lambda arch: math.prod(n + 1 for n in arch.widths),
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
        conditions=(dense("maxout"), one_input, each_width("even widths", is_even)),
        value=lambda arch: math.prod(n * (arch.rank - 1) + 1 for n in arch.widths),
        generic=Architecture.maxout(1, N1, N2, rank=K),
    ),
)
"""Exact maxima for one input."""
