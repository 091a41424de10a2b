"""Pascanu, Montúfar, Bengio: On the Number of Response Regions of Deep Feed Forward Networks."""

import sampling

from theory import Architecture
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS
from verify import Box, count


def test_lower_bound() -> None:
    for sizes in ("1-2-3", "2-4-4", "2-5-3-4", "3-6-4"):
        built = CONSTRUCTIONS["pascanu"].build(sizes)
        assert built.claim.holds(count(built.network, Box(*built.claim.domain)).value if built.claim.domain else 0)
        assert count(built.network).value >= BOUNDS["pascanu2013"](Architecture.parse(sizes))


def test_below_every_upper_bound() -> None:
    compared = 0
    for arch in sampling.small_architectures(4, 6, 3):
        if BOUNDS["pascanu2013"].why_not(arch) is None:
            assert BOUNDS["pascanu2013"](arch) <= BOUNDS["hinz2021"](arch)
            compared += 1
    assert compared > 300
