r"""Parts of a count, the sets on which the first units of a network take given pieces, and bounds on their regions.

Parts are the regions of the network that consists of the first units alone.  Up to boundaries these partition the
domain, and every region of the whole network lies in exactly one of them.  So the counts of the parts add up.

What bounds the regions of a part is read off exactly:

* the layers that the part names in full are one affine map there; the rank of what the next layer sees of it is the
  dimension that reaches the rest;
* the range of every later preactivation, by interval arithmetic in rationals from the box that the domain is or lies
  in: pieces outside the range are not taken, so some units bend nothing, and a ReLU unit is on or off;
* the ranks of the layers behind it.

Layers with very many weights are taken to have full rank and unknown ranges.

For ReLU networks the histogram bound of Hinz with these facts is evaluated; for other units it is the product, over the
layers, of :math:`\sum_{j \le d} e_j(p_1 - 1, p_2 - 1, \dots)`, with the elementary symmetric polynomials :math:`e_j`,
:math:`p_u` the pieces that unit u may take, and d the least dimension on the way: ``docs/proofs-draws.md`` says why.
Where the regions of the first layers alone were enumerated, only the layers behind are bounded, for each of these.

References
----------
P. Hinz: Using activation histograms to bound the number of affine regions in ReLU feed-forward neural networks (2021).
G. Montúfar, Y. Ren, L. Zhang: Sharp bounds for the number of regions of maxout networks and vertices of Minkowski sums
(SIAM J. Appl. Algebra Geom. 6, 2022).
T. Serra, C. Tjandraatmadja, S. Ramalingam: Bounding and counting linear regions of deep neural networks (ICML 2018).

>>> from theory import Network
>>> from verify import Box, WholeSpace
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1], [1, 1, 1]], [-1, 9]), ([[1, 1]], [0])])
>>> bounds = Bounds(Problem.of(net, Box.cube(-1, 1, 2)))
>>> bounds(()), bounds(((0,),)), bounds(((0,),), {1: {2: 2}})
(14, 7, 4)
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> divided(Problem.of(net, WholeSpace(2)), (), 2)
{((1,),): Inside(finer=4, regions={}), ((0,),): Inside(finer=3, regions={})}
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import flint

from theory.activations import IDENTITY, RELU
from theory.deadline import DeadlineExceededError, check, until
from theory.exact import Range, images, to_fmpq
from theory.geometry.region import pattern_conditions
from theory.network import ForwardPass, Layer, Network, Pattern
from verify.engines.problem import Problem
from verify.engines.selection import select

_FINER, _LIMIT = 8, 4096
"""Finer parts that are looked for in each part, to estimate its size; and their number in all, at most."""
_MOST, _LONGEST = 50_000, 2.0
"""Limits on what is enumerated to bound the parts of a part: regions of the first layers, seconds of the processor."""
_LARGE = 20_000
"""Weights of a layer from which on its rank and the ranges behind it are not computed: counting would be faster."""
_MOST_KNOWN, _MOST_MAPS = 100_000, 64
"""Bounds that are kept, by what they depend on; and affine maps, by the pattern that they belong to."""
_MANY = 200
"""Through more dimensions than this the bound is the product over the layers: histograms of levels take minutes."""
_PRIME = 2**61 - 1
_Pieces = list[list[tuple[int, ...]]]
"""For each layer and unit the pieces that it may take on a part, in order."""


class Inside(NamedTuple):
    """What is known of a part before it is counted.

    ``finer`` is the number of finer parts that it consists of, a measure of its size relative to the parts that it was
    made with.  ``regions`` says for some numbers l how many regions the first l layers alone have on the part, by an
    upper bound on the dimension of the image.
    """

    finer: int
    regions: dict[int, dict[int, int]]


def is_whole(problem: Problem, part: Pattern) -> bool:
    """Whether the part names a piece for every unit, so that it is one region."""
    return sum(map(len, part)) == sum(layer.width for layer in problem.network.hidden)


def restricted(problem: Problem, part: Pattern) -> Problem:
    """The network on the part alone; the units that the part names are affine there and bend nothing."""
    if not part:
        return problem
    named = _first_units(problem.network, part)
    rows = (condition.row for condition in pattern_conditions(named, part[: len(named.hidden)]))
    layers = [_settled(layer, pieces) for layer, pieces in zip(problem.network.hidden, part, strict=False)]
    network = Network([*layers, *problem.network.layers[len(layers) :]])
    return Problem(network, (*problem.rows, *dict.fromkeys(row for row in rows if any(row[:-1]))))


def _settled(layer: Layer, pieces: Sequence[int]) -> Layer:
    """The layer with its first units replaced by the affine function that each one is on its piece."""
    named, rest = layer.units[: len(pieces)], layer.units[len(pieces) :]
    weights, biases = [], []
    for unit, at, piece in zip(named, layer.first_rows, pieces, strict=False):
        row, slope, intercept = unit.output(piece)
        weights.append(tuple(slope * w for w in layer.weights[at + row]))
        biases.append(slope * layer.biases[at + row] + intercept)
    behind, units = sum(unit.rows for unit in named), [*[IDENTITY] * len(named), *rest]
    return Layer([*weights, *layer.weights[behind:]], [*biases, *layer.biases[behind:]], units, inputs=layer.inputs)


def divided(problem: Problem, part: Pattern, wanted: int, *, closely: bool = True) -> dict[Pattern, Inside]:
    """Disjoint parts that make up ``part``, at least ``wanted`` or one for each region, and what is known of each.

    With ``closely`` regions of the first layers are enumerated, which bounds the parts; otherwise only sizes are known.
    """
    if is_whole(problem, part):
        return {part: Inside(1, {})}
    inside = restricted(problem, part)
    finer = sorted(_finer(problem, part, inside, _FINER * wanted), reverse=True)
    if len(finer) <= wanted:
        return {pattern: Inside(1, {}) for pattern in finer}
    sizes: Counter[Pattern] = Counter()
    units, lengths = 0, part
    while len(sizes) < wanted:
        units += 1
        lengths = _lengthened(problem.network, part, units)
        sizes = Counter(_shortened(pattern, lengths) for pattern in finer)
    result = {child: Inside(size, {}) for child, size in sizes.items()}
    is_over = _soon()
    for longer in _layers_within(problem.network, lengths) if closely else ():
        patterns = _taken(_parts(part, inside, longer), _MOST, is_over)
        if patterns is None or len(patterns) == _MOST:
            break
        found: dict[Pattern, Counter[int]] = {child: Counter() for child in result}
        for pattern in patterns:
            found[_shortened(pattern, lengths)][_carried(problem.network, pattern)] += 1
        for child, regions in found.items():
            result[child] = Inside(regions.total(), {**result[child].regions, len(longer): dict(regions)})
    return result


def _soon() -> Callable[[], bool]:
    """From now on: whether bounding a part has taken long."""
    deadline = time.thread_time() + _LONGEST
    return lambda: time.thread_time() > deadline


def _taken(patterns: Iterator[Pattern], most: int, is_over: Callable[[], bool]) -> list[Pattern] | None:
    """The first ones; None if the time is over before."""
    try:
        with until(is_over):
            return list(itertools.islice(patterns, most))
    except DeadlineExceededError:
        return None


def _layers_within(network: Network, lengths: Pattern) -> Iterator[Pattern]:
    """All units of the first layers, from the one in which a part ends to the last but one."""
    widths = [layer.width for layer in network.hidden]
    for number in range(len(lengths), len(widths)):
        if len(lengths) < number or len(lengths[-1]) < widths[number - 1]:
            yield tuple((0,) * width for width in widths[:number])


def _carried(network: Network, pattern: Pattern) -> int:
    """A bound on the dimension of the image: the least number of units of a layer whose piece is not constant."""
    return min(
        sum(not unit.output(piece).is_constant for unit, piece in zip(layer.units, pieces, strict=True))
        for layer, pieces in zip(network.hidden, pattern, strict=False)
    )


def _finer(problem: Problem, part: Pattern, inside: Problem, wanted: int) -> list[Pattern]:
    """Parts that name more units, at least so many of them or all regions; fewer if these take long to find."""
    # Invariant: ``known`` are the parts that name ``few`` units more, and there are fewer of them than wanted.  The
    # step doubles until it leads to enough parts, and halves when it leads to more than the limit.
    few, step, growing = 0, 5, True
    known: list[Pattern] = []
    is_over = _soon()
    while not (known and is_over()):
        longer = _lengthened(problem.network, part, few + step)
        found = _parts(part, inside, longer)
        parts = _taken(found, _LIMIT, is_over) if known else list(itertools.islice(found, _LIMIT))
        if parts is None:
            break
        if len(parts) == _LIMIT and step > 1:
            step, growing = step // 2, False
        elif len(parts) >= wanted or is_whole(problem, longer):
            return [*parts, *found]
        else:
            known, few, step = parts, few + step, 2 * step if growing else step
    return known


def _parts(part: Pattern, inside: Problem, longer: Pattern) -> Iterator[Pattern]:
    """The parts that name as many units as ``longer``, in the part on which ``inside`` is the problem."""
    first = Problem(_first_units(inside.network, longer), inside.rows)
    own = (*part, *((),) * (len(longer) - len(part)))
    for found in select(first, wants="list").patterns():
        whole = (*found, *longer[len(found) :])  # last layers of which no unit bends are missing in what was found
        yield tuple((*fixed, *pieces[len(fixed) :]) for fixed, pieces in zip(own, whole, strict=True))


def _shortened(part: Pattern, lengths: Pattern) -> Pattern:
    """The first pieces of a part, as many as another one names."""
    return tuple(pieces[: len(other)] for pieces, other in zip(part, lengths, strict=False))


def _lengthened(network: Network, part: Pattern, units: int) -> Pattern:
    """A pattern, of pieces 0, that names so many units more than the part does."""
    widths = [layer.width for layer in network.hidden]
    total, starts = sum(map(len, part)) + units, itertools.accumulate(widths, initial=0)
    return tuple((0,) * min(width, total - at) for width, at in zip(widths, starts, strict=False) if at < total)


def _first_units(network: Network, part: Pattern) -> Network:
    """The units for which the part names a piece, as a network of their own."""
    *full, last = network.hidden[: len(part)]
    units = last.units[: len(part[-1])]
    rows = sum(unit.rows for unit in units)
    nothing = Layer((), (), IDENTITY, inputs=len(units))  # of as many outputs the affine layer would be a large matrix
    return Network([*full, Layer(last.weights[:rows], last.biases[:rows], units, inputs=last.inputs), nothing])


class Bounds:
    """Upper bounds on the regions of the parts of one problem; without ``histograms`` by the product for all units."""

    def __init__(self, problem: Problem, *, histograms: bool = True) -> None:
        self._dimension = problem.dimension
        self._hidden = problem.network.hidden
        self._forward = ForwardPass(problem.network)
        self._box = input_ranges(problem)
        units = {unit for layer in self._hidden for unit in layer.units}
        self._only_relu = histograms and units <= {RELU}
        self._is_general = any(unit.architecture_kind == "general" for unit in units)
        self._ranks = [
            min(layer.rows, layer.inputs) if _is_large(layer) else exact_rank(layer.weight_matrix)
            for layer in self._hidden
        ]
        self._bound = lru_cache(_MOST_KNOWN)(self._relu_bound if self._only_relu else self._product_bound)
        self._reached = lru_cache(_MOST_MAPS)(self._reach)
        self._seen = lru_cache(1)(self._see)

    def __call__(self, part: Pattern, regions: Mapping[int, Mapping[int, int]] | None = None) -> int:
        """The bound of a part.

        ``regions`` may say for some numbers l how many regions the first l layers alone have on the part, by the number
        of dimensions that they let through at most.
        """
        check()
        full, rank, pieces = self._seen(part)
        bounds = [self._behind(pieces, part, full, rank, rank)]
        for number, states in (regions or {}).items():
            dimensions = ((many, min(state, rank)) for state, many in states.items())
            bounds.append(sum(n * self._behind(pieces, (), number, d, self._ranks[number]) for n, d in dimensions))
        return min(bounds)

    def _see(self, part: Pattern) -> tuple[int, int, _Pieces]:
        """The layers that the part names in full, the rank of what the next one sees of them, and all pieces."""
        full = sum(len(named) == layer.width for named, layer in zip(part, self._hidden, strict=False))
        composed = not any(map(_is_large, self._hidden[: full + 1]))
        rank, behind = self._reached(part[:full]) if composed else (self._dimension, None)
        pieces: _Pieces = [[(piece,) for piece in named] for named in part[:full]]
        ranges: list[Range] = []
        for i, layer in enumerate(self._hidden[full:], start=full):
            if _is_large(layer) or (i == full and not composed):
                before: list[Range] = [(None, None)] * layer.rows
            else:
                forms, inputs = (behind, self._box) if i == full else (layer.forms, ranges)
                assert forms is not None
                before = images(forms, inputs)
            possible, ranges = through(layer, before, part[i] if i < len(part) else ())
            pieces.append(possible)
        return full, rank, pieces

    def _reach(self, pattern: Pattern) -> tuple[int, flint.fmpq_mat | None]:
        """The next layer where the first ones are full, as affine forms, and its rank; many parts have it in common."""
        if len(pattern) == len(self._hidden):
            return self._dimension, None
        forms = self._forward.forms(len(pattern), pattern)
        linear = [v for row in forms.tolist() for v in row[:-1]]
        return exact_rank(flint.fmpq_mat(forms.nrows(), forms.ncols() - 1, linear)), forms

    def _behind(self, pieces: _Pieces, part: Pattern, number: int, dimension: int, rank: int) -> int:
        """The bound behind so many layers; so many dimensions come through them, and the next one sees so much rank."""
        key: list[Any] = []
        for i in range(number, len(self._hidden)):
            own = part[i] if i < len(part) else ()
            rest = pieces[i][len(own) :]
            if self._only_relu:
                key.append((sum(own) + rest.count((1,)), len(own) - sum(own) + rest.count((0,))))
            else:
                key.append(tuple(len(some) - 1 for some in rest if len(some) > 1))
        return self._bound(number, dimension, rank, *key)

    def _relu_bound(self, full: int, dimension: int, rank: int, *fixed: tuple[int, int]) -> int:
        """With (on, off) of every layer that is not full."""
        from theory.bounds.expressions import zaslavsky_number
        from theory.bounds.weight_aware import LayerFacts, regions_with_facts  # loads sympy, as no import should

        facts, product, left = [], 1, dimension
        for i, (on, off) in enumerate(fixed, start=full):
            width = self._hidden[i].width
            most = rank if i == full else self._ranks[i]
            alive = width - off
            left = min(left, most, alive)
            product *= zaslavsky_number(alive - on, left)
            settled = tuple(range(on)), tuple(range(on, on + off))
            facts.append(LayerFacts(width, *settled, min(most, alive), min(most, alive - on)))
        return product if min(dimension, rank) > _MANY else regions_with_facts(dimension, facts)

    def _product_bound(self, full: int, dimension: int, rank: int, *free: tuple[int, ...]) -> int:
        """With (pieces − 1) of the units that may change; of a general kind only the product of the pieces is known."""
        from theory.bounds.expressions import elementary_symmetric

        result = 1
        for i, bends in enumerate(free, start=full):
            dimension = min(dimension, rank if i == full else self._ranks[i])
            most = len(bends) if self._is_general else min(dimension, len(bends))
            result *= sum(elementary_symmetric(bends, most))
            dimension = min(dimension, self._hidden[i].width)
        return result


def _is_large(layer: Layer) -> bool:
    return layer.rows * layer.inputs > _LARGE


def input_ranges(problem: Problem) -> list[Range]:
    """A range of every input on the domain."""
    if problem.bounds is None:
        return [(None, None)] * problem.dimension
    return [(to_fmpq(low), to_fmpq(high)) for low, high in problem.bounds]


def exact_rank(matrix: flint.fmpq_mat) -> int:
    """The rank over the rationals; modulo a prime it is no larger, and found much faster."""
    integers, _ = matrix.numer_denom()
    most = min(sum(any(row) for row in integers.tolist()), matrix.ncols())
    return most if flint.nmod_mat(integers, _PRIME).rank() == most else int(integers.rank())


def through(layer: Layer, before: Sequence[Range], named: Sequence[int]) -> tuple[list[tuple[int, ...]], list[Range]]:
    """The pieces that each unit may take and the ranges of the outputs, where the first units take the named pieces."""
    pieces, after = [], []
    for u, (unit, own) in enumerate(layer.by_unit(before)):
        possible = [named[u]] if u < len(named) else unit.pieces_in(own)
        pieces.append(tuple(possible))
        after.append(unit.image(own, possible))
    return pieces, after
