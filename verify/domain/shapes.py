"""Where regions are counted: all of R^d, boxes, polytopes, and slices of a higher-dimensional input space.

A domain is an open convex polyhedron K in a *parameter space* R^m together with an affine map into the input
space of the network; for :class:`WholeSpace`, :class:`Box` and :class:`Polytope` that map is the identity, for
:class:`Segment`, :class:`Ray`, :class:`Line` and :class:`Plane` it is the parametrization of the slice.  Counts are of
regions that meet the interior of K in a set of dimension m.  Nothing is replaced by a big box: R^d has no rows at all.

>>> str(Box([-1, -1], [1, 1])), str(WholeSpace(3)), Segment([0, 0], [1, "1/2"]).dimension
('[-1,1]^2', 'R^3', 1)
"""

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from theory.errors import InvalidInputError
from theory.exact import RationalLike, Row, format_rational, integer, primitive_row, rank, rational_vector
from theory.network import Network
from theory.text import brief_rational


def _points_text(*points: Sequence[Fraction]) -> str:
    """``(0, 0), (1, 0) and (0, 1)``; in more than six dimensions ``3 points of R^64``."""
    if len(points[0]) > 6:
        return f"{len(points)} points of R^{len(points[0])}"
    *most, last = (f"({', '.join(map(brief_rational, point))})" for point in points)
    return f"{', '.join(most)} and {last}" if most else last


def _canonical(value: Any) -> Any:
    """Nested lists of strings that name a domain exactly."""
    if isinstance(value, Domain):
        fields = [field.name for field in dataclasses.fields(value)]
        return [type(value).__name__, *([name, _canonical(getattr(value, name))] for name in fields)]
    if isinstance(value, tuple):
        return [_canonical(entry) for entry in value]
    return format_rational(Fraction(value))


