"""What the program is doing, on standard error, whenever it would be silent for more than two seconds.

On a terminal a spinner line with the elapsed time appears after a moment and goes away.  Elsewhere (a pipe, a log,
continuous integration) a plain line appears when a step has taken a second and a half, and again every second and a
half for the first minute; in a longer step the pauses double up to half a minute.  A quick step leaves no trace, and
inside :func:`quietly` no step does.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["BLINK", "FIRST_MINUTE", "LONGEST_PAUSE", "PATIENCE", "measuring", "quietly", "working"]

BLINK = 0.4
"""Seconds before the spinner appears on a terminal; quicker steps do not flicker."""

PATIENCE = 1.5
"""Seconds of silence before a plain line."""

FIRST_MINUTE = 60.0
"""Seconds after which the pauses between plain lines grow."""

LONGEST_PAUSE = 30.0
"""Seconds between the plain lines of a very long step."""

_QUIET = ContextVar("quiet", default=False)


@contextmanager
def quietly() -> Iterator[None]:
    """Say nothing about what the program is doing."""
    before = _QUIET.set(True)
    try:
        yield
    finally:
        _QUIET.reset(before)


@contextmanager
def working(step: str | Callable[[], str]) -> Iterator[None]:
    """Tell the reader about ``step`` while the block runs, if it takes long enough to wonder.

    A step that can be called is asked for its text each time.
    """
    if _QUIET.get():
        yield
        return
    done = threading.Event()
    report = _spin if sys.stderr.isatty() else _print
    say = step if callable(step) else lambda: step
    reporter = threading.Thread(target=report, args=(say, done), daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()


def _print(say: Callable[[], str], done: threading.Event) -> None:
    start, pause = time.monotonic(), PATIENCE
    while not done.wait(pause):
        print(f"linregions: {say()} ({time.monotonic() - start:.0f} s)", file=sys.stderr, flush=True)
        if time.monotonic() - start > FIRST_MINUTE:
            pause = min(2 * pause, LONGEST_PAUSE)


def _spin(say: Callable[[], str], done: threading.Event) -> None:
    if done.wait(BLINK):
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    text = TextColumn("{task.description}", markup=False, table_column=Column())  # on several lines in a narrow window
    columns = (SpinnerColumn(), text, TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(say(), total=None)
        while not done.wait(BLINK):
            progress.update(task, description=say())


@contextmanager
def measuring(step: str) -> Iterator[None]:
    """:func:`working`, which says how far the loops of :mod:`verify.measure` are as soon as there is one."""
    from verify.measure.progress import overheard

    with overheard() as how_far, working(lambda: how_far() or step):
        yield
