"""A lower end for brackets that parts hardly move: the regions along one segment through the domain.

A segment meets at most as many patterns on intervals as there are full-dimensional regions.  Let x and y be points
inside two intervals with different patterns p and q, each in a closed full-dimensional cell.  The two cells differ: a
cell that contains x and y contains the segment between them, on which all preactivations are affine.  Let u be the
first unit in which p and q differ, and c its piece on the cell.  If p has another piece of u than c, then the two tie
near x, hence along the segment, and so for q.  So the pieces that p, q and the cell have of u tie at x and at y; and
of pieces that tie, a unit takes the same one everywhere, a contradiction.
"""

import random
from fractions import Fraction

from theory.exact import from_fmpq
from theory.geometry.polyhedra import chord
from verify.domain.shapes import Line, Ray, Segment
from verify.engines.fast import central_point
from verify.engines.problem import Problem
from verify.slices.lines import along

_LARGE = 10**5


def is_large(problem: Problem) -> bool:
    """Whether the hidden layers have so many weights that a single region takes long."""
    return sum(layer.rows * layer.inputs for layer in problem.network.hidden) >= _LARGE


def regions_on_segment(problem: Problem, share: Fraction = Fraction(1)) -> int:
    """The activation regions that meet a segment through the domain, or a line where it is unbounded; cut exactly.

    In a box the segment joins two opposite corners, or is so large a share of that, in the middle.  The direction is
    drawn, always the same.

    >>> from theory import Network
    >>> from verify import Box, WholeSpace
    >>> cross = Network.relu([([[1, 0], [0, 1]], [0, 0]), ([[1, 1]], [0])])
    >>> [regions_on_segment(Problem.of(cross, where)) for where in (Box([-1, -1], [1, 2]), WholeSpace(2))]
    [3, 2]
    """
    rng = random.Random(0)
    middle = [from_fmpq(v) for v in central_point(problem)]
    low = high = None
    if problem.bounds is None:
        direction = [Fraction(rng.choice((-1, 1)) * rng.randint(1, 99)) for _ in middle]
    else:
        direction = [rng.choice((-1, 1)) * (b - a) for a, b in problem.bounds]
        sides = zip(problem.bounds, middle, direction, strict=True)
        times = [sorted(((a - c) / v, (b - c) / v)) for (a, b), c, v in sides]
        low, high = max(first for first, _ in times), min(last for _, last in times)
    found = chord(problem.cuts, middle, direction, low, high)
    assert found is not None
    first, last = found
    if first is not None and last is not None:
        cut = (1 - share) / 2 * (last - first)
        found = first + cut, last - cut
    ends = [None if t is None else [c + t * v for c, v in zip(middle, direction, strict=True)] for t in found]
    known = [end for end in ends if end is not None]
    if len(known) == 2:
        return along(problem.network, Segment(*known)).activation
    if known:
        return along(problem.network, Ray(known[0], middle)).activation
    further = [c + v for c, v in zip(middle, direction, strict=True)]
    return along(problem.network, Line(middle, further)).activation
