"""Threads that share parts: nothing is lost or counted twice, whichever thread takes half of what another has left."""

import itertools
import random
import threading
from concurrent import futures
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from types import SimpleNamespace

import pytest
from drawn import count_cells, random_degenerate_problems, random_network

from theory import Network
from theory.errors import InvalidInputError, UnsupportedError
from verify import Box, WholeSpace, count
from verify.counting.limits import Limits
from verify.counting.long import run, team, work
from verify.counting.long.run import AnytimeCount
from verify.counting.long.work import PartCount, TimeLimit
from verify.engines import Problem
from verify.engines.fast import Traversal
from verify.engines.problem import NoInteriorError

SUBJECT = ("network", "domain")


@pytest.fixture
def breathless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads look after every test whether another one has nothing to do."""
    monkeypatch.setattr(work, "_YIELD_EVERY", 0.0)
    monkeypatch.setattr(work, "_TRIAL", 1e9)


def degenerate(seed: int, number: int, inputs: int, units: int):
    """Problems that the fast engine serves, and their counts by one traversal."""
    for network, domain in random_degenerate_problems(seed, number, inputs, units):
        problem = Problem.of(network, domain)
        try:
            yield problem, Traversal(problem).count()
        except (NoInteriorError, UnsupportedError):
            continue


@pytest.mark.parametrize(("inputs", "units", "least"), [(1, 14, 100), (2, 12, 300), (4, 9, 800)])
def test_the_halves_of_a_traversal_add_up_whoever_goes_on_when(inputs, units, least):
    chance, halves = random.Random(inputs), 0
    for problem, number in degenerate(100 + inputs, 120, inputs, units):
        waiting, found = [Traversal(problem, yield_every=0.0)], 0
        while waiting:
            one = waiting.pop(chance.randrange(len(waiting)))
            assert 0.0 <= one.left <= 1.0
            if one.advance(0.0):
                found += one.found
                continue
            while chance.random() < 0.5 and (half := one.split_off_work()):
                waiting.append(half)
                halves += 1
            waiting.append(one)
        assert found == number
    assert halves > least


def test_a_traversal_is_never_taken_for_its_half():
    """Of two that look alike, the wrong one was taken from the list, and its regions counted twice for a moment."""
    one = Traversal(Problem.of(random_network(2, 3, 9, 9), WholeSpace(3)), yield_every=0.0)
    half = None
    while half is None:
        one.advance(0.0)
        half = one.split_off_work()
    assert [one, half].index(half) == 1


def test_an_exact_subtree_yields_between_its_regions():
    """Between two walls 2^-80 apart floats find no point; all regions in there were counted before a budget was."""
    draw = random.Random(0)
    first = [[1, 0, 0], [1, 0, 0], *([draw.randint(-9, 9) for _ in range(3)] for _ in range(3))]
    second = [[draw.randint(-9, 9) for _ in first] for _ in range(4)]
    offsets = [Fraction(-1, 3), Fraction(-1, 3) - Fraction(1, 2**80), 1, 2, -1]
    problem = Problem.of(Network.relu([(first, offsets), (second, [1, -2, 3, 1])]), Box.cube(-1, 1, 3))
    one, found = Traversal(problem, yield_every=0.0), [0]
    while not one.advance(0.0):
        found.append(one.found)
    found.append(one.found)
    assert one.found == count_cells(problem) > 20
    assert one.statistics["exact_subtrees"] == 1
    assert all(after - before <= 2 for before, after in itertools.pairwise(found))
    halved, others = Traversal(problem, yield_every=0.0), 0
    while not halved.advance(0.0):
        if half := halved.split_off_work():
            others += half.count()
    assert halved.found + others == one.found


def test_what_records_patterns_cannot_be_divided():
    problem = Problem.of(random_network(1, 2, 4), WholeSpace(2))
    with pytest.raises(InvalidInputError, match="records patterns"):
        Traversal(problem, record=True).split_off_work()


@pytest.mark.usefixtures("breathless")
def test_threads_count_degenerate_networks():
    for problem, number in degenerate(7, 60, 3, 9):
        with work.Threads(problem, 3) as three:
            assert three.count((), TimeLimit()).result() == PartCount(number, True)
        counting = AnytimeCount(problem)
        counting.go(Limits(jobs=3))
        assert counting.lower == counting.upper == number


def test_all_threads_end_with_the_count_and_what_they_have_is_told_before(monkeypatch: pytest.MonkeyPatch):
    """No region is told twice when its part is settled."""
    monkeypatch.setattr(run, "_PAUSE", 0.001)  # the loop looks more often
    net, box = random_network(2, 4, 14, 14), Box.cube(-1, 1, 4)
    seen = []
    before = threading.active_count()
    number = count(net, box, jobs=2, report=lambda counting: seen.append(counting.progress))
    assert threading.active_count() == before
    assert int(number) == int(count(net, box))
    assert len(seen) > 3
    assert all(state.lower <= number.lower <= state.upper and 0.0 <= state.work <= 1.0 for state in seen)
    assert all(state.regions <= number.lower and state.share <= 1.0 for state in seen)
    assert [state.lower for state in seen] == sorted(state.lower for state in seen)
    assert seen[-1].lower == seen[-1].upper == seen[-1].regions


def test_threads_begin_with_the_whole_space(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run.AnytimeCount, "_divide", lambda *_: pytest.fail("threads share it anyway"))
    net, box = random_network(2, 4, 14, 14), Box.cube(-1, 1, 4)
    assert count(net, box, jobs=2) == int(count(net, box))


def test_who_hears_interrupts_locks_nothing_that_an_interrupt_would_leave_locked(monkeypatch: pytest.MonkeyPatch):
    """``with condition`` may be left between the lock and the block; the threads then waited for it forever."""
    entered = []

    class Watched(threading.Condition):
        def __enter__(self):
            entered.append(threading.current_thread())
            return super().__enter__()

    monkeypatch.setattr(work, "threading", SimpleNamespace(**{**vars(threading), "Condition": Watched}))
    monkeypatch.setattr(futures, "wait", None)
    net = random_network(3, 2, 6, 4)
    assert int(count(net, jobs=2)) == int(count(net))
    assert threading.current_thread() not in entered


def test_processes_take_over_from_threads_that_wait_for_each_other(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(work, "_TRIAL", 0.0)  # the first thing that is judged is Python alone
    employed = []

    class Pool(ProcessPoolExecutor):
        def submit(self, *arguments, **named):
            employed.append(arguments)
            return super().submit(*arguments, **named)

    monkeypatch.setattr(team.futures, "ProcessPoolExecutor", Pool)
    net, box = random_network(5, 3, 6, 6), Box.cube(-1, 1, 3)
    assert int(count(net, box, jobs=2)) == int(count(net, box))
    assert employed


@pytest.mark.usefixtures("breathless")
def test_numbers_too_large_for_floats_are_counted_by_the_exact_engine():
    huge = 2**400
    net = Network.relu([([[huge, 1], [1, huge], [1, -1]], [0, huge, 1]), ([[1, 1, 1]], [-huge])])
    problem = Problem.of(net, WholeSpace(2))
    with pytest.raises(UnsupportedError):
        Traversal(problem)
    with work.Threads(problem, 2) as two:
        share = two.count((), TimeLimit()).result()
    assert share == PartCount(int(count(net)), True)


def test_a_part_is_given_up_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(work, "_YIELD_EVERY", 0.0)
    problem = Problem.of(random_network(2, 3, 9, 9), WholeSpace(3))
    whole = Traversal(problem).count()
    with work.Threads(problem, 2) as two:
        for limit in (TimeLimit(cpu_seconds=0.0), TimeLimit(seconds=0.0)):
            share = two.count((), limit).result()
            assert not share.done
            assert share.found < whole
        assert two.count((), TimeLimit()).result().found == whole


def test_an_error_in_a_thread_reaches_the_caller(monkeypatch: pytest.MonkeyPatch):
    net, problem = random_network(2, 3, 5), Problem.of(random_network(2, 3, 5), WholeSpace(3))

    def fail(*_: object) -> bool:
        raise ZeroDivisionError("of this test")

    monkeypatch.setattr(Traversal, "advance", fail)
    with work.Threads(problem, 2) as two, pytest.raises(ZeroDivisionError, match="of this test"):
        two.count((), TimeLimit()).result()
    monkeypatch.undo()
    assert int(count(net, jobs=2)) == int(count(net))


def test_an_interrupt_leaves_a_bracket_and_no_thread():
    net, box = random_network(2, 4, 20, 20), Box.cube(-1, 1, 4)
    problem, before = Problem.of(net, box), threading.active_count()

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    counting = run.count_within(problem, SUBJECT, Limits(jobs=2, report=interrupt))
    assert counting.interrupted
    assert threading.active_count() == before
    assert 1 <= counting.lower <= int(count(net, box)) <= counting.upper


def test_where_a_part_takes_long_to_begin_the_whole_is_shared(monkeypatch: pytest.MonkeyPatch):
    net, box = random_network(3, 40, 6, 4), Box.cube(-1, 1, 40)
    monkeypatch.setattr(run, "divided", None)
    assert int(count(net, box, jobs=2)) == int(count(net, box))
