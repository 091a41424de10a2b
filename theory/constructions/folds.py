r"""Folds of the line, where one layer maps several intervals of [0,1] affinely onto [0,1], and networks of such layers.

A :class:`Stage` describes one hidden layer as a function of coordinates :math:`u \in \mathbb{R}^d`, together with an
affine *readout* of its units, the coordinates of the next stage, which is merged into the next layer's weights.  ReLU
and maxout units are positively homogeneous, so each unit is scaled to integer weights without a common divisor, and the
readout is divided by the same factor: the pattern of pieces does not change.

>>> [zigzag(3).value(Fraction(t, 6)) for t in (0, 1, 2, 4, 6)]
[Fraction(0, 1), Fraction(1, 1), Fraction(0, 1), Fraction(1, 1), Fraction(0, 1)]

References
----------
Telgarsky 2015, the tent map; Montúfar, Pascanu, Cho, Bengio 2014, lower bound; Serra, Tjandraatmadja, Ramalingam 2018,
lower bound for :math:`n_l \ge 3 n_0`; Montúfar, Ren, Zhang 2022, lower bound for deep maxout networks.  The composition
of layers that fold each coordinate is that of Montúfar et al. 2014.
"""

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from theory.activations import IDENTITY, RELU, Activation, Maxout
from theory.constructions.arrangements import Bundle, unit_rows
from theory.exact import to_fmpq
from theory.geometry.region import integer_rows
from theory.network import Layer, Network

Row = tuple[Fraction, ...]
"""An affine function: its coefficients, then the constant."""


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
    """Parts as equal as possible, larger ones first."""
    each, left = divmod(units, coordinates)
    return tuple(each + (j < left) for j in range(coordinates))


def tent_fold(p: int) -> Fold:
    r"""p ≥ 1 ReLU units fold [0,1] onto itself p times; for p = 1 this is σ(u).

    :math:`h_1 = \sigma(pu)`, :math:`h_i = \sigma(pu - i + 1)`, read out as :math:`h_1 - 2h_2 + 2h_3 - \dots`.

    >>> [tent_fold(2).value(Fraction(t, 4)) for t in range(-1, 5)]
    [Fraction(0, 1), Fraction(0, 1), Fraction(1, 2), Fraction(1, 1), Fraction(1, 2), Fraction(0, 1)]
    """
    rows = tuple((Fraction(p), Fraction(-i)) for i in range(p))
    readout = tuple(Fraction(1 if i == 0 else 2 * (-1) ** i) for i in range(p))
    return Fold(rows, (RELU,) * p, readout, Fraction(0), p, is_flat=True)


def zigzag(p: int) -> Fold:
    r"""p ≥ 3 ReLU units fold [0,1] onto itself p + 1 times; outside, the first and the last interval continue.

    All units look to the right of their breakpoint except the third, which looks to the left.  The slopes
    :math:`\pm 1/l_i`, alternating, can be met if and only if :math:`1/l_3 = 1/l_0 - 1/l_2`: the lengths are
    1, 1, 2, 2, 1, …, 1 in units of 1/(p+3).
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
    """The fold by p ReLU units with the most pieces: a zigzag for p ≥ 3, tents for p ≤ 2."""
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

    Every one of the P intervals is mapped onto an interval that contains (0,1).

    >>> folded_line([tent_fold(2)]), folded_line([tent_fold(2), tent_fold(2)]), folded_line([zigzag(3), zigzag(4)])
    ((2, 1), (4, 2), (20, 0))
    """
    pieces, constant = 1, 0
    left: bool | None = False  # whether the outermost piece goes to +∞; None once it is constant
    right: bool | None = True
    for fold in folds:
        pieces *= fold.pieces
        if fold.is_flat:  # a piece that goes to −∞ continues as a constant
            constant += (left is False) + (right is False)
        after = {None: None, True: fold.rises, False: None if fold.is_flat else False}
        left, right = after[left], after[right]
    return pieces, constant


