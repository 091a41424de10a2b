r"""Hyperplane arrangements with rational rows, and what their intersection posets say about regions.

An *arrangement* is a finite set of hyperplanes :math:`\{x : \langle a, x\rangle + b = 0\}` in :math:`\mathbb{R}^d`,
a ≠ 0.  A *flat* is a non-empty intersection of some of them (of none: the space itself).  The flats, ordered by reverse
inclusion, form the *intersection poset*; its Möbius function is :math:`\mu(\mathbb{R}^d) = 1` and
:math:`\mu(X) = -\sum_{Y \supsetneq X} \mu(Y)`.  The *characteristic polynomial* is
:math:`\chi(t) = \sum_X \mu(X)\, t^{\dim X}`.  The arrangement has :math:`(-1)^d \chi(-1) = \sum_X |\mu(X)|` regions, of
which :math:`(-1)^r \chi(1)` are bounded, r the rank: bounded up to the lineality space, that is after essentialization
(Zaslavsky).  Inside an open convex set K the regions number :math:`\sum |\mu(X)|` over the flats that meet K; flats
that only touch its boundary do not count.

>>> lines = HyperplaneArrangement([(1, 0, 0), (0, 1, 0), (1, 1, -1)])
>>> lines.count_regions(), lines.count_bounded_regions(), lines.characteristic_polynomial()
(7, 1, t**2 - 3*t + 3)
>>> lines.count_regions_inside([(1, 0, 0), (0, 1, 0)])  # the open quadrant meets one of the lines
2

References
----------
T. Zaslavsky: Facing up to arrangements: face-count formulas for partitions of space by hyperplanes.  Memoirs of the
American Mathematical Society 154, 1975.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import sympy

from theory.errors import InvalidInputError
from theory.exact import RationalLike, Row, primitive_row, rank, rational_vector
from theory.geometry.feasibility import AffineSubspace, interior_point


class Flat(NamedTuple):
    """A non-empty intersection of hyperplanes.

    ``hyperplanes`` are the indices of all that contain the flat; ``mobius`` is μ(R^d, X), of sign (−1)^codimension.
    """

    subspace: AffineSubspace
    hyperplanes: frozenset[int]
    mobius: int

    @property
    def dimension(self) -> int:
        return self.subspace.dimension


class HyperplaneArrangement:
    """Finitely many hyperplanes ⟨a, x⟩ + b = 0 in R^d, given by rational rows (a_1, …, a_d, b).

    Rows that describe the same hyperplane are kept once.  The ``dimension`` d is needed only if there are no rows.
    Raises InvalidInputError if rows differ in length, or a normal vector a is zero (row named).
    """

    def __init__(self, rows: Iterable[Sequence[RationalLike]], dimension: int | None = None) -> None:
        given = [rational_vector(row, place=f"hyperplane {i}") for i, row in enumerate(rows, start=1)]
        if dimension is None:
            if not given:
                raise InvalidInputError("an arrangement without hyperplanes needs its dimension; pass dimension=")
            dimension = len(given[0]) - 1
        if dimension < 0:
            raise InvalidInputError(f"dimension {dimension} is negative")
        unique: dict[Row, None] = {}
        for i, row in enumerate(given, start=1):
            if len(row) != dimension + 1:
                raise InvalidInputError(f"hyperplane {i} has {len(row)} entries; in R^{dimension} give {dimension + 1}")
            if not any(row[:-1]):
                raise InvalidInputError(f"hyperplane {i}: the normal vector is zero, so this is no hyperplane")
            whole = primitive_row(row)
            unique[max(whole, tuple(-v for v in whole))] = None  # its first entry that is not 0 is positive
        self.dimension = dimension
        self.rows = tuple(unique)
        """The hyperplanes as primitive integer rows (a, b), first non-zero entry positive."""

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"<arrangement of {len(self)} hyperplanes in R^{self.dimension}>"

    @cached_property
    def rank(self) -> int:
        """The dimension of the span of the normal vectors."""
        return rank([row[:-1] for row in self.rows])

    @cached_property
    def is_central(self) -> bool:
        """Whether all hyperplanes have a point in common."""
        return AffineSubspace.of(self.dimension, self.rows) is not None

    @cached_property
    def is_simple(self) -> bool:
        """General position: any k ≤ d hyperplanes meet in dimension d − k, and no d + 1 of them meet."""
        return self.whitney_numbers()[1] == tuple(math.comb(len(self), k) for k in range(self.dimension + 1))

    def flats(self) -> tuple[Flat, ...]:
        """All flats, from R^d down to the smallest: at most Σ_k C(n, k), each compared with all hyperplanes."""
        return self._flats

    @cached_property
    def _flats(self) -> tuple[Flat, ...]:
        found: list[Flat] = []
        level = {AffineSubspace(self.dimension, ()): frozenset[int]()}
        while level:
            below: dict[AffineSubspace, frozenset[int]] = {}
            for subspace, containing in level.items():
                above = [flat for flat in found if flat.hyperplanes < containing]
                found.append(Flat(subspace, containing, -sum(flat.mobius for flat in above) if found else 1))
                for i in set(range(len(self))) - containing:
                    deeper = subspace.cut(self.rows[i])
                    if deeper is not None and deeper not in below:
                        below[deeper] = frozenset(k for k, row in enumerate(self.rows) if deeper.lies_in(row))
            level = below
        return tuple(found)

    def whitney_numbers(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(w_0, …, w_d) and (W_0, …, W_d): the sums of μ, and the numbers, of the flats of codimension k."""
        levels = [[f.mobius for f in self.flats() if f.dimension == d] for d in range(self.dimension, -1, -1)]
        return tuple(map(sum, levels)), tuple(map(len, levels))

    def characteristic_polynomial(self, variable: Any = None) -> sympy.Expr:
        """χ(t) = Σ_X μ(X) t^{dim X}."""
        t = sympy.Symbol("t") if variable is None else variable
        return sympy.Add(*(w * t ** (self.dimension - k) for k, w in enumerate(self.whitney_numbers()[0])))

    def count_regions(self) -> int:
        """The number of regions, (−1)^d χ(−1) = Σ |μ(X)|."""
        return sum(abs(flat.mobius) for flat in self.flats())

    def count_bounded_regions(self) -> int:
        """The number of regions that are bounded after essentialization, (−1)^rank χ(1)."""
        return abs(sum(flat.mobius for flat in self.flats()))

    def count_regions_inside(self, polytope: Iterable[Sequence[RationalLike]]) -> int:
        """The number of regions of the open convex polyhedron {x : ⟨a, x⟩ + b > 0 for all rows} cut by the hyperplanes.

        It is 0 if the polyhedron has no interior.  Each flat that could meet the interior takes a linear program.
        """
        rows = [rational_vector(row, place=f"halfspace {i}") for i, row in enumerate(polytope, start=1)]
        for i, row in enumerate(rows, start=1):
            if len(row) != self.dimension + 1:
                raise InvalidInputError(f"halfspace {i} has {len(row)} entries; here a row has {self.dimension + 1}")
        missed: list[frozenset[int]] = []
        total = 0
        for flat in self.flats():
            if not any(flat.hyperplanes > outside for outside in missed):
                if interior_point([flat.subspace.restrict(row) for row in rows], flat.dimension) is None:
                    missed.append(flat.hyperplanes)
                else:
                    total += abs(flat.mobius)
        return total

    def deletion(self, index: int) -> HyperplaneArrangement:
        """The arrangement without one hyperplane."""
        self._require(index)
        return HyperplaneArrangement([r for i, r in enumerate(self.rows) if i != index], self.dimension)

    def restriction(self, index: int) -> HyperplaneArrangement:
        """The arrangement that the other hyperplanes cut out of this one, in coordinates of its own.

        Hyperplanes parallel to it disappear, and those that meet it in the same flat become one.
        """
        self._require(index)
        hyperplane = AffineSubspace(self.dimension, (self.rows[index],))
        traces = (hyperplane.restrict(row) for i, row in enumerate(self.rows) if i != index)
        return HyperplaneArrangement([trace for trace in traces if any(trace[:-1])], self.dimension - 1)

    def _require(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise InvalidInputError(f"there is no hyperplane {index}; indices run from 0 to {len(self) - 1}")
