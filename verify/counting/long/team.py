"""What counts the parts: threads, processes, an executor or a cluster, and this thread where there is none of them."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import sys
from collections.abc import Iterator
from typing import Any

from theory import __version__
from verify.counting.limits import Limits
from verify.counting.long.cluster import Cluster, lost
from verify.counting.long.search_node import Job
from verify.counting.long.threads import Threads
from verify.counting.long.work import PartCount, TimeLimit, Work, count_part, end_with_parent
from verify.engines.core import core

_AHEAD = 3
"""Parts in flight for each worker, so that none waits."""


def processes(stack: contextlib.ExitStack, number: int) -> futures.Executor:
    """So many processes, which end with the block that the stack belongs to, or with this process."""
    spawn = multiprocessing.get_context("spawn")
    receiver, sender = spawn.Pipe(duplex=False)
    stack.enter_context(receiver)
    pool = futures.ProcessPoolExecutor(number, mp_context=spawn, initializer=end_with_parent, initargs=(receiver,))
    stack.enter_context(pool)
    stack.enter_context(sender)  # closed first: then the processes end
    return pool


def workers(stack: contextlib.ExitStack, limits: Limits) -> futures.Executor | None:
    """What limits say that does the work: an executor, a cluster or processes; None if it is this thread."""
    given = limits.executor
    if given is None:
        return processes(stack, limits.jobs) if limits.jobs > 1 else None
    return given if isinstance(given, futures.Executor) else Cluster(given)


class Team(contextlib.ExitStack):
    """The workers that limits ask for, while the block runs; the ``executor`` is None where this thread counts.

    Threads count where there is a compiled core and no certificate is written.  Where they turn out to wait for each
    other, processes take over; where an executor breaks, this thread.
    """

    def __init__(self, work: Work, limits: Limits) -> None:
        super().__init__()
        self._work, self._limits = work, limits
        self._jobs: dict[futures.Future[PartCount], tuple[Job, TimeLimit]] = {}
        # An interrupt in the middle of futures.wait leaves futures locked, and asking for their results waits forever.
        self._ready: queue.SimpleQueue[futures.Future[PartCount]] = queue.SimpleQueue()
        self.executor: futures.Executor | Threads | None = None
        self._sent: Any = None

    def __enter__(self) -> Team:
        jobs, free = self._limits.jobs, self._limits.executor is None and self._work.writer is None
        if jobs > 1 and core is not None and free:
            self.executor = self.enter_context(Threads(self._work.problem, jobs))
        elif (executor := workers(self, self._limits)) is not None:
            self._set_executor(executor)
        return self

    def __exit__(self, *details: Any) -> bool | None:
        for future in () if self.shares_parts else self._jobs:  # a part that threads have cannot be cancelled
            future.cancel()
        return super().__exit__(*details)

    def _set_executor(self, executor: futures.Executor) -> None:
        pickled = pickle.dumps(self._work)
        self._sent = executor.share(pickled) if isinstance(executor, Cluster) else pickled
        self.executor = executor

    @property
    def shares_parts(self) -> bool:
        """Whether a part is shared by all workers, so that none is too large."""
        return isinstance(self.executor, Threads)

    @property
    def running(self) -> list[Job]:
        """The parts that were started and are not settled."""
        return [job for job, _ in self._jobs.values()]

    @property
    def has_room(self) -> bool:
        """Whether another part may be started."""
        if self.executor is None:
            return not self._jobs
        jobs = self._limits.jobs
        known = jobs if jobs > 1 else os.cpu_count() or 1
        many = self.executor.workers if isinstance(self.executor, Cluster) else known
        return len(self._jobs) < many * _AHEAD

    def in_work(self) -> list[tuple[Job, int, float]]:
        """Parts that threads are counting: regions found, share of the work that is probably left."""
        if not isinstance(self.executor, Threads):
            return []
        return [(job, *self.executor.in_work(future)) for future, (job, _) in self._jobs.items()]

    def start(self, job: Job, limit: TimeLimit) -> None:
        """Have a part counted within a time."""
        if isinstance(self.executor, Threads) and self.executor.gil_bound:
            self._set_executor(processes(self, self._limits.jobs))
        future: futures.Future[PartCount] = futures.Future()
        with _sigint_blocked():
            try:
                if isinstance(self.executor, Threads):
                    future = self.executor.count(job.part, limit)
                elif self.executor is not None:
                    future = self.executor.submit(count_part, self._sent, __version__, job.part, limit)
            except futures.BrokenExecutor:
                self.executor = None
            if self.executor is None:  # this thread counts what is lost
                future.set_exception(futures.BrokenExecutor())
            self._jobs[future] = (job, limit)
            future.add_done_callback(self._ready.put)

    def results(self, seconds: float) -> Iterator[tuple[Job, PartCount]]:
        """The results for the parts that are ready; waits so many seconds for one."""
        ready: list[futures.Future[PartCount]] = []
        with contextlib.suppress(queue.Empty):
            ready.append(self._ready.get(timeout=seconds))
            while True:
                ready.append(self._ready.get_nowait())
        for future in ready:
            job, limit = self._jobs[future]
            try:
                counted = future.result()
            except lost():
                counted = self._work.count(job.part, limit)
            del self._jobs[future]
            yield job, counted


@contextlib.contextmanager
def _sigint_blocked() -> Iterator[None]:
    """Ctrl-C is heard after the block, and by this process alone: processes started inside ignore it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
