"""Exact region counts of networks that others use: a folder of their files, or stand-ins that this script makes.

Run from a checkout::

    python paper_checks/benchmarks.py --own stand-ins            # make the stand-ins in a folder, and count them
    python paper_checks/benchmarks.py FOLDER --box=-1,1 --budget 600

Every file that ``theory.formats.load`` reads is counted on its domain: the domain files beside it
(``NAME.domain.json``, ``NAME.OTHER.domain.json``), for files ``ACASXU….nnet`` and ``ACASXU….onnx`` the boxes of
properties 3 and 4, else the box of ``--box``.  What is done is kept in ``results.json`` in the folder, with the SHA-256
of the file and the certificate, and is not done again unless the file, the domain or the budget changes.  The table
says which files were run.  A count that its budget ends is an interval that holds the number; its finished parts are
kept, for a larger budget.  A run that is stopped goes on where it was, with the same command.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import random
import shutil
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from theory import Network
from theory.data import digit_images, digits
from theory.errors import InvalidInputError, LinregionsError
from theory.formats import load, save
from theory.formats.files import write_text
from verify import Box, Domain, count
from verify.certificate import check
from verify.domain.files import load as load_domain

SUFFIXES = (".onnx", ".onnx.gz", ".nnet", ".json", ".npz", ".safetensors", ".h5", ".hdf5", ".keras", ".pt", ".pth")
ACAS_XU = {
    ".nnet": {
        "property 3": (["1500", "-0.06", "3.1", "980", "960"], ["1800", "0.06", "3.141592653589793", "1200", "1200"]),
        "property 4": (["1500", "-0.06", "0", "1000", "700"], ["1800", "0.06", "0", "1200", "800"]),
    },
    ".onnx": {
        "property 3": (
            ["-0.303531156", "-0.009549297", "0.493380324", "0.3", "0.3"],
            ["-0.298552812", "0.009549297", "0.5", "0.5", "0.5"],
        ),
        "property 4": (
            ["-0.303531156", "-0.009549297", "0", "0.318181818", "0.083333333"],
            ["-0.298552812", "0.009549297", "0", "0.5", "0.166666667"],
        ),
    },
}
"""Boxes in the units of the files: distance, angle, angle of the intruder, both speeds.

