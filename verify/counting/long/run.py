"""The loop of a long count: which part is next, and what is known so far."""

import contextlib
import hashlib
import heapq
import math
import os
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from theory.deadline import DeadlineExceededError, until
from theory.errors import InvalidInputError, UnsupportedError
from theory.network import Network
from verify.certificate.parts import PartWriter, compose
from verify.certificate.verdict import long_integers
from verify.counting.limits import FULL, Limits, in_use
from verify.counting.long.checkpoint import Checkpoint
from verify.counting.long.progress import Progress
from verify.counting.long.segment import is_large, regions_on_segment
from verify.counting.long.team import Team
from verify.counting.long.tree import Job, PartTree
from verify.counting.long.work import PartCount, TimeLimit, Work
from verify.domain.shapes import Domain
from verify.engines.interior import central_point
from verify.engines.problem import Problem

_PAUSE = 2.0
"""Seconds for which the loop waits for a part before it reports what is known of those in work."""
_RUN_TO_END_FACTOR = 4
"""So many times as long a part may take where several workers count to the end: then a part given up is work lost."""
_NEARLY = 0.75
"""The share of the memory from which on no more parts are collected."""
_LEAST_SECONDS = 1.0
"""Time for the question whether the domain has an interior point, even if the budget is less."""
_SEGMENT_SHARE = 0.5
"""The share of a budget in which the regions along a segment are counted, before parts are."""
_MEMORY_PAUSE = 0.1
"""Seconds between two looks at the memory."""


class AnytimeCount(PartTree):
    """A count of activation regions that may stop at any moment and go on later.

    To the attributes of :class:`verify.counting.long.tree.PartTree` it adds ``interrupted`` and ``full``, whether an
    interrupt from the keyboard or the limit of memory ended it, ``on_segment``, the regions found along a segment (0 if
    none was cut), and ``certified``, the bracket that its certificate shows.

    >>> from theory import Network
    >>> from verify import WholeSpace
    >>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
    >>> run = AnytimeCount(Problem.of(net, WholeSpace(2)))
    >>> run.lower, run.upper
    (1, 7)
    >>> run.go()
    >>> run.lower, run.upper
    (7, 7)
    """

    def __init__(
        self, problem: Problem, *, checkpoint: Checkpoint | None = None, writer: PartWriter | None = None
    ) -> None:
        super().__init__(problem, checkpoint, certified=writer is not None)
        self._writer = writer
        self._in_work = 0, 0.0  # regions found in parts that are being counted, and work done for them
        self._began: tuple[float, int, float] | None = None  # when, with how many regions, with how much work done
        self.interrupted = self.full = False
        self.on_segment = 0
        self.certified: tuple[int, int] | None = None

    @property
    def share(self) -> float:
        """The regions found as a share of the upper end, between 0 and 1."""
        return float(Fraction(self.regions + self._in_work[0], self.upper))

    @property
    def progress(self) -> Progress:
        """How far it is at this moment."""
        began, regions, work = self._began or (time.perf_counter(), self.regions, self.work)
        found, done = self.regions + self._in_work[0], self.work + self._in_work[1]
        seconds, gained = time.perf_counter() - began, done - work
        return Progress(
            lower=self.lower,
            upper=self.upper,
            regions=found,
            finished=self.finished,
            waiting=self.waiting,
            share=self.share,
            work=1.0 if self.exact else min(done, 1.0),
            seconds=seconds,
            rate=(found - regions) / seconds if seconds else 0.0,
            left=0.0 if self.exact else seconds * max(0.0, 1.0 - done) / gained if gained > 0 else None,
        )

    def look_along_a_segment(self, limits: Limits, deadline: float, share: float) -> None:
        """Raise the lower end to the regions on ever longer segments, in a share of the time, and of the memory."""
        end = time.perf_counter() + share * (deadline - time.perf_counter())
        stop = until(lambda: time.perf_counter() >= end or limits.filled > _NEARLY)
        with contextlib.suppress(DeadlineExceededError, UnsupportedError), stop:
            for part in (Fraction(1, 64), Fraction(1, 16), Fraction(1, 4), Fraction(1)):
                self.on_segment = regions_on_segment(self.problem, part)
                self.narrow(self.on_segment, self.upper)

    def go(self, limits: Limits | None = None, *, deadline: float | None = None) -> None:
        """Count until it is exact or a limit is reached; its own checkpoint counts, not that of the limits.

        From three quarters of the memory on, the part that was made last comes first: then hardly more of them wait.
        The budget ends at ``deadline``, by ``time.perf_counter()``; without one it begins now.
        """
        limits = limits or Limits()
        self._began = time.perf_counter(), self.regions, self.work
        end = self._began[0] + limits.seconds if deadline is None else deadline
        with (
            Team(Work(self.problem, self._writer), limits) as team,
            contextlib.suppress(DeadlineExceededError),
            until(lambda: time.perf_counter() >= end),
        ):
            try:
                if team.has_workers and [job.part for job in self._open] == [()]:
                    self._begin(limits, divided=not team.shares_parts)
                self._loop(team, limits, end)
            finally:
                self._look_at(team)
                for job in team.running:
                    heapq.heappush(self._open, job)

    def _begin(self, limits: Limits, *, divided: bool) -> None:
        """Divide the whole space, so that every worker has something to do, unless they share it anyway.

        Threads do: they begin with the whole, for beginning a part is Python's work, which one thread does at a time.
        """
        if limits.runs_to_the_end and self._checkpoint is None:
            self._to_the_end = True
            self._open[0].cpu_seconds *= _RUN_TO_END_FACTOR
        if divided:
            self._divide(self._take())

    def _loop(self, team: Team, limits: Limits, deadline: float) -> None:
        """Count parts, or divide them, until nothing is left or a limit is reached."""
        looked, filled = -math.inf, 0.0
        while self._open or team.running:
            now = time.perf_counter()
            if now - looked >= _MEMORY_PAUSE:
                looked, filled = now, limits.filled
            self.full = filled > FULL
            if now >= deadline or self.full or self.lower >= (limits.budget_regions or math.inf):
                return
            while self._open and team.has_room:
                job = self._take(newest=filled > _NEARLY)
                cpu_seconds = math.inf if self._to_the_end and team.shares_parts else job.cpu_seconds
                team.start(job, TimeLimit(cpu_seconds, deadline - now))
            for job, counted in team.results(min(deadline - now, _PAUSE)):
                self._settle(job, counted, late=time.perf_counter() >= deadline)
                self._look_at(team)  # what was found in it before is not in work any more
                self._report(limits)
            if team.shares_parts:
                self._look_at(team)
                self._report(limits)

    def _report(self, limits: Limits) -> None:
        if limits.report is not None:
            limits.report(self)

    def _look_at(self, team: Team) -> None:
        """What is known of the parts that are being counted."""
        in_work = team.in_work()
        more = sum(max(0, found - job.least) for job, found, _ in in_work)
        self._in_work = (
            sum(found for _, found, _ in in_work),
            sum(job.node.share * (1.0 - left) for job, _, left in in_work),
        )
        self.narrow(self.regions + self._least + more, self.upper)

    def _settle(self, job: Job, counted: PartCount, late: bool) -> None:
        """Take the result for a part: it is counted; or not yet, and then it is divided unless the time is over."""
        if counted.done:
            self._finish(job, counted.found, counted.lines)
            return
        self.narrow(self.regions + self._least + max(0, counted.found - job.least), self.upper)
        if late:
            heapq.heappush(self._open, job)
        else:
            self._divide(job)


