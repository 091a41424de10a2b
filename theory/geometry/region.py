"""One activation region as an object: its inequalities, what the network does there, its walls, and its shape.

On the inputs with pattern p a network is affine, and so are all its preactivations; "unit u takes piece i" is then a
few inequalities ⟨a, x⟩ + b ≥ 0, which the unit names (:class:`theory.activations.Comparison`).  Each bounds the region
against one other piece of the same unit, so every wall of a region knows what changes behind it.  A facet is proved by
a rational point of its relative interior, where one hyperplane is met and every other inequality is strict.  What lies
behind is read off there: the point is moved by an infinitesimal ε along a direction v, and what a unit compares,
z + ε·z′, has the sign of z, or of z′ where z = 0.

Everything is computed when it is asked for, exactly: up to three dimensions from the extreme rays of the region
(:mod:`theory.geometry.polyhedra`), beyond that by linear programs, with rays for vertices and volumes only.

>>> from theory import Network
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> region = Region.at(net, ["1/4", "1/4"])
>>> region, region.formulas
(<region 110 of 2-3: x1 + x2>, ('x1 + x2',))
>>> region.inequalities
((1, 0, 0), (0, 1, 0), (-1, -1, 1))
>>> region.is_bounded, region.volume(), [tuple(map(str, corner)) for corner in region.vertices()]
(True, Fraction(1, 2), [('0', '0'), ('1', '0'), ('0', '1')])
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from typing import NamedTuple

import flint

from theory.activations import Activation, Comparison
from theory.errors import InvalidInputError
from theory.exact import Point, RationalLike, Row, format_rational, primitive_row, rational_vector, to_fmpq, value_at
from theory.geometry.feasibility import AffineSubspace, Dictionary, interior_point
from theory.geometry.polyhedra import Polyhedron, center
from theory.network import Network, Pattern

EASY_DIMENSIONS = 3
"""Up to this dimension a region is described by its extreme rays, beyond it by linear programs."""


class Condition(NamedTuple):
    """A unit's inequality: row ≥ 0 on a closed region, > 0 on the region if ``strict``; behind is piece ``other``."""

    layer: int
    unit: int
    other: int
    row: Row
    strict: bool

    @property
    def is_possible(self) -> bool:
        """Whether it depends on the input, or holds."""
        return any(self.row[:-1]) or self.row[-1] >= self.strict


def integer_rows(matrix: flint.fmpq_mat) -> tuple[list[list[int]], int]:
    """Integers n_ij and D > 0 with n_ij / D the entries of the matrix, D as small as possible."""
    numerators, denominator = matrix.numer_denom()
    return [[int(v) for v in row] for row in numerators.tolist()], int(denominator)


def unit_conditions(
    forms: Sequence[Sequence[int]], scale: int, unit: Activation, piece: int
) -> Iterator[tuple[int, Row, bool]]:
    """(other piece, row, strict) for every inequality of one unit that takes ``piece``.

    ``forms`` are the unit's preactivations as affine functions of the input, times ``scale`` > 0, in integers.
    """
    return ((c.other, primitive_row(c.of(forms, scale)), c.strict) for c in unit.comparisons(piece))


def pattern_conditions(network: Network, pattern: Pattern) -> Iterator[Condition]:
    """Every inequality of every unit, in layer order.

    A pattern that the network never takes gives inequalities without a common solution.

    >>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
    >>> [(condition.row, condition.unit, condition.other) for condition in pattern_conditions(net, ((1, 0),))]
    [((1, 0, 0), 0, 0), ((-2, 2, -1), 1, 1)]
    """
    layers = zip(network.hidden, pattern, network.forms(pattern), strict=False)
    for depth, (layer, pieces, forms) in enumerate(layers):
        table, scale = integer_rows(forms)
        for number, (unit, at, piece) in enumerate(zip(layer.units, layer.first_rows, pieces, strict=True)):
            for other, row, strict in unit_conditions(table[at : at + unit.rows], scale, unit, piece):
                yield Condition(depth, number, other, row, strict)


