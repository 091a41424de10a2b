r"""Random numbers whose mean is the number R of regions, or less; ``docs/proofs-draws.md`` has the proofs.

**Sets.**  The draw of :mod:`verify.counting.samples.draws` down to the last layer reaches a cell c with probability
:math:`B(c)/U`, B the bound on its regions and U that on all; the regions :math:`N(c)` of the last layer in it are
counted.  Then :math:`X = N(c) \, U/B(c)`, or 0 if no cell is reached, has mean R and is at most U.

**Tree.**  The cells of the first units are the nodes of a tree, its leaves the regions.  Go down all levels with a set
of at most k nodes: replace it by all of its children; if these are m > k, keep k of them, each set equally likely, and
multiply the weight by m/k.  The number of leaves at the end times the weight has mean R.

**Dives** are the same with k = 1 in many dimensions, for scalar units with one breakpoint at 0.  A node is a cell with
a rational point inside.  HiGHS is asked whether the next unit has its other sign in the cell; a point that it proposes
is evaluated exactly, and if it does not satisfy every inequality strictly, the part is taken to be missing.  So the
mean is at most R, whatever is left out.  A descent ends with the weight 0 where a unit is zero at the point.

**Parity** constraints (:mod:`verify.counting.estimates.parity`) have a mean of at most R, too.

The draws are kept in a file, from which the interval follows, and which another run goes on from; ``docs/estimates.md``
describes it.  Draw k of a method is a function of network, domain, seed and k alone, and for dives and parity of the
version of the float solver.

References
----------
D. E. Knuth: Estimating the efficiency of backtrack programs.  Mathematics of Computation 29 (1975).
R. Vaisman, D. P. Kroese: Stochastic enumeration method for counting trees.  Methodology and Computing in Applied
Probability 19 (2017).
"""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import flint
import numpy as np

from theory.deadline import DeadlineExceededError, check, until
from theory.errors import InvalidInputError
from theory.exact import format_rational, from_fmpq, integer, rational
from theory.formats.files import printable, read_bytes, write_text
from theory.formats.json_file import parse_json
from theory.geometry.feasibility import Dictionary
from theory.network import Network
from verify.counting.estimates import parity
from verify.counting.long.parts import restricted
from verify.counting.samples.draws import Draws, Stream
from verify.domain.shapes import Domain
from verify.engines.exact import Cell, children, interior_point
from verify.engines.fast import central_point
from verify.engines.problem import Problem, domain_of
from verify.engines.selection import select
from verify.slices.prepared import nearest

Method = Literal["sets", "tree", "dives", "parity"]
_METHODS: tuple[Method, ...] = ("sets", "tree", "dives", "parity")
_FORMAT = "linregions/draws"
_FAR = 1e6
"""Where a domain is not bounded, dives seek points in a box of this size."""


@dataclass(frozen=True)
class Drawing:
    """What is drawn.

    Draw k takes the random bits of number k for sets, −1 − k for trees and dives, −3 − k for parity (:class:`Stream`).
    A tree keeps ``width`` nodes.
    """

    problem: Problem
    seed: int
    method: Method
    width: int = 16

    def value(self, number: int) -> Fraction:
        """The draw with this number."""
        if self.method == "parity":
            return parity.trial(self.problem, self.seed, number)
        if self.method != "sets":
            stream = Stream(self.seed, -1 - number)
            return dive(self.problem, stream) if self.method == "dives" else self._tree(stream)
        draws, hidden = prepared(self.problem), self.problem.network.hidden
        drawn = draws.draw(Stream(self.seed, number), max(len(hidden) - 1, 0))
        if drawn is None:
            return Fraction(0)
        cell, bound = drawn
        if len(cell.pattern) == len(hidden):
            return Fraction(draws.bound, bound)
        run = select(restricted(self.problem, cell.pattern), images=False)
        while not run.advance(time.perf_counter() + 1.0):
            check()
        return Fraction(run.found * draws.bound, bound)

    def _tree(self, stream: Stream) -> Fraction:
        layers = self.problem.network.layers
        start = Dictionary(self.problem.dimension, interior_point(self.problem), self.problem.rows)
        nodes, weight = [Cell(start, (), (), layers[0].forms)], Fraction(1)
        while (level := min(map(_level, nodes)))[0] + 1 < len(layers):
            nodes = [part for node in nodes for part in (children(layers, node) if _level(node) == level else (node,))]
            if len(nodes) > self.width:
                weight *= Fraction(len(nodes), self.width)
                for at in range(self.width):
                    other = at + stream.below(len(nodes) - at)
                    nodes[at], nodes[other] = nodes[other], nodes[at]
                del nodes[self.width :]
        return weight * len(nodes)


