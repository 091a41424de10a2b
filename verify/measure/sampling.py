"""Means over random networks: exact geometry of drawn networks, confidence intervals for the means.

Every sample is a number that was computed exactly for one network; only the mean over networks is an estimate, and it
comes with Student's confidence interval, which assumes that the mean of the samples is nearly normal.

Theorem 3 of Hanin and Rolnick (2019) is evaluated in two ways that share nothing: :func:`density_by_geometry` measures
the boundary of drawn networks, :func:`density_by_formula` averages the Kac-Rice integrand
Σ_z ‖∇z(x)‖·ρ_b(−w_z(x))·1{z good at x}, w_z the preactivation without the unit's own bias, at random points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, rational
from theory.initialisation import Initialisation
from theory.network import Network
from verify.domain import Box, Line, Plane, Segment
from verify.lines.result import along
from verify.measure.boundary import Which, boundary
from verify.measure.distance import distances
from verify.measure.progress import tracked
from verify.planes.result import across

__all__ = [
    "Estimate",
    "density_by_formula",
    "density_by_geometry",
    "distance_times_units",
    "good_units",
    "mean_over_networks",
    "plane_regions_by_squared_units",
    "regions_by_units_on_a_line",
]


@dataclass(frozen=True)
class Estimate:
    """A mean with a confidence interval.

    Attributes
    ----------
    mean, low, high : float
    level : float
        Probability with which the interval contains the true mean, if the sample mean is normal.
    samples : int
    """

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
        values = np.asarray(list(samples), dtype=np.float64)
        n = len(values)
        if n < 2:
            raise InvalidInputError(f"a confidence interval needs at least two samples, not {n}")
        if not 0 < level < 1:
            raise InvalidInputError(f"the confidence level {level} is not between 0 and 1")
        mean = float(values.mean())
        half = student_quantile(n - 1, level) * float(values.std(ddof=1)) / math.sqrt(n)
        return cls(mean, mean - half, mean + half, level, n)

    def agrees_with(self, other: Estimate) -> bool:
        """Whether the two intervals overlap."""
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return f"{self.mean:.4g} in [{self.low:.4g}, {self.high:.4g}] ({100 * self.level:.0f} % of {self.samples})"


def student_quantile(freedom: int, level: float) -> float:
    """t with P(|T| ≤ t) = level for Student's T, by bisection of the incomplete beta function.

    >>> round(student_quantile(10, 0.95), 4)
    2.2281
    """
    low, high = 0.0, 1.0
    half = flint.arb(1) / 2

    def outside(t: float) -> float:
        x = flint.arb(freedom) / (freedom + flint.arb(t) ** 2)
        return float(x.beta_lower(flint.arb(freedom) / 2, half, regularized=True).mid())

    while outside(high) > 1 - level:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if outside(middle) > 1 - level else (low, middle)
    return high


def mean_over_networks(
    quantity: Callable[[Network, np.random.Generator], float],
    architecture: Architecture,
    law: Initialisation,
    *,
    draws: int = 100,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """The mean of any quantity of a network over a law; the same seed gives the same numbers."""
    streams = np.random.default_rng(seed).spawn(draws)
    samples = []
    for rng in tracked(streams, f"{draws} networks {architecture}"):
        samples.append(quantity(law.draw(architecture, rng), rng))
    return Estimate.of(samples, level)


def _gaussian_points(rng: np.random.Generator, number: int, inputs: int) -> list[list[Fraction]]:
    """Standard normal points, kept exactly as drawn."""
    return [[Fraction(float(v)) for v in row] for row in rng.normal(size=(number, inputs))]


def regions_by_units_on_a_line(architecture: Architecture, law: Initialisation, **options: Any) -> Estimate:
    """Mean of (regions on a random line through the origin) / (number of units); Hanin and Rolnick: near 1.

    >>> estimate = regions_by_units_on_a_line(Architecture.relu(10, 12, 12), Initialisation(), draws=20)
    >>> 0.7 < estimate.mean < 1.2
    True
    """

    def ratio(network: Network, rng: np.random.Generator) -> float:
        start = [Fraction(0)] * architecture.inputs
        (end,) = _gaussian_points(rng, 1, architecture.inputs)
        return along(network, Line(start, end)).activation / int(architecture.units)

    return mean_over_networks(ratio, architecture, law, **options)


def distance_times_units(
    architecture: Architecture, law: Initialisation, *, points: int = 10, **options: Any
) -> Estimate:
    """Mean of (distance from a standard normal point to the nearest boundary) × (number of units)."""

    def product(network: Network, rng: np.random.Generator) -> float:
        measured = distances(network, _gaussian_points(rng, points, architecture.inputs))
        return float(measured.floats.mean()) * float(architecture.units)

    return mean_over_networks(product, architecture, law, **options)


def plane_regions_by_squared_units(
    architecture: Architecture, law: Initialisation, *, reach: RationalLike = 100, **options: Any
) -> Estimate:
    """Mean of (regions in a large square of a random plane through the origin) / (number of units)².

    Hanin and Rolnick (2019b) find about 1/2.
    """
    size = rational(reach, place="reach")

    def ratio(network: Network, rng: np.random.Generator) -> float:
        first, second = _gaussian_points(rng, 2, architecture.inputs)
        plane = Plane([0] * architecture.inputs, first, second, Box.cube(-size, size, 2))
        return across(network, plane).activation / int(architecture.units) ** 2

    return mean_over_networks(ratio, architecture, law, **options)


def density_by_geometry(
    architecture: Architecture, law: Initialisation, box: Box, of: Which = "linear", **options: Any
) -> Estimate:
    """E vol(B ∩ K) / vol(K) as the mean over drawn networks of exact boundary volumes: the left side of Theorem 3."""
    size = math.prod(b - a for a, b in zip(box.lower, box.upper, strict=True))

    def density(network: Network, _: np.random.Generator) -> float:
        domain = Segment(box.lower, box.upper) if box.dimension == 1 else box
        return float(boundary(network, domain, of).volume) / float(size)

    return mean_over_networks(density, architecture, law, **options)


def density_by_formula(
    architecture: Architecture,
    law: Initialisation,
    box: Box,
    of: Which = "linear",
    *,
    draws: int = 4000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """The same number as the mean of the Kac-Rice integrand over networks and points: the right side of Theorem 3.

    With ``of="activation"`` every unit counts, also where no open path leads to the output.

    Raises
    ------
    UnsupportedError
        For units other than ReLU.
    """
    if architecture.kind != "relu":
        raise UnsupportedError(f"the integrand is written for ReLU units, not for {architecture}; use the geometry")
    low, high = (np.array([float(v) for v in end]) for end in (box.lower, box.upper))
    samples = []
    for rng in tracked(np.random.default_rng(seed).spawn(draws), f"{draws} integrands of {architecture}"):
        network = law.draw(architecture, rng)
        layers = [_floats(layer) for layer in network.layers]
        samples.append(_integrand(layers, law, rng.uniform(low, high), count_all=of == "activation"))
    return Estimate.of(samples, level)


Floats = np.ndarray[Any, np.dtype[np.float64]]


def _floats(layer: Any) -> tuple[Floats, Floats]:
    weights = np.array([[float(v) for v in row] for row in layer.weights]).reshape(layer.rows, layer.inputs)
    return weights, np.array([float(v) for v in layer.biases])


def _integrand(layers: Sequence[tuple[Floats, Floats]], law: Initialisation, x: Floats, *, count_all: bool) -> float:
    """Σ_z ‖∇z(x)‖ ρ_b(−w_z(x)) 1{z good at x, given that z is at its threshold}."""
    total, h, jacobian = 0.0, x, np.eye(len(x))
    for depth, (weights, biases) in enumerate(layers[:-1]):
        without = weights @ h
        gradients = weights @ jacobian
        parts = np.linalg.norm(gradients, axis=1) * law.density(-without)
        z = without + biases
        active = z > 0
        h, jacobian = np.where(active, z, 0.0), gradients * active[:, None]
        total += float(parts[good_units(layers[depth + 1 :], h)].sum() if not count_all else parts.sum())
    return total


def good_units(after: Sequence[tuple[Floats, Floats]], h: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each unit of a layer with outputs h whether, at its threshold, an open path leads from it to an output.

    Column u of the matrices belongs to unit u: the values behind the layer when unit u is at 0, and what u reaches.
    """
    values = np.repeat(h[:, None], len(h), axis=1)
    np.fill_diagonal(values, 0.0)
    reach = np.eye(len(h), dtype=bool)
    for depth, (weights, biases) in enumerate(after):
        z = weights @ values + biases[:, None]
        reach = (weights != 0).astype(float) @ reach > 0
        if depth < len(after) - 1:
            reach &= z > 0
            values = np.maximum(z, 0.0)
    return np.asarray(reach.any(axis=0))
