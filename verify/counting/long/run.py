"""A long count: the parts of the space, divided as far as they have to be, and the bracket that follows from them.

A segment meets at most as many patterns on intervals as there are regions (``docs/proofs-draws.md``), so one through
the domain gives a lower end where counting parts hardly moves the bracket.
"""

import contextlib
import hashlib
import heapq
import math
import os
import random
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from theory.deadline import DeadlineExceededError, until
from theory.errors import InternalError, InvalidInputError, UnsupportedError
from theory.exact import from_fmpq
from theory.geometry.polyhedra import chord
from theory.network import Network, Pattern
from verify.certificate.parts import PartWriter, State, compose
from verify.certificate.verdict import long_integers
from verify.counting.limits import FULL, Limits, in_use
from verify.counting.long.checkpoint import Checkpoint
from verify.counting.long.parts import Bounds, divided, is_whole
from verify.counting.long.search_node import Job, Progress, SearchNode
from verify.counting.long.team import Team
from verify.counting.long.work import PartCount, TimeLimit, Work
from verify.domain.shapes import Domain, Line, Ray, Segment
from verify.engines.fast import central_point
from verify.engines.problem import Problem
from verify.engines.selection import is_wide_line
from verify.slices.lines import along

_WANTED, _PART_SECONDS = 32, 2.0
"""Parts that a part is divided into, at least; seconds of the processor after which it is, its parts after twice."""
_RUN_TO_END_FACTOR = 4
"""So many times as long a part may take where several workers count to the end: then a part given up is work lost."""
_PAUSE, _MEMORY_PAUSE = 2.0, 0.1
"""Seconds for which the loop waits for a part before it reports on those in work; and between looks at the memory."""
_NEARLY = 0.75
"""The share of the memory from which on no more parts are collected."""
_LEAST_SECONDS = 1.0
"""Time for the question whether the domain has an interior point, even if the budget is less."""
_LARGE, _SEGMENT_SHARE = 10**5, 0.5
"""With so many weights regions take long: those along a segment are counted first, in this share of a budget."""


