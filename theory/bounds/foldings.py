r"""Lower bounds from networks that fold a cube onto itself.

A layer whose units are split among the :math:`n_0` coordinates, p units each, can fold [0,1] onto itself in every
coordinate; the last layer then cuts each of the copies like an arrangement in general position:

.. math:: R \ge \Bigl(\prod_{l=1}^{L-1} \prod_{i=1}^{n_0} f(p_{l,i})\Bigr) \sum_{j=0}^{n_0} \binom{n_L}{j},
          \qquad \sum_i p_{l,i} = n_l.

How often p units fold a coordinate: f(p) = p times by Montúfar et al., p + 1 times by Serra et al. if p ≥ 3.  Splitting
n units as evenly as possible gives the greatest product, because the number of folds is log-concave in p.

References
----------
Pascanu, Montúfar, Bengio 2013; Montúfar, Pascanu, Cho, Bengio 2014; Serra, Tjandraatmadja, Ramalingam 2018, lower bound
for :math:`n_l \ge 3 n_0`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Status
from theory.bounds.conditions import Condition, at_least_inputs, dense, each_width
from theory.bounds.dynamic_program import LayerProgram, regions
from theory.bounds.expressions import binomial_sum, greatest, is_number, least
from theory.bounds.formula import Formula
from theory.bounds.integers import binomials, running_minima
from theory.bounds.limits import Size, size
from theory.bounds.products import N1, N2, TWO_RELU_LAYERS
from theory.sources import HERE, MONTUFAR2014, PASCANU2013, SERRA2018

__all__ = ["FOLDING_BOUNDS"]


def folds(p: Any) -> Any:
    """How often p ≥ 1 units can fold [0, 1] onto itself: p + 1 times if p ≥ 3, else p times.

    >>> [folds(p) for p in range(1, 6)]
    [1, 2, 4, 5, 6]
    """
    return p + least(1, greatest([p - 2, 0]))


def balanced_folds(n: Any, d: Any) -> Any:
    """Copies of the d-cube made by n ≥ d units split among the coordinates as evenly as possible.

    >>> balanced_folds(7, 2)
    20
    """
    p = n // d
    leftover = n - d * p
    return folds(p + 1) ** leftover * folds(p) ** (d - leftover)


def _coordinates(arch: Architecture) -> Any:
    """The best choice n0 ≥ d_1 ≥ … ≥ d_L of coordinates to fold, from the last layer to the first."""
    *before, last = arch.widths
    if not before:
        return binomial_sum(last, arch.inputs)
    left = running_minima([arch.inputs, *(n if is_number(n) else arch.inputs for n in before)])
    if is_number(last):
        best: list[Any] = list(accumulate(binomials(last, left[-1])))  # best[d]: with d coordinates left
    else:
        best = [binomial_sum(last, d) for d in range(left[-1] + 1)]
    assumed = []
    for n, arriving, top in zip(reversed(before), left[-2::-1], left[:0:-1], strict=True):
        assumed += [] if is_number(n) else [n >= arriving]
        folded = [balanced_folds(n, d) * best[min(d, len(best) - 1)] for d in range(1, top + 1)]
        best = [0, *(_running_maxima(folded) if arch.is_symbolic else accumulate(folded, max))]
    return Formula(best[-1], assumed) if arch.is_symbolic else best[-1]


def _running_maxima(values: list[Any]) -> Iterator[Any]:
    return (greatest(values[:d]) for d in range(1, len(values) + 1))


def _states(arch: Architecture) -> Size:
    return size(arch, branches=True)


def _small_inputs(subject: Any) -> Iterator[tuple[Any, str]]:
    few = is_number(subject.inputs) and subject.inputs <= 6
    yield few or not subject.is_symbolic, "with symbolic widths it needs at most 6 inputs, a number"
    yield subject.depth > 0, "it speaks of at least one hidden layer, here is none"


def _bound(
    key: str, title: str, copies: Callable[[Any, Any], Any], factor: int, *, last: bool = True, **fields: Any
) -> Bound:
    """Π_{l<L} copies(n_l, n0) · Z(n_L, n0) for n_l ≥ factor·n0, of all layers or of all but the last one."""

    def weight(n: Any, d: Any, _rank: Any, _layer: int) -> Any:
        return copies(n, d)

    return Bound(
        key=key,
        title=title,
        kind="lower",
        conditions=(dense("relu"), at_least_inputs(factor, last=last)),
        value=LayerProgram(weight, keeps=True, last=regions, allowed=(factor, factor * last)),
        generic=TWO_RELU_LAYERS,
        **fields,
    )


FOLDING_BOUNDS = (
    _bound(
        "pascanu2013",
        "one fold per group of n0 units",
        lambda n, d: n // d,
        1,
        source=PASCANU2013.at("lower bound"),
        status=Status.SECOND_HAND,
        verified="at most montufar2014 and at most every upper bound on all small architectures",
        latex=r"\Bigl(\prod_{l=1}^{L-1}\Bigl\lfloor\frac{n_l}{n_0}\Bigr\rfloor\Bigr)\sum_{j=0}^{n_0}\binom{n_L}{j}",
    ),
    _bound(
        "montufar2014",
        "every coordinate folded ⌊n_l/n0⌋ times",
        lambda n, d: (n // d) ** d,
        1,
        source=MONTUFAR2014.at("lower bound"),
        status=Status.TEXT,
        verified="at most every upper bound on all small architectures; attained by the folding network in its cube",
        latex=r"\Bigl(\prod_{l=1}^{L-1}\Bigl\lfloor\frac{n_l}{n_0}\Bigr\rfloor^{n_0}\Bigr)\sum_{j=0}^{n_0}\binom{n_L}{j}",
    ),
    _bound(
        "serra2018_lower",
        "every coordinate folded ⌊n_l/n0⌋ + 1 times",
        lambda n, d: (n // d + 1) ** d,
        3,
        source=SERRA2018.at("lower bound for n_l ≥ 3·n0"),
        status=Status.TEXT,
        verified="at most every upper bound on all small architectures; equal to the upper bound for one input",
        latex=r"\Bigl(\prod_{l=1}^{L-1}\Bigl(\Bigl\lfloor\frac{n_l}{n_0}\Bigr\rfloor+1\Bigr)^{n_0}\Bigr)"
        r"\sum_{j=0}^{n_0}\binom{n_L}{j}",
    ),
    _bound(
        "balanced_folding",
        "all units folded, leftover units spread over the coordinates",
        balanced_folds,
        1,
        last=False,
        source=HERE,
        status=Status.HERE,
        verified="at least serra2018_lower and montufar2014, at most every upper bound, on 2394 architectures; the "
        "even split is the best one",
        latex=r"\Bigl(\prod_{l=1}^{L-1} f(p_l+1)^{r_l}f(p_l)^{n_0-r_l}\Bigr)\sum_{j=0}^{n_0}\binom{n_L}{j},\qquad "
        r"n_l=p_ln_0+r_l,\ f(p)=p+[p\ge3]",
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
            each_width("n_l ≥ 1 for every layer but the last", lambda n: n >= 1, last=False),
        ),
        value=_coordinates,
        size=_states,
        generic=Architecture.relu(2, N1, N2),
    ),
)
"""Lower bounds by folding."""
