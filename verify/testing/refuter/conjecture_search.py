"""The search for a counterexample to a conjecture about architectures: a claimed bound, or a statement.

1. *Sweep*: the conjecture at every small architecture and at some wide ones.  One where a statement is false refutes
   it.  A proven upper bound below a claimed lower bound refutes it; constructions and records that may have more
   regions than a claimed upper bound are counted.
2. *Search*, round after round with growing effort, at the open architectures, those where no proven bound rules a
   counterexample out: hill climbing on the exact count from random networks and from constructions, examples that
   hypothesis draws, and the stream of degenerate networks.
3. *Shrink*: smaller architectures first, then fewer layers, inputs and units, then simpler weights.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from theory.architecture import Architecture
from theory.bounds import applicable
from theory.network import Network
from verify.maxima.climbing import Clock, OutOfTimeError, climb, regions
from verify.maxima.edits import random_network
from verify.maxima.shrinking import shrink
from verify.testing.degenerate import random_degenerate_networks
from verify.testing.refuter import evidence
from verify.testing.refuter.candidates import known_networks, least_upper, size, theorem_below
from verify.testing.refuter.conjectures import Conjecture
from verify.testing.refuter.options import Options
from verify.testing.refuter.verdict import ByNetwork, Counterexample, Kind, Tried
from verify.testing.refuter.worker import Trouble, Worker
from verify.testing.strategies import maxout_networks, rationals, relu_networks

__all__ = ["Search"]

_MOST_REGIONS = 20_000  # of a construction that the sweep counts
_SECONDS_TO_SHRINK = 15.0
_NETWORKS_TO_SHRINK = 4000
_WEIGHTS = (1, 2, 3, 6, 20)  # the largest ones of random networks


class _StoppedError(Exception):
    """The conjecture could not be judged at an architecture, and the caller wants to stop there."""


class Search:
    """One search.

    Parameters
    ----------
    conjecture : Conjecture
    kind : {"upper", "lower", "equal", "statement"}
    worker : Worker
        Evaluates the conjecture.
    clock : Clock
    options : Options
    """

    def __init__(self, conjecture: Conjecture, kind: Kind, worker: Worker, clock: Clock, options: Options) -> None:
        self.conjecture, self.kind, self.worker, self.clock, self.options = conjecture, kind, worker, clock, options
        self.tried = Tried()
        self.troubles: list[Trouble] = []
        self.values: dict[Architecture, int | None] = {}

    def run(self, architectures: Iterable[Architecture]) -> Counterexample | None:
        """The counterexample; None when the search ends without one, for which there may be ``troubles``."""
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
        except (OutOfTimeError, _StoppedError):
            pass
        return None

    # -- the claimed number -------------------------------------------------------------------------------------------

    def value(self, arch: Architecture) -> int | None:
        """The claimed number, or a truth value; None if the conjecture says nothing or cannot be judged there."""
        if arch not in self.values:
            answer = self.worker.ask(arch, remaining=self.clock.remaining)
            self.tried.architectures += 1
            if answer.trouble:
                self.troubles.append(Trouble(arch, answer.trouble))
                if not self.options.keep_going:
                    raise _StoppedError
            if answer.silent:
                self.tried.silent += 1
            elif self.tried.largest is None or size(arch) > size(self.tried.largest):
                self.tried.largest = arch
            self.values[arch] = answer.value
        return self.values[arch]

    def _claimed(self, arch: Architecture) -> int:
        value = self.values[arch]
        assert value is not None
        return value

    # -- the sweep ----------------------------------------------------------------------------------------------------

    def _sweep(self, arch: Architecture, open_ones: list[Architecture]) -> Counterexample | None:
        claimed, own = self.value(arch), self.conjecture.bound
        if claimed is None:
            return None
        if self.kind == "statement":
            return None if claimed else evidence.by_architecture(self.conjecture, arch)
        if self.kind in ("lower", "equal"):
            below = theorem_below(claimed, arch, but=own)
            if below is not None:
                return evidence.by_theorem(self.conjecture, arch, claimed, *below)
        if self.kind == "lower":
            proven = [bound for bound in applicable(arch, "lower") if bound.key != own]
            self.tried.settled += any(bound(arch) >= claimed for bound in proven)
            return None
        if claimed >= least_upper(arch, but=own):
            self.tried.settled += 1
            if not self.options.audit:
                return None
        open_ones.append(arch)
        for network, number, name in known_networks(arch, above=claimed):
            method = "records" if name == "a record" else "constructions"
            if number <= _MOST_REGIONS and self._count(network, method, claimed) > claimed:
                return self._shrunk(network, name, open_ones)
        return None

    # -- the search ---------------------------------------------------------------------------------------------------

    def _round(self, open_ones: list[Architecture], effort: int) -> Counterexample | None:
        """At every open architecture some climbs and examples of hypothesis, then a batch of degenerate networks."""
        for i, arch in enumerate(open_ones):
            if (network := self._climb(arch, effort)) is not None:
                return self._shrunk(network, "hill climbing", open_ones[:i])
            if (network := self._hypothesis(arch, effort)) is not None:
                return self._shrunk(network, "hypothesis", open_ones[:i])
        if open_ones:
            kind = "relu" if open_ones[0].kind == "relu" else "maxout"
            seed = self.options.seed + effort
            for network in random_degenerate_networks(seed, 30 * effort, max_units=7, kinds=[kind]):
                self.clock.check()
                claimed = self.values.get(network.architecture)
                if claimed is not None and self._count(network, "degenerate", claimed) > claimed:
                    return self._shrunk(network, "degenerate networks", open_ones)
        return None

    def _climb(self, arch: Architecture, effort: int) -> Network | None:
        """A network with more regions than claimed that hill climbing finds, or None."""
        claimed = self._claimed(arch)
        rng = random.Random(f"{self.options.seed} {effort} {arch!r}")

        def count(network: Network) -> int:
            self.clock.check()
            return self._count(network, "climbing", claimed)

        for start, largest in self._starts(arch, rng, effort):
            for network, number in climb(start, count, rng, largest=largest, stalled=10 + 2 * effort):
                if number > claimed:
                    return network
        return None

    def _starts(self, arch: Architecture, rng: random.Random, effort: int) -> Iterator[tuple[Network, int]]:
        """A construction or the record (another one in each round), and random networks of weights small and large."""
        known = [network for network, _, _ in known_networks(arch)]
        if known and (start := known[effort.bit_length() % len(known)]).architecture == arch:
            yield start, 2
        for _ in range(max(1, effort // 2)):
            largest = rng.choice(_WEIGHTS)
            yield random_network(arch, rng, largest), max(largest, 2)

    def _hypothesis(self, arch: Architecture, effort: int) -> Network | None:
        """A network with more regions than claimed that hypothesis draws, or None."""
        claimed = self._claimed(arch)
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

        rng = random.Random(f"{self.options.seed} {effort} {arch!r}")
        try:
            return find(strategy, exceeds, settings=fixed, random=rng)
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

    def _shrunk(self, network: Network, found_by: str, smaller: list[Architecture]) -> ByNetwork:
        """Make the counterexample small while there is time, count it again from the start, and write it down."""
        left = self.clock.remaining
        self.clock = Clock(None if left is None else min(left, _SECONDS_TO_SHRINK), _NETWORKS_TO_SHRINK)
        network = self._of_smaller_architecture(smaller, network)
        network = shrink(network, self._refutes)
        claimed = self._claimed(network.architecture)
        return evidence.by_network(self.conjecture, network, claimed, regions(network), found_by, self.options.folder)

    def _of_smaller_architecture(self, open_ones: list[Architecture], network: Network) -> Network:
        """A counterexample of a smaller architecture, if a short search finds one."""
        bound, left = size(network.architecture), self.clock.remaining
        whole, self.clock = self.clock, Clock(None if left is None else left / 2, _NETWORKS_TO_SHRINK // 2)
        try:
            for arch in open_ones:
                if size(arch) >= bound:
                    break
                found = self._climb(arch, 2)
                if found is not None:
                    return found
        except OutOfTimeError:
            pass
        finally:
            self.clock = whole
        return network

    def _refutes(self, network: Network) -> bool:
        self.clock.check()
        arch = network.architecture
        if self.options.architectures is not None and arch not in self.values:
            return False
        try:
            claimed = self.value(arch)
        except _StoppedError:
            return False
        return claimed is not None and self._count(network, "shrinking", claimed) > claimed
