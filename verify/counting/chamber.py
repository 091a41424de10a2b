"""Counts within limits from one chamber of a symmetry: what is known at every moment.

Each region that meets the chamber stands for a number of regions of the whole problem, no two of them for the same ones
(:mod:`verify.engines.symmetry`).  So the sum over those found so far is a lower bound; the upper one is that of the
whole problem until the number is known.
"""

from typing import Any

from theory.text import integer_text
from verify.counting.limits import Limits
from verify.counting.long.bounds import Bounds
from verify.counting.long.progress import Progress
from verify.counting.serial import SerialCount
from verify.engines.images.run import in_chamber
from verify.engines.problem import Problem
from verify.engines.symmetry import Symmetry, useful_symmetry


class ChamberProgress(Progress):
    """The state of a count in a chamber."""

    def __str__(self) -> str:
        return f"{integer_text(self.regions, longest=9)} regions so far, from one chamber of a symmetry"


class ChamberCount(SerialCount):
    """A count in a chamber."""

    def __init__(self, problem: Problem, symmetry: Symmetry) -> None:
        super().__init__(in_chamber(problem, symmetry), Bounds(problem)(()))

    @property
    def statistics(self) -> dict[str, Any]:
        """With the number of the symmetries."""
        return {**super().statistics, "symmetries": self._run.statistics["symmetries"]}

    @property
    def progress(self) -> ChamberProgress:
        """How far it is at this moment."""
        return ChamberProgress(**self._facts(int(self.exact), int(not self.exact)))


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
