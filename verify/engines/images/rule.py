r"""Whether counting by images pays, decided by the problem alone.

In a cell of the first layers let layer l read y = M·x + c.  Two cells can have the same image only if the columns of
their M span the same space, in which the difference of their c lies.  So the maps at a few points on a line are
compared, layer by layer.  Images are tried if layer l brings spaces together that differ among the outputs of layer
l − 1, as folds do.  If it brings all of them together, because it is narrow, the weights must also repeat each other:
coincidences need relations between them.  Random networks are decided at once (:func:`_has_relations`).

>>> from theory.constructions.foldings import MONTUFAR
>>> from verify.domain.shapes import Box
>>> pays(Problem.of(MONTUFAR.build("2-8-8-8").network, Box([0, 0], [1, 1])))
True
"""

import itertools
import math
import time
from fractions import Fraction

import flint

from theory.errors import UnsupportedError
from theory.exact import from_fmpq, rank, to_fmpq
from theory.network import Layer
from verify.engines.exact import points_between
from verify.engines.images.image import hull_of, independent
from verify.engines.problem import Problem
from verify.engines.selection import Run

MOST_INPUTS = 6
"""The most inputs that depend on each other for which polyhedra are built."""
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
_POINTS, _WALLS = 5, 100
"""Points that are compared, and units whose walls are put between them."""
_ROWS = MOST_INPUTS + 2
"""Rows of a layer that are searched for relations."""


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
    return len(groups) > 1 or (any(map(_has_relations, hidden[1:])) and _coincide(problem))


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
    done, few = False, True
    while few and not done:
        done = run.advance(time.perf_counter() + _LOOK)
        few = run.found < _QUICK and run.fallback.answers + run.fallback.subtrees < _FEW_QUESTIONS
    return run if few else None


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

    A layer that folds k coordinates has rank k, so any k + 1 of its rows are dependent; narrow layers, where the rank
    says nothing, repeat weights (:func:`_repeats`).
    """
    rows = layer.weights[:_ROWS]
    sizes = [(abs(v.numerator), v.denominator) for row in rows for v in row if v]
    if not sizes or len(set(sizes)) < len(sizes):
        return True
    few = [row[:_ROWS] for row in rows]  # mostly they have full rank, and then so have the rows
    return all(rank(each) < min(len(rows), layer.inputs) for each in (few, rows))


def _coincide(problem: Problem) -> bool:
    """Whether two consecutive points on a line lie in cells whose images may coincide."""
    hidden, points = problem.network.hidden, _points(problem)
    forms = [hidden[0].forms] * len(points)
    for layer, after in itertools.pairwise(hidden):
        values = ((f * x).entries() for f, x in zip(forms, points, strict=True))
        taken = [layer.pieces_at(list(map(from_fmpq, z))) for z in values]
        outputs = [layer.push(f, pieces) for f, pieces in zip(forms, taken, strict=True)]
        forms = [after.read(output) for output in outputs]
        behind = [hull_of(f)[0] for f in forms]
        pairs = zip(itertools.pairwise(outputs), itertools.pairwise(behind), strict=True)
        ranks = [q.ncols() - 1 for (m, n), (p, q) in pairs if p == q and hull_of(m)[0] != hull_of(n)[0]]
        if any(ranks) and (_repeats(layer, after) or min(filter(None, ranks)) < after.weight_matrix.rank()):
            return True
    return False


def _points(problem: Problem) -> list[flint.fmpq_mat]:
    """Points (x, 1) of a line, in different intervals between walls of the first layer."""
    layer, ends = problem.network.layers[0], problem.bounds
    sides = ends or [(Fraction(0), Fraction(1))] * problem.dimension
    entries = [(p * (b - a) / 17, (a + b) / 2) for p, (a, b) in zip((17, 13, 11, 7, 5, 3), sides, strict=False)]
    line = flint.fmpq_mat(len(sides) + 1, 2, [*(to_fmpq(v) for entry in entries for v in entry), 0, 1])
    some = itertools.islice(layer.by_unit((layer.forms * line).tolist()), _WALLS)
    compared = (c.of(own, flint.fmpq(1)) for unit, own in some for k in range(unit.pieces) for c in unit.comparisons(k))
    walls = sorted({-b / a for a, b in compared if a and (ends is None or abs(2 * b) < abs(a))})
    low, high = (None, None) if ends is None else (flint.fmpq(-1, 2), flint.fmpq(1, 2))
    places = list(points_between(low, walls, high))
    return [line * flint.fmpq_mat(2, 1, [t, 1]) for t in places[:: max(1, len(walls) // (_POINTS - 1))]]


def _repeats(*layers: Layer) -> bool:
    """Whether at least half of the weights and biases repeat others, up to signs."""
    values = [abs(v) for layer in layers for row in (*layer.weights, layer.biases) for v in row]
    return 2 * len(set(values)) <= len(values)
