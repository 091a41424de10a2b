"""Side conditions: what a statement asks of an architecture, each with the sentence that says how it fails."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.expressions import is_number

_NAMES = {"relu": "ReLU", "maxout": "maxout", "piecewise": "piecewise-linear", "general": "general"}


@dataclass(frozen=True)
class Condition:
    """A side condition: its wording, and the relations it asks of an architecture.

    ``relations`` yields pairs (relation, sentence about the failure); a sympy relation that cannot be decided is kept
    as an assumption.  ``is_kind``: it says only what units or layers the statement is about.
    """

    text: str
    relations: Callable[[Any], Iterator[tuple[Any, str]]] = field(compare=False, repr=False)
    is_kind: bool = False

    def __str__(self) -> str:
        return self.text


def failure(conditions: Iterable[Condition], subject: Any) -> str | None:
    """The sentence about the first relation that does not hold; None if each holds or cannot be decided."""
    relations = (pair for condition in conditions for pair in condition.relations(subject))
    return next((sentence for relation, sentence in relations if relation in (False, sympy.false)), None)


def about(
    kind: type, text: str, words: str, asked: Callable[[Any], tuple[Any, str]] = lambda _: (True, "")
) -> Condition:
    """The subject is of the class ``kind``, and more may be ``asked`` of it; ``words`` say what the statement is on."""

    def relations(subject: Any) -> Iterator[tuple[Any, str]]:
        fits = isinstance(subject, kind)
        yield fits, f"it is about {words}, not about {type(subject).__name__}; see {kind.__name__}"
        if fits:
            yield asked(subject)

    return Condition(text, relations, is_kind=True)


def dense(*kinds: str) -> Condition:
    """A fully connected architecture with units of one of the given kinds."""
    names = " or ".join(_NAMES[kind] for kind in kinds)
    return about(
        Architecture,
        f"{names} units, fully connected",
        f"fully connected layers of {names} units",
        lambda arch: (arch.kind in kinds, f"it is about {names} units, these are {_NAMES[arch.kind]}"),
    )


def asks(text: str, holds: Callable[[Any], Any], failure: str) -> Condition:
    """One relation; ``failure`` is the sentence about it, with fields such as ``{0.depth}`` of the subject."""
    return Condition(text, lambda subject: iter([(holds(subject), failure.format(subject))]))


one_layer = asks("one hidden layer", lambda s: s.depth == 1, "it is about one hidden layer, here are {0.depth}")
"""The architecture has one hidden layer."""

one_input = asks(
    "one input",
    lambda s: s.inputs == 1 if is_number(s.inputs) else sympy.Eq(s.inputs, 1),
    "it is about one input, here are {0.inputs}",
)
"""The architecture has one input."""


def at_least_inputs(factor: int = 1, *, last: bool = True) -> Condition:
    """n_l ≥ factor·n0 for every hidden layer, or for all but the last one; and at least one layer."""
    which = "every layer" if last else "every layer but the last"
    multiple = "n0" if factor == 1 else f"{factor}·n0"
    text = f"n_l ≥ {multiple} for {which}"

    def relations(subject: Any) -> Iterator[tuple[Any, str]]:
        yield subject.depth > 0, "it is about at least one hidden layer, here is none"
        need = factor * subject.inputs
        for layer, n in enumerate(subject.widths if last else subject.widths[:-1], start=1):
            yield n >= need, f"it needs {text}, but layer {layer} has width {n} < {need}"

    return Condition(text, relations)


def each_width(text: str, holds: Callable[[Any], Any], *, last: bool = True, needs: str | None = None) -> Condition:
    """A relation for the width of every hidden layer, or of all but the last one; ``needs``: how a failure names it."""

    def relations(subject: Any) -> Iterator[tuple[Any, str]]:
        for layer, n in enumerate(subject.widths if last else subject.widths[:-1], start=1):
            yield holds(n), f"it needs {needs or text}, but layer {layer} has width {n}"

    return Condition(text, relations)


def is_even(n: Any) -> Any:
    """Whether a width is even and positive."""
    return n % 2 == 0 and n > 0 if is_number(n) else sympy.Eq(sympy.Mod(n, 2), 0)
