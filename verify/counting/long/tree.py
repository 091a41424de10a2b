"""The parts of the space, divided as far as they had to be, and the bracket that follows from all of them."""

import heapq
import math
from dataclasses import dataclass, field

from theory.deadline import DeadlineExceededError
from theory.errors import InternalError, InvalidInputError
from theory.network import Pattern
from verify.certificate.parts import State
from verify.counting.long.bounds import Bounds
from verify.counting.long.checkpoint import Checkpoint
from verify.counting.long.parts import divided, is_whole
from verify.counting.long.search_node import SearchNode
from verify.engines.problem import Problem
from verify.engines.selection import is_wide_line

_WANTED = 32
"""Parts that a part is divided into, at least."""
_PART_SECONDS = 2.0
"""Seconds of the processor after which a part is divided; its parts get twice as long."""


@dataclass(order=True)
class Job:
    """A part that waits; in a heap the most urgent one comes first.

    ``rank`` is minus its priority, and later parts have larger numbers.  It is divided after ``cpu_seconds`` of a
    worker, has at least ``least`` regions, and ``node`` says how many it can have.
    """

    rank: float
    number: int
    part: Pattern
    cpu_seconds: float
    least: int
    node: SearchNode = field(compare=False)


class PartTree:
    """What is known of the parts of a problem, of which some are ``finished`` and some ``waiting``.

    The count lies between ``lower`` and ``upper``, which only ever come closer.  ``regions`` are those of the finished
    parts; ``unchecked`` ones are those of parts whose counts were read from the checkpoint, and are not proved by lines
    of a certificate.  ``work`` is the share of the work that is probably done, between 0 and 1.
    """

    def __init__(self, problem: Problem, checkpoint: Checkpoint | None, *, certified: bool) -> None:
        self.problem = problem
        self._checkpoint = checkpoint
        self._done = checkpoint.done if checkpoint else {}
        self._divided = checkpoint.divided if checkpoint else set()
        self._certified = certified
        self._children: dict[Pattern, list[Pattern]] = {}  # of parts that were divided, if there is to be a certificate
        self._bounds = Bounds(problem)
        self._open: list[Job] = []
        self._to_the_end = False  # no bracket is asked for: large parts first, so that all workers end together
        self._least = 0  # the sum over the jobs that are not finished, those in work included
        self._made = 0
        self.regions = self.finished = self.waiting = 0
        self.unchecked = 0 if certified else sum(self._done.values())
        self.work = 0.0
        self._root = SearchNode(self._bounds(()))
        known = checkpoint.bracket if checkpoint else None
        self.lower, self.upper = known or (1, self._root.upper)
        if checkpoint and not certified and self.exact and self.upper <= self._root.upper:
            self.regions, self.finished, self.work = self.lower, len(self._done), 1.0
            return  # it was finished before, and no part needs to be divided again
        self._put((), math.inf if is_wide_line(problem) else _PART_SECONDS / 2, self._root)
        self._update()

    @property
    def exact(self) -> bool:
        """Whether lower = upper."""
        return self.lower == self.upper

    def narrow(self, lower: int, upper: int) -> None:
        """Take in a bracket that is known from elsewhere."""
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

    def _finish(self, job: Job, found: int, lines: bytes | None) -> None:
        """All regions of a part are counted."""
        self._least -= job.least
        self.waiting -= 1
        self.regions += found
        self.finished += 1
        self.work += job.node.share
        job.node.finish(found)
        if self._checkpoint:
            self._checkpoint.add(job.part, found, lines)
        self._update()

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
        self._update()

    def _children_of(self, part: Pattern) -> list[tuple[Pattern, int, float]]:
        """Parts of a part, with their bounds, or counts where they are known, and sizes."""
        return [
            (child, self._done.get(child) or self._bounds(child, inside.regions), inside.finer)
            for child, inside in divided(self.problem, part, _WANTED, closely=not self._to_the_end).items()
        ]

    def _put_children(
        self, part: Pattern, children: list[tuple[Pattern, int, float]], cpu_seconds: float, node: SearchNode
    ) -> None:
        if self._certified:
            self._children[part] = [child for child, _, _ in children]
        nodes = node.divide((bound, size) for _, bound, size in children)
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
            return "pending" if self._certified and not self._checkpoint.has_lines(part) else "done"
        return "pending"

    def _update(self) -> None:
        """Every part that waits has a region at least, and no more than its bound."""
        self.narrow(self.regions + self._least, self._root.upper)