class Certificate(NamedTuple):
    """A certificate that is wanted: of which network, on which domain, at which path."""

    path: str | os.PathLike[str]
    network: Network
    domain: Domain


def _require_interior(problem: Problem, deadline: float) -> None:
    """Refuse a domain without interior: every bracket begins with one region, which is true only if there is one.

    The error is ``NoInteriorError``, or InvalidInputError if neither the budget nor the least time for this question
    was enough to know.
    """
    end = max(deadline, time.perf_counter() + _LEAST_SECONDS)
    try:
        with until(lambda: time.perf_counter() >= end):
            central_point(problem)
    except DeadlineExceededError:
        raise InvalidInputError(
            "the budget ended before it was known whether the domain has an interior point; give more"
        ) from None


def count_within(
    problem: Problem,
    subject: tuple[str, str],
    limits: Limits,
    *,
    began: float | None = None,
    certificate: Certificate | None = None,
) -> AnytimeCount:
    """Count within limits.

    ``subject`` are the digests of network and domain, which a checkpoint must agree with; the budget runs from
    ``began`` on, by ``time.perf_counter()``, or from now.  An interrupt ends the count like a limit: what is proved
    stays proved.  A certificate, of the count or of the bracket, is written at the end, from lines that are kept in the
    checkpoint, or in a folder beside the certificate for the time being.
    """
    deadline = (time.perf_counter() if began is None else began) + limits.seconds
    if limits.filled > FULL:
        raise InvalidInputError(
            f"memory {limits.memory} is too little: {in_use() >> 20} M are in use before anything is counted; give more"
        )
    _require_interior(problem, deadline)
    with contextlib.ExitStack() as stack:
        folder = limits.checkpoint
        if certificate:
            stack.enter_context(long_integers())
            beside = Path(certificate.path).parent
            folder = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix=".certificate-", dir=beside))
        kept = stack.enter_context(contextlib.closing(Checkpoint(folder, subject))) if folder else None
        writer = None
        if certificate and kept:
            if Path(certificate.path).resolve() == kept.path.resolve():
                raise InvalidInputError(
                    f"{certificate.path} belongs to the checkpoint; name another file for the certificate"
                )
            writer = PartWriter.of(certificate.network, certificate.domain)
        run = AnytimeCount(problem, checkpoint=kept, writer=writer)
        huge = any(layer.floats is not None and layer.floats.is_huge for layer in problem.network.layers)
        try:
            if certificate is None and is_large(problem) and not (limits.runs_to_the_end and not huge):
                run.look_along_a_segment(limits, deadline, 1.0 if huge else _SEGMENT_SHARE)
            if not huge:  # no engine takes such layers: the bracket is what bounds and a segment say
                run.go(limits, deadline=deadline)
        except KeyboardInterrupt:
            run.interrupted = True
        if kept:
            kept.stop(run.lower, run.upper)
        if certificate and kept and writer:
            parts = run.parts()
            counted = None if "pending" in parts.values() else run.regions
            token = hashlib.sha256(os.fsencode(kept.path.resolve())).hexdigest()[:16]  # no other process has this
            run.certified = compose(*certificate, writer, parts, kept.done, kept.lines, counted=counted, token=token)
            run.narrow(*run.certified)
    return run
