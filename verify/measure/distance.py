"""How far points are from the nearest boundary of their region: exact squared distances, for data sets.

Inside the activation region of x every preactivation is an affine function of the input, so the hyperplane z = ξ of a
unit is |z(x) − ξ| / ‖∇z(x)‖ away, and the least of these numbers is the distance from x to the boundary of its region
(Hanin, Rolnick 2019): the region is convex, and a hyperplane that carries none of its facets is no nearer than one
that does.  Squares of distances between rational points and rational hyperplanes are rational.  Floats with derived
error bounds say which units may be nearest, usually one; these are compared exactly.

The gradient jumps at walls of regions only, so the nearest *jump* is at least as far; it can be farther, where a unit
bends that no output depends on.  Usually it is not: then the derivative along the normal jumps at the nearest wall.
Otherwise the activation regions are visited in the order of their distance from the point until one has another affine
map: the distance to that region is the answer.  (Up to there the function is one affine map on a ball around the point;
and the segment to a region with another map passes a jump.)  Partial cells, on which some units are decided, are kept
in a queue; a cell is never nearer than the partial cell that contains it, so the search is best-first and exact.
Distances to polyhedra are least-distance programs, solved as non-negative least squares in rationals.

References
----------
C. L. Lawson, R. J. Hanson: Solving Least Squares Problems.  Prentice-Hall, 1974, chapter 23.
"""

import heapq
import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import itemgetter

import flint
import numpy as np

from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, Row, from_fmpq, to_fmpq, value_at
from theory.geometry.feasibility import Dictionary
from theory.geometry.region import integer_rows, unit_conditions
from theory.network import Network
from verify.domain.shapes import Segment
from verify.engines.exact import Cell, children
from verify.engines.problem import require_network
from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.progress import tracked
from verify.slices.arrays import activate, affine, difference_values, pieces_of
from verify.slices.lines.result import Unit, along
from verify.slices.prepared import Floats, Ints, Prepared, PreparedLayer, nearest, prepared

CELLS = 20_000
"""Partial cells that a search for a jump may open before it gives up."""

_Wall = tuple[int, int]
"""(layer, difference), counted from 0: where a difference of a layer is zero (see :mod:`verify.slices.prepared`)."""


class Distances:
    """Distances from points to the nearest place where the activation pattern changes; made by :func:`distances`.

    For each point ``squared`` holds the exact squared distance and ``units`` a unit whose boundary is nearest, the
    first of several; both are None where the region is all of the space.  ``questions`` is the number of points at
    which floats alone did not decide which unit is nearest.
    """

    def __init__(self, network: Network, points: Iterable[Sequence[RationalLike]]) -> None:
        self.network, self.points, self.questions = network, network.points(points), 0
        self._prepared = prepared(network)
        found: list[tuple[Fraction, _Wall] | None] = []
        for point in tracked(self.points, f"nearest walls of {len(self.points)} points"):
            with np.errstate(all="ignore"):
                candidates = _candidates(self._prepared, point)
            self.questions += candidates is None or len(candidates) > 1
            found.append(_ExactPoint(self._prepared, point).nearest(candidates))
        self.squared = tuple(near and near[0] for near in found)
        self._walls = [near and near[1] for near in found]
        names = [layer.differences.unit + 1 for layer in self._prepared.hidden]
        self.units = [wall and Unit(wall[0] + 1, int(names[wall[0]][wall[1]])) for wall in self._walls]

    def __len__(self) -> int:
        return len(self.points)

    def foot(self, i: int) -> tuple[Fraction, ...]:
        """The nearest boundary point of point ``i`` (counted from 0), exactly; InvalidInputError if there is none."""
        wall = self._walls[i]
        if wall is None:
            raise InvalidInputError(f"the region of point {i + 1} is all of the space; it has no nearest boundary")
        return _ExactPoint(self._prepared, self.points[i]).foot(wall)

    @property
    def floats(self) -> Floats:
        """The distances, each the rounded root of the rounded exact square; inf where there is no boundary."""
        return np.array([np.inf if s is None else rounded_root(s) for s in self.squared])

    def __repr__(self) -> str:
        return f"<distances of {len(self)} points to the boundaries of {self.network.architecture}, exact>"


def rounded_root(square: Fraction) -> float:
    """The rounded root of the rounded square, which itself may be beyond the range of floats.

    >>> rounded_root(Fraction(9, 4)), rounded_root(Fraction(10**400)), rounded_root(Fraction(0))
    (1.5, 1e+200, 0.0)
    """
    half = (square.numerator.bit_length() - square.denominator.bit_length()) // 2
    return float(np.ldexp(np.sqrt(nearest(square / Fraction(4) ** half)), half))


def distances(network: Network, points: Iterable[Sequence[RationalLike]]) -> Distances:
    """The exact squared distance of every point to the nearest boundary between activation regions, and the unit there.

    A point on a boundary has distance 0.  For those at which the gradient really jumps see :func:`jump_distances`; for
    the exact values of a float array, :func:`theory.exact.dyadic`.

    Cost for a point: for each layer two products of its weights with (units before it) × (inputs) in floats, and one
    exact back-propagation for the exact number.

    >>> cross = Network.relu([([[1, 0], [3, 4]], [0, -5]), ([[1, 1]], [0])])
    >>> found = distances(cross, [["1/2", 0], [0, 1]])
    >>> [str(s) for s in found.squared], [str(u) for u in found.units]
    (['1/4', '0'], ['1.1', '1.1'])
    """
    require_network(network)
    return Distances(network, points)


