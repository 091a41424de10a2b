"""A counting problem in integers, and as arrays: these integers, rounded once, with granularities.

Scaling the values of a whole layer by a positive factor changes no pattern.  So the weights of each layer are
multiplied by their common denominator and by what else makes the biases integers, and the biases by the product of all
factors so far.  For floats they are divided by a power of two that keeps the largest weight of a layer near 1.  What
floats round is then an integer multiple of a known power of two, the layer's *granularity*, which is what lets a float
prove that something is exactly zero (:mod:`verify.engines.rounding`).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from theory.activations import Activation, Maxout, PiecewiseLinear
from theory.deadline import check
from theory.network import Layer
from verify.engines.problem import Problem
from verify.engines.rounding import UNIT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LARGEST_EXPONENT = 200


class Factors(NamedTuple):
    """What makes a layer integer: the factors of its weights, of its preactivations (and biases), and of its slopes."""

    weights: int
    values: int
    slopes: int


def scaling(hidden: Sequence[Layer]) -> Iterator[Factors]:
    """The factors of each layer.

    >>> from theory import Network
    >>> net = Network.relu([([["1/2"], ["1/3"]], ["1/5", 0]), ([[1, "3/4"]], ["1/8"]), ([[1]], [0])])
    >>> list(scaling(net.hidden))
    [Factors(weights=30, values=30, slopes=1), Factors(weights=4, values=120, slopes=1)]
    """
    scale = 1
    for layer in hidden:
        different = {id(unit): unit for unit in layer.units}.values()  # few activations, however many units
        scalar = [unit for unit in different if isinstance(unit, PiecewiseLinear)]
        floats = layer.floats
        factor = floats.denominator if floats else math.lcm(*{v.denominator for row in layer.weights for v in row})
        common = math.lcm(*{v.denominator for v in layer.biases})
        offsets = (v.numerator * (common // v.denominator) for v in layer.biases)
        # all biases are multiples of the rational that is their gcd, so what makes that an integer makes all of them so
        constants = [Fraction(math.gcd(*offsets), common), *(t for unit in scalar for t in unit.breakpoints)]
        factor *= _denominator(v * scale * factor for v in constants)
        scale *= factor
        slopes = _denominator(s for unit in scalar for s in unit.slopes)
        slopes *= _denominator(c * scale * slopes for unit in scalar for c in unit.intercepts)
        yield Factors(factor, scale, slopes)
        scale *= slopes


Packed = tuple[int, bytes]
"""Integers in two's complement: how many words of 64 bits each has, and all their bytes, lowest first."""


def integers(
    problem: Problem, *, boxed: bool
) -> tuple[list[tuple[list[Packed], int]], tuple[Packed, int], tuple[Packed, int]]:
    """What the core decides exactly with (``core/exact.hpp``): the problem in integers, and in how many bits they stay.

    For each layer weights, biases, slopes, intercepts and breakpoints, the last three with as many entries for every
    unit as one has pieces at most; and a number b of bits: every row between two pieces has entries below 2^b in
    modulus, whatever the pieces of the layers before.  Then the rows of the domain, less those that say the bounds if
    ``boxed``; and the bounds: their denominator, lower and upper numerators.
    """
    hidden = problem.network.hidden
    layers: list[tuple[list[Packed], int]] = []
    largest = 1  # modulus of an entry of an input of the layer
    for layer, factors in zip(hidden, scaling(hidden), strict=True):
        weights = [[times(v, factors.weights) for v in row] for row in layer.weights]
        biases = [times(v, factors.values) for v in layer.biases]
        different = {id(unit): unit for unit in layer.units}
        pieces = max((unit.pieces for unit in different.values()), default=1)
        each = {name: constants(unit, factors, pieces) for name, unit in different.items()}
        of_units = [[v for unit in layer.units for v in each[id(unit)][part]] for part in range(3)]
        slopes, intercepts, breakpoints = of_units
        reach = [sum(map(abs, row)) if layers else _largest(row) for row in weights]
        largest = _largest(reach) * largest + _largest(biases)
        bits = (2 * largest + _largest(breakpoints)).bit_length()
        flat = [v for row in weights for v in row]
        layers.append(([_packed(part) for part in (flat, biases, *of_units)], bits))
        largest = _largest(slopes) * largest + _largest(intercepts)
    domain = [v for row in (problem.cuts if boxed else problem.rows) for v in row]
    ends, far = list[int](), 0
    if boxed and problem.bounds:
        below = math.lcm(*(v.denominator for pair in problem.bounds for v in pair))
        lower, upper = ([times(pair[end], below) for pair in problem.bounds] for end in (0, 1))
        ends = [below, *lower, *upper]
        far = below + sum(map(max, map(abs, lower), map(abs, upper)))
    return layers, (_packed(domain), _largest(domain).bit_length()), (_packed(ends), far.bit_length())


def constants(unit: Activation, factors: Factors, pieces: int) -> list[list[int]]:
    """Slopes, intercepts and breakpoints, and zeros behind; a piece of a maxout unit is one of its preactivations."""
    parts: list[tuple[Sequence[Fraction], int]] = [([Fraction(1)] * unit.pieces, factors.slopes), ([], 1), ([], 1)]
    if isinstance(unit, PiecewiseLinear):
        scale = factors.values
        parts = [(unit.slopes, factors.slopes), (unit.intercepts, scale * factors.slopes), (unit.breakpoints, scale)]
    return [[times(v, factor) for v in values] + [0] * (pieces - len(values)) for values, factor in parts]


def times(value: Fraction, factor: int) -> int:
    """The product of a fraction and a multiple of its denominator."""
    return value.numerator * (factor // value.denominator)


def _largest(values: Iterable[int]) -> int:
    return max(map(abs, values), default=0)


def _packed(values: Sequence[int]) -> Packed:
    width = (max(map(int.bit_length, values), default=0) + 64) // 64  # with a bit for the sign
    return width, b"".join(v.to_bytes(8 * width, "little", signed=True) for v in values)


def _denominator(values: Iterable[Fraction]) -> int:
    return math.lcm(*(v.denominator for v in values))


class ScaledLayer(NamedTuple):
    """A hidden layer as arrays; ``core.Model`` takes all of it but the exponent.

    A scalar unit *bends* at each of its breakpoints; all hyperplanes between pieces of a maxout unit count as one bend.
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
    layers, shift = list[ScaledLayer](), 0
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
    """The weights times ``whole``/2**shift, none above 1 and each rounded once, as by :func:`rounded`; and shift."""
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
