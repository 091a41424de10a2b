"""A counting problem in integers.

Scaling the values of a whole layer by a positive factor changes no pattern.  So the weights of each layer are
multiplied by their common denominator and by what else makes the biases integers, and the biases by the product of all
factors so far.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from theory.activations import Activation, PiecewiseLinear
from theory.network import Layer
from verify.engines.problem import Problem


class Factors(NamedTuple):
    """What makes a layer integer: the factors of its weights, of its preactivations (and biases), and of its slopes.

    The inputs of the next layer are multiplied by ``values * slopes``.
    """

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
    ends: list[int] = []
    far = 0
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
