"""The compiled engine: floats propose and prove what they can, exact arithmetic answers the rest.

:class:`Traversal` drives the loop of :mod:`verify.engines.traverse` over a problem and answers its questions through
:mod:`verify.engines.fallback`.  Geometry: intervals for one input, polygons for two, simplex dictionaries otherwise.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeVar

import flint
import numpy as np

from theory.deadline import check
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import from_fmpq
from theory.network import Pattern
from verify.engines import state as states
from verify.engines import traverse
from verify.engines.chords import MOST_CHORDS
from verify.engines.fallback import ExactFallback
from verify.engines.interior import central_point
from verify.engines.model import Model, build_model, rounded
from verify.engines.problem import Problem
from verify.engines.proofs import inside
from verify.engines.rounding import INFLATE, UNIT
from verify.engines.selection import COMPILED_ENGINES, Run
from verify.engines.simplex import Simplex, new_simplex
from verify.engines.vertices import CUT, Vertices, new_vertices

__all__ = ["Traversal"]

_Arrays = TypeVar("_Arrays", states.State, Vertices, Simplex)

_BUFFER = 4096
_FEWEST = 100
"""Tests that the compiled loop makes before it comes back to Python, at least."""
_STACKED = {
    states.State: ("slot", "remaining"),
    Vertices: ("number", "center", "error", "grain", "edge", "parents"),
    Simplex: ("table", "basic", "nonbasic", "anchor", "side", "place", "witness"),
}
"""The arrays that have an entry for each slot of the stack."""


@dataclass(eq=False)
class Traversal(Run):
    """One run of the compiled engine over a problem.

    Attributes
    ----------
    engine : str
        A name from :data:`verify.engines.selection.COMPILED_ENGINES`; by default the one for the problem's dimension.
    record : bool
        Whether patterns are kept, for :meth:`patterns`.
    statistics : dict
        What was done, when all regions are found.
    yield_every : float
        Seconds after which the compiled loop returns to Python, where an interrupt is noticed.
    exact_seconds : float
        Seconds of this thread in which exact questions were answered, by Python.

    Raises
    ------
    UnsupportedError
        If the engine does not serve the problem's dimension, or its numbers leave the range of the error model
        (:mod:`verify.engines.rounding`), or its arrays do not fit into the memory; the exact engine serves those.
    """

    problem: Problem
    engine: str = ""
    record: bool = False
    statistics: dict[str, Any] = field(default_factory=dict)
    yield_every: float = 0.1
    exact_seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        try:
            self._prepare()
        except MemoryError:
            raise UnsupportedError(
                "the compiled engine needs more memory than there is for layers so wide; the exact engine serves them"
            ) from None

    def _prepare(self) -> None:
        problem, d = self.problem, self.problem.dimension
        self.engine = self.engine or COMPILED_ENGINES[min(d, 3) - 1]
        self.geometry = COMPILED_ENGINES.index(self.engine) + 1
        if self.geometry not in (d, states.SIMPLEX):
            raise UnsupportedError(
                f"the {self.engine} engine serves problems of dimension {self.geometry}, not {d}; use engine='auto'"
            )
        start = central_point(problem)
        model = build_model(problem)
        if model is None or not problem.network.hidden:
            raise UnsupportedError("weights outside 2^±200, or no hidden layer; the exact engine serves this network")
        self.model: Model = model
        hyperplanes = int(model.hyperplanes.sum())
        rivals = int(sum((model.unit_rank[k, : model.units[k]] - 1).sum() for k in range(model.depth)))
        slots = hyperplanes + 3
        bounds = problem.bounds if self.geometry == states.SIMPLEX else None
        rows = list(problem.cuts if bounds else problem.rows)
        most = hyperplanes + rivals + len(rows) + 1
        centers, grains = _domain_rows(rows, d)
        self.state = states.new_state(model, centers, grains, slots, most, _BUFFER if self.record else 1)
        self.state.control[states.RECORD] = int(self.record)
        is_simplex = self.geometry == states.SIMPLEX
        corners = 4 if d == 1 else max(most + 5, 2 * MOST_CHORDS + 1)
        polygons = new_vertices(min(d, 2), *((1, 4) if is_simplex else (slots + 1, corners)))
        dictionaries = new_simplex(d, *((slots + 1, most) if is_simplex else (1, 1)))
        if is_simplex:
            dictionaries = _place(dictionaries, bounds, start, problem, self.state)
        self.cells: tuple[Vertices, Simplex] = (polygons, dictionaries)
        self.fallback = ExactFallback(problem, model, self.state, self.geometry)
        self._running = self._leaves()

    @property
    def found(self) -> int:
        """Regions found so far."""
        return int(self.state.control[states.COUNT])

    @property
    def left(self) -> float:
        """The share of the work that is probably left, of what the first traversal had before any was split off.

        A cell that waits is taken to be half as large as what it was cut from.
        """
        control, slots = self.state.control, self.state.slot
        stack = slots[int(control[states.BOTTOM]) : int(control[states.TOP]) + 1, states.ROWS]
        domain = self.state.path_name[: stack.max(initial=0), 0] < 0
        return float(min(1.0, np.exp2(domain.sum() - stack).sum()))

    def advance(self, deadline: float) -> bool:
        """Go on until all regions are found (True) or ``time.perf_counter()`` has reached the deadline."""
        return all(time.perf_counter() < deadline for _ in self._running)

    def split_off_work(self) -> Traversal | None:
        """Give the cell at the bottom of the stack, often half of what is left, to a traversal of its own.

        To be called between two calls of :meth:`advance`.  The numbers found by the two add up.  None if only one cell
        is left.

        Raises
        ------
        InvalidInputError
            If patterns are recorded: their order would be lost.
        """
        if self.record:
            raise InvalidInputError("a traversal that records patterns cannot be divided; give record=False")
        control = self.state.control
        bottom = int(control[states.BOTTOM])
        if control[states.TOP] <= bottom:
            return None
        twin = copy.copy(self)
        twin.state = _with_one_cell(self.state, bottom)
        polygons, dictionaries = self.cells
        twin.cells = _with_one_cell(polygons, bottom), _with_one_cell(dictionaries, bottom)
        twin.state.control[:] = 0
        twin.state.control[states.ANSWER] = states.NO_ANSWER
        twin.cells[0].given[:] = new_vertices(1, 1, 2).given[0]
        twin.cells[1].info[:] = 0
        twin.fallback = ExactFallback(self.problem, self.model, twin.state, self.geometry)
        twin.statistics, twin.exact_seconds = {}, 0.0
        twin._running = twin._leaves()
        control[states.BOTTOM] += 1
        return twin

    def patterns(self) -> Iterator[Pattern]:
        """The patterns of all regions, each once (needs ``record=True``)."""
        for block in self._running:
            yield from block

    def _leaves(self) -> Iterator[list[Pattern]]:
        control = self.state.control
        limit, last = _FEWEST, time.perf_counter()
        while True:
            began = time.perf_counter()
            with np.errstate(all="ignore"):  # the uncompiled loop must not warn where the compiled one is silent
                status = traverse.traverse(self.geometry, self.cells, self.model, self.state, limit)
            if status == states.PAUSED:
                check()
                elapsed = time.perf_counter() - began
                limit = max(_FEWEST, min(4 * limit, int(limit * self.yield_every / (elapsed + 1e-6))))
                yield self._read_leaves() if self.record else []
                last = time.perf_counter()
                continue
            asked = time.thread_time()
            if status == states.ASK_VERTEX:
                geo = self.cells[0]
                geo.given[geo.asked[0]] = self.fallback.vertex_sign(self.cells)
            elif status == states.ASK_ROW:
                verdict = CUT if self.state.row_name[0] == -2 else self.fallback.row_verdict(self.cells)
                if verdict == CUT:
                    for pattern in self.fallback.leaves(self.cells):
                        control[states.COUNT] += 1
                        self.exact_seconds += time.thread_time() - asked
                        check()
                        yield [pattern] if self.record else []
                        asked = time.thread_time()
                    control[states.TOP] -= 1
                else:
                    control[states.ANSWER] = verdict
            self.exact_seconds += time.thread_time() - asked
            if status in (states.ASK_ROW, states.ASK_VERTEX) and time.perf_counter() - last > self.yield_every:
                yield []  # the loop, which is entered anew for every question, does not come to its limit
                last = time.perf_counter()
            if status in (states.FULL, states.DONE):
                if self.record:
                    yield self._read_leaves()
                if status == states.DONE:
                    break
        info = self.cells[1].info
        self.statistics.update(
            tests=int(control[states.TESTS]),
            exact_vertices=self.fallback.vertices,
            exact_rows=self.fallback.rows,
            exact_bases=self.fallback.bases,
            exact_subtrees=self.fallback.subtrees,
            pivots=int(info[2]),
            proved_on_the_box=int(info[4]),
            proved_by_basis=int(info[5]),
            proved_by_layer=int(info[6]),
        )

    def _read_leaves(self) -> list[Pattern]:
        written = int(self.state.control[states.WRITTEN])
        self.state.control[states.WRITTEN] = 0
        ends = np.cumsum(self.model.units)[:-1]
        return [
            tuple(tuple(int(p) for p in part) for part in np.split(line, ends)) for line in self.state.leaves[:written]
        ]


def _with_one_cell(part: _Arrays, slot: int) -> _Arrays:
    """A copy of the state or the geometry whose stack consists of one slot; memory is taken where it is used."""
    arrays: dict[str, Any] = {}
    for name, old in part._asdict().items():
        if not isinstance(old, np.ndarray):
            arrays[name] = old
        elif name in _STACKED[type(part)] and len(old) > slot:
            arrays[name] = np.zeros(old.shape, old.dtype)
            arrays[name][0] = old[slot]
        else:
            arrays[name] = old.copy()
    return part._replace(**arrays)


def _domain_rows(rows: list[tuple[int, ...]], d: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Integer rows as floats near 1, with their granularities."""
    centers, grains = np.zeros((len(rows), d + 1)), np.zeros(len(rows))
    for i, row in enumerate(rows):
        shift = max(abs(v) for v in row).bit_length()
        centers[i] = [rounded(Fraction(v, 2**shift)) for v in row]
        grains[i] = math.ldexp(1.0, -shift) if shift < 1000 else 0.0
    if not np.isfinite(centers).all():
        raise UnsupportedError(
            "a halfspace of the domain mixes numbers more than 2^200 apart; the exact engine serves it"
        )
    return centers, grains


