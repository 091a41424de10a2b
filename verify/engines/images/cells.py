"""The cells into which one layer divides an image, each with the pieces that the units take there.

A cell is a polyhedron by double description; what a hyperplane does to it is seen from the signs on its extreme rays.
Conditions are decided as by the exact engine (:mod:`verify.engines.exact`): a form that is constant on the image bounds
nothing, and a hyperplane that only touches a cell does not cut it.
"""

from collections.abc import Iterator, Sequence

from theory.geometry.polyhedra import Polyhedron, dot
from theory.network import Layer
from verify.engines.exact import branches, walls_of_unit


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
    units = [(unit.is_ordered, walls_of_unit(unit, own, one)) for unit, own in layer.by_unit(forms)]
    stack: list[tuple[Polyhedron, tuple[int, ...]]] = [(body, ())]
    while stack:
        part, pieces = stack.pop()
        if len(pieces) == len(units):
            yield part, pieces
            continue
        is_ordered, walls = units[len(pieces)]
        found = list(branches(part, is_ordered, walls, split))
        stack += [(child, (*pieces, piece)) for piece, child in reversed(found)]


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
