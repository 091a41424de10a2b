"""The options of :func:`verify.refute`, checked once and handed down whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import integer
from verify.maxima.climbing import Clock


@dataclass(frozen=True, kw_only=True)
class Options:
    """The arguments of :func:`verify.refute` but for the statement and its kind; documented there."""

    budget: float | None
    examples: int | None
    units: str | None
    architectures: Iterable[Architecture | str] | None
    where: str | Callable[[Architecture], Any] | None
    seed: int
    patience: float
    keep_going: bool
    audit: bool
    folder: Path

    def __post_init__(self) -> None:
        seconds = {"patience": self.patience, **({} if self.budget is None else {"budget": self.budget})}
        for name, value in seconds.items():
            if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
                raise InvalidInputError(f"{name}: {value!r} is no positive number of seconds")
        object.__setattr__(self, "seed", integer(self.seed, place="seed"))
        if self.examples is not None:
            object.__setattr__(self, "examples", integer(self.examples, place="examples", minimum=1))
        if self.units not in (None, "relu", "maxout"):
            raise InvalidInputError(f"units: {self.units!r} is unknown; choose relu or maxout")

    def clock(self) -> Clock:
        """A clock with the budget: the seconds and examples that are given, or 60 s."""
        seconds = 60.0 if self.budget is None and self.examples is None else self.budget
        return Clock(seconds, self.examples)
