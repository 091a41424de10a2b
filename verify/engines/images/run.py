r"""The count by images as an engine's run, when it is tried, and where it stops being worth while.

The problem alone decides.  In a cell of the first layers let layer l read y = M·x + c.  Two cells can have the same
image only if the columns of their M span the same space, in which the difference of their c lies.  So the maps at a few
points on a line are compared, layer by layer.  Images are tried if layer l brings spaces together that differ among the
outputs of layer l − 1, as folds do.  If it brings all of them together, because it is narrow, the weights must also
repeat each other: coincidences need relations between them.  Random networks are decided at once
(:func:`_has_relations`).

>>> from theory.constructions.foldings import MONTUFAR
>>> from verify.domain.shapes import Box
>>> pays(Problem.of(MONTUFAR.build("2-8-8-8").network, Box([0, 0], [1, 1])))
True
"""

import itertools
import math
import time
from collections.abc import Iterator
from fractions import Fraction

import flint

from theory.errors import UnsupportedError
from theory.exact import from_fmpq, rank, to_fmpq
from theory.network import Layer
from verify.engines.exact import points_between
from verify.engines.images.image import hull_of, independent, joined
from verify.engines.images.traverse import State, steps
from verify.engines.problem import Problem
from verify.engines.selection import PlainRun, Run, is_small, select
from verify.engines.symmetry import Symmetry, useful_symmetry

MOST_INPUTS = 6
"""The most inputs that depend on each other for which polyhedra are built."""
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
_TRIED = 32
"""Cells or images between two checks whether they coincide."""
_GAIN = Fraction(3, 2)
"""Cells for each image from which on images are worth while."""


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
    """The finished enumeration, if regions and exact questions are so few that images cannot pay, else None."""
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


class ImageRun(Run):
    """A count by images from a state on; one that is not ``persistent`` gives up if no images coincide."""

    engine = "images"
    yield_every = 0.1

    def __init__(self, problem: Problem, *, persistent: bool = True, state: State | None = None) -> None:
        self.problem = problem
        self._steps: Iterator[State] = steps(problem, state)
        self.state = next(self._steps)
        self._persistent, self.gave_up, self._done = persistent, False, False
        self.exact_seconds = 0.0
        self.statistics = {"images": self.state.images}

    @property
    def found(self) -> int:
        """The cells of the layers that are done: each has a region or more."""
        return self.state.found

    @property
    def left(self) -> float:
        """The share of the layers."""
        return 0.0 if self._done else 1.0 - self.state.layer / max(1, len(self.problem.network.hidden))

    def advance(self, deadline: float) -> bool:
        """Go on until the number is known (True), the deadline is reached, or it is not worth while (False)."""
        began = time.thread_time()
        try:
            while not (self._done or self.gave_up):
                before = self.state
                following = next(self._steps, None)
                if following is None:
                    self._done = True
                else:
                    self.state = following
                    self.gave_up = not self._persistent and self._is_poor(changed=following is not before)
                if time.perf_counter() >= deadline and not self._done:
                    return False
            self.statistics["images"] = self.state.images
            return self._done
        finally:
            self.exact_seconds += time.thread_time() - began

    def _is_poor(self, *, changed: bool) -> bool:
        """Whether the cells of the layer hardly share any images, nor those of the layers before."""
        state, hidden = self.state, self.problem.network.hidden
        if not changed and not state.sent == _TRIED < _GAIN * state.distinct:
            return False
        images = math.prod(max(1, len(block.images)) for block in state.blocks)
        if state.found >= _GAIN * state.factor * images:
            return False
        if not changed:
            return True
        if state.layer in (0, len(hidden)) or images <= _TRIED:
            return False
        groups = joined(hidden[state.layer], state.blocks)
        return any(len(blocks) == len(state.blocks) for blocks, _ in groups) and any(b.images for b in state.blocks)


def shared_count(problem: Problem) -> ImageRun | None:
    """The finished count by images, or None if cells share too few images for it: the problem alone decides."""
    return _tried(problem) if pays(problem) else None


def quickest_count(problem: Problem) -> Run | None:
    """A count by images, from one chamber, or a finished one of few regions; None if enumeration is best."""
    shared = pays(problem)
    if shared and (found := quick_enumeration(problem)):
        return found
    symmetry = useful_symmetry(problem)
    if shared and not (symmetry and quick_enumeration(symmetry.chamber(problem))) and (by_images := _tried(problem)):
        return by_images
    return in_chamber(problem, symmetry) if symmetry else None


def in_chamber(problem: Problem, symmetry: Symmetry) -> Run:
    """The run over the regions of a chamber, which counts all."""
    run = select(symmetry.chamber(problem), wants="list")
    counted = PlainRun(run.engine, run.patterns(), symmetry.weight)
    counted.statistics = run.statistics
    run.statistics["symmetries"] = symmetry.order
    return counted


def _tried(problem: Problem) -> ImageRun | None:
    run = ImageRun(problem, persistent=False)
    return run if run.advance(math.inf) else None
