"""An exact simplex dictionary: the last word on whether a hyperplane cuts a cell.

A cell is {x : s_i(x) ≥ 0 for every row i} with non-empty interior.  The dictionary stands at a point of the closed
cell and writes every coordinate x_j and every slack s_i as an affine function of d *nonbasic* variables, all zero at
that point.  A nonbasic variable is a slack (≥ 0) or, as long as the cell seen so far has no vertex to stand on, a
*free* coordinate (any sign); so all of R^d is served without a bounding box and infinity is exact.

Everything is rational (FLINT).  Pivots follow Bland's rule (Bland 1977: smallest index enters, smallest index among
the ties leaves), which cannot cycle, so every question is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import flint

from theory.exact import Row
from verify.engines.problem import NoInteriorError

__all__ = ["Dictionary", "Expression", "starting_dictionary"]

Expression: TypeAlias = flint.fmpq_mat
"""1 × (d + 1): coefficients of the d nonbasic variables, then the value at the current point."""


class Dictionary:
    """The closed cell, seen from one of its points.

    Attributes
    ----------
    coordinates : list of d expressions
        x_1, …, x_d in terms of the nonbasic variables.
    basic : dict from row number to expression
        The slacks that are not nonbasic; each has value ≥ 0.
    nonbasic : list of d
        The row number of the slack in each column, or −1 for a free coordinate.
    """

    __slots__ = ("basic", "coordinates", "nonbasic", "pivots", "rows")

    def __init__(self, d: int, point: Sequence[flint.fmpq] | None = None) -> None:
        self.coordinates: list[Expression] = []
        for j in range(d):
            entries = [flint.fmpq(int(i == j)) for i in range(d + 1)]
            entries[d] = point[j] if point is not None else flint.fmpq(0)
            self.coordinates.append(flint.fmpq_mat(1, d + 1, entries))
        self.basic: dict[int, Expression] = {}
        self.nonbasic = [-1] * d
        self.rows = 0
        self.pivots = 0

    def copy(self) -> Dictionary:
        """An independent copy; expressions are shared, since they are never changed in place."""
        other = Dictionary.__new__(Dictionary)
        other.coordinates = list(self.coordinates)
        other.basic = dict(self.basic)
        other.nonbasic = list(self.nonbasic)
        other.rows = self.rows
        other.pivots = self.pivots
        return other

    @property
    def dimension(self) -> int:
        """d."""
        return len(self.coordinates)

    def express(self, row: flint.fmpq_mat) -> Expression:
        """The affine function ⟨a, x⟩ + b, given as the 1 × (d + 1) matrix (a, b), in the nonbasic variables."""
        d = self.dimension
        total = flint.fmpq_mat(1, d + 1)
        total[0, d] = row[0, d]
        for j, coordinate in enumerate(self.coordinates):
            if a := row[0, j]:
                total = total + coordinate * a
        return total

    def add(self, expression: Expression) -> int:
        """Add a halfspace whose slack is ``expression``, not negative at the current point; returns its row number."""
        number = self.rows
        self.rows += 1
        self.basic[number] = expression
        return number

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
        for i, expression in enumerate(self.coordinates):
            if factor := expression[0, column]:
                self.coordinates[i] = expression + change * factor
        for number, expression in self.basic.items():
            if factor := expression[0, column]:
                self.basic[number] = expression + change * factor
        old = self.nonbasic[column]
        self.nonbasic[column] = entering
        self.pivots += 1
        if old >= 0:
            self.basic[old] = solved
        return change

    def goes_below_zero(self, goal: Expression) -> tuple[bool, Expression, int]:
        """Whether the affine function ``goal``, ≥ 0 at the current point, is negative somewhere in the cell.

        Moves the dictionary to a point of the cell where ``goal`` is at most its value here.

        Returns
        -------
        cut : bool
        goal : Expression
            The same function after the pivots.
        column : int
            If cut, the column along which ``goal`` falls through zero (see :meth:`stand_on`); otherwise −1.

        Notes
        -----
        Primal simplex that minimizes ``goal`` and stops at the first edge or ray along which it becomes negative.
        Without such an edge the optimum is reached, where all coefficients are ≥ 0 (and 0 in free columns):
        ``goal`` = its value + Σ coefficient·nonbasic is then a Farkas proof that it is ≥ 0 on the cell.
        """
        d = self.dimension
        while True:
            column = -1
            # Bland: the entering variable of smallest index; free columns come first (they never return)
            for j in range(d):
                c = goal[0, j]
                if (c < 0 or (c != 0 and self.nonbasic[j] < 0)) and (
                    column < 0 or self.nonbasic[j] < self.nonbasic[column]
                ):
                    column = j
            if column < 0:
                return False, goal, -1
            if goal[0, column] > 0:
                self._negate(column)  # only a free variable gets here
                goal = _with_entry(goal, column, -goal[0, column])
            step, leaving = None, -1
            for number, expression in self.basic.items():
                c = expression[0, column]
                if c < 0:
                    ratio = expression[0, d] / -c
                    if step is None or ratio < step or (ratio == step and number < leaving):
                        step, leaving = ratio, number
            if step is None or goal[0, d] / -goal[0, column] < step:
                return True, goal, column
            change = self._pivot(column, self.basic.pop(leaving), leaving)
            goal = goal + change * goal[0, column]

    def _negate(self, column: int) -> None:
        """Replace the nonbasic variable of this column by its negative."""
        for i, expression in enumerate(self.coordinates):
            if c := expression[0, column]:
                self.coordinates[i] = _with_entry(expression, column, -c)
        for number, expression in self.basic.items():
            if c := expression[0, column]:
                self.basic[number] = _with_entry(expression, column, -c)

    def stand_on(self, goal: Expression, column: int) -> tuple[Dictionary, Dictionary]:
        """The two closed cells {goal ≥ 0} and {goal ≤ 0}, both seen from the point where the edge meets goal = 0.

        Call it with what :meth:`goes_below_zero` returned; this dictionary becomes the first of the two.
        """
        number = self.rows
        self.rows += 1
        self._pivot(column, goal, number)
        other = self.copy()
        other._negate(column)
        return self, other

    def point(self) -> list[flint.fmpq]:
        """The point of the closed cell at which the dictionary stands."""
        return [expression[0, self.dimension] for expression in self.coordinates]


def _with_entry(expression: Expression, column: int, value: flint.fmpq) -> Expression:
    changed = flint.fmpq_mat(expression)
    changed[0, column] = value
    return changed


def starting_dictionary(d: int, rows: Sequence[Row]) -> Dictionary:
    """A dictionary of the closed polyhedron {x : ⟨a, x⟩ + b ≥ 0}, after checking that its interior is not empty.

    Phase one: maximize t subject to ⟨a, x⟩ + b ≥ t and t ≤ 1, from x = 0 and t as low as needed.

    Raises
    ------
    NoInteriorError
        If the polyhedron has no interior point.
    """
    lowest = min([0, *(row[-1] for row in rows)])
    phase = Dictionary(d + 1, [flint.fmpq(0)] * d + [flint.fmpq(lowest)])
    for row in rows:
        phase.add(phase.express(flint.fmpq_mat(1, d + 2, [*row[:-1], -1, row[-1]])))
    below = phase.express(flint.fmpq_mat(1, d + 2, [0] * d + [-1, 0]))  # −t ≥ 0 now; can it become negative?
    found, goal, column = phase.goes_below_zero(below)
    if not found:
        raise NoInteriorError
    # along the edge t grows past 0: a point just beyond −t = 0 is an interior point
    step = -goal[0, d + 1] / goal[0, column]
    room = None
    for expression in phase.basic.values():
        c = expression[0, column]
        if c < 0:
            ratio = expression[0, d + 1] / -c
            room = ratio if room is None or ratio < room else room
    beyond = step + 1 if room is None else (step + room) / 2
    point = [e[0, d + 1] + beyond * e[0, column] for e in phase.coordinates[:d]]
    start = Dictionary(d, point)
    for row in rows:
        start.add(start.express(flint.fmpq_mat(1, d + 1, list(row))))
    return start
