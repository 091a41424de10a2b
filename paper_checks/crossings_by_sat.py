r"""How often units behind one layer can cross: a proof by the signs of determinants, in all cases, by a SAT solver.

Needs the extra ``sat``.  For d inputs, a layer of n > d units and j units behind it::

    python paper_checks/crossings_by_sat.py 2 4 2 7                 # two units cross in at most 7 of 11 regions,
    python paper_checks/crossings_by_sat.py 2 4 2 6 --all-cut 1     # in at most 6 if one of them cuts all 11
    python paper_checks/crossings_by_sat.py 4 6 2 44 --all-cut 2    # in at most 44 of 57 if both cut all
    python paper_checks/crossings_by_sat.py 3 5 3 9                 # three units cross in at most 9 of 26
    python paper_checks/crossings_by_sat.py 4 6 4 11                # four units cross in at most 11 of 57
    python paper_checks/crossings_by_sat.py 3 6 2 36 --together 100 # two units cross in at most 36 of 42

refute more (exit code 1 if they cannot).  With ``--write FOLDER`` formulas (DIMACS) and proofs (DRAT) are left there
for a checker such as drat-trim; dratify checks the proofs, with ``--together`` ``rup.cpp``, unless ``--no-checked``
is given.

*Vectors.*  The values h_1, …, h_n of the layer, with h_0 = 1 behind them, are those that satisfy
h_1 b_1 + … + h_n b_n + h_0 b_0 = 0, for vectors b_k of R^(n − d), the Gale dual of the layer and infinity.  Units
g = Σ u_k σ(h_k) + c behind it, j of them, make vectors a_k = (u_k of each) and a_0 = (c of each) of R^j.  They
have a common zero inside the region where the units S are on if and only if there are λ_k > 0 with

    Σ_{k in S, and 0} λ_k P_k + Σ_{k not in S} λ_k N_k = 0,    P_k = (b_k, a_k),    N_k = (−b_k, 0),

namely λ_k = |h_k|: of each k one of two vectors is chosen, and the regions where the units cross are the choices with
a positive relation.  The unit i alone vanishes inside the region if and only if the chosen vectors have a positive
relation modulo the axes E_l, l ≠ i, of R^j.

*Cases.*  Layers in general position have b_k no n − d of which are dependent.  All chirotopes of rank n − d with n + 1
elements, which satisfy the Grassmann–Plücker relations, are listed, up to the order of the units and the sign of all of
the chirotope, which a reflection turns.  The active side of a unit is part of its vector.

Where these are many, one formula is about any of several cases (:class:`AnyLayer`): the signs of the determinants of
the b_k are variables, and the solver learns once what it would learn in each case.

*Clauses.*  The variables are the signs of the determinants of n − d + j of the vectors P_k, N_k and E_l.  For generic
weights a determinant is 0 only if it is 0 for all weights: expanded by the rows of the b_k, its terms are those
choices of n − d columns for these rows, the N_k among them and the E_l not, in which no k occurs twice, and different
choices are different polynomials.  If there is one choice, the determinant is a product of one of the b_k, whose
sign is known, and one of the a_k and E_l.  The signs satisfy the Grassmann–Plücker relations of three terms.  If chosen
vectors v have a positive relation, then Σ λ_v [X v] = 0 for any others X that make determinants [X v] with them, so
these are all 0 or have both signs.  Finally, if S has fewer than j units, the a_k of S and a_0 are independent, and
no units cross there.

*Other layers.* Units that are not generic, layers that are parallel, repeated, or constant have no more regions than
generic ones, see "General position" in docs/proofs-networks.md.

A model need not come from units, so only refutations count.  But units give a model, :func:`facts`, in which exactly
what they cut and cross can be counted.

>>> layers = [Layer(2, 3, case) for case in cases(2, 3)]
>>> [all(refuted(layer, 2, most) for layer in layers) for most in (2, 3)]
[False, True]
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import chirotopes
import flint
from chirotopes import Chirotope, order, relations
from pysat.card import CardEnc, EncType
from pysat.formula import CNF, IDPool
from solving import options, refutation

from theory.bounds.expressions import zaslavsky_number

__all__ = ["AnyLayer", "Layer", "cases", "clauses", "facts", "layer_of", "refuted"]

Vector = tuple[str, int]
"""("P", k), ("N", k) or ("E", l)."""


def cases(d: int, n: int) -> list[Chirotope]:
    """The signs of the determinants of the b_k, one for each class under exchanges of units and reflections.

    The place of b_0 is n, the last one.

    >>> len(cases(2, 3)), len(cases(2, 4)), len(cases(3, 5)), len(cases(4, 6))
    (4, 10, 16, 36)
    """
    return chirotopes.cases(n - d, n)


class Layer:
    """The regions of a layer, each as the units that are on there, and the chirotope of the b_k."""

    def __init__(self, d: int, n: int, chirotope: Chirotope) -> None:
        assert n > d > 0
        self.d, self.n, self.chirotope = d, n, chirotope
        self.regions = [set(on) for size in range(n + 1) for on in itertools.combinations(range(n), size)]
        self.regions = [on for on in self.regions if self._occurs(on)]

    def sign(self, places: Sequence[int]) -> int:
        """The sign of the determinant of the b_k with these k, all different."""
        return order(places) * self.chirotope[tuple(sorted(places))]

    def _occurs(self, on: set[int]) -> bool:
        """Whether the b_k of the units that are on, b_0, and the −b_k of the others have a positive relation."""
        turned = {k: 1 if k in on or k == self.n else -1 for k in range(self.n + 1)}
        return all(
            len({self.sign((*chosen, k)) * turn for k, turn in turned.items() if k not in chosen}) == 2
            for chosen in itertools.combinations(turned, self.n - self.d - 1)
        )


class AnyLayer:
    """A layer of any of these chirotopes; its regions are among all sets of units that are on.

    >>> alike = AnyLayer(2, 3, cases(2, 3))
    >>> [refuted(alike, 2, most) for most in (2, 3)], [refuted(alike, 2, most, all_cut=1) for most in (2, 3)]
    ([False, True], [True, True])
    """

    def __init__(self, d: int, n: int, chirotopes: Sequence[Chirotope]) -> None:
        self.d, self.n, self.chirotopes = d, n, chirotopes
        self.regions = [set(on) for size in range(n + 1) for on in itertools.combinations(range(n), size)]


class _Signs:
    """The signs of the determinants of the vectors of j units behind a layer, as literals."""

    def __init__(self, layer: Layer | AnyLayer, j: int, names: IDPool, *, axes: int) -> None:
        self.layer, self.j, self.names = layer, j, names
        self.rank = layer.n - layer.d + j
        self.vectors: list[Vector] = [("P", k) for k in range(layer.n + 1)] + [("N", k) for k in range(layer.n)]
        self.vectors += [("E", i) for i in range(axes)]
        self.place = {vector: i for i, vector in enumerate(self.vectors)}
        self.true = names.id("true")
        self._known: dict[tuple[int, ...], int] = {}
        self.products: dict[int, tuple[int, int]] = {}
        """Variables that are true where two others are equal."""

    def __call__(self, places: tuple[int, ...]) -> int:
        """True where the determinant of different vectors is positive; 0 if it is 0 for all weights."""
        if places not in self._known:
            ordered = tuple(sorted(places))
            if ordered not in self._known:
                self._known[ordered] = self._literal([self.vectors[i] for i in ordered])
            self._known[places] = order(places) * self._known[ordered]
        return self._known[places]

    def _literal(self, columns: list[Vector]) -> int:
        off = [k for kind, k in columns if kind == "N"]
        both = {("P", k) for k in off} & set(columns)  # of P_k and N_k one is needed for the rows of the a_k
        last = {vector for vector in columns if vector[0] == "E"} | both
        height = self.rank - self.j
        if len(off) > height or len(last) > self.j:
            return 0
        if len(off) == height:
            last = {vector for vector in columns if vector[0] != "N"}
        if len(last) < self.j:
            return int(self.names.id(("determinant", *columns)))
        above = [vector for vector in columns if vector not in last]
        below = [vector for vector in columns if vector in last]
        sign = order([columns.index(vector) for vector in above + below]) * (-1) ** len(off)
        other = self.true if all(kind == "E" for kind, _ in below) else int(self.names.id(("a", *below)))
        base = self.base([k for _, k in above])
        if self.true in (abs(base), other):
            return sign * (base if other == self.true else other if base > 0 else -other)
        product = int(self.names.id(("product", abs(base), other)))
        self.products[product] = abs(base), other
        return sign * (product if base > 0 else -product)

    def base(self, places: Sequence[int]) -> int:
        """True where the determinant of the b_k with these k, all different, is positive."""
        if isinstance(self.layer, Layer):
            return self.true * self.layer.sign(places)
        return order(places) * int(self.names.id(("b", *sorted(places))))

    def occurs(self, on: set[int]) -> Iterator[list[int]]:
        """Clauses: the b_k of the units that are on, b_0, and the −b_k of the others have a positive relation."""
        for chosen in itertools.combinations(range(self.layer.n + 1), self.rank - self.j - 1):
            others = [k for k in range(self.layer.n + 1) if k not in chosen]
            literals = [self.base((*chosen, k)) * (1 if k in on or k == self.layer.n else -1) for k in others]
            yield literals
            yield [-v for v in literals]


def _plucker(rank: int, size: int, literal: Callable[[tuple[int, ...]], int], true: int) -> Iterator[list[int]]:
    """Clauses: no relation has terms of one sign, except 0."""
    seen: set[frozenset[tuple[int, frozenset[int]]]] = set()
    for relation in relations(rank, range(size)):
        terms = []
        for sign, first, second in relation:
            x, y = literal(first), literal(second)
            if x and y:
                terms.append((sign if x * y > 0 else -sign, abs(x), abs(y)))
        key = frozenset((sign, frozenset((x, y))) for sign, x, y in terms)
        if not terms or key in seen:
            continue
        seen |= {key, frozenset((-sign, pair) for sign, pair in key)}
        variables = sorted({v for _, x, y in terms for v in (x, y)} - {true})
        for values in itertools.product((1, -1), repeat=len(variables)):
            value = {true: 1, **dict(zip(variables, values, strict=True))}
            if len({sign * value[x] * value[y] for sign, x, y in terms}) == 1:
                yield [-v * value[v] for v in variables]


def clauses(
    layer: Layer | AnyLayer,
    j: int,
    number: int,
    *,
    axes: int | None = None,
    all_cut: int = 0,
    names: IDPool | None = None,
) -> CNF:
    """What must hold if j units cross in at least so many regions, and the first ``all_cut`` of them cut all.

    With less than j axes, all by default, the formula is smaller, and does not know of what single units cut.
    """
    axes = j if axes is None else axes
    names = IDPool() if names is None else names
    signs = _Signs(layer, j, names, axes=axes)
    formula = CNF(from_clauses=[[signs.true]])
    formula.extend(list(_plucker(signs.rank, len(signs.vectors), signs, signs.true)))
    crossed, cut = [], [[] for _ in range(all_cut if axes == j else 0)]
    for i, on in enumerate(layer.regions):
        vectors = [signs.place["P" if k in on or k == layer.n else "N", k] for k in range(layer.n + 1)]
        crossed.append(names.id(("crossed", i)))
        formula.extend([[-crossed[-1], *clause] for clause in _relation(signs, vectors, [])])
        if len(on) < j:
            formula.append([-crossed[-1]])
        for unit, regions in enumerate(cut):
            modulo = [signs.place["E", k] for k in range(j) if k != unit]
            regions.append(names.id(("cut", unit, i)))
            formula.extend([[-regions[-1], *clause] for clause in _relation(signs, vectors, modulo)])
        if isinstance(layer, AnyLayer):
            some = [crossed[-1], *(regions[-1] for regions in cut)]
            formula.extend([[-v, *clause] for v in some for clause in signs.occurs(on)])
    formula.extend(
        [v for p, (x, y) in signs.products.items() for v in ([-p, x, -y], [-p, -x, y], [p, x, y], [p, -x, -y])]
    )
    if isinstance(layer, AnyLayer):
        chosen = [names.id(("case", i)) for i in range(len(layer.chirotopes))]
        formula.append(chosen)
        for case, chirotope in zip(chosen, layer.chirotopes, strict=True):
            formula.extend([[-case, sign * signs.base(places)] for places, sign in chirotope.items()])
    for counted, least in ((crossed, number), *((regions, zaslavsky_number(layer.n, layer.d)) for regions in cut)):
        formula.extend(CardEnc.atleast(counted, least, vpool=names, encoding=EncType.totalizer).clauses)
    return formula


def _relation(signs: _Signs, vectors: Sequence[int], modulo: Sequence[int]) -> Iterator[list[int]]:
    """Clauses: the vectors have a positive relation modulo others."""
    for chosen in itertools.combinations(vectors, signs.rank - 1 - len(modulo)):
        literals = [v for k in vectors if k not in chosen and (v := signs((*chosen, *modulo, k)))]
        if literals:
            yield literals
            yield [-v for v in literals]


def _gale(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """The b_k, b_0 last, of the layer with these weights and biases."""
    vectors = [*rows, [0] * (len(rows[0]) - 1) + [1]]
    basis, dimension = flint.fmpz_mat(vectors).transpose().nullspace()
    return [[int(basis[k, i]) for i in range(dimension)] for k in range(len(vectors))]


def _sign(columns: Sequence[Sequence[int]]) -> int:
    value = int(flint.fmpz_mat([list(column) for column in columns]).det())
    return (value > 0) - (value < 0)


def layer_of(rows: Sequence[Sequence[int]]) -> Layer | None:
    """The layer with these weights and biases, None if it is not in general position."""
    n, d, dual = len(rows), len(rows[0]) - 1, _gale(rows)
    signs = {s: _sign([dual[k] for k in s]) for s in itertools.combinations(range(n + 1), n - d)}
    return Layer(d, n, signs) if len(dual[0]) == n - d and all(signs.values()) else None


def facts(layer: Layer, rows: Sequence[Sequence[int]], units: Sequence[Sequence[int]], names: IDPool) -> list[int]:
    """The signs of all determinants of the units (u, c) behind the layer of these rows, as literals.

    Raises
    ------
    ValueError
        If a determinant is 0 that is not 0 for all weights, or not 0 that should be.
    """
    signs = _Signs(layer, len(units), names, axes=len(units))
    dual, zero = _gale(rows), [0] * (layer.n - layer.d)
    of = {("P", k): [*b, *(unit[k] for unit in units)] for k, b in enumerate(dual)}
    of |= {("N", k): [*(-v for v in b), *(0 for _ in units)] for k, b in enumerate(dual)}
    of |= {("E", i): [*zero, *(int(i == k) for k in range(len(units)))] for i in range(len(units))}
    found = {signs.true}
    for places in itertools.combinations(range(len(signs.vectors)), signs.rank):
        sign, literal = _sign([of[signs.vectors[i]] for i in places]), signs(places)
        if (sign == 0) != (literal == 0):
            raise ValueError("the units are not generic")
        if literal:
            found.add(sign * literal)
    return sorted(found)


def refuted(
    layer: Layer | AnyLayer, j: int, most: int, *, all_cut: int = 0, checked: bool = False, name: Path | None = None
) -> bool:
    """Whether no j units, of which the first ``all_cut`` cut all regions, cross in more than ``most``.

    The formula and the proof are written to files of this name, if it is given.
    """
    by_rup = isinstance(layer, AnyLayer)
    formulas = (
        clauses(layer, j, most + 1, axes=axes, all_cut=all_cut) for axes in range(j + 1)
    )  # seldom more than none
    return any(refutation(formula, checked=checked, name=name, by_rup=by_rup) for formula in formulas)


def main() -> None:
    parser = options(
        "Do J units behind N units on R^D never cross in more than NUMBER regions?", "d", "n", "j", "number"
    )
    parser.add_argument("--all-cut", type=int, default=0, metavar="K", help="if K of them cut all regions")
    parser.add_argument(
        "--together", type=int, metavar="K", help="so many cases in one formula; with many it is faster"
    )
    asked = parser.parse_args()
    d, n, j, number = asked.d, asked.n, asked.j, asked.number
    if not (n > d > 0 < j <= d and number >= 0 and 0 <= asked.all_cut <= j):
        parser.error("D is positive and less than N, J from 1 to D, NUMBER not negative, K at most J")
    if asked.together is not None and asked.together < 1:
        parser.error("of --together, K is positive")
    listed = cases(d, n)
    for i in range(0, len(listed), asked.together or 1):
        name = asked.write and asked.write / f"{d}-{n}-{j}-above-{number}-case-{i}"
        layer = AnyLayer(d, n, listed[i : i + asked.together]) if asked.together else Layer(d, n, listed[i])
        if not refuted(layer, j, number, all_cut=asked.all_cut, checked=asked.checked, name=name):
            some = f"cases {i} to {i + len(layer.chirotopes) - 1}" if isinstance(layer, AnyLayer) else f"case {i}"
            raise SystemExit(f"not refuted: {some} of {len(listed)}: there is a model, which need not come from units")
    print(f"refuted in all {len(listed)} cases, the proofs {'checked' if asked.checked else 'not checked'}")


if __name__ == "__main__":
    main()
