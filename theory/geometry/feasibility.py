r"""Systems of linear equations and inequalities in rational arithmetic: their solutions, or why there are none.

A row (a, b) means :math:`\langle a, x\rangle + b \ge 0`, :math:`> 0` where it is taken strictly, or :math:`= 0` in an
equation.  Inequalities are questions for the exact simplex (:mod:`theory.geometry.simplex`), so all are answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint

from theory.exact import Point, Row, from_fmpq, primitive_row, to_fmpq
from theory.geometry.simplex import Dictionary, Expression

_Row = Sequence[Fraction | int]


@dataclass(frozen=True)
class AffineSubspace:
    r"""The solutions of linear equations, parametrized by the coordinates that remain free.

    The ``equations`` are integer rows :math:`(a_1, \dots, a_d, b)` for :math:`\langle a, x\rangle + b = 0`, d the
    ``ambient`` dimension, in reduced row echelon form, primitive, first entries positive: equal for equal subspaces.

    >>> line = AffineSubspace.of(3, [(1, 1, 0, -1), (0, 0, 2, -3)])  # x = 1 − y, z = 3/2
    >>> line.dimension, line.restrict((1, 2, 2, 0)), [str(v) for v in line.lift([Fraction(1, 4)])]  # y + 4
    (1, (1, 4), ['3/4', '1/4', '3/2'])
    """

    ambient: int
    equations: tuple[Row, ...]

    @classmethod
    def of(cls, d: int, equations: Iterable[_Row]) -> AffineSubspace | None:
        """{x : ⟨a, x⟩ + b = 0 for every row (a, b)}, None if it is empty."""
        entries = [to_fmpq(v) for row in equations for v in row]
        table, rank = flint.fmpq_mat(len(entries) // (d + 1), d + 1, entries).rref()
        rows = tuple(primitive_row([from_fmpq(v) for v in row]) for row in table.tolist()[:rank])
        return None if rows and _pivot(rows[-1]) == d else cls(d, rows)

    def cut(self, row: _Row) -> AffineSubspace | None:
        """The part where ⟨a, x⟩ + b = 0, None if it is empty."""
        return AffineSubspace.of(self.ambient, [*self.equations, row])

    def _reduced(self, row: _Row) -> _Row:
        """A positive multiple of the affine function ⟨a, x⟩ + b on the subspace, without pivot coordinates."""
        for equation in self.equations:
            pivot = _pivot(equation)
            if factor := row[pivot]:
                row = [equation[pivot] * v - factor * w for v, w in zip(row, equation, strict=True)]
        return row

    def lies_in(self, row: _Row) -> bool:
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

    def restrict(self, row: _Row) -> Row:
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


def interior_point(rows: Sequence[_Row], dimension: int, *, deep: bool = False) -> Point | None:
    """A point x with ⟨a, x⟩ + b > 0 for every row (a, b), or None if there is none; x may have the dimension 0.

    With ``deep`` it is not the first such point found, but one where min(1, smallest value of a row) is largest.

    Phase one of the simplex method: t is maximized subject to ⟨a, x⟩ + b ≥ t for every row, from x = 0 and t as low as
    the rows ask there.  Without ``deep`` it ends on the first edge along which t becomes positive.

    >>> interior_point([(1, 0), (-1, 1)], 1)
    (Fraction(1, 2),)
    >>> interior_point([(3, 0), (-1, 1)], 1, deep=True)  # 3x = 1 − x
    (Fraction(1, 4),)
    >>> interior_point([(1, 0), (-1, 0)], 1) is None
    True
    """
    if all(row[-1] > 0 for row in rows) and not deep:
        return (Fraction(0),) * dimension
    zero = [0] * dimension
    lowest = min([Fraction(0), *(Fraction(row[-1]) for row in rows)])
    phase_rows = [(*row[:-1], -1, row[-1]) for row in rows] + [(*zero, -1, 1)] * deep
    phase = Dictionary(dimension + 1, [*map(flint.fmpq, zero), to_fmpq(lowest)], phase_rows)
    below, exists = phase.express_row((*zero, -1, 0)), False  # −t
    if deep:
        phase.minimum(below)
    else:
        exists, below, column = phase.goes_below_zero(below)
    *point, t = map(from_fmpq, phase.beyond(below, column) if exists else phase.point())
    return tuple(point) if t > 0 else None


class MixedSystem:
    """Weak and strict inequalities in d unknowns, given one after another: a solution, or a proof that there is none.

    The search starts at ``point``, best where many of the rows hold.  The proof is the ``refutation``: factors > 0 with
    which the rows, numbered in the order in which they were required, add up to a constant that is negative, or zero
    and a strict row is among them.

    There is one more unknown t, with 0 ≤ t ≤ 1.  A strict row is held as ⟨a, x⟩ + b − t ≥ 0 and a weak one as it is.
    Invariant: the dictionary is one of the rows so far, which are satisfied at its point.  A row that is negative there
    is maximized until it is not.  All rows hold at some x iff t can be positive in the end.

    >>> system = MixedSystem(1)  # x ≥ 0, x < 0
    >>> system.require((1, 0)), system.require((-1, 0), strict=True), system.solve(), system.refutation
    (True, True, None, {0: 1, 1: 1})
    """

    def __init__(self, d: int, point: Sequence[flint.fmpq] | None = None) -> None:
        start = [flint.fmpq(0)] * d if point is None else [*point]
        zero = [0] * d
        self._system = Dictionary(d + 1, [*start, flint.fmpq(0)], [(*zero, 1, 0), (*zero, -1, 1)])
        self.refutation: dict[int, flint.fmpq] | None = None

    def require(self, row: _Row, *, strict: bool = False) -> bool:
        """Add a row; False if it contradicts those before, and nothing may be asked any more but the refutation."""
        *normal, offset = row
        slack = self._system.express_row((*normal, -int(strict), offset))
        value = slack.ncols() - 1
        if slack[0, value] < 0:
            possible, falling, column = self._system.goes_below_zero(-slack)
            if possible:
                _, self._system = self._system.stand_on(falling, column)
                return True
            if falling[0, value] > 0:
                self._refute(falling)
                return False
            slack = -falling
        self._system.add(slack)
        return True

    def solve(self) -> list[flint.fmpq] | None:
        """A solution of all rows, None if there is none."""
        falling = self._system.express_row((*[0] * (self._system.dimension - 1), -1, 0))
        if falling[0, self._system.dimension] < 0:
            return self._system.point()[:-1]
        found, falling, column = self._system.goes_below_zero(falling)
        if found:
            return self._system.beyond(falling, column)[:-1]
        self._refute(falling)
        return None

    def _refute(self, falling: Expression) -> None:
        """Read the proof off an optimal dictionary.

        There −t, or the negative of the row that cannot be met, is a constant plus the nonbasic rows, all factors ≥ 0.
        """
        system, first = self._system, 2  # behind the bounds of t
        pairs = ((number - first, falling[0, j]) for j, number in enumerate(system.nonbasic))
        self.refutation = {number: factor for number, factor in pairs if number >= 0 and factor != 0}
        if falling[0, system.dimension] > 0:
            self.refutation[system.rows - first] = flint.fmpq(1)


def mixed_point(d: int, weak: Iterable[Row], strict: Iterable[Row] = (), equations: Iterable[Row] = ()) -> Point | None:
    """A rational point where weak rows are ≥ 0, strict rows > 0 and equations = 0, or None if there is none.

    Equations are solved for some of the coordinates; what is left is a :class:`MixedSystem`.

    >>> mixed_point(1, weak=[(1, 0), (-1, 0)])  # x ≥ 0 and x ≤ 0
    (Fraction(0, 1),)
    >>> mixed_point(1, weak=[(1, 0)], strict=[(-1, 0)]) is None  # x ≥ 0 and x < 0
    True
    """
    flat = AffineSubspace.of(d, equations)
    if flat is None:
        return None
    rows = dict.fromkeys(map(flat.restrict, strict), True)
    for row in map(flat.restrict, weak):
        rows.setdefault(row, False)
    if any(row[-1] < positive for row, positive in rows.items() if not any(row[:-1])):
        return None
    system = MixedSystem(flat.dimension)
    met = all(system.require(row, strict=positive) for row, positive in rows.items() if any(row[:-1]))
    point = system.solve() if met else None
    return None if point is None else flat.lift(list(map(from_fmpq, point)))
