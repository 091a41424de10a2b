"""Uniform random regions: every region by exactly one set of walls, acceptance R/U, on degenerate networks too."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import flint
import numpy as np
import pytest
from drawn import drawn, random_degenerate_problems
from streams import EveryStream, binomial_tail

from theory import ABS, HARD_TANH, IDENTITY, RELU, Architecture, Layer, Maxout, Network
from theory.bounds import BOUNDS
from theory.errors import InvalidInputError
from theory.initialization import Initialization
from verify import Box, Domain, Line, Plane, WholeSpace, count, regions, sample
from verify.counting.samples.draws import Draws, NestedBound, Stream, problem_walls
from verify.engines import patterns
from verify.engines.problem import NoInteriorError, Problem

HAT = Network([Layer([[1], [2]], [0, 1], HARD_TANH), Layer([[1, 1], [1, -2]], [0, 1], ABS), Layer([[1, 1]], [0])])


def assert_exactly_uniform(network: Network, domain: Domain) -> None:
    """Each pattern has probability exactly 1/U, summed over all possible choices of a draw."""
    problem = Problem.of(network, domain)
    occurring, bounds = list(patterns(problem, "exact")), []
    for top_cells in (0, 4):
        draws, every = Draws(problem, top_cells), EveryStream()
        found: Counter[object] = Counter()
        for stream in every:
            drawn_cell = draws.draw(stream)
            if drawn_cell is not None:
                found[drawn_cell[0].pattern] += stream.probability
        assert found == {pattern: Fraction(1, draws.bound) for pattern in occurring}
        bounds.append(draws.bound)
    assert bounds[0] >= bounds[1]


def degenerate(seed: int, how_many: int, most: int) -> Iterator[tuple[Network, Domain]]:
    """Degenerate problems whose bounds are small enough to go through all choices."""
    found = 0
    for network, domain in random_degenerate_problems(seed=seed, how_many=100 * how_many, max_units=4):
        try:
            small = Draws(Problem.of(network, domain), 0).bound <= most
        except NoInteriorError:
            continue
        if small:
            yield network, domain
            found += 1
            if found == how_many:
                return


@pytest.mark.parametrize(
    ("network", "domain"),
    [
        (drawn(2, 3, 2, seed=0), WholeSpace(2)),
        (HAT, WholeSpace(1)),
        (Network.relu([([[1, 0], [0, 1], [1, 1], [2, 2]], [0, 0, 0, 0]), ([[1, 1, 1, -1]], [0])]), Box.cube(-1, 1, 2)),
        (Network.maxout([([[1, 0], [0, 1], [1, 1], [0, 0]] * 2, [0] * 8), ([[1, 1]], [0])], rank=4), WholeSpace(2)),
        (Network.maxout([([[1, 0], [0, 1], [1, 1], [0, 0]], [0, 1, 2, 3]), ([[1, 1]], [0])], rank=2), WholeSpace(2)),
        (drawn(3, 3, 3, seed=1), Plane([0, 0, 0], [1, 0, 0], [0, 1, 1])),
        (drawn(3, 3, 3, seed=1), Line([0, 0, 0], [1, 0, 1])),
    ],
)
def test_every_region_belongs_to_one_set_of_walls(network: Network, domain: Domain) -> None:
    assert_exactly_uniform(network, domain)


@pytest.mark.parametrize(
    ("seed", "how_many", "most"),
    [(0, 100, 300), *(pytest.param(seed, 60, 1000, marks=pytest.mark.slow) for seed in range(1, 11))],
)
def test_degenerate_networks_are_sampled_exactly(seed: int, how_many: int, most: int) -> None:
    for network, domain in degenerate(seed, how_many, most):
        assert_exactly_uniform(network, domain)


def chi_squared_tail(found: Counter[object], number: int) -> float:
    """P(χ² ≥ what the frequencies of ``number`` equally likely outcomes give)."""
    total = sum(found.values())
    mean = total / number
    statistic = sum((n - mean) ** 2 for n in found.values()) / mean + (number - len(found)) * mean
    return float(flint.arb(statistic / 2).gamma_upper(flint.arb(number - 1) / 2, regularized=1).mid())


FAMILY_ERROR = 1e-6
"""Probability that any of the statistical tests of one function fails although the sampler is right."""


def assert_acceptance_and_uniformity(network: Network, domain: Domain, draws: int, level: float) -> None:
    regions_there = int(count(network, domain, engine="exact"))
    sampler = Draws(Problem.of(network, domain), 0)
    found = Counter(cell[0].pattern for i in range(draws) if (cell := sampler.draw(Stream(5, i))) is not None)
    assert binomial_tail(sum(found.values()), draws, Fraction(regions_there, sampler.bound)) > level
    if regions_there > 1 and sum(found.values()) >= 5 * regions_there:
        assert chi_squared_tail(found, regions_there) > level


def test_acceptance_is_regions_by_bound() -> None:
    for seed, widths in enumerate([(3, 5, 4), (2, 4, 3), (1, 5, 5)]):
        assert_acceptance_and_uniformity(drawn(*widths, seed=seed), WholeSpace(widths[0]), 500, FAMILY_ERROR / 6)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_acceptance_on_two_hundred_networks(part: int) -> None:
    level = FAMILY_ERROR / 400
    shapes = [(2, 4, 3), (3, 5, 4), (2, 5, 3, 2), (4, 6), (1, 6, 4, 3)]
    for seed in range(10 * part, 10 * part + 10):
        widths = shapes[seed % len(shapes)]
        assert_acceptance_and_uniformity(drawn(*widths, seed=seed), WholeSpace(widths[0]), 2000, level)
    for network, domain in degenerate(seed=1000 + part, how_many=10, most=5000):
        assert_acceptance_and_uniformity(network, domain, 2000, level)


def test_the_statistical_tests_notice_a_wrong_sampler() -> None:
    assert binomial_tail(400, 1000, Fraction(1, 3)) < 1e-4
    assert binomial_tail(333, 1000, Fraction(1, 3)) > 0.5
    assert chi_squared_tail(Counter({"a": 140, "b": 60}), 2) < 1e-6
    assert chi_squared_tail(Counter({"a": 103, "b": 97}), 2) > 0.5


def test_the_bound_is_theorem_1_where_nothing_else_is_known() -> None:
    for widths in ((2, 4, 4), (3, 5, 4), (2, 3, 3, 3), (5, 3, 4)):
        networks = (drawn(*widths, seed=seed) for seed in range(1000))
        mixed = next(net for net in networks if all(min(r) < 0 < max(r) for lay in net.hidden[1:] for r in lay.weights))
        bound = Draws(Problem.of(mixed, WholeSpace(widths[0])), 0).bound
        assert bound == BOUNDS["serra2018"](Architecture.relu(*widths))


def test_any_number_of_layers_has_a_bound() -> None:
    """It is Theorem 1 of Serra et al., evaluated from the last layer on."""
    one = ([[1, 0], [0, 1]], [-1, -1])
    few, many = (Problem(Network.relu([*[one] * depth, ([[1, 1]], [0])]), ()) for depth in (2, 600))
    assert NestedBound(problem_walls(few), 2).value == BOUNDS["serra2018"](Architecture.relu(2, 2, 2))
    assert NestedBound(problem_walls(many), 2).value == BOUNDS["serra2018"](Architecture.relu(2, *[2] * 600))


def test_fixed_units_and_low_ranks_make_the_bound_smaller() -> None:
    net = Network.relu([([[1, 0], [1, 0], [0, 1]], [0, -1, 9]), ([[1, 1, 1]], [0])])
    assert Draws(Problem.of(net, Box.cube(-1, 1, 2)), 0).bound == 2


def test_a_sample_has_points_of_its_regions_and_is_reproducible() -> None:
    net, box = drawn(2, 4, 3, seed=3), Box.cube(-1, 2, 2)
    first, second = sample(net, box, 5, seed=9), sample(net, box, 8, seed=9)
    assert first.regions == second[:5]
    assert sample(net, box, 5, seed=10).regions != first.regions
    all_regions = {region.pattern for region in regions(net, box)}
    for region in second:
        assert region.pattern in all_regions
        assert net.pattern(region.witness) == region.pattern
        assert all(-1 < v < 2 for v in region.witness)


def test_what_a_sample_refuses() -> None:
    net = drawn(2, 3, seed=0)
    with pytest.raises(InvalidInputError, match="n: -1"):
        sample(net, n=-1)
    with pytest.raises(InvalidInputError, match="budget"):
        sample(net, budget=0)
    with pytest.raises(InvalidInputError):
        sample(net, Box([0], [1]))


def test_a_budget_ends_a_hopeless_sample() -> None:
    net = Initialization().draw(Architecture.relu(2, 12, 12, 12), np.random.default_rng(0))
    assert len(sample(net, n=1000, budget=0.2)) < 1000


def test_networks_without_bends_have_one_region() -> None:
    for layers in ([Layer([[1, 2]], [0], Maxout(1))], [Layer([[0, 0]], [1], RELU)], [Layer([[1, 2]], [0], IDENTITY)]):
        assert len({region.pattern for region in sample(Network(layers), n=3)}) == 1
