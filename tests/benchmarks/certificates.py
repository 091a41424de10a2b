"""How fast certificates are written and checked, and how large they are: the tables in verify/CERTIFICATE.md.

    python tests/benchmarks/certificates.py [--write]
    python tests/benchmarks/certificates.py --floor [--write]

With ``--floor`` the check of four certificates is divided: reading their integers, with ``json``; the products and sums
of integers that the rules ask for, recorded and then repeated in loops of C; and the rest, which is the interpreter.

Random networks are He-normal with ``numpy.random.default_rng(0)``: layer by layer W ~ N(0, 2/fan-in), then b ~
N(0, 0.1²).
"""

import collections
import contextlib
import itertools
import operator
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from theory import Network, data
from theory.activations import Maxout
from theory.formats import load
from verify import Box, Plane, WholeSpace, checker, count
from verify.certificate import check, write

ROOT = Path(__file__).parent.parent
REPORT = ROOT.parent / "verify" / "CERTIFICATE.md"
FOUR = "random 6-10-10-1", "random 2-64-64-64-1", "random 784-11-11-10", "folding 2-8-8"


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
    yield "random 3-16-16-16-1", normal(3, 16, 16, 16, 1), WholeSpace(3)
    yield "random 3-16-16-16-1", normal(3, 16, 16, 16, 1), Box.cube(-1, 1, 3)
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
    again = check(path, fast=True)
    ended = time.process_time()
    assert again == verdict
    assert verdict.regions == regions
    times = written - began, checked - written, ended - checked
    return regions, *(regions / seconds for seconds in times), path.stat().st_size / regions


def least(work, *arguments, runs=3):
    """The processor time of the fastest run."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        work(*arguments)
        times.append(time.process_time() - began)
    return min(times)


def read(path):
    """Read the tree, and check nothing."""
    with open(path, "rb") as file, contextlib.suppress(checker.Rejected):  # the last line is none of the tree
        lines = checker.Lines(file)
        lines.next()
        collections.deque(lines.tree, maxlen=0)


class Recorded:
    """The factors of all products that a check of the tree computes."""

    def __init__(self, path):
        self.sums, self.updates = [], []
        level, cell = checker.Level, checker.Cell
        walk = checker.Walk
        kept = walk.sum, checker.surely_negative, level.surely, cell.holds, level.behind, checker.refutes

        def summed(walk, cell, numbers, own):
            rows = own + [cell.path[i] if i >= 0 else walk.claim.path[-1 - i] for i in numbers[len(own) :: 2]]
            multipliers = numbers[: len(own)] + numbers[len(own) + 1 :: 2]
            self.sums.append((multipliers, [condition.short for condition in rows]))
            return kept[0](walk, cell, numbers, own)

        def negative(claim, bounds, row, size):
            constant, *words = claim.firsts.unpack(row.to_bytes(claim.firsts.size, "little", signed=True))
            ends = (high if t > 0 else low for t, low, high in zip(words, bounds.below, bounds.above, strict=True))
            self.sums.append(([constant, *words], [claim.rounded, *ends]))
            return kept[1](claim, bounds, row, size)

        def refutes(claim, bounds, conditions, multipliers):
            self.sums.append((multipliers, [condition.row(claim) for condition in conditions]))
            return kept[5](claim, bounds, conditions, multipliers)

        def surely(level, piece, units, bounds):
            found = kept[2](level, piece, units, bounds)
            self.sums.append(([level.claim.rounded, *bounds.above, *bounds.below], level.parts))
            return found

        def holds(cell, point, size):
            self.sums.append((point, cell.level.table or cell.level.claim.samples[1]))
            return kept[3](cell, point, size)

        def behind(level, taken):
            weights, _, _ = level.claim.columns(level.depth + 1)
            before, columns = level.near(taken)
            for unit, old, new in level.differ(before, taken):
                self.updates.append((columns, level.change(unit, old, new), weights[unit]))
            return kept[4](level, taken)

        walk.sum, checker.surely_negative, checker.refutes = summed, negative, refutes
        level.surely, cell.holds, level.behind = surely, holds, behind
        try:
            checker.check(path)
        finally:
            walk.sum, checker.surely_negative, level.surely, cell.holds, level.behind, checker.refutes = kept

    def repeat(self):
        for numbers, rows in self.sums:
            sum(map(operator.mul, numbers, rows))
        for columns, change, weights in self.updates:
            list(map(operator.add, columns, map(weights.__mul__, change)))


def divided(folder):
    """What no checker in Python can do without, per region."""
    yield "| network | regions | check | reading | products | interpreter |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for name, network, domain in cases():
        if name in FOUR:
            path = Path(folder, "out")
            regions = int(count(network, domain, certificate=path))
            recorded = Recorded(path)
            times = [least(check, path), least(read, path), least(recorded.repeat)]
            numbers = [1e6 * t / regions for t in (*times, times[0] - times[1] - times[2])]
            yield f"| {name} | {regions} | " + " | ".join(f"{n:.3g} µs" for n in numbers) + " |"


def table(folder):
    yield "| network | domain | regions | written, regions/s | checked, regions/s | with --fast | bytes/region |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    measured(*next(cases())[1:], Path(folder, "out"))  # loads and compiles
    for name, network, domain in cases():
        numbers = measured(network, domain, Path(folder, "out"))
        place = "a plane" if isinstance(domain, Plane) else str(domain)
        yield f"| {name} | {place} | " + " | ".join(f"{n:,.0f}".replace(",", " ") for n in numbers) + " |"


def main():
    lines = []
    floor = "--floor" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        for line in divided(folder) if floor else table(folder):
            lines.append(line)
            print(line, flush=True)
    if "--write" in sys.argv:
        text = REPORT.read_text(encoding="utf-8")
        start, end = (f"<!-- {'' if i == 0 else 'end of '}{'floor' if floor else 'figures'} -->" for i in range(2))
        lines = "\n".join(lines)
        text = re.sub(f"{start}\n.*{end}", lambda _: f"{start}\n\n{lines}\n\n{end}", text, flags=re.DOTALL)
        REPORT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
