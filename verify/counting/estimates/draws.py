r"""Random numbers whose mean is the number R of regions, or less.

**Sets.**  The draw of :mod:`verify.counting.samples` down to the last layer reaches a cell c with probability
:math:`B(c)/U`, B the bound on its regions and U that on all; the regions :math:`N(c)` of the last layer in it are
counted.  Then :math:`X = N(c) \, U/B(c)`, or 0 if no cell is reached, has mean R and is at most U.

**Tree.**  The cells of the first units are the nodes of a tree, its leaves the regions.  Go down all levels with a set
of at most k nodes: replace it by all of its children; if these are m > k, keep k of them, each set equally likely, and
multiply the weight by m/k.  The number of leaves at the end times the weight has mean R: given the nodes that are kept,
the sum over them of the leaves below, times the weight, keeps its mean from level to level.  With k = 1 this is Knuth's
estimator; a larger k makes the variance much smaller.  There is no useful ceiling.

**Dives** (:mod:`verify.counting.estimates.dives`), which are the same with k = 1 in many dimensions, and **parity**
constraints (:mod:`verify.counting.estimates.parity`) have a mean of at most R; a float solver proposes their patterns.

References
----------
D. E. Knuth: Estimating the efficiency of backtrack programs.  Mathematics of Computation 29 (1975).
R. Vaisman, D. P. Kroese: Stochastic enumeration method for counting trees.  Methodology and Computing in Applied
Probability 19 (2017).
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from theory.deadline import DeadlineExceededError, check, until
from theory.geometry.simplex import Dictionary
from verify.counting.estimates import parity
from verify.counting.estimates.dives import dive
from verify.counting.long.parts import restricted
from verify.counting.samples.draws import Draws
from verify.counting.samples.stream import Stream
from verify.engines.exact import Cell, children, interior_point
from verify.engines.problem import Problem
from verify.engines.selection import select

Method = Literal["sets", "tree", "dives", "parity"]


@dataclass(frozen=True)
class Drawing:
    """What is drawn.

    Draw k takes the random bits of number k for sets, −1 − k for trees and dives, −3 − k for parity (:class:`Stream`).
    A tree keeps ``width`` nodes.
    """

    problem: Problem
    seed: int
    method: Method
    width: int = 16

    def value(self, number: int) -> Fraction:
        """The draw with this number."""
        if self.method == "parity":
            return parity.trial(self.problem, self.seed, number)
        if self.method != "sets":
            stream = Stream(self.seed, -1 - number)
            return dive(self.problem, stream) if self.method == "dives" else self._tree(stream)
        draws, hidden = prepared(self.problem), self.problem.network.hidden
        drawn = draws.draw(Stream(self.seed, number), max(len(hidden) - 1, 0))
        if drawn is None:
            return Fraction(0)
        cell, bound = drawn
        if len(cell.pattern) == len(hidden):
            return Fraction(draws.bound, bound)
        run = select(restricted(self.problem, cell.pattern), images=False)
        while not run.advance(time.perf_counter() + 1.0):
            check()
        return Fraction(run.found * draws.bound, bound)

    def _tree(self, stream: Stream) -> Fraction:
        layers = self.problem.network.layers
        start = Dictionary(self.problem.dimension, interior_point(self.problem), self.problem.rows)
        nodes, weight = [Cell(start, (), (), layers[0].forms)], Fraction(1)
        while (level := min(map(_level, nodes)))[0] + 1 < len(layers):
            nodes = [
                child for node in nodes for child in (children(layers, node) if _level(node) == level else (node,))
            ]
            if len(nodes) > self.width:
                weight *= Fraction(len(nodes), self.width)
                for at in range(self.width):
                    other = at + stream.below(len(nodes) - at)
                    nodes[at], nodes[other] = nodes[other], nodes[at]
                del nodes[self.width :]
        return weight * len(nodes)


def _level(cell: Cell) -> tuple[int, int]:
    """How many layers, and units of the next one, are decided; a unit that divides nothing may be decided early."""
    return len(cell.pattern), len(cell.pieces)


prepared = lru_cache(maxsize=4)(Draws)
"""The draws of sets of a problem, prepared once for each."""


def values(drawing: Drawing, first: int, number: int, seconds: float) -> list[Fraction]:
    """The draws from ``first`` on, so many, or as many as are done in the given time."""
    ends, found = time.perf_counter() + seconds, list[Fraction]()
    with suppress(DeadlineExceededError), until(lambda: time.perf_counter() > ends):
        for k in range(first, first + number):
            found.append(drawing.value(k))
    return found