def _place(
    geo: Simplex,
    bounds: Sequence[tuple[Fraction, Fraction]] | None,
    start: Sequence[flint.fmpq],
    problem: Problem,
    state: states.State,
) -> Simplex:
    """Slot 0: the box with the dictionary at its lower corner, or all of R^d with free inputs."""
    d = problem.dimension
    spread = [math.fmod((i + 1) * 0.6180339887498949, 1.0) - 0.5 for i in range(d)]  # no two alike, nothing special
    for i in range(d):
        geo.nonbasic[0, i] = geo.place[0, i] = i
        if bounds:
            lo, hi = bounds[i]
            low, high = geo.lower[i], geo.upper[i] = rounded(lo), rounded(hi)
            if not max(abs(low), abs(high)) < math.inf:
                raise UnsupportedError("a bound of the box is outside 2^±200; the exact engine serves it")
            exact = Fraction(low) == lo and Fraction(high) == hi
            geo.bound_error[i] = 0.0 if exact else 2 * UNIT * max(abs(low), abs(high)) * INFLATE
            grain = rounded(Fraction(1, math.lcm(lo.denominator, hi.denominator)))
            geo.bound_grain[i] = grain / INFLATE if grain < math.inf else 0.0
            geo.anchor[0, i] = low
            geo.witness[0, i] = rounded(from_fmpq(start[i])) + (0.0 if problem.cuts else (high - low) * spread[i] / 8)
        else:
            geo.witness[0, i] = rounded(from_fmpq(start[i])) + (0.0 if problem.rows else spread[i])
            geo.anchor[0, i] = geo.witness[0, i]
    errors = np.abs(state.domain) * (2 * (d + 6) * UNIT)
    if not inside(geo, geo.witness[0], state.domain, errors, len(state.domain)):
        raise UnsupportedError("the domain is too thin for a floating-point witness; the exact engine serves it")
    return geo._replace(boxed=bounds is not None)
