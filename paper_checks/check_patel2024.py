"""Patel, Montúfar: On the Local Complexity of Linear Regions in Deep ReLU Networks."""

import itertools
import json
import random
from fractions import Fraction
from pathlib import Path

import sampling
from kac_rice import integrand
from variation_bounds import lipschitz_after, variation_bound

from theory import IDENTITY, Layer, Network
from theory.exact import dyadic
from theory.local_complexity import density_bounds
from verify import Box, Segment
from verify.measure.boundary import boundary
from verify.measure.complexity import gradient_mean, local_complexity, local_ranks, total_variation
from verify.measure.sampling import Estimate
from verify.slices.lines import along

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
            counted.append((along(moved(network, rng, 0.5), Segment([-1], [1])).linear - 1) / 2)
        assert formula.agrees_with(Estimate.of(counted, 0.99))


def moved(network: Network, rng: random.Random, deviation: float) -> Network:
    """The network with normal noise on the biases of its hidden layers."""
    noisy = [
        Layer(layer.weights, [b + dyadic(rng.gauss(0.0, deviation)) for b in layer.biases]) for layer in network.hidden
    ]
    return Network([*noisy, network.layers[-1]])


def test_expectation_in_the_plane() -> None:
    """The same for two inputs: a mean over a grid in a square against exact lengths of boundaries of moved networks."""
    rng = random.Random(85)
    network = sampling.float_network(5, (2, 3, 3, 1), bias=0.5)
    grid = [[Fraction(2 * i + 1, 10) - 1, Fraction(2 * j + 1, 10) - 1] for i in range(10) for j in range(10)]
    formula = local_complexity(network, grid, sigma="1/2", draws=40, seed=5, level=0.99).value
    lengths = [float(boundary(moved(network, rng, 0.5), Box([-1, -1], [1, 1])).volume) / 4 for _ in range(100)]
    assert formula.agrees_with(Estimate.of(lengths, 0.99))


def test_one_layer_without_noise() -> None:
    """One hidden layer: the density is Σ ‖w‖ρ(⟨w, x⟩ + b), and the exact integrand at a moved point says so."""
    for seed in range(5):
        rng = random.Random(seed)
        network = sampling.float_network(seed, (3, 6, 1), bias=0.5)
        (point,) = cloud(rng, 1, 3)
        extended = [[*row, b] for row, b in zip(network.hidden[0].weights, network.hidden[0].biases, strict=True)]
        found = local_complexity(network, [point], sigma="1/2", draws=2).value.mean
        total = sum(
            float(integrand(Network.relu([([row[:3]], [0]), ([[1]], [0])]), "1/2", shifted(row, point)))
            for row in extended
        )
        assert abs(found / total - 1) < 1e-9


def shifted(row: list[Fraction], point: list[Fraction]) -> list[Fraction]:
    """The point y = x + b·w/‖w‖², at which ⟨w, y⟩ = ⟨w, x⟩ + b."""
    *normal, offset = row
    square = sum(v * v for v in normal)
    return [x + offset * w / square for x, w in zip(point, normal, strict=True)]


def test_norms_of_weights() -> None:
    """Σ‖∇z‖² ≤ Π‖W_i‖² ≤ (Σ‖W_i‖²/l)^l (Frobenius norms) in rationals; so LC_l ≤ C_bias·√n_l·(Σ‖W_i‖²/l)^{l/2}."""
    for seed in range(6):
        rng = random.Random(seed)
        network = sampling.float_network(seed, (3, 5, 4, 1), bias=0.2)
        data = cloud(rng, 6, 3)
        norms = [sum(v * v for row in layer.weights for v in row) for layer in network.hidden]
        greatest = float(density_bounds("1/2", 0)[1])
        found = local_complexity(network, data, sigma="1/2", draws=4)
        for depth in (1, 2):
            product, mean = norms[0] * (norms[1] if depth == 2 else 1), sum(norms[:depth]) / depth
            assert product <= mean**depth
            for x in data:
                square = preactivation_square(network, x, depth)
                assert square <= product
            width = network.hidden[depth - 1].width
            assert found.layers[depth - 1].mean <= greatest * (width * float(mean) ** depth) ** 0.5


