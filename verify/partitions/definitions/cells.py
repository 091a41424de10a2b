"""R2, the activation regions, counted or listed by the engines as they are, and R6, the affine pieces.

A network is affine on each of its full-dimensional activation regions.  Two regions belong to the same *affine piece*
if the two functions are equal, as rational matrices; where the regions lie does not matter.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from theory.geometry.region import Region, integer_rows
from theory.network import ForwardPass, Network, Pattern
from verify.engines import ENGINES
from verify.engines.problem import Problem
from verify.engines.selection import listed, stream
from verify.partitions.region_list import MergedRegion, merged

AffineMap = tuple[tuple[tuple[int, ...], ...], int]
"""(rows, D) for the function x ↦ (1/D)·rows·(x, 1), D > 0 as small as possible; equal functions are equal here."""


def affine_classes(network: Network, patterns: Iterable[Pattern]) -> dict[AffineMap, list[Pattern]]:
    """The patterns of each affine piece; as many entries as the network has affine pieces (R6).

    The patterns are those of all full-dimensional activation regions, sorted.

    Memory grows with the number of regions: a pattern for each, and a map for each affine piece.

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
