"""When a count stops before it is exact, what counts its parts, and what is kept and reported meanwhile."""

from __future__ import annotations

import contextlib
import math
import os
import re
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from theory.errors import InvalidInputError

if TYPE_CHECKING:
    from distributed import Client

FULL = 0.9
"""The share of the memory at which a count stops."""
_POWERS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


@dataclass(frozen=True)
class Limits:
    """The arguments of :func:`verify.count` that concern a long count; without any, it counts in one piece.

    A value that makes no sense raises InvalidInputError, whose sentence begins with the name of the field.

    >>> Limits(budget=60, jobs=2) == Limits(), Limits(jobs=1) == Limits()
    (False, True)
    >>> [Limits(memory=size).bytes for size in (4096, "1.5 GiB", "512MB", " 3k")]
    [4096, 1610612736, 536870912, 3072]
    >>> Limits(budget=float("nan"))
    Traceback (most recent call last):
    theory.errors.InvalidInputError: budget nan is not a positive number of seconds
    """

    budget: float | None = None
    budget_regions: int | None = None
    jobs: int = 1
    executor: Executor | Client | None = None
    checkpoint: str | os.PathLike[str] | None = None
    memory: int | str | None = None
    report: Callable[[Any], object] | None = None

    def __post_init__(self) -> None:
        for name, (is_right, what) in _RULES.items():
            value = getattr(self, name)
            if not (is_right(value) or (value is None and name != "jobs")):
                raise InvalidInputError(f"{name} {value!r:.40} is not {what}")

    @property
    def runs_to_the_end(self) -> bool:
        """Whether nothing but an interrupt ends the count early."""
        return self.budget is None and self.budget_regions is None and self.memory is None

    @property
    def seconds(self) -> float:
        """The budget, infinite without one."""
        return math.inf if self.budget is None or self.budget > 1e15 else float(self.budget)

    @property
    def bytes(self) -> float:
        """The memory, infinite without a limit."""
        return math.inf if self.memory is None else _bytes(self.memory)

    @property
    def filled(self) -> float:
        """The share of the memory that is used at this moment, 0 without a limit."""
        return 0.0 if self.memory is None else in_use() / self.bytes


def in_use() -> int:
    """The resident memory of this process and of those that it has started, at this moment, in bytes.

    >>> 0 < in_use() < 2**40
    True
    """
    import psutil

    process, total = psutil.Process(), 0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it has just ended
            total += each.memory_info().rss
    return total


def _bytes(text: int | str) -> int:
    """An integer, or a number with K, M, G or T for powers of 1024, as in 1.5 GiB; 0 if it is no such number."""
    match = re.fullmatch(r"\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([KMGT]?)(?:i?B)?\s*", str(text), re.A | re.I)
    return 0 if match is None or isinstance(text, bool) else int(float(match[1]) * (1 << _POWERS[match[2].upper()]))


def _positive(kind: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind) and not isinstance(value, bool) and value > 0


_RULES: dict[str, tuple[Callable[[Any], object], str]] = {
    "budget": (_positive(Real), "a positive number of seconds"),
    "budget_regions": (_positive(Integral), "a positive number of regions"),
    "jobs": (_positive(Integral), "a positive number of processors"),
    "executor": (
        lambda value: isinstance(value, Executor) or callable(getattr(value, "get_executor", None)),
        "a concurrent.futures.Executor or a Dask client",
    ),
    "checkpoint": (lambda value: isinstance(value, str | os.PathLike) and value != "", "the name of a folder"),
    "memory": (_bytes, "a number of bytes; write for example 2G or 500M"),
    "report": (callable, "something to call with the running count"),
}
"""Of each field: whether a value makes sense, and what it should be."""
