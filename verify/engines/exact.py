"""The exact engine: every decision in rational arithmetic, any unit, any domain, any degeneracy.

Depth-first over the units in layer order.  A cell carries an exact simplex dictionary; the next unit's pieces are
tried against it, and each piece that is taken on an open part of the cell becomes a child.  Within a cell the
preactivations of a layer are affine functions of the input, composed exactly.

What counts as cut is decided for interiors: a hyperplane that only touches the closed cell in a face does not cut it,
a preactivation that is constant on the cell bounds nothing, and of maxout pieces that coincide on the cell the first
is taken (see :mod:`theory.activations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import flint

from theory.activations import Activation, Maxout
from theory.exact import to_fmpq
from theory.geometry.halfspaces import affine_forms, affine_values
from theory.network import Layer, Pattern
from verify.engines.dictionary import Dictionary, starting_dictionary
from verify.engines.problem import NoInteriorError, Problem

__all__ = ["Cell", "cells", "cells_below", "count_cells", "interior_point", "split"]


@dataclass(slots=True)
class Cell:
    """A full-dimensional cell on which the units seen so far are affine.

    ``values`` are the affine functions of x that the units of the last finished layer compute, ``preactivations``
    those of the layer in work; both as matrices with the constant in the last column.
    """

    dictionary: Dictionary
    pattern: Pattern
    pieces: tuple[int, ...]
    values: flint.fmpq_mat
    preactivations: flint.fmpq_mat


def cells(problem: Problem) -> Iterator[Cell]:
    """The full-dimensional activation regions of the network inside the domain, each once, depth-first.

    Raises
    ------
    NoInteriorError
        If the domain has no interior point.
    """
    d = problem.dimension
    identity = flint.fmpq_mat(d, d + 1, [int(i == j) for i in range(d) for j in range(d + 1)])
    hidden = problem.network.hidden
    ahead = affine_forms(hidden[0], identity) if hidden else identity
    start = Dictionary(d, interior_point(problem))
    for row in problem.rows:
        start.add(start.express(flint.fmpq_mat(1, d + 1, list(row))))
    yield from cells_below(hidden, Cell(start, (), (), identity, ahead))


def interior_point(problem: Problem) -> list[flint.fmpq]:
    """A point of the domain's interior: the center of a box, otherwise whatever phase one of the simplex finds.

    Raises
    ------
    NoInteriorError
        If there is none.
    """
    if problem.bounds is None or problem.cuts:
        return starting_dictionary(problem.dimension, problem.rows).point()
    if any(low >= high for low, high in problem.bounds):
        raise NoInteriorError
    return [to_fmpq((low + high) / 2) for low, high in problem.bounds]


def cells_below(hidden: Sequence[Layer], cell: Cell) -> Iterator[Cell]:
    """The full-dimensional activation regions inside a cell on which some layers and units are decided already."""
    stack = [cell]
    while stack:
        cell = stack.pop()
        depth = len(cell.pattern)
        if depth == len(hidden):
            yield cell
            continue
        layer = hidden[depth]
        at = len(cell.pieces)
        if at == layer.width:
            stack.append(_next_layer(cell, hidden))
            continue
        rows = _unit_rows(cell.preactivations, layer.first_rows[at], layer.units[at].rows)
        children = list(_branches(cell.dictionary, layer.units[at], rows))
        for piece, dictionary in reversed(children):
            stack.append(Cell(dictionary, cell.pattern, (*cell.pieces, piece), cell.values, cell.preactivations))


def count_cells(problem: Problem) -> int:
    """The number of :func:`cells`."""
    return sum(1 for _ in cells(problem))


def _next_layer(cell: Cell, hidden: Sequence[Layer]) -> Cell:
    """The same cell with its finished layer's pieces put in."""
    values = affine_values(hidden[len(cell.pattern)], cell.pieces, cell.preactivations)
    pattern = (*cell.pattern, cell.pieces)
    ahead = affine_forms(hidden[len(pattern)], values) if len(pattern) < len(hidden) else values
    return Cell(cell.dictionary, pattern, (), values, ahead)


def _unit_rows(matrix: flint.fmpq_mat, first: int, count: int) -> list[flint.fmpq_mat]:
    columns = matrix.ncols()
    return [flint.fmpq_mat(1, columns, [matrix[first + i, j] for j in range(columns)]) for i in range(count)]


def _branches(
    dictionary: Dictionary, unit: Activation, rows: Sequence[flint.fmpq_mat]
) -> Iterator[tuple[int, Dictionary]]:
    """The pieces that the unit takes on open parts of the cell, each with the dictionary of that part."""
    if unit.pieces == 1:
        yield 0, dictionary
    elif isinstance(unit, Maxout):
        yield from _maxout_branches(dictionary, rows)
    else:
        rest = dictionary
        for piece, breakpoint in enumerate(unit.breakpoints):
            shifted = flint.fmpq_mat(rows[0])
            shifted[0, dictionary.dimension] -= to_fmpq(breakpoint)
            above, below = split(rest, shifted)
            if below is not None:
                yield piece, below
            if above is None:
                return
            rest = above
        yield unit.pieces - 1, rest


def _maxout_branches(dictionary: Dictionary, rows: Sequence[flint.fmpq_mat]) -> Iterator[tuple[int, Dictionary]]:
    for piece, row in enumerate(rows):
        rest = dictionary.copy()
        for other, rival in enumerate(rows):
            difference = row - rival
            if other == piece or (other > piece and not any(difference.entries())):
                continue
            above, _ = split(rest, difference)  # a rival that coincides and comes first leaves nothing: 0 > 0 is false
            if above is None:
                break
            rest = above
        else:
            yield piece, rest


def split(dictionary: Dictionary, row: flint.fmpq_mat) -> tuple[Dictionary | None, Dictionary | None]:
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
