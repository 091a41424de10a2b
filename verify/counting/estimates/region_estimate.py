"""How many regions a network has, with a confidence that is proved."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from theory.architecture import Architecture
from theory.errors import InvalidInputError
from theory.exact import decimal, integer, rational
from theory.network import Network
from verify.counting.estimates.confidence import MeanBound
from verify.counting.estimates.draws import Drawing, Method, Transcript, can_dive, prepared, values
from verify.counting.estimates.parity import Search
from verify.counting.limits import Limits
from verify.counting.long.team import Cluster, lost, workers
from verify.counting.region_count import count
from verify.counting.samples.draws import NestedBound, problem_walls
from verify.domain.shapes import Domain
from verify.engines.problem import Problem, domain_of

if TYPE_CHECKING:
    from distributed import Client

_COUNTING, _PILOT = 0.15, 0.3
"""Shares of the budget: for an exact count, and until it is decided whether sets or trees are drawn."""
_HOPEFUL = 0.05
"""After that sets alone are drawn if at least this share of them led to regions, otherwise trees as well."""
_ERRORS = 3
"""Sides on which the interval may be wrong: sets from below and above, trees, dives or parity from below."""
_MOST_SETS, _MOST_TREE = 24, 8
"""Dimensions in which an exact dictionary is quick enough for these methods."""
_LEAST, _LOOK = 20, 10.0
"""Draws between two looks at the interval, at first, later a tenth of those that were made; and seconds at most."""


@dataclass(frozen=True)
class RegionEstimate:
    """Bounds on the number R of regions: two that are proved, and an interval that contains R with some confidence."""

    lower: int
    upper: int
    """Proved: lower ≤ R ≤ upper."""
    low: int
    high: int
    """The method finds low ≤ R ≤ high with probability at least ``confidence``, over the random bits of its draws."""
    confidence: Fraction
    error: Fraction
    """Like the confidence as asked for; whether it was reached is :attr:`reached`."""
    draws: dict[str, int]
    """How many draws of each method were made."""
    seed: int
    seconds: float = field(compare=False)
    architecture: Architecture
    domain: Domain
    interrupted: bool = False
    """Whether the user stopped it; the statements hold all the same."""

    @property
    def exact(self) -> bool:
        """Whether R is known."""
        return self.lower == self.upper

    @property
    def value(self) -> int:
        """The number whose largest relative error is least if R is in the interval: the harmonic mean of its ends."""
        return round(Fraction(2 * self.low * self.high, self.low + self.high))

    @property
    def reached(self) -> bool:
        """Whether :attr:`value` is within ``error`` of every number of the interval, relative to that number."""
        return all(abs(self.value - end) <= self.error * end for end in (self.low, self.high))

    @property
    def percent(self) -> str:
        """The confidence in percent, cut off after four decimals."""
        return f"{math.floor(10**6 * self.confidence) / 10**4:g} %"

    def __str__(self) -> str:
        where = f"of {self.architecture} on {self.domain}"
        if self.exact:
            return f"{decimal(self.lower)} activation regions {where}, exactly"
        return (
            f"{decimal(self.low)} to {decimal(self.high)} activation regions {where} with confidence {self.percent}; "
            f"proved: {decimal(self.lower)} to {decimal(self.upper)}"
        )


class _Method:
    """The draws of one method and the bounds that follow from them."""

    def __init__(self, drawing: Drawing, bounds: list[MeanBound], known: list[Fraction]) -> None:
        self.drawing, self.bounds, self.values = drawing, bounds, list[Fraction]()
        self.seconds, self.known = 0.0, len(known)
        self.take(known)

    def take(self, found: list[Fraction]) -> None:
        for value in found:
            for bound in self.bounds:
                bound.add(value)
        self.values += found


def estimate(
    network: Network,
    domain: Domain | None = None,
    *,
    error: float | Fraction | str = "1/10",
    confidence: float | Fraction | str = "19/20",
    budget: float = 60.0,
    seed: int = 0,
    lower: str = "trees",
    jobs: int = 1,
    executor: Executor | Client | None = None,
    transcript: str | os.PathLike[str] | None = None,
    report: Callable[[RegionEstimate], object] | None = None,
) -> RegionEstimate:
    r"""An interval that contains the number R of activation regions with a probability that is proved.

    Raises InvalidInputError if an argument makes no sense, or the transcript is of something else.

    Parameters
    ----------
    network, domain
        As for :func:`verify.count`.
    error : rational, optional
        Stop when one number is within this relative error of the whole interval.
    confidence : rational, optional
        The interval contains R with at least this probability.
    budget : seconds, optional
        Stop then in any case.
    seed : int
        The same draws on every machine; how many are made depends on the time.
    lower : str, optional
        What gives the lower end where sets of walls are hopeless: ``"trees"`` (dives in many dimensions) or
        ``"parity"`` constraints, which need ReLU units and the extra ``mip`` and give less in the same time.  Without
        them UnsupportedError or MissingExtraError is raised.
    jobs : int
        Processes that draw (they import a script, which therefore needs ``if __name__ == "__main__":``).
    executor : concurrent.futures.Executor or distributed.Client, optional
        What draws instead.
    transcript : path, optional
        Keep the draws in this file, which is written at each report, and go on after those that it holds
        (:mod:`verify.counting.estimates.draws`).
    report : callable, optional
        Called with the estimate whenever it may have changed.

    Notes
    -----
    First R is counted, for a part of the budget; that gives it, or proved bounds.  Then random numbers with mean R are
    drawn (:mod:`verify.counting.estimates.draws`), from sets of walls, which give both ends of the interval, or, where
    these are hopeless within the budget, from trees, dives or parity constraints, which give a lower end only; the
    upper end is then the proved one.  The interval may be looked at any time (``docs/proofs-draws.md``).  It may be
    wrong on three sides, sets from below and above and the other method from below, each with at most a third of
    1 − confidence.  Network, domain, seed and confidence are to be chosen without knowledge of the draws.

    Examples
    --------
    >>> import numpy as np
    >>> from theory import Architecture
    >>> from theory.initialization import Initialization
    >>> net = Initialization(bias="1/2").draw(Architecture.relu(3, 8, 8), np.random.default_rng(0))
    >>> found = estimate(net, budget=0.01)
    >>> found.lower <= found.low <= 794 <= found.high <= found.upper
    True
    """
    place = domain_of(network, domain)
    numbers = {"error": error, "confidence": confidence}
    share, level = (rational(str(v) if isinstance(v, float) else v, place=name) for name, v in numbers.items())
    if not 0 < share < 1 or not 0 < level < 1:
        raise InvalidInputError(f"error {error} and confidence {confidence} must lie between 0 and 1")
    if lower not in ("trees", "parity"):
        raise InvalidInputError(f"lower {lower!r:.40} is neither 'trees' nor 'parity'")
    limits = Limits(budget=budget, jobs=jobs, executor=executor, report=report)
    facts = integer(seed, place="seed"), lower == "parity", limits, transcript
    return _Run(network, place, share, level, *facts).result()


@dataclass
class _Run:
    """One estimate while it is made."""

    network: Network
    domain: Domain
    error: Fraction
    confidence: Fraction
    seed: int
    by_parity: bool
    limits: Limits
    path: str | os.PathLike[str] | None

    def __post_init__(self) -> None:
        self._began, self._problem = time.perf_counter(), Problem.of(self.network, self.domain)
        dimension = self._problem.dimension
        other: Method = "dives" if dimension > _MOST_TREE and can_dive(self._problem) else "tree"
        if self.by_parity:
            Search(self._problem)  # refuses what the solver cannot be given
            other = "parity"
        self._choices: list[Method] = ["sets", other] if dimension <= _MOST_SETS else [other]
        self._transcript = Transcript.of(self.path, self.network, self.domain, self.seed, self.error)
        kept = {name for name, some in self._transcript.values.items() if some}
        if lost_draws := kept - set(self._choices):
            raise InvalidInputError(
                f"{self.path} holds draws of {' and '.join(sorted(lost_draws))}, with which this run would not go on; "
                "name another file"
            )
        self._methods: dict[Method, _Method] = {}
        self._lower, self._upper = 1, 0
        self._interrupted = False

    @property
    def _left(self) -> float:
        return self._began + self.limits.seconds - time.perf_counter()

    def result(self) -> RegionEstimate:
        counted = count(self.network, self.domain, budget=_COUNTING * self.limits.seconds)
        self._lower, self._upper = counted.lower, counted.upper
        self._interrupted = "interrupted" in counted.statistics
        if not counted.exact and not self._interrupted:
            problem, few = self._problem, "sets" in self._choices
            bound = prepared(problem).bound if few else NestedBound(problem_walls(problem), problem.dimension).value
            self._upper = min(self._upper, bound)
            alpha = (1 - self.confidence) / _ERRORS
            for method in self._choices:
                ceilings = (None, bound) if method == "sets" else (None,)
                bounds = [MeanBound(alpha, float(self._transcript.error), ceiling) for ceiling in ceilings]
                known = self._transcript.values.get(method, [])
                self._methods[method] = _Method(Drawing(problem, self.seed, method), bounds, known)
            try:
                with ExitStack() as stack:
                    self._draw(workers(stack, self.limits))
            except KeyboardInterrupt:
                self._interrupted = True
        return self._now()

    def _draw(self, executor: Executor | None) -> None:
        """Draw sets until the error is reached; where few of them lead to regions, trees as well, half of the time."""
        pilot_ends = time.perf_counter() + _PILOT * self._left
        while True:
            work = self._methods[self._next(pilot=time.perf_counter() <= pilot_ends)]
            before, made = time.perf_counter(), len(work.values)
            in_time = int(_LOOK * (made - work.known) / (work.seconds or math.inf))  # by the pace, if it is known
            number = max(1, min(in_time, max(_LEAST, made // 10)))
            found = self._values(executor, work.drawing, made, number)
            work.seconds += time.perf_counter() - before
            work.take(found)
            self._transcript.write({name: method.values for name, method in self._methods.items()})
            now = self._now()
            if self.limits.report is not None:
                self.limits.report(now)
            if now.reached or self._left <= 0:
                return

    def _next(self, *, pilot: bool) -> Method:
        sets, other = self._methods.get("sets"), self._choices[-1]
        if sets is None:
            return other
        positive = sum(map(bool, sets.values))
        hopeful = pilot or positive >= _HOPEFUL * len(sets.values)
        return "sets" if hopeful or (positive and self._methods[other].seconds > sets.seconds) else other

    def _values(self, executor: Executor | None, drawing: Drawing, first: int, number: int) -> list[Fraction]:
        """The next draws, in order and without a gap, as far as there is time."""
        seconds = max(self._left, 0.0)
        if executor is None:
            return values(drawing, first, number, seconds)
        many = executor.workers if isinstance(executor, Cluster) else max(self.limits.jobs, 2)
        size = -(-number // many)
        starts = range(first, first + many * size, size)
        parts = [executor.submit(values, drawing, start, size, seconds) for start in starts]
        found: list[Fraction] = []
        try:
            for start, part in zip(starts, parts, strict=True):
                try:
                    some = part.result()
                except lost():
                    some = values(drawing, start, size, max(self._left, 0.0))
                found += some
                if len(some) < size:  # draws behind a gap would favor those that are quickly made
                    break
        finally:
            for part in parts:
                part.cancel()
        return found

    def _now(self) -> RegionEstimate:
        low, high = self._lower, self._upper
        for method in self._methods.values():
            below, *above = (bound.end() for bound in method.bounds)
            low = max(low, 0 if below is None else math.ceil(below))
            high = min(high, *(math.floor(end) for end in above if end is not None), high)
        if low > high:  # one of the bounds is wrong, which has at most the probability 1 − confidence
            low, high = self._lower, self._upper
        draws: dict[str, int] = {name: len(method.values) for name, method in self._methods.items()}
        bounds = self._lower, self._upper, low, high, self.confidence, self.error
        seconds, where = time.perf_counter() - self._began, (self.network.architecture, self.domain)
        return RegionEstimate(*bounds, draws, self.seed, seconds, *where, self._interrupted)
