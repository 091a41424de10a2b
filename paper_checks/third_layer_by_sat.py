r"""What one unit behind (2; 3, 3) can cut, by a SAT solver: at most 27 regions, and (2; 3, 3, 1) has at most 60.

Needs the extra ``sat``, and a C++ compiler for ``rup.cpp``, which checks the proofs::

    python paper_checks/third_layer_by_sat.py 60             # a minute: no network has more regions
    python paper_checks/third_layer_by_sat.py 27 --cut       # minutes: no unit of the last layer cuts more regions

refute more than so many (exit code 1 if they cannot).  With ``--write FOLDER`` formulas (DIMACS) and proofs (binary
DRAT) are left there.

*Cases.*  Three lines in general position are the walls of a triangle: :math:`h_1, h_2, h_3 > 0` and
:math:`h_1 + h_2 + h_3 = t`, on homogeneous coordinates with t = 1 in the plane and 0 at infinity; the first ``inwards``
units are :math:`x_k = \sigma(h_k)`, the others :math:`\sigma(-h_k)`, up to positive factors.  The second layer is
:math:`y_i = \sum_k u_{ik} x_k + c_i t`, and up to positive factors and its sign the last unit is
:math:`t + \sum_i v_i \sigma(y_i)` with :math:`v_i = -1` for the first ``negative`` units and 1 for the others.

*Minors.*  In a region of the first layer every x_k is linear, so its vertices and directions are vectors
(x_1, x_2, x_3, t), as are the points where the lines along two opposite sides of a quadrangle meet, if the x_k are
continued linearly.  These, and the four unit vectors, are the *columns*.  The *rows* are y_1, y_2, y_3, t and the
:math:`g_S = t + \sum_{i \in S} v_i y_i`, one for every set S of units that are on.  The value of a row at a column is a
polynomial in u and c; the variables of the formula are the signs of the minors of at most three rows, one g_S at most
among them.  Minors that are multiples of each other share a variable.  General weights make all of them nonzero.

*Clauses.*  Every linear relation between columns, and every one between rows, holds for minors as well, if other
columns and rows are kept; columns and rows are known integers, so the signs of its coefficients are known, and its
terms are not all of one sign.  The same is true for the three products of minors of a Grassmann–Plücker relation.

*Regions.*  Inside a region of the first layer let φ be its sides, and let the units S be on.  The last unit cuts this
cell if and only if on {g_S = 0} the φ, y_i (i in S) and -y_i (i not in S) are all positive somewhere: if and only if no
three of them, seen as vectors of the plane dual to {g_S = 0}, have 0 as a positive combination (Carathéodory), that is,
their three determinants with g_S are not of one sign.  Where x sees one dimension only, the place where g_S is 0 has
to lie between the two ends, and the y_i have the right signs there.  The second layer has one region for each of the
first one, for each that a y_i cuts and for each in which two y_i cross.

A model need not come from a network, so only refutations count.  But a network gives a model, :meth:`Formula.facts`,
and the bounds are attained by ``theory.constructions.narrow``.

>>> formula = Formula(0, 2)
>>> formula.refuted(25, cut=True), formula.refuted(24, cut=True)
(True, False)
"""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import flint
from chirotopes import order
from pysat.card import CardEnc, EncType
from pysat.formula import CNF, IDPool
from solving import options, refutation

from theory.exact import primitive_row

__all__ = ["CASES", "Formula"]

CASES = [(inwards, negative) for inwards in range(4) for negative in (1, 2, 3)]
"""If no v_i is negative, the last unit is positive everywhere, and (2; 3, 3) has at most 34 regions."""

T = 3
"""The row t; y_1, y_2, y_3 come before it, all g_S after it."""
Vector = tuple[int, ...]
Relation = list[tuple[int, int]]
"""Indices of rows or columns, with the signs of their coefficients."""

_RING = flint.fmpz_mpoly_ctx.get([*(f"u{i}{k}" for i in range(3) for k in range(3)), "c0", "c1", "c2"], "lex")
_WEIGHTS = _RING.gens()
_SETS = [s for size in (1, 2, 3) for s in itertools.combinations(range(3), size)]


def _unit(k: int, length: int) -> Vector:
    return tuple(int(i == k) for i in range(length))


