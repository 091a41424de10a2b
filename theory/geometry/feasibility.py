r"""Linear equations and inequalities in rational arithmetic: their solutions, or why there are none.

A row (a, b) means :math:`\langle a, x\rangle + b \ge 0`, :math:`> 0` where it is taken strictly, or :math:`= 0` in an
equation.  Inequalities are questions for an exact simplex :class:`Dictionary`, so all are answered.

Of the polyhedron :math:`\{x \in \mathbb{R}^d : s_i(x) \ge 0 \text{ for every row } i\}` a dictionary stands at one
point and writes every coordinate :math:`x_j` and every slack :math:`s_i` as an affine function of d *nonbasic*
variables, all zero at that point.  A nonbasic variable is a slack (≥ 0) or, as long as the rows so far have no vertex
to stand on, a *free* coordinate (any sign); so all of :math:`\mathbb{R}^d` is served, and infinity is exact.  Pivots
follow Bland's rule: the smallest index enters, and of the ties the smallest index leaves.  Then no dictionary is met
twice while one form is minimized.

References
----------
R. G. Bland: New finite pivoting rules for the simplex method.  Mathematics of Operations Research 2 (1977), 103–107.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import flint

from theory.deadline import check
from theory.exact import Point, Row, from_fmpq, primitive_row, to_fmpq

_Row = Sequence[Fraction | int]
Expression: TypeAlias = flint.fmpq_mat
"""1 × (d + 1): coefficients of the d nonbasic variables, then the value at the current point."""


class Dictionary:
    """A polyhedron, seen from one of its points, by default the origin.

    The rows (a_1, …, a_d, b), numbered from 0, must be ≥ 0 at the point.  ``nonbasic`` has for each of the d =
    ``dimension`` columns the row number of the slack, or −1 for a free coordinate.  The ``forms``, in terms of the
    nonbasic variables, are under −1, …, −d the coordinates x_1, …, x_d, and under their row numbers the slacks that are
    not nonbasic, each of value ≥ 0.

    Slacks whose columns are ``held`` are zero, and never enter the basis: every question is then one about the flat
    where they vanish, which meets the interior, at the cost of a question about the polyhedron.

    >>> square = Dictionary(2, None, [(1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1)])  # [−1, 1]²
    >>> x, y, sum_is_two = (flint.fmpq_mat(1, 3, row) for row in ([1, 0, 0], [0, 1, 0], [1, 1, -2]))
    >>> square.divide(x), square.hold_last()  # x = 0 cuts the square, and from here on x is 0
    (0, None)
    >>> square.divide(y), square.copy().divide(sum_is_two)  # y = 0 cuts the segment, x + y = 2 does not meet it
    (0, -1)
    """

    __slots__ = ("dimension", "forms", "held", "nonbasic", "rows")

    def __init__(
        self,
        d: int,
        point: Sequence[flint.fmpq] | None = None,
        rows: Iterable[Sequence[Fraction | flint.fmpq | int]] = (),
    ) -> None:
        self.dimension, self.rows, self.nonbasic, self.held = d, 0, [-1] * d, frozenset[int]()
        self.forms: dict[int, Expression] = {}
        origin = [flint.fmpq(0)] * d if point is None else point
        for j in range(d):
            entries = [*(flint.fmpq(int(i == j)) for i in range(d)), origin[j]]
            self.forms[~j] = flint.fmpq_mat(1, d + 1, entries)
        for row in rows:  # the coordinates are x_j = n_j + p_j
            check()
            normal = [to_fmpq(v) for v in row]
            normal[d] += sum((a * p for a, p in zip(normal, origin, strict=False) if a), flint.fmpq(0))
            self.add(flint.fmpq_mat(1, d + 1, normal))

    def copy(self) -> Dictionary:
        """An independent copy; expressions are shared, since they are never changed in place."""
        other = object.__new__(Dictionary)
        other.dimension, other.rows, other.held = self.dimension, self.rows, self.held
        other.forms, other.nonbasic = dict(self.forms), list(self.nonbasic)
        return other

    @property
    def _coordinates(self) -> list[Expression]:
        return [self.forms[~j] for j in range(self.dimension)]

    def express(self, row: flint.fmpq_mat) -> Expression:
        """The affine function ⟨a, x⟩ + b, given as the 1 × (d + 1) matrix (a, b), in the nonbasic variables."""
        d = self.dimension
        total = flint.fmpq_mat(1, d + 1)
        total[0, d] = row[0, d]
        for j, coordinate in enumerate(self._coordinates):
            if a := row[0, j]:
                total = total + coordinate * a
        return total

    def express_row(self, row: Sequence[Fraction | int]) -> Expression:
        """The same for a row of rationals."""
        return self.express(flint.fmpq_mat(1, len(row), [to_fmpq(v) for v in row]))

    def add(self, expression: Expression) -> None:
        """Add a halfspace whose slack is ``expression``, not negative at the current point."""
        self.forms[self.rows] = expression
        self.rows += 1

    def _pivot(self, column: int, replacement: Expression, entering: int) -> Expression:
        """Make the variable whose value is ``replacement`` nonbasic in ``column``.

        With s = v + Σ c_j·n_j, the old variable is n_e = (s − v − Σ_{j≠e} c_j·n_j) / c_e; every other expression r
        becomes r + r_e·change, where change = (n_e in the new variables) − (column e) is returned.
        """
        c = replacement[0, column]
        solved = replacement * (-1 / c)
        solved[0, column] = 1 / c
        change = flint.fmpq_mat(solved)
        change[0, column] = 1 / c - 1
        for number, expression in self.forms.items():
            if factor := expression[0, column]:
                self.forms[number] = expression + change * factor
        old = self.nonbasic[column]
        self.nonbasic[column] = entering
        if old >= 0:
            self.forms[old] = solved
        return change

    def _blocking(self, column: int) -> tuple[flint.fmpq | None, int]:
        """How far the point can move along a column, None for infinitely, and the first row that stops it there."""
        d = self.dimension
        step, leaving = None, -1
        for number, expression in self.forms.items():
            c = expression[0, column]
            if c < 0 <= number:
                ratio = expression[0, d] / -c
                if step is None or ratio < step or (ratio == step and number < leaving):
                    step, leaving = ratio, number
        return step, leaving

    def goes_below_zero(self, goal: Expression) -> tuple[bool, Expression, int]:
        """Whether the affine function ``goal``, ≥ 0 at the current point, is negative somewhere in the polyhedron.

        Moves the dictionary to a point of the polyhedron where ``goal`` is at most its value here.  The answer comes
        with the same function after the pivots and the column along which it falls through zero (see
        :meth:`stand_on`), −1 if it is not negative.  Then the optimum is reached, where all coefficients are ≥ 0 (and 0
        in free columns): ``goal`` = its value + Σ coefficient·nonbasic is a Farkas proof that it is ≥ 0.
        """
        goal, column = self._descend(goal, to_zero=True)
        return column >= 0, goal, column

    def minimum(self, goal: Expression) -> flint.fmpq | None:
        """The infimum of an affine function on the polyhedron, None for −∞; the dictionary moves there."""
        goal, column = self._descend(goal, to_zero=False)
        return None if column >= 0 else goal[0, self.dimension]

    def _descend(self, goal: Expression, *, to_zero: bool) -> tuple[Expression, int]:
        """Pivot while ``goal`` falls; return it, and −1 or a column along which it falls without end or past zero.

        Bland's rule chooses the columns.  Free ones come first, since they never return; a free variable along whose
        negative ``goal`` falls is replaced by it.  A deadline (:mod:`theory.deadline`) may end the search.
        """
        while True:
            check()
            column = -1
            for j, number in enumerate(self.nonbasic):
                c = goal[0, j]
                falls = (c < 0 or (c != 0 and number < 0)) and j not in self.held
                if falls and (column < 0 or number < self.nonbasic[column]):
                    column = j
            if column < 0:
                return goal, -1
            if goal[0, column] > 0:
                self._negate(column)
                goal = _with_entry(goal, column, -goal[0, column])
            step, leaving = self._blocking(column)
            if step is None or (to_zero and goal[0, self.dimension] / -goal[0, column] < step):
                return goal, column
            goal = goal + self._pivot(column, self.forms.pop(leaving), leaving) * goal[0, column]

    def _negate(self, column: int) -> None:
        """Replace the nonbasic variable of this column by its negative."""
        for number, expression in self.forms.items():
            if c := expression[0, column]:
                self.forms[number] = _with_entry(expression, column, -c)

    def stand_on(self, goal: Expression, column: int) -> tuple[Dictionary, Dictionary]:
        """The two polyhedra {goal ≥ 0} and {goal ≤ 0}, both seen from the point where the edge meets goal = 0.

        Call it with what :meth:`goes_below_zero` returned; this dictionary becomes the first of the two.
        """
        self._pivot(column, goal, self.rows)
        self.rows += 1
        other = self.copy()
        other._negate(column)
        return self, other

    def constant(self, goal: Expression) -> flint.fmpq | None:
        """The value of an affine function on the flat if it has only one there."""
        d = self.dimension
        return None if any(goal[0, j] for j in range(d) if j not in self.held) else goal[0, d]

    def divide(self, row: flint.fmpq_mat) -> int:
        """Find the sign of an affine function on the part of the flat inside the polyhedron, and add the function.

        The function, a 1 × (d + 1) matrix, is not constant on the flat.  The result is 1 or −1 if the function, or its
        negative, is > 0 in the whole interior of that part: it is added as a row, which is redundant on the flat.  It
        is 0 if both signs occur: then the function is the last row, and the dictionary stands where it is zero;
        :meth:`hold_last` or :meth:`take_side` has to follow.
        """
        goal, flipped = self.express(row), False
        for sign in (1, -1):
            if sign * goal[0, self.dimension] >= 0:  # for sign −1 it is negative somewhere
                falls, goal, column = self.goes_below_zero(goal * sign)
                if not falls:
                    self.add(goal)
                    return sign
                flipped = sign < 0
        self._pivot(column, goal, self.rows)
        self.rows += 1
        if flipped:
            self._negate(column)
        return 0

    def hold_last(self) -> None:
        """Restrict the flat to where the last row is zero, after :meth:`divide` returned 0."""
        self.held |= {self.nonbasic.index(self.rows - 1)}

    def take_side(self, positive: bool) -> None:
        """Restrict the polyhedron to where the last row is ≥ 0, or ≤ 0, after :meth:`divide` returned 0."""
        if not positive:
            self._negate(self.nonbasic.index(self.rows - 1))

    def release(self, number: int, *, positive: bool) -> None:
        """Let row ``number``, which is held, be ≥ 0 or ≤ 0 from here on."""
        column = self.nonbasic.index(number)
        self.held -= {column}
        if not positive:
            self._negate(column)

    def beyond(self, goal: Expression, column: int) -> list[flint.fmpq]:
        """A point where ``goal`` is negative: the end of the edge of :meth:`goes_below_zero`, or one on its ray."""
        d = self.dimension
        end, _ = self._blocking(column)
        length = 1 - goal[0, d] / goal[0, column] if end is None else end
        return [e[0, d] + length * e[0, column] for e in self._coordinates]

    def point(self) -> list[flint.fmpq]:
        """The point of the polyhedron at which the dictionary stands."""
        return [expression[0, self.dimension] for expression in self._coordinates]


def _with_entry(expression: Expression, column: int, value: flint.fmpq) -> Expression:
    changed = flint.fmpq_mat(expression)
    changed[0, column] = value
    return changed


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

    With ``deep`` it is not the first such point found, but one where min(1, smallest value of a row) is largest.  Phase
    one of the simplex method: t is maximized subject to ⟨a, x⟩ + b ≥ t for every row, from x = 0 and t as low as the
    rows ask there.  Without ``deep`` it ends on the first edge along which t becomes positive.

    >>> interior_point([(1, 0), (-1, 1)], 1), interior_point([(1, 0), (-1, 0)], 1)
    ((Fraction(1, 2),), None)
    >>> interior_point([(3, 0), (-1, 1)], 1, deep=True)  # 3x = 1 − x
    (Fraction(1, 4),)
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
        """Read off the proof: −t, or the negated row that cannot be met, is a constant plus factors ≥ 0 times rows."""
        system, first = self._system, 2  # behind the bounds of t
        pairs = ((number - first, falling[0, j]) for j, number in enumerate(system.nonbasic))
        self.refutation = {number: factor for number, factor in pairs if number >= 0 and factor != 0}
        if falling[0, system.dimension] > 0:
            self.refutation[system.rows - first] = flint.fmpq(1)


def mixed_point(d: int, weak: Iterable[Row], strict: Iterable[Row] = (), equations: Iterable[Row] = ()) -> Point | None:
    """A rational point where weak rows are ≥ 0, strict rows > 0 and equations = 0, or None if there is none.

    Equations are solved for some of the coordinates; what is left is a :class:`MixedSystem`.

    >>> mixed_point(1, weak=[(1, 0), (-1, 0)]), mixed_point(1, weak=[(1, 0)], strict=[(-1, 0)])
    ((Fraction(0, 1),), None)
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
