"""Where the fast engine was never compiled: another process does that, and until then the exact engine counts.

Compiling takes a minute or two.  A count with a budget has no such time to lose, and one without should not stand still
either.  So the first part that takes longer than a moment has a process started that compiles, and every later part
looks whether the fast engine is there.  The process ends with the one that started it, and of several on a machine one
compiles.  Budgets shorter than :data:`WORTH` do without it.

>>> may_count_fast(left=5.0) in (True, False)  # never waits for a compiler
True
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import subprocess
import sys
import threading

from verify.counting.locks import opened, try_lock
from verify.engines import compiled, selection
from verify.engines.compiled import cache_folder

__all__ = ["WORTH", "begin", "may_count_fast"]

WORTH = 30.0
"""Seconds; in less hardly any machine compiles the engine."""

_STARTED = threading.Lock()
"""Held from the moment on in which a process is started."""


def may_count_fast(left: float) -> bool:
    """Whether the fast engine can count at once; if not, and there is time, that is being prepared.

    Parameters
    ----------
    left : float
        Seconds that the whole count has left.
    """
    if selection.is_ready():
        selection.load()
        return True
    if compiled.COMPILED and left > WORTH:
        begin()
    return False


def begin() -> None:
    """Start a process that compiles, if none was started."""
    if not _STARTED.acquire(blocking=False):
        return
    if multiprocessing.parent_process() is None:
        print(f"compiling the counting engine, once (kept in {cache_folder()})", file=sys.stderr, flush=True)
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is not for this one
    )
    atexit.register(process.communicate)


def main() -> None:
    """What that process does; it ends when its input does, as that is held open by the one that started it."""
    threading.Thread(target=_end_with_the_input, daemon=True).start()
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder / "compiling") as file:
        if try_lock(file):
            selection.load()


def _end_with_the_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)
