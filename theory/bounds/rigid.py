r"""Rigid first layers: what one unit, or two units together, can cut behind few hyperplanes.

At most :math:`n_0 + 1` hyperplanes in general position in :math:`\mathbb{R}^{n_0}` look alike up to an affine map: the
coordinate hyperplanes, or the walls of a simplex.  So for a first layer of :math:`n \le n_0 + 1` units only the
directions of the units are free, and a unit of the second layer is one function
:math:`g = \sum_i u_i \sigma(x_i) + c` out of a family without further parameters.  Let :math:`f_1` be the most regions
that one unit cuts, :math:`f_2` the most in which the zero sets of two units cross, and so on (:math:`f_0` is the number
of regions).  Inside a region every unit is affine, hence for m units in general position

.. math:: \text{regions} \;\le\; \sum_j f_j \binom{m}{j}.

What the numbers are
--------------------
*One unit.*  Where all units are off, g is constant; so :math:`n \le n_0` units leave :math:`f_1 \le 2^n - 1`, and
:math:`c > 0 > u_i` attains it.  The n + 1 walls of a simplex make :math:`2^{n+1} - 1` regions.  If g cuts them all,
then no region has all units off, so all are on inside the simplex.  At its vertex :math:`v_i` unit i alone is on, and
it stays so in the cone behind :math:`v_i`, where it grows: the cone is cut only if :math:`g(v_i)` and :math:`u_i`
differ in sign.  As c lies between :math:`g(v_i)` and 0 or beyond, on the other side of :math:`u_i`, all :math:`u_i`
have the sign opposite to c, all :math:`g(v_i)` the sign of c, and the simplex is not cut.  So
:math:`f_1 \le 2^{n+1} - 2`, which :math:`u_i = -1` and a large c attain.  On a line: with two units before it, one unit
cuts 2 of 3 intervals.

*Two units.*  Write each region as a cone over its vertices and directions; :math:`g_1, g_2` cross in it if and only if
no combination :math:`a g_1 + b g_2` has one sign on all of them.  For :math:`n \le n_0` units the sign vectors are
arbitrary, and turning (a, b) half round, the vertex 0 and the n directions change sign one after the other.  Say k
directions change before the vertex: just then every region on changed ones only has one sign, and likewise on unchanged
ones only.  This leaves

.. math:: f_2 \le 2^n - 2^k - 2^{n-k} + 1 \le (2^{\lfloor n/2 \rfloor} - 1)(2^{\lceil n/2 \rceil} - 1).

For the simplex the sign vectors are restricted, and ``paper_checks/rigid_layers.py`` runs through all sequences of
them: the same formula holds for (2; 3), (3; 4) and (4; 5).

*Sharpness.*  If one pair of units attains :math:`f_1` and :math:`f_2`, so does any number of units close to one of them
in the pencil of the pair, moved a little.  So (2; 3, m) has exactly :math:`7 + 6m + 3\binom{m}{2}` for every m,
(3; 3, m) exactly :math:`8 + 7m + 3\binom{m}{2} + \binom{m}{3}`, and (1; 2, 2, m) exactly 7 + 6m.

Deeper networks
---------------
The region of a first layer with l active units is mapped affinely onto dimension :math:`\min(n_0, l)`, so each
:math:`f_j` of a network is at most the sum of the :math:`f_j` of the layers behind, weighted by the first layer's
histogram :math:`\gamma` (:mod:`theory.bounds.histograms`).  The 2021 histogram bound is this program with
:math:`f_j = 1` for j ≤ d where no layer is left; what is known of narrow layers makes it smaller.  The maxima are taken
over weights in general position, which loses nothing: lower all biases a little and every region keeps a point at which
no unit is zero.

References
----------
Hinz 2021, the tighter histogram; what is said of narrow layers is proved here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import zip_longest
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Status
from theory.bounds.conditions import Condition, dense
from theory.bounds.expressions import choose, is_number
from theory.bounds.histograms import histogram
from theory.bounds.integers import running_minima, zaslavsky_number
from theory.sources import HERE

__all__ = ["LARGEST", "RIGID_BOUNDS", "crossings", "known_crossings", "rigid_value", "small_maximum"]

LARGEST = 80
"""Up to this many hidden units the program is run: its cost grows with the square of the depth."""

Widths = tuple[int, ...]
Crossings = tuple[int, ...]
"""(f_0, f_1, …): regions, regions that one unit behind cuts, regions in which two units cross, …; zeros left out."""


def _simplex_or_coordinates(d: int, n: int) -> dict[int, int]:
    """What is known of f_j for one layer of n units in R^d, beyond the histogram."""
    crossed = (2 ** (n // 2) - 1) * (2 ** (n - n // 2) - 1)
    if n == d:
        return {1: 2**n - 1, 2: crossed}
    if n == d + 1:
        return {1: 2**n - 2, 2: crossed} if d in (2, 3, 4) else {1: 2**n - 2}
    return {}


@cache
def crossings(d: int, widths: Widths) -> Crossings:
    """Upper bounds on (f_0, f_1, …, f_d) for layers of the given widths on R^d.

    >>> crossings(2, (3,)), crossings(3, (3,)), crossings(1, (2, 2)), crossings(2, (2, 2))
    ((7, 6, 3), (8, 7, 3, 1), (7, 6), (11, 7, 1))
    """
    if not d or not widths:
        return (1,) * (d + 1)
    first, rest = widths[0], widths[1:]
    if d > first:
        return crossings(first, widths)  # the layer sees no more directions than it has units
    if rest:
        columns = [crossings(min(d, level), rest) for level in range(first + 1)]
        found = [_total(zip(histogram("2021", d, first), columns, strict=True), j) for j in range(d + 1)]
        found[0] = min(found[0], _with_last(crossings(d, widths[:-1]), widths[-1]))
        for cut in range(1, len(widths)):
            regions, behind = crossings(d, widths[:cut])[0], crossings(d, widths[cut:])
            found = [min(f, regions * b) for f, b in zip_longest(found, behind, fillvalue=0)]
    else:
        weights = histogram("2021", d, first)
        found = [zaslavsky_number(first, d), *(sum(weights[j:]) for j in range(1, d + 1))]
        for j, value in _simplex_or_coordinates(d, first).items():
            if j <= d:
                found[j] = min(found[j], value)
    if d < first:  # the greatest numbers grow with d, so bounds for more inputs serve as well
        found = [min(f, more) for f, more in zip(found, crossings(d + 1, widths), strict=False)]
    for j in range(1, len(found)):
        found[j] = min(found[j], found[j - 1])
    while found[-1] == 0:
        found.pop()
    return tuple(found)


def _total(weighted: Iterable[tuple[int, Crossings]], j: int) -> int:
    return sum(weight * column[j] for weight, column in weighted if j < len(column))


def _with_last(before: Sequence[int], last: int) -> int:
    return sum(f * math.comb(last, j) for j, f in enumerate(before))


def rigid_value(inputs: int, widths: Sequence[int]) -> int:
    """The bound ``rigid_layers``: f_0 of all layers together.

    >>> rigid_value(2, (3, 2)), rigid_value(2, (3, 3)), rigid_value(1, (2, 2, 2)), rigid_value(2, (2, 2, 2))
    (22, 34, 19, 26)
    """
    return crossings(inputs, tuple(widths))[0]


def known_crossings(before: Sequence[int]) -> Crossings | None:
    """(f_0, f_1, …) if (n0; n1, …, m) has exactly Σ_j f_j·C(m, j) regions for every m ≥ 1, from (n0, n1, …); else None.

    One input: n ≥ 3 units zigzag, and every layer behind sees n + 1 copies of the line; one unit shows it a half-line,
    on which everything can be placed.  More inputs than units in the first layer add nothing.

    >>> known_crossings((1, 2)), known_crossings((1, 4, 2)), known_crossings((5, 2, 2)), known_crossings((2, 4))
    ((3, 2), (15, 10), (11, 7, 1), None)
    """
    inputs, *widths = before
    if not widths or min(widths) < 1:
        return None
    inputs = min(inputs, widths[0])
    first, *rest = widths
    if inputs == 1 and first != 2:
        behind = known_crossings((1, *rest)) if rest else (1, 1)
        if behind is None:
            return None
        return (behind[0] + 1, behind[1]) if first == 1 else tuple((first + 1) * f for f in behind)
    if (inputs, *widths) in _SHARP:
        return crossings(inputs, tuple(widths))
    return None


_SHARP = {(1, 2), (1, 2, 2), (2, 2), (2, 2, 2), (2, 3), (3, 3)}
"""First layers behind which Σ_j f_j·C(m, j) is attained for every m, as the module's docstring explains."""