class AnytimeCount:
    """A count of activation regions that may stop at any moment and go on later.

    The space is divided into parts, of which some are ``finished`` and some ``waiting``.  The count lies between
    ``lower`` and ``upper``, which only ever come closer.  ``regions`` are those of the finished parts; ``unchecked``
    ones are those of parts whose counts were read from the checkpoint, and are not proved by lines of a certificate.
    ``work`` is the share of the work that is probably done, between 0 and 1.  ``interrupted`` and ``full`` say whether
    an interrupt from the keyboard or the limit of memory ended it, ``on_segment`` is the number of regions found along
    a segment (0 if none was cut), and ``certified`` the bracket that its certificate shows.

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
        self.problem = problem
        self._checkpoint, self._writer = checkpoint, writer
        self._done = checkpoint.done if checkpoint else {}
        self._divided = checkpoint.divided if checkpoint else set()
        self._children: dict[Pattern, list[Pattern]] = {}  # of parts that were divided, if there is to be a certificate
        self._bounds = Bounds(problem)
        self._open: list[Job] = []
        self._to_the_end = False  # no bracket is asked for: large parts first, so that all workers end together
        self._least = 0  # the sum over the jobs that are not finished, those in work included
        self._made = 0
        self._in_work = 0, 0.0  # regions found in parts that are being counted, and work done for them
        self._began: tuple[float, int, float] | None = None  # when, with how many regions, with how much work done
        self.regions = self.finished = self.waiting = self.on_segment = 0
        self.unchecked = 0 if writer else sum(self._done.values())
        self.work = 0.0
        self.interrupted = self.full = False
        self.certified: tuple[int, int] | None = None
        self._root = SearchNode(self._bounds(()))
        known = checkpoint.bracket if checkpoint else None
        self.lower, self.upper = known or (1, self._root.upper)
        if checkpoint and not writer and self.exact and self.upper <= self._root.upper:
            self.regions, self.finished, self.work = self.lower, len(self._done), 1.0
            return  # it was finished before, and no part needs to be divided again
        self._put((), math.inf if is_wide_line(problem) else _PART_SECONDS / 2, self._root)
        self.narrow(self.regions + self._least, self._root.upper)

    @property
    def exact(self) -> bool:
        """Whether lower = upper."""
        return self.lower == self.upper

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
        rate = (found - regions) / seconds if seconds else 0.0
        left = seconds * max(0.0, 1.0 - done) / gained if gained > 0 else None
        work, left = (1.0, 0.0) if self.exact else (min(done, 1.0), left)
        facts = self.share, work, seconds, rate, left
        return Progress(self.lower, self.upper, found, self.finished, self.waiting, *facts)

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
                if team.executor is not None and [job.part for job in self._open] == [()]:
                    if limits.runs_to_the_end and self._checkpoint is None:
                        self._to_the_end = True
                        self._open[0].cpu_seconds *= _RUN_TO_END_FACTOR
                    if not team.shares_parts:  # threads begin with the whole: beginning a part is Python's work
                        self._divide(heapq.heappop(self._open))
                self._loop(team, limits, end)
            finally:
                self._look_at(team)
                for job in team.running:
                    heapq.heappush(self._open, job)

    def _loop(self, team: Team, limits: Limits, deadline: float) -> None:
        """Count parts, or divide them, until nothing is left or a limit is reached."""
        looked, filled, report = -math.inf, 0.0, limits.report or (lambda _: None)
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
                report(self)
            if team.shares_parts:
                self._look_at(team)
                report(self)

    def _look_at(self, team: Team) -> None:
        """What is known of the parts that are being counted."""
        in_work = team.in_work()
        more = sum(max(0, found - job.least) for job, found, _ in in_work)
        done = sum(job.node.share * (1.0 - left) for job, _, left in in_work)
        self._in_work = sum(found for _, found, _ in in_work), done
        self.narrow(self.regions + self._least + more, self.upper)

    def _settle(self, job: Job, counted: PartCount, late: bool) -> None:
        """Take the result for a part: it is counted; or not yet, and then it is divided unless the time is over."""
        if counted.done:
            self._least -= job.least
            self.waiting -= 1
            self.regions += counted.found
            self.finished += 1
            self.work += job.node.share
            job.node.finish(counted.found)
            if self._checkpoint:
                self._checkpoint.add(job.part, counted.found, counted.lines)
            self.narrow(self.regions + self._least, self._root.upper)
            return
        self.narrow(self.regions + self._least + max(0, counted.found - job.least), self.upper)
        if late:
            heapq.heappush(self._open, job)
        else:
            self._divide(job)

    def narrow(self, lower: int, upper: int) -> None:
        """Take in another bracket of the same number."""
        self.lower, self.upper = max(self.lower, lower), min(self.upper, upper)
        if self.lower > self.upper:
            raise InternalError(f"{self.lower} regions were found where at most {self.upper} are possible")

    def parts(self) -> dict[Pattern, State]:
        """The parts of the space that are not divided, if there is to be a certificate.

        They make up the space also where an interrupt has left the numbers of this object behind the facts.
        """
        found: dict[Pattern, State] = {}
        waiting: list[Pattern] = [()]
        while waiting:
            part = waiting.pop()
            state = self._state(part)
            if state == "pending" and part in self._children:
                waiting += self._children[part]
            else:
                found[part] = state
        return found

    def _take(self, *, newest: bool = False) -> Job:
        """Take the most urgent job, or the one that was made last."""
        if not newest:
            return heapq.heappop(self._open)
        job = max(self._open, key=lambda job: job.number)
        self._open.remove(job)
        heapq.heapify(self._open)
        return job

    def _divide(self, job: Job) -> None:
        """Replace a part that takes long by its parts; if the time is over before they are found, it stays."""
        try:
            children = self._children_of(job.part)
        except DeadlineExceededError:
            heapq.heappush(self._open, job)
            raise
        self._least -= job.least
        self.waiting -= 1
        if self._checkpoint:
            self._checkpoint.divide(job.part)
        self._put_children(job.part, children, job.cpu_seconds, job.node)
        self.narrow(self.regions + self._least, self._root.upper)

    def _children_of(self, part: Pattern) -> list[tuple[Pattern, int, float]]:
        """Parts of a part, with their bounds, or counts where they are known, and sizes."""
        return [
            (child, self._done.get(child) or self._bounds(child, inside.regions), inside.finer)
            for child, inside in divided(self.problem, part, _WANTED, closely=not self._to_the_end).items()
        ]

    def _put_children(
        self, part: Pattern, children: list[tuple[Pattern, int, float]], cpu_seconds: float, node: SearchNode
    ) -> None:
        if self._writer:
            self._children[part] = [child for child, _, _ in children]
        nodes = node.divide([(bound, size) for _, bound, size in children])
        for (child, _, _), below in zip(children, nodes, strict=True):
            self._put(child, 2 * cpu_seconds, below)

    def _put(self, part: Pattern, cpu_seconds: float, node: SearchNode) -> None:
        """A new part; a checkpoint may know its count already, or that it was divided."""
        known = self._done.get(part)
        if known and known > node.upper:
            raise InvalidInputError(
                f"the checkpoint claims {known} regions for a part that has at most {node.upper}; it is forged or "
                "damaged, name another folder"
            )
        if self._state(part) in ("inline", "done"):
            self.regions += known or 1
            self.finished += 1
            self.work += node.share
            node.finish(known or 1)
        elif part in self._divided:
            self._put_children(part, self._children_of(part), cpu_seconds, node)
        else:
            self._made += 1
            priority = node.share if self._to_the_end else node.priority
            job = Job(-priority, self._made, part, cpu_seconds, known or 1, node)
            self._least += job.least
            self.waiting += 1
            heapq.heappush(self._open, job)

    def _state(self, part: Pattern) -> State:
        """The state of a part: one region, finished, or open."""
        if is_whole(self.problem, part):
            return "inline"
        if self._checkpoint and part in self._checkpoint.done:
            return "pending" if self._writer and part not in self._checkpoint.places else "done"
        return "pending"


def count_within(
    problem: Problem,
    subject: tuple[str, str],
    limits: Limits,
    *,
    deadline: float = math.inf,
    certificate: tuple[str | os.PathLike[str], Network, Domain] | None = None,
) -> AnytimeCount:
    """Count within limits until a deadline by ``time.perf_counter()``; an interrupt ends it like a limit.

    ``subject`` are the digests of network and domain, which a checkpoint must agree with.  A certificate at this path
    of that network on that domain is written at the end, from lines that are kept in the checkpoint, or in a folder
    beside it for the time being.  Every bracket begins with one region, so a domain without interior raises
    ``NoInteriorError``, and InvalidInputError if there is not time enough to know.
    """
    if limits.filled > FULL:
        raise InvalidInputError(
            f"memory {limits.memory} is too little: {in_use() >> 20} M are in use before anything is counted; give more"
        )
    end = max(deadline, time.perf_counter() + _LEAST_SECONDS)
    try:
        with until(lambda: time.perf_counter() >= end):
            central_point(problem)
    except DeadlineExceededError:
        raise InvalidInputError("the budget ended before a point inside the domain was known; give more") from None
    with contextlib.ExitStack() as stack:
        folder, writer = limits.checkpoint, None
        if certificate:
            stack.enter_context(long_integers())
            beside = Path(certificate[0]).parent
            folder = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix=".certificate-", dir=beside))
        kept = stack.enter_context(contextlib.closing(Checkpoint(folder, subject))) if folder else None
        if certificate and kept:
            path, network, domain = certificate
            if Path(path).resolve() == kept.path.resolve():
                raise InvalidInputError(f"{path} belongs to the checkpoint; name another file for the certificate")
            writer = PartWriter.of(network, domain)
        run = AnytimeCount(problem, checkpoint=kept, writer=writer)
        huge = any(layer.floats is not None and layer.floats.is_huge for layer in problem.network.layers)
        large = sum(layer.rows * layer.inputs for layer in problem.network.hidden) >= _LARGE
        try:
            if certificate is None and large and (huge or not limits.runs_to_the_end):
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


def regions_on_segment(problem: Problem, share: Fraction = Fraction(1)) -> int:
    """The activation regions that meet a segment through the domain, or a line where it is unbounded; cut exactly.

    In a box the segment joins two opposite corners, or is so large a share of that, in the middle.  The direction is
    drawn, always the same.

    >>> from theory import Network
    >>> from verify import Box, WholeSpace
    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> [regions_on_segment(Problem.of(cross, where)) for where in (Box([-1, -1], [1, 2]), WholeSpace(2))]
    [3, 2]
    """
    rng = random.Random(0)
    middle = [from_fmpq(v) for v in central_point(problem)]
    low = high = None
    if problem.bounds is None:
        direction = [Fraction(rng.choice((-1, 1)) * rng.randint(1, 99)) for _ in middle]
    else:
        direction = [rng.choice((-1, 1)) * (b - a) for a, b in problem.bounds]
        sides = zip(problem.bounds, middle, direction, strict=True)
        times = [sorted(((a - c) / v, (b - c) / v)) for (a, b), c, v in sides]
        low, high = max(first for first, _ in times), min(last for _, last in times)
    found = chord(problem.cuts, middle, direction, low, high)
    assert found is not None
    first, last = found
    if first is not None and last is not None:
        cut = (1 - share) / 2 * (last - first)
        found = first + cut, last - cut
    ends = [None if t is None else [c + t * v for c, v in zip(middle, direction, strict=True)] for t in found]
    known = [end for end in ends if end is not None]
    further = [c + v for c, v in zip(middle, direction, strict=True)]
    shape = (Line, Ray, Segment)[len(known)]
    return along(problem.network, shape(*[*known, middle, further][:2])).activation
