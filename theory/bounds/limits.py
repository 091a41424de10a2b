r"""Which bounds are too large to compute: decided from the sizes alone, before a bound is evaluated.

An architecture is quickly written down whose bounds are not: :math:`2^N` for :math:`N = 10^{20}` units has 3·10^19
digits.  What exceeds :data:`MOST_BITS` or :data:`MOST_STEPS` is refused in one sentence; listings name it as left out.

>>> Size(bits=10**20, steps=0).refusal()
'a number of about 3·10^19 digits; up to 9·10^6 are computed'
"""

from typing import NamedTuple

from theory.architecture import Architecture
from theory.text import scientific

MOST_BITS = 3 * 10**7
"""Length of the longest bound that is computed, some nine million digits."""

MOST_STEPS = 10**10
"""Operations on machine words for the most expensive bound that is computed: about half a minute."""

KEPT_ROWS = 1024
"""So many rows of weights of histogram bounds are kept for further layers of the same width."""


class Size(NamedTuple):
    """Bits of a value and operations on machine words to compute it; upper estimates, within a small factor."""

    bits: int
    steps: int

    def refusal(self) -> str | None:
        """Why a value of this size is not computed; None if it is."""
        if self.bits > MOST_BITS:
            digits, most = (scientific(bits * 30103 // 100000, places=0) for bits in (self.bits, MOST_BITS))
            return f"a number of about {digits} digits; up to {most} are computed"
        if self.steps > MOST_STEPS:
            steps, most = (scientific(number, places=0) for number in (self.steps, MOST_STEPS))
            return f"computing it takes about {steps} operations on machine words; up to {most} are done"
        return None


def size(arch: Architecture, *, units: int = 1, narrows: bool = True, branches: bool = False) -> Size:
    r"""The size of a product of sums :math:`\sum_{j \le d} \binom{u n}{j} w^j` over the layers, or of a program over d.

    A unit counts for u = ``units`` hyperplanes.  With u = 1 they have the weight w = rank − 1; with more, w = 1 and d
    is at most the layer's own width.  If the bound ``narrows``, d is the least size before a layer, else always the
    number of inputs; if it ``branches``, it is a sum over all numbers of dimensions that can be left after each layer.
    """
    d, states, bits, terms = arch.inputs, 1, 1, 0
    for layer, n in enumerate(arch.widths, start=1):
        m, weight = units * n, arch.rank - 1 if units == 1 else 1
        d = d if units == 1 else min(d, n)
        bits += min(m * weight.bit_length(), d * (weight * m).bit_length())
        least = min(d, n)
        if branches and layer < arch.depth:  # every state moves to any smaller one
            terms += states * (least + 1) // 2
            if n > KEPT_ROWS or n not in arch.widths[: layer - 1]:
                terms += 4 * min(states, least + 1) * min(n, 3 * d)  # O(n) operations for a row, if n < 3d
            states = least + 1
        elif d < m or states > 1:
            terms += states * min(d, m)
        d = least if narrows else d
    return Size(bits, (terms + arch.depth) * (80 + bits // 64))