def _is_narrow(subject: Any) -> Iterator[tuple[Any, str]]:
    if subject.is_symbolic:
        yield from _known(subject)
        return
    before = subject.widths[:-1]
    dimensions = running_minima([subject.inputs, *before])  # what reaches each layer
    narrow = any(2 <= n <= d + 1 for n, d in zip(before, dimensions, strict=False))
    yield narrow, "it needs a layer, not the last one, of 2 up to d + 1 units, where dimension d is left"
    yield subject.units <= LARGEST, f"its program is run for at most {LARGEST} units, here are {subject.units}"


def _symbolic(arch: Architecture) -> Any:
    *before, last = arch.widths
    known = known_crossings((arch.inputs, *before))
    assert known is not None  # the condition was checked
    return sympy.expand(sum(f * choose(last, j) for j, f in enumerate(known)))


def small_maximum(sizes: Sequence[int]) -> int | None:
    """The exact maximum of a narrow architecture (n0, n1, …, nL), if it is known and no general formula's; else None.

    >>> small_maximum((1, 2, 2)), small_maximum((2, 3, 3)), small_maximum((5, 4, 2)), small_maximum((5, 5, 5))
    (7, 34, 55, None)
    """
    if len(sizes) < 3 or min(sizes) < 1 or (sizes[0] == 1 and min(sizes[1:-1]) >= 3):
        return None
    *before, last = sizes
    if known := known_crossings(before):
        return _with_last(known, last)
    match (min(sizes[0], sizes[1]), *sizes[1:]):
        case (d, n, m) if n == d and m <= 2:
            return _with_last(crossings(d, (n,)), m)
        case (d, n, 1) if n == d + 1:
            return _with_last(crossings(d, (n,)), 1)
        case (3, 4, 2):
            return 52
    return None


