"""What a kind of unit says about itself: where it is which affine function.

A unit reads r preactivations z_0, …, z_{r−1} and returns one number, a continuous piecewise-linear function of them.
Its *pieces* partition ℝ^r: each is where some preactivations compare in a given way with constants or with one
another (:class:`Comparison`), and there the unit returns one of them, scaled and shifted (:class:`Output`).  A kind of
unit is a subclass of :class:`Activation` that says just that; everything else follows from it, for every part of the
toolkit that decides in rational arithmetic.  A function with several values is written as several units: CReLU as two
ReLU units, GroupSort as one unit for each place in the order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, TypeVar

import flint

from theory.architecture import UnitKind
from theory.errors import UnsupportedError
from theory.exact import to_fmpq
from theory.intervals import Range, affine_image, hull

__all__ = ["Activation", "Comparison", "Output"]

Number = TypeVar("Number", int, Fraction, flint.fmpq)
_ZERO = flint.fmpq(0)


class Comparison(NamedTuple):
    r"""One inequality that holds where a unit takes a piece.

    It compares two preactivations, :math:`z_i - z_j \ge 0`, or one with a constant, :math:`z_i - t \ge 0` or
    :math:`t - z_j \ge 0`.
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
        """A positive multiple of the left side as an affine form, constant last.

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
        """Whether the inequality holds where its left side has this value."""
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
    """A kind of unit.  Instances are immutable, hashable, and equal if they are the same function of the same rows.

    A subclass gives the abstract members and may override the others where it knows a faster way.
    """

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
        """An interval that contains the unit's values where the preactivations lie in a box and it takes given pieces.

        Without ``pieces`` they are those of :meth:`pieces_in`.
        """
        return hull(self._piece_image(ranges, p) for p in (self.pieces_in(ranges) if pieces is None else pieces))

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
        if slope == 1 and not intercept:
            return low, high
        return affine_image([to_fmpq(slope)], to_fmpq(intercept), [(low, high)])

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<activation {self.name}>"
