"""Networks with rational weights that are known to have many regions, each with its claim and its source.

>>> folding = CONSTRUCTIONS["montufar"].build("2-8-8")
>>> print(folding.claim)
= 592 activation regions on [0,1]^2
"""

from theory.architecture import Architecture
from theory.constructions import arrangements, family, foldings, narrow
from theory.constructions.family import NOTIONS, WORDS, Claim, Construction, Family, unit_cube
from theory.errors import Names

__all__ = ["CONSTRUCTIONS", "NOTIONS", "Claim", "Construction", "Family", "best", "by_claim", "fitting", "unit_cube"]

_MODULES = arrangements, family, foldings, narrow
_FOUND = {each.name: each for module in _MODULES for each in vars(module).values() if isinstance(each, Family)}

CONSTRUCTIONS: Names[Family] = Names("family", {name: _FOUND[name] for name in WORDS})
"""Every family that a module of this package defines, by name, in the order of ``theory/data/constructions.toml``."""


def fitting(arch: Architecture) -> list[Family]:
    """The families that have a network of this architecture, in catalog order.

    >>> [each.name for each in fitting(Architecture.parse("2-6-5"))]
    ['sawtooth', 'pascanu', 'montufar', 'arora', 'serra_zonotope', 'balanced', 'folding']
    """
    return [each for each in CONSTRUCTIONS.values() if each.why_not(arch) is None]


def by_claim(arch: Architecture) -> list[tuple[int, Family]]:
    """The families that have a network of this architecture and what they claim, on R^{n0} or a box, the largest first.

    >>> [(claimed, each.name) for claimed, each in by_claim(Architecture.parse("2-2-1"))]
    [(7, 'balanced'), (7, 'folding'), (7, 'narrow'), (4, 'serra_zonotope'), (2, 'arora')]
    """
    claims = [(each.claimed(arch), each) for each in fitting(arch)]
    return sorted(claims, key=lambda entry: -entry[0])


def best(arch: Architecture) -> Construction | None:
    """The construction with the largest claim, or None if no family fits.

    >>> best(Architecture.parse("2-7-6"))
    <construction balanced 2-7-6: = 440 activation regions on R^d>
    """
    return next((each.build(arch) for _, each in by_claim(arch)), None)
