"""Where the units take given pieces: the halfspaces of an activation pattern, and what lies behind its walls.

On the inputs with pattern p a network is affine, and so are all its preactivations; "unit u takes piece i" is then a
few inequalities ⟨a, x⟩ + b ≥ 0, which the unit names (:class:`theory.activations.Comparison`).  Each bounds the region
against one other piece of the same unit, so every wall of a region knows what changes behind it.

A facet is proved by a rational point of its relative interior, where one hyperplane is met and every other inequality
is strict.  What lies behind is read off there: the point is moved by an infinitesimal ε along a direction v, and what a
unit compares, z + ε·z′, has the sign of z, or of z′ where z = 0.

>>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
>>> for condition in pattern_conditions(net, ((1, 0),)):
...     print(condition.row, "of unit", condition.unit, "against piece", condition.other)
(1, 0, 0) of unit 0 against piece 0
(-2, 2, -1) of unit 1 against piece 1
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import flint

from theory.activations import Activation, Comparison
from theory.errors import InvalidInputError
from theory.exact import Point, Row, primitive_row, to_fmpq
from theory.geometry.feasibility import AffineSubspace, interior_point
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

    @property
    def is_possible(self) -> bool:
        """Whether it depends on the input, or holds."""
        return any(self.row[:-1]) or self.row[-1] >= self.strict


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


def facet_witness(rows: Sequence[Row], wall: Row) -> Point | None:
    """A rational point of the relative interior of the facet {rows ≥ 0, wall = 0}, None if it is no facet.

    The primitive integer ``rows`` describe a closed polyhedron with interior points; ``wall``, a ≠ 0, may be one.

    A row that is 0 on the hyperplane is a multiple of ``wall``; all others must be satisfiable strictly together.
    If they are, a neighborhood of the point in the hyperplane belongs to the polyhedron; if not, its part in the
    hyperplane has dimension at most m − 2 or is empty.

    >>> corner = [(1, 0, 0), (0, 1, 0), (1, 1, 0)]  # x ≥ 0, y ≥ 0; the third only touches the corner
    >>> facet_witness(corner, (0, 1, 0)), facet_witness(corner, (1, 1, 0))
    ((Fraction(1, 1), Fraction(0, 1)), None)
    """
    hyperplane = AffineSubspace.of(len(wall) - 1, [wall])
    assert hyperplane is not None
    reduced: dict[Row, None] = {}
    for row in rows:
        short = hyperplane.restrict(row)
        if any(short[:-1]):
            reduced[short] = None
        elif short[-1] < 0:
            return None
    inside = interior_point(list(reduced), hyperplane.dimension)
    return None if inside is None else hyperplane.lift(inside)


def pattern_behind(network: Network, point: Sequence[Fraction], direction: Sequence[Fraction | int]) -> Pattern:
    """The pattern at point + ε·direction for every sufficiently small ε > 0.

    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> cross.pattern([0, 3]), pattern_behind(cross, [0, 3], [1, 0])
    (((0, 1),), ((1, 1),))
    """
    if len(point) != network.inputs or len(direction) != network.inputs:
        raise InvalidInputError(f"point and direction need {network.inputs} coordinates each, as many as inputs")
    entries = [to_fmpq(v) for pair in zip(direction, point, strict=True) for v in pair]
    values = flint.fmpq_mat(network.inputs, 2, entries)  # affine forms of ε
    pattern: list[tuple[int, ...]] = []
    for layer in network.hidden:
        forms = layer.read(values)
        pattern.append(tuple(_piece_behind(unit, own) for unit, own in layer.by_unit(forms.tolist())))
        values = layer.push(forms, pattern[-1])
    return tuple(pattern)


def _piece_behind(unit: Activation, forms: Sequence[Sequence[flint.fmpq]]) -> int:
    """The piece for small ε > 0 where the preactivations are the forms slope·ε + value."""

    def holds(comparison: Comparison) -> bool:
        slope, value = comparison.of(forms, flint.fmpq(1))
        return comparison.admits(value or slope)

    return unit.first_piece(holds)
