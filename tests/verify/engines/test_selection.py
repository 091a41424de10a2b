"""Which engine runs is one decision for all of them: counts, lists, definitions, partitions, measures and parts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from drawn import count_cells, random_network

from theory import Network
from theory.errors import UnsupportedError
from verify import Box, WholeSpace, count, dual_graph, regions
from verify.engines import fast, patterns, selection
from verify.engines.problem import Problem
from verify.engines.selection import select
from verify.measure.strata import strata
from verify.partitions.definitions import DEFINITIONS

NET, SQUARE = random_network(1, 2, 4, 3), Box.cube(-1, 1, 2)
PROBLEM = Problem.of(NET, SQUARE)
NUMBER = count_cells(PROBLEM)
RUN = selection._run

QUESTIONS: dict[str, Callable[[], object]] = {
    **{
        f"count {name}": lambda name=name: count(NET, definition=name)
        for name in DEFINITIONS
        if name not in ("convex", "linear")  # linear regions in a polygon are counted by its subdivision
    },
    "linear regions": lambda: list(regions(NET, SQUARE, definition="linear")),
    "strata": lambda: strata(NET, SQUARE),
    "patterns": lambda: list(patterns(PROBLEM)),
}
STREAMS: dict[str, Callable[[], object]] = {
    "regions": lambda: list(regions(NET, SQUARE)),
    "dual graph": lambda: dual_graph(NET, SQUARE),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_by_the_same_engine(question: str, monkeypatch) -> None:
    chosen = []
    monkeypatch.setattr(selection, "_run", lambda *given: chosen.append(given[1]) or RUN(*given))
    QUESTIONS[question]()
    assert set(chosen) == {"polygon"}


@pytest.mark.parametrize("question", STREAMS)
def test_a_stream_of_regions_has_the_order_of_the_exact_engine(question: str, monkeypatch) -> None:
    """On every machine, with a compiled core or without."""
    chosen = []
    monkeypatch.setattr(selection, "_run", lambda *given: chosen.append(given[1]) or RUN(*given))
    STREAMS[question]()
    assert set(chosen) == {"exact"}


def test_the_exact_engine_serves_what_the_core_does_not(monkeypatch) -> None:
    far = Network.relu([([[1, 0], [Fraction(1, 2**300), 1]], [Fraction(2**300), 0]), ([[1, 1]], [0])])
    assert select(Problem.of(far, WholeSpace(2))).engine == "exact"
    monkeypatch.setattr(fast, "core", None)
    for wants in ("count", "list"):
        assert select(PROBLEM, wants=wants).engine == "exact"
    with pytest.raises(UnsupportedError, match="not compiled on this machine"):
        select(PROBLEM, engine="polygon")
    assert count(NET, SQUARE) == NUMBER


def test_a_run_goes_on_where_it_stopped() -> None:
    run = select(PROBLEM, engine="exact")
    steps = 0
    while not run.advance(0.0):
        steps += 1
        assert (run.found, run.left) == (steps, 1.0)
    assert (run.found, run.left) == (NUMBER, 0.0)
    assert run.split_off_work() is None
