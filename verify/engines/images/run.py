"""The count by images as an engine's run, and where it stops being worth while."""

import math
import time
from collections.abc import Iterator
from fractions import Fraction

from verify.engines.images import rule
from verify.engines.images.image import joined
from verify.engines.images.traverse import State, steps
from verify.engines.problem import Problem
from verify.engines.selection import PlainRun, Run, select
from verify.engines.symmetry import Symmetry, useful_symmetry

_TRIED = 32
"""Cells or images between two checks whether they coincide."""
_GAIN = Fraction(3, 2)
"""Cells for each image from which on images are worth while."""


class ImageRun(Run):
    """A count by images.

    A ``persistent`` run goes on even if no images coincide; otherwise :attr:`gave_up` becomes true then.  It begins
    with the given state; the attribute is the last one.
    """

    engine = "images"
    yield_every = 0.1

    def __init__(self, problem: Problem, *, persistent: bool = True, state: State | None = None) -> None:
        self.problem = problem
        self._steps: Iterator[State] = steps(problem, state)
        self.state = next(self._steps)
        self._persistent, self.gave_up, self._done = persistent, False, False
        self.exact_seconds = 0.0
        self.statistics = {"images": self.state.images}

    @property
    def found(self) -> int:
        """The cells of the layers that are done: each has a region or more."""
        return self.state.found

    @property
    def left(self) -> float:
        """The share of the layers."""
        return 0.0 if self._done else 1.0 - self.state.layer / max(1, len(self.problem.network.hidden))

    def advance(self, deadline: float) -> bool:
        """Go on until the number is known (True), the deadline is reached, or it is not worth while (False)."""
        began = time.thread_time()
        try:
            while not (self._done or self.gave_up):
                before = self.state
                following = next(self._steps, None)
                if following is None:
                    self._done = True
                else:
                    self.state = following
                    self.gave_up = not self._persistent and self._is_poor(changed=following is not before)
                if time.perf_counter() >= deadline and not self._done:
                    return False
            self.statistics["images"] = self.state.images
            return self._done
        finally:
            self.exact_seconds += time.thread_time() - began

    def _is_poor(self, *, changed: bool) -> bool:
        """Whether the cells of the layer hardly share any images, nor those of the layers before."""
        state, hidden = self.state, self.problem.network.hidden
        if not changed and not state.sent == _TRIED < _GAIN * state.distinct:
            return False
        images = math.prod(max(1, len(block.images)) for block in state.blocks)
        if state.found >= _GAIN * state.factor * images:
            return False
        if not changed:
            return True
        if state.layer in (0, len(hidden)) or images <= _TRIED:
            return False
        groups = joined(hidden[state.layer], state.blocks)
        return any(len(blocks) == len(state.blocks) for blocks, _ in groups) and any(b.images for b in state.blocks)


def shared_count(problem: Problem) -> ImageRun | None:
    """The finished count by images, or None if cells share too few images for it: the problem alone decides."""
    return _tried(problem) if rule.pays(problem) else None


def quickest_count(problem: Problem) -> Run | None:
    """A count by images, or in one chamber of a symmetry; or an enumeration, if cells share images but are few.

    None where nothing is better than an enumeration of all regions, which :func:`select` makes.
    """
    pays = rule.pays(problem)
    if pays and (found := rule.quick_enumeration(problem)):
        return found
    symmetry = useful_symmetry(problem)
    if pays and not (symmetry and rule.quick_enumeration(symmetry.chamber(problem))) and (by_images := _tried(problem)):
        return by_images
    return in_chamber(problem, symmetry) if symmetry else None


def in_chamber(problem: Problem, symmetry: Symmetry) -> Run:
    """The run over the regions of a chamber, which counts all."""
    run = select(symmetry.chamber(problem), wants="list")
    counted = PlainRun(run.engine, run.patterns(), symmetry.weight)
    counted.statistics = run.statistics
    run.statistics["symmetries"] = symmetry.order
    return counted


def _tried(problem: Problem) -> ImageRun | None:
    run = ImageRun(problem, persistent=False)
    return run if run.advance(math.inf) else None