def _level(cell: Cell) -> tuple[int, int]:
    """How many layers, and units of the next one, are decided; a unit that divides nothing may be decided early."""
    return len(cell.pattern), len(cell.pieces)


prepared = lru_cache(maxsize=4)(Draws)
"""The draws of sets of a problem, prepared once for each."""


def values(drawing: Drawing, first: int, number: int, seconds: float) -> list[Fraction]:
    """The draws from ``first`` on, so many, or as many as are done in the given time."""
    ends, found = time.perf_counter() + seconds, list[Fraction]()
    with suppress(DeadlineExceededError), until(lambda: time.perf_counter() > ends):
        for k in range(first, first + number):
            found.append(drawing.value(k))
    return found


def can_dive(problem: Problem) -> bool:
    """Whether all units are of this kind, and the solver is installed."""
    try:
        import highspy  # noqa: F401
    except ImportError:
        return False
    bending = (unit for layer in problem.network.hidden for unit in layer.units if unit.pieces > 1)
    return all(u.rows == 1 and u.pieces == 2 and not any(c.shift for c in u.comparisons(0)) for u in bending)


class _DiveCell:
    """The inequalities of a cell, exactly and for the solver, with a point that satisfies them all strictly."""

    def __init__(self, problem: Problem) -> None:
        import highspy

        self._highs, self._dimension, self._bounds = highspy, problem.dimension, problem.bounds
        self._rows: list[flint.fmpq_mat] = []
        self._columns = np.arange(problem.dimension, dtype=np.int32)
        self.point = central_point(problem)
        self._solver: Any = parity.new_solver(presolve="off")
        for j in range(problem.dimension):
            self._solver.addVar(*((-_FAR, _FAR) if self._bounds is None else map(nearest, self._bounds[j])))
        for row in problem.cuts:
            self.add(flint.fmpq_mat(1, len(row), list(row)))

    def add(self, row: flint.fmpq_mat) -> None:
        """One more inequality ⟨a, x⟩ + b > 0, which the point satisfies."""
        self._rows.append(row)
        normal, offset = _floats(row)
        self._solver.addRow(-offset, self._highs.kHighsInf, len(normal), self._columns, normal)

    def beyond(self, row: flint.fmpq_mat) -> list[flint.fmpq] | None:
        """A point of the open cell where ⟨a, x⟩ + b < 0, which is > 0 at the cell's point; None if none is found.

        The solver goes to a vertex where the form is as small as it can be; the result lies between the vertex and the
        place where the way there from the cell's point meets zero.
        """
        check()
        normal, offset = _floats(row)
        self._solver.changeColsCost(len(normal), self._columns, normal)
        self._solver.run()
        if self._solver.getModelStatus() != self._highs.HighsModelStatus.kOptimal:
            return None
        vertex = np.array(self._solver.getSolution().col_value)
        start = np.array([nearest(from_fmpq(v)) for v in self.point])
        with np.errstate(all="ignore"):
            here, there = normal @ start + offset, normal @ vertex + offset
        if not there < 0.0 < here < np.inf:
            return None
        share = (1.0 + here / (here - there)) / 2.0
        found = [flint.fmpq(*float(v).as_integer_ratio()) for v in start + share * (vertex - start)]
        ends = () if self._bounds is None else zip(found, self._bounds, strict=True)
        inside = _value(row, found) < 0 and all(low < from_fmpq(v) < high for v, (low, high) in ends)
        return found if inside and all(_value(other, found) > 0 for other in self._rows) else None


def _floats(row: flint.fmpq_mat) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    """The coefficients and the constant, divided by the largest coefficient."""
    *normal, offset = (from_fmpq(v) for v in row.entries())
    largest = max(map(abs, normal))
    return np.array([nearest(v / largest) for v in normal]), nearest(offset / largest)


def _value(row: flint.fmpq_mat, point: list[flint.fmpq]) -> flint.fmpq:
    column = flint.fmpq_mat(len(point) + 1, 1, [*point, flint.fmpq(1)])
    return (row * column)[0, 0]