def _candidates(network: Prepared, point: Sequence[Fraction]) -> list[_Wall] | None:
    """The walls of the point's region that may be nearest; None if floats do not even tell the region."""
    n = len(point)
    # column 0 is the point, the others are the directions of the inputs (points at infinity, without biases)
    homogeneous = np.zeros(n + 1)
    homogeneous[0] = 1.0
    h = np.array([[nearest(v)] for v in point])
    e = np.array([[2 * UNIT * abs(x) + FLOOR if v else 0.0] for (x,), v in zip(h, point, strict=True)])
    walls: list[_Wall] = []
    lows, highs = [], []
    for number, layer in enumerate(network.hidden):
        z, bound = affine(layer, h, e, homogeneous[: h.shape[1]])
        if number == 0:
            weight = layer.dense_weight
            small = 0.0 if layer.weight_error is None else layer.weight_error
            rest = 2 * UNIT * (np.abs(weight) + small) + small
            z, bound = np.hstack([z, weight]), np.hstack([bound, rest])
        t, te = difference_values(layer, z[:, :1], bound[:, :1], homogeneous[:1])
        if not ((np.abs(t) > te) | (te == 0)).all():
            return None
        pieces = pieces_of(layer, np.sign(t))[:, 0].astype(np.int64)
        bounding = _bounding(layer, pieces)
        row, error = difference_values(layer, z, bound, homogeneous, np.array(bounding, dtype=np.int64))
        size = np.abs(row[:, 1:])
        square = (size * size).sum(axis=1)
        slack = INFLATE * ((2 * size + error[:, 1:]) * error[:, 1:]).sum(axis=1) + 4 * (n + 2) * UNIT * square
        height, margin = np.abs(row[:, 0]), error[:, 0]
        low = np.maximum(height - margin, 0.0) ** 2 / (square + slack) / INFLATE
        high = np.where(square > slack, (height + margin) ** 2 / (square - slack) * INFLATE, np.inf)
        constant = (square == 0) & (slack == 0)
        lows.append(np.where(constant, np.inf, low))
        highs.append(np.where(constant, np.inf, high))
        walls += [(number, difference) for difference in bounding]
        h, e = activate(layer, z, bound, np.repeat(pieces[:, None], n + 1, axis=1), homogeneous)
    if not walls:
        return []
    low, high = np.concatenate(lows), np.concatenate(highs)
    if np.isnan(low).any() or np.isnan(high).any():
        return None
    return [walls[i] for i in np.flatnonzero((low <= high.min()) & (low < np.inf))]


def _bounding(layer: PreparedLayer, pieces: Sequence[int] | Ints) -> list[int]:
    """The numbers of the differences that bound the given pieces."""
    if layer.plain:
        return list(range(layer.layer.width))
    return [side.difference for i, piece in enumerate(pieces) for side in layer.sides(i)[int(piece)]]


class _ExactPoint:
    def __init__(self, network: Prepared, point: Sequence[Fraction]) -> None:
        self.network, self.point = network, point
        self.pieces: list[tuple[int, ...]] = []
        self.values: list[tuple[Fraction, ...]] = []  # preactivations
        for layer in (part.layer for part in network.hidden):
            self.values.append(layer.preactivations(point))
            self.pieces.append(layer.pieces_at(self.values[-1]))
            point = layer.outputs_at(self.values[-1])

    def affine(self, wall: _Wall) -> tuple[Fraction, flint.fmpq_mat]:
        """The value z − ξ of the difference at the point, and its gradient ∇z as a row."""
        number, difference = wall
        layer, values = self.network.layers[number], self.values[number]
        plus, minus = int(layer.differences.plus[difference]), int(layer.differences.minus[difference])
        height, row = values[plus], layer.row(plus)
        if minus >= 0:
            height, row = height - values[minus], row - layer.row(minus)
        else:
            height -= layer.differences.exact_shift[difference]
        for part, pieces in reversed(list(zip(self.network.layers[:number], self.pieces, strict=False))):
            before = part.layer
            entries = [flint.fmpq(0)] * before.rows
            units = zip(before.units, before.first_rows, pieces, strict=True)
            for i, (unit, at, piece) in enumerate(units):
                output = unit.output(piece)
                entries[at + output.row] = row[0, i] * to_fmpq(output.slope)
            row = flint.fmpq_mat(1, before.rows, entries) * before.weight_matrix
        return height, row

    def foot(self, wall: _Wall) -> tuple[Fraction, ...]:
        """x − (z − ξ)·∇z / ‖∇z‖²."""
        height, gradient = self.affine(wall)
        factor = height / from_fmpq((gradient * gradient.transpose())[0, 0])
        return tuple(x - factor * from_fmpq(g) for x, g in zip(self.point, gradient.entries(), strict=True))

    def nearest(self, candidates: list[_Wall] | None) -> tuple[Fraction, _Wall] | None:
        """(z − ξ)² / ‖∇z‖² and the first of the nearest candidates (default: all walls); None if all are constant."""
        if candidates is None:
            layers = enumerate(zip(self.network.layers, self.pieces, strict=False))
            candidates = [(number, i) for number, (layer, p) in layers for i in _bounding(layer, p)]
        found = []
        for wall in candidates:
            height, gradient = self.affine(wall)
            if square := from_fmpq((gradient * gradient.transpose())[0, 0]):
                found.append((height * height / square, wall))
        return min(found, key=itemgetter(0), default=None)


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
