"""The attack on a claimed bound.

1. *Sweep*: the claim at every small architecture and at some wide ones; proven upper bounds decide about lower bounds
   on the spot, constructions that claim more than an upper bound allows are built and counted.
2. *Search*, round after round with growing effort, at the architectures where no proven bound rules a counterexample
   out: hill climbing on the exact count from random networks and from constructions, examples that hypothesis draws,
   and the stream of degenerate networks.
3. *Minimize*: smaller architectures first, then fewer units, inputs and layers, then simpler weights.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from theory.architecture import Architecture
from theory.bounds import applicable
from theory.network import Network
from verify.testing.degenerate import random_degenerate_networks
from verify.testing.refuter import evidence
from verify.testing.refuter.candidates import built, least_upper, order, recorded, theorem_below
from verify.testing.refuter.claims import Claim
from verify.testing.refuter.minimize import smallest
from verify.testing.refuter.networks import Clock, Draft, OutOfTimeError, climb, regions
from verify.testing.refuter.verdict import ByNetwork, Counterexample, Kind, Tried
from verify.testing.refuter.worker import Trouble, Worker
from verify.testing.strategies import maxout_networks, rationals, relu_networks

__all__ = ["BoundSearch", "StoppedError"]

_MOST_REGIONS = 20_000  # of a construction that the sweep counts
_SECONDS_TO_SHRINK = 15.0
_NETWORKS_TO_SHRINK = 4000
_SIZES = (1, 2, 3, 6, 20)


class StoppedError(Exception):
    """The function gave no non-negative integer, and the caller wants to stop there."""


class BoundSearch:
    """One attack.

    Parameters
    ----------
    claim : Claim
    kind : {"upper", "lower", "equal"}
    worker : Worker
        Evaluates the claim.
    clock : Clock
    tried : Tried
    seed : int
    audit : bool
        Also search where a proven bound rules a counterexample out.
    keep_going : bool
        Whether troubles do not end the search.
    folder : Path
    """

    def __init__(
        self,
        claim: Claim,
        kind: Kind,
        worker: Worker,
        clock: Clock,
        tried: Tried,
        *,
        seed: int,
        audit: bool,
        keep_going: bool,
        folder: Path,
    ) -> None:
        self.claim, self.kind, self.worker, self.clock, self.tried = claim, kind, worker, clock, tried
        self.seed, self.audit, self.keep_going, self.folder = seed, audit, keep_going, folder
        self.troubles: list[Trouble] = []
        self.values: dict[Architecture, int | None] = {}

    def run(self, architectures: Iterable[Architecture]) -> Counterexample | None:
        """The counterexample, or None when the budget is used up or nothing is left to search."""
        try:
            open_ones: list[Architecture] = []
            for arch in architectures:
                self.clock.check()
                found = self._sweep(arch, open_ones)
                if found is not None:
                    return found
            for effort in (1, 2, 4, 8, 16, 32, 64, *[128] * 10**6):
                found = self._round(open_ones, effort)
                if found is not None or not open_ones:
                    return found
        except OutOfTimeError:
            pass
        return None

    # -- the claim ----------------------------------------------------------------------------------------------------

    def value(self, arch: Architecture) -> int | None:
        """What is claimed; None if nothing is, or nothing that can be judged."""
        if arch not in self.values:
            answer = self.worker.ask(arch, remaining=self.clock.remaining)
            self.tried.architectures += 1
            if answer.trouble:
                self.troubles.append(Trouble(arch, answer.trouble))
                if not self.keep_going:
                    raise StoppedError
            if answer.silent:
                self.tried.silent += 1
            elif self.tried.largest is None or order(arch) > order(self.tried.largest):
                self.tried.largest = arch
            self.values[arch] = answer.value
        return self.values[arch]

    # -- the sweep ----------------------------------------------------------------------------------------------------

    def _sweep(self, arch: Architecture, open_ones: list[Architecture]) -> Counterexample | None:
        claimed = self.value(arch)
        if claimed is None:
            return None
        if self.kind in ("lower", "equal"):
            below = theorem_below(claimed, arch, but=self.claim.bound)
            if below is not None:
                return evidence.by_theorem(self.claim, arch, claimed, *below)
        if self.kind == "lower":
            reached = [bound for bound in applicable(arch, "lower") if bound.key != self.claim.bound]
            self.tried.settled += any(bound(arch) >= claimed for bound in reached)
            return None
        if claimed >= least_upper(arch, but=self.claim.bound):
            self.tried.settled += 1
            if not self.audit:
                return None
        open_ones.append(arch)
        known = [
            (c.network, "constructions", f"the construction {c.name}")
            for c in built(arch, above=claimed)
            if c.claim.count <= _MOST_REGIONS
        ]
        if (network := recorded(arch, above=claimed)) is not None:
            known.append((network, "records", "a record"))
        for network, method, name in known:
            if self._count(network, method, claimed) > claimed:
                return self._network(Draft.of(network), network, claimed, name, open_ones)
        return None

    # -- the search ---------------------------------------------------------------------------------------------------

    def _round(self, open_ones: list[Architecture], effort: int) -> Counterexample | None:
        """Every open architecture with some climbs and examples, then a batch of degenerate networks."""
        for i, arch in enumerate(open_ones):
            found = self._attack(arch, effort)
            if found is not None:
                return self._network(found, found.network, self._known(arch), "hill climbing", open_ones[:i])
            network = self._hypothesis(arch, effort)
            if network is not None:
                draft = Draft.of(network)
                return self._network(draft, network, self._known(arch), "hypothesis", open_ones[:i])
        if open_ones:
            kind = "relu" if open_ones[0].kind == "relu" else "maxout"
            for network in random_degenerate_networks(self.seed + effort, 30 * effort, max_units=7, kinds=[kind]):
                self.clock.check()
                if network.architecture in self.values and (claimed := self.values[network.architecture]) is not None:
                    number = self._count(network, "degenerate", claimed)
                    if number > claimed:
                        return self._network(Draft.of(network), network, claimed, "degenerate networks", open_ones)
        return None

    def _known(self, arch: Architecture) -> int:
        value = self.values[arch]
        assert value is not None
        return value

    def _attack(self, arch: Architecture, effort: int) -> Draft | None:
        """Climbs from constructions and from random networks; a draft with more regions than claimed, or None."""
        claimed = self._known(arch)
        rng = random.Random(f"{self.seed} {effort} {arch!r}")

        def judge(draft: Draft) -> int:
            self.clock.check()
            return self._count(draft.network, "climbing", claimed)

        for draft, size in self._starts(arch, rng, effort):
            found = climb(draft, judge, claimed, rng, patience=10 + 2 * effort, size=max(size, 2))
            if found is not None:
                return found
        return None

    def _starts(self, arch: Architecture, rng: random.Random, effort: int) -> Iterator[tuple[Draft, int]]:
        """A construction or the record (another one in each round), and random networks of weights small and large."""
        known = [construction.network for construction in built(arch)]
        if (network := recorded(arch, above=0)) is not None:
            known.append(network)
        if known:
            draft = Draft.of(known[effort.bit_length() % len(known)])
            if draft is not None and draft.architecture == arch:
                yield draft, 2
        for _ in range(max(1, effort // 2)):
            size = rng.choice(_SIZES)
            yield Draft.random(arch, rng, size), size

    def _hypothesis(self, arch: Architecture, effort: int) -> Network | None:
        """An example that hypothesis finds, and shrinks, or None."""
        claimed = self._known(arch)
        make = relu_networks if arch.kind == "relu" else maxout_networks
        strategy = make(architecture=arch, weights=rationals(min_value=-3, max_value=3, max_denominator=2))
        fixed = settings(
            max_examples=10 * effort,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        def exceeds(network: Network) -> bool:
            return not self.clock.expired and self._count(network, "hypothesis", claimed) > claimed

        try:
            return find(strategy, exceeds, settings=fixed, random=random.Random(f"{self.seed} {effort} {arch!r}"))
        except NoSuchExample:
            self.clock.check()
            return None

    def _count(self, network: Network, method: str, enough: int) -> int:
        number = regions(network, self.clock, enough=enough)
        self.clock.spend()
        self.tried.networks += 1
        self.tried.regions += number
        self.tried.methods[method] += 1
        return number

    # -- the smallest counterexample ----------------------------------------------------------------------------------

    def _network(
        self, draft: Draft | None, network: Network, claimed: int, found_by: str, smaller: list[Architecture]
    ) -> ByNetwork:
        """Make it small while there is time, count it again from the start, and write it down."""
        if draft is not None:
            left = self.clock.remaining
            self.clock = Clock(None if left is None else min(left, _SECONDS_TO_SHRINK), _NETWORKS_TO_SHRINK)
            draft = self._smaller_architecture(smaller, draft)
            draft = smallest(draft, self._breaks)
            network = draft.network
            claimed = self._known(network.architecture)
        number = regions(network, Clock(None))
        return evidence.by_network(self.claim, network, claimed, number, found_by, self.folder)

    def _smaller_architecture(self, open_ones: list[Architecture], draft: Draft) -> Draft:
        """A counterexample of a smaller architecture, if a short search finds one."""
        size, left = order(draft.architecture), self.clock.remaining
        until = Clock(None if left is None else left / 2, _NETWORKS_TO_SHRINK // 2)
        whole, self.clock = self.clock, until
        try:
            for arch in open_ones:
                if order(arch) >= size:
                    break
                found = self._attack(arch, 2)
                if found is not None:
                    return found
        except OutOfTimeError:
            pass
        finally:
            self.clock = whole
        return draft

    def _breaks(self, draft: Draft) -> bool:
        self.clock.check()
        claimed = self.value(draft.architecture)
        return claimed is not None and self._count(draft.network, "minimizing", claimed) > claimed
