"""Counts within limits from one chamber of a symmetry: what is known at every moment.

Each region that meets the chamber stands for a number of regions of the whole problem, no two of them for the same ones
(:mod:`verify.engines.symmetry`).  So the sum over those found so far is a lower bound; the upper one is that of the
whole problem until the number is known.  One processor counts, whatever ``jobs`` says.
"""

from __future__ import annotations

import math
import time

from theory.deadline import DeadlineExceededError, until
from theory.text import integer_text
from verify.counting.limits import Limits
from verify.counting.long.memory import in_use
from verify.counting.long.progress import Progress
from verify.counting.long.run import AnytimeCount
from verify.engines.images.run import in_chamber
from verify.engines.problem import Problem
from verify.engines.symmetry import Symmetry, useful_symmetry

__all__ = ["ChamberCount", "count_in_chamber"]

_PAUSE = 0.4
"""Seconds between two reports."""
_FULL = 0.9
"""The share of the memory at which the count stops."""


class ChamberProgress(Progress):
    """The state of a count in a chamber."""

    def __str__(self) -> str:
        return f"{integer_text(self.regions, longest=9)} regions so far, from one chamber of a symmetry"


class ChamberCount:
    """A count in a chamber with its bracket [lower, upper].

    ``interrupted`` and ``full`` say whether an interrupt from the keyboard, or the limit of memory, ended it.
    """

    def __init__(self, problem: Problem, symmetry: Symmetry) -> None:
        self._run = in_chamber(problem, symmetry)
        self._began = time.perf_counter()
        self.lower, self.upper = 1, AnytimeCount(problem).upper
        self.interrupted = self.full = False

    @property
    def exact(self) -> bool:
        """Whether the number is known."""
        return self.lower == self.upper

    @property
    def statistics(self) -> dict[str, int | str]:
        """What counted, and the number of the symmetries."""
        return {"engine": self._run.engine, "symmetries": self._run.statistics["symmetries"]}

    @property
    def progress(self) -> ChamberProgress:
        """How far it is at this moment."""
        seconds = time.perf_counter() - self._began
        return ChamberProgress(
            lower=self.lower,
            upper=self.upper,
            regions=self.lower,
            finished=int(self.exact),
            waiting=int(not self.exact),
            share=1.0 if self.exact else 0.0,
            work=1.0 if self.exact else 0.0,
            seconds=seconds,
            rate=self.lower / seconds,
            left=0.0 if self.exact else None,
        )

    def go(self, limits: Limits, deadline: float) -> None:
        """Count until the number is known, or a limit is reached."""
        try:
            while not self.exact:
                now = time.perf_counter()
                self.full = limits.memory is not None and in_use() > _FULL * limits.bytes
                if now >= deadline or self.full or self.lower >= (limits.budget_regions or math.inf):
                    return
                with until(lambda: time.perf_counter() >= deadline):
                    done = self._run.advance(min(deadline, now + _PAUSE))
                self.lower = max(self.lower, self._run.found)
                self.upper = self._run.found if done else self.upper
                if limits.report is not None:
                    limits.report(self)
        except DeadlineExceededError:
            self.lower = max(self.lower, self._run.found)
        except KeyboardInterrupt:
            self.lower, self.interrupted = max(self.lower, self._run.found), True


def count_in_chamber(problem: Problem, limits: Limits, deadline: float) -> ChamberCount | None:
    """The count within limits; None where no symmetry is found, or a checkpoint, cluster or many jobs serve better."""
    if limits.checkpoint is not None or limits.executor is not None:
        return None
    symmetry = useful_symmetry(problem)
    if symmetry is None or symmetry.order <= limits.jobs:
        return None
    run = ChamberCount(problem, symmetry)
    run.go(limits, deadline)
    return run
