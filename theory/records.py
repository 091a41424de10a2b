"""Records: networks with more regions than any construction known for their architecture.

Between what constructions attain and what bounds allow there is a gap, even for the smallest architectures.  The
networks here were found by search, have small integer weights, and each comes with a certificate of its count, which
``linregions check`` verifies.  Where a record meets the least upper bound, the maximum is known.

A network stays what it is when zero units or inputs that it does not read are added, so a record speaks for every
architecture of the same depth that is at least as wide everywhere.

>>> from theory.architecture import Architecture
>>> best_record(Architecture.parse("2-3-2")) is None  # a construction attains the maximum there
True
>>> best_record(Architecture.parse("2-4-1")).count
22
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from theory.architecture import Architecture
from theory.exact import RationalLike
from theory.formats.files import read_bytes
from theory.formats.json_file import loads, parse_json
from theory.network import Layer, Network
from theory.sources import HERE, Source

__all__ = ["FOLDER", "Record", "best_record", "records"]

FOLDER = Path(__file__).with_name("data") / "records"
"""Network files and certificates, named by architecture."""


@dataclass(frozen=True)
class Record:
    """A network that was found, the count it claims on R^{n0}, and how it was found.

    Attributes
    ----------
    network : Network
    count : int
        Activation regions on R^{n0}.
    found : str
        How, in a few words.
    certificate : Path
        Evidence for the count, a file for ``linregions check``.
    """

    network: Network
    count: int
    found: str
    certificate: Path

    @property
    def architecture(self) -> Architecture:
        """The architecture of the network."""
        return self.network.architecture

    @property
    def source(self) -> Source:
        """Where it comes from."""
        return HERE.at("record by search")

    def widened(self, arch: Architecture) -> Network:
        """The same function, with the same regions, as a network of a wider architecture of the same depth.

        >>> wide = records()[Architecture.parse("2-4-1")].widened(Architecture.parse("3-5-2"))
        >>> wide.architecture
        Architecture.relu(3, 5, 2)
        """
        layers, inputs = [], arch.inputs
        for layer, width in zip(self.network.hidden, arch.widths, strict=True):
            spare = [0] * (inputs - layer.inputs)
            added = width - layer.width
            rows: list[list[RationalLike]] = [[*row, *spare] for row in layer.weights]
            rows += [[0] * inputs for _ in range(added)]
            layers.append(Layer(rows, [*layer.biases, *[0] * added]))
            inputs = width
        return Network([*layers, Layer([[1] * inputs], [0], self.network.layers[-1].units[:1])])

    def serves(self, arch: Architecture) -> bool:
        """Whether the network can be widened to an architecture."""
        return (
            arch.kind == "relu"
            and arch.depth == self.architecture.depth
            and all(a >= b for a, b in zip(arch.sizes, self.architecture.sizes, strict=True))
        )


@cache
def records() -> dict[Architecture, Record]:
    """All records by architecture."""
    table = {}
    for entry in parse_json(read_bytes(FOLDER / "index.json"), FOLDER / "index.json")["records"]:
        path = FOLDER / f"{entry['architecture']}.json"
        network = loads(read_bytes(path), source=path)
        table[network.architecture] = Record(network, entry["count"], entry["found"], path.with_suffix(".cert"))
    return table


def best_record(arch: Architecture) -> Record | None:
    """The record with the most regions that serves an architecture; None if none does."""
    if arch.is_symbolic:
        return None
    serving = [record for record in records().values() if record.serves(arch)]
    return max(serving, key=lambda record: record.count, default=None)
