"""Limits of a command from its start on, and the progress and interrupts of long counts.

A count with a limit stops by itself with a bracket and what it has proved.  What comes before it, as the reading of
files, and what has no bracket, lines and planes, is stopped by a signal, as by Ctrl-C, with exit code 3.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from theory.errors import InvalidInputError
from verify.counting.limits import Limits
from verify.progress import working

if TYPE_CHECKING:
    from distributed import Client

_BEGAN = "linregions.began"
_WATCHED: list[tuple[Callable[[], bool], str]] = []
"""For each limit of the running command: whether it is reached, and the sentence that says so."""
_BEFORE: list[Any] = []
"""The handler of alarms and the timer from before the limits were watched."""
_POLL = 0.1
"""Seconds from a look at the clock and the memory to the next alarm."""
_GRACE = 5.0
"""A budget is for counting; reading a file may take this many seconds more, so that a bracket can be given."""


class LimitReachedError(KeyboardInterrupt):
    """A limit of the command is reached; the message says which."""


class LongCount(NamedTuple):
    """What the options say about a long count."""

    limits: Limits
    scheduler: str | None
    as_lines: bool


def _arm(context: click.Context, option: click.Parameter, value: Any, *, grace: float = 0.0) -> Any:
    """Watch a limit from the moment its option is read, before the files are, for which there are seconds of grace."""
    if value is None:
        return None
    began = context.meta[_BEGAN] = time.perf_counter()
    limits = limits_of(None, **{str(option.name): value})
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        shown = f"{value:g}" if isinstance(value, float) else value
        if not _WATCHED:
            _BEFORE[:] = signal.signal(signal.SIGALRM, _look), signal.setitimer(signal.ITIMER_REAL, _POLL)
        what = (
            f"--{option.name} {shown} is used up, and nothing is known yet; give more, or a smaller network or domain"
        )
        _WATCHED.append((lambda: time.perf_counter() - began - grace > limits.seconds or limits.filled > 1, what))
    return value


def limits_of(scheduler: str | None, **given: Any) -> Limits:
    """The limits that options say, of one team; an error names the option."""
    if scheduler is not None and given["jobs"] > 1:
        raise InvalidInputError("--jobs and --scheduler each say what counts; give one")
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


def _watched(name: str, metavar: str, help: str, *, grace: float = 0.0, **attributes: Any) -> Callable[..., Any]:
    """The option of a limit that is watched from the moment it is read."""
    callback = functools.partial(_arm, grace=grace)
    return click.option(name, metavar=metavar, is_eager=True, callback=callback, help=help, **attributes)


def without_bracket(command: Callable[..., Any]) -> Callable[..., Any]:
    """--budget and --memory for a command that has no bracket: it stops without a result."""
    text = "Stop after this time without a result (exit code 3)."
    budget = _watched("--budget", "SECONDS", text, type=float, expose_value=False)
    memory = _watched("--memory", "SIZE", "Stop without a result before more is used, as in 2G.", expose_value=False)
    both: Callable[..., Any] = budget(memory(command))
    return both


_OPTIONS = (
    _watched("--budget", "SECONDS", "Stop after this time with a bracket (exit code 3).", type=float, grace=_GRACE),
    click.option("--budget-regions", metavar="N", type=int, help="Stop with a bracket when N regions are found."),
    click.option("--jobs", metavar="N", type=int, default=1, help="Let N processors count."),
    click.option("--scheduler", metavar="ADDRESS", help="Count on this scheduler's Dask cluster, tcp://HOST:PORT."),
    click.option("--checkpoint", metavar="DIR", type=click.Path(), help="Keep finished parts there; go on from there."),
    _watched("--memory", "SIZE", "Stop with a bracket before more is used, as in 2G; with the --jobs."),
    click.option("--json-lines", "as_lines", is_flag=True, help="A JSON object whenever the bracket may have changed."),
)


def with_bracket(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that concern long counts; the command gets them as ``long_count``, None if nothing was asked for."""

    @functools.wraps(command)
    def with_limits(*arguments: Any, scheduler: str | None, as_lines: bool, **others: Any) -> Any:
        given = {name: others.pop(name) for name in ("budget", "budget_regions", "jobs", "checkpoint", "memory")}
        disarm()
        if given["budget"] is not None and math.isfinite(given["budget"]):  # what is left of it, a moment at least
            began = click.get_current_context().meta[_BEGAN]
            given["budget"] = max(given["budget"] - (time.perf_counter() - began), 1e-3)
        limits = limits_of(scheduler, **given)
        asked = scheduler or as_lines or limits != Limits()
        return command(*arguments, long_count=LongCount(limits, scheduler, as_lines) if asked else None, **others)

    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(_OPTIONS), with_limits)


def how_to_go_on(limits: Limits) -> str:
    """What to do after a count that stopped with a bracket."""
    if limits.checkpoint is None:
        return "name a folder with --checkpoint, and a later run goes on from here"
    if sys.argv[1:2] != ["count"]:
        return "the same command goes on from here"
    return f"to go on from here: {shlex.join(['linregions', *sys.argv[1:]])}"


@contextmanager
def watching(step: str, asked: LongCount | None) -> Iterator[Limits]:
    """Show the progress of a count; the limits that it gets, with the executor and the function that reports."""
    if asked is None:
        with working(step):
            yield Limits()
        return
    limits, scheduler, as_lines = asked
    with working_on(step, scheduler, lambda run: run.progress, as_lines=as_lines) as (executor, report):
        yield dataclasses.replace(limits, executor=executor, report=report)


@contextmanager
def working_on(
    step: str, scheduler: str | None, text: Callable[[Any], object], *, as_lines: bool = False
) -> Iterator[tuple[Client | None, Callable[[Any], None]]]:
    """Show a step with a text about what is reported: the client of a scheduler, if one is given, and where to report.

    SIGTERM ends the work as Ctrl-C does.  If wanted ``as_lines``, the progress of what is reported is printed as JSON.
    """
    from verify.certificate.verdict import long_integers

    latest: list[Any] = []

    def report(run: Any) -> None:
        latest[:] = [run]
        if as_lines:
            with long_integers():
                click.echo(json.dumps(run.progress.record))

    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():  # no other thread may set what a signal does
            before = signal.signal(signal.SIGTERM, signal.default_int_handler)
            stack.callback(signal.signal, signal.SIGTERM, before)
        executor = None if scheduler is None else _connect(stack, scheduler)
        with working(lambda: f"{step}: {text(latest[0])}" if latest else step):
            yield executor, report


def _is_here(address: str) -> bool:
    """Whether the address is of this machine alone."""
    host = address.rpartition("//")[2].rpartition(":")[0].strip("[]")
    return host == "localhost" or host == "::1" or host.startswith("127.")


def _connect(stack: ExitStack, address: str) -> Client:
    """The client of the scheduler at an address, which closes with the stack."""
    from verify.counting.long.team import connected

    with working(f"connecting to {address}"):
        client = stack.enter_context(connected(address))
    if not address.startswith("tls://") and not _is_here(address):
        click.echo(
            f"linregions: {address} is another machine, reached without encryption; a program between can change "
            "the count and run code here, so use tls:// outside a network that you trust",
            err=True,
        )
    if not client.nthreads():
        click.echo(f"linregions: {address} has no workers yet; the count begins when one joins", err=True)
    return client
