"""The generator of degenerate networks: a degeneracy is what its name says, and the stream contains every case."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import flint
import pytest
from brute_count import count_brute
from drawn import random_degenerate_problems

from theory import IDENTITY, RELU, Maxout
from theory.errors import InvalidInputError
from theory.exact import primitive_row, to_fmpq
from verify.domain.shapes import Box, Line, Plane, Polytope, Segment, WholeSpace
from verify.engines.brute import patterns_brute, witnesses_brute
from verify.testing.degenerate import (
    DEGENERACIES,
    degenerate,
    degenerate_domain,
    degenerate_network,
    random_degenerate_networks,
)


def rank(rows):
    return flint.fmpq_mat(len(rows), len(rows[0]), [to_fmpq(v) for row in rows for v in row]).rank()


def proportional(row, other, sign=1):
    return any(row) and primitive_row(row) == primitive_row([sign * v for v in other])


def pairs(rows):
    return itertools.permutations(rows, 2)


def one_point(rows):
    """All hyperplanes pass through one point: the linear system a·x = -b has a solution."""
    return rank([row[:-1] for row in rows]) == rank(rows)


def reach(row):
    """Smallest and largest value on [-1, 1]^n."""
    width = sum(abs(v) for v in row[:-1])
    return row[-1] - width, row[-1] + width


def differ_by_a_power_of_two(row, other):
    steps = [abs(v - w) for v, w in zip(row, other, strict=True) if v != w]
    return len(steps) == 1 and steps[0].numerator == 1 and steps[0].denominator.bit_count() == 1 and steps[0] < 1


PROPERTY = {
    "repeated": lambda rows: any(proportional(r, s) for r, s in pairs(rows)),
    "opposite": lambda rows: any(proportional(r, s, -1) for r, s in pairs(rows)),
    "parallel": lambda rows: any(r[:-1] == s[:-1] and any(r[:-1]) for r, s in pairs(rows)),
    "concurrent": one_point,
    "through_a_flat": lambda rows: any(rank([r, s, t]) <= 2 for r, s, t in itertools.combinations(rows, 3)),
    "midway": lambda rows: any(
        t == [(v + w) / 2 for v, w in zip(r, s, strict=True)] for r, s, t in itertools.permutations(rows, 3)
    ),
    "touching": lambda rows: any(0 in reach(r) and any(r[:-1]) for r in rows),
    "dead": lambda rows: any(max(r) <= 0 for r in rows),
    "constant": lambda rows: any(not any(r[:-1]) for r in rows),
    "ignored": lambda rows: any(not any(column) for column in zip(*rows, strict=True)),
    "nearly": lambda rows: any(differ_by_a_power_of_two(r, s) for r, s in pairs(rows)),
    "huge": lambda rows: max(abs(v) for r in rows for v in r) >= 1000,
    "tiny": lambda rows: min(abs(v) for r in rows for v in r if v) < 1,
}


@pytest.mark.parametrize("degeneracy", DEGENERACIES)
def test_a_defect_is_what_its_name_says(degeneracy):
    pick = random.Random(degeneracy).randint
    before = after = 0
    for _ in range(300):
        rows = [[Fraction(pick(2, 97) * (2 * pick(0, 1) - 1)) for _ in range(4)] for _ in range(4)]
        before += bool(PROPERTY[degeneracy](rows))
        degenerate(degeneracy, pick, rows)
        assert [len(row) for row in rows] == [4] * 4
        after += bool(PROPERTY[degeneracy](rows))
    assert before <= 90  # random rows hardly ever have it, but one in sixteen is dead
    always = degeneracy in ("concurrent", "dead", "constant", "ignored")  # the others may pick a row twice
    assert after == 300 if always else after >= 100


def first_rows(net):
    layer = net.layers[0]
    return [(*w, b) for w, b in zip(layer.weights, layer.biases, strict=True)] if net.hidden else []


def hidden_rows(net):
    return [(*w, b) for layer in net.hidden for w, b in zip(layer.weights, layer.biases, strict=True)]


OCCURS = {
    "no hidden layer": lambda net: not net.hidden,
    "a layer of width 0": lambda net: any(layer.width == 0 for layer in net.hidden),
    "units after a layer of width 0": lambda net: any(layer.inputs == 0 and layer.width for layer in net.hidden),
    "a layer of width 1": lambda net: any(layer.width == 1 for layer in net.hidden),
    "four hidden layers": lambda net: len(net.hidden) == 4,
    "three inputs": lambda net: net.inputs == 3,
    "six units": lambda net: sum(layer.width for layer in net.hidden) == 6,
    "only ReLU": lambda net: net.hidden and all(u == RELU for layer in net.hidden for u in layer.units),
    "maxout of rank 3": lambda net: any(u == Maxout(3) for layer in net.hidden for u in layer.units),
    "scalar and maxout units in a layer": lambda net: any(
        len({isinstance(u, Maxout) for u in layer.units}) == 2 for layer in net.hidden
    ),
    "identity units beside others": lambda net: any(
        IDENTITY in layer.units and not layer.is_affine for layer in net.hidden
    ),
    "three lines through a point": lambda net: (
        net.inputs == 2 and any(one_point(t) and rank(t) == 2 for t in itertools.combinations(first_rows(net), 3))
    ),
    "weights beyond floats": lambda net: any(abs(v) > 10**308 for r in hidden_rows(net) for v in r),
    "a near miss below the precision of floats": lambda net: any(
        0 < abs(v - w) < Fraction(1, 2**54) < abs(v)
        for r, s in pairs(first_rows(net))
        for v, w in zip(r, s, strict=True)
    ),
}
STREAM = list(random_degenerate_networks(seed=20, how_many=3000))


@pytest.mark.parametrize("case", OCCURS)
def test_the_stream_contains_every_case(case):
    assert sum(bool(OCCURS[case](net)) for net in STREAM) >= 5


def test_the_stream_contains_dead_units_thin_regions_and_large_counts():
    few = [net for net in STREAM if net.hidden][:600]
    proper = [patterns_brute(net) for net in few]
    dead = sum(
        any(len(set(column)) == 1 for layer in zip(*found, strict=True) for column in zip(*layer, strict=True))
        for found in proper
    )
    thin = sum(count_brute(net, thin=True) > len(found) for net, found in zip(few, proper, strict=True))
    assert dead > 100
    assert thin > 50
    assert sum(len(found) > 20 for found in proper) > 20
    assert sum(len(found) > 1 for found in proper) > 400  # and most networks do bend


def test_networks_obey_their_bounds_and_kinds():
    for net in random_degenerate_networks(3, 300, max_inputs=2, max_units=3, kinds=["relu"], degeneracies=[]):
        assert net.inputs <= 2
        assert sum(layer.width for layer in net.hidden) <= 3
        assert len(net.hidden) <= 4
        assert all(abs(v) <= 100 and v.denominator == 1 for r in hidden_rows(net) for v in r)
        assert net.architecture.kind == "relu"
    ranks = [
        {u.rank for layer in net.hidden for u in layer.units}
        for net in random_degenerate_networks(4, 300, kinds=["maxout"])
    ]
    assert all(len(r) <= 1 for r in ranks)
    assert {2, 3} <= set().union(*ranks)
    assert {net.inputs for net in random_degenerate_networks(5, 50, max_inputs=1, max_units=0)} == {1}


def test_streams_depend_on_their_seed_alone():
    one, two = random_degenerate_networks(7, 50), random_degenerate_networks(7, 50)
    first = [net.digest for net in one]
    random.seed(0)
    assert first == [net.digest for net in two]
    assert first != [net.digest for net in random_degenerate_networks(8, 50)]
    assert [net.digest for net, _ in random_degenerate_problems(7, 50)] == first


def test_the_simplest_picks_give_the_simplest_network_and_domain():
    net = degenerate_network(lambda low, high: max(low, min(0, high)))
    assert (net.inputs, net.hidden, net.layers[0].weights) == (1, (), ((0,),))
    assert degenerate_domain(lambda low, high: max(low, min(0, high)), 3) == WholeSpace(3)


def test_domains_of_every_shape_fit_their_networks():
    shapes, verdicts = set(), []
    for net, domain in random_degenerate_problems(seed=9, how_many=800):
        pulled = domain.pull_back(net)
        assert domain.input_dimension == net.inputs
        assert all(len(row) == pulled.inputs + 1 for row in domain.rows)
        shapes.add(type(domain))
        if isinstance(domain, Polytope):
            closed, interior = (bool(witnesses_brute(pulled, domain.rows, thin=thin)) for thin in (True, False))
            verdicts.append((closed, interior, any(not any(row[:-1]) for row in domain.halfspaces)))
    assert shapes == {WholeSpace, Box, Polytope, Segment, Line, Plane}
    kinds = {(closed, interior) for closed, interior, _ in verdicts}
    assert kinds == {(True, True), (True, False), (False, False)}  # solid, flat, empty
    assert any(closed and blank for closed, _, blank in verdicts)  # rows that say nothing


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kinds": ["tanh"]}, "unknown kind of unit 'tanh'; choose from relu, maxout, mixed"),
        ({"kinds": []}, "no kind of unit is allowed"),
        ({"degeneracies": ["broken"]}, "unknown degeneracy 'broken'; choose from repeated, opposite"),
        ({"max_inputs": 0}, "max_inputs: 0 is below the smallest allowed value 1"),
        ({"max_units": -1}, "max_units: -1 is below"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        next(random_degenerate_networks(0, 1, **arguments))
