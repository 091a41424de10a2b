"""A network laid out for lines: floats with their errors for proposing, integers for deciding.

Both are made once for each network, on first use, and kept as long as the network lives: a hundred lines through one
network share them.  A unit changes its piece only where a *difference* is zero: z − ξ for a breakpoint ξ of a scalar
unit, z_i − z_j for two rows of a maxout unit.  So breakpoints and walls are among the zeros of the differences.
The compiled engine has another model of a layer (:mod:`verify.engines.model`), made for one cell at a time.
"""

import math
import weakref
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, NamedTuple

import flint
import numpy as np
import numpy.typing as npt

from theory.activations import RELU, Activation, Output
from theory.float_matrix import SPARSE, FloatMatrix
from theory.network import Layer, Network
from verify.engines.rounding import INFLATE, UNIT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]

SMALLEST = 2.0**-200
"""A weight of smaller modulus, unless it is 0, is replaced by 0 with this error."""

_LARGE = 10**4
"""Weights of a layer from which on it pays to leave out zeros."""

_MOST_PAIRS = 10**6
"""Most weights of a layer that are compared as fractions with their floats."""


def nearest(value: Fraction) -> float:
    """The nearest float, infinite where it would overflow."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _in_range(value: Fraction) -> float:
    """The nearest float of a slope, an intercept or a breakpoint; nan, which decides nothing, out of range."""
    found = nearest(value)
    return found if not value or SMALLEST <= abs(found) <= 1 / SMALLEST else math.nan


def _floats(values: Iterable[Iterable[Fraction]], shape: tuple[int, int]) -> tuple[Floats, Floats | None]:
    """(c, e): values up to a relative rounding u and the error e, None if it is 0; values beyond 2^200 become nan."""
    rows = [list(row) for row in values]
    center = np.array([[nearest(v) if v else 0.0 for v in row] for row in rows], dtype=np.float64).reshape(shape)
    small = np.abs(center) < SMALLEST
    center[~(np.abs(center) < 1 / SMALLEST)] = np.nan
    tiny = [(i, j) for i, j in np.argwhere(small) if rows[i][j]]
    if not tiny:
        return center, None
    error = np.zeros(shape)
    for i, j in tiny:
        center[i, j], error[i, j] = 0.0, SMALLEST
    return center, error


def _weights(layer: Layer) -> tuple[FloatMatrix | None, Any, Floats | None]:
    """(F, c, e): F the weights where c are their exact values, as floats or mostly zeros; c, e by :func:`_floats`."""
    if layer.floats is not None:
        weights = layer.floats.values.astype(np.float64, copy=False)
        size = np.abs(weights.data if layer.floats.is_sparse else weights)
        if not ((size != 0) & ((size < SMALLEST) | (size >= 1 / SMALLEST))).any():
            return layer.floats, weights, None
    center, error = _floats(layer.weights, (layer.rows, layer.inputs))
    if layer.floats is not None or error is not None or center.size < _LARGE:
        return None, center, error
    places = np.argwhere(center).tolist()
    if len(places) * SPARSE > center.size or any(layer.weights[i][j] != center[i, j] for i, j in places):
        return None, center, None
    from scipy.sparse import csr_array

    floats = FloatMatrix(csr_array(center))
    return floats, floats.values, None


class _Differences(NamedTuple):
    """All differences of a layer: z[plus] − z[minus], or z[plus] − shift where minus is −1, each of a unit."""

    unit: Ints
    plus: Ints
    minus: Ints
    shift: Floats
    exact_shift: tuple[Fraction, ...]


class Side(NamedTuple):
    """One comparison of a unit: on the piece sign·difference is ≥ 0, or > 0 if strict."""

    difference: int
    sign: int
    strict: bool


_OwnDifference = tuple[int, int, Fraction]
"""(plus, minus, shift) with plus and minus counted within the unit, plus < minus or minus = −1."""


def _own_differences(unit: Activation) -> tuple[list[_OwnDifference], list[list[Side]]]:
    """The differences of a unit, and the comparisons of each of its pieces with them."""
    found: list[list[tuple[_OwnDifference, int, bool]]] = [[] for _ in range(unit.pieces)]
    for piece, sides in enumerate(found):
        for _, plus, minus, shift, strict in unit.comparisons(piece):
            i, j = -1 if plus is None else plus, -1 if minus is None else minus
            turned = i < 0 or 0 <= j < i
            sides.append(((j, i, -shift), -1, strict) if turned else ((i, j, shift), 1, strict))
    differences = sorted({difference for sides in found for difference, _, _ in sides})
    number = {difference: i for i, difference in enumerate(differences)}
    return differences, [[Side(number[own], sign, strict) for own, sign, strict in sides] for sides in found]


class PreparedLayer:
    """One layer as arrays and as integers."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.floats, self.weight, self.weight_error = _weights(layer)
        self.size = abs(self.weight)
        if self.weight_error is not None:
            self.size += self.weight_error
        bias, error = _floats([layer.biases], (1, layer.rows))
        self.bias = bias[0]
        self.bias_error = error[0] if error is not None else np.zeros(layer.rows)
        self.is_sparse = not isinstance(self.weight, np.ndarray)
        self.terms = int(np.diff(self.weight.indptr).max(initial=0)) if self.is_sparse else layer.inputs
        """The most products in one sum."""
        self.noise = 2 * (self.terms + 5) * UNIT
        """Σ|w||h| times this bounds the rounding of W·h + b, of the weights and of the sum (see rounding.py)."""
        kinds = {id(unit): unit for unit in layer.units}  # layers have few objects as units, which take long to compare
        number = {key: i for i, key in enumerate(kinds)}
        self.kind: Ints = np.array([number[id(unit)] for unit in layer.units], dtype=np.int64)
        """Of each unit its row in :attr:`exact_outputs`."""
        self.plain = all(unit == RELU for unit in kinds.values())
        self._own_differences = [_own_differences(unit) for unit in kinds.values()]
        differences = [
            (i, at + plus, at + minus if minus >= 0 else -1, shift)
            for i, (kind, at) in enumerate(zip(self.kind.tolist(), layer.first_rows, strict=True))
            for plus, minus, shift in self._own_differences[kind][0]
        ]
        numbers = np.array([difference[:3] for difference in differences], dtype=np.int64).reshape(-1, 3)
        shifts = tuple(difference[3] for difference in differences)
        unit_of, plus, minus = numbers.T
        self._first_difference: list[int] = np.searchsorted(unit_of, np.arange(layer.width)).tolist()
        self.differences = _Differences(unit_of, plus, minus, np.array([_in_range(t) for t in shifts]), shifts)
        outputs = [[unit.output(piece) for piece in range(unit.pieces)] for unit in kinds.values()]
        most = max(map(len, outputs), default=1)
        padded = [[*found, *[Output(0, Fraction(1), Fraction(0))] * (most - len(found))] for found in outputs]
        slopes = [[output.slope for output in row] for row in padded]
        self.exact_outputs = slopes, [[output.intercept for output in row] for row in padded]
        """The slopes and the intercepts of every piece of every kind of unit, slope 1 behind the last piece."""
        self.slope, self.intercept = (
            np.array([[_in_range(v) for v in row] for row in table]).reshape(-1, most)[self.kind]
            for table in self.exact_outputs
        )
        rows = np.array([[output.row for output in row] for row in padded], dtype=np.int64).reshape(-1, most)
        self.output_row: Ints = rows[self.kind] + np.array(layer.first_rows, dtype=np.int64)[:, None]
        """Which preactivation each unit returns on each piece, times its slope plus its intercept."""
        self.scalar = np.array([unit.rows == 1 for unit in layer.units], dtype=bool)
        self.row = cache(self._row)

    @property
    def fits_pairs(self) -> bool:
        """Whether ``weight`` and :attr:`weight_low` hold the weights up to 2⁻¹⁰⁶ of each."""
        stored = self.weight.data if self.is_sparse else self.weight
        few = self.floats is not None or stored.size <= _MOST_PAIRS
        return few and self.weight_error is None and bool(np.isfinite(stored).all())

    @cached_property
    def weight_low(self) -> Floats | None:
        """What ``weight`` leaves of weights that are no floats, as floats; None if nothing."""
        if self.floats is not None:
            return None
        rows = zip(self.layer.weights, self.weight.tolist(), strict=True)
        rest = np.array([[nearest(w - Fraction(c)) for w, c in zip(exact, row, strict=True)] for exact, row in rows])
        return rest.reshape(self.weight.shape) if rest.any() else None

    @property
    def dense_weight(self) -> Floats:
        """The weights as an array, also if they are kept sparse."""
        weight: Floats = self.weight.toarray() if self.is_sparse else self.weight
        return weight

    @cached_property
    def blocks(self) -> tuple[Floats, float]:
        """Dense weights as √n blocks × √n entries × rows, for sums of 2√n roundings, not n, and their ``noise``."""
        n = self.layer.inputs
        size = max(math.isqrt(n), 1)
        number = -(-n // size)
        padded = np.zeros((number * size, self.layer.rows))
        padded[:n] = self.weight.T
        return padded.reshape(number, size, self.layer.rows), 2 * (number + size + 5) * UNIT

    @cached_property
    def scale(self) -> Floats:
        """r_i ≥ ‖(W_i, b_i)‖ for every row; 0 only for a row that is 0 (see :mod:`verify.slices.lines.bounded`)."""
        biases = np.abs(self.bias) + self.bias_error
        scale: Floats = INFLATE * np.sqrt(np.asarray((self.size * self.size).sum(axis=1)) + biases * biases)
        return scale

    @cached_property
    def largest(self) -> float:
        """The largest scale."""
        return float(self.scale.max(initial=0.0))

    @cached_property
    def lost(self) -> float:
        """The most of its ``scale`` that the numbers set to 0 take of a row."""
        lost = self.bias_error * self.bias_error
        if self.weight_error is not None:
            lost = lost + (self.weight_error * self.weight_error).sum(axis=1)
        rows = lost > 0
        return float((INFLATE * np.sqrt(lost[rows]) / self.scale[rows]).max(initial=0.0))

    @cached_property
    def difference_scale(self) -> Floats:
        """For every difference what its error is measured by: twice the scales of its two terms."""
        if self.plain:
            return self.scale
        table = self.differences
        other = np.where(table.minus >= 0, self.scale[table.minus], np.abs(table.shift))
        return 2 * INFLATE * (self.scale[table.plus] + other)

    @cached_property
    def output_scale(self) -> Floats:
        """For every unit what its error is measured by: its largest scale times its steepest slope, and intercepts."""
        if self.plain:
            return self.scale
        largest = np.maximum.reduceat(self.scale, self.layer.first_rows)  # nan where one of the rows has nan
        found = INFLATE * (np.abs(self.slope).max(axis=1) * largest + np.abs(self.intercept).max(axis=1))
        scale: Floats = np.where(found > 0, np.maximum(found, SMALLEST), found)
        return scale

    @cached_property
    def kink(self) -> float:
        """κ: where a unit switches at a difference of ε of its scale, its output changes by at most κ·ε of its own."""
        low, high = self.slope.min(axis=1), self.slope.max(axis=1)
        turn = np.where(self.scalar, high - low, np.maximum(high, -low))[self.differences.unit]
        change, scale = turn * self.difference_scale / 2, self.output_scale[self.differences.unit]
        return float(INFLATE * (change[change != 0] / scale[change != 0]).max(initial=0.0))

    @cached_property
    def norms(self) -> tuple[float, float]:
        """At least ‖scale‖ and ‖output_scale‖."""
        first, second = (float(INFLATE * np.sqrt((v * v).sum())) for v in (self.scale, self.output_scale))
        return first, second

    @cached_property
    def twins(self) -> tuple[Ints, Ints, Ints]:
        """(kept, place, sign): differences, of ± equal ReLU units the first; row i is sign_i·row kept[place_i]."""
        rows = self.layer.rows
        if not self.plain:
            return np.arange(len(self.differences.unit)), np.arange(rows), np.ones(rows, dtype=np.int64)
        first: dict[int, int] = {}
        kept: list[int] = []
        place, sign = np.zeros(rows, dtype=np.int64), np.ones(rows, dtype=np.int64)
        for i in range(rows):
            weights = self.weight[[i]] if self.is_sparse else self.weight[i]
            values = np.append(weights.data if self.is_sparse else weights, self.bias[i])
            sign[i] = 1 if (values[values != 0][:1] > 0).all() else -1
            key = (values * sign[i] + 0.0).tobytes() + (weights.indices.tobytes() if self.is_sparse else b"")
            at = first.setdefault(hash(key), len(kept))
            if at < len(kept):  # floats agree
                j, biases, turn = kept[at], self.layer.biases, int(sign[i] * sign[kept[at]])
                at = at if biases[i] == turn * biases[j] and self._row(i) == self._row(j) * turn else len(kept)
            if at == len(kept):
                kept.append(i)
            place[i] = at
        chosen = np.array(kept, dtype=np.int64)
        return chosen, place, sign * sign[chosen[place]]

    def sides(self, unit: int) -> list[list[Side]]:
        """The comparisons of every piece of a unit with differences of the layer."""
        first = self._first_difference[unit]
        own = self._own_differences[self.kind[unit]][1]
        return [[side._replace(difference=first + side.difference) for side in sides] for sides in own]

    def rivals(self, difference: int) -> Ints:
        """The other rows of the maxout unit that a difference of the layer belongs to; none for other units."""
        unit = int(self.differences.unit[difference])
        first = self.layer.first_rows[unit]
        compared = self.differences.plus[difference], self.differences.minus[difference]
        rows = range(first, first + self.layer.units[unit].rows)
        return np.array([row for row in rows if row not in compared], dtype=np.int64)

    @cached_property
    def common(self) -> int:
        """D, the least integer that makes the weights and biases integers."""
        floats = self.floats
        divisor = int(self.layer.weight_matrix.numer_denom()[1]) if floats is None else floats.denominator
        return math.lcm(divisor, *(b.denominator for b in self.layer.biases))

    def stored_integers(self) -> tuple[list[int], int]:
        """(integers, D): the weights that ``weight`` stores, row by row, are integers / D."""
        if self.floats is not None:
            return self.floats.stored_integers(), self.floats.denominator
        integers, divisor = self.layer.weight_matrix.numer_denom()
        return [int(v) for v in integers.entries()], int(divisor)

    def of_stored(self, entries: Floats) -> Any:
        """The matrix that stores these entries where ``weight`` stores its own."""
        if self.is_sparse:
            return type(self.weight)((entries, self.weight.indices, self.weight.indptr), shape=self.weight.shape)
        return entries.reshape(self.weight.shape)

    def _row(self, row: int) -> flint.fmpq_mat:
        if self.layer.floats is not None:
            return self.layer.floats.row(row)
        weights, n = self.layer.weight_matrix, self.layer.inputs
        return flint.fmpq_mat(1, n, [weights[row, j] for j in range(n)])

    @cached_property
    def connected(self) -> Any:
        """1 where a weight is not 0, rows × inputs."""
        nonzero = self.weight != 0
        if self.weight_error is not None:
            nonzero |= self.weight_error > 0
        return nonzero.astype(np.float32)


class Prepared(NamedTuple):
    """All layers of a network, the affine output last."""

    layers: tuple[PreparedLayer, ...]

    @property
    def hidden(self) -> tuple[PreparedLayer, ...]:
        """The layers that bend."""
        return self.layers[:-1]


_KEPT: dict[int, Prepared] = {}


def prepared(network: Network) -> Prepared:
    """The arrays of a network, made once."""
    key = id(network)
    if key not in _KEPT:
        _KEPT[key] = Prepared(tuple(PreparedLayer(layer) for layer in network.layers))
        weakref.finalize(network, _KEPT.pop, key, None)
    return _KEPT[key]


def open_units(network: Prepared, pieces: Sequence[Ints], columns: int) -> list[Bools]:
    """For each hidden layer, units × regions: whether an open path leads from the unit to an output.

    A path is open where every unit on the way takes a piece of non-zero slope and every weight on the way is not 0
    (Hanin, Rolnick 2019, call such a unit good).  Where no unit that bends has an open path, the outputs do not bend.
    ``pieces`` are units × regions for each hidden layer, ``columns`` is the number of regions.
    """
    result: list[Bools] = []
    reach = np.ones((network.layers[-1].layer.rows, columns), dtype=np.float32)
    for number in range(len(network.hidden) - 1, -1, -1):
        after, layer = network.layers[number + 1], network.layers[number]
        open_units = (after.connected.T @ reach) > 0
        result.insert(0, open_units)
        taken = pieces[number]
        rows = np.zeros((layer.layer.rows, columns), dtype=np.float32)
        passes = open_units & (np.take_along_axis(layer.slope, taken, axis=1) != 0)
        np.put_along_axis(rows, np.take_along_axis(layer.output_row, taken, axis=1), passes, axis=0)
        reach = rows
    return result
