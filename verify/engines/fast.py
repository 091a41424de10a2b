"""The fast engine: the compiled core proposes and proves in floats, and exact arithmetic decides the rest.

:class:`Traversal` drives the loop of ``core/traverse.hpp`` over a problem.  Geometry: intervals for one input, polygons
for two, simplex dictionaries otherwise.  Where neither floats nor integers decide, the loop stops with a question,
which :class:`ExactFallback` answers.  Its path names the rows that bound the current cell, which are written in exact
rationals, and the exact simplex says which pieces of the unit in question are empty on the cell.  Where several are
not, although no float can serve as a witness (a cell too thin for binary64), the exact engine takes over the subtree.
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
import numpy as np

from theory.activations import PiecewiseLinear
from theory.deadline import check
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import from_fmpq, to_fmpq
from theory.geometry.feasibility import Dictionary
from theory.network import ForwardPass, Pattern
from verify.engines import exact
from verify.engines.core import core
from verify.engines.exact import interior_point
from verify.engines.model import Floats, ScaledLayer, build_model, integers, rounded
from verify.engines.problem import Problem
from verify.engines.rounding import INFLATE, UNIT
from verify.engines.selection import FAST_ENGINES, Run

_PLACE = ("lower", "upper", "bound_error", "bound_grain", "anchor", "witness")
_ROUNDS = 200
_LARGEST, _SMALLEST, _SHRINK = 2.0**-2, 2.0**-45, 2.0**-3
_FAR = 2**1000


@dataclass(eq=False)
class Traversal(Run):
    """One run of the core over a problem.

    ``engine`` is one of :data:`FAST_ENGINES`, by default the one for the problem's dimension; with ``record`` patterns
    are kept.  Raises UnsupportedError if the core is missing, the engine does not serve the problem's dimension, its
    numbers leave the range of the error model (:mod:`verify.engines.rounding`), or its arrays do not fit into the
    memory; the exact engine serves those.
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
        serves, simplex = FAST_ENGINES.index(self.engine) + 1, self.engine == "simplex"
        if not simplex and serves != d:
            way = f"the {self.engine} engine serves problems of dimension {serves}, not {d}"
            raise UnsupportedError(f"{way}; use engine='auto'")
        try:
            _, start = core_start(problem, simplex=simplex)
            self.core = core.Traversal(start, simplex=simplex, record=self.record)
        except MemoryError:
            needs = "the compiled engine needs more memory than there is for layers so wide"
            raise UnsupportedError(f"{needs}; the exact engine serves them") from None
        if not self.core.served:
            raise UnsupportedError("the domain is too thin for a floating-point witness; the exact engine serves it")
        self.fallback = ExactFallback(problem, self.core, simplex)
        self._until = math.inf
        self._running = self._leaves()

    @property
    def found(self) -> int:
        return int(self.core.count)

    @property
    def left(self) -> float:
        """The share that is probably left of what the first traversal had before any was split off."""
        return float(self.core.left)

    def advance(self, deadline: float) -> bool:
        self._until = deadline
        return all(time.perf_counter() < deadline for _ in self._running)

    def split_off_work(self) -> Traversal | None:
        """Give the cell at the bottom of the stack, often half of what is left, to a traversal of its own.

        To be called between two calls of :meth:`advance`.  The numbers that the two find add up.  None if only one cell
        is left.  Raises InvalidInputError if patterns are recorded, whose order would be lost.
        """
        if self.record:
            raise InvalidInputError("a traversal that records patterns cannot be divided; give record=False")
        other = self.core.split_off()
        if other is None:
            return None
        twin = copy.copy(self)
        twin.core, twin.fallback = other, ExactFallback(self.problem, other, self.fallback.simplex)
        twin.statistics, twin.exact_seconds, twin._running = {}, 0.0, twin._leaves()
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
    """The layers for the core, and where a traversal begins; UnsupportedError outside the range of the error model."""
    inside = central_point(problem)
    layers = build_model(problem)
    if not layers:
        raise UnsupportedError("weights outside 2^±200, or no hidden layer; the exact engine serves this network")
    bounds = problem.bounds if simplex or writes else None  # which a certificate names
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
        problem = "a halfspace of the domain mixes numbers more than 2^200 apart"
        raise UnsupportedError(f"{problem}; the exact engine serves it")
    return centers, grains


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


