"""Every claim of every construction that is named by an architecture, recounted; then what the catalog does.

Claims are recounted by the exact engine, those of tiny networks by the reference implementation, too.
"""

import itertools
from collections.abc import Iterator
from fractions import Fraction

import pytest
from brute_count import count_brute

from theory import Architecture, Network
from theory.activations import RELU
from theory.bounds import BOUNDS, applicable
from theory.constructions import CONSTRUCTIONS, Claim, Construction, best, fitting, unit_cube
from theory.constructions.folds import Fold, even_split, folded_line, maxout_fold, tent_fold, zigzag
from theory.errors import ConditionError, InvalidInputError
from verify import Box, WholeSpace, count


def recount(network: Network, claim: Claim) -> int:
    return int(count(network, None if claim.domain is None else Box(*claim.domain)))


def assert_claims(construction: Construction) -> None:
    for claim in construction.claims:
        if claim.definition == "activation":
            found = recount(construction.network, claim)
            assert claim.holds(found), f"{construction}: {found} on {claim.where}"


def architectures(inputs: int, widths: range, depth: int) -> Iterator[Architecture]:
    for sizes in itertools.product(widths, repeat=depth):
        yield Architecture.relu(inputs, *sizes)


SMALL = [
    *architectures(1, range(1, 6), 1),
    *architectures(1, range(1, 6), 2),
    *architectures(1, range(1, 5), 3),
    *architectures(2, range(1, 6), 1),
    *architectures(2, range(1, 6), 2),
    *(
        Architecture.parse(t)
        for t in ("1-5-2-3", "1-7-6-5", "2-7-6", "2-6-7", "2-2-3-4", "2-4-4-2", "2-5-3-2", "2-6-6-1", "2-8-3")
    ),
    *(Architecture.parse(t) for t in ("3-1", "3-3", "3-5", "3-3-4", "3-6-3", "3-4-5", "3-9-2", "3-3-3-3")),
    *(Architecture.parse(t) for t in ("4-3", "4-6", "4-4-4", "4-8-2", "4-5-3", "4-6-3-2", "4-2-3")),
    *(Architecture.parse(t) for t in ("2-1-3", "2-0-3", "3-4-1-5", "3-6-2-3", "3-7-3", "2-6-3-3", "4-6-2")),
    *(
        Architecture.maxout(1, *w, rank=k)
        for w in ((2,), (1, 2), (2, 2), (3, 2), (4, 1), (2, 2, 2))
        for k in (1, 2, 3, 4)
    ),
    *(Architecture.maxout(2, *w, rank=k) for w in ((3,), (2, 2), (4, 4), (3, 3), (1, 2), (5, 1)) for k in (2, 3)),
    *(Architecture.maxout(n, *w, rank=k) for n, w, k in ((3, (4,), 3), (3, (6, 2), 2), (3, (3, 2), 3), (4, (5,), 2))),
    *(Architecture.maxout(n, *w, rank=k) for n, w, k in ((3, (4, 4), 2), (4, (4, 4), 2), (4, (8,), 2))),
    *(Architecture(n, (w,), "piecewise", k) for n, w, k in ((1, 3, 3), (2, 3, 4), (3, 4, 3), (2, 2, 1), (4, 5, 3))),
]
MEMBERS = [(name, arch) for arch in SMALL for name in (family.name for family in fitting(arch))]


@pytest.mark.parametrize("name", sorted({name for name, _ in MEMBERS}))
def test_claims_are_recounted(name: str) -> None:
    for member, arch in MEMBERS:
        if member == name:
            assert_claims(CONSTRUCTIONS[name].build(arch))


def test_every_family_is_recounted_at_several_sizes() -> None:
    for name in CONSTRUCTIONS:
        if name not in ("convolution", "separator"):  # built from parameters, recounted in their own file
            assert sum(member == name for member, _ in MEMBERS) >= 5, name


TINY = [
    *(Architecture.parse(t) for t in ("1-3-3", "2-3", "2-2-2", "2-4-2", "3-3", "3-3-2")),
    *(Architecture.maxout(n, *w, rank=3) for n, w in ((1, (2, 1)), (2, (2,)), (2, (2, 2)))),
]


@pytest.mark.parametrize("arch", TINY, ids=str)
def test_the_reference_implementation_agrees(arch: Architecture) -> None:
    for family in fitting(arch):
        construction = family.build(arch)
        for claim in construction.claims:
            domain = Box(*claim.domain) if claim.domain else WholeSpace(arch.inputs)
            assert claim.holds(count_brute(construction.network, domain.rows)), construction


def test_a_claim_that_is_too_large_is_noticed() -> None:
    """The recount can fail: one unit of the fold turned round gives fewer regions."""
    construction = CONSTRUCTIONS["zigzag"].build("1-3-3")
    first = construction.network.hidden[0]
    turned = Network.relu(
        [
            (
                [[-w[0]] if i == 0 else list(w) for i, w in enumerate(first.weights)],
                [-first.biases[0], *first.biases[1:]],
            ),
            *[(layer.weights, layer.biases) for layer in construction.network.layers[1:]],
        ]
    )
    assert recount(turned, construction.claim) < construction.claim.count


