"""How far a long count is: what is proved, how fast it goes, and about how long it will take; shown while it runs.

The bracket is proved.  The share of the work and the time that is left are estimates: parts are expected to take time
in proportion to the finer parts that were seen in them (:mod:`verify.counting.long.outlook`), and the parts that are
finished say how long that is, divisions and all.

In a notebook the state is a line under the cell, in a terminal a line on standard error that goes away; elsewhere
nothing is shown.

>>> from theory import Network
>>> from verify import count
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> with shown() as report:
...     int(count(net, budget=60, report=report))
7
"""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from theory.text import power_above

if TYPE_CHECKING:
    from verify.counting.long.run import AnytimeCount

__all__ = ["Progress", "duration", "shown"]

_OFTEN = 0.5
"""Seconds between two pictures of the state."""


@dataclass(frozen=True)
class Progress:
    """The state of a count.

    Attributes
    ----------
    lower, upper : int
        The bracket.
    regions : int
        Regions found: of finished parts, and of those in work as far as they tell.
    finished, waiting : int
        Parts.
    share : float
        ``regions`` as a share of the upper end.
    work : float
        How much of the work is probably done, between 0 and 1.
    seconds : float
        Since this run began; what a checkpoint held at the beginning took its time before.
    rate : float
        Regions found per second in this run.
    left : float or None
        About so many seconds are left; None while no part is finished in this run.
    """

    lower: int
    upper: int
    regions: int
    finished: int
    waiting: int
    share: float
    work: float
    seconds: float
    rate: float
    left: float | None

    @property
    def record(self) -> dict[str, Any]:
        """The fields, rounded as far as they are estimates or measurements."""
        digits = {"share": 6, "work": 6, "seconds": 3, "rate": 1, "left": 1}
        return {
            name: value if value is None or name not in digits else round(value, digits[name])
            for name, value in asdict(self).items()
        }

    def __str__(self) -> str:
        bracket = f"between {power_above(self.lower, longest=18)} and {power_above(self.upper, longest=18)}"
        parts = "1 part" if self.waiting == 1 else f"{self.waiting} parts"
        text = f"{bracket} ({self._percent} of the upper end counted), {parts} waiting"
        if self.left is None:
            return text
        rate = f"{self.rate:.0f}" if self.rate >= 10 else f"{self.rate:.2g}"
        return f"{text}, {rate} regions/s, about {duration(self.left)} left"

    @property
    def _percent(self) -> str:
        """The share, which is neither nothing nor everything before it is."""
        if self.regions and self.share < 1e-4:
            return "less than 0.01 %"
        return f"{100 * self.share if self.share == 1 else min(100 * self.share, 99.9):.3g} %"


def duration(seconds: float) -> str:
    """A time in one unit, as exact as an estimate deserves.

    >>> [duration(t) for t in (0.2, 59, 150, 5400, 200_000)]
    ['1 s', '59 s', '2 min', '90 min', '56 h']
    """
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"


@contextmanager
def shown() -> Iterator[Callable[[AnytimeCount], object]]:
    """What to give to ``count`` as ``report`` so that a person sees how far it is."""
    show, close = _in_notebook() or _in_terminal() or (lambda _: None, lambda: None)
    latest: list[AnytimeCount] = []
    last = 0.0

    def report(run: AnytimeCount) -> None:
        nonlocal last
        latest[:] = [run]
        if time.monotonic() - last >= _OFTEN:
            show(run.progress)
            last = time.monotonic()

    try:
        yield report
    finally:
        if latest:
            show(latest[0].progress)
        close()


_Picture = tuple[Callable[[Progress], object], Callable[[], object]]
"""What shows a state, and what ends the showing."""


def _in_notebook() -> _Picture | None:
    """A line under the cell, of a kernel; None elsewhere."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import HTML, display

    line = display(HTML(""), display_id=True)  # type: ignore[no-untyped-call]

    def show(progress: Progress) -> None:
        bar = f'<progress value="{progress.work:.4f}" max="1"></progress>'
        line.update(HTML(f"{bar} {html.escape(str(progress))}"))  # type: ignore[no-untyped-call]

    return show, lambda: None


def _in_terminal() -> _Picture | None:
    """A line on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    text = TextColumn("{task.description}", markup=False, table_column=Column())  # on several lines in a narrow window
    columns = (BarColumn(20), text, TimeElapsedColumn())
    bar = Bar(*columns, console=Console(file=sys.stderr), transient=True)
    task = bar.add_task("", total=1.0)
    bar.start()
    return lambda progress: bar.update(task, completed=progress.work, description=str(progress)), bar.stop
