r"""What symmetries save: at most, of the images of the count by images, and of the regions that are enumerated.

Run: python tests/benchmarks/symmetries.py [--write]

The first table is a bound.  If a symmetry of the layers behind, of whatever kind, carries one image into another, both
have the same dimension, as many vertices, directions, lines and walls, and as many regions of those layers.  So there
are no fewer classes of images than different values of all these; "at best" is the time by images times the share of
classes, as if symmetries were found for nothing.

The second table has networks that do not tell inputs apart: how many regions meet one chamber, and the time of the
count from it (`verify.engines.symmetry`) and of the enumeration of all regions, which is stopped after a while; and the
certificate with the time of its check.  Where both end they find the same number, or the run fails.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from images import cases, timed
from report import grouped, machine, publish, seconds, table

from theory import Network
from verify import Box, Polytope, WholeSpace, count
from verify.certificate import check
from verify.engines import Problem
from verify.engines.images.image import Block
from verify.engines.images.run import ImageRun
from verify.engines.images.traverse import State, steps
from verify.engines.selection import select
from verify.engines.symmetry import symmetry_of

sys.path.insert(0, str(Path(__file__).parents[1] / "verify" / "engines"))
from test_deep_constructions import built

LIMIT = 4.0
"""Seconds of processor time after which an enumeration is stopped."""
MANY = 400
"""Images of one layer up to which each is counted apart."""


def classes(problem):
    """The images of a count, and how many of them certainly differ by more than a symmetry; None if there are many."""
    images, least, before = 0, 0, None
    for state in steps(problem):
        if state is before or state.layer in (0, len(problem.network.hidden)):
            continue
        before = state
        for block in state.blocks:
            if len(block.images) > MANY:
                return None
            known = set()
            for key, (image, _) in block.images.items():
                shape = ()
                if image.body:
                    ends = sum(1 for ray in image.body.rays if ray[-1])
                    shape = image.dimension, ends, len(image.body.rays), len(image.body.lines), len(image.body.rows)
                if len(state.blocks) == 1:
                    alone = Block(block.reader, {key: (image, 1)})
                    *_, last = steps(problem, State(state.layer, [alone], 1, state.constants))
                    shape = *shape, last.found
                known.add(shape)
            images += len(block.images)
            least += len(known)
    return images, least


def enumerated(problem, number):
    """The time of the enumeration of all regions, which are as many as the other count has found."""
    began, run, done = time.process_time(), select(problem, images=False), False
    while not done and time.process_time() - began < LIMIT:
        done = run.advance(time.perf_counter() + 0.5)
    assert not done or run.found == number
    return seconds(time.process_time() - began) if done else f"over {LIMIT:.0f} s"


def sets(seed, n, copies, depth):
    """A network on sets of n numbers, ``copies`` units for each member; permuting the inputs permutes the units."""
    rng, pairs, before = random.Random(seed), [], 1
    for _ in range(depth):
        own, other = ([[rng.randint(-9, 9) for _ in range(before)] for _ in range(copies)] for _ in range(2))
        biases = [rng.randint(-9, 9) for _ in range(copies)]
        rows = [
            [(own[f][g] if i == j else 0) + other[f][g] for j in range(n) for g in range(before)]
            for i in range(n)
            for f in range(copies)
        ]
        pairs.append((rows, biases * n))
        before = copies
    return Network.relu([*pairs, ([[1] * (n * copies)], [0])])


def pooled(seed, n, bends, width):
    """The sum over the members of a set of a function with ``bends`` kinks into R^3, and two layers behind it."""
    rng = random.Random(seed)

    def row(length):
        return [rng.randint(-9, 9) for _ in range(length)]

    slopes, shifts, sums = row(bends), row(bends), [row(bends) for _ in range(3)]
    first = [[slope or 1 if i == j else 0 for j in range(n)] for i in range(n) for slope in slopes]
    head = [([own * n for own in sums], row(3)), ([row(3) for _ in range(width)], row(width))]
    return Network.relu([(first, shifts * n), *head, ([[1] * width], [0])])


def graphs(seed, n, depth):
    """A network on the numbers at the corners of a complete graph: units |x_i − x_j| for its edges, then layers as in
    :func:`sets`."""
    first = [[(k == i) - (k == j) for k in range(n)] for i in range(n) for j in range(n) if i != j]
    ends = [(i, j) for i in range(n) for j in range(n) if i != j]
    pools = [[1 if k in (i, j) else 0 for i, j in ends] for k in range(n)]
    rest = [(layer.weights, layer.biases) for layer in sets(seed, n, 2, depth - 2).hidden]
    return Network.relu([(first, [0] * len(first)), (pools, [-3] * n), *rest, ([[1] * (2 * n)], [0])])


def even(seed, n, copies):
    """A function of |x_1|, …, |x_n| that does not tell them apart."""
    first = [[sign if i == j else 0 for j in range(n)] for i in range(n) for sign in (1, -1)]
    head = sets(seed, n, copies, 2).hidden
    doubled = [[w for w in row for _ in range(2)] for row in head[0].weights]
    rest = [(doubled, head[0].biases), (head[1].weights, head[1].biases)]
    return Network.relu([(first, [0] * (2 * n)), *rest, ([[1] * (n * copies)], [0])])


def symmetric_cases():
    """(name, network, domain)."""
    for n, copies, depth in ((4, 3, 3), (5, 2, 3), (6, 2, 3), (6, 3, 3), (7, 2, 3), (8, 2, 3)):
        yield f"sets of {n}, {depth} layers of {n * copies}", sets(1, n, copies, depth), WholeSpace(n)
    yield "sets of 6, 3 layers of 12, on [-1,1]^6", sets(1, 6, 2, 3), Box.cube(-1, 1, 6)
    yield "sets of 6, 8 units for each member, sums 3-8", pooled(1, 6, 8, 8), WholeSpace(6)
    yield "complete graph of 5, 20-5-10-10", graphs(1, 5, 4), WholeSpace(5)
    yield "even in 5 inputs, 10-15-15", even(1, 5, 3), WholeSpace(5)


def bounded_cases():
    """(name, network, domain) of counts by images."""
    for name, n in (("montufar", 4), ("serra", 2), ("maxout_grid", 2), ("maxout_grid", 3)):
        corner = [*([*map(int, [i == j for j in range(n)]), 0] for i in range(n)), [-1] * n + [1]]
        yield f"{name}, {n} inputs, 6 layers, simplex", built(name, n, 6).network, Polytope(corner)
    chosen = (case for case in cases() if len(case[1].hidden) <= 20 and "MNIST" not in case[0])  # others take minutes
    yield from chosen
    for n, copies, depth in ((3, 2, 3), (4, 1, 4), (5, 1, 3)):
        yield f"sets of {n}, {depth} layers of {n * copies}", sets(1, n, copies, depth), WholeSpace(n)


def bounded(name, network, domain):
    """One line of the first table."""
    problem = Problem.of(network, domain)
    shown = classes(problem)
    if shown is None:
        return [name, "over", "–", "–", "–", "–"]
    images, least = shown
    number, spent = timed(lambda: ImageRun(problem).count())
    best = seconds(spent * least / images) if images else "–"
    enumerating = enumerated(problem, number) if number < 10**7 else "–"
    return [name, grouped(images), grouped(least), seconds(spent), best, enumerating]


def certified(network, domain, path):
    """The size of a certificate, and the time of its check."""
    number = count(network, domain, certificate=path)
    verdict, spent = timed(lambda: check(path))
    assert verdict.regions == number
    return f"{path.stat().st_size / 1e6:.2f} MB, {seconds(spent)}"


def saved(name, network, domain, folder):
    """One line of the second table."""
    problem = Problem.of(network, domain)
    symmetry = symmetry_of(problem)
    run, spent = timed(lambda: select(problem))
    number, counting = timed(run.count)
    met = sum(1 for _ in select(symmetry.chamber(problem), wants="list").patterns())
    spans = [seconds(spent + counting), enumerated(problem, number)]
    certificate = certified(network, domain, folder / "certificate")
    return [name, grouped(symmetry.order), grouped(number), grouped(met), *spans, certificate]


def main():
    """Measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    timed(lambda: select(Problem.of(sets(1, 2, 2, 2), WholeSpace(2)), images=False).count())  # is loaded
    head = ["network", "images:", "classes:", "by images:", "at best:", "enumerated:"]
    bound = table(head, [bounded(*case) for case in bounded_cases()])
    head = ["network", "order:", "regions:", "in a chamber:", "counted:", "enumerated:", "certificate, check:"]
    with tempfile.TemporaryDirectory() as folder:
        savings = table(head, [saved(*case, Path(folder)) for case in symmetric_cases()])
    publish("symmetries", f"{machine(['linregions'])}\n\n{bound}\n\n{savings}", write=write)


if __name__ == "__main__":
    main()
