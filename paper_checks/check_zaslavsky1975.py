"""Zaslavsky: Facing up to Arrangements.  Regions of hyperplane arrangements."""

import itertools
import math
import random

import sympy
from arrangement_families import FAMILIES

from theory import RELU, Layer, Network
from theory.architecture import Architecture
from theory.bounds import BOUNDS
from theory.geometry.arrangement import HyperplaneArrangement
from verify import Box, count


def random_rows(seed: int) -> list[list[int]]:
    """Hyperplanes with small coefficients, so that parallel and concurrent ones are frequent."""
    rng = random.Random(seed)
    d, n = rng.randint(1, 3), rng.randint(1, 6)
    rows = [[rng.randint(-2, 2) for _ in range(d + 1)] for _ in range(n)]
    return [row for row in rows if any(row[:-1])] or [[1] * d + [0]]


def test_theorem_a() -> None:
    """|χ(−1)| and the cells that an engine walks through, two programs that share nothing."""
    for seed in range(60):
        rows = random_rows(seed)
        net = Network([Layer([row[:-1] for row in rows], [row[-1] for row in rows], RELU)])
        arrangement = HyperplaneArrangement(rows)
        chi = sympy.Poly(arrangement.characteristic_polynomial(sympy.Symbol("t")), sympy.Symbol("t"))
        assert count(net) == arrangement.count_regions() == abs(chi.eval(-1))


def test_whitney() -> None:
    """Σ (−1)^(|B| − rank B) over the central subsets B."""
    for seed in range(40):
        arrangement = HyperplaneArrangement(random_rows(seed))
        total = 0
        for size in range(len(arrangement) + 1):
            for rows in itertools.combinations(arrangement.rows, size):
                part = HyperplaneArrangement(rows, arrangement.dimension)
                total += (-1) ** (size - part.rank) if part.is_central else 0
        assert total == arrangement.count_regions()


def test_theorem_c() -> None:
    """Bounded regions, by counting the regions that a large sphere of hyperplanes does not meet: r − unbounded."""
    for n, d in itertools.product(range(1, 7), (1, 2, 3)):
        generic = FAMILIES["generic"].build(n, d)
        assert generic.count_regions() == sum(math.comb(n, j) for j in range(d + 1))
        if n > d:
            assert generic.count_bounded_regions() == math.comb(n - 1, d)
            assert BOUNDS["zaslavsky_bounded"](Architecture.relu(d, n)) == math.comb(n - 1, d)


def test_central() -> None:
    for n, d in itertools.product(range(1, 7), (1, 2, 3)):
        generic = FAMILIES["generic"].build(n, d)
        central = HyperplaneArrangement([(*row[:-1], 0) for row in generic.rows], d)
        if len(central) == n:
            assert central.count_regions() == BOUNDS["zaslavsky_central"](Architecture.relu(d, n))


def test_inside_a_convex_set() -> None:
    for seed in range(40):
        rows = random_rows(seed)
        d = len(rows[0]) - 1
        net = Network([Layer([row[:-1] for row in rows], [row[-1] for row in rows], RELU)])
        box = Box.cube(0, 1, d)
        assert count(net, box) == HyperplaneArrangement(rows).count_regions_inside(box.rows)
