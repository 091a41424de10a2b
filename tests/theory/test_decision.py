"""The regions of a classifier cut further by the class, against the polygons of every region and class."""

import itertools

import numpy as np
import pytest

from theory import Network
from theory.exact import primitive_row
from theory.geometry.polyhedra import Polyhedron
from theory.network import with_decision
from verify import Box, count
from verify.slices.planes import across


def classifier(seed, classes):
    rng = np.random.default_rng(seed)
    sizes = (2, 4, 3, classes)
    pairs = itertools.pairwise(sizes)
    return Network.relu([(rng.integers(-3, 4, (b, a)).tolist(), rng.integers(-3, 4, b).tolist()) for a, b in pairs])


def has_interior(halves):
    body = Polyhedron.whole(2)
    for *row, c in halves:
        body = body.cut(primitive_row([*row, c])) if any(row) and body else body if c >= 0 else None
    return body is not None


def decided(network, box):
    """How many (region, class) have an interior: on each region, where one output is at least every other."""
    found = 0
    regions = across(network, box)
    for region, pattern in enumerate(regions.patterns()):
        corners = regions.polygon(region)
        edges = [
            [u[1] - v[1], v[0] - u[0], u[0] * v[1] - u[1] * v[0]]
            for u, v in zip(corners, [*corners[1:], corners[0]], strict=True)
        ]
        maps = {(*row, c) for row, c in zip(*network.affine_map(pattern), strict=True)}
        for one in maps:
            halves = [[p - q for p, q in zip(one, other, strict=True)] for other in maps - {one}]
            found += has_interior([*halves, *edges])
    return found


@pytest.mark.parametrize("seed", range(6))
def test_regions_are_cut_by_the_class(seed):
    network, box = classifier(seed, 3), Box([-2, -2], [2, 2])
    cut = with_decision(network)
    number = decided(network, box)
    assert int(count(cut, box)) == across(cut, box).activation == number >= int(count(network, box))
    assert int(count(cut, box, definition="linear")) >= int(count(network, box, definition="linear"))


def test_a_single_output_decides_by_its_sign():
    cut = with_decision(classifier(1, 1))
    for point in ([1, 0], [0, 1], [-1, 2], [2, -2]):
        largest, value = cut(point)
        assert largest == max(value, 0)
