"""A search for networks with many regions: hill climbing over small integer weights, every count exact.

A *move* changes one to three weights or biases: by a small step, to a random value, or its sign.  A move is kept unless
the network has fewer regions afterward, and now and then even when it has one fewer, so that the walk leaves plateaus;
after a while without progress it starts again.  Starts are random networks, or networks that are given, such as
constructions.  Counting is exact from the first step to the last, so what is found needs no rounding afterward.

>>> from theory import Architecture
>>> from verify.maxima.search import climb
>>> climb(Architecture.parse("1-2-1"), evaluations=2000, seed=1).count
5
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import primitive_row
from theory.network import Layer, Network
from verify.domain.shapes import WholeSpace
from verify.engines import ENGINES, Problem

__all__ = ["Found", "climb", "simplified"]

Rows = list[list[list[int]]]
"""For each hidden layer the rows of its units, weights first, bias last."""

_PATIENCE = 3000
"""Moves without progress before a new start."""


@dataclass(frozen=True)
class Found:
    """The best network of a search.

    Attributes
    ----------
    network : Network
        With integer weights.
    count : int
        Its activation regions on R^{n0}, exact.
    evaluations : int
        Networks that were counted.
    """

    network: Network
    count: int
    evaluations: int


def climb(
    architecture: Architecture,
    *,
    seed: int = 0,
    seconds: float | None = None,
    evaluations: int | None = None,
    largest: int = 9,
    starts: Sequence[Network] = (),
    announce: Callable[[Found], None] | None = None,
) -> Found:
    """The network with the most regions that hill climbing finds.

    Parameters
    ----------
    architecture : Architecture
        Numeric, ReLU units.
    seed : int
        With ``evaluations`` the search is deterministic.
    seconds, evaluations : optional
        When to stop; give at least one.
    largest : int
        Random weights lie between −largest and largest; those of given starts may be larger.
    starts : sequence of Network
        Of this architecture with integer weights; climbed first.
    announce : callable, optional
        Told about every improvement.

    Raises
    ------
    InvalidInputError
        If the architecture or a start does not fit, or no limit is given.
    """
    if architecture.kind != "relu" or architecture.is_symbolic or not architecture.units:
        raise InvalidInputError(f"the search runs over ReLU networks with numeric widths, not {architecture}")
    if seconds is None and evaluations is None:
        raise InvalidInputError("a search needs an end; give seconds= or evaluations=")
    rng = random.Random(seed)
    pending = [_integer_rows(network, architecture) for network in starts]
    deadline = None if seconds is None else time.monotonic() + seconds
    best: Found | None = None
    done = 0

    def over() -> bool:
        return (evaluations is not None and done >= evaluations) or (
            deadline is not None and time.monotonic() > deadline
        )

    while best is None or not over():
        rows = pending.pop(0) if pending else _random_rows(architecture, largest, rng)
        current = top = 0
        stalled = 0
        candidate = rows
        while True:
            number = _number(architecture, candidate)
            done += 1
            stalled += 1
            if number >= current or (number == current - 1 and rng.random() < 0.005):
                rows, current = candidate, number
            if number > top:
                top, stalled = number, 0
            if best is None or number > best.count:
                best = Found(_network(architecture, candidate), number, done)
                if announce is not None:
                    announce(best)
            if stalled > _PATIENCE or over():
                break
            candidate = _moved(rows, largest, rng)
    return Found(best.network, best.count, done)


def _number(architecture: Architecture, rows: Rows) -> int:
    problem = Problem.of(_network(architecture, rows), WholeSpace(architecture.inputs))
    return ENGINES["exact"](problem)[0]


def _random_rows(architecture: Architecture, largest: int, rng: random.Random) -> Rows:
    return [
        [[rng.randint(-largest, largest) for _ in range(before + 1)] for _ in range(width)]
        for before, width in itertools.pairwise(architecture.sizes)
    ]


def _integer_rows(network: Network, architecture: Architecture) -> Rows:
    if network.architecture != architecture:
        raise InvalidInputError(f"a start has architecture {network.architecture}, the search is over {architecture}")
    rows = [
        [[*weights, bias] for weights, bias in zip(layer.weights, layer.biases, strict=True)]
        for layer in network.hidden
    ]
    if any(v.denominator != 1 for layer in rows for row in layer for v in row):
        raise InvalidInputError("a start has weights that are no integers; scale its units first")
    return [[[int(v) for v in row] for row in layer] for layer in rows]


def _moved(rows: Rows, largest: int, rng: random.Random) -> Rows:
    """A copy with one to three entries changed."""
    copy = [[list(row) for row in layer] for layer in rows]
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        row = rng.choice(rng.choice(copy))
        i = rng.randrange(len(row))
        kind = rng.randrange(4)
        if kind == 0:
            row[i] = rng.randint(-largest, largest)
        elif kind == 1:
            row[i] = -row[i]
        else:
            row[i] += rng.choice((-1, 1)) * rng.randint(1, 1 + largest // 4)
    return copy


def _network(architecture: Architecture, rows: Rows) -> Network:
    layers, inputs = [], architecture.inputs
    for layer in rows:
        layers.append(Layer([row[:-1] for row in layer], [row[-1] for row in layer], inputs=inputs))
        inputs = len(layer)
    return Network([*layers, Network.relu([([[1] * inputs], [0])]).layers[0]])


def simplified(network: Network) -> Network:
    """A network with at least as many regions and smaller integer weights.

    Units are scaled to integers without a common divisor, those of the last layer rounded to small ones; then one entry
    after the other is moved toward zero, as far as no region is lost, until nothing moves.

    Parameters
    ----------
    network : Network
        A ReLU network with rational weights.

    Examples
    --------
    >>> from theory import Network
    >>> tent = Network.relu([([[101], ["2021/10"]], [0, -100]), ([[2, -4]], [0])])
    >>> [(layer.weights, layer.biases) for layer in simplified(tent).hidden]
    [(((Fraction(1, 1),), (Fraction(1, 1),)), (Fraction(0, 1), Fraction(-1, 1)))]
    """
    architecture = network.architecture
    rows = _primitive([[[*w, b] for w, b in zip(layer.weights, layer.biases, strict=True)] for layer in network.hidden])
    goal = _number(architecture, rows)
    for unit, row in enumerate(rows[-1]):  # nothing reads the last layer, so its units can be scaled before rounding
        size, largest = max(map(abs, row)), 1
        while largest < size:
            rows[-1][unit] = [round(Fraction(v * largest, size)) for v in row]
            if _number(architecture, rows) >= goal:
                break
            rows[-1][unit] = row
            largest += 1 + largest // 4
    entries = [(k, i, j) for k, layer in enumerate(rows) for i, row in enumerate(layer) for j in range(len(row))]
    moved = True
    while moved:
        moved = False
        for k, i, j in sorted(entries, key=lambda at: -abs(rows[at[0]][at[1]][at[2]])):
            value = rows[k][i][j]
            sign = (value > 0) - (value < 0)
            for smaller in dict.fromkeys((0, sign, sign * (abs(value) // 2), sign * (abs(value) * 15 // 16))):
                rows[k][i][j] = smaller
                if smaller != value and _number(architecture, rows) >= goal:
                    moved = True
                    break
                rows[k][i][j] = value
    return _network(architecture, rows)


def _primitive(rows: Sequence[Sequence[Sequence[Fraction]]]) -> Rows:
    """The same patterns with every unit scaled to integers without a common divisor, layer by layer."""
    current = [[list(row) for row in layer] for layer in rows]
    result: Rows = []
    for depth, layer in enumerate(current):
        result.append([list(primitive_row(row)) for row in layer])
        for behind in current[depth + 1] if depth + 1 < len(current) else ():
            for unit, (row, whole) in enumerate(zip(layer, result[-1], strict=True)):
                at = next((i for i, v in enumerate(row) if v), None)
                if at is not None:
                    behind[unit] *= row[at] / Fraction(whole[at])
    return result
