"""Activations: what a kind of unit says about itself, and the kinds that there are.

A unit reads r preactivations z_0, …, z_{r−1} and returns one number, a continuous piecewise-linear function of them.
Its *pieces* partition ℝ^r: each is where some preactivations compare in a given way with constants or with one
another (:class:`Comparison`), and there the unit returns one of them, scaled and shifted (:class:`Output`).  A kind of
unit is a subclass of :class:`Activation` that says just that, and has a row of :data:`JSON_FORMS` if network files are
to hold it.  A *scalar* unit reads one preactivation (:class:`PiecewiseLinear`), a *maxout* unit of rank k reads k and
returns the largest (:class:`Maxout`).  A function with several values is written as several units: CReLU as two ReLU
units, GroupSort as one unit for each place in the order.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar

import flint

from theory import exact
from theory.architecture import UnitKind
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import Range, RationalLike, format_rational, integer, python_text, rational, rational_vector, to_fmpq

Number = TypeVar("Number", int, Fraction, flint.fmpq)
_ZERO = flint.fmpq(0)


class Comparison(NamedTuple):
    r"""One inequality that holds where a unit takes a piece.

    It compares two preactivations, :math:`z_i \ge z_j`, or one with a constant, :math:`z_i \ge t` or :math:`t \ge z_j`.
    """

    other: int
    """The piece that the unit takes on the other side of the wall."""
    plus: int | None
    """i, counted within the unit."""
    minus: int | None
    """j, likewise."""
    shift: Fraction
    """t, or −t where there is no i; 0 if two preactivations are compared."""
    strict: bool
    """Whether > holds on the piece, so that the wall belongs to a piece on its other side."""

    def of(self, forms: Sequence[Sequence[Number]], one: Number) -> list[Number]:
        """A positive multiple of the difference, which is ≥ 0, as an affine form, constant last.

        ``forms`` are the unit's preactivations as affine forms; ``one`` stands for 1 among their constants, an integer
        D > 1 if the forms are scaled by D to be integers.
        """
        nothing = [0 * one] * len(forms[0])
        plus, minus = (nothing if i is None else forms[i] for i in (self.plus, self.minus))
        row = [a - b for a, b in zip(plus, minus, strict=True)]
        if self.shift:
            numerator, denominator = self.shift.as_integer_ratio()
            row = [denominator * v for v in row]
            row[-1] -= numerator * one
        return row

    def admits(self, value: Any) -> bool:
        """Whether the inequality holds where the difference has this value."""
        return bool(value > 0 or (value == 0 and not self.strict))

    def may_hold(self, ranges: Sequence[Range]) -> bool:
        """Whether the inequality holds somewhere in the box of these ranges of the preactivations."""
        high = ranges[self.plus][1] if self.plus is not None else _ZERO
        low = ranges[self.minus][0] if self.minus is not None else _ZERO
        if high is None or low is None:
            return True
        return self.admits(high - low - to_fmpq(self.shift) if self.shift else high - low)


class Output(NamedTuple):
    """What a unit returns on a piece: slope·z_row + intercept."""

    row: int
    slope: Fraction
    intercept: Fraction

    @property
    def is_constant(self) -> bool:
        return self.slope == 0


class Activation(ABC):
    """A kind of unit: immutable, hashable, and equal to what is the same function of the same rows."""

    architecture_kind: ClassVar[UnitKind] = "general"
    """The kind of architecture whose bounds hold for layers of these units."""

    @property
    @abstractmethod
    def rows(self) -> int:
        """Number r of preactivations that one unit reads."""

    @property
    @abstractmethod
    def pieces(self) -> int:
        """Number of affine pieces."""

    @abstractmethod
    def comparisons(self, piece: int) -> Sequence[Comparison]:
        """The inequalities that describe a piece.  Every point of ℝ^r satisfies those of exactly one piece."""

    @abstractmethod
    def output(self, piece: int) -> Output:
        """What the unit returns on a piece."""

    @property
    @abstractmethod
    def name(self) -> str:
        """A short name that tells the unit from all others; part of a network's digest."""

    @abstractmethod
    def source(self) -> str:
        """A Python expression, in the names of :mod:`theory`, that makes the unit."""

    @abstractmethod
    def to_json(self) -> Any:
        """What network files hold for the unit: a name, or an object (see :data:`theory.activations.JSON_FORMS`)."""

    is_symmetric: ClassVar[bool] = False
    """Whether the value does not depend on the order of the preactivations."""

    def scaled(self, factor: Fraction) -> Activation:  # noqa: ARG002
        """The unit z ↦ λ·f(z/λ) for λ > 0: the same one if it compares preactivations with 0 and each other only."""
        if any(c.shift for piece in range(self.pieces) for c in self.comparisons(piece)):
            raise UnsupportedError(f"{self.name} units compare with constants; their kind needs a method scaled")
        return self

    @cached_property
    def is_ordered(self) -> bool:
        """Whether walls only separate consecutive pieces, so that pieces can be cut off one after the other."""
        return all(abs(c.other - piece) == 1 for piece in range(self.pieces) for c in self.comparisons(piece))

    def first_piece(self, holds: Callable[[Comparison], bool]) -> int:
        """The piece all of whose inequalities hold."""
        return next(piece for piece in range(self.pieces) if all(map(holds, self.comparisons(piece))))

    def piece_of(self, z: Sequence[Fraction]) -> int:
        """The piece that the unit takes at r preactivations."""
        forms = [(v,) for v in z]
        return self.first_piece(lambda c: c.admits(c.of(forms, Fraction(1))[0]))

    def value(self, z: Sequence[Fraction]) -> Fraction:
        """What the unit returns at r preactivations."""
        row, slope, intercept = self.output(self.piece_of(z))
        return slope * z[row] + intercept

    def pieces_in(self, ranges: Sequence[Range]) -> list[int]:
        """The pieces that the unit may take where the preactivations lie in a box; exact for a single inequality."""
        return [p for p in range(self.pieces) if all(c.may_hold(ranges) for c in self.comparisons(p))]

    def image(self, ranges: Sequence[Range], pieces: Sequence[int] | None = None) -> Range:
        """An interval that contains the unit's values on given pieces, default :meth:`pieces_in`, inside a box."""
        return exact.hull(self._piece_image(ranges, p) for p in (self.pieces_in(ranges) if pieces is None else pieces))

    def _piece_image(self, ranges: Sequence[Range], piece: int) -> Range:
        """The values of the unit on one piece, where its comparisons bound the preactivation that it returns."""
        row, slope, intercept = self.output(piece)
        ends = list(ranges[row])
        for _, plus, minus, shift, _ in self.comparisons(piece):
            if row in (plus, minus):  # z_row ≥ z_minus + shift, or z_row ≤ z_plus − shift
                side, other, by = (0, minus, shift) if plus == row else (1, plus, -shift)
                end, known = _ZERO if other is None else ranges[other][side], ends[side]
                if end is not None:
                    end = end + to_fmpq(by) if by else end
                    ends[side] = end if known is None else (max, min)[side](end, known)
        low, high = ends
        whole = slope == 1 and not intercept
        return (low, high) if whole else exact.affine_image([to_fmpq(slope)], to_fmpq(intercept), [(low, high)])

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


