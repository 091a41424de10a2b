r"""Networks that attain the exact maxima of narrow architectures: a layer of units close to one another in a pencil.

Behind a narrow layer one unit can cut only so many regions, and two units can cross in only so many
(:mod:`theory.bounds.rigid`).  Where a unit T and a direction D attain both numbers, so do all units of a curve
:math:`T + s D + s^2 E + s^3 F` for small s: each of them cuts what T cuts, any two of them cross near the common zeros
of T and D, any three near those of T, D and E, and so on.  One curve serves every width of the last layer.

>>> for text in ("1-2-2-4", "2-3-5", "5-4-2", "1-1-3-2-2"):
...     print(text, NARROW.build(text).claim)
1-2-2-4 = 31 activation regions on R^d
2-3-5 = 67 activation regions on R^d
5-4-2 = 55 activation regions on R^d
1-1-3-2-2 = 29 activation regions on R^d

References
----------
The networks and the proof that they are maximal (``docs/proofs-networks.md``) are new here.
"""

import json
import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from theory.architecture import Architecture
from theory.bounds.catalog import BOUNDS
from theory.constructions.family import Claim, Family
from theory.constructions.folds import assemble, product_stage, zigzag
from theory.exact import primitive_row
from theory.network import Network

Row = Sequence[int]
"""Weights and bias of one unit."""


class _Pencil(NamedTuple):
    """Layers before the last one, row by row, and a curve of units behind them, for 0 ≤ s ≤ 1/``steps``."""

    before: Sequence[Sequence[Row]]
    curve: Sequence[Row]
    steps: int


_STORED = json.loads(Path(__file__).parents[1].joinpath("data", "narrow.json").read_text(encoding="utf-8"))

_PENCILS = {tuple(entry.pop("behind")): _Pencil(**entry) for entry in _STORED["pencils"]}
"""Found by search, with small integers."""

_ALL_CUT: dict[tuple[int, ...], tuple[Sequence[Row], Sequence[Row]]] = {
    tuple(entry["first"]): (entry["layer"], entry["units"]) for entry in _STORED["all_cut"]
}
"""A layer and a unit T behind it: T and T − 1/64 cut all of its regions, so T takes all values between 0 and 1/64 in
each.  Of two units listed, the second crosses T in as many regions as such units can."""

_REACH = 10
"""All breakpoints of the one-input pencils lie in (−10, 10)."""

_NEAR = Fraction(1, 64)
"""Behind a layer of one unit T: T − t cuts the same regions for 0 ≤ t < 1/64."""


def _padded(arch: Architecture) -> Network:
    """The network, which reads no more inputs than its first layer has units."""
    used = min(arch.inputs, arch.widths[0])
    first = [[int(i == j) for j in range(arch.inputs)] for i in range(used)]
    return _network(used, arch.widths).precompose(first, [0] * used)


def _network(inputs: int, widths: Sequence[int]) -> Network:
    """The network for at most as many inputs as units in the first layer."""
    *before, last = widths
    layer, units = _ALL_CUT.get((inputs, *before), ((), ()))
    if last <= len(units):
        return Network.summed([layer, units[:last]], inputs=inputs)
    if pencil := _PENCILS.get((inputs, *before)):
        columns = list(zip(*pencil.curve, strict=True))
        places = (Fraction(i, last * pencil.steps) for i in range(last))
        curve = [primitive_row([sum(v * s**k for k, v in enumerate(column)) for column in columns]) for s in places]
        return Network.summed([*pencil.before, curve], inputs=inputs)
    if 1 in before[1:]:
        cut = before.index(1, 1)
        behind = _network(1, widths[cut + 1 :])
        return _stretched(behind, _NEAR).after(_network(inputs, widths[: cut + 1]))
    first, *rest = widths
    if inputs == 1 and rest:  # one unit: the half-line; three or more: a zigzag of [0, 1]
        half = Network.relu([([[1]], [0]), ([[1]], [0])])
        line = half if first == 1 else assemble(1, [product_stage([zigzag(first)], [], 1, width=first)])
        return _stretched(_network(1, rest)).after(line)
    if not rest:
        return Network.summed([[(1, -i) for i in range(first)]], inputs=1)
    if first == inputs:
        return Network.summed(_coordinates(inputs, last), inputs=inputs)
    walls = [tuple(int(i == j) for j in range(inputs + 1)) for i in range(inputs)]
    rows = [[*walls, (*[-1] * inputs, 1)], [(*[-1] * (inputs + 1), 2)]]  # a simplex, and a unit positive in and near it
    return Network.summed(rows, inputs=inputs)


def _stretched(network: Network, end: Fraction = Fraction(1)) -> Network:
    """All breakpoints of a one-input network moved into (0, end)."""
    return network.precompose([[2 * _REACH / end]], [-_REACH])


def _coordinates(n: int, units: int) -> Sequence[Sequence[Row]]:
    r"""Coordinate hyperplanes, and units :math:`1 - \sum_k (1 - 1/(\omega'(k)(s - k))) x_k`, s = n + 2, n + 3, ….

    Here :math:`\omega(t) = (t - 1) \dots (t - n)`.  Any j of them cross in the regions whose units that are off are a
    face of a cyclic polytope with n vertices in :math:`\mathbb{R}^{n - j}`, see ``docs/proofs-networks.md``.
    """
    slopes = [math.prod(k - i for i in range(1, n + 1) if i != k) for k in range(1, n + 1)]
    places = range(n + 2, n + 2 + units)
    rows = [primitive_row([*(Fraction(1, w * (s - k)) - 1 for k, w in enumerate(slopes, 1)), 1]) for s in places]
    return [[tuple(int(i == j) for j in range(n + 1)) for i in range(n)], rows]


_MAXIMA = BOUNDS["small_maxima"]

NARROW = Family("narrow", _MAXIMA.conditions, lambda arch: (Claim(_MAXIMA(arch)),), _padded)
"""Exactly as many regions as an architecture of ``small_maxima`` can have."""
