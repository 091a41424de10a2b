"""How far points are from the nearest place where the gradient really jumps: the boundary of the linear regions.

A unit can bend where no output depends on it, so the nearest wall of the activation region may be no boundary of a
linear region.  Usually it is: then the derivative along the normal jumps there, and the two distances are equal.
Otherwise the activation regions are visited in the order of their distance from the point until one has another affine
map: the distance to that region is the answer.  (Up to there the function is one affine map on a ball around the point;
and the segment to a region with another map passes a jump.)

Partial cells, on which some units are decided, are kept in a queue; a cell is never nearer than the partial cell that
contains it, so the search is best-first and exact.  Distances to polyhedra are least-distance programs, solved as
non-negative least squares in rationals.

References
----------
C. L. Lawson, R. J. Hanson: Solving Least Squares Problems.  Prentice-Hall, 1974, chapter 23.
"""

import heapq
import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

import flint

from theory.errors import UnsupportedError
from theory.exact import RationalLike, Row, from_fmpq, to_fmpq, value_at
from theory.geometry.feasibility import Dictionary
from theory.geometry.region import integer_rows, unit_conditions
from theory.network import Network
from verify.domain.shapes import Segment
from verify.engines.exact import Cell, children
from verify.measure.distance import Distances, distances
from verify.progress import tracked
from verify.slices.lines.result import along

CELLS = 20_000
"""Partial cells that a search may open before it gives up."""


def jump_distances(network: Network, points: Iterable[Sequence[RationalLike]] | Distances) -> list[Fraction | None]:
    """The exact squared distance of every point to the nearest jump of the gradient; None where the network is affine.

    In place of the points their ``Distances`` may be given, if they are known already.  Raises UnsupportedError if the
    search around a point passes :data:`CELLS` partial cells that all have one affine map.

    The unit that is nearest to 0 feeds a unit that is off there.

    >>> net = Network.relu([([[1], [1]], [-1, -2]), ([[1, 0], [0, 1]], [-5, 0]), ([[1, 1]], [0])])
    >>> jump_distances(net, [[0]]), distances(net, [[0]]).squared
    ([Fraction(4, 1)], (Fraction(1, 1),))
    """
    measured = points if isinstance(points, Distances) else distances(network, points)
    result: list[Fraction | None] = []
    steps = list(zip(measured.points, measured.squared, strict=True))
    for i, (point, square) in enumerate(tracked(steps, f"jumps near {len(steps)} points")):
        if square is not None and square > 0:
            foot = measured.foot(i)
            beyond = [2 * b - a for a, b in zip(point, foot, strict=True)]
            if along(network, Segment(point, beyond)).jumps[0]:
                result.append(square)
                continue
        result.append(None if square is None else search_jump(network, point))
    return result


def search_jump(network: Network, point: Sequence[Fraction]) -> Fraction | None:
    """The squared distance from a point to the nearest jump by the best-first search alone."""
    numbers = itertools.count()
    whole = Dictionary(network.inputs, [to_fmpq(v) for v in point])
    first = Cell(whole, (), (), network.layers[0].forms)
    queue: list[tuple[Fraction, int, Cell, tuple[Row, ...]]] = [(Fraction(0), next(numbers), first, ())]
    here = None
    while queue:
        square, number, cell, rows = heapq.heappop(queue)  # one on which the first units are decided, and its rows
        if number > CELLS:
            raise UnsupportedError(
                f"no jump of the gradient among the nearest {CELLS} cells; the squared distance is at least "
                f"{float(square):.3g}, and the distance to the boundary of the activation region is known"
            )
        if len(cell.pattern) == len(network.hidden):
            affine = network.affine_map(cell.pattern)
            here = affine if here is None else here
            if affine != here:
                return square
            continue
        for child in children(network.layers, cell):
            more = _last_rows(network, child)
            nearest = least_squares_distance((*rows, *more), point) if more else square
            heapq.heappush(queue, (nearest, next(numbers), child, (*rows, *more)))
    return None


def _last_rows(network: Network, cell: Cell) -> list[Row]:
    """The inequalities of the unit that was decided last, but for those that do not depend on the input."""
    if not cell.pieces:
        return []
    layer, last = network.hidden[len(cell.pattern)], len(cell.pieces) - 1
    table, scale = integer_rows(flint.fmpq_mat(layer.rows_of(last, cell.forms)))
    return [row for _, row, _ in unit_conditions(table, scale, layer.units[last], cell.pieces[last]) if any(row[:-1])]


def least_squares_distance(rows: Sequence[Row], point: Sequence[Fraction]) -> Fraction:
    """The squared distance from a point to the non-empty polyhedron {y : ⟨a, y⟩ + b ≥ 0 for every row (a, b)}, exactly.

    With y = x + w the rows read ⟨a_i, w⟩ ≥ h_i, h = −(A·x + b).  The least ‖w‖² is ρ/(1 − ρ) with ρ = ⟨h, u⟩ for the
    u ≥ 0 that minimizes uᵀ(AAᵀ + hhᵀ)u − 2⟨h, u⟩; u is found by the active set method.

    >>> least_squares_distance([(1, 0, -3), (0, 1, -4)], [Fraction(0), Fraction(0)])
    Fraction(25, 1)
    """
    h = [-value_at(row, point) for row in rows]
    if all(v <= 0 for v in h):
        return Fraction(0)
    height = [to_fmpq(v) for v in h]
    normals = flint.fmpq_mat(len(rows), len(point), [v for row in rows for v in row[:-1]])
    column = flint.fmpq_mat(len(rows), 1, height)
    gram = normals * normals.transpose() + column * column.transpose()
    u: dict[int, flint.fmpq] = {}  # of the rows that are active
    while True:
        slack = (height[i] - sum((gram[i, j] * v for j, v in u.items()), flint.fmpq(0)) for i in range(len(rows)))
        entering = next((i for i, rest in enumerate(slack) if i not in u and rest > 0), None)
        if entering is None:
            break
        u[entering] = flint.fmpq(0)
        while True:
            system = flint.fmpq_mat([[gram[i, j] for j in u] for i in u])
            solved = system.solve(flint.fmpq_mat([[height[i]] for i in u]))
            wish = dict(zip(u, solved.entries(), strict=True))
            step = min((u[i] / (u[i] - wish[i]) for i in u if wish[i] <= 0), default=None)
            if step is None:
                u = wish
                break
            u = {i: v + step * (wish[i] - v) for i, v in u.items()}
            u = {i: v for i, v in u.items() if v or wish[i] > 0}
    rho = from_fmpq(sum((height[i] * v for i, v in u.items()), flint.fmpq(0)))
    return rho / (1 - rho)
