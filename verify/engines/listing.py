"""All patterns of a problem, from whichever engine suits it; what every definition but R2 starts from.

The policy is that of a count (:mod:`verify.engines.choice`): the exact engine at once, the compiled one if that has
not finished after a second.
"""

from __future__ import annotations

import sys
import time

from theory.errors import UnsupportedError
from theory.network import Pattern
from verify import engines
from verify.engines.choice import MANY_INPUTS, PATIENCE
from verify.engines.exact import cells
from verify.engines.problem import Problem

__all__ = ["listed"]

_GEOMETRY = ("interval", "polygon", "simplex")


def listed(problem: Problem, engine: str = "auto") -> tuple[list[Pattern], str]:
    """The patterns of the full-dimensional regions in sorted order, and the name of the engine that listed them.

    Memory grows with the number of regions.

    Raises
    ------
    NoInteriorError
        If the domain has no interior point.
    """
    if engine != "auto":
        return sorted(engines.patterns(problem, engine)), engine
    warm = "verify.engines.fast" in sys.modules
    if not warm and problem.dimension <= MANY_INPUTS and (found := _within(problem, PATIENCE)) is not None:
        return found, "exact"
    from verify.engines.compiled import COMPILED

    if COMPILED:
        geometry = _GEOMETRY[min(problem.dimension, 3) - 1]
        try:
            return sorted(engines.patterns(problem, geometry)), geometry
        except UnsupportedError:
            pass
    return sorted(engines.patterns(problem, "exact")), "exact"


def _within(problem: Problem, seconds: float) -> list[Pattern] | None:
    """The patterns from the exact engine, or None if time runs out."""
    deadline = time.perf_counter() + seconds
    found = []
    for cell in cells(problem):
        found.append(cell.pattern)
        if time.perf_counter() > deadline:
            return None
    return sorted(found)
