"""Budgets are kept: nothing is compiled first, and what takes too long is broken off."""

import threading
import time

import pytest
from drawn import random_network

from verify import Box, count
from verify.certificate import centers as centers
from verify.certificate import parts as certificate_parts
from verify.certificate import proposals
from verify.counting.long import alarm, compiling, threads
from verify.counting.long.alarm import broken_off
from verify.counting.long.work import Time, Work
from verify.engines import Problem, fast, selection, simplex


def test_something_is_broken_off_only_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(alarm, "_OFTEN", 0.001)
    done = []
    before = threading.active_count()
    assert not broken_off(lambda: done.append(1), lambda: True)
    assert broken_off(lambda: done.append(2) or _forever(), lambda: True)
    assert done == [1, 2]
    assert threading.active_count() == before
    for _ in range(100):  # whichever comes first, nothing is raised afterward
        broken_off(lambda: time.sleep(0.001), lambda: True)
        assert sum(range(100)) == 4950
    with pytest.raises(KeyError):
        broken_off(lambda: {}["what goes wrong is not hidden"], lambda: False)


def _forever() -> None:
    while True:
        pass


def test_an_answer_that_never_comes_does_not_hold_up_a_budget(monkeypatch: pytest.MonkeyPatch):
    """Neither where a part is counted nor where it is divided; the bracket is true all the same."""
    net, box = random_network(2, 3, 8, 8), Box.cube(-1, 1, 3)
    number = int(count(net, box))
    selection.load()
    monkeypatch.setattr(fast.Traversal, "advance", lambda *_: _forever())
    found = count(net, box, budget=0.5)
    assert found.lower <= number <= found.upper
    assert Work(Problem.of(net, box)).do((), Time(patience=0.01)).done is False
    monkeypatch.undo()
    monkeypatch.setattr(fast.Traversal, "advance", lambda *_: False)  # too large, to be divided
    monkeypatch.setattr(fast.Traversal, "patterns", lambda *_: iter(_forever, 0))
    found = count(net, box, budget=3)
    assert found.lower <= number <= found.upper


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A machine on which nothing was compiled; what is asked of a compiler is listed."""
    asked: list[str] = []

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("this would have compiled the engine")

    monkeypatch.setattr(selection, "is_ready", lambda: False)
    monkeypatch.setattr(compiling, "begin", lambda: asked.append("begin"))
    monkeypatch.setattr(fast, "Traversal", refuse)
    return asked


@pytest.mark.usefixtures("impatient")
def test_where_nothing_was_compiled_a_short_budget_is_spent_by_the_exact_engine(cold: list[str]):
    net, box = random_network(2, 2, 4, 3), Box.cube(-1, 1, 2)
    found = count(net, box, budget=compiling.WORTH)
    assert found.lower <= int(count(net, box, engine="exact")) <= found.upper
    assert not cold


def test_without_a_budget_the_engine_is_compiled_beside_the_count(cold: list[str]):
    net, box = random_network(2, 3, 6, 5), Box.cube(-1, 1, 3)
    assert count(net, box, report=lambda _: None) == int(count(net, box, engine="exact"))
    assert "begin" in cold


def test_an_engine_counts_as_compiled_when_its_loop_is_on_the_disk(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(selection, "_is_loaded", lambda: False)
    monkeypatch.setattr("verify.engines.compiled.COMPILED", True)
    monkeypatch.setenv("LINREGIONS_CACHE", str(tmp_path))
    from verify.engines.compiled import cache_folder

    folder = cache_folder() / "engines"
    folder.mkdir(parents=True)
    (folder / "simplex.pivot-1.py311.1.nbc").touch()  # a part of it, compiled before somebody lost patience
    assert not selection.is_ready()
    (folder / "traverse.traverse-1.py311.1.nbc").touch()
    assert selection.is_ready()


def test_what_is_compiled_is_loaded_before_anything_may_be_broken_off():
    """Were the library interrupted while it loads a function, it would be of no use for the rest of the process."""
    selection.load()
    certificate_parts.load()
    called = {
        simplex: ("copy_slot", "express", "descend"),
        proposals: ("start", "survey", "restrict", "split", "largest"),
        centers: ("center", "coarsest", "surely_inside"),
    }
    for module, names in called.items():
        for name in names:
            assert getattr(getattr(module, name), "signatures", True), name


def test_an_exact_answer_for_which_nobody_waits_is_broken_off_in_a_thread(monkeypatch: pytest.MonkeyPatch):
    net, box = random_network(2, 3, 8, 8), Box.cube(-1, 1, 3)
    number = int(count(net, box))
    problem = Problem.of(net, box)
    monkeypatch.setattr(fast.Traversal, "advance", lambda *_: _forever())
    with threads.Threads(problem, 2) as two:
        share = two.count((), Time(left=0.1)).result()
    assert not share.done
    assert share.found <= number
