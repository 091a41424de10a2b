"""The loop of a long count: which part is next, who counts it, and what is known so far."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import functools
import heapq
import math
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theory.errors import InternalError, InvalidInputError, UnsupportedError
from theory.network import Pattern
from verify.anytime import cluster
from verify.anytime.checkpoint import Checkpoint
from verify.anytime.parts import Bounds, divide, is_whole, restricted
from verify.engines.exact import cells
from verify.engines.fast import Traversal
from verify.engines.problem import Problem

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["AnytimeCount", "count_within"]

_WANTED = 32
"""Parts that a part is divided into, at least."""
_PATIENCE = 2.0
"""Seconds after which a part is divided; its parts get twice as long."""
_AHEAD = 3
"""Parts in flight for each worker, so that none waits."""


@dataclass(order=True)
class _Open:
    """A part that waits, the largest bound first."""

    priority: int
    order: int
    part: Pattern
    patience: float


class AnytimeCount:
    """A count of activation regions that may stop at any moment and go on later.

    Attributes
    ----------
    lower, upper : int
        The count lies between them; they only ever come closer.
    finished, waiting : int
        Parts that are counted, and parts that are not.
    regions : int
        Regions of the finished parts.
    interrupted : bool
        Whether a person ended it.

    Examples
    --------
    >>> from theory import Network
    >>> from verify import WholeSpace
    >>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    >>> run = AnytimeCount(Problem.of(net, WholeSpace(2)))
    >>> run.lower, run.upper
    (1, 7)
    >>> run.go()
    >>> run.lower, run.upper
    (7, 7)
    """

    def __init__(self, problem: Problem, *, checkpoint: Checkpoint | None = None) -> None:
        self.problem = problem
        self._checkpoint = checkpoint
        self._bounds = Bounds(problem)
        self._open: list[_Open] = []
        self._sum = 0  # of the bounds of all parts that are not finished
        self._made = 0
        self.regions = self.finished = self.waiting = 0
        self.interrupted = False
        known = checkpoint.bracket if checkpoint else None
        self.lower, self.upper = known or (1, self._bounds(()))
        self._put((), _PATIENCE / 2)
        self._update()

    @property
    def exact(self) -> bool:
        """Whether lower = upper."""
        return self.lower == self.upper

    @property
    def share(self) -> float:
        """How much of what the upper bound allows is settled, between 0 and 1."""
        return float(Fraction(self.regions, self.regions + self._sum))

    def go(
        self,
        *,
        seconds: float | None = None,
        regions: int | None = None,
        executor: futures.Executor | None = None,
        workers: Callable[[], int] = lambda: 1,
        report: Callable[[], object] | None = None,
    ) -> None:
        """Count until it is exact, the time is over, or so many regions are found.

        Parameters
        ----------
        executor : concurrent.futures.Executor, optional
            Who counts the parts; without one, this thread does.
        workers : callable
            How many parts the executor can count at a time; a cluster may grow.
        report : callable, optional
            Called without arguments whenever something is known that was not.
        """
        deadline = math.inf if seconds is None else time.perf_counter() + seconds
        with _Team(self.problem, executor, workers) as team:
            while self._open or team.running:
                left = deadline - time.perf_counter()
                if left <= 0 or (regions is not None and self.lower >= regions):
                    break
                while self._open and team.has_room:
                    job = heapq.heappop(self._open)
                    team.start(job, min(job.patience, left))
                for job, found, done in team.results(left):
                    self._settle(job, found, done, late=time.perf_counter() >= deadline)
                    if report is not None:
                        report()
            for job in team.running:
                heapq.heappush(self._open, job)

    def _put(self, part: Pattern, patience: float) -> None:
        """A new part; its count may be known already, or that it was divided."""
        known = self._checkpoint.done.get(part) if self._checkpoint else None
        if is_whole(self.problem, part):
            known = 1
        if known is not None:
            self.regions += known
            self.finished += 1
        elif self._checkpoint and part in self._checkpoint.divided:
            self._divide(part, patience)
        else:
            bound = self._bounds(part)
            self._made += 1
            self._sum += bound
            self.waiting += 1
            heapq.heappush(self._open, _Open(-bound, self._made, part, patience))

    def _divide(self, part: Pattern, patience: float) -> None:
        for child in divide(self.problem, part, _WANTED):
            self._put(child, 2 * patience)

    def _settle(self, job: _Open, found: int, done: bool, late: bool) -> None:
        """What became of a part: counted; or not yet, and then it is divided unless the time is over."""
        if not done and late:
            self.lower = max(self.lower, self.regions + found + self.waiting - 1)
            heapq.heappush(self._open, job)
            return
        self._sum += job.priority
        self.waiting -= 1
        if done:
            self.regions += found
            self.finished += 1
            if self._checkpoint:
                self._checkpoint.add(job.part, found)
        else:
            self.lower = max(self.lower, self.regions + found + self.waiting)
            if self._checkpoint:
                self._checkpoint.divide(job.part)
            self._divide(job.part, job.patience)
        self._update()

    def _update(self) -> None:
        """Every part that waits has a region at least, and no more than its bound."""
        self.lower = max(self.lower, self.regions + self.waiting)
        self.upper = min(self.upper, self.regions + self._sum)
        if self.lower > self.upper:
            raise InternalError(f"{self.lower} regions were found where at most {self.upper} are possible")


def count_within(
    problem: Problem,
    subject: tuple[str, str],
    *,
    seconds: float | None = None,
    regions: int | None = None,
    jobs: int = 1,
    executor: futures.Executor | Client | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    report: Callable[[AnytimeCount], object] | None = None,
) -> AnytimeCount:
    """Run a count with everything that was asked for: limits, processes of our own or an executor, a checkpoint.

    ``subject`` are the digests of network and domain, which a checkpoint must agree with.  An interrupt ends the count
    like a limit: what is proved stays proved.
    """
    if jobs < 1:
        raise InvalidInputError(f"jobs is {jobs}; at least one is needed")
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(contextlib.closing(Checkpoint(checkpoint, subject))) if checkpoint else None
        run = AnytimeCount(problem, checkpoint=kept)
        team: futures.Executor | None = None
        if executor is not None:
            team = cluster.as_executor(executor)
        elif jobs > 1:
            spawn = multiprocessing.get_context("spawn")
            team = stack.enter_context(futures.ProcessPoolExecutor(jobs, mp_context=spawn))
        known = jobs if jobs > 1 else os.cpu_count() or 1

        def workers() -> int:
            return team.workers if isinstance(team, cluster.Cluster) else known

        tell = None if report is None else functools.partial(report, run)
        try:
            run.go(seconds=seconds, regions=regions, executor=team, workers=workers, report=tell)
        except KeyboardInterrupt:
            run.interrupted = True
        if kept and not run.exact:
            kept.stop(run.lower, run.upper)
    return run


class _Team:
    """Who counts parts: an executor, or this thread."""

    def __init__(self, problem: Problem, executor: futures.Executor | None, workers: Callable[[], int]) -> None:
        self._problem, self._executor = problem, executor
        self._workers = workers
        self._sent: Any = None
        if executor is not None:
            pickled = pickle.dumps(problem)
            self._sent = executor.share(pickled) if isinstance(executor, cluster.Cluster) else pickled
        self._jobs: dict[Any, tuple[_Open, float]] = {}

    def __enter__(self) -> _Team:
        return self

    def __exit__(self, *_: object) -> None:
        for job in self._jobs:
            if isinstance(job, futures.Future):
                job.cancel()

    @property
    def running(self) -> list[_Open]:
        """The parts that were started and are not settled."""
        return [job for job, _ in self._jobs.values()]

    @property
    def has_room(self) -> bool:
        """Whether another part may be started."""
        return len(self._jobs) < (1 if self._executor is None else self._workers() * _AHEAD)

    def start(self, job: _Open, seconds: float) -> None:
        """Have a part counted for so many seconds at most."""
        key: Any = None
        if self._executor is not None:
            try:
                key = self._executor.submit(_count_elsewhere, self._sent, job.part, seconds)
            except futures.BrokenExecutor:  # from now on this thread counts
                self._executor = None
        self._jobs[key or job.order] = (job, seconds)

    def results(self, left: float) -> Iterator[tuple[_Open, int, bool]]:
        """(part, regions found, whether that is all) for those that are ready; waits for one, but not for ever."""
        waiting = [key for key in self._jobs if isinstance(key, futures.Future)]
        if not waiting:
            key = next(iter(self._jobs))
            job, seconds = self._jobs[key]
            found, done = count_part(self._problem, job.part, seconds)
            del self._jobs[key]
            yield job, found, done
            return
        ready, _ = futures.wait(waiting, min(left, _PATIENCE), futures.FIRST_COMPLETED)
        for key in ready:
            job, seconds = self._jobs[key]
            try:
                found, done = key.result()
            except cluster.lost():  # with whoever had it: this thread counts the part
                found, done = count_part(self._problem, job.part, seconds)
            del self._jobs[key]
            yield job, found, done


def count_part(problem: Problem, part: Pattern, seconds: float) -> tuple[int, bool]:
    """(regions found, whether these are all) of a part, within a time."""
    deadline = time.perf_counter() + seconds
    inside = restricted(problem, part)
    try:
        run = Traversal(inside)
    except UnsupportedError:
        found = 0
        for _ in cells(inside):
            found += 1
            if time.perf_counter() >= deadline:
                return found, False
        return found, True
    done = run.advance(deadline)
    return run.found, done


@functools.lru_cache(maxsize=4)
def _unpickled(problem: bytes) -> Problem:
    """The problem, and the engine loaded: that takes seconds, which no part should be charged for."""
    result: Problem = pickle.loads(problem)
    count_part(result, (), 0)
    return result


def _count_elsewhere(problem: bytes, part: Pattern, seconds: float) -> tuple[int, bool]:
    return count_part(_unpickled(problem), part, seconds)
