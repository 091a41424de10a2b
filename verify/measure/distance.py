"""How far points are from the nearest boundary of their activation region: exact squared distances, for data sets.

Inside the activation region of x every preactivation is an affine function of the input, so the hyperplane z = ξ of a
unit is |z(x) − ξ| / ‖∇z(x)‖ away, and the least of these numbers is the distance from x to the boundary of its region
(Hanin, Rolnick 2019): the region is convex, and a hyperplane that carries none of its facets is no nearer than one
that does.  The gradient jumps at walls of regions only, so the nearest jump is at least as far; it can be farther
(:mod:`verify.measure.jumps`): the formula is not the distance to the jumps, for which it was printed.  Squares
of distances between rational points and rational hyperplanes are rational.

Floats with derived error bounds say which units may be nearest, usually one; these are compared exactly.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import flint
import numpy as np

from theory.errors import InvalidInputError
from theory.exact import RationalLike, from_fmpq, to_fmpq
from theory.network import Network
from verify.engines.problem import require_network
from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.progress import tracked
from verify.slices.arrays import activate, affine, difference_values, pieces_of
from verify.slices.lines.result import Unit
from verify.slices.prepared import Floats, Ints, Prepared, PreparedLayer, nearest, prepared

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

    A point on a boundary has distance 0.  For those at which the gradient really jumps see
    :func:`verify.measure.jumps.jump_distances`; for the exact values of a float array, :func:`theory.exact.dyadic`.

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
            rest = 2 * UNIT * np.abs(weight)
            if layer.weight_error is not None:
                rest += 2 * UNIT * layer.weight_error + layer.weight_error
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
        """(z − ξ)² / ‖∇z‖² and the first of the nearest walls among the candidates (default: all walls).

        None if z is constant on the region for all of them.
        """
        if candidates is None:
            layers = enumerate(zip(self.network.layers, self.pieces, strict=False))
            candidates = [(number, i) for number, (layer, p) in layers for i in _bounding(layer, p)]
        found = []
        for i, wall in enumerate(candidates):
            height, gradient = self.affine(wall)
            if square := from_fmpq((gradient * gradient.transpose())[0, 0]):
                found.append((height * height / square, i))
        return (min(found)[0], candidates[min(found)[1]]) if found else None
