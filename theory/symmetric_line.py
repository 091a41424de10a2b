r"""The mean number of regions on a whole line, exactly, for every law that does not prefer a sign.

Let the weights and biases of a fully connected ReLU network have a joint density that stays the same when all weights
and the bias that enter one hidden unit, and all weights that leave it, change their signs together; independent entries
with symmetric densities, for instance.  Then a fixed line in the input space, the whole of it, meets on average

.. math:: 1 + \sum_{l=1}^{L} n_l \prod_{i < l} (1 - 2^{-n_i})

activation regions, whatever the law, the line and the number of inputs are; and

.. math:: 1 + \sum_{l=1}^{L} n_l \prod_{i \ne l} (1 - 2^{-n_i})

linear regions, if a dense output layer follows, whose weights belong to that density.

Proof.  The regions are one more than the points where some unit changes its sign; almost surely no two units do so at
one point, and each changes its sign wherever it is zero.  Take a unit u of layer l, and for each earlier layer i a set
:math:`K_i` of its units.  Let the units of the :math:`K_i` be replaced by the identity and all others by zero: then u
is an affine function of the position on the line, and the zeros of u where exactly the units of the :math:`K_i` are on
are those of this function at which these units have positive preactivations and the other ones negative ones.  If some
:math:`K_i` is empty, the function is the constant bias, or a constant that the later biases add to, and has no zero
almost surely.  Otherwise it has one, as its slope is a polynomial in the weights that is not zero as such.  Change the
signs of what enters one of the earlier units and of what leaves it: the function and its zero stay the same, and so do
the preactivations of all other units there, while that of this unit changes its sign.  So all
:math:`2^{n_1 + \dots + n_{l-1}}` patterns are equally likely at the zero, and the unit has
:math:`\sum_K 2^{-(n_1 + \dots + n_{l-1})}` zeros on average, the sum over all families of nonempty sets.

At its zero the slope of the network jumps, almost surely, exactly if a path of units that are on leads from the unit to
the output, that is, if no later layer is off as a whole; by the same changes of signs all patterns of the later units
are equally likely there, so each later layer contributes a factor :math:`1 - 2^{-n_i}`, too.  ∎

The proof shows more: for every single network in general position the mean over these changes of signs, of all sets of
hidden units, is exactly this number, since for each family of sets exactly one choice of signs gives its zero the right
pattern.  Signs that change in what enters a unit alone, or in what leaves it alone, do not suffice: for single networks
with widths 2, 2 the means over these are 4 or 5, instead of 9/2.  Nor are biases dispensable: without them and with one
input everything happens at 0, and 2, 2 have two regions; on a line in the plane that avoids the origin they have 7/2 on
average.  A segment meets fewer.

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

__all__ = ["line_regions"]


def line_regions(widths: Iterable[int], definition: Literal["activation", "linear"] = "activation") -> Fraction:
    r""":math:`1 + \sum_l n_l \prod_{i<l} (1 - 2^{-n_i})`, the mean number of activation regions on a line.

    Parameters
    ----------
    widths : iterable of int
        :math:`n_1, \dots, n_L`, the units of the hidden layers.
    definition : {"activation", "linear"}
        For linear regions the product is over all :math:`i \ne l`.

    Returns
    -------
    Fraction
        Exact.

    Examples
    --------
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
