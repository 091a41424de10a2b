"""Bounds seen layer by layer, for comparisons that range over many architectures.

Most upper bounds are a program over states (see :mod:`theory.bounds.dynamic_program`): a layer of width m sends
the number c of dimensions alive to other numbers with weights.  Most lower bounds are a product with a factor
for every folding layer and another for the last one.  A :class:`Layerwise` says which; the searches over
width profiles and the growth rates stand on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from theory.bounds.bound import Bound
from theory.bounds.catalog import BOUNDS
from theory.bounds.foldings import balanced_folds
from theory.bounds.histograms import hinz_moves
from theory.bounds.integers import zaslavsky_number
from theory.bounds.serra import serra_moves
from theory.errors import UnsupportedError

__all__ = ["LAYERWISE", "Layerwise", "layerwise"]


@dataclass(frozen=True)
class Layerwise:
    """One layer of a bound: the moves of a layer before the last one, and of the last one.

    Attributes
    ----------
    hidden, last : callable
        (inputs, state, width) to pairs (next state, weight); empty if the width is not allowed there.
    branches : bool
        Whether a state can lead to several states.
    """

    hidden: Callable[[int, int, int], Iterable[tuple[int, int]]]
    last: Callable[[int, int, int], Iterable[tuple[int, int]]]
    branches: bool


def _uniform(moves: Callable[[int, int, int], Iterable[tuple[int, int]]], *, branches: bool = False) -> Layerwise:
    return Layerwise(moves, moves, branches)


def _fold(factor: Callable[[int, int], int], least: int, *, last_too: bool = True) -> Layerwise:
    """Factor(inputs, width) for a folding layer of width ≥ least·n0, then Zaslavsky's number."""

    def hidden(inputs: int, state: int, width: int) -> Iterable[tuple[int, int]]:
        return [(state, factor(inputs, width))] if width >= least * inputs else []

    def last(inputs: int, state: int, width: int) -> Iterable[tuple[int, int]]:
        return [(state, zaslavsky_number(width, inputs))] if width >= least * inputs or not last_too else []

    return Layerwise(hidden, last, branches=False)


LAYERWISE: dict[str, Layerwise] = {
    "trivial": _uniform(lambda _, c, m: [(c, 1 << m)]),
    "raghu2017": _uniform(lambda inputs, c, m: [(c, zaslavsky_number(m, inputs))]),
    "montufar2017": _uniform(lambda _, c, m: [(min(c, m), zaslavsky_number(m, c))]),
    "serra2018": _uniform(lambda _, c, m: serra_moves(c, m), branches=True),
    "hinz2019": _uniform(lambda _, c, m: hinz_moves("serra")(c, m), branches=True),
    "hinz2021": _uniform(lambda _, c, m: hinz_moves("2021")(c, m), branches=True),
    "pascanu2013": _fold(lambda n0, m: m // n0, 1),
    "montufar2014": _fold(lambda n0, m: int((m // n0) ** n0), 1),
    "serra2018_lower": _fold(lambda n0, m: int((m // n0 + 1) ** n0), 3),
    "balanced_folding": _fold(lambda n0, m: balanced_folds(m, n0), 1, last_too=False),
}
"""The bounds that can be taken apart, by key."""


def layerwise(bound: Bound | str) -> tuple[str, Layerwise]:
    """The key of a bound and its layers.

    Raises
    ------
    UnknownNameError
        If there is no bound of that name.
    UnsupportedError
        If the bound cannot be taken apart layer by layer.
    """
    key = bound if isinstance(bound, str) else bound.key
    if BOUNDS[key].key not in LAYERWISE:
        raise UnsupportedError(f"{key} cannot be taken apart layer by layer; choose one of {', '.join(LAYERWISE)}")
    return key, LAYERWISE[key]
