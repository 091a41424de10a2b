r"""An upper bound on the regions along which a random draw can descend: every step knows the bound of what is left.

**One layer.**  On an open convex cell C all preactivations are affine.  A unit whose pieces follow each other along one
line (every scalar unit, maxout of rank 2) has a wall between consecutive pieces, so a layer is an arrangement of
hyperplanes, and its patterns are the regions of the arrangement in C.  Number the walls.  A set S of walls, none of
them constant on C, is *independent* if its hyperplanes meet inside C and no wall k contains the intersection of those
walls of S that come after k (S has no broken circuit).  Deletion and restriction of the last wall,

.. math:: r(F, k) = r(F, k - 1) + [\text{wall } k \text{ cuts } F] \; r(F \cap H_k, k - 1),

where :math:`r(F, k)` is the number of regions that the first k walls make of the flat F inside C, zero if one of them
contains F, counts each region once: the regions in C are as many as the independent sets.  It holds if no wall up to k
contains F: those regions of the first k − 1 walls that wall k divides correspond to their traces on
:math:`F \cap H_k`, the regions of this flat, as long as no earlier wall contains it; one that does has the same trace
on F as wall k, which then divides nothing.  Unrolled, from the last wall to the first and from F = C, which no wall
contains, the sum has a one for each set S that meets no zero on the way.  Nothing is assumed to be in general position.
In a space of dimension c an independent set has at most c walls, and at most one of each unit.

**Which region belongs to a set** (:func:`verify.counting.samples.draws.draw`): wall k = 1, 2, … in turn divides the
region of the walls before it, intersected with the flat of the later walls of S, or it does not.  Where it does and is
not in S, the region takes one side; where it is in S, the region around the one found so far, on the flat of the later
walls of S alone, takes the other (there is one such region, since regions are convex and a region of the smaller flat
is the whole trace of it).  That is a bijection, the unrolled recursion.  The side for walls of S can be chosen so that
a unit becomes constant there, if the piece below its first wall, or above its last one, is flat: then S costs the
layer's output a dimension for each such wall.  For ReLU this is the proof of Theorem 1 of Serra et al.

**All layers.**  Let c be a bound on the dimension of what reaches layer l.  By the above

.. math:: B_l(c) = \sum_{a, b} N_l(a, b) \; B_{l+1}(\min(c, \rho_l, n_l - b)), \qquad B_{L+1} = 1,

bounds the regions from layer l on, with :math:`N_l(a, b)` the sets with b walls that make their unit constant and a
others, :math:`a + b \le \min(c, \rho_l)`, :math:`\rho_l` the rank of the weights and :math:`n_l` the units that are not
constant on the domain.  A unit with more than two pieces in no order (maxout of rank k > 2) has no such recursion: it
contributes the factor k, all its pieces.

**The top.**  Where the first layers have few regions, these are enumerated, for each the units of the next layer whose
walls cut it and the dimension that reaches it are known exactly, and the sum of their bounds takes the place of
:math:`B_1(d)`; a draw begins by choosing one of them with probability proportional to its bound.

**The draw.**  Choose (a, b) with probability proportional to its term, then a set S among the :math:`N_l(a, b)`, then
the region of S, and so on in the next layer, with the same c; give up where S is not independent.  Each region is
drawn with probability exactly :math:`1/B_1(d)`, whatever the weights are, because the sets are equally likely.  So
draws are uniform, and a draw gives a region with probability :math:`R / B_1(d)`.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1.  Whitney 1932, A logical expansion in mathematics: broken circuits.
Zaslavsky 1975: deletion and restriction for regions.

>>> from theory import Network
>>> from verify.engines.problem import Problem
>>> layers = [([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1], [1, 1, 1]], [-1, 9]), ([[1, 1]], [0])]
>>> bound = NestedBound(problem_walls(Problem(Network.relu(layers), ())), 2)  # the last unit is always on
>>> bound.value, [bound.below(1, c) for c in (0, 1, 2)]
(14, [1, 2, 2])
"""

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import NamedTuple

from theory.activations import Activation, Comparison
from theory.intervals import images
from theory.network import Layer
from verify.counting.long.bounds import exact_rank, input_ranges, through
from verify.counting.samples.stream import Stream
from verify.engines.problem import Problem


class Wall(NamedTuple):
    """The wall between two consecutive pieces of a unit."""

    unit: int
    piece: int
    """It ends this piece of that unit."""
    comparison: Comparison
    """Holds on this piece and on those before it."""
    side: bool
    """Whether the region of a set that contains the wall lies where the comparison holds."""
    flat: bool
    """Whether the unit is constant on that side."""


