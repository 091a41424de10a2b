"""Telgarsky: Representation Benefits of Deep Feedforward Networks.  The sawtooth."""

import itertools
from fractions import Fraction

import sampling
from sympy import integer_nthroot

from theory import Architecture, Network
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import Box, along, count
from verify.domain.shapes import Segment


def test_sawtooth_pieces() -> None:
    for depth in range(1, 11):
        net = CONSTRUCTIONS["sawtooth"].build(depth=depth).network
        assert count(net, Box([0], [1])) == 2**depth
        teeth = [net([Fraction(i, 2**depth)])[0] for i in range(2**depth + 1)]
        assert teeth == [Fraction(i % 2) for i in range(2**depth + 1)]


def test_tent_in_two_units() -> None:
    tent = Network.relu([([[1], [1]], [0, "-1/2"]), ([[2, -4]], [0])])
    for x in (Fraction(i, 16) for i in range(17)):
        assert tent([x])[0] == 1 - abs(1 - 2 * x)


def fewest_errors(points: int, blocks: int) -> int:
    """On labels 0, 1, 0, 1, …: the fewest errors of a classifier that answers in at most ``blocks`` blocks."""
    best: dict[tuple[int, int], int] = {(0, 0): 0, (1, 0): 0}  # (answer, changes so far): errors
    for label in (i % 2 for i in range(points)):
        after: dict[tuple[int, int], int] = {}
        for (answer, changes), wrong in best.items():
            for now in (answer, 1 - answer):
                state = (now, changes + (now != answer))
                if state[1] < blocks:
                    after[state] = min(after.get(state, points), wrong + (now != label))
        best = after
    return min(best.values())


def test_few_pieces_miss_a_third_of_the_points() -> None:
    """A function with t affine pieces passes 1/2 at most once in each, so it answers in at most 2t blocks.

    The fewest errors of such an answer on n alternating points are ⌊(n − blocks + 1)/2⌋ for blocks < n, at least
    (n − 4t)/3.
    """
    for n, t in itertools.product((2, 4, 8, 16, 32), range(1, 9)):
        wrong = fewest_errors(n, 2 * t)
        assert wrong == max(0, (n - 2 * t + 1) // 2) >= Fraction(n - 4 * t, 3)


def test_shallow_networks_need_exponentially_many_units() -> None:
    """Layers L, units m a layer: at most (m + 1)^L pieces; 2^k points need more, and 2 units in k layers are enough."""
    for k in range(3, 40):
        for depth in range(1, 4):
            most, _ = integer_nthroot(2 ** (k - 3), depth)
            arch = Architecture.relu(1, *[most - 1] * depth)
            if most > 1:  # m ≤ 2^((k − 3)/L) − 1 units a layer: one sixth of the points is missed
                assert Fraction(2**k - 4 * BOUNDS["serra2018"](arch), 3) >= Fraction(2**k, 6)
    for net in sampling.some_networks(40, seed=15):
        pieces = along(net, Segment([0] * net.inputs, [1] * net.inputs)).linear
        points = [net([Fraction(i, 32)] * net.inputs)[0] for i in range(33)]
        answers = [2 * value >= 1 for value in points]
        assert sum(a != b for a, b in itertools.pairwise(answers)) < 2 * pieces
    deep = CONSTRUCTIONS["sawtooth"].build(depth=8).network
    assert all((2 * deep([Fraction(i, 2**8)])[0] >= 1) == bool(i % 2) for i in range(2**8))
