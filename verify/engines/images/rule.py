r"""Whether counting by images is tried, decided by the problem alone.

In a cell of the first layers let layer l read y = M·x + c.  Two cells can have the same image only if the columns of
their M span the same space, in which the difference of their c lies.  In generic networks with more units than inputs
no two do: coincidences need relations between the weights.  So images are tried if inputs are independent, or if in the
first rows of a later layer weights agree up to sign or rows are dependent, as where it folds; whether images do
coincide is seen from the first of them (:mod:`verify.engines.images.run`).  Random networks are enumerated at once.

>>> from theory.constructions.foldings import MONTUFAR
>>> from verify.domain.shapes import Box
>>> pays(Problem.of(MONTUFAR.build("2-8-8-8").network, Box([0, 0], [1, 1])))
True
"""

import math
import time

import numpy as np

from theory.errors import UnsupportedError
from theory.network import Layer
from verify.engines.images.blocks import independent
from verify.engines.problem import Problem
from verify.engines.selection import Run

MOST_INPUTS = 6
"""Polyhedra are made for at most so many inputs that depend on each other."""
_FEW_REGIONS = 20_000
"""Regions: if there cannot be more they are enumerated."""
_QUICK = 1_000
"""If there are fewer it takes the compiled core about a millisecond to enumerate them."""
_FEW_QUESTIONS = 50
"""But not if more must be answered in exact arithmetic."""
_LOOK = 2e-4
"""Seconds between two looks at these numbers."""
_FEW_WEIGHTS = 20_000
"""A network with more weights is not enumerated for that purpose."""
_ROWS = MOST_INPUTS + 2
"""Rows of a layer that are searched for relations."""
_SAME = 1e-9
"""Floats with at least this relative distance count as different."""


def pays(problem: Problem) -> bool:
    """Whether cells probably share images, so that it is worth a try."""
    hidden = problem.network.hidden
    if len(hidden) < 2 or is_small(problem) or any(layer.floats and layer.floats.is_huge for layer in hidden):
        return False
    if any(sum(map(bool, row)) > MOST_INPUTS for row in hidden[0].weights):  # found at once in a dense layer
        return False
    groups = independent(problem)
    if max(map(len, groups)) > MOST_INPUTS:
        return False
    try:
        return len(groups) > 1 or any(map(_has_relations, hidden[1:]))
    except OverflowError:  # numbers beyond the range of floats
        return False


def quick_enumeration(problem: Problem) -> Run | None:
    """The finished enumeration if the regions are so few that images cannot pay, though cells share them.

    Whether they are depends on their number and on that of the exact questions; without a compiled core it is None.
    """
    from verify.engines.fast import Traversal

    if sum(layer.rows * (layer.inputs + 1) for layer in problem.network.hidden) > _FEW_WEIGHTS:
        return None
    try:
        run = Traversal(problem, yield_every=_LOOK)
    except UnsupportedError:
        return None
    done = False
    while not done and run.found < _QUICK and run.fallback.questions < _FEW_QUESTIONS:
        done = run.advance(time.perf_counter() + _LOOK)
    return run if done and run.found < _QUICK and run.fallback.questions < _FEW_QUESTIONS else None


def is_small(problem: Problem) -> bool:
    """Whether there cannot be more regions than are enumerated at once."""
    most, d = 1, problem.dimension
    for layer in problem.network.hidden:
        hyperplanes = sum(unit.pieces - 1 for unit in layer.units)
        if min(d, hyperplanes) >= _FEW_REGIONS.bit_length():  # the sum is at least 2 to this power
            return False
        most *= sum(math.comb(hyperplanes, j) for j in range(min(d, hyperplanes) + 1))
        if most > _FEW_REGIONS:
            return False
        d = min(d, layer.width)
    return True


def _has_relations(layer: Layer) -> bool:
    """Whether, in the first rows, weights agree up to sign or the rows have less than full rank.

    A layer that folds k coordinates has rank k, so any k + 1 of its rows are dependent; floats decide it, since only
    the engine depends on that.
    """
    rows = np.array([[v.numerator / v.denominator for v in row] for row in layer.weights[:_ROWS]])
    if not rows.size:
        return True
    sizes = np.sort(np.abs(rows[rows != 0.0]))
    return bool((sizes[1:] == sizes[:-1]).any() or np.linalg.matrix_rank(rows, rtol=_SAME) < min(rows.shape))