def preactivation_square(network: Network, point: list[Fraction], depth: int) -> Fraction:
    """Σ‖∇z(x)‖² over the units of a layer, exactly: the affine map of the network cut off there."""
    pattern = network.pattern(point)[: depth - 1]
    cut = network.hidden[depth - 1]
    part = Network([*network.hidden[: depth - 1], Layer(cut.weights, cut.biases, IDENTITY)])
    matrix, _ = part.affine_map(pattern)
    return sum((v * v for row in matrix for v in row), Fraction(0))


def test_total_variation_on_a_segment() -> None:
    """|f(q) − f(p)| ≤ ∫|f′| ≤ length · (L/c) · LC_l without noise, the pieces of f exact."""
    for seed in range(4):
        rng = random.Random(seed)
        network = sampling.float_network(seed, (3, 6, 5, 1), bias=0.2)
        start, end = cloud(rng, 2, 3)
        cut = along(network, Segment(start, end))
        knots = [Fraction(0), *(Fraction(t) for t in cut.parameters), Fraction(1)]
        places = [[p + t * (q - p) for p, q in zip(start, end, strict=True)] for t in knots]
        variation = total_variation(network, Segment(start, end)).exact
        assert variation is not None
        assert abs(network(end)[0] - network(start)[0]) <= variation
        middles = [[(a + b) / 2 for a, b in zip(x, y, strict=True)] for x, y in itertools.pairwise(places)]
        length = sum((b - a) ** 2 for a, b in zip(start, end, strict=True))
        for layer in (1, 2):
            steepest = max(variation_bound(network, [x], layer, sigma=2) for x in middles)
            assert float(variation) ** 2 <= float(length) * steepest**2
            assert lipschitz_after(network, layer) > 0


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


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_narrow_features() -> None:
    """Stored runs: 64-24-k-24 with k of 3, 6, 12 against 24; the rank follows k, the complexity only roughly."""
    rows = STORED["bottleneck"]
    assert [row["bottleneck"] for row in rows] == [3, 6, 12, 24]
    assert all(score > 0.95 for row in rows for score in row["score"])
    ranks = [mean([r[1] for r in row["ranks"]]) for row in rows]
    assert ranks == sorted(ranks)
    for moment in ("early", "complexity"):
        *narrow, wide = (mean(row[moment]) for row in rows)
        assert max(narrow) < wide
    own = [mean([layer[1] for layer in row["layers"]]) for row in rows]  # that of the narrow layer itself
    assert max(own[:2]) < own[2] < own[3]
    narrow = sampling.float_network(1, (5, 8, 2, 8, 1))
    assert max(local_ranks(narrow, cloud(random.Random(1), 5, 5))[1:]) <= 2


def test_weight_decay() -> None:
    """Stored runs: the stronger the penalty, the lower the local complexity on the images after training."""
    rows = STORED["penalty"]
    assert [row["penalty"] for row in rows] == [0.0, 0.1, 0.3, 1.0, 2.0]
    assert all(score > 0.8 for row in rows for score in row["score"])
    means = [mean(row["complexity"]) for row in rows]
    assert means == sorted(means, reverse=True)
    assert means[-1] < means[0] / 3


def test_total_variation_of_trained_networks() -> None:
    """Stored runs: E‖∇f‖ ≤ (L/c)·LC of every hidden layer, by a factor of five at least."""
    found = [v for name in ("penalty", "bottleneck") for row in STORED[name] for v in row["variation"]]
    assert len(found) == 27
    assert all(5 * v["gradient"] <= bound for v in found for bound in v["bounds"])
