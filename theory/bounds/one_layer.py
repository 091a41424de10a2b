"""What one hidden layer can do, exactly: arrangements of hyperplanes and of maxout units.

With biases, m units of k_1, …, k_m pieces make at most Σ_{j ≤ n0} e_j(k_1 − 1, …, k_m − 1) regions of R^{n0},
where e_j is the elementary symmetric polynomial: generic arrangements with k_i − 1 parallel hyperplanes for
unit i attain it, and maxout units can do no more.  Without biases the regions are the cones of a normal fan:
they correspond to the vertices of a Minkowski sum of m polytopes with k_1, …, k_m vertices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Condition, Status
from theory.bounds.conditions import dense, one_layer
from theory.bounds.expressions import Symbolic, binomial_polynomial, index, is_number, partial_sum_expression, undecided
from theory.bounds.integers import binomials, elementary_symmetric, partial_sum, running_minima, zaslavsky_number
from theory.bounds.products import N0, N1, K
from theory.bounds.sums import ExactSum
from theory.mixed_ranks import MixedRanks, unit_ranks
from theory.sources import HU2018, MONTUFAR2022, WEIBEL2012, ZASLAVSKY1975

__all__ = ["BOUNDED_REGIONS", "CENTRAL_REGIONS", "ONE_LAYER_BOUNDS", "minkowski_vertices"]

BOUNDED_REGIONS = "bounded activation regions of R^n0, maximum over weights and biases"
"""What the bound on bounded regions counts."""
CENTRAL_REGIONS = "activation regions of R^n0 of layers without biases, maximum over weights"
"""What the bounds without biases count."""


def _ranked(*kinds: str) -> Condition:
    """A fully connected architecture of these kinds, or one with mixed ranks."""
    plain = dense(*kinds)

    def relations(subject: Any) -> Iterator[tuple[Any, str]]:
        if not isinstance(subject, MixedRanks):
            yield from plain.relations(subject)

    return Condition(f"{plain.text}, or units of mixed ranks", relations, is_kind=True)


def _mixed_only(subject: Any) -> Iterator[tuple[Any, str]]:
    yield isinstance(subject, MixedRanks), "it speaks of units of mixed ranks; see MixedRanks"


def _product_of_sums(subject: Any) -> int:
    if isinstance(subject, Architecture):
        dimensions = running_minima(subject.sizes)
        return math.prod(partial_sum(n, d, subject.rank - 1) for n, d in zip(subject.widths, dimensions, strict=False))
    ranks = unit_ranks(subject)
    dimensions = running_minima([subject.inputs, *subject.widths])
    return math.prod(
        sum(elementary_symmetric([k - 1 for k in layer], min(d, len(layer))))
        for layer, d in zip(ranks, dimensions, strict=False)
    )


def _one_rank(arch: Any) -> Symbolic:
    """Σ_j C(n,j)(k−1)^j for symbolic sizes."""
    return Symbolic(partial_sum_expression(arch.widths[0], arch.inputs, sympy.sympify(arch.rank) - 1))


def minkowski_vertices(n: int, ranks: tuple[int, ...]) -> int:
    """The greatest number of vertices of a Minkowski sum of polytopes with the given numbers of vertices in R^n.

    For m ≥ n summands (points do not count) it is
    α + Σ_{j=1}^{n−1} (−1)^{n−1−j} C(m−1−j, n−1−j) Σ_{|S|=j} (Π_S k_i − α), with α = 2 for odd n and 0 for even n;
    for m < n it is Π k_i.

    >>> minkowski_vertices(2, (3, 4, 5)), minkowski_vertices(3, (2, 2, 2, 2)), minkowski_vertices(3, (3, 4))
    (12, 14, 12)
    """
    proper = [k for k in ranks if k > 1]
    if len(proper) < n:
        return math.prod(proper)
    return _vertices(n, len(proper), elementary_symmetric(proper, n - 1))


def _vertices(n: int, m: int, e: Sequence[int]) -> int:
    """The formula for m ≥ n summands with the elementary symmetric numbers e."""
    alpha = 2 if n % 2 else 0
    return alpha + sum(
        (-1 if (n - 1 - j) % 2 else 1) * math.comb(m - 1 - j, n - 1 - j) * (e[j] - alpha * math.comb(m, j))
        for j in range(1, n)
    )


def _central_maxout(subject: Any) -> int:
    """:func:`minkowski_vertices`, without a list of units where all have the same rank."""
    if isinstance(subject, MixedRanks):
        return minkowski_vertices(subject.inputs, subject.ranks[0])
    n, m, k = subject.inputs, subject.widths[0], subject.rank
    if k < 2 or m < n:
        return int(k ** min(m, n))
    return _vertices(n, m, [c * k**j for j, c in enumerate(binomials(m, n - 1))])


def _central_maxout_symbolic(arch: Any) -> Symbolic:
    """The formula with equal ranks k, for m ≥ n0 and k ≥ 2: Σ_{|S|=j} becomes C(m,j)(k^j − α)."""
    m, k, n = arch.widths[0], arch.rank, arch.inputs
    if is_number(n):
        alpha = 2 if n % 2 else 0
        terms = [
            (-1) ** (n - 1 - j)
            * binomial_polynomial(m - 1 - j, n - 1 - j)
            * binomial_polynomial(m, j)
            * (sympy.sympify(k) ** j - alpha)
            for j in range(1, n)
        ]
        expression = sympy.expand(alpha + sympy.Add(*map(sympy.sympify, terms)))
    else:
        odd, j = 2 * sympy.Mod(n, 2), index(1)
        sign = (-1) ** (n - 1 - j)
        body = sign * sympy.binomial(m - 1 - j, n - 1 - j) * sympy.binomial(m, j) * (sympy.sympify(k) ** j - odd)
        expression = odd + ExactSum(body, (j, 1, n - 1))
    conditions = (sympy.Ge(m, n), sympy.Ge(k, 2))
    return Symbolic(expression, undecided(conditions))


def _central(arch: Any) -> int:
    n, d = arch.widths[0], arch.inputs
    return 2 * zaslavsky_number(n - 1, d - 1) if n else 1


def _central_symbolic(arch: Any) -> Symbolic:
    n, d = arch.widths[0], arch.inputs
    return Symbolic(2 * partial_sum_expression(n - 1, d - 1), undecided([sympy.Ge(n, 1)]))


def _bounded(arch: Any) -> int:
    n, d = arch.widths[0], arch.inputs
    return math.comb(n - 1, d) if n else 0


def _bounded_symbolic(arch: Any) -> Symbolic:
    n, d = arch.widths[0], arch.inputs
    expression = sympy.expand(binomial_polynomial(n - 1, d)) if is_number(d) else sympy.binomial(n - 1, d)
    return Symbolic(expression, undecided([sympy.Ge(n, 1)]))


_ONE_MAXOUT_LAYER = Architecture.maxout(N0, N1, rank=K)
_ONE_LAYER_SUM = r"\sum_{j=0}^{n_0} e_j(k_1-1,\dots,k_{n_1}-1)"

ONE_LAYER_BOUNDS = (
    Bound(
        key="maxout_one_layer",
        title="one layer of maxout units with biases",
        kind="exact",
        source=MONTUFAR2022.at("sharp bound for one layer with biases"),
        status=Status.RECALLED,
        verified="attained by generic bundles of parallel hyperplanes, counted through their intersection poset",
        latex=_ONE_LAYER_SUM,
        conditions=(_ranked("maxout"), one_layer),
        integer=_product_of_sums,
        symbolic=_one_rank,
        generic=_ONE_MAXOUT_LAYER,
    ),
    Bound(
        key="hu2018",
        title="one layer of units with p breakpoints",
        kind="exact",
        source=HU2018.at("exact number for one layer"),
        status=Status.RECALLED,
        verified="counted through the intersection poset of bundles of p parallel hyperplanes",
        latex=r"\sum_{j=0}^{n_0}\binom{n_1}{j}p^{\,j},\qquad p=k-1",
        conditions=(dense("piecewise"), one_layer),
        integer=_product_of_sums,
        symbolic=_one_rank,
        generic=Architecture(N0, (N1,), "piecewise", K),
    ),
    Bound(
        key="montufar2022_mixed",
        title="units of mixed ranks: each layer cuts an image of its input dimension",
        kind="upper",
        source=MONTUFAR2022.at("upper bound for deep maxout networks, unit by unit"),
        status=Status.RECALLED,
        verified="equal to montufar2022 when all ranks agree; at most the product of all ranks",
        latex=r"\prod_{l=1}^{L}\;\sum_{j=0}^{\min(n_0,\dots,n_{l-1})} e_j(k_{l,1}-1,\dots,k_{l,n_l}-1)",
        conditions=(Condition("units of mixed ranks", _mixed_only, is_kind=True),),
        integer=_product_of_sums,
        symbolic=_one_rank,
        generic=_ONE_MAXOUT_LAYER,
    ),
    Bound(
        key="zaslavsky_bounded",
        title="one layer: bounded regions",
        kind="exact",
        source=ZASLAVSKY1975.at("Theorem C, Corollary"),
        status=Status.SECOND_HAND,
        verified="|χ(1)| of generic arrangements, from their intersection poset",
        latex=r"\binom{n_1-1}{n_0}",
        conditions=(dense("relu"), one_layer),
        integer=_bounded,
        symbolic=_bounded_symbolic,
        generic=Architecture.relu(N0, N1),
        bounds_what=BOUNDED_REGIONS,
    ),
    Bound(
        key="zaslavsky_central",
        title="one layer without biases",
        kind="exact",
        source=ZASLAVSKY1975.at("central arrangements in general position"),
        status=Status.SECOND_HAND,
        verified="regions of generic central arrangements, from their intersection poset",
        latex=r"2\sum_{j=0}^{n_0-1}\binom{n_1-1}{j}",
        conditions=(dense("relu"), one_layer),
        integer=_central,
        symbolic=_central_symbolic,
        generic=Architecture.relu(N0, N1),
        bounds_what=CENTRAL_REGIONS,
    ),
    Bound(
        key="maxout_one_layer_central",
        title="one layer of maxout units without biases: vertices of Minkowski sums",
        kind="exact",
        source=WEIBEL2012.at("number of vertices; Montúfar, Ren and Zhang 2022 for maxout"),
        status=Status.RECALLED,
        verified="equal to zaslavsky_central for rank 2; attained by random polygons in the plane; never exceeded by "
        "random units in space",
        latex=r"\alpha+\sum_{j=1}^{n_0-1}(-1)^{n_0-1-j}\binom{m-1-j}{n_0-1-j}\sum_{|S|=j}\Bigl(\prod_{i\in S}k_i"
        r"-\alpha\Bigr),\qquad \alpha=2\,(n_0\bmod 2),\ m\ge n_0",
        conditions=(_ranked("maxout"), one_layer),
        integer=_central_maxout,
        symbolic=_central_maxout_symbolic,
        generic=_ONE_MAXOUT_LAYER,
        bounds_what=CENTRAL_REGIONS,
    ),
)
"""The statements of this room."""
