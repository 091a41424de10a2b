r"""Lower bounds from networks that fold: a cube onto itself, the cones of a central first layer, several directions.

A layer whose units are split among the :math:`n_0` coordinates, p units each, can fold [0,1] onto itself in every
coordinate; the last layer then cuts each of the copies like an arrangement in general position:
:math:`R \ge Z(n_L, n_0) \prod_{l<L} \prod_i f(p_{l,i})`, where :math:`\sum_i p_{l,i} = n_l`.  Here p units
fold f(p) = p times by Montúfar et al., p + 1 times by Serra et al. if p ≥ 3; an even split is best.

A first layer of 2m units can compute the support function of a zonotope, which is linear on the :math:`2 Z(m-1, n_0-1)`
cones of a generic central arrangement of m hyperplanes and maps each of them onto a ray; the layers behind it fold that
ray like a one-input network, w or w + 1 times each: :math:`R \ge 2 Z(m-1, n_0-1) (w+1)^{L-1}`.

References
----------
Pascanu, Montúfar, Bengio 2013; Montúfar, Pascanu, Cho, Bengio 2014; Serra, Tjandraatmadja, Ramalingam 2018, lower bound
for :math:`n_l \ge 3 n_0`, and lower bound after Arora et al.; Arora, Basu, Mianjy, Mukherjee 2018, theorem on zonotope
functions; Montúfar, Ren, Zhang 2022, lower bound for deep maxout networks.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Condition, at_least_inputs, dense, each_width, is_even, statement
from theory.bounds.dynamic_program import LayerProgram, regions, size
from theory.bounds.expressions import Formula, binomial_sum, binomials, greatest, is_number, least
from theory.bounds.products import N0, N1, N2, TWO_MAXOUT_LAYERS, TWO_RELU_LAYERS


def folds(p: Any) -> Any:
    """How often p ≥ 1 units can fold [0, 1] onto itself: p + 1 times if p ≥ 3, else p times.

    >>> [folds(p) for p in range(1, 6)]
    [1, 2, 4, 5, 6]
    """
    return p + least(1, greatest([p - 2, 0]))


def balanced_folds(n: Any, d: Any) -> Any:
    """Copies of the d-cube made by n ≥ d units split among the coordinates as evenly as possible."""
    p = n // d
    leftover = n - d * p
    return folds(p + 1) ** leftover * folds(p) ** (d - leftover)


def _coordinates(arch: Architecture) -> Any:
    """The best choice n0 ≥ d_1 ≥ … ≥ d_L of coordinates to fold, from the last layer to the first."""
    *before, last = arch.widths
    if not before:
        return binomial_sum(last, arch.inputs)
    left = list(accumulate((n if is_number(n) else arch.inputs for n in before), min, initial=arch.inputs))
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


def _shape(subject: Any) -> Iterator[tuple[Any, str]]:
    yield subject.depth >= 1, "it needs widths 2m, w, …, w, here is no layer"
    first, rest = subject.widths[0], subject.widths[1:]
    yield is_even(first), f"it needs an even first width 2m, here it is {first}"
    yield len(set(rest)) <= 1, f"it needs equal widths after the first layer, here are {', '.join(map(str, rest))}"


def _zonotope(key: str, gain: int, width: str) -> Bound:

    def wide(subject: Any) -> Iterator[tuple[Any, str]]:
        for n in subject.widths[1:2]:
            yield n >= 2, f"it needs w ≥ 2, here w = {n}"
            if gain and subject.depth > 2:
                yield n >= 3, f"its construction needs w ≥ 3 when there are more than two layers, here w = {n}"

    def value(arch: Architecture) -> Any:
        m = arch.widths[0] // 2 if is_number(arch.widths[0]) else arch.widths[0] / 2
        cones = 2 * binomial_sum(m - 1, arch.inputs - 1)
        return (sympy.expand(cones) if arch.is_symbolic else cones) * math.prod(n + gain for n in arch.widths[1:])

    conditions = [dense("relu"), Condition("widths 2m, w, …, w", _shape), Condition(width, wide)]
    return statement(key, conditions, value, Architecture.relu(N0, 2 * _M, _W, _W))


def most_directions(inputs: int, widths: Sequence[int]) -> int:
    """The greatest n ≤ n0 for which every n_l/n is an even integer; the bound grows with n."""
    half = math.gcd(*widths) // 2
    return next(n for n in range(min(inputs, half), 0, -1) if half % n == 0) if half else inputs


def _folded_directions(arch: Architecture) -> Any:
    n = arch.inputs
    if is_number(n):
        n = most_directions(n, [width for width in arch.widths if is_number(width)])
    if not arch.is_symbolic:
        return math.prod((width // n * (arch.rank - 1) + 1) ** n for width in arch.widths)
    factors = [(sympy.sympify(width) / n * (arch.rank - 1) + 1) ** n for width in arch.widths]
    return Formula(sympy.Mul(*factors), [sympy.Eq(sympy.Mod(width, 2 * n), 0) for width in arch.widths])


_M, _W = sympy.symbols("m w", integer=True, positive=True)

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
    _zonotope("arora2018", 0, "w ≥ 2"),
    _zonotope("serra2018_zonotope", 1, "w ≥ 3, or w = 2 and two layers"),
    statement(
        "montufar2022_lower",
        [dense("maxout"), each_width("n_l/n even for some n ≤ n0", is_even, needs="even widths")],
        _folded_directions,
        TWO_MAXOUT_LAYERS,
    ),
)
"""Lower bounds by folding, by zonotopes, and by maxout units that fold."""
