"""R3: enclosed from both sides, on networks whose number can be found by hand, and between R4 and R2 everywhere."""

import itertools

import pytest
from drawn import random_degenerate_problems

from theory import Network
from theory.constructions.family import SEPARATOR
from theory.errors import InvalidInputError, UnsupportedError
from verify import Box, count
from verify.engines import patterns
from verify.engines.problem import NoInteriorError, Problem
from verify.partitions.definitions.cells import affine_classes
from verify.partitions.definitions.connected import linear_regions
from verify.partitions.definitions.convex import LIMIT, convex_regions

FAN = Network.relu(  # 0 below; above, y on the left, 2y on the right and a wedge between them
    [
        ([[1, 0], [-1, 0], [0, 1]], [0, 0, 0]),
        ([[1, -1, 1], [1, -1, -1], [0, 0, 1]], [0, 0, 0]),
        ([["1/2", "-1/2", 1]], [0]),
    ]
)
HOLE = Network.relu(  # a pyramid over a diamond on a flat ground that surrounds it
    [([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0]), ([[-1, -1, -1, -1]], [1]), ([[1]], [0])]
)


def of(network, name, domain=None):
    result = count(network, domain, definition=name, engine="exact")
    return result.value if result.exact else result


def test_a_convex_region_may_have_to_be_cut_where_walls_end_on_its_border() -> None:
    """All four linear regions of the fan are convex; but the half-plane has a corner of the wedge inside its edge."""
    assert of(FAN, "linear") == 4
    assert of(FAN, "convex") == 5
    assert of(FAN, "activation") == 6


def test_the_ground_around_a_diamond_needs_four_cells() -> None:
    """Each of its corners needs a wall; pyramid: four triangles, ground: four sectors; nothing fewer is convex."""
    assert of(HOLE, "linear") == 5
    assert of(HOLE, "convex") == 8
    assert of(HOLE, "activation") == 8


def test_one_dimension_needs_no_search() -> None:
    hat = SEPARATOR.build(function="hat").network
    assert of(hat.after(hat), "convex") == of(hat.after(hat), "linear")


def test_large_networks_are_refused_unless_there_is_nothing_to_search() -> None:
    grid = Network.relu([([[1, 0]] * 4 + [[0, 1]] * 4, [0, 1, 2, 3] * 2), ([[1, 0, 0, 1, 1, 0, 0, 1]], [0])])
    with pytest.raises(UnsupportedError, match=rf"at most {LIMIT} activation regions, here are 25; .* between 9 "):
        of(grid, "convex")
    generic = Network.relu(
        [([[1, k] for k in range(1, 9)], [k * k for k in range(8)]), ([[2**k for k in range(8)]], [0])]
    )
    assert of(generic, "convex") == of(generic, "activation") > LIMIT


def test_between_linear_and_activation_regions() -> None:
    more = fewer = searched = exact = 0
    for network, domain in random_degenerate_problems(seed=1, how_many=200, max_inputs=3, max_units=5):
        problem = Problem.of(network, domain)
        try:
            proper = sorted(patterns(problem, "exact"))
        except NoInteriorError:
            continue
        if len(proper) > LIMIT:
            continue
        linear = linear_regions(problem, affine_classes(problem.network, proper))
        coarse = sum(map(len, linear.values()))
        lower, upper = convex_regions(problem, linear)
        assert coarse <= lower <= upper <= len(proper)
        more += coarse < lower
        fewer += upper < len(proper)
        searched += coarse < len(proper)
        exact += lower == upper
    assert more
    assert fewer
    assert searched >= 30


def test_a_bracket_that_does_not_close_is_not_a_number() -> None:
    for network, domain in itertools.islice(
        random_degenerate_problems(seed=1, how_many=300, max_inputs=3, max_units=5), 300
    ):
        if str(network.architecture) == "2-3-2 pieces 3" and str(domain) == "R^2":
            result = of(network, "convex")
            if not isinstance(result, int):
                assert repr(result) == "<between 12 and 13 convex regions of 2-3-2 pieces 3 on R^2>"
                with pytest.raises(InvalidInputError, match="bracket"):
                    int(result)
                return
    raise AssertionError("the open case is gone; choose another")


def test_a_box_is_cut_as_a_closed_set() -> None:
    assert of(HOLE, "convex", Box.cube(-1, 1, 2)) == 8
    assert of(HOLE, "convex", Box([0, 0], [2, 2])) == 2  # one face of the pyramid, and the corner
