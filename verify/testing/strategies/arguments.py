"""The checks that strategies make of their arguments, as soon as they are called."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from theory.errors import InvalidInputError
from theory.exact import integer

Strategy = st.SearchStrategy
"""A hypothesis strategy."""


def interval(name: str, low: int, high: int, *, minimum: int) -> tuple[int, int]:
    """A pair of integers (min, max), at least ``minimum`` and in order."""
    bounds = integer(low, place=f"min_{name}", minimum=minimum), integer(high, place=f"max_{name}", minimum=minimum)
    if bounds[0] > bounds[1]:
        raise InvalidInputError(f"min_{name} {low} is above max_{name} {high}; swap them")
    return bounds


def strategy_or(given: Any, name: str, default: Strategy[Any]) -> Strategy[Any]:
    """The strategy that the caller gives, or the default."""
    if given is None:
        return default
    if not isinstance(given, Strategy):
        raise InvalidInputError(f"{name}: {given!r} is not a hypothesis strategy; wrap a fixed value in st.just")
    return given