def _cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _dot(a: Iterable[int], b: Iterable[int]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _regions() -> Iterator[list[Vector]]:
    """The seven regions of the first layer: vertices and directions in cyclic order, on coordinates h."""
    corner = [_unit(k, 3) for k in range(3)]

    def away(i: int, k: int) -> Vector:
        return tuple(a - b for a, b in zip(corner[i], corner[k], strict=True))

    yield corner
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        yield [corner[i], corner[j], away(j, k), away(i, k)]
        yield [corner[k], away(k, i), away(k, j)]


def _rank(vectors: Sequence[Vector]) -> int:
    return int(flint.fmpz_mat([list(v) for v in vectors]).rank()) if vectors else 0


def _kernel(vectors: Sequence[Vector]) -> list[int]:
    """The coefficients of the only linear relation."""
    kernel, nullity = flint.fmpz_mat([list(v) for v in vectors]).transpose().nullspace()
    assert nullity == 1
    return [int(kernel[i, 0]) for i in range(len(vectors))]


class Formula:
    """The clauses of one case, and the variables of what is counted."""

    def __init__(self, inwards: int, negative: int) -> None:
        self.facing = [1] * inwards + [-1] * (3 - inwards)
        self.signs = [-1] * negative + [1] * (3 - negative)
        self.rows: list[Vector] = [_unit(k, 4) for k in range(4)]
        self.rows += [(*(v * (i in s) for i, v in enumerate(self.signs)), 1) for s in _SETS]
        self.columns: list[Vector] = []
        self.names = IDPool()
        self.polynomials: dict[int, Any] = {}  # by variable
        self._found: set[tuple[int, ...]] = set()
        self.clauses: list[list[int]] = []
        self._minors: dict[tuple[Vector, Vector], Any] = {}
        self._literals: dict[tuple[Vector, Vector], int] = {}
        self.true = self.names.id("true")
        self._add([self.true])
        self.cut: list[int] = []
        self.before: list[int] = []
        regions = [self._placed(points) for points in _regions()]
        for k in range(4):
            self._column(_unit(k, 4))
        self._relations()
        self._products()
        for points, sides in regions:
            self._count(points, sides)

    # Columns

    def _column(self, vector: Iterable[int]) -> tuple[int, int] | None:
        """Its number and a sign; None for 0."""
        column = primitive_row(list(vector))
        if not any(column):
            return None
        opposite = tuple(-v for v in column)
        if opposite in self.columns:
            return self.columns.index(opposite), -1
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column), 1

    def _placed(self, points: list[Vector]) -> tuple[list[int], dict[tuple[int, int], tuple[int, int]]]:
        """The columns of the points of a region, and of the φ_i × φ_j, φ_i the side from point i to the next one."""
        middle = [sum(values) for values in zip(*points, strict=True)]
        on = [s if s * m > 0 else 0 for s, m in zip(self.facing, middle, strict=True)]
        sides = [_cross(a, b) for a, b in zip(points, points[1:] + points[:1], strict=True)]
        turn = 1 if _dot(sides[0], middle) > 0 else -1
        assert all(turn * _dot(side, middle) > 0 for side in sides)

        def column(vector: Vector) -> tuple[int, int] | None:
            return self._column([*(s * v for s, v in zip(on, vector, strict=True)), sum(vector)])

        columns = [found for p in points if (found := column(p))]
        assert all(sign > 0 for _, sign in columns)  # or a point would change its sign
        placed = [place for place, _ in columns]
        between = {}
        for i, j in itertools.combinations(range(len(sides)), 2):
            at = tuple(turn * v for v in _cross(sides[i], sides[j]))
            if j == i + 1:  # both sides end in point j, and turn in the same sense in every region
                assert _cross(at, points[j]) == (0, 0, 0)
                assert _dot(at, points[j]) > 0
            if found := column(at):
                between[i, j] = found
        return placed, between

    # Minors

    def _base(self, rows: Vector, columns: Vector) -> Any:
        """A minor of rows y_1, y_2, y_3, t, by expansion."""
        if not rows:
            return _RING.constant(1)
        if (rows, columns) not in self._minors:
            total, first = _RING.constant(0), rows[0]
            weights = [*_WEIGHTS[3 * first : 3 * first + 3], _WEIGHTS[9 + first]] if first < T else [0, 0, 0, 1]
            for j, column in enumerate(columns):
                value = sum(x * w for x, w in zip(self.columns[column], weights, strict=True))
                total += (-1) ** j * value * self._base(rows[1:], columns[:j] + columns[j + 1 :])
            self._minors[rows, columns] = total
        return self._minors[rows, columns]

    def _minor(self, rows: Vector, columns: Vector) -> Any:
        """A minor of sorted rows, of which the last may be a g_S."""
        *others, last = rows
        if last <= T:
            return self._base(rows, columns)
        total = _RING.constant(0)
        for i, coefficient in enumerate(self.rows[last]):
            if coefficient and i not in others:
                total += order((*others, i)) * coefficient * self._base(tuple(sorted((*others, i))), columns)
        return total

    def sign(self, rows: Vector, columns: Vector) -> int:
        """The literal of a minor, 0 if it is identically zero."""
        key = tuple(sorted(rows)), tuple(sorted(columns))
        if key not in self._literals:
            self._literals[key] = self._literal(self._minor(*key))
        return order(rows) * order(columns) * self._literals[key]

    def _literal(self, polynomial: Any) -> int:
        coefficients = [int(c) for c in polynomial.coeffs()]
        if not coefficients:
            return 0
        turn = 1 if coefficients[0] > 0 else -1
        if polynomial.total_degree() == 0:
            return turn * self.true
        factor = turn * math.gcd(*coefficients)
        exponents = (tuple(map(int, monomial)) for monomial in polynomial.monoms())
        terms = tuple(zip(exponents, (c // factor for c in coefficients), strict=True))
        variable: int = self.names.id(terms)
        self.polynomials[variable] = terms
        return turn * variable

    # Clauses

    def _add(self, clause: Iterable[int]) -> None:
        literals = tuple(sorted(set(clause)))
        if literals not in self._found and not any(-literal in literals for literal in literals):
            self._found.add(literals)
            self.clauses.append(list(literals))

    def _not_of_one_sign(self, literals: Iterable[int], unless: Sequence[int] = ()) -> None:
        terms = [literal for literal in literals if literal]
        if terms:
            self._add([*terms, *unless])
            self._add([*(-term for term in terms), *unless])

    def _relations(self) -> None:
        rows, columns = range(len(self.rows)), range(len(self.columns))
        for chosen in self._chosen():
            for kept in itertools.combinations(columns, len(chosen) - 1):
                for relation in self._circuits(tuple(self.columns), kept):
                    self._not_of_one_sign(s * self.sign(chosen, (*kept, c)) for c, s in relation)
        for size in range(3):
            for kept in itertools.combinations(rows[: T + 1], size):
                for relation in self._circuits(tuple(self.rows), kept):
                    for some in itertools.combinations(columns, size + 1):
                        self._not_of_one_sign(s * self.sign((*kept, r), some) for r, s in relation)

    def _chosen(self) -> Iterator[Vector]:
        """One, two or three independent rows, one g_S at most."""
        for size in (1, 2, 3):
            for rows in itertools.combinations(range(len(self.rows)), size):
                if (size < 2 or rows[-2] <= T) and _rank([self.rows[r] for r in rows]) == size:
                    yield rows

    @staticmethod
    @cache
    def _circuits(vectors: tuple[Vector, ...], kept: Vector) -> list[Relation]:
        """The minimal relations modulo the kept vectors; none if these are dependent."""
        base = [vectors[k] for k in kept]
        if _rank(base) < len(base):
            return []
        supports: list[set[int]] = []
        found = []
        for size in range(1, 6 - len(kept)):
            for some in itertools.combinations([i for i in range(len(vectors)) if i not in kept], size):
                all_of_them = base + [vectors[i] for i in some]
                if any(support <= set(some) for support in supports) or _rank(all_of_them) == len(all_of_them):
                    continue
                supports.append(set(some))
                coefficients = _kernel(all_of_them)[len(base) :]
                found.append([(i, 1 if c > 0 else -1) for i, c in zip(some, coefficients, strict=True)])
        return found

    def _products(self) -> None:
        """[ab][cd] − [ac][bd] + [ad][bc] = 0, also if a further column is kept."""
        columns = range(len(self.columns))
        for rows in self._chosen():
            for kept in itertools.combinations(columns, len(rows) - 2) if len(rows) > 1 else ():
                for a, b, c, d in itertools.combinations([x for x in columns if x not in kept], 4):
                    products = [
                        (turn * self.sign(rows, (*kept, *p)), self.sign(rows, (*kept, *q)))
                        for turn, p, q in ((1, (a, b), (c, d)), (-1, (a, c), (b, d)), (1, (a, d), (b, c)))
                    ]
                    left = [pair for pair in products if all(pair)]
                    for product in (1, -1) if left else ():
                        for first in itertools.product((1, -1), repeat=len(left)):
                            self._add(
                                -v for f, (x, y) in zip(first, left, strict=True) for v in (f * x, f * product * y)
                            )

    def _count(self, points: list[int], sides: dict[tuple[int, int], tuple[int, int]]) -> None:
        """The variables and clauses of one region of the first layer: what is cut in it, what crosses."""
        points = list(dict.fromkeys(points))
        rank = _rank([self.columns[p] for p in points])
        if rank < 2:
            return
        if rank == 2:
            points = self._ends(points)
        for i in range(3):
            self.before.append(self.names.id(("y cuts", len(self.before))))
            self._not_of_one_sign((self.sign((i,), (p,)) for p in points), [-self.before[-1]])
        for pair in itertools.combinations(range(3), 2) if rank == 3 else ():
            self.before.append(self.names.id(("y cross", len(self.before))))
            turns = [self.sign(pair, (p, q)) for p, q in zip(points, points[1:] + points[:1], strict=True)]
            for turn, other in itertools.permutations(turns, 2):
                self._add([-self.before[-1], turn, -other])
        for g, on in enumerate(_SETS, start=T + 1):
            if any(self.signs[i] < 0 for i in on):  # else g_S > 0 where the units S are on
                self.cut.append(self.names.id(("g cuts", len(self.cut))))
                known = [1 if i in on else -1 for i in range(3)]
                (self._cut_line if rank == 2 else self._cut_cell)(points, sides, g, known)

    def _ends(self, points: list[int]) -> list[int]:
        """The two of which all others are sums."""
        for p, q in itertools.combinations(points, 2):
            kernels = [_kernel([self.columns[x] for x in (r, p, q)]) for r in points if r not in (p, q)]
            if all(k * a <= 0 and k * b <= 0 for k, a, b in kernels):
                return [p, q]
        raise AssertionError("a cone in the plane has two ends")

    def _cut_line(self, points: list[int], _: object, g: int, known: list[int]) -> None:
        cut, ends = self.cut[-1], tuple(points)
        first = self.sign((g,), ends[:1])
        self._not_of_one_sign([first, self.sign((g,), ends[1:])], [-cut])
        for i, side in enumerate(known):  # where g is 0, y_i has the sign of g(p) [g y_i | p q]
            turn = side * self.sign((g, i), ends)
            self._add([-cut, first, -turn])
            self._add([-cut, -first, turn])

    def _cut_cell(
        self, points: list[int], sides: dict[tuple[int, int], tuple[int, int]], g: int, known: list[int]
    ) -> None:
        count = len(points)

        def turn(a: int, b: int) -> int:
            """The determinant of a, b and g; 0, 1, … are the sides, then y_1, y_2, y_3 follow."""
            if b < count:
                column, sign = sides.get((a, b), (0, 0))
                return sign and sign * self.sign((g,), (column,))
            if a < count:
                return self.sign((b - count, g), (points[a], points[(a + 1) % count]))
            return self.sign((a - count, b - count, g), (points[0], points[1], points[2]))

        facing = [1] * count + known
        for a, b, c in itertools.combinations(range(count + 3), 3):
            turns = [turn(a, b), turn(b, c), -turn(a, c)]
            if all(turns):
                factors = (facing[a] * facing[b], facing[b] * facing[c], facing[a] * facing[c])
                self._not_of_one_sign([f * t for f, t in zip(factors, turns, strict=True)], [-self.cut[-1]])

    # Answers

    def with_number(self, number: int, *, cut: bool) -> CNF:
        """The formula that at least so many regions are cut; or else, that there are so many in all."""
        counted = self.cut if cut else [*self.before, *self.cut]
        least = number if cut else number - 7
        if least > len(counted):
            return CNF(from_clauses=[[]])
        pool = IDPool(start_from=self.names.top + 1)
        more = CardEnc.atleast(counted, least, vpool=pool, encoding=EncType.totalizer).clauses
        return CNF(from_clauses=[*self.clauses, *more])

    def refuted(self, number: int, *, cut: bool = False, name: Path | None = None) -> bool:
        """Whether a solver refutes that so many regions are cut, or that there are so many.

        If a name of files is given, formula and proof are written to them, and ``rup.cpp`` checks the proof.

        Raises
        ------
        AssertionError
            If it does not accept the proof.
        """
        formula = self.with_number(number, cut=cut)
        if [] in formula.clauses:
            return True
        return refutation(formula, checked=name is not None, name=name, by_rup=True)

    def facts(self, second: Sequence[Sequence[int]]) -> list[int] | None:
        """The signs of all minors for a second layer of these rows (u, c), as literals; None if it is not generic."""
        values = [*(row[k] for row in second for k in range(3)), *(row[3] for row in second)]
        literals = [self.true]
        for variable, terms in self.polynomials.items():
            value = sum(c * math.prod(v**e for v, e in zip(values, exponents, strict=True)) for exponents, c in terms)
            if not value:
                return None
            literals.append(variable if value > 0 else -variable)
        return literals


def main() -> None:
    parser = options("Does (2; 3, 3, 1) never have more than NUMBER regions?", "number")
    parser.add_argument("--cut", action="store_true", help="count the regions of (2; 3, 3) that the last unit cuts")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            name = Path(asked.write or folder, "case-{}-{}".format(*case)) if asked.checked or asked.write else None
            if not Formula(*case).refuted(asked.number + 1, cut=asked.cut, name=name):
                raise SystemExit(f"not refuted: case {case} has a model, which need not come from a network")
    print(f"refuted in all {len(CASES)} cases, the proofs {'checked' if asked.checked else 'not checked'}")


if __name__ == "__main__":
    main()
