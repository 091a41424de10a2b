"""The mixed-integer program: its intervals, the exact decision about each proposal, and what the report says.

Nothing here asserts what the solver finds: that differs from release to release.
"""

import contextlib
import itertools
import random
import sys
from fractions import Fraction

import mip
import pytest
from mip import milp_count, occurs, preactivation_bounds, proposals
from places import NETWORKS

from theory import ABS, IDENTITY, RELU, Layer, Maxout, Network
from theory.errors import InvalidInputError, LinregionsError, MissingExtraError, UnsupportedError
from theory.formats import load
from verify import Box, WholeSpace
from verify.engines.brute import patterns_brute


def random_network(rng):
    """ReLU or maxout units with small rational weights, one to three layers."""
    rank = rng.choice([1, 1, 1, 2, 3])
    inputs, depth = rng.choice([1, 2, 2, 3]), rng.choice([1, 2, 2, 3] if rank == 1 else [1, 2])
    denominator = rng.choice([1, 1, 2, 8])
    layers, width = [], inputs
    for _ in range(depth):
        units = rng.randint(1, 2 if rank > 1 else 3 if depth > 1 else 4)
        numbers = [
            [Fraction(rng.randint(-3 * denominator, 3 * denominator), denominator) for _ in range(width + 1)]
            for _ in range(units * rank)
        ]
        unit = RELU if rank == 1 else Maxout(rank)
        layers.append(Layer([row[:-1] for row in numbers], [row[-1] for row in numbers], unit))
        width = units
    return Network([*layers, Layer([[1] * width], [0], IDENTITY)])


def all_patterns(network):
    pieces = [range(unit.pieces) for layer in network.hidden for unit in layer.units]
    ends = list(itertools.accumulate(layer.width for layer in network.hidden))
    for flat in itertools.product(*pieces):
        yield tuple(flat[a:b] for a, b in itertools.pairwise([0, *ends]))


def test_two_exact_decisions_agree_on_every_conceivable_pattern():
    decided = 0
    for seed in range(25):
        network = random_network(random.Random(1000 + seed))
        box = Box.cube(0, 1, network.inputs)
        exact = patterns_brute(network, box.rows, thin=True)
        for pattern in itertools.islice(all_patterns(network), 100):
            assert occurs(network, box, pattern) == (pattern in exact), (seed, pattern)
            decided += 1
    assert decided > 200


def test_intervals_contain_every_preactivation():
    rng = random.Random(5)
    for seed in range(20):
        network = random_network(random.Random(2000 + seed))
        bounds = preactivation_bounds(network, Box.cube(-1, 1, network.inputs))
        for _ in range(10):
            h = tuple(Fraction(rng.randint(-8, 8), 8) for _ in range(network.inputs))
            for layer, intervals in zip(network.hidden, bounds, strict=True):
                z = layer.preactivations(h)
                assert all(low <= value <= high for value, (low, high) in zip(z, intervals, strict=True))
                h = Network([Layer(layer.weights, layer.biases, layer.units)])(h)


def test_the_count_is_exact_where_tolerances_fail():
    """Of a sliver of width 10^-9."""
    for tolerances in ({}, {"tolerance": 1e-6, "positive": 1e-5}):
        with contextlib.suppress(LinregionsError):  # some releases of HiGHS give up: then nothing is counted
            assert milp_count(load(NETWORKS / "sliver_1e-9.json"), Box.cube(-1, 1, 2), **tolerances).count == 10


def test_the_report_names_what_the_solver_invents_and_loses(monkeypatch):
    """In place of the solver a list of proposals: four of the six patterns, and two that no input has."""
    corner = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, 0]), ([[1, 1, 1]], [0])])
    box = Box([-1, -1], [1, 1])
    exact = sorted(patterns_brute(corner, box.rows, thin=True))
    invented = (((0, 0, 1),), ((1, 1, 0),))
    assert not set(invented) & set(exact)
    proposed = [(pattern, 1.0) for pattern in (*exact[:4], *invented)]
    monkeypatch.setattr(mip, "proposals", lambda *_, **__: iter(proposed))
    result = milp_count(corner, box)
    assert (result.invented, result.lost) == (invented, tuple(exact[4:]))
    assert (result.solver_count, result.count, result.agrees) == (6, 6, False)
    assert "the solver found 6, lost 2 and invented 2" in str(result)


def test_an_error_in_one_exact_decision_is_noticed(monkeypatch):
    corner = Network.relu([([[1, 0]], [0]), ([[1]], [0])])
    monkeypatch.setattr(mip, "proposals", lambda *_, **__: iter([(((1,),), 1.0)]))
    monkeypatch.setattr(mip, "occurs", lambda *_: False)
    with pytest.raises(AssertionError, match="two exact decisions"):
        milp_count(corner, Box([-1, -1], [1, 1]))


def test_the_program_sets_every_tolerance():
    corner = Network.relu([([[1, 0]], [0]), ([[1]], [0])])
    box = Box([-1, -1], [1, 1])
    for given in (mip.TOLERANCE, 1e-7):
        solver = mip.Program(corner, box, tolerance=given).solver
        for kind in ("mip", "primal", "dual"):
            assert solver.getOptionValue(f"{kind}_feasibility_tolerance")[1] == given
    with pytest.raises(InvalidInputError, match="does not accept 1e-30"):
        mip.Program(corner, box, tolerance=1e-30)
    with pytest.raises(InvalidInputError, match="must be greater than the solver's tolerance"):
        milp_count(corner, box, positive=1e-9, tolerance=1e-9)


def test_errors(monkeypatch):
    corner = Network.relu([([[1, 0]], [0]), ([[1]], [0])])
    with pytest.raises(InvalidInputError, match="give a Box instead of R\\^2"):
        milp_count(corner, WholeSpace(2))
    with pytest.raises(InvalidInputError, match="has 2 inputs"):
        milp_count(corner, Box([0], [1]))
    with pytest.raises(UnsupportedError, match="kind abs"):
        milp_count(Network([Layer([[1]], [0], ABS)]), Box([-1], [1]))
    with pytest.raises(UnsupportedError, match="range of a float"):
        milp_count(Network.relu([([[10**400]], [0]), ([[1]], [0])]), Box([-1], [1]))
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(MissingExtraError, match=r"linregions\[mip\]"):
        next(proposals(corner, Box([0, 0], [1, 1])))
