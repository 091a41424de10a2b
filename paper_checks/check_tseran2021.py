"""Tseran, Montúfar: On the Expected Complexity of Maxout Networks."""

import math
from fractions import Fraction

import sampling

from theory import Architecture
from theory.expectation import EXPECTATIONS
from verify import Line, count


def test_form_of_the_bound() -> None:
    """(T K N)^n0 C(K n0, 2 n0) / n0! · vol on numbers; for rank 2 it is 2^n0 times that of Hanin and Rolnick."""
    bound = EXPECTATIONS["tseran2021"]
    for inputs, units, rank in ((1, 4, 2), (2, 7, 3), (3, 9, 5)):
        arch = Architecture.maxout(inputs, units, rank=rank)
        value = Fraction((rank * units) ** inputs * math.comb(rank * inputs, 2 * inputs), math.factorial(inputs))
        assert bound(arch) == value
        relu = EXPECTATIONS["hanin2019b"](Architecture.relu(inputs, units))
        assert bound(Architecture.maxout(inputs, units, rank=2)) == 2**inputs * relu


def test_far_below_the_maximum() -> None:
    """Random maxout networks along a line: never more than N(K − 1) + 1 regions in one layer, fewer on average."""
    import random

    rng = random.Random(81)
    found = 0
    for _ in range(20):
        net = sampling.dense(rng, [3, 5], rank=4)
        line = Line([rng.randint(-9, 9) for _ in range(3)], [rng.randint(-9, 9) + 20 for _ in range(3)])
        regions = count(net, line).value
        assert regions <= 5 * 3 + 1
        found += regions
    assert found / 20 < 5 * 3
