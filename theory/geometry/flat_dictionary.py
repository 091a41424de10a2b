r"""An exact simplex dictionary of a polyhedron cut by hyperplanes: some slacks are held at zero, and released again.

With the forms :math:`g_1, \dots, g_k` held, every question is one about the flat
:math:`\{x : g_1(x) = \dots = g_k(x) = 0\}` inside the polyhedron, at the cost of a question about the polyhedron: a
held slack is a nonbasic variable that never enters the basis.

>>> square = FlatDictionary(2, None, [(1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1)])  # [−1, 1]²
>>> x, y, sum_is_two = (flint.fmpq_mat(1, 3, row) for row in ([1, 0, 0], [0, 1, 0], [1, 1, -2]))
>>> square.divide(x), square.hold_last()  # x = 0 cuts the square, and from here on x is 0
(0, True)
>>> square.divide(y), square.copy().divide(sum_is_two)  # y = 0 cuts the segment, x + y = 2 does not meet it
(0, -1)
"""

from typing import Any, Self

import flint

from theory.geometry.simplex import Dictionary, Expression


class FlatDictionary(Dictionary):
    """A polyhedron with interior, and a flat that meets its interior.

    The arguments are those of :class:`~theory.geometry.simplex.Dictionary`.  ``held`` is the set of the columns of the
    slacks that are zero, empty at first.
    """

    __slots__ = ("held",)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.held: set[int] = set()

    def copy(self) -> Self:
        other = super().copy()
        other.held = set(self.held)
        return other

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
        self.rows += 1
        self._pivot(column, goal, self.rows - 1)
        if flipped:
            self._negate(column)
        return 0

    def hold_last(self) -> bool:
        """Restrict the flat to where the last row is zero, after :meth:`divide` returned 0; always true."""
        self.held.add(self.nonbasic.index(self.rows - 1))
        return True

    def take_side(self, positive: bool) -> None:
        """Restrict the polyhedron to where the last row is ≥ 0, or ≤ 0, after :meth:`divide` returned 0."""
        if not positive:
            self._negate(self.nonbasic.index(self.rows - 1))

    def release(self, number: int, *, positive: bool) -> None:
        """Let row ``number``, which is held, be ≥ 0 or ≤ 0 from here on."""
        column = self.nonbasic.index(number)
        self.held.remove(column)
        if not positive:
            self._negate(column)
