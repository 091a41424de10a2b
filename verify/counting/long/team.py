"""Who counts the parts: threads, an executor, processes or a cluster, and this thread where that fails."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import pickle
import queue
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from theory.network import Pattern
from verify.counting.long import cluster
from verify.counting.long.outlook import Outlook
from verify.counting.long.threads import Threads
from verify.counting.long.work import Share, Time, Work, done_elsewhere, prepare_elsewhere

__all__ = ["Job", "Team"]

_AHEAD = 3
"""Parts in flight for each worker, so that none waits."""


@dataclass(order=True)
class Job:
    """A part that waits, the one that narrows the bracket fastest first.

    Attributes
    ----------
    priority : float
        Minus its haste.
    order : int
        Its number.
    part : Pattern
    patience : float
        Seconds of the processor after which it is divided.
    least : int
        Regions that it is known to have.
    outlook : Outlook
        What it can have.
    """

    priority: float
    order: int
    part: Pattern
    patience: float
    least: int
    outlook: Outlook = field(compare=False)


class Team:
    """Who counts parts: threads, an executor, or this thread.

    Where threads hold each other up, the executor that ``instead`` makes takes over.
    """

    def __init__(
        self,
        work: Work,
        executor: futures.Executor | Threads | None,
        workers: Callable[[], int],
        instead: Callable[[], futures.Executor] | None = None,
    ) -> None:
        self._work = work
        self._workers, self._instead = workers, instead
        self._jobs: dict[Any, tuple[Job, Time]] = {}
        # An interrupt in the middle of futures.wait leaves futures locked, and whoever has their results waits forever.
        self._ready: queue.SimpleQueue[futures.Future[Share]] = queue.SimpleQueue()
        self._employ(executor)

    def _employ(self, executor: futures.Executor | Threads | None) -> None:
        self._executor = executor
        self._sent: Any = None
        if isinstance(executor, futures.Executor):
            pickled = pickle.dumps(self._work)
            self._sent = executor.share(pickled) if isinstance(executor, cluster.Cluster) else pickled

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_: object) -> None:
        for job in () if self.shares else self._jobs:  # a part that threads have cannot be cancelled
            if isinstance(job, futures.Future):
                job.cancel()

    @property
    def running(self) -> list[Job]:
        """The parts that were started and are not settled."""
        return [job for job, _ in self._jobs.values()]

    @property
    def has_room(self) -> bool:
        """Whether another part may be started."""
        return len(self._jobs) < (1 if self._executor is None else self._workers() * _AHEAD)

    @property
    def shares(self) -> bool:
        """Whether a part is shared by all workers, so that none is too large."""
        return isinstance(self._executor, Threads)

    def underway(self) -> list[tuple[Job, int, float]]:
        """Parts that are being counted, as far as they tell: regions found, share of the work that is probably left."""
        if not isinstance(self._executor, Threads):
            return []
        return [
            (job, *self._executor.underway(key))
            for key, (job, _) in self._jobs.items()
            if isinstance(key, futures.Future)
        ]

    def prepare(self) -> None:
        """Let processes start and load the engine, while here something else is done."""
        if isinstance(self._executor, futures.ProcessPoolExecutor):
            with _deaf(), contextlib.suppress(futures.BrokenExecutor):  # which start() is told, too
                for _ in range(self._workers()):
                    self._executor.submit(prepare_elsewhere, self._sent)

    def start(self, job: Job, time: Time) -> None:
        """Have a part counted within a time."""
        if isinstance(self._executor, Threads) and self._executor.held_up:
            self._employ(self._instead() if self._instead else None)
        key: Any = None
        if isinstance(self._executor, Threads):
            key = self._executor.count(job.part, time, self._ready.put)
        elif self._executor is not None:
            try:
                with _deaf():
                    key = self._executor.submit(done_elsewhere, self._sent, job.part, time)
                    key.add_done_callback(self._ready.put)
            except futures.BrokenExecutor:  # from now on this thread counts
                self._executor = None
        self._jobs[key or job.order] = (job, time)

    def results(self, left: float) -> Iterator[tuple[Job, Share]]:
        """What became of the parts that are ready; waits so many seconds for one."""
        if not any(isinstance(key, futures.Future) for key in self._jobs):
            key = next(iter(self._jobs))
            job, time = self._jobs[key]
            share = self._work.do(job.part, time)
            del self._jobs[key]
            yield job, share
            return
        for key in self._finished(left):
            job, time = self._jobs[key]
            try:
                share = key.result()
            except cluster.lost():  # with whoever had it: this thread counts the part
                share = self._work.do(job.part, time)
            del self._jobs[key]
            yield job, share

    def _finished(self, left: float) -> list[futures.Future[Share]]:
        """Those that ended; waits so many seconds for one."""
        ready: list[futures.Future[Share]] = []
        with contextlib.suppress(queue.Empty):
            ready.append(self._ready.get(timeout=left))
            while True:
                ready.append(self._ready.get_nowait())
        return ready


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started in here do not hear Ctrl-C: it is for this one, which hears it afterward."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
