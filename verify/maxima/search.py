"""The search for networks with many regions, and for small ones: walks among networks that exact counts decide.

:func:`climb` counts each network exactly, and :func:`shrink` walks down to a small one.  :func:`most_regions` climbs on
a count in floats (:func:`float_count`) from given networks, then in turns from random ones, where it begins as
simulated annealing, and from the best network so far with a new unit.  Half of these climbs change weights at random;
the others also move the hyperplane of a unit over a vertex of the regions.  What floats take for better than the best
so far is rounded to short weights; only its exact count is reported.

A row (w_1, …, w_n, b) holds the weights and the bias of one preactivation.  Activation regions do not depend on the
output layer, so all networks made here have the sum of the last hidden layer as their output.

>>> most_regions(Architecture.parse("1-2-1"), evaluations=2000, seed=1).count
5
"""

import contextlib
import functools
import itertools
import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theory.activations import RELU, Activation, Maxout
from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, integer, primitive_row
from theory.network import Network
from verify.counting.region_count import count
from verify.domain.shapes import WholeSpace
from verify.engines.core import core
from verify.engines.exact import cells
from verify.engines.problem import Problem

MOST_UNITS = 60
"""Inputs and hidden units together: the facets of a cell are the bits of one integer."""

_BATCH = 1000  # moves between two looks at the clock
_STALLED = 300  # moves for each weight, in a row and without progress, before a new start
_COOLING = 2000  # moves for each weight while the first random network cools down; the k-th one gets k² times as many
_HOT, _COLD = 1.0, 0.3  # temperatures: where an annealing begins, and where it ends and every other climb is
_PASSING = (0.0, 0.2)  # shares of the moves that pass over a vertex; each start draws one of them
_BITS = (2, 3, 4, 6, 8, 12, 16, 24, 32)  # after the binary point, of weights that are tried from the shortest on


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
    rows = [[list(itertools.islice(remaining, m + 1)) for _ in range(n * unit.rows)] for m, n in sizes]
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
    """The number of activation regions on R^{n0}, or the first above ``enough``; OutOfTimeError if time runs out."""
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
    """A network that ``keeps`` accepts, but none with a part less or a simpler weight; the smallest if time is out."""
    try:
        while (smaller := next(filter(keeps, without_one_part(network)), None)) is not None:
            network = smaller
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


def _simpler(value: Fraction) -> list[Fraction]:
    """Numbers simpler than this one, the simplest first: of smaller denominator, then smaller, then positive."""
    near = {Fraction(round(value * q), q) for q in (1, 2, 3, 4)}
    less = {Fraction(int(value * q)) for q in (1, Fraction(1, 2), Fraction(15, 16))}
    candidates = {Fraction(0), Fraction(1), Fraction(-1), -value, value - (1 if value > 0 else -1), *near, *less}
    ordered = sorted({value, *candidates}, key=lambda c: (c.denominator, abs(c.numerator), c < 0))
    return ordered[: ordered.index(value)]


def float_count(sizes: tuple[int, ...], most: int | None = None) -> Any:
    """The compiled object that counts the networks of an architecture in floats (``engines/core/float_count.hpp``).

    The sizes are the inputs, then the hidden widths, all positive and at most :data:`MOST_UNITS` in all; a cell has at
    most ``most`` vertices.  Raises UnsupportedError if the core was not compiled on this machine.

    A ReLU network is one array of so many weights as ``length`` says: layer after layer the rows (w_1, …, w_n, b) of
    its units.  ``count(weights)`` is the number of its activation regions that floating point sees; 0 if a cell has too
    many vertices.  Slivers thinner than a tolerance and regions outside a large simplex are not counted, so the number
    is mostly too small, if it is wrong at all (docs/architecture.md).

    ``climb(walk, best, counts, largest, temperature, passing, moves, seed)`` makes so many moves.  ``walk`` is where
    the climb is, ``best`` the best network so far, ``counts`` an array of their counts and of the number of moves since
    ``best`` rose; the same seed, from 0 to 2^64 − 1, makes the same moves.  A move changes one to three weights, or all
    of one unit, by a step of random length, a new value or the other sign; or, for the share ``passing`` of the moves,
    it gives one unit the other sign at a vertex of the network's cells, so that the unit's hyperplane passes over the
    vertex.  New values lie between −largest and largest, steps are up to a half longer.  A move by which the count
    falls by k is kept with probability exp(−k / temperature), any other always.
    """
    if core is None:
        raise UnsupportedError("a search counts with the compiled core, which was not compiled on this machine")
    return core.FloatCount(list(sizes), most or min(4096, 64 << sizes[0]))


@dataclass(frozen=True)
class Found:
    """The best network of a search, its exact ``count`` on R^{n0}, and how many were tried in floats."""

    network: Network
    count: int
    evaluations: int


