"""Certificates: whatever is done to one, the checker accepts no claim that the reference implementation denies."""

import json
import re
import tempfile
from pathlib import Path

from both_checkers import agreed
from fuzz_agreement import take
from fuzz_changes import change_bytes, change_line, change_numbers, change_structure, change_tokens

from theory import Layer, Maxout, Network
from theory.formats import loads
from verify import Box, Polytope, WholeSpace, checker, count
from verify.certificate import check, write
from verify.certificate.claim import claim_line
from verify.certificate.parts import PartWriter, compose
from verify.certificate.shared import SharedWriter

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
        writer = PartWriter.of(NETWORK, domain)
        compose(path, NETWORK, domain, writer, parts, {}, lambda _: b"")
        files.append(path.read_bytes())
    return files


def shared_certificates():
    """Of folds on a box and everywhere, and of a cone that no affine map into it covers: images, steps, and "on"."""
    tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4], [2, -4]], [0, "-1/2"]), ([[1, 1]], [0])])
    folds = [([[1, 0], [2, 0], [0, 1], [0, 2]], [0, -1, 0, -1]), ([[1, -1, 1, -1], [1, -1, -1, 1]], [-1, 0])]
    cone = [Layer([[1, 0], [0, 1], [1, -1]], [0, 0, 1], [Maxout(3)]), Layer([[1], [-1]], [0, 2])]
    flat = [*cone, Layer([[1, 1], [1, -1]], [-1, 0])]
    files = []
    for network, domain in (
        (tent, Box([0], [1])),
        (tent, WholeSpace(1)),
        (Network.relu([*folds, ([[1, 1]], [0])]), WholeSpace(2)),
        (Network.relu([*folds, ([[1, 1]], [0])]), Box.cube(0, 1, 2)),
        (Network(flat), WholeSpace(2)),
    ):
        first = claim_line(network, domain, int(count(network, domain)), version=checker.SHARED)
        writer = SharedWriter(checker.Claim(checker.decode(first.encode())))
        files.append("\n".join([first, *writer.lines(), ""]).encode())
    return files


def symmetric_certificates():
    """Of one chamber, of exchanges and of signs."""
    folder = Path(__file__).parents[1] / "certificates"
    return [(folder / f"{name}.cert").read_bytes() for name in ("valid_symmetric", "valid_symmetric_signed")]


def change_symmetry(rng, data, _others):
    """The symmetry that is claimed, a weight, or a wall of the domain; the digest is made anew.

    What is not a claim any more, after another change, stays as it is.
    """
    first, _, rest = data.partition(b"\n")
    try:
        claim = changed_claim(rng, json.loads(first))
    except (ValueError, LookupError, TypeError, AttributeError):
        return data
    return json.dumps(claim).encode() + b"\n" + rest


def changed_claim(rng, claim):
    """The claim of a symmetric network with one change."""
    (chain,) = claim["symmetry"]
    permutation = rng.choice(rng.choice(chain["units"]))
    weights = rng.choice(rng.choice(claim["network"]["layers"])["weights"])
    match rng.randrange(6):
        case 0:
            rng.shuffle(permutation)
        case 1:
            permutation[0] = rng.randrange(4)
        case 2:
            rng.shuffle(chain["units"])
        case 3:
            chain["signed"] = not chain["signed"]
            chain["units"] = [*chain["units"], chain["units"][0]] if chain["signed"] else chain["units"][:-1]
        case 4:
            weights[rng.randrange(len(weights))] = str(rng.randint(-2, 2))
        case _ if claim["domain"]["rows"]:
            rng.choice(claim["domain"]["rows"])[rng.randrange(3)] += 1
    claim["network_sha256"] = loads(json.dumps(claim["network"])).digest
    return claim


def change_shared(rng, data, _others):
    """A part of a line behind the claim: exchanged with another of its kind, transposed, repeated, left out, or another
    number."""
    claim, *lines = data.split(b"\n")
    try:
        body = [json.loads(line) for line in lines if line]
    except (ValueError, RecursionError):
        return data
    places = []

    def walk(value):
        for key, entry in enumerate(value):
            places.append((value, key))
            if isinstance(entry, list):
                walk(entry)

    walk([line for line in body if isinstance(line, list)])
    if not places:
        return data
    holder, key = rng.choice(places)
    value = holder[key]
    alike = [(h, k) for h, k in places if type(h[k]) is type(value)]
    other, at = rng.choice(alike)
    action = rng.randrange(4)
    if type(value) is int:
        holder[key] = rng.choice((value + 1, value - 1, -value, 2 * value, other[at], 0))
    elif action == 0 and isinstance(value, list) and all(isinstance(row, list) for row in value):
        holder[key] = [list(column) for column in zip(*value, strict=False)]
    elif action == 1:
        del holder[key]
    elif action == 2:
        holder.insert(key, json.loads(json.dumps(value)))
    else:
        holder[key], other[at] = json.loads(json.dumps([other[at], value]))
    return b"\n".join([claim, *(json.dumps(line, separators=(",", ":")).encode() for line in body), b""])


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
    """Check a certificate; one that is verified must be true, and the checker in the core must say the same."""
    verdict = check(path)
    agreed(path)
    if verdict:
        take(number, report, {"count": is_true(data)})
        return
    report["refused"] += 1
    if not verdict.reason or len(str(verdict)) > 1000 or len(str(verdict).splitlines()) != 1:
        report["findings"].append([number, f"message: {str(verdict)[:300]!r}"])


def examine_shared(number, data, path, report):
    """As :func:`examine`; and a proof of another number than is claimed, which it is refused for, must be right."""
    shown = re.search(r"regions are claimed, ([0-9]+) are shown", check(path).reason or "")
    if shown:
        first, _, rest = data.partition(b"\n")
        data = json.dumps({**json.loads(first), "regions": int(shown[1])}).encode() + b"\n" + rest
        path.write_bytes(data)
        if not check(path):
            report["findings"].append([number, "the number that is shown is not accepted"])
    examine(number, data, path, report)


_CHANGES = (change_bytes, change_tokens, change_numbers, change_values, change_line, *[change_note] * 4)
_OF_SHARED = (*[change_shared] * 6, change_numbers, change_line, change_note)
_OF_SYMMETRIC = (*[change_symmetry] * 4, change_numbers, change_line, change_note)
KINDS = {
    "certificate": ("file.cert", good_certificates, _CHANGES, examine),
    "shared": ("file.cert", shared_certificates, _OF_SHARED, examine_shared),
    "symmetric": ("file.cert", symmetric_certificates, _OF_SYMMETRIC, examine_shared),
}
