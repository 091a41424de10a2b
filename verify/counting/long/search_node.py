r"""What the open parts can still have: the upper end of the bracket, the order of the parts, the progress.

A part is a node of a tree, its parts are its children.  It has at most as many regions as its own bound says, and at
most as many as its children have together, finished ones by their count:

.. math:: \mathrm{upper}(p) = \min\Bigl(\mathrm{bound}(p), \sum_{c} \mathrm{upper}(c)\Bigr), \qquad
          \mathrm{upper}(p) = \mathrm{count}(p) \text{ if } p \text{ is finished.}

The upper end of the bracket is that of the root.  A part is expected to take its *share* of the work: among the
children of one part it is proportional to the number of finer parts that were seen in them (Knuth 1975 estimates the
size of a search tree so).  Shares are floats; they decide only what comes first and what is reported about the time.
First comes the part with the largest bound for its share and a little more, since counting it narrows the bracket by
its bound minus its count and takes some time however small it is.  Taking the largest bound, or the largest bound for
its share alone, leaves upper ends many times as large (``tests/benchmarks/brackets.py``).

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
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from theory.errors import InternalError
from theory.network import Pattern
from theory.text import power_above

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

    def divide(self, parts: Sequence[tuple[int, float]]) -> list[SearchNode]:
        """Its children, from their bounds and sizes, one relative to the other."""
        total = sum(size for _, size in parts)
        self._set_sum(sum(bound for bound, _ in parts))
        return [SearchNode(bound, max(self.share * size / total, _LEAST), self) for bound, size in parts]

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


@dataclass(frozen=True)
class Progress:
    """The state of a count with the bracket [lower, upper], and ``finished`` and ``waiting`` parts.

    ``regions`` are those found in finished parts, and in parts in work as far as these tell; ``share`` is their share
    of the upper end.  ``work`` says how much of the work is probably done, between 0 and 1.  ``seconds`` is the time
    since this run began, to which a checkpoint's earlier time is not added, and ``rate`` the regions found per second
    in this run.  About ``left`` seconds are left; None while no part is finished in this run.
    """

    lower: int
    upper: int
    regions: int
    finished: int
    waiting: int
    share: float
    work: float
    seconds: float
    rate: float
    left: float | None

    @property
    def record(self) -> dict[str, Any]:
        """The fields, rounded as far as they are estimates or measurements."""
        digits = {"share": 6, "work": 6, "seconds": 3, "rate": 1, "left": 1}
        return {name: value and round(value, digits.get(name, 0)) for name, value in asdict(self).items()}

    def __str__(self) -> str:
        bracket = f"between {power_above(self.lower, longest=18)} and {power_above(self.upper, longest=18)}"
        parts = "1 part" if self.waiting == 1 else f"{self.waiting} parts"
        share = f"{100 * self.share if self.share == 1 else min(100 * self.share, 99.9):.3g} %"
        if self.regions and self.share < 1e-4:  # neither nothing nor everything before it is
            share = "less than 0.01 %"
        text = f"{bracket} ({share} of the upper end counted), {parts} waiting"
        if self.left is None:
            return text
        rate = f"{self.rate:.0f}" if self.rate >= 10 else f"{self.rate:.2g}"
        return f"{text}, {rate} regions/s, about {duration(self.left)} left"


def duration(seconds: float) -> str:
    """A time in one unit, as exact as an estimate deserves.

    >>> [duration(t) for t in (0.2, 59, 150, 5400, 200_000)]
    ['1 s', '59 s', '2 min', '90 min', '56 h']
    """
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"
