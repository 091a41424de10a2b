"""What is known about one architecture: numbers, networks, certificates and sources, as plain data for JSON and pages.

>>> from theory import Architecture
>>> facts = entry(Architecture.parse("2-3-2")).facts
>>> facts["at_least"], facts["at_most"], facts["known"], facts["definitions"]["linear"]
(22, 22, True, 17)
"""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from theory.architecture import Architecture
from theory.bounds import all_architectures, listing
from theory.errors import InternalError, UnsupportedError
from theory.formats.json_file import dumps
from theory.network import Network
from theory.records import records
from theory.sources import Source
from verify.counting.region_count import count
from verify.maxima.best_known import Tightness, attained, tightness
from verify.partitions.definitions import DEFINITIONS
from verify.partitions.region_list import dual_graph

MOST_REGIONS = 400
"""The dual graph of a network with more regions is not computed."""


def architectures() -> Iterator[Architecture]:
    """ReLU: up to four inputs, three layers and ten units; maxout of rank 3 and 4: up to six units; all records.

    >>> found = list(architectures())
    >>> len(found) == len(set(found)), sum(arch.kind == "maxout" for arch in found)
    (True, 328)
    """
    found = [arch for arch in all_architectures(range(1, 5), range(1, 11), (1, 2, 3)) if arch.units <= 10]
    yield from sorted({*found, *records()}, key=lambda arch: (arch.inputs, arch.depth, arch.widths))
    sizes = sorted(arch.sizes for arch in found if arch.units <= 6)
    yield from (Architecture.maxout(*each, rank=rank) for rank in (3, 4) for each in sizes)


def slug(arch: Architecture) -> str:
    """The name of an architecture in file names.

    >>> slug(Architecture.parse("2-4-4")), slug(Architecture.parse("2-3", rank=3))
    ('2-4-4', '2-3-maxout3')
    """
    name = "-".join(map(str, arch.sizes))
    return name if arch.kind == "relu" else f"{name}-maxout{arch.rank}"


@dataclass(frozen=True)
class Entry:
    """One architecture of the atlas: the best network and the least upper bound, and a certificate.

    ``certificate`` is that of the best network's count on R^{n0}; empty if the number rests on a published bound alone.
    """

    known: Tightness
    certificate: bytes

    @cached_property
    def network(self) -> Network | None:
        """The best network known, None if none was written down."""
        return self.known.lower.network

    @property
    def network_text(self) -> str:
        """The network as the text of a file that ``linregions count`` reads."""
        assert self.network is not None
        number = self.known.lower.value
        return dumps(self.network, note=f"{number} activation regions on R^{self.known.architecture.inputs}")

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Everything as JSON: integers, text, lists; paths are relative to the atlas."""
        known, arch, name = self.known, self.known.architecture, slug(self.known.architecture)
        facts: dict[str, Any] = {
            "architecture": str(arch),
            "kind": arch.kind,
            "rank": arch.rank,
            "inputs": arch.inputs,
            "widths": list(arch.widths),
            "page": f"a/{name}.html",
            "at_least": known.lower.value,
            "attained_by": known.lower.name,
            "evidence": known.lower.evidence,
            "attained_source": _source(known.lower.source),
            "at_most": known.upper.value,
            "not_exceeded_by": known.upper.bound.key,
            "upper_source": _source(known.upper.bound.source),
            "known": known.exact,
            "gap": known.upper.value - known.lower.value,
            "reason": known.reason,
            "bounds": [
                {"key": bound.key, "kind": bound.kind, "value": value, "title": bound.title}
                | {"status": bound.status.value, "source": _source(bound.source)}
                for bound, value in listing(arch)
            ],
            "networks": [
                {"name": each.name, "regions": each.value, "evidence": each.evidence, "source": _source(each.source)}
                for each in sorted(attained(arch), key=lambda each: (-each.value, each.name))
                if each.build is not None
            ],
        }
        if self.network is not None:
            facts["network"] = {
                "file": f"networks/{name}.json",
                "sha256": hashlib.sha256(self.network_text.encode()).hexdigest(),
                "digest": self.network.digest,
            }
            facts["certificate"] = {
                "file": f"certificates/{name}.cert",
                "sha256": hashlib.sha256(self.certificate).hexdigest(),
                "check": f"linregions check certificates/{name}.cert --network networks/{name}.json",
            }
            facts["definitions"] = _definitions(self.network)
            facts["dual_graph"] = _dual_graph(self.network) if known.lower.value <= MOST_REGIONS else None
        return facts


def entry(arch: Architecture) -> Entry:
    """The entry of an architecture; the network is counted, and its certificate written unless a record holds it."""
    known = tightness(arch)
    record = records().get(arch)
    if known.lower.name == "record" and record is not None and record.count == known.lower.value:
        return Entry(known, record.certificate)
    network = known.lower.network
    if network is None:
        return Entry(known, b"")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "certificate")
        counted = int(count(network, certificate=path))
        if counted != known.lower.value:
            raise InternalError(f"{arch}: {known.lower.name} has {counted} regions, not {known.lower.value}; report it")
        return Entry(known, path.read_bytes())


def _source(source: Source) -> dict[str, str]:
    return {"short": source.short, "text": str(source), "url": source.url}


def _definitions(network: Network) -> dict[str, int | None]:
    """The count under each definition of "region"; None where it is out of reach."""
    found: dict[str, int | None] = {}
    for name in DEFINITIONS:
        try:
            found[name] = int(count(network, definition=name))
        except UnsupportedError:
            found[name] = None
    return found


def _dual_graph(network: Network) -> dict[str, Any]:
    graph = dual_graph(network)
    degrees = [degree for _, degree in graph.degree()]
    nodes, edges = graph.number_of_nodes(), graph.number_of_edges()
    ends = {"least_degree": min(degrees), "greatest_degree": max(degrees), "mean_degree": f"{2 * edges}/{nodes}"}
    return {"regions": nodes, "facets": edges, **ends}
