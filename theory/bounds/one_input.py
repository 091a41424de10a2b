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
from theory.bounds.bound import statement
from theory.bounds.conditions import dense, each_width, is_even, one_input
from theory.bounds.products import N1, N2, K

__all__ = ["ONE_INPUT_BOUNDS"]

_ALMOST_ALL_WIDE = each_width("n_l ≥ 3 for every layer but the last", lambda n: n >= 3, last=False)

ONE_INPUT_BOUNDS = (
    statement(
        "one_input",
        [dense("relu"), one_input, _ALMOST_ALL_WIDE],
        lambda arch: math.prod(n + 1 for n in arch.widths),
        Architecture.relu(1, N1, N2),
    ),
    statement(
        "maxout_one_input",
        [dense("maxout"), one_input, each_width("even widths", is_even)],
        lambda arch: math.prod(n * (arch.rank - 1) + 1 for n in arch.widths),
        Architecture.maxout(1, N1, N2, rank=K),
    ),
)
"""Exact maxima for one input."""
