"""Weight-aware bounds: between the exact count and the architecture's bounds, on networks built to be special."""

import itertools
import random
from fractions import Fraction

import pytest

from theory import ABS, Architecture, Layer, Network
from theory.bounds import BOUNDS, evaluate
from theory.bounds.hinz import GAMMAS, histogram
from theory.bounds.serra import RankedArchitecture
from theory.bounds.weight_aware import LayerFacts, regions_with_facts, weight_aware_bounds
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.exact import from_fmpq
from theory.geometry.feasibility import Dictionary
from verify import Box, Polytope, count


def random_network(rng, sizes, low_rank, shift):
    """Small integer weights; some layers of rank 1, biases shifted so that units are often always on or off."""
    pairs = []
    for n, m in itertools.pairwise(sizes):
        if rng.random() < low_rank:
            direction = [rng.randint(-2, 2) for _ in range(n)]
            weights = [[rng.randint(-2, 2) * v for v in direction] for _ in range(m)]
        else:
            weights = [[rng.randint(-3, 3) for _ in range(n)] for _ in range(m)]
        pairs.append((weights, [rng.randint(-3, 3) + rng.choice((-shift, 0, 0, shift)) for _ in range(m)]))
    return Network.relu(pairs)


def test_errors():
    with pytest.raises(InvalidInputError, match="2 hidden layers need as many ranks, not 1"):
        RankedArchitecture(Architecture.relu(2, 3, 3), (2,))
    with pytest.raises(InvalidInputError, match="layer 2 has a weight matrix of rank at most 3, not 4"):
        RankedArchitecture(Architecture.relu(2, 3, 4), (2, 4))
    with pytest.raises(InvalidInputError, match="ReLU layers"):
        RankedArchitecture(Architecture.maxout(2, 3, rank=2), (2,))
    with pytest.raises(ConditionError, match="see RankedArchitecture"):
        BOUNDS["serra2018_ranks"](Architecture.relu(2, 3))
    bent = Network([Layer([[1, 0]], [0], ABS), Layer([[1]], [0])])
    with pytest.raises(UnsupportedError, match="ReLU units"):
        weight_aware_bounds(bent)
    net = Network.relu([([[1, 0]], [0]), ([[1]], [0])])
    with pytest.raises(InvalidInputError, match="need 2 coordinates"):
        weight_aware_bounds(net, ([0], [1]))
    with pytest.raises(InvalidInputError, match="lower corner exceeds"):
        weight_aware_bounds(net, ([0, 1], [1, 0]))
    with pytest.raises(InvalidInputError, match="choose interval or lp"):
        weight_aware_bounds(net, method="guess")
    with pytest.raises(InvalidInputError, match="row 2 of the polytope needs 2 coefficients and a constant, not 2"):
        weight_aware_bounds(net, rows=[(1, 0, 1), (1, 0)])
    with pytest.raises(InvalidInputError, match="no interior point"):
        weight_aware_bounds(net, rows=[(1, 0, 0), (-1, 0, 0)])


def test_full_ranks_change_nothing_and_lower_ranks_lower_the_bound():
    for n0, n1, n2 in itertools.product(range(1, 6), repeat=3):
        arch = Architecture.relu(n0, n1, n2)
        values = {
            (r1, r2): BOUNDS["serra2018_ranks"](RankedArchitecture(arch, (r1, r2)))
            for r1 in range(min(n0, n1) + 1)
            for r2 in range(min(n1, n2) + 1)
        }
        assert values[min(n0, n1), min(n1, n2)] == BOUNDS["serra2018"](arch)
        for (r1, r2), value in values.items():
            assert value >= values.get((r1 - 1, r2), 0)
            assert value >= values.get((r1, r2 - 1), 0)


def by_definition(inputs, layers, gamma):
    """The program over states with every level of every histogram."""
    mass = {inputs: 1}
    for facts in layers:
        after = dict.fromkeys(range(inputs + 1), 0)
        for c, weight in mass.items():
            for level, number in enumerate(histogram(gamma, min(c, facts.changing_rank), facts.changing)):
                after[min(c, facts.rank, len(facts.on) + level)] += weight * number
        mass = after
    return sum(mass.values())


