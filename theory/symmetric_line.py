r"""The mean number of regions on a whole line, exactly, for every law that does not prefer a sign.

Let the weights and biases of a fully connected ReLU network have a joint density that stays the same when all weights
and the bias that enter one hidden unit, and all weights that leave it, change their signs together; independent entries
with symmetric densities, for instance.  Then a fixed line in the input space, the whole of it, meets on average

.. math:: 1 + \sum_{l=1}^{L} n_l \prod_{i < l} (1 - 2^{-n_i})

activation regions, whatever the law, the line and the number of inputs are; and

.. math:: 1 + \sum_{l=1}^{L} n_l \prod_{i \ne l} (1 - 2^{-n_i})

linear regions, if a dense output layer follows, whose weights belong to that density.

The proof is in ``docs/proofs-networks.md``: at the zero of a unit all patterns of the earlier units in which no layer
is off as a whole are equally likely.  It shows more: for every single network in general position the mean over these
changes of signs is exactly this number.  A segment meets fewer.

Hanin and Rolnick (2019) find about one region for each unit, and Kogan, Jananthan and Kepner (2025) prove
:math:`\sum n_l + o(\sum n_l) + 1` for He weights in the limit of infinite width; the products say how far below these
means are at every width.

>>> [str(line_regions(widths)) for widths in ([4], [2, 3], [3, 3, 3])]
['5', '21/4', '571/64']

References
----------
Hanin, Rolnick 2019 (ICML), Theorem 1; Kogan, Jananthan, Kepner 2025: means along a line.  The formulas are found here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from theory.exact import integer


def line_regions(widths: Iterable[int], definition: Literal["activation", "linear"] = "activation") -> Fraction:
    r"""The exact mean number of activation or linear regions on a line, for hidden layers of these widths.

    >>> line_regions([8, 8]), line_regions([8, 8], "linear")  # 1 + 8 + 8·255/256, 1 + 16·255/256
    (Fraction(543, 32), Fraction(271, 16))
    """
    sizes = [integer(width, place="width", minimum=1) for width in widths]
    not_off = [1 - Fraction(1, 2**n) for n in sizes]
    total = Fraction(1)
    for layer, n in enumerate(sizes):
        others = not_off[:layer] + (not_off[layer + 1 :] if definition == "linear" else [])
        total += n * math.prod(others, start=Fraction(1))
    return total
