"""Long counts: a bracket that shrinks, on many cores, stopped and resumed, and never less than what is proved so far.

The space is divided into *parts* (:mod:`verify.anytime.parts`): a part is where some first units take given pieces.
Parts are counted one by one, those first that narrow the bracket fastest; a part that takes long is divided again.  At
every moment

    lower = regions found,    upper = regions of finished parts + Σ bounds of the others

contain the count (:mod:`verify.anytime.run`); what bounds a part is in :mod:`verify.anytime.bounds`.  Finished parts
are kept in a checkpoint (:mod:`verify.anytime.checkpoint`).
"""

from verify.anytime.progress import Progress, shown
from verify.anytime.run import AnytimeCount

__all__ = ["AnytimeCount", "Progress", "shown"]
