"""One draw: down the layers by random sets of walls, to an activation region or to none.

That the regions are uniform is proved in :mod:`verify.counting.samples.nested_bound`.  The exact simplex decides
everything, on the cell itself or on a flat inside it (:class:`theory.geometry.simplex.Dictionary`).
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import flint

from theory.activations import Comparison
from theory.geometry.simplex import Dictionary
from theory.network import Layer, Pattern
from verify.counting.samples.nested_bound import LayerWalls, NestedBound, Wall, problem_walls
from verify.counting.samples.stream import Stream
from verify.engines.exact import Cell, cells_below, interior_point, parts_of
from verify.engines.problem import Problem

TOP_CELLS, _TOP_DIMENSION = 200, 6
"""At most so many cells of the first layers are enumerated, in at most so many dimensions: within a second or two."""
_ONE = flint.fmpq(1)


class DrawnCell(NamedTuple):
    """A cell on which the first layers are decided.

    ``pattern`` is that of those layers, ``dictionary`` the closed cell; ``forms``, rows × (d + 1), are the
    preactivations of the next layer, and c bounds the dimension that reaches it, from the sets that were drawn.
    """

    pattern: Pattern
    dictionary: Dictionary
    forms: flint.fmpq_mat
    c: int


class Draws:
    """Draws from the regions of a problem.

    At most ``top_cells`` cells of the first layers are enumerated.  ``bound`` is on all regions.  Raises
    NoInteriorError if the domain has no interior point.
    """

    def __init__(self, problem: Problem, top_cells: int = TOP_CELLS) -> None:
        start = Dictionary(problem.dimension, interior_point(problem), problem.rows)
        self.problem, self.walls = problem, problem_walls(problem)
        root = DrawnCell((), start, problem.network.layers[0].forms, problem.dimension)
        top = self._enumerate_top(root, top_cells) if problem.dimension <= _TOP_DIMENSION else []
        self._top = top or [(root, NestedBound(self.walls, problem.dimension))]
        self._weights = [bound.value for _, bound in self._top]
        self.bound = sum(self._weights)

    def _enumerate_top(self, root: DrawnCell, most: int) -> list[tuple[DrawnCell, NestedBound]]:
        """The cells of as many first layers as have few, with their bounds; none if the first layer has many.

        The bound of a cell is at least the sum of the bounds of its parts, so the whole bound does not grow.
        """
        layers, top = self.problem.network.layers, [Cell(root.dictionary, (), (), root.forms)]
        for depth in range(1, len(layers)):
            copies = (replace(cell, dictionary=cell.dictionary.copy()) for cell in top)
            inside = (cells_below(layers[: depth + 1], cell) for cell in copies)
            parts = list(itertools.islice(itertools.chain.from_iterable(inside), most + 1))
            if len(parts) > most:
                break
            top = parts
        return [self._with_bound(cell) for cell in top if cell.pattern]

    def _with_bound(self, part: Cell) -> tuple[DrawnCell, NestedBound]:
        """A cell of the top with its bound, from the dimension and the walls that the next layer has there."""
        d, depth = part.dictionary.dimension, len(part.pattern)
        walls = self.walls[depth:]
        c = flint.fmpq_mat(part.forms.nrows(), d, [v for row in part.forms.tolist() for v in row[:-1]]).rank()
        cell = DrawnCell(part.pattern, part.dictionary, part.forms, c)
        if walls:
            layer = self.problem.network.layers[depth]
            walls = [LayerWalls(layer, _possible_pieces(layer, walls[0], cell), min(c, walls[0].rank)), *walls[1:]]
        return cell, NestedBound(walls, c)

    def draw(self, stream: Stream, depth: int | None = None) -> tuple[DrawnCell, int] | None:
        """The cell of the first ``depth`` hidden layers, by default of all, that the random bits lead to.

        A cell comes with the bound on its regions and is drawn with probability (that bound) / (bound on all regions);
        with the remaining probability the result is None.
        """
        layers = self.problem.network.layers
        start, bound = self._top[stream.choose(self._weights)]
        cell = start._replace(dictionary=start.dictionary.copy())
        for layer in layers[len(cell.pattern) : -1 if depth is None else depth]:
            number = len(cell.pattern)
            at = number - len(start.pattern)
            keys, weights = zip(*bound.terms(at, cell.c), strict=True)
            a, b = keys[stream.choose(weights)]
            pieces = _pieces(layer, bound.layers[at], cell, (a, b), stream)
            if pieces is None:
                return None
            ahead = layers[number + 1].read(layer.push(cell.forms, pieces))
            left = bound.dimension_after(at, cell.c, b)
            cell = DrawnCell((*cell.pattern, pieces), cell.dictionary, ahead, left)
        return cell, bound.below(len(cell.pattern) - len(start.pattern), cell.c)


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
                pieces[wall.unit] += not wall.comparison.admits(value)
    held = _meet(cutting, chosen, cell.dictionary)
    if held is None:
        return None
    for wall, holds in _sides(cutting, held, cell.dictionary):
        pieces[wall.unit] += not holds
    return tuple(pieces)


def _possible_pieces(layer: Layer, walls: LayerWalls, cell: DrawnCell) -> list[Sequence[int]]:
    """The pieces that each unit takes on open parts of the cell; those of units without an order stay what they are."""
    return [
        [piece for piece, _ in parts_of(cell.dictionary.copy(), layer, u, cell.forms)] if own else possible
        for u, (possible, own) in enumerate(zip(walls.pieces, walls.walls, strict=True))
    ]


def _row(layer: Layer, unit: int, comparison: Comparison, cell: DrawnCell) -> flint.fmpq_mat:
    row = comparison.of(layer.rows_of(unit, cell.forms), _ONE)
    return flint.fmpq_mat(1, len(row), row)


def _take_piece(layer: Layer, unit: int, piece: int, cell: DrawnCell) -> bool:
    """Cut the cell down to where a unit takes a piece; False if that is thin."""
    for comparison in layer.units[unit].comparisons(piece):
        row = _row(layer, unit, comparison, cell)
        value = cell.dictionary.constant(cell.dictionary.express(row))
        if value is not None:
            if not comparison.admits(value):
                return False
            continue
        sign = cell.dictionary.divide(row)
        if sign < 0:
            return False
        if not sign:
            cell.dictionary.take_side(True)
    return True


def _meet(
    cutting: list[tuple[Wall, flint.fmpq_mat]], chosen: set[tuple[int, int]], dictionary: Dictionary
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
    cutting: list[tuple[Wall, flint.fmpq_mat]], held: dict[tuple[int, int], int], dictionary: Dictionary
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
