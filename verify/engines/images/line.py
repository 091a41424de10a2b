"""Images of dimension one: all intervals on one line at once.

The regions of the remaining layers on an interval are one more than their breakpoints inside it.  So for many intervals
on a line, each with a multiplicity, only three things matter: the sum of the multiplicities, and how many intervals
start and end at each place.  :class:`Line` keeps these.  A layer divides the line at its breakpoints; what arrives on
each part goes on to another line, turned round or not, or to a point.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import flint

_Ends = dict[flint.fmpq, int]


class Line:
    """A line y = forms·(t, 1), forms a ρ × 2 matrix, with intervals on it.

    ``total`` is the sum of the multiplicities of all intervals, ``starts`` and ``stops`` have those of the ends that
    are not at infinity, by place.
    """

    def __init__(self, forms: flint.fmpq_mat) -> None:
        self.forms, self.total = forms, 0
        self.starts: _Ends = defaultdict(int)
        self.stops: _Ends = defaultdict(int)

    def add(self, low: flint.fmpq | None, high: flint.fmpq | None, number: int) -> None:
        """``number`` times the interval between two places, None for infinity."""
        self.total += number
        if low is not None:
            self.starts[low] += number
        if high is not None:
            self.stops[high] += number

    def regions(self, places: Sequence[flint.fmpq]) -> int:
        """The regions on all intervals together, if the breakpoints are at these places, sorted."""
        starts, started = _summed(self.starts)
        stops, stopped = _summed(self.stops)
        endless = self.total - started[-1]
        return self.total + sum(
            endless + started[bisect_left(starts, place)] - stopped[bisect_right(stops, place)] for place in places
        )

    def parts(self, places: Sequence[flint.fmpq]) -> Iterator[tuple[int, int, _Ends, _Ends]]:
        """What lies on each open part between breakpoints: its number, the multiplicities, starts and stops.

        An interval that goes on beyond the part starts and stops at the part's ends.
        """
        starts, started = _summed(self.starts)
        stops, stopped = _summed(self.stops)
        endless = self.total - started[-1]
        for k, (low, high) in enumerate(pairwise((None, *places, None))):
            first = bisect_right(starts, low) if low is not None else 0
            last = bisect_left(starts, high) if high is not None else len(starts)
            first_stop = bisect_right(stops, low) if low is not None else 0
            last_stop = bisect_left(stops, high) if high is not None else len(stops)
            entering = endless + started[first] - stopped[first_stop]
            leaving = endless + started[last] - stopped[last_stop]
            here = entering + started[last] - started[first]
            if not here:
                continue
            opened = {place: self.starts[place] for place in starts[first:last]}
            closed = {place: self.stops[place] for place in stops[first_stop:last_stop]}
            if low is not None and entering:
                opened[low] = entering
            if high is not None and leaving:
                closed[high] = leaving
            yield k, here, opened, closed

    def receive(self, slope: flint.fmpq, shift: flint.fmpq, number: int, starts: _Ends, stops: _Ends) -> None:
        """Intervals of another line, mapped here by t ↦ slope·t + shift."""
        self.total += number
        if slope < 0:
            starts, stops = stops, starts
        for mine, theirs in ((self.starts, starts), (self.stops, stops)):
            for place, multiplicity in theirs.items():
                mine[slope * place + shift] += multiplicity


def _summed(ends: _Ends) -> tuple[list[flint.fmpq], list[int]]:
    places = sorted(ends)
    return places, [0, *accumulate(ends[place] for place in places)]
