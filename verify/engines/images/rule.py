r"""Whether counting by images pays, decided by the problem alone.

In a cell of the first layers let layer l read y = M·x + c.  Two cells can have the same image only if the columns of
their M span the same space, in which the difference of their c lies.  In generic networks with more units than inputs
no two do.  So a few points are taken on a line, one in each of the intervals into which the first layer divides it, and
the maps there are compared, layer by layer, in floating point, which decides only which engine counts.  Images are
tried if layer l brings spaces together that differ among the outputs of layer l − 1, as folds do.  If it brings all of
them together, because it is narrow, the weights must also repeat each other: coincidences need relations between them.

Random networks are decided at once: in the first rows of a layer, as in :func:`_has_relations`, no two weights agree up
to sign, and the rows are independent.

>>> from theory.constructions.foldings import MONTUFAR
>>> from verify.domain.shapes import Box
>>> pays(Problem.of(MONTUFAR.build("2-8-8-8").network, Box([0, 0], [1, 1])))
True
"""

import itertools
import math
import time
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from theory.activations import RELU
from theory.errors import UnsupportedError
from theory.network import Layer, Network
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
_POINTS = 5
_ROWS = MOST_INPUTS + 2
"""Rows of a layer that are searched for relations."""
_SAME = 1e-9
"""Floats with at least this relative distance count as different."""
_Floats = npt.NDArray[np.float64]


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
        return len(groups) > 1 or (any(map(_has_relations, hidden[1:])) and _coincide(problem.network, problem))
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

    A layer that folds k coordinates has rank k, so any k + 1 of its rows are dependent; narrow layers, where the rank
    says nothing, repeat weights (:func:`_repeats`).
    """
    rows = _floats(layer.weights[:_ROWS])
    if not rows.size:
        return True
    sizes = np.sort(np.abs(rows[rows != 0.0]))
    return bool((sizes[1:] == sizes[:-1]).any() or np.linalg.matrix_rank(rows, rtol=_SAME) < min(rows.shape))


def _coincide(network: Network, problem: Problem) -> bool:
    """Whether two points that follow each other on the line lie in cells whose images may coincide."""
    with np.errstate(all="ignore"):
        points = _points(network, problem)
        maps: list[_Floats] = [np.eye(problem.dimension, problem.dimension + 1)] * len(points)
        forms = _forms(network.layers[0])
        for layer, after in itertools.pairwise(network.hidden):
            following = _forms(after)
            reader = following[:, :-1]
            maps = [_behind(layer, forms @ _with_one(m), x) for m, x in zip(maps, points, strict=True)]
            read, forms = [reader @ m for m in maps], following
            if not all(np.isfinite(m).all() for m in read):
                return False
            pairs = list(itertools.pairwise(range(len(read))))
            hulls = [_common_hull(read[i], read[j]) for i, j in pairs]
            brought = [r for r, (i, j) in zip(hulls, pairs, strict=True) if r and not _common_hull(maps[i], maps[j])]
            if brought and (min(brought) < np.linalg.matrix_rank(reader) or _repeats(layer, after)):
                return True
    return False


def _points(network: Network, problem: Problem) -> list[_Floats]:
    """Points of a line, in different intervals between the hyperplanes of the first layer."""
    layer, d = network.layers[0], problem.dimension
    rows = _forms(layer)
    found = []
    for unit, at in zip(layer.units, layer.first_rows, strict=True):
        for comparison in (c for piece in range(unit.pieces) for c in unit.comparisons(piece) if c.other > piece):
            found.append(comparison.of(rows[at : at + unit.rows].tolist(), 1.0))
    walls = np.array(found).reshape(-1, d + 1)
    walls = walls[np.abs(walls[:, :-1]).sum(axis=1) > 0]
    if not len(walls):
        return []
    walls = walls / np.linalg.norm(walls[:, :-1], axis=1)[:, None]
    direction = np.sqrt(np.arange(2.0, d + 2))
    if problem.bounds is None:
        middle = np.linalg.lstsq(walls[:, :-1], -walls[:, -1], rcond=None)[0]
        high = math.inf
    else:
        ends = _floats(problem.bounds)
        middle, direction = ends.mean(axis=1), direction * (ends[:, 1] - ends[:, 0])
        high = 0.5 / math.sqrt(d + 1.0)
    slopes, values = walls[:, :-1] @ direction, walls[:, :-1] @ middle + walls[:, -1]
    crossings = np.unique(-values[slopes != 0] / slopes[slopes != 0])
    crossings = crossings[np.abs(crossings) < high]
    if not len(crossings):
        return []
    places = np.concatenate([[crossings[0] - 1e-3], (crossings[1:] + crossings[:-1]) / 2, [crossings[-1] + 1e-3]])
    chosen = places[np.unique(np.linspace(0, len(places) - 1, _POINTS).astype(int))]
    return [middle + t * direction for t in chosen]


def _floats(rows: Any) -> _Floats:
    return np.array([[v.numerator / v.denominator for v in row] for row in rows], float)


def _forms(layer: Layer) -> _Floats:
    return np.hstack([_floats(layer.weights), _floats([layer.biases]).T])


def _with_one(forms: _Floats) -> _Floats:
    return np.vstack([forms, [[*[0.0] * (forms.shape[1] - 1), 1.0]]])


def _behind(layer: Layer, forms: _Floats, point: _Floats) -> _Floats:
    """The outputs of a layer as affine forms, near a point."""
    z = forms @ np.append(point, 1.0)
    if all(unit is RELU for unit in layer.units):
        behind: _Floats = forms * (z > 0)[:, None]
        return behind
    outputs = np.zeros((layer.width, forms.shape[1]))
    for u, (unit, at) in enumerate(zip(layer.units, layer.first_rows, strict=True)):
        row, slope, intercept = unit.output(unit.piece_of([Fraction(v) for v in z[at : at + unit.rows].tolist()]))
        outputs[u] = float(slope) * forms[at + row]
        outputs[u, -1] += float(intercept)
    return outputs


def _repeats(*layers: Layer) -> bool:
    """Whether at least half of the weights and biases repeat others, up to signs."""
    values = [abs(v) for layer in layers for row in (*layer.weights, layer.biases) for v in row]
    return 2 * len(set(values)) <= len(values)


def _common_hull(one: _Floats, other: _Floats) -> int:
    """The dimension of the image of all of R^d if the two affine maps have the same one, otherwise 0."""
    basis, sizes, _ = np.linalg.svd(one[:, :-1], full_matrices=False)
    basis = basis[:, sizes > _SAME * max(sizes, default=0.0)]
    if basis.shape[1] == 0:
        return 0
    rest = np.column_stack([other[:, :-1], other[:, -1] - one[:, -1]])
    off = rest - basis @ (basis.T @ rest)
    same = (np.abs(off).max(axis=0) <= _SAME * (np.abs(rest).max(axis=0) + np.abs(one).max())).all()
    return basis.shape[1] if same and np.linalg.matrix_rank(rest[:, :-1], rtol=_SAME) == basis.shape[1] else 0
