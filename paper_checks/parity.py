"""Probabilistic lower bounds by parity constraints, after Serra and Ramalingam, on the program of :mod:`mip`.

A pattern z is kept by m equations Σ_{i ∈ S} z_i ≡ b (mod 2) with independent fair bits b with probability 2^−m,
whatever the sets S are.  So if there are R patterns, some pattern is kept with probability at most R·2^−m, and in each
of t independent trials one is kept with probability at most (R·2^−m)^t.  If each of t trials finds a pattern that is
kept, then R ≥ 2^m·α^(1/t) with confidence 1 − α, m, t and α chosen before.  How the patterns are found does not matter:
HiGHS proposes them, and rational arithmetic confirms that they are regions.

``python paper_checks/parity.py`` compares these bounds with those of ``linregions estimate`` in the same time.
"""

import math
import random
from fractions import Fraction
from time import process_time as now

import mip
import numpy as np

from theory import Architecture
from theory.geometry.region import Region
from theory.initialization import Initialization
from verify import Box, count
from verify.counting.estimates.confidence import MeanBound
from verify.counting.estimates.draws import Drawing
from verify.engines.problem import Problem

SIZE = 3
"""Units in one equation: short ones are the easiest for the solver, and the proof allows them."""
Equation = tuple[list[tuple[int, int]], int]


def equations(network, number: int, generator: random.Random) -> list[Equation]:
    """Random ones: sets of units, as layer and number, and bits."""
    units = [(at, u) for at, layer in enumerate(network.hidden) for u in range(layer.width)]
    return [(generator.sample(units, SIZE), generator.randrange(2)) for _ in range(number)]


def kept_pattern(network, box: Box, chosen: list[Equation], seconds: float):
    """A pattern with an interior point that satisfies all equations, None if the solver finds none in time."""
    program = mip.Program(network, box)
    solver = program.solver
    for units, bit in chosen:
        twice = solver.getNumCol()
        solver.addVar(0.0, SIZE // 2)
        solver.changeColIntegrality(twice, program._binary)
        terms = {program.binaries[at][u][0]: 1.0 for at, u in units}
        program._row(float(bit), float(bit), {**terms, twice: -2.0})
    solver.changeColBounds(program._f, mip.POSITIVE, program.infinity)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_max_improving_sols", 1)
    solver.run()
    x = solver.getSolution().col_value
    if not x or solver.getInfo().primal_solution_status != 2:
        return None
    pattern = tuple(tuple(round(x[column]) for (column,) in layer) for layer in program.binaries)
    right = all(sum(pattern[at][u] for at, u in units) % 2 == bit for units, bit in chosen)
    return pattern if right and Region(network, pattern, box.rows).has_interior else None


def parity_bound(network, box: Box, m: int, alpha: Fraction, trials: int, seconds: float, seed: int) -> float | None:
    """2^m·α^(1/t) if all t trials found a pattern, each in the given time; otherwise None."""
    generator = random.Random(seed)
    for _ in range(trials):
        if kept_pattern(network, box, equations(network, m, generator), seconds) is None:
            return None
    return 2.0**m * float(alpha) ** (1 / trials)


def tree_bound(network, box: Box, alpha: Fraction, seconds: float) -> tuple[int, int]:
    """What trees give in the same processor time, and how many were drawn."""
    bound, drawing, began, drawn = MeanBound(alpha, 0.1), Drawing(Problem.of(network, box), 0, "tree"), now(), 0
    while now() - began < seconds:
        bound.add(drawing.value(drawn))
        drawn += 1
    return math.ceil(bound.end() or 0), drawn


def main() -> None:
    """For each network the largest m for which all ten trials succeed, and trees in the time of these trials.

    To take the largest m of several is too kind to the equations: the confidence holds for one that is chosen before.
    """
    alpha, trials = Fraction(1, 100), 10
    for widths in ((3, 8, 8), (4, 12, 12), (5, 16, 16)):
        network = Initialization(bias=Fraction(1, 2)).draw(Architecture.relu(*widths), np.random.default_rng(0))
        box, m, best = Box.cube(-1, 1, widths[0]), 2, (0.0, 0, 0.0)
        while True:
            began = now()
            bound = parity_bound(network, box, m, alpha, trials, 60.0, m)
            if bound is None:
                break
            best, m = (bound, m, now() - began), m + 1
        trees, drawn = tree_bound(network, box, alpha, best[2])
        print(
            f"{network.architecture}, {count(network, box, budget=30)}: {best[1]} equations at least {best[0]:.0f}, "
            f"{drawn} trees at least {trees}, {best[2]:.1f} s each",
            flush=True,
        )


if __name__ == "__main__":
    main()
