"""Self-checks: a count tested against facts that do not depend on how it was obtained.

The checks :func:`listing`, :func:`volume`, :func:`walls`, :func:`euler` and :func:`line` use a problem and the patterns
that an engine lists for it, and nothing else that the engine did.  From the patterns the closed cells are rebuilt
(:mod:`verify.partitions.complex`) and measured (:mod:`theory.geometry.polyhedra`).  The count must not change if the
network is :func:`rescaled`, :func:`permuted`, :func:`duplicated` or :func:`moved`; no reference count is needed for
that.  Other ``engines`` must list the same patterns.  Everything is decided in integers and rationals.

:func:`listing` and :func:`walls` together prove the count (docs/exactness.md), :func:`volume` and :func:`line` show the
same without faces; :func:`euler` alone misses a lost cell at a corner of a square.
"""

import math
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import islice, product
from typing import Literal, NamedTuple

import flint

from theory.errors import InvalidInputError, Names, UnsupportedError
from theory.exact import Row, format_rational, from_fmpq, integer, primitive_row, to_fmpq, value_at
from theory.geometry.feasibility import interior_point
from theory.geometry.polyhedra import Face, Polyhedron, chord
from theory.network import Layer, Network, Pattern
from verify import engines
from verify.counting.region_count import RegionCount, count
from verify.domain.shapes import Box, Domain, Polytope, WholeSpace
from verify.engines.problem import Problem, domain_of
from verify.engines.selection import FAST_ENGINES
from verify.partitions.complex import closed_cells, pattern_rows
from verify.slices.planes import across

MOST_DIMENSIONS = 3  # in which faces and volumes are computed
TINY = 100  # up to so many regions the brute engine is asked as well
_DRAWS = 50  # lines that are drawn in search of a generic one
_DENSE = 8  # most inputs that the affine map mixes; with more, it keeps boxes boxes, which engines rely on


