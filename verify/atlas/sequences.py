"""Maxima along a row of architectures, as far as they are known: (2; n), (2; 3, m), (1; 2, …, 2) and the like.

>>> from verify.maxima.best_known import tightness
>>> small = lambda arch: tightness(arch) if arch.inputs == 2 and arch.units <= 7 else None
>>> {row.name: row.terms for row in sequences(small)}["(2; 3, m)"]
(13, 22, 34, 49)
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.errors import LinregionsError
from verify.maxima.best_known import Tightness

_FEWEST = 3
"""A row of which fewer terms are known is left out."""


@dataclass(frozen=True)
class Row:
    """The known maxima of a row of architectures.

    ``name`` has m or n for the number that runs, counted from 1, or dots for the number of layers.  ``terms`` are the
    maxima for 1, 2, … up to the last that is known without a gap, and ``theorems`` the keys of the bounds that are
    attained.  ``formula`` is the closed form of the one theorem that gives all terms, empty if there is none.
    """

    name: str
    terms: tuple[int, ...]
    theorems: tuple[str, ...]
    formula: str
    architectures: tuple[Architecture, ...]

    @property
    def file(self) -> str:
        """The name of its b-file."""
        return "b-" + re.sub(r"[^a-z0-9]+", "-", self.name.lower().replace("…", "etc")).strip("-") + ".txt"


def sequences(known: Callable[[Architecture], Tightness | None]) -> Iterator[Row]:
    """Every row of which at least three terms are ``known``; it ends where that function returns None."""
    for family in _families():
        found: list[Tightness] = []
        for number in itertools.count(1):
            each = known(family.member(number))
            if each is None or not each.exact:
                break
            found.append(each)
        if len(found) >= _FEWEST:
            theorems = tuple(dict.fromkeys(each.upper.bound.key for each in found))
            formula = _closed_form(found, family) if len(theorems) == 1 else ""
            terms = tuple(each.lower.value for each in found)
            yield Row(family.name, terms, theorems, formula, tuple(each.architecture for each in found))


@dataclass(frozen=True)
class _Family:
    """Architectures in which one width runs, or with ``deep`` the number of layers of one width."""

    name: str
    inputs: int
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    rank: int | None = None
    deep: bool = False

    def member(self, number: Any) -> Architecture:
        """The architecture for one number."""
        widths = self.before * number if self.deep else (*self.before, number, *self.after)
        if self.rank is None:
            return Architecture.relu(self.inputs, *widths)
        return Architecture.maxout(self.inputs, *widths, rank=self.rank)


def _families() -> Iterator[_Family]:
    for inputs in range(1, 5):
        yield _Family(f"({inputs}; n)", inputs)
        for width in range(1, 9):
            yield _Family(f"({inputs}; {width}, m)", inputs, (width,))
            yield _Family(f"({inputs}; n, {width})", inputs, (), (width,))
        for first, second in product(range(1, 5), repeat=2):
            yield _Family(f"({inputs}; {first}, {second}, m)", inputs, (first, second))
        for width in range(1, 4):
            yield _Family(f"({inputs}; {width}, …, {width})", inputs, (width,), deep=True)
        for rank in (3, 4):
            yield _Family(f"({inputs}; n) maxout {rank}", inputs, rank=rank)


def _closed_form(found: Sequence[Tightness], family: _Family) -> str:
    """The bound of all terms with a symbol for the width that runs, and from which width on the formula is it.

    Empty if the bound has no formula for that, or one that is not about the last terms.
    """
    if family.deep:
        return ""
    symbol = sympy.Symbol("m", integer=True, positive=True)
    try:
        expression = sympy.factor(found[0].upper.bound(family.member(symbol)).expression)
        right = [expression.subs(symbol, number) == each.upper.value for number, each in enumerate(found, start=1)]
    except (LinregionsError, TypeError, ValueError):
        return ""
    first = max((number for number, holds in enumerate(right, start=1) if not holds), default=0) + 1
    if first > len(found):
        return ""
    return str(expression) if first == 1 else f"{expression} for m >= {first}"


def b_file(row: Row) -> str:
    """The terms as a b-file, one line each: number and value."""
    return "".join(f"{number} {term}\n" for number, term in enumerate(row.terms, start=1))