The ``.onnx`` files read scaled inputs, and have the boxes of ``prop_3.vnnlib`` and ``prop_4.vnnlib`` of VNN-COMP 2021;
the ``.nnet`` files scale them, and have those before scaling.  An input whose two ends are equal is held at that value,
and regions are counted among the other inputs.
"""


def lattice(sets: int, seed: int = 1) -> Network:
    """The largest of so many minima of so many affine functions of two inputs, in ReLU layers: many lines coincide."""
    rng = random.Random(seed)
    functions = [[Fraction(rng.randint(-(2**20), 2**20), 2**19) for _ in range(3)] for _ in range(sets)]
    rows = [functions[rng.randrange(sets)] for _ in range(sets * sets)]
    weights, biases = [row[:2] for row in rows], [row[2] for row in rows]
    pairs = []
    while len(weights) > 1:
        sign = -1 if len(weights) > sets else 1
        wide, offsets, after = [], [], []
        half = Fraction(1, 2)
        for i in range(0, len(weights), 2):
            a, b = weights[i], weights[i + 1]
            for s in (1, -1):
                row = [x + s * y for x, y in zip(a, b, strict=True)]
                wide += [row, [-x for x in row]]
                offsets += [biases[i] + s * biases[i + 1], -biases[i] - s * biases[i + 1]]
            after.append([half, -half, sign * half, sign * half])
        pairs.append((wide, offsets))
        blank = [Fraction(0)] * 4
        pieces = [[entry if k == j else blank for k in range(len(after))] for j, entry in enumerate(after)]
        weights, biases = [[v for part in row for v in part] for row in pieces], [Fraction(0)] * len(after)
    return Network.relu([*pairs, (weights, biases)])


def random_network(seed: int, *sizes: int) -> Network:
    """Small dyadic weights."""
    rng = random.Random(seed)

    def some(n: int) -> list[Fraction]:
        return [Fraction(rng.randint(-256, 256), 256) for _ in range(n)]

    return Network.relu([([some(a) for _ in range(b)], some(b)) for a, b in itertools.pairwise(sizes)])


def make_stand_ins(folder: Path) -> None:
    """Small networks of the same kinds as the originals, each with a domain file."""
    folder.mkdir(parents=True, exist_ok=True)
    square: dict[str, object] = {"lower": ["-2"] * 2, "upper": ["2"] * 2}
    images = [[str(v) for v in image] for image in digit_images().values()]
    made: dict[str, tuple[Network, dict[str, object]]] = {
        "lattice_4": (lattice(4), square),
        "lattice_8": (lattice(8), square),
        "control_2-25-25": (random_network(2, 2, 25, 25, 1), square),
        "acasxu_shaped_5-6-6-6": (random_network(3, 5, 6, 6, 6, 5), {"lower": ["-1"] * 5, "upper": ["1"] * 5}),
        "digits": (digits(), {"plane": images, "lower": ["-10"] * 2, "upper": ["10"] * 2}),
    }
    for name, (network, shape) in made.items():
        save(network, folder / f"{name}.json", note="a stand-in made by paper_checks/benchmarks.py")
        text = json.dumps({"format": "linregions/domain", "version": 1, **shape})
        write_text(folder / f"{name}.domain.json", text)


def held(network: Network, low: list[str], high: list[str]) -> tuple[Network, Box]:
    """The network on the inputs that vary in a box, and the box of these.

    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> reduced, box = held(cross, ["-1", "1/2"], ["1", "1/2"])
    >>> reduced.inputs, int(count(reduced, box))
    (1, 2)
    """
    free = [i for i, (a, b) in enumerate(zip(low, high, strict=True)) if a != b]
    matrix = [[int(i == j) for j in free] for i in range(len(low))]
    offset = [0 if i in free else a for i, a in enumerate(low)]
    return network.precompose(matrix, offset), Box([low[i] for i in free], [high[i] for i in free])


def questions(path: Path, network: Network, box: str | None) -> Iterator[tuple[str, str, Network, Domain]]:
    """What is counted of a file: a name, the domain as text, the network on it, and the domain."""
    suffix = next(suffix for suffix in SUFFIXES if path.name.endswith(suffix))
    stem, acas_xu = path.name.removesuffix(suffix), ACAS_XU.get(suffix.removesuffix(".gz"))
    beside = sorted(path.parent.glob(f"{stem}*.domain.json"))
    for other in beside:
        name = other.name.removesuffix(".domain.json").removeprefix(stem).strip(".") or "its domain"
        yield name, other.read_text(encoding="utf-8"), network, load_domain(other)
    if not beside and stem.upper().startswith("ACASXU") and acas_xu and network.inputs == 5:
        for name, (low, high) in acas_xu.items():
            yield name, f"{low} {high}", *held(network, low, high)
    elif not beside:
        if box is None:
            raise InvalidInputError(f"{path}: no domain; give --box=LO,HI, or write {stem}.domain.json beside it")
        least, most = box.split(",")
        yield f"[{box}]^{network.inputs}", box, network, Box.cube(least, most, network.inputs)


def short_digest(text: str) -> str:
    """The beginning of the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def run(folder: Path, box: str | None, budget: float) -> list[dict[str, object]]:
    """Count every file in the folder on its domains; what the results hold already is taken from there."""
    results = folder / "results.json"
    known = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    lines = []
    files = (path for path in sorted(folder.iterdir()) if path.name.endswith(SUFFIXES))
    for path in files:
        if path.name.endswith(".domain.json") or path == results:
            continue
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                network = load(path)
            for name, text, restricted, domain in questions(path, network, box):
                key = short_digest(f"{digest} {text} {budget}")
                if key not in known:
                    certificate = folder / f"{path.name}.{key}.cert"
                    parts = folder / f"{path.name}.{short_digest(f'{digest} {text}')}.parts"
                    found = count(restricted, domain, budget=budget, certificate=certificate, checkpoint=parts)
                    if found.statistics.get("interrupted"):
                        print("stopped; the same command goes on from here")
                        return lines
                    check(certificate)
                    known[key] = {
                        "file": path.name, "sha256": digest, "architecture": str(network.architecture), "on": name,
                        "lower": found.lower, "upper": found.upper, "seconds": round(found.seconds, 2),
                    }  # fmt: skip
                    write_text(results, json.dumps(known, indent=1) + "\n")
                    if found.exact:
                        shutil.rmtree(parts, ignore_errors=True)
                lines.append(known[key])
        except LinregionsError as error:
            sentence = str(error)
            print(sentence if str(path) in sentence else f"{path}: {sentence}")
    return lines


def table(lines: list[dict[str, object]]) -> str:
    """The results as a table in Markdown."""
    rows = ["| file | sha256 | architecture | on | regions | s |", "|---|---|---|---|---:|---:|"]
    for line in lines:
        low, high = line["lower"], line["upper"]
        number = f"{low}" if low == high else f"{low} to {high}"
        digest = str(line["sha256"])[:12]
        cells = (line["file"], f"`{digest}`", line["architecture"], line["on"], number, line["seconds"])
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def main() -> None:
    """Read the arguments, count, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--own", action="store_true", help="make the stand-ins there first")
    parser.add_argument("--box", metavar="LO,HI", help="the cube for files without a domain of their own")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds for each count")
    arguments = parser.parse_args()
    if arguments.own:
        make_stand_ins(arguments.folder)
    print(table(run(arguments.folder, arguments.box, arguments.budget)))


if __name__ == "__main__":
    main()
