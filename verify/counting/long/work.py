"""What workers do: count a part within a time, and write its lines of the certificate if one is wanted.

Threads of this process count parts together: the compiled loop lets all of them run at a time.  A thread that finds
nothing to do takes over part of what another one has left (:meth:`verify.engines.selection.Run.split_off_work`), so no
part is too large to be shared, and all threads end together.  Python code, exact answers above all, runs in one thread
at a time: it holds the global interpreter lock.  Where that takes so much of the time that the threads wait for each
other, all of them give up: processes serve that problem better.

>>> from theory import Network
>>> from verify import WholeSpace
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> with Threads(Problem.of(net, WholeSpace(2)), 2) as threads:
...     parts = [threads.count(part, TimeLimit()) for part in (((0,),), ((1,),))]
...     [part.result() for part in parts]
[PartCount(found=3, done=True, lines=None), PartCount(found=4, done=True, lines=None)]
"""

import functools
import math
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import NamedTuple

from theory import __version__
from theory.deadline import DeadlineExceededError, check, until
from theory.errors import InternalError, InvalidInputError
from theory.network import Pattern
from verify.certificate.parts import PartWriter
from verify.counting.long.parts import restricted
from verify.engines.problem import Problem
from verify.engines.selection import Run, select

_WRITTEN = 3000
"""Regions whose lines can be written in a second; a part with more than fit in the time is divided at once."""

_YIELD_EVERY = 0.02
"""Seconds after which a thread looks whether another one has nothing to do."""
_TRIAL = 0.3
"""Seconds of the processor after which it is judged whether the threads wait for each other."""
_ENDED = threading.Event()
"""Set in a worker process when the count that started it has ended."""


def end_with_parent(pipe: Connection) -> None:
    """Let a worker process end when the count does that started it, which closes its end of the pipe, or is killed.

    Nothing is shared that a killed process could leave locked.
    """

    def wait() -> None:
        pipe.poll(None)
        _ENDED.set()
        if parent := multiprocessing.parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


class TimeLimit(NamedTuple):
    """How long a part may take.

    ``cpu_seconds`` are those of the worker's processor, so that on a busy machine a part is not taken for a large one;
    ``seconds``, by the clock, pass until the budget of the count ends.
    """

    cpu_seconds: float = math.inf
    seconds: float = math.inf

    def over(self) -> Callable[[], bool]:
        """For this thread, from now on: whether the time is over, or the count has ended."""
        cpu_deadline, deadline = time.thread_time() + self.cpu_seconds, time.perf_counter() + self.seconds
        return lambda: time.thread_time() >= cpu_deadline or time.perf_counter() >= deadline or _ENDED.is_set()


class PartCount(NamedTuple):
    """What is known of a part: regions found, whether these are all, and then its lines, if a certificate is wanted."""

    found: int
    done: bool
    lines: bytes | None = None


@dataclass(frozen=True)
class Work:
    """A problem to be counted in parts, with or without a certificate."""

    problem: Problem
    writer: PartWriter | None = None

    def count(self, part: Pattern, limit: TimeLimit) -> PartCount:
        """Count a part within a time, and write its lines, for which there is as much time again."""
        most = math.inf if self.writer is None else _WRITTEN * min(limit.cpu_seconds, limit.seconds)
        found, done = _count(restricted(self.problem, part), limit, most)
        if self.writer is None or not done:
            return PartCount(found, done)
        with suppress(DeadlineExceededError), until(limit.over()):
            if written := self.writer.lines(part):
                lines, shown = written
                if shown == found:
                    return PartCount(found, True, lines)
                raise InternalError(f"the part {part} has {found} regions but its lines show {shown}; please report it")
        return PartCount(found, False)


def _count(problem: Problem, limit: TimeLimit, most: float) -> tuple[int, bool]:
    """(regions found, whether these are all); it ends after a time, or soon after so many regions."""
    run: Run | None = None
    with suppress(DeadlineExceededError), until(limit.over()):
        run = select(problem, images=False)
        run.yield_every = min(run.yield_every, limit.cpu_seconds, limit.seconds)
        while not (done := run.advance(0.0)) and run.found <= most:
            check()
        return run.found, done
    return run.found if run else 0, False


@functools.lru_cache(maxsize=4)
def _unpickled(work: bytes) -> Work:
    """The work, and all modules loaded, which no part should be charged for."""
    result: Work = pickle.loads(work)
    _count(result.problem, TimeLimit(0.0), math.inf)
    return result


def count_part(work: bytes, expected: str, part: Pattern, limit: TimeLimit) -> PartCount:
    """What a worker is asked to do, by a count of this version; a worker of another one raises InvalidInputError."""
    if __version__ != expected:
        raise InvalidInputError(
            f"a worker has linregions {__version__}, the process that counts has {expected}; "
            "install one version on both"
        )
    return _unpickled(work).count(part, limit)


