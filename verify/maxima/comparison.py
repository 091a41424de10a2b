"""The comparison table: for each architecture, what is proved, what is built and what is counted, side by side.

A network may have more regions on R^d than on the box of a claim, so a construction is counted on both.  A count above
an upper bound, or different from what a construction claims, would refute a published statement (or reveal a mistake
here): :attr:`Column.contradictions` says so in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from theory.architecture import Architecture
from theory.network import Network
from verify.counting.region_count import RegionCount, count
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.engines.images.run import shared_count
from verify.engines.problem import Problem
from verify.maxima.best_known import LIMIT as MOST_COUNTED
from verify.maxima.best_known import Attained, most_attained
from verify.progress import working

if TYPE_CHECKING:  # the catalogs load sympy
    from theory.bounds import BoundValue
    from theory.constructions import Claim

DEFAULT = ("1-4-4", "2-4-4", "2-8-8", "2-6-6-6", "3-5-5", "3-9-9", "2" + "-8" * 50)
"""The architectures compared when none is named: one, two and three inputs, narrow and wide, 2, 3 and 50 layers."""

LIMIT = 20_000
"""A construction that claims more regions than this is reported but not counted, unless the caller asks, or its cells
share images (:mod:`verify.engines.images`)."""


@dataclass(frozen=True)
class Column:
    """Everything the table says about one architecture.

    All bounds that apply are ``proved``, in increasing order.  The ``network`` is the name of the construction with the
    largest claim, or of the file; empty if there is none.  Its ``counts`` are on the domain of each claim and on R^d,
    for a file on the domain asked for, and ``silence`` says why nothing was counted.  The ``claims`` are those of the
    construction about activation regions, its theorem first; ``best`` is the best network known, a record say, None for
    a file.
    """

    architecture: Architecture
    proved: tuple[BoundValue, ...]
    network: str
    counts: tuple[RegionCount, ...]
    claims: tuple[Claim, ...] = ()
    silence: str = ""
    best: Attained | None = None

    @property
    def least_upper(self) -> BoundValue | None:
        """The least of the upper bounds and exact maxima, if any applies."""
        return next((entry for entry in self.proved if entry.bound.kind != "lower"), None)

    @property
    def most(self) -> int | None:
        """The regions of the best network known, or of the file's network."""
        values = [counted.value for counted in self.counts] + ([self.best.value] if self.best else [])
        return max(values, default=None)

    @property
    def attained(self) -> Fraction | None:
        """Share of the least upper bound that this network attains."""
        if self.most is None or self.least_upper is None:
            return None
        return Fraction(self.most, self.least_upper.value)

    @property
    def contradictions(self) -> tuple[str, ...]:
        """What cannot be true together, in words; empty unless a statement is refuted."""
        top, least = max(self.counts, key=int, default=None), self.least_upper
        known = [(self.network, top.value, f"on {top.domain}")] if top else []
        known += [(self.best.name, self.best.value, f"({self.best.evidence})")] if self.best else []
        found = [
            f"{name} has {number} regions {how}, more than the bound {least.value} of {least.bound.key} for "
            f"{self.architecture}"
            for name, number, how in known
            if least and number > least.value
        ]
        counts = {str(counted.domain): counted.value for counted in self.counts}
        for claim in self.claims:
            domain = str(_claimed_domain(claim, self.architecture.inputs))
            if domain in counts and not claim.holds(counts[domain]):
                found.append(f"{self.network} has {counts[domain]} regions on {domain}, but its claim is {claim}")
        return tuple(found)


def _count_on(network: Network, name: str, domains: Iterable[Domain]) -> tuple[RegionCount, ...]:
    results = []
    for domain in domains:
        with working(f"counting {name} on {domain}"):
            results.append(count(network, domain))
    return tuple(results)


def architecture_column(architecture: Architecture, *, limit: int = LIMIT) -> Column:
    """The column of an architecture, with the construction that claims the most regions for it.

    A construction that claims more regions than ``limit`` is not counted, unless its cells share images.
    """
    from theory.bounds import listing
    from theory.constructions import best

    with working(f"evaluating the bounds of {architecture}"):
        bounds, construction = tuple(listing(architecture)), best(architecture)
    with working(f"looking for the best network known of {architecture}"):
        known = most_attained(architecture, limit=min(limit, MOST_COUNTED))
    if construction is None:
        silence = "no construction is known for this architecture"
        return Column(architecture, bounds, "", (), silence=silence, best=known)
    name, claims = construction.name, tuple(c for c in construction.claims if c.definition == "activation")
    inputs = architecture.inputs
    domains = dict.fromkeys([*(_claimed_domain(claim, inputs) for claim in claims), WholeSpace(inputs)])
    if construction.largest_claim.count > limit and not all(
        shared_count(Problem.of(construction.network, domain)) for domain in domains
    ):
        where = construction.largest_claim.where
        silence = f"what {name} claims on {where} is more than the limit of {limit} regions"
        return Column(architecture, bounds, name, (), claims, silence, known)
    counts = _count_on(construction.network, f"{name} {architecture}", domains)
    return Column(architecture, bounds, name, counts, claims, best=known)


def _claimed_domain(claim: Claim, dimension: int) -> Domain:
    return WholeSpace(dimension) if claim.domain is None else Box(*claim.domain)


def network_column(network: Network, name: str, *, domain: Domain | None = None) -> Column:
    """The column of a given network, counted on ``domain`` (by default all of R^d)."""
    from theory.bounds import listing

    architecture = network.architecture
    with working(f"evaluating the bounds of {architecture}"):
        bounds = tuple(listing(architecture))
    counts = _count_on(network, name, [domain or WholeSpace(network.inputs)])
    return Column(architecture, bounds, name, counts)
