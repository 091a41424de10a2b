"""R4, the linear regions: activation regions of one affine map, merged across the facets that they share.

**What is counted.**  The maximal connected open subsets U of the open domain K on which f is affine.

**Why facets suffice.**  Let g be an affine map.  If f = g on an open set U ≠ ∅, then U lies in the interior I(g) of
{x ∈ K : f(x) = g(x)}, and f is affine on every component of I(g); two open sets with a common point and affine f have
the same g.  So the regions are the components of the sets I(g), g among the maps of the full-dimensional cells.

A point x ∈ K lies in I(g) iff every closed cell that contains x has the map g: each such cell has interior points
near x, and conversely the cells that contain x cover a neighborhood of it.  So I(g) consists of the interiors of the
cells with map g, of the relative interiors of the facets between two of them (there no third cell comes near), and of
points on faces of dimension at most m − 2.

* Two cells with map g that share a facet are joined in I(g) by any point of its relative interior.
* If none of the cells with map g on one side of a partition shares a facet with one on the other, the two sides are
  not connected in I(g): faces of dimension ≤ m − 2 do not separate a connected open subset of R^m, so if they were
  connected in I(g), a path could be chosen that meets only cells and relative interiors of facets.

Hence the components of I(g) are the components of the graph whose edges are shared facets.  This needs that cells meet
facet to facet, which they do: the closed cells form a polyhedral complex (:mod:`verify.checks.invariants`).  The border
of K plays no part, for two cells on the same side of a wall of K cannot share a facet in it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from theory.errors import LinregionsError
from theory.exact import Point
from theory.geometry.halfspaces import pattern_conditions
from theory.geometry.polyhedra import Face, center
from theory.geometry.walls import facet_witness, pattern_behind
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.partitions.cells import closed_cells
from verify.partitions.definitions.affine import AffineMap

__all__ = [
    "MOST_DIMENSIONS",
    "Bridge",
    "Components",
    "bridges",
    "bridges_by_faces",
    "bridges_by_programs",
    "linear_regions",
    "spanning_forests",
]

MOST_DIMENSIONS = 3
"""Cells get all their faces computed up to this dimension; beyond it linear programs ask for what is needed."""


class Bridge(NamedTuple):
    """A facet that two activation regions share, with a rational point of its relative interior."""

    first: Pattern
    second: Pattern
    witness: Point


T = TypeVar("T", bound=Hashable)


class Components(Generic[T]):
    """Disjoint sets of things, joined pair by pair.

    >>> islands = Components("abcd")
    >>> islands.join("a", "b"), islands.join("b", "a"), len(islands.groups())
    (True, False, 3)
    """

    def __init__(self, members: Iterable[T]) -> None:
        self._parent = {member: member for member in members}

    def root(self, member: T) -> T:
        """One member that stands for the whole set."""
        parent = self._parent
        while parent[member] != member:
            parent[member] = member = parent[parent[member]]
        return member

    def join(self, first: T, second: T) -> bool:
        """Unite the sets of two members; False if they were one already."""
        a, b = self.root(first), self.root(second)
        self._parent[a] = b
        return a != b

    def groups(self) -> list[list[T]]:
        """The sets, their members in the order given."""
        found: dict[T, list[T]] = {}
        for member in self._parent:
            found.setdefault(self.root(member), []).append(member)
        return list(found.values())


def bridges(problem: Problem, patterns: Sequence[Pattern]) -> Iterator[Bridge]:
    """Facets that join the given regions as far as they are joined, without a cycle.

    Parameters
    ----------
    problem : Problem
    patterns : sequence of Pattern
        Full-dimensional activation regions, usually those of one affine map; only facets between two of them count.

    Yields
    ------
    Bridge
        A spanning forest of the graph of shared facets.

    Raises
    ------
    LinregionsError
        If a region lies behind a facet that contradicts the pattern before it; that would be a wrong engine.

    Notes
    -----
    Up to three dimensions the facets of every region are computed and compared (:func:`bridges_by_faces`), beyond
    that linear programs are solved for those that may matter (:func:`bridges_by_programs`).
    """
    if problem.dimension <= MOST_DIMENSIONS:
        return bridges_by_faces(problem, patterns)
    return bridges_by_programs(problem, patterns)


def bridges_by_faces(problem: Problem, patterns: Sequence[Pattern]) -> Iterator[Bridge]:
    """:func:`bridges` from the extreme rays of every cell; equal facets have equal rays."""
    joined = Components(patterns)
    owner: dict[Face, Pattern] = {}
    for pattern, cell in closed_cells(problem, patterns):
        if cell is None:
            raise LinregionsError(f"the pattern {pattern} has no interior point, so its engine is wrong; report it")
        for facet in cell.facets():
            other = owner.setdefault(facet, pattern)
            if other != pattern and joined.join(pattern, other):
                yield Bridge(other, pattern, center(facet))


def bridges_by_programs(problem: Problem, patterns: Sequence[Pattern]) -> Iterator[Bridge]:
    """:func:`bridges` by one exact linear program for each inequality that may be a facet between two of the regions.

    The wall between two regions belongs to the first unit, in layer order, that changes there: up to this unit the
    patterns agree, so it has the same preactivation on both sides.  Hence of the inequalities of a region only those
    are tried for which another region shares the beginning of the pattern up to that unit, takes the other piece
    there and is not joined yet.  What lies behind the facet is then computed at its witness.
    """
    network = problem.network
    flat = {pattern: tuple(piece for layer in pattern for piece in layer) for pattern in patterns}
    sharing: dict[tuple[int, ...], list[Pattern]] = {}
    for pattern, pieces in flat.items():
        for end in range(1, len(pieces) + 1):
            sharing.setdefault(pieces[:end], []).append(pattern)
    starts = [sum(layer.width for layer in network.hidden[:depth]) for depth in range(len(network.hidden))]
    joined, left = Components(patterns), len(flat)
    for pattern, pieces in flat.items():
        conditions, tried = list(pattern_conditions(network, pattern)), set()
        for layer, unit, other, row, _ in conditions:
            beginning = pieces[: starts[layer] + unit]
            own = joined.root(pattern)
            if row in tried or all(joined.root(p) == own for p in sharing.get((*beginning, other), ())):
                continue
            tried.add(row)
            if not any(row[:-1]):
                continue
            witness = facet_witness([*problem.rows, *(c.row for c in conditions)], row)
            if witness is None:
                continue
            behind = pattern_behind(network, witness, [-v for v in row[:-1]])
            if behind in flat and joined.join(pattern, behind):
                yield Bridge(pattern, behind, witness)
                left -= 1
                if left == 1:
                    return


def spanning_forests(problem: Problem, classes: Mapping[AffineMap, Sequence[Pattern]]) -> dict[AffineMap, list[Bridge]]:
    """For each affine map a spanning forest of the graph of facets that two cells with this map share.

    Parameters
    ----------
    problem : Problem
    classes : mapping
        From :func:`verify.partitions.definitions.affine.affine_classes`.

    Notes
    -----
    Only maps of at least two cells cost anything.  Memory grows with the number of activation regions.
    """
    return {
        function: list(bridges(problem, patterns)) if len(patterns) > 1 else []
        for function, patterns in classes.items()
    }


def linear_regions(
    problem: Problem,
    classes: Mapping[AffineMap, Sequence[Pattern]],
    forests: Mapping[AffineMap, Sequence[Bridge]] | None = None,
) -> dict[AffineMap, list[list[Pattern]]]:
    """For each affine map the patterns of each maximal connected open set on which f equals it.

    Parameters
    ----------
    problem, classes
        As for :func:`spanning_forests`.
    forests : mapping, optional
        Its result, if it is known.
    """
    known = spanning_forests(problem, classes) if forests is None else forests
    found = {}
    for function, patterns in classes.items():
        joined = Components(patterns)
        for bridge in known[function]:
            joined.join(bridge.first, bridge.second)
        found[function] = joined.groups()
    return found
