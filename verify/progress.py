"""Messages that say what the program is doing while it takes long.

The command line wraps its steps in :func:`working`, long loops are written as :func:`tracked`, and a long count reports
to :func:`shown`.  On a terminal a line with a spinner or a bar and the elapsed time appears after a moment and is
removed at the end.  In a log (standard error is a file or a pipe) :func:`working` prints a line when a step has taken
10 s, 20 s, 40 s, …, in the end every five minutes; loops and counts outside such a step print nothing.  In a notebook a
count is a line under the cell.  Quick steps print nothing.
"""

import html
import importlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

BLINK = 0.4
"""Seconds between two looks at a step, and before it appears on a terminal; quicker steps do not flicker."""
LOOP_DELAY = 2.0
"""Seconds before the bar of a loop appears on a terminal."""
FIRST_LINE = 10.0
"""Seconds before the first line in a log."""
LONGEST_PAUSE = 300.0
"""Seconds between two lines in a log, at most."""

_QUIET = ContextVar("quiet", default=False)
_LOOP: ContextVar[list[str] | None] = ContextVar("loop", default=None)
"""How far the loop of the surrounding step is, as the only entry of a list; empty where no loop runs."""


@contextmanager
def quietly() -> Iterator[None]:
    """Show nothing of the steps inside the block."""
    before = _QUIET.set(True)
    try:
        yield
    finally:
        _QUIET.reset(before)


@contextmanager
def working(step: str | Callable[[], str]) -> Iterator[None]:
    """Show ``step``, a text or what gives one, while the block runs, or how far the loop is that runs in it."""
    note = [""]
    before = _LOOP.set(note)
    ended = threading.Event()
    show = _spin if sys.stderr.isatty() else _log
    reporter = threading.Thread(
        target=show, args=(lambda: note[0] or (step() if callable(step) else step), ended), daemon=True
    )
    if not _QUIET.get():
        reporter.start()
    try:
        yield
    finally:
        ended.set()
        if reporter.ident is not None:
            reporter.join()
        _LOOP.reset(before)


def _log(text: Callable[[], str], ended: threading.Event) -> None:
    began, pause = time.monotonic(), FIRST_LINE
    while not ended.wait(pause):
        elapsed = time.monotonic() - began
        print(f"linregions: {text()} ({elapsed:.0f} s)", file=sys.stderr, flush=True)
        pause = min(max(elapsed, pause), LONGEST_PAUSE)


def _spin(text: Callable[[], str], ended: threading.Event) -> None:
    if ended.wait(BLINK):
        return
    with _line(None) as show:
        show(text())
        while not ended.wait(BLINK):
            show(text())


def tracked(steps: Sequence[T], label: str) -> Iterator[T]:
    """The same steps; the reader sees how many are done: of a loop outside of :func:`working` only on a terminal.

    >>> list(tracked([1, 2, 3], "three steps"))
    [1, 2, 3]
    """
    note, began = _LOOP.get(), time.monotonic()
    with ExitStack() as stack:
        show: Callable[..., None] | None = None
        for done, step in enumerate(steps):
            text = f"{label}: {done} of {len(steps)} done"
            if note is not None:
                note[0] = text
            elif show is None and time.monotonic() - began > LOOP_DELAY and sys.stderr.isatty():
                show = stack.enter_context(_line(float(len(steps))))
            if show:
                show(text, done)
            yield step
    if note is not None:
        note[0] = ""


@contextmanager
def shown() -> Iterator[Callable[[Any], object]]:
    """What to give to :func:`verify.count` as ``report`` so that a reader sees how far it is.

    >>> from theory import Network
    >>> from verify import count
    >>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    >>> with shown() as report:
    ...     int(count(net, budget=60, report=report))
    7
    """
    latest: Any = None  # of what is being counted, whose ``progress`` is a text and has ``work`` done
    last = 0.0
    with ExitStack() as stack:
        show = _under_the_cell()
        if show is None and sys.stderr.isatty():
            show = stack.enter_context(_line(1.0))

        def report(counting: Any, pause: float = BLINK) -> None:
            nonlocal latest, last
            latest = counting
            if show and counting and time.monotonic() - last >= pause:
                show(str(counting.progress), counting.progress.work)
                last = time.monotonic()

        try:
            yield report
        finally:
            report(latest, 0.0)


@contextmanager
def _line(total: float | None) -> Iterator[Callable[..., None]]:
    """A line on the terminal, with a bar if there is a total: a function that sets its text and how much is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.table import Column

    text = TextColumn("{task.description}", markup=False, table_column=Column())  # on several lines in a narrow window
    columns = (BarColumn(20) if total else SpinnerColumn(), text, TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda text, done=None: progress.update(task, description=text, completed=done)


def _under_the_cell() -> Callable[..., None] | None:
    """In a notebook's kernel, a function that sets a line under the cell."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    here: Any = importlib.import_module("IPython.display")
    line = here.display(here.HTML(""), display_id=True)

    def show(text: str, done: float) -> None:
        bar = f'<progress value="{done:.4f}" max="1"></progress>'
        line.update(here.HTML(f"{bar} {html.escape(text)}"))

    return show
