"""Walls of a region: is this inequality a facet, and which region lies behind it?

Both questions in exact arithmetic and any dimension.  A facet is proved by a rational point of its relative interior,
where one hyperplane is met and every other inequality is strict.  What lies behind is read off there: the point is
moved by an infinitesimal ε along a direction v, and z + ε·z′ is compared with the breakpoints as the pair (z, z′).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint

from theory.activations import Maxout
from theory.errors import InvalidInputError
from theory.exact import to_fmpq
from theory.geometry.feasibility import interior_point
from theory.geometry.halfspaces import Row
from theory.network import Network, Pattern

__all__ = ["Point", "facet_witness", "pattern_behind", "proportional"]

Point = tuple[Fraction, ...]
"""Coordinates, exactly."""


def proportional(first: Row, second: Row) -> bool:
    """Whether two primitive rows have the same hyperplane as their zero set, or one of them is zero."""
    return first == second or first == tuple(-v for v in second) or not any(first) or not any(second)


def facet_witness(rows: Sequence[Row], wall: Row) -> Point | None:
    """A rational point of the relative interior of the facet {rows ≥ 0, wall = 0}, None if it is no facet.

    Parameters
    ----------
    rows : primitive integer rows
        A closed polyhedron with interior points; ``wall`` may be among them.
    wall : primitive integer row, (a, b) with a ≠ 0

    Notes
    -----
    One coordinate is eliminated with wall = 0; a row that becomes 0 was a multiple of ``wall``; all others must be
    satisfiable strictly together.  If they are, a neighborhood of the point in the hyperplane belongs to the
    polyhedron; if not, its part in the hyperplane has dimension at most m − 2 or is empty.

    Examples
    --------
    >>> corner = [(1, 0, 0), (0, 1, 0), (1, 1, 0)]  # x ≥ 0, y ≥ 0; the third only touches the corner
    >>> facet_witness(corner, (0, 1, 0)), facet_witness(corner, (1, 1, 0))
    ((Fraction(1, 1), Fraction(0, 1)), None)
    """
    pivot = next(j for j, v in enumerate(wall[:-1]) if v)
    head, kept = wall[pivot], [j for j in range(len(wall)) if j != pivot]
    sign = 1 if head > 0 else -1
    reduced: dict[Row, None] = {}
    for row in rows:
        factor = row[pivot]
        short = tuple(sign * (head * row[j] - factor * wall[j]) for j in kept)
        if any(short[:-1]):
            reduced[short] = None
        elif short[-1] < 0 or (short[-1] == 0 and not proportional(row, wall)):
            return None
    coordinates = interior_point(list(reduced), len(wall) - 2)
    if coordinates is None:
        return None
    total = sum((wall[j] * v for j, v in zip(kept, coordinates, strict=False)), Fraction(wall[-1]))
    return (*coordinates[:pivot], -total / head, *coordinates[pivot:])


def pattern_behind(network: Network, point: Sequence[Fraction], direction: Sequence[Fraction | int]) -> Pattern:
    """The pattern at point + ε·direction for every sufficiently small ε > 0.

    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> cross.pattern([0, 3]), pattern_behind(cross, [0, 3], [1, 0])
    (((0, 1),), ((1, 1),))
    """
    if len(point) != network.inputs or len(direction) != network.inputs:
        raise InvalidInputError(f"point and direction need {network.inputs} coordinates each, as many as inputs")
    entries = [to_fmpq(v) for pair in zip(point, direction, strict=True) for v in pair]
    jets = flint.fmpq_mat(network.inputs, 2, entries)
    pattern: list[tuple[int, ...]] = []
    for layer in network.hidden:
        image = layer.weight_matrix * jets
        z = [(image[i, 0] + layer.bias_column[i, 0], image[i, 1]) for i in range(layer.rows)]
        pieces = tuple(
            max(range(unit.rank), key=lambda i, at=at: (*z[at + i], -i))  # type: ignore[misc]
            if isinstance(unit, Maxout)
            else sum(1 for t in unit.breakpoints if z[at] > (to_fmpq(t), 0))
            for unit, at in zip(layer.units, layer.first_rows, strict=True)
        )
        pattern.append(pieces)
        select, shift = layer.select(pieces)
        jets = select * flint.fmpq_mat(layer.rows, 2, [v for pair in z for v in pair])
        for i in range(layer.width):
            jets[i, 0] += shift[i, 0]
    return tuple(pattern)
