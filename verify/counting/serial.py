"""Counts within limits by one processor, whatever ``jobs`` says: what is known at every moment."""

import math
import time
from typing import Any

from theory.deadline import DeadlineExceededError, until
from verify.counting.limits import Limits
from verify.engines.selection import Run

_PAUSE = 0.4
"""Seconds between two reports."""
_FULL = 0.9
"""The share of the memory at which the count stops."""


class SerialCount:
    """A count by one engine's run with its bracket [lower, upper].

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
        """What counted, and what ended it early."""
        ended = {"interrupted": self.interrupted, "memory_full": self.full}
        return {"engine": self._run.engine, **{key: True for key in ended if ended[key]}}

    def _facts(self, finished: int, waiting: int) -> dict[str, Any]:
        """What every progress says."""
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
            "rate": self.lower / seconds,
            "left": 0.0 if self.exact else None,
        }

    def go(self, limits: Limits, deadline: float) -> None:
        """Count until the number is known, it is given up, or a limit is reached."""
        try:
            while not (self.exact or self.gave_up):
                now, end = time.perf_counter(), deadline - 2 * self._cost
                self.full = limits.filled > _FULL
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