def test_the_bound_with_facts_is_that_of_its_definition_and_serves_wide_layers():
    rng = random.Random(4)
    for _ in range(300):
        layers = []
        for width in rng.choices(range(1, 10), k=rng.randint(1, 3)):
            on = rng.randint(0, width)
            off, rank = rng.randint(0, width - on), rng.randint(0, width)
            units = tuple(range(on)), tuple(range(on, on + off))
            layers.append(LayerFacts(width, *units, min(rank, width - off), min(rank, width - off - on)))
        for gamma in GAMMAS:
            assert regions_with_facts(5, layers, gamma) == by_definition(5, layers, gamma)
    wide = LayerFacts(600, (), (), 300, 300)
    assert regions_with_facts(300, [wide]) == BOUNDS["serra2018"](Architecture.relu(300, 600))


def test_both_faces_of_the_rank_bound():
    bound = BOUNDS["serra2018_ranks"]
    symbols = [*bound.generic.architecture.sizes, *bound.generic.ranks]
    for n0, n1, n2 in itertools.product(range(1, 5), repeat=3):
        for r1, r2 in itertools.product(range(1, min(n0, n1) + 1), range(1, min(n1, n2) + 1)):
            numeric = bound(RankedArchitecture(Architecture.relu(n0, n1, n2), (r1, r2)))
            assert evaluate(bound.statement, dict(zip(symbols, (n0, n1, n2, r1, r2), strict=True))) == numeric


@pytest.mark.parametrize("seed", range(40))
def test_between_count_and_architecture(seed):
    rng = random.Random(seed)
    sizes = rng.choice([(1, 3, 3, 1), (2, 3, 1), (2, 3, 2, 1), (3, 4, 1), (2, 2, 3, 2, 1), (3, 3, 3, 1)])
    net = random_network(rng, sizes, low_rank=0.5, shift=rng.choice((0, 8, 20)))
    for box in (None, ([-1] * sizes[0], [1] * sizes[0]), ([0] * sizes[0], [Fraction(1, 2)] * sizes[0])):
        regions = int(count(net, None if box is None else Box(*box)))
        check(net, regions, weight_aware_bounds(net, box), weight_aware_bounds(net, box, method="lp"))


def check(net, regions, by_intervals, by_lp):
    """Never below the count, never above the architecture's bounds; linear programs know at least as much."""
    for result in (by_intervals, by_lp):
        assert regions <= result.value
        for key in ("serra2018", "hinz2021", "levels"):
            assert result.values[key] <= BOUNDS[key](net.architecture)
        assert result.values["serra2018_ranks"] <= BOUNDS["serra2018"](net.architecture)
        chain = [result.values[key] for key in ("levels", "hinz2021", "serra2018", "serra2018_ranks")]
        assert chain == sorted(chain)
    assert by_lp.value <= by_intervals.value
    for ours, theirs in zip(by_lp.layers, by_intervals.layers, strict=True):
        assert set(ours.on) >= set(theirs.on)
        assert set(ours.off) >= set(theirs.off)


TRIANGLE = ((1, 0, 1), (0, 1, 1), (-1, -1, 1))
WEDGE = ((1, 1, 0), (1, -1, 0))
STRIP = ((1, 2, 1), (-1, -2, 2))


@pytest.mark.parametrize("rows", [TRIANGLE, WEDGE, STRIP, ()], ids=["triangle", "wedge", "strip", "plane"])
@pytest.mark.parametrize("seed", range(12))
def test_between_count_and_architecture_on_polytopes(seed, rows):
    rng = random.Random(seed)
    net = random_network(rng, rng.choice([(2, 4, 1), (2, 3, 3, 1), (2, 2, 3, 2, 1)]), 0.3, rng.choice((0, 3, 8)))
    regions = int(count(net, Polytope(rows) if rows else None))
    results = [weight_aware_bounds(net, rows=rows, method=method) for method in ("interval", "lp")]
    check(net, regions, *results)
    for result in results:  # units that the weights fix are fixed at points of the domain
        for _ in range(20):
            point = [Fraction(rng.randint(-60, 60), 7) for _ in range(2)]
            if all(a * point[0] + b * point[1] + c >= 0 for a, b, c in rows):
                for layer, facts in zip(net.hidden, result.layers, strict=True):
                    before = layer.preactivations(point)
                    assert all(before[u] > 0 for u in facts.on)
                    assert all(before[u] <= 0 for u in facts.off)
                    point = layer.outputs_at(before)


