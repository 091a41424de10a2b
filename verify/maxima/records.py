"""Records, verified and compared with bounds, and the files that hold them."""

import json
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from theory.architecture import Architecture
from theory.formats.files import write_text
from theory.records import CERTIFICATES, FOLDER, INDEX, Record, records
from theory.tables import Table
from verify.certificate import Verdict, check
from verify.counting.region_count import count

ENGINES_USED = ("exact", "simplex")
"""One in rational arithmetic throughout, one compiled."""


@dataclass(frozen=True)
class VerifiedRecord:
    """The outcome of verifying a record.

    ``counts`` is the count of each engine, ``verdict`` that of the checker on the stored certificate; ``same_network``
    says whether the certificate is about the record's network, on all of R^{n0}.
    """

    record: Record
    counts: dict[str, int]
    verdict: Verdict
    same_network: bool

    @property
    def holds(self) -> bool:
        """Whether everything agrees with the number that the record claims."""
        return self.same_network and {*self.counts.values(), self.verdict.regions} == {self.record.count}

    def __str__(self) -> str:
        name, number = self.record.architecture, self.record.count
        if self.holds:
            return f"{name}: {number} regions, counted by {' and '.join(self.counts)}, certificate {self.verdict}"
        whose = "" if self.same_network else " of another network"
        return f"{name}: claims {number}, but {self.counts} were counted, certificate{whose}: {self.verdict}"


def verify_record(record: Record) -> VerifiedRecord:
    """Count a record's network again and check its certificate.

    It trusts neither the number in :mod:`theory.records` nor the engine that found it.

    >>> print(verify_record(records()[Architecture.parse("2-6-1")]))
    2-6-1: 44 regions, counted by exact and simplex, certificate VERIFIED 44
    """
    evidence = record.certificate
    counts = {engine: int(count(record.network, engine=engine)) for engine in ENGINES_USED}
    claim = json.loads(evidence.partition(b"\n")[0])
    same = claim["network_sha256"] == record.network.digest and claim["domain"]["rows"] == []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{record.architecture}.cert")
        path.write_bytes(evidence)
        return VerifiedRecord(record, counts, check(path), same)


def records_table(chosen: Iterable[Record] | None = None) -> Table:
    """One row for each record: the best construction, the record, the least upper bound, and what is left.

    >>> table = records_table()
    >>> all(best < record <= limit for _, best, record, limit, *_ in table.rows)
    True
    """
    from theory.bounds import bracket  # loads sympy
    from theory.constructions import best

    rows = []
    for record in records().values() if chosen is None else chosen:
        arch = record.architecture
        built, (_, upper) = best(arch), bracket(arch)
        regions = int(count(built.network, engine="exact")) if built else 1
        share = Fraction(record.count, upper.value)
        known = "known" if share == 1 else "open"
        rows.append((str(arch), regions, record.count, upper.value, upper.bound.key, share, known))
    columns = ("architecture", "construction", "record", "at most", "by theorem", "ratio", "maximum")
    note = "construction: the best one on R^n0; record: found by search, certified; at most: least upper bound"
    return Table("records", columns, tuple(rows), note)


def write_records(known: dict[Architecture, Record], folder: Path = FOLDER) -> None:
    """Write the two files of the records, in order of units, inputs and widths.

    Those no better than the claim of a construction, or than a record of fewer units, are left out, also of ``known``.
    """
    from theory.constructions import by_claim

    for arch, record in list(known.items()):
        rivals = (other for other in known.values() if other is not record and other.placement(arch) is not None)
        if max(by_claim(arch)[0][0], *(other.count for other in rivals), 0) >= record.count:
            del known[arch]
    ordered = sorted(known.values(), key=lambda record: (record.architecture.units, record.architecture.sizes))
    facts = ({"architecture": str(r.architecture), "count": r.count, "found": r.found, "rows": r.rows} for r in ordered)
    certificates = [(f"{record.architecture}.cert", record.certificate) for record in ordered]  # before they go
    head = '{"format": "linregions/records", "version": 2, "records": [\n'
    write_text(folder / INDEX.name, head + ",\n".join(map(json.dumps, facts)) + "\n]}\n")
    with zipfile.ZipFile(folder / CERTIFICATES.name, "w") as archive:
        for name, certificate in certificates:  # the time of a ZipInfo is fixed
            archive.writestr(zipfile.ZipInfo(name), certificate, zipfile.ZIP_DEFLATED, 9)
