"""Limits of a command from its start on: reading files, lines and planes stop when time or memory is used up.

A count with a limit stops by itself with a bracket and what it has proved.  What comes before it, and what has no
bracket, is stopped by a signal, as by Ctrl-C, with exit code 3.
"""

from __future__ import annotations

import functools
import math
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import click

from theory.errors import InvalidInputError

_BEGAN = "linregions.began"
_OFF: list[Callable[[], None]] = []
"""What ends the watches of the command that runs."""
_POLL = 0.1
"""Seconds between two looks at the memory."""


class LimitReachedError(KeyboardInterrupt):
    """A limit of the command is reached; the message says which."""


def arm(context: click.Context, option: click.Parameter, value: Any, *, grace: float = 0.0) -> Any:
    """Begin to watch a limit when its option is read, before the files are: a callback of eager options.

    ``grace`` is given to the reading of files beyond the budget, in seconds.
    """
    if value is None:
        return None
    from verify.counting.limits import Limits

    context.meta[_BEGAN] = time.perf_counter()
    try:
        limits = Limits(**{str(option.name): value})
    except InvalidInputError as error:  # its sentence begins with the name
        raise InvalidInputError(f"--{error}") from None
    if hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread():
        if option.name == "budget":
            _watch_time(value, min(limits.seconds + grace, 1e8))
        else:
            _watch_memory(value, limits.bytes)
    return value


def _watch_time(given: Any, seconds: float) -> None:
    def stop(_number: int, _frame: object) -> None:
        raise LimitReachedError(f"--budget {given:g} is used up, and nothing is known yet; {_GIVE_MORE}")

    before, began = signal.signal(signal.SIGALRM, stop), time.perf_counter()
    rest, _ = signal.setitimer(signal.ITIMER_REAL, seconds)

    def off() -> None:
        signal.setitimer(signal.ITIMER_REAL, max(rest - (time.perf_counter() - began), 1e-3) if rest else 0)
        signal.signal(signal.SIGALRM, before)

    _OFF.append(off)


def _watch_memory(given: Any, most: float) -> None:
    def stop(_number: int, _frame: object) -> None:
        raise LimitReachedError(f"--memory {given} is used up, and nothing is known yet; {_GIVE_MORE}")

    before, main, ended = signal.signal(signal.SIGUSR1, stop), threading.get_ident(), threading.Event()

    def watch() -> None:
        from verify.counting.long.memory import in_use

        while not ended.wait(_POLL):
            if in_use() > most:
                if not ended.is_set():
                    signal.pthread_kill(main, signal.SIGUSR1)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()

    def off() -> None:
        ended.set()
        watcher.join()
        signal.signal(signal.SIGUSR1, before)

    _OFF.append(off)


_GIVE_MORE = "give more, or a smaller network or domain"


def disarm() -> None:
    """End the watches: what follows keeps its limits itself."""
    while _OFF:
        _OFF.pop()()


def left(context: click.Context, budget: float | None) -> float | None:
    """What is left of a budget in seconds, a moment at least."""
    began: float | None = context.meta.get(_BEGAN)
    if budget is None or began is None or not math.isfinite(budget):
        return budget
    return max(budget - (time.perf_counter() - began), 1e-3)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--budget and --memory for a command that has no bracket: it stops without a result."""
    budget = click.option(
        "--budget", metavar="SECONDS", type=float, is_eager=True, expose_value=False, callback=arm,
        help="Stop after this time without a result (exit code 3).",
    )  # fmt: skip
    memory = click.option(
        "--memory", metavar="SIZE", is_eager=True, expose_value=False, callback=arm,
        help="Stop without a result before more is used, as in 2G.",
    )  # fmt: skip
    return functools.reduce(lambda wrapped, option: option(wrapped), (memory, budget), command)
