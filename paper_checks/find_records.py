"""Find the records that ship with the package: a search at every small architecture whose maximum is open.

Run from a checkout::

    python paper_checks/find_records.py --units 9 --inputs 4 --networks 200000 --jobs 2
    python paper_checks/find_records.py 3-6-1 2-8-1 --networks 5000000

Architectures of ReLU layers come by their number of hidden units.  Those whose constructions or records meet the least
upper bound are passed over, and so are those with more inputs than units in the first layer, which have the same
maximum as with as many inputs as units.  At each of the others :func:`verify.maxima.search.most_regions` looks at
so many networks: half of them by itself, half of them from the best records and constructions that fit into the
architecture, with new random units where there is a unit to spare.  What has more regions than all of them is given
integer weights, counted exactly once more, certified, checked, and kept; so is what the search finds by itself if it
has as many regions as a record that was found in another way.  The two files of ``theory/data/records`` are written
after each number of units; what they held before is kept unless something better is found, so another run adds to it.
``searches.json`` beside them keeps what each run looked at and found, also where that was no record.

The table that ships comes from 120 000 networks at each of the 232 open architectures of six to nine units and up to
four inputs (no maximum of fewer units is open): 2 s, 19 s and 206 s of the clock for six, seven and eight units, 30 s
to 104 s for each 15 architectures of nine, on two busy processors; then from a million for six and seven units and 300
000 for most of eight.  Each record says in ``found`` whether this search found it by itself, from other records, or an
earlier one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from theory import Architecture, Network
from theory.bounds import bracket
from theory.constructions import by_claim
from theory.formats.files import write_text
from theory.records import SEARCHES, Record, Search, records, searches
from verify import count
from verify.certificate import check
from verify.maxima.records import write_records
from verify.maxima.search import in_integers, most_regions, regions, rows_of, with_rows

ALONE = "the search by itself"
FROM_OTHERS = "the search from other records and constructions"
STARTS = 4
"""Of the networks that fit into an architecture, so many of the best are climbed."""


def architectures(units: int, inputs: int) -> Iterator[Architecture]:
    """Every architecture of two or more layers with so many hidden units and at most so many inputs.

    >>> [str(arch) for arch in architectures(3, 2)]
    ['1-1-2', '1-2-1', '2-2-1', '1-1-1-1']
    """
    for parts in range(2, units + 1):
        for cuts in itertools.combinations(range(1, units), parts - 1):
            widths = tuple(b - a for a, b in itertools.pairwise((0, *cuts, units)))
            yield from (Architecture.relu(n0, *widths) for n0 in range(1, min(inputs, widths[0]) + 1))


def starts(arch: Architecture, known: dict[Architecture, Record]) -> list[tuple[int, Network]]:
    """The best networks that fit, with their counts: records in a wider form, and constructions, counted."""
    found = [(record.count, record.widened(arch)) for record in known.values() if record.placement(arch)]
    for claimed, family in by_claim(arch)[:2]:
        if claimed <= 2000:
            network = family.build(arch).network
            found.append((regions(network), network))
    return sorted(found, key=lambda entry: -entry[0])[:STARTS]


def with_new_units(network: Network, rng: random.Random, *, near: bool = False) -> Network:
    """Random rows for the units of weight 0, or rows near those of other units of the layer.

    No region is lost, for no later layer reads them.
    """
    rows = rows_of(network)
    for layer in rows:
        size = max((abs(value) for row in layer for value in row), default=1) or 1
        others = [row for row in layer if any(row)] if near else []
        for i, row in enumerate(layer):
            if not any(row):
                center = rng.choice(others) if others else row
                step = size / 20 if others else size
                layer[i] = [value + Fraction(rng.randint(-100, 100), 100) * step for value in center]
    return with_rows(network, rows)


def better(
    arch: Architecture, known: dict[Architecture, Record], networks: int, seed: int
) -> tuple[Record | None, Search | None]:
    """A record of an architecture with more regions than everything that fits into it, or None, and what was searched.

    What the search finds by itself need not have more than a record of this architecture that was not found so.
    """
    _, upper = bracket(arch)
    given = starts(arch, known)
    most = max((number for number, _ in given), default=1)
    own = known.get(arch)
    renewed = own is not None and own.found != ALONE and own.count == most
    if most >= upper.value and not renewed:
        return None, None
    result, found = most_regions(arch, seed=seed, evaluations=networks // 2, enough=upper.value), ALONE
    alone, climbed = result.count, None
    if most < upper.value > alone:
        rng = random.Random(f"{seed} {arch}")
        wider = [with_new_units(network, rng, near=near) for _, network in given for near in (True, False)]
        second = most_regions(arch, seed=seed, evaluations=networks // 2, starts=wider, enough=upper.value)
        climbed = second.count
        if second.count > max(most, alone):
            result, found = second, FROM_OTHERS
    searched = Search(seed, networks, alone, climbed)
    if result.count < most or (result.count == most and not (renewed and found == ALONE)):
        return None, searched
    network = in_integers(result.network)
    rows = tuple(tuple(tuple(int(value) for value in row) for row in layer) for layer in rows_of(network))
    number = regions(network)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "count.cert")
        certified = int(count(network, certificate=path))
        assert certified == number == check(path).regions >= result.count, (arch, certified, number)
        return Record(arch, number, found, rows, path.read_bytes()), searched


def main() -> None:
    """Search, and write what is found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("named", nargs="*", metavar="ARCH", help="only these, as in 2-4-4, of any size")
    parser.add_argument("--units", type=int, default=9, help="hidden units, at most")
    parser.add_argument("--from-units", type=int, default=2, help="hidden units, at least")
    parser.add_argument("--inputs", type=int, default=4, help="inputs, at most")
    parser.add_argument("--networks", type=int, default=200_000, help="to look at for one architecture")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    known, looked_at = dict(records()), dict(searches())
    with ProcessPoolExecutor(options.jobs) as pool:
        if options.named:
            rounds = [list(map(Architecture.parse, options.named))]
        else:
            rounds = [list(architectures(n, options.inputs)) for n in range(options.from_units, options.units + 1)]
        for listed in rounds:
            began = time.perf_counter()
            calls = {
                arch: pool.submit(better, arch, _serving(arch, known), options.networks, options.seed)
                for arch in listed
            }
            found = {}
            for arch, call in calls.items():
                entry, searched = call.result()
                if entry is not None:
                    found[arch] = entry
                if searched is not None:
                    looked_at[arch] = (*(s for s in looked_at.get(arch, ()) if s.seed != searched.seed), searched)
            seconds = time.perf_counter() - began
            units = max((arch.units for arch in listed), default=0)
            raised = sum(known[arch].count < entry.count for arch, entry in found.items() if arch in known)
            print(
                f"{units} units, {len(listed)} architectures in {seconds:.0f} s: {raised} records raised, "
                f"{len(found) - raised} others new or found by the search itself",
                flush=True,
            )
            known |= found
            write_records(known)
            _write_searches(looked_at)


def _write_searches(known: dict[Architecture, tuple[Search, ...]]) -> None:
    """Write what the searches looked at, one architecture a line."""
    ordered = sorted(known.items(), key=lambda entry: (entry[0].units, entry[0].sizes))
    lines = [f"{json.dumps(str(arch))}: {json.dumps([run._asdict() for run in runs])}" for arch, runs in ordered]
    head = '{"format": "linregions/searches", "version": 1, "searches": {\n'
    write_text(SEARCHES, head + ",\n".join(lines) + "\n}}\n")


def _serving(arch: Architecture, known: dict[Architecture, Record]) -> dict[Architecture, Record]:
    """The records that fit into an architecture, without their certificates, for another process."""
    return {a: replace(record, proof=None) for a, record in known.items() if record.placement(arch) is not None}


if __name__ == "__main__":
    main()
