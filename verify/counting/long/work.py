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

from theory.errors import InternalError
from theory.network import Pattern
from verify.certificate.parts import PartWriter
from verify.certificate.parts import load as load_writer
from verify.counting.long.alarm import broken_off, processor_time
from verify.counting.long.compiling import may_count_fast
from verify.counting.long.parts import restricted
from verify.engines.problem import Problem
from verify.engines.selection import Run, select

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
        spent = processor_time()
        tired, deadline = spent() + self.patience, time.perf_counter() + self.left
        return lambda: spent() >= tired or time.perf_counter() >= deadline or _ENDED.is_set()


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
        writer = self.writer
        if writer is None:
            return Share(*_count(inside, time))
        found, done = _count(inside, time, _WRITTEN * min(time.patience, time.left))
        if not done:
            return Share(found, False)
        written: list[tuple[bytes, int] | None] = []
        load_writer()
        is_over = time.over()
        if broken_off(lambda: written.append(writer.lines(part, is_over)), is_over) or written[0] is None:
            return Share(found, False)
        lines, shown = written[0]
        if shown != found:
            raise InternalError(f"the part {part} has {found} regions but its lines show {shown}; please report it")
        return Share(found, True, lines)


def _count(problem: Problem, time: Time, most: float = math.inf) -> tuple[int, bool]:
    """(regions found, whether these are all); it ends after a time, or soon after so many regions."""
    seconds = 0.0 if may_count_fast(time.left) else math.inf
    runs: list[Run] = []
    done = False
    is_over = time.over()

    def advance() -> None:
        nonlocal done
        runs.append(select(problem, seconds=seconds))
        while not (finished := runs[0].advance(0.0)):
            if is_over() or runs[0].found > most:
                return
        done = finished

    broken_off(advance, is_over)
    return runs[0].found if runs else 0, done


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
