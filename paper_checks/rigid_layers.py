"""All that two units can do behind a rigid first layer: a proof by running through sign vectors.

A first layer of n ≤ d + 1 units in R^d, in general position, is the coordinate hyperplanes or the walls of a simplex,
up to an affine map (:mod:`theory.bounds.rigid`).  Write every region as the cone over its vertices and, where it is
unbounded, its directions; call all of them *points*.  A unit g = Σ u_i·σ(x_i) + c of the second layer has at each point
a value that is linear in (u, c), so the sign vectors that units can have on the points are the regions of a central
arrangement in R^{n+1}: finitely many, listed by the exact engine.

* g cuts a region if and only if its signs at the region's points differ.
* g_1 and g_2 cross in a region if and only if (g_1, g_2) maps its points so that they surround 0, that is, if no
  combination a·g_1 + b·g_2 has one sign on all of them.

When (a, b) makes half a turn, the sign vector of a·g_1 + b·g_2 walks from some T to −T; in general position one class
of points changes its sign at a time, each exactly once.  So f_2, the most regions in which two units can cross, is at
most the number of regions minus the least number that a walk T → −T of this kind leaves on one side somewhere.  The
walks are shortest paths among the sign vectors; a dynamic program over (sign vector, regions met on one side) runs
through all of them.  Nothing here uses a formula of :mod:`theory`; the numbers must agree.

>>> [tuple(rigid_crossings(*sizes)) for sizes in ((1, 2), (2, 2), (2, 3))]
[(3, 2, 0), (4, 3, 1), (7, 6, 3)]
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import flint

from theory.errors import InvalidInputError
from theory.exact import integer, primitive_row
from theory.network import Network
from verify.domain.shapes import WholeSpace
from verify.engines import Problem, patterns

__all__ = ["Crossings", "FirstLayer", "first_layer", "first_layers", "rigid_crossings"]

Vector = tuple[int, ...]


class Crossings(NamedTuple):
    """Regions of the first layer, the most that one unit cuts, the most in which two units cross."""

    regions: int
    cut: int
    crossed: int


@dataclass(frozen=True)
class FirstLayer:
    """The regions of one rigid first layer and the sign vectors of the units behind it, both as bit masks of points.

    Attributes
    ----------
    classes : int
        Points on which all units of the second layer agree up to a positive factor are one class, one bit.
    regions : tuple of int
        For each region the classes of its points; points at which every unit vanishes are left out.
    signs : frozenset of int
        The sign vectors that occur: bit set = positive there.
    """

    classes: int
    regions: tuple[int, ...]
    signs: frozenset[int]

    def cut(self, sign: int) -> int:
        """How many regions a unit with this sign vector cuts."""
        return len(self.regions) - self._one_sided(sign).bit_count()

    def _one_sided(self, sign: int) -> int:
        """The set of regions on which the sign vector is constant."""
        return sum(1 << k for k, region in enumerate(self.regions) if sign & region in (0, region))

    def crossed(self) -> int:
        """The most regions in which two units can cross: no walk T → −T leaves fewer on one side."""
        return next(number for number in reversed(range(len(self.regions) + 1)) if self.can_cross(number))

    def can_cross(self, number: int, *, cutting: int = 0) -> bool:
        """Whether two units can cross in so many regions, one of which cuts at least ``cutting`` regions."""
        most = len(self.regions) - number  # so many regions may be on one side somewhere
        one_sided = {sign: met for sign in self.signs if (met := self._one_sided(sign)).bit_count() <= most}
        for start in one_sided:
            if self.cut(start) < cutting:
                continue
            reached = {(start, one_sided[start])}
            for _ in range(self.classes):
                reached = {
                    (after, met | one_sided[after])
                    for sign, met in reached
                    for after in self._steps(sign, start)
                    if after in one_sided and (met | one_sided[after]).bit_count() <= most
                }
            if reached:
                return True
        return number == 0 == cutting

    def _steps(self, sign: int, start: int) -> Iterator[int]:
        """The sign vectors one change further from ``start``."""
        for i in range(self.classes):
            if not (sign ^ start) >> i & 1 and (sign ^ 1 << i) in self.signs:
                yield sign ^ 1 << i


def first_layers(dimension: int, units: int) -> Iterator[FirstLayer]:
    """The rigid first layers of ``units`` ≤ ``dimension`` + 1 units: one for each choice of directions, up to symmetry.

    Coordinate hyperplanes look alike whichever way the units face; of the walls of a simplex, only the number of those
    that face inwards matters.

    Raises
    ------
    InvalidInputError
        If there are more than ``dimension`` + 1 units.
    """
    d, n = integer(dimension, place="dimension", minimum=1), integer(units, place="units", minimum=1)
    if n > d + 1:
        raise InvalidInputError(f"{n} hyperplanes in R^{d} can look different; rigid layers have at most {d + 1} units")
    d = min(d, n)
    walls = [tuple(int(i == j) for j in range(d + 1)) for i in range(d)]  # x_i ≥ 0, on homogeneous coordinates (x, t)
    if n == d + 1:
        walls.append((*[-1] * d, 1))  # the sum of the x_i is at most t
    for inwards in range(n + 1) if n == d + 1 else [n]:
        yield first_layer(d, walls, [1] * inwards + [-1] * (n - inwards))


def first_layer(d: int, walls: list[Vector], facing: list[int]) -> FirstLayer:
    """That of the given walls, on homogeneous coordinates (x, t), each facing one way or the other."""
    regions = [found for sides in itertools.product((1, -1), repeat=len(walls)) if (found := _points(d, walls, sides))]
    values = {
        point: primitive_row(
            [*(max(0, s * _dot(wall, point)) for s, wall in zip(facing, walls, strict=True)), point[-1]]
        )
        for point in set().union(*regions)
    }
    classes = sorted({value for value in values.values() if any(value)})
    number = {value: i for i, value in enumerate(classes)}
    masks = [
        sum(1 << i for i in {number[values[point]] for point in region if any(values[point])}) for region in regions
    ]
    central = Network.relu([(classes, [0] * len(classes)), ([[0] * len(classes)], [0])])
    signs = patterns(Problem.of(central, WholeSpace(len(walls) + 1)), "exact")
    return FirstLayer(len(classes), tuple(masks), frozenset(sum(b << i for i, b in enumerate(p[0])) for p in signs))


def _points(d: int, walls: list[Vector], sides: tuple[int, ...]) -> set[Vector]:
    """The extreme rays of the cone {s_i·wall_i ≥ 0, t ≥ 0}, empty unless it has an interior."""
    rows = [*(tuple(s * v for v in wall) for s, wall in zip(sides, walls, strict=True)), (*[0] * d, 1)]
    found: set[Vector] = set()
    for chosen in itertools.combinations(rows, d):
        matrix = flint.fmpz_mat(d, d + 1, [v for row in chosen for v in row])
        kernel, nullity = matrix.nullspace()
        if nullity == 1:
            ray = primitive_row([int(kernel[i, 0]) for i in range(d + 1)])
            for candidate in (ray, tuple(-v for v in ray)):
                if all(_dot(row, candidate) >= 0 for row in rows):
                    found.add(candidate)
    middle = tuple(map(sum, zip(*found, strict=True)))
    return found if found and all(_dot(row, middle) > 0 for row in rows) else set()


def _dot(a: Vector, b: Vector) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def rigid_crossings(dimension: int, units: int) -> Crossings:
    """Regions of a rigid first layer, f_1 (attained) and the bound f_2 on crossings, maximal over all directions.

    Parameters
    ----------
    dimension : int
        Inputs d ≥ 1; more inputs than units count as many as units.
    units : int
        n ≤ d + 1.

    Examples
    --------
    >>> rigid_crossings(4, 3)
    Crossings(regions=8, cut=7, crossed=3)
    """
    layers = list(first_layers(dimension, units))
    return Crossings(
        regions=len(layers[0].regions),
        cut=max(layer.cut(sign) for layer in layers for sign in layer.signs),
        crossed=max(layer.crossed() for layer in layers),
    )
