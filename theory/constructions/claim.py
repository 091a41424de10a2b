"""What a construction says about itself: a network, the number of regions it claims, and who found it.

A :class:`Claim` names a count, whether it is attained exactly or at least, which regions are meant and where.
The domain is a theory-level value: ``None`` for all of R^{n0}, or a box given by its two corners (the open box is
meant).  Many networks of the literature have *more* regions on R^{n0} than their theorem counts, because the theorem
looks only at the cube that the network folds; such a :class:`Construction` carries one claim for each domain.

>>> print(Claim(44, "=", domain=unit_cube(2)))
= 44 activation regions on [0,1]^2
>>> Claim(44, ">=").holds(61), Claim(44, "=").holds(61)
(True, False)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from theory.errors import InvalidInputError
from theory.exact import decimal, format_rational
from theory.network import Network
from theory.sources import Source

Corners = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
"""The lower and the upper corner of a box."""

Relation = Literal["=", ">="]
"""Whether a claim says exactly, or at least."""
Definition = Literal["activation pattern", "activation", "convex", "open connected", "closed connected", "affine piece"]
"""Which regions a claim counts."""

NOTIONS: dict[Definition, str] = {
    "activation pattern": "non-empty sets of inputs that share an activation pattern, thin ones included (R1)",
    "activation": "full-dimensional activation regions (R2)",
    "convex": "least number of full-dimensional cells of a polyhedral complex with affine cells (R3)",
    "open connected": "maximal open connected sets on which the function is affine (R4)",
    "closed connected": "components with interior of the sets where the function equals one affine piece (R5)",
    "affine piece": "distinct affine pieces (R6)",
}
"""What may be counted, from the finest to the coarsest notion, as numbered by Stargalla, Hertrich and Reichman."""


def unit_cube(dimension: int) -> Corners:
    """The corners of [0,1]^d."""
    return (Fraction(0),) * dimension, (Fraction(1),) * dimension


@dataclass(frozen=True)
class Claim:
    """A statement about the number of regions of one network.

    It has exactly (``"="``) or at least (``">="``) ``count`` regions in the sense of ``definition``, a key of
    :data:`NOTIONS`: in the box with the corners ``domain``, or on all of R^{n0} where that is None.
    """

    count: int
    relation: Relation = "="
    definition: Definition = "activation"
    domain: Corners | None = None

    def __post_init__(self) -> None:
        if self.relation not in ("=", ">="):
            raise InvalidInputError(f"relation {self.relation!r} is unknown; a claim says '=' or '>='")
        if self.definition not in NOTIONS:
            raise InvalidInputError(f"definition {self.definition!r} is unknown; choose one of {', '.join(NOTIONS)}")

    def holds(self, count: int) -> bool:
        """Whether an observed number of regions agrees with the claim."""
        return count == self.count if self.relation == "=" else count >= self.count

    @property
    def where(self) -> str:
        """The domain in words: ``[0,1]^2``, ``R^d``."""
        if self.domain is None:
            return "R^d"
        intervals = [f"[{format_rational(a)},{format_rational(b)}]" for a, b in zip(*self.domain, strict=True)]
        if len(set(intervals)) > 1:
            return " × ".join(intervals)
        return intervals[0] if len(intervals) == 1 else f"{intervals[0]}^{len(intervals)}"

    def __str__(self) -> str:
        noun = self.definition if self.definition.endswith(("pattern", "piece")) else f"{self.definition} region"
        return f"{self.relation} {decimal(self.count)} {noun}{'s' * (self.count != 1)} on {self.where}"


@dataclass(frozen=True, eq=False, repr=False)
class Construction:
    """A network with a provable number of regions.

    ``parameters`` is what the family ``name``, a key of ``CONSTRUCTIONS``, was asked for.  There is one claim for each
    domain or definition; the first is the family's theorem.
    """

    name: str
    parameters: Mapping[str, Any]
    network: Network
    claims: tuple[Claim, ...]
    source: Source

    @property
    def claim(self) -> Claim:
        """The claim of the theorem that the construction stands for."""
        return self.claims[0]

    @property
    def largest_claim(self) -> Claim:
        """The claim with the most activation regions; of several the first."""
        return max((c for c in self.claims if c.definition == "activation"), key=lambda c: c.count)

    def __str__(self) -> str:
        said = ", ".join(f"{key}={value}" for key, value in self.parameters.items())
        return f"{self.name} ({said}): {'; '.join(map(str, self.claims))} ({self.source.short})"

    def __repr__(self) -> str:
        return f"<construction {self.name} {self.network.architecture}: {self.claim}>"