@dataclass(frozen=True)
class Domain(ABC):
    """What every domain has: a parameter space, halfspace rows in it, and a way to pull a network back to it."""

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Dimension m of the parameter space, in which regions are full-dimensional."""

    @property
    def input_dimension(self) -> int:
        """Inputs of the networks that can be counted here."""
        return self.dimension

    @property
    @abstractmethod
    def rows(self) -> tuple[Row, ...]:
        """Integer halfspace rows in the parameter space; none for a whole space."""

    @property
    def digest(self) -> str:
        """SHA-256 of an exact canonical text of the domain.

        >>> Box([0], [1]).digest == Box(["0/3"], ["1"]).digest != Box([0], ["1.0001"]).digest
        True
        """
        return hashlib.sha256(json.dumps(_canonical(self)).encode()).hexdigest()

    def _repr_html_(self) -> str:
        return re.sub(r"\^(\d+)", r"<sup>\1</sup>", html.escape(str(self)))

    @property
    def points(self) -> tuple[tuple[Fraction, ...], ...]:
        """(o, p, …), if the parameters (s, …) stand for o + s·(p − o) + …; none if the parameters are the inputs."""
        return ()

    def pull_back(self, network: Network) -> Network:
        """The network as a function of the parameters; InvalidInputError if its number of inputs does not fit."""
        if network.inputs != self.input_dimension:
            place = f"the domain {self} lies in R^{self.input_dimension}"
            raise InvalidInputError(f"{place} but the network has {network.inputs} inputs")
        return network


@dataclass(frozen=True)
class WholeSpace(Domain):
    """All of R^d."""

    inputs: int
    rows: ClassVar[tuple[Row, ...]] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", integer(self.inputs, place="dimension", minimum=1))

    @property
    def dimension(self) -> int:
        return self.inputs

    def __str__(self) -> str:
        return f"R^{self.inputs}"


_MOST_SIDES = 7_000
"""Most dimensions in which a box is written as rows, twice as many of one entry more each: about a gigabyte."""


@dataclass(frozen=True)
class Box(Domain):
    """The open box Π (lower_i, upper_i) with lower_i < upper_i.

    A box without interior has no full-dimensional region; use a slice instead.
    """

    lower: tuple[Fraction, ...]
    upper: tuple[Fraction, ...]

    def __init__(self, lower: Iterable[RationalLike], upper: Iterable[RationalLike]) -> None:
        lo, hi = rational_vector(lower, place="box, lower corner"), rational_vector(upper, place="box, upper corner")
        if len(lo) != len(hi) or not lo:
            raise InvalidInputError(f"box corners have {len(lo)} and {len(hi)} coordinates; they need one number each")
        for i, (a, b) in enumerate(zip(lo, hi, strict=True), start=1):
            if a >= b:
                problem = f"lower end {brief_rational(a)} is not below upper end {brief_rational(b)}"
                way = "to count on a lower-dimensional set use a Segment or a Plane"
                raise InvalidInputError(f"box, coordinate {i}: {problem}; {way}")
        vars(self).update(lower=lo, upper=hi)

    @classmethod
    def cube(cls, lower: RationalLike, upper: RationalLike, dimension: int) -> Box:
        """[lower, upper]^dimension."""
        number = integer(dimension, place="dimension", minimum=1)
        return cls([lower] * number, [upper] * number)

    @property
    def dimension(self) -> int:
        return len(self.lower)

    @property
    def rows(self) -> tuple[Row, ...]:
        if self.dimension > _MOST_SIDES:
            problem = f"a box in {self.dimension:,} dimensions has too many rows"
            raise InvalidInputError(f"{problem}; count without one, or on a segment or plane")
        result = []
        for i, (lo, hi) in enumerate(zip(self.lower, self.upper, strict=True)):
            for sign, end in ((1, lo), (-1, hi)):
                row = [0] * (self.dimension + 1)
                row[i], row[-1] = sign * end.denominator, -sign * end.numerator  # primitive as it is
                result.append(tuple(row))
        return tuple(result)

    def __str__(self) -> str:
        sides = [f"[{brief_rational(a)},{brief_rational(b)}]" for a, b in zip(self.lower, self.upper, strict=True)]
        if len(set(sides)) == 1:
            return sides[0] if len(sides) == 1 else f"{sides[0]}^{len(sides)}"
        return "×".join(sides) if len(sides) <= 6 else f"{sides[0]}×…×{sides[-1]}"


@dataclass(frozen=True)
class Polytope(Domain):
    """The interior of the polyhedron {x : ⟨a, x⟩ + b ≥ 0 for every row (a, b)}; it may be unbounded.

    A row whose coefficients are all zero says nothing if b ≥ 0; otherwise nothing is left, which a count refuses.
    """

    halfspaces: tuple[Row, ...]

    def __init__(self, halfspaces: Iterable[Iterable[RationalLike]]) -> None:
        if not isinstance(halfspaces, Iterable):
            raise InvalidInputError(f"a polytope is made of halfspace rows, not of {halfspaces!r}")
        rows = [rational_vector(row, place=f"halfspace {i}") for i, row in enumerate(halfspaces, start=1)]
        if not rows:
            raise InvalidInputError("a polytope needs at least one halfspace row; use WholeSpace(d) for all of R^d")
        for i, row in enumerate(rows, start=1):
            if len(row) != len(rows[0]) or len(row) < 2:
                problem = f"halfspace {i} has {len(row)} entries and halfspace 1 has {len(rows[0])}"
                raise InvalidInputError(f"{problem}; each needs d coefficients and one offset, d at least 1")
        object.__setattr__(self, "halfspaces", tuple(primitive_row(row) for row in rows))

    @property
    def dimension(self) -> int:
        return len(self.halfspaces[0]) - 1

    @property
    def rows(self) -> tuple[Row, ...]:
        """The halfspaces that say something."""
        return tuple(row for row in self.halfspaces if any(row[:-1]) or row[-1] < 0)

    def __str__(self) -> str:
        number = len(self.halfspaces)
        return f"polytope with {number} halfspace{'' if number == 1 else 's'} in R^{self.dimension}"


@dataclass(frozen=True)
class Segment(Domain):
    """The open segment from ``start`` to ``end``, parametrized by t in (0, 1)."""

    start: tuple[Fraction, ...]
    end: tuple[Fraction, ...]
    dimension: ClassVar[int] = 1
    rows: ClassVar[tuple[Row, ...]] = ((1, 0), (-1, 1))

    def __init__(self, start: Iterable[RationalLike], end: Iterable[RationalLike]) -> None:
        p, q = rational_vector(start, place="start"), rational_vector(end, place="end")
        if len(p) != len(q) or not p:
            raise InvalidInputError(f"start has {len(p)} coordinates and end has {len(q)}; they need the same number")
        if p == q:
            raise InvalidInputError("start and end coincide; a segment or line needs two different points")
        vars(self).update(start=p, end=q)

    @property
    def input_dimension(self) -> int:
        return len(self.start)

    @property
    def points(self) -> tuple[tuple[Fraction, ...], ...]:
        return self.start, self.end

    def pull_back(self, network: Network) -> Network:
        return super().pull_back(network).on_line(*self.points)

    def __str__(self) -> str:
        return f"segment between {_points_text(self.start, self.end)}"


@dataclass(frozen=True, init=False)
class Line(Segment):
    """The whole line through ``start`` and ``end``, parametrized by t in R."""

    rows: ClassVar[tuple[Row, ...]] = ()

    def __str__(self) -> str:
        return f"line through {_points_text(self.start, self.end)}"


@dataclass(frozen=True, init=False)
class Ray(Segment):
    """The ray from ``start`` through ``end``, parametrized by t > 0."""

    rows: ClassVar[tuple[Row, ...]] = ((1, 0),)

    def __str__(self) -> str:
        start, end = _points_text(self.start), _points_text(self.end)
        return f"ray from {start} through {end}" if len(self.start) <= 6 else f"ray in R^{len(self.start)}"


@dataclass(frozen=True)
class Plane(Domain):
    """The plane origin + s·(first − origin) + t·(second − origin), or a patch of it; the points lie on no line.

    A patch is a domain of the parameters (s, t): ``Box([0, 0], [1, 1])`` is the parallelogram,
    ``Polytope([[1,0,0],[0,1,0],[-1,-1,1]])`` the triangle with the three points as corners.
    """

    origin: tuple[Fraction, ...]
    first: tuple[Fraction, ...]
    second: tuple[Fraction, ...]
    patch: Domain
    dimension: ClassVar[int] = 2

    def __init__(
        self,
        origin: Iterable[RationalLike],
        first: Iterable[RationalLike],
        second: Iterable[RationalLike],
        patch: Domain | None = None,
    ) -> None:
        named = (origin, "origin"), (first, "first"), (second, "second")
        points = [rational_vector(p, place=name) for p, name in named]
        if len({len(p) for p in points}) != 1 or not points[0]:
            numbers = ", ".join(str(len(p)) for p in points)
            raise InvalidInputError(f"the points of a plane have {numbers} coordinates; they need the same number")
        o, p, q = points
        u, v = ([b - a for a, b in zip(o, r, strict=True)] for r in (p, q))
        if rank((u, v)) < 2:
            raise InvalidInputError("the three points lie on one line; a plane needs three points in general position")
        patch = WholeSpace(2) if patch is None else patch
        if not isinstance(patch, WholeSpace | Box | Polytope) or patch.dimension != 2:
            raise InvalidInputError(f"the patch {patch} is no set of parameters (s, t); give a Box or Polytope in R^2")
        vars(self).update(origin=o, first=p, second=q, patch=patch)

    @property
    def input_dimension(self) -> int:
        return len(self.origin)

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.patch.rows

    @property
    def points(self) -> tuple[tuple[Fraction, ...], ...]:
        return self.origin, self.first, self.second

    def pull_back(self, network: Network) -> Network:
        return super().pull_back(network).on_plane(*self.points)

    def __str__(self) -> str:
        where = "" if isinstance(self.patch, WholeSpace) else f", parameters in {self.patch}"
        return f"plane through {_points_text(self.origin, self.first, self.second)}{where}"