@dataclass(frozen=True)
class Stage:
    """One hidden layer of ReLU or maxout units on the coordinates u ∈ R^d.

    ``rows`` are the preactivations as affine functions of u; ``readout`` gives the next coordinates as affine functions
    of the unit values, and is empty if no stage follows.
    """

    rows: tuple[Row, ...]
    units: tuple[Activation, ...]
    readout: tuple[Row, ...] = ()


def product_stage(
    folds: Sequence[Fold], cuts: Sequence[Bundle], dimension: int, *, width: int, cut_unit: Activation = RELU
) -> Stage:
    """Folds of the first coordinates, an arrangement of the remaining ones, and units that are off everywhere.

    Fold j acts on coordinate j and gives coordinate j of the next stage.  The coordinates after them end here: in these
    the bundles ``cuts`` are generic, each of one ``cut_unit``, ReLU for single hyperplanes, maxout of rank k for k − 1
    parallel ones.  What is left over of the ``width`` units gets zero weights.
    """
    zero = (Fraction(0),) * dimension
    rows: list[Row] = []
    units: list[Activation] = []
    readout: list[Row] = []
    for j, fold in enumerate(folds):
        rows += [(*zero[:j], slope, *zero[j + 1 :], bias) for slope, bias in fold.rows]
        before, after = len(units), width - len(units) - len(fold.units)
        readout.append((*[Fraction(0)] * before, *fold.readout, *[Fraction(0)] * after, fold.offset))
        units += fold.units
    for bundle in cuts:
        lead = zero[len(bundle.normal) :]
        rows += [(*lead, *row) for row in unit_rows(bundle, cut_unit)]
        units.append(cut_unit)
    spare = width - len(units)
    rows += [(*zero, Fraction(0))] * (spare * cut_unit.rows)
    return Stage(tuple(rows), (*units, *[cut_unit] * spare), tuple(readout))


def assemble(inputs: int, stages: Sequence[Stage], start: Sequence[Row] | None = None) -> Network:
    """The network of a chain of stages; the output is the last readout, or the sum of the last units.

    ``start`` are the first stage's coordinates as affine functions of the inputs, by default the first of the inputs.
    """
    if start is None:
        dimension = len(stages[0].rows[0]) - 1 if stages[0].rows else inputs
        start = [tuple(Fraction(i == j) for i in range(inputs + 1)) for j in range(dimension)]
    coordinates, reads = start, inputs
    tables: list[list[list[Fraction]]] = []
    shared = functools.cache(Fraction)  # most weights are among few numbers
    for stage in stages:
        # the constant function 1 is a last coordinate, so that affine functions are composed by a product
        one = (Fraction(0),) * reads + (Fraction(1),)
        numbers, denominator = integer_rows(_matrix(stage.rows, len(coordinates)) * _matrix([*coordinates, one], reads))
        rows: list[list[Fraction]] = []
        scales: list[Fraction] = []
        for unit in stage.units:
            block = numbers[len(rows) : len(rows) + unit.rows]
            divisor = math.gcd(*(v for row in block for v in row)) or denominator
            rows += [[shared(v // divisor) for v in row] for row in block]
            scales.append(Fraction(denominator, divisor))
        tables.append(rows)
        reads = len(scales)
        coordinates = [tuple(v / s for v, s in zip(row, (*scales, Fraction(1)), strict=True)) for row in stage.readout]
    network = Network.summed(tables, [stage.units for stage in stages], inputs=inputs)
    if not coordinates:
        return network
    output = Layer([row[:-1] for row in coordinates], [row[-1] for row in coordinates], IDENTITY)
    return Network([*network.hidden, output])


def _matrix(rows: Sequence[Row], variables: int) -> flint.fmpq_mat:
    return flint.fmpq_mat(len(rows), variables + 1, [to_fmpq(v) for row in rows for v in row])
