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
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from verify.counting.limits import Limits

_BEGAN = "linregions.began"
_OFF: list[Callable[[], None]] = []
"""What ends the watches of the command that runs."""
_POLL = 0.1
"""Seconds between two looks at the clock or the memory."""


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
    if hasattr(signal, "pthread_kill") and threading.current_thread() is threading.main_thread():
        shown = f"{value:g}" if isinstance(value, float) else value
        _watch(
            lambda: _is_over(limits, context.meta[_BEGAN] + grace),
            signal.SIGUSR1 if limits.budget is None else signal.SIGUSR2,
            f"--{option.name} {shown} is used up, and nothing is known yet; give more, or a smaller network or domain",
        )
    return value


def _is_over(limits: Limits, began: float) -> bool:
    if limits.budget is not None:
        return time.perf_counter() - began > limits.seconds
    from verify.counting.long.memory import in_use

    return in_use() > limits.bytes


def _watch(is_over: Callable[[], bool], number: signal.Signals, sentence: str) -> None:
    """From another thread, look again and again; a signal of this number then interrupts the main thread."""

    def stop(_number: int, _frame: object) -> None:
        raise LimitReachedError(sentence)

    before, main, ended = signal.signal(number, stop), threading.get_ident(), threading.Event()

    def watch() -> None:
        while not ended.wait(_POLL):
            if is_over():
                if not ended.is_set():
                    signal.pthread_kill(main, number)
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()

    def off() -> None:
        ended.set()
        watcher.join()
        signal.signal(number, before)

    _OFF.append(off)


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


def option(
    name: str, metavar: str, help: str, *, grace: float = 0.0, **attributes: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option of a limit that is watched from the moment it is read."""
    return click.option(
        name, metavar=metavar, is_eager=True, callback=functools.partial(arm, grace=grace), help=help, **attributes
    )


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--budget and --memory for a command that has no bracket: it stops without a result."""
    text = "Stop after this time without a result (exit code 3)."
    budget = option("--budget", "SECONDS", text, type=float, expose_value=False)
    memory = option("--memory", "SIZE", "Stop without a result before more is used, as in 2G.", expose_value=False)
    return budget(memory(command))
