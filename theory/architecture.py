"""Architectures: what bounds are functions of.

``2-4-4`` has n0 = 2 inputs and hidden widths n1 = n2 = 4; the affine output layer, which creates no regions, is not
listed.  Widths, inputs and rank may be sympy expressions; bounds of a symbolic architecture are expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from theory.errors import InvalidInputError
from theory.exact import integer

UnitKind = Literal["relu", "maxout", "piecewise", "general"]
"""What the units of an architecture are."""

_WORD = re.compile(r"\s*\d{1,1000}(\s*[-,;]\s*\d{1,1000})*\s*\Z")


def has_symbols(*values: Any) -> bool:
    """Whether one of the values is a sympy expression with free symbols."""
    return any(getattr(v, "free_symbols", None) for v in values)


def size_or_symbol(value: Any, place: str, minimum: int) -> Any:
    """An int at least ``minimum``, or a sympy expression with free symbols, left as it is."""
    if has_symbols(value):
        if value.is_negative or value.is_integer is False:
            raise InvalidInputError(f"{place}: under its assumptions {value} is no integer ≥ {minimum}; change them")
        return value
    if isinstance(value, str) and "-" in value.strip("-"):
        raise InvalidInputError(f"{place}: {value!r} is a whole architecture; read it with Architecture.parse")
    return integer(value, place=place, minimum=minimum)


class Layered:
    """What has layers of units."""

    widths: tuple[Any, ...]
    """(n1, …, nL), the units of each layer."""

    @property
    def depth(self) -> int:
        """Number of hidden layers L."""
        return len(self.widths)

    @property
    def units(self) -> Any:
        """Number of hidden units N = n1 + … + nL."""
        return sum(self.widths)


@dataclass(frozen=True, repr=False)
class Architecture(Layered):
    """Input dimension, hidden widths and unit kind; InvalidInputError names a number that is no integer in its range.

    >>> arch = Architecture.parse("2-4-4")
    >>> arch, arch.units, arch.depth, str(Architecture.maxout(2, 4, rank=3))
    (Architecture.relu(2, 4, 4), 8, 2, '2-4 maxout rank 3')
    """

    inputs: Any
    """n0 ≥ 1."""
    widths: tuple[Any, ...]
    """(n1, …, nL), each ≥ 0; empty for an affine function."""
    kind: UnitKind = "relu"
    """``"piecewise"``: scalar units of at most ``rank`` pieces (leaky ReLU, abs, …); ``"general"``: any units."""
    rank: Any = 2
    """Pieces of one unit: 2 for ReLU, k for rank-k maxout, breakpoints + 1 for piecewise units, otherwise the most."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(UnitKind):
            raise InvalidInputError(f"unknown unit kind {self.kind!r}; choose one of {', '.join(get_args(UnitKind))}")
        if not isinstance(self.widths, Iterable):
            raise InvalidInputError(f"widths={self.widths!r} must be a sequence, as in (4, 4)")
        widths = tuple(size_or_symbol(n, f"width of layer {i}", 0) for i, n in enumerate(self.widths, start=1))
        inputs, rank = size_or_symbol(self.inputs, "number of inputs", 1), size_or_symbol(self.rank, "rank", 1)
        vars(self).update(inputs=inputs, widths=widths, rank=rank)
        if self.kind == "relu" and self.rank != 2:
            raise InvalidInputError(f"a ReLU unit has 2 pieces, not {self.rank}; use Architecture.maxout(..., rank=k)")

    @classmethod
    def relu(cls, inputs: Any, *widths: Any) -> Architecture:
        """ReLU layers of the given widths."""
        return cls(inputs, widths, "relu", 2)

    @classmethod
    def maxout(cls, inputs: Any, *widths: Any, rank: Any) -> Architecture:
        """Layers of maxout units, each the maximum of ``rank`` affine functions."""
        return cls(inputs, widths, "maxout", rank)

    @classmethod
    def parse(cls, text: str, *, rank: Any = None) -> Architecture:
        """Read ``"2-4-4"`` (also ``"2,4,4"`` or ``"2;4,4"``); with ``rank`` given, maxout of that rank."""
        if not isinstance(text, str) or not text.strip():
            raise InvalidInputError("empty architecture; write inputs and hidden widths as in 2-4-4")
        if not _WORD.match(text):
            raise InvalidInputError(f"architecture {text!r:.80} is not of the form inputs-width-width, as in 2-4-4")
        numbers = [int(word) for word in re.split(r"[-,;]", text)]
        return cls.relu(*numbers) if rank is None else cls.maxout(*numbers, rank=rank)

    @property
    def is_symbolic(self) -> bool:
        """Whether any size is a sympy expression with free symbols."""
        return has_symbols(self.inputs, self.rank, *self.widths)

    @property
    def sizes(self) -> tuple[Any, ...]:
        """(n0, n1, …, nL)."""
        return (self.inputs, *self.widths)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.sizes)

    def __repr__(self) -> str:
        inside = ", ".join(map(str, self.sizes))
        if self.kind == "relu":
            return f"Architecture.relu({inside})"
        if self.kind == "maxout":
            return f"Architecture.maxout({inside}, rank={self.rank})"
        return f"Architecture({self.inputs}, {self.widths}, kind={self.kind!r}, rank={self.rank})"

    def __str__(self) -> str:
        name = "-".join(map(str, self.sizes))
        if self.kind == "relu":
            return name
        return f"{name} {'maxout rank' if self.kind == 'maxout' else 'pieces'} {self.rank}"


@dataclass(frozen=True)
class MixedRanks(Layered):
    """Input dimension n0 ≥ 1, and for each hidden layer the number of pieces of each of its units.

    ``ranks[l]`` lists k_1, …, k_m ≥ 1 of layer l + 1: a maxout unit of rank k, or a scalar unit with k pieces.

    >>> str(MixedRanks(2, ((3, 3, 2),))), MixedRanks(2, ((3, 3, 2),)).widths
    ('2-(3,3,2)', (3,))
    """

    inputs: int
    ranks: tuple[tuple[int, ...], ...]
    is_symbolic: ClassVar[bool] = False

    def __init__(self, inputs: int, ranks: Sequence[Sequence[int]]) -> None:
        if any(isinstance(layer, str) or not isinstance(layer, Iterable) for layer in ranks):
            raise InvalidInputError("ranks lists one sequence for each layer; write ((3, 3, 2),) for one layer")
        number = integer(inputs, place="number of inputs", minimum=1)
        layers = tuple(
            tuple(integer(k, place=f"rank of unit {u} in layer {i}", minimum=1) for u, k in enumerate(layer, start=1))
            for i, layer in enumerate(ranks, start=1)
        )
        vars(self).update(inputs=number, ranks=layers, widths=tuple(map(len, layers)))

    def __str__(self) -> str:
        return "-".join([str(self.inputs), *(f"({','.join(map(str, layer))})" for layer in self.ranks)])

    def __repr__(self) -> str:
        return f"MixedRanks({self.inputs}, {self.ranks})"
