"""What a worker does: count a part within a time, and write its lines of the certificate if one is wanted."""

import functools
import math
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
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

_ENDED = threading.Event()
"""Set in a worker process when the count that started it has ended."""


def end_with_parent(pipe: Connection) -> None:
    """Let a worker process end when the count does that started it, or the process of that count.

    The parent holds the other end of the pipe and closes it; it is closed, too, if the parent is killed.  Nothing is
    shared that a killed process could leave locked.
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
