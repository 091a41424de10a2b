"""Records: networks with more regions than any construction known for their architecture.

The networks here were found by search (``paper_checks/find_records.py``), have integer weights, and each comes with a
certificate of its count.  Zero units, inputs that are not read, and layers that pass on the nonnegative values of the
layer before add no region and lose none.  So a record covers every architecture into which its layers fit one after the
other (:meth:`Record.placement`).

>>> best_record(Architecture.parse("2-6-1")).count, best_record(Architecture.parse("2-3-2"))
(44, None)
"""

import zipfile
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.formats.files import read_bytes
from theory.formats.json_file import parse_json
from theory.network import Network
from theory.sources import HERE, Source

FOLDER = Path(__file__).with_name("data") / "records"
"""Where the records lie."""

INDEX = FOLDER / "index.json"
"""For each record its architecture, count, origin, and the rows (w_1, …, w_n, b) of its hidden layers."""
CERTIFICATES = FOLDER / "certificates.zip"
"""For each record a file such as ``2-6-4.cert``."""
SEARCHES = FOLDER / "searches.json"
"""For each search its architecture, seed, number of networks, and the most regions that it found."""


@dataclass(frozen=True)
class Record:
    """A network that was found by search, its number of activation regions on R^{n0}, and how it was found.

    ``rows`` are those of each hidden layer, (w_1, …, w_n, b); ``proof`` is the certificate of one that is not stored.
    """

    architecture: Architecture
    count: int
    found: str
    rows: tuple[tuple[tuple[int, ...], ...], ...]
    proof: bytes | None = field(default=None, repr=False)

    @cached_property
    def network(self) -> Network:
        """The network; its output is the sum of the last hidden layer."""
        return Network.summed(self.rows, inputs=self.architecture.inputs)

    @property
    def certificate(self) -> bytes:
        """The evidence for the count, a file for ``linregions check``."""
        if self.proof is not None:
            return self.proof
        with zipfile.ZipFile(CERTIFICATES) as archive:
            return archive.read(f"{self.architecture}.cert")

    @property
    def source(self) -> Source:
        """Where it comes from."""
        return HERE.at("record by search")

    def placement(self, arch: Architecture) -> tuple[int, ...] | None:
        """Where the layers go, the first one first, in an architecture that the record covers; None if it does not.

        >>> record = records()[Architecture.parse("2-6-1")]
        >>> record.placement(Architecture.parse("3-6-4-2")), record.placement(Architecture.parse("2-6-3-1"))
        ((0, 1), (0, 1))
        """
        own, widths = self.architecture.widths, arch.widths
        if arch.kind != "relu" or arch.is_symbolic or arch.inputs < self.architecture.inputs or len(widths) < len(own):
            return None
        if widths[0] < own[0] or max(widths) < max(own):
            return None
        places: dict[int, tuple[int, ...]] = {1: (0,)}  # by the number of layers that have their place
        for depth, width in enumerate(widths[1:], start=1):
            if len(own) in places:
                break  # a layer goes where there are as many units, or the values of the one before are passed on
            passed_on = {k: at for k, at in places.items() if width >= own[k - 1]}
            places = passed_on | {k + 1: (*at, depth) for k, at in places.items() if width >= own[k]}
        return places.get(len(own))

    def widened(self, arch: Architecture) -> Network:
        """A network of an architecture that the record covers, with as many regions; else an InvalidInputError."""
        placement = self.placement(arch)
        if placement is None:
            raise InvalidInputError(f"the record of {self.architecture} does not cover {arch}")
        inputs, layers = arch.inputs, []
        for depth, width in enumerate(arch.widths):
            if depth in placement:
                rows = [list(row) for row in self.rows[placement.index(depth)]]
            else:
                before = sum(place < depth for place in placement)
                passed = self.architecture.widths[before - 1] if before < len(placement) else 0
                rows = [[int(i == j) for j in range(passed)] + [0] for i in range(passed)]
            padded = [[*row[:-1], *[0] * (inputs + 1 - len(row)), row[-1]] for row in rows]
            layers.append(padded + [[0] * (inputs + 1)] * (width - len(rows)))
            inputs = width
        return Network.summed(layers, inputs=arch.inputs)


@cache
def records() -> dict[Architecture, Record]:
    """All records by architecture."""
    table = {}
    for entry in parse_json(read_bytes(INDEX), INDEX)["records"]:
        rows = tuple(tuple(map(tuple, layer)) for layer in entry["rows"])
        arch = Architecture.parse(entry["architecture"])
        table[arch] = Record(arch, entry["count"], entry["found"], rows)
    return table


def best_record(arch: Any) -> Record | None:
    """The record with the most regions that covers an architecture; None if none does."""
    if not isinstance(arch, Architecture) or arch.is_symbolic:
        return None
    serving = [record for record in records().values() if record.placement(arch) is not None]
    return max(serving, key=lambda record: record.count, default=None)


class Search(NamedTuple):
    """One run of the search for records at an architecture: the most regions that half of the networks found ``alone``.

    The other half ``climbed`` from records and constructions, None if the first half had met the upper bound.
    """

    seed: int
    networks: int
    alone: int
    climbed: int | None


@cache
def searches() -> dict[Architecture, tuple[Search, ...]]:
    """The runs of the search that are kept, by architecture."""
    table = parse_json(read_bytes(SEARCHES), SEARCHES)["searches"]
    return {Architecture.parse(name): tuple(Search(**run) for run in runs) for name, runs in table.items()}
