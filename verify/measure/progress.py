"""Progress of long loops: a bar on a terminal once a loop has run for two seconds, silence everywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["PATIENCE", "tracked"]

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds before a bar appears; quick loops show nothing."""


def tracked(steps: Sequence[T], label: str) -> Iterator[T]:
    """The same steps; on a terminal the reader sees how many are done and how long the rest will take.

    >>> list(tracked([1, 2, 3], "three steps"))
    [1, 2, 3]
    """
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
