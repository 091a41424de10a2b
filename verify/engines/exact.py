"""The exact engine: every decision in rational arithmetic, any unit, any domain, any degeneracy.

Depth-first over the units in layer order.  A cell carries an exact simplex dictionary; the next unit's pieces are
tried against it, and each piece that is taken on an open part of the cell becomes a child.  What counts as cut is
decided for interiors: a hyperplane that only touches the closed cell in a face does not cut it, a preactivation that is
constant on the cell bounds nothing, and of maxout pieces that coincide on the cell the first is taken (see
:mod:`theory.activations`).

On a line (:func:`line_regions`) the points where units switch are found, and sorted.  Between two such points every
preactivation of the next layer is an affine function a·t + b, and each of its units switches at a few roots of its
comparisons, if at all.  A layer of n units costs O(n log n) operations on each interval and O(n) memory; only the last
hidden layer need not be left again, since its intervals are the regions.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from typing import Any, TypeVar

import flint

from theory.activations import Activation
from theory.deadline import check
from theory.exact import from_fmpq, to_fmpq
from theory.geometry import feasibility
from theory.geometry.feasibility import Dictionary
from theory.network import Layer, Pattern
from verify.engines.problem import NoInteriorError, Problem

T = TypeVar("T")
_End = flint.fmpq | None
"""An end of an interval, None if there is none."""
_ONE = flint.fmpq(1)
Parts = tuple[Dictionary | None, Dictionary | None]
Walls = list[list[tuple[Sequence[Any], bool]]]
"""Of a unit: for each piece the conditions (row, strict), that row > 0, or ≥ 0 where it is not strict, toward the
others; only that toward the next piece, if walls separate consecutive pieces only."""
Divide = Callable[[T, Sequence[Any], bool], tuple[T | None, T | None]]
"""(cell, row, strict) → the full-dimensional parts on which the condition holds and fails, None where there is none."""


@dataclass(slots=True)
class Cell:
    """A full-dimensional cell; ``forms`` are affine: the preactivations of the layer in work, or the outputs."""

    dictionary: Dictionary
    pattern: Pattern
    pieces: tuple[int, ...]
    forms: flint.fmpq_mat


def cells(problem: Problem) -> Iterator[Cell]:
    """The full-dimensional activation regions in the domain, depth-first; NoInteriorError if it has no interior."""
    start = Dictionary(problem.dimension, interior_point(problem), problem.rows)
    yield from cells_below(problem.network.layers, Cell(start, (), (), problem.network.layers[0].forms))


def interior_point(problem: Problem) -> list[flint.fmpq]:
    """A point of the domain's interior, of a box the center; NoInteriorError if there is none."""
    if problem.bounds is None or problem.cuts:
        return starting_dictionary(problem.dimension, problem.rows).point()
    if any(low >= high for low, high in problem.bounds):
        raise NoInteriorError
    return [to_fmpq((low + high) / 2) for low, high in problem.bounds]


def starting_dictionary(d: int, rows: Sequence[Sequence[Fraction | int]]) -> Dictionary:
    """A dictionary of {x : ⟨a, x⟩ + b ≥ 0} at an interior point; NoInteriorError if there is none."""
    inside = feasibility.interior_point(rows, d)
    if inside is None:
        raise NoInteriorError
    return Dictionary(d, [to_fmpq(v) for v in inside], rows)


def cells_below(layers: Sequence[Layer], cell: Cell) -> Iterator[Cell]:
    """The full-dimensional activation regions inside a cell on which some units of the layers are decided already."""
    stack = [cell]
    while stack:
        cell = stack.pop()
        if len(cell.pattern) + 1 == len(layers):
            yield cell
        else:
            stack.extend(reversed(list(children(layers, cell))))


def children(layers: Sequence[Layer], cell: Cell) -> Iterator[Cell]:
    """The parts into which the next unit that cuts the cell divides it, or it in the next layer; it is used up."""
    layer = layers[len(cell.pattern)]
    pieces, dictionary = list(cell.pieces), cell.dictionary
    for at in range(len(pieces), layer.width):
        parts = list(parts_of(dictionary, layer, at, cell.forms))
        if len(parts) != 1:
            yield from (Cell(part, cell.pattern, (*pieces, piece), cell.forms) for piece, part in parts)
            return
        ((piece, dictionary),) = parts
        pieces.append(piece)
    ahead = layers[len(cell.pattern) + 1].read(layer.push(cell.forms, pieces))
    yield Cell(dictionary, (*cell.pattern, tuple(pieces)), (), ahead)


def parts_of(dictionary: Dictionary, layer: Layer, at: int, forms: flint.fmpq_mat) -> Iterator[tuple[int, Dictionary]]:
    """The pieces that a unit of these preactivations takes on open parts of a cell, which is used up, and the parts."""
    unit = layer.units[at]

    def divided(cell: Dictionary, row: Sequence[flint.fmpq], strict: bool) -> Parts:
        cell = cell if unit.is_ordered else cell.copy()  # which is needed again
        if strict:
            return split(cell, flint.fmpq_mat(1, len(row), row))
        fails, holds = split(cell, flint.fmpq_mat(1, len(row), [-v for v in row]))
        return holds, fails

    yield from branches(dictionary, unit.is_ordered, walls_of_unit(unit, layer.rows_of(at, forms), _ONE), divided)


