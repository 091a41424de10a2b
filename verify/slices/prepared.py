"""A network laid out for lines: floats with their errors for proposing, integers for deciding.

Both are made once for each network, on first use, and kept as long as the network lives: a hundred lines through one
network share them.  A *task* is a function of a layer's preactivations whose zeros are the candidates for breakpoints:
z − ξ for a breakpoint ξ of a scalar unit, z_i − z_j for two pieces of a maxout unit.
"""

from __future__ import annotations

import itertools
import math
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import flint
import numpy as np
import numpy.typing as npt

from theory.activations import RELU, Maxout
from theory.network import Layer, Network
from verify.engines.rounding import INFLATE, UNIT

__all__ = [
    "SMALLEST",
    "Bools",
    "Floats",
    "Ints",
    "Prepared",
    "PreparedLayer",
    "floats_of",
    "integer_point",
    "nearest",
    "prepared",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer[Any]]
Bools = npt.NDArray[np.bool_]

SMALLEST = 2.0**-200
"""A weight of smaller modulus, unless it is 0, is replaced by 0 with this error."""


def nearest(value: Fraction) -> float:
    """The nearest float, infinite where it would overflow."""
    try:
        return value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def floats_of(values: Sequence[Fraction]) -> Floats:
    """The nearest floats."""
    try:
        return np.array([v.numerator / v.denominator for v in values])
    except OverflowError:
        return np.array([nearest(v) for v in values])


def _served(value: Fraction) -> float:
    """The nearest float of a slope, an intercept or a breakpoint; nan, which decides nothing, out of range."""
    found = nearest(value)
    return found if not value or SMALLEST <= abs(found) <= 1 / SMALLEST else math.nan


def _floats(values: Iterable[Iterable[Fraction]], shape: tuple[int, int]) -> tuple[Floats, Floats | None]:
    """(c, e): values up to a relative rounding u and the absolute error e; e is None if it is zero.

    Values beyond 2^200 become nan, which decides nothing.
    """
    rows = [list(row) for row in values]
    center = np.array([[nearest(v) for v in row] for row in rows], dtype=np.float64).reshape(shape)
    small = np.abs(center) < SMALLEST
    center[~(np.abs(center) < 1 / SMALLEST)] = np.nan
    tiny = [(i, j) for i, j in np.argwhere(small & (center != 0))]
    tiny += [(i, j) for i, j in np.argwhere(center == 0) if rows[i][j] != 0]
    if not tiny:
        return center, None
    error = np.zeros(shape)
    for i, j in tiny:
        center[i, j], error[i, j] = 0.0, SMALLEST
    return center, error


