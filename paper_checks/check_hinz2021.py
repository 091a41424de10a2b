"""Hinz: Using Activation Histograms to Bound the Number of Affine Regions in ReLU Feed-Forward Neural Networks."""

import random

import sampling

from theory import Architecture
from theory.bounds import BOUNDS
from theory.bounds.histograms import histogram
from verify import WholeSpace, count
from verify.engines import Problem, patterns


def test_values() -> None:
    values = {"2-4-4": 109, "2-4-4-4": 1031, "3-4-4-4": 1559}
    assert {sizes: BOUNDS["hinz2021"](Architecture.parse(sizes)) for sizes in values} == values


def test_at_most_serra() -> None:
    smaller = 0
    for arch in sampling.small_architectures():
        tight, serra = BOUNDS["hinz2021"](arch), BOUNDS["serra2018"](arch)
        assert tight <= serra
        smaller += tight < serra
    assert smaller > 500


def test_upper_bound() -> None:
    for net in sampling.some_networks(80, seed=21):
        assert count(net).value <= BOUNDS["hinz2021"](net.architecture)


def test_histograms_of_line_arrangements() -> None:
    """No arrangement of up to six lines has, for any k, more regions with at least k active units than γ allows less.

    The order of histograms is that of their tail sums: Σ_{j ≥ k} over the number j of active units.
    """
    rng = random.Random(22)
    for _ in range(120):
        n = rng.randint(1, 6)
        net = sampling.dense(rng, [2, n])
        tails = [0] * (n + 1)
        for pattern in patterns(Problem.of(net, WholeSpace(2)), "exact"):
            for k in range(sum(pattern[0]) + 1):
                tails[k] += 1
        gamma = histogram("2021", 2, n)
        allowed = [sum(gamma[k:]) for k in range(n + 1)]
        assert all(a <= b for a, b in zip(tails, allowed, strict=True)), (tails, allowed)