def walls_of_unit(unit: Activation, forms: Sequence[Sequence[Any]], one: Any) -> Walls:
    """The conditions of the pieces of a unit whose preactivations are these forms, scaled by ``one``."""
    return [
        [(c.of(forms, one), c.strict) for c in unit.comparisons(piece) if c.other > piece or not unit.is_ordered]
        for piece in range(unit.pieces)
    ]


def branches(cell: T, is_ordered: bool, walls: Walls, divided: Divide[T]) -> Iterator[tuple[int, T]]:
    """The pieces that a unit takes on open parts of a cell, each with that part.

    Where only consecutive pieces share a wall, each is cut off the rest by its wall toward the next one.
    """
    for piece, own in enumerate(walls):
        inside: T | None = cell
        rest: T | None = None
        for row, strict in own:
            inside, rest = divided(inside, row, strict) if inside is not None else (None, None)
        if inside is not None:
            yield piece, inside
        if is_ordered and own:
            if rest is None:
                return
            cell = rest


def split(dictionary: Dictionary, row: flint.fmpq_mat) -> Parts:
    """The parts of the cell where the affine function ``row`` is > 0 and where it is ≤ 0, None where one is thin.

    A function that is constant on the cell leaves it whole.  The dictionary that is passed in is used up.
    """
    d = dictionary.dimension
    if not any(row[0, j] for j in range(d)):
        return (dictionary, None) if row[0, d] > 0 else (None, dictionary)
    goal = dictionary.express(row)
    if goal[0, d] >= 0:
        cut, goal, column = dictionary.goes_below_zero(goal)
        if not cut:
            return dictionary, None
        if goal[0, d] > 0:
            return dictionary.stand_on(goal, column)
    # the function is ≤ 0 here, and negative somewhere
    cut, goal, column = dictionary.goes_below_zero(-goal)
    if not cut:
        return None, dictionary
    below, above = dictionary.stand_on(goal, column)
    return above, below


def line_regions(problem: Problem) -> Iterator[tuple[_End, _End]]:
    """The activation regions on a line, as intervals from left to right; NoInteriorError without interior point."""
    layers = problem.network.layers
    interior_point(problem)  # raises an error if there is none
    low = max((flint.fmpq(-b, a) for a, b in problem.rows if a > 0), default=None)
    high = min((flint.fmpq(-b, a) for a, b in problem.rows if a < 0), default=None)
    if len(layers) == 1:
        yield low, high
        return
    waiting = [(layers[0].forms, intervals(layers[0], layers[0].forms, low, high))]  # the layers that are entered
    while waiting:
        (forms, left_over), depth = waiting[-1], len(waiting)
        for left, right, pieces in left_over:
            check()
            if depth + 1 < len(layers):
                ahead = layers[depth].read(layers[depth - 1].push(forms, pieces))
                waiting.append((ahead, intervals(layers[depth], ahead, left, right)))
                break
            yield left, right
        else:
            waiting.pop()


def intervals(
    layer: Layer, forms: flint.fmpq_mat, low: _End = None, high: _End = None
) -> Iterator[tuple[_End, _End, list[int]]]:
    """The intervals into which the layer divides one, from left to right, with the pieces of the units.

    The forms, rows × 2, are the preactivations as affine functions of t.  The list is the same one every time.

    >>> forms = flint.fmpq_mat(2, 2, [1, 0, -2, 1])
    >>> [(str(right), *pieces) for _, right, pieces in intervals(Layer([[1], [-2]], [0, 1]), forms)]
    [('0', 0, 1), ('1/2', 1, 1), ('None', 1, 0)]
    """
    pieces: list[int] = []
    switches: list[tuple[flint.fmpq, int, int]] = []  # where a unit switches, which one, its piece to the right
    for number, (unit, own) in enumerate(layer.by_unit(forms.tolist())):
        check()
        first, more = unit_switches(unit, own, low, high)
        pieces.append(first)
        switches += [(point, number, piece) for point, piece in more]
    left, place = low, itemgetter(0)
    for right, at_once in itertools.groupby(sorted(switches, key=place), key=place):
        yield left, right, pieces  # invariant: those that the units take between ``left`` and ``right``
        left = right
        for _, number, piece in at_once:
            pieces[number] = piece
    yield left, high, pieces


def unit_switches(
    unit: Activation, forms: Sequence[Sequence[flint.fmpq]], low: _End, high: _End
) -> tuple[int, list[tuple[flint.fmpq, int]]]:
    """The piece of a unit at the left end of an open interval, and where it switches to which piece.

    Between the roots of its comparisons no comparison changes its truth, so a point between tells the piece.
    """
    compared = (c.of(forms, _ONE) for piece in range(unit.pieces) for c in unit.comparisons(piece))
    roots = (-constant / slope for slope, constant in compared if slope)
    inner = (root for root in roots if (low is None or root > low) and (high is None or root < high))
    points = [root for root, _ in itertools.groupby(sorted(inner))]
    inside = points_between(low, points, high)
    pieces = [unit.piece_of([from_fmpq(slope * point + constant) for slope, constant in forms]) for point in inside]
    changes = zip(points, pieces, pieces[1:], strict=False)
    return pieces[0], [(point, after) for point, before, after in changes if before != after]


def points_between(low: _End, points: Sequence[flint.fmpq], high: _End) -> Iterator[flint.fmpq]:
    """A point of each interval between neighbors among the ends and the points."""
    for left, right in itertools.pairwise([low, *points, high]):
        if left is not None and right is not None:
            yield (left + right) / 2
        else:
            yield left + 1 if left is not None else right - 1 if right is not None else flint.fmpq(0)
