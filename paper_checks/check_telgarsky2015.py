"""Telgarsky: Representation Benefits of Deep Feedforward Networks.  The sawtooth."""

from fractions import Fraction

from theory import Network
from theory.constructions import CONSTRUCTIONS
from verify import Box, count


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