def dive(problem: Problem, stream: Stream) -> Fraction:
    """The weight at the end of one descent; its mean is at most the number of regions."""
    cell = _DiveCell(problem)
    layers, weight = problem.network.layers, 1
    forms = layers[0].forms
    for number, layer in enumerate(layers[:-1]):
        pieces = []
        for unit, at in zip(layer.units, layer.first_rows, strict=True):
            row = flint.fmpq_mat(1, forms.ncols(), [forms[at, j] for j in range(forms.ncols())])
            if unit.pieces == 1:
                pieces.append(0)
                continue
            if not any(row[0, j] for j in range(problem.dimension)):
                pieces.append(unit.piece_of([from_fmpq(row[0, problem.dimension])]))
                continue
            value = _value(row, cell.point)
            if not value:
                return Fraction(0)
            here = row if value > 0 else -row
            other = cell.beyond(here)
            if other is not None:
                weight *= 2
                if stream.below(2):
                    cell.point, here = other, -here
            cell.add(here)
            pieces.append(int(_value(row, cell.point) > 0))
        forms = layers[number + 1].read(layer.push(forms, pieces))
    return Fraction(weight)


@dataclass(frozen=True)
class Transcript:
    """Draws that are kept in a file, or in none.

    ``subject`` holds the digests of network and domain, and the seed; ``values`` the draws of each method, in their
    order; ``error`` is that for which the bets are made.
    """

    path: str | os.PathLike[str] | None
    subject: dict[str, object]
    values: dict[Method, list[Fraction]]
    error: Fraction

    @classmethod
    def of(
        cls, path: str | os.PathLike[str] | None, network: Network, domain: Domain, seed: int, error: Fraction
    ) -> Transcript:
        """What the file holds, nothing if it is not there; ``error`` is used if it has none.

        Raises InvalidInputError if it is no transcript, or of another network, domain or seed.
        """
        subject: dict[str, object] = {"network": network.digest, "domain": domain.digest, "seed": seed}
        if path is None or not Path(path).exists():
            return cls(path, subject, {}, error)
        read, values, kept = _read(path)
        for name, value in subject.items():
            if read[name] != value:
                raise InvalidInputError(f"{path} holds draws for another {name}; name another file")
        return cls(path, subject, values, kept or error)

    def write(self, values: Mapping[Method, list[Fraction]]) -> None:
        """Replace the file, if there is one, by these draws."""
        if self.path is None:
            return
        texts = {name: [format_rational(value) for value in some] for name, some in values.items()}
        facts = {"error": format_rational(self.error), "values": texts}
        write_text(self.path, json.dumps({"format": _FORMAT, "version": 1, **self.subject, **facts}))


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, object], dict[Method, list[Fraction]], Fraction | None]:
    record = parse_json(read_bytes(path), path)
    try:
        if (record["format"], record["version"]) != (_FORMAT, 1):
            raise InvalidInputError("it has another format or version")
        if unknown := set(record["values"]) - set(_METHODS):
            raise InvalidInputError(f"no draws are called {printable(min(unknown))}")
        kept = record["values"]
        values = {name: [rational(value, place="value") for value in kept.get(name, [])] for name in _METHODS}
        if min(itertools.chain(*values.values()), default=0) < 0:
            raise InvalidInputError("a draw is negative")
        error = rational(record["error"], place="error") if "error" in record else None
        if error is not None and not 0 < error < 1:
            raise InvalidInputError(f"error {error} must lie between 0 and 1")
        return {name: record[name] for name in ("network", "domain", "seed")}, values, error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidInputError(f"{path} is no transcript of an estimate: {error}") from None


class Replay(NamedTuple):
    """How many draws were repeated, and method and number of those that came out otherwise."""

    drawn: int
    wrong: tuple[tuple[str, int], ...]


def replay(path: str | os.PathLike[str], network: Network, domain: Domain | None = None, *, every: int = 1) -> Replay:
    """Draw the draws of a transcript again, one of each ``every``.

    Raises InvalidInputError if the file is no transcript, or of another network or domain.
    """
    place, step = domain_of(network, domain), integer(every, place="every", minimum=1)
    subject, values, _ = _read(path)
    seed = subject["seed"]
    if subject["network"] != network.digest or subject["domain"] != place.digest or not isinstance(seed, int):
        raise InvalidInputError(f"{path} holds draws of another network or on another domain")
    problem, wrong = Problem.of(network, place), list[tuple[str, int]]()
    repeated = [(method, k) for method, some in values.items() for k in range(0, len(some), step)]
    for method, k in repeated:
        check()
        if Drawing(problem, seed, method).value(k) != values[method][k]:
            wrong.append((method, k))
    return Replay(len(repeated), tuple(wrong))
