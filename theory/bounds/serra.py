"""Theorem 1 of Serra, Tjandraatmadja and Ramalingam: inactive units cost dimensions.

    R ≤ Σ_{(j_1,…,j_L) ∈ J} Π_l C(n_l, j_l),
    J = {0 ≤ j_l ≤ min(n0, n_1 − j_1, …, n_{l−1} − j_{l−1}, n_l)},

where j_l counts the *inactive* units of layer l: behind them at most n_l − j_l dimensions are left.

All that a prefix (j_1, …, j_l) passes on is one integer, cap = min(n0, n_1 − j_1, …, n_l − j_l), so the sum is
a dynamic program over (layer, cap).  From cap = c, j ≤ n − c keeps the cap and any larger j leads to
cap n − j with the weight C(n, j), which does not depend on c: suffix sums make one layer O(n0) operations
on big integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

import flint
import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Status
from theory.bounds.conditions import dense
from theory.bounds.dynamic_program import polynomial_program
from theory.bounds.effort import serra_effort
from theory.bounds.expressions import POLYNOMIAL_DEGREE, Symbolic, index, is_number, least
from theory.bounds.integers import binomials, zaslavsky_number
from theory.bounds.products import TWO_RELU_LAYERS
from theory.bounds.sums import ExactSum
from theory.sources import SERRA2018

__all__ = ["SERRA_BOUND", "serra2018_value", "serra_moves"]


@lru_cache(maxsize=16)
def _row(n: int, upto: int) -> tuple[tuple[flint.fmpz, ...], tuple[flint.fmpz, ...]]:
    """Binomials of n and their partial sums, in FLINT."""
    row = tuple(map(flint.fmpz, binomials(n, upto)))
    return row, tuple(accumulate(row))


def serra2018_value(inputs: int, widths: Sequence[int]) -> int:
    """The right-hand side of Theorem 1.

    Cost: O(L · n0) products of a big integer with a binomial.

    >>> serra2018_value(2, (4, 4)), serra2018_value(10, (10, 10))
    (121, 616666)
    """
    if len(widths) < 2:
        return math.prod(zaslavsky_number(n, inputs) for n in widths)
    zero = flint.fmpz(0)
    inputs = min(inputs, max(widths))
    mass = [zero] * inputs + [flint.fmpz(1)]  # mass[c]: weight of the prefixes with cap c
    for n in widths:
        row, sums = _row(n, inputs)
        above = [*accumulate(reversed(mass)), zero][::-1]  # above[c + 1]: weight of the prefixes with cap ≥ c
        after = []
        for c in range(min(n, inputs) + 1):
            falling = above[max(c + 1, n - c) + 1] if max(c + 1, n - c) <= inputs else zero
            after.append(mass[c] * sums[min(c, n - c)] + row[c] * falling)
        mass = after + [zero] * (inputs - min(n, inputs))
    return int(sum(mass, zero))


def _integer(arch: Architecture) -> int:
    return serra2018_value(arch.inputs, arch.widths)


def _symbolic(arch: Architecture) -> Symbolic:
    """A polynomial if n0 is a small integer; otherwise the nested sum over J."""
    if is_number(arch.inputs) and arch.inputs <= POLYNOMIAL_DEGREE:
        # even j = c inactive units leave n − c ≥ c dimensions as soon as n ≥ 2c
        return polynomial_program(arch, serra_moves, threshold=lambda c: 2 * c)
    caps, total = [arch.inputs], sympy.Integer(1)
    indices = [index(layer) for layer in range(1, arch.depth + 1)]
    limits = []
    for n, j in zip(arch.widths, indices, strict=True):
        limits.append(least([*caps, n]))
        caps.append(n - j)
    for n, j, limit in reversed(list(zip(arch.widths, indices, limits, strict=True))):
        total = ExactSum(sympy.binomial(n, j) * total, (j, 0, limit))
    return Symbolic(total)


def serra_moves(cap: int, n: int) -> Iterator[tuple[int, int]]:
    """From ``cap``, j inactive units leave min(cap, n − j) dimensions; C(n, j) ways."""
    return ((min(cap, n - j), weight) for j, weight in enumerate(binomials(n, cap)))


SERRA_BOUND = Bound(
    key="serra2018",
    title="inactive units cost dimensions",
    kind="upper",
    source=SERRA2018.at("Theorem 1"),
    status=Status.TEXT,
    verified="equal to the sum over J term by term, and to hinz2019 with its γ, on 2394 architectures",
    latex=r"\sum_{(j_1,\dots,j_L)\in J}\prod_{l=1}^{L}\binom{n_l}{j_l},\qquad "
    r"J=\{0\le j_l\le\min(n_0,n_1-j_1,\dots,n_{l-1}-j_{l-1},n_l)\}",
    conditions=(dense("relu"),),
    integer=_integer,
    symbolic=_symbolic,
    generic=TWO_RELU_LAYERS,
    effort=serra_effort,
)
"""Theorem 1."""
