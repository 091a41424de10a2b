"""The search for a counterexample to a conjecture about architectures: a claimed bound, or a statement.

1. *Sweep*: the conjecture at every small architecture and at some wide ones, against proven bounds, constructions and
   records.  An architecture is *settled* if a theorem or a known network proves the claim there.
2. *Search*, round after round with growing effort, at the open architectures, those where no proven bound rules a
   counterexample out: hill climbing on the exact count and on that in floats, and degenerate networks.  Where a claimed
   lower bound is not settled, the search is for a network that attains it.
3. *Sweep on*: after each round further architectures, wider and deeper, unless they are named.
4. *Shrink*: smaller architectures first, then fewer layers, inputs and units, then simpler weights.
"""

import functools
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from theory.architecture import Architecture
from theory.bounds import BoundValue, Status, listing
from theory.constructions import by_claim
from theory.errors import InvalidInputError
from theory.network import Network
from theory.records import best_record
from verify.maxima.best_known import LIMIT, attained
from verify.maxima.search import (
    MOST_UNITS,
    Clock,
    Found,
    OutOfTimeError,
    climb,
    most_regions,
    random_network,
    regions,
    shrink,
)
from verify.testing.degenerate import random_degenerate_networks
from verify.testing.refuter import verdict
from verify.testing.refuter.expressions import Conjecture, Units
from verify.testing.refuter.verdict import ByNetwork, Counterexample, Kind, Tried
from verify.testing.refuter.worker import Trouble, Worker

_MOST_REGIONS = 20_000  # of a construction that the sweep counts
_SECONDS_TO_SHRINK = 15.0
_NETWORKS_TO_SHRINK = 4000
_FURTHER = 50  # architectures beyond the first ones, in the first round
_UNITS_TO_CLIMB = 12  # of a further architecture at which networks are sought
_WEIGHTS = (1, 2, 3, 6, 20)  # the largest ones of random networks
_UNITS = {"relu": 7, "maxout": 5}  # most of them in small architectures
_STATEMENT_UNITS = {"relu": 10, "maxout": 7}  # the same where nothing is counted
_RANKS = (2, 3)  # of maxout units


def size(arch: Architecture) -> tuple[int, int, int, int, tuple[int, ...]]:
    """The order of architectures: fewer pieces of all units, then lower rank, fewer inputs, fewer layers."""
    return arch.units * arch.rank, arch.rank, arch.inputs, arch.depth, arch.widths


def small_architectures(units: Units, *, statement: bool = False) -> list[Architecture]:
    """Every small architecture in order, then some wider ones; more for a ``statement``, where nothing is counted."""
    most = (_STATEMENT_UNITS if statement else _UNITS)[units]
    inputs, ranks = range(1, 7 if statement else 5), _RANKS if units == "maxout" else (2,)
    wide = (4, 5, 6, 7, 8, 9, 12) if units == "relu" else (4, 6)
    listed: dict[Architecture, None] = {}
    for sizes, deepest, total in ((range(1, most + 1), 4, most), (wide, 3, 24)):
        shapes = itertools.chain.from_iterable(itertools.product(sizes, repeat=d) for d in range(1, deepest + 1))
        fitting = [s for s in shapes if sum(s) <= total and (sizes is not wide or len(set(s)) <= 2)]
        group = (Architecture(n0, widths, units, k) for widths in fitting for n0 in inputs for k in ranks)
        listed |= dict.fromkeys(sorted(group, key=size))
    return list(listed)


def named_architectures(listed: Iterable[Architecture | str], units: Units) -> list[Architecture]:
    """The architectures that the caller names, small ones first; a text names maxout units of rank 2 and of rank 3."""
    if isinstance(listed, str):
        raise InvalidInputError(f"architectures: {listed!r} is one text; give a list such as ['2-3-3']")
    found = []
    for entry in listed:
        arch = entry if isinstance(entry, Architecture) else Architecture.parse(entry)
        if not isinstance(entry, Architecture) and units == "maxout":
            found += [Architecture.maxout(*arch.sizes, rank=k) for k in _RANKS]
            continue
        if arch.is_symbolic or arch.kind == "piecewise":
            raise InvalidInputError(f"architecture {arch} cannot be searched; give numbers, and ReLU or maxout units")
        found.append(arch)
    if not found:
        raise InvalidInputError("no architecture is given; leave the list out to search all small ones")
    return sorted(found, key=size)


