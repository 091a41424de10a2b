"""The upper end of a bracket: sums over a tree, compared with adding everything up anew."""

import random

import pytest

from theory.errors import InternalError
from verify.counting.long.search_node import SearchNode


class Plain:
    """The same tree, added up from below each time."""

    def __init__(self, bound):
        self.bound, self.parts, self.count = bound, [], None

    def upper(self):
        if self.count is not None:
            return self.count
        return min(self.bound, sum(part.upper() for part in self.parts)) if self.parts else self.bound


def test_the_upper_end_is_that_of_the_whole_tree():
    for seed in range(40):
        rng = random.Random(seed)
        root, plain = SearchNode(1000), Plain(1000)
        waiting, last, done = [(root, plain)], 1000, 0.0
        while waiting:
            node, twin = waiting.pop(rng.randrange(len(waiting)))
            if rng.random() < 0.5 and twin.bound > 1:
                bounds = [rng.randint(1, twin.bound) for _ in range(rng.randint(1, 4))]
                twin.parts = [Plain(bound) for bound in bounds]
                below = node.divide([(bound, rng.randint(1, 9)) for bound in bounds])
                assert sum(part.share for part in below) == pytest.approx(node.share)
                waiting += zip(below, twin.parts, strict=True)
            else:
                twin.count = rng.randint(1, twin.bound)
                node.finish(twin.count)
                done += node.share
            assert root.upper == plain.upper() <= last
            last = root.upper
        assert done == pytest.approx(1)


def test_what_narrows_the_bracket_fastest_comes_first():
    root = SearchNode(10**400)
    narrow, wide, small, tiny = root.divide([(10**300, 1), (10**350, 1), (10**300, 0.1), (10**250, 1e-60)])
    assert wide.priority > small.priority > narrow.priority > tiny.priority  # to begin a part takes something
    clamped = SearchNode(10).divide([(10, 1), (10, 1)])[0]
    assert clamped.priority < SearchNode(20).divide([(10, 1), (10, 1)])[0].priority


def test_more_regions_than_possible_are_an_internal_error():
    with pytest.raises(InternalError, match="11 regions were found in a part where at most 10 are possible"):
        SearchNode(10).finish(11)