PUBLISHED = {
    "generic": "zaslavsky",
    "central": "zaslavsky_central",
    "pascanu": "pascanu2013",
    "montufar": "montufar2014",
    "serra": "serra2018_lower",
    "balanced": "balanced_folding",
    "zigzag": "one_input",
    "arora": "arora2018",
    "serra_zonotope": "serra2018_zonotope",
    "maxout_layer": "maxout_one_layer",
    "maxout_line": "maxout_one_input",
    "maxout_grid": "montufar2022_lower",
}


@pytest.mark.parametrize(("name", "key"), PUBLISHED.items())
def test_the_first_claim_is_the_published_bound(name: str, key: str) -> None:
    bound, family, compared = BOUNDS[key], CONSTRUCTIONS[name], 0
    equal = name in ("arora", "serra_zonotope")  # they have one width behind the first layer
    for inputs, depth in itertools.product(range(1, 5), range(1, 5 if equal else 4)):
        for widths in itertools.product((1, 2, 4, 6, 7, 12), repeat=min(depth, 2) if equal else depth):
            widths += widths[1:] * (depth - len(widths))
            for rank in (1, 2, 3, 4) if name.startswith("maxout") else (None,):
                arch = Architecture.maxout(inputs, *widths, rank=rank) if rank else Architecture.relu(inputs, *widths)
                if bound.why_not(arch) is None:
                    assert family.claims(arch)[0].count == bound(arch), arch
                    compared += 1
                elif equal and depth > 1 and widths[0] % 2 == 0 and widths[1] > 1:
                    assert family.why_not(arch) is not None, arch
    assert compared >= 20
    assert name == "balanced" or family.source == bound.source


def test_the_best_folding_is_at_least_every_lower_bound_of_folding() -> None:
    for inputs, depth in itertools.product(range(1, 5), range(1, 4)):
        for widths in itertools.product((1, 2, 3, 5, 8), repeat=depth):
            arch = Architecture.relu(inputs, *widths)
            claimed = CONSTRUCTIONS["folding"].claimed(arch)
            for bound in applicable(arch, "lower"):
                if bound.key in ("montufar2014", "serra2018_lower", "balanced_folding", "coordinate_folding"):
                    assert claimed >= bound(arch), (arch, bound)


def test_no_claim_exceeds_an_upper_bound() -> None:
    for inputs, depth, rank in itertools.product(range(1, 5), range(1, 4), (None, 2, 3)):
        for widths in itertools.product((1, 2, 3, 5), repeat=depth):
            arch = Architecture.relu(inputs, *widths)
            if rank:
                arch = Architecture.maxout(inputs, *widths, rank=rank)
            least = min(bound(arch) for bound in applicable(arch, "upper"))
            for family in fitting(arch):
                assert family.claimed(arch) <= least, (family, arch)


def test_ridge_sawtooth_and_its_values() -> None:
    for depth, inputs in itertools.product(range(1, 6), range(1, 4)):
        saw = CONSTRUCTIONS["sawtooth"].build(depth=depth, inputs=inputs)
        assert_claims(saw)
        for t in range(2**depth + 1):
            assert saw.network([Fraction(t, 2**depth)] * inputs) == (t % 2,)


@pytest.mark.parametrize("fold", [*map(tent_fold, range(1, 7)), *map(zigzag, range(3, 9))])
def test_a_relu_fold_maps_every_interval_onto_the_unit_interval(fold: Fold) -> None:
    assert_folds(fold)


