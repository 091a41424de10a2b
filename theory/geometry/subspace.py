r"""Affine subspaces of :math:`\mathbb{R}^d`, by their equations in integers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint

from theory.exact import Point, Row, from_fmpq, primitive_row, to_fmpq


@dataclass(frozen=True)
class AffineSubspace:
    r"""The solutions of linear equations, parametrized by the coordinates that remain free.

    The ``equations`` are integer rows :math:`(a_1, \dots, a_d, b)` for :math:`\langle a, x\rangle + b = 0`, d the
    ``ambient`` dimension, in reduced row echelon form, primitive and with first entries positive: equal subspaces have
    equal equations.

    >>> line = AffineSubspace.of(3, [(1, 1, 0, -1), (0, 0, 2, -3)])  # x = 1 − y, z = 3/2
    >>> line.dimension, line.restrict((1, 2, 2, 0)), [str(v) for v in line.lift([Fraction(1, 4)])]  # y + 4
    (1, (1, 4), ['3/4', '1/4', '3/2'])
    """

    ambient: int
    equations: tuple[Row, ...]

    @classmethod
    def of(cls, d: int, equations: Iterable[Sequence[Fraction | int]]) -> AffineSubspace | None:
        """{x : ⟨a, x⟩ + b = 0 for every row (a, b)}, None if it is empty."""
        entries = [to_fmpq(v) for row in equations for v in row]
        table, rank = flint.fmpq_mat(len(entries) // (d + 1), d + 1, entries).rref()
        rows = tuple(primitive_row([from_fmpq(v) for v in row]) for row in table.tolist()[:rank])
        return None if rows and _pivot(rows[-1]) == d else cls(d, rows)

    def cut(self, row: Sequence[Fraction | int]) -> AffineSubspace | None:
        """The part where ⟨a, x⟩ + b = 0, None if it is empty."""
        return AffineSubspace.of(self.ambient, [*self.equations, row])

    def _reduced(self, row: Sequence[Fraction | int]) -> Sequence[Fraction | int]:
        """A positive multiple of the affine function ⟨a, x⟩ + b on the subspace, without pivot coordinates."""
        for equation in self.equations:
            pivot = _pivot(equation)
            if factor := row[pivot]:
                row = [equation[pivot] * v - factor * w for v, w in zip(row, equation, strict=True)]
        return row

    def lies_in(self, row: Sequence[Fraction | int]) -> bool:
        """Whether ⟨a, x⟩ + b = 0 on the whole subspace."""
        return not any(self._reduced(row))

    @property
    def dimension(self) -> int:
        """Number of free coordinates."""
        return self.ambient - len(self.equations)

    @cached_property
    def _free(self) -> list[int]:
        pivots = set(map(_pivot, self.equations))
        return [j for j in range(self.ambient) if j not in pivots]

    def restrict(self, row: Sequence[Fraction | int]) -> Row:
        """A positive multiple of the affine function ⟨a, x⟩ + b, written in the free coordinates."""
        result = self._reduced(row)
        return primitive_row([*(result[j] for j in self._free), result[-1]])

    def lift(self, point: Sequence[Fraction]) -> Point:
        """The point of ℝ^d with these free coordinates."""
        values = dict(zip(self._free, point, strict=True))
        for row in self.equations:
            total = sum((row[j] * values[j] for j in self._free), Fraction(row[-1]))
            values[_pivot(row)] = -total / row[_pivot(row)]
        return tuple(values[j] for j in range(self.ambient))


def _pivot(row: Row) -> int:
    """The position of the first entry that is not zero, or the length of the row."""
    return next((j for j, v in enumerate(row) if v), len(row))
