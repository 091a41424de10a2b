r"""Lower bounds from a central first layer, and from maxout layers that fold several directions at once.

A first layer of 2m units can compute the support function of a zonotope, which is linear on the
:math:`2 Z(m-1, n_0-1)` cones of a generic central arrangement of m hyperplanes and maps each of them onto a ray; the
layers behind it fold that ray like a one-input network, w or w + 1 times each:

.. math:: R \ge 2 \sum_{j=0}^{n_0-1} \binom{m-1}{j} \; (w + 1)^{L-1}.

References
----------
Arora, Basu, Mianjy, Mukherjee 2018, theorem on zonotope functions; Serra, Tjandraatmadja, Ramalingam 2018, lower bound
after Arora et al.; Montúfar, Ren, Zhang 2022, lower bound for deep maxout networks.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, statement
from theory.bounds.conditions import Condition, dense, each_width, is_even
from theory.bounds.expressions import binomial_sum, is_number
from theory.bounds.formula import Formula
from theory.bounds.products import N0, TWO_MAXOUT_LAYERS


def _shape(subject: Any) -> Iterator[tuple[Any, str]]:
    """Widths (2m, w, …, w)."""
    yield subject.depth >= 1, "it needs widths 2m, w, …, w, here is no layer"
    first, rest = subject.widths[0], subject.widths[1:]
    yield is_even(first), f"it needs an even first width 2m, here it is {first}"
    yield len(set(rest)) <= 1, f"it needs equal widths after the first layer, here are {', '.join(map(str, rest))}"


def _two_wide(subject: Any) -> Iterator[tuple[Any, str]]:
    for n in subject.widths[1:2]:
        yield n >= 2, f"it needs w ≥ 2, here w = {n}"


def _three_wide(subject: Any) -> Iterator[tuple[Any, str]]:
    yield from _two_wide(subject)
    if subject.depth > 2:
        n = subject.widths[1]
        yield n >= 3, f"its construction needs w ≥ 3 when there are more than two layers, here w = {n}"


def _cones(arch: Architecture) -> Any:
    m = arch.widths[0] // 2 if is_number(arch.widths[0]) else arch.widths[0] / 2
    cones = 2 * binomial_sum(m - 1, arch.inputs - 1)
    return sympy.expand(cones) if arch.is_symbolic else cones


def _zonotope(key: str, gain: int, wide: Condition) -> Bound:
    return statement(
        key,
        [dense("relu"), Condition("widths 2m, w, …, w", _shape), wide],
        lambda arch: _cones(arch) * math.prod(n + gain for n in arch.widths[1:]),
        Architecture.relu(N0, 2 * _M, _W, _W),
    )


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
    _zonotope("arora2018", 0, Condition("w ≥ 2", _two_wide)),
    _zonotope("serra2018_zonotope", 1, Condition("w ≥ 3, or w = 2 and two layers", _three_wide)),
    statement(
        "montufar2022_lower",
        [dense("maxout"), each_width("n_l/n even for some n ≤ n0", is_even, needs="even widths")],
        _folded_directions,
        TWO_MAXOUT_LAYERS,
    ),
)
"""Lower bounds by zonotopes, and by maxout units that fold."""
