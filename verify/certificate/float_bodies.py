"""Evidence proposed by floats and checked in integers; what they miss is found by exact dictionaries.

A body is a cell with a float dictionary, and a short rational point that has been checked to lie inside.  "This piece
is empty here" is accepted if the rows of the float basis have a linear dependency that proves it, computed by the
checker's own elimination; "both pieces are there" if a point of each has been checked.  Whenever that fails, the same
question is answered by :class:`verify.certificate.exact_bodies.ExactBodies`, which always has an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import flint
import numpy as np
import numpy.typing as npt

from verify import checker
from verify.certificate import proposals
from verify.certificate.exact_bodies import Body, Evidence, ExactBodies
from verify.certificate.proposals import BELOW, CUTS
from verify.certificate.witness import Condition, satisfies
from verify.engines.dictionary import Dictionary
from verify.engines.simplex import copy_slot, new_simplex

__all__ = ["FloatBodies", "FloatBody"]

Floats = npt.NDArray[np.float64]

_FINEST = 60
"""Witnesses are sought with denominators up to 2 to this power before exact arithmetic is asked."""


@dataclass(slots=True)
class FloatBody:
    """A cell: where its dictionary is, which rows of the path that has, the rows as floats, a point inside."""

    slot: int
    names: list[int]
    rows: Floats
    centre: Floats
    point: list[int]
    hints: dict[int, tuple[int, list[int]]] = field(default_factory=dict)


Answer = tuple[dict[int, Evidence], dict[int, FloatBody]]
"""The empty pieces with evidence, and the bodies of the others."""


def _is_split_by_one_row(pieces: checker.Pieces) -> bool:
    return list(map(len, pieces.values())) == [1, 1]


class FloatBodies:
    """The same services as :class:`ExactBodies`, many times faster.

    Attributes
    ----------
    exact : ExactBodies
        Who answers what floats cannot.
    asked : int
        How often that happened.
    """

    def __init__(self, claim: checker.Claim, exact: ExactBodies, slots: int, most: int) -> None:
        self.claim, self.exact, self.asked = claim, exact, 0
        self.columns = list(exact.columns)
        d = len(self.columns)
        self._geo = new_simplex(d, slots + 2, most)
        self._free = list(range(slots, -1, -1))
        self._basis = np.zeros(d, np.int64)
        self._scratch = np.zeros(d), np.zeros((d, d))

    def root(self, path: Sequence[Condition]) -> FloatBody:
        """The domain."""
        return self._body(path, self.exact.inside(self.claim))

    def release(self, body: FloatBody) -> None:
        """The body is not needed any more."""
        self._free.append(body.slot)

    def witness(self, body: FloatBody, path: Sequence[Condition]) -> list[int]:  # noqa: ARG002
        """The body's point."""
        return body.point

    def survey(self, body: FloatBody, cell: checker.Cell) -> set[int]:
        """Look at all units with two pieces at once; which ones seem to cut the cell."""
        return self._survey(body, cell, [unit for unit in cell.open if _is_split_by_one_row(cell.open[unit])])

    def _survey(self, body: FloatBody, cell: checker.Cell, units: list[int]) -> set[int]:
        if not units:
            return set()
        rows = np.array([self._float(next(iter(cell.open[unit].values()))[0][0]) for unit in units])
        verdicts = np.zeros(len(units), np.int64)
        bases = np.zeros((len(units), len(self.columns)), np.int64)
        proposals.survey(self._geo, body.slot, len(body.names), rows, body.centre, verdicts, bases)
        for unit, verdict, basis in zip(units, verdicts.tolist(), bases.tolist(), strict=True):
            body.hints[unit] = verdict, basis
        return {unit for unit, verdict in zip(units, verdicts.tolist(), strict=True) if verdict == CUTS}

    def examine(self, body: FloatBody, cell: checker.Cell, unit: int, path: Sequence[Condition]) -> Answer:
        """The empty pieces of an open unit with evidence, and the bodies of the others."""
        pieces = cell.open[unit]
        if unit not in body.hints and _is_split_by_one_row(pieces):
            self._survey(body, cell, [unit])
        verdict, basis = body.hints.pop(unit, (CUTS, []))
        if verdict == CUTS:
            found = self._try(body, pieces, path)
            return found if found is not None else self._ask(body, pieces, path)
        first, second = pieces
        gone, left = (first, second) if verdict == BELOW else (second, first)
        evidence = [*self._named(body, basis), -1]
        if self._proves(evidence, path, pieces[gone]):
            return {gone: evidence}, {left: body}
        return self._ask(body, pieces, path)

    def _try(self, body: FloatBody, pieces: checker.Pieces, path: Sequence[Condition]) -> Answer | None:
        """Every piece restricted by floats and checked; None if a check fails."""
        empty: dict[int, Evidence] = {}
        parts: dict[int, FloatBody] = {}
        for piece, conditions in pieces.items():
            slot = self._free.pop()
            copy_slot(self._geo, body.slot, slot, len(body.names))
            names, point = list(body.names), body.centre.copy()
            rows = np.array([self._float(row) for row, _ in conditions])
            for i, row in enumerate(rows):
                verdict = proposals.restrict(self._geo, slot, len(names), row, point, self._basis)
                if verdict == BELOW:
                    evidence = sorted(names[r] for r in self._basis.tolist() if r >= 0)
                    empty[piece] = [*(k if k < len(path) else len(path) - 1 - k for k in evidence), -1 - i]
                    break
                if verdict == CUTS:
                    names.append(len(path) + i)
            if piece in empty:
                self._free.append(slot)
                if not self._proves(empty[piece], path, conditions):
                    break
                continue
            below = np.concatenate([body.rows, rows])
            inside = self._inside(below, point, [*path, *conditions])
            if inside is None:
                self._free.append(slot)
                break
            parts[piece] = FloatBody(slot, names, below, point, inside)
        else:
            if parts:
                if len(parts) == 1:
                    (single,) = parts.values()
                    self._free.append(single.slot)
                    parts = dict.fromkeys(parts, body)
                return empty, parts
        for part in parts.values():
            self._free.append(part.slot)
        return None

    def _ask(self, body: FloatBody, pieces: checker.Pieces, path: Sequence[Condition]) -> Answer:
        """The exact answer, from the body's point."""
        self.asked += 1
        q = body.point[-1]
        dictionary = Dictionary(len(self.columns), [flint.fmpq(body.point[j], q) for j in self.columns])
        for row, _ in path:
            dictionary.add(dictionary.express(self.exact.matrix(row)))
        empty, parts = self.exact.divide(Body(dictionary, list(range(len(path)))), pieces, len(path))
        if len(parts) == 1:
            return empty, dict.fromkeys(parts, body)
        bodies: dict[int, FloatBody] = {}
        for piece, part in parts.items():
            below = [*path, *pieces[piece]]
            bodies[piece] = self._body(below, self.exact.witness(part, below))
        return empty, bodies

    def _body(self, path: Sequence[Condition], point: list[int]) -> FloatBody:
        """A body made from nothing but its rows and a point inside."""
        slot = self._free.pop()
        d = len(self.columns)
        rows = np.array([self._float(row) for row, _ in path]).reshape(len(path), d + 1)
        inside = np.array([point[j] / point[-1] for j in self.columns])
        proposals.start(self._geo, slot, rows, len(path), inside)
        better = inside.copy()
        found = self._inside(rows, better, path)
        centre, point = (inside, point) if found is None else (better, found)
        return FloatBody(slot, list(range(len(path))), rows, centre, point)

    def _inside(self, rows: Floats, point: Floats, path: Sequence[Condition]) -> list[int] | None:
        """A short point near the centre of the cell, checked; ``point`` moves to the centre."""
        proposals.centre(rows, len(rows), point, *self._scratch)
        if not np.isfinite(point).all():
            return None
        power = 0
        while power < _FINEST:
            power = proposals.coarsest(rows, point, self._scratch[0], power, _FINEST)
            scale = 2.0**power
            witness = [0] * (self.claim.dimension + 1)
            witness[-1] = 1 << power
            for j, x in zip(self.columns, point.tolist(), strict=True):
                witness[j] = round(x * scale)
            if satisfies(witness, path):
                return witness
            power += 1
        return None

    def _proves(self, evidence: Evidence, path: Sequence[Condition], own: Sequence[Condition]) -> bool:
        """Whether the checker will accept the evidence."""
        try:
            return checker.empty(self.claim, evidence, list(path), list(own))
        except checker.Rejected:
            return False

    def _named(self, body: FloatBody, basis: list[int]) -> Evidence:
        return sorted(body.names[r] for r in basis if r >= 0)

    def _float(self, row: Sequence[int]) -> list[float]:
        """The row, divided by a power of two so that its largest entry is near 1."""
        entries = [row[j] for j in self.columns]
        size = max(map(int.bit_length, entries))
        unit = 1 << size
        return [*(v / unit for v in entries), row[-1] / unit if row[-1].bit_length() < size + 1000 else np.inf]
