r"""What one hidden layer can do, exactly: arrangements of hyperplanes and of maxout units.

With biases, m units of :math:`k_1, \dots, k_m` pieces make at most

.. math:: \sum_{j=0}^{n_0} e_j(k_1 - 1, \dots, k_m - 1)

regions of :math:`\mathbb{R}^{n_0}`, where :math:`e_j` is the elementary symmetric polynomial: generic arrangements with
:math:`k_i - 1` parallel hyperplanes for unit i attain it, and maxout units can do no more.  Without biases the regions
are the cones of a normal fan: they correspond to the vertices of a Minkowski sum of m polytopes with
:math:`k_1, \dots, k_m` vertices.

References
----------
Zaslavsky 1975, Theorems A and C; Hu, Zhang 2018, one layer; Montúfar, Ren, Zhang 2022, sharp bounds for one layer;
Weibel 2012, number of vertices.
"""

import math
from collections.abc import Callable
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import statement
from theory.bounds.conditions import Condition, dense, one_layer
from theory.bounds.expressions import ExactSum, binomial_sum, choose, index, is_number
from theory.bounds.formula import Formula
from theory.bounds.integers import elementary_symmetric, zaslavsky_number
from theory.bounds.products import N0, N1, K, parallel_cuts
from theory.mixed_ranks import MixedRanks

BOUNDED_REGIONS = "bounded activation regions of R^n0, maximum over weights and biases"
"""What the bound on bounded regions counts."""
CENTRAL_REGIONS = "activation regions of R^n0 of layers without biases, maximum over weights"
"""What the bounds without biases count."""


def _ranked(*kinds: str) -> Condition:
    """A fully connected architecture of these kinds, or one with mixed ranks."""
    plain = dense(*kinds)
    text = f"{plain.text}, or units of mixed ranks"
    return Condition(text, lambda s: iter(()) if isinstance(s, MixedRanks) else plain.relations(s), is_kind=True)


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


_ONE_MAXOUT_LAYER = Architecture.maxout(N0, N1, rank=K)
_ONE_RELU_LAYER = Architecture.relu(N0, N1)

BOUNDS = (
    statement("maxout_one_layer", [_ranked("maxout"), one_layer], parallel_cuts, _ONE_MAXOUT_LAYER),
    statement("hu2018", [dense("piecewise"), one_layer], parallel_cuts, Architecture(N0, (N1,), "piecewise", K)),
    statement("zaslavsky_bounded", [dense("relu"), one_layer], _bounded, _ONE_RELU_LAYER, bounds_what=BOUNDED_REGIONS),
    statement("zaslavsky_central", [dense("relu"), one_layer], _central, _ONE_RELU_LAYER, bounds_what=CENTRAL_REGIONS),
    statement(
        "maxout_one_layer_central",
        [_ranked("maxout"), one_layer],
        _central_maxout,
        _ONE_MAXOUT_LAYER,
        bounds_what=CENTRAL_REGIONS,
    ),
)
"""What one layer has at most, which is attained: all regions, bounded ones, and those of layers without biases."""
