"""Exact polygon clipping: a second way to the partition of a rectangle, slow, for comparison.

The rectangle is cut by one unit after the other, and every activation region is kept as a convex polygon with rational
vertices.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

import flint

from theory.exact import from_fmpq, value_at
from theory.network import Layer, Network, Pattern
from verify.domain.shapes import Box

Polygon = list[tuple[Fraction, Fraction]]
"""Vertices in counterclockwise order."""


def area(polygon: Polygon) -> Fraction:
    """The exact area (shoelace formula)."""
    return (
        sum((x * v - u * y for (x, y), (u, v) in zip(polygon, polygon[1:] + polygon[:1], strict=True)), Fraction(0)) / 2
    )


def polygons(network: Network, box: Box) -> dict[Pattern, Polygon]:
    """The activation regions of a two-input network inside a rectangle."""
    (left, bottom), (right, top) = box.lower, box.upper
    corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
    return dict(_cells(network.layers, (), corners, network.layers[0].forms))


def _cells(
    layers: Sequence[Layer], pattern: Pattern, cell: Polygon, forms: flint.fmpq_mat
) -> Iterator[tuple[Pattern, Polygon]]:
    """The regions inside ``cell``, on which the first of the layers has the preactivations ``forms``."""
    if len(layers) == 1:
        yield pattern, cell
        return
    rows = [[from_fmpq(v) for v in row] for row in forms.tolist()]
    parts: list[tuple[tuple[int, ...], Polygon]] = [((), cell)]
    for unit, at in zip(layers[0].units, layers[0].first_rows, strict=True):
        own = rows[at : at + unit.rows]
        pieces = [[(c.of(own, Fraction(1)), c.strict) for c in unit.comparisons(p)] for p in range(unit.pieces)]
        parts = [
            ((*taken, piece), inside)
            for taken, part in parts
            for piece, conditions in enumerate(pieces)
            if (inside := _clip(part, conditions))
        ]
    for taken, part in parts:
        yield from _cells(layers[1:], (*pattern, taken), part, layers[1].read(layers[0].push(forms, taken)))


def _clip(cell: Polygon, conditions: Sequence[tuple[list[Fraction], bool]]) -> Polygon:
    """The part of the cell where all conditions hold, empty if it has no interior."""
    for row, strict in conditions:
        heights = [value_at(row, vertex) for vertex in cell]
        if all(h <= 0 for h in heights):
            if strict or any(heights):
                return []
            continue
        kept: Polygon = []
        around = list(zip(cell, heights, strict=True))
        for (point, h), (following, k) in itertools.pairwise([*around, around[0]]):
            if h >= 0:
                kept.append(point)
            if h * k < 0:
                t = h / (h - k)
                kept.append((point[0] + t * (following[0] - point[0]), point[1] + t * (following[1] - point[1])))
        cell = kept
    return cell
