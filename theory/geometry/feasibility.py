r"""Systems of linear inequalities in rational arithmetic: is there a solution, how large can a form become.

A row (a, b) means :math:`\langle a, x\rangle + b \ge 0`, or :math:`> 0` where it is taken strictly.  Every question is
one for the exact simplex (:mod:`theory.geometry.simplex`), so every question is answered.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import flint

from theory.exact import Point, Row, from_fmpq, to_fmpq
from theory.geometry.simplex import Dictionary, Expression
from theory.geometry.subspace import AffineSubspace

_Row = Sequence[Fraction | int]


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
    phase = Dictionary(
        dimension + 1,
        [*map(flint.fmpq, zero), to_fmpq(lowest)],
        [*((*row[:-1], -1, row[-1]) for row in rows), *([(*zero, -1, 1)] if deep else [])],
    )
    below = phase.express_row((*zero, -1, 0))  # −t
    if deep:
        least = phase.minimum(below)
        found = phase.point() if least is not None and least < 0 else None
    else:
        exists, below, column = phase.goes_below_zero(below)
        found = phase.beyond(below, column) if exists else None
    return None if found is None else tuple(map(from_fmpq, found[:-1]))


def maximum(rows: Sequence[_Row], form: _Row, start: _Row) -> Fraction | None:
    """The supremum of ⟨c, x⟩ + e over {x : ⟨a, x⟩ + b ≥ 0 for every row}, None if it is infinite.

    ``form`` is the row (c, e); the search begins at ``start``, a point that satisfies every row.

    >>> triangle = [(1, 0, 0), (0, 1, 0), (-1, -2, 3)]
    >>> maximum(triangle, (1, 1, 0), (0, 0)), maximum(triangle[:2], (1, 1, 0), (0, 0))
    (Fraction(3, 1), None)
    """
    polyhedron = Dictionary(len(start), [to_fmpq(v) for v in start], rows)
    least = polyhedron.minimum(-polyhedron.express_row(form))
    return None if least is None else from_fmpq(-least)


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
        self._number_of_bounds = self._system.rows
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

        There −t, or the negative of the row that cannot be met, is a constant ≥ 0 plus the nonbasic rows with factors
        ≥ 0.
        """
        system, first = self._system, self._number_of_bounds
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