def integer_point(point: Iterable[Fraction]) -> tuple[list[int], int]:
    """(integers, D) with point = integers / D."""
    values = list(point)
    common = math.lcm(*(v.denominator for v in values))
    return [v.numerator * (common // v.denominator) for v in values], common


@dataclass(frozen=True)
class _Tasks:
    """Tasks as z[plus] − z[minus] − shift; minus is −1 for a scalar unit."""

    unit: Ints
    plus: Ints
    minus: Ints
    shift: Floats
    exact_shift: tuple[Fraction, ...]


class PreparedLayer:
    """One layer as arrays and as integers."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.weight, self.weight_error = _floats(layer.weights, (layer.rows, layer.inputs))
        self.size = np.abs(self.weight)
        if self.weight_error is not None:
            self.size += self.weight_error
        bias, error = _floats([layer.biases], (1, layer.rows))
        self.bias = bias[0]
        self.bias_error = error[0] if error is not None else np.zeros(layer.rows)
        self.noise = 2 * (layer.inputs + 5) * UNIT
        """Σ|w||h| times this bounds the rounding of W·h + b, of the weights and of the sum (see rounding.py)."""
        self.plain = all(unit == RELU for unit in layer.units)
        self.tasks = self._tasks()
        pieces = max((unit.pieces for unit in layer.units), default=1)
        self.slope = np.ones((layer.width, pieces))
        self.intercept = np.zeros((layer.width, pieces))
        for i, unit in enumerate(layer.units):
            if not isinstance(unit, Maxout):
                self.slope[i, : unit.pieces] = [_served(s) for s in unit.slopes]
                self.intercept[i, : unit.pieces] = [_served(c) for c in unit.intercepts]
        self.first_rows = np.array(layer.first_rows, dtype=np.int64)
        self.maxout = np.array([isinstance(unit, Maxout) for unit in layer.units], dtype=bool)
        self.maxout_tasks = self._maxout_tasks()

    @cached_property
    def blocks(self) -> tuple[Floats, float]:
        """The weights as blocks × entries × rows for sums of short sums, and their ``noise``.

        With √n blocks of √n entries a sum of n products passes through 2√n roundings instead of n.
        """
        n = self.layer.inputs
        size = max(math.isqrt(n), 1)
        number = -(-n // size)
        padded = np.zeros((number * size, self.layer.rows))
        padded[:n] = self.weight.T
        return padded.reshape(number, size, -1), 2 * (number + size + 5) * UNIT

    @cached_property
    def scale(self) -> Floats:
        """r_i ≥ ‖(W_i, b_i)‖ for every row; 0 only for a row that is 0 (see :mod:`verify.slices.lines.bounded`)."""
        biases = np.abs(self.bias) + self.bias_error
        scale: Floats = INFLATE * np.sqrt((self.size * self.size).sum(axis=1) + biases * biases)
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
    def task_scale(self) -> Floats:
        """For every task what its error is measured by: twice the scales of what it is a difference of."""
        if self.plain:
            return self.scale
        other = np.where(self.tasks.minus >= 0, self.scale[self.tasks.minus], np.abs(self.tasks.shift))
        scale: Floats = 2 * INFLATE * (self.scale[self.tasks.plus] + other)
        return scale

    @cached_property
    def output_scale(self) -> Floats:
        """For every unit what its error is measured by: its largest scale times its steepest slope, and intercepts."""
        if self.plain:
            return self.scale
        first = zip(self.layer.units, self.layer.first_rows, strict=True)
        largest = np.array([self.scale[at : at + unit.rows].max() for unit, at in first])
        found = INFLATE * (np.abs(self.slope).max(axis=1) * largest + np.abs(self.intercept).max(axis=1))
        scale: Floats = np.where(found > 0, np.maximum(found, SMALLEST), found)
        return scale

    @cached_property
    def kink(self) -> float:
        """Where a unit switches at most by this much of its scale its output may change with its task's."""
        turn = np.where(self.maxout, 1.0, self.slope.max(axis=1) - self.slope.min(axis=1))[self.tasks.unit]
        change, scale = turn * self.task_scale / 2, self.output_scale[self.tasks.unit]
        return float(INFLATE * (change[change != 0] / scale[change != 0]).max(initial=0.0))

    @cached_property
    def norms(self) -> tuple[float, float]:
        """At least ‖scale‖ and ‖output_scale‖."""
        first, second = (float(INFLATE * np.sqrt((v * v).sum())) for v in (self.scale, self.output_scale))
        return first, second

    def _tasks(self) -> _Tasks:
        unit, plus, minus, shift = [], [], [], []
        for i, (activation, at) in enumerate(zip(self.layer.units, self.layer.first_rows, strict=True)):
            if isinstance(activation, Maxout):
                found = [(at + a, at + b, Fraction(0)) for a, b in itertools.combinations(range(activation.rank), 2)]
            else:
                found = [(at, -1, t) for t in activation.breakpoints]
            for a, b, t in found:
                unit.append(i)
                plus.append(a)
                minus.append(b)
                shift.append(t)
        numbers = (np.array(v, dtype=np.int64) for v in (unit, plus, minus))
        return _Tasks(next(numbers), next(numbers), next(numbers), np.array([_served(t) for t in shift]), tuple(shift))

    def _maxout_tasks(self) -> list[tuple[int, int, dict[tuple[int, int], int]]]:
        """(unit, rank, task of each pair of pieces) of the maxout units of rank at least 2."""
        result: dict[int, dict[tuple[int, int], int]] = {}
        for number, (unit, plus, minus) in enumerate(
            zip(self.tasks.unit, self.tasks.plus, self.tasks.minus, strict=True)
        ):
            if minus >= 0:
                at = self.layer.first_rows[unit]
                result.setdefault(int(unit), {})[int(plus - at), int(minus - at)] = number
        return [(unit, self.layer.units[unit].rows, pairs) for unit, pairs in result.items()]

    @cached_property
    def integers(self) -> tuple[flint.fmpz_mat, list[int], int]:
        """(W·D, b·D, D) with the least D that makes all of them integers."""
        weights, divisor = self.layer.weight_matrix.numer_denom()
        common = math.lcm(int(divisor), *(b.denominator for b in self.layer.biases))
        if common != divisor:
            weights *= common // int(divisor)
        return weights, [int(b * common) for b in self.layer.biases], common

    @cached_property
    def integer_rows(self) -> dict[int, flint.fmpz_mat]:
        """Rows of W·D that have been asked for one by one."""
        return {}

    def integer_row(self, row: int) -> flint.fmpz_mat:
        """Row ``row`` of W·D as a matrix."""
        if row not in self.integer_rows:
            weights, n = self.integers[0], self.layer.inputs
            self.integer_rows[row] = flint.fmpz_mat(1, n, [weights[row, j] for j in range(n)])
        return self.integer_rows[row]

    @cached_property
    def activation_denominator(self) -> int:
        """D' with s·D' and c·D' integers for every piece s·z + c of every unit."""
        numbers = [v for u in set(self.layer.units) if not isinstance(u, Maxout) for v in (*u.slopes, *u.intercepts)]
        return math.lcm(*(v.denominator for v in numbers))

    @cached_property
    def connected(self) -> npt.NDArray[np.float32]:
        """1 where a weight is not 0, rows × inputs."""
        nonzero = self.weight != 0
        if self.weight_error is not None:
            nonzero |= self.weight_error > 0
        return np.asarray(nonzero, dtype=np.float32)


@dataclass(frozen=True)
class Prepared:
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
