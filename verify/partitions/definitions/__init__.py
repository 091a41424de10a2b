"""The six meanings of "linear region", each counted exactly.

=================  ====  =====================================================================================
``definition=``     name  what is counted, on the open domain K
=================  ====  =====================================================================================
``"patterns"``     R1    activation patterns that occur, thin ones included (on the closure of K)
``"activation"``   R2    activation regions: patterns that occur on an open set
``"convex"``       R3    full-dimensional cells of the coarsest polyhedral complex with f affine on each cell
``"linear"``       R4    linear regions: maximal connected open sets on which f is affine
``"closed"``       R5    components with interior of the sets {f = g}, g an affine piece
``"affine"``       R6    affine pieces: distinct affine maps that f equals on an open set
=================  ====  =====================================================================================

R6 ≤ R5 ≤ R4 ≤ R3 ≤ R2 ≤ R1 for every network, and each can be strict (Stargalla, Hertrich, Reichman 2025).
R1 and R2 are properties of the network, the others of the function f that it computes, all outputs together.

A definition is a row of :data:`DEFINITIONS` and two functions of a module of this package, which is imported when it is
needed:

* ``count_NAME(problem, engine)`` returns (lower, upper, report): two equal numbers if the count is exact, and what the
  engine reports of its work, its name under ``"engine"``;
* ``list_NAME(problem, reduced, engine)`` yields the regions as objects.  ``problem`` has the coordinates of the domain;
  ``reduced`` is the same problem as engines are given it (:func:`verify.engines.problem.reduced`).
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from theory.errors import InvalidInputError, Names
from verify.engines.problem import Problem

if TYPE_CHECKING:
    from verify.partitions.region_list import AnyRegion

__all__ = ["DEFINITIONS", "Definition", "definition_named"]

Counted = tuple[int, int, dict[str, Any]]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Definition:
    """One definition of "region".

    ``name`` is that of ``count(..., definition=name)``; ``number`` is the i of R_i, as numbered by Stargalla, Hertrich
    and Reichman; ``nouns`` are singular and plural.  If ``certificate``, :mod:`verify.checker` reads certificates of
    such counts.  ``module`` is the one of this package that implements the definition.
    """

    name: str
    number: int
    nouns: tuple[str, str]
    certificate: bool = False
    module: str = ""

    def noun(self, number: int) -> str:
        """The noun that goes with a number."""
        return self.nouns[number != 1]

    def count(self, problem: Problem, engine: str) -> Counted:
        """(lower, upper, report), equal if exact; the report names the engine that listed the cells."""
        counted: Counted = self._function("count")(problem, engine)
        return counted

    def regions(self, problem: Problem, reduced: Problem, engine: str) -> Iterator[AnyRegion]:
        """The regions as objects."""
        found: Iterator[AnyRegion] = self._function("list")(problem, reduced, engine)
        return found

    def _function(self, what: str) -> Any:
        return getattr(importlib.import_module(f"{__package__}.{self.module}"), f"{what}_{self.name}")


_ROWS = (
    Definition("patterns", 1, ("activation pattern", "activation patterns"), certificate=True, module="cells"),
    Definition("activation", 2, ("activation region", "activation regions"), certificate=True, module="cells"),
    Definition("convex", 3, ("convex region", "convex regions"), module="convex"),
    Definition("linear", 4, ("linear region", "linear regions"), certificate=True, module="connected"),
    Definition("closed", 5, ("closed connected region", "closed connected regions"), module="connected"),
    Definition("affine", 6, ("affine piece", "affine pieces"), certificate=True, module="cells"),
)
DEFINITIONS = Names("definition", {row.name: row for row in _ROWS})
"""Every definition by its name, from the finest to the coarsest."""


def definition_named(name: str) -> Definition:
    """The definition of this name; :class:`~theory.errors.InvalidInputError` if there is none."""
    return DEFINITIONS[name]


def accepts_of(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function with an argument ``definition`` so that callers may write ``of=`` for it.

    If both are given and differ, the decorated function raises :class:`~theory.errors.InvalidInputError`.

    >>> @accepts_of
    ... def noun(number, definition="activation"):
    ...     return f"{number} {definition} regions"
    >>> noun(2, of="linear"), noun(3, definition="linear", of="linear")
    ('2 linear regions', '3 linear regions')
    >>> noun(2, "closed", of="linear")
    Traceback (most recent call last):
    theory.errors.InvalidInputError: of='linear' and definition='closed' are one argument; give definition alone
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def renamed(*arguments: P.args, **options: P.kwargs) -> T:
        if "of" not in options:
            return function(*arguments, **options)
        of = options.pop("of")
        bound = signature.bind_partial(*arguments, **options)
        if (given := bound.arguments.setdefault("definition", of)) != of:
            raise InvalidInputError(f"{of=!r} and definition={given!r} are one argument; give definition alone")
        return function(*bound.args, **bound.kwargs)

    return renamed
