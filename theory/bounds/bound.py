r"""One published statement as an object: formula, side conditions, source, and how far it has been checked.

Called with a numeric architecture, a :class:`Bound` returns an exact Python integer, computed with integers only;
called with symbols, a :class:`~theory.bounds.expressions.Formula`.  What is bounded, unless a statement says otherwise:
the maximum, over all real weights and biases, of the number of activation regions in all of :math:`\mathbb{R}^{n_0}`.
Thin regions make no difference to it: lowering the biases a little, the later layers more than the earlier ones, makes
every non-empty activation pattern full-dimensional.

A *refuted* statement stays in the catalog with its counterexample and refuses to be used as a bound;
:meth:`Bound.printed_value` still shows what it claims.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Literal

import sympy

from theory.architecture import Architecture
from theory.bounds.dynamic_program import LayerProgram, Size, size
from theory.bounds.expressions import Formula, is_number, undecided
from theory.errors import ConditionError, UnsupportedError
from theory.sources import Source, described

Kind = Literal["upper", "lower", "exact"]
"""What a statement says about the maximum over all weights."""

ACTIVATION_REGIONS = "activation regions of R^n0, maximum over weights and biases"
"""The quantity nearly every statement bounds."""


class Status(StrEnum):
    """The provenance of a statement: what its wording here was taken from."""

    TEXT = "checked against the paper"
    NOTES = "checked against notes of the paper"
    SECOND_HAND = "secondary source"
    RECALLED = "recalled, not checked"
    AUTHOR_CODE = "from the author's code"
    HERE = "found here"
    REFUTED = "refuted"


_NAMES = {"relu": "ReLU", "maxout": "maxout", "piecewise": "piecewise-linear", "general": "general"}


@dataclass(frozen=True)
class Condition:
    """A side condition in words; ``relations`` yields what it asks, as pairs (relation, sentence about the failure).

    A relation of sympy that cannot be decided is kept as an assumption.  ``is_kind``: it says only what it is about.
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
one_input = asks(
    "one input",
    lambda s: s.inputs == 1 if is_number(s.inputs) else sympy.Eq(s.inputs, 1),
    "it is about one input, here are {0.inputs}",
)


def at_least_inputs(factor: int = 1, *, last: bool = True) -> Condition:
    """n_l ≥ factor·n0 for every hidden layer, or for all but the last one; and at least one layer."""
    multiple = "n0" if factor == 1 else f"{factor}·n0"
    text = f"n_l ≥ {multiple} for every layer" + ("" if last else " but the last")

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


_SIGNS = {"n_l": "$n_l$", "d_l": "$d_l$", "n0": "$n_0$", "d0": "$d_0$", "≥": r"$\ge$", "≤": r"$\le$", "·": r"$\cdot$"}


@dataclass(frozen=True)
class Counterexample:
    """Where a refuted statement fails: the number it prints, the true one, and why the true one is true."""

    subject: Architecture
    claimed: int
    actual: int
    reason: str

    def __str__(self) -> str:
        return f"for {self.subject} it gives {self.claimed}, but {self.actual} is attained: {self.reason}"


