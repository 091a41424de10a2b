r"""What the open parts can still have: the upper end of the bracket, the order of the parts, the progress.

A part is a node of a tree, its parts are its children.  It has at most as many regions as its own bound says, and at
most as many as its children have together, finished ones by their count:

.. math:: \mathrm{upper}(p) = \min\Bigl(\mathrm{bound}(p), \sum_{c} \mathrm{upper}(c)\Bigr), \qquad
          \mathrm{upper}(p) = \mathrm{count}(p) \text{ if } p \text{ is finished.}

The upper end of the bracket is that of the root.  A part is expected to take its *share* of the work: among the
children of one part it is proportional to the number of finer parts that were seen in them (Knuth 1975 estimates the
size of a search tree so).  Shares are floats; they decide only what comes first and what is reported about the time.

Which part comes first: counting it narrows the bracket by its bound minus its count, and takes its share of the time
and something more, however small it is.  As counts are about proportional to shares, that is the part with the largest
bound for its share and a little more.  Compared by ``tests/benchmarks/brackets.py`` on 3-16-16-16: taking the part with
the largest bound first leaves an upper end seventy times as large after a quarter of the work, and taking the largest
bound for its share alone one nine times as large after nine tenths.

References
----------
D. E. Knuth, Estimating the efficiency of backtrack programs, Mathematics of Computation 29 (1975).

>>> root = SearchNode(100)
>>> left, right = root.divide([(60, 3), (80, 1)])
>>> root.upper, left.share, right.priority > left.priority
(100, 0.75, True)
>>> right.finish(7)
>>> root.upper
67
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from theory.errors import InternalError
from theory.network import Pattern

_EFFORT = 2.0**-10
"""What it takes to begin a part, as a share of the whole work."""
_LEAST = 2.0**-1000
"""No share is smaller than that."""


class SearchNode:
    """A part of the space: it has no more than ``upper`` regions, and probably takes ``share`` of the whole work."""

    __slots__ = ("_bound", "_parent", "_sum", "share", "upper")

    def __init__(self, bound: int, share: float = 1.0, parent: SearchNode | None = None) -> None:
        self.upper = self._bound = self._sum = bound
        self.share = share
        self._parent = parent

    @property
    def priority(self) -> float:
        """How much the bracket narrows, for its share of the work, when this part is finished; as a logarithm.

        Where a bound further above is smaller than the sum, finishing a part tells less by that factor.
        """
        worth, node = math.log2(self.upper) - math.log2(self.share + _EFFORT), self._parent
        while node is not None:
            worth += math.log2(node.upper) - math.log2(node._sum)
            node = node._parent
        return worth

    def finish(self, count: int) -> None:
        """Its regions are counted."""
        if count > self._bound:
            raise InternalError(f"{count} regions were found in a part where at most {self._bound} are possible")
        self._bound = count
        self._set_sum(count)

    def divide(self, parts: Iterable[tuple[int, float]]) -> list[SearchNode]:
        """Its children, from their bounds and sizes, one relative to the other."""
        given = list(parts)
        total = sum(size for _, size in given)
        shares = [max(self.share * size / total, _LEAST) for _, size in given]
        children = [SearchNode(bound, share, self) for (bound, _), share in zip(given, shares, strict=True)]
        self._set_sum(sum(bound for bound, _ in given))
        return children

    def _set_sum(self, total: int) -> None:
        """The children have at most so many together; what follows for this node and those above."""
        node: SearchNode | None = self
        while node is not None:
            node._sum = total
            change = min(node._bound, total) - node.upper
            if not change:
                return
            node.upper += change
            node = node._parent
            total = node._sum + change if node is not None else 0


@dataclass(order=True)
class Job:
    """A part that waits; in a heap the most urgent one comes first.

    ``rank`` is minus its priority, and later parts have larger numbers.  It is divided after ``cpu_seconds`` of a
    worker, has at least ``least`` regions, and ``node`` says how many it can have.
    """

    rank: float
    number: int
    part: Pattern
    cpu_seconds: float
    least: int
    node: SearchNode = field(compare=False)
