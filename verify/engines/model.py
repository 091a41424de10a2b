"""A counting problem as arrays: the network scaled to integers, rounded once, with granularities.

Scaling the values of a whole layer by a positive factor changes no pattern.  So the weights of each layer are
multiplied by their common denominator, the biases by the product of all factors so far, and both by a power of two
that keeps the largest weight near 1.  What remains rational is then an integer multiple of a known power of two, the
layer's *granularity*, which is what lets a float prove that something is exactly zero (:mod:`verify.engines.rounding`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from theory.activations import Maxout, PiecewiseLinear
from theory.network import Layer
from verify.engines.problem import Problem
from verify.engines.rounding import UNIT

__all__ = ["Model", "build_model", "rounded"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LARGEST_EXPONENT = 200


class Model(NamedTuple):
    """The network of a problem, padded to rectangular arrays; L hidden layers, d inputs.

    A *hyperplane* here is a place where pieces change: z = t for each breakpoint t of a scalar unit; the hyperplanes
    between the pieces of a maxout unit count as one.  Hyperplanes are numbered in the order of their units.
    """

    d: int
    depth: int
    rows: Ints  # [L] preactivations of each layer
    units: Ints  # [L]
    hyperplanes: Ints  # [L]
    first_center: Floats  # [d + 1, rows of layer 0] weights and bias of the first layer
    first_error: Floats
    weight: Floats  # [L, units of the layer before, rows] transposed
    bias: Floats  # [L, rows]
    dense: npt.NDArray[np.bool_]  # [L] no weight is zero
    largest: Floats  # [L, rows] largest |weight| of a row
    plain: npt.NDArray[
        np.bool_
    ]  # [L] every unit is scalar with one breakpoint, 0: numbers of hyperplanes, units and rows agree
    unit_row: Ints  # [L, units] first row
    unit_rank: Ints  # [L, units] rows; 1 for a scalar unit
    slope: Floats  # [L, units, pieces]
    intercept: Floats  # [L, units, pieces]
    hyperplane_unit: Ints  # [L, hyperplanes]
    hyperplane_shift: Floats  # [L, hyperplanes] breakpoint
    granularity: Floats  # [L] of the preactivations


def build_model(problem: Problem) -> Model | None:
    """The arrays of a problem, or None if it has other units than scalar and maxout ones, or weights out of range."""
    hidden = problem.network.hidden
    if not all(isinstance(unit, PiecewiseLinear | Maxout) for layer in hidden for unit in layer.units):
        return None
    d, depth = problem.dimension, len(hidden)
    pieces = max([1, *(unit.pieces for layer in hidden for unit in layer.units)])
    rows = max([1, *(layer.rows for layer in hidden)])
    units = max([1, *(layer.width for layer in hidden)])
    hyperplanes = max([1, *(sum(_hyperplanes(layer)) for layer in hidden)])
    model = Model(
        d=d,
        depth=depth,
        rows=np.zeros(max(depth, 1), np.int64),
        units=np.zeros(max(depth, 1), np.int64),
        hyperplanes=np.zeros(max(depth, 1), np.int64),
        first_center=np.zeros((d + 1, hidden[0].rows if hidden else 1)),
        first_error=np.zeros((d + 1, hidden[0].rows if hidden else 1)),
        weight=np.zeros((max(depth, 1), units if depth > 1 else 1, rows)),
        bias=np.zeros((max(depth, 1), rows)),
        dense=np.zeros(max(depth, 1), np.bool_),
        largest=np.zeros((max(depth, 1), rows)),
        plain=np.zeros(max(depth, 1), np.bool_),
        unit_row=np.zeros((max(depth, 1), units), np.int64),
        unit_rank=np.zeros((max(depth, 1), units), np.int64),
        slope=np.zeros((max(depth, 1), units, pieces)),
        intercept=np.zeros((max(depth, 1), units, pieces)),
        hyperplane_unit=np.zeros((max(depth, 1), hyperplanes), np.int64),
        hyperplane_shift=np.zeros((max(depth, 1), hyperplanes)),
        granularity=np.zeros(max(depth, 1)),
    )
    scale, granularity = Fraction(1), 1.0  # values are (true value)·scale, multiples of granularity
    for index, layer in enumerate(hidden):
        scale, granularity = _fill_layer(model, index, layer, scale, granularity)
    served = (model.first_center, model.weight, model.bias, model.slope, model.intercept, model.hyperplane_shift)
    if not all(np.isfinite(array).all() for array in served):
        return None
    # entries of the first layer are rounded once (u) and then summed over d + 1 terms (2(d + 3)u)
    model.first_error[:] += np.abs(model.first_center) * (2 * (d + 6) * UNIT)
    return model


def _hyperplanes(layer: Layer) -> list[int]:
    return [int(unit.pieces > 1) if isinstance(unit, Maxout) else unit.pieces - 1 for unit in layer.units]


def _fill_layer(model: Model, index: int, layer: Layer, scale: Fraction, granularity: float) -> tuple[Fraction, float]:
    """Write one layer; returns scale and granularity of its output values."""
    model.rows[index], model.units[index] = layer.rows, layer.width
    kinds: dict[int, list[int]] = {}  # few different activations, however many units
    for u, unit in enumerate(layer.units):
        kinds.setdefault(id(unit), []).append(u)
    different = [layer.units[members[0]] for members in kinds.values()]
    scalar = [unit for unit in different if isinstance(unit, PiecewiseLinear)]
    breakpoints = [t for unit in scalar for t in unit.breakpoints]
    weights = [v.as_integer_ratio() for row in layer.weights for v in row]
    denominator = math.lcm(*{below for _, below in weights})
    factor = scale * denominator
    common = math.lcm(*{v.denominator for v in layer.biases})
    offsets = [v.numerator * (common // v.denominator) for v in layer.biases]
    # all biases are multiples of the rational that is their gcd, so what makes that an integer makes all of them so
    smallest = Fraction(math.gcd(*offsets), common)
    extra = math.lcm(*((v * factor).denominator for v in (smallest, *breakpoints)))
    entries, shift = _integers(weights, denominator * extra)
    granularity = math.ldexp(granularity, -shift) if granularity else 0.0
    scale = factor * Fraction(extra, 2**shift)
    model.granularity[index] = granularity
    matrix = entries.reshape(layer.rows, layer.inputs)
    unit_offset = scale / common
    offset = np.array([_quotient(v * unit_offset.numerator, unit_offset.denominator) for v in offsets])
    if index == 0:
        tiny = np.isinf(matrix)  # weights that decayed toward 0; here a weight may have an error of its own
        matrix[tiny] = 0.0
        model.first_error[:-1, : layer.rows][tiny.T] = 2.0 ** (1 - _LARGEST_EXPONENT)
        model.first_center[:-1, : layer.rows] = matrix.T
        model.first_center[-1, : layer.rows] = offset
    else:
        model.weight[index, : layer.inputs, : layer.rows] = matrix.T
        model.bias[index, : layer.rows] = offset
        model.largest[index, : layer.rows] = np.abs(matrix).max(axis=1, initial=0.0)
        model.dense[index] = bool((matrix != 0.0).all())
    whole = _denominator([s for unit in scalar for s in unit.slopes])
    whole *= _denominator([c * scale * whole for unit in scalar for c in unit.intercepts])
    shift = whole.bit_length() - 1
    stretch = Fraction(whole, 2**shift)
    granularity = math.ldexp(granularity, -shift) if granularity else 0.0
    model.unit_row[index, : layer.width] = layer.first_rows
    numbers = np.zeros(layer.width, np.int64)
    shifts: list[list[float]] = [[]] * layer.width
    for unit, members in zip(different, kinds.values(), strict=True):
        model.unit_rank[index, members] = unit.rows
        if not isinstance(unit, PiecewiseLinear):
            model.slope[index, members, : unit.pieces] = rounded(stretch)
            at = [0.0] * int(unit.pieces > 1)
        else:
            model.slope[index, members, : unit.pieces] = [rounded(s * stretch) for s in unit.slopes]
            model.intercept[index, members, : unit.pieces] = [rounded(c * scale * stretch) for c in unit.intercepts]
            at = [rounded(t * scale) for t in unit.breakpoints]
        numbers[members] = len(at)
        for u in members:
            shifts[u] = at
    hyperplane = int(numbers.sum())
    model.hyperplane_unit[index, :hyperplane] = np.repeat(np.arange(layer.width), numbers)
    model.hyperplane_shift[index, :hyperplane] = [t for at in shifts for t in at]
    model.hyperplanes[index] = hyperplane
    model.plain[index] = len(scalar) == len(different) and all(at == [0.0] for at in shifts)
    return scale * stretch, granularity


def rounded(value: Fraction) -> float:
    """The nearest float, or inf where it would leave [2⁻²⁰⁰, 2²⁰⁰] (zero stays zero): such a number is not served."""
    return _quotient(value.numerator, value.denominator)


def _quotient(numerator: int, denominator: int) -> float:
    """The same of a quotient of integers."""
    if numerator == 0:
        return 0.0
    exponent = numerator.bit_length() - denominator.bit_length()
    return numerator / denominator if abs(exponent) < _LARGEST_EXPONENT else math.inf


def _integers(values: Sequence[tuple[int, int]], whole: int) -> tuple[Floats, int]:
    """Quotients that are multiples of 1/``whole``, times ``whole``/2**shift, so that none is above 1: (floats, shift).

    Each is rounded once, as by :func:`rounded`.
    """
    result = None if whole & (whole - 1) else _binary(values)
    if result is not None:
        bits = whole.bit_length() - 1
        shift = max(0, bits + int(np.frexp(np.abs(result).max(initial=0.0))[1]))
        return _served(np.ldexp(result, bits - shift)), shift
    integers = [above * (whole // below) for above, below in values]
    shift = max(map(int.bit_length, integers), default=0)
    if shift >= 1000:
        return np.array([_quotient(v, 2**shift) for v in integers]), shift
    return _served(np.ldexp(np.array(list(map(float, integers))), -shift)), shift


def _binary(values: Sequence[tuple[int, int]]) -> Floats | None:
    """The nearest floats; None if one is out of their range."""
    try:
        result = np.array([above / below for above, below in values])
    except OverflowError:
        return None
    size = np.abs(result)
    small: list[int] = np.flatnonzero(size < 2.0**-_LARGEST_EXPONENT).tolist()
    return None if (size >= 2.0**_LARGEST_EXPONENT).any() or any(values[i][0] for i in small) else result


def _served(values: Floats) -> Floats:
    """The values, inf for those that are not zero and below the range that the error model serves."""
    values[(values != 0.0) & (np.abs(values) < 2.0**-_LARGEST_EXPONENT)] = math.inf
    return values


def _denominator(values: Sequence[Fraction]) -> int:
    return math.lcm(*(v.denominator for v in values))