def test_linear_programs_on_a_triangle_see_what_intervals_do_not():
    # x + y ≤ 1 on the triangle, so the first unit is off there, but not on the box around it
    net = Network.relu([([[1, 1], [1, 0]], [-1, 0]), ([[1, 1]], [0])])
    box, exact = (weight_aware_bounds(net, rows=TRIANGLE, method=method).layers[0] for method in ("interval", "lp"))
    assert (box.off, exact.off) == ((), (0,))
    assert int(count(net, Polytope(TRIANGLE))) == 2 == weight_aware_bounds(net, rows=TRIANGLE, method="lp").value
    cut = weight_aware_bounds(net, ([Fraction(1, 8), 0], [1, 1]), rows=[(-1, -1, Fraction(1, 2))], method="lp")
    assert cut.layers[0].off == (0,)
    assert (cut.domain, cut.value) == ("the given box and polytope", 1)


def test_a_network_that_is_dead_on_the_domain_has_one_region():
    net = Network.relu([([[1, 0], [0, 1]], [-9, -9]), ([[1, 1], [2, 1]], [0, -1]), ([[1, 1]], [0])])
    for method in ("interval", "lp"):
        result = weight_aware_bounds(net, ([-1, -1], [1, 1]), method=method)
        assert result.value == 1 == int(count(net, Box([-1, -1], [1, 1])))
        assert [facts.changing for facts in result.layers] == [0, 0]


def maximum(rows, form):
    """The supremum of an affine function on a polygon that contains the origin, None if it is infinite."""
    polygon = Dictionary(2, None, rows)
    least = polygon.minimum(-polygon.express_row(form))
    return None if least is None else from_fmpq(-least)


def test_maxima_against_the_vertices_of_random_polygons():
    rng = random.Random(7)
    for _ in range(60):
        rows = [(rng.randint(-3, 3), rng.randint(-3, 3), rng.randint(0, 4)) for _ in range(rng.randint(0, 4))]
        rows += [(1, 0, 5), (-1, 0, 5), (0, 1, 5), (0, -1, 5)]
        form = tuple(rng.randint(-3, 3) for _ in range(3))
        vertices = []
        for (a, b, c), (d, e, f) in itertools.combinations(rows, 2):
            if (det := a * e - b * d) != 0:
                x, y = Fraction(b * f - c * e, det), Fraction(c * d - a * f, det)
                if all(p * x + q * y + r >= 0 for p, q, r in rows):
                    vertices.append(form[0] * x + form[1] * y + form[2])
        assert maximum(rows, form) == max(vertices)
    assert maximum([], (0, 0, 3)) == 3
    assert maximum([(1, 0, 0)], (1, 0, 0)) is None


def test_fixed_units_are_found_exactly():
    # unit 1 touches zero at a corner of the box only, unit 2 stays a hair above it
    net = Network.relu([([[1, 1], [1, 1], [-1, 0]], [-2, Fraction(2) + Fraction(1, 10**30), 0]), ([[1, 1, 1]], [0])])
    facts = weight_aware_bounds(net, ([-1, -1], [1, 1])).layers[0]
    assert (facts.on, facts.off, facts.changing) == ((1,), (0,), 1)
    assert (facts.rank, facts.changing_rank) == (2, 1)
    whole = weight_aware_bounds(net).layers[0]
    assert (whole.on, whole.off, whole.rank) == ((), (), 2)


def test_later_layers_can_be_fixed_on_all_of_space():
    net = Network.relu([([[1], [-1]], [0, 0]), ([[-1, -2], [1, 1]], [0, 1]), ([[1, 1]], [0])])
    first, second = weight_aware_bounds(net).layers
    assert (first.on, first.off) == ((), ())
    assert (second.on, second.off) == ((1,), (0,))
    assert weight_aware_bounds(net).value >= int(count(net)) == 2


def test_ranks_of_a_network():
    net = Network.relu([([[1, 2], [2, 4], [3, 6]], [0, 1, 5]), ([[1, 0, 0], [0, 1, 0]], [0, 0]), ([[1, 1]], [0])])
    ranked = RankedArchitecture.of(net)
    assert ranked.ranks == (1, 2)
    assert BOUNDS["serra2018_ranks"](ranked) < BOUNDS["serra2018"](net.architecture)
    assert int(count(net)) <= weight_aware_bounds(net).value
