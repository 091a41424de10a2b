"""Kogan, Jananthan, Kepner: Complexity of One-Dimensional ReLU DNNs."""

from fractions import Fraction

from theory import Architecture
from theory.initialization import Initialization
from theory.symmetric_line import line_regions
from verify import count
from verify.measure.sampling import Estimate


def test_wide_networks_with_one_input() -> None:
    """The exact mean at every width is between Σ n_l + 1 − Σ n_l·Σ 2^(−n_l) and Σ n_l + 1; 100 networks agree."""
    for depth in range(1, 6):
        for n in (4, 8, 16, 64):
            mean, units = line_regions([n] * depth, "linear"), n * depth
            assert units + 1 - Fraction(units * depth, 2**n) <= mean <= units + 1
    counts = [
        float(int(count(Initialization(bias="1/2").draw(Architecture.relu(1, 6, 6, 6), seed), definition="linear")))
        for seed in range(100)
    ]
    interval = Estimate.of(counts, 0.9999)
    assert interval.low < line_regions([6, 6, 6], "linear") < interval.high
