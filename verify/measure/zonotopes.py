r"""The mean number of activation regions that random networks have on a box or a segment, without counting.

Weights are independent with symmetric laws, and biases are :math:`N(0, \beta^2)`.  Replace each unit before the last
layer, by the toss of a fair coin, by the identity or by 0: then all units are affine functions, and on a box K

.. math::

    \mathbb{E} R(K) = 1 + \sum_T P(0 \in g_T(K)), \qquad g_T(x) = Y x + c,

the sum over the sets T of k of them, :math:`g_T` their functions and :math:`g_T(K)` a *zonotope*.  Units of a layer are
exchangeable, so that only their numbers :math:`t_l` in T matter, for :math:`\prod_l \binom{n_l}{t_l}` sets at once.
``docs/proofs-networks.md`` proves this, and that what is drawn for a term has the probability as its mean: Gaussian
matrices enter by Bartlett's triangular factors, with k·k numbers for each layer, whatever the widths are; the normal
measure of the zonotope by a random line through 0, on which a linear program finds it; and far from 0 normal weights
are multiplied by a random factor in the direction of the domain's center, the measure by the quotient of densities.

Draws are binary64, and no proof.  The interval is Student's, for independent repetitions, each a sum over all
:math:`(t_l)`; a first round, which is left out, says how many draws of each term a repetition takes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import integer
from theory.initialization import Initialization
from verify.domain.shapes import Box, Domain, Plane, Segment
from verify.measure.sampling import Estimate, Floats, generator
from verify.progress import tracked

Integers = np.ndarray[Any, np.dtype[np.int64]]

_REPETITIONS = 40
_FIRST = 50
"""Draws of each term in the first round."""
_EVENLY = 0.2
"""The share of the draws that does not depend on the first round."""
_NUMBERS = 1 << 22
"""Most numbers in an array of weights."""
_LARGEST = 10**50
"""Of the coordinates in the domain; squares of products of two of them are floats."""
_TOLERANCE = 1e-9
"""How much a slope may exceed that of a minimum."""


def mean_regions(
    architecture: Architecture,
    law: Initialization,
    domain: Domain,
    *,
    draws: int = 20_000,
    seed: int = 0,
    level: float = 0.95,
) -> Estimate:
    """The mean number of activation regions over the networks of a law, as a confidence interval of the given level.

    The architecture has ReLU layers, of any depth and widths.  The domain is a Box, a Segment, or a Plane with a Box as
    its patch; on whole lines, planes and spaces :func:`theory.symmetric_line.space_regions` has the exact mean.  Raises
    UnsupportedError for other units and domains, coordinates beyond 10⁵⁰ deviations of a bias, and sides too short.

    About ``draws`` are made for all terms together, at least 90 for each; the same ``seed`` gives the same numbers.
    There are at most C(depth + k, k) − 1 terms, k the number of units or of dimensions, whichever is less.  A draw
    takes about a microsecond in two dimensions, and some milliseconds for 20 units in 784.

    Where few draws count the interval is too short: with uniform weights on a domain that is more than 20 times
    farther from 0 than it and a deviation of the biases are large, with normal ones and more layers a thousand times,
    and perhaps on tiny domains that thousands of units cut.

    >>> from theory.gaussian_layer import one_layer_breakpoints
    >>> one = mean_regions(Architecture.relu(2, 9), Initialization(bias=1), Segment([-1, 0], [2, 3]))
    >>> one.low < 1 + float(one_layer_breakpoints(9, [-1, 0], [2, 3], 1).mid()) < one.high
    True
    """
    if architecture.kind != "relu" or architecture.is_symbolic:
        raise UnsupportedError(f"the mean is known for ReLU layers of given widths, not for {architecture}")
    center, generators = _parallelotope(domain, law.bias)
    inputs, dimension = generators.shape
    if architecture.inputs != inputs:
        raise InvalidInputError(f"{domain} lies in R^{inputs}, and the networks have {architecture.inputs} inputs")
    if not generators.any(axis=0).all():
        raise UnsupportedError(f"measured by the deviation of the biases, {domain} is too small for floats")
    widths = tuple(itertools.takewhile(bool, architecture.widths))  # behind an empty layer all units are constant
    wanted, rng = integer(draws, place="draws", minimum=1), generator(seed)
    terms = [_Term(law, architecture, chosen) for chosen in _choices(widths, dimension)]
    spread = []
    for term in tracked(terms, f"{len(terms)} kinds of sets, first round"):
        deviation = float(np.std(term.draw(rng, _FIRST, center, generators)))
        spread.append(term.sets * deviation / sum(term.chosen))  # the time for one is about the square
    totals = np.ones(_REPETITIONS)
    for term, part in zip(tracked(terms, f"{len(terms)} kinds of sets"), spread, strict=True):
        share = (1 - _EVENLY) * part / (sum(spread) or 1.0) + _EVENLY / len(terms)
        each = math.ceil(wanted * share / _REPETITIONS)
        values = term.draw(rng, _REPETITIONS * each, center, generators)
        totals += term.sets * values.reshape(_REPETITIONS, each).mean(axis=1)
    return Estimate.of(totals, level)


def _parallelotope(domain: Domain, unit: Fraction) -> tuple[Floats, Floats]:
    """Its center, and half of its edges as columns, in this unit of length."""
    box = Box([0], [1]) if type(domain) is Segment else domain.patch if isinstance(domain, Plane) else domain
    if not isinstance(box, Box):
        raise UnsupportedError(f"means are drawn on boxes, segments and parallelograms, not on {domain}")
    if any(abs(x) > _LARGEST * unit for point in (box.lower, box.upper, *domain.points) for x in point):
        raise UnsupportedError(f"measured by the deviation of the biases, {domain} is too large for floats")
    low, high = (np.array(point, dtype=object) / unit for point in (box.lower, box.upper))
    if not domain.points:
        return ((low + high) / 2).astype(np.float64), np.diag(((high - low) / 2).astype(np.float64))
    start, *ends = (np.array(point, dtype=object) for point in domain.points)
    edges = np.stack(ends, axis=1) - start[:, None]
    return (start / unit + edges @ (low + high) / 2).astype(np.float64), (edges * (high - low) / 2).astype(np.float64)


def _choices(widths: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    """How many units of each layer a set of 1 to ``most`` units can have."""
    for number in range(1, min(most, sum(widths)) + 1):
        for layers in itertools.combinations_with_replacement(range(len(widths)), number):
            chosen = tuple(map(layers.count, range(len(widths))))
            if all(t <= n for t, n in zip(chosen, widths, strict=True)):
                yield chosen


@dataclass(frozen=True)
class _Term:
    """The sets T of ``chosen`` units of each layer."""

    law: Initialization
    architecture: Architecture
    chosen: tuple[int, ...]

    @property
    def sets(self) -> int:
        return math.prod(map(math.comb, self.architecture.widths, self.chosen))

    def draw(self, rng: np.random.Generator, number: int, center: Floats, generators: Floats) -> Floats:
        """Independent numbers, not negative; their mean is the probability that T has a common zero in the domain."""
        widths, last = self.architecture.widths, max(layer for layer, t in enumerate(self.chosen) if t)
        free = np.array([widths[i] - self.chosen[i] for i in range(last)], dtype=np.int64)
        behind = [sum(self.chosen[i + 1 :]) for i in range(last)]
        values = np.zeros(number)
        columns = max(len(center), *widths)
        most = max(1, _NUMBERS // (columns * (sum(self.chosen) if self.law.weights == "he_normal" else columns)))
        for part in np.array_split(values, range(most, number, most)):  # views
            on = rng.binomial(free, 0.5, (len(part), last))  # of the units that are not in T
            independent = (on >= behind).all(axis=1)
            maps, quotients = self._maps(rng, on[independent], center, generators)
            part[independent] = quotients * _measures(rng, maps @ center, maps @ generators)
        return values

    def _maps(
        self, rng: np.random.Generator, on: Integers, center: Floats, generators: Floats
    ) -> tuple[Floats, Floats]:
        r"""Of each draw the k × inputs matrix :math:`C^{-1} Y` for biases of variance 1; a quotient of densities."""
        k, number = sum(self.chosen), len(on)
        noise, rows = np.zeros((number, k, k)), np.zeros((number, 0, 0))
        for layer in range(on.shape[1], -1, -1):
            # The units of T from here on are rows · (preactivations here, of those on and of T) + N(0, noise).
            t, (_, r, w) = self.chosen[layer], rows.shape
            rows = np.pad(rows, ((0, 0), (0, t), (0, t)))
            rows[:, range(r, r + t), range(w, w + t)] = 1
            noise[:, : r + t, : r + t] += rows @ rows.mT
            weights = self._weights(rng, layer, on, w + t)
            if not layer:
                quotients = self._bring_near(rng, weights, center, generators)
            rows = rows @ weights
        return np.linalg.solve(np.linalg.cholesky(noise), rows), quotients

    def _bring_near(self, rng: np.random.Generator, weights: Floats, center: Floats, generators: Floats) -> Floats:
        r"""Make normal weights smaller in the direction of the center, if it is far from 0 for the domain's size.

        The factor :math:`\theta` is one of 1, 1/4, 1/16, …, all J equally likely.  A value times the quotient of the
        densities before and after, which is returned and at most J, has the mean that it had.
        """
        number, rows, inputs = weights.shape
        distance = float(np.linalg.norm(center))
        size = float(np.linalg.norm(generators)) + math.sqrt(inputs / 2)
        choices = 0.25 ** np.arange(1 + max(0, round(math.log(max(distance / size, 1), 4))))
        if len(choices) == 1 or self.law.weights != "he_normal":
            return np.ones(number)
        along, factors = weights @ (center / distance), rng.choice(choices, number)[:, None]
        weights += ((factors - 1) * along)[:, :, None] * (center / distance)
        squares = np.square(factors * along).sum(axis=1)[:, None] * inputs / 2
        logarithms = -rows * np.log(choices) - squares / 2 * (choices**-2.0 - 1)  # of densities
        top = logarithms.max(axis=1)
        return np.asarray(len(choices) * np.exp(-top) / np.exp(logarithms - top[:, None]).sum(axis=1))

    def _weights(self, rng: np.random.Generator, layer: int, on: Integers, rows: int) -> Floats:
        """Of so many units, for those units of the layer before that are on; normal ones up to a rotation."""
        number, columns = len(on), (self.architecture.inputs, *self.architecture.widths)[layer]
        deviation = math.sqrt(2 / columns)
        if self.law.weights == "he_uniform":
            weights = rng.uniform(-math.sqrt(3), math.sqrt(3), (number, rows, columns)) * deviation
            return weights * (np.arange(columns) < on[:, layer - 1, None, None]) if layer else weights
        if not layer:
            return rng.normal(0.0, deviation, (number, rows, columns))
        factor = np.tril(rng.normal(size=(number, rows, rows)), -1)
        degrees = np.arange(rows)
        factor[:, degrees, degrees] = np.sqrt(rng.chisquare(on[:, layer - 1, None] - degrees))
        return deviation * factor


def _measures(rng: np.random.Generator, centers: Floats, generators: Floats) -> Floats:
    """Unbiased values of the standard normal measure of zonotopes in R^k: each that of a random line through 0."""
    from scipy.special import chdtr

    directions = rng.normal(size=centers.shape)
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    high = _ends(directions, centers, generators)
    low = -_ends(directions, -centers, generators) if centers.any() else -high
    below, above = (np.sign(r) * chdtr(centers.shape[1], r * r) / 2 for r in (low, high))
    return np.asarray(np.maximum(above - below, 0.0), dtype=np.float64)


def _ends(directions: Floats, centers: Floats, generators: Floats) -> Floats:
    r"""The largest r for which r·u lies in the zonotope, −∞ where there is none.

    By duality this is the least value of :math:`\langle n, m \rangle + \sum_i |\langle n, v_i \rangle|` over all n with
    :math:`\langle n, u \rangle = 1`, m the center and :math:`v_i` the generators.  It is convex and linear in pieces;
    the simplex method descends along its edges.  At a corner n is orthogonal to k − 1 of the :math:`v_i`, a basis
    together with u.  The rows of a table are the vectors of the dual basis, n the last one, by their products with
    all :math:`v_i` and with m.  The method goes on only while the value, as rounded, falls; so it ends.
    """
    _, k, number = generators.shape
    start = np.abs(directions[:, None, :] @ generators).argsort(axis=-1)[:, :, : k - 1]  # near n = u
    basis = np.concatenate([np.take_along_axis(generators, start, axis=2), directions[:, :, None]], axis=2)
    tables = np.linalg.solve(basis, np.concatenate([generators, centers[:, :, None]], axis=2))
    np.put_along_axis(tables, start, np.eye(k)[None, :, : k - 1], axis=2)  # exact zeros stay exact
    ends, where = np.full(len(tables), -np.inf), np.arange(len(tables))
    last = -ends
    while len(where):
        each, products = np.arange(len(where)), tables[:, -1, :number]
        # Along row j the sum grows by 1 + slope j for each unit, and against it by 1 - slope j.
        slopes = tables[:, :, number] + (tables[:, :, :number] @ np.sign(products)[:, :, None])[:, :, 0]
        steep = np.abs(slopes[:, :-1]).argmax(axis=1) if k > 1 else each * 0
        slope = slopes[each, steep] * (k > 1)
        step = tables[each, steep, :number] * -np.sign(slope)[:, None]
        crossed = products * step < 0
        times = np.divide(-products, step, out=np.full_like(step, np.inf), where=crossed)
        order = times.argsort(axis=1)
        turns = np.take_along_axis(np.where(crossed, 2 * np.abs(step), 0.0), order, axis=1).cumsum(axis=1)
        upward = turns >= np.abs(slope)[:, None] - 1
        values = tables[:, -1, number] + np.abs(products).sum(axis=1)
        best = (np.abs(slope) <= 1 + _TOLERANCE) | ~(values < last)
        ends[where[best]] = np.minimum(values, last)[best]
        going = ~best & upward.any(axis=1)  # without an end the sum falls forever
        enters = order[each, upward.argmax(axis=1)][going]
        tables, where, last, steep, each = tables[going], where[going], values[going], steep[going], each[: going.sum()]
        pivot = tables[each, steep] / tables[each, steep, enters][:, None]
        column = tables[each, :, enters]
        column[each, steep] = 0
        tables -= column[:, :, None] * pivot[:, None, :]
        tables[each, steep] = pivot
    return ends