@dataclass(frozen=True, repr=False)
class Maxout(Activation):
    r""":math:`\max(z_0, \dots, z_{k-1})`, k the ``rank``.

    Piece i is where z_i is the largest and no z_j with j < i is as large: the first of those that attain the maximum.

    >>> Maxout(3).piece_of([Fraction(1), Fraction(2), Fraction(2)])
    1
    """

    rank: int

    architecture_kind = "maxout"
    is_symmetric = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", integer(self.rank, place="maxout rank", minimum=1))

    @property
    def rows(self) -> int:
        return self.rank

    @property
    def pieces(self) -> int:
        return self.rank

    def comparisons(self, piece: int) -> list[Comparison]:
        """z_piece ≥ z_j for every other j, > if j comes first."""
        return [Comparison(j, piece, j, Fraction(0), j < piece) for j in range(self.rank) if j != piece]

    def output(self, piece: int) -> Output:
        """z_piece."""
        return Output(piece, Fraction(1), Fraction(0))

    def piece_of(self, z: Sequence[Fraction]) -> int:
        return max(range(len(z)), key=lambda i: (z[i], -i))

    @property
    def name(self) -> str:
        return f"maxout({self.rank})"

    def source(self) -> str:
        return f"Maxout({self.rank})"

    def to_json(self) -> Any:
        return {"maxout": self.rank}


