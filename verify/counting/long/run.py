"""The loop of a long count: which part is next, who counts it, and what is known so far."""

from __future__ import annotations

import concurrent.futures as futures
import contextlib
import functools
import hashlib
import heapq
import math
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from theory.errors import InternalError, InvalidInputError
from theory.network import Network, Pattern
from verify.certificate import writer as certificates
from verify.certificate.parts import PartWriter, State, compose
from verify.certificate.parts import load as load_writer
from verify.certificate.verdict import long_integers
from verify.counting.limits import Limits
from verify.counting.long import cluster
from verify.counting.long.alarm import broken_off
from verify.counting.long.bounds import Bounds
from verify.counting.long.checkpoint import Checkpoint
from verify.counting.long.memory import in_use
from verify.counting.long.outlook import Outlook
from verify.counting.long.parts import divided, is_whole
from verify.counting.long.progress import Progress
from verify.counting.long.team import Job, Team
from verify.counting.long.threads import Threads
from verify.counting.long.work import Share, Time, Work, is_at_most, listen
from verify.domain.shapes import Domain
from verify.engines.problem import Problem
from verify.engines.selection import MANY_INPUTS, is_ready, load

__all__ = ["AnytimeCount", "Certificate", "count_within"]

_WANTED = 32
"""Parts that a part is divided into, at least."""
_PATIENCE = 2.0
"""Seconds of the processor after which a part is divided; its parts get twice as long."""
_SERENITY = 4
"""So many times as patient are several workers who count to the end: then a part given up is work lost."""
_MANY_WEIGHTS = 20_000
"""Weights of a layer from which on a part takes long to begin."""
_NEARLY, _FULL = 0.75, 0.9
"""Shares of the memory from which on no more parts are collected, and at which the count stops."""


