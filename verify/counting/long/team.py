"""What counts the parts: threads, processes, an executor or a cluster, and this thread where there is none of them.

Dask, on this machine, on Slurm or Kubernetes, or wherever it runs, sends a part to a worker, sends it to another one
when that worker dies, and asks for more workers while parts wait.  :class:`Cluster` only makes sure that every part
ends: Dask's own executor (``Client.get_executor``) leaves futures pending when the client closes, and tasks on the
cluster and tracebacks on the terminal when they are cancelled.
"""

from __future__ import annotations

import asyncio
import concurrent.futures as futures
import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from theory import __version__
from theory.errors import InvalidInputError, imported
from verify.counting.limits import Limits
from verify.counting.long.search_node import Job
from verify.counting.long.work import PartCount, Threads, TimeLimit, Work, count_part, end_with_parent
from verify.engines.core import core

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

_TIMEOUT = 10.0
"""Seconds within which a scheduler must answer."""
_RETRIES = 2
"""How often an error of a worker, full memory say, is attributed to that worker and the part given to another one."""
_REFRESH, _NEWCOMERS = 2.0, 8
"""Seconds after which the scheduler is asked again for the number of workers; and workers that may come any moment."""
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
        known = self._limits.jobs if self._limits.jobs > 1 else os.cpu_count() or 1
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


class Cluster(futures.Executor):
    """The workers of a Dask client, which stays open; one that is closed or asynchronous raises InvalidInputError."""

    def __init__(self, client: Client) -> None:
        if client.asynchronous or client.status != "running":
            state = "asynchronous" if client.asynchronous else client.status
            raise InvalidInputError(f"the Dask client is {state}; give a synchronous one that is connected")
        self._client = client
        self._known = (-_REFRESH, _NEWCOMERS)

    @property
    def workers(self) -> int:
        """How many workers to have parts ready for: more than there are, for a cluster grows when something waits."""
        when, number = self._known
        if time.monotonic() - when >= _REFRESH:
            with contextlib.suppress(Exception):  # a client that is closed
                number = 2 * sum(self._client.nthreads().values()) + _NEWCOMERS
            self._known = (time.monotonic(), number)
        return number

    def share(self, data: bytes) -> Any:
        """What stands for the data among the arguments of a task; each worker that needs them fetches them once."""
        import dask

        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"}):
            return self._client.submit(bytes, data, pure=False, retries=_RETRIES)

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> futures.Future[Any]:
        """Have it computed by a worker; ``BrokenExecutor`` if the client is closed or has lost its scheduler."""
        try:
            there = self._client.submit(function, *arguments, **named, pure=False, retries=_RETRIES)
        except Exception as error:
            raise futures.BrokenExecutor(str(error)) from error
        here: futures.Future[Any] = futures.Future()
        here.add_done_callback(lambda _: there.cancel() if here.cancelled() else None)
        there.add_done_callback(lambda ended: _pass_on(here, ended))
        return here


def _pass_on(here: futures.Future[Any], there: DaskFuture) -> None:
    """Pass on the result, or any error on the way: the caller would wait forever for a future that never ends.

    An error that is not the task's own, as from a client that is closed while it fetches the result, is a
    ``BrokenExecutor``: it says nothing about the part.
    """
    if here.set_running_or_notify_cancel():
        try:
            here.set_result(there.result())
        except BaseException as error:
            here.set_exception(error if there.status == "error" else futures.BrokenExecutor(str(error)))
    there.release()


def lost() -> tuple[type[BaseException], ...]:
    """The errors that say that a part was not counted, and nothing about the part."""
    dask = sys.modules.get("distributed")
    killed = (dask.KilledWorker,) if dask else ()
    return (futures.BrokenExecutor, futures.CancelledError, OSError, MemoryError, *killed)


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at an address such as ``tcp://scheduler:8786``; InvalidInputError if none answers."""
    distributed = imported("distributed", "cluster", f"--scheduler {address}")

    async def ask() -> Any:
        arguments = distributed.Security().get_connection_args("client")
        async with distributed.rpc(address, timeout=_TIMEOUT, connection_args=arguments) as peer:
            return (await peer.identity())["type"]

    try:  # before a client is made, which would leave threads behind if nothing answers
        kind = asyncio.run(asyncio.wait_for(ask(), _TIMEOUT + 1))
    except Exception as error:  # a program that is no scheduler may send anything
        reason = "no answer" if isinstance(error, OSError) else str(error) or type(error).__name__
        raise InvalidInputError(
            f"no Dask scheduler at {address!r} ({reason}); give the address that it prints when it starts, "
            "for example tcp://localhost:8786"
        ) from None
    if kind != "Scheduler":
        raise InvalidInputError(f"at {address} is a Dask {kind.lower()}; give the address of the scheduler")
    client = distributed.Client(address, timeout=_TIMEOUT, set_as_default=False)
    try:
        yield client
    finally:
        with contextlib.suppress(OSError):
            client.close(timeout=_TIMEOUT)
