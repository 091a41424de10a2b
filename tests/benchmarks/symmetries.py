r"""Whether it pays to merge images that differ by a symmetry of the layers behind them.

Run: python tests/benchmarks/symmetries.py [--write]

A layer reads z = B·y + b.  If an order of the coordinates of y permutes the rows of (B, b), among units of one kind, it
permutes the columns of the next layer; if that in turn permutes its rows, and so on to the last layer, images that
differ by the order have as many regions.  The count is made as it is, and once more with one image of each class; both
find the same number, or the run fails.
"""

import argparse
import itertools
import random
import sys
import time
from collections import defaultdict
from pathlib import Path

import flint
from report import grouped, machine, publish, seconds, table

from theory import Network
from verify import Polytope, WholeSpace
from verify.engines import Problem
from verify.engines.images.blocks import Block, Reader
from verify.engines.images.image import image_of
from verify.engines.images.run import ImageRun
from verify.engines.selection import select

sys.path.insert(0, str(Path(__file__).parents[1] / "verify" / "engines"))
from test_deep_constructions import DEEP, built

ADD = Block.add
DEPTH = 6


def units_of(layer, rows):
    """A unit's kind and its rows, each with the bias at the end."""
    full = [(*row, bias) for row, bias in zip(rows, layer.biases, strict=True)]
    return [(unit, tuple(full[at : at + unit.rows])) for unit, at in zip(layer.units, layer.first_rows, strict=True)]


def permutation(units, order):
    """p such that unit i is unit p[i] with its columns in this order; None if there is none."""
    places = defaultdict(list)
    for i, (unit, rows) in enumerate(units):
        places[unit, tuple((*(row[k] for k in order), row[-1]) for row in rows)].append(i)
    found = tuple(places[unit].pop() for unit in units if places[unit])
    return found if len(found) == len(units) else None


def orders(layers, weights):
    """The orders of the coordinates that these layers do not tell apart, the first reading ``weights``·y."""
    found = []
    columns = [sorted(column) for column in weights.transpose().tolist()]
    for order in itertools.permutations(range(weights.ncols())):
        moved = all(columns[k] == column for k, column in zip(order, columns, strict=True)) or None
        moved = moved and permutation(units_of(layers[0], weights.tolist()), order)
        for layer in layers[1:]:
            moved = moved and permutation(units_of(layer, layer.weights), moved)
        if moved:
            found.append(order)
    return found


def groups(network):
    """The orders that the layers behind each layer do not tell apart."""
    hidden = network.hidden
    return [orders(hidden[k:], Reader(hidden[k], range(hidden[k].inputs)).weights) for k in range(1, len(hidden))]


def counted(network, domain, alike):
    """Regions, images and processor time; images that differ by an order that is alike are one."""
    run = ImageRun(Problem.of(network, domain))
    chosen, done = defaultdict(dict), False

    def add(block, key, image, number):
        if run.state.layer < len(alike) and len(alike[run.state.layer]) > 1:
            known = chosen[run.state.layer]
            if key not in known:
                rows = image.forms.tolist()
                for order in alike[run.state.layer]:
                    known[image_of(image.body, flint.fmpq_mat([rows[k] for k in order]))[0]] = key
            key = known[key]
        ADD(block, key, image, number)

    began = time.process_time()
    Block.add = add
    while not done:
        done = run.advance(0.0)
    Block.add = ADD
    return run.found, run.state.images, time.process_time() - began


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


def cases():
    """(name, network, domain)."""
    for name, n in (("montufar", 4), ("serra", 2), ("maxout_grid", 2), ("maxout_grid", 3)):
        corner = [*([*map(int, [i == j for j in range(n)]), 0] for i in range(n)), [-1] * n + [1]]
        yield f"{name}, {n} inputs, {DEPTH} layers, simplex", built(name, n, DEPTH).network, Polytope(corner)
    for n, copies, depth in ((3, 1, 4), (3, 2, 3), (4, 1, 4), (5, 1, 3)):
        yield f"sets of {n}, {depth} layers of {n * copies}", sets(1, n, copies, depth), WholeSpace(n)


def main():
    """Measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    members = [(f"{name} with {n} inputs", built(name, n, 3)) for name in DEEP for n in DEEP[name]]
    trivial = [name for name, member in members if all(len(group) == 1 for group in groups(member.network))]
    others = ", ".join(name for name, _ in members if name not in trivial)
    select(Problem.of(sets(1, 2, 2, 2), WholeSpace(2)), images=False).count()  # is loaded
    rows = []
    for name, network, domain in cases():
        alike = groups(network)
        number, images, spent = counted(network, domain, [])
        merged, fewer, with_merging = counted(network, domain, alike)
        assert number == merged
        began = time.process_time()
        few = number <= 10**6
        assert not few or select(Problem.of(network, domain), images=False).count() == number
        core = seconds(time.process_time() - began) if few else "–"
        size = max(map(len, alike))
        times = [seconds(spent), seconds(with_merging), core]
        rows.append([name, grouped(number), size, grouped(images), grouped(fewer), *times])
    head = ["network", "regions:", "orders:", "images:", "modulo orders:", "time:", "with merging:", "enumerated:"]
    text = f"Of {len(members)} members of {len(DEEP)} families only these have coordinates that are alike: {others}."
    publish("symmetries", f"{machine(['linregions'])}\n\n{text}\n\n{table(head, rows)}", write=write)


if __name__ == "__main__":
    main()
