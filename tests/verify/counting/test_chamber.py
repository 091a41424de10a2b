"""Counts within limits use a symmetry, too."""

import math
import random

import pytest
from symmetric import equivariant

from verify import WholeSpace, count
from verify.certificate import check
from verify.counting.limits import Limits
from verify.counting.long.parts import Bounds
from verify.counting.serial import SerialCount, count_in_chamber
from verify.engines import Problem
from verify.engines.images.run import in_chamber
from verify.engines.symmetry import symmetry_of, useful_symmetry


def in_one_chamber(problem):
    return SerialCount(in_chamber(problem, symmetry_of(problem)), Bounds(problem)(()))


@pytest.fixture(scope="module")
def network():
    return equivariant(random.Random(1), 5, 3, 2)


def test_the_number_is_that_without_limits(network, tmp_path):
    whole = count(network)
    said = []
    found = count(network, budget=600, jobs=2, report=said.append, certificate=tmp_path / "out")
    assert found.exact
    assert found.value == whole.value == check(tmp_path / "out").regions
    assert found.statistics["symmetries"] == whole.statistics["symmetries"] == 120
    assert said[-1].progress.lower == found.value
    assert "one chamber" in str(said[-1].progress)


def test_progress_is_told_of_any_number(network):
    run = in_one_chamber(Problem.of(network, WholeSpace(5)))
    run.lower = 10**400
    assert run.progress.record["lower"] == 10**400
    assert 0 < run.progress.record["rate"] < math.inf


def test_a_bracket_holds_the_number_wherever_it_stops(network):
    number = count(network).value
    problem = Problem.of(network, WholeSpace(5))
    for most in (1, 2, 100, number // 2, number - 1):
        run = in_one_chamber(problem)
        run._run.advance(0.0)  # one region
        run.go(Limits(budget_regions=most), math.inf)
        assert most <= run.lower <= number <= run.upper
    stopped = in_one_chamber(problem)
    stopped.go(Limits(budget=1), -math.inf)
    assert (stopped.lower, stopped.exact) == (1, False)


def test_an_interrupt_leaves_a_bracket(network):
    def interrupt(_):
        raise KeyboardInterrupt

    problem = Problem.of(network, WholeSpace(5))
    run = count_in_chamber(problem, Limits(report=interrupt), math.inf)
    assert run.interrupted
    assert 1 <= run.lower <= count(network).value <= run.upper


def test_what_serves_better_is_left_to_parts(network, tmp_path):
    problem = Problem.of(network, WholeSpace(5))
    assert useful_symmetry(problem).order == 120
    assert count_in_chamber(problem, Limits(checkpoint=tmp_path), math.inf) is None
    assert count_in_chamber(problem, Limits(jobs=120), math.inf) is None
    generic = Problem.of(equivariant(random.Random(1), 2, 1, 1), WholeSpace(2))
    assert count_in_chamber(generic, Limits(budget=1), math.inf) is None
