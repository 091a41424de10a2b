"""Limits of a command from its start on: reading files, lines and planes stop when time or memory is used up.

A count with a limit stops by itself with a bracket and what it has proved.  What comes before it, and what has no
bracket, is stopped by a signal, as by Ctrl-C, with exit code 3.
"""

import functools
import math
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import click

from theory.errors import InvalidInputError
from verify.counting.limits import Limits

_BEGAN = "linregions.began"
_WATCHED: list[tuple[Callable[[], bool], str]] = []
"""For each limit of the running command: whether it is reached, and the sentence that says so."""
_BEFORE: list[Any] = []
"""The handler of alarms and the timer from before the limits were watched."""
_POLL = 0.1
"""Seconds from a look at the clock and the memory to the next alarm."""


class LimitReachedError(KeyboardInterrupt):
    """A limit of the command is reached; the message says which."""


def arm(context: click.Context, option: click.Parameter, value: Any, *, grace: float = 0.0) -> Any:
    """Begin to watch a limit when its option is read, before the files are: a callback of eager options.

    ``grace`` is given to the reading of files beyond the budget, in seconds.
    """
    if value is None:
        return None
    began = context.meta[_BEGAN] = time.perf_counter()
    limits = limits_of(**{str(option.name): value})
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        shown = f"{value:g}" if isinstance(value, float) else value
        if not _WATCHED:
            _BEFORE[:] = signal.signal(signal.SIGALRM, _look), signal.setitimer(signal.ITIMER_REAL, _POLL)
        name = f"--{option.name} {shown}"
        what = f"{name} is used up, and nothing is known yet; give more, or a smaller network or domain"
        _WATCHED.append((lambda: time.perf_counter() - began - grace > limits.seconds or limits.filled > 1, what))
    return value


def limits_of(**given: Any) -> Limits:
    """The limits that options say; an error names the option."""
    try:
        return Limits(**given)
    except InvalidInputError as error:  # its sentence begins with the name
        name, rest = str(error).split(" ", 1)
        raise InvalidInputError(f"--{name.replace('_', '-')} {rest}") from None


def _look(_number: int, _frame: object) -> None:
    """Stop the command if a limit is reached; otherwise set the next alarm, after this look, however long it took."""
    for is_over, sentence in _WATCHED:
        if is_over():
            raise LimitReachedError(sentence)
    if _WATCHED:
        signal.setitimer(signal.ITIMER_REAL, _POLL)


def disarm() -> None:
    """End the watches: what follows keeps its limits itself."""
    if _WATCHED:
        _WATCHED.clear()
        handler, alarm = _BEFORE
        signal.setitimer(signal.ITIMER_REAL, *alarm)
        signal.signal(signal.SIGALRM, handler)


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
