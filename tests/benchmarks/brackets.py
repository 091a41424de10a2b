"""How fast a bracket narrows: ``python tests/benchmarks/brackets.py`` counts in many parts and prints it on the way.

Parts are divided when they have more regions than one in a hundred, not after a time, so the table does not depend on
the machine; shares of the work are of processor time.
"""

import itertools
import math
import random
import time
from fractions import Fraction

from theory import Network
from theory.activations import IDENTITY, Maxout
from theory.network import Layer
from verify import Box, WholeSpace
from verify.counting.limits import Limits
from verify.counting.long import AnytimeCount, work
from verify.counting.long.parts import restricted
from verify.engines import Problem

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


def relu(seed, *widths):
    """He-normal weights, biases of deviation 0.3."""
    rng = random.Random(seed)
    pairs = [
        ([[rng.gauss(0, math.sqrt(2 / a)) for _ in range(a)] for _ in range(b)], [rng.gauss(0, 0.3) for _ in range(b)])
        for a, b in itertools.pairwise(widths)
    ]
    return Network.from_floats([*pairs, ([[1.0] * widths[-1]], [0.0])])


def maxout(seed, rank, inputs, *widths):
    """The same with maxout units."""
    rng, layers = random.Random(seed), []
    for width in widths:
        rows = [[Fraction(rng.gauss(0, math.sqrt(1 / inputs))) for _ in range(inputs)] for _ in range(width * rank)]
        layers.append(Layer(rows, [Fraction(rng.gauss(0, 0.3)) for _ in rows], Maxout(rank)))
        inputs = width
    return Network([*layers, Layer([[1] * inputs], [0], IDENTITY)])


CASES = {
    "4-24-24, [-1,1]^4": (relu(1, 4, 24, 24), Box.cube(-1, 1, 4), 1000),
    "3-16-16-16, R^3": (relu(2, 3, 16, 16, 16), WholeSpace(3), 300),
    "3-8-8 maxout rank 3, [-1,1]^3": (maxout(4, 3, 3, 8, 8), Box.cube(-1, 1, 3), 20),
    "100-11-11, [-1,1]^100": (relu(3, 100, 11, 11), Box.cube(-1, 1, 100), 10_000),
}


def main():
    """The table."""
    share_of = " | ".join(f"{share:.0%}" for share in SHARES)
    print(f"| network | regions | bounding / counting | upper end / count at {share_of} |")
    for name, (network, domain, most) in CASES.items():
        counting, spent, steps = AnytimeCount(Problem.of(network, domain)), [0.0], []

        def count(self, part, _limit, most=most, spent=spent):
            began = time.process_time()
            counted = work.PartCount(*work._count(restricted(self.problem, part), work.TimeLimit(), most))
            spent[0] += time.process_time() - began
            return counted

        work.Work.count = count
        began = time.process_time()

        def report(c, s=steps, b=began):
            s.append((time.process_time() - b, c.upper, c.lower, c.work))

        counting.go(Limits(report=report))
        total, number, _, _ = steps[-1]
        at = [next(step for step in steps if step[0] >= share * total) for share in SHARES]
        ends = " | ".join(f"{upper / number:.3g}" for _, upper, _, _ in at)
        print(f"| {name} | {number} | {(total - spent[0]) / spent[0]:.2f} | {ends} |", flush=True)


if __name__ == "__main__":
    main()
