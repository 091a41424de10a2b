"""Progress of long loops: a bar on a terminal once a loop has run for two seconds, silence everywhere else.

Who shows progress in another way, as the command line does, listens with :func:`overheard`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["PATIENCE", "overheard", "tracked"]

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds before a bar appears; quick loops show nothing."""


_HEARD: ContextVar[list[str] | None] = ContextVar("heard", default=None)
"""Where loops note how far they are, if somebody listens."""


@contextmanager
def overheard() -> Iterator[Callable[[], str]]:
    """How far the loops inside the block are, as text for whoever shows it; they draw no bars of their own.

    >>> with overheard() as how_far:
    ...     for step in tracked("abc", "three letters"):
    ...         if step == "c":
    ...             print(how_far())
    three letters: 2 of 3 done
    """
    notes = [""]
    token = _HEARD.set(notes)
    try:
        yield lambda: notes[0]
    finally:
        _HEARD.reset(token)


def tracked(steps: Sequence[T], label: str) -> Iterator[T]:
    """The same steps; on a terminal the reader sees how many are done and how long the rest will take.

    >>> list(tracked([1, 2, 3], "three steps"))
    [1, 2, 3]
    """
    notes = _HEARD.get()
    if notes is not None:
        for done, step in enumerate(steps):
            notes[0] = f"{label}: {done} of {len(steps)} done"
            yield step
        notes[0] = ""
        return
    if not sys.stderr.isatty():
        yield from steps
        return
    from rich.console import Console
    from rich.progress import Progress

    began, rest = time.monotonic(), iter(steps)
    done = 0
    for step in rest:
        yield step
        done += 1
        if time.monotonic() - began > PATIENCE:
            break
    if done == len(steps):
        return
    with Progress(console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task(label, total=len(steps), completed=done)
        for step in rest:
            yield step
            bar.advance(task)