def _known(subject: Any) -> Iterator[tuple[Any, str]]:
    if subject.is_symbolic:
        before = (subject.inputs, *subject.widths[:-1])
        known = all(map(is_number, before)) and subject.depth > 1 and known_crossings(before) is not None
        yield (
            known,
            "with symbols it speaks of a symbolic last layer behind (1;2), (1;2,2), (2;2), (2;2,2), (2;3), (3;3)",
        )
    else:
        known = small_maximum(subject.sizes) is not None
        yield known, "it speaks of (1;2,m), (1;2,2,m), (2;2,m), (2;2,2,m), (2;3,m), (3;3,m) and a few more"


RIGID_BOUNDS = (
    Bound(
        key="rigid_layers",
        title="narrow layers: how many regions one unit cuts, and two units together",
        kind="upper",
        source=HERE.at("rigid first layers"),
        status=Status.HERE,
        verified="f_1 and f_2 of one layer by running through all sign vectors; at most hinz2021 on 620 architectures; "
        "attained by stored networks for the architectures of small_maxima",
        latex=r"\sum_{j}f_j\binom{n_L}{j},\qquad f_j(d;n,\dots)\le\sum_{l}\gamma_{d,n}[l]\,f_j(\min(d,l);\dots)",
        conditions=(
            dense("relu"),
            Condition("a layer but the last of 2 to d + 1 units, d the dimension that reaches it", _is_narrow),
        ),
        value=lambda arch: _symbolic(arch) if arch.is_symbolic else rigid_value(arch.inputs, arch.widths),
        generic=Architecture.relu(2, 3, sympy.Symbol("m", integer=True, positive=True)),
    ),
    Bound(
        key="small_maxima",
        title="narrow layers: maxima known exactly",
        kind="exact",
        source=HERE.at("maxima behind rigid first layers"),
        status=Status.HERE,
        verified="at most this by the argument of theory.bounds.rigid, whose numbers paper_checks/rigid_layers.py "
        "finds by running through all sign vectors; attained by stored networks that are counted exactly",
        latex=r"(1;2,m):3+2m\quad(1;2,2,m):7+6m\quad(2;2,m):4+3m+\tbinom m2\quad(2;2,2,m):11+7m+\tbinom m2\quad"
        r"(2;3,m):7+6m+3\tbinom m2\quad(3;3,m):8+7m+3\tbinom m2+\tbinom m3\quad(3;4,1):29\quad(3;4,2):52\quad"
        r"(n;n+1,1):2^{n+2}-3\quad(n;n,2):3\cdot2^n-2+(2^{\lfloor n/2\rfloor}-1)(2^{\lceil n/2\rceil}-1)",
        conditions=(dense("relu"), Condition("one of the listed narrow architectures", _known)),
        value=lambda arch: _symbolic(arch) if arch.is_symbolic else small_maximum(arch.sizes),
        generic=Architecture.relu(1, 2, sympy.Symbol("m", integer=True, positive=True)),
    ),
)
"""What narrow layers allow, and the maxima that are known exactly."""
