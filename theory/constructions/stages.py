r"""From stages to networks: each layer is described in its own coordinates, and the stages are composed.

A :class:`Stage` describes one hidden layer as a function of coordinates :math:`u \in \mathbb{R}^d`, together with an
affine *readout* of its units that gives the coordinates of the next stage.  In the network the readout is merged into
the next layer's weights.  ReLU and maxout units are positively homogeneous, so each unit is scaled to integer weights
without a common divisor, and the readout is divided by the same factor: the pattern of pieces does not change.

References
----------
Montúfar, Pascanu, Cho, Bengio 2014, for the composition of layers that fold each coordinate.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import flint

from theory.activations import IDENTITY, RELU, Activation
from theory.constructions.arrangements import Bundle, unit_rows
from theory.constructions.folds import Fold
from theory.exact import to_fmpq
from theory.geometry.halfspaces import integer_rows
from theory.network import Layer, Network

Row = tuple[Fraction, ...]
"""An affine function: its coefficients, then the constant."""


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

    ``start`` gives the first stage's coordinates as affine functions of the inputs; by default they are the first of
    the inputs.
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
