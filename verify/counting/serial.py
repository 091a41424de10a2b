r"""Counts within limits by one processor, whatever ``jobs`` says: by images, or from one chamber of a symmetry.

**Images** (:mod:`verify.engines.images`).  Behind l layers there are images :math:`Q_1, Q_2, \dots` with multiplicities
:math:`m_i`.  Each cell has a region at least, and an image of dimension d no more than :math:`B_l(d)`, the bound of
:mod:`verify.counting.long.parts` on what the layers from l on can do in d dimensions.  So
:math:`\sum m_i \le R \le \sum m_i B_l(\dim Q_i)`.  With a checkpoint the images are kept every few seconds, and a later
count goes on from there.  One processor counts, since the layers come one after the other.

Only activation regions are counted so: images do not determine the affine maps (affine pieces), which cells share a
facet (linear and closed regions, convex ones), or what occurs on thin sets (patterns).

**A chamber** (:mod:`verify.engines.symmetry`).  Each region that meets the chamber stands for a number of regions of
the whole problem, no two of them for the same ones.  So the sum over those found so far is a lower bound; the upper
bound is that of the whole problem until the number is known.
"""

import contextlib
import itertools
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flint

from theory.deadline import DeadlineExceededError, until
from theory.text import integer_text
from verify.counting.limits import FULL, Limits
from verify.counting.long.checkpoint import Checkpoint
from verify.counting.long.parts import Bounds
from verify.counting.long.search_node import Progress
from verify.engines.images.image import Block
from verify.engines.images.run import ImageRun, in_chamber, pays, quick_enumeration
from verify.engines.images.traverse import State, restored, written
from verify.engines.problem import Problem
from verify.engines.selection import Run
from verify.engines.symmetry import useful_symmetry

_PAUSE, _SPARSE = 0.4, 9
"""Seconds between two reports; times as long as it takes to keep the images that pass before they are kept again."""
_MOST = 2**1000
"""The rate is a float; it is that of so many regions if more are found."""


@dataclass(frozen=True)
class ImageProgress(Progress):
    """The state of a count by images; ``finished`` and ``waiting`` are layers."""

    images: int = 0

    def __str__(self) -> str:
        found = integer_text(self.regions, longest=9)
        layers = self.finished + self.waiting
        return f"{self.finished} of {layers} layers, {self.images} images, {found} regions so far"


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
        return ChamberProgress(*self._facts(int(self.exact), int(not self.exact), self.lower))

    def _facts(self, finished: int, waiting: int, found: int, *more: int) -> tuple[Any, ...]:
        """What all progress has, with the rate at which so many regions were found."""
        seconds, work = time.perf_counter() - self._began, finished / max(1, finished + waiting)
        share, rate, left = float(self.exact), min(found, _MOST) / seconds, 0.0 if self.exact else None
        return self.lower, self.upper, self.lower, finished, waiting, share, work, seconds, rate, left, *more

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


class ImageCount(SerialCount):
    """A count by images, kept in a checkpoint; it has ``resumed`` if it rests on images that the checkpoint held."""

    def __init__(self, problem: Problem, checkpoint: Checkpoint | None = None) -> None:
        self._problem = problem
        self._checkpoint = checkpoint
        state = None
        if checkpoint is not None and checkpoint.images is not None:
            try:
                state = restored(checkpoint.images, problem.network)
            except ValueError as error:
                raise checkpoint.refused(f"its images are {error}") from None
        self._bounds = Bounds(problem, histograms=False)
        super().__init__(ImageRun(problem, persistent=False, state=state), self._bounds(()))
        self._kept = time.perf_counter()
        self._known: State | None = None
        self.resumed = state is not None
        if state is not None:
            self._look(done=state.layer == len(problem.network.hidden))

    @property
    def statistics(self) -> dict[str, Any]:
        """With the number of distinct images so far, and of regions that were read from a checkpoint."""
        unchecked = {"unchecked": self.lower} if self.resumed else {}
        return {**super().statistics, "images": self._run.state.images, **unchecked}

    @property
    def progress(self) -> ImageProgress:
        """How far it is at this moment."""
        state, depth = self._run.state, len(self._problem.network.hidden)
        return ImageProgress(*self._facts(state.layer, depth - state.layer, 0, state.images))

    def _advance(self, deadline: float) -> None:
        done = self._run.advance(deadline)
        while not (done or self._run.state.whole or self._run.gave_up):  # to the end of an image
            done = self._run.advance(0.0)
        self.gave_up = self._run.gave_up
        self._look(done=done)
        self._keep(last=done)

    def _look(self, *, done: bool) -> None:
        """The bracket, from the last layer that is done, and from what the next one has made of some images."""
        state: State = self._run.state
        if done:
            self.lower = self.upper = state.found
        elif state is not self._known or (state.whole and state.done):
            known = _known(state)
            self.lower = max(self.lower, sum(sum(cells.values()) for cells in known.values()))
            depth = len(self._problem.network.hidden)
            # no more regions than this, if behind some layers there are so many cells with images of each dimension
            most = (self._bounds((), {n: cells}) if n < depth else sum(cells.values()) for n, cells in known.items())
            self.upper = max(self.lower, min(self.upper, sum(most)))
        self._known = state

    def _keep(self, *, last: bool) -> None:
        """Write down how far the count is; if it goes on, only where that takes little of the time since the last."""
        began = time.perf_counter()
        if self._checkpoint is None or self.gave_up or not (last or began >= self._kept + _SPARSE * self._cost):
            return
        self._checkpoint.keep_images(written(self._run.state))
        self._kept = time.perf_counter()
        self._cost = self._kept - began


