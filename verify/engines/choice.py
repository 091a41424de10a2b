"""Which engine counts: small jobs never wait for a compiler, large ones never wait for Python.

The exact engine starts at once and is done with most networks before a compiler would be loaded. If it is not done
after :data:`PATIENCE` seconds the fast engine takes over from the start; loading it takes a second or two. Compiling
it for the first time on a machine takes a minute or two, so then the exact engine gets :data:`COLD_PATIENCE` seconds
before one line on stderr announces that; a count with a budget or in parts does not wait for it at all
(:mod:`verify.counting.long.compiling`). The decision is about time only: every engine gives the same number.
"""

from __future__ import annotations

import functools
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from theory.errors import UnsupportedError
from verify.engines.exact import cells, count_cells
from verify.engines.problem import Problem

__all__ = ["COLD_PATIENCE", "MANY_INPUTS", "PATIENCE", "count_auto", "is_ready", "load"]

PATIENCE = 1.0
"""Seconds that the exact engine gets before the compiled one is loaded."""
COLD_PATIENCE = 20.0
"""The same where the compiled one would have to be compiled first."""
MANY_INPUTS = 30
"""Inputs beyond which a single exact step may take longer than loading the compiled engine."""


def count_auto(problem: Problem) -> tuple[int, dict[str, Any]]:
    """(number of full-dimensional activation regions, report) from the engine that suits the problem."""
    warm = "verify.engines.fast" in sys.modules
    if not warm and problem.dimension <= MANY_INPUTS:
        number = _count_within_patience(problem)
        if number is not None:
            return number, {"engine": "exact"}
    from verify.engines.compiled import COMPILED, cache_folder

    if COMPILED:
        if not warm and not is_ready():
            print(f"compiling the counting engine, once (kept in {cache_folder()})", file=sys.stderr, flush=True)
        from verify.engines.fast import Traversal

        try:
            run = Traversal(problem)
        except UnsupportedError:
            pass
        else:
            number = run.count()
            return number, {"engine": ("interval", "polygon", "simplex")[run.geometry - 1], **run.statistics}
    return count_cells(problem), {"engine": "exact"}


def _count_within_patience(problem: Problem) -> int | None:
    """The count by the exact engine, or None if time runs out."""
    began, patience = time.perf_counter(), PATIENCE
    number = 0
    for _ in cells(problem):
        number += 1
        if time.perf_counter() - began > patience:
            if patience == COLD_PATIENCE or is_ready():
                return None
            patience = COLD_PATIENCE
    return number


def is_ready() -> bool:
    """Whether nothing has to be compiled first: the loop is compiled in this process, or on the disk.

    The loop is written there after everything that it calls.
    """
    from verify.engines.compiled import COMPILED, cache_folder

    if not COMPILED or _is_loaded():
        return True
    return any(cache_folder().glob("*/traverse.traverse-*.nbc"))


def _is_loaded() -> bool:
    """Whether the loop has run in this process."""
    module = sys.modules.get("verify.engines.traverse")
    return module is not None and bool(getattr(module.traverse, "signatures", True))


@functools.cache
def load() -> None:
    """Load the compiled engine, or compile it; so that this takes none of the time that a count is given.

    In a thread of its own: an interrupt in the middle would leave the compiler's library useless for this process.
    """
    with ThreadPoolExecutor(1) as other:
        other.submit(_load).result()


def _load() -> None:
    import numpy as np

    from theory.network import Network
    from verify.engines import simplex
    from verify.engines.fast import Traversal

    corner = ((1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 1))
    Traversal(Problem(Network.relu([([[1, 1, 1]], [0]), ([[1]], [0])]), corner)).count()
    dictionaries = simplex.new_simplex(3, 2, 1)  # and what the arbiter asks of these
    simplex.copy_slot(dictionaries, 0, 1, 0)
    simplex.express(dictionaries, 1, np.zeros(4), dictionaries.deep)
    simplex.descend(dictionaries, 1, 0, dictionaries.deep, -np.inf)