@pytest.mark.parametrize("rank", range(1, 6))
def test_a_maxout_fold_maps_every_interval_onto_the_unit_interval(rank: int) -> None:
    for p in range(1, 7):
        fold = maxout_fold(p, rank)
        assert fold.pieces == (p // 2 * 2) * (rank - 1) + 1 + (p % 2 if rank > 1 else 0)
        assert_folds(fold)


def assert_folds(fold: Fold) -> None:
    """Values 0, 1, 0, 1, … at the turning points, one for each claimed piece, and what happens outside."""
    points = [Fraction(0), *(t for t in turning_points(fold) if 0 < t < 1), Fraction(1)]
    assert len(points) - 1 == fold.pieces
    assert [fold.value(t) for t in points] == [i % 2 for i in range(fold.pieces + 1)]
    assert fold.value(Fraction(-1)) == 0 if fold.is_flat else fold.value(Fraction(-1)) < 0
    assert (fold.value(Fraction(2)) > 1) == fold.rises
    for a, b in itertools.pairwise(points):
        assert fold.value((a + b) / 2) == Fraction(1, 2)


def turning_points(fold: Fold) -> list[Fraction]:
    """Zeros of ReLU rows, and points where the largest row of a maxout unit changes."""
    found, at = set(), 0
    for unit in fold.units:
        own = fold.rows[at : at + unit.rows]
        at += unit.rows
        for (a, b), (c, d) in itertools.combinations([*own, (0, 0)] if unit.rows == 1 and unit == RELU else own, 2):
            if a != c:
                t = (d - b) / Fraction(a - c)
                if unit == RELU or a * t + b == max(s * t + e for s, e in own):
                    found.add(t)
    return sorted(found)


def preimages(fold: Fold, y: Fraction) -> list[Fraction]:
    """All solutions of fold(u) = y on the line."""
    kinks = turning_points(fold)
    points = [kinks[0] - 1, *kinks, kinks[-1] + 1]
    found = set()
    for i, (a, b) in enumerate(itertools.pairwise(points)):
        u, v = fold.value(a), fold.value(b)
        if u != v:
            t = a + (b - a) * (y - u) / (v - u)
            if (i == 0 or a <= t) and (i == len(points) - 2 or t <= b):
                found.add(t)
    return sorted(found)


def test_folded_lines_by_solving() -> None:
    """P is the number of solutions of (folds)(x) = 1/2, κ the number of ends of the line where the value is 0."""
    kinds = (tent_fold(1), tent_fold(2), tent_fold(3), zigzag(3), zigzag(4))
    for folds in itertools.chain(itertools.product(kinds, repeat=2), itertools.product(kinds, repeat=3)):
        solutions, ends = [Fraction(1, 2)], [Fraction(-(10**9)), Fraction(10**9)]
        for fold in reversed(folds):
            solutions = [t for y in solutions for t in preimages(fold, y)]
        for fold in folds:
            ends = [fold.value(t) for t in ends]
        assert folded_line(folds) == (len(set(solutions)), ends.count(0))


def test_shares_are_as_equal_as_possible() -> None:
    for n, d in itertools.product(range(12), range(1, 6)):
        shares = even_split(n, d)
        assert sum(shares) == n
        assert max(shares) - min(shares) <= 1


def test_hidden_weights_are_integers() -> None:
    for name, arch in MEMBERS:
        if name != "generic" or arch.rank == 2:
            network = CONSTRUCTIONS[name].build(arch).network
            assert all(v.denominator == 1 for layer in network.hidden for row in layer.weights for v in row), name


@pytest.mark.parametrize(
    ("name", "arch", "sentence"),
    [
        ("montufar", "3-2-4", "it needs n_l ≥ n0 for every layer, but layer 1 has width 2 < 3"),
        ("serra", "2-5-6", "it needs n_l ≥ 3·n0 for every layer, but layer 1 has width 5 < 6"),
        ("zigzag", "2-3", "it is about one input, here are 2"),
        ("sawtooth", "1-2-1", "it needs n_l ≥ 2 for every layer, but layer 2 has width 1"),
        ("generic", "2-3-3", "it is about one hidden layer, here are 2"),
        ("montufar", "3", "it needs at least one hidden layer"),
    ],
)
def test_a_family_says_why_not(name: str, arch: str, sentence: str) -> None:
    assert CONSTRUCTIONS[name].why_not(Architecture.parse(arch)) == sentence
    with pytest.raises(ConditionError, match=sentence):
        CONSTRUCTIONS[name].build(arch)


def test_other_kinds_and_symbols_are_refused() -> None:
    import sympy

    n = sympy.Symbol("n", positive=True, integer=True)
    for family in CONSTRUCTIONS.values():
        assert family.why_not(Architecture.relu(2, n, n)) is not None
    assert "these are maxout" in CONSTRUCTIONS["serra"].why_not(Architecture.maxout(1, 4, rank=3))
    assert best(Architecture.relu(2, n)) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "give one, as in 2-4-4"),
        (["2-4", "2-5"], "comes twice"),
        (["depth=3"], "no parameter 'depth'; it has none"),
        (["2-x"], "not of the form"),
    ],
)
def test_words_that_cannot_be_read(words: list[str], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        CONSTRUCTIONS["montufar"].from_words(words)


def test_sawtooth_parameters_are_checked() -> None:
    saw = CONSTRUCTIONS["sawtooth"]
    for parameters, sentence in (
        ({}, "parameter depth is missing"),
        ({"depth": 0}, "below the smallest allowed value 1"),
        ({"depth": "2.5"}, "not an integer"),
        ({"height": 2}, "no parameter 'height'; it knows depth, inputs"),
    ):
        with pytest.raises(InvalidInputError, match=sentence):
            saw.build(**parameters)
    with pytest.raises(InvalidInputError, match="not both"):
        saw.build("1-2", depth=3)


def test_every_example_builds_and_says_what_it_claims() -> None:
    for name, family in CONSTRUCTIONS.items():
        construction = family.from_words(family.example.split())
        assert construction.name == name
        assert str(construction.claim) in str(construction)
        assert construction.source == family.source
        assert_claims(construction)


def test_claims_refuse_what_they_do_not_know() -> None:
    with pytest.raises(InvalidInputError, match="a claim says"):
        Claim(3, "<")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="choose one of"):
        Claim(3, "=", "R2")  # type: ignore[arg-type]
    assert str(Claim(1, "=", domain=unit_cube(1))) == "= 1 activation region on [0,1]"


def test_best_is_the_largest_claim() -> None:
    for arch in SMALL:
        found = best(arch)
        claims = [family.claimed(arch) for family in fitting(arch)]
        assert (found is None) == (not claims)
        if found:
            assert found.largest_claim.count == max(claims)
