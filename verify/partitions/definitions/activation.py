"""R2, the activation regions: patterns that occur on an open set, counted or listed by the engines as they are."""

from collections.abc import Iterator
from typing import Any

from theory.geometry.region import Region
from verify.engines import ENGINES
from verify.engines.problem import Problem
from verify.engines.selection import stream


def count(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    """See :mod:`verify.partitions.definitions.definition`."""
    number, report = ENGINES[engine](problem)
    return number, number, {"engine": engine, **report}


def regions(problem: Problem, reduced: Problem, engine: str) -> Iterator[Region]:
    """The regions one after the other; none of them is kept."""
    return (Region(problem.network, pattern, problem.rows) for pattern in stream(reduced, engine))