def known_networks(arch: Architecture, *, above: int = 0) -> Iterator[tuple[Network, int, str]]:
    """Constructions that claim more than ``above``, most first, then such a record: network, claimed regions, name."""
    for claimed, family in by_claim(arch):
        if claimed > above:
            yield family.build(arch).network, claimed, f"the construction {family.name}"
    record = best_record(arch)
    if record is not None and record.count > above:
        yield record.widened(arch), record.count, "a record"


def least_upper(arch: Architecture, *, but: str = "") -> BoundValue:
    """The least proven upper bound on the regions of an architecture; the bound with the key ``but`` is left out."""
    return min((entry for entry in listing(arch, "upper") if entry.bound.key != but), key=lambda entry: entry.value)


def theorem_below(claimed: int, arch: Architecture, *, but: str = "") -> BoundValue | None:
    """A proven upper bound below a claimed number: of several the one whose statement is best attested."""
    enough = [entry for entry in listing(arch, "upper") if entry.bound.key != but if entry.value < claimed]
    return min(enough, key=lambda entry: (list(Status).index(entry.bound.status), entry.value), default=None)


def known_to_attain(claimed: int, arch: Architecture, *, but: str = "", limit: int = 0) -> str:
    """What proves that a network has at least so many regions, of what ``attained`` yields; empty if nothing does."""
    return next((entry.name for entry in attained(arch, but=but, limit=limit) if entry.value >= claimed), "")


def more_architectures(units: Units) -> Iterator[Architecture]:
    """Architectures without end, wider and deeper in each round: all layers but the first or the last are alike."""
    seen: set[Architecture] = set()
    for reach in itertools.count(2):
        inputs, widths, depths = range(1, reach), range(1, 2 * reach - 1), range(2, 4 * reach - 1)
        for n0, one, other, depth in itertools.product(inputs, widths, widths, depths):
            for shape in ((one, *[other] * (depth - 1)), (*[other] * (depth - 1), one)):
                for rank in _RANKS if units == "maxout" else (2,):
                    arch = Architecture(n0, shape, units, rank)
                    if arch not in seen:
                        seen.add(arch)
                        yield arch


class _StoppedError(Exception):
    """The conjecture could not be judged at an architecture, and the search is to end there."""


