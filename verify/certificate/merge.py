"""The end of a certificate of linear regions: which leaves with the same affine map are joined, and why no others are.

Two leaves can share a facet only in the one hyperplane that has them on its two sides.  One exact linear program asks
for a point there at which every other row of both is positive.  Such a point lies inside a facet that both share, a
*bridge* in the words of the format; without one, the multipliers show that there is no shared facet.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import combinations, takewhile
from typing import NamedTuple

from verify import checker
from verify.certificate.provers import Condition, Point, Refutation, ThinCellProver


class Leaf(NamedTuple):
    """A leaf of the tree: the conditions of its path and its witness."""

    path: list[Condition]
    witness: Point


def merge_lines(solver: ThinCellProver, leaves: Mapping[int, Leaf]) -> tuple[list[str], int]:
    """The lines about the leaves of one affine map, given by their numbers, and the number of linear regions.

    Every two leaves are compared, and a linear program is solved for those that have one hyperplane between them and
    are not joined yet.
    """
    if len(leaves) == 1:
        return [], 1
    from networkx.utils import UnionFind  # slow to load

    rows = {i: {checker.primitive(row) for row, _ in leaf.path} for i, leaf in leaves.items()}
    opposite = {i: {checker.primitive(row, -1) for row, _ in leaf.path} for i, leaf in leaves.items()}
    joined = UnionFind(leaves)
    shared_facets: list[str] = []
    no_shared_facet: dict[tuple[int, int], str] = {}
    for i, j in combinations(leaves, 2):
        if joined[i] == joined[j] or len(walls := rows[i] & opposite[j]) != 1:
            continue
        found = _shared_facet(solver, leaves[i], leaves[j], *walls)
        if isinstance(found, list):
            joined.union(i, j)
            shared_facets.append(_line(i, j, found))
        else:
            no_shared_facet[i, j] = _line(i, j, found)
    first = json.dumps(["class", min(leaves), len(shared_facets)], separators=(",", ":"))
    reasons = [line for (i, j), line in no_shared_facet.items() if joined[i] != joined[j]]
    return [first, *shared_facets, *reasons], sum(1 for _ in joined.to_sets())


def _shared_facet(solver: ThinCellProver, first: Leaf, second: Leaf, wall: tuple[int, ...]) -> Point | Refutation:
    """A point inside the facet that two leaves share in a hyperplane, or multipliers that show that there is none."""
    own, theirs = (list(_weakened(leaf.path, wall)) for leaf in (first, second))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(own, theirs, strict=False)))
    found = solver.solve(first.witness, own, theirs[same:])
    if isinstance(found, list):
        return found
    names, multipliers = found
    return [i if i >= 0 else len(own) + same - 1 - i for i in names], multipliers


def _weakened(path: list[Condition], wall: tuple[int, ...]) -> Iterator[Condition]:
    """The conditions, those that are multiples of the wall not strict."""
    for row, _ in path:
        yield row, checker.primitive(row) != wall != checker.primitive(row, -1)


def _line(i: int, j: int, last: Point | Refutation) -> str:
    return json.dumps([i, j, last], separators=(",", ":"))
