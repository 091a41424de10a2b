"""Why a count of linear regions or affine pieces is right, as short facts that can be checked without geometry.

R6 is the number of classes of patterns by affine map: the maps can be recomputed from the network.  R4 is the number
of components into which shared facets join the cells of these classes, and both directions have evidence.

* *Joined*: a spanning forest of bridges, each a rational point at which both closed cells and exactly one hyperplane
  meet (:class:`verify.partitions.definitions.merging.Bridge`).
* *Apart*: for two cells p, q of one class that are not joined, a :class:`Separation`.  Let u be the first unit, in
  layer order, in which their patterns differ.  It has the same preactivation on both, so a common facet lies in the
  hyperplane r = 0 where u changes its piece.  Every other unit v in which they differ changes there too, so that the
  function w that decides between its two pieces vanishes on the facet.  No common facet exists if

  1. ``"skipped"``: some unit takes pieces that are not neighbors, or w is a constant other than 0; or
  2. ``"two walls"``: some w is not a multiple of r, so both vanish together in dimension m − 2 at most; or
  3. ``"multipliers"``: numbers y ≥ 0, not all 0, and μ with Σ y_i·row_i + μ·r = c for a constant c ≤ 0, where row_i are
     inequalities of p and q and of the domain that are no multiples of r.  On the relative interior of a common facet
     all row_i would be positive and r zero, so Σ would be positive (Motzkin 1936).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Literal, NamedTuple

from theory.exact import Row
from theory.geometry.halfspaces import Condition, pattern_conditions
from theory.geometry.walls import proportional
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.definitions.affine import AffineMap, affine_classes
from verify.partitions.definitions.merging import Bridge, linear_regions, spanning_forests
from verify.partitions.definitions.mixed import mixed_point

__all__ = ["LinearEvidence", "Separation", "linear_evidence", "separation"]


class Separation(NamedTuple):
    """Why two cells share no facet.

    Attributes
    ----------
    first, second : Pattern
    reason : "skipped", "two walls" or "multipliers"
    units : tuple of (layer, unit), counted from 0
        The unit u, and for the first two reasons the unit v (which may be u) that shows it.
    multipliers : tuple of (row, y), for the third reason
        Inequalities with their factors y > 0, and last (r, μ).
    """

    first: Pattern
    second: Pattern
    reason: Literal["skipped", "two walls", "multipliers"]
    units: tuple[tuple[int, int], ...]
    multipliers: tuple[tuple[Row, Fraction], ...] = ()


@dataclass(frozen=True)
class LinearEvidence:
    """The classes, their bridges, and on request the reasons why nothing else is joined.

    Attributes
    ----------
    problem : Problem
    classes : dict
        Patterns by affine map; as many as there are affine pieces (R6).
    forests : dict
        Bridges by affine map.
    """

    problem: Problem
    classes: dict[AffineMap, list[Pattern]]
    forests: dict[AffineMap, list[Bridge]]

    @property
    def affine(self) -> int:
        """R6."""
        return len(self.classes)

    @property
    def linear(self) -> int:
        """R4: a forest with e edges on n vertices has n − e components."""
        return sum(len(self.classes[g]) - len(self.forests[g]) for g in self.classes)

    def separations(self) -> Iterator[Separation]:
        """One for every two cells of one class and different linear regions; quadratic in the size of a class."""
        for regions in linear_regions(self.problem, self.classes, self.forests).values():
            for one, other in combinations(regions, 2):
                for first in one:
                    for second in other:
                        reason = separation(self.problem, first, second)
                        assert reason is not None
                        yield reason


def linear_evidence(problem: Problem, patterns: Sequence[Pattern]) -> LinearEvidence:
    """The evidence for R4 and R6 of a problem whose full-dimensional regions have these patterns, sorted.

    Examples
    --------
    >>> from theory import Network
    >>> hat = Problem(Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])]), ())
    >>> evidence = linear_evidence(hat, [((0, 0, 0),), ((1, 0, 0),), ((1, 1, 0),), ((1, 1, 1),)])
    >>> evidence.linear, evidence.affine
    (4, 3)
    >>> for apart in evidence.separations():
    ...     print(apart.reason, apart.units)
    two walls ((0, 0), (0, 1))
    """
    classes = affine_classes(problem.network, patterns)
    return LinearEvidence(problem, classes, spanning_forests(problem, classes))


def separation(problem: Problem, first: Pattern, second: Pattern) -> Separation | None:
    """Why two full-dimensional cells of a problem share no facet, None if they do."""
    network = problem.network
    own, theirs = (list(pattern_conditions(network, pattern)) for pattern in (first, second))
    facing = {(c.layer, c.unit, c.other): c.row for c in own}, {(c.layer, c.unit, c.other): c.row for c in theirs}
    wall: Row | None = None
    start = (0, 0)
    for layer, (pieces, rivals) in enumerate(zip(first, second, strict=True)):
        for unit, (piece, rival) in enumerate(zip(pieces, rivals, strict=True)):
            if piece == rival:
                continue
            if wall is None:
                start = (layer, unit)
            for row in (facing[0].get((layer, unit, rival)), facing[1].get((layer, unit, piece))):
                if row is None or (row[-1] and not any(row[:-1])):
                    return Separation(first, second, "skipped", (start, (layer, unit)))
                if wall is None:
                    wall = row
                elif not proportional(row, wall):
                    return Separation(first, second, "two walls", (start, (layer, unit)))
    assert wall is not None, "two different patterns differ in some unit"
    multipliers = _multipliers(problem, [*own, *theirs], wall)
    return None if multipliers is None else Separation(first, second, "multipliers", (start,), multipliers)


def _multipliers(
    problem: Problem, conditions: Sequence[Condition], wall: Row
) -> tuple[tuple[Row, Fraction], ...] | None:
    """Motzkin's alternative to a point with wall = 0 and every other row positive."""
    rows = [*problem.rows, *(c.row for c in conditions)]
    rows = list(dict.fromkeys(row for row in rows if any(row[:-1]) and not proportional(row, wall)))
    n, d = len(rows), problem.dimension
    columns = list(zip(*rows, wall, strict=True)) if rows else []
    if not rows:
        return None
    equations: list[Row] = [(*(columns[j]), 0) for j in range(d)]
    equations.append((*[1] * n, 0, -1))
    weak: list[Row] = [tuple(int(i == j) for j in range(n + 2)) for i in range(n)]
    weak.append((*(-v for v in columns[d]), 0))
    found = mixed_point(n + 1, weak, equations=equations)
    if found is None:
        return None
    return tuple((row, y) for row, y in zip([*rows, wall], found, strict=True) if y or row == wall)
