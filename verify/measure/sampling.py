"""Means over random networks: exact geometry of drawn networks, confidence intervals for the means.

Every sample is a number that was computed exactly for one network; only the mean over networks is an estimate, and it
comes with Student's confidence interval, which assumes that the mean of the samples is nearly normal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import integer
from theory.initialization import Initialization
from theory.network import Network
from verify.progress import tracked

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Estimate:
    """A mean, and an interval that contains the true one with probability ``level`` if the mean is normal."""

    mean: float
    low: float
    high: float
    level: float
    samples: int

    @classmethod
    def of(cls, samples: Iterable[float], level: float = 0.95) -> Estimate:
        """Student's interval.

        >>> Estimate.of([1.0, 2.0, 3.0, 4.0])
        Estimate(mean=2.5, low=0.445..., high=4.554..., level=0.95, samples=4)
        """
        from scipy.special import stdtrit

        values = np.asarray(list(samples), dtype=np.float64)
        n = len(values)
        if n < 2:
            raise InvalidInputError(f"a confidence interval needs at least two samples, not {n}")
        if not 0 < level < 1:
            raise InvalidInputError(f"the confidence level {level} is not between 0 and 1")
        mean = float(values.mean())
        half = float(stdtrit(n - 1, (1 + level) / 2) * values.std(ddof=1)) / math.sqrt(n)
        return cls(mean, mean - half, mean + half, level, n)

    def agrees_with(self, other: Estimate) -> bool:
        """Whether the two intervals overlap."""
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return f"{self.mean:.4g} in [{self.low:.4g}, {self.high:.4g}] ({100 * self.level:.9g} % of {self.samples})"


def mean_over_networks(
    quantity: Callable[[Network, np.random.Generator], float],
    architecture: Architecture,
    law: Initialization,
    *,
    draws: int = 100,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """The mean of any quantity of a network over a law; the same seed gives the same numbers."""
    streams = tracked(random_streams(seed, draws, "draws"), f"{draws} networks {architecture}")
    return Estimate.of((quantity(law.draw(architecture, rng), rng) for rng in streams), level)


def random_streams(seed: int, number: int, name: str) -> list[np.random.Generator]:
    """Independent streams of random numbers; at least two, else InvalidInputError names the number by its name."""
    return generator(seed).spawn(integer(number, place=name, minimum=2))


def generator(seed: int) -> np.random.Generator:
    """The random numbers of a seed, an integer that is not negative."""
    return np.random.default_rng(integer(seed, place="seed", minimum=0))


def good_units(after: Sequence[tuple[Floats, Floats]], h: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each unit of a layer with outputs h whether, at its threshold, an open path leads from it to an output.

    Column u of the matrices belongs to unit u: the values behind the layer when unit u is at 0, and what u reaches.
    Several points at once are rows of h.
    """
    itself = np.eye(h.shape[-1], dtype=bool)
    values = np.where(itself, 0.0, h[..., :, None])
    reach = np.broadcast_to(itself, values.shape)
    for depth, (weights, biases) in enumerate(after):
        z = weights @ values + biases[:, None]
        reach = (weights != 0).astype(float) @ reach > 0
        if depth < len(after) - 1:
            reach &= z > 0
            values = np.maximum(z, 0.0)
    return np.asarray(reach.any(axis=-2))
