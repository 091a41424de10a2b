"""Patel, Montúfar: On the Local Complexity of Linear Regions in Deep ReLU Networks."""

import json
import random
from fractions import Fraction
from pathlib import Path

import sampling

from theory import Layer, Network
from theory.exact import dyadic
from verify import Segment
from verify.lines import along
from verify.measure.complexity import gradient_mean, local_complexity, local_ranks, variation_bound
from verify.measure.sampling import Estimate

STORED = json.loads(Path(__file__).with_name("average_case.json").read_text(encoding="utf-8"))


def cloud(rng: random.Random, number: int, dimension: int) -> list[list[Fraction]]:
    return [[dyadic(rng.gauss(0.0, 1.0)) for _ in range(dimension)] for _ in range(number)]


def test_expectation() -> None:
    """Mean over an interval against the jumps of networks whose biases are really moved, in exact arithmetic."""
    for seed in range(2):
        rng = random.Random(80 + seed)
        network = sampling.float_network(seed, (1, 4, 4, 1), bias=0.5)
        grid = [[Fraction(2 * i + 1, 40) - 1] for i in range(40)]
        formula = local_complexity(network, grid, sigma="1/2", draws=60, seed=seed).value
        counted = []
        for _ in range(200):
            noisy = [
                Layer(layer.weights, [b + dyadic(rng.gauss(0.0, 0.5)) for b in layer.biases])
                for layer in network.hidden
            ]
            moved = Network([*noisy, network.layers[-1]])
            counted.append((along(moved, Segment([-1], [1])).linear - 1) / 2)
        assert formula.agrees_with(Estimate.of(counted, 0.99))


def test_bounds() -> None:
    """c Σ E[‖∇z‖ 1{|z| ≤ η}] ≤ LC ≤ C Σ E‖∇z‖ in every layer."""
    for seed in range(6):
        network = sampling.float_network(seed, (3, 6, 5, 1), bias=0.2)
        found = local_complexity(network, cloud(random.Random(seed), 8, 3), sigma="1/2", reach="3/4", draws=6)
        for value, lower, upper in zip(found.layers, found.lower, found.upper, strict=True):
            assert lower.mean <= value.mean <= upper.mean


def test_total_variation() -> None:
    """E‖∇f‖ ≤ (L/c)·LC of either layer, on random networks and data."""
    for seed in range(6):
        network = sampling.float_network(seed, (3, 6, 5, 2), bias=0.2)
        data = cloud(random.Random(seed), 20, 3)
        for layer in (1, 2):
            assert gradient_mean(network, data) <= variation_bound(network, data, layer, sigma=2)


def test_narrow_features() -> None:
    """Stored runs: trained networks 64-24-k-24 with narrower k have lower local rank behind it and lower complexity."""
    rows = STORED["bottleneck"]
    ranks = [sum(r[2] for r in row["ranks"]) / len(row["ranks"]) for row in rows]
    means = [sum(row["complexity"]) / len(row["complexity"]) for row in rows]
    assert [row["bottleneck"] for row in rows] == [2, 6, 16]
    assert ranks == sorted(ranks)
    assert means[0] < means[-1]
    narrow = sampling.float_network(1, (5, 8, 2, 8, 1))
    assert max(local_ranks(narrow, cloud(random.Random(1), 5, 5))[1:]) <= 2


def test_weight_decay() -> None:
    """Stored runs: the stronger the penalty, the lower the local complexity on the images after training."""
    means = [sum(row["complexity"]) / len(row["complexity"]) for row in STORED["penalty"]]
    assert [row["penalty"] for row in STORED["penalty"]] == [0.0, 1.0, 5.0]
    assert means[0] > means[-2] > means[-1]
