"""How tight the bounds are: the best network that exists against the least upper bound.

For one architecture :func:`tightness` asks for the largest number of regions that some network has, and for the least
that no network can exceed.  Three sources compete for the first: the constructions, each counted exactly on all of
R^{n0} if it is not too large (some have more regions than their theorem says); the records found by search; and the
published lower bounds.  If the two numbers meet, the exact maximum is known, and the two names are its proof: one says
that it is attained, the other that it is not exceeded.

>>> print(tightness("2-3-2"))
2-3-2: exactly 22, attained by narrow, not exceeded by small_maxima (linregions 2026, maxima behind rigid first layers)
>>> print(tightness("2-4-4"))
2-4-4: between 93 (record) and 109 (hinz2021, Hinz 2021, framework with the tighter γ)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Network
from theory.sources import Source
from verify.counting.region_count import count

if TYPE_CHECKING:  # the catalogs load sympy, which `import verify` should not wait for
    from theory.bounds import Bound, BoundValue
    from theory.bounds.tables import Table
    from theory.constructions import Construction
    from theory.records import Record

__all__ = ["LIMIT", "Attained", "Tightness", "tightness", "tightness_table", "two_layers"]

LIMIT = 2000
"""Constructions that claim at most this many regions are counted; of larger ones the claim is taken."""


@dataclass(frozen=True)
class Attained:
    """A number of regions that some network has.

    Attributes
    ----------
    value : int
    name : str
        The construction, ``"record"``, or the key of a published lower bound.
    evidence : str
        Where the number comes from: counted here, claimed, or proved in a paper.
    source : Source
    network : Network or None
        The network, None for a published bound.
    """

    value: int
    name: str
    evidence: str
    source: Source
    network: Network | None = None


@dataclass(frozen=True)
class Tightness:
    """What is known about the maximum of one architecture.

    Attributes
    ----------
    architecture : Architecture
    lower : Attained
    upper : BoundValue
    """

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
        attained = f"{lower.name} attains it ({lower.evidence})"
        if self.exact:
            return f"{attained} and {bound.key} ({bound.source.short}) allows no more"
        return f"open: {lower.name} has {lower.value} ({lower.evidence}), {bound.key} allows {self.upper.value}"

    def __str__(self) -> str:
        bound, lower = self.upper.bound, self.lower
        limit = f"{bound.key}, {bound.source.short}"
        if self.exact:
            return (
                f"{self.architecture}: exactly {lower.value}, attained by {lower.name}, "
                f"not exceeded by {bound.key} ({bound.source.short})"
            )
        return f"{self.architecture}: between {lower.value} ({lower.name}) and {self.upper.value} ({limit})"


def tightness(architecture: Architecture | str, *, limit: int = LIMIT) -> Tightness:
    """The best certified lower bound, the least upper bound, and whether they meet.

    Parameters
    ----------
    architecture : Architecture or str
        Numeric, with at least one hidden layer, as in ``"2-4-4"``.
    limit : int
        Count constructions that claim at most so many regions.

    Raises
    ------
    InvalidInputError
        If the architecture has no hidden layer.
    UnsupportedError
        If it contains symbols.

    Examples
    --------
    >>> known = tightness("1-2-2-2")
    >>> known.lower.value, known.upper.value, known.exact, known.ratio
    (19, 19, True, Fraction(1, 1))
    >>> tightness("2-4-2").lower.name
    'record'
    """
    arch = Architecture.parse(architecture) if isinstance(architecture, str) else architecture
    if arch.is_symbolic:
        raise UnsupportedError(f"{arch} contains symbols; tightness compares numbers, so substitute them")
    if not arch.depth:
        raise InvalidInputError(f"{arch} has no hidden layer; name the widths as in 2-4-4")
    return _tightness(arch, limit)


@cache
def _tightness(arch: Architecture, limit: int) -> Tightness:
    from theory.bounds import bracket, listing
    from theory.records import best_record

    lower, upper = bracket(arch)
    upper = next((entry for entry in listing(arch, "exact") if entry.value == upper.value), upper)
    candidates = [
        *_constructed(arch, limit),
        *([_recorded(record, arch)] if (record := best_record(arch)) else []),
        *([_published(lower.bound, lower.value)] if lower else []),
        Attained(1, "any network", "a network has a region", upper.bound.source),
    ]
    best = max(candidate.value for candidate in candidates)
    return Tightness(arch, next(c for c in candidates if c.value == best), upper)


def _constructed(arch: Architecture, limit: int) -> Iterator[Attained]:
    """The constructions, those that claim most first, counted up to the limit; those that claim little are left out."""
    from theory.constructions import fitting

    claims = {family: family.claimed(arch) for family in fitting(arch)}
    most = max(claims.values(), default=0)
    for family, claimed in sorted(claims.items(), key=lambda item: -item[1]):
        if 10 * claimed < most:
            return
        if claimed <= limit:
            yield _counted(family.build(arch))
        else:
            yield Attained(claimed, family.name, f"claimed by {family.source.short}", family.source)


def _counted(construction: Construction) -> Attained:
    regions = int(count(construction.network))
    return Attained(regions, construction.name, "counted exactly", construction.source, construction.network)


def _recorded(record: Record, arch: Architecture) -> Attained:
    own = record.architecture == arch
    evidence = "certified" if own else f"certified for {record.architecture}, wider by units that are off"
    return Attained(record.count, "record", evidence, record.source, record.widened(arch))


def _published(bound: Bound, value: int) -> Attained:
    return Attained(value, bound.key, f"proved, {bound.source.short}", bound.source)


def tightness_table(architectures: Iterable[Architecture | str], *, limit: int = LIMIT) -> Table:
    """One row for each architecture: at least, by what, at most, by what, the ratio, and whether the maximum is known.

    >>> table = tightness_table(["1-2-2-2", "2-3-3", "2-4-1"])
    >>> [(row[0], row[1], row[3], row[-1]) for row in table.rows]
    [('1-2-2-2', 19, 19, 'known'), ('2-3-3', 34, 34, 'known'), ('2-4-1', 22, 22, 'known')]
    """
    from theory.bounds.tables import Table

    found = [tightness(arch, limit=limit) for arch in architectures]
    rows = tuple(
        (
            str(each.architecture),
            each.lower.value,
            each.lower.name,
            each.upper.value,
            each.upper.bound.key,
            each.ratio,
            each.decimal,
            "known" if each.exact else "open",
        )
        for each in found
    )
    columns = ("architecture", "at least", "by", "at most", "by theorem", "ratio", "decimal", "maximum")
    note = "at least: regions that a network has; at most: the least upper bound; decimal: cut off, not rounded"
    return Table("how tight the bounds are", columns, rows, note)


def two_layers(inputs: int, widest: int, *, limit: int = LIMIT) -> dict[tuple[int, int], Tightness]:
    """The tightness of (n0; n1, n2) for all widths up to ``widest``.

    >>> {widths: known.exact for widths, known in two_layers(2, 3).items() if not known.exact}
    {}
    """
    pairs = [(a, b) for a in range(1, widest + 1) for b in range(1, widest + 1)]
    return {pair: tightness(Architecture.relu(inputs, *pair), limit=limit) for pair in pairs}
