"""Proofs that a piece is empty, made short, from what a float dictionary depends on at a vertex.

There a row that is ≤ 0 on the cell is v − Σ y_r·row_r − Σ z_i·wall_i with all multipliers ≥ 0 and v ≤ 0, up to
rounding.  Two forms of evidence come from that, and each is accepted only if the checker's own code accepts it:

* the numbers of the rows and walls.  Their linear dependency is the proof, exact, and right also if v = 0.
* the numbers of the rows alone, with multipliers rounded to a few digits.  What the rounding leaves of the linear part,
  and the walls, the checker bounds on the domain; that costs a little of v.  In a box of 784 dimensions a vertex lies
  on some 770 walls, and this form is a hundred times shorter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from verify import checker
from verify.certificate.rows import Condition, OpenCell

__all__ = ["Form", "ShortProofs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_MARGIN = 1e-11
"""Rounded multipliers are held against exact arithmetic if they seem to leave so much."""
_DIGITS = (1, 2, 3, 4, 6, 8, 12, 18, 24, 32, 40)
"""Bits behind the point to which multipliers are rounded."""


@dataclass(frozen=True, slots=True)
class Form:
    """Rows as floats: row k is ``rows[k]``·2^``sizes[k]``, with a largest coefficient near 1."""

    rows: Floats
    sizes: list[int]


class ShortProofs:
    """Finds evidence on the domain of a claim, between whose walls the dictionary's coordinates are bounded.

    Parameters
    ----------
    claim : Claim
    columns : list of int
        Coordinates that the dictionary has.

    Attributes
    ----------
    lower, upper : arrays
        The bounds of each coordinate that has walls on both sides, infinite for the others.
    walls : int
        How many rows of the domain are bounds; all others are rows of the dictionary.
    floats : linregions_core.Proposals
        What the floats compute, with these bounds.
    """

    def __init__(self, claim: checker.Claim, columns: list[int]) -> None:
        self.claim, self.columns = claim, columns
        self.lower, self.upper = np.full(len(columns), -np.inf), np.full(len(columns), np.inf)
        self._ends = checker.Bounds([], []), np.zeros(0), np.zeros(0)
        self.floats: Any = None
        self._tightest: list[tuple[int, int]] = [(-1, -1)] * len(columns)  # lower, upper: numbers of rows
        tight = {(at, -1 if claim.rows[i][at] > 0 else 1): i for i, at in claim.single.items() if self._is_tight(i, at)}
        for j, at in enumerate(columns):
            if (at, -1) in tight and (at, 1) in tight:
                self.lower[j], self.upper[j] = -claim.walls[-1][at] / claim.unit, claim.walls[1][at] / claim.unit
                self._tightest[j] = tight[at, -1], tight[at, 1]
        bounds = {i: at for i, at in claim.single.items() if (at, -1) in tight and (at, 1) in tight}
        self.walls = len(bounds)
        self._alike: dict[tuple[int, int], list[int]] = {}  # coordinates, by coefficient and constant of their walls
        for i, at in bounds.items():
            self._alike.setdefault((claim.rows[i][at], claim.rows[i][-1]), []).append(at)
        self._kept = [i for i in range(len(claim.rows)) if i not in bounds]

    def _is_tight(self, number: int, at: int) -> bool:
        row, unit = self.claim.rows[number], self.claim.unit
        return unit // abs(row[at]) * row[-1] == self.claim.walls[-1 if row[at] > 0 else 1][at]

    def between_walls(self, point: list[int]) -> bool:
        """Whether all bounds hold at the point (n_1, …, n_m, q)."""
        for (c, b), coordinates in self._alike.items():
            extreme = (min if c > 0 else max)(map(point.__getitem__, coordinates))
            if c * extreme + b * point[-1] <= 0:
                return False
        return True

    def places(self, height: int) -> list[int]:
        """Where on a path of that length the rows of the dictionary are."""
        return _places(tuple(self._kept), len(self.claim.rows), height)

    def form(self, rows: Sequence[Sequence[int]]) -> Form:
        """The rows, divided by powers of two so that their largest coefficients are near 1."""
        floats = np.zeros((len(rows), len(self.columns) + 1))
        sizes = []
        for line, row in zip(floats, rows, strict=True):
            entries = [row[j] for j in self.columns]
            size = max(map(int.bit_length, entries))
            unit = 1 << size
            line[:-1] = [v / unit for v in entries]
            line[-1] = row[-1] / unit if row[-1].bit_length() < size + 1000 else np.inf
            sizes.append(size)
        return Form(floats, sizes)

    def evidence(
        self,
        cell: OpenCell,
        form: Form,
        names: list[int],
        proof: Sequence[Any],
        own: Form,
        which: int,
        path: Sequence[Condition],
        conditions: Sequence[Condition],
    ) -> Any:
        """Evidence that a piece is empty, or None.

        Parameters
        ----------
        cell : OpenCell
        form : Form
            The rows of the path.
        names : list of int
            Of each row of the dictionary its place among those and, behind them, the piece's own.
        proof : (basis, weights)
            From ``restrict`` in ``core/proposals.hpp``.
        own, which : Form, int
            The piece's own rows, and which of them is nowhere positive.
        path, conditions
            The same, exact.
        """
        basis, weights = proof
        inside = basis >= 0
        used = [names[r] for r in basis[inside].tolist()]
        places = self.places(len(path) + len(conditions))
        numbers = [places[k] if places[k] < len(path) else len(path) - 1 - places[k] for k in used]
        walls = [self._tightest[j // 2][j % 2] for j in (-2 - basis[basis < -1]).tolist()]
        if cell.cell.bounds.slack >= 0:
            rows = Form(np.concatenate([form.rows, own.rows]), form.sizes + own.sizes) if which else form
            for multipliers in self.rounded(cell, rows, used, weights[inside], own, which):
                chosen = [(i, y) for i, y in zip([*numbers, -1 - which], multipliers, strict=True) if y]
                evidence: Any = [list(entry) for entry in zip(*chosen, strict=True)]
                named = [path[i] if i >= 0 else conditions[-1 - i] for i in evidence[0]]
                if cell.refuted(named, evidence[1]):
                    return evidence
        evidence = [*sorted(i for i in (*numbers, *walls) if i >= 0), *(i for i in numbers if i < 0), -1 - which]
        return evidence if cell.dependent(evidence, path, conditions) else None

    def rounded(
        self, cell: OpenCell, rows: Form, used: list[int], weights: Floats, own: Form, which: int
    ) -> Iterator[list[int]]:
        """Multipliers that seem to be a proof between the cell's bounds, shortest first, that of the own row last."""
        sizes = [*(rows.sizes[k] for k in used), own.sizes[which]]
        shifts = [max(sizes) - size for size in sizes]
        chosen, ends = np.array(used, np.int64), self.ends(cell.cell.bounds)
        for digits in _DIGITS:
            scale = 2.0**digits
            whole = np.rint(np.maximum(weights, 0.0) * scale)
            if self.floats.largest(*ends, rows.rows, chosen, whole / scale, own.rows[which]) < -_MARGIN:
                numbers = [int(y) << shift for y, shift in zip([*whole.tolist(), scale], shifts, strict=True)]
                divisor = math.gcd(*numbers)
                yield [y // divisor for y in numbers]

    def ends(self, bounds: checker.Bounds) -> tuple[Floats, Floats]:
        """The bounds of the dictionary's coordinates, as floats."""
        if self._ends[0] is not bounds:
            low, high = (
                np.array([math.nan if (end := side[j]) is None else end / self.claim.fine for j in self.columns])
                for side in (bounds.low, bounds.high)
            )
            self._ends = bounds, low, high
        return self._ends[1:]


@lru_cache(maxsize=256)
def _places(kept: tuple[int, ...], domain: int, height: int) -> list[int]:
    return [*kept, *range(domain, height)]
