"""Certificates: whatever is done to one, the checker accepts no claim that the reference implementation denies."""

import json
import tempfile
from pathlib import Path

from fuzz_agreement import take
from fuzz_changes import change_bytes, change_line, change_numbers, change_structure, change_tokens

from theory import Network
from theory.formats import loads
from verify import Box, Polytope, WholeSpace, count
from verify.certificate import check, write
from verify.certificate.parts import PartWriter, compose

NETWORK = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, -1, 1]], [0]), ([[1]], [0])])


def good_certificates():
    """Of activation and linear regions, on the plane and on a box; and of a bracket."""
    files = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.cert")
        for domain, definition in ((WholeSpace(2), "activation"), (Box.cube(-1, 1, 2), "linear")):
            write(path, NETWORK, domain, int(count(NETWORK, domain, definition=definition)), definition=definition)
            files.append(path.read_bytes())
        domain = Box.cube(-2, 1, 2)
        parts = {((0,),): "pending", ((1,),): "inline"}
        writer = PartWriter.of(NETWORK, domain, few=True)
        compose(path, NETWORK, domain, writer, parts, {}, lambda _: b"")
        files.append(path.read_bytes())
    return files


def change_values(rng, data, others):
    """The structure of one line."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = change_structure(rng, lines[at], others[0].split(b"\n")[:1]) if lines[at] else lines[at]
    return b"\n".join(lines)


def change_note(rng, data, _others):
    """A mild one: what says nothing, the note on the domain and blanks."""
    if rng.random() < 0.5:
        return data.replace(b'"note":"', b'"note":"' + rng.choice((b"x", b"\\u00e9", b"[[", b" ")), 1)
    return data.replace(b",", rng.choice((b", ", b" ,", b",\t")), rng.randrange(1, 9))


def is_true(data):
    """Whether the reference implementation finds what the first line claims; None where it would take too long."""
    claim = json.loads(data.split(b"\n", 1)[0])
    network, domain = loads(json.dumps(claim["network"])), claim["domain"]
    if "matrix" in domain:
        network = network.precompose(domain["matrix"], domain["offset"])
    region = Polytope(domain["rows"]) if domain["rows"] else WholeSpace(network.inputs)
    if network.architecture.units > 8:
        return None
    number = int(count(network, region, definition=claim["definition"], engine="brute"))
    lower, upper = claim["regions"] if isinstance(claim["regions"], list) else [claim["regions"]] * 2
    return lower <= number <= upper


def examine(number, data, path, report):
    """Check a certificate; one that is verified must be true."""
    verdict = check(path)
    if verdict:
        take(number, report, {"count": is_true(data)})
        return
    report["refused"] += 1
    if not verdict.reason or len(str(verdict)) > 1000 or len(str(verdict).splitlines()) != 1:
        report["findings"].append([number, f"message: {str(verdict)[:300]!r}"])


_CHANGES = (change_bytes, change_tokens, change_numbers, change_values, change_line, *[change_note] * 4)
KINDS = {"certificate": ("file.cert", good_certificates, _CHANGES, examine)}
