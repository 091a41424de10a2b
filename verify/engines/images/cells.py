"""The cells into which one layer divides an image, each with the pieces that the units take there.

A cell is a polyhedron by double description; what a hyperplane does to it is seen from the signs on its extreme rays.
Conditions are decided as by the exact engine (:mod:`verify.engines.exact`): a form that is constant on the image bounds
nothing, and a hyperplane that only touches a cell does not cut it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from theory.activations import Activation
from theory.geometry.polyhedra import Polyhedron, dot
from theory.network import Layer

__all__ = ["Walls", "cells", "split", "walls_of_unit"]

Wall = tuple[Sequence[int], bool, int]
"""(row, strict, piece): row > 0, or ≥ 0 where it is not strict, on the piece."""
Walls = list[list[Wall]]
"""Of a unit: for each piece the walls toward the others; only the one toward the next piece, if walls separate
consecutive pieces only."""


def walls_of_unit(unit: Activation, forms: Sequence[Sequence[int]], one: int) -> Walls:
    """The conditions of the pieces of a unit whose preactivations are these forms, scaled by ``one``."""
    walls: Walls = []
    for piece in range(unit.pieces):
        found = unit.comparisons(piece)
        if unit.is_ordered:
            found = [c for c in found if c.other > piece]
        walls.append([(c.of(forms, one), c.strict, piece) for c in found])
    return walls


def cells(
    layer: Layer, forms: Sequence[Sequence[int]], one: int, body: Polyhedron
) -> Iterator[tuple[Polyhedron, tuple[int, ...]]]:
    """The full-dimensional parts of ``body`` on which every unit of the layer takes one piece, with these pieces.

    The forms, rows × (d + 1) integers, are the preactivations times ``one`` > 0; the body is of R^d.

    >>> square = Polyhedron.of(2, [(1, 0, 0), (0, 1, 0), (-1, 0, 1), (0, -1, 1)])
    >>> layer = Layer([[1, 1], [1, -1]], [-1, 2])
    >>> [pieces for _, pieces in cells(layer, [(1, 1, -1), (1, -1, 2)], 1, square)]
    [(0, 1), (1, 1)]
    """
    units = []
    for unit, at in zip(layer.units, layer.first_rows, strict=True):
        units.append((unit.is_ordered, walls_of_unit(unit, forms[at : at + unit.rows], one)))
    stack: list[tuple[Polyhedron, tuple[int, ...]]] = [(body, ())]
    while stack:
        part, pieces = stack.pop()
        if len(pieces) == len(units):
            yield part, pieces
            continue
        is_ordered, walls = units[len(pieces)]
        found = list(_ordered(part, walls) if is_ordered else _unordered(part, walls))
        stack += [(child, (*pieces, piece)) for piece, child in reversed(found)]


def _ordered(part: Polyhedron, walls: Walls) -> Iterator[tuple[int, Polyhedron]]:
    """Each piece is cut off the rest by its wall toward the next one."""
    for piece, toward_next in enumerate(walls):
        if not toward_next:
            yield piece, part
            return
        inside, rest = split(part, *toward_next[0][:2])
        if inside is not None:
            yield piece, inside
        if rest is None:
            return
        part = rest


def _unordered(part: Polyhedron, walls: Walls) -> Iterator[tuple[int, Polyhedron]]:
    for piece, own in enumerate(walls):
        inside: Polyhedron | None = part
        for row, strict, _ in own:
            inside = inside and split(inside, row, strict)[0]
        if inside is not None:
            yield piece, inside


def split(body: Polyhedron, row: Sequence[int], strict: bool) -> tuple[Polyhedron | None, Polyhedron | None]:
    """The full-dimensional parts where the condition holds and where it fails, None where there is none."""
    if not any(row[:-1]):
        holds = row[-1] > 0 or (row[-1] == 0 and not strict)
        return (body, None) if holds else (None, body)
    above = below = any(dot(row, line) for line in body.lines)
    if not above:
        for ray in body.rays:
            value = dot(row, ray)
            above = above or value > 0
            below = below or value < 0
            if above and below:
                break
    if not below:
        return body, None
    if not above:
        return None, body
    return body.cut(row), body.cut([-v for v in row])
