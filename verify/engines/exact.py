"""The exact engine: every decision in rational arithmetic, any unit, any domain, any degeneracy.

Depth-first over the units in layer order.  A cell carries an exact simplex dictionary; the next unit's pieces are
tried against it, and each piece that is taken on an open part of the cell becomes a child.

What counts as cut is decided for interiors: a hyperplane that only touches the closed cell in a face does not cut it,
a preactivation that is constant on the cell bounds nothing, and of maxout pieces that coincide on the cell the first
is taken (see :mod:`theory.activations`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

import flint

from theory.activations import Activation
from theory.exact import to_fmpq
from theory.geometry import feasibility
from theory.geometry.simplex import Dictionary
from theory.network import Layer, Pattern
from verify.engines.problem import NoInteriorError, Problem

T = TypeVar("T")
Parts = tuple[Dictionary | None, Dictionary | None]
Walls = list[list[tuple[Sequence[Any], bool]]]
"""Of a unit: for each piece the conditions (row, strict), that row > 0, or ≥ 0 where it is not strict, toward the
others; only that toward the next piece, if walls separate consecutive pieces only."""
Divide = Callable[[T, Sequence[Any], bool], tuple[T | None, T | None]]
"""(cell, row, strict) → the full-dimensional parts on which the condition holds and fails, None where there is none."""


@dataclass(slots=True)
class Cell:
    """A full-dimensional cell on which the units seen so far are affine.

    ``forms`` are the preactivations of the layer in work, or of the output layer, as affine functions of x.
    """

    dictionary: Dictionary
    pattern: Pattern
    pieces: tuple[int, ...]
    forms: flint.fmpq_mat


def cells(problem: Problem) -> Iterator[Cell]:
    """The full-dimensional activation regions of the network inside the domain, each once, depth-first.

    A domain without interior point raises NoInteriorError.
    """
    start = Dictionary(problem.dimension, interior_point(problem), problem.rows)
    yield from cells_below(problem.network.layers, Cell(start, (), (), problem.network.layers[0].forms))


def interior_point(problem: Problem) -> list[flint.fmpq]:
    """A point of the domain's interior: the center of a box, otherwise whatever phase one of the simplex finds.

    Without one it raises NoInteriorError.
    """
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
    """The full-dimensional activation regions inside a cell on which some layers and units are decided already.

    The ``layers`` are those of the network, the affine output last.
    """
    stack = [cell]
    while stack:
        cell = stack.pop()
        if len(cell.pattern) + 1 == len(layers):
            yield cell
        else:
            stack.extend(reversed(list(children(layers, cell))))


def children(layers: Sequence[Layer], cell: Cell) -> Iterator[Cell]:
    """The parts into which the next unit that cuts the cell divides it; or the cell itself, in the next layer.

    The dictionary of the cell is used up.
    """
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
    """The pieces that a unit takes on open parts of a cell, each with that part; the dictionary is used up.

    ``forms`` are the preactivations of its layer.
    """
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


_ONE = flint.fmpq(1)


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
