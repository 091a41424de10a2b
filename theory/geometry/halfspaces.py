"""Where the units take given pieces: the halfspaces of an activation pattern, from the definition of a unit alone.

On the inputs with pattern p a network is affine, and so are all its preactivations; "unit u takes piece i" is then a
few inequalities ⟨a, x⟩ + b ≥ 0 (:mod:`theory.activations` says which).  Each bounds the region against one other
piece of the same unit, so every wall of a region knows what changes behind it.

>>> from theory import Network
>>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
>>> for condition in pattern_conditions(net, ((1, 0),)):
...     print(condition.row, "of unit", condition.unit, "against piece", condition.other)
(1, 0, 0) of unit 0 against piece 0
(-2, 2, -1) of unit 1 against piece 1
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import flint

from theory.activations import Activation, Maxout
from theory.network import Layer, Network, Pattern

__all__ = ["Condition", "Row", "affine_forms", "affine_values", "integer_rows", "pattern_conditions", "unit_conditions"]

Row = tuple[int, ...]
"""Integer halfspace row (a_1, …, a_m, b): the set ⟨a, x⟩ + b ≥ 0."""


class Condition(NamedTuple):
    """One inequality that holds where a unit takes its piece.

    Attributes
    ----------
    layer, unit : int
        Which unit, counted from 0.
    other : int
        The piece that the unit takes behind the wall (of a maxout unit, the rival that becomes larger).
    row : integer row
        ⟨a, x⟩ + b ≥ 0 on the closure of the region.
    strict : bool
        Whether ⟨a, x⟩ + b > 0 on the region itself.
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


def _primitive(row: Sequence[int]) -> Row:
    divisor = math.gcd(*row)
    return tuple(v // divisor for v in row) if divisor > 1 else tuple(row)


def unit_conditions(
    forms: Sequence[Sequence[int]], scale: int, unit: Activation, piece: int
) -> Iterator[tuple[int, Row, bool]]:
    """(other piece, row, strict) for every inequality of one unit.

    Parameters
    ----------
    forms : the unit's preactivations as affine functions of the input, times ``scale`` > 0, integers.
    unit : Activation
    piece : int
        The piece that it takes.
    """
    if isinstance(unit, Maxout):
        for rival in range(unit.rank):
            if rival != piece:
                yield rival, _primitive([a - b for a, b in zip(forms[piece], forms[rival], strict=True)]), rival < piece
        return
    *normal, offset = forms[0]
    if piece > 0:
        t = unit.breakpoints[piece - 1]
        row = [t.denominator * a for a in normal] + [t.denominator * offset - t.numerator * scale]
        yield piece - 1, _primitive(row), True
    if piece < len(unit.breakpoints):
        t = unit.breakpoints[piece]
        row = [-t.denominator * a for a in normal] + [t.numerator * scale - t.denominator * offset]
        yield piece + 1, _primitive(row), False


def affine_forms(layer: Layer, values: flint.fmpq_mat) -> flint.fmpq_mat:
    """The preactivations W·values + b of a layer, row by row an affine function of the input (constant last)."""
    product = layer.weight_matrix * values
    last = product.ncols() - 1
    for i in range(layer.rows):
        product[i, last] += layer.bias_column[i, 0]
    return product


def affine_values(layer: Layer, pieces: Sequence[int], forms: flint.fmpq_mat) -> flint.fmpq_mat:
    """The outputs of a layer whose units take the given pieces, row by row an affine function of the input."""
    select, shift = layer.select(pieces)
    values = select * forms
    last = values.ncols() - 1
    for i in range(layer.width):
        values[i, last] += shift[i, 0]
    return values


def pattern_conditions(network: Network, pattern: Pattern) -> Iterator[Condition]:
    """Every inequality of every unit, in layer order.

    A pattern that the network never takes gives inequalities without a common solution.
    """
    d = network.inputs
    values = flint.fmpq_mat(d, d + 1, [int(i == j) for i in range(d) for j in range(d + 1)])
    for depth, (layer, pieces) in enumerate(zip(network.hidden, pattern, strict=True)):
        forms = affine_forms(layer, values)
        table, scale = integer_rows(forms)
        for number, (unit, at, piece) in enumerate(zip(layer.units, layer.first_rows, pieces, strict=True)):
            for other, row, strict in unit_conditions(table[at : at + unit.rows], scale, unit, piece):
                yield Condition(depth, number, other, row, strict)
        if depth + 1 < len(network.hidden):
            values = affine_values(layer, pieces, forms)