@dataclass(eq=False)
class _Part:
    """A part in work: runs that are not finished, and what the finished ones have found."""

    pattern: Pattern
    cpu_seconds: float  # left, for all pieces together
    deadline: float
    future: Future[PartCount] = field(default_factory=Future)
    open: int = 1  # pieces that wait or are in work; at 0 the part ends
    pieces: list[Run] = field(default_factory=list)  # those that are begun
    found: int = 0  # regions of pieces that have ended
    done: bool = True  # whether these were counted to the end
    given_up: bool = False  # from now on no piece of it is counted further


class Threads(AbstractContextManager["Threads"]):
    """So many threads that count parts of one problem, until they are ``gil_bound``: they wait for the interpreter."""

    def __init__(self, problem: Problem, number: int) -> None:
        self.gil_bound = False
        self._problem, self._number = problem, number
        self._pool = ThreadPoolExecutor(number)
        self._lock = threading.Lock()
        self._parts: dict[Future[PartCount], _Part] = {}
        self._pieces = 0  # that wait or are in work
        self._ended = False
        self._seconds = self._exact_seconds = 0.0  # of the processor; of these, seconds that hold the interpreter

    def __exit__(self, *_: object) -> None:
        self._ended = True  # first of all, before an interrupt can prevent it
        self._pool.shutdown(cancel_futures=True)

    def count(self, pattern: Pattern, limit: TimeLimit) -> Future[PartCount]:
        """Have a part counted; the processor time is that of all its pieces together."""
        part = _Part(pattern, limit.cpu_seconds, time.perf_counter() + limit.seconds)
        part.future.set_running_or_notify_cancel()  # from now on it cannot be cancelled
        with self._lock:
            self._parts[part.future] = part
            self._pieces += 1
        self._pool.submit(self._count, part, None)
        return part.future

    def in_work(self, future: Future[PartCount]) -> tuple[int, float]:
        """Of a part that was given to count: regions found, and the share of its work that is probably left."""
        with self._lock:
            part = self._parts.get(future)
            if part is None:
                return (0, 1.0) if future.exception() else (future.result().found, 0.0)
            found = part.found + sum(piece.found for piece in part.pieces)
            left = sum(piece.left for piece in part.pieces)
            return found, min(1.0, left) if part.pieces or part.found else 1.0

    def _count(self, part: _Part, piece: Run | None) -> None:
        """A piece of a part, or all of it, until it is done or the part is given up."""
        done = False
        failure: Exception | None = None
        is_over = lambda: part.given_up or self._ended or time.perf_counter() >= part.deadline  # noqa: E731
        try:
            with suppress(DeadlineExceededError), until(is_over):
                piece = piece or self._begin(part)
                done = self._work(part, piece)
        except Exception as reason:
            failure = reason
        with self._lock:
            self._pieces -= 1
            part.found += piece.found if piece else 0
            part.done, part.open = part.done and done, part.open - 1
            if piece in part.pieces:
                part.pieces.remove(piece)
            if (failure is None and part.open) or self._parts.pop(part.future, None) is None:
                return  # other pieces are open, or it failed before
            part.given_up = True
            if failure is not None:
                part.future.set_exception(failure)
            else:
                part.future.set_result(PartCount(part.found, part.done))

    def _begin(self, part: _Part) -> Run:
        check()
        began = time.thread_time()
        piece = select(restricted(self._problem, part.pattern), images=False)
        piece.yield_every = _YIELD_EVERY
        self._charge(part, time.thread_time() - began, time.thread_time() - began)
        with self._lock:
            part.pieces.append(piece)
        return piece

    def _work(self, part: _Part, piece: Run) -> bool:
        """Count a piece of a part and let other threads have of it; whether all of it was counted."""
        while not part.given_up:
            began, exact = time.thread_time(), piece.exact_seconds
            if piece.advance(0.0):
                return True
            self._charge(part, time.thread_time() - began, piece.exact_seconds - exact)
            if self._pieces < self._number and not self._ended and (other := piece.split_off_work()):
                with self._lock:
                    self._pieces += 1
                    part.open += 1
                    part.pieces.append(other)
                self._pool.submit(self._count, part, other)
        return False

    def _charge(self, part: _Part, seconds: float, exact_seconds: float) -> None:
        """So much processor time was used, some of it on exact answers; give up if that is enough."""
        with self._lock:
            part.cpu_seconds -= seconds
            self._seconds += seconds
            self._exact_seconds += exact_seconds
            if self._seconds >= _TRIAL and self._exact_seconds * self._number > self._seconds:
                self.gil_bound = True
            if part.cpu_seconds <= 0.0 or time.perf_counter() >= part.deadline or self.gil_bound or self._ended:
                part.given_up = True