class AnytimeCount:
    """A count of activation regions that may stop at any moment and go on later.

    Attributes
    ----------
    lower, upper : int
        The count lies between them; they only ever come closer.
    finished, waiting : int
        Parts that are counted, and parts that are not.
    regions : int
        Regions of the finished parts.
    work : float
        How much of the work is probably done, between 0 and 1.
    interrupted : bool
        Whether a person ended it.
    full : bool
        Whether the limit of memory ended it.
    certified : (int, int) or None
        The bracket that its certificate shows.

    Examples
    --------
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
        if writer and not checkpoint:
            raise InvalidInputError("the lines of a certificate need a checkpoint to be kept in")
        self.problem = problem
        self._checkpoint = checkpoint
        self._writer = writer
        self._children: dict[Pattern, list[Pattern]] = {}  # of parts that were divided
        self._bounds = Bounds(problem)
        self._open: list[Job] = []
        self._to_the_end = False  # nobody asks before it ends: large parts first, so that all workers end together
        self._underway = 0, 0.0  # regions found in parts that are being counted, and work done for them
        self._least = 0  # of the regions that parts which are not finished are known to have
        self._made = 0
        self.regions = self.finished = self.waiting = 0
        self.work = 0.0
        self._began: tuple[float, int, float] | None = None  # when, with how many regions, with how much work done
        self.interrupted = self.full = False
        self.certified: tuple[int, int] | None = None
        known = checkpoint.bracket if checkpoint else None
        self._outlook = Outlook(self._bounds(()))
        self.lower, self.upper = known or (1, self._outlook.upper)
        if checkpoint and writer is None and self.exact and self.upper <= self._outlook.upper:
            self.regions, self.finished, self.work = self.lower, len(checkpoint.done), 1.0
            return  # it was finished before, and no part needs to be divided again
        self._put((), _PATIENCE / 2, self._outlook)
        self._update()

    @property
    def exact(self) -> bool:
        """Whether lower = upper."""
        return self.lower == self.upper

    @property
    def share(self) -> float:
        """The regions found as a share of the upper end, between 0 and 1."""
        return float(Fraction(self.regions + self._underway[0], self.upper))

    @property
    def progress(self) -> Progress:
        """How far it is at this moment."""
        began, regions, work = self._began or (time.perf_counter(), self.regions, self.work)
        found, done = self.regions + self._underway[0], self.work + self._underway[1]
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

    def go(
        self,
        *,
        seconds: float | None = None,
        regions: int | None = None,
        executor: futures.Executor | Threads | None = None,
        workers: Callable[[], int] = lambda: 1,
        instead: Callable[[], futures.Executor] | None = None,
        memory: float | None = None,
        report: Callable[[], object] | None = None,
    ) -> None:
        """Count until it is exact, the time is over, so many regions are found, or memory is about to be full.

        From three quarters of the memory on, the part that was made last comes first: then hardly more of them wait.

        Parameters
        ----------
        executor : concurrent.futures.Executor or Threads, optional
            Who counts the parts; without one, this thread does.
        workers : callable
            How many parts the executor can count at a time; a cluster may grow.
        instead : callable, optional
            Makes the executor that takes over from threads that hold each other up.
        memory : float, optional
            Bytes that this process and those it has started may use.
        report : callable, optional
            Called without arguments whenever something is known that was not.
        """
        self._began = time.perf_counter(), self.regions, self.work
        deadline = math.inf if seconds is None else self._began[0] + seconds
        with Team(Work(self.problem, self._writer), executor, workers, instead) as team:
            if executor is not None and [job.part for job in self._open] == [()]:
                team.prepare()
                job = self._next(last=False)
                if seconds is None and regions is None and memory is None and self._checkpoint is None:
                    self._to_the_end, job.patience = True, _SERENITY * job.patience
                if self._to_the_end and team.shares and _is_costly_to_begin(self.problem):
                    heapq.heappush(self._open, job)
                else:
                    self._split(job)  # all of them have something to do from the beginning
            try:
                self._loop(team, deadline, regions, memory, report or (lambda: None))
            finally:
                self._watch(team)
            for job in team.running:
                heapq.heappush(self._open, job)

    def _loop(
        self, team: Team, deadline: float, regions: int | None, memory: float | None, report: Callable[[], object]
    ) -> None:
        """Start parts and settle what becomes of them until nothing is left, or a limit is reached."""
        while self._open or team.running:
            left = deadline - time.perf_counter()
            filled = in_use() / memory if memory else 0.0
            self.full = filled > _FULL
            if left <= 0 or self.full or (regions is not None and self.lower >= regions):
                return
            while self._open and team.has_room:
                job = self._next(last=filled > _NEARLY)
                patience = math.inf if self._to_the_end and team.shares else job.patience
                team.start(job, Time(patience, left))
            for job, share in team.results(min(left, _PATIENCE)):
                self._settle(job, share, late=time.perf_counter() >= deadline)
                self._watch(team)  # what was found in it before is not underway any more
                report()
            if team.shares:
                self._watch(team)
                report()

    def _watch(self, team: Team) -> None:
        """What is known of the parts that are being counted."""
        underway = team.underway()
        more = sum(max(0, found - job.least) for job, found, _ in underway)
        self._underway = (
            sum(found for _, found, _ in underway),
            sum(job.outlook.share * (1.0 - left) for job, _, left in underway),
        )
        self.narrow(self.regions + self._least + more, self.upper)

    def _next(self, *, last: bool) -> Job:
        """Take the part that comes first, or the one that was made last."""
        if not last:
            return heapq.heappop(self._open)
        at = max(range(len(self._open)), key=lambda i: self._open[i].order)
        self._open[at], self._open[-1] = self._open[-1], self._open[at]
        job = self._open.pop()
        heapq.heapify(self._open)
        return job

    def _put(self, part: Pattern, patience: float, outlook: Outlook) -> None:
        """A new part; its count may be known already, or that it was divided."""
        known = self._known(part)
        if self._state(part) in ("here", "written"):
            self.regions += known or 1
            self.finished += 1
            self.work += outlook.share
            outlook.finished(known or 1)
        elif self._checkpoint and part in self._checkpoint.divided:
            self._divide(part, patience, outlook)
        else:
            self._made += 1
            urgency = outlook.share if self._to_the_end else outlook.haste
            job = Job(-urgency, self._made, part, patience, known or 1, outlook)
            self._least += job.least
            self.waiting += 1
            heapq.heappush(self._open, job)

    def _known(self, part: Pattern) -> int | None:
        """Its count, where it is kept."""
        return self._checkpoint.done.get(part) if self._checkpoint else None

    def _state(self, part: Pattern) -> State:
        """What has become of a part: a region of its own, finished, or open."""
        if is_whole(self.problem, part):
            return "here"
        if self._checkpoint and part in self._checkpoint.done:
            return "open" if self._writer and not self._checkpoint.has_lines(part) else "written"
        return "open"

    def _divide(self, part: Pattern, patience: float, outlook: Outlook) -> None:
        children = divided(self.problem, part, _WANTED, closely=not self._to_the_end)
        if self._writer:
            self._children[part] = list(children)
        below = outlook.divided(
            (self._known(child) or self._bounds(child, inside.regions), inside.finer)
            for child, inside in children.items()
        )
        for child, its in zip(children, below, strict=True):
            self._put(child, 2 * patience, its)

    def parts(self) -> dict[Pattern, State]:
        """The parts of the space that are not divided, if there is to be a certificate.

        They make up the space also where an interrupt has left the numbers of this object behind the facts.
        """
        found: dict[Pattern, State] = {}
        waiting: list[Pattern] = [()]
        while waiting:
            part = waiting.pop()
            state = self._state(part)
            if state == "open" and part in self._children:
                waiting += self._children[part]
            else:
                found[part] = state
        return found

    def narrow(self, lower: int, upper: int) -> None:
        """Take in a bracket that is known from elsewhere."""
        self.lower, self.upper = max(self.lower, lower), min(self.upper, upper)
        if self.lower > self.upper:
            raise InternalError(f"{self.lower} regions were found where at most {self.upper} are possible")

    def _settle(self, job: Job, share: Share, late: bool) -> None:
        """What became of a part: counted; or not yet, and then it is divided unless the time is over."""
        found, done, lines = share
        if not done and late:
            self.narrow(self.regions + self._least + max(0, found - job.least), self.upper)
            heapq.heappush(self._open, job)
            return
        if done:
            self._least -= job.least
            self.waiting -= 1
            self.regions += found
            self.finished += 1
            self.work += job.outlook.share
            job.outlook.finished(found)
            if self._checkpoint:
                self._checkpoint.add(job.part, found, lines)
            self._update()
        else:
            self.narrow(self.regions + self._least + max(0, found - job.least), self.upper)
            self._split(job)

    def _split(self, job: Job) -> None:
        """Parts of a part, which takes too long as a whole."""
        self._least -= job.least
        self.waiting -= 1
        if self._checkpoint:
            self._checkpoint.divide(job.part)
        self._divide(job.part, job.patience, job.outlook)
        self._update()

    def _update(self) -> None:
        """Every part that waits has a region at least, and no more than its bound."""
        self.narrow(self.regions + self._least, self._outlook.upper)


def _is_costly_to_begin(problem: Problem) -> bool:
    """Whether beginning a part takes so long that threads had better share the whole than divide it."""
    weights = max((layer.rows * layer.inputs for layer in problem.network.hidden), default=0)
    return problem.dimension > MANY_INPUTS or weights > _MANY_WEIGHTS


@dataclass(frozen=True)
class Certificate:
    """A certificate that is wanted: of which network, on which domain, at which path."""

    path: str | os.PathLike[str]
    network: Network
    domain: Domain

    def written(self, run: AnytimeCount, kept: Checkpoint, writer: PartWriter) -> tuple[int, int]:
        """Write it from what is finished; the bracket that it certifies."""
        parts = run.parts()
        counted = None if "open" in parts.values() else run.regions
        token = hashlib.sha256(os.fsencode(kept.path.resolve())).hexdigest()[:16]  # the checkpoint is ours alone
        return compose(
            self.path, self.network, self.domain, writer, parts, kept.done, kept.lines, counted=counted, token=token
        )


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
    ``began`` on, by ``time.perf_counter()``, or from now.  An interrupt ends the count
    like a limit: what is proved stays proved.  A certificate, of the count or of the bracket, is written at the end,
    from lines that are kept in the checkpoint, or in a folder beside the certificate for the time being.
    """
    jobs = limits.jobs
    deadline = (time.perf_counter() if began is None else began) + limits.seconds
    if limits.memory is not None and in_use() > _FULL * limits.bytes:
        raise InvalidInputError(
            f"memory {limits.memory} is too little: {in_use() >> 20} M are in use before anything is counted; give more"
        )
    with contextlib.ExitStack() as stack:
        folder = limits.checkpoint
        if certificate:
            stack.enter_context(long_integers())
            beside = Path(certificate.path).parent
            folder = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix=".certificate-", dir=beside))
        kept = stack.enter_context(contextlib.closing(Checkpoint(folder, subject))) if folder else None
        writer = None
        if certificate and kept:
            kept.require_lines(certificate.path)
            writer = PartWriter.of(certificate.network, certificate.domain, is_at_most(problem, certificates.FEW))
        run = AnytimeCount(problem, checkpoint=kept, writer=writer)

        def processes() -> futures.Executor:
            spawn = multiprocessing.get_context("spawn")
            theirs, ours = spawn.Pipe(duplex=False)
            stack.enter_context(theirs)
            pool = futures.ProcessPoolExecutor(jobs, mp_context=spawn, initializer=listen, initargs=(theirs,))
            stack.enter_context(pool)
            stack.enter_context(ours)
            return pool

        team: futures.Executor | Threads | None = None
        if limits.executor is not None:
            team = cluster.as_executor(limits.executor)
        elif jobs > 1:
            team = stack.enter_context(Threads(problem, jobs)) if is_ready() and writer is None else processes()
        known = jobs if jobs > 1 else os.cpu_count() or 1

        def workers() -> int:
            return team.workers if isinstance(team, cluster.Cluster) else known

        go = functools.partial(
            run.go,
            seconds=None if limits.budget is None else deadline - time.perf_counter(),
            regions=limits.budget_regions,
            executor=team,
            workers=workers,
            instead=processes,
            memory=None if limits.memory is None else limits.bytes,
            report=None if limits.report is None else functools.partial(limits.report, run),
        )
        if is_ready():
            load()  # which must not be broken off
            if writer:
                load_writer()
        try:
            broken_off(go, lambda: time.perf_counter() >= deadline)
        except KeyboardInterrupt:
            run.interrupted = True
        if kept:
            kept.stop(run.lower, run.upper)
        if certificate and kept and writer:
            run.certified = certificate.written(run, kept, writer)
            run.narrow(*run.certified)
    return run
