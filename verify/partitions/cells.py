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
from itertools import chain

from theory.exact import Row
from theory.forward_pass import ForwardPass
from theory.geometry.halfspaces import integer_rows, pattern_conditions, unit_conditions
from theory.geometry.polyhedra import Polyhedron
from theory.network import Network, Pattern
from verify.engines.problem import Problem
from verify.progress import tracked


def fold(
    network: Network, patterns: Iterable[Pattern], start: Polyhedron
) -> Iterator[tuple[Pattern, Polyhedron | None]]:
    """The part of a polyhedron that each pattern's rows leave, None if it has no interior; patterns sorted.

    Work for a common beginning of two patterns is done once.
    """
    hidden = network.hidden
    units = [(depth, unit) for depth, layer in enumerate(hidden) for unit in range(layer.width)]
    first = [sum(layer.width for layer in hidden[:depth]) for depth in range(len(hidden))]
    forward = ForwardPass(network)
    tables: list[tuple[list[list[int]], int]] = []
    bodies: list[Polyhedron | None] = [start]
    previous: tuple[int, ...] = ()
    ordered = sorted(patterns)
    for pattern in tracked(ordered, f"{len(ordered)} cells"):
        flat = tuple(chain.from_iterable(pattern))
        same = next((i for i, (a, b) in enumerate(zip(flat, previous, strict=False)) if a != b), len(previous))
        del bodies[same + 1 :]
        del tables[max(1, sum(at <= same for at in first)) :]
        for depth, unit in units[same:]:
            while len(tables) <= depth:
                tables.append(integer_rows(forward.forms(len(tables), pattern)))
            layer, body = hidden[depth], bodies[-1]
            at, (table, scale) = layer.first_rows[unit], tables[depth]
            own = table[at : at + layer.units[unit].rows]
            for _, row, strict in unit_conditions(own, scale, layer.units[unit], pattern[depth][unit]):
                if body is None:
                    break
                if any(row[:-1]):
                    body = body.cut(row)
                elif row[-1] < 0 or (row[-1] == 0 and strict):
                    body = None
            bodies.append(body)
        previous = flat
        yield pattern, bodies[-1]


def pattern_rows(problem: Problem, pattern: Pattern) -> tuple[Row, ...] | None:
    """The halfspaces of the domain and of the pattern; None if a constant preactivation contradicts the pattern.

    >>> from theory import Network
    >>> net = Network.relu([([[1, 0], [1, -1]], [0, "1/2"]), ([[1, 1]], [0])])
    >>> pattern_rows(Problem(net, ((0, 1, 0),)), ((1, 0),))
    ((0, 1, 0), (1, 0, 0), (-2, 2, -1))
    """
    rows = list(problem.rows)
    for condition in pattern_conditions(problem.network, pattern):
        if any(condition.row[:-1]):
            rows.append(condition.row)
        elif condition.row[-1] < 0 or (condition.row[-1] == 0 and condition.strict):
            return None
    return tuple(rows)


def closed_cells(problem: Problem, patterns: Iterable[Pattern]) -> Iterator[tuple[Pattern, Polyhedron | None]]:
    """The closure of the region of each pattern inside the domain, None if it has no interior; patterns sorted.

    Meant for dimensions up to 3 and some thousand patterns: exact, not fast.

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
    domain = Polyhedron.of(problem.dimension, problem.rows)
    return fold(problem.network, patterns, domain)