def most_regions(
    architecture: Architecture,
    *,
    seed: int = 0,
    seconds: float | None = None,
    evaluations: int | None = None,
    largest: int = 2,
    starts: Sequence[Network] = (),
    enough: int | None = None,
) -> Found:
    """The network with the most regions that hill climbing finds.

    The architecture is numeric, with ReLU units.  The search ends after so many ``seconds`` or ``evaluations``, with
    which it is deterministic for a seed, one of which must be given; and at ``enough`` regions.  Random weights lie
    between −largest and largest; the ``starts``, networks of this architecture that are climbed first, may have larger
    ones.  Raises InvalidInputError if the architecture or a start does not fit, or no limit is given.
    """
    if architecture.kind != "relu" or architecture.is_symbolic or not architecture.units:
        raise InvalidInputError(f"the search runs over ReLU networks with numeric widths, not {architecture}")
    if architecture.inputs + architecture.units > MOST_UNITS or min(architecture.sizes) < 1:
        limit = f"to at most {MOST_UNITS}: {architecture}"
        raise InvalidInputError(f"the search serves positive widths that sum up, with the inputs, {limit}")
    if seconds is None and evaluations is None:
        raise InvalidInputError("a search needs an end; give seconds= or evaluations=")
    moves = None if evaluations is None else integer(evaluations, place="evaluations", minimum=0)
    for start in starts:
        if start.architecture != architecture:
            raise InvalidInputError(f"a start has architecture {start.architecture}, the search is over {architecture}")
    return _Search(architecture, integer(seed, place="seed"), largest, starts).run(Clock(seconds, moves), enough)


class _Search:
    """One search: the arrays of the floating-point count, the random numbers, and the best network so far."""

    def __init__(self, architecture: Architecture, seed: int, largest: int, given: Sequence[Network]) -> None:
        self.architecture, self.seed, self.largest, self.given = architecture, seed, largest, given
        self.floats = float_count(architecture.sizes)
        lengths = [m + 1 for m, n in itertools.pairwise(architecture.sizes) for _ in range(n)]
        self.rows = list(itertools.pairwise(itertools.accumulate(lengths, initial=0)))  # of the units in the weights
        self.random = np.random.default_rng([abs(seed), int(seed < 0), *architecture.sizes])
        self.best: Found | None = None
        self.evaluations = 0

    def run(self, clock: Clock, enough: int | None) -> Found:
        for walk, cooling in self._starts():
            best = walk.copy()
            number = self.floats.count(walk)
            counts = np.array([number, number, 0])
            self._look_at(best, number)
            moves, passing = 0, float(self.random.choice(_PASSING))
            while moves < cooling or counts[2] < _STALLED * len(walk):
                assert self.best is not None
                if clock.expired or (enough is not None and self.best.count >= enough):
                    return self._shortened()
                batch = int(min(_BATCH, clock.networks))
                before = int(counts[1])
                temperature = _HOT * (_COLD / _HOT) ** (moves / cooling) if moves < cooling else _COLD
                draw = int(self.random.integers(2**63))
                self.floats.climb(walk, best, counts, self.largest, temperature, passing, batch, draw)
                self.evaluations += batch
                clock.networks -= batch
                moves += batch
                if counts[1] > before:
                    self._look_at(best, int(counts[1]))
        raise AssertionError("starts never end")

    def _starts(self) -> Iterator[tuple[Any, int]]:
        """Weights, the given ones first, and for how many moves they cool down."""
        draw = functools.partial(self.random.uniform, -self.largest, self.largest)
        for network in self.given:
            self._keep(network)
            yield float_rows(network), 0
        for turn in itertools.count(1):
            yield draw(self.floats.length), turn**2 * _COOLING * self.floats.length
            assert self.best is not None
            walk = float_rows(self.best.network)
            first, last = self.rows[self.random.integers(len(self.rows))]
            walk[first:last] = draw(last - first)
            yield walk, 0

    def _look_at(self, weights: Any, number: int) -> None:
        """Count exactly, with few bits, what floats take for better than the best, and the first network always."""
        if self.best is not None and number <= self.best.count:
            return
        for bits in _BITS:
            rounded = np.round(weights * 2.0**bits) / 2.0**bits
            if bits == _BITS[-1] or self.floats.count(rounded) >= number:
                network = network_of(self.architecture, [Fraction(value) for value in rounded.tolist()])
                if self._keep(network) >= number:
                    return

    def _shortened(self) -> Found:
        """The best network with as few bits of each weight as floats allow, unless its exact count falls."""
        assert self.best is not None
        weights = float_rows(self.best.network)
        for i, value in enumerate(weights.tolist()):
            for bits in (None, 0, 1, *_BITS):
                weights[i] = 0.0 if bits is None else round(value * 2**bits) / 2**bits
                if self.floats.count(weights) >= self.best.count:
                    break
            else:
                weights[i] = value
        network = network_of(self.architecture, [Fraction(value) for value in weights.tolist()])
        if self._keep(network) < self.best.count:
            network = self.best.network
        return Found(network, self.best.count, self.evaluations)

    def _keep(self, network: Network) -> int:
        """The exact count of a network, which is kept if it has more regions than all before."""
        number = int(count(network, engine="simplex"))
        if self.best is None or number > self.best.count:
            self.best = Found(network, number, self.evaluations)
        return number
