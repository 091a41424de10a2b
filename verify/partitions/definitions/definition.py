"""The names of the definitions, and which room counts each.

The rooms are imported when they are needed: a plain count never loads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verify.engines.problem import Problem

__all__ = ["DEFINITIONS", "Definition"]


@dataclass(frozen=True)
class Definition:
    """One meaning of "region".

    Attributes
    ----------
    name : str
        As in ``count(..., definition=name)``.
    number : int
        i of R_i, as numbered by Stargalla, Hertrich and Reichman.
    nouns : pair of str
        Singular and plural.
    counted : callable
        (problem, engine) → (lower, upper, report), equal if exact; the report names the engine that listed the cells.
    """

    name: str
    number: int
    nouns: tuple[str, str]
    counted: Callable[[Problem, str], tuple[int, int, dict[str, Any]]]

    def noun(self, number: int) -> str:
        """The noun that goes with a number."""
        return self.nouns[number != 1]


def _activation(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    from verify.engines import ENGINES

    number, report = ENGINES[engine](problem)
    return number, number, {"engine": engine, **report}


def _affine(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    from verify.engines.selection import listed
    from verify.partitions.definitions.affine import affine_classes

    patterns, used = listed(problem, engine)
    number = len(affine_classes(problem.network, patterns))
    return number, number, {"engine": used, "activation": len(patterns)}


def _linear(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    from verify.engines.selection import listed
    from verify.partitions.definitions.affine import affine_classes
    from verify.partitions.definitions.merging import linear_regions

    patterns, used = listed(problem, engine)
    classes = affine_classes(problem.network, patterns)
    number = sum(map(len, linear_regions(problem, classes).values()))
    return number, number, {"engine": used, "activation": len(patterns), "affine": len(classes)}


def _convex(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    from verify.engines.selection import listed
    from verify.partitions.definitions.affine import affine_classes
    from verify.partitions.definitions.convex import convex_regions
    from verify.partitions.definitions.merging import linear_regions

    patterns, used = listed(problem, engine)
    linear = linear_regions(problem, affine_classes(problem.network, patterns))
    lower, upper = convex_regions(problem, linear)
    report = {"activation": len(patterns), "linear": sum(map(len, linear.values()))}
    return lower, upper, {"engine": used, **report}


def _closed(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    from verify.engines.selection import listed
    from verify.partitions.definitions.affine import affine_classes
    from verify.partitions.definitions.closed import closed_regions
    from verify.partitions.definitions.merging import linear_regions

    patterns, used = listed(problem, engine)
    classes = affine_classes(problem.network, patterns)
    linear = linear_regions(problem, classes)
    number = sum(map(len, closed_regions(problem, linear).values()))
    report = {"activation": len(patterns), "linear": sum(map(len, linear.values())), "affine": len(classes)}
    return number, number, {"engine": used, **report}


def _patterns(problem: Problem, engine: str) -> tuple[int, int, dict[str, Any]]:
    from verify.partitions.definitions.thin import occurring_patterns

    found, used = occurring_patterns(problem, engine)
    return len(found), len(found), {"engine": used}


DEFINITIONS: dict[str, Definition] = {
    entry.name: entry
    for entry in (
        Definition("patterns", 1, ("activation pattern", "activation patterns"), _patterns),
        Definition("activation", 2, ("activation region", "activation regions"), _activation),
        Definition("convex", 3, ("convex region", "convex regions"), _convex),
        Definition("linear", 4, ("linear region", "linear regions"), _linear),
        Definition("closed", 5, ("closed connected region", "closed connected regions"), _closed),
        Definition("affine", 6, ("affine piece", "affine pieces"), _affine),
    )
}
"""Every definition that can be counted, by the name that ``definition=`` takes."""
