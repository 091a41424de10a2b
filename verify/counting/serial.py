"""Counts within limits by one processor, whatever ``jobs`` says: what is known at every moment.

There are two kinds, by images (:mod:`verify.counting.images`) and from one chamber of a symmetry
(:mod:`verify.engines.symmetry`).  There each region that meets the chamber stands for a number of regions of the whole
problem, no two of them for the same ones.  So the sum over those found so far is a lower bound; the upper bound is that
of the whole problem until the number is known.
"""

import math
import time
from typing import Any

from theory.deadline import DeadlineExceededError, until
from theory.text import integer_text
from verify.counting.limits import FULL, Limits
from verify.counting.long.bounds import Bounds
from verify.counting.long.progress import Progress
from verify.engines.images.run import in_chamber
from verify.engines.problem import Problem
from verify.engines.selection import Run
from verify.engines.symmetry import useful_symmetry

_PAUSE = 0.4
"""Seconds between two reports."""
_MOST = 2**1000
"""The rate is a float; it is that of so many regions if more are found."""


class ChamberProgress(Progress):
    """The state of a count in a chamber."""

    def __str__(self) -> str:
        return f"{integer_text(self.regions, longest=9)} regions so far, from one chamber of a symmetry"


class SerialCount:
    """A count by one engine's run with its bracket [lower, upper], in a chamber unless a subclass says otherwise.

    It ``gave_up`` if another way of counting is better.  ``interrupted`` and ``full`` say whether an interrupt from
    the keyboard, or the limit of memory, ended it.
    """

    def __init__(self, run: Run, upper: int) -> None:
        self._run: Any = run
        self._began = time.perf_counter()
        self._cost = 0.0  # seconds that it took to keep the state
        self.lower, self.upper = 1, upper
        self.interrupted = self.full = self.gave_up = False

    @property
    def exact(self) -> bool:
        """Whether the number is known."""
        return self.lower == self.upper

    @property
    def statistics(self) -> dict[str, Any]:
        """What counted, what ended it early, and the number of the symmetries."""
        facts = {"interrupted": self.interrupted, "memory_full": self.full, **self._run.statistics}
        kept = ("interrupted", "memory_full", "symmetries")
        return {"engine": self._run.engine, **{key: facts[key] for key in kept if facts.get(key)}}

    @property
    def progress(self) -> Progress:
        """How far it is at this moment."""
        return ChamberProgress(**self._facts(int(self.exact), int(not self.exact)))

    def _facts(self, finished: int, waiting: int) -> dict[str, Any]:
        seconds = time.perf_counter() - self._began
        return {
            "lower": self.lower,
            "upper": self.upper,
            "regions": self.lower,
            "finished": finished,
            "waiting": waiting,
            "share": float(self.exact),
            "work": finished / max(1, finished + waiting),
            "seconds": seconds,
            "rate": min(self.lower, _MOST) / seconds,
            "left": 0.0 if self.exact else None,
        }

    def go(self, limits: Limits, deadline: float) -> None:
        """Count until the number is known, it is given up, or a limit is reached."""
        try:
            while not (self.exact or self.gave_up):
                now, end = time.perf_counter(), deadline - 2 * self._cost
                self.full = limits.filled > FULL
                if now >= end or self.full or self.lower >= (limits.budget_regions or math.inf):
                    self._keep(last=True)
                    return
                with until(lambda: time.perf_counter() >= deadline):
                    self._advance(min(end, now + _PAUSE))
                if limits.report is not None and not self.gave_up:
                    limits.report(self)
        except DeadlineExceededError:
            return
        except KeyboardInterrupt:
            self.interrupted = True

    def _advance(self, deadline: float) -> None:
        """Go on for some time, and take in what is found."""
        try:
            if self._run.advance(deadline):
                self.upper = self._run.found
        finally:  # a deadline may be noticed inside
            self.lower = max(self.lower, self._run.found)

    def _keep(self, *, last: bool) -> None:
        """Write down how far the count is, if there is a place for it."""


def count_in_chamber(problem: Problem, limits: Limits, deadline: float) -> SerialCount | None:
    """The count within limits; None where no symmetry is found, or a checkpoint, cluster or many jobs serve better."""
    if limits.checkpoint is not None or limits.executor is not None:
        return None
    symmetry = useful_symmetry(problem)
    if symmetry is None or symmetry.order <= limits.jobs:
        return None
    run = SerialCount(in_chamber(problem, symmetry), Bounds(problem)(()))
    run.go(limits, deadline)
    return run
