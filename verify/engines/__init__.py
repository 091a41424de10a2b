"""The engines that enumerate cells; every one decides in exact arithmetic and passes the same battery.

====================  =====================================================================================
name                  what it is
====================  =====================================================================================
``interval``          one input: error-bounded floats, FLINT where they do not decide
``polygon``           two inputs: convex polygons in homogeneous coordinates, the same two tiers
``simplex``           any number of inputs: proposed by a float simplex, proved by witnesses and multipliers
``images``            counts only: later layers once for all cells with the same image (:mod:`verify.engines.images`)
``exact``             rational arithmetic throughout; no range limits, no compiler
``brute``             the reference implementation: every pattern, Fourier–Motzkin elimination; tiny networks
====================  =====================================================================================

``auto`` (:mod:`verify.engines.selection`) picks one.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from theory.network import Pattern
from verify.engines.problem import Problem
from verify.engines.selection import NAMES, select

__all__ = ["ENGINES", "Engine", "Problem", "patterns"]

Engine = Callable[[Problem], tuple[int, dict[str, Any]]]
"""Problem → (number of full-dimensional activation regions, what the engine reports of its work)."""


def _count(problem: Problem, *, engine: str) -> tuple[int, dict[str, Any]]:
    run = select(problem, engine=engine)
    return run.count(), {"engine": run.engine, **run.statistics}


ENGINES: dict[str, Engine] = {name: functools.partial(_count, engine=name) for name in NAMES}
"""Every engine by its name; :func:`verify.count` takes these names."""


def patterns(problem: Problem, engine: str = "auto") -> Iterator[Pattern]:
    """The patterns of all full-dimensional regions, each once, in the engine's own order."""
    return select(problem, engine=engine, wants="list").patterns()
