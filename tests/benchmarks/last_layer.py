"""Means over random networks, by counts and by means over the last layer: ``python tests/benchmarks/last_layer.py``.

One line for each architecture: the standard deviation of both, the processor time that each takes, and how many times
shorter the interval of the second is at equal time.
"""

import math
import statistics
import time
from fractions import Fraction

import numpy as np

from theory import Architecture
from theory.initialization import Initialization
from verify import count
from verify.measure.last_layer import expected_regions

LAW = Initialization(bias=Fraction(1, 2))


def measured(makers):
    """Standard deviation, and seconds for each."""
    began, found = time.process_time(), [float(make()) for make in makers]
    return statistics.stdev(found), (time.process_time() - began) / len(found)


def drawn(widths, seed):
    """A random network."""
    return LAW.draw(Architecture.relu(*widths), np.random.default_rng(seed))


def main():
    """Ten counts and forty means each."""
    for widths in ((2, 4, 64), (2, 4, 1024), (2, 4, 4096), (3, 4, 16), (3, 4, 96), (3, 4, 192)):
        *first, last = widths
        counts = measured([lambda s=s, w=widths: int(count(drawn(w, s))) for s in range(10)])
        means = measured(
            [
                lambda s=s, w=first, n=last: expected_regions(drawn(w, s), n, LAW.bias, digits=8).mid()
                for s in range(100, 140)
            ]
        )
        ratio = counts[0] / means[0] * math.sqrt(counts[1] / means[1])
        name = "-".join(map(str, widths))
        print(
            f"{name}: {counts[0]:.4g} in {counts[1]:.3f} s, {means[0]:.4g} in {means[1]:.3f} s, {ratio:.1f}", flush=True
        )


if __name__ == "__main__":
    main()