@dataclass(frozen=True)
class Check:
    """One fact and its outcome, what was compared or why there is nothing to compare, and the numbers found."""

    name: str
    outcome: Literal["passed", "failed", "not applicable"]
    reason: str
    numbers: Mapping[str, int | Fraction] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the fact was tested and does not hold."""
        return self.outcome == "failed"

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {format_rational(Fraction(v))}" for name, v in self.numbers.items())
        return f"{self.name}: {self.outcome}, {self.reason}{f' ({numbers})' if numbers else ''}"


def verdict(name: str, holds: bool, reason: str, numbers: Mapping[str, int | Fraction]) -> Check:
    """A check that was made."""
    return Check(name, "passed" if holds else "failed", reason, numbers)


@dataclass(frozen=True)
class Evidence:
    """What an engine answers to a problem, a network on ``domain``; at most ``limit`` patterns are examined singly."""

    domain: Domain
    problem: Problem
    engine: str
    count: int
    limit: int

    @cached_property
    def first_patterns(self) -> list[Pattern]:
        """The patterns that the engine lists, at most one more than the limit."""
        return list(islice(engines.patterns(self.problem, self.engine), self.limit + 1))

    @property
    def asks_fast(self) -> bool:
        """Whether fast engines are compared, too: for a tiny problem the exact and the brute one are enough."""
        return self.count > TINY or self.engine in FAST_ENGINES

    @property
    def too_many(self) -> str:
        """Why not all patterns are examined; empty if they are."""
        return f"there are more than limit = {self.limit} regions" if len(self.first_patterns) > self.limit else ""

    @property
    def no_geometry(self) -> str:
        """Why no faces are computed; empty if they are."""
        if self.problem.dimension > MOST_DIMENSIONS:
            return f"faces are computed in at most {MOST_DIMENSIONS} dimensions, here are {self.problem.dimension}"
        return self.too_many

    @cached_property
    def cells(self) -> list[Polyhedron]:
        """The closed cells that have an interior, each as often as it is listed."""
        return [cell for _, cell in closed_cells(self.problem, self.first_patterns) if cell is not None]

    @cached_property
    def whole(self) -> Polyhedron:
        """The closure of the domain."""
        return Polyhedron.of(self.problem.dimension, self.problem.rows)


def listing(evidence: Evidence) -> Check:
    """As many patterns are listed as were counted, all different, each taken on an open set (the last for d ≤ 3)."""
    if evidence.too_many:
        return Check("listing", "not applicable", evidence.too_many)
    patterns = evidence.first_patterns
    numbers = {"count": evidence.count, "patterns": len(patterns), "different": len(set(patterns))}
    if not evidence.no_geometry:
        numbers["full-dimensional"] = len(evidence.cells)
    return verdict("listing", len(set(numbers.values())) == 1, "patterns against the count", numbers)


def volume(evidence: Evidence) -> Check:
    """The volumes of the cells add up to the volume of the domain, which must be bounded."""
    if evidence.no_geometry:
        return Check("volume", "not applicable", evidence.no_geometry)
    if not evidence.whole.is_bounded:
        return Check("volume", "not applicable", "the domain is unbounded")
    total = sum((cell.volume() for cell in evidence.cells), Fraction(0))
    if isinstance(evidence.domain, Box):
        sides = zip(evidence.domain.lower, evidence.domain.upper, strict=True)
        expected = math.prod((high - low for low, high in sides), start=Fraction(1))
    else:
        expected = evidence.whole.volume()
    what = {1: "lengths", 2: "areas", 3: "volumes"}[evidence.problem.dimension]
    return verdict("volume", total == expected, f"{what} of the cells", {"sum": total, "domain": expected})


def walls(evidence: Evidence) -> Check:
    """A facet on the border of the domain belongs to one cell, every other one to two, on opposite sides."""
    if evidence.no_geometry:
        return Check("walls", "not applicable", evidence.no_geometry)
    inward: dict[Face, list[Row]] = {}
    border: set[Face] = set()
    for cell in evidence.cells:
        for facet, rows in cell.facets().items():
            number = min(rows)  # number 0 is infinity, then come the rows of the domain
            inward.setdefault(facet, []).append(cell.rows[number])
            if number <= len(evidence.problem.rows):
                border.add(facet)
    wrong = 0
    for facet, sides in inward.items():
        opposite = len(sides) == 2 and sides[0] == tuple(-v for v in sides[1])
        wrong += not (len(sides) == 1 if facet in border else opposite)
    numbers = {"inside": len(inward) - len(border), "border": len(border), "wrong": wrong}
    reason = "facets shared by two cells from opposite sides, on the border by one"
    return verdict("walls", wrong == 0 and bool(evidence.cells), reason, numbers)


def euler(evidence: Evidence) -> Check:
    """Σ (−1)^dim F over all faces F of all cells is that of the domain; a cell that is listed twice is counted twice.

    It is (−1)^m for R^m times a polytope, else 0 (:attr:`theory.geometry.polyhedra.Polyhedron.euler_characteristic`).
    """
    if evidence.no_geometry:
        return Check("euler", "not applicable", evidence.no_geometry)
    top = evidence.problem.dimension
    faces: dict[Face, int] = {}
    for cell in evidence.cells:
        faces.update(cell.faces())
    found = Counter(dimension for dimension in faces.values() if dimension < top)
    found[top] = len(evidence.cells)
    names = {0: "vertices", 1: "edges", 2: "polygons", top: "cells"}
    numbers = {names[k]: found[k] for k in range(top + 1)}
    total, expected = sum((-1) ** k * n for k, n in found.items()), evidence.whole.euler_characteristic
    reason = "alternating sum over the faces of the complex"
    return verdict("euler", total == expected, reason, {**numbers, "sum": total, "domain": expected})


def line(evidence: Evidence, rng: random.Random) -> Check:
    """A generic line meets exactly the cells whose patterns the network restricted to it takes.

    The left side tests every listed cell against the line, the right side is counted in one dimension without knowing
    the list.  If the list is too long, only the inequality remains, or nothing if the line meets as many.  The line
    runs through a random point of each of two random cells.  It is generic if no function that decides a pattern
    vanishes on it without vanishing in space; if one does, another line is drawn.
    """
    problem = evidence.problem
    if problem.dimension == 1:
        return Check("line", "not applicable", "the domain is a line itself")
    if not evidence.first_patterns:
        return verdict("line", False, "no pattern is listed", {"count": evidence.count})
    for _ in range(_DRAWS):
        start, end = (_point_inside(problem, rng.choice(evidence.first_patterns), rng) for _ in range(2))
        if start is None or end is None:
            return verdict("line", False, "a listed pattern has no interior point", {"count": evidence.count})
        if start == end:
            continue
        values = ((value_at(row, start), value_at(row, end)) for row in problem.rows)  # positive where they are equal
        ends = tuple(primitive_row([q - p, p]) for p, q in values if p != q)
        on_line = Problem(problem.network.on_line(start, end), ends)
        along = engines.patterns(on_line, "auto" if evidence.asks_fast else "exact")
        crossed = list(islice(along, evidence.limit + 1))
        if evidence.too_many and len(crossed) > evidence.limit:
            return Check("line", "not applicable", f"a line meets more than limit = {evidence.limit} regions")
        rows = (row for pattern in crossed for row in pattern_rows(problem, pattern) or ())
        if not any(value_at(row, start) == 0 == value_at(row, end) for row in rows):
            break
    else:
        return Check("line", "not applicable", f"{_DRAWS} lines were drawn and none is generic")
    numbers = {"on the line": len(crossed), "count": evidence.count}
    if evidence.too_many:
        return verdict("line", len(crossed) <= evidence.count, f"only an inequality, {evidence.too_many}", numbers)
    tested = closed_cells(on_line, set(evidence.first_patterns))
    met = [pattern for pattern, part in tested if part is not None]
    numbers = {"cells met": len(met), **numbers}
    holds = Counter(met) == Counter(crossed) and len(met) <= evidence.count
    reason = "patterns on a random line, counted in one dimension and tested cell by cell"
    return verdict("line", holds, reason, numbers)


def _point_inside(problem: Problem, pattern: Pattern, rng: random.Random) -> tuple[Fraction, ...] | None:
    """A random rational point inside a cell, one step from a point that an exact simplex finds; None if it is flat."""
    rows = pattern_rows(problem, pattern)
    if rows is None or (point := interior_point(rows, problem.dimension)) is None:
        return None
    step = [Fraction(rng.randint(-9, 9)) for _ in point]
    low, high = chord(rows, point, step) or (None, None)
    ends = [Fraction(1) if high is None else high, Fraction(-1) if low is None else low]
    factor = rng.choice(ends) * Fraction(rng.randint(1, 96), 97)
    return tuple(v + factor * s for v, s in zip(point, step, strict=True))


@dataclass(frozen=True, repr=False)
class SelfCheck:
    """The report of :func:`self_check`; ``seconds`` is the wall time, the count included."""

    count: RegionCount
    checks: tuple[Check, ...]
    seed: int
    seconds: float = field(compare=False)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that were made and failed."""
        return tuple(check for check in self.checks if check.failed)

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    def __getitem__(self, name: str) -> Check:
        return Names("check", {check.name: check for check in self.checks})[name]

    @property
    def summary(self) -> str:
        """How many checks passed, failed and were not applicable."""
        outcomes = Counter(check.outcome for check in self.checks)
        return ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())

    def __repr__(self) -> str:
        heading = f"self-check of {repr(self.count).strip('<>')}: {self.summary}"
        return "\n  ".join([heading, *map(str, self.checks)])


