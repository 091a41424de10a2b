r"""The best folding network of an architecture: which coordinates to fold, where to end them, how to split the units.

A layer of n units on d coordinates keeps d' of them, folds these with n − m units, and ends the other d − d' by m
generic cuts.  On the cube the number of regions is a product over layers, so that the best choice satisfies

.. math::

    f(l, d) = \max_{d', m} \; Z(m, d - d') \, Q(n_l - m, d') \, f(l + 1, d'), \qquad f(L, d) = Z(n_L, d),

where :math:`Q(s, d')` is the largest product of fold pieces that s units give to d' coordinates: p + 1 for p ≥ 3 ReLU
units (zigzag), p for p ≤ 2 (tent); p(k−1) + 1 or, for odd p, (p−1)(k−1) + 2 for maxout units.  An even split is best
for ReLU units; for maxout units splitting pairs of units can be better.  Among this choice and those that fold a fixed
number of coordinates in all layers, the one with the most regions on :math:`\mathbb{R}^{n_0}` is taken.

>>> print(FOLDING.build("2-3-3").largest_claim, FOLDING.build("3-4-1-5").largest_claim, sep="; ")
= 27 activation regions on R^d; = 52 activation regions on R^d
>>> print(FOLDING.build("2-5-5").claim, FOLDING.build("2-2-2", rank=3).claim, sep="; ")
= 128 activation regions on [0,1]^2; = 36 activation regions on R^d

References
----------
The folds are those of Montúfar, Pascanu, Cho, Bengio 2014, Serra, Tjandraatmadja, Ramalingam 2018 and Montúfar, Ren,
Zhang 2022; the split is found here.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import accumulate, groupby
from operator import itemgetter

from theory.activations import RELU, Maxout
from theory.architecture import Architecture
from theory.bounds.bound import dense
from theory.bounds.integers import partial_sum
from theory.constructions.foldings import Plan, PlannedLayer, planned
from theory.constructions.folds import Fold, even_split, maxout_fold, relu_fold

LIMIT = 60
"""Up to this many hidden units, cuts before the last layer are tried, and counts on R^{n0} are compared."""

Choice = tuple[int, int]
"""(coordinates kept, units that cut) of one layer."""


def split_for_folds(units: int, coordinates: int, rank: int | None) -> tuple[int, ...]:
    """The split of ``units`` ≥ ``coordinates`` units with the most fold pieces; ``rank`` is None for ReLU units.

    >>> split_for_folds(7, 2, None), split_for_folds(6, 2, 3)
    ((4, 3), (4, 2))
    """
    if not coordinates:
        return ()
    equal = even_split(units, coordinates)
    if rank is None or units < 2 * coordinates:
        return equal
    pairs = [2 * p for p in even_split(units // 2, coordinates)]
    paired = (*pairs[:-1], pairs[-1] + units % 2)
    return max((equal, paired), key=lambda split: _pieces(split, rank))


def _pieces(split: tuple[int, ...], rank: int | None) -> int:
    """The product of the fold pieces; equal parts lie side by side."""
    return math.prod(_fold(p, rank).pieces ** len(list(run)) for p, run in groupby(split))


@cache
def _fold(p: int, rank: int | None) -> Fold:
    return relu_fold(p) if rank is None else maxout_fold(p, rank)


def _plans(arch: Architecture) -> Iterator[Plan]:
    small, start = arch.units <= LIMIT, min(arch.inputs, arch.units)
    yield _plan(arch, start, _best_on_cube(arch, start, with_cuts=small))
    if small:
        *before, last = arch.widths
        for d in range(1, min([start, *before]) + 1):
            yield _plan(arch, d, [*((d, 0) for _ in before), (0, last)])


FOLDING = planned(
    "folding", (dense("relu", "maxout"),), lambda arch: max(_plans(arch), key=lambda plan: plan.everywhere[0])
)
"""The folding network with the most regions: coordinates, cuts and split chosen for the architecture.

It exists for every ReLU and every maxout architecture, and no other folding network here claims more."""


def _plan(arch: Architecture, start: int, choices: Sequence[Choice]) -> Plan:
    """The plan that starts with ``start`` coordinates and keeps and cuts as chosen."""
    rank, d = None if arch.kind == "relu" else arch.rank, start
    layers = []
    for n, (kept, cuts) in zip(arch.widths, choices, strict=True):
        folds = tuple(_fold(p, rank) for p in split_for_folds(n - cuts, kept, rank))
        layers.append(PlannedLayer(n, folds, cuts, d - kept))
        d = kept
    return Plan(arch.inputs, tuple(layers), RELU if rank is None else Maxout(arch.rank))


def _best_on_cube(arch: Architecture, start: int, *, with_cuts: bool) -> list[Choice]:
    """The choices with the most regions on the cube; without cuts, coordinates that end early are dropped."""
    rank, size = None if arch.kind == "relu" else arch.rank, arch.rank - 1
    *before, last = arch.widths
    best = [partial_sum(last, d, size) for d in range(start + 1)]  # best[d]: from this layer on, given d coordinates
    chosen: list[list[Choice]] = [[(0, last)] for _ in best]
    for n in reversed(before):
        keeping = [(_pieces(split_for_folds(n, k, rank), rank) * best[k], (k, 0)) for k in range(min(n, start) + 1)]
        options = list(accumulate(keeping, partial(max, key=itemgetter(0))))
        options += options[-1:] * (start - min(n, start))
        for d, option in enumerate(options):
            cutting = [(partial_sum(n, d, size) * best[0], (0, n))]
            for k in range(1, min(d, n + 1)) if with_cuts else ():
                for m in range(1, n - k + 1):
                    count = partial_sum(m, d - k, size) * _pieces(split_for_folds(n - m, k, rank), rank) * best[k]
                    cutting.append((count, (k, m)))
            options[d] = max(option, *cutting, key=itemgetter(0))
        best = [count for count, _ in options]
        chosen = [[choice, *chosen[choice[0]]] for _, choice in options]
    return chosen[start]
