r"""Long counts: a bracket that shrinks, on many processors, stopped and resumed, proved at every moment.

The space is divided into *parts* (:mod:`verify.counting.long.parts`): a part is where some first units take given
pieces.  Parts are counted one by one, those first that narrow the bracket fastest; a part that takes long is divided
again.  At every moment the count lies between

.. math:: \text{lower} = \text{regions found}, \qquad
          \text{upper} = \sum_{p \text{ finished}} \mathrm{count}(p) + \sum_{p \text{ open}} \mathrm{bound}(p).

Here ``run`` has the loop and the bracket, ``work`` counts a part, ``team`` is what counts, ``checkpoint`` keeps parts.
"""

from verify.counting.long.run import AnytimeCount
from verify.counting.long.search_node import Progress
from verify.progress import shown

__all__ = ["AnytimeCount", "Progress", "shown"]
