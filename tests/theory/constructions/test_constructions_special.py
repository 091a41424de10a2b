"""Constructions that are named by parameters: separators, convolutions, maxout layers of mixed ranks; and faces."""

import itertools
from fractions import Fraction

import pytest

from theory import Architecture, Network
from theory.architecture import MixedRanks
from theory.bounds import BOUNDS
from theory.constructions import CONSTRUCTIONS, NOTIONS, Construction
from theory.constructions.arrangements import (
    bundles,
    central_normals,
    face_arrangement,
    face_count,
    general_position,
)
from theory.constructions.family import SEPARATORS
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.exact import rank
from verify import Box, count
from verify.engines.brute import patterns_brute


def numbers(construction: Construction) -> dict[str, int]:
    return {claim.definition: claim.count for claim in construction.claims}


def test_the_hat_by_its_pieces() -> None:
    """On a line, intervals: equal neighbors merge, equal pieces apart do not."""
    hat = CONSTRUCTIONS["separator"].build(function="hat")
    pieces = []
    for a, b in itertools.pairwise(range(-1, 4)):
        (u,), (v,), (middle,) = hat.network([a]), hat.network([b]), hat.network([Fraction(a + b, 2)])
        assert 2 * middle == u + v
        pieces.append((v - u, u - a * (v - u)))
    found = numbers(hat)
    assert found["affine piece"] == len(set(pieces))
    apart = len(list(itertools.groupby(pieces)))
    assert {found[key] for key in ("convex", "open connected", "closed connected")} == {apart}


@pytest.mark.parametrize("function", SEPARATORS)
def test_separators_by_exact_counting(function: str) -> None:
    construction = CONSTRUCTIONS["separator"].build(function=function)
    found = numbers(construction)
    assert set(found) == set(NOTIONS)
    assert found["activation"] == int(count(construction.network)) == len(patterns_brute(construction.network))
    assert found["activation pattern"] == len(patterns_brute(construction.network, thin=True))
    assert list(SEPARATORS[function].counts) == sorted(SEPARATORS[function].counts, reverse=True)


def test_every_pair_of_neighboring_definitions_is_separated() -> None:
    for i in range(5):
        assert any(function.counts[i] > function.counts[i + 1] for function in SEPARATORS.values()), i


@pytest.mark.parametrize(
    "words",
    [
        "shape=2x3 kernel=2x2 filters=3",
        "shape=3x3 kernel=2x2 filters=1",
        "shape=3x3 kernel=2x2 filters=2",
        "shape=3x4 kernel=2x2 filters=1",
        "shape=2x2 kernel=1x2 filters=2",
        "shape=3 kernel=2 filters=3 channels=2",
        "shape=2x3 kernel=1x2 filters=2 channels=2",
    ],
)
def test_convolutions_are_recounted(words: str) -> None:
    construction = CONSTRUCTIONS["convolution"].from_words(words.split())
    assert construction.claim.count == int(count(construction.network))


@pytest.mark.parametrize(
    ("length", "kernel", "filters", "channels", "stride"),
    [(3, 2, 1, 1, 1), (3, 2, 4, 1, 1), (4, 2, 2, 1, 1), (4, 3, 3, 1, 1), (5, 2, 2, 1, 2), (5, 3, 2, 1, 1),
     (4, 1, 2, 1, 1), (6, 3, 2, 1, 3), (4, 2, 3, 1, 1), (5, 3, 2, 2, 1), (6, 2, 2, 1, 2), (6, 4, 3, 1, 2)],
)  # fmt: skip
def test_convolutions_of_one_axis_attain_the_published_number(length, kernel, filters, channels, stride) -> None:
    arch = ConvolutionalArchitecture((length,), channels, (Convolution(filters, (kernel,), stride),))
    construction = CONSTRUCTIONS["convolution"].build(
        shape=length, kernel=kernel, filters=filters, channels=channels, stride=stride
    )
    assert construction.claim.count == BOUNDS["xiong2020"](arch) == int(count(construction.network))


def test_shared_weights_repeat_along_the_input() -> None:
    construction = CONSTRUCTIONS["convolution"].build(shape=5, kernel=3, filters=2)
    layer = construction.network.hidden[0]
    for f, p in itertools.product(range(2), range(3)):
        assert layer.weights[3 * f + p] == (0,) * p + layer.weights[3 * f][:3] + (0,) * (2 - p)
        assert layer.biases[3 * f + p] == layer.biases[3 * f]