def facet_witness(rows: Sequence[Row], wall: Row) -> Point | None:
    """A rational point of the relative interior of the facet {rows ≥ 0, wall = 0}, None if it is no facet.

    The primitive integer ``rows`` describe a closed polyhedron with interior points; ``wall``, a ≠ 0, may be one.  A
    row that is 0 on the hyperplane is a multiple of ``wall``; all others must be satisfiable strictly together.  If
    they are, a neighborhood of the point in the hyperplane belongs to the polyhedron; if not, its part in the
    hyperplane has dimension at most m − 2 or is empty.

    >>> corner = [(1, 0, 0), (0, 1, 0), (1, 1, 0)]  # x ≥ 0, y ≥ 0; the third only touches the corner
    >>> facet_witness(corner, (0, 1, 0)), facet_witness(corner, (1, 1, 0))
    ((Fraction(1, 1), Fraction(0, 1)), None)
    """
    hyperplane = AffineSubspace.of(len(wall) - 1, [wall])
    assert hyperplane is not None
    reduced: dict[Row, None] = {}
    for row in rows:
        short = hyperplane.restrict(row)
        if any(short[:-1]):
            reduced[short] = None
        elif short[-1] < 0:
            return None
    inside = interior_point(list(reduced), hyperplane.dimension)
    return None if inside is None else hyperplane.lift(inside)


def pattern_behind(network: Network, point: Sequence[Fraction], direction: Sequence[Fraction | int]) -> Pattern:
    """The pattern at point + ε·direction for every sufficiently small ε > 0.

    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> cross.pattern([0, 3]), pattern_behind(cross, [0, 3], [1, 0])
    (((0, 1),), ((1, 1),))
    """
    if len(point) != network.inputs or len(direction) != network.inputs:
        raise InvalidInputError(f"point and direction need {network.inputs} coordinates each, as many as inputs")
    entries = [to_fmpq(v) for pair in zip(direction, point, strict=True) for v in pair]
    values = flint.fmpq_mat(network.inputs, 2, entries)  # affine forms of ε
    pattern: list[tuple[int, ...]] = []

    def holds(comparison: Comparison, forms: Sequence[Sequence[flint.fmpq]]) -> bool:
        slope, value = comparison.of(forms, flint.fmpq(1))  # slope·ε + value
        return comparison.admits(value or slope)

    for layer in network.hidden:
        forms = layer.read(values)
        units = layer.by_unit(forms.tolist())
        pattern.append(tuple(unit.first_piece(partial(holds, forms=own)) for unit, own in units))
        values = layer.push(forms, pattern[-1])
    return tuple(pattern)


class Facet(NamedTuple):
    """A facet of a region: its ``row`` ⟨a, x⟩ + b is 0 on it and positive inside the region.

    ``witness`` is a rational point of its relative interior; ``behind`` is the pattern of the region on its other side,
    None on the border of the domain.
    """

    row: Row
    witness: Point
    behind: Pattern | None


