"""R1, the activation patterns that occur, R2, the activation regions, and R6, the affine pieces.

Every input has one pattern, the one that :meth:`theory.network.Network.pattern` returns.  For R1 patterns are collected
over the *closed* domain, which may add thin ones on its border, as the mixed-integer programs of Serra, Tjandraatmadja
and Ramalingam do.  They are those at one point of each face of the partition (``docs/proofs-definitions.md``).  In
higher dimension they are built unit by unit; the condition for each prefix is a system of weak and strict inequalities,
and a point that solves it decides one child of every prefix without a linear program.

Activation regions are counted or listed by the engines as they are.  On each of them a network is affine; two belong to
the same *affine piece* if the two functions are equal, as rational matrices, wherever the regions lie.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import flint

from theory.exact import Point, Row, from_fmpq, value_at
from theory.geometry.feasibility import mixed_point
from theory.geometry.polyhedra import center
from theory.geometry.region import Region, integer_rows, unit_conditions
from theory.network import ForwardPass, Network, Pattern
from verify.engines import ENGINES
from verify.engines.exact import interior_point
from verify.engines.problem import Problem
from verify.engines.selection import listed, stream
from verify.partitions.complex import CHEAP_DIMENSIONS, Complex
from verify.partitions.region_list import MergedRegion, OccurringPattern, merged

AffineMap = tuple[tuple[tuple[int, ...], ...], int]
"""(rows, D) for the function x ↦ (1/D)·rows·(x, 1), D > 0 as small as possible; equal functions are equal here."""


def affine_classes(network: Network, patterns: Iterable[Pattern]) -> dict[AffineMap, list[Pattern]]:
    """The patterns of each affine piece; ``patterns`` are those of all full-dimensional activation regions, sorted.

    >>> hat = Network.relu([([[1], [1], [1]], [0, -1, -2]), ([[1, -2, 1]], [0])])  # 0, up, down, 0
    >>> for rows, patterns in affine_classes(hat, [((0, 0, 0),), ((1, 0, 0),), ((1, 1, 0),), ((1, 1, 1),)]).items():
    ...     print(rows, len(patterns))
    (((0, 0),), 1) 2
    (((1, 0),), 1) 1
    (((-1, 2),), 1) 1
    """
    classes: dict[AffineMap, list[Pattern]] = {}
    forward = ForwardPass(network)
    for pattern in patterns:
        rows, denominator = integer_rows(forward.forms(len(network.hidden), pattern))
        classes.setdefault((tuple(map(tuple, rows)), denominator), []).append(pattern)
    return classes


def listed_classes(
    problem: Problem, reduced: Problem, engine: str
) -> tuple[dict[AffineMap, list[Pattern]], dict[str, Any]]:
    """The classes of what an engine lists for the reduced problem, and a report that names the engine."""
    patterns, used = listed(reduced, engine)
    return affine_classes(problem.network, patterns), {"engine": used, "activation": len(patterns)}


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


def count_activation(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    number, report = ENGINES[engine](problem)
    return number, number, {"engine": engine, **report}


def list_activation(problem: Problem, reduced: Problem, engine: str) -> Iterator[Region]:
    return (Region(problem.network, pattern, problem.rows) for pattern in stream(reduced, engine))


def count_affine(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    classes, report = listed_classes(problem, problem, engine)
    return len(classes), len(classes), report


def list_affine(problem: Problem, reduced: Problem, engine: str) -> Iterator[MergedRegion]:
    classes, _ = listed_classes(problem, reduced, engine)
    yield from merged("affine", problem, classes.values())
