"""Scalar units: a piecewise-linear function of one preactivation, given by breakpoints and slopes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from theory.activations.activation import Activation, Comparison, Output
from theory.errors import InvalidInputError
from theory.exact import RationalLike, format_rational, python_text, rational, rational_vector


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
