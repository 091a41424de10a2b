"""What a worker does: count a part within a time, and write its lines of the certificate if one is wanted."""

from __future__ import annotations

import functools
import math
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NamedTuple

from theory.errors import InternalError, UnsupportedError
from theory.network import Pattern
from verify.anytime.parts import restricted
from verify.certificate.parts import PartWriter
from verify.engines.exact import cells
from verify.engines.fast import Traversal
from verify.engines.problem import Problem

__all__ = ["Share", "Time", "Work", "done_elsewhere", "is_at_most", "listen", "prepare_elsewhere"]

_WRITTEN = 3000
"""Regions whose lines can be written in a second; a part with more than fit in the time is divided at once."""


_ENDED = threading.Event()
"""In a process that was started for a count: nobody waits for it any more."""


def listen(pipe: Connection) -> None:
    """What a process does that is started for a count: it ends with the one that started it.

    That one holds the other end of a pipe, and closes it when the count ends; it is closed, too, if that one is killed.
    Nothing is shared that a killed process could leave locked.
    """
    threading.Thread(target=_wait_for_the_end, args=(pipe,), daemon=True).start()


def _wait_for_the_end(pipe: Connection) -> None:
    pipe.poll(None)
    _ENDED.set()
    if parent := multiprocessing.parent_process():
        parent.join()
    os._exit(1)


@dataclass(frozen=True)
class Time:
    """How long a part may take.

    Attributes
    ----------
    patience : float
        Seconds of the processor: on a busy machine a part is not taken for a large one.
    left : float
        Seconds by the clock until nobody waits for it any more.
    """

    patience: float = math.inf
    left: float = math.inf

    def over(self) -> Callable[[], bool]:
        """From now on: whether it is over, or nobody waits any more."""
        tired, deadline = time.thread_time() + self.patience, time.perf_counter() + self.left
        return lambda: time.thread_time() >= tired or time.perf_counter() >= deadline or _ENDED.is_set()


class Share(NamedTuple):
    """What is known of a part: regions found, whether these are all, and then its lines, if a certificate is wanted."""

    found: int
    done: bool
    lines: bytes | None = None


@dataclass(frozen=True)
class Work:
    """A problem to be counted in parts, with or without a certificate."""

    problem: Problem
    writer: PartWriter | None = None

    def do(self, part: Pattern, time: Time) -> Share:
        """Count a part within a time, and write its lines, for which there is as much time again."""
        inside = restricted(self.problem, part)
        if self.writer is None:
            return Share(*_count(inside, time))
        found, done = _count(inside, time, _WRITTEN * min(time.patience, time.left))
        if not done:
            return Share(found, False)
        written = self.writer.lines(part, time.over())
        if written is None:
            return Share(found, False)
        lines, shown = written
        if shown != found:
            raise InternalError(f"the part {part} has {found} regions but its lines show {shown}; please report it")
        return Share(found, True, lines)


def _count(problem: Problem, time: Time, most: float = math.inf) -> tuple[int, bool]:
    """(regions found, whether these are all); it ends after a time, or soon after so many regions."""
    is_over = time.over()
    try:
        run = Traversal(problem)
    except UnsupportedError:
        found = 0
        for _ in cells(problem):
            found += 1
            if is_over() or found > most:
                return found, False
        return found, True
    while not (done := run.advance(0.0)):
        if is_over() or run.found > most:
            break
    return run.found, done


def is_at_most(problem: Problem, number: int) -> bool:
    """Whether the problem has no more regions than that."""
    found, done = _count(problem, Time(), number)
    return done and found <= number


@functools.lru_cache(maxsize=4)
def _unpickled(work: bytes) -> Work:
    """The work, and the engine loaded: that takes seconds, which no part should be charged for."""
    result: Work = pickle.loads(work)
    _count(result.problem, Time(0.0))
    return result


def done_elsewhere(work: bytes, part: Pattern, time: Time) -> Share:
    """What another process is asked to do."""
    return _unpickled(work).do(part, time)


def prepare_elsewhere(work: bytes) -> None:
    """What another process is asked to do before there are parts."""
    _unpickled(work)
