"""Images of dimension one: all intervals on one line at once.

The regions of the remaining layers on an interval are one more than their breakpoints inside it.  So for many intervals
on a line, each with a multiplicity, only three things matter: the sum of the multiplicities, and how many intervals
start and end at each place.  :class:`Line` keeps these.  A layer divides the line at its breakpoints; what arrives on
each part goes on to another line, turned round or not, or to a point.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

import flint

from theory.network import Layer
from verify.engines.one_input import unit_switches

__all__ = ["Line", "breakpoints"]

Ends = dict[flint.fmpq, int]


class Line:
    """A line y = forms·(t, 1), with intervals on it.

    Attributes
    ----------
    forms : ρ × 2 matrix
    total : int
        The multiplicities of all intervals.
    starts, stops : dict from places to multiplicities
        Of the ends that are not at infinity.
    """

    def __init__(self, forms: flint.fmpq_mat) -> None:
        self.forms, self.total = forms, 0
        self.starts: Ends = defaultdict(int)
        self.stops: Ends = defaultdict(int)

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
        inside = 0
        for place in places:
            inside += endless + started[bisect_left(starts, place)] - stopped[bisect_right(stops, place)]
        return self.total + inside

    def parts(
        self, places: Sequence[flint.fmpq]
    ) -> Iterator[tuple[int, flint.fmpq | None, flint.fmpq | None, int, Ends, Ends]]:
        """What lies on each open part between breakpoints: its number, its ends, the multiplicities, starts and stops.

        An interval that goes on beyond the part starts and stops at the part's ends.
        """
        starts, started = _summed(self.starts)
        stops, stopped = _summed(self.stops)
        endless = self.total - started[-1]
        for k in range(len(places) + 1):
            low = places[k - 1] if k else None
            high = places[k] if k < len(places) else None
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
            yield k, low, high, here, opened, closed

    def receive(self, slope: flint.fmpq, shift: flint.fmpq, number: int, starts: Ends, stops: Ends) -> None:
        """Intervals of another line, mapped here by t ↦ slope·t + shift."""
        self.total += number
        if slope < 0:
            starts, stops = stops, starts
        for mine, theirs in ((self.starts, starts), (self.stops, stops)):
            for place, multiplicity in theirs.items():
                mine[slope * place + shift] += multiplicity


def _summed(ends: Ends) -> tuple[list[flint.fmpq], list[int]]:
    places = sorted(ends)
    return places, [0, *accumulate(ends[place] for place in places)]


def breakpoints(layer: Layer, forms: flint.fmpq_mat) -> tuple[list[flint.fmpq], list[tuple[int, ...]]]:
    """Where on a line some unit changes its piece, sorted, and the pieces on each open part between.

    The forms, rows × 2, are the preactivations as affine functions of t.

    >>> places, pieces = breakpoints(Layer([[1], [-2]], [0, 1]), flint.fmpq_mat(2, 2, [1, 0, -2, 1]))
    >>> list(map(str, places)), pieces
    (['0', '1/2'], [(0, 1), (1, 1), (1, 0)])
    """
    table = forms.tolist()
    pieces: list[int] = []
    changes: dict[flint.fmpq, list[tuple[int, int]]] = defaultdict(list)
    for number, (unit, at) in enumerate(zip(layer.units, layer.first_rows, strict=True)):
        first, switches = unit_switches(unit, table[at : at + unit.rows], None, None)
        pieces.append(first)
        for place, piece in switches:
            changes[place].append((number, piece))
    places = sorted(changes)
    result = [tuple(pieces)]
    for place in places:
        for number, piece in changes[place]:
            pieces[number] = piece
        result.append(tuple(pieces))
    return places, result
