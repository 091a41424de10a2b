"""A counting problem as arrays: the network scaled to integers, rounded once, with granularities.

The integers of :mod:`verify.engines.scaling` are divided by a power of two that keeps the largest weight of a layer
near 1.  What floats round is then an integer multiple of a known power of two, the layer's *granularity*, which is what
lets a float prove that something is exactly zero (:mod:`verify.engines.rounding`).
"""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from theory.activations import Maxout, PiecewiseLinear
from theory.deadline import check
from theory.network import Layer
from verify.engines.problem import Problem
from verify.engines.rounding import UNIT
from verify.engines.scaling import Factors, constants, scaling, times

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LARGEST_EXPONENT = 200


class ScaledLayer(NamedTuple):
    """A hidden layer as arrays; ``core.Model`` takes all of it but the exponent.

    A scalar unit *bends* at z = t for each of its breakpoints t; the hyperplanes between the pieces of a maxout unit
    count as one bend.
    """

    center: Floats  # [inputs + 1, rows] weights, transposed, and below them the biases
    error: Floats  # of the first layer the same shape, [0, rows] of others
    rank: Ints  # [units] rows; 1 for a scalar unit
    slope: Floats  # [units, pieces]
    intercept: Floats  # [units, pieces]
    bends: Ints  # [units] how many
    shift: Floats  # [bends] breakpoint, unit by unit
    granularity: float  # of the preactivations: 2**-exponent, or 0.0 where that is below all floats
    exponent: int


def build_model(problem: Problem) -> list[ScaledLayer] | None:
    """The hidden layers, or None if they have other units than scalar and maxout ones, or weights out of range."""
    hidden = problem.network.hidden
    if not all(isinstance(unit, PiecewiseLinear | Maxout) for layer in hidden for unit in layer.units):
        return None
    layers: list[ScaledLayer] = []
    shift = 0
    for layer, factors in zip(hidden, scaling(hidden), strict=True):
        scaled, shift = _scaled(layer, factors, shift, first=not layers)
        if not all(np.isfinite(array).all() for array in scaled):
            return None
        layers.append(scaled)
    return layers


def _scaled(layer: Layer, factors: Factors, shift: int, *, first: bool) -> tuple[ScaledLayer, int]:
    """A layer whose inputs are integers divided by 2**shift, and the same number for its output values."""
    kinds: dict[int, list[int]] = {}  # few different activations, however many units
    for u, unit in enumerate(layer.units):
        kinds.setdefault(id(unit), []).append(u)
    different = [layer.units[members[0]] for members in kinds.values()]
    entries, own = _integers(layer, factors.weights)
    shift += own
    center = np.zeros((layer.inputs + 1, layer.rows))
    center[:-1] = entries.reshape(layer.rows, layer.inputs).T
    center[-1] = [_quotient(times(v, factors.values), 2**shift) for v in layer.biases]
    error = np.zeros((0, layer.rows))
    if first:
        tiny = np.isinf(center[:-1])  # weights that decayed toward 0; here a weight may have an error of its own
        center[:-1][tiny] = 0.0
        # entries are rounded once (u) and then summed over d + 1 terms (2(d + 3)u)
        error = np.abs(center) * (2 * (layer.inputs + 6) * UNIT)
        error[:-1][tiny] = 2.0 ** (1 - _LARGEST_EXPONENT)
    own = factors.slopes.bit_length() - 1
    slope = np.zeros((layer.width, max((unit.pieces for unit in different), default=1)))
    intercept, rank, numbers = np.zeros_like(slope), np.zeros(layer.width, np.int64), np.zeros(layer.width, np.int64)
    shifts: list[list[float]] = [[]] * layer.width
    for unit, members in zip(different, kinds.values(), strict=True):
        slopes, intercepts, breakpoints = constants(unit, factors, slope.shape[1])
        slope[members] = [_quotient(v, 2**own) for v in slopes]
        intercept[members] = [_quotient(v, 2 ** (shift + own)) for v in intercepts]
        at = [_quotient(v, 2**shift) for v in breakpoints[: unit.pieces - 1 if unit.rows == 1 else 1]]
        rank[members], numbers[members] = unit.rows, len(at)
        for u in members:
            shifts[u] = at
    values = (center, error, rank, slope, intercept, numbers, np.array([t for at in shifts for t in at]))
    return ScaledLayer(*values, granularity=math.ldexp(1.0, -shift), exponent=shift), shift + own


def rounded(value: Fraction) -> float:
    """The nearest float, or inf where it would leave [2⁻²⁰⁰, 2²⁰⁰] (zero stays zero): such a number is not served."""
    return _quotient(value.numerator, value.denominator)


def _quotient(numerator: int, denominator: int) -> float:
    """The same of a quotient of integers."""
    if numerator == 0:
        return 0.0
    exponent = numerator.bit_length() - denominator.bit_length()
    return numerator / denominator if abs(exponent) < _LARGEST_EXPONENT else math.inf


def _integers(layer: Layer, whole: int) -> tuple[Floats, int]:
    """The weights, multiples of 1/``whole``, times ``whole``/2**shift, so that none is above 1: (floats, shift).

    Each is rounded once, as by :func:`rounded`.
    """
    if layer.floats is not None and not whole & (whole - 1):
        values = layer.floats.values.toarray() if layer.floats.is_sparse else layer.floats.values
        size = np.abs(values := values.astype(np.float64).reshape(-1))
        if ((size < 2.0**_LARGEST_EXPONENT) & ((size >= 2.0**-_LARGEST_EXPONENT) | (size == 0.0))).all():
            bits = whole.bit_length() - 1
            shift = max(0, bits + int(np.frexp(size.max(initial=0.0))[1]))
            return _served(np.ldexp(values, bits - shift)), shift
    integers: list[int] = []
    for row in layer.weights:
        check()
        integers += [v.numerator * (whole // v.denominator) for v in row]
    shift = max(map(int.bit_length, integers), default=0)
    if shift >= 1000:
        return np.array([_quotient(v, 2**shift) for v in integers]), shift
    return _served(np.ldexp(np.array(list(map(float, integers))), -shift)), shift


def _served(values: Floats) -> Floats:
    """The values, inf for those that are not zero and below the range that the error model serves."""
    values[(values != 0.0) & (np.abs(values) < 2.0**-_LARGEST_EXPONENT)] = math.inf
    return values
