"""The cell that a pattern names, from the definition of a unit alone.

An engine lists activation patterns.  Whether they are right is a question about sets: on the inputs with pattern p
the network is affine, and "the units take the pieces p" is a list of halfspaces.  This module writes the halfspaces
down, for one pattern after the other, without asking how the engine found it.

Proper regions (R2) are meant: inequalities that depend on the input are taken strictly, so the closed cell is
described by ≥ 0 and must have an interior; one that does not depend on it holds everywhere or nowhere, and of two
pieces that coincide the tie goes as :mod:`theory.activations` says.  The inequalities of one unit come from
:mod:`theory.geometry.halfspaces`.
"""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from theory.exact import Row
from theory.geometry.halfspaces import Condition, pattern_conditions
from theory.geometry.polyhedra import Polyhedron
from theory.network import Pattern
from verify.engines.problem import Problem
from verify.progress import tracked


def _is_possible(condition: Condition) -> bool:
    """Whether an inequality depends on the input, or holds."""
    return any(condition.row[:-1]) or condition.row[-1] >= condition.strict


def pattern_rows(problem: Problem, pattern: Pattern) -> tuple[Row, ...] | None:
    """The halfspaces of the domain and of the pattern; None if a constant preactivation contradicts the pattern.

    >>> from theory import Network
    >>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
    >>> pattern_rows(Problem(net, ((0, 1, 0),)), ((1, 0),))
    ((0, 1, 0), (1, 0, 0), (-2, 2, -1))
    """
    conditions = list(pattern_conditions(problem.network, pattern))
    rows = (condition.row for condition in conditions if any(condition.row[:-1]))
    return (*problem.rows, *rows) if all(map(_is_possible, conditions)) else None


def closed_cells(problem: Problem, patterns: Iterable[Pattern]) -> Iterator[tuple[Pattern, Polyhedron | None]]:
    """The closure of the region of each pattern inside the domain, None if it has no interior; patterns sorted.

    Cuts that two patterns in a row share are made once.  Meant for up to 3 dimensions and some thousand patterns.

    >>> from theory import Network
    >>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
    >>> square = Problem(net, ((1, 0, 1), (-1, 0, 1), (0, 1, 1), (0, -1, 1)))
    >>> for pattern, cell in closed_cells(square, [((0, 0),), ((0, 1),), ((1, 0),), ((1, 1),)]):
    ...     print(pattern, cell.volume())
    ((0, 0),) 1
    ((0, 1),) 1
    ((1, 0),) 1/8
    ((1, 1),) 15/8
    """
    ordered, before = sorted(patterns), list[Condition]()
    bodies: list[Polyhedron | None] = [Polyhedron.of(problem.dimension, problem.rows)]
    for pattern in tracked(ordered, f"{len(ordered)} cells"):
        conditions = list(pattern_conditions(problem.network, pattern))
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(conditions, before, strict=False)))
        del bodies[same + 1 :]
        for condition in conditions[same:]:
            body = bodies[-1] if _is_possible(condition) else None
            bodies.append(body.cut(condition.row) if body and any(condition.row[:-1]) else body)
        before = conditions
        yield pattern, bodies[-1]
