"""Evidence proposed by floats and checked in integers; what they miss is found by exact dictionaries.

The shape of a cell is a float dictionary, and a short rational point that has been checked to lie inside.  "This piece
is empty here" is accepted if the rows of the float basis prove it (:mod:`verify.certificate.short_proofs`); "both
pieces are there" if a point of each has been checked.  Whenever that fails, the same question is answered by
:class:`verify.certificate.exact_prover.ExactProver`, which always has an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import mul
from typing import Any

import flint
import numpy as np
import numpy.typing as npt

from theory.geometry.simplex import Dictionary
from verify import checker
from verify.certificate import enclosure
from verify.certificate.exact_prover import ExactCell, ExactProver
from verify.certificate.rows import Condition, OpenCell, Pieces
from verify.certificate.short_proofs import Form, ShortProofs
from verify.certificate.tree import Prover
from verify.engines.core import core

__all__ = ["FloatCell", "FloatProver"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BELOW, CUTS = -1, 0
"""What the core proposes about a row: it is ≤ 0 on the whole cell, or it cuts the cell."""
_FINEST = 60
"""Witnesses are sought with denominators up to 2 to this power before exact arithmetic is asked."""
_COARSE = 4
"""A point with a denominator of at most 2 to this power is as good as one in the middle of its cell."""


@dataclass(slots=True)
class FloatCell:
    """A cell: where its dictionary is, which rows that has, all rows of the path as floats, a point inside.

    Walls that the dictionary has as bounds are left out of ``rows``; ``names`` are places in it.  Row k stands for
    ``rows[k]``·2^``sizes[k]``.  ``point`` is (n_1, …, n_m, q), and ``center`` its moving coordinates as floats.
    ``hints`` are what is known of units before they are examined, ``forms`` a layer and the float rows of its pieces.
    """

    slot: int
    names: list[int]
    rows: Floats
    sizes: list[int]
    center: Floats
    point: list[int]
    forms: tuple[int, dict[tuple[int, int], Form]] = (-1, {})
    hints: dict[int, tuple[int, Ints, Floats]] = field(default_factory=dict)


Answer = tuple[dict[int, Any], dict[int, FloatCell]]
"""The empty pieces with evidence, and the shapes of the others."""


def _is_split_by_one_row(pieces: Pieces) -> bool:
    return list(map(len, pieces.values())) == [1, 1]


class FloatProver(Prover[FloatCell]):
    """What :class:`ExactProver` finds, many times faster.

    Attributes
    ----------
    exact : ExactProver
        Answers what floats cannot.
    asked : int
        How often that happened.
    """

    def __init__(self, claim: checker.Claim, exact: ExactProver, slots: int, most: int) -> None:
        self.claim, self.exact, self.asked = claim, exact, 0
        self.columns = list(exact.columns)
        d = len(self.columns)
        self._proofs = ShortProofs(claim, self.columns)
        most -= self._proofs.walls
        self._floats = core.Proposals(d, slots + 2, max(most, 1), self._proofs.lower, self._proofs.upper)
        self._proofs.floats = self._floats
        self._free = list(range(slots, -1, -1))
        self._basis = np.zeros(d, np.int64), np.zeros(d)
        self._rounded = np.zeros(d)

    def root(self, path: Sequence[Condition]) -> FloatCell:
        return self._shape(path, self.exact.inside(self.claim))

    def release(self, shape: FloatCell) -> None:
        self._free.append(shape.slot)

    def witness(self, shape: FloatCell, path: Sequence[Condition]) -> list[int]:
        """The shape's point, or one in the middle if that is shorter."""
        if shape.point[-1] > 1 << _COARSE:
            found = self._inside(shape.rows, shape.center.copy(), path, middle=True)
            if found is not None and found[-1] < shape.point[-1]:
                return found
        return shape.point

    def survey(self, shape: FloatCell, cell: OpenCell) -> set[int]:
        """Look at all units with two pieces at once; which ones seem to cut the cell."""
        return self._survey(shape, cell, [unit for unit in cell.open if _is_split_by_one_row(cell.open[unit])])

    def enclose(self, shape: FloatCell, cell: OpenCell, path: Sequence[Condition]) -> list[list[int]]:
        if len(self.columns) < self.claim.dimension or not enclosure.pays(cell):
            return []
        before = cell.cell.bounds
        verdicts, bases, weights = self._judged(shape, enclosure.bound_rows(*self._proofs.ends(before)))
        if CUTS in verdicts:
            return []
        answers = list(zip(bases, weights, strict=True))
        form = Form(shape.rows, shape.sizes)
        lines = enclosure.narrow(cell, self._proofs, form, shape.names, shape.center, answers, path)
        settled = enclosure.between(cell)
        if sum(map(len, settled.values())) <= len(lines):
            cell.cell.bounds = before
            return []
        for piece, units in settled.items():
            lines.append([checker.BETWEEN, piece, *units])
            for unit in units:
                cell.cell.take(unit, piece)
        return lines

    def _survey(self, shape: FloatCell, cell: OpenCell, units: list[int]) -> set[int]:
        if not units:
            return set()
        rows = np.array([self._form(shape, cell, unit, min(cell.open[unit])).rows[0] for unit in units])
        verdicts, bases, weights = self._judged(shape, rows)
        shape.hints.update(zip(units, zip(verdicts, bases, weights, strict=True), strict=True))
        return {unit for unit, verdict in zip(units, verdicts, strict=True) if verdict == CUTS}

    def _judged(self, shape: FloatCell, rows: Floats) -> tuple[list[int], Ints, Floats]:
        """For each row what it does to the cell, and what of the cell proves that."""
        verdicts = np.zeros(len(rows), np.int64)
        bases = np.zeros((len(rows), len(self.columns)), np.int64)
        weights = np.zeros(bases.shape)
        self._floats.survey(shape.slot, len(shape.names), rows, shape.center, verdicts, bases, weights)
        return verdicts.tolist(), bases, weights

    def examine(self, shape: FloatCell, cell: OpenCell, unit: int, path: Sequence[Condition]) -> Answer:
        pieces = cell.open[unit]
        forms = {piece: self._form(shape, cell, unit, piece) for piece in pieces}
        halves = _is_split_by_one_row(pieces)
        if unit not in shape.hints and halves:
            self._survey(shape, cell, [unit])
        verdict, *proof = shape.hints.pop(unit, (CUTS,))
        if verdict == CUTS:
            found = self._halve(shape, pieces, forms, path) if halves else None
            found = found or self._try(shape, cell, pieces, forms, path)
            return found if found is not None else self._ask(shape, pieces, path)
        first, second = pieces
        gone, left = (first, second) if verdict == BELOW else (second, first)
        rows = Form(shape.rows, shape.sizes)
        evidence = self._proofs.evidence(cell, rows, shape.names, proof, forms[gone], 0, path, pieces[gone])
        if evidence is not None:
            return {gone: evidence}, {left: shape}
        return self._ask(shape, pieces, path)

    def _halve(
        self, shape: FloatCell, pieces: Pieces, forms: dict[int, Form], path: Sequence[Condition]
    ) -> Answer | None:
        """The two sides of a row; the one with the shape's point keeps it.  None if a check fails."""
        (first, [(row, _)]), (second, _) = pieces.items()
        value = sum(map(mul, row, shape.point))
        if not value:
            return None
        slots = dict.fromkeys(pieces, -1)
        for piece in pieces:
            slots[piece] = self._free.pop()
        self._floats.copy(shape.slot, slots[first], len(shape.names))
        own, other = forms[first].rows[0], shape.center.copy()
        here, there = (first, second) if value > 0 else (second, first)
        names = [*shape.names, len(shape.rows)]
        if self._floats.split(slots[first], slots[second], len(shape.names), own, shape.center, other):
            far = self._part(shape, slots[there], names, forms[there], other, [*path, *pieces[there]])
            if far is not None:
                rows = np.concatenate([shape.rows, forms[here].rows])
                near = FloatCell(slots[here], names, rows, far.sizes, shape.center, shape.point, shape.forms)
                return {}, {here: near, there: far}
        self._free += reversed(slots.values())
        return None

    def _part(
        self, shape: FloatCell, slot: int, names: list[int], form: Form, point: Floats, path: Sequence[Condition]
    ) -> FloatCell | None:
        """The shape of a piece, if a point of it is found near the one proposed."""
        rows = np.concatenate([shape.rows, form.rows])
        inside = self._inside(rows, point, path)
        if inside is None:
            return None
        return FloatCell(slot, names, rows, shape.sizes + form.sizes, point, inside, shape.forms)

    def _try(
        self, shape: FloatCell, cell: OpenCell, pieces: Pieces, forms: dict[int, Form], path: Sequence[Condition]
    ) -> Answer | None:
        """Every piece restricted by floats and checked; None if a check fails."""
        empty: dict[int, Any] = {}
        parts: dict[int, FloatCell] = {}
        for piece, conditions in pieces.items():
            slot, form = self._free.pop(), forms[piece]
            self._floats.copy(shape.slot, slot, len(shape.names))
            names, point = list(shape.names), shape.center.copy()
            found: FloatCell | None = None
            for i, row in enumerate(form.rows):
                verdict = self._floats.restrict(slot, len(names), row, point, *self._basis)
                if verdict == BELOW:
                    rows = Form(shape.rows, shape.sizes)
                    empty[piece] = self._proofs.evidence(cell, rows, names, self._basis, form, i, path, conditions)
                    break
                if verdict == CUTS:
                    names.append(len(shape.rows) + i)
            else:
                found = self._part(shape, slot, names, form, point, [*path, *conditions])
            if found is not None:
                parts[piece] = found
                continue
            self._free.append(slot)
            if empty.get(piece) is None:
                break
        else:
            if parts:
                if len(parts) == 1:
                    (single,) = parts.values()
                    self._free.append(single.slot)
                    parts = dict.fromkeys(parts, shape)
                return empty, parts
        for part in parts.values():
            self._free.append(part.slot)
        return None

    def _ask(self, shape: FloatCell, pieces: Pieces, path: Sequence[Condition]) -> Answer:
        """The exact answer, from the shape's point."""
        self.asked += 1
        q = shape.point[-1]
        dictionary = Dictionary(len(self.columns), [flint.fmpq(shape.point[j], q) for j in self.columns])
        for row, _ in path:
            dictionary.add(dictionary.express(self.exact.matrix(row)))
        empty, parts = self.exact.divide(ExactCell(dictionary, list(range(len(path)))), pieces, len(path))
        if len(parts) == 1:
            return empty, dict.fromkeys(parts, shape)
        shapes: dict[int, FloatCell] = {}
        for piece, part in parts.items():
            below = [*path, *pieces[piece]]
            shapes[piece] = self._shape(below, self.exact.witness(part, below))
        return empty, shapes

    def _shape(self, path: Sequence[Condition], point: list[int]) -> FloatCell:
        """A shape made from nothing but its rows and a point inside."""
        slot, names = self._free.pop(), list[int]()
        form = self._proofs.form([path[i][0] for i in self._proofs.places(len(path))])
        far = point[-1] << 500  # a nearer point is proposed in place of one that no float reaches
        inside = np.array([min(max(point[j], -far), far) / point[-1] for j in self.columns])
        self._floats.start(slot, inside)
        for k, row in enumerate(form.rows):
            if self._floats.restrict(slot, len(names), row, inside.copy(), *self._basis) == CUTS:
                names.append(k)
        better = inside.copy()
        found = self._inside(form.rows, better, path)
        middle, point = (inside, point) if found is None else (better, found)
        return FloatCell(slot, names, form.rows, form.sizes, middle, point)

    def _inside(self, rows: Floats, point: Floats, path: Sequence[Condition], middle: bool = False) -> list[int] | None:
        """A short point near the one given, or near the center of the cell; checked.  ``point`` moves there."""
        power = _COARSE + 1
        if not middle:
            power = self._floats.coarsest(rows, point, self._rounded, 0, power)
        if power > _COARSE:
            self._floats.recenter(rows, point)
            power = self._floats.coarsest(rows, point, self._rounded, 0, _FINEST)
        while power < _FINEST and np.isfinite(point).all():
            scale = 2.0**power
            witness = [0] * (self.claim.dimension + 1)
            witness[-1] = 1 << power
            for j, x in zip(self.columns, (self._rounded * scale).tolist(), strict=True):
                witness[j] = int(x)
            if self._satisfies(witness, rows, path):
                point[:] = self._rounded
                return witness
            power = self._floats.coarsest(rows, point, self._rounded, power + 1, _FINEST)
        return None

    def _satisfies(self, witness: list[int], rows: Floats, path: Sequence[Condition]) -> bool:
        """Whether the witness, which is ``_rounded``, satisfies all conditions; floats only say yes if it is sure."""
        if not self._proofs.between_walls(witness):
            return False
        places = self._proofs.places(len(path))
        k = self._floats.surely_inside(rows, self._rounded, 0)
        while k < len(rows):
            if sum(map(mul, path[places[k]][0], witness)) <= 0:
                return False
            k = self._floats.surely_inside(rows, self._rounded, k + 1)
        return True

    def _form(self, shape: FloatCell, cell: OpenCell, unit: int, piece: int) -> Form:
        """The rows of a piece as floats; they are the same for all cells below the one that entered the layer."""
        if shape.forms[0] != cell.depth:
            shape.forms = cell.depth, {}
        known = shape.forms[1]
        if (unit, piece) not in known:
            known[unit, piece] = self._proofs.form([row for row, _ in cell.open[unit][piece]])
        return known[unit, piece]
