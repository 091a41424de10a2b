"""What the parts that are open can still have: the upper end of the bracket, the order of the parts, the progress.

A part is a node of a tree, its parts are below it.  It has at most as many regions as its own bound says, and at most
as many as its parts have together, finished ones by their count:

    upper(part) = min(bound, Σ upper of its parts),    upper(finished part) = its count.

The upper end of the bracket is that of the root.  A part is expected to take its *share* of the work: among the parts
of one part it is proportional to the number of finer parts that were seen in it (Knuth 1975 estimates the size of a
search tree so).  Shares are floats, they decide nothing but what comes first and what is told about the time.

Which part comes first: counting it narrows the bracket by its bound minus its count, and takes its share of the time
and something more, however small it is.  As counts are about proportional to shares, that is the part with the largest
bound for its share and a little more.  Held against each other (``tests/benchmarks/brackets.py``, 3-16-16-16): the part
with the largest bound first leaves an upper end seventy times as large after a quarter of the work, and the largest
bound for its share alone one nine times as large after nine tenths.

>>> whole = Outlook(100)
>>> left, right = whole.divided([(60, 3), (80, 1)])
>>> whole.upper, left.share, right.haste > left.haste
(100, 0.75, True)
>>> right.finished(7)
>>> whole.upper
67
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from theory.errors import InternalError

__all__ = ["Outlook"]

_EFFORT = 2.0**-10
"""What it takes to begin a part, as a share of the whole work."""
_LEAST = 2.0**-1000
"""No share is smaller than that."""


class Outlook:
    """A part of the space with what it can have.

    Attributes
    ----------
    upper : int
        It has no more regions than that.
    share : float
        Of the whole work, probably.
    """

    __slots__ = ("_above", "_bound", "_sum", "share", "upper")

    def __init__(self, bound: int, *, share: float = 1.0, above: Outlook | None = None) -> None:
        self.upper = self._bound = self._sum = bound
        self.share = share
        self._above = above

    @property
    def haste(self) -> float:
        """How much the bracket narrows, for its share of the work, when this part is finished; as a logarithm.

        Where a bound further above is smaller than the sum, finishing a part tells less by that factor.
        """
        worth, part = math.log2(self.upper) - math.log2(self.share + _EFFORT), self._above
        while part is not None:
            worth += math.log2(part.upper) - math.log2(part._sum)
            part = part._above
        return worth

    def finished(self, count: int) -> None:
        """Its regions are counted."""
        if count > self._bound:
            raise InternalError(f"{count} regions were found in a part where at most {self._bound} are possible")
        self._bound = count
        self._becomes(count)

    def divided(self, parts: Iterable[tuple[int, float]]) -> list[Outlook]:
        """Its parts, from their bounds and sizes, one beside the other."""
        given = list(parts)
        total = sum(size for _, size in given)
        below = [Outlook(bound, share=max(self.share * size / total, _LEAST), above=self) for bound, size in given]
        self._becomes(sum(bound for bound, _ in given))
        return below

    def _becomes(self, total: int) -> None:
        """Its parts have so many together at most; what follows for those above."""
        part: Outlook | None = self
        while part is not None:
            part._sum = total
            change = min(part._bound, total) - part.upper
            if not change:
                return
            part.upper += change
            part = part._above
            total = part._sum + change if part is not None else 0