@pytest.mark.parametrize(
    ("inputs", "ranks"),
    [
        (1, (3, 2, 4)),
        (2, (3, 2)),
        (2, (3, 3, 3)),
        (2, (4, 4, 4)),
        (2, (1, 3, 1, 2)),
        (3, (3, 2, 4, 2)),
        (4, (2, 2, 3, 2, 3)),
    ],
)
def test_maxout_layers_of_mixed_ranks(inputs: int, ranks: tuple[int, ...]) -> None:
    construction = CONSTRUCTIONS["maxout_layer"].build(inputs=inputs, ranks=ranks)
    assert construction.claim.count == BOUNDS["maxout_one_layer"](MixedRanks(inputs, (ranks,)))
    assert construction.claim.count == int(count(construction.network))


@pytest.mark.parametrize("flat", [f for d in (2, 3) for f in itertools.product((False, True), repeat=d)])
def test_arrangements_are_generic_on_faces(flat: tuple[bool, ...]) -> None:
    """Regions of the cube and of each face {u_j = 0}, j a flat coordinate, against the claimed number."""
    for n in (2, 4):
        found = face_arrangement(n, flat)
        vanishing = [j for j, f in enumerate(flat) if f]
        total = 0
        for size in range(len(vanishing) + 1):
            for zero in itertools.combinations(vanishing, size):
                kept = [j for j in range(len(flat)) if j not in zero]
                rows = [[bundle.normal[j] for j in kept] for bundle in found]
                total += regions(rows, [-bundle.levels[0] for bundle in found])
        assert face_count([(1, int(f)) for f in flat], n) == (total, True)


def regions(rows: list[list[Fraction]], biases: list[Fraction]) -> int:
    """Regions inside the unit cube; 1 in dimension 0."""
    if not rows[0]:
        return 1
    d = len(rows[0])
    return int(count(Network.relu([(rows, biases), ([[1] * len(rows)], [0])]), Box([0] * d, [1] * d)))


@pytest.mark.parametrize(("n", "d"), [(n, d) for d in range(1, 5) for n in (1, d, d + 2)])
def test_general_position_shows_all_regions_in_the_cube(n: int, d: int) -> None:
    found = general_position(n, d)
    inside = regions([list(b.normal) for b in found], [-b.levels[0] for b in found])
    assert inside == BOUNDS["zaslavsky"](Architecture.relu(d, n))


@pytest.mark.parametrize(("sizes", "d"), [((2, 2, 3), 2), ((1, 3, 2, 1), 2), ((2, 2, 2, 2), 3), ((3, 0, 2), 1)])
def test_bundles_show_all_regions_in_the_cube(sizes: tuple[int, ...], d: int) -> None:
    found = bundles(sizes, d)
    rows = [list(b.normal) for b in found for _ in b.levels]
    inside = regions(rows, [-level for b in found for level in b.levels])
    assert inside == BOUNDS["maxout_one_layer"](MixedRanks(d, ([s + 1 for s in sizes],)))


def test_central_normals_are_in_general_position() -> None:
    for m, d in itertools.product(range(1, 7), range(1, 5)):
        for chosen in itertools.combinations(central_normals(m, d), min(m, d)):
            assert rank(chosen) == min(m, d)


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("separator", [], "None is none of corner, bow, hat"),
        ("separator", ["function=hut"], "'hut' is none of"),
        ("convolution", ["kernel=2", "filters=1"], "parameter shape is missing"),
        ("convolution", ["shape=3", "kernel=2x2", "filters=1"], "kernel with 2 axes cannot slide over 1 axes"),
        ("convolution", ["shape=3x3", "kernel=2x4", "filters=1"], "does not fit"),
        ("convolution", ["shape=3", "kernel=2"], "parameter filters is missing"),
        ("convolution", ["shape=3xa", "kernel=2", "filters=1"], "parameter shape"),
        ("maxout_layer", ["inputs=2"], "parameter ranks is missing"),
        ("maxout_layer", ["inputs=2", "ranks=3,0"], "parameter ranks, entry 2"),
        ("maxout_layer", ["2-3"], "it is about maxout units, these are ReLU"),
    ],
)
def test_parameters_are_checked(name: str, words: list[str], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        CONSTRUCTIONS[name].from_words(words)


def test_families_of_parameters_have_no_architecture() -> None:
    for name in ("separator", "convolution"):
        family = CONSTRUCTIONS[name]
        with pytest.raises(ConditionError, match="built from parameters"):
            family.build("2-3")
        with pytest.raises(ConditionError, match="built from parameters"):
            family.claimed(Architecture.relu(2, 3))


def test_a_convolution_too_large_to_certify_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="more than 5000 regions"):
        CONSTRUCTIONS["convolution"].build(shape=12, kernel=3, filters=3)
