"""Threads of this process that count parts together: the compiled loop lets all of them run at a time.

A thread that finds nothing to do is given half of what another one has left
(:meth:`verify.engines.selection.Run.split_off_work`), so no part is too large to be shared, and all threads end
together.  Nothing has to be started, loaded or sent.

What Python does, exact answers above all, only one thread does at a time.  Where that takes so much of the time that
the threads wait for each other, all of them give up: processes serve that problem better.

>>> from theory import Network
>>> from verify import WholeSpace
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> with Threads(Problem.of(net, WholeSpace(2)), 2) as threads:
...     parts = [threads.count(part, Time()) for part in (((0,),), ((1,),))]
...     [part.result() for part in parts]
[Share(found=3, done=True, lines=None), Share(found=4, done=True, lines=None)]
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from theory.network import Pattern
from verify.counting.long.alarm import broken_off
from verify.counting.long.parts import restricted
from verify.counting.long.work import Share, Time
from verify.engines.problem import Problem
from verify.engines.selection import Run, select

__all__ = ["Threads"]

_BREATH = 0.02
"""Seconds after which a thread looks whether another one has nothing to do."""
_SLEEP = 1.0
"""Seconds after which an idle thread looks by itself whether there is something to do, if nobody came to tell it."""
_TRIAL = 0.3
"""Seconds of the processor after which it is judged whether the threads wait for each other."""


@dataclass(eq=False)
class _Part:
    """A part in work: traversals that are not finished, and what the others have found."""

    pattern: Pattern
    patience: float
    deadline: float
    future: Future[Share] = field(default_factory=Future)
    open: int = 1
    pieces: list[Run] = field(default_factory=list)
    found: int = 0
    done: bool = True
    given_up: bool = False


class Threads:
    """So many threads that count parts of one problem.

    Attributes
    ----------
    held_up : bool
        They waited for each other, and count no more.
    """

    def __init__(self, problem: Problem, number: int) -> None:
        self.held_up = False
        self._problem = problem
        # Of the lock alone, not of the condition, is it true that an interrupt leaves nothing locked behind.
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._parts: dict[Future[Share], _Part] = {}
        self._waiting: deque[tuple[_Part, Run | None]] = deque()
        self._idle, self._ended = 0, False
        self._seconds = self._asking = 0.0  # of the processor; and of these such in which nobody else has Python
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(number)]

    def __enter__(self) -> Threads:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True  # first of all, before an interrupt can prevent it
        with self._lock:
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def count(
        self, pattern: Pattern, given: Time, then: Callable[[Future[Share]], object] = lambda _: None
    ) -> Future[Share]:
        """Have a part counted, and ``then`` called; the patience is for all its pieces together."""
        part = _Part(pattern, given.patience, time.perf_counter() + given.left)
        part.future.set_running_or_notify_cancel()  # from now on it cannot be cancelled
        part.future.add_done_callback(then)
        with self._lock:
            self._parts[part.future] = part
            self._waiting.append((part, None))
            self._changed.notify()
        for thread in self._threads:
            if thread.ident is None:
                thread.start()
        return part.future

    def underway(self, future: Future[Share]) -> tuple[int, float]:
        """Of a part that was given to count: regions found, and the share of its work that is probably left."""
        with self._lock:
            part = self._parts.get(future)
            if part is None:
                return (0, 1.0) if future.exception() else (future.result().found, 0.0)
            found = part.found + sum(piece.found for piece in part.pieces)
            left = sum(piece.left for piece in part.pieces)
            return found, min(1.0, left) if part.pieces or part.found else 1.0

    def _serve(self) -> None:
        """What each thread does: one piece after the other."""
        while True:
            with self._lock:
                self._idle += 1
                while not (self._waiting or self._ended):
                    self._changed.wait(_SLEEP)
                self._idle -= 1
                if self._ended:
                    return
                part, piece = self._waiting.popleft()
            self._count(part, piece)

    def _count(self, part: _Part, piece: Run | None) -> None:
        """A piece of a part, or all of it; an exact answer for which nobody waits any more is broken off."""
        found, done = 0, False
        failure: Exception | None = None

        def count() -> None:
            nonlocal piece, found, done
            if piece is None and not part.given_up:
                piece = self._begin(part)
            if piece is not None:
                found, done = self._work(part, piece)

        try:
            over = broken_off(count, lambda: part.given_up or self._ended or time.perf_counter() >= part.deadline)
            if over and piece is not None:
                found, done = piece.found, False
        except Exception as reason:
            failure = reason
        with self._lock:
            part.found, part.done, part.open = part.found + found, part.done and done, part.open - 1
            if piece in part.pieces:
                part.pieces.remove(piece)
            if failure is not None or not part.open:
                self._finish(part, failure)

    def _finish(self, part: _Part, failure: Exception | None) -> None:
        if self._parts.pop(part.future, None) is None:
            return  # it failed before
        part.given_up = True
        if failure is not None:
            part.future.set_exception(failure)
        else:
            part.future.set_result(Share(part.found, part.done))

    def _begin(self, part: _Part) -> Run:
        """All of a part."""
        began = time.thread_time()
        piece = select(restricted(self._problem, part.pattern), seconds=0.0)
        piece.yield_every = _BREATH
        self._charge(part, time.thread_time() - began, time.thread_time() - began)
        with self._lock:
            part.pieces.append(piece)
        return piece

    def _work(self, part: _Part, piece: Run) -> tuple[int, bool]:
        """Count a piece of a part and let others have of it: (regions found, whether all of it was counted)."""
        while not part.given_up:
            began, exact = time.thread_time(), piece.exact_seconds
            if piece.advance(0.0):
                return piece.found, True
            self._charge(part, time.thread_time() - began, piece.exact_seconds - exact)
            if self._idle > len(self._waiting) and (half := piece.split_off_work()):
                with self._lock:
                    part.open += 1
                    part.pieces.append(half)
                    self._waiting.append((part, half))
                    self._changed.notify()
        return piece.found, False

    def _charge(self, part: _Part, seconds: float, asking: float) -> None:
        """So much of the processor was used; whether that is enough."""
        with self._lock:
            part.patience -= seconds
            self._seconds += seconds
            self._asking += asking
            if self._seconds >= _TRIAL and self._asking * len(self._threads) > self._seconds:
                self.held_up = True
            if part.patience <= 0.0 or time.perf_counter() >= part.deadline or self.held_up or self._ended:
                part.given_up = True
