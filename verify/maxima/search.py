"""The search for networks with many regions: hill climbing from random networks or given ones, every count exact.

>>> from theory import Architecture
>>> most_regions(Architecture.parse("1-2-1"), evaluations=2000, seed=1).count
5
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.network import Network
from verify.maxima.climbing import Clock, OutOfTimeError, climb, regions
from verify.maxima.edits import random_network

__all__ = ["Found", "most_regions"]

_STALLED = 3000
"""Moves in a row without progress before a new start."""


@dataclass(frozen=True)
class Found:
    """The best network of a search.

    Attributes
    ----------
    network : Network
        With integer weights, unless a given start has others.
    count : int
        Its activation regions on R^{n0}, exact.
    evaluations : int
        Networks that were counted.
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
    largest: int = 9,
    starts: Sequence[Network] = (),
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
        Of this architecture; climbed first.

    Raises
    ------
    InvalidInputError
        If the architecture or a start does not fit, or no limit is given.
    """
    if architecture.kind != "relu" or architecture.is_symbolic or not architecture.units:
        raise InvalidInputError(f"the search runs over ReLU networks with numeric widths, not {architecture}")
    if seconds is None and evaluations is None:
        raise InvalidInputError("a search needs an end; give seconds= or evaluations=")
    for start in starts:
        if start.architecture != architecture:
            raise InvalidInputError(f"a start has architecture {start.architecture}, the search is over {architecture}")
    pending, rng = list(starts), random.Random(seed)
    clock, counted = Clock(seconds, evaluations), 0
    best: Found | None = None

    def count(network: Network) -> int:
        nonlocal counted
        if counted:  # the first network is counted in any case
            clock.check()
        counted += 1
        clock.spend()
        return regions(network)

    try:
        while True:
            start = pending.pop(0) if pending else random_network(architecture, rng, largest)
            for network, number in climb(start, count, rng, largest=largest, stalled=_STALLED):
                if best is None or number > best.count:
                    best = Found(network, number, counted)
    except OutOfTimeError:
        assert best is not None
        return Found(best.network, best.count, counted)
