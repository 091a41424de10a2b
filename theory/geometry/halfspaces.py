"""Where the units take given pieces: the halfspaces of an activation pattern, from the definition of a unit alone.

On the inputs with pattern p a network is affine, and so are all its preactivations; "unit u takes piece i" is then a
few inequalities ⟨a, x⟩ + b ≥ 0, which the unit names (:class:`theory.activations.Comparison`).  Each bounds the region
against one other piece of the same unit, so every wall of a region knows what changes behind it.

>>> from theory import Network
>>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
>>> for condition in pattern_conditions(net, ((1, 0),)):
...     print(condition.row, "of unit", condition.unit, "against piece", condition.other)
(1, 0, 0) of unit 0 against piece 0
(-2, 2, -1) of unit 1 against piece 1
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import flint

from theory.activations import Activation
from theory.exact import Row, primitive_row
from theory.network import Network, Pattern


class Condition(NamedTuple):
    """One inequality of a unit that takes its piece: ⟨a, x⟩ + b ≥ 0 on the closure of the region.

    If it is ``strict``, ⟨a, x⟩ + b > 0 on the region itself.  Layers and units are counted from 0; ``other`` is the
    piece that the unit takes behind the wall.
    """

    layer: int
    unit: int
    other: int
    row: Row
    strict: bool


def integer_rows(matrix: flint.fmpq_mat) -> tuple[list[list[int]], int]:
    """Integers n_ij and D > 0 with n_ij / D the entries of the matrix, D as small as possible."""
    numerators, denominator = matrix.numer_denom()
    return [[int(v) for v in row] for row in numerators.tolist()], int(denominator)


def unit_conditions(
    forms: Sequence[Sequence[int]], scale: int, unit: Activation, piece: int
) -> Iterator[tuple[int, Row, bool]]:
    """(other piece, row, strict) for every inequality of one unit that takes ``piece``.

    ``forms`` are the unit's preactivations as affine functions of the input, times ``scale`` > 0, in integers.
    """
    for comparison in unit.comparisons(piece):
        yield comparison.other, primitive_row(comparison.of(forms, scale)), comparison.strict


def pattern_conditions(network: Network, pattern: Pattern) -> Iterator[Condition]:
    """Every inequality of every unit, in layer order.

    A pattern that the network never takes gives inequalities without a common solution.
    """
    layers = zip(network.hidden, pattern, network.forms(pattern), strict=False)
    for depth, (layer, pieces, forms) in enumerate(layers):
        table, scale = integer_rows(forms)
        for number, (unit, at, piece) in enumerate(zip(layer.units, layer.first_rows, pieces, strict=True)):
            for other, row, strict in unit_conditions(table[at : at + unit.rows], scale, unit, piece):
                yield Condition(depth, number, other, row, strict)