def self_check(
    network: Network, domain: Domain | None = None, *, engine: str = "auto", seed: int = 0, limit: int = 5000
) -> SelfCheck:
    """The count of the regions of ``network`` on ``domain``, checked against ten invariants.

    What a check finds is reported, never raised; what :func:`verify.counting.region_count.count` raises is raised here.
    ``engine`` is the one under test; the line and the changes of the network are drawn from ``seed``.  Checks that look
    at every cell are left out if there are more than ``limit`` regions, on the line or in all, and those of faces and
    volumes in more than three dimensions.  It takes about as long as eight counts, and some milliseconds for each cell.

    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> report = self_check(cross, Box([-1, -1], [1, 2]))
    >>> report.passed, report["volume"].numbers["sum"]
    (True, Fraction(6, 1))
    >>> print(report["euler"])
    euler: passed, alternating sum over the faces of the complex (vertices 9, edges 12, cells 4, sum 1, domain 1)
    """
    began = time.perf_counter()
    seed, limit = integer(seed, place="seed"), integer(limit, place="limit", minimum=1)
    where = domain_of(network, domain)
    result = count(network, where, engine=engine)
    lists = "exact" if result.engine == "images" else result.engine  # counting by images lists nothing
    evidence = Evidence(where, Problem.of(network, where), lists, int(result), limit)
    checks = (
        *(check(evidence) for check in (listing, volume, walls, euler)),
        line(evidence, random.Random(seed)),
        *_changes(where.pull_back(network), where.rows, result.value, engine, random.Random(seed)),
        _engines(evidence),
    )
    return SelfCheck(result, checks, seed, time.perf_counter() - began)


