r"""Upper bounds that are a product over layers, and what one layer, or a network with one input, can do exactly.

The image of a region before layer l lies in an affine space of dimension at most :math:`d_l = \min(n_0, \dots,
n_{l-1})`, where units of :math:`k_1, \dots, k_m` pieces make at most

.. math:: \sum_{j=0}^{d_l} e_j(k_1 - 1, \dots, k_m - 1), \quad \text{for equal } k \quad
          \sum_{j=0}^{d_l} \binom{m}{j} (k-1)^j,

regions, :math:`e_j` the elementary symmetric polynomial: generic arrangements with :math:`k_i - 1` parallel hyperplanes
for unit i attain it.  Without biases they correspond to the vertices of a Minkowski sum of m polytopes with
:math:`k_1, \dots, k_m` vertices.

On a line the product is the maximum if every layer but the last, which only has to cut, has at least three ReLU units,
which can zigzag over [0, 1] with :math:`n_l + 1` pieces that each map onto [0, 1], or if all layers have an even number
of maxout units.  What narrower layers allow is in :mod:`theory.bounds.rigid`.

References
----------
Montúfar 2017, upper bound (k = 2); Montúfar, Ren, Zhang 2022, upper bound for deep maxout networks, and sharp bounds
for one layer; Raghu, Poole, Kleinberg, Ganguli, Sohl-Dickstein 2017, upper bound; Serra, Tjandraatmadja, Ramalingam
2018, Theorem 10, and Section 4 for one input; Zaslavsky 1975, Theorems A and C; Hu, Zhang 2018, one layer; Weibel 2012,
number of vertices.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate
from typing import Any

import sympy

from theory.architecture import Architecture, MixedRanks
from theory.bounds.bound import Counterexample, about, asks, dense, each_width, is_even, one_input, one_layer, statement
from theory.bounds.dynamic_program import LayerProgram, Size, regions, size
from theory.bounds.expressions import (
    ExactSum,
    Formula,
    binomial_sum,
    choose,
    elementary_symmetric,
    index,
    is_number,
    zaslavsky_number,
)

N0, N1, N2 = sympy.symbols("n_0 n_1 n_2", integer=True, positive=True)
K = sympy.Symbol("k", integer=True, positive=True)
TWO_RELU_LAYERS = Architecture.relu(N0, N1, N2)
TWO_MAXOUT_LAYERS = Architecture.maxout(N0, N1, N2, rank=K)

TRIVIAL = LayerProgram(lambda n, _d, k, _layer: k**n, keeps=True)
"""k^n for every layer."""
PARALLEL_CUTS = LayerProgram(regions)
r"""The product of :math:`\sum_{j \le d_l} \binom{n_l}{j} (k-1)^j`; layer l leaves min(d_l, n_l) dimensions."""
BOUNDED_REGIONS = "bounded activation regions of R^n0, maximum over weights and biases"
"""What the bound on bounded regions counts."""
CENTRAL_REGIONS = "activation regions of R^n0 of layers without biases, maximum over weights"
"""What the bounds without biases count."""


def trivial_size(arch: Any) -> Size:
    """The size of k^N."""
    bits = arch.units * (arch.rank - 1).bit_length() + 1
    return Size(bits, bits)


def parallel_cuts(subject: Any) -> Any:
    r"""The product over layers of :math:`\sum_{j \le d_l} e_j(k_1 - 1, \dots, k_{n_l} - 1)`: ranks may be mixed."""
    if not isinstance(subject, MixedRanks):
        return PARALLEL_CUTS(subject)
    dimensions = accumulate(subject.widths, min, initial=subject.inputs)
    layers = (([k - 1 for k in ranks], d) for ranks, d in zip(subject.ranks, dimensions, strict=False))
    return math.prod(sum(elementary_symmetric(sizes, min(d, len(sizes)))) for sizes, d in layers)


def minkowski_vertices(n: int, ranks: tuple[int, ...]) -> int:
    r"""The greatest number of vertices of a Minkowski sum of polytopes with the given numbers of vertices in R^n.

    For :math:`m \ge n` summands (points do not count) it is

    .. math::

        \alpha + \sum_{j=1}^{n-1} (-1)^{n-1-j} \binom{m-1-j}{n-1-j}
        \sum_{|S|=j} \Bigl(\prod_{i \in S} k_i - \alpha\Bigr), \qquad \alpha = 2 \, (n \bmod 2);

    for :math:`m < n` it is :math:`\prod k_i`.

    >>> minkowski_vertices(2, (3, 4, 5)), minkowski_vertices(3, (2, 2, 2, 2)), minkowski_vertices(3, (3, 4))
    (12, 14, 12)
    """
    proper = [k for k in ranks if k > 1]
    if len(proper) < n:
        return math.prod(proper)
    return int(_vertices(n, len(proper), elementary_symmetric(proper, n - 1).__getitem__))


def _vertices(n: int, m: Any, elementary: Callable[[int], Any]) -> Any:
    """The formula for m ≥ n summands, m a number or a symbol, with the elementary symmetric numbers e_1, …, e_{n−1}."""
    alpha = 2 * (n % 2)
    terms = (choose(m - 1 - j, n - 1 - j) * (elementary(j) - alpha * choose(m, j)) for j in range(1, n))
    return alpha + sum((-1) ** (n - 1 - j) * term for j, term in enumerate(terms, start=1))


def _central_maxout(subject: Any) -> Any:
    """:func:`minkowski_vertices`; with equal ranks e_j is C(m,j)·k^j."""
    if isinstance(subject, MixedRanks):
        return minkowski_vertices(subject.inputs, subject.ranks[0])
    n, m, k = subject.inputs, subject.widths[0], subject.rank
    if k == 1 or (is_number(n) and is_number(m) and m < n):
        return k**m
    if is_number(n):
        value = _vertices(n, m, lambda j: choose(m, j) * k**j)
        if not subject.is_symbolic:
            return value
        expression = sympy.expand(value)
    else:
        odd, j = 2 * sympy.Mod(n, 2), index(1)
        body = (-1) ** (n - 1 - j) * sympy.binomial(m - 1 - j, n - 1 - j) * sympy.binomial(m, j) * (k**j - odd)
        expression = odd + ExactSum(body, (j, 1, n - 1))
    return Formula(expression, (sympy.Ge(m, n), sympy.Ge(k, 2)))


def _central(arch: Any) -> Any:
    n, d = arch.widths[0], arch.inputs
    if arch.is_symbolic:
        return Formula(2 * binomial_sum(n - 1, d - 1), [sympy.Ge(n, 1)])
    return 2 * zaslavsky_number(n - 1, d - 1) if n else 1


def _bounded(arch: Any) -> Any:
    n, d = arch.widths[0], arch.inputs
    if arch.is_symbolic:
        return Formula(sympy.expand(choose(n - 1, d)) if is_number(d) else sympy.binomial(n - 1, d), [sympy.Ge(n, 1)])
    return math.comb(n - 1, d) if n else 0


_RANK = asks("rank k ≥ 1", lambda arch: arch.rank >= 1, "it needs rank k ≥ 1, here k = {0.rank}")
_MIXED = about(MixedRanks, "units of mixed ranks", "units of mixed ranks")
_MAXOUT = dense("maxout")
_RANKED = replace(
    _MAXOUT,
    text=f"{_MAXOUT.text}, or units of mixed ranks",
    relations=lambda subject: iter(()) if isinstance(subject, MixedRanks) else _MAXOUT.relations(subject),
)
_ALMOST_ALL_WIDE = each_width("n_l ≥ 3 for every layer but the last", lambda n: n >= 3, last=False)
_ONE_MAXOUT_LAYER = Architecture.maxout(N0, N1, rank=K)
_ONE_RELU_LAYER = Architecture.relu(N0, N1)

BOUNDS = (
    statement("trivial", [dense("relu", "maxout", "piecewise")], TRIVIAL, TWO_MAXOUT_LAYERS, size=trivial_size),
    statement("zaslavsky", [dense("relu"), one_layer], LayerProgram(regions), _ONE_RELU_LAYER),
    statement("raghu2017", [dense("relu")], LayerProgram(regions, keeps=True), TWO_RELU_LAYERS),
    statement("montufar2017", [dense("relu")], PARALLEL_CUTS, TWO_RELU_LAYERS),
    statement("montufar2022", [dense("maxout", "piecewise"), _RANK], PARALLEL_CUTS, TWO_MAXOUT_LAYERS),
    statement("montufar2022_mixed", [_MIXED], parallel_cuts, _ONE_MAXOUT_LAYER),
    statement(
        "serra2018_maxout",
        [_MAXOUT, _RANK],
        LayerProgram(lambda n, d, k, layer: binomial_sum(choose(k, 2) * n, d, layer=layer), own_width=True),
        TWO_MAXOUT_LAYERS,
        size=lambda arch: size(arch, units=choose(arch.rank, 2)),
    ),
    statement(
        "serra2018_maxout_printed",
        [_MAXOUT, _RANK],
        LayerProgram(lambda n, d, k, layer: binomial_sum(k - 1, d, layer=layer) * n, own_width=True),
        TWO_MAXOUT_LAYERS,
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
        [_MAXOUT, one_input, each_width("even widths", is_even)],
        lambda arch: math.prod(n * (arch.rank - 1) + 1 for n in arch.widths),
        Architecture.maxout(1, N1, N2, rank=K),
    ),
    statement("maxout_one_layer", [_RANKED, one_layer], parallel_cuts, _ONE_MAXOUT_LAYER),
    statement("hu2018", [dense("piecewise"), one_layer], parallel_cuts, Architecture(N0, (N1,), "piecewise", K)),
    statement("zaslavsky_bounded", [dense("relu"), one_layer], _bounded, _ONE_RELU_LAYER, bounds_what=BOUNDED_REGIONS),
    statement("zaslavsky_central", [dense("relu"), one_layer], _central, _ONE_RELU_LAYER, bounds_what=CENTRAL_REGIONS),
    statement(
        "maxout_one_layer_central",
        [_RANKED, one_layer],
        _central_maxout,
        _ONE_MAXOUT_LAYER,
        bounds_what=CENTRAL_REGIONS,
    ),
)
"""Trivial bound, products over layers, exact maxima for one layer or one input, some of them of other regions."""
