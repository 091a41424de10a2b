"""Networks that might have many regions: drawn at random, climbing, and counted no longer than there is time.

A *draft* is a network as a mutable list of integer or rational rows, so that a climb changes one weight at a time.
The count is exact from the first step; nothing about a network is ever estimated.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

from theory.activations import IDENTITY, RELU, Activation, Maxout
from theory.architecture import Architecture
from theory.network import Layer, Network
from verify.domain.shapes import WholeSpace
from verify.engines.exact import cells
from verify.engines.problem import Problem

__all__ = ["Clock", "Draft", "OutOfTimeError", "climb", "regions", "unit_of"]

Row = list[Fraction]


class OutOfTimeError(Exception):
    """The budget is used up."""


class Clock:
    """A budget of seconds, of networks, or of both.

    Parameters
    ----------
    seconds : float or None
    networks : int or None
    """

    def __init__(self, seconds: float | None, networks: int | None = None) -> None:
        self.began = time.perf_counter()
        self._deadline = None if seconds is None else self.began + seconds
        self._networks = networks

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.began

    @property
    def remaining(self) -> float | None:
        """Seconds left, at least 0; None without a time limit."""
        return None if self._deadline is None else max(0.0, self._deadline - time.perf_counter())

    @property
    def expired(self) -> bool:
        """Whether nothing is left."""
        return self.remaining == 0.0 or (self._networks is not None and self._networks <= 0)

    def check(self) -> None:
        """Raise OutOfTimeError if nothing is left."""
        if self.expired:
            raise OutOfTimeError

    def spend(self) -> None:
        """One network was counted."""
        if self._networks is not None:
            self._networks -= 1


def regions(network: Network, clock: Clock, *, enough: int | None = None) -> int:
    """The number of full-dimensional activation regions on R^{n0}; counting stops once it exceeds ``enough``.

    Raises
    ------
    OutOfTimeError
        If the clock runs out first.
    """
    number = 0
    for _ in cells(Problem.of(network, WholeSpace(network.inputs))):
        number += 1
        if enough is not None and number > enough:
            break
        if number % 32 == 0 and clock.remaining == 0.0:
            raise OutOfTimeError
    return number


def unit_of(arch: Architecture) -> Activation:
    """The unit that the networks of an architecture are made of."""
    return RELU if arch.kind == "relu" else Maxout(arch.rank)


class Draft:
    """The rows (w_1, …, w_n, b) of the hidden layers of a network, open to changes.

    >>> draft = Draft.random(Architecture.relu(2, 3), random.Random(1), 2)
    >>> draft.network.architecture
    Architecture.relu(2, 3)
    """

    def __init__(self, unit: Activation, layers: list[list[Row]], inputs: int) -> None:
        self.unit, self.layers, self.inputs = unit, layers, inputs

    @classmethod
    def random(cls, arch: Architecture, rng: random.Random, size: int) -> Draft:
        """Integer weights from −size to size."""
        unit, layers, width = unit_of(arch), [], arch.inputs
        for n in arch.widths:
            shape = range(n * unit.rows), range(width + 1)
            layers.append([[Fraction(rng.randint(-size, size)) for _ in shape[1]] for _ in shape[0]])
            width = n
        return cls(unit, layers, arch.inputs)

    @classmethod
    def of(cls, network: Network) -> Draft | None:
        """The rows of a network whose hidden units are all alike; None for others."""
        units = {unit for layer in network.hidden for unit in layer.units}
        if len(units) != 1:
            return None
        layers = [[[*w, b] for w, b in zip(layer.weights, layer.biases, strict=True)] for layer in network.hidden]
        return cls(units.pop(), layers, network.inputs)

    @property
    def widths(self) -> list[int]:
        """Units of each layer."""
        return [len(rows) // self.unit.rows for rows in self.layers]

    @property
    def architecture(self) -> Architecture:
        """Inputs and widths."""
        if self.unit == RELU:
            return Architecture.relu(self.inputs, *self.widths)
        return Architecture.maxout(self.inputs, *self.widths, rank=self.unit.rows)

    @property
    def network(self) -> Network:
        """The network, with one output that adds up the last layer."""
        layers, width = [], self.inputs
        for rows in self.layers:
            layers.append(Layer([row[:-1] for row in rows], [row[-1] for row in rows], self.unit, inputs=width))
            width = len(rows) // self.unit.rows
        return Network([*layers, Layer([[1] * width], [0], IDENTITY, inputs=width)])

    def copy(self) -> Draft:
        """A draft that can be changed alone."""
        return Draft(self.unit, [[list(row) for row in rows] for rows in self.layers], self.inputs)

    def without_unit(self, layer: int, unit: int) -> Draft | None:
        """The draft without one unit; None if it is the layer's last one."""
        if self.widths[layer] <= 1:
            return None
        result, k = self.copy(), self.unit.rows
        del result.layers[layer][unit * k : (unit + 1) * k]
        for row in result.layers[layer + 1] if layer + 1 < len(self.layers) else []:
            del row[unit]
        return result

    def without_input(self, index: int) -> Draft | None:
        """The draft on the hyperplane where one input is 0; None if it is the only one."""
        if self.inputs == 1:
            return None
        result = self.copy()
        result.inputs -= 1
        for row in result.layers[0]:
            del row[index]
        return result

    def without_layer(self, layer: int) -> Draft | None:
        """The draft without one layer, if what is left still fits together."""
        before = [self.inputs, *self.widths][layer]
        if len(self.layers) == 1 or (layer + 1 < len(self.layers) and self.widths[layer] != before):
            return None
        result = self.copy()
        del result.layers[layer]
        return result

    def entries(self) -> Iterator[tuple[Row, int]]:
        """Every weight and bias, as a row and an index into it."""
        for rows in self.layers:
            for row in rows:
                for i in range(len(row)):
                    yield row, i


def _changed(draft: Draft, rng: random.Random, size: int) -> Draft:
    """One to three weights replaced or moved a little."""
    result = draft.copy()
    places = list(result.entries())
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        row, i = rng.choice(places)
        if rng.random() < 0.5:
            row[i] = Fraction(rng.randint(-size, size))
        else:
            row[i] += Fraction(rng.choice((-1, 1)), rng.choice((1, 2, 4, 8)))
    return result


def climb(
    start: Draft, judge: Callable[[Draft], int], goal: int, rng: random.Random, *, patience: int, size: int
) -> Draft | None:
    """Change a few weights at a time and keep what does not lower the count, until it exceeds the goal.

    Gives up after ``patience`` changes in a row that did not raise the count.
    """
    best, record, idle = start, judge(start), 0
    while record <= goal and idle < patience:
        trial = _changed(best, rng, size)
        number = judge(trial)
        idle = 0 if number > record else idle + 1
        if number >= record:
            best, record = trial, number
    return best if record > goal else None