@dataclass(frozen=True, init=False, repr=False)
class PiecewiseLinear(Activation):
    r"""The continuous function with the given breakpoints and slopes and f(0) = 0.

    A constant offset can always be moved into the next layer's bias.  Piece i, of slope :math:`s_i`, is where
    :math:`t_i < z \le t_{i+1}`, with :math:`t_0 = -\infty` and :math:`t_{p+1} = \infty`: a ReLU unit is active exactly
    where z > 0, and a unit that is identically zero is off.  There are p rational ``breakpoints``
    :math:`t_1 < \dots < t_p` and p + 1 rational ``slopes`` :math:`s_0, \dots, s_p`, of which neighbors differ.

    >>> hat = PiecewiseLinear([0, 1, 2], [0, 1, -1, 0])
    >>> [str(hat(z)) for z in (-1, "1/2", 1, 2, 5)]
    ['0', '1/2', '1', '0', '0']
    """

    breakpoints: tuple[Fraction, ...]
    slopes: tuple[Fraction, ...]

    architecture_kind = "piecewise"
    is_symmetric = True
    rows = 1

    def __init__(self, breakpoints: Sequence[RationalLike], slopes: Sequence[RationalLike]) -> None:
        points = rational_vector(breakpoints, place="breakpoints")
        values = rational_vector(slopes, place="slopes")
        if len(values) != len(points) + 1:
            raise InvalidInputError(f"{len(points)} breakpoints need {len(points) + 1} slopes, not {len(values)}")
        if any(a >= b for a, b in itertools.pairwise(points)):
            raise InvalidInputError("breakpoints must increase strictly; sort them and drop repeats")
        if any(a == b for a, b in itertools.pairwise(values)):
            raise InvalidInputError("neighboring slopes must differ; drop the breakpoint between equal slopes")
        vars(self).update(breakpoints=points, slopes=values)

    @property
    def pieces(self) -> int:
        """Number of affine pieces, p + 1."""
        return len(self.slopes)

    @cached_property
    def intercepts(self) -> tuple[Fraction, ...]:
        """Intercept c_i of each piece f(z) = s_i·z + c_i, fixed by continuity and f(0) = 0."""
        at_zero = sum(1 for t in self.breakpoints if t < 0)  # the piece that contains 0
        pairs = zip(self.breakpoints, itertools.pairwise(self.slopes), strict=True)
        raised = list(itertools.accumulate(((s - after) * t for t, (s, after) in pairs), initial=Fraction(0)))
        return tuple(c - raised[at_zero] for c in raised)

    @cached_property
    def _comparisons(self) -> tuple[tuple[Comparison, ...], ...]:
        below = [Comparison(i, 0, None, t, strict=True) for i, t in enumerate(self.breakpoints)]
        above = [Comparison(i, None, 0, -t, strict=False) for i, t in enumerate(self.breakpoints, start=1)]
        return tuple((*below[max(i - 1, 0) : i], *above[i : i + 1]) for i in range(self.pieces))

    def comparisons(self, piece: int) -> tuple[Comparison, ...]:
        """z > t_i and z ≤ t_{i+1}, where these breakpoints exist."""
        return self._comparisons[piece]

    def output(self, piece: int) -> Output:
        """s_i·z + c_i."""
        return Output(0, self.slopes[piece], self.intercepts[piece])

    def piece_of(self, z: Sequence[Fraction]) -> int:
        """The piece with t_i < z ≤ t_{i+1}."""
        return sum(1 for t in self.breakpoints if z[0] > t)

    def scaled(self, factor: Fraction) -> PiecewiseLinear:
        """z ↦ λ·f(z/λ): the breakpoints times λ."""
        return PiecewiseLinear([factor * t for t in self.breakpoints], self.slopes)

    def __call__(self, z: RationalLike) -> Fraction:
        return self.value([rational(z)])

    @property
    def name(self) -> str:
        """The name used in network files, or the breakpoints and slopes."""
        if self in _NAMES:
            return _NAMES[self]
        data = self.to_json()
        if "leaky_relu" in data:
            return f"leaky_relu({data['leaky_relu']})"
        return f"piecewise(breakpoints [{', '.join(data['breakpoints'])}], slopes [{', '.join(data['slopes'])}])"

    def source(self) -> str:
        """``RELU`` and the like, or ``PiecewiseLinear([...], [...])``."""
        if self in _NAMES:
            return _NAMES[self].upper()
        points, slopes = (", ".join(map(python_text, values)) for values in (self.breakpoints, self.slopes))
        return f"PiecewiseLinear([{points}], [{slopes}])"

    def to_json(self) -> Any:
        """A name, ``{"leaky_relu": "p/q"}``, or the breakpoints and slopes."""
        if self in _NAMES:
            return _NAMES[self]
        points, slopes = ([format_rational(v) for v in values] for values in (self.breakpoints, self.slopes))
        leaky = self.breakpoints == (Fraction(0),) and self.slopes[1] == 1
        return {"leaky_relu": slopes[0]} if leaky else {"breakpoints": points, "slopes": slopes}


RELU = PiecewiseLinear([0], [0, 1])
"""max(0, z)."""
IDENTITY = PiecewiseLinear([], [1])
"""z: an affine unit, which bends nothing."""
ABS = PiecewiseLinear([0], [-1, 1])
"""The absolute value of z."""
HARD_TANH = PiecewiseLinear([-1, 1], [0, 1, 0])
"""min(1, max(−1, z))."""
NAMED = {"relu": RELU, "abs": ABS, "hard_tanh": HARD_TANH, "identity": IDENTITY}
"""Units with a name of their own; in Python they are called by it in capitals."""
_NAMES = {unit: name for name, unit in NAMED.items()}


def leaky_relu(slope: RationalLike) -> PiecewiseLinear:
    """max(z, slope·z) for slope < 1: slope ``slope`` left of 0 and 1 right of it; slope 1 is the identity.

    >>> leaky_relu("1/10")
    <activation leaky_relu(1/10)>
    """
    value = rational(slope, place="leaky_relu slope")
    return IDENTITY if value == 1 else PiecewiseLinear([0], [value, 1])


JSON_FORMS: dict[Callable[..., Activation], dict[str, Literal["rank", "number", "numbers"]]] = {
    leaky_relu: {"leaky_relu": "number"},
    PiecewiseLinear: {"breakpoints": "numbers", "slopes": "numbers"},
    Maxout: {"maxout": "rank"},
}
"""How network files write units that are not in :data:`NAMED`: the keys of an object, whose values a callable takes."""
