"""The fast engine: the compiled core proposes and proves in floats, and exact arithmetic decides the rest.

:class:`Traversal` drives the loop of ``core/traverse.hpp`` over a problem and answers its questions through
:mod:`verify.engines.fallback`.  Geometry: intervals for one input, polygons for two, simplex dictionaries otherwise.
"""

from __future__ import annotations

import copy
import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint

from theory.deadline import check
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import from_fmpq
from theory.network import Pattern
from verify.engines.core import core
from verify.engines.fallback import ExactFallback
from verify.engines.interior import central_point
from verify.engines.model import ScaledLayer, build_model, integers, rounded
from verify.engines.problem import Problem
from verify.engines.rounding import INFLATE, UNIT
from verify.engines.selection import FAST_ENGINES, Run


@dataclass(eq=False)
class Traversal(Run):
    """One run of the core over a problem.

    ``engine`` is a name from :data:`verify.engines.selection.FAST_ENGINES`, by default the one for the problem's
    dimension; with ``record`` patterns are kept, for :meth:`patterns`.  Other attributes are those of :class:`Run`.
    Raises UnsupportedError if the core is missing, the engine does not serve the problem's dimension, its numbers leave
    the range of the error model (:mod:`verify.engines.rounding`), or its arrays do not fit into the memory; the exact
    engine serves those.
    """

    problem: Problem
    engine: str = ""
    record: bool = False
    statistics: dict[str, Any] = field(default_factory=dict)
    yield_every: float = 0.1
    exact_seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        problem, d = self.problem, self.problem.dimension
        self.engine = self.engine or FAST_ENGINES[min(d, 3) - 1]
        if core is None:
            raise UnsupportedError(f"the {self.engine} engine was not compiled on this machine; use engine='auto'")
        serves = FAST_ENGINES.index(self.engine) + 1
        simplex = self.engine == "simplex"
        if not simplex and serves != d:
            raise UnsupportedError(
                f"the {self.engine} engine serves problems of dimension {serves}, not {d}; use engine='auto'"
            )
        try:
            _, start = core_start(problem, simplex=simplex)
            self.core = core.Traversal(start, simplex=simplex, record=self.record)
        except MemoryError:
            raise UnsupportedError(
                "the compiled engine needs more memory than there is for layers so wide; the exact engine serves them"
            ) from None
        if not self.core.served:
            raise UnsupportedError("the domain is too thin for a floating-point witness; the exact engine serves it")
        self.fallback = ExactFallback(problem, self.core, simplex)
        self._until = math.inf
        self._running = self._leaves()

    @property
    def found(self) -> int:
        """Regions found so far."""
        return int(self.core.count)

    @property
    def left(self) -> float:
        """The share of the work that is probably left, of what the first traversal had before any was split off."""
        return float(self.core.left)

    def advance(self, deadline: float) -> bool:
        self._until = deadline
        return all(time.perf_counter() < deadline for _ in self._running)

    def split_off_work(self) -> Traversal | None:
        """Give the cell at the bottom of the stack, often half of what is left, to a traversal of its own.

        To be called between two calls of :meth:`advance`.  The numbers found by the two add up.  None if only one cell
        is left.  If patterns are recorded, it raises InvalidInputError: their order would be lost.
        """
        if self.record:
            raise InvalidInputError("a traversal that records patterns cannot be divided; give record=False")
        other = self.core.split_off()
        if other is None:
            return None
        twin = copy.copy(self)
        twin.core = other
        twin.fallback = ExactFallback(self.problem, other, self.fallback.simplex)
        twin.statistics, twin.exact_seconds = {}, 0.0
        twin._running = twin._leaves()
        return twin

    def patterns(self) -> Iterator[Pattern]:
        """The patterns of all regions, each once (needs ``record=True``)."""
        for block in self._running:
            yield from block

    def _leaves(self) -> Iterator[list[Pattern]]:
        loop, fallback, status = self.core, self.fallback, core.Status
        last, found = time.perf_counter(), None
        while found != status.DONE:
            wait = self._until - time.perf_counter()
            found = loop.run(min(self.yield_every, wait) if wait > 0.0 else self.yield_every)
            if found in (status.PAUSED, status.FULL, status.DONE):
                if found == status.PAUSED:
                    check()
                if self.record or found == status.PAUSED:
                    yield self._read_leaves()
                last = time.perf_counter()
                continue
            asked = time.thread_time()
            if found == status.ASK and not loop.has_integers:
                loop.give(*integers(self.problem, boxed=fallback.simplex))
            elif found == status.ASK:
                loop.answer(fallback.empty_pieces())
            else:
                for pattern in fallback.leaves():
                    loop.add(1)
                    self.exact_seconds += time.thread_time() - asked
                    check()
                    yield [pattern] if self.record else []
                    asked = time.thread_time()
                loop.drop_cell()
            self.exact_seconds += time.thread_time() - asked
            if time.perf_counter() - last > self.yield_every:
                yield []  # the loop, which is entered anew for every question, does not come to its limit
                last = time.perf_counter()
        self.statistics.update(exact_questions=fallback.answers, exact_subtrees=fallback.subtrees, **loop.work())

    def _read_leaves(self) -> list[Pattern]:
        widths = [layer.width for layer in self.problem.network.hidden]
        lines, numbers = self.core.take_leaves() if self.record else (0, b"")
        pieces = iter(memoryview(numbers).cast("h").tolist())
        return [tuple(tuple(itertools.islice(pieces, width)) for width in widths) for _ in range(lines)]


