"""Ergen, Grillo: Topological Expressivity of ReLU Neural Networks."""

import itertools
import random
from fractions import Fraction

import sampling

from theory.constructions import CONSTRUCTIONS
from verify import along
from verify.domain.shapes import Segment


def components(values: list[Fraction]) -> int:
    """Maximal runs of positive values."""
    signs = [value > 0 for value in values]
    return sum(b and not a for a, b in itertools.pairwise([False, *signs]))


def test_components_on_a_line() -> None:
    for depth in range(1, 9):
        tooth = CONSTRUCTIONS["sawtooth"].build(depth=depth).network
        values = [tooth([Fraction(i, 2**depth)])[0] - Fraction(1, 2) for i in range(2**depth + 1)]
        assert components(values) == 2 ** (depth - 1)
    for seed in range(20):
        shallow = sampling.dense(random.Random(seed), (1, 7))
        line = along(shallow, Segment([-100], [100]))
        points = [Fraction(-100), *(200 * point.parameter - 100 for point in line.breakpoints), Fraction(100)]
        assert components([shallow([x])[0] for x in points]) <= 5
