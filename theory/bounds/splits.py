r"""Which widths maximize a bound when the number of units is given, and how many units reach R regions.

Let V(l, u, c) be the greatest weight that l more layers with u units in all can make out of state c.  If a
state always leads to one other state, V satisfies a recursion over the width of the next layer,

.. math:: V(l, u, c) = \max_m \sum_{c'} w_m(c, c') \, V(l-1, u-m, c').

For Theorem 1 and the histograms a layer splits a state into several, which must share the widths of the layers behind;
the recursion lets each choose its own, so it gives an upper bound :math:`V^* \ge V`.  A search over prefixes of the
profile, best first, that drops every prefix with :math:`\sum_c (\text{weight of } c) \, V^*(l, u, c)` not above the
best profile found, is exact; :math:`V^*` is so tight that few prefixes survive.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, who compare their bound for all splits of 22 units into two layers.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from heapq import heappop, heappush
from typing import NamedTuple

from theory.architecture import Architecture
from theory.bounds.bound import Bound
from theory.bounds.catalog import layer_program
from theory.bounds.dynamic_program import LayerProgram, step
from theory.errors import ConditionError, UnsupportedError
from theory.exact import integer

MOST_UNITS = 64
"""With more units the splits into layers are too many to look at."""


class Split(NamedTuple):
    """A width profile that attains the maximum, and the maximum."""

    widths: tuple[int, ...]
    value: int


def best_split(units: int, depth: int, inputs: int, bound: Bound | str = "serra2018") -> Split:
    """The widths n_1 + … + n_L = units, each ≥ 1, that maximize a bound, and its value there.

    There are N ≥ L ≥ 1 units and layers, and n0 ≥ 1 inputs; the bound must have a
    :func:`~theory.bounds.catalog.layer_program`.  It is the lexicographically greatest of :func:`best_splits`.  Raises
    ConditionError if no profile satisfies the bound's side conditions.

    >>> best_split(22, 2, 784)
    Split(widths=(21, 1), value=4194303)
    >>> best_split(12, 3, 2, "montufar2014")
    Split(widths=(4, 4, 4), value=176)
    """
    return next(best_splits(units, depth, inputs, bound))


def best_splits(units: int, depth: int, inputs: int, bound: Bound | str = "serra2018") -> Iterator[Split]:
    """Every profile that attains the maximum of :func:`best_split`, one by one, in lexicographically decreasing order.

    >>> [split.widths for split in best_splits(5, 2, 1)]
    [(3, 2), (2, 3)]
    >>> [split.widths for split in best_splits(7, 2, 2, "montufar2014")]
    [(4, 3)]
    """
    depth = integer(depth, place="depth", minimum=1)
    units = integer(units, place="units", minimum=depth)
    inputs = integer(inputs, place="inputs", minimum=1)
    found = _best_first(layer_program(bound), inputs, units, depth)
    first = next(found, None)
    if first is None:
        asked = f"the conditions of {getattr(bound, 'key', bound)} with {inputs} inputs"
        raise ConditionError(f"no split of {units} units into {depth} layers meets {asked}; use more units")
    return itertools.chain([first], found)


def _best_first(program: LayerProgram, inputs: int, units: int, depth: int) -> Iterator[Split]:
    """The profiles of the greatest value, the widest layers first; none if no width is allowed.

    The prefix with the greatest limit, of equal ones that with the widest layers, is extended first.  The limit of a
    whole profile is its value, so no other one is greater than the first that is met.
    """

    @cache
    def moves(last: bool, width: int, state: int) -> tuple[tuple[int, int], ...]:
        return tuple((c, w) for c, w in (program.final if last else program.hidden)(state, width) if w)

    @cache
    def future(layers: int, units: int, state: int) -> int:
        """V*: each state may choose its own widths; 0 if no width is allowed."""
        if layers == 0:
            return 1
        return max(
            sum(w * future(layers - 1, units - m, min(c, units - m)) for c, w in moves(layers == 1, m, state))
            for m in _widths(layers, units)
        )

    def limit(mass: Mapping[int, int], layers: int, units: int) -> int:
        return sum(w * future(layers, units, min(c, units)) for c, w in mass.items())

    start = {inputs: 1}
    waiting: list[tuple[int, tuple[int, ...], dict[int, int]]] = [(-limit(start, depth, units), (), start)]
    best = 1
    while waiting and -waiting[0][0] >= best:
        most, negative, mass = heappop(waiting)  # all negative, since a heap gives the least first
        layers, left = depth - len(negative), units + sum(negative)
        if not layers:
            best = -most
            yield Split(tuple(-n for n in negative), best)
            continue
        for m in _widths(layers, left):
            after = step(mass, partial(moves, layers == 1, m))
            heappush(waiting, (-limit(after, layers - 1, left - m), (*negative, -m), after))


def _widths(layers: int, units: int) -> Sequence[int]:
    """The widths that the first of so many layers may have."""
    return (units,) if layers == 1 else range(1, units - layers + 2)


class LeastUnits(NamedTuple):
    """Fewer than ``at_least`` units have fewer regions; a network of ``architecture``, with ``enough`` units, has R."""

    at_least: int
    enough: int
    architecture: Architecture


def least_units(regions: int, inputs: int) -> LeastUnits:
    """How many units it takes to have R regions: by the bound ``levels``, and by ``balanced_folding``.

    Raises UnsupportedError if it takes more than 64 units.

    >>> least_units(1000, 2)
    LeastUnits(at_least=12, enough=14, architecture=Architecture.relu(2, 6, 6, 2))
    """
    goal = integer(regions, place="regions", minimum=2)
    n0 = integer(inputs, place="inputs", minimum=1)
    at_least, _ = _reached(goal, n0, "levels", (goal - 1).bit_length())  # N units have 2^N regions at most
    enough, widths = _reached(goal, n0, "balanced_folding", at_least)
    return LeastUnits(at_least, enough, Architecture.relu(n0, *widths))


def _reached(goal: int, inputs: int, bound: str, units: int) -> tuple[int, tuple[int, ...]]:
    """The first number of units, from this one on, with a split into layers whose bound is at least the goal."""
    for number in range(units, MOST_UNITS + 1):
        for depth in range(1, number + 1):
            try:
                split = best_split(number, depth, inputs, bound)
            except ConditionError:  # too many layers for so few units
                break
            if split.value >= goal:
                return number, split.widths
    raise UnsupportedError(f"so many regions take more than {MOST_UNITS} units by {bound}; ask for fewer regions")
