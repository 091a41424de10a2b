"""Deadlines for exact arithmetic: in hundreds of dimensions one decision takes many pivots, and each a second.

A caller sets a deadline with :func:`until`, and discards the incomplete result.  Long loops call :func:`check`.

>>> with until(lambda: True):
...     check()
Traceback (most recent call last):
theory.deadline.DeadlineExceededError
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class DeadlineExceededError(Exception):
    """The deadline that a caller set has passed; public functions catch it."""


_IS_OVER: ContextVar[Callable[[], bool] | None] = ContextVar("is_over", default=None)


@contextmanager
def until(is_over: Callable[[], bool]) -> Iterator[None]:
    """Set a deadline for this thread inside the block; those of surrounding blocks remain in force."""
    outer = _IS_OVER.get()
    token = _IS_OVER.set(is_over if outer is None else lambda: is_over() or outer())
    try:
        yield
    finally:
        _IS_OVER.reset(token)


def check() -> None:
    """Return if no deadline has passed; otherwise raise :class:`DeadlineExceededError`."""
    is_over = _IS_OVER.get()
    if is_over is not None and is_over():
        raise DeadlineExceededError
