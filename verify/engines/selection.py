"""Which engine enumerates the regions of a problem; every count, list, part and certificate asks here.

The exact engine starts at once and is done with most networks before a compiler would be loaded.  If it is not done
after :data:`EXACT_SECONDS`, the compiled engine starts over; loading it takes a second or two.  Compiling it for the
first time on a machine takes a minute or two, so then the exact engine gets :data:`COLD_SECONDS` before one line on
stderr announces that.  Where the compiled loop has run in this process already, it starts at once.  Numbers that leave
its range, and processes without a compiler, are served by the exact engine.

A long count does not wait for a compiler at all (:mod:`verify.counting.long.compiling`), and what must not depend on
the clock is decided by the size of the problem alone: the order of a stream of regions (:func:`stream`) and the lines
of a certificate (:func:`few_regions`).  On a line the exact engine counts by sorting
(:mod:`verify.engines.one_input`), also for layers that are too wide for the memory of the compiled one.  The decision
is about time and memory only: every engine finds the same regions.

A number alone is counted by images (:mod:`verify.engines.images`) where the form of the problem says that this may pay
and cells then do share images.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Pattern
from verify.engines import exact, one_input
from verify.engines.problem import Problem

__all__ = [
    "COLD_SECONDS",
    "COMPILED_ENGINES",
    "EXACT_SECONDS",
    "MANY_INPUTS",
    "Run",
    "few_regions",
    "is_ready",
    "is_wide_line",
    "listed",
    "load",
    "loads_once",
    "require_engine",
    "select",
    "stream",
]

COMPILED_ENGINES = ("interval", "polygon", "simplex")
"""The geometries of the compiled engine; the first two serve one and two inputs."""
EXACT_SECONDS = 1.0
"""Seconds that the exact engine gets before the compiled one is loaded."""
COLD_SECONDS = 20.0
"""The same where the compiled one would have to be compiled first."""
MANY_INPUTS = 30
"""Inputs beyond which a single exact step may take longer than loading the compiled engine."""
_FEW, _FEW_INPUTS = 6000, 16
"""Regions times the squared dimension up to which a certificate is written by exact arithmetic alone: in some seconds,
where the compiled functions take as long to load, or half a minute to compile.  But not in more dimensions than 16,
where an exact dictionary of the walls of a box alone has thousands of entries."""
_WIDE = 5_000
"""Units of one layer from which on a line is counted by sorting: the compiled engine keeps a list of the units that are
left for each cell that waits."""


class Run:
    """One enumeration of the regions of a problem, in steps.

    Attributes
    ----------
    engine : str
    found : int
        Regions found so far.
    left : float
        The share of the work that is probably left.
    exact_seconds : float
        Seconds of this thread that were spent in Python, where no other thread can work.
    yield_every : float
        Seconds after which :meth:`advance` looks at the clock.
    statistics : dict
        What the engine reports of its work in the end.
    """

    engine: str
    exact_seconds: float
    yield_every: float
    statistics: dict[str, Any]

    @property
    def found(self) -> int:
        raise NotImplementedError

    @property
    def left(self) -> float:
        raise NotImplementedError

    def advance(self, deadline: float) -> bool:
        """Go on until all regions are found (True) or ``time.perf_counter()`` has reached the deadline."""
        raise NotImplementedError

    def count(self) -> int:
        """The number of regions."""
        self.advance(math.inf)
        return self.found

    def patterns(self) -> Iterator[Pattern]:
        """The patterns of all regions, each once, if they were asked for."""
        raise NotImplementedError

    def split_off_work(self) -> Run | None:
        """A run of its own for part of what is left; None if it cannot be divided."""
        return None


class _PlainRun(Run):
    """The patterns that an engine yields one by one."""

    found, left = 0, 1.0

    def __init__(self, engine: str, patterns: Iterator[Pattern], record: bool) -> None:
        self.engine, self.exact_seconds, self.yield_every, self.statistics = engine, 0.0, 0.0, {}
        self._patterns, self._record, self._kept = patterns, record, list[Pattern]()

    def advance(self, deadline: float) -> bool:
        began = time.thread_time()
        try:
            for pattern in self._patterns:
                self.found += 1
                if self._record:
                    self._kept.append(pattern)
                if time.perf_counter() >= deadline:
                    return False
        finally:
            self.exact_seconds += time.thread_time() - began
        self.left = 0.0
        return True

    def patterns(self) -> Iterator[Pattern]:
        return itertools.chain(self._kept, self._patterns)


def select(
    problem: Problem,
    *,
    engine: str = "auto",
    wants: Literal["count", "list"] = "count",
    seconds: float | None = None,
) -> Run:
    """The run of the engine that suits the problem; it may be finished already, or have found some regions.

    Parameters
    ----------
    problem : Problem
    engine : str
        ``"auto"``, or the name of an engine to insist on it.
    wants : {"count", "list"}
        Whether patterns are kept, for :meth:`Run.patterns`.
    seconds : float, optional
        How long the exact engine may try before the compiled one starts, which may have to be compiled then; 0 and
        infinity choose between the two at once.  By default as the module's docstring says.

    Raises
    ------
    NoInteriorError
        If the domain has no interior point.
    UnsupportedError
        If the named engine does not serve the problem.
    """
    record = wants == "list"
    if engine != "auto":
        return _run(problem, engine, record)
    if not record and is_wide_line(problem):
        return _run(problem, "exact", record)
    if not record and seconds is None:
        from verify.engines.images.run import shared_count

        if counted := shared_count(problem):
            return counted
    from verify.engines.compiled import COMPILED, cache_folder

    wait = seconds
    if wait is None:
        wait = 0.0 if _is_loaded() or problem.dimension > MANY_INPUTS else EXACT_SECONDS
    run = None
    if wait or not COMPILED:
        run = _run(problem, "exact", record)
        if not COMPILED or wait == math.inf:
            return run
        began = time.perf_counter()
        if run.advance(began + wait):
            return run
        if seconds is None and not is_ready() and run.advance(began + COLD_SECONDS):
            return run
    if not is_ready():
        print(f"compiling the counting engine, once (kept in {cache_folder()})", file=sys.stderr, flush=True)
    with contextlib.suppress(UnsupportedError):
        return _run(problem, COMPILED_ENGINES[min(problem.dimension, 3) - 1], record)
    return run or _run(problem, "exact", record)


def is_wide_line(problem: Problem) -> bool:
    """Whether a problem has one input and a layer so wide that sorting counts its regions, and is not divided."""
    return problem.dimension == 1 and max((layer.rows for layer in problem.network.hidden), default=0) > _WIDE


def require_engine(engine: str) -> None:
    """Refuse a name that is neither ``"auto"`` nor that of an engine.

    Raises
    ------
    InvalidInputError
        With the names.
    """
    names = ("auto", *COMPILED_ENGINES, "images", "exact", "brute")
    if engine not in names:
        raise InvalidInputError(f"unknown engine {engine!r}; choose one of {', '.join(names)}")


def _run(problem: Problem, engine: str, record: bool) -> Run:
    """A new run of an engine."""
    if engine in COMPILED_ENGINES:
        from verify.engines.fast import Traversal

        return Traversal(problem, engine, record=record)
    if engine == "images":
        if record:
            raise UnsupportedError(
                "the engine images counts activation regions without listing them, which affine pieces (maps that are "
                "compared), linear regions (facets that are shared) and lists need; choose another engine"
            )
        from verify.engines.images.run import ImageRun

        return ImageRun(problem)
    if engine == "exact":
        if problem.dimension == 1 and not record:
            return _PlainRun(engine, (() for _ in one_input.regions(problem)), record)
        return _PlainRun(engine, (cell.pattern for cell in exact.cells(problem)), record)
    from verify.engines.brute import patterns_brute

    return _PlainRun(engine, iter(patterns_brute(problem.network, problem.rows)), record)


def listed(problem: Problem, engine: str = "auto") -> tuple[list[Pattern], str]:
    """The patterns of the full-dimensional regions in sorted order, and the name of the engine that listed them.

    Memory grows with the number of regions.
    """
    run = select(problem, engine=engine, wants="list")
    return sorted(run.patterns()), run.engine


def stream(problem: Problem, engine: str = "auto") -> Iterator[Pattern]:
    """The patterns one after the other, none of them kept, in an order that does not depend on the clock.

    The exact engine has the first one at once, unless there are very many inputs.
    """
    seconds = math.inf if problem.dimension <= MANY_INPUTS else 0.0
    return select(problem, engine=engine, wants="list", seconds=seconds).patterns()


def few_regions(dimension: int) -> int:
    """The most regions for which a certificate is written without a compiler, in a space of that dimension.

    It depends on nothing else: the same network, domain and number give the same bytes on every machine.
    """
    return _FEW // dimension**2 if dimension <= _FEW_INPUTS else 0


def is_ready() -> bool:
    """Whether the compiled engine can start without compiling: its loop ran in this process, or is on the disk.

    The loop is written there after everything that it calls.
    """
    from verify.engines.compiled import COMPILED, cache_folder

    return COMPILED and (_is_loaded() or any(cache_folder().glob("*/traverse.traverse-*.nbc")))


def _is_loaded() -> bool:
    """Whether the loop has run in this process."""
    module = sys.modules.get("verify.engines.traverse")
    return module is not None and bool(getattr(module.traverse, "signatures", True))


def loads_once(function: Callable[[], None]) -> Callable[[], None]:
    """Decorate what loads compiled code: it runs once in a process, in a thread of its own.

    An interrupt in the middle would leave the compiler's library useless for this process.
    """

    @functools.cache
    def load() -> None:
        with ThreadPoolExecutor(1) as other:
            other.submit(function).result()

    return functools.wraps(function)(load)


@loads_once
def load() -> None:
    """Load the compiled engine, or compile it; so that this takes none of the time that a count is given."""
    import numpy as np

    from theory.network import Network
    from verify.engines import simplex
    from verify.engines.fast import Traversal

    corner = ((1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 1))
    Traversal(Problem(Network.relu([([[1, 1, 1]], [0]), ([[1]], [0])]), corner)).count()
    dictionaries = simplex.new_simplex(3, 2, 1)  # and what exact answers call
    simplex.copy_slot(dictionaries, 0, 1, 0)
    simplex.express(dictionaries, 1, np.zeros(4), dictionaries.deep)
    simplex.descend(dictionaries, 1, 0, dictionaries.deep, -np.inf)
