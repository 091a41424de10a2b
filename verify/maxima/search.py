"""The search for networks with many regions: floats climb, exact counts decide.

Hill climbing on the floating-point count (:func:`float_count`) from given networks, then in turns from random ones,
where it begins as simulated annealing, and from the best network so far with a new unit.  Half of the climbs change
weights at random; the others also move the hyperplane of a unit over a vertex of the regions.  What floats take for
better than the best so far is rounded to short weights; only its exact count is reported.

>>> from theory import Architecture
>>> most_regions(Architecture.parse("1-2-1"), evaluations=2000, seed=1).count
5
"""

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import integer
from theory.network import Network
from verify.counting.region_count import count
from verify.engines.core import core
from verify.maxima.climbing import Clock, float_rows, network_of

MOST_UNITS = 60
"""Inputs and hidden units together: the facets of a cell are the bits of one integer."""

_BATCH = 1000  # moves between two looks at the clock
_STALLED = 300  # moves for each weight, in a row and without progress, before a new start
_COOLING = 2000  # moves for each weight while the first random network cools down; the k-th one gets k² times as many
_HOT, _COLD = 1.0, 0.3  # temperatures: where an annealing begins, and where it ends and every other climb is
_PASSING = (0.0, 0.2)  # shares of the moves that pass over a vertex; each start draws one of them
_BITS = (2, 3, 4, 6, 8, 12, 16, 24, 32)  # after the binary point, of weights that are tried from the shortest on


def float_count(sizes: tuple[int, ...], most: int | None = None) -> Any:
    """The compiled object that counts the networks of an architecture in floats (``engines/core/float_count.hpp``).

    The sizes are the inputs, then the hidden widths, all positive and at most :data:`MOST_UNITS` in all; a cell has at
    most ``most`` vertices.  Raises UnsupportedError if the core was not compiled on this machine.

    A ReLU network is one array of so many weights as ``length`` says: layer after layer the rows (w_1, …, w_n, b) of
    its units.  ``count(weights)`` is the number of its activation regions that floating point sees; 0 if a cell has too
    many vertices.  A cell of R^d is the list of its vertices (x, t) in homogeneous coordinates, scaled to largest entry
    1, each with the set of facets that it lies on.  The first cell is a simplex so large that few regions lie outside.
    A unit whose preactivation takes both signs on the vertices of a cell, by more than a tolerance, cuts it in two; the
    new vertices lie on segments between two vertices with d − 1 facets in common.  Where a vertex is not simple some of
    these segments are no edges, but their points lie in the cell.  Slivers thinner than the tolerance and regions
    outside the simplex are not counted, so the count is mostly too small, if it is wrong at all.

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
    """The best network of a search.

    The network's weights have powers of two as denominators, unless a given start has others; ``count`` is the exact
    number of its activation regions on R^{n0}, ``evaluations`` the number of networks that were tried in floats.
    """

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

    The architecture is numeric, with ReLU units.  The search ends after so many ``seconds``, which begin when the
    compiled code is loaded, or ``evaluations``, with which it is deterministic for a seed, one of which must be given;
    and at ``enough`` regions, a proven upper bound say.  Random weights lie between −largest and largest; the
    ``starts``, networks of this architecture that are climbed first, may have larger ones.  Raises InvalidInputError if
    the architecture or a start does not fit, or no limit is given.
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
        """Count exactly what floats take for better than the best so far, with the shortest weights that floats allow.

        Floats may be wrong in both directions; the first network is counted in any case.
        """
        if self.best is not None and number <= self.best.count:
            return
        for bits in _BITS:
            rounded = np.round(weights * 2.0**bits) / 2.0**bits
            if bits == _BITS[-1] or self.floats.count(rounded) >= number:
                network = network_of(self.architecture, [Fraction(value) for value in rounded.tolist()])
                if self._keep(network) >= number:
                    return

    def _shortened(self) -> Found:
        """The best network with as few binary digits of each weight as floats allow, if it keeps its exact count.

        The shorter weights may also add regions that floats do not see; then those count.
        """
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
