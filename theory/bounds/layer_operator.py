"""One layer of a histogram bound as a triangular matrix of long integers, applied to a vector from either side.

For a thousand units the matrix has some hundred thousand entries of a thousand bits, and after many layers the
vector has entries of fifty thousand.  Two things keep a product short: rows agree in their upper part, and what they
hold below is, step by step from level to level, a binomial times a short number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from operator import mul

import flint

from theory.bounds.histograms import GAMMAS
from theory.bounds.integers import binomials

__all__ = ["LayerOperator", "SharedFactors", "layer_operator"]

ZERO = flint.fmpz(0)


class SharedFactors:
    """A row of integers, kept as blocks (common factor, quotients), for products with vectors of long integers.

    Neighboring weights of a layer are binomials times short numbers, so that a block of eight shares nearly all of
    its bits.  A product with a vector multiplies the long numbers by the short quotients and once for each block by
    the factor.  A block ends before a weight that would cost it half of the factor.

    >>> row = SharedFactors([6 * 10**20, 10 * 10**20, 7])
    >>> [(int(factor), [int(q) for q in quotients]) for _, factor, quotients in row.blocks]
    [(200000000000000000000, [3, 5]), (7, [1])]
    >>> int(row.dot([flint.fmpz(1), flint.fmpz(2), flint.fmpz(3)]))
    2600000000000000000021
    """

    BLOCK = 8

    def __init__(self, weights: Sequence[int]) -> None:
        groups: list[tuple[int, int, list[int]]] = []  # first index, common factor, weights
        for i, weight in enumerate(weights):
            if groups and len(groups[-1][2]) < self.BLOCK:
                first, factor, members = groups[-1]
                common = math.gcd(factor, weight)
                if 2 * common.bit_length() > factor.bit_length():
                    groups[-1] = (first, common, [*members, weight])
                    continue
            groups.append((i, abs(weight) or 1, [weight]))
        self.blocks = [
            (first, flint.fmpz(factor), [flint.fmpz(weight // factor) for weight in members])
            for first, factor, members in groups
        ]

    def dot(self, values: Sequence[flint.fmpz]) -> flint.fmpz:
        """Σ weight·value, over as many values as there are weights."""
        return sum(
            (
                factor * sum(map(mul, quotients, values[first : first + len(quotients)]), ZERO)
                for first, factor, quotients in self.blocks
            ),
            ZERO,
        )


class LayerOperator:
    """φ_m on the states 0, …, states, as a triangular matrix applied from the left or the right.

    Above level m − n the rows of the serra and 2021 histograms hold the binomials C(m, m − level), the same ones
    in every row: this part costs one product for each level.  What a row holds below is kept by its steps from one
    level to the next, because steps share long factors (:class:`SharedFactors`) and their sums do not.
    """

    def __init__(self, gamma: str, states: int, m: int) -> None:
        self.states = states
        common = binomials(m, states) if gamma in ("serra", "2021") else []
        self.common = [*map(flint.fmpz, common), *[ZERO] * (states + 1 - len(common))]  # C(m, level) = C(m, m − level)
        self.stay: list[flint.fmpz] = []
        self.home: list[int] = []  # the state that "staying" leads to: min(state, m)
        self.shared: list[tuple[int, int]] = []  # levels with the common binomials
        self.last: list[flint.fmpz] = []  # the weight of the highest level below them
        self.rows: list[tuple[int, SharedFactors]] = []  # first level with a step, steps from there on
        columns: list[tuple[list[int], list[int]]] = [([], []) for _ in range(states + 1)]
        for c in range(states + 1):
            n = min(c, m)
            moves = GAMMAS[gamma].row(n, m)
            start = min(max(0, m - n + 1), n) if common else n
            steps = [b - a for a, b in pairwise((0, *moves.below[:start]))] if moves.below else []
            first = next((level for level, step in enumerate(steps) if step), start)
            self.stay.append(flint.fmpz(moves.stay))
            self.home.append(n)
            self.shared.append((start, n))
            self.last.append(flint.fmpz(moves.below[start - 1]) if start and moves.below else ZERO)
            self.rows.append((first, SharedFactors(steps[first:])))
            for level, step in enumerate(steps[first:], start=first):
                columns[level][0].append(c)
                columns[level][1].append(step)
        self.columns = [(having, SharedFactors(steps)) for having, steps in columns]

    def left(self, v: Sequence[flint.fmpz]) -> list[flint.fmpz]:
        """v·M: the weights of the states after the layer."""
        inside = [ZERO] * (self.states + 2)  # differences over the levels of Σ v[c] over the rows sharing a level
        steps = [column.dot([v[c] for c in rows]) for rows, column in self.columns]
        for value, last, (start, stop) in zip(v, self.last, self.shared, strict=True):
            if value and start < stop:
                inside[start] += value
                inside[stop] -= value
            if value and last:
                steps[start] -= last * value
        after = [
            b * total + own for b, total, own in zip(self.common, accumulate(inside), accumulate(steps), strict=False)
        ]
        for value, stay, home in zip(v, self.stay, self.home, strict=True):
            after[home] += stay * value
        return after

    def right(self, w: Sequence[flint.fmpz]) -> list[flint.fmpz]:
        """M·w: the total weight that each state before the layer leads to."""
        shared = [ZERO, *accumulate(map(mul, self.common, w))]
        below = [ZERO, *accumulate(w)]  # below[level] = Σ w over the levels under it
        before = []
        for stay, home, last, (start, stop), (first, steps) in zip(
            self.stay, self.home, self.last, self.shared, self.rows, strict=True
        ):
            own = last * below[start] - steps.dot(below[first:start])
            before.append(stay * w[home] + shared[stop] - shared[start] + own)
        return before


@lru_cache(maxsize=16)
def layer_operator(gamma: str, states: int, m: int) -> LayerOperator:
    """The operator of a layer, kept for the layers of equal width."""
    return LayerOperator(gamma, states, m)