def _known(state: State) -> dict[int, dict[int, int]]:
    """For the last layer that is done, and the next: how many cells behind it have an image of each dimension."""
    done, current = state.done, state.current
    if not (state.whole and done and len(state.blocks) == 1):
        return {state.layer: _dimensions(state.factor, state.blocks)}
    rest = Block(state.blocks[0].reader, dict(itertools.islice(state.blocks[0].images.items(), done, None)))
    behind = _dimensions(state.factor, [current]) if isinstance(current, Block) else {0: state.factor * (current or 0)}
    return {state.layer: _dimensions(state.factor, [rest]), state.layer + 1: behind}


def _dimensions(factor: int, blocks: Sequence[Block]) -> dict[int, int]:
    """How many cells have an image of each dimension."""
    total = flint.fmpz_poly([factor])  # the coefficients are numbers of cells, the exponents dimensions
    for block in blocks:
        own = Counter[int]()
        for image, number in block.images.values():
            own[image.dimension] += number
        total *= flint.fmpz_poly([own[k] for k in range(max(own, default=0) + 1)])
    return {d: int(number) for d, number in enumerate(total.coeffs()) if number}


def count_by_images(
    problem: Problem, limits: Limits, deadline: float, subject: tuple[str, str] = ("", "")
) -> ImageCount | None:
    """The count by images within limits; None if cells do not share images, so that parts are to be counted.

    The ``deadline`` is one of ``time.perf_counter()``; a checkpoint knows the count that it belongs to by ``subject``,
    the digests of network and domain.  A domain without interior point raises ``NoInteriorError``.

    >>> from theory.constructions.foldings import MONTUFAR
    >>> from verify.domain.shapes import Box
    >>> deep = MONTUFAR.build("2-8-8-8-8-8-8-8").network
    >>> run = count_by_images(Problem.of(deep, Box.cube(0, 1, 2)), Limits(budget_regions=10**4), float("inf"))
    >>> run.lower >= 10**4, run.exact or run.upper > 620_756_992
    (True, True)
    """
    if not pays(problem) or quick_enumeration(problem):
        return None
    folder = limits.checkpoint
    journal = contextlib.nullcontext() if folder is None else contextlib.closing(Checkpoint(folder, subject))
    with journal as kept_there:
        run = ImageCount(problem, kept_there)
        run.go(limits, deadline)
    return None if run.gave_up else run


def count_in_chamber(problem: Problem, limits: Limits, deadline: float) -> SerialCount | None:
    """The count within limits; None where no symmetry is found, or a checkpoint, cluster or many jobs serve better."""
    elsewhere = limits.checkpoint is not None or limits.executor is not None
    symmetry = None if elsewhere else useful_symmetry(problem)
    if symmetry is None or symmetry.order <= limits.jobs:
        return None
    run = SerialCount(in_chamber(problem, symmetry), Bounds(problem)(()))
    run.go(limits, deadline)
    return run
