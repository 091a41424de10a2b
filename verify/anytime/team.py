"""Who counts the parts: an executor, processes or a cluster, and this thread where that fails."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from theory.network import Pattern
from verify.anytime import cluster
from verify.anytime.outlook import Outlook
from verify.anytime.work import Share, Time, Work, done_elsewhere, prepare_elsewhere

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
    """Who counts parts: an executor, or this thread."""

    def __init__(self, work: Work, executor: futures.Executor | None, workers: Callable[[], int]) -> None:
        self._work, self._executor = work, executor
        self._workers = workers
        self._sent: Any = None
        if executor is not None:
            pickled = pickle.dumps(work)
            self._sent = executor.share(pickled) if isinstance(executor, cluster.Cluster) else pickled
        self._jobs: dict[Any, tuple[Job, Time]] = {}

    def __enter__(self) -> Team:
        return self

    def __exit__(self, *_: object) -> None:
        for job in self._jobs:
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

    def prepare(self) -> None:
        """Let processes start and load the engine, while here something else is done."""
        if isinstance(self._executor, futures.ProcessPoolExecutor):
            with _deaf(), contextlib.suppress(futures.BrokenExecutor):  # which start() is told, too
                for _ in range(self._workers()):
                    self._executor.submit(prepare_elsewhere, self._sent)

    def start(self, job: Job, time: Time) -> None:
        """Have a part counted within a time."""
        key: Any = None
        if self._executor is not None:
            try:
                with _deaf():
                    key = self._executor.submit(done_elsewhere, self._sent, job.part, time)
            except futures.BrokenExecutor:  # from now on this thread counts
                self._executor = None
        self._jobs[key or job.order] = (job, time)

    def results(self, left: float) -> Iterator[tuple[Job, Share]]:
        """What became of the parts that are ready; waits so many seconds for one."""
        waiting = [key for key in self._jobs if isinstance(key, futures.Future)]
        if not waiting:
            key = next(iter(self._jobs))
            job, time = self._jobs[key]
            share = self._work.do(job.part, time)
            del self._jobs[key]
            yield job, share
            return
        ready, _ = futures.wait(waiting, left, futures.FIRST_COMPLETED)
        for key in ready:
            job, time = self._jobs[key]
            try:
                share = key.result()
            except cluster.lost():  # with whoever had it: this thread counts the part
                share = self._work.do(job.part, time)
            del self._jobs[key]
            yield job, share


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started in here do not hear Ctrl-C: it is for this one, which hears it afterwards."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
