"""What the refuter tries: architectures, small ones first; networks known to have many regions; proven bounds."""

import itertools
from collections.abc import Iterable, Iterator

from theory.architecture import Architecture
from theory.bounds import BoundValue, Status, listing
from theory.constructions import by_claim
from theory.errors import InvalidInputError
from theory.network import Network
from theory.records import best_record
from verify.maxima.best_known import attained
from verify.testing.refuter.expressions import Units

_DEPTH = 4
_UNITS = {"relu": 7, "maxout": 5}
_STATEMENT_UNITS = {"relu": 10, "maxout": 7}
_RANKS = (2, 3)


def size(arch: Architecture) -> tuple[int, int, int, int, tuple[int, ...]]:
    """The order of architectures: fewer pieces of all units, then lower rank, fewer inputs, fewer layers."""
    return arch.units * arch.rank, arch.rank, arch.inputs, arch.depth, arch.widths


def small_architectures(units: Units, *, statement: bool = False) -> list[Architecture]:
    """Every small architecture in order, then wider ones of equal and of two different widths.

    There are more for a ``statement`` between formulas, for which nothing is counted.

    >>> [str(arch) for arch in small_architectures("relu")[:5]]
    ['1-1', '2-1', '3-1', '4-1', '1-2']
    """
    most = (_STATEMENT_UNITS if statement else _UNITS)[units]
    inputs, ranks = range(1, 7 if statement else 5), _RANKS if units == "maxout" else (2,)
    wide = (4, 5, 6, 7, 8, 9, 12) if units == "relu" else (4, 6)
    listed: dict[Architecture, None] = {}
    for sizes, deepest, total in ((range(1, most + 1), _DEPTH, most), (wide, 3, 24)):
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
    """Constructions, those that claim most first, then the best record: network, claimed regions, name.

    Those that claim no more regions than ``above`` are left out.
    """
    for claimed, family in by_claim(arch):
        if claimed > above:
            yield family.build(arch).network, claimed, f"the construction {family.name}"
    record = best_record(arch)
    if record is not None and record.count > above:
        yield record.widened(arch), record.count, "a record"


def _upper_bounds(arch: Architecture, but: str) -> list[BoundValue]:
    return [entry for entry in listing(arch, "upper") if entry.bound.key != but]


def least_upper(arch: Architecture, *, but: str = "") -> BoundValue:
    """The least proven upper bound on the regions of an architecture; the bound with the key ``but`` is left out."""
    return min(_upper_bounds(arch, but), key=lambda entry: entry.value)


def theorem_below(claimed: int, arch: Architecture, *, but: str = "") -> BoundValue | None:
    """A proven upper bound below a claimed number: of several the one whose statement is best attested."""
    enough = [entry for entry in _upper_bounds(arch, but) if entry.value < claimed]
    return min(enough, key=lambda entry: (list(Status).index(entry.bound.status), entry.value), default=None)


def known_to_attain(claimed: int, arch: Architecture, *, but: str = "", limit: int = 0) -> str:
    """What proves that some network has at least a claimed number of regions; empty if nothing does.

    Constructions that claim at most ``limit`` regions are counted, others enter with their claim.
    """
    entries = attained(arch, but=but, limit=limit)
    return next((entry.name for entry in entries if entry.value >= claimed), "")


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