def _changes(network: Network, rows: tuple[Row, ...], before: int, engine: str, rng: random.Random) -> Iterator[Check]:
    """The count of networks that must have as many regions."""
    domain = Polytope(rows) if rows else WholeSpace(network.inputs)
    changes = {
        "rescaling": ("units multiplied by positive factors", rescaled),
        "permutation": ("units and maxout pieces in another order", permuted),
        "duplication": ("one unit doubled", duplicated),
        "affine map": ("inputs and domain moved by an affine bijection", None),
    }
    for name, (reason, change) in changes.items():
        if change is not None and not any(layer.width for layer in network.hidden):
            yield Check(name, "not applicable", "the network has no hidden unit")
            continue
        changed, where = (change(network, rng), domain) if change else moved(network, rows, rng)
        try:
            after = int(count(changed, where, engine=engine))
        except UnsupportedError as error:
            yield Check(name, "not applicable", f"the {engine} engine does not serve the changed network: {error}")
            continue
        except InvalidInputError as error:
            yield verdict(name, False, f"the changed network or domain is refused: {error}", {"before": before})
            continue
        yield verdict(name, after == before, reason, {"before": before, "after": after})


def _engines(evidence: Evidence) -> Check:
    """The patterns of the other engines that serve the problem; the fast ones where that adds something."""
    if evidence.too_many:
        return Check("engines", "not applicable", evidence.too_many)
    lists: dict[str, Counter[Pattern]] = {}
    if isinstance(evidence.domain, Box) and evidence.domain.dimension == 2:
        lists["plane subdivision"] = Counter(across(evidence.problem.network, evidence.domain).patterns())
    tiny = evidence.count <= TINY
    for name in ("exact", "brute", *FAST_ENGINES) if tiny else ("exact", *FAST_ENGINES, "brute"):
        wanted = evidence.asks_fast if name in FAST_ENGINES else tiny or name == "exact"
        if name != evidence.engine and (wanted or not lists):
            try:
                lists[name] = Counter(engines.patterns(evidence.problem, name))
            except UnsupportedError:
                continue
    if not lists:
        return Check("engines", "not applicable", f"no engine but {evidence.engine} serves this problem")
    listed = Counter(evidence.first_patterns)
    wrong = [name for name, patterns in lists.items() if patterns != listed]
    reason = f"patterns differ from those of {', '.join(wrong)}" if wrong else "the same patterns"
    totals = {name: patterns.total() for name, patterns in lists.items()}
    return verdict("engines", not wrong, reason, {evidence.engine: listed.total(), **totals})


