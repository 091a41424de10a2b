"""Which engine runs is one decision, whoever asks: counts, lists, definitions, partitions, measures and parts."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from drawn import random_network

from verify import Box, count, dual_graph, partition, regions
from verify.engines import compiled, exact, fast, patterns, selection
from verify.engines.problem import Problem
from verify.engines.selection import select
from verify.measure.strata import strata
from verify.partitions.definitions import DEFINITIONS

NET, SQUARE = random_network(1, 2, 4, 3), Box.cube(-1, 1, 2)
PROBLEM = Problem.of(NET, SQUARE)
NUMBER = exact.count_cells(PROBLEM)

QUESTIONS: dict[str, Callable[[], object]] = {
    **{
        f"count {name}": lambda name=name: count(NET, SQUARE, definition=name)
        for name in DEFINITIONS
        if name != "convex"
    },
    "regions": lambda: list(regions(NET, SQUARE)),
    "linear regions": lambda: list(regions(NET, SQUARE, definition="linear")),
    "dual graph": lambda: dual_graph(NET, SQUARE),
    "partition": lambda: partition(NET, SQUARE),
    "strata": lambda: strata(NET, SQUARE),
    "patterns": lambda: list(patterns(PROBLEM)),
}

STREAMS = ("regions", "dual graph")
"""They take the regions as they come."""


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a compiler on which nothing was compiled; the exact engine is not done after its first moment."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("this would have compiled the engine")

    monkeypatch.setattr(compiled, "COMPILED", True)
    monkeypatch.setattr(selection, "is_ready", lambda: False)
    monkeypatch.setattr(selection, "_is_loaded", lambda: False)
    monkeypatch.setattr(selection, "EXACT_SECONDS", 1e-9)
    monkeypatch.setattr(fast, "Traversal", refuse)


@pytest.mark.usefixtures("cold")
@pytest.mark.parametrize("question", QUESTIONS)
def test_where_nothing_was_compiled_the_exact_engine_gets_more_time(question: str, capsys) -> None:
    QUESTIONS[question]()
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("cold")
@pytest.mark.parametrize("question", [name for name in QUESTIONS if name not in STREAMS])
def test_before_the_engine_is_compiled_one_line_says_so(question: str, monkeypatch, capsys) -> None:
    """Also for a list; a stream of regions stays with the exact engine, so that its order is always the same."""
    monkeypatch.setattr(selection, "COLD_SECONDS", 1e-9)
    with pytest.raises(AssertionError, match="would have compiled"):
        QUESTIONS[question]()
    assert capsys.readouterr().err.startswith("compiling the counting engine, once (kept in ")


@pytest.mark.parametrize(("seconds", "engine"), [(0.0, "polygon"), (math.inf, "exact"), (None, "polygon")])
def test_the_time_of_the_exact_engine_can_be_given(seconds: float | None, engine: str, monkeypatch) -> None:
    monkeypatch.setattr(selection, "_is_loaded", lambda: True)
    for wants in ("count", "list"):
        run = select(PROBLEM, wants=wants, seconds=seconds)
        assert run.engine == (engine if compiled.COMPILED else "exact")
    assert len(list(run.patterns())) == NUMBER == select(PROBLEM, seconds=seconds).count()


def test_a_run_goes_on_where_it_stopped_and_keeps_its_patterns() -> None:
    run = select(PROBLEM, engine="exact", wants="list")
    steps = 0
    while not run.advance(0.0):
        steps += 1
        assert (run.found, run.left) == (steps, 1.0)
    assert (run.found, run.left) == (NUMBER, 0.0)
    assert sorted(run.patterns()) == sorted(patterns(PROBLEM, "brute"))
    assert run.split_off_work() is None
