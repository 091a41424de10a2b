r"""Folds of the line: one layer of p units that maps several intervals of [0,1], each affinely, onto [0,1].

Folding is where depth gains over width: whatever the layers above do on [0,1] happens once in every interval.

* :func:`tent_fold`: p ReLU units, p intervals.  :math:`h_1 = \sigma(pu)`, :math:`h_i = \sigma(pu - i + 1)`, read out as
  :math:`h_1 - 2h_2 + 2h_3 - \dots`; constant to the left of 0.
* :func:`zigzag`: p ≥ 3 ReLU units, p + 1 intervals and not constant anywhere.  All units look to the right of their
  breakpoint except the third, which looks to the left; one unit less is needed because no unit has to provide the slope
  of the first interval.  The slopes :math:`\pm 1/l_i`, alternating, can be met if and only if
  :math:`1/l_3 = 1/l_0 - 1/l_2`, for example by lengths 1, 1, 2, 2, 1, …, 1.
* :func:`maxout_fold`: half the units convex, half concave, all rank k: p(k−1) + 1 intervals for even p.

>>> [zigzag(3).value(Fraction(t, 6)) for t in (0, 1, 2, 4, 6)]
[Fraction(0, 1), Fraction(1, 1), Fraction(0, 1), Fraction(1, 1), Fraction(0, 1)]

References
----------
Telgarsky 2015, the tent map; Montúfar, Pascanu, Cho, Bengio 2014, lower bound; Serra, Tjandraatmadja, Ramalingam 2018,
lower bound for :math:`n_l \ge 3 n_0`; Montúfar, Ren, Zhang 2022, lower bound for deep maxout networks.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from theory.activations import RELU, Activation, Maxout


@dataclass(frozen=True)
class Fold:
    """A piecewise-linear map u ↦ offset + Σ readout_i·h_i(u) of the line, computed by one layer.

    ``rows`` are the preactivations as affine functions (slope, bias) of u, in the order that the units read them.  The
    number ``pieces`` is that of the open intervals that partition (0,1) up to points, each mapped onto (0,1).  On u ≤ 0
    the map is constantly 0 if it ``is_flat``, and goes to −∞ if not.
    """

    rows: tuple[tuple[Fraction, Fraction], ...]
    units: tuple[Activation, ...]
    readout: tuple[Fraction, ...]
    offset: Fraction
    pieces: int
    is_flat: bool

    @property
    def rises(self) -> bool:
        """Whether the map goes to +∞ with u (the last interval is mapped increasingly)."""
        return self.pieces % 2 == 1

    def value(self, u: Fraction) -> Fraction:
        """The map at a point."""
        total, at = self.offset, 0
        for unit, coefficient in zip(self.units, self.readout, strict=True):
            z = [slope * u + bias for slope, bias in self.rows[at : at + unit.rows]]
            at += unit.rows
            total += coefficient * unit.value(z)
        return total


def even_split(units: int, coordinates: int) -> tuple[int, ...]:
    """Parts as equal as possible, larger ones first.

    >>> even_split(7, 2)
    (4, 3)
    """
    each, left = divmod(units, coordinates)
    return tuple(each + (j < left) for j in range(coordinates))


def tent_fold(p: int) -> Fold:
    """p ≥ 1 units fold [0,1] onto itself p times; for p = 1 this is σ(u).

    >>> [tent_fold(2).value(Fraction(t, 4)) for t in range(-1, 5)]
    [Fraction(0, 1), Fraction(0, 1), Fraction(1, 2), Fraction(1, 1), Fraction(1, 2), Fraction(0, 1)]
    """
    rows = tuple((Fraction(p), Fraction(-i)) for i in range(p))
    readout = tuple(Fraction(1 if i == 0 else 2 * (-1) ** i) for i in range(p))
    return Fold(rows, (RELU,) * p, readout, Fraction(0), p, is_flat=True)


def zigzag(p: int) -> Fold:
    """p ≥ 3 units fold [0,1] onto itself p + 1 times; outside, the first and the last interval continue.

    Interval lengths are 1, 1, 2, 2, 1, …, 1 in units of 1/(p+3).
    """
    lengths = [1, 1, 2, 2, *[1] * (p - 3)]
    breakpoints = list(itertools.accumulate(lengths))[:p]
    slopes = [Fraction((-1) ** i, length) for i, length in enumerate(lengths)]
    rows, readout = [], []
    for i, t in enumerate(breakpoints):
        side = -1 if i == 2 else 1
        rows.append((Fraction(side * (p + 3)), Fraction(-side * t)))
        readout.append(-slopes[0] if i == 2 else slopes[i + 1] - slopes[i])
    return Fold(tuple(rows), (RELU,) * p, tuple(readout), Fraction(breakpoints[2]), p + 1, is_flat=False)


def relu_fold(p: int) -> Fold:
    """The fold by p ReLU units with the most pieces: a zigzag for p ≥ 3, tents for p ≤ 2.

    >>> [relu_fold(p).pieces for p in range(1, 6)]
    [1, 2, 4, 5, 6]
    """
    return zigzag(p) if p >= 3 else tent_fold(p)


def maxout_fold(p: int, rank: int) -> Fold:
    """p ≥ 1 maxout units of rank k fold [0,1] onto itself p(k−1) + 1 times, or (p−1)(k−1) + 2 times for odd p.

    The breakpoints are the multiples of 1/pieces.  A concave unit (readout −1) makes the slope fall at its k − 1
    breakpoints, a convex one (readout +1) makes it rise; falls and rises alternate.  The first concave unit also
    carries the slope of the first interval.  With k = 1 nothing folds: one piece.

    >>> maxout_fold(2, 3).pieces, [maxout_fold(1, 2).value(Fraction(t, 2)) for t in range(-1, 4)]
    (5, [Fraction(-1, 1), Fraction(0, 1), Fraction(1, 1), Fraction(0, 1), Fraction(-1, 1)])
    """
    breaks = (p - p % 2) * (rank - 1) + (p % 2 if rank > 1 else 0)
    falls, rises = range(1, breaks + 1, 2), range(2, breaks + 1, 2)
    pieces = breaks + 1
    rows: list[tuple[Fraction, Fraction]] = []
    readout: list[Fraction] = []
    for i in range(p):
        concave = i % 2 == 0
        own = (falls if concave else rises)[i // 2 * (rank - 1) : (i // 2 + 1) * (rank - 1)]
        base = -1 if i == 0 else 0
        unit = [(2 * j + base, -2 * sum(own[:j])) for j in range(len(own) + 1)]
        unit += [unit[-1]] * (rank - len(unit))  # a repeated row is never the first to attain the maximum
        rows += [(Fraction(slope * pieces), Fraction(bias)) for slope, bias in unit]
        readout.append(Fraction(-1 if concave else 1))
    return Fold(tuple(rows), (Maxout(rank),) * p, tuple(readout), Fraction(0), pieces, is_flat=False)


def folded_line(folds: Iterable[Fold]) -> tuple[int, int]:
    """(P, κ): the intervals of the whole line on which a composition of folds is injective, and those where it is 0.

    Every one of the P intervals is mapped onto an interval that contains (0,1).  A flat fold makes a piece that goes
    to −∞ continue as a constant.

    >>> folded_line([tent_fold(2)]), folded_line([tent_fold(2), tent_fold(2)]), folded_line([zigzag(3), zigzag(4)])
    ((2, 1), (4, 2), (20, 0))
    """
    pieces, constant = 1, 0
    left: bool | None = False  # whether the outermost piece goes to +∞; None once it is constant
    right: bool | None = True
    for fold in folds:
        pieces *= fold.pieces
        if fold.is_flat:
            constant += (left is False) + (right is False)
        left, right = (_after(end, fold) for end in (left, right))
    return pieces, constant


def _after(end: bool | None, fold: Fold) -> bool | None:
    if end is None:
        return None
    return fold.rises if end else (None if fold.is_flat else False)