class ExactFallback:
    """Exact answers about the current cell of a traversal; it counts ``answers``, and ``subtrees`` taken over."""

    def __init__(self, problem: Problem, loop: Any, simplex: bool) -> None:
        self.problem, self.loop, self.simplex = problem, loop, simplex
        self.hidden = problem.network.hidden
        self._forward = ForwardPass(problem.network)
        # the rows of the domain that the traversal cuts with, and those that its dictionary holds as bounds
        self._cuts = problem.cuts if simplex else problem.rows
        self._walls = problem.rows if not self._cuts else tuple(row for row in problem.rows if row not in self._cuts)
        self.answers = self.subtrees = 0

    def _row(self, name: tuple[int, ...], path: Pattern) -> list[Fraction]:
        """The exact row that a path name stands for."""
        layer, which, piece, rival, sign = name
        forms = self.hidden[layer].rows_of(which, self._forward.forms(layer, path))
        unit = self.hidden[layer].units[which]
        if rival >= 0:
            row = [a - b for a, b in zip(forms[piece], forms[rival], strict=True)]
        else:
            assert isinstance(unit, PiecewiseLinear)
            row = [*forms[0][:-1], forms[0][-1] - to_fmpq(unit.breakpoints[piece])]
        return [from_fmpq(v if sign > 0 else -v) for v in row]

    def _dictionary(self, path: Pattern, seen: int | None = None) -> Dictionary:
        """The current cell, exact: the domain's rows, or the first ``seen`` that it is cut with, and the path's."""
        names = map(self.loop.path_name, range(self.loop.rows))
        of_path = (self._row(name, path) for name in names if name[0] >= 0)
        return self.dictionary([*self._walls, *self._cuts[:seen], *of_path])

    def dictionary(self, rows: Sequence[Sequence[Fraction | int]]) -> Dictionary:
        """The current cell, which these rows bound."""
        if self.simplex:
            point = [flint.fmpq(*x.as_integer_ratio()) for x in self.loop.witness()]
            standing = Dictionary(len(point), point, rows)
            # where no float is a witness of the domain, this one is of the rows that it was cut with so far
            if all(form[0, len(point)] >= 0 for row, form in standing.forms.items() if row >= 0):
                return standing
        return exact.starting_dictionary(self.problem.dimension, rows)

    def empty_pieces(self) -> list[int]:
        """The empty pieces of the unit that the loop asks about; of a row of the domain 0 is its other side."""
        self.answers += 1
        asked = self.loop.asked
        if asked < 0:
            row = flint.fmpq_mat(1, self.problem.dimension + 1, list(self._cuts[-1 - asked]))
            _, below = exact.split(self._dictionary((), -1 - asked), row)
            return [0] if below is None else []
        path = tuple(map(tuple, self.loop.pieces()[:-1]))
        layer = self.hidden[len(path)]
        taken = dict(exact.parts_of(self._dictionary(path), layer, asked, self._forward.forms(len(path), path)))
        return [piece for piece in range(layer.units[asked].pieces) if piece not in taken]

    def leaves(self) -> Iterator[Pattern]:
        """The patterns of all regions inside the current cell, by the exact engine."""
        self.subtrees += 1
        path = tuple(tuple(line) for line in self.loop.pieces() if -1 not in line)
        below = exact.Cell(self._dictionary(path), path, (), self._forward.forms(len(path), path))
        for cell in exact.cells_below(self.problem.network.layers, below):
            yield cell.pattern


def central_point(problem: Problem) -> list[flint.fmpq]:
    """A point of the domain's interior, if it can be, far from every wall as floats measure it.

    Floats propose one by projections, exact arithmetic accepts it; the exact simplex finds any one, often so close to a
    wall that no float lies between.  The point is moved past the wall that it is nearest to, or most violates, until
    all distances are at least half a margin (Agmon 1954, Motzkin and Schoenberg 1954); the margin shrinks until that
    succeeds.  Where it never does, the same is tried with steps past all walls at once that are too near.

    A domain without interior point raises NoInteriorError.
    """
    return _proposed(problem) or interior_point(problem)


def _proposed(problem: Problem) -> list[flint.fmpq] | None:
    if not problem.cuts:
        return None
    scales = [max(map(abs, row)) for row in problem.cuts]
    rows = np.array([[float(Fraction(v, scale)) for v in row] for row, scale in zip(problem.cuts, scales, strict=True)])
    length = np.linalg.norm(rows[:, :-1], axis=1, keepdims=True)
    if not length.all():
        return None
    rows /= length
    low, high = np.full(problem.dimension, -np.inf), np.full(problem.dimension, np.inf)
    point = np.zeros(problem.dimension)
    if problem.bounds is not None:
        if max(abs(end) for ends in problem.bounds for end in ends) >= _FAR:
            return None  # sums of such ends may leave the range of floats
        low, high = np.array([list(map(float, ends)) for ends in problem.bounds]).T
        low, high = low + (high - low) / 1024, high - (high - low) / 1024
        point = (low + high) / 2
    for jointly in (False, True):
        margin = _LARGEST
        while margin > _SMALLEST:
            for _ in range(_ROUNDS):
                slack = rows[:, :-1] @ point + rows[:, -1]
                worst = int(slack.argmin())
                if slack[worst] > margin / 2:
                    exact = [flint.fmpq(*float(v).as_integer_ratio()) for v in point]
                    if _is_inside(problem, exact):
                        return exact
                    break
                near, step = slack < margin, (margin - slack[worst]) * rows[worst, :-1]
                if jointly:
                    step = _step(rows[near, :-1], margin - slack[near], point, low, high)
                point = np.clip(point + step, low, high)
            margin *= _SHRINK
    return None


def _step(normals: Floats, wanted: Floats, point: Floats, low: Floats, high: Floats) -> Floats:
    """The shortest step that changes the distances to several walls as wanted, along coordinates that can move."""
    step = np.zeros_like(point)
    can_move = np.full(len(point), True)
    for _ in range(3):
        step[:] = 0.0
        step[can_move] = np.linalg.lstsq(normals[:, can_move], wanted, rcond=None)[0]
        stuck = (point + step < low) & (point <= low) | (point + step > high) & (point >= high)
        if not (stuck & can_move).any() or not (can_move & ~stuck).any():
            break
        can_move &= ~stuck
    return step


def _is_inside(problem: Problem, point: list[flint.fmpq]) -> bool:
    ends = zip(point, problem.bounds or (), strict=False)
    return all(low < from_fmpq(v) < high for v, (low, high) in ends) and all(
        sum(a * v for a, v in zip(row, point, strict=False)) + row[-1] > 0 for row in problem.cuts
    )