@dataclass(frozen=True, repr=False)
class Region:
    """The full-dimensional region on which the units of a network take given pieces.

    If the pattern is taken on no open set, every property that needs an interior point raises
    :class:`~theory.errors.InvalidInputError`.  The halfspaces ``domain_rows`` cut off the region; without any it lies
    in all of R^m.  ``point`` is an interior point if one is known.
    """

    network: Network = field(hash=False)
    pattern: Pattern
    domain_rows: tuple[Row, ...] = ()
    point: Point | None = field(default=None, compare=False)

    @classmethod
    def at(cls, network: Network, point: Sequence[RationalLike]) -> Region:
        """The full-dimensional activation region of a rational point.

        Raises InvalidInputError if the pattern of the point is taken on no open set, which happens on walls only.

        >>> net = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
        >>> Region.at(net, [2, -1]), Region.at(net, [2, -1]).inequalities
        (<region 10 of 2-2: x1>, ((1, 0, 0), (0, -1, 0)))
        """
        x = rational_vector(point, place="point")
        region = cls(network, network.pattern(x))
        if _is_inside(x, region.rows):
            return cls(network, region.pattern, point=x)
        if not region.has_interior:
            shown = ", ".join(map(format_rational, x))
            problem = f"the point ({shown}) lies on walls, and its pattern is taken on no open set"
            raise InvalidInputError(f"{problem}; move it off the walls")
        return region

    @property
    def dimension(self) -> int:
        """Number of inputs m; the region is full-dimensional in R^m."""
        return self.network.inputs

    @cached_property
    def affine_map(self) -> tuple[tuple[tuple[Fraction, ...], ...], tuple[Fraction, ...]]:
        """(A, c) with f(x) = A·x + c on the region."""
        return self.network.affine_map(self.pattern)

    @property
    def formulas(self) -> tuple[str, ...]:
        """The affine function, one text for each output."""
        return tuple(affine_text(row, c) for row, c in zip(*self.affine_map, strict=True))

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every inequality of every unit; what is no pattern of the network is refused."""
        self.network.require(self.pattern)
        return tuple(pattern_conditions(self.network, self.pattern))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All halfspaces whose intersection is the closed region, those of the domain first, each once."""
        rows = [*self.domain_rows, *(condition.row for condition in self.conditions)]
        return tuple(dict.fromkeys(row for row in rows if any(row[:-1])))

    @cached_property
    def _consistent(self) -> bool:
        """Whether the inequalities that do not depend on x hold."""
        of_domain = (any(row[:-1]) or row[-1] >= 0 for row in self.domain_rows)
        return all(of_domain) and all(condition.is_possible for condition in self.conditions)

    @cached_property
    def _body(self) -> Polyhedron | None:
        """Up to three dimensions the closed region, if it has interior points."""
        body = Polyhedron.whole(self.dimension) if self.dimension <= EASY_DIMENSIONS and self._consistent else None
        for row in self.rows:
            body = body and body.cut(row)
        return body

    @cached_property
    def _interior(self) -> Point | None:
        if self.point is not None:
            return self.point
        if self.dimension <= EASY_DIMENSIONS:
            inner = center(frozenset(self._body.rays)) if self._body else None
        else:
            scaled = [[Fraction(v, max(map(abs, row[:-1]))) for v in row] for row in self.rows]
            inner = interior_point(scaled, self.dimension, deep=True) if self._consistent else None
        return None if inner is None else _shortened(inner, self.rows)

    @property
    def has_interior(self) -> bool:
        """Whether the pattern is taken on an open set."""
        return self._interior is not None

    @property
    def witness(self) -> Point:
        """A rational point of the interior."""
        if self._interior is None:
            raise InvalidInputError(f"the pattern {pattern_text(self.pattern)} is taken on no open set of the domain")
        return self._interior

    def polyhedron(self) -> Polyhedron:
        """The closed region with its extreme rays; exact in any dimension, slow in many."""
        self.witness  # noqa: B018  (refuses a region without interior)
        return self._body or Polyhedron.of(self.dimension, self.inequalities)

    @cached_property
    def _facets(self) -> tuple[tuple[Row, Point], ...]:
        self.witness  # noqa: B018
        if (body := self._body) is not None:
            numbered = sorted((min(rows), face) for face, rows in body.facets().items())
            return tuple((body.rows[number], center(face)) for number, face in numbered)
        found = ((row, facet_witness(self.rows, row)) for row in self.rows)
        return tuple((row, witness) for row, witness in found if witness is not None)

    @property
    def inequalities(self) -> tuple[Row, ...]:
        """The irredundant halfspaces: one integer row for each facet of the closed region."""
        return tuple(row for row, _ in self._facets)

    @cached_property
    def walls(self) -> tuple[Facet, ...]:
        """The facets, each with a rational point of its relative interior and the pattern behind it.

        >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
        >>> for wall in Region.at(cross, [2, 3]).walls:
        ...     print(wall.row, pattern_text(wall.behind))
        (1, 0, 0) 01
        (0, 1, 0) 10
        """
        border = set(self.domain_rows)

        def behind(row: Row, witness: Point) -> Pattern | None:
            return None if row in border else pattern_behind(self.network, witness, [-v for v in row[:-1]])

        return tuple(Facet(row, witness, behind(row, witness)) for row, witness in self._facets)

    @cached_property
    def is_bounded(self) -> bool:
        """Whether the region is bounded."""
        origin = self.witness
        if self._body is not None:
            return self._body.is_bounded
        d, body = self.dimension, Dictionary(self.dimension, [to_fmpq(v) for v in origin], self.rows)
        directions = ([int(i == j) * sign for j in range(d + 1)] for i in range(d) for sign in (1, -1))
        return all(body.minimum(body.express_row(direction)) is not None for direction in directions)

    def vertices(self) -> tuple[Point, ...]:
        """The vertices of the closed region: from left to right, in two dimensions counterclockwise, otherwise sorted.

        A region that contains a whole line has none.

        Their number may grow exponentially with the dimension.
        """
        return self.polyhedron().vertices()

    def volume(self) -> Fraction:
        """The exact volume of a bounded region, its length in one dimension, its area in two, by triangulation.

        Meant for up to four dimensions.  Raises InvalidInputError if the region is not bounded.
        """
        return self.polyhedron().volume()

    def __contains__(self, point: Sequence[RationalLike]) -> bool:
        """Whether the point lies inside the domain and has the region's pattern."""
        x = rational_vector(point, place="point")
        return _is_inside(x, self.domain_rows) and self.network.pattern(x) == self.pattern

    def _repr_latex_(self) -> str:
        """The affine function and the irredundant inequalities, for a notebook."""
        functions = [f"f_{{{i}}}(x) = {_latex(text)}" for i, text in enumerate(self.formulas, start=1)]
        rows = (affine_text(list(map(Fraction, row[:-1])), Fraction(row[-1])) for row in self.inequalities)
        lines = [*functions, *(f"{_latex(row)} \\ge 0" for row in rows)]
        return "$\\begin{array}{l}" + r" \\ ".join(lines) + "\\end{array}$"

    def __repr__(self) -> str:
        shown = ", ".join(self.formulas) if self.network.outputs <= 3 and self.dimension <= 6 else ""
        name = pattern_text(self.pattern) or "(no units)"
        return f"<region {name} of {self.network.architecture}{': ' if shown else ''}{shown}>"