class _Copy(NamedTuple):
    """A unit of a new layer: the unit that it copies, a factor, and its share of that unit's outgoing weights."""

    source: int
    factor: Fraction = Fraction(1)
    share: Fraction = Fraction(1)
    order: tuple[int, ...] = (0,)  # of its rows


def _copies(layer: Layer) -> list[_Copy]:
    return [_Copy(u, order=tuple(range(unit.rows))) for u, unit in enumerate(layer.units)]


def _rewritten(network: Network, plans: Sequence[Sequence[_Copy]]) -> Network:
    """The network whose hidden layers consist of the given copies."""
    layers = []
    before = [_Copy(i) for i in range(network.inputs)]
    for layer, plan in zip(network.layers, [*plans, _copies(network.layers[-1])], strict=True):
        rows, biases, units = [], [], []
        for copy in plan:
            units.append(layer.units[copy.source].scaled(copy.factor))
            for r in (layer.first_rows[copy.source] + i for i in copy.order):
                rows.append([copy.factor * layer.weights[r][c.source] * c.share / c.factor for c in before])
                biases.append(copy.factor * layer.biases[r])
        layers.append(Layer(rows, biases, units, inputs=len(before)))
        before = list(plan)
    return Network(layers)


def rescaled(network: Network, rng: random.Random) -> Network:
    """The same function, hidden units and their breakpoints times positive rationals, by which readers are divided."""
    factors = iter(lambda: Fraction(rng.randint(1, 9), rng.randint(1, 9)), None)
    return _rewritten(network, [[c._replace(factor=next(factors)) for c in _copies(layer)] for layer in network.hidden])


def permuted(network: Network, rng: random.Random) -> Network:
    """The same function with the units of each hidden layer, and the pieces of each maxout unit, in another order."""
    plans = [_copies(layer) for layer in network.hidden]
    for layer, plan in zip(network.hidden, plans, strict=False):
        for i, unit in enumerate(layer.units):
            if unit.is_symmetric:
                plan[i] = plan[i]._replace(order=tuple(rng.sample(plan[i].order, unit.rows)))
        rng.shuffle(plan)
    return _rewritten(network, plans)


def duplicated(network: Network, rng: random.Random) -> Network:
    """The same function with one hidden unit doubled, if there is one, each copy with half of the outgoing weights."""
    units = [(i, u) for i, layer in enumerate(network.hidden) for u in range(layer.width)]
    if not units:
        return network
    depth, unit = rng.choice(units)
    plans = [_copies(layer) for layer in network.hidden]
    half = plans[depth][unit]._replace(share=Fraction(1, 2))
    plans[depth][unit : unit + 1] = [half, half]
    return _rewritten(network, plans)


def moved(network: Network, rows: Sequence[Row], rng: random.Random) -> tuple[Network, Domain]:
    """The network y ↦ f(A·y + c) and the domain {y : A·y + c in the old one}, whose rows are given.

    A is a signed permutation with rational factors, in up to eight dimensions times two triangular integer matrices.
    """
    n = network.inputs
    matrix = flint.fmpq_mat(n, n)
    for i, j in enumerate(rng.sample(range(n), n)):
        matrix[i, j] = to_fmpq(Fraction(rng.choice((-1, 1)) * rng.randint(1, 5), rng.randint(1, 5)))
    if n <= _DENSE:
        places_of = list(product(range(n), repeat=2))
        for lower in (True, False):
            entries = [int(i == j) or (rng.randint(-2, 2) if (i > j) == lower else 0) for i, j in places_of]
            matrix = matrix * flint.fmpq_mat(n, n, entries)
    offset = [Fraction(rng.randint(-3, 3), rng.randint(1, 3)) for _ in range(n)]
    turned = network.precompose([[from_fmpq(matrix[i, j]) for j in range(n)] for i in range(n)], offset)
    result = []
    for row in rows:
        normal = (flint.fmpq_mat(1, n, list(row[:-1])) * matrix).entries()
        result.append(primitive_row([*map(from_fmpq, normal), value_at(row, offset)]))
    return turned, Polytope(result) if result else WholeSpace(n)
