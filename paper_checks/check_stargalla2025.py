"""Stargalla, Hertrich, Reichman: The Computational Complexity of Counting Linear Regions in ReLU Neural Networks."""

import sampling

from theory.constructions import CONSTRUCTIONS
from theory.constructions.separators import SEPARATORS
from verify import count
from verify.definitions import DEFINITIONS

ORDER = ("patterns", "activation", "convex", "linear", "closed", "affine")


def known() -> list[str]:
    return [name for name in ORDER if name in DEFINITIONS]


def test_separating_examples() -> None:
    for name, function in SEPARATORS.items():
        net = CONSTRUCTIONS["separator"].build(function=name).network
        for of, value in zip(ORDER, function.counts, strict=True):
            if of in DEFINITIONS:
                assert count(net, of=of) == value, (name, of)


def test_chain_of_inequalities() -> None:
    for net in sampling.some_networks(25, units=6, seed=61):
        values = [count(net, of=of).value for of in known()]
        assert values == sorted(values, reverse=True)
