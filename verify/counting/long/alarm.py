"""What takes too long is broken off, wherever it is: a budget holds although a single exact answer may take minutes.

What counts looks at the clock itself, between regions and between parts.  In hundreds of dimensions one pivot of the
exact simplex takes a second and one question many pivots, so a second thread looks at the clock, too.  If the time has
been over for a while it raises an exception in the first thread, as an interrupt from the keyboard does in the main
one: between two instructions of Python, never within a step of FLINT or of the compiled loop.

>>> import time
>>> soon = time.perf_counter() + 0.1
>>> broken_off(lambda: sum(range(10)), lambda: time.perf_counter() > soon)
False
>>> def forever():
...     while True:
...         pass
>>> broken_off(forever, lambda: time.perf_counter() > soon)
True
"""

from __future__ import annotations

import ctypes
import functools
import threading
import time
from collections.abc import Callable

__all__ = ["broken_off", "processor_time"]

_OFTEN = 0.2
"""Seconds between two looks at the clock; it is given that long to end by itself, too."""
_AGAIN = 1.0
"""Seconds after which the exception is raised again, if it was lost on the way."""


def processor_time() -> Callable[[], float]:
    """The processor time of this thread, for any thread; of the process where the system has no clocks of threads."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return time.process_time
    return functools.partial(time.clock_gettime, time.pthread_getcpuclockid(threading.get_ident()))


class _TimeIsOverError(BaseException):
    """Raised in a thread from outside."""


def broken_off(do: Callable[[], object], is_over: Callable[[], bool]) -> bool:
    """Do something; whether it was broken off because the time was over.

    What it leaves behind must be good at any moment, as for an interrupt.  Compiled functions that it calls must have
    been loaded before: a library that is interrupted while it loads them may be of no use any more.

    Parameters
    ----------
    do : callable
    is_over : callable
        Asked by another thread now and then.
    """
    watch = _Watch(is_over)
    begun = broken = False
    failure: BaseException | None = None
    while True:  # the exception may come at any moment, also while the watch is being ended
        try:
            if not begun:
                begun = True
                watch.start()
                do()
            watch.end()
            break
        except _TimeIsOverError:
            broken, watch.pending = True, False
        except BaseException as reason:
            failure = reason
    if failure is not None:
        raise failure
    return broken


class _Watch(threading.Thread):
    """Looks at the clock for the thread that makes it."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        super().__init__(daemon=True)
        self._is_over = is_over
        self._whom = ctypes.c_ulong(threading.get_ident())
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self.pending = False

    def run(self) -> None:
        while not self._is_over():
            if self._ended.wait(_OFTEN):
                return
        pause = _OFTEN
        while not self._ended.wait(pause):
            with self._lock:
                if not self._ended.is_set():
                    self.pending = True
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(self._whom, ctypes.py_object(_TimeIsOverError))
            pause = _AGAIN

    def end(self) -> None:
        """From now on nothing is raised; what is on its way is waited for: called back, it would leave the interpreter
        looking for it for ever.
        """
        with self._lock:
            self._ended.set()
        for _ in range(100 if self.pending else 0):  # one of a watch within this one may have taken it
            time.sleep(0)
        if self.is_alive():
            self.join()
