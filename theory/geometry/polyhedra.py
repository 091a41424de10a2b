"""Exact polyhedra of small dimension: vertices and rays, faces, volume; by the double description method.

A polyhedron P = {x : ⟨a, x⟩ + b ≥ 0 for every row} of R^d is kept as the cone {(x, t) : ⟨a, x⟩ + b·t ≥ 0, t ≥ 0} of
R^{d+1}, so infinity is exact: an extreme ray with t > 0 is the vertex x/t, one with t = 0 a direction in which P is
unbounded, and the *lines* span the lineality space, where P is unbounded both ways.  All numbers are integers.  One row
at a time: the rays on the wrong side of the new hyperplane are replaced by the points where it meets the edges between
rays on different sides.  Two rays span an edge exactly if no third one satisfies every row that both satisfy with
equality (Fukuda, Prodon, Proposition 7).

>>> square = Polyhedron.of(2, [(1, 0, 0), (0, 1, 0), (-1, 0, 1), (0, -1, 1)])
>>> corner = square.cut((-2, -2, 1))
>>> corner.volume(), sorted(corner.faces().values())
(Fraction(1, 8), [0, 0, 0, 1, 1, 1, 2])

References
----------
T. S. Motzkin, H. Raiffa, G. L. Thompson, R. M. Thrall: The double description method.  Contributions to the Theory of
Games II, Princeton University Press, 1953, 51–73.
K. Fukuda, A. Prodon: Double description method revisited.  Combinatorics and Computer Science, LNCS 1120, Springer,
1996, 91–111.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import flint

from theory.errors import InvalidInputError
from theory.exact import Point, Row, from_fmpq, primitive_row, value_at

Vector = tuple[int, ...]
"""A primitive integer vector (x, t): the point x/t, or the direction x where t = 0."""

Face = frozenset[Vector]
"""A face, by the extreme rays that it contains."""


@dataclass(frozen=True)
class Polyhedron:
    """A closed polyhedron with interior points."""

    rows: tuple[Row, ...]
    """Integer rows (a_1, …, a_d, b) for ⟨a, x⟩ + b ≥ 0; the first is (0, …, 0, 1), infinity."""
    lines: tuple[Vector, ...]
    """A basis of the lineality space."""
    rays: tuple[Vector, ...]
    """The extreme rays of the cone, up to addition of lines."""
    tight: tuple[int, ...]
    """For each ray the set of rows that are zero on it, bit i for row i."""

    @classmethod
    def whole(cls, dimension: int) -> Polyhedron:
        """All of R^d."""
        *lines, origin = (tuple(int(i == j) for j in range(dimension + 1)) for i in range(dimension + 1))
        return cls((origin,), tuple(lines), (origin,), (0,))

    @classmethod
    def of(cls, dimension: int, rows: Iterable[Row]) -> Polyhedron:
        """The points of R^d that satisfy all rows; InvalidInputError if they have no interior point."""
        body = cls.whole(dimension)
        for row in rows:
            part = body.cut(row)
            if part is None:
                raise InvalidInputError("the polyhedron has no interior point; drop a halfspace")
            body = part
        return body

    def cut(self, row: Sequence[int]) -> Polyhedron | None:
        """The part where ⟨a, x⟩ + b ≥ 0, or None if it has no interior point."""
        bit = 1 << len(self.rows)
        rows = (*self.rows, tuple(row))
        crossing = next((line for line in self.lines if dot(row, line)), None)
        if crossing is not None:
            return self._cut_a_line(rows, crossing)
        values = [dot(row, ray) for ray in self.rays]
        if not any(v > 0 for v in values):
            return None
        kept = [i for i, v in enumerate(values) if v >= 0]
        rays = [self.rays[i] for i in kept]
        tight = [self.tight[i] | (0 if values[i] else bit) for i in kept]
        for i in (i for i in kept if values[i]):
            for j in (j for j, v in enumerate(values) if v < 0):
                common = self.tight[i] & self.tight[j]
                if all(k in (i, j) or mask & common != common for k, mask in enumerate(self.tight)):
                    pairs = zip(self.rays[i], self.rays[j], strict=True)
                    rays.append(primitive_row([values[i] * q - values[j] * p for p, q in pairs]))
                    tight.append(common | bit)
        return Polyhedron(rows, self.lines, tuple(rays), tuple(tight))

    def _cut_a_line(self, rows: tuple[Row, ...], crossing: Vector) -> Polyhedron:
        """The new row is not constant along a line, which becomes a ray; everything else moves into its zero set."""
        height = dot(rows[-1], crossing)
        ray = crossing if height > 0 else tuple(-v for v in crossing)

        def moved(vector: Vector) -> Vector:
            other = dot(rows[-1], vector)
            return primitive_row([abs(height) * v - other * w for v, w in zip(vector, ray, strict=True)])

        before = (1 << len(self.rows)) - 1  # the older rows vanish along every line
        lines = tuple(moved(line) for line in self.lines if line is not crossing)
        tight = (before, *(mask | (before + 1) for mask in self.tight))
        return Polyhedron(rows, lines, (ray, *map(moved, self.rays)), tight)

    @property
    def dimension(self) -> int:
        return len(self.rows[0]) - 1

    @property
    def is_bounded(self) -> bool:
        """Whether it is a polytope."""
        return not self.lines and all(ray[-1] for ray in self.rays)

    def vertices(self) -> tuple[Point, ...]:
        """Its vertices, sorted, in the plane counterclockwise from the lowest, leftmost one; none if it has lines."""
        if self.lines:
            return ()
        points = [tuple(Fraction(v, ray[-1]) for v in ray[:-1]) for ray in self.rays if ray[-1]]
        return tuple(_counterclockwise(points) if self.dimension == 2 and points else sorted(points))

    @property
    def euler_characteristic(self) -> int:
        """Σ (−1)^dim F over the faces F of any finite complex of polyhedra that subdivides it, itself included.

        That is the Euler characteristic with compact support, additive over the relatively open faces, each
        homeomorphic to R^{dim F}, and multiplicative.  It is 1 for a polytope, (−1)^m for R^m times one, and 0 for a
        closed halfspace, to which a line-free unbounded closed convex set is homeomorphic, and so for all others.
        """
        return (-1) ** len(self.lines) if all(ray[-1] for ray in self.rays) else 0

    @cached_property
    def _faces(self) -> dict[int, int]:
        """Dimension of every face that is not at infinity; a face as its set of rays, bit i for ray i."""
        everything = (1 << len(self.rays)) - 1
        sets = {everything}
        for on in {self.rays_on(i) for i in range(len(self.rows))}:
            sets |= {face & on for face in sets}
        finite = sum(1 << i for i, ray in enumerate(self.rays) if ray[-1])
        return {face: self._dimension(face) for face in sets if face & finite}

    def rays_on(self, row: int) -> int:
        """The set of rays on which a row is zero, bit i for ray i."""
        return sum(1 << i for i, mask in enumerate(self.tight) if mask >> row & 1)

    def _dimension(self, face: int) -> int:
        return len(self.lines) + int(flint.fmpz_mat(list(map(list, self._members(face)))).rank()) - 1

    def _members(self, face: int) -> list[Vector]:
        return [ray for i, ray in enumerate(self.rays) if face >> i & 1]

    def faces(self) -> dict[Face, int]:
        """The non-empty faces, itself included, each with its dimension.

        Polyhedra with the same lineality space K name a common face alike.  The first line that a row crosses gives
        up its direction, so a remaining line started as e_j has been changed by lines before it only: it is e_j plus
        a combination of e_i, i < j.  Hence the j of the remaining lines are the positions of last non-zero entries
        of vectors of K, a set that K determines; rays have support outside it, and so are unique modulo K.
        """
        return {frozenset(self._members(face)): dimension for face, dimension in self._faces.items()}

    def facets(self) -> dict[Face, set[int]]:
        """The faces of dimension d − 1, each with the numbers of the rows that vanish on it."""
        result: dict[Face, set[int]] = {}
        for i in range(1, len(self.rows)):
            on = self.rays_on(i)
            if self._faces.get(on) == self.dimension - 1:
                result.setdefault(frozenset(self._members(on)), set()).add(i)
        return result

    def volume(self) -> Fraction:
        """The exact volume of a polytope, by pulling triangulation; InvalidInputError if it is not bounded."""
        if not self.is_bounded:
            raise InvalidInputError("an unbounded polyhedron has no volume; cut it with a box first")
        total = Fraction(0)
        for simplex in self._simplices((1 << len(self.rays)) - 1, self.dimension):
            corners = [list(self.rays[i]) for i in simplex]
            total += Fraction(abs(int(flint.fmpz_mat(corners).det())), math.prod(corner[-1] for corner in corners))
        return total / math.factorial(self.dimension)

    def squared_volume_of(self, face: Face, gram: flint.fmpq_mat | None = None) -> Fraction:
        """The square of the m-dimensional volume of a bounded face of dimension m: a rational number, 1 for a vertex.

        ``gram`` holds the scalar products of the coordinate directions, if they are not orthonormal.  Raises
        InvalidInputError if the face is not bounded.  All simplices of a triangulation span the same m-space.  With E
        the m × d edge vectors of one of them and F those of another, F = A·E, the volumes are √det(EEᵀ)/m! and |det A|
        times that, det A = det(FEᵀ)/det(EEᵀ).

        >>> corner = Polyhedron.of(3, [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (-1, -1, -1, 1)])
        >>> sorted(corner.squared_volume_of(face) for face, m in corner.faces().items() if m == 2)
        [Fraction(1, 4), Fraction(1, 4), Fraction(1, 4), Fraction(3, 4)]
        """
        if self.lines or not all(ray[-1] for ray in face):
            raise InvalidInputError("an unbounded face has no volume; cut the polyhedron with a box first")
        mask = sum(1 << i for i, ray in enumerate(self.rays) if ray in face)
        m, d = self._dimension(mask), self.dimension
        reach, square = flint.fmpq(0), flint.fmpq(0)
        for simplex in self._simplices(mask, m):
            first, *others = ([flint.fmpq(v, self.rays[i][-1]) for v in self.rays[i][:-1]] for i in simplex)
            edges = flint.fmpq_mat(m, d, [a - b for other in others for a, b in zip(other, first, strict=True)])
            if not square:
                basis = edges.transpose() if gram is None else gram * edges.transpose()
                square = (edges * basis).det()
            reach += abs((edges * basis).det())
        return from_fmpq(reach * reach / square) / math.factorial(m) ** 2

    def _simplices(self, face: int, dimension: int) -> list[tuple[int, ...]]:
        """Triangulation of a face: its first vertex joined to the triangulated facets that do not contain it."""
        apex = (face & -face).bit_length() - 1
        if dimension == 0:
            return [(apex,)]
        return [
            (apex, *simplex)
            for facet, size in self._faces.items()
            if size == dimension - 1 and facet & face == facet and not facet >> apex & 1
            for simplex in self._simplices(facet, dimension - 1)
        ]


def chord(
    rows: Iterable[Row],
    start: Sequence[Fraction],
    direction: Sequence[Fraction | int],
    low: Fraction | None = None,
    high: Fraction | None = None,
) -> tuple[Fraction | None, Fraction | None] | None:
    """The least and the greatest t with ⟨a, x⟩ + b ≥ 0 at x = start + t·direction for every row, None without such a t.

    An end is None where t may go to infinity; ``low`` and ``high`` bound t from the beginning.

    >>> chord([(1, 0, 0), (-1, -1, 2)], (Fraction(1), Fraction(0)), (Fraction(1), Fraction(1)))
    (Fraction(-1, 1), Fraction(1, 2))
    """
    for row in rows:
        value, slope = value_at(row, start), value_at((*row[:-1], 0), direction)
        if slope > 0:
            low = -value / slope if low is None else max(low, -value / slope)
        elif slope < 0:
            high = -value / slope if high is None else min(high, -value / slope)
        elif value < 0:
            return None
    return None if low is not None and high is not None and low > high else (low, high)


def center(face: Face) -> Point:
    """A rational point of the relative interior of a face: the mean of its vertices plus its directions.

    >>> center(frozenset({(0, 0, 1), (1, 0, 2), (0, 1, 0)}))
    (Fraction(1, 4), Fraction(1, 1))
    """
    vertices = [ray for ray in face if ray[-1]]
    total = [sum((Fraction(v[j], v[-1]) for v in vertices), Fraction(0)) for j in range(len(vertices[0]) - 1)]
    directions = [sum(ray[j] for ray in face if not ray[-1]) for j in range(len(total))]
    return tuple(v / len(vertices) + w for v, w in zip(total, directions, strict=True))


def dot(row: Sequence[int], vector: Sequence[int]) -> int:
    """The value of a row on a ray, a line or a vertex of the cone, up to a positive factor."""
    return sum(a * v for a, v in zip(row, vector, strict=True))


def _counterclockwise(points: Iterable[Point]) -> list[Point]:
    """Vertices of a convex set of the plane, by the angle at which the lowest, leftmost one sees them."""
    first, *others = sorted(points, key=lambda p: (p[1], p[0]))
    x, y = first
    return [first, *sorted(others, key=lambda p: (p[1] > y, (x - p[0]) / ((p[1] - y) or 1)))]