def pattern_text(pattern: Pattern) -> str:
    """The pieces of each layer in a row, layers divided by a bar.

    >>> pattern_text(((1, 0, 1), (0, 2))), pattern_text(((11, 0),))
    ('101|02', '11.0')
    """
    return "|".join(("." if max(layer, default=0) > 9 else "").join(map(str, layer)) for layer in pattern)


def affine_text(coefficients: Sequence[Fraction], constant: Fraction) -> str:
    """An affine function of x1, x2, … as it is usually written.

    >>> affine_text([Fraction(1), Fraction(-3, 2), Fraction(0)], Fraction(-1)), affine_text([], Fraction(0))
    ('x1 - 3/2 x2 - 1', '0')
    """
    terms = [(v, f"x{j}") for j, v in enumerate(coefficients, start=1) if v]
    if constant or not terms:
        terms.append((constant, ""))
    text = ""
    for value, name in terms:
        size = format_rational(abs(value))
        body = name if name and size == "1" else f"{size} {name}".rstrip()
        text += (" - " if value < 0 else " + ") + body if text else ("-" if value < 0 else "") + body
    return text


def _is_inside(point: Point, rows: Sequence[Row]) -> bool:
    return all(value_at(row, point) > 0 for row in rows)


def _shortened(point: Point, rows: Sequence[Row]) -> Point:
    """A point with short binary fractions near ``point`` that satisfies the rows strictly, else ``point``."""
    for bits in (0, 1, 2, 4, 8, 16, 32, 64):
        near = tuple(Fraction(round(v * 2**bits), 2**bits) for v in point)
        if _is_inside(near, rows):
            return near
    return point


def _latex(text: str) -> str:
    """``x1`` as ``x_{1}`` and ``3/2`` as a fraction."""
    return re.sub(r"(\d+)/(\d+)", r"\\frac{\1}{\2}", re.sub(r"x(\d+)", r"x_{\1}", text))
