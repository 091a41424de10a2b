"""What each strategy refuses, what it can generate, what it never generates, and what it shrinks to."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from brute_count import count_brute
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from theory import ABS, HARD_TANH, IDENTITY, RELU, Architecture, Layer, Maxout, Network, PiecewiseLinear
from theory.constructions import CONSTRUCTIONS
from theory.errors import InexactError, InvalidInputError
from verify.domain.shapes import Box, Line, Plane, Polytope, Segment, WholeSpace
from verify.engines.brute import witnesses_brute
from verify.testing import strategies
from verify.testing.strategies import (
    activations,
    arrangements,
    boxes,
    constructions,
    degenerate_domains,
    degenerate_networks,
    domains,
    lines,
    maxout_networks,
    networks,
    planes,
    points,
    polytopes,
    problems,
    rationals,
    relu_networks,
    segments,
)

FIXED = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


def minimal(strategy, condition=lambda _: True, examples=2000):
    """The example to which hypothesis shrinks."""
    phases = [Phase.generate, Phase.shrink]
    return find(strategy, condition, settings=settings(FIXED, max_examples=examples, phases=phases))


def generates(strategy, condition, examples=2000):
    """Whether some example has the property; find raises if none has."""
    find(strategy, condition, settings=settings(FIXED, max_examples=examples, phases=[Phase.generate]))


def widths(net):
    return tuple(layer.width for layer in net.hidden)


def units(net):
    return [unit for layer in net.hidden for unit in layer.units]


def weights(net):
    return [v for layer in net.layers for row, b in zip(layer.weights, layer.biases, strict=True) for v in (*row, b)]


# -- refusals, when the strategy is made and not when it is drawn from -----------------------------------------------

ONE = Architecture.relu(1, 1)
N = sympy.Symbol("n", positive=True, integer=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rationals(min_value=2, max_value=1), "min_value 2 is above max_value 1"),
        (lambda: rationals(max_denominator=0), "max_denominator: 0 is below"),
        (lambda: rationals(min_value="1/5", max_value="1/4", max_denominator=3), "no rational from 1/5 to 1/4"),
        (lambda: activations(max_rank=0), "max_rank: 0 is below"),
        (lambda: relu_networks(max_inputs=0), "max_inputs: 0 is below"),
        (lambda: relu_networks(weights=3), "weights: 3 is not a hypothesis strategy; wrap a fixed value in st.just"),
        (lambda: relu_networks(architecture="2-3"), "architecture: '2-3' is not a hypothesis strategy"),
        (lambda: relu_networks(architecture=Architecture.relu(2, N)), "architecture 2-n has symbolic sizes"),
        (lambda: relu_networks(architecture=Architecture.maxout(2, 3, rank=2)), "is not of kind relu"),
        (lambda: maxout_networks(architecture=Architecture.relu(2, 3)), "is not of kind maxout"),
        (lambda: networks(units=RELU), "units: <activation relu> is not a hypothesis strategy"),
        (lambda: degenerate_networks(degeneracies=["bent"]), "unknown degeneracy 'bent'; choose from repeated"),
        (lambda: arrangements(min_hyperplanes=4, max_hyperplanes=3), "min_hyperplanes 4 is above max_hyperplanes 3"),
        (lambda: points(dimension=2, coordinates=1), "coordinates: 1 is not a hypothesis strategy"),
        (lambda: boxes(dimension="1/2"), "dimension: 1/2 is not an integer"),
        (lambda: planes(dimension=1), "dimension of a space with planes: 1 is below the smallest allowed value 2"),
        (lambda: constructions(families=["origami"]), "there is no family 'origami'; known: generic"),
        (lambda: constructions(families=["serra"], max_claim=2), "no network of serra is that small"),
        (lambda: constructions(families=[]), "no network of no family is that small"),
        (lambda: problems(network=Network([Layer([[1]], [0])])), "network: <network .*> is not a hypothesis strategy"),
    ],
)
def test_wrong_arguments_are_named_at_once(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()


def test_floats_are_refused_and_arguments_are_keyword_only():
    with pytest.raises(InexactError, match=r"max_value: float 0\.5"):
        rationals(max_value=0.5)
    for name in strategies.__all__:
        with pytest.raises(TypeError, match="positional argument"):
            getattr(strategies, name)(2)


# -- what never occurs ------------------------------------------------------------------------------------------------


@settings(FIXED, max_examples=100)
@given(rationals(min_value="-1/2", max_value="7/3", max_denominator=5), rationals(max_value=10**6, max_denominator=900))
def test_rationals_lie_in_their_interval(narrow, wide):
    assert Fraction(-1, 2) <= narrow <= Fraction(7, 3)
    assert narrow.denominator <= 5
    assert -4 <= wide <= 10**6
    assert wide.denominator <= 900


@settings(FIXED, max_examples=75)
@given(
    relu_networks(max_inputs=2, max_depth=2, max_units=4, outputs=2),
    maxout_networks(max_inputs=2, max_depth=1, max_units=3, max_rank=4),
    networks(max_units=3, units=st.sampled_from([ABS, Maxout(2)]), weights=st.integers(-1, 1).map(Fraction)),
)
def test_networks_lie_within_their_bounds(relu, maxout, mixed):
    assert relu.inputs <= 2
    assert relu.outputs == 2
    assert len(relu.hidden) <= 2
    assert sum(widths(relu)) <= 4
    assert set(units(relu)) <= {RELU}
    assert len(maxout.hidden) <= 1
    assert sum(widths(maxout)) <= 3
    assert set(units(maxout)) in [set(), {Maxout(2)}, {Maxout(3)}, {Maxout(4)}]
    assert set(units(mixed)) <= {ABS, Maxout(2)}
    assert set(weights(mixed)) <= {-1, 0, 1}


@settings(FIXED, max_examples=50)
@given(constructions(max_claim=50))
def test_constructions_keep_a_small_claim(built):
    arch = built.network.architecture
    assert arch.units <= 8
    claim = next(claim for claim in built.claims if claim.definition == "activation")
    assert claim.count <= 50
    box = Box(*claim.domain) if claim.domain else WholeSpace(arch.inputs)
    assert claim.holds(count_brute(built.network, box.rows))


@settings(FIXED, max_examples=50)
@given(
    relu_networks(architecture=Architecture.relu(2, 3, 0, 1)),
    maxout_networks(architecture=Architecture.maxout(3, 2, 1, rank=3)),
    networks(architecture=Architecture.relu(1, 2, 2)),
    relu_networks(architecture=st.sampled_from([Architecture.relu(2, 1, 2), Architecture.relu(2, 0, 1)])),
)
def test_given_sizes_are_kept(relu, maxout, mixed, drawn):
    assert (relu.inputs, *widths(relu)) == (2, 3, 0, 1)
    assert maxout.architecture == Architecture.maxout(3, 2, 1, rank=3)
    assert (mixed.inputs, *widths(mixed)) == (1, 2, 2)
    assert (drawn.inputs, len(drawn.hidden)) == (2, 2)


def test_drawn_architectures_of_the_wrong_kind_are_refused_when_drawn():
    wrong = relu_networks(architecture=st.just(Architecture.maxout(2, 3, rank=2)))
    with pytest.raises(InvalidInputError, match="is not of kind relu"):
        minimal(wrong)


@settings(FIXED, max_examples=100)
@given(arrangements(dimension=3, min_hyperplanes=1, max_hyperplanes=4))
def test_hyperplanes_have_normals(rows):
    assert 1 <= len(rows) <= 4
    for row in rows:
        assert len(row) == 4
        assert any(row[:-1])
        assert all(isinstance(v, int) and abs(v) <= 2 for v in row)


@settings(FIXED, max_examples=75)
@given(st.integers(1, 3).flatmap(lambda d: st.tuples(domains(dimension=d), polytopes(dimension=d, bounded=True))))
def test_domains_have_interior_and_bounded_ones_are_bounded(drawn):
    domain, polytope = drawn
    trivial = Network([Layer([[0] * domain.input_dimension], [0], IDENTITY)])
    assert count_brute(domain.pull_back(trivial), domain.rows) == 1
    d = polytope.dimension
    far = Network([Layer([[s * int(i == j) for j in range(d)] for i in range(d) for s in (1, -1)], [-6] * (2 * d))])
    assert set(witnesses_brute(far, polytope.rows)) == {((0,) * (2 * d),)}  # within [-6, 6]^d


@settings(FIXED, max_examples=75)
@given(problems(), problems(network=degenerate_networks(max_inputs=2, max_units=3)))
def test_problems_fit_together(plain, degenerate):
    for net, domain in (plain, degenerate):
        assert domain.input_dimension == net.inputs
        assert domain.pull_back(net).inputs == domain.dimension
        assert count_brute(domain.pull_back(net), domain.rows) >= 1


# -- what occurs ------------------------------------------------------------------------------------------------------

OCCURS = {
    "a third": (rationals(), lambda x: x.denominator == 3),
    "both ends": (rationals(), lambda x: x == 4),
    "a number that is not listed": (rationals(max_value=10**9, max_denominator=10**3), lambda x: x > 10**6),
    "an inner layer of width 0": (relu_networks(), lambda n: 0 in widths(n)[:-1] and widths(n)[-1]),
    "three breakpoints": (activations(), lambda u: isinstance(u, PiecewiseLinear) and len(u.breakpoints) == 3),
    "a falling unit": (activations(), lambda u: isinstance(u, PiecewiseLinear) and max(u.slopes) < 0),
    "hard tanh": (activations(), lambda u: u == HARD_TANH),
    "a maxout unit of rank 1": (activations(), lambda u: u == Maxout(1)),
    "seven regions": (relu_networks(), lambda n: count_brute(n) == 7),
    "many regions": (relu_networks(), lambda n: count_brute(n) > 20),
    "a dead network": (relu_networks(), lambda n: sum(widths(n)) > 2 and count_brute(n) == 1),
    "a thin region": (relu_networks(), lambda n: count_brute(n, thin=True) > count_brute(n)),
    "no output": (relu_networks(outputs=0), lambda n: n.outputs == 0 and sum(widths(n)) > 1),
    "nine regions of maxout units": (maxout_networks(), lambda n: count_brute(n) == 9),
    "every kind of unit in one network": (
        networks(),
        lambda n: (
            RELU in units(n) and any(isinstance(u, Maxout) for u in units(n)) and any(u.pieces == 4 for u in units(n))
        ),
    ),
    "three concurrent lines": (
        arrangements(),
        lambda rows: len(set(rows)) == 3 and all(r[-1] for r in rows) and _regions(rows) == 6,
    ),
    "three lines in general position": (arrangements(), lambda rows: len(rows) == 3 and _regions(rows) == 7),
    "parallel planes": (arrangements(dimension=3), lambda rows: len(rows) == 3 and _regions(rows) == 4),
    "an unbounded polyhedron": (polytopes(dimension=2), lambda p: len(p.rows) == 1),
    "a patch of a plane": (planes(dimension=3), lambda p: isinstance(p.patch, Polytope)),
    "a plane off the coordinate planes": (planes(dimension=3), lambda p: all(p.origin) and p.first[2] != p.origin[2]),
    **{
        f"a {shape.__name__}": (domains(dimension=2), lambda d, shape=shape: type(d) is shape)
        for shape in (WholeSpace, Box, Polytope, Segment, Line, Plane)
    },
    **{f"a {name} network": (constructions(), lambda c, name=name: c.name == name) for name in CONSTRUCTIONS},
    "a construction that claims many regions": (constructions(), lambda c: max(k.count for k in c.claims) > 150),
    "a construction on a box": (constructions(), lambda c: c.claim.domain is not None),
}


def _regions(rows):
    return count_brute(Network([Layer([r[:-1] for r in rows], [r[-1] for r in rows])]))


@pytest.mark.parametrize("case", OCCURS)
def test_strategies_can_generate(case):
    strategy, condition = OCCURS[case]
    generates(strategy, condition, examples=5000)


# -- what a failure shrinks to ----------------------------------------------------------------------------------------


def test_numbers_shrink_to_small_integers():
    assert minimal(rationals()) == 0
    assert minimal(rationals(), lambda x: x < -1) == -2
    assert minimal(rationals(), lambda x: x.denominator > 1) == Fraction(1, 2)
    assert minimal(rationals(min_value="5/2", max_value=9)) == 3


def test_units_shrink_to_relu():
    assert minimal(activations()) == RELU
    assert minimal(activations(), lambda u: u.pieces == 4) == PiecewiseLinear([-1, 0, 1], [0, 1, 2, 3])
    assert minimal(activations(), lambda u: isinstance(u, Maxout)) == Maxout(1)


@pytest.mark.parametrize("strategy", [relu_networks(), maxout_networks(), networks(), degenerate_networks()])
def test_networks_shrink_to_nothing(strategy):
    net = minimal(strategy)
    assert (net.inputs, net.hidden, weights(net)) == (1, (), [0, 0])


@pytest.mark.parametrize(
    ("strategy", "most_units"),
    [(relu_networks(), 2), (maxout_networks(), 2), (networks(), 4), (degenerate_networks(), 2)],
)
def test_networks_shrink_to_few_units_and_small_weights(strategy, most_units):
    net = minimal(strategy, lambda n: count_brute(n) >= 3)
    assert 3 <= count_brute(net) <= 4
    assert sum(widths(net)) <= most_units
    assert net.inputs <= 2
    assert {abs(v) for v in weights(net)} <= {0, 1}


def test_a_network_of_given_sizes_shrinks_to_zeros_and_ones():
    net = minimal(relu_networks(architecture=Architecture.relu(2, 3)), lambda n: count_brute(n) >= 6)
    assert {abs(v) for v in weights(net)} == {0, 1}
    assert weights(net)[-4:] == [0, 0, 0, 0]  # the output layer does not matter


def test_arrangements_and_domains_shrink_to_the_coordinate_axes():
    assert minimal(arrangements()) == ()
    assert minimal(arrangements(dimension=3), len) == ((1, 0, 0, 0),)
    assert minimal(boxes(dimension=2)) == Box([0, 0], [1, 1])
    assert minimal(polytopes(dimension=2)).rows == ((1, 0, 1),)
    assert minimal(segments(dimension=3)) == Segment([0, 0, 0], [1, 0, 0])
    assert minimal(lines(dimension=2)) == Line([0, 0], [1, 0])
    assert minimal(planes(dimension=3)) == Plane([0, 0, 0], [1, 0, 0], [0, 1, 0])
    assert minimal(domains(dimension=2)) == WholeSpace(2)
    assert minimal(degenerate_domains(dimension=2)) == WholeSpace(2)


def test_constructions_shrink_to_general_position_and_small_claims():
    assert (minimal(constructions()).name, minimal(constructions()).network.architecture) == ("generic", ONE)
    assert minimal(constructions(families=["montufar"]), lambda c: c.claim.count >= 12).claim.count in (12, 15, 16)
    maxout = minimal(constructions(), lambda c: c.network.architecture.kind == "maxout" and c.network.inputs == 2)
    assert (maxout.name, maxout.network.architecture) == ("maxout_layer", Architecture.maxout(2, 1, rank=2))
    assert minimal(constructions(), lambda c: c.name == "separator").parameters == {"function": "hat"}


def test_problems_shrink_in_both_parts():
    net, domain = minimal(problems(), lambda p: count_brute(p[1].pull_back(p[0]), p[1].rows) >= 2)
    assert sum(widths(net)) == 1
    assert isinstance(domain, WholeSpace)
