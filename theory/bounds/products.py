r"""Upper bounds that are a product over layers: each layer cuts every region of the layers before it.

The maps before layer l are affine on a region, so the region's image lies in an affine space of dimension at most
:math:`d_l = \min(n_0, \dots, n_{l-1})`; what layer l can do to it is what its units can do to
:math:`\mathbb{R}^{d_l}`:

.. math:: R \le \prod_{l=1}^{L} \; \sum_{j=0}^{d_l} \binom{n_l}{j} (k-1)^j

for units of k pieces.  Older bounds have a larger dimension or a larger number of hyperplanes.

On a line the product is the maximum if every layer but the last, which only has to cut, has three ReLU units, which can
zigzag over [0, 1] with :math:`n_l + 1` pieces that each map onto [0, 1], or an even number of maxout units.  What
narrower layers allow is in :mod:`theory.bounds.rigid`.

References
----------
Montúfar 2017, upper bound (k = 2); Montúfar, Ren, Zhang 2022, upper bound for deep maxout networks; Raghu, Poole,
Kleinberg, Ganguli, Sohl-Dickstein 2017, upper bound; Serra, Tjandraatmadja, Ramalingam 2018, Theorem 10, and Section 4
for one input; Zaslavsky 1975, Theorem A, Corollary.
"""

import math
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Counterexample, statement
from theory.bounds.conditions import about, asks, dense, each_width, is_even, one_input, one_layer
from theory.bounds.dynamic_program import LayerProgram, regions
from theory.bounds.expressions import binomial_sum, choose
from theory.bounds.integers import elementary_symmetric, running_minima
from theory.bounds.limits import Size, size
from theory.mixed_ranks import MixedRanks

__all__ = ["BOUNDS", "PARALLEL_CUTS", "TRIVIAL", "parallel_cuts", "trivial_size"]

N0, N1, N2 = sympy.symbols("n_0 n_1 n_2", integer=True, positive=True)
K = sympy.Symbol("k", integer=True, positive=True)
TWO_RELU_LAYERS = Architecture.relu(N0, N1, N2)
TWO_MAXOUT_LAYERS = Architecture.maxout(N0, N1, N2, rank=K)

TRIVIAL = LayerProgram(lambda n, _d, k, _layer: k**n, keeps=True)
"""k^n for every layer."""
PARALLEL_CUTS = LayerProgram(regions)
r"""The product of :math:`\sum_{j \le d_l} \binom{n_l}{j} (k-1)^j`; layer l leaves min(d_l, n_l) dimensions."""


def trivial_size(arch: Any) -> Size:
    """The size of k^N."""
    bits = arch.units * (arch.rank - 1).bit_length() + 1
    return Size(bits, bits)


def parallel_cuts(subject: Any) -> Any:
    r"""The product over layers of :math:`\sum_{j \le d_l} e_j(k_1 - 1, \dots, k_{n_l} - 1)`, for equal or mixed ranks.

    >>> parallel_cuts(MixedRanks(2, ((3, 3, 2),))), parallel_cuts(Architecture.maxout(2, 3, rank=3))
    (14, 19)
    """
    if not isinstance(subject, MixedRanks):
        return PARALLEL_CUTS(subject)
    dimensions = running_minima([subject.inputs, *subject.widths])
    layers = (([k - 1 for k in ranks], d) for ranks, d in zip(subject.ranks, dimensions, strict=False))
    return math.prod(sum(elementary_symmetric(sizes, min(d, len(sizes)))) for sizes, d in layers)


def _pairs_size(arch: Architecture) -> Size:
    return size(arch, units=choose(arch.rank, 2))


_RANK = asks("rank k ≥ 1", lambda arch: arch.rank >= 1, "it needs rank k ≥ 1, here k = {0.rank}")
_MIXED = about(MixedRanks, "units of mixed ranks", "units of mixed ranks")

_ALMOST_ALL_WIDE = each_width("n_l ≥ 3 for every layer but the last", lambda n: n >= 3, last=False)

BOUNDS = (
    statement("trivial", [dense("relu", "maxout", "piecewise")], TRIVIAL, TWO_MAXOUT_LAYERS, size=trivial_size),
    statement("zaslavsky", [dense("relu"), one_layer], LayerProgram(regions), Architecture.relu(N0, N1)),
    statement("raghu2017", [dense("relu")], LayerProgram(regions, keeps=True), TWO_RELU_LAYERS),
    statement("montufar2017", [dense("relu")], PARALLEL_CUTS, TWO_RELU_LAYERS),
    statement("montufar2022", [dense("maxout", "piecewise"), _RANK], PARALLEL_CUTS, TWO_MAXOUT_LAYERS),
    statement("montufar2022_mixed", [_MIXED], parallel_cuts, Architecture.maxout(N0, N1, rank=K)),
    statement(
        "serra2018_maxout",
        [dense("maxout"), _RANK],
        LayerProgram(lambda n, d, k, layer: binomial_sum(choose(k, 2) * n, d, layer=layer), own_width=True),
        TWO_MAXOUT_LAYERS,
        size=_pairs_size,
    ),
    statement(
        "serra2018_maxout_printed",
        [dense("maxout"), _RANK],
        LayerProgram(lambda n, d, k, layer: binomial_sum(k - 1, d, layer=layer) * n, own_width=True),
        TWO_MAXOUT_LAYERS,
        size=_pairs_size,
        counterexample=Counterexample(
            Architecture.maxout(2, 3, rank=2),
            claimed=6,
            actual=7,
            reason="three rank-2 units are three lines, and lines in general position cut the plane into 7 regions",
        ),
    ),
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
"""Trivial bound, one layer, products over layers, exact maxima for one input."""
