"""Maxima along a row of architectures, as far as they are known: (2; n), (2; 3, m), (1; 2, …, 2) and the like.

>>> from verify.maxima.best_known import tightness
>>> small = lambda arch: tightness(arch) if arch.inputs == 2 and arch.units <= 7 else None
>>> {row.name: row.terms for row in sequences(small)}["(2; 3, m)"]
(13, 22, 34, 49)
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import sympy

from theory.architecture import Architecture
from theory.errors import LinregionsError
from verify.maxima.best_known import Tightness

_FEWEST = 3
"""A row of which fewer terms are known is left out."""


class Row(NamedTuple):
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
    for name, member in _families():
        maxima = map(known, map(member, itertools.count(1)))
        found = [each for each in itertools.takewhile(lambda each: each and each.exact, maxima) if each]
        if len(found) >= _FEWEST:
            theorems = tuple(dict.fromkeys(each.upper.bound.key for each in found))
            formula = _closed_form(found, member) if len(theorems) == 1 else ""
            terms = tuple(each.lower.value for each in found)
            yield Row(name, terms, theorems, formula, tuple(each.architecture for each in found))


def _families() -> Iterator[tuple[str, Callable[..., Architecture]]]:
    """Names, and the architecture for each number, which is one width or that of the layers."""
    for inputs in range(1, 5):
        relu = partial(Architecture.relu, inputs)
        yield f"({inputs}; n)", relu
        for width in range(1, 9):
            yield f"({inputs}; {width}, m)", partial(relu, width)
            yield f"({inputs}; n, {width})", lambda n, relu=relu, width=width: relu(n, width)
        for first, second in product(range(1, 5), repeat=2):
            yield f"({inputs}; {first}, {second}, m)", partial(relu, first, second)
        for width in range(1, 4):
            yield f"({inputs}; {width}, …, {width})", lambda n, relu=relu, width=width: relu(*[width] * n)
        for rank in (3, 4):
            yield f"({inputs}; n) maxout {rank}", partial(Architecture.maxout, inputs, rank=rank)


def _closed_form(found: Sequence[Tightness], member: Callable[..., Architecture]) -> str:
    """The bound of all terms with a symbol for the width that runs, and from which width on the formula is it.

    Empty if the number of layers runs, or the bound has no formula for that, or one that is not about the last terms.
    """
    symbol = sympy.Symbol("m", integer=True, positive=True)
    try:
        expression = sympy.factor(found[0].upper.bound(member(symbol)).expression)
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
