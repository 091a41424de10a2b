"""How fast certificates are written and checked, and how large they are: the table in verify/CERTIFICATE.md.

    python tests/benchmarks/certificates.py [--write]

Random networks are He-normal with ``numpy.random.default_rng(0)``: layer by layer W ~ N(0, 2/fan-in), then b ~
N(0, 0.1²).
"""

import itertools
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from theory import Network, data
from theory.activations import Maxout
from theory.formats import load
from verify import Box, Plane, WholeSpace, count
from verify.certificate import check, write

ROOT = Path(__file__).parent.parent
REPORT = ROOT.parent / "verify" / "CERTIFICATE.md"
MARKS = "<!-- figures -->\n", "<!-- end of figures -->"


def normal(*widths, rank=1):
    rng = np.random.default_rng(0)
    pairs = []
    for i, (n, m) in enumerate(itertools.pairwise(widths), start=2):
        rows = m * rank if i < len(widths) else m
        pairs.append((rng.normal(0, (2 / n) ** 0.5, (rows, n)), rng.normal(0, 0.1, rows)))
    return Network.from_floats(pairs, **({"activation": Maxout(rank)} if rank > 1 else {}))


def stored(name):
    return load(ROOT / "networks" / f"{name}.json")


def cases():
    yield "random 3-16-16-1", stored("random_3-16-16-1"), WholeSpace(3)
    yield "random 3-16-16-1", stored("random_3-16-16-1"), Box.cube(-1, 1, 3)
    yield "random 2-32-32-32-1", normal(2, 32, 32, 32, 1), WholeSpace(2)
    yield "random 2-64-64-64-1", normal(2, 64, 64, 64, 1), Box.cube(-1, 1, 2)
    yield "random 784-11-11-10", normal(784, 11, 11, 10), Box.cube("47/100", "53/100", 784)
    yield "random 6-10-10-1", normal(6, 10, 10, 1), Box.cube(-1, 1, 6)
    yield "random 8-12-1", stored("random_8-12-1"), WholeSpace(8)
    yield "folding 2-8-8", stored("montufar_2_8_8"), Box.cube(0, 1, 2)
    yield "random maxout 2-12-12-1, rank 3", normal(2, 12, 12, 1, rank=3), WholeSpace(2)
    yield "trained digits 64-10-8", data.digits(), Plane(*data.digit_images().values())


def measured(network, domain, path):
    regions = int(count(network, domain))
    began = time.process_time()
    write(path, network, domain, regions)
    written = time.process_time()
    verdict = check(path)
    checked = time.process_time()
    assert verdict.regions == regions
    return regions, regions / (written - began), regions / (checked - written), path.stat().st_size / regions


def main():
    lines = ["| network | domain | regions | written, regions/s | checked, regions/s | bytes/region |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        measured(*next(cases())[1:], Path(folder, "out"))  # loads and compiles
        for name, network, domain in cases():
            numbers = measured(network, domain, Path(folder, "out"))
            place = "a plane" if isinstance(domain, Plane) else str(domain)
            lines.append(f"| {name} | {place} | " + " | ".join(f"{n:,.0f}".replace(",", " ") for n in numbers) + " |")
            print(lines[-1], flush=True)
    if "--write" in sys.argv:
        text = REPORT.read_text(encoding="utf-8")
        start, end = MARKS
        table = "\n".join(lines)
        text = re.sub(f"{start}.*{end}", lambda _: f"{start}\n{table}\n\n{end}", text, flags=re.DOTALL)
        REPORT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
