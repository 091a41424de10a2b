"""Limits, progress and interrupts of long counts on the command line."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from theory.errors import InvalidInputError
from verify.cli.progress import working
from verify.counting.long.memory import size

if TYPE_CHECKING:
    from distributed import Client

    from verify.counting.long import AnytimeCount

__all__ = ["how_to_go_on", "limits", "watching"]

_NAMES = ("budget", "budget_regions", "jobs", "scheduler", "checkpoint", "memory", "as_lines")


def limits(options: dict[str, Any]) -> dict[str, Any]:
    """Take what is about long counts out of the options: the arguments of ``count``, empty if nothing was asked for.

    Raises
    ------
    InvalidInputError
        If a limit makes no sense.
    """
    given = {name: options.pop(name) for name in _NAMES}
    if given["budget"] is not None and not given["budget"] > 0:
        raise InvalidInputError(f"--budget {given['budget']:g} is not a positive number of seconds")
    if given["budget_regions"] is not None and given["budget_regions"] < 1:
        raise InvalidInputError(f"--budget-regions {given['budget_regions']} is not a positive number of regions")
    if given["jobs"] < 1:
        raise InvalidInputError(f"--jobs {given['jobs']} is not a positive number of processors")
    if given["scheduler"] is not None and given["jobs"] > 1:
        raise InvalidInputError("--jobs and --scheduler each say who counts; give one")
    if given["memory"] is not None:
        size(given["memory"], place="--memory")
    return given if given != {**dict.fromkeys(_NAMES), "jobs": 1, "as_lines": False} else {}


def how_to_go_on(limits: dict[str, Any]) -> str:
    """What to do after a count that stopped with a bracket."""
    if limits["checkpoint"] is None:
        return "name a folder with --checkpoint, and a later run goes on from here"
    if sys.argv[1:2] != ["count"]:
        return "the same command goes on from here"
    return f"to go on from here: {shlex.join(['linregions', *sys.argv[1:]])}"


@contextmanager
def watching(step: str, limits: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Progress of a count; the arguments that it needs beside its limits.

    SIGTERM is taken like Ctrl-C: the count ends with what is proved so far.
    """
    if not limits:
        with working(step):
            yield {}
        return
    from verify.certificate.verdict import long_integers

    arguments = {name: value for name, value in limits.items() if name != "as_lines"}
    latest: list[AnytimeCount] = []

    def say() -> str:
        return step if not latest else f"{step}: {latest[0].progress}"

    def report(run: AnytimeCount) -> None:
        latest[:] = [run]
        if limits["as_lines"]:
            with long_integers():
                click.echo(json.dumps(run.progress.record))

    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _cluster(arguments.pop("scheduler")) as executor, working(say):
            yield {**arguments, "executor": executor, "report": report}
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _cluster(address: str | None) -> Iterator[Client | None]:
    """The client of the scheduler at an address, if one is given."""
    if address is None:
        yield None
        return
    from verify.counting.long.cluster import connected

    with ExitStack() as stack:
        with working(f"connecting to {address}"):
            client = stack.enter_context(connected(address))
        if not client.nthreads():
            click.echo(f"linregions: {address} has no workers yet; the count begins when one joins", err=True)
        yield client
