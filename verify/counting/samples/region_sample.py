"""Uniform random activation regions.

>>> from theory import Network
>>> from verify import Box
>>> tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
>>> drawn = sample(tent, Box([0], [1]), 4, seed=1)
>>> drawn
<4 uniform activation regions of 1-2 on [0,1], 4 draws; the bound is 2>
>>> [region.pattern for region in drawn]
[((1, 1),), ((1, 0),), ((1, 0),), ((1, 0),)]
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import overload

from theory.deadline import DeadlineExceededError, until
from theory.exact import decimal, integer
from theory.geometry.region import Region
from theory.network import Network
from verify.counting.limits import Limits
from verify.counting.samples.draws import Draws, Stream
from verify.domain.shapes import Domain
from verify.engines.problem import Problem, domain_of, reduced


@dataclass(frozen=True, repr=False)
class RegionSample(Sequence[Region]):
    """Independent uniform activation regions; a sequence of :class:`theory.geometry.region.Region`."""

    regions: tuple[Region, ...]
    """In the parameters of the domain, each with its pattern and an exact interior point (``witness``)."""
    draws: int
    """How many were made; the others gave no region."""
    bound: int
    """The proved upper bound U on the number R of regions; each draw gives a region with probability R/U."""
    seed: int
    network: Network
    domain: Domain

    @overload
    def __getitem__(self, at: int) -> Region: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Region, ...]: ...
    def __getitem__(self, at: int | slice) -> Region | tuple[Region, ...]:
        return self.regions[at]

    def __len__(self) -> int:
        return len(self.regions)

    def __repr__(self) -> str:
        return (
            f"<{len(self)} uniform activation regions of {self.network.architecture} on {self.domain}, "
            f"{self.draws} draws; the bound is {decimal(self.bound)}>"
        )


def sample(
    network: Network, domain: Domain | None = None, n: int = 1, *, seed: int = 0, budget: float | None = None
) -> RegionSample:
    r"""n independent activation regions of ``network`` on ``domain``, each uniform among all of them, exactly.

    The network is any piecewise-linear one, in general position or not; as for :func:`verify.count`, regions are
    full-dimensional in the domain's parameters.  With another ``n`` the first regions are the same, and the same
    ``seed`` gives the same regions on every machine (:mod:`verify.counting.samples.draws`).  Raises InvalidInputError
    as :func:`verify.count` does, or if n is negative.

    After the ``budget`` in seconds, not counting the cells at the top, the result is the regions that are there; the
    last draw is abandoned.  They are the first ones of a sequence of independent uniform regions, but how many of them
    depends on the time that each took, which favors regions that are quickly drawn: samples are exactly uniform without
    a budget, or with one that surely suffices.

    Draws are rejected until n are accepted, each with probability exactly R/U, U the bound of
    :mod:`verify.counting.samples.draws`; so a region takes U/R draws on average, of at most two linear programs
    in rational arithmetic for each wall of a unit.  It is a method for few layers or tight bounds; the bound for maxout
    units of a rank above 2 is not tight.
    """
    place = domain_of(network, domain)
    problem = Problem.in_parameters(network, place)
    wanted, key = integer(n, place="n", minimum=0), integer(seed, place="seed")
    seconds, draws = Limits(budget=budget).seconds, Draws(reduced(problem))
    found: list[Region] = []
    made, ends = 0, time.perf_counter() + seconds
    with suppress(DeadlineExceededError), until(lambda: time.perf_counter() > ends):
        while len(found) < wanted:
            drawn = draws.draw(Stream(key, made))
            made += 1
            if drawn is not None:
                found.append(Region(problem.network, drawn[0].pattern, problem.rows))
    return RegionSample(tuple(found), made, draws.bound, key, network, place)
