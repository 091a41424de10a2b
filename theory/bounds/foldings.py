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

from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate
from typing import Any

from theory.architecture import Architecture
from theory.bounds.bound import Bound, statement
from theory.bounds.conditions import Condition, at_least_inputs, dense, each_width
from theory.bounds.dynamic_program import LayerProgram, regions
from theory.bounds.expressions import binomial_sum, greatest, is_number, least
from theory.bounds.formula import Formula
from theory.bounds.integers import binomials, running_minima
from theory.bounds.limits import size
from theory.bounds.products import N1, N2, TWO_RELU_LAYERS


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
        maxima = (greatest(folded[:d]) for d in range(1, top + 1)) if arch.is_symbolic else accumulate(folded, max)
        best = [0, *maxima]
    return Formula(best[-1], assumed) if arch.is_symbolic else best[-1]


def _small_inputs(subject: Any) -> Iterator[tuple[Any, str]]:
    few = is_number(subject.inputs) and subject.inputs <= 6
    yield few or not subject.is_symbolic, "with symbolic widths it needs at most 6 inputs, a number"
    yield subject.depth > 0, "it is about at least one hidden layer, here is none"


def _bound(key: str, copies: Callable[[Any, Any], Any], factor: int, *, last: bool = True) -> Bound:
    """Π_{l<L} copies(n_l, n0) · Z(n_L, n0) for n_l ≥ factor·n0, of all layers or of all but the last one."""
    allowed = factor, factor * last
    program = LayerProgram(lambda n, d, _rank, _layer: copies(n, d), keeps=True, last=regions, allowed=allowed)
    return statement(key, [dense("relu"), at_least_inputs(factor, last=last)], program, TWO_RELU_LAYERS)


BOUNDS = (
    _bound("pascanu2013", lambda n, d: n // d, 1),
    _bound("montufar2014", lambda n, d: (n // d) ** d, 1),
    _bound("serra2018_lower", lambda n, d: (n // d + 1) ** d, 3),
    _bound("balanced_folding", balanced_folds, 1, last=False),
    statement(
        "coordinate_folding",
        [
            dense("relu"),
            Condition("at least one layer; at most 6 inputs if widths are symbols", _small_inputs),
            each_width("n_l ≥ 1 for every layer but the last", lambda n: n >= 1, last=False),
        ],
        _coordinates,
        Architecture.relu(2, N1, N2),
        size=partial(size, branches=True),
    ),
)
"""Lower bounds by folding."""
