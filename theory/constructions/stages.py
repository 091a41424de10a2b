r"""From stages to networks: each layer is described in its own coordinates, and the stages are composed.

A :class:`Stage` describes one hidden layer as a function of coordinates :math:`u \in \mathbb{R}^d`, together with an
affine *readout* of its units that gives the coordinates of the next stage.  In the network the readout is merged into
the next layer's weights.  ReLU and maxout units are positively homogeneous, so each unit is scaled to integer weights
without a common divisor, and the readout is divided by the same factor: the pattern of pieces does not change.

References
----------
Montúfar, Pascanu, Cho, Bengio 2014, for the composition of layers that fold each coordinate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from theory.activations import IDENTITY, RELU, Activation, Maxout
from theory.constructions.arrangements import Bundle
from theory.constructions.folds import Fold
from theory.network import Layer, Network

Row = tuple[tuple[Fraction, ...], Fraction]
"""An affine function (coefficients, constant)."""


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

    Fold j acts on coordinate j and gives coordinate j of the next stage.  The bundles ``cuts`` are generic in the
    coordinates after the folded ones, and these coordinates end here; ``cut_unit`` is the unit of a bundle, ReLU for
    single hyperplanes, maxout of rank k for k − 1 parallel ones.  What is left over of the ``width`` units gets zero
    weights.
    """
    zero = (Fraction(0),) * dimension
    rows: list[Row] = []
    units: list[Activation] = []
    readout: list[Row] = []
    for j, fold in enumerate(folds):
        for slope, bias in fold.rows:
            rows.append(((*zero[:j], slope, *zero[j + 1 :]), bias))
        before, after = len(units), width - len(units) - len(fold.units)
        readout.append(((*[Fraction(0)] * before, *fold.readout, *[Fraction(0)] * after), fold.offset))
        units += fold.units
    lead = (Fraction(0),) * (dimension - len(cuts[0].normal) if cuts else 0)
    for bundle in cuts:
        normal = (*lead, *bundle.normal)
        if isinstance(cut_unit, Maxout):
            for i in range(cut_unit.rank):
                level = sum(bundle.levels[:i], start=Fraction(0))
                rows.append((tuple(i * a for a in normal), -level))
        else:
            rows.append((normal, -bundle.levels[0]))
        units.append(cut_unit)
    while len(units) < width:
        rows += [(zero, Fraction(0))] * cut_unit.rows
        units.append(cut_unit)
    return Stage(tuple(rows), tuple(units), tuple(readout))


def assemble(inputs: int, stages: Sequence[Stage], start: Sequence[Row] | None = None) -> Network:
    """The network of a chain of stages; the output is the last readout, or the sum of the last units.

    ``start`` gives the first stage's coordinates as affine functions of the inputs; by default they are the first of
    the inputs.
    """
    if start is None:
        dimension = len(stages[0].rows[0][0]) if stages[0].rows else inputs
        start = [(tuple(Fraction(i == j) for i in range(inputs)), Fraction(0)) for j in range(dimension)]
    coordinates, reads = [_sparse(row) for row in start], inputs
    layers = []
    for stage in stages:
        known, common = _integers(coordinates)
        weights: list[list[Fraction]] = []
        biases: list[Fraction] = []
        scales: list[Fraction] = []
        at = 0
        for unit in stage.units:
            own, scale = _composed(stage.rows[at : at + unit.rows], known, common, reads)
            at += unit.rows
            numbers = {v: Fraction(v) for row in own for v in row}
            weights += [[numbers[v] for v in a] for *a, _ in own]
            biases += [numbers[row[-1]] for row in own]
            scales.append(scale)
        layers.append(Layer(weights, biases, stage.units, inputs=reads))
        reads = len(stage.units)
        coordinates = [([(i, v / scales[i]) for i, v in terms], b) for terms, b in map(_sparse, stage.readout)]
    output = [_dense(row, reads) for row in coordinates] or [([Fraction(1)] * reads, Fraction(0))]
    layers.append(Layer([a for a, _ in output], [b for _, b in output], IDENTITY, inputs=reads))
    return Network(layers)


_Sparse = tuple[list[tuple[int, Fraction]], Fraction]


def _sparse(row: Row) -> _Sparse:
    return [(i, v) for i, v in enumerate(row[0]) if v], row[1]


def _dense(row: _Sparse, reads: int) -> tuple[list[Fraction], Fraction]:
    weights = [Fraction(0)] * reads
    for i, v in row[0]:
        weights[i] = v
    return weights, row[1]


def _integers(coordinates: Sequence[_Sparse]) -> tuple[list[tuple[list[tuple[int, int]], int]], int]:
    """Affine functions times their common denominator, and that denominator."""
    common = math.lcm(*(v.denominator for terms, b in coordinates for v in (b, *(v for _, v in terms))))
    return [([(i, int(v * common)) for i, v in terms], int(b * common)) for terms, b in coordinates], common


def _composed(
    rows: Sequence[Row], coordinates: Sequence[tuple[list[tuple[int, int]], int]], common: int, reads: int
) -> tuple[list[list[int]], Fraction]:
    """Affine functions of the coordinates as affine functions of the layer's inputs, and their scale.

    The scale is the positive number that makes all coefficients integers without a common divisor; 1 if all are zero.
    """
    denominator = math.lcm(*(v.denominator for a, b in rows for v in (*a, b)))
    found = []
    for factors, bias in rows:
        row = [0] * (reads + 1)
        row[-1] = bias.numerator * (denominator // bias.denominator) * common
        for factor, (inner, constant) in zip(factors, coordinates, strict=True):
            if n := factor.numerator * (denominator // factor.denominator):
                for i, v in inner:
                    row[i] += n * v
                row[-1] += n * constant
        found.append(row)
    divisor = math.gcd(*(v for row in found for v in row))
    if not divisor:
        return found, Fraction(1)
    return [[v // divisor for v in row] for row in found], Fraction(denominator * common, divisor)
