"""Small networks on which the six notions of a linear region differ.

R1 to R6 are :data:`~theory.constructions.family.NOTIONS`; R6 ≤ R5 ≤ R4 ≤ R3 ≤ R2 ≤ R1 always, and the three functions
here separate all of them: *corner* R1 to R4, *bow* R4 from R5, *hat* R5 from R6.

>>> corner = SEPARATOR.build(function="corner")
>>> [str(*corner.network(p)) for p in ((2, 1), (1, 2), (-1, 3), (-1, -3))]
['-1', '-1', '0', '3']
>>> print(*corner.claims, sep="\\n")
= 5 activation regions on R^d
= 7 activation patterns on R^d
= 4 convex regions on R^d
= 3 open connected regions on R^d
= 3 closed connected regions on R^d
= 3 affine pieces on R^d

References
----------
Stargalla, Hertrich, Reichman 2025, the examples that separate their definitions.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from theory.constructions.family import NOTIONS, Claim, Family, Member
from theory.errors import InvalidInputError
from theory.network import Network
from theory.sources import described


class _Function(NamedTuple):
    formula: str
    counts: list[int]  # R1, …, R6
    layers: Any  # pairs of weights and biases


_STORED = described("constructions")["separator"]["functions"]
SEPARATORS = {name: _Function(**entry) for name, entry in _STORED.items()}
"""The functions by name: formula, the numbers R1 to R6, and the weights."""


def _member(parameters: Mapping[str, Any]) -> Member:
    function = parameters.get("function")
    if function not in SEPARATORS:
        raise InvalidInputError(f"parameter function: {function!r} is none of {', '.join(SEPARATORS)}")
    found = SEPARATORS[function]
    claims = [Claim(count, "=", definition) for count, definition in zip(found.counts, NOTIONS, strict=True)]
    claims.insert(0, claims.pop(list(NOTIONS).index("activation")))
    return {"function": function}, Network.relu(found.layers), tuple(claims)


SEPARATOR = Family("separator", member=_member)
"""One of three functions with known numbers of regions in all six senses."""