@dataclass
class Search:
    """One search; the worker evaluates the conjecture.

    The options are those of :func:`verify.refute`; with ``only_named`` no architectures are tried but those given to
    :meth:`run`.  At ``open`` ones networks are sought, at ``unsettled`` ones one that attains a claimed lower bound.
    """

    conjecture: Conjecture
    kind: Kind
    worker: Worker
    clock: Clock
    seed: int
    folder: Path
    keep_going: bool
    audit: bool
    only_named: bool
    tried: Tried = field(default_factory=Tried)
    troubles: list[Trouble] = field(default_factory=list)
    values: dict[Architecture, Any] = field(default_factory=dict)
    open: list[Architecture] = field(default_factory=list)
    unsettled: list[Architecture] = field(default_factory=list)
    _beyond: bool = False  # whether an architecture is a further one
    _goes_on: bool = False  # whether there are more

    def run(self, architectures: Iterable[Architecture], further: Iterable[Architecture] = ()) -> Counterexample | None:
        """A counterexample or None; it must be judged at ``architectures``, and is at ``further`` ones while it can."""
        try:
            for arch in architectures:
                self.clock.check()
                if (found := self._sweep(arch)) is not None:
                    return found
            beyond = iter(further)
            for effort in (min(2**i, 128) for i in itertools.count()):
                found = self._round(effort) or self._sweep_on(beyond, effort)
                self._settle(effort)
                if found is not None or not (self.open or self.unsettled or self._goes_on):
                    return found
        except (OutOfTimeError, _StoppedError):
            pass
        return None

    def value(self, arch: Architecture) -> Any:
        """The claimed number, or a truth value; None if the conjecture says nothing or cannot be judged there."""
        if arch not in self.values:
            answer = self.worker.ask(arch, remaining=self.clock.remaining)
            self.tried.architectures += 1
            if answer.trouble and self._beyond:
                self.clock.check()  # an answer that comes too late for the budget is none
                self.tried.stopped = str(Trouble(arch, answer.trouble))
            elif answer.trouble:
                self.troubles.append(Trouble(arch, answer.trouble))
                if not self.keep_going:
                    raise _StoppedError
            if answer.silent:
                self.tried.silent += 1
            elif self.tried.largest is None or size(arch) > size(self.tried.largest):
                self.tried.largest = arch
            self.values[arch] = answer.value
        return self.values[arch]

    def _sweep(self, arch: Architecture, *, climbs: bool = True) -> Counterexample | None:
        claimed, own = self.value(arch), self.conjecture.bound
        if claimed is None:
            return None
        if self.kind == "statement":
            return None if claimed else verdict.by_architecture(self.conjecture, arch)
        if self.kind in ("lower", "equal"):
            below = theorem_below(claimed, arch, but=own)
            if below is not None:
                return verdict.by_theorem(self.conjecture, arch, claimed, *below)
        if self.kind == "lower":
            if not self._settled_by(known_to_attain(claimed, arch, but=own)):
                self.unsettled.append(arch)
            return None
        least = least_upper(arch, but=own)
        if claimed >= least.value:
            if self.kind == "upper" or known_to_attain(claimed, arch, but=own, limit=LIMIT):
                self._settled_by(least.bound.key)
            if not self.audit:
                return None
        if climbs and any(arch.widths[-1:]):  # a network does not keep an empty last layer
            self.open.append(arch)
        for network, number, name in known_networks(arch, above=claimed):
            method = "records" if name == "a record" else "constructions"
            fits = network.architecture == arch and number <= _MOST_REGIONS
            if fits and self._count(network, method, claimed) > claimed:
                return self._shrunk(network, name)
        return None

    def _settled_by(self, name: str) -> bool:
        """Note the theorem or the network that proves the claim at an architecture; False if there is none."""
        if name:
            self.tried.settled += 1
            self.tried.settled_by[name] += 1
        return bool(name)

    def _sweep_on(self, beyond: Iterator[Architecture], effort: int) -> Counterexample | None:
        """Further architectures; at small ones that are open the search goes on, large ones are only looked at."""
        self._beyond, self._goes_on = True, False
        for arch in itertools.islice(beyond, 0 if self.tried.stopped else _FURTHER * effort):
            self._goes_on = True
            if arch not in self.values:
                self.clock.check()
                self.clock.networks -= 1
                found = self._sweep(arch, climbs=arch.units <= _UNITS_TO_CLIMB)
                if found is not None or self.tried.stopped:
                    self._goes_on = False
                    return found
        self._beyond = False
        self.open.sort(key=size)
        return None

    def _round(self, effort: int) -> Counterexample | None:
        """At every open architecture some climbs, then a batch of degenerate networks."""
        for arch in self.open:
            found = self._climb(arch, effort) or self._float_climb(arch, effort)
            if found is not None:
                return self._shrunk(found, "hill climbing")
        if self.open:
            kinds = [self.open[0].kind]
            for network in random_degenerate_networks(self.seed + effort, 30 * effort, max_units=7, kinds=kinds):
                claimed = self.values.get(network.architecture)
                if claimed is not None and self._count(network, "degenerate", claimed) > claimed:
                    return self._shrunk(network, "degenerate networks")
        return None

    def _climb(self, arch: Architecture, effort: int) -> Network | None:
        """A network with more regions than claimed that hill climbing finds, or None."""
        claimed = self.values[arch]
        rng = random.Random(f"{self.seed} {effort} {arch!r}")
        count = functools.partial(self._count, method="climbing", enough=claimed)
        for start, largest in self._starts(arch, rng, effort):
            for network, number in climb(start, count, rng, largest=largest, stalled=10 + 2 * effort):
                if number > claimed:
                    return network
        return None

    def _float_climb(self, arch: Architecture, effort: int) -> Network | None:
        """A network with more regions than claimed that hill climbing on floats finds, or None."""
        if effort < 2 or not self._fits(arch):
            return None
        starts = [network for network, _, _ in known_networks(arch) if network.architecture == arch]
        found = self._most_regions(arch, effort, self.values[arch] + 1, starts)
        return found.network if found.count > self.values[arch] else None

    def _most_regions(self, arch: Architecture, effort: int, enough: int, starts: list[Network]) -> Found:
        limits: Any = {"seconds": self.clock.remaining, "evaluations": 500 * effort, "enough": enough}
        found = most_regions(arch, seed=self.seed + effort, starts=starts, **limits)
        self._counted(found.count, "climbing in floating point")
        return found

    def _fits(self, arch: Architecture) -> bool:
        return arch.kind == "relu" and arch.inputs + arch.units <= MOST_UNITS and min(arch.sizes) > 0

    def _settle(self, effort: int) -> None:
        """Where a claimed lower bound is open: count the constructions, then look for a network that attains it."""
        for arch in list(self.unsettled):
            self.clock.check()
            claimed, name = self.values[arch], ""
            if effort == 1:
                name = known_to_attain(claimed, arch, but=self.conjecture.bound, limit=LIMIT)
            elif self._fits(arch):
                found = self._most_regions(arch, effort, claimed, [])
                name = "a network found by this search" if found.count >= claimed else ""
            if self._settled_by(name) or not self._fits(arch):  # there is no search among other networks
                self.unsettled.remove(arch)

    def _starts(self, arch: Architecture, rng: random.Random, effort: int) -> Iterator[tuple[Network, int]]:
        """A construction or the record (another one in each round), and random networks of weights small and large."""
        known = [network for network, _, _ in known_networks(arch)]
        if known and (start := known[effort.bit_length() % len(known)]).architecture == arch:
            yield start, 2
        for _ in range(max(1, effort // 2)):
            largest = rng.choice(_WEIGHTS)
            yield random_network(arch, rng, largest), max(largest, 2)

    def _count(self, network: Network, method: str, enough: int) -> int:
        self.clock.check()
        number = regions(network, self.clock, enough=enough)
        self._counted(number, method)
        return number

    def _counted(self, number: int, method: str) -> None:
        self.clock.networks -= 1
        self.tried.networks += 1
        self.tried.regions += number
        self.tried.methods[method] += 1

    def _shrunk(self, network: Network, found_by: str) -> ByNetwork:
        """Make the counterexample small while there is time, count it again from the start, and write it down."""
        self.clock = Clock(min(self.clock.remaining, _SECONDS_TO_SHRINK), _NETWORKS_TO_SHRINK)
        network = shrink(self._of_smaller_architecture(network), self._refutes)
        claimed = self.values[network.architecture]
        return verdict.by_network(self.conjecture, network, claimed, regions(network), found_by, self.folder)

    def _of_smaller_architecture(self, network: Network) -> Network:
        """A counterexample of a smaller architecture, if a short search finds one."""
        bound, whole = size(network.architecture), self.clock
        self.clock = Clock(whole.remaining / 2, _NETWORKS_TO_SHRINK // 2)
        smaller = itertools.takewhile(lambda arch: size(arch) < bound, self.open)
        try:
            return next(filter(None, (self._climb(arch, 2) for arch in smaller)), network)
        except OutOfTimeError:
            return network
        finally:
            self.clock = whole

    def _refutes(self, network: Network) -> bool:
        self.clock.check()  # before the conjecture is asked with no time left
        arch = network.architecture
        if self.only_named and arch not in self.values:
            return False
        try:
            claimed = self.value(arch)
        except _StoppedError:
            return False
        return claimed is not None and self._count(network, "shrinking", claimed) > claimed
