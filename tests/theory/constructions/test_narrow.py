"""The networks that attain the maxima of narrow architectures, recounted for many widths of the last layer."""

from fractions import Fraction

import pytest
from brute_count import count_brute

from theory import Architecture, Network
from theory.bounds import BOUNDS, bracket
from theory.bounds.expressions import zaslavsky_number
from theory.bounds.rigid import ALL_CUT, small_maximum
from theory.constructions import CONSTRUCTIONS, best
from theory.constructions.narrow import _ALL_CUT
from theory.errors import ConditionError
from verify import WholeSpace
from verify.engines import ENGINES, Problem

NARROW = CONSTRUCTIONS["narrow"]


def number(text: str) -> int:
    construction = NARROW.build(text)
    arch = Architecture.parse(text)
    assert construction.network.architecture == arch
    found = ENGINES["exact"](Problem.of(construction.network, WholeSpace(arch.inputs)))[0]
    assert found == construction.claim.count == small_maximum(arch.sizes) == BOUNDS["small_maxima"](arch)
    assert construction.claim.domain is None
    return found


@pytest.mark.parametrize(
    ("before", "largest"),
    [
        ("1-2", 25),
        ("1-2-2", 25),
        ("2-2", 12),
        ("2-2-2", 9),
        ("2-3", 9),
        ("2-4", 9),
        ("2-5", 6),
        ("3-3", 6),
        ("3-4", 6),
        ("3-5", 5),
        ("4-4", 5),
        ("4-5", 4),
        ("4-6", 4),
    ],
)
def test_every_width_of_the_last_layer(before: str, largest: int) -> None:
    numbers = [number(f"{before}-{m}") for m in range(1, largest + 1)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1-1-1", 3),
        ("1-1-1-4", 7),
        ("3-1-4", 6),
        ("1-3-1-3", 20),
        ("1-3-2-2", 28),
        ("1-4-2-2-3", 125),
        ("1-3-4-2-2-1", 260),
        ("2-1-2-2-2", 20),
        ("5-2-2-3", 35),
        ("4-3-4", 58),
        ("4-4-1", 31),
        ("4-4-2", 55),
        ("6-5-2", 115),
        ("5-5-5", 523),
        ("7-6-4", 731),
        ("7-7-3", 895),
        ("3-4-2", 52),
        ("2-4-1-5", 77),
        ("2-5-1-2-2", 128),
        ("2-6-1-1", 66),
        ("2-7-1-1", 87),
        ("3-5-1-1", 78),
        ("3-5-1-3-2", 338),
        ("4-4-1-3", 76),
        ("3-6-1-1", 126),
        ("4-6-1-2", 228),
        ("4-6-2", 215),
        ("5-6-1-2", 249),
        ("2-3-3-1", 60),
        ("2-3-3-3", 141),
        ("2-3-3-1-2", 114),
        ("2-3-3-1-2-2", 222),
        ("9-2-2-5", 56),
        ("1-1-1-1", 4),
        ("9-7-4", 1583),
        ("2-5-6", 286),
        ("4-6-7", 2745),
    ],
)
def test_the_other_shapes(text: str, value: int) -> None:
    assert number(text) == value
    lower, upper = bracket(Architecture.parse(text))
    assert lower is not None
    assert lower.value == upper.value == value


def test_all_regions_are_cut_near_zero() -> None:
    """T and T − 1/64 cut every region, so all units between them do."""
    assert set(_ALL_CUT) == ALL_CUT
    for (inputs, width), (rows, (unit, *_)) in _ALL_CUT.items():
        layer = [row[:-1] for row in rows], [row[-1] for row in rows]
        for shift in (0, Fraction(1, 64)):
            net = Network.relu([layer, ([unit[:-1]], [unit[-1] - shift]), ([[1]], [0])])
            found = ENGINES["exact"](Problem.of(net, WholeSpace(inputs)))[0]
            assert found == 2 * zaslavsky_number(width, inputs)


@pytest.mark.parametrize("text", ["1-2-2-2", "2-3-2", "2-2-2-1", "2-3-1", "2-4-1-1"])
def test_the_reference_implementation_agrees(text: str) -> None:
    construction = NARROW.build(text)
    assert count_brute(construction.network, ()) == construction.claim.count


def test_it_is_the_best_where_it_applies() -> None:
    for text in ("1-2-2-2", "2-3-3", "3-3-3", "4-4-2", "9-2-2-5", "1-5-2-2"):
        construction = best(Architecture.parse(text))
        assert construction is not None
        assert construction.name == "narrow"


def test_other_architectures_are_refused() -> None:
    for text in ("2-6-4", "1-3-3", "2-3", "1-2-3-2"):
        with pytest.raises(ConditionError, match="it is about \\(n;n,m\\)"):
            NARROW.build(text)
    with pytest.raises(ConditionError, match="ReLU units"):
        NARROW.build(Architecture.maxout(2, 2, 2, rank=2))