class LayerWalls:
    """The walls of a layer, units whose pieces have no order, and how many sets of walls there are.

    ``pieces`` are those that each unit may take on the domain; ``rank`` is that of the weights, or a smaller number, if
    no more dimensions reach the layer.  ``walls`` has those of each unit with ordered pieces, in their order;
    ``branching`` are units whose pieces have no order, and more than one of which may be taken, and ``factor`` is the
    product of the numbers of their pieces; ``alive`` is the number of units that are not constant on the domain.
    """

    def __init__(self, layer: Layer, pieces: Sequence[Sequence[int]], rank: int) -> None:
        self.pieces, self.rank = pieces, rank
        self.alive = sum(
            any(unit.output(p).slope for p in possible) for unit, possible in zip(layer.units, pieces, strict=True)
        )
        self.walls = [
            [_wall(unit, u, p) for p in possible[:-1]] if unit.is_ordered else []
            for u, (unit, possible) in enumerate(zip(layer.units, pieces, strict=True))
        ]
        self.branching = [u for u, unit in enumerate(layer.units) if not unit.is_ordered and len(pieces[u]) > 1]
        self.factor = prod(len(pieces[u]) for u in self.branching)
        kinds = [(sum(not w.flat for w in walls), sum(w.flat for w in walls)) for walls in self.walls]
        self._suffixes: list[dict[tuple[int, int], int]] = [{(0, 0): 1}]
        """For the units from u on, last unit first: (a, b) to the number of sets with b flat walls and a others."""
        for plain, flat in reversed(kinds):
            before, after = self._suffixes[-1], dict(self._suffixes[-1])
            for (a, b), number in before.items():
                if a + b < self.rank:
                    for key, more in (((a + 1, b), plain), ((a, b + 1), flat)):
                        if more:
                            after[key] = after.get(key, 0) + more * number
            self._suffixes.append(after)
        self.sets = self._suffixes[-1]
        """(a, b) to the number of sets of at most ``rank`` walls, one a unit, with b flat ones and a others."""

    def choose(self, a: int, b: int, stream: Stream) -> set[tuple[int, int]]:
        """A uniform one of these sets, as pairs (unit, piece)."""
        chosen = set()
        for walls, rest in zip(self.walls, reversed(self._suffixes[:-1]), strict=True):
            left = [(a, b), *((a, b - 1) if wall.flat else (a - 1, b) for wall in walls)]
            at = stream.choose([rest.get(key, 0) for key in left])
            a, b = left[at]
            if at > 0:
                chosen.add((walls[at - 1].unit, walls[at - 1].piece))
        return chosen


def _wall(unit: Activation, number: int, piece: int) -> Wall:
    """The wall behind a piece; beyond the first and the last one a unit may be constant."""
    (comparison,) = (c for c in unit.comparisons(piece) if c.other > piece)
    below = piece == 0 and not unit.output(0).slope
    above = piece == unit.pieces - 2 and not unit.output(piece + 1).slope and not below
    return Wall(number, piece, comparison, not above, below or above)


def problem_walls(problem: Problem) -> list[LayerWalls]:
    """The walls of each hidden layer, without pieces that interval arithmetic excludes on the box around the domain."""
    ranges, layers, rank = input_ranges(problem), [], problem.dimension
    for layer in problem.network.hidden:
        pieces, ranges = through(layer, images(layer.forms, ranges), ())
        rank = min(rank, exact_rank(layer.weight_matrix))
        layers.append(LayerWalls(layer, pieces, rank))
    return layers


class NestedBound:
    """The bound on the regions in a cell.

    The ``layers`` are those that are not decided on the cell; at most ``dimension`` dimensions reach the first of them.
    ``value`` bounds all regions.
    """

    def __init__(self, layers: Sequence[LayerWalls], dimension: int) -> None:
        self.layers = layers
        self.below = cache(self._below)
        reached = [{dimension}]
        for layer, walls in enumerate(layers):
            parts = ((c, b) for c in reached[-1] for a, b in walls.sets if a + b <= c)
            reached.append({self.dimension_after(layer, c, b) for c, b in parts})
        for layer, own in reversed(list(enumerate(reached))):  # the last layer first, so that no recursion is deep
            for c in own:
                self.below(layer, c)
        self.value = self.below(0, dimension)

    def _below(self, layer: int, c: int) -> int:
        """The bound on the regions from this layer on, counted from 0, of a cell of which c dimensions reach it."""
        return sum(weight for _, weight in self.terms(layer, c)) if layer < len(self.layers) else 1

    def terms(self, layer: int, c: int) -> list[tuple[tuple[int, int], int]]:
        """The terms of the sum, by (a, b)."""
        walls = self.layers[layer]
        return [
            ((a, b), walls.factor * number * self.below(layer + 1, self.dimension_after(layer, c, b)))
            for (a, b), number in walls.sets.items()
            if a + b <= c
        ]

    def dimension_after(self, layer: int, c: int, flat: int) -> int:
        """What is left of c dimensions behind a layer, with so many units constant that are not so on the domain."""
        walls = self.layers[layer]
        return min(c, walls.rank, walls.alive - flat)
