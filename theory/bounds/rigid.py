r"""Rigid first layers: what one unit, or two units together, can cut behind few hyperplanes.

Let :math:`f_0` be the number of regions of some layers, :math:`f_1` the most of them that one unit behind cuts,
:math:`f_2` the most in which the zero sets of two units cross, and so on.  Then with m units behind there are at most
:math:`\sum_j f_j \binom{m}{j}` regions.  What bounds the f_j behind one layer (the faces of cyclic polytopes, the
histogram of levels, what SAT solvers refute), how they are composed behind several, and which of the numbers are
attained, is proved in ``docs/proofs-networks.md``.

References
----------
Hinz, van de Geer 2019, the framework; P. McMullen, The maximum numbers of faces of a convex polytope, Mathematika 17
(1970); the statements on narrow layers are found here.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate, takewhile, zip_longest
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Condition, dense, statement
from theory.bounds.dynamic_program import Size
from theory.bounds.expressions import choose, is_number
from theory.bounds.hinz import row

__all__ = ["ALL_CUT", "BOUNDS", "WINDOW", "crossings", "is_sharp", "rigid_value", "small_maximum"]

WINDOW = 20
"""Up to this many layers all groups of consecutive layers are compared; in deeper networks see :func:`_many_layers`."""

_NEARLY = 4
"""With at most so many inputs fewer than units in the first layer, bounds for more inputs are compared as well."""

Widths = tuple[int, ...]
Crossings = tuple[int, ...]
"""(f_0, f_1, …): regions, regions that one unit behind cuts, regions in which two units cross, …; zeros left out."""


def _is_narrow(d: int, n: int) -> bool:
    """Whether more than the histogram is asked for n units in R^d; of more units it is seldom greater."""
    return 2 <= n <= 2 * d + (d >= 2) or (d, n) == (2, 6)


def _one_layer(d: int, n: int) -> dict[int, int]:
    """What is known of f_j for one narrow layer of n ≥ d units in R^d, beyond the histogram."""
    if not _is_narrow(d, n):
        return {}
    found = {j: cyclic_faces(n, n - j) for j in range(1, d + 1)}
    if n == d + 1:  # the walls of a simplex
        found[1] = 2**n - 2
    return found | (_CROSSED | _CROSSED_AT_MOST).get((d, n), {})


def cyclic_faces(n: int, dimension: int) -> int:
    """The most faces, the empty one too, that a polytope with n vertices can have, itself not counted.

    >>> cyclic_faces(5, 2), cyclic_faces(5, 3), cyclic_faces(6, 1), cyclic_faces(4, 0)
    (11, 21, 3, 1)
    """
    h = [math.comb(n - dimension - 1 + min(i, dimension - i), min(i, dimension - i)) for i in range(dimension + 1)]
    return sum(number << dimension - i for i, number in enumerate(h))


_CROSSED = {(2, 4): {2: 7}, (2, 5): {2: 12}, (3, 5): {2: 19, 3: 9}, (4, 6): {2: 46, 4: 11}}
"""f_j behind n units in R^d, by ``crossings_by_sat.py``; by ``pairs_by_sat.py`` f_2 is one less if a unit cuts all."""

_CROSSED_AT_MOST = {(2, 6): {2: 20}, (3, 6): {2: 36}}
"""The same, but no more than 18 and 34 are known to be attained; behind (2, 6), too, one less if a unit cuts all."""

_TWO_THREES = (33, 27, 9)
"""(f_0, f_1, f_2) behind (2; 3, 3): f_1 ≤ 27 and f_0 + f_1 ≤ 60 by ``third_layer_by_sat.py``, and f_2 ≤ 9."""


def _all_but_one(d: int, n: int, m: int) -> int:
    """A bound on the regions of (d; n, m), from f_2 being one less for a unit that cuts all regions.

    For m ≥ 3 it is that of units each of which leaves one region uncut.  One unit cuts all regions, and so do two; but
    behind six hyperplanes two such units cross in two less.

    >>> [_all_but_one(2, n, 4) for n in (4, 5)], [_all_but_one(3, 5, m) for m in (1, 2, 3)], _all_but_one(4, 6, 2)
    ([93, 148], [52, 96, 167], 215)
    """
    regions, _, *crossed = _few_layers(d, (n,))
    more = m == 1 or (m == 2 and d < 4)
    return regions + (regions - 1) * m + more + sum(f * math.comb(m, j) for j, f in enumerate(crossed, 2))


def crossings(d: int, widths: Widths) -> Crossings:
    """Upper bounds on (f_0, f_1, …, f_d) for layers of the given widths on R^d.

    >>> crossings(2, (3,)), crossings(3, (3,)), crossings(1, (2, 2)), crossings(2, (2, 2)), crossings(2, (3, 1, 4))
    ((7, 6, 3), (8, 7, 3, 1), (7, 6), (11, 7, 1), (37, 30))
    """
    return _few_layers(d, widths) if len(widths) <= WINDOW else _many_layers(d, widths)


@cache
def _few_layers(d: int, widths: Widths) -> Crossings:
    if not d or not widths:
        return (1,) * (d + 1)
    first, n = widths[0], len(widths)
    if d > first:
        return _few_layers(first, widths)  # the layer sees no more directions than it has units
    if n > 1:
        found = _by_groups(d, widths, (0, n), lambda c, i, j: _few_layers(c, widths[i:j]), range(1, n))
        if n == 2 and (d, first) in {*_CROSSED, (2, 6)}:
            found[0] = min(found[0], _all_but_one(d, *widths))
        if (d, *widths) == (2, 3, 3):
            found[1] = min(found[1], _TWO_THREES[1])
        elif (d, *widths[:-1]) == (2, 3, 3) and widths[2]:
            found[0] = min(found[0], _with_last(_TWO_THREES, widths[2]))  # f_0 may be 34, but then f_1 is at most 26
    else:
        found = [*accumulate(reversed(_levels(d, first)))][::-1]
        for j, value in _one_layer(d, first).items():
            found[j] = min(found[j], value)
    return _decreasing(found, _few_layers(d + 1, widths) if first - _NEARLY <= d < first else None)


def _many_layers(d: int, widths: Widths) -> Crossings:
    """More layers than :data:`WINDOW`: a selection of the same steps, in number linear in the depth, is a bound, too.

    Groups with the first layer grow at the end, those with the last one at the front, by up to WINDOW layers.
    """
    d, n = min(d, widths[0]), len(widths)
    left = list(accumulate([d, *widths], min))  # the dimensions that can reach each layer
    found: dict[tuple[int, int, int], Crossings] = {}

    def known(c: int, start: int, stop: int) -> Crossings:
        if stop - start <= WINDOW:
            return _few_layers(c, widths[start:stop])
        c = min(c, left[start], widths[start])
        return found[c, start, stop] if c else (1,)

    for stop in range(WINDOW + 1, n):
        cuts = range(stop - WINDOW, stop)
        found[d, 0, stop] = _decreasing(_by_groups(d, widths, (0, stop), known, cuts, first=False))
    for start in reversed(range(1, n - WINDOW)):
        cuts = range(start + 1, start + WINDOW + 1)
        for c in range(1, min(left[start], widths[start]) + 1):
            found[c, start, n] = _decreasing(_by_groups(c, widths, (start, n), known, cuts, last=False))
    return _decreasing(_by_groups(d, widths, (0, n), known, [*range(1, WINDOW + 1), *range(n - WINDOW, n)]))


def _by_groups(
    d: int,
    widths: Widths,
    span: tuple[int, int],
    known: Callable[[int, int, int], Crossings],
    cuts: Iterable[int],
    *,
    first: bool = True,
    last: bool = True,
) -> list[int]:
    """The f_j of the layers from span[0] up to span[1] on R^d, from those of fewer layers, which are ``known``.

    ``first``: by the first layer's histogram and the layers behind; ``last``: with the last layer behind the others; at
    each cut: f_0 of the layers before times f_j of those behind, f_j of both, those behind on all outputs of the layer
    before, or by the lemma for a layer of one unit.
    """
    start, stop = span
    left = list(accumulate([d, *widths[start:stop]], min))
    limits: list[Sequence[int]] = []
    if first:
        pairs = list(zip(_levels(d, widths[start]), (known(c, start + 1, stop) for c in range(d + 1)), strict=True))
        limits.append([sum(weight * column[j] for weight, column in pairs if j < len(column)) for j in range(d + 1)])
    if last:
        limits.append([_with_last(known(d, start, stop - 1), widths[stop - 1])] * (d + 1))
    for cut in cuts:
        before = known(d, start, cut)
        limits.append([before[0] * f for f in known(left[cut - start], cut, stop)])
        # more than WINDOW layers are known on left[...] dimensions only, not on all n
        if widths[cut - 1] <= left[cut - start] + _NEARLY and stop - cut <= WINDOW:
            limits.append([f * g for f, g in zip(before, known(widths[cut - 1], cut, stop), strict=False)])
        if widths[cut] == 1:
            f_1, behind = (*before, 0)[1], known(1, cut + 1, stop)
            limits.append([before[0] + f_1 * behind[0], *(f_1 * f for f in behind[1:])])
    return [min(column) for column in zip_longest(*limits, fillvalue=0)]


def _levels(d: int, first: int) -> list[int]:
    """The histogram of the first layer on 0, 1, …, d active units, the last number for d and more."""
    below, more = row("levels", d, first)
    return [*below, *[0] * (d - len(below)), more]


def _decreasing(found: list[int], more: Crossings | None = None) -> Crossings:
    """No f_j is above the one before, nor above that for more inputs; zeros are left out."""
    if more is not None:
        found = [min(f, g) for f, g in zip_longest(found, more[: len(found)], fillvalue=0)]
    return tuple(takewhile(bool, accumulate(found, min)))


def _with_last(before: Sequence[int], last: int) -> int:
    return sum(f * math.comb(last, j) for j, f in enumerate(before))


@lru_cache(maxsize=1024)
def rigid_value(inputs: int, widths: Widths) -> int:
    """The bound ``rigid_layers``: f_0 of all layers together."""
    return crossings(inputs, widths)[0]


def is_sharp(before: Sequence[int]) -> bool:
    """Whether (n0; n1, …, m) has at most Σ_j f_j·C(m, j) regions and attains it for every m ≥ 1, from (n0, n1, …).

    The f_j are those of :func:`crossings`, but 33, 27, 9 behind (2; 3, 3).  One input: n ≥ 3 units zigzag, and every
    layer behind sees n + 1 copies of the line; one unit shows it a half-line, on which everything can be placed, and so
    does a later layer of one unit.  More inputs than units in the first layer add nothing.

    >>> [is_sharp(before) for before in ((1, 2), (1, 4, 2), (5, 2, 2), (2, 4), (2, 3, 1), (2, 2, 1, 3), (3, 5, 1))]
    [True, True, True, False, True, True, True]
    """
    inputs, *widths = before
    if not widths or min(widths) < 1:
        return False
    inputs = min(inputs, widths[0])
    first, *rest = widths
    if inputs == 1 and first != 2:
        return not rest or is_sharp((1, *rest))
    if (not rest and inputs == first) or (inputs, *widths) in _SHARP:
        return True
    if 1 not in rest:
        return False
    cut = widths.index(1, 1)  # a layer of one unit: all that is behind it sees a line
    layers, behind = (inputs, *widths[:cut]), widths[cut + 1 :]
    known = layers == (inputs, inputs + 1) or layers in ALL_CUT or is_sharp(layers)
    return known and (not behind or is_sharp((1, *behind)))


ALL_CUT = {(2, 4), (2, 5), (2, 6), (2, 7), (3, 5), (3, 6), (4, 6)}
"""First layers all of whose regions one unit can cut: networks in :mod:`theory.constructions.narrow` show it."""

_SHARP = {(1, 2), (1, 2, 2), (2, 2, 2), (2, 3), (2, 3, 3), (3, 4), (4, 5)}
"""Beside n units on R^n, layers behind which Σ_j f_j·C(m, j) is attained for every m (``docs/proofs-networks.md``)."""


def _has_narrow_layer(subject: Any) -> Iterator[tuple[Any, str]]:
    if subject.is_symbolic:
        yield from _known(subject)
        return
    before = subject.widths[:-1]
    dimensions = list(accumulate([subject.inputs, *before], min))  # what reaches each layer
    yield (
        any(map(_is_narrow, dimensions, before)) or 1 in before[1:],
        "it needs a layer, not the last one, of 2 up to 2d + 1 units, where dimension d is left (2 if d is 1, 6 if d "
        "is 2), or a later one of 1",
    )
    too_much = _size(subject).refusal()
    yield too_much is None, f"the program for f_1, f_2, … is not run here: {too_much}"


def _size(subject: Any) -> Size:
    """Groups of layers, for each dimension a histogram times a column for each f_j, with integers as long as 2^N."""
    depth, widest = subject.depth, max(subject.widths)
    dimensions = min(subject.inputs + _NEARLY * depth, widest)
    groups = depth * min(depth, WINDOW)
    bits = subject.units
    each = dimensions * (dimensions**2 + widest + min(depth, WINDOW))
    return Size(bits, groups * each * 10 * (20 + bits // 64))


def _value(arch: Architecture) -> Any:
    if not arch.is_symbolic:
        return rigid_value(arch.inputs, arch.widths)
    *before, last = arch.widths
    known = _TWO_THREES if (arch.inputs, *before) == (2, 3, 3) else crossings(arch.inputs, tuple(before))
    return sympy.expand(sum(f * choose(last, j) for j, f in enumerate(known)))


def small_maximum(sizes: Sequence[int]) -> int | None:
    """The exact maximum of a narrow architecture (n0, n1, …, nL), if it is known and no general formula's; else None.

    >>> small_maximum((1, 2, 2)), small_maximum((2, 4, 9)), small_maximum((5, 5, 5)), small_maximum((5, 6, 2))
    (7, 353, 523, None)
    """
    inputs, *widths = sizes
    if len(widths) < 2 or min(sizes) < 1 or (inputs == 1 and min(widths[:-1]) >= 3):
        return None
    first, d = widths[0], min(inputs, widths[0])
    alone = len(widths) == 2 and ((first == d + 1 and widths[1] == 1) or (d, first) in _CROSSED)
    return rigid_value(inputs, tuple(widths)) if alone or is_sharp(sizes[:-1]) else None


def _known(subject: Any) -> Iterator[tuple[Any, str]]:
    if subject.is_symbolic:
        before = (subject.inputs, *subject.widths[:-1])
        known = all(map(is_number, before)) and subject.depth > 1 and is_sharp(before)
        listed = "(n;n), (1;2), (1;2,2), (2;2,2), (2;3), (2;3,3), (3;4) or (4;5)"
        yield known, f"with symbols it is about a symbolic last layer behind {listed}"
    else:
        too_much = _size(subject).refusal() if subject.depth > 1 else None
        known = too_much is not None or small_maximum(subject.sizes) is not None
        listed = "(n;n,m), (1;2,m), (1;2,2,m), (2;2,2,m), (2;3,m), (2;4,m), (2;5,m), (3;4,m), (3;5,m), (4;5,m), (4;6,m)"
        yield known, f"it is about {listed}, (2;3,3,m), (n;n+1,1), and, behind many, (…,1,m)"
        yield too_much is None, f"it is not asked here whether the maximum is known: {too_much}"


_NARROW = Condition(
    "a layer but the last of 2 to 2d + 1 units, where dimension d is left (d = 1: 2, d = 2: 6), or a later one of 1",
    _has_narrow_layer,
)
_LISTED = Condition("one of the listed narrow architectures", _known)
_M = sympy.Symbol("m", integer=True, positive=True)

BOUNDS = (
    statement("rigid_layers", [dense("relu"), _NARROW], _value, Architecture.relu(2, 3, _M)),
    statement("small_maxima", [dense("relu"), _LISTED], _value, Architecture.relu(1, 2, _M)),
)
"""What narrow layers allow, and the maxima that are known exactly."""
