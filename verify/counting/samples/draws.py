"""One draw: down the layers by random sets of walls, to an activation region or to none.

Why what comes out is uniform is proved in :mod:`verify.counting.samples.nested_bound`.  Every decision is one of the
exact simplex, on the cell itself or on a flat inside it (:class:`theory.geometry.flat_dictionary.FlatDictionary`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import flint

from theory.activations import Comparison
from theory.geometry.flat_dictionary import FlatDictionary
from theory.network import Layer, Pattern
from verify.counting.samples.nested_bound import LayerWalls, NestedBound, Wall
from verify.counting.samples.stream import Stream
from verify.engines.exact import interior_point
from verify.engines.problem import Problem

__all__ = ["DrawnCell", "Draws"]

_ONE = flint.fmpq(1)


class DrawnCell(NamedTuple):
    """A cell on which the first layers are decided.

    Attributes
    ----------
    pattern : Pattern
        Of those layers.
    dictionary : FlatDictionary
        The closed cell; nothing is held.
    forms : rows × (d + 1) matrix
        The preactivations of the next layer.
    c : int
        Bound on the dimension that reaches it, from the sets that were drawn.
    """

    pattern: Pattern
    dictionary: FlatDictionary
    forms: flint.fmpq_mat
    c: int


class Draws:
    """Draws from the regions of a problem.

    Parameters
    ----------
    problem : Problem

    Raises
    ------
    NoInteriorError
        If the domain has no interior point.
    """

    def __init__(self, problem: Problem) -> None:
        self._start = FlatDictionary(problem.dimension, interior_point(problem), problem.rows)
        self.problem, self.bound = problem, NestedBound(problem)

    def draw(self, stream: Stream, depth: int | None = None) -> DrawnCell | None:
        """The cell of the first ``depth`` hidden layers, by default of all, that the random bits lead to.

        Each cell of these layers is drawn with probability (bound below it, for its c) / (bound on all regions); None
        with what is left of 1.
        """
        layers = self.problem.network.layers
        cell = DrawnCell((), self._start.copy(), layers[0].forms, self.problem.dimension)
        for layer in layers[:-1][:depth]:
            number = len(cell.pattern)
            keys, weights = zip(*self.bound.terms(number, cell.c), strict=True)
            a, b = keys[stream.choose(weights)]
            pieces = _pieces(layer, self.bound.layers[number], cell, (a, b), stream)
            if pieces is None:
                return None
            ahead = layers[number + 1].read(layer.push(cell.forms, pieces))
            left = self.bound.dimension_after(number, cell.c, b)
            cell = DrawnCell((*cell.pattern, pieces), cell.dictionary, ahead, left)
        return cell


def _pieces(
    layer: Layer, walls: LayerWalls, cell: DrawnCell, sizes: tuple[int, int], stream: Stream
) -> tuple[int, ...] | None:
    """The pieces that the units take on a random part of the cell, to which it is cut down; None if the draw fails."""
    pieces = [possible[0] for possible in walls.pieces]
    chosen = walls.choose(*sizes, stream)
    for u in walls.branching:
        pieces[u] = walls.pieces[u][stream.below(len(walls.pieces[u]))]
        if not _take_piece(layer, u, pieces[u], cell):
            return None
    cutting: list[tuple[Wall, flint.fmpq_mat]] = []
    for unit_walls in walls.walls:
        for wall in unit_walls:
            row = _row(layer, wall.unit, wall.comparison, cell)
            value = cell.dictionary.constant(cell.dictionary.express(row))
            if value is None:
                cutting.append((wall, row))
            elif (wall.unit, wall.piece) in chosen:
                return None
            else:
                pieces[wall.unit] += not _holds(value, wall.comparison)
    held = _meet(cutting, chosen, cell.dictionary)
    if held is None:
        return None
    for wall, holds in _sides(cutting, held, cell.dictionary):
        pieces[wall.unit] += not holds
    return tuple(pieces)


def _row(layer: Layer, unit: int, comparison: Comparison, cell: DrawnCell) -> flint.fmpq_mat:
    row = comparison.of(layer.rows_of(unit, cell.forms), _ONE)
    return flint.fmpq_mat(1, len(row), row)


def _holds(value: flint.fmpq, comparison: Comparison) -> bool:
    """Whether a comparison of what is constant on the cell holds."""
    return bool(value > 0 or (value == 0 and not comparison.strict))


def _take_piece(layer: Layer, unit: int, piece: int, cell: DrawnCell) -> bool:
    """Cut the cell down to where a unit takes a piece; False if that is thin."""
    for comparison in layer.units[unit].comparisons(piece):
        row = _row(layer, unit, comparison, cell)
        value = cell.dictionary.constant(cell.dictionary.express(row))
        if value is not None:
            if not _holds(value, comparison):
                return False
            continue
        sign = cell.dictionary.divide(row)
        if sign < 0:
            return False
        if not sign:
            cell.dictionary.take_side(True)
    return True


def _meet(
    cutting: list[tuple[Wall, flint.fmpq_mat]], chosen: set[tuple[int, int]], dictionary: FlatDictionary
) -> dict[tuple[int, int], int] | None:
    """Restrict the dictionary to the flat of the chosen walls: the rows that are held, None if they are dependent.

    Invariant: held are the chosen walls behind the present one, and none of the walls behind it that is not held
    contains the flat of those that are behind that one.
    """
    held: dict[tuple[int, int], int] = {}
    for wall, row in reversed(cutting):
        key = wall.unit, wall.piece
        if not held and key not in chosen:
            continue
        value = dictionary.constant(dictionary.express(row))
        if value == 0 or (key in chosen and (value is not None or dictionary.divide(row))):
            return None
        if key in chosen:
            dictionary.hold_last()
            held[key] = dictionary.rows - 1
    return held


def _sides(
    cutting: list[tuple[Wall, flint.fmpq_mat]], held: dict[tuple[int, int], int], dictionary: FlatDictionary
) -> Iterator[tuple[Wall, bool]]:
    """Each wall in turn, and whether its comparison holds on the region, to which the dictionary is cut down.

    Invariant: the cell of the walls so far, whose rows the dictionary has, meets the flat of the held walls that are
    still to come, in a set that is open there.
    """
    for wall, row in cutting:
        number = held.get((wall.unit, wall.piece))
        if number is not None:
            dictionary.release(number, positive=wall.side)
            yield wall, wall.side
            continue
        value = dictionary.constant(dictionary.express(row))
        if value is not None:  # not zero, see _meet; on the cell around the flat it is another matter
            dictionary.add(dictionary.express(row if value > 0 else -row))
            yield wall, bool(value > 0)
            continue
        sign = dictionary.divide(row)
        if not sign:
            dictionary.take_side(not wall.side)
        yield wall, sign > 0 or (not sign and not wall.side)
