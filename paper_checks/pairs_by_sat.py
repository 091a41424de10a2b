r"""What two units behind one layer can do together, by a SAT solver: in how many regions they are seen.

Needs the extra ``sat``.  For (2; 5, 2), (3; 5, 2) and (2; 4, 2)::

    python paper_checks/pairs_by_sat.py 2 4 28      # seconds: at most 11 + 28 regions
    python paper_checks/pairs_by_sat.py 3 5 71      # seconds: at most 26 + 71
    python paper_checks/pairs_by_sat.py 2 5 12 --crossings
    python paper_checks/pairs_by_sat.py 2 5 11 --crossings --all-cut    # if one of them cuts all 16 regions

refute more than so many (exit code 1 if they cannot).  The sum of the regions that the first unit cuts, that the second
one cuts, and in which they cross is what two units add to the regions of the layer.  With ``--write FOLDER`` formulas
(DIMACS) and proofs (DRAT) are left there for a checker such as drat-trim; dratify checks the proofs unless
``--no-checked`` is given.

*Cases.*  The layer is n > d hyperplanes in general position in R^d; with infinity, n + 1 vectors of R^(d+1), no d + 1
of them dependent.  Which sides the vertices and directions (the *points*) lie on depends on the signs χ of the
determinants alone.  All χ that satisfy the Grassmann–Plücker relations are listed, up to the order of the units and the
sign of all of χ, which a reflection turns.  The active side of a unit is part of its vector.

*Elements.*  A unit behind the layer, g = Σ u_k σ(h_k) + c, has at a point p a value that is linear in (u, c): p is a
vector with the coordinates σ(h_k(p)) ≥ 0 and 1 or 0.  The points and the u_k and c are *elements*; those that are
0, or multiples of u_k or c, are dropped or identified.  The others have at least two coordinates that are not 0, each
the determinant [p k] of the d hyperplanes that meet in p with one more, k.  If p and q were parallel, they would have
the same ones, so not be opposite, and [p k][q l] = [p l][q k]; but these are four different irreducible polynomials
in the weights, so for generic layers there are no such p and q.  Between elements there are these linear relations, the
signs of whose coefficients are known:

* p is the sum of the u_k that are on at p, and of c unless p is a direction;
* of three consecutive points p, q, r on a line, or on the circle of the directions of a plane, p + r − q − u_k = 0 up
  to positive factors, k the unit that changes at q: the units bend by u_k there, whichever side is active;
* of four points p, q, r, s of a two-dimensional face of a region, in cyclic order, p + r − q − s = 0 up to positive
  factors;
* and, only if a formula with these alone can be satisfied, what :meth:`Points.look_closer` adds.

*Clauses.*  Two units map the elements to vectors of the plane, and for generic units no two are parallel.  Turned to
the side where g_1 is positive, they have an order by slope: the variables are these sides and this order, a
transitive tournament, with B = (1, 0) among the elements, so that signs of g_2 are those of determinants with B.  For
each relation and each vector a the determinants of a with the vectors of the relation, weighted with its signs, are not
all of one sign.  A region is cut by g_1 only if the sides of its points differ, by g_2 likewise, and the units cross
in it only if for every one of its points the determinants with the other ones have both signs: else its points lie in
a half-plane, of whose border at most one direction is taken.  Where a unit is constant, c is the only element: it is
not cut.

*Other layers.* Units that are not generic, layers that are parallel, repeated, or constant have no more regions than
generic ones, see "General position" in docs/proofs-networks.md.

A model need not come from units, so only refutations count.  But units give a model, :func:`facts`, in which exactly
what they cut and cross can be counted.

>>> layer = Points(2, 3, cases(2, 3)[0])
>>> len(layer.regions), refuted(layer, 4, crossings=True), refuted(layer, 3, crossings=True)
(7, True, False)
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import chirotopes
import flint
from chirotopes import Chirotope, order
from pysat.card import CardEnc, EncType
from pysat.formula import CNF, IDPool
from solving import options, refutation

__all__ = ["Points", "cases", "clauses", "facts", "layer_of", "refuted"]

Point = tuple[tuple[int, ...], int]
"""The d hyperplanes that meet in it, n for infinity, and, for the two opposite directions, a sign."""
Element = tuple[object, ...]
"""A point, or ("u", k), or ("c",)."""


def cases(d: int, n: int) -> list[Chirotope]:
    """The layers of n units on R^d, one for each class under exchanges of units and reflections; infinity is n.

    >>> len(cases(2, 3)), len(cases(2, 4))
    (4, 10)
    """
    return chirotopes.cases(d + 1, n)


class Points:
    """The points of a layer, its regions as sets of elements, and the relations of the elements, as sets of signs."""

    def __init__(self, d: int, n: int, chirotope: Chirotope) -> None:
        assert n > d > 1
        self.d, self.n = d, n
        self.sides: dict[Point, dict[int, int]] = {}
        for on in itertools.combinations(range(n + 1), d):
            signs = {k: order((*on, k)) * chirotope[tuple(sorted((*on, k)))] for k in range(n + 1) if k not in on}
            for turn in (1, -1) if n in on else (signs[n],):
                self.sides[on, turn] = {k: turn * sign for k, sign in signs.items()}
        self.element = {point: self._element(point) for point in self.sides}
        units: list[Element] = [("u", k) for k in range(n)]
        self.elements = sorted({e for e in self.element.values() if e} | {*units, ("c",)}, key=str)
        corners = [(point, s) for point, s in self.sides.items() if n not in point[0]]
        signs_of_regions = {  # every region has a vertex, and every vertex 2^d regions
            tuple((s | dict(zip(point[0], own, strict=True)))[k] for k in range(n))
            for point, s in corners
            for own in itertools.product((1, -1), repeat=d)
        }
        around = [
            [p for p, s in self.sides.items() if all(k == n or side == region[k] for k, side in s.items())]
            for region in sorted(signs_of_regions)
        ]
        self.regions = [{e for p in points if (e := self.element[p])} for points in around]
        self.relations: set[frozenset[tuple[Element, int]]] = set()
        self._sums()
        self._bends()
        self._faces(around)
        self._chirotope = chirotope
        self.complete = False

    def look_closer(self) -> None:
        """Add the relations that are seldom needed."""
        self.complete = True
        self._eliminations()
        if self.d == 2:
            self._dependencies()

    def _bracket(self, *places: int) -> int:
        return order(places) * self._chirotope[tuple(sorted(places))]

    def _element(self, point: Point) -> Element | None:
        on = [k for k, side in self.sides[point].items() if side > 0 and k != self.n]
        if self.n not in point[0]:
            return point if on else ("c",)
        return point if len(on) > 1 else ("u", on[0]) if on else None

    def _add(self, terms: Iterable[tuple[Element | None, int]]) -> None:
        """A relation, unless an element that it contains twice might drop out of it."""
        signs = {(e, sign) for e, sign in terms if e}
        if len(signs) == len({e for e, _ in signs}) >= 3:
            self.relations.add(frozenset(signs))

    def _sums(self) -> None:
        for point, sides in self.sides.items():
            on: list[Element] = [("u", k) for k, side in sides.items() if side > 0 and k != self.n]
            if self.n not in point[0]:
                on.append(("c",))
            self._add([(self.element[point], -1), *((e, 1) for e in on)])

    def _bends(self) -> None:
        for line in itertools.combinations(range(self.n + 1), self.d - 1):
            along = [point for point in self.sides if set(line) <= set(point[0])]
            for q in along:
                (k,) = set(q[0]) - set(line)
                if k == self.n:
                    continue  # where the line ends
                near = [p for p in along if p[0] != q[0] and self._on_one_side(p, q)]
                assert len(near) == 2
                self._add([*((self.element[p], 1) for p in near), (self.element[q], -1), (("u", k), -1)])

    def _on_one_side(self, p: Point, q: Point) -> bool:
        """Whether no hyperplane, infinity included, lies strictly between."""
        return all(self.sides[p].get(k, side) == side for k, side in self.sides[q].items())

    def _faces(self, around: list[list[Point]]) -> None:
        for points in around:
            for face in itertools.combinations(range(self.n + 1), self.d - 2):
                left = [p for p in points if set(face) <= set(p[0])]
                cycle = left[:1]
                while len(cycle) < len(left):  # neighbors share an edge
                    cycle.append(
                        next(p for p in left if p not in cycle and len({*p[0]} & {*cycle[-1][0]}) == self.d - 1)
                    )
                for four in itertools.combinations(cycle, 4):
                    self._add([(self.element[p], (-1) ** i) for i, p in enumerate(four)])

    def _eliminations(self) -> None:
        """A unit k, or c, eliminated from the sums for two points, which are on a line if others are on at both."""
        for p, q in itertools.combinations([p for p, e in self.element.items() if p == e], 2):
            on = [{k for k, side in self.sides[point].items() if side > 0} for point in (p, q)]
            line = tuple(set(p[0]) & set(q[0])) if p[0] != q[0] else ()
            signs = dict.fromkeys(on[0] - on[1], -1) | dict.fromkeys(on[1] - on[0], 1)
            for k in on[0] & on[1]:
                found = dict(signs)
                if len(line) == self.d - 1:
                    (b,), (c,) = {*p[0]} - {*line}, {*q[0]} - {*line}
                    turns = p[1] * q[1] * order((*line, b)) * order((*line, c))
                    for m in (on[0] & on[1]) - {k}:
                        found[m] = -turns * self._bracket(*line, b, c) * self._bracket(*line, m, k)
                elif len(on[0] & on[1]) > 1:
                    continue
                rest = [(("u", m) if m < self.n else ("c",), sign) for m, sign in found.items()]
                self._add([(p, 1), (q, -1), *rest])

    def _oriented(self, *three: Point) -> int | None:
        """The sign of the determinant of three points of the plane, 0 on a line; None if it is not known."""
        for turned, (p, q, r) in zip((1, -1, -1, 1, 1, -1), itertools.permutations(three), strict=True):
            if shared := set(p[0]) & set(q[0]):
                if len(shared) > 1:
                    return 0
                (a,), (b,), (c,) = shared, {*p[0]} - shared, {*q[0]} - shared
                turns = p[1] * q[1] * order((a, b)) * order((a, c))
                return turned * turns * self._bracket(a, b, c) * self.sides[r].get(a, 0)
        return None

    def _dependencies(self) -> None:
        """Those of four points of the plane, on no line three: Σ λ_i p_i = 0, the signs of whose λ_i are known."""
        lines = [p for p in self.sides if self.n not in p[0] or p[1] > 0]  # of two opposite directions one
        for four in itertools.combinations(lines, 4):
            minors = [self._oriented(*four[:i], *four[i + 1 :]) for i in range(4)]
            if None in minors or 0 in minors:
                continue
            signs = [(-1) ** i * minor for i, minor in enumerate(minors) if minor is not None]
            # of a direction p: g(p), or −g(−p), or g(p) − g(−p), which is linear
            for ways in itertools.product(*((1, -1, 0) if self.n in p[0] else (1,) for p in four)):
                self._dependency(list(zip(four, signs, ways, strict=True)))

    def _dependency(self, points: list[tuple[Point, int, int]]) -> None:
        terms: list[tuple[Element | None, int]] = []
        bent: list[tuple[dict[int, int], int]] = []
        for (on, turn), sign, way in points:
            for end in (1, -1) if way == 0 else (way,):
                terms.append((self.element[on, end * turn], end * sign))
            if way:
                bent.append((self.sides[on, way * turn], way * sign))
        for k in range(self.n):
            off = {sign for sides, sign in bent if sides.get(k) == -1}
            if len(off) > 1 and len(bent) == 4:
                off = {sign for sides, sign in bent if sides.get(k) == 1}
            if len(off) > 1:
                return
            terms += [(("u", k), -sign) for sign in off]
        self._add(terms)


def clauses(layer: Points, number: int, *, crossings: bool, all_cut: bool = False, names: IDPool | None = None) -> CNF:
    """What must hold if two units cross in so many regions; or cut, and cross in, so many together.

    With ``all_cut`` the first unit cuts all regions.
    """
    names, formula = IDPool() if names is None else names, CNF()
    members: list[Element] = [*layer.elements, ("B",)]
    place = {e: i for i, e in enumerate(members)}

    def side(e: Element) -> int:
        """True where g_1 is positive; B is there."""
        return names.id(("side", place[e]))

    def before(a: Element, b: Element) -> int:
        i, j = place[a], place[b]
        return names.id(("before", i, j)) if i < j else -names.id(("before", j, i))

    def turn(a: Element, b: Element) -> int:
        """True where the determinant of the vectors of a and b is positive; ("A",) is the axis of g_1."""
        if a == ("A",):
            return side(b)
        i, j = place[a], place[b]
        return names.id(("turn", i, j)) if i < j else -names.id(("turn", j, i))

    def both_signs(literals: list[int], if_: Iterable[int] = ()) -> None:
        formula.extend([[*if_, *literals], [*if_, *(-v for v in literals)]])

    formula.append([side(("B",))])
    for a, b, c in itertools.combinations(members, 3):
        formula.extend([[-before(a, b), -before(b, c), before(a, c)], [before(a, b), before(b, c), -before(a, c)]])
    for a, b in itertools.combinations(members, 2):
        for i, j, k in itertools.product((1, -1), repeat=3):
            formula.append([i * side(a), j * side(b), k * before(a, b), -i * j * k * turn(a, b)])
    axes: list[Element] = [*members, ("A",)]
    for relation in layer.relations:
        for axis in axes:
            both_signs([sign * turn(axis, e) for e, sign in relation if e != axis])
    counted = []
    for i, region in enumerate(layer.regions):
        cut = [names.id(("cut", k, i)) for k in (1, 2)]
        for literal, axis in zip(cut, axes[-1:-3:-1], strict=True):
            both_signs([turn(axis, e) for e in region], if_=[-literal])
        if all_cut:
            formula.append(cut[:1])
        crossed = names.id(("crossed", i))
        formula.extend([[-crossed, literal] for literal in cut])
        for a in region:
            both_signs([turn(a, e) for e in region if e != a], if_=[-crossed])
        counted += [crossed] if crossings else [crossed, *cut]
    formula.extend(CardEnc.atleast(counted, number, vpool=names, encoding=EncType.totalizer).clauses)
    return formula


def _determinant(rows: Sequence[Sequence[int]]) -> int:
    return int(flint.fmpz_mat([list(row) for row in rows]).det())


def layer_of(rows: Sequence[Sequence[int]]) -> Points | None:
    """The layer with these weights and biases, None if it is not in general position."""
    n, d = len(rows), len(rows[0]) - 1
    vectors = [*rows, [0] * d + [1]]
    values = {
        subset: _determinant([vectors[k] for k in subset]) for subset in itertools.combinations(range(n + 1), d + 1)
    }
    return Points(d, n, {s: 1 if v > 0 else -1 for s, v in values.items()}) if all(values.values()) else None


def facts(
    layer: Points, rows: Sequence[Sequence[int]], units: Sequence[Sequence[int]], names: IDPool
) -> list[int] | None:
    """The sides and the order of two units (u, c) behind the layer of these rows, as literals; None if not generic."""
    n = layer.n
    vectors = [*rows, [0] * layer.d + [1]]
    of: dict[Element, Sequence[int]] = {("u", k): [int(i == k) for i in range(n + 1)] for k in range(n)}
    of["c",] = [0] * n + [1]
    for point, element in layer.element.items():
        if element == point:
            on, turn = point
            along = [turn * _determinant([*(vectors[i] for i in on), vector]) for vector in vectors]
            of[element] = [*(max(value, 0) for value in along[:n]), along[n]]
    seen = [[sum(v * w for v, w in zip(of[e], unit, strict=True)) for unit in units] for e in layer.elements]
    seen.append([1, 0])  # B
    literals = []
    for i, (x, y) in enumerate(seen):
        literals.append((x, names.id(("side", i))))
        for j, (z, w) in enumerate(seen[i + 1 :], i + 1):
            turn = x * w - y * z
            literals += [(turn, names.id(("turn", i, j))), (turn * x * z, names.id(("before", i, j)))]
    return [v if sign > 0 else -v for sign, v in literals] if all(sign for sign, _ in literals) else None


def refuted(
    layer: Points,
    number: int,
    *,
    crossings: bool = False,
    all_cut: bool = False,
    checked: bool = False,
    name: Path | None = None,
) -> bool:
    """Whether no two units cross in so many regions, or cut, and cross in, so many together, see :func:`clauses`.

    The formula and the proof are written to files of this name, if it is given.
    """
    formula = clauses(layer, number, crossings=crossings, all_cut=all_cut)
    if refutation(formula, checked=checked, name=name):
        return True
    if layer.complete:
        return False
    layer.look_closer()
    return refuted(layer, number, crossings=crossings, all_cut=all_cut, checked=checked, name=name)


def main() -> None:
    parser = options("Do two units behind n units on R^d never have more than NUMBER?", "d", "n", "number")
    parser.add_argument("--crossings", action="store_true", help="count only the regions in which they cross")
    parser.add_argument("--all-cut", action="store_true", help="if one of them cuts all regions")
    asked = parser.parse_args()
    d, n, number = asked.d, asked.n, asked.number
    if not n > d > 1 or number < 0:
        parser.error("D is at least 2, N is greater than D, NUMBER is not negative")
    listed = cases(d, n)
    for i, case in enumerate(listed):
        layer = Points(d, n, case)
        if number >= (1 if asked.crossings else 3) * len(layer.regions):
            parser.error(f"no two units have more than {number} behind {len(layer.regions)} regions anyway")
        name = asked.write and asked.write / f"{d}-{n}-above-{number}-case-{i}"
        ways = {"crossings": asked.crossings, "all_cut": asked.all_cut, "checked": asked.checked, "name": name}
        if not refuted(layer, number + 1, **ways):
            raise SystemExit(f"not refuted: case {i} of {len(listed)} has a model, which need not come from units")
    print(f"refuted in all {len(listed)} cases, the proofs {'checked' if asked.checked else 'not checked'}")


if __name__ == "__main__":
    main()
