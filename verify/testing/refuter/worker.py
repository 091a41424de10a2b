"""Evaluates a function of an architecture in a process of its own, where it can neither hang nor crash the refuter.

The worker process is forked (spawned where the system cannot fork, and then the function must be importable) and asked
for one architecture at a time.  One that does not answer in time is killed, and the next question starts a new one.  On
Linux the function may use 2 GiB of memory more than when it is loaded.  What it prints goes to standard error.
"""

import contextlib
import math
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import psutil

from theory.architecture import Architecture
from theory.errors import ConditionError, LinregionsError, UnsupportedError
from theory.exact import decimal, integer


class Trouble(NamedTuple):
    """An architecture at which a conjecture could not be judged, and what the function did there."""

    architecture: Architecture
    what: str

    def __str__(self) -> str:
        return f"at {self.architecture!r} it {self.what}"


class Answer(NamedTuple):
    """A value, or why the conjecture says nothing about the architecture, or what went wrong."""

    value: Any = None
    silent: str = ""
    trouble: str = ""


_GIBIBYTES = 2  # of memory that an evaluation may use beyond what the process has when it begins
_LONGEST = 10**6  # seconds that a pipe is waited for; systems refuse longer ones


def _asked(function: Callable[[Architecture], Any], arch: Architecture) -> Answer:
    try:
        result = function(arch)
    except (ConditionError, UnsupportedError) as error:
        return Answer(silent=str(error))
    except MemoryError:
        return Answer(trouble=f"needed more than {_GIBIBYTES} GiB of memory")
    except BaseException as error:
        return Answer(trouble=_raised(error))
    if getattr(function, "is_statement", False):
        return Answer(result)
    try:
        value = None if isinstance(result, str | bytes) else integer(result)
    except Exception:  # an unknown object may raise anything when it is inspected
        value = None
    if value is None:
        return Answer(trouble=f"returned {shown(result)} of type {type(result).__name__}, not an integer")
    if value < 0:
        return Answer(trouble=f"returned the negative number {decimal(value)}")
    return Answer(value)


def _raised(error: BaseException) -> str:
    words = " ".join(str(error).split())[:200]
    return f"raised {type(error).__name__}{f': {words}' if words else ''}"


def shown(value: object) -> str:
    """The representation of an object, cut to a readable length."""
    try:
        text = repr(value)
    except Exception as error:
        return f"an object whose repr raises {type(error).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _serve(function: Callable[[Architecture], Any], pipe: Connection, theirs: Connection | None) -> None:
    """The worker process: prepare the function, then answer until the pipe closes; a fork has ``theirs`` as well."""
    if theirs is not None:
        theirs.close()  # otherwise the pipe would stay open when the parent dies
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    try:
        getattr(function, "prepare", lambda: None)()
    except BaseException as error:
        known = isinstance(error, LinregionsError)
        pipe.send(Answer(trouble=str(error) if known else f"loading it {_raised(error)}"))
        return
    with contextlib.suppress(ImportError, AttributeError, OSError):  # Linux tells what it has, and keeps the limit
        import resource

        most = psutil.Process().memory_info().data + _GIBIBYTES * 2**30
        resource.setrlimit(resource.RLIMIT_DATA, (most, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    pipe.send(Answer())
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(_asked(function, pipe.recv()))


class Worker(contextlib.AbstractContextManager["Worker"]):
    """A process that evaluates a function of an architecture.

    The method ``prepare`` of the function, if it has one, is called first; an error there is reported.  The function
    returns integers, or truth values if ``is_statement``; one question, or the preparation, may take so many seconds.
    """

    def __init__(self, function: Callable[[Architecture], Any], *, seconds: float) -> None:
        self._function, self._seconds = function, min(seconds, _LONGEST)
        self._start()

    def _start(self) -> None:
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"
        context: Any = multiprocessing.get_context(method)
        self._pipe, theirs = context.Pipe()
        copied = self._pipe if method == "fork" else None
        self._process = context.Process(target=_serve, args=(self._function, theirs, copied), daemon=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # a fork beside the threads of numerical libraries
            self._process.start()
        theirs.close()
        self.failure = self._receive(self._seconds, "loading it ").trouble  # why the function could not be prepared

    def ask(self, arch: Architecture, *, remaining: float = math.inf) -> Answer:
        """The answer for an architecture, within the time limit of a question and the time that remains."""
        if self._process is None:
            self._start()
        if self.failure:
            return Answer(trouble=self.failure)
        return self._receive(min(self._seconds, max(0.05, remaining)), asked=arch)

    def _receive(self, limit: float, subject: str = "", asked: Architecture | None = None) -> Answer:
        try:
            if asked is not None:
                self._pipe.send(asked)
            if self._pipe.poll(limit):
                return Answer(*self._pipe.recv())
        except (EOFError, OSError):
            self._process.join(1)
            ended = Answer(trouble=f"ended the process that evaluates it (exit code {self._process.exitcode})")
            self.close()
            return ended
        self.close()
        return Answer(trouble=f"{subject}did not answer within {limit:.3g} s")

    def close(self) -> None:
        """Kill the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._pipe.close()
        self._process = None

    def __exit__(self, *_error: object) -> None:
        self.close()
