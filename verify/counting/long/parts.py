"""Parts of a count: the sets on which the first units of a network take given pieces.

They are the regions of the network that consists of the first units alone.  Up to boundaries these partition the
domain, and every region of the whole network lies in exactly one of them.  So the counts of the parts add up.

>>> from theory import Network
>>> from verify import WholeSpace
>>> from verify.engines.problem import Problem
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> problem = Problem.of(net, WholeSpace(2))
>>> divided(problem, (), 2)
{((1,),): Inside(finer=4, regions={}), ((0,),): Inside(finer=3, regions={})}
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from theory.activations import IDENTITY
from theory.deadline import DeadlineExceededError, until
from theory.geometry.region import pattern_conditions
from theory.network import Layer, Network, Pattern
from verify.engines.problem import Problem
from verify.engines.selection import select

_FINER, _LIMIT = 8, 4096
"""Finer parts that are looked for in each part, to estimate its size; and their number in all, at most."""
_MOST, _LONGEST = 50_000, 2.0
"""Limits on what is enumerated to bound the parts of a part: regions of the first layers, seconds of the processor."""


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
