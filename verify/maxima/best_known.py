"""How tight the bounds are: the most regions of a known network against the least upper bound.

Attained are the exact counts of small constructions on all of R^{n0}, which may have more regions than their theorem
says, the records found by search, and the published lower bounds.  If the largest of these numbers meets the least
upper bound, the maximum is known; otherwise :func:`tried` says what was tried.

>>> print(tightness("2-3-2"))
2-3-2: exactly 22, attained by narrow, not exceeded by small_maxima (linregions 2026, maxima behind rigid first layers)
>>> print(tightness("2-6-3"))
2-6-3: between 139 (record) and 145 (rigid_layers, linregions 2026, rigid first layers)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Network
from theory.records import Search, best_record, searches
from theory.sources import HERE, Source, tables
from verify.counting.region_count import RegionCount, count
from verify.domain.shapes import Box, Domain, WholeSpace
from verify.engines.problem import Problem
from verify.progress import working

if TYPE_CHECKING:  # the catalogs load sympy, which `import verify` should not wait for
    from theory.bounds import BoundValue
    from theory.constructions import Claim
    from theory.tables import Table

LIMIT = 2000
"""Constructions that claim at most this many regions are counted; larger ones enter with their claim."""

_LARGEST = 20_000  # inputs and units of an architecture of which constructions are asked their claims: long products


@dataclass(frozen=True)
class Attained:
    """A number of regions that is attained by some network.

    ``name`` is a construction, ``"record"`` or the key of a lower bound; the number is, by the ``evidence``, counted,
    certified, claimed or proved.  ``build`` makes the network.
    """

    value: int
    name: str
    evidence: str
    source: Source
    build: Callable[[], Network] | None = field(default=None, repr=False, compare=False)

    @property
    def network(self) -> Network | None:
        """The network, None for a published bound or a construction that was not counted."""
        return None if self.build is None else self.build()


@dataclass(frozen=True)
class Tightness:
    """What is known about the maximum of one architecture."""

    architecture: Architecture
    lower: Attained
    upper: BoundValue

    @property
    def ratio(self) -> Fraction:
        """lower / upper, 1 if the maximum is known."""
        return Fraction(self.lower.value, self.upper.value)

    @property
    def exact(self) -> bool:
        """Whether the exact maximum is known."""
        return self.lower.value == self.upper.value

    @property
    def decimal(self) -> str:
        """The ratio with four decimals, cut off and not rounded."""
        tenthousandths = 10_000 * self.ratio.numerator // self.ratio.denominator
        return f"{tenthousandths // 10_000}.{tenthousandths % 10_000:04d}"

    @property
    def reason(self) -> str:
        """Why the maximum is known, or what is missing, in a sentence."""
        bound, lower = self.upper.bound, self.lower
        if self.exact:
            return f"{lower.name} attains it ({lower.evidence}) and {bound.key} ({bound.source.short}) allows no more"
        return f"open: {lower.name} has {lower.value} ({lower.evidence}), {bound.key} allows {self.upper.value}"

    def __str__(self) -> str:
        bound, lower = self.upper.bound, self.lower
        if self.exact:
            by = f"attained by {lower.name}, not exceeded by {bound.key} ({bound.source.short})"
            return f"{self.architecture}: exactly {lower.value}, {by}"
        limit = f"{self.upper.value} ({bound.key}, {bound.source.short})"
        return f"{self.architecture}: between {lower.value} ({lower.name}) and {limit}"


def tightness(architecture: Architecture | str, *, limit: int = LIMIT) -> Tightness:
    """The best certified lower bound, the least upper bound, and whether they meet.

    Constructions are counted that claim at most ``limit`` regions.  Raises InvalidInputError if the architecture has no
    hidden layer, and UnsupportedError if it contains symbols.

    >>> known = tightness("1-2-2-2")
    >>> known.lower.value, known.upper.value, known.exact, known.ratio
    (19, 19, True, Fraction(1, 1))
    """
    from theory.bounds import bracket, listing

    arch = Architecture.parse(architecture) if isinstance(architecture, str) else architecture
    if not isinstance(arch, Architecture):
        raise InvalidInputError(f"{arch!r} is not an architecture; write one as '2-4-4'")
    if arch.is_symbolic:
        raise UnsupportedError(f"{arch} contains symbols; tightness compares numbers, so substitute them")
    if not arch.depth:
        raise InvalidInputError(f"{arch} has no hidden layer; name the widths as in 2-4-4")
    _, upper = bracket(arch)
    upper = next((entry for entry in listing(arch, "exact") if entry.value == upper.value), upper)
    return Tightness(arch, most_attained(arch, limit=limit), upper)


@cache
def most_attained(arch: Architecture, *, limit: int = LIMIT) -> Attained:
    """The most regions of a network known; of equal numbers constructions are named, then records.

    >>> most_attained(Architecture.parse("2-4-4")).value, most_attained(Architecture.parse("2-3")).name
    (93, 'generic')
    """
    return max(reversed([*attained(arch, limit=limit)]), key=lambda each: each.value)


def attained(arch: Architecture, *, limit: int = LIMIT, but: str = "") -> Iterator[Attained]:
    """Numbers of regions that networks of a numeric architecture have, those first that are found without counting.

    They are the published lower bounds but the one with the key ``but``, the best record, and the constructions that
    claim at least a tenth of the largest claim, counted if that is at most ``limit``, each with its reason.

    >>> [(each.value, each.name) for each in attained(Architecture.parse("2-6-3")) if each.value > 112]
    [(139, 'record')]
    """
    from theory.bounds import listing
    from theory.constructions import by_claim

    yield Attained(1, "any network", "a network has a region", HERE)
    for bound, value in reversed(listing(arch, "lower")):
        if bound.key != but:
            yield Attained(value, bound.key, f"proved, {bound.source.short}", bound.source)
    if (record := best_record(arch)) is not None:
        other = "" if record.architecture == arch else f" for {record.architecture}, with units that add no region"
        yield Attained(record.count, "record", f"certified{other}", record.source, partial(record.widened, arch))
    families = by_claim(arch) if arch.inputs + arch.units <= _LARGEST else []
    for claimed, family in reversed(families):
        if 10 * claimed < families[0][0]:
            continue
        if claimed <= limit:
            built = family.build(arch)
            number = int(count(built.network))
            yield Attained(number, built.name, "counted exactly", built.source, partial(getattr, built, "network"))
        else:
            yield Attained(claimed, family.name, f"claimed by {family.source.short}", family.source)


def tightness_table(architectures: Iterable[Architecture | str], *, limit: int = LIMIT) -> Table:
    """One row for each architecture: the attained number, the least upper bound, their names, their ratio.

    >>> table = tightness_table(["1-2-2-2", "2-3-3", "2-4-1"])
    >>> [(row[0], row[1], row[3], row[-1]) for row in table.rows]
    [('1-2-2-2', 19, 19, 'known'), ('2-3-3', 34, 34, 'known'), ('2-4-1', 22, 22, 'known')]
    """
    from theory.tables import Table

    rows: list[tuple[Any, ...]] = []
    for each in (tightness(arch, limit=limit) for arch in architectures):
        numbers = each.lower.value, each.lower.name, each.upper.value, each.upper.bound.key, each.ratio, each.decimal
        rows.append((str(each.architecture), *numbers, "known" if each.exact else "open"))
    columns = ("architecture", "at least", "by", "at most", "by theorem", "ratio", "decimal", "maximum")
    note = "at least: regions that a network has; at most: the least upper bound; decimal: cut off, not rounded"
    return Table("how tight the bounds are", columns, tuple(rows), note)


def two_layers(inputs: int, widest: int, *, limit: int = LIMIT) -> dict[tuple[int, int], Tightness]:
    """The tightness of every architecture (n0; n1, n2) with widths up to ``widest``, by (n1, n2).

    >>> {widths: known.exact for widths, known in two_layers(2, 3).items() if not known.exact}
    {}
    """
    pairs = [(a, b) for a in range(1, widest + 1) for b in range(1, widest + 1)]
    return {pair: tightness(Architecture.relu(inputs, *pair), limit=limit) for pair in pairs}


class Decision(NamedTuple):
    """A program that ran through all cases for this number of inputs and units in the first layer, and what it said."""

    inputs: int
    first: int
    program: str
    says: str


class Tried(NamedTuple):
    """All that was tried: upper bounds from the least on, networks from the best on, searches, decisions."""

    bounds: tuple[BoundValue, ...]
    networks: tuple[Attained, ...]
    searches: tuple[Search, ...]
    decisions: tuple[Decision, ...]

    def record(self) -> dict[str, Any]:
        """All of it as numbers and words, for JSON."""
        runs = {name: [run._asdict() for run in getattr(self, name)] for name in ("searches", "decisions")}
        networks = {each.name: each.value for each in self.networks}
        return {"bounds": {bound.key: value for bound, value in self.bounds}, "networks": networks, **runs}

    def __str__(self) -> str:
        values = ", ".join(f"{bound.key} {value}" for bound, value in self.bounds)
        networks = ", ".join(f"{each.name} {each.value}" for each in self.networks if each.value > 1)
        looked = "; ".join(
            f"{run.networks} networks with seed {run.seed}: {run.alone} alone"
            + (f", {run.climbed} from other networks" if run.climbed is not None else "")
            for run in self.searches
        )
        decided = "; ".join(f"{run.program}: {run.says}" for run in self.decisions) or "none"
        return f"bounds: {values}. Networks: {networks}. Search: {looked or 'none is kept'}. Decisions: {decided}."


def tried(arch: Architecture, *, limit: int = LIMIT) -> Tried:
    """What was tried at an architecture; constructions with larger claims than the limit are not counted.

    >>> found = tried(Architecture.parse("3-7-2"))
    >>> [entry.bound.key for entry in found.bounds][:2], found.decisions[0].program
    (['raghu2017', 'montufar2017'], 'paper_checks/levels_by_sat.py 7 3 43')
    """
    from theory.bounds import listing

    best: dict[str, Attained] = {}  # by name
    for each in sorted(attained(arch, limit=limit), key=lambda each: -each.value):
        best.setdefault(each.name, each)
    decisions = (Decision(**run) for run in tables("decisions")["run"])
    first = (min(arch.sizes[:2]), *arch.widths[:1])
    return Tried(
        tuple(listing(arch, "upper")),
        tuple(best.values()),
        searches().get(arch, ()),
        tuple(run for run in decisions if arch.kind == "relu" and (run.inputs, run.first) == first),
    )


DEFAULT = ("1-4-4", "2-4-4", "2-8-8", "2-6-6-6", "3-5-5", "3-9-9", "2" + "-8" * 50)
"""The architectures compared when none is named: one, two and three inputs, narrow and wide, 2, 3 and 50 layers."""

TABLED = 20_000
"""A construction that claims more regions is a column but not counted, unless asked for or its cells share images."""


@dataclass(frozen=True)
class Column:
    """Everything that the comparison of architectures (``linregions table``) says about one of them.

    All bounds that apply are ``proved``, in increasing order.  The ``network`` is the name of the construction with the
    largest claim, or of the file; empty if there is none.  Its ``counts`` are on the domain of each claim and on R^d,
    for a file on the domain asked for; ``silence`` says why there are none.  The ``claims`` are those about activation
    regions, the theorem of the construction first; ``best`` is the best network known, None for a file.
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
        return max([*map(int, self.counts), *([self.best.value] if self.best else [])], default=None)

    @property
    def attained(self) -> Fraction | None:
        """Share of the least upper bound that this network attains."""
        most, least = self.most, self.least_upper
        return None if most is None or least is None else Fraction(most, least.value)

    @property
    def contradictions(self) -> tuple[str, ...]:
        """What cannot be true together, in words; empty unless a statement is refuted, or a mistake made here."""
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


def architecture_column(architecture: Architecture, *, limit: int = TABLED) -> Column:
    """The column of an architecture, with the construction that claims the most regions.

    It is counted on the box of its claim and on R^d, unless it claims over ``limit`` and its cells share no images.
    """
    from theory.bounds import listing
    from theory.constructions import best
    from verify.engines.images.run import shared_count

    with working(f"evaluating the bounds of {architecture}"):
        bounds, construction = tuple(listing(architecture)), best(architecture)
    with working(f"looking for the best network known of {architecture}"):
        known = most_attained(architecture, limit=min(limit, LIMIT))
    if construction is None:
        return Column(architecture, bounds, "", (), (), "no construction is known for this architecture", known)
    name, claims = construction.name, tuple(c for c in construction.claims if c.definition == "activation")
    inputs = architecture.inputs
    domains = dict.fromkeys([*(_claimed_domain(claim, inputs) for claim in claims), WholeSpace(inputs)])
    shared = (shared_count(Problem.of(construction.network, domain)) for domain in domains)
    if construction.largest_claim.count > limit and not all(shared):
        silence = f"what {name} claims on {construction.largest_claim.where} is more than the limit of {limit} regions"
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
