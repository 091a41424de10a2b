"""Means over random networks, with and without counting: ``python tests/benchmarks/means.py [--write]``.

The first table has, for each architecture on a cube, the half width of the 95 % interval that three ways reach in one
second of processor time: counts of drawn networks, means over the last layer, and random zonotopes.  The second table
has means of networks with too many regions to count.
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np
from report import grouped, machine, publish, seconds, table, times

from theory import Architecture
from theory.initialization import Initialization
from verify import Box, count
from verify.measure.last_layer import expected_regions
from verify.measure.sampling import Estimate
from verify.measure.zonotopes import mean_regions

LAW = Initialization(bias=Fraction(1, 2))
COMPARED = (
    *((1, 8, 8), (2, 8, 8), (2, 16, 16), (2, 8, 8, 8), (3, 8, 8), (4, 10, 10), (2, 32, 32, 32)),
    *((2, 4, 1024), (3, 4, 192)),
)
BEYOND = ((10, 30, 30), (10, 20, 20, 20), (16, 64, 64), (32, 32, 32), (784, 10, 10))


def seconds_of(run: Callable[[], object]) -> float:
    """Processor time."""
    began = time.process_time()
    run()
    return time.process_time() - began


def rounded(value: float, digits: int) -> str:
    """The number with so many digits, in groups of three or with a power of ten."""
    if value < 10**6:
        return grouped(float(f"{value:.{digits}g}")).removesuffix(".0")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}·10^{int(exponent)}"


def drawn(widths: Iterable[int], seed: int):
    """A random network."""
    return LAW.draw(Architecture.relu(*widths), np.random.default_rng(seed))


def half_width(one: Callable[[int], float]) -> tuple[float, float]:
    """For independent numbers, the half width after one second, measured in five of them; and their mean."""
    found: list[float] = []
    spent = 0.0
    while len(found) < 10 or spent < 5:
        spent += seconds_of(lambda: found.append(one(len(found))))
    return 1.96 * statistics.stdev(found) * math.sqrt(spent / len(found)), statistics.mean(found)


def compare(widths: tuple[int, ...]) -> tuple[str, ...]:
    """One row of the first table."""
    cube, (*before, last) = Box.cube(-1, 1, widths[0]), widths
    counts, mean = half_width(lambda seed: int(count(drawn(widths, seed), cube)))

    def over_last(seed: int) -> float:
        return float(expected_regions(drawn(before, seed), last, LAW.bias, cube, digits=8).mid())

    lasts = rounded(half_width(over_last)[0], 2) if widths[0] <= 3 and sum(before) < 30 else "–"
    found: list[Estimate] = []
    spent = seconds_of(lambda: found.append(mean_regions(Architecture.relu(*widths), LAW, cube, draws=1_000_000)))
    width, name = (found[0].high - found[0].low) / 2 * math.sqrt(spent), "-".join(map(str, widths))
    by_zonotopes = rounded(found[0].mean, 5), rounded(width, 2), times(counts / width)
    return name, rounded(mean, 4), rounded(counts, 2), lasts, *by_zonotopes


def beyond(widths: tuple[int, ...]) -> tuple[str, ...]:
    """One row of the second table."""
    found: list[Estimate] = []
    cube, architecture = Box.cube(-1, 1, widths[0]), Architecture.relu(*widths)
    spent = seconds_of(lambda: found.append(mean_regions(architecture, LAW, cube)))
    mean, low, high = found[0].mean, found[0].low, found[0].high
    return "-".join(map(str, widths)), rounded(mean, 3), f"{rounded(low, 3)} to {rounded(high, 3)}", seconds(spent)


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    head = ["network", "mean, counted:", "± by counts:", "± by last layers:", "mean by zonotopes:", "± by zonotopes:"]
    compared = table([*head, "counts / zonotopes:"], map(compare, COMPARED))
    further = table(["network", "mean:", "95 %:", "processor time:"], map(beyond, BEYOND))
    between = "The time for a zonotope does not depend on the widths. Networks with too many regions to count:"
    publish("means", "\n\n".join([machine(["linregions"]), compared, between, further]), write=write)


if __name__ == "__main__":
    main()
