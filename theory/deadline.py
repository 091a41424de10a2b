"""Deadlines that exact arithmetic keeps: in hundreds of dimensions one question takes many pivots, and each a second.

A caller with limited time sets a deadline for its thread with :func:`until`.  The loops that may take long call
:func:`check` between two steps; once the time is over it raises :class:`DeadlineExceededError`.  What they were working
on is incomplete then and must be dropped.

>>> import itertools, time
>>> soon = time.perf_counter() + 0.01
>>> with until(lambda: time.perf_counter() > soon):
...     for step in itertools.count():
...         check()
Traceback (most recent call last):
theory.deadline.DeadlineExceededError
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["DeadlineExceededError", "check", "until"]


class DeadlineExceededError(Exception):
    """The time that a caller had is over; it never leaves a public function."""


class _Deadline(threading.local):
    is_over: Callable[[], bool] | None = None


_HERE = _Deadline()


@contextmanager
def until(is_over: Callable[[], bool]) -> Iterator[None]:
    """Inside the block, in this thread, time is limited; deadlines of surrounding blocks hold, too."""
    outer = _HERE.is_over
    _HERE.is_over = is_over if outer is None else lambda: is_over() or outer()
    try:
        yield
    finally:
        _HERE.is_over = outer


def check() -> None:
    """Go on if there is time.

    Raises
    ------
    DeadlineExceededError
        If there is none.
    """
    is_over = _HERE.is_over
    if is_over is not None and is_over():
        raise DeadlineExceededError
