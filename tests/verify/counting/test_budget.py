"""Budgets are kept: an answer that takes too long is not waited for."""

import time
from collections.abc import Callable

import pytest
from drawn import random_network

from theory.errors import UnsupportedError
from theory.geometry.feasibility import Dictionary
from verify import Box, count
from verify.counting.limits import Limits
from verify.counting.long import run, work
from verify.counting.long.work import TimeLimit, Work
from verify.engines import Problem, fast

NETWORK, CUBE = random_network(2, 3, 8, 8), Box.cube(-1, 1, 3)


@pytest.fixture
def number(monkeypatch: pytest.MonkeyPatch) -> int:
    """The count; from now on the exact engine counts, and a question takes it many seconds."""

    def unsupported(*_: object, **__: object) -> None:
        raise UnsupportedError("by this test")

    def pivot(self: Dictionary, *arguments: object) -> object:
        until = time.perf_counter() + 0.05
        while time.perf_counter() < until:
            pass
        return quick(self, *arguments)

    found = int(count(NETWORK, CUBE))
    quick: Callable[..., object] = Dictionary._pivot
    monkeypatch.setattr(fast, "Traversal", unsupported)
    monkeypatch.setattr(Dictionary, "_pivot", pivot)
    return found


@pytest.mark.parametrize("limits", [Limits(budget=0.5), Limits(budget=0.5, jobs=2), Limits(budget=3)])
def test_a_slow_answer_does_not_hold_up_a_budget(number: int, limits: Limits):
    """Neither where a part is counted nor where it is divided; the bracket is true all the same."""
    began = time.perf_counter()
    found = count(NETWORK, CUBE, **vars(limits))
    assert time.perf_counter() - began < limits.seconds + 10
    assert found.lower < found.upper
    assert found.lower <= number <= found.upper


@pytest.mark.usefixtures("number")
def test_a_part_ends_when_its_time_is_over():
    problem = Problem.of(NETWORK, CUBE)
    for limit in (TimeLimit(cpu_seconds=0.1), TimeLimit(seconds=0.1)):
        assert not Work(problem).count((), limit).done
    with work.Threads(problem, 2) as two:
        assert not two.count((), TimeLimit(seconds=0.1)).result(timeout=60).done


def test_a_budget_is_kept_where_one_exact_question_takes_half_a_minute(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fast, "core", None)
    network, cube = random_network(1, 150, 12, 12), Box.cube(0, 1, 150)
    began = time.perf_counter()
    found = count(network, cube, budget=1)
    assert time.perf_counter() - began < 20
    assert (found.lower, found.exact) == (1, False)


def test_a_part_whose_division_is_cut_short_is_counted_later(monkeypatch: pytest.MonkeyPatch):
    """The deadline may pass while parts are bounded; nothing is lost then."""
    counting = run.AnytimeCount(Problem.of(NETWORK, CUBE))
    with monkeypatch.context() as patch:
        patch.setattr(run.Work, "count", lambda *_: run.PartCount(1, False))  # too large, to be divided
        counting.go(deadline=time.perf_counter() + 0.2)
    assert not counting.exact
    counting.go()
    assert counting.lower == counting.upper == int(count(NETWORK, CUBE))
