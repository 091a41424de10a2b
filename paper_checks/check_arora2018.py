"""Arora, Basu, Mianjy, Mukherjee: Understanding Deep Neural Networks with Rectified Linear Units.  Zonotopes."""

from theory import Architecture
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import count


def test_zonotope_lower_bound() -> None:
    for sizes in ("2-4-2", "2-4-3", "2-6-3", "2-4-2-2", "3-6-3"):
        built = CONSTRUCTIONS["arora"].build(sizes)
        assert count(built.network).value >= BOUNDS["arora2018"](Architecture.parse(sizes))
