"""Every construction that grows with depth has the claimed number of regions, on its domain and on all of R^n."""

import pytest

from theory.architecture import Architecture
from theory.constructions import CONSTRUCTIONS
from theory.constructions.family import Construction
from verify import Box, WholeSpace
from verify.engines import Problem
from verify.engines.images.run import ImageRun

DEEP = {
    "sawtooth": (1, 2),
    "pascanu": (2, 3, 4),
    "montufar": (2, 3, 4),
    "zigzag": (1,),
    "serra": (2, 3, 4),
    "arora": (2, 3),
    "serra_zonotope": (2, 3),
    "maxout_line": (1,),
    "maxout_grid": (2, 3, 4),
    "balanced": (2, 3, 4),
    "folding": (2, 3, 4),
}
"""Families, and the inputs for which they are tested."""


def built(name: str, inputs: int, depth: int) -> Construction | None:
    """A member with few units for each input, if the family has one."""
    family = CONSTRUCTIONS[name]
    for width in (2 * inputs, 3 * inputs):
        for arch in (
            Architecture.relu(inputs, *[width] * depth),
            Architecture.maxout(inputs, *[width] * depth, rank=3),
        ):
            if family.why_not(arch) is None:
                return family.build(arch)
    return None


def assert_claims(construction: Construction) -> None:
    net = construction.network
    for claim in construction.claims:
        if claim.definition == "activation":
            domain = Box(*claim.domain) if claim.domain else WholeSpace(net.inputs)
            assert claim.holds(ImageRun(Problem.of(net, domain)).count()), claim


@pytest.mark.parametrize("name", DEEP)
def test_claims_at_a_depth_of_thirty(name: str) -> None:
    construction = built(name, DEEP[name][0], 30)
    assert construction is not None
    assert construction.largest_claim.count > 10**8
    assert_claims(construction)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 2, 3, 5, 8, 13, 21, 34, 55, 100])
@pytest.mark.parametrize(("name", "inputs"), [(name, n) for name, dimensions in DEEP.items() for n in dimensions])
def test_claims_at_every_depth(name: str, inputs: int, depth: int) -> None:
    construction = built(name, inputs, depth)
    if construction is None:
        pytest.skip("the family has no such member")
    assert_claims(construction)


def test_every_family_is_here_or_does_not_grow_with_depth() -> None:
    shallow = {"generic", "central", "maxout_layer", "convolution", "separator", "narrow"}
    assert set(DEEP) | shallow == set(CONSTRUCTIONS)
