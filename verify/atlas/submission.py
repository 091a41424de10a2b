"""A network compared with the record of its architecture, and the patch that a maintainer applies if it is better."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from theory.errors import InternalError, InvalidInputError
from theory.formats.json_file import loads
from theory.network import Network
from theory.records import CERTIFICATES, INDEX, Record, records
from verify.certificate import check
from verify.counting.region_count import count
from verify.domain.shapes import WholeSpace
from verify.maxima.best_known import Tightness, tightness
from verify.maxima.edits import in_integers, rows_of
from verify.maxima.records import write_records


@dataclass(frozen=True)
class Submission:
    """What is new in a network.

    ``network`` has integer weights and the sum of the last hidden layer as its output, and the same regions; their
    exact count on R^{n0} is ``regions``.  ``known`` is what the atlas knew; the checker accepted the ``certificate``.
    """

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
    checked, and a network with integer weights is then not counted again; another one is, since a record needs the
    certificate of its integer form.  Raises InvalidInputError if the certificate is rejected, or is about something
    else.
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
    """What ``git apply`` adds to a checkout: the record and its certificate, in the place of the one it beats.

    A network that is no record, is not a ReLU network, or a machine without git raises InvalidInputError.
    """
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
