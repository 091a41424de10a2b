"""Walks among networks by exact counts: up to many regions, within a budget, and down to a small network.

What is found needs no verification afterward.
"""

import contextlib
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from theory.network import Network
from verify.domain.shapes import WholeSpace
from verify.engines.exact import cells
from verify.engines.problem import Problem
from verify.maxima.edits import rows_of, with_rows, without_one_part


class OutOfTimeError(Exception):
    """The budget is used up."""


class Clock:
    """A budget of seconds, of ``networks``, or of both, that starts when it is made; None means without that limit."""

    def __init__(self, seconds: float | None = None, networks: int | None = None) -> None:
        self._began = time.perf_counter()
        self._seconds = math.inf if seconds is None else seconds
        self.networks = math.inf if networks is None else networks  # left; whoever counts some takes them off

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


def regions(network: Network, clock: Clock | None = None, *, enough: int | None = None) -> int:
    """The number of full-dimensional activation regions on R^{n0}; counting stops once it exceeds ``enough``.

    Raises OutOfTimeError if the seconds of the clock run out first.
    """
    number = 0
    for _ in cells(Problem.of(network, WholeSpace(network.inputs))):
        number += 1
        if enough is not None and number > enough:
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
