r"""The mean number of regions on a whole line or space, exactly, for all densities that are symmetric in the signs.

Let the weights and biases of a fully connected ReLU network have a joint density that stays the same when all weights
and the bias that enter one hidden unit, and all weights that leave it, change their signs together: independent entries
with symmetric densities, for instance.  Then a fixed line meets on average

.. math:: 1 + \sum_{l=1}^{L} n_l \prod_{i < l} (1 - 2^{-n_i}) \quad \text{activation regions, and} \quad
          1 + \sum_{l=1}^{L} n_l \prod_{i \ne l} (1 - 2^{-n_i}) \quad \text{linear regions,}

the latter if a dense output layer follows, whose weights belong to that density.  A fixed flat of d dimensions, the
whole input space for instance, meets :math:`f_1(d)` activation regions on average,

.. math::

    f_l(c) = \sum_{t \le c} \binom{n_l}{t} \, \mathbb{E} f_{l+1}(\min(B_{n_l - t}, c - t)), \qquad f_{L+1} = 1,

:math:`B_m` the number of heads of m fair coins.  The proofs are in ``docs/proofs-networks.md``; for every single
network in general position the mean over the changes of signs is exactly this number.

References
----------
Hanin, Rolnick 2019 (ICML), Theorem 1; Kogan, Jananthan, Kepner 2025, infinite width: means along a line.  Serra,
Tjandraatmadja, Ramalingam 2018, Theorem 1: the maximum.  The formulas are found here.
"""

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from theory.exact import integer


def line_regions(widths: Iterable[int], definition: Literal["activation", "linear"] = "activation") -> Fraction:
    r"""The exact mean number of activation or linear regions on a line, for hidden layers of these widths.

    >>> line_regions([8, 8]), line_regions([8, 8], "linear")  # 1 + 8 + 8·255/256, 1 + 16·255/256
    (Fraction(543, 32), Fraction(271, 16))
    """
    sizes = [integer(width, place="width", minimum=1) for width in widths]
    not_off = [1 - Fraction(1, 2**n) for n in sizes]
    total = Fraction(1)
    for layer, n in enumerate(sizes):
        total += n * math.prod(not_off[:layer] + (not_off[layer + 1 :] if definition == "linear" else []))
    return total


def space_regions(dimension: int, widths: Iterable[int]) -> Fraction:
    r"""The exact mean number of activation regions on a fixed flat of that dimension, say on the whole input space.

    >>> space_regions(2, [3]), space_regions(2, [2, 3]), space_regions(2, [2, 2, 2])
    (Fraction(7, 1), Fraction(10, 1), Fraction(175, 16))
    """
    sizes = [integer(width, place="width", minimum=1) for width in widths]
    most = min(integer(dimension, place="dimension", minimum=1), max(sizes, default=0))
    f = [Fraction(1)] * (most + 1)  # f_{l+1}(0), f_{l+1}(1), …; from the greatest width on f_l is constant
    for n in reversed(sizes):
        ways = [math.comb(n, t) for t in range(n + 1)]
        f = [Fraction(sum(ways[t] * _mean(f, n - t, c - t) for t in range(min(c, n) + 1))) for c in range(most + 1)]
    return f[most]


def _mean(f: list[Fraction], coins: int, left: int) -> Fraction:
    """The mean of f(min(B, left)), B the number of heads of so many fair coins."""
    return sum((math.comb(coins, on) * f[min(on, left)] for on in range(coins + 1)), Fraction(0)) / (1 << coins)
