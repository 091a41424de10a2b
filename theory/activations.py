"""Activations: piecewise-linear functions that a unit applies to its preactivation.

Two families, one interface.  A *scalar* activation reads one preactivation z and is given by
breakpoints t_1 < … < t_p and slopes s_0, …, s_p with f(0) = 0 (a constant offset can always be moved into
the next layer's bias).  A *maxout* unit of rank k reads k preactivations and returns the largest.

Pieces are numbered from 0.  Piece i of a scalar activation is taken where t_i < z ≤ t_{i+1}
(t_0 = −∞, t_{p+1} = ∞): a ReLU unit is active exactly where z > 0, and a unit that is identically zero is off.
A maxout unit takes the first of the pieces that attain the maximum.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from theory.errors import InvalidInputError
from theory.exact import RationalLike, format_rational, integer, rational, rational_vector

__all__ = [
    "ABS",
    "HARD_TANH",
    "IDENTITY",
    "RELU",
    "Activation",
    "Maxout",
    "PiecewiseLinear",
    "leaky_relu",
]


@dataclass(frozen=True, init=False, repr=False)
class PiecewiseLinear:
    """The continuous function with the given breakpoints and slopes and f(0) = 0.

    Parameters
    ----------
    breakpoints : sequence of p rationals, strictly increasing
    slopes : sequence of p + 1 rationals, neighbors different

    Examples
    --------
    >>> hat = PiecewiseLinear([0, 1, 2], [0, 1, -1, 0])
    >>> [str(hat(z)) for z in (-1, "1/2", 1, 2, 5)]
    ['0', '1/2', '1', '0', '0']
    """

    breakpoints: tuple[Fraction, ...]
    slopes: tuple[Fraction, ...]

    def __init__(self, breakpoints: Sequence[RationalLike], slopes: Sequence[RationalLike]) -> None:
        points = rational_vector(breakpoints, place="breakpoints")
        values = rational_vector(slopes, place="slopes")
        if len(values) != len(points) + 1:
            raise InvalidInputError(
                f"{len(points)} breakpoints need {len(points) + 1} slopes, but {len(values)} are given"
            )
        if any(a >= b for a, b in itertools.pairwise(points)):
            raise InvalidInputError("breakpoints must increase strictly; sort them and drop repeats")
        if any(a == b for a, b in itertools.pairwise(values)):
            raise InvalidInputError("neighboring slopes must differ; drop the breakpoint between equal slopes")
        object.__setattr__(self, "breakpoints", points)
        object.__setattr__(self, "slopes", values)

    @property
    def rows(self) -> int:
        """Preactivations that one unit reads."""
        return 1

    @property
    def pieces(self) -> int:
        """Number of affine pieces, p + 1."""
        return len(self.slopes)

    @cached_property
    def intercepts(self) -> tuple[Fraction, ...]:
        """Intercept c_i of each piece f(z) = s_i·z + c_i, fixed by continuity and f(0) = 0."""
        home = sum(1 for t in self.breakpoints if t < 0)  # the piece that contains 0
        result = [Fraction(0)] * self.pieces
        for i in range(home, self.pieces - 1):
            result[i + 1] = result[i] + (self.slopes[i] - self.slopes[i + 1]) * self.breakpoints[i]
        for i in range(home, 0, -1):
            result[i - 1] = result[i] + (self.slopes[i] - self.slopes[i - 1]) * self.breakpoints[i - 1]
        return tuple(result)

    def piece_at(self, z: Fraction) -> int:
        """The piece with t_i < z ≤ t_{i+1}."""
        return sum(1 for t in self.breakpoints if z > t)

    def __call__(self, z: RationalLike) -> Fraction:
        value = rational(z)
        i = self.piece_at(value)
        return self.slopes[i] * value + self.intercepts[i]

    @property
    def name(self) -> str:
        """The name used in network files, or the breakpoints and slopes."""
        if self in _NAMES:
            return _NAMES[self]
        if self.breakpoints == (Fraction(0),) and self.slopes[1] == 1:
            return f"leaky_relu({format_rational(self.slopes[0])})"
        points = ", ".join(map(format_rational, self.breakpoints))
        slopes = ", ".join(map(format_rational, self.slopes))
        return f"piecewise(breakpoints [{points}], slopes [{slopes}])"

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


@dataclass(frozen=True, repr=False)
class Maxout:
    """The maximum of ``rank`` preactivations.

    >>> Maxout(3).piece_of([Fraction(1), Fraction(2), Fraction(2)])
    1
    """

    rank: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", integer(self.rank, place="maxout rank", minimum=1))

    @property
    def rows(self) -> int:
        """Preactivations that one unit reads."""
        return self.rank

    @property
    def pieces(self) -> int:
        """Number of affine pieces, the rank."""
        return self.rank

    def piece_of(self, z: Sequence[Fraction]) -> int:
        """The first index that attains the maximum."""
        return max(range(len(z)), key=lambda i: (z[i], -i))

    @property
    def name(self) -> str:
        """``maxout(k)``."""
        return f"maxout({self.rank})"

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


Activation = PiecewiseLinear | Maxout
"""Any kind of unit."""

RELU = PiecewiseLinear([0], [0, 1])
"""max(0, z)."""
IDENTITY = PiecewiseLinear([], [1])
"""z: an affine unit, which bends nothing."""
ABS = PiecewiseLinear([0], [-1, 1])
"""The absolute value of z."""
HARD_TANH = PiecewiseLinear([-1, 1], [0, 1, 0])
"""min(1, max(−1, z))."""
_NAMES = {RELU: "relu", IDENTITY: "identity", ABS: "abs", HARD_TANH: "hard_tanh"}


def leaky_relu(slope: RationalLike) -> PiecewiseLinear:
    """max(z, slope·z) for slope < 1: slope ``slope`` left of 0 and 1 right of it; slope 1 is the identity.

    >>> leaky_relu("1/10")
    <activation leaky_relu(1/10)>
    """
    value = rational(slope, place="leaky_relu slope")
    return IDENTITY if value == 1 else PiecewiseLinear([0], [value, 1])
