"""Where the compiled engine was never compiled: another process does that, and until then the exact engine counts.

Compiling takes a minute or two.  A count with a budget has no such time to lose, and one without should not stand still
either.  So the first part that takes longer than a moment has a process started that compiles, and every later part
looks whether the compiled engine is there.  Of several processes on a machine one compiles.  Budgets shorter than
:data:`WORTH` do without it.

>>> may_count_fast(5.0) in (True, False)  # never waits for a compiler
True
"""

from __future__ import annotations

import atexit
import multiprocessing
import subprocess
import sys
import threading

from verify.counting.locks import opened, try_lock
from verify.engines import compiled, selection
from verify.engines.compiled import cache_folder

__all__ = ["WORTH", "begin", "compile_once", "may_count_fast"]

WORTH = 30.0
"""Seconds; in less hardly any machine compiles the engine."""

_STARTED = threading.Lock()
"""Held from the moment on in which a process is started."""


def may_count_fast(seconds: float) -> bool:
    """Whether the compiled engine can count at once; if not, and the count has seconds enough, that is prepared."""
    if selection.is_ready():
        selection.load()
        return True
    if compiled.COMPILED and seconds > WORTH:
        begin()
    return False


def begin() -> None:
    """Start a process that compiles, if none was started; it ends with this one."""
    if not _STARTED.acquire(blocking=False):
        return
    if multiprocessing.parent_process() is None:
        print(f"compiling the counting engine, once (kept in {cache_folder()})", file=sys.stderr, flush=True)
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import compile_once; compile_once()"],
        stdin=nothing,
        stdout=nothing,
        stderr=nothing,
        start_new_session=True,  # Ctrl-C is not for this one
    )
    atexit.register(process.wait)
    atexit.register(process.kill)  # called first


def compile_once() -> None:
    """What that process does, unless another process does it already."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with opened(folder / "compiling") as file:
        if try_lock(file):
            selection.load()