def core_start(problem: Problem, *, simplex: bool, writes: bool = False) -> tuple[list[ScaledLayer], Any]:
    """The layers as the core wants them, and where a traversal of them begins, which ``writes`` a certificate or not.

    Numbers that leave the range of the error model raise UnsupportedError.
    """
    inside = central_point(problem)
    layers = build_model(problem)
    if not layers:
        raise UnsupportedError("weights outside 2^±200, or no hidden layer; the exact engine serves this network")
    bounds = problem.bounds if simplex or writes else None
    boxed = simplex and bounds is not None
    centers, grains = _domain_rows(problem.cuts if boxed else problem.rows)
    place = _place(problem, bounds, inside) if simplex or writes else {name: list[float]() for name in _PLACE}
    model = core.Model(problem.dimension, [layer[:-1] for layer in layers])
    return layers, core.Start(model, domain=centers, domain_grain=grains, boxed=boxed, **place)


def _domain_rows(rows: Sequence[tuple[int, ...]]) -> tuple[list[float], list[float]]:
    """Integer rows as floats near 1, one after the other, with their granularities."""
    centers, grains = [], []
    for row in rows:
        shift = max(map(abs, row)).bit_length()
        centers += [rounded(Fraction(v, 2**shift)) for v in row]
        grains.append(math.ldexp(1.0, -shift) if shift < 1000 else 0.0)
    if not all(map(math.isfinite, centers)):
        raise UnsupportedError(
            "a halfspace of the domain mixes numbers more than 2^200 apart; the exact engine serves it"
        )
    return centers, grains


_PLACE = ("lower", "upper", "bound_error", "bound_grain", "anchor", "witness")


def _place(
    problem: Problem, bounds: Sequence[tuple[Fraction, Fraction]] | None, start: Sequence[flint.fmpq]
) -> dict[str, list[float]]:
    """The first cell: the box with the dictionary at its lower corner, or all of R^d with free inputs."""
    d = problem.dimension
    spread = [math.fmod((i + 1) * 0.6180339887498949, 1.0) - 0.5 for i in range(d)]  # no two alike, nothing special
    inside = [rounded(from_fmpq(v)) for v in start]
    free = [x + (0.0 if problem.rows else extra) for x, extra in zip(inside, spread, strict=True)]
    columns = [(-math.inf, math.inf, 0.0, 1.0, x, x) for x in free]
    for i, (lo, hi) in enumerate(bounds or ()):
        low, high = rounded(lo), rounded(hi)
        if not max(abs(low), abs(high)) < math.inf:
            raise UnsupportedError("a bound of the box is outside 2^±200; the exact engine serves it")
        exact = Fraction(low) == lo and Fraction(high) == hi
        error = 0.0 if exact else 2 * UNIT * max(abs(low), abs(high)) * INFLATE
        grain = rounded(Fraction(1, math.lcm(lo.denominator, hi.denominator)))
        grain = grain / INFLATE if grain < math.inf else 0.0
        columns[i] = (low, high, error, grain, low, inside[i] + (0.0 if problem.cuts else (high - low) * spread[i] / 8))
    return dict(zip(_PLACE, map(list, zip(*columns, strict=True)), strict=True))
