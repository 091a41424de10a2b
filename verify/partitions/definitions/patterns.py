"""R1, the activation patterns that occur: non-empty sets {x : every unit takes its piece}, thin ones included.

Every input has one pattern, the one that :meth:`theory.network.Network.pattern` returns.  Patterns are collected over
the *closed* domain, which may add thin ones on its border, as the mixed-integer programs of Serra, Tjandraatmadja and
Ramalingam do.  They are those at one point of each face of the partition (``docs/proofs-definitions.md``).

In higher dimension they are built unit by unit; the condition for each prefix is a system of weak and strict
inequalities, and a point that solves it decides one child of every prefix without a linear program.
"""

from collections.abc import Iterator
from typing import Any

import flint

from theory.exact import Point, Row, from_fmpq, value_at
from theory.geometry.feasibility import mixed_point
from theory.geometry.polyhedra import center
from theory.geometry.region import integer_rows, unit_conditions
from theory.network import Pattern
from verify.engines.exact import interior_point
from verify.engines.problem import Problem
from verify.engines.selection import listed
from verify.partitions.complex import CHEAP_DIMENSIONS, Complex
from verify.partitions.region_list import OccurringPattern


def occurring_patterns(problem: Problem, engine: str = "auto") -> tuple[dict[Pattern, Point], str]:
    """Every pattern that occurs in the closed domain with a rational point that has it; and the engine that was asked.

    By faces of the cells that the engine lists up to three dimensions, beyond that by programs, without an engine.
    Memory grows with the number of patterns.

    >>> from theory import Network
    >>> axis = Network.relu([([[1], [-1]], [0, 0]), ([[1, 1]], [0])])  # |x|: off and off at the origin only
    >>> sorted(occurring_patterns(Problem(axis, ()))[0])
    [((0, 0),), ((0, 1),), ((1, 0),)]
    """
    if problem.dimension <= CHEAP_DIMENSIONS:
        proper, used = listed(problem, engine)
        return patterns_by_faces(Complex.of(problem, proper)), used
    return dict(patterns_by_programs(problem)), "exact"


def patterns_by_faces(partition: Complex) -> dict[Pattern, Point]:
    """The pattern of one point of every face."""
    points = list(map(center, partition.faces))
    return {partition.problem.network.pattern(point): point for point in reversed(points)}  # the first of each pattern


def patterns_by_programs(problem: Problem) -> Iterator[tuple[Pattern, Point]]:
    """Depth-first over the units, an exact linear program for every piece that the known point does not take."""
    layers, start = problem.network.layers, tuple(map(from_fmpq, interior_point(problem)))
    # (pattern of whole layers, pieces of the next one, its preactivations, inequalities, a point that satisfies them)
    none: tuple[Row, ...] = ()
    stack = [(Pattern(), tuple[int, ...](), layers[0].forms, problem.rows, none, start)]
    while stack:
        pattern, pieces, forms, weak, strict, point = stack.pop()
        layer = layers[len(pattern)]
        if len(pattern) == len(layers) - 1:
            yield pattern, point
            continue
        if len(pieces) == layer.width:
            ahead = layers[len(pattern) + 1].read(layer.push(forms, pieces))
            stack.append(((*pattern, pieces), (), ahead, weak, strict, point))
            continue
        unit = layer.units[len(pieces)]
        table, scale = integer_rows(flint.fmpq_mat(layer.rows_of(len(pieces), forms)))
        for piece in reversed(range(unit.pieces)):
            conditions = list(unit_conditions(table, scale, unit, piece))
            more_weak = (*weak, *(row for _, row, positive in conditions if not positive))
            more_strict = (*strict, *(row for _, row, positive in conditions if positive))
            found: Point | None = point
            if any((v := value_at(row, point)) < 0 or (positive and not v) for _, row, positive in conditions):
                found = mixed_point(len(point), more_weak, more_strict)
            if found is not None:
                stack.append((pattern, (*pieces, piece), forms, more_weak, more_strict, found))


def count_patterns(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    found, used = occurring_patterns(problem, engine)
    return len(found), len(found), {"engine": used}


def list_patterns(problem: Problem, reduced: Problem, engine: str) -> Iterator[OccurringPattern]:  # noqa: ARG001
    found, _ = occurring_patterns(problem, engine)
    yield from (OccurringPattern(pattern, found[pattern]) for pattern in sorted(found))
