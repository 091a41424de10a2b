"""Networks as lists of rows, and walks among them by exact counts: up to many regions, and down to a small network.

A row (w_1, …, w_n, b) holds the weights and the bias of one preactivation.  Activation regions do not depend on the
output layer, so all networks made here have the sum of the last hidden layer as their output.
"""

import contextlib
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from theory.activations import RELU, Activation, Maxout
from theory.architecture import Architecture
from theory.exact import RationalLike, primitive_row
from theory.network import Network
from verify.domain.shapes import WholeSpace
from verify.engines.exact import cells
from verify.engines.problem import Problem


def rows_of(network: Network) -> list[list[list[Fraction]]]:
    """The rows of the hidden layers, free to be changed."""
    return [[[*w, b] for w, b in zip(layer.weights, layer.biases, strict=True)] for layer in network.hidden]


def float_rows(network: Network) -> Any:
    """All rows of the hidden layers one after the other, as floats: an array of one dimension."""
    return np.array([float(value) for layer in rows_of(network) for row in layer for value in row])


def with_rows(network: Network, rows: Sequence[Sequence[Sequence[RationalLike]]]) -> Network:
    """The network with other weights and biases in its hidden layers."""
    return Network.summed(rows, [layer.units for layer in network.hidden], inputs=network.inputs)


def network_of(architecture: Architecture, weights: Iterable[RationalLike]) -> Network:
    """The network of ReLU or maxout units whose rows, layer after layer, are these numbers."""
    remaining = iter(weights)
    unit = RELU if architecture.kind == "relu" else Maxout(architecture.rank)
    sizes = zip(architecture.sizes, architecture.widths, strict=False)
    rows = [[list(islice(remaining, inputs + 1)) for _ in range(width * unit.rows)] for inputs, width in sizes]
    return Network.summed(rows, [[unit] * width for width in architecture.widths], inputs=architecture.inputs)


def random_network(architecture: Architecture, rng: random.Random, largest: int) -> Network:
    """ReLU or maxout units with random integer weights and biases from −largest to largest."""
    return network_of(architecture, iter(lambda: rng.randint(-largest, largest), None))


def without_one_part(network: Network) -> Iterator[Network]:
    """Every network that has one hidden layer, one input or one unit fewer; no layer loses its last unit."""
    inputs, rows, last = network.inputs, rows_of(network), len(network.hidden) - 1
    units: list[Sequence[Activation]] = [layer.units for layer in network.hidden]
    for depth, layer in enumerate(network.hidden):
        if last and (depth == last or layer.width == layer.inputs):
            yield Network.summed(_without(rows, depth), _without(units, depth), inputs=inputs)
    for i in range(inputs if inputs > 1 and units else 0):
        yield Network.summed([[_without(row, i) for row in rows[0]], *rows[1:]], units, inputs=inputs - 1)
    for depth, layer in enumerate(network.hidden):
        for unit in range(layer.width if layer.width > 1 else 0):
            fewer, changed = list(units), list(rows)
            fewer[depth] = _without(layer.units, unit)
            changed[depth] = _without(rows[depth], layer.first_rows[unit], layer.units[unit].rows)
            if depth < last:
                changed[depth + 1] = [_without(row, unit) for row in rows[depth + 1]]
            yield Network.summed(changed, fewer, inputs=inputs)


def in_integers(network: Network) -> Network:
    """The same activation regions, with the rows of every ReLU or maxout unit scaled to the smallest integers."""
    rows, factors = rows_of(network), [Fraction(1)] * network.inputs
    for depth, layer in enumerate(network.hidden):
        entries = [v / f for row in rows[depth] for v, f in zip(row, [*factors, Fraction(1)], strict=True)]
        rows[depth], factors, width = [], [], len(factors) + 1
        for unit, at in zip(layer.units, layer.first_rows, strict=True):
            block = entries[at * width : (at + unit.rows) * width]
            whole = list(map(Fraction, primitive_row(block)))
            factors.append(next((w / v for v, w in zip(block, whole, strict=True) if v), Fraction(1)))
            rows[depth] += [whole[i : i + width] for i in range(0, len(whole), width)]
    return with_rows(network, rows)


def _without(items: Sequence[Any], first: int, number: int = 1) -> list[Any]:
    return [*items[:first], *items[first + number :]]


class OutOfTimeError(Exception):
    """The budget is used up."""


class Clock:
    """A budget of seconds, of ``networks``, or of both, that starts when it is made; None means without that limit."""

    def __init__(self, seconds: float | None = None, networks: int | None = None) -> None:
        self._began = time.perf_counter()
        self._seconds = math.inf if seconds is None else seconds
        self.networks = math.inf if networks is None else networks  # left: the search takes off what it counts

    @property
    def elapsed(self) -> float:
        return time.perf_counter() - self._began

    @property
    def remaining(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._seconds - self.elapsed)

    @property
    def expired(self) -> bool:
        return self.remaining == 0.0 or self.networks <= 0

    def check(self) -> None:
        """Raise OutOfTimeError if nothing is left."""
        if self.expired:
            raise OutOfTimeError


