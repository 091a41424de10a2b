"""Maxout: the largest of k preactivations."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.activations.activation import Activation, Comparison, Output
from theory.exact import integer

_ZERO, _ONE = Fraction(0), Fraction(1)


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
        return [Comparison(j, piece, j, _ZERO, j < piece) for j in range(self.rank) if j != piece]

    def output(self, piece: int) -> Output:
        """z_piece."""
        return Output(piece, _ONE, _ZERO)

    def piece_of(self, z: Sequence[Fraction]) -> int:
        return max(range(len(z)), key=lambda i: (z[i], -i))

    @property
    def name(self) -> str:
        return f"maxout({self.rank})"

    def source(self) -> str:
        return f"Maxout({self.rank})"

    def to_json(self) -> Any:
        return {"maxout": self.rank}
