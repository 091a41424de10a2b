"""Stargalla, Hertrich, Reichman: The Computational Complexity of Counting Linear Regions in ReLU Neural Networks."""

import sampling

from theory.constructions import CONSTRUCTIONS
from theory.constructions.separators import SEPARATORS
from verify import count

ORDER = ("patterns", "activation", "convex", "linear", "closed", "affine")


def test_separating_examples() -> None:
    for name, function in SEPARATORS.items():
        net = CONSTRUCTIONS["separator"].build(function=name).network
        for of, value in zip(ORDER, function.counts, strict=True):
            assert count(net, of=of) == value, (name, of)


def test_chain_of_inequalities() -> None:
    """All six numbers for networks with few regions; convex regions (R3) are left out beyond fourteen."""
    complete = 0
    for net in sampling.some_networks(25, units=6, seed=61):
        few = count(net).value <= 14
        values = [count(net, of=of).value for of in ORDER if few or of != "convex"]
        assert values == sorted(values, reverse=True)
        complete += few
    assert complete >= 10
