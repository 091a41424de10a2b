"""Which engine enumerates the regions of a problem; every count, list, part and certificate asks here.

The problem alone decides, as ``docs/architecture.md`` says.  Every engine finds the same regions.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Literal

from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Pattern
from verify.engines import exact
from verify.engines.problem import Problem

FAST_ENGINES = ("interval", "polygon", "simplex")
"""The geometries of the compiled core; the first two serve one and two inputs."""
NAMES = ("auto", *FAST_ENGINES, "images", "exact", "brute")
MANY_INPUTS = 30
"""Inputs beyond which a single step of the exact engine takes long."""
_WIDE = 5_000
"""Units of one layer from which on a line is counted by sorting: the core keeps a list of the units that are left for
each cell that waits."""
_FEW_REGIONS = 20_000
"""Regions: if there cannot be more they are enumerated."""


class Run(ABC):
    """One enumeration of the regions of a problem, in steps.

    So far it has ``found`` that number of regions, and the share ``left`` of the work is probably left.  This thread
    spent ``exact_seconds`` in Python, where no other thread can work; :meth:`advance` looks at the clock after
    ``yield_every`` seconds.  In the end ``statistics`` report on the work.
    """

    engine: str
    exact_seconds: float
    yield_every: float
    statistics: dict[str, Any]

    @property
    @abstractmethod
    def found(self) -> int: ...

    @property
    @abstractmethod
    def left(self) -> float: ...

    @abstractmethod
    def advance(self, deadline: float) -> bool:
        """Go on until all regions are found (True) or ``time.perf_counter()`` has reached the deadline."""

    def count(self) -> int:
        self.advance(math.inf)
        return self.found

    def patterns(self) -> Iterator[Pattern]:
        """The patterns of all regions, each once, if they were asked for; instead of :meth:`advance`, not after it."""
        raise NotImplementedError

    def split_off_work(self) -> Run | None:
        """A run of its own for part of what is left; None if it cannot be divided."""
        return None


class PlainRun(Run):
    """The patterns that an engine yields one by one, each counted as often as ``weight`` says."""

    found, left = 0, 1.0

    def __init__(
        self, engine: str, patterns: Iterator[Pattern], weight: Callable[[Pattern], int] = lambda _: 1
    ) -> None:
        self.engine, self.exact_seconds, self.yield_every, self.statistics = engine, 0.0, 0.0, {}
        self._patterns, self._weight = patterns, weight

    def advance(self, deadline: float) -> bool:
        began = time.thread_time()
        try:
            for pattern in self._patterns:
                self.found += self._weight(pattern)
                if time.perf_counter() >= deadline:
                    return False
        finally:
            self.exact_seconds += time.thread_time() - began
        self.left = 0.0
        return True

    def patterns(self) -> Iterator[Pattern]:
        return self._patterns


def select(
    problem: Problem, *, engine: str = "auto", wants: Literal["count", "list"] = "count", images: bool = True
) -> Run:
    """The run of the engine that serves the problem.

    With ``"list"`` patterns are kept, for :meth:`Run.patterns`.  ``images`` allows that a number is counted by images,
    which cannot be stopped, or from one chamber, which is not divided.  Raises NoInteriorError if the domain has no
    interior point, and UnsupportedError if the named engine does not serve the problem.
    """
    record = wants == "list"
    if engine != "auto":
        return _run(problem, engine, record)
    if not record and is_wide_line(problem):
        return _run(problem, "exact", record)
    if images and not record:
        from verify.engines.images.run import quickest_count

        if counted := quickest_count(problem):
            return counted
    try:
        return _run(problem, FAST_ENGINES[min(problem.dimension, 3) - 1], record)
    except UnsupportedError:
        return _run(problem, "exact", record)


def is_wide_line(problem: Problem) -> bool:
    """Whether a problem has one input and a layer so wide that the exact engine sorts, and is not divided."""
    return problem.dimension == 1 and max((layer.rows for layer in problem.network.hidden), default=0) > _WIDE


def is_small(problem: Problem) -> bool:
    """Whether there cannot be more regions than are enumerated at once."""
    most, d = 1, problem.dimension
    for layer in problem.network.hidden:
        hyperplanes = sum(unit.pieces - 1 for unit in layer.units)
        if min(d, hyperplanes) >= _FEW_REGIONS.bit_length():  # the sum is at least 2 to this power
            return False
        most *= sum(math.comb(hyperplanes, j) for j in range(min(d, hyperplanes) + 1))
        if most > _FEW_REGIONS:
            return False
        d = min(d, layer.width)
    return True


def require_engine(engine: str) -> None:
    """Raise an InvalidInputError that lists the engines, unless the name is ``"auto"`` or that of one of them."""
    if engine not in NAMES:
        raise InvalidInputError(f"unknown engine {engine!r}; choose one of {', '.join(NAMES)}")


def _run(problem: Problem, engine: str, record: bool) -> Run:
    for layer in problem.network.layers:
        layer.require_fractions()
    if engine in FAST_ENGINES:
        from verify.engines.fast import Traversal

        return Traversal(problem, engine, record=record)
    if engine == "images":
        if record:
            needed = "affine pieces (maps that are compared), linear regions (facets that are shared) and lists need"
            reason = "the engine images counts activation regions without listing them"
            raise UnsupportedError(f"{reason}, which {needed}; choose another engine")
        from verify.engines.images.run import ImageRun

        return ImageRun(problem)
    if engine == "exact":
        if problem.dimension == 1 and not record:
            return PlainRun(engine, (() for _ in exact.line_regions(problem)))
        return PlainRun(engine, (cell.pattern for cell in exact.cells(problem)))
    from verify.engines.brute import patterns_brute

    return PlainRun(engine, iter(patterns_brute(problem.network, problem.rows)))


def listed(problem: Problem, engine: str = "auto") -> tuple[list[Pattern], str]:
    """The patterns of the full-dimensional regions, all in memory and sorted, and the engine that listed them."""
    run = select(problem, engine=engine, wants="list")
    return sorted(run.patterns()), run.engine


def stream(problem: Problem, engine: str = "auto") -> Iterator[Pattern]:
    """The patterns one after the other, in an order that does not depend on the machine; none of them is kept."""
    if engine == "auto" and problem.dimension <= MANY_INPUTS:
        engine = "exact"  # which has the first one at once
    return select(problem, engine=engine, wants="list").patterns()
