"""The mixed-integer program: its intervals, its solutions, and what exact arithmetic has to say about them."""

import itertools
import random
import sys
from fractions import Fraction

import pytest
from places import ROOT

from theory import ABS, IDENTITY, RELU, Layer, Maxout, Network
from theory.errors import InvalidInputError, MissingExtraError, UnsupportedError
from theory.formats import load
from verify import Box, WholeSpace
from verify.counting.mip import milp_count, occurs, preactivation_bounds, proposals
from verify.engines.brute import patterns_brute

FILES = ROOT / "tests" / "networks"
EXHIBITS = ROOT / "paper_checks" / "exhibits"


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


def agree(seeds):
    found = 0
    for seed in seeds:
        network = random_network(random.Random(seed))
        result = milp_count(network, Box.cube(-1, 1, network.inputs))
        assert result.agrees, (seed, str(result))
        found += result.count
    return found


def test_the_solver_finds_every_pattern_of_ordinary_networks():
    assert agree(range(30)) > 100


@pytest.mark.slow
def test_the_solver_finds_every_pattern_of_hundreds_of_networks():
    assert agree(range(30, 430)) > 1500


@pytest.mark.parametrize("name", ["cancel", "central4", "dead", "duplicate", "concurrent_third", "maxout_deg_mid"])
def test_the_solver_survives_degenerate_networks(name):
    network = load(FILES / f"{name}.json")
    result = milp_count(network, Box.cube(0, 1, network.inputs))
    assert result.agrees
    assert result.count == len(patterns_brute(network, Box.cube(0, 1, network.inputs).rows, thin=True))


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


def test_where_the_tolerance_fails_the_report_says_so():
    """Which pattern a release of HiGHS loses or invents is its own affair; the exact count is not."""
    exhibits = [
        (load(FILES / "sliver_1e-9.json"), Box.cube(-1, 1, 2), 10),  # a sliver of width 10^-9
        (load(EXHIBITS / "milp_loses.json"), Box([-1], [1]), 3),
        (load(EXHIBITS / "milp_invents.json"), Box([-1], [1]), 3),
    ]
    results = [milp_count(network, box) for network, box, _ in exhibits]
    assert [result.count for result in results] == [expected for _, _, expected in exhibits]
    wrong = [result for result in results if not result.agrees]
    assert any(result.lost for result in wrong), "no pattern is lost any more: look for a new exhibit"
    assert any(result.invented for result in wrong), "no pattern is invented any more: look for a new exhibit"
    for result in wrong:
        assert f"lost {len(result.lost)} and invented {len(result.invented)}" in str(result)
        assert result.solver_count == result.count - len(result.lost) + len(result.invented)


def test_a_smaller_weight_is_no_problem():
    """The same two networks with 10^3 in place of the large weights."""
    network = Network.relu([([[1000], [1000]], [0, -1]), ([[1, -1], [-1, 1]], [0, 0]), ([[1, 1]], [0])])
    assert milp_count(network, Box([-1], [1])).agrees


def test_errors(monkeypatch):
    corner = Network.relu([([[1, 0]], [0]), ([[1]], [0])])
    with pytest.raises(InvalidInputError, match="give a Box instead of R\\^2"):
        milp_count(corner, WholeSpace(2))
    with pytest.raises(InvalidInputError, match="has 2 inputs"):
        milp_count(corner, Box([0], [1]))
    with pytest.raises(UnsupportedError, match="not abs"):
        milp_count(Network([Layer([[1]], [0], ABS)]), Box([-1], [1]))
    with pytest.raises(UnsupportedError, match="range of a float"):
        milp_count(Network.relu([([[10**400]], [0]), ([[1]], [0])]), Box([-1], [1]))
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(MissingExtraError, match=r"linregions\[mip\]"):
        next(proposals(corner, Box([0, 0], [1, 1])))
