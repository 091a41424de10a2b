"""Networks with rational weights that are known to have many regions, each with its claim and its source.

>>> from theory.constructions import CONSTRUCTIONS, best
>>> folding = CONSTRUCTIONS["montufar"].build("2-8-8")
>>> print(folding.claim)
= 592 activation regions on [0,1]^2
"""

from theory.constructions.catalog import CONSTRUCTIONS, best, by_claim, fitting
from theory.constructions.claim import NOTIONS, Claim, Construction, unit_cube
from theory.constructions.family import Family

__all__ = ["CONSTRUCTIONS", "NOTIONS", "Claim", "Construction", "Family", "best", "by_claim", "fitting", "unit_cube"]
