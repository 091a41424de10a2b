"""Long counts: a bracket that shrinks, on many cores, stopped and resumed, and never less than what is proved so far.

The space is divided into *parts* (:mod:`verify.counting.long.parts`): a part is where some first units take given
pieces. Parts are counted one by one, those first that narrow the bracket fastest; a part that takes long is divided
again.  At every moment

    lower = regions found,    upper = regions of finished parts + Σ bounds of the others

contain the count (:mod:`verify.counting.long.run`); what bounds a part is in :mod:`verify.counting.long.bounds`.
Finished parts are kept in a checkpoint (:mod:`verify.counting.long.checkpoint`).
"""

from verify.counting.long.progress import Progress
from verify.counting.long.run import AnytimeCount
from verify.progress import shown

__all__ = ["AnytimeCount", "Progress", "shown"]