def regions(network: Network, clock: Clock | None = None, *, enough: float = math.inf) -> int:
    """The number of full-dimensional activation regions on R^{n0}; counting stops once it exceeds ``enough``.

    Raises OutOfTimeError if the seconds of the clock run out first.
    """
    number = 0
    for number, _ in enumerate(cells(Problem.of(network, WholeSpace(network.inputs))), start=1):
        if number > enough:
            break
        if clock is not None and number % 32 == 0 and clock.remaining == 0.0:
            raise OutOfTimeError
    return number


def climb(
    start: Network, count: Callable[[Network], int], rng: random.Random, *, largest: int, stalled: int
) -> Iterator[tuple[Network, int]]:
    """The start, which has a hidden unit, then every network with more regions than all before, each with its count.

    A move changes one to three weights or biases: a step, a random value, or the other sign.  It is kept unless the
    count falls, and now and then even when it falls by one, so that the walk leaves plateaus.  New values lie between
    −largest and largest; steps have at most a quarter of that length.  The climb ends after ``stalled`` moves in a row
    that did not raise the ``count``, or with an error of the count, such as OutOfTimeError.
    """
    current, number = start, count(start)
    most, idle = number, 0
    yield start, number
    while idle < stalled:
        trial = _moved(current, rng, largest)
        found = count(trial)
        idle += 1
        if found >= number or (found == number - 1 and rng.random() < 0.005):
            current, number = trial, found
        if found > most:
            most, idle = found, 0
            yield trial, found


def _moved(network: Network, rng: random.Random, largest: int) -> Network:
    """One to three weights changed.  A step is a multiple of 1/q for a weight p/q, so denominators do not grow."""
    rows = rows_of(network)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        row = rng.choice(rng.choice([layer for layer in rows if layer]))
        i = rng.randrange(len(row))
        kind = rng.randrange(4)
        if kind == 0:
            row[i] = Fraction(rng.randint(-largest, largest))
        elif kind == 1:
            row[i] = -row[i]
        else:
            row[i] += Fraction(rng.choice((-1, 1)) * rng.randint(1, 1 + largest // 4), row[i].denominator)
    return with_rows(network, rows)


def shrink(network: Network, keeps: Callable[[Network], bool]) -> Network:
    """A network with a property from which no layer, input or unit can be removed and no weight made simpler.

    ``keeps`` decides the property exactly, and every network on the way has it.  It may raise OutOfTimeError: the
    smallest network so far is returned.
    """
    smaller: Network | None = network
    try:
        while smaller is not None:
            network = smaller
            smaller = next((trial for trial in without_one_part(network) if keeps(trial)), None)
    except OutOfTimeError:
        return network
    return _with_simple_weights(network, keeps)


def _with_simple_weights(network: Network, keeps: Callable[[Network], bool]) -> Network:
    """The rows of the last hidden layer rounded, which no other layer reads; then weight after weight made simpler."""
    rows = rows_of(network)

    def accepts(row: list[Fraction], values: Sequence[Fraction]) -> bool:
        old, row[:] = list(row), values
        trial = with_rows(network, rows)
        row[:] = old
        if accepted := keeps(trial):
            row[:] = values
        return accepted

    changed = True
    with contextlib.suppress(OutOfTimeError):
        for row in rows[-1] if rows else []:
            any(accepts(row, values) for values in _rounded(tuple(row)))
        while changed:
            changed = False
            for row in (row for layer in rows for row in layer):
                for i, value in enumerate(tuple(row)):
                    changed |= any(accepts(row, [*row[:i], simple, *row[i + 1 :]]) for simple in _simpler(value))
    return with_rows(network, rows)


def _rounded(row: Sequence[Fraction]) -> Iterator[list[Fraction]]:
    """Integer rows nearly proportional to a row, the shortest first."""
    size, largest = max(map(abs, row)), 1
    while largest < size:
        yield [Fraction(round(v * largest / size)) for v in row]
        largest += 1 + largest // 4


def _length(value: Fraction) -> tuple[int, int, bool]:
    """The order from simple numbers to long ones."""
    return value.denominator, abs(value.numerator), value < 0


def _simpler(value: Fraction) -> list[Fraction]:
    """Numbers simpler than this one, the simplest first."""
    near = {Fraction(round(value)), Fraction(int(value)), *(Fraction(round(value * q), q) for q in (2, 3, 4))}
    less = {Fraction(int(value * q)) for q in (Fraction(1, 2), Fraction(15, 16))}
    candidates = {Fraction(0), Fraction(1), Fraction(-1), -value, value - (1 if value > 0 else -1), *near, *less}
    return sorted((c for c in candidates if _length(c) < _length(value)), key=_length)
