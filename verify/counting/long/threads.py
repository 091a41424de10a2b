"""Threads of this process that count parts together: the compiled loop lets all of them run at a time.

A thread that finds nothing to do takes over part of what another one has left
(:meth:`verify.engines.selection.Run.split_off_work`), so no part is too large to be shared, and all threads end
together.  Nothing has to be started, loaded or sent.

Python code, exact answers above all, runs in one thread at a time: it holds the global interpreter lock.  Where that
takes so much of the time that the threads wait for each other, all of them give up: processes serve that problem
better.

>>> from theory import Network
>>> from verify import WholeSpace
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> with Threads(Problem.of(net, WholeSpace(2)), 2) as threads:
...     parts = [threads.count(part, TimeLimit()) for part in (((0,),), ((1,),))]
...     [part.result() for part in parts]
[PartCount(found=3, done=True, lines=None), PartCount(found=4, done=True, lines=None)]
"""

import contextlib
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from theory.deadline import DeadlineExceededError, check, until
from theory.network import Pattern
from verify.counting.long.parts import restricted
from verify.counting.long.work import PartCount, TimeLimit
from verify.engines.problem import Problem
from verify.engines.selection import Run, select

_YIELD_EVERY = 0.02
"""Seconds after which a thread looks whether another one has nothing to do."""
_TRIAL = 0.3
"""Seconds of the processor after which it is judged whether the threads wait for each other."""


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


class Threads(contextlib.AbstractContextManager["Threads"]):
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
            with contextlib.suppress(DeadlineExceededError), until(is_over):
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
