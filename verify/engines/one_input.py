r"""Regions on a line, counted layer by layer: the points where units switch are found exactly, and sorted.

Between two such points every preactivation of the next layer is an affine function :math:`a t + b`, and each of its
units switches at a few roots of its comparisons, if at all.  A layer of n units costs :math:`O(n \log n)` exact
operations on each interval and :math:`O(n)` memory; only the last hidden layer need not be left again, since its
intervals are the regions.

>>> from theory import Network
>>> from verify import WholeSpace
>>> wide = Network.relu([([[1]] * 2000, [0, -1] * 1000), ([[1] * 2000], [0])])  # copies of two units
>>> sum(1 for _ in regions(Problem.of(wide, WholeSpace(1))))
3
"""

import itertools
from collections.abc import Iterator, Sequence

import flint

from theory.activations import Activation
from theory.deadline import check
from theory.exact import from_fmpq
from theory.network import Layer
from verify.engines.exact import interior_point
from verify.engines.problem import Problem

_End = flint.fmpq | None
"""An end of an interval, None if there is none."""
_Switch = tuple[flint.fmpq, int, int]
"""Where a unit switches, which unit, and the piece that it takes to the right."""

_ONE = flint.fmpq(1)


def regions(problem: Problem) -> Iterator[tuple[_End, _End]]:
    """The activation regions of a network with one input inside the domain, as intervals from left to right.

    A domain without interior point raises NoInteriorError.
    """
    layers = problem.network.layers
    interior_point(problem)  # raises an error if there is none
    low = max((flint.fmpq(-b, a) for a, b in problem.rows if a > 0), default=None)
    high = min((flint.fmpq(-b, a) for a, b in problem.rows if a < 0), default=None)
    if len(layers) == 1:
        yield low, high
        return
    waiting = [_parts(layers, 0, layers[0].forms, low, high)]  # of each layer that is entered, what is left of it
    while waiting:
        for left, right, forms in waiting[-1]:
            check()
            if forms is not None:
                waiting.append(_parts(layers, len(waiting), forms, left, right))
                break
            yield left, right
        else:
            waiting.pop()


def _parts(
    layers: Sequence[Layer], depth: int, forms: flint.fmpq_mat, low: _End, high: _End
) -> Iterator[tuple[_End, _End, flint.fmpq_mat | None]]:
    """The intervals into which a layer divides one, with the preactivations of the next hidden layer, if any."""
    layer, is_last = layers[depth], depth + 2 == len(layers)
    for left, right, pieces in intervals(layer, forms, low, high):
        yield left, right, None if is_last else layers[depth + 1].read(layer.push(forms, pieces))


def intervals(
    layer: Layer, forms: flint.fmpq_mat, low: _End = None, high: _End = None
) -> Iterator[tuple[_End, _End, list[int]]]:
    """The intervals into which the layer divides one, from left to right, with the pieces of the units.

    The forms, rows × 2, are the preactivations as affine functions of t.  The list is the same one every time.

    >>> forms = flint.fmpq_mat(2, 2, [1, 0, -2, 1])
    >>> [(str(right), *pieces) for _, right, pieces in intervals(Layer([[1], [-2]], [0, 1]), forms)]
    [('0', 0, 1), ('1/2', 1, 1), ('None', 1, 0)]
    """
    table = forms.tolist()
    pieces: list[int] = []
    switches: list[_Switch] = []
    for number, (unit, own) in enumerate(layer.by_unit(table)):
        check()
        first, more = unit_switches(unit, own, low, high)
        pieces.append(first)
        switches += [(point, number, piece) for point, piece in more]
    switches.sort(key=lambda switch: switch[0])
    left, at = low, 0
    while True:  # invariant: ``pieces`` are those that the units take between ``left`` and the next switch
        right = switches[at][0] if at < len(switches) else high
        yield left, right, pieces
        if at == len(switches):
            return
        left = right
        while at < len(switches) and switches[at][0] == left:
            _, number, piece = switches[at]
            pieces[number] = piece
            at += 1


def unit_switches(
    unit: Activation, forms: Sequence[Sequence[flint.fmpq]], low: _End, high: _End
) -> tuple[int, list[tuple[flint.fmpq, int]]]:
    """The piece of a unit at the left end of an open interval, and where it switches to which piece.

    Between the roots of its comparisons no comparison changes its truth, so a point between tells the piece.
    """
    compared = (c.of(forms, _ONE) for piece in range(unit.pieces) for c in unit.comparisons(piece))
    roots = (-constant / slope for slope, constant in compared if slope)
    inner = (root for root in roots if (low is None or root > low) and (high is None or root < high))
    points = [root for root, _ in itertools.groupby(sorted(inner))]
    inside = points_between(low, points, high)
    pieces = [unit.piece_of([from_fmpq(slope * point + constant) for slope, constant in forms]) for point in inside]
    changes = zip(points, pieces, pieces[1:], strict=False)
    return pieces[0], [(point, after) for point, before, after in changes if before != after]


def points_between(low: _End, points: Sequence[flint.fmpq], high: _End) -> Iterator[flint.fmpq]:
    """A point of each interval between neighbors among the ends and the points."""
    ends = [low, *points, high]
    for left, right in itertools.pairwise(ends):
        if left is not None and right is not None:
            yield (left + right) / 2
        elif left is not None:
            yield left + 1
        else:
            yield right - 1 if right is not None else flint.fmpq(0)
