"""Pictures of region partitions: exact polygons first, drawing afterward.

:func:`polygons` cuts a rectangle of R^2 by one unit after the other and keeps every activation region as a convex
polygon with rational vertices, so the picture shows the partition itself and not a grid of samples: a sliver of width
10^-9 is there, even where no pixel shows it.  :func:`draw` hands the polygons to matplotlib.

This is a second, independent way to count in two dimensions (polygon clipping instead of simplex dictionaries), and
the test suite compares it with the engine.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import flint

from theory.activations import Activation
from theory.errors import InvalidInputError
from theory.exact import from_fmpq
from theory.network import Layer, Network, Pattern
from verify.domain.shapes import Box
from verify.drawing import INKS, need_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Polygon", "draw", "polygons"]

Point = tuple[Fraction, Fraction]
Affine = tuple[Fraction, Fraction, Fraction]
"""(a, b, c) for the function a·x + b·y + c."""


@dataclass(frozen=True)
class Polygon:
    """A convex polygon in counterclockwise order on which the network is affine.

    Attributes
    ----------
    vertices : tuple of rational points
    walls : tuple of int
        For each edge, from its vertex to the next one, the hidden layer whose unit bends there; 0 on the border.
    pattern : Pattern
        The piece that each unit takes inside.
    """

    vertices: tuple[Point, ...]
    walls: tuple[int, ...]
    pattern: Pattern = ()

    @property
    def area(self) -> Fraction:
        """The exact area (shoelace formula)."""
        turns = zip(self.vertices, (*self.vertices[1:], self.vertices[0]), strict=True)
        return sum((x * v - u * y for (x, y), (u, v) in turns), Fraction(0)) / 2


def polygons(network: Network, box: Box) -> list[Polygon]:
    """The activation regions of a two-input network inside a rectangle, as exact polygons.

    Parameters
    ----------
    network : Network
        With two inputs; any piecewise-linear units.  Restrict a larger one with ``Network.on_plane`` first.
    box : Box
        A rectangle.

    Raises
    ------
    InvalidInputError
        If the network or the box is not two-dimensional.

    Examples
    --------
    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> [str(cell.area) for cell in polygons(cross, Box([-1, -1], [2, 2]))]
    ['1', '2', '2', '4']
    """
    if network.inputs != 2 or box.dimension != 2:
        raise InvalidInputError(
            f"polygons live in the plane, but the network has {network.inputs} inputs and the box dimension "
            f"{box.dimension}; restrict the network with on_plane"
        )
    (left, bottom), (right, top) = box.lower, box.upper
    corners = ((left, bottom), (right, bottom), (right, top), (left, top))
    return list(_descend(network.layers, Polygon(corners, (0, 0, 0, 0)), network.layers[0].forms))


def _descend(layers: Sequence[Layer], cell: Polygon, forms: flint.fmpq_mat) -> Iterator[Polygon]:
    """The cells inside ``cell``, on which the first of the layers has the preactivations ``forms``."""
    layer, depth = layers[0], len(cell.pattern) + 1
    if len(layers) == 1:
        yield cell
        return
    rows = [[from_fmpq(v) for v in row] for row in forms.tolist()]
    parts: list[tuple[Polygon, tuple[int, ...]]] = [(cell, ())]
    for unit, at in zip(layer.units, layer.first_rows, strict=True):
        pieces = [list(_conditions(unit, piece, rows[at : at + unit.rows])) for piece in range(unit.pieces)]
        parts = [
            (inside, (*taken, piece))
            for part, taken in parts
            for piece, conditions in enumerate(pieces)
            if (inside := _clip(part, conditions, depth)) is not None
        ]
    for part, taken in parts:
        inside = Polygon(part.vertices, part.walls, (*cell.pattern, taken))
        yield from _descend(layers[1:], inside, layers[1].read(layer.push(forms, taken)))


def _conditions(unit: Activation, piece: int, rows: Sequence[Sequence[Fraction]]) -> Iterator[tuple[Affine, bool]]:
    """The functions that are ≥ 0 where the unit takes the piece, each with whether it may vanish on a whole cell."""
    for comparison in unit.comparisons(piece):
        a, b, c = comparison.of(rows, Fraction(1))
        yield (a, b, c), not comparison.strict


def _clip(cell: Polygon, conditions: Sequence[tuple[Affine, bool]], wall: int) -> Polygon | None:
    """The part of the cell where all conditions hold, or None if it has no interior."""
    vertices, walls = list(cell.vertices), list(cell.walls)
    for (a, b, c), may_vanish in conditions:
        heights = [a * x + b * y + c for x, y in vertices]
        if all(h <= 0 for h in heights):
            if may_vanish and not any(heights):
                continue
            return None
        kept: list[tuple[Point, int]] = []
        around = zip(vertices, walls, heights, strict=True)
        for (point, edge, h), (following, _, k) in itertools.pairwise([*around, (vertices[0], walls[0], heights[0])]):
            if h >= 0:
                kept.append((point, wall if h == 0 and k < 0 else edge))
            if h * k < 0:
                t = h / (h - k)
                crossing = (point[0] + t * (following[0] - point[0]), point[1] + t * (following[1] - point[1]))
                kept.append((crossing, wall if h > 0 else edge))
        vertices, walls = [point for point, _ in kept], [edge for _, edge in kept]
    return Polygon(tuple(vertices), tuple(walls), cell.pattern)


def draw(network: Network, box: Box, axes: Axes | None = None, *, output: int = 0) -> Axes:
    """Draw the partition as the facets of the graph of one output, lit from the upper left.

    Parameters
    ----------
    network, box
        As for :func:`polygons`.
    axes : matplotlib Axes, optional
        Default: new ones.
    output : int
        The output whose slope shades the facets.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    need_matplotlib()
    import matplotlib.pyplot as plt
    from matplotlib.collections import LineCollection, PolyCollection

    axes = plt.subplots(figsize=(5, 5))[1] if axes is None else axes
    cells = polygons(network, box)
    outlines = [[(float(x), float(y)) for x, y in cell.vertices] for cell in cells]
    shades = _shades([network.affine_map(cell.pattern)[0][output] for cell in cells])
    facets = PolyCollection(outlines, array=shades, cmap="Blues", clim=(-0.9, 2), edgecolors="face", linewidths=0.3)
    axes.add_collection(facets)
    for layer in range(len(network.hidden), 0, -1):
        edges = [
            (outline[i], outline[(i + 1) % len(outline)])
            for outline, cell in zip(outlines, cells, strict=True)
            for i, wall in enumerate(cell.walls)
            if wall == layer
        ]
        axes.add_collection(LineCollection(edges, colors=INKS[(layer - 1) % len(INKS)], linewidths=0.9))
    (left, bottom), (right, top) = box.lower, box.upper
    axes.set(xlim=(float(left), float(right)), ylim=(float(bottom), float(top)), aspect="equal")
    return axes


def _shades(slopes: Sequence[Sequence[Fraction]]) -> list[float]:
    """Brightness in [-1, 1] of facets with these slopes, for light from the upper left; for the eye only."""
    steepness = [math.hypot(*map(float, slope)) for slope in slopes]
    usual = statistics.median(steepness) or 1.0
    return [
        (float(slope[0]) - float(slope[1])) / usual / math.sqrt(2 + 2 * (steep / usual) ** 2)
        for slope, steep in zip(slopes, steepness, strict=True)
    ]
