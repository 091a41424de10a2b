"""Lower bounds of parity constraints and of trees in the same processor time, at 99 %: ``python parity.py [SECONDS]``.

The draws are those of ``linregions estimate --lower parity`` and ``--lower trees``
(:mod:`verify.counting.estimates.parity`, :mod:`verify.counting.estimates.draws`).
"""

import math
import sys
from fractions import Fraction
from time import process_time as now

import numpy as np

from theory import Architecture
from theory.initialization import Initialization
from verify import Box, count
from verify.counting.estimates.confidence import MeanBound
from verify.counting.estimates.draws import Drawing, Method
from verify.engines.problem import Problem


def lower_bound(problem: Problem, method: Method, seconds: float) -> tuple[int, int]:
    """What the draws of so many seconds give, and how many they are."""
    bound, drawing, began, drawn = MeanBound(Fraction(1, 100), 0.1), Drawing(problem, 0, method), now(), 0
    while now() - began < seconds:
        bound.add(drawing.value(drawn))
        drawn += 1
    return math.ceil(bound.end() or 1), drawn


def main(seconds: float) -> None:
    """Compare on a few networks with He weights."""
    for widths in ((3, 8, 8), (4, 12, 12), (5, 16, 16)):
        network = Initialization(bias=Fraction(1, 2)).draw(Architecture.relu(*widths), np.random.default_rng(0))
        box = Box.cube(-1, 1, widths[0])
        print(network.architecture, count(network, box), end=": ", flush=True)
        for method in ("parity", "tree"):
            bound, drawn = lower_bound(Problem.of(network, box), method, seconds)
            print(f"{drawn} draws of {method} at least {bound}", end=", ", flush=True)
        print(f"{seconds:g} s each")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:] or ["20"]))