@dataclass(frozen=True, eq=False, repr=False)
class Bound:
    """A statement about the number of regions, exact in numbers and in symbols.

    The ``kind`` ``"exact"`` is the maximum itself.  ``verified`` says what was checked in this toolkit, ``latex`` is
    the formula for any depth, ``bounds_what`` says which regions of which domain.  ``value`` makes of an architecture
    an integer, or with symbols an expression or a formula; it is a :class:`~theory.bounds.dynamic_program.LayerProgram`
    where possible.  :attr:`statement` is written for the architecture ``generic``.  ``size`` estimates length and work
    of the value, by default as those of the program or a product.

    >>> from theory.bounds import BOUNDS
    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> BOUNDS["serra2018"](Architecture.relu(2, 4, 4)), BOUNDS["serra2018"](Architecture.relu(1, n, n))
    (121, n**2 + 2*n + 1 for n >= 2)
    """

    key: str
    title: str
    kind: Kind
    source: Source
    status: Status
    verified: str
    latex: str
    conditions: tuple[Condition, ...]
    value: Callable[[Any], Any]
    generic: Any
    bounds_what: str = ACTIVATION_REGIONS
    counterexample: Counterexample | None = None
    size: Callable[[Any], Size] | None = None

    @property
    def is_refuted(self) -> bool:
        """Whether a counterexample is known."""
        return self.counterexample is not None

    def why_not(self, subject: Any) -> str | None:
        """The first condition that ``subject`` violates, in a sentence; None if the statement applies."""
        if self.counterexample is not None:
            return f"the statement is refuted: {self.counterexample}"
        return failure(self.conditions, subject)

    def holds_when(self, subject: Any) -> tuple[Any, ...]:
        """The sympy relations under which the symbolic value is the bound; empty if there are none."""
        self.check(subject)
        if not subject.is_symbolic:
            return ()
        asked = (relation for condition in self.conditions for relation, _ in condition.relations(subject))
        return undecided([*asked, *self.formula(subject).holds_when])

    def __call__(self, subject: Any) -> Any:
        """The exact integer, or a formula with the side conditions that symbols leave open.

        ConditionError if one fails or the statement is refuted; UnsupportedError if the integer takes too long.
        """
        self.check(subject)
        value = self.printed_value(subject)
        return Formula(value, self.holds_when(subject), f"{self.key} of {subject}") if subject.is_symbolic else value

    def printed_value(self, subject: Any) -> Any:
        """What the formula says, side conditions and refutation aside."""
        if subject.is_symbolic:
            return self.formula(subject).expression
        if reason := self.too_large(subject):
            raise UnsupportedError(f"{self.key} of {subject}: {reason}; with symbols as sizes it is an expression")
        return int(self.value(subject))

    def formula(self, subject: Any) -> Formula:
        """The expression for a symbolic architecture with what it assumes, side conditions and refutation aside."""
        value = self.value(subject)
        return value if isinstance(value, Formula) else Formula(value)

    def estimate(self, subject: Any) -> Size:
        """Length of the integer for a numeric architecture and work to compute it, estimated from above."""
        if self.size is not None:
            return self.size(subject)
        if isinstance(self.value, LayerProgram):
            return self.value.size(subject)
        return size(subject) if isinstance(subject, Architecture) else Size(0, 0)

    def too_large(self, subject: Any) -> str | None:
        """Why the integer for a numeric architecture is not computed; None if it is."""
        return self.estimate(subject).refusal()

    @property
    def statement(self) -> sympy.Expr:
        """The formula as a sympy expression, for the generic architecture."""
        return self.formula(self.generic).expression

    def check(self, subject: Any) -> None:
        """Raise a ConditionError, naming the condition, unless the statement applies."""
        if reason := self.why_not(subject):
            raise ConditionError(f"{self.key} does not apply to {subject}: {reason}")

    def _repr_latex_(self) -> str:
        """The formula, and beside it the conditions, without the one on the kind of units."""
        words = "; ".join(condition.text for condition in self.conditions if not condition.is_kind)
        for sign, command in _SIGNS.items():
            words = words.replace(sign, command)
        words = words.replace("$$", " ").replace("…", r"\dots ")
        beside = rf"\qquad\text{{({words})}}" if words else ""
        return rf"$\displaystyle {self.latex}{beside}$"

    def __str__(self) -> str:
        return f"{self.title} ({self.kind}, {self.source.short})"

    def __repr__(self) -> str:
        return f"<bound {self.key}: {self.kind}, {self.status.value}>"


@cache
def words(name: str) -> dict[str, dict[str, Any]]:
    """What the entries of ``theory/data/<name>.toml`` say: title, kind, source, provenance, LaTeX and the like."""
    found = described(name)
    for entry in found.values():
        entry["status"] = Status(entry["status"])
        entry["latex"] = entry["latex"].replace("\n", " ")
    return found


def statement(
    key: str, conditions: Sequence[Condition], value: Callable[[Any], Any], generic: Any, **facts: Any
) -> Bound:
    """The bound whose title, kind, source, provenance and LaTeX formula are the entry ``key`` of the data."""
    text = words("bounds")[key]
    return Bound(key=key, conditions=tuple(conditions), value=value, generic=generic, **text, **facts)
