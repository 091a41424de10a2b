"""Records: verified, compared with bounds, written to files; and networks that are submitted to be records."""

import json
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from theory.architecture import Architecture
from theory.errors import InternalError, InvalidInputError
from theory.formats.files import write_text
from theory.formats.json_file import loads
from theory.network import Network
from theory.records import CERTIFICATES, FOLDER, INDEX, Record, records
from theory.tables import Table
from verify.certificate import Verdict, check
from verify.counting.region_count import count
from verify.domain.shapes import WholeSpace
from verify.maxima.best_known import Tightness, tightness
from verify.maxima.search import in_integers, rows_of


@dataclass(frozen=True)
class VerifiedRecord:
    """Counts of a record's network, the verdict on its certificate, and whether that is about the network on R^{n0}."""

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
    """Count a record's network again, by two engines, and check its certificate.

    >>> print(verify_record(records()[Architecture.parse("2-6-1")]))
    2-6-1: 44 regions, counted by exact and simplex, certificate VERIFIED 44
    """
    engines = "exact", "simplex"  # in rational arithmetic throughout, and compiled
    counts = {engine: int(count(record.network, engine=engine)) for engine in engines}
    claim = json.loads(record.certificate.partition(b"\n")[0])
    same = claim["network_sha256"] == record.network.digest and claim["domain"]["rows"] == []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{record.architecture}.cert")
        path.write_bytes(record.certificate)
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
        numbers = regions, record.count, upper.value, upper.bound.key, share
        rows.append((str(arch), *numbers, "known" if share == 1 else "open"))
    columns = ("architecture", "construction", "record", "at most", "by theorem", "ratio", "maximum")
    note = "construction: the best one on R^n0; record: found by search, certified; at most: least upper bound"
    return Table("records", columns, tuple(rows), note)


def write_records(known: dict[Architecture, Record], folder: Path = FOLDER) -> None:
    """Write the files of the records in order, dropping from ``known`` what constructions or smaller records match."""
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


@dataclass(frozen=True)
class Submission:
    """What is new in a network with integer weights and summed outputs; the checker accepted its ``certificate``."""

    network: Network
    regions: int
    known: Tightness
    certificate: bytes

    @property
    def better(self) -> bool:
        """Whether it has more regions than the best network known."""
        return self.regions > self.known.lower.value

    @property
    def contradicts(self) -> bool:
        """Whether it has more regions than the least upper bound allows."""
        return self.regions > self.known.upper.value

    def __str__(self) -> str:
        known, arch = self.known, self.network.architecture
        if self.contradicts:
            bound = known.upper.bound
            limit = f"{bound.key} ({bound.source.short}), which allows {known.upper.value}"
            return f"{arch}: {self.regions} regions refute {limit}"
        if not self.better:
            return f"{arch}: {self.regions} regions, nothing new (known: {known.lower.value} by {known.lower.name})"
        left = known.upper.value - self.regions
        what = f"{left} below the least upper bound" if left else "the maximum, since no network has more"
        return f"{arch}: {self.regions} regions, a record (known: {known.lower.value} by {known.lower.name}), {what}"


def of_certificate(content: bytes) -> Network | None:
    """The network that a certificate is about; None if the content is no certificate."""
    first = content.partition(b"\n")[0]
    if not first.startswith(b'{"format":"linregions/certificate"'):
        return None
    try:
        return loads(json.dumps(json.loads(first)["network"]))
    except (ValueError, KeyError, RecursionError):
        raise InvalidInputError("the first line of the certificate has no network that can be read") from None


def submission(network: Network, certificate: bytes | None = None) -> Submission:
    """Count a network on all of R^{n0}, certify the count, and compare it with what is known.

    The network has ReLU units, or maxout units of one rank.  A ``certificate`` of its activation regions on R^{n0} is
    checked; unless the weights are integers, their integer form is counted again, since a record needs its certificate.
    Raises InvalidInputError if the certificate is rejected, or is about something else.
    """
    arch = network.architecture
    if arch.kind not in ("relu", "maxout"):
        raise InvalidInputError(f"the atlas holds ReLU and maxout networks; this one has {arch}")
    plain = in_integers(network)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "certificate")
        if certificate is not None:
            path.write_bytes(certificate)
            verdict = check(path, network=network, domain=WholeSpace(arch.inputs), definition="activation")
            if verdict.regions is None:
                raise InvalidInputError(f"the certificate does not prove a count on R^{arch.inputs}: {verdict}")
            if plain.digest == network.digest:
                return Submission(plain, verdict.regions, tightness(arch), certificate)
        regions = int(count(plain, certificate=path))
        verdict = check(path)
        if verdict.regions != regions:
            raise InternalError(f"{arch}: counted {regions}, but {verdict}; please report it")
        return Submission(plain, regions, tightness(arch), path.read_bytes())


def patch(found: Submission) -> str:
    """A record and its certificate as ``git apply`` adds them; InvalidInputError without a ReLU record or git."""
    arch = found.network.architecture
    if not found.better or arch.kind != "relu":
        raise InvalidInputError(f"{found}; records are ReLU networks that beat what is known")
    rows = tuple(tuple(tuple(int(value) for value in row) for row in layer) for layer in rows_of(found.network))
    record = Record(arch, found.regions, "submitted", rows, found.certificate)
    if (git := shutil.which("git")) is None:
        raise InvalidInputError("git makes the patch and is not installed; send the network and its certificate")
    with tempfile.TemporaryDirectory() as folder:
        for side in ("a", "b"):
            place = Path(folder, side, "theory", "data", "records")
            place.mkdir(parents=True)
            shutil.copy(INDEX, place)
            shutil.copy(CERTIFICATES, place)
        write_records({**records(), arch: record}, place)
        command = [git, "diff", "--no-index", "--binary", "--src-prefix=", "--dst-prefix=", "a", "b"]
        made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if made.returncode != 1:  # 1: the two sides differ, as they must
        raise InvalidInputError(f"git makes no patch ({made.stderr.strip()}); send the network and its certificate")
    return made.stdout
