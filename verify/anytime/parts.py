"""Parts of a count: the regions on which the first units of a network take given pieces, and how many there can be.

The regions of the network that consists of the first units alone are a partition of the domain, and every region of
the whole network lies in exactly one of them.  So the counts of the parts add up.

>>> from theory import Network
>>> from verify import WholeSpace
>>> from verify.engines.problem import Problem
>>> net = Network.relu([([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])])
>>> problem = Problem.of(net, WholeSpace(2))
>>> bound = Bounds(problem)
>>> [(part, bound(part)) for part in divide(problem, (), 2)]
[(((1,),), 4), (((0,),), 4)]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from theory.activations import IDENTITY, RELU, Activation, Maxout
from theory.bounds.fixed_units import LayerFacts
from theory.bounds.integers import elementary_symmetric
from theory.bounds.weight_aware import regions_with_facts
from theory.errors import UnsupportedError
from theory.exact import rank
from theory.halfspaces import pattern_conditions
from theory.network import Layer, Network, Pattern
from verify.engines.exact import cells
from verify.engines.fast import Traversal
from verify.engines.problem import Problem

__all__ = ["Bounds", "divide", "is_whole", "restricted"]


def is_whole(problem: Problem, part: Pattern) -> bool:
    """Whether the part names a piece for every unit, so that it is one region."""
    return sum(map(len, part)) == sum(layer.width for layer in problem.network.hidden)


def restricted(problem: Problem, part: Pattern) -> Problem:
    """The network on the part alone; the units that the part names are affine there and bend nothing."""
    if not part:
        return problem
    named = _first_units(problem.network, part)
    rows = (condition.row for condition in pattern_conditions(named, part))
    layers = [_settled(layer, pieces) for layer, pieces in zip(problem.network.hidden, part, strict=False)]
    network = Network([*layers, *problem.network.layers[len(layers) :]])
    return Problem(network, (*problem.rows, *dict.fromkeys(row for row in rows if any(row[:-1]))))


def _settled(layer: Layer, pieces: Sequence[int]) -> Layer:
    """The layer with its first units replaced by the affine function that each one is on its piece."""
    weights: list[tuple[Fraction, ...]] = []
    biases: list[Fraction] = []
    units: list[Activation] = []
    for i, (unit, at) in enumerate(zip(layer.units, layer.first_rows, strict=True)):
        if i >= len(pieces):
            weights += layer.weights[at : at + unit.rows]
            biases += layer.biases[at : at + unit.rows]
            units.append(unit)
            continue
        row = at + pieces[i] if isinstance(unit, Maxout) else at
        slope, intercept = (1, 0) if isinstance(unit, Maxout) else (unit.slopes[pieces[i]], unit.intercepts[pieces[i]])
        weights.append(tuple(slope * w for w in layer.weights[row]))
        biases.append(slope * layer.biases[row] + intercept)
        units.append(IDENTITY)
    return Layer(weights, biases, units, inputs=layer.inputs)


def divide(problem: Problem, part: Pattern, wanted: int) -> list[Pattern]:
    """Disjoint parts that make up ``part``, at least ``wanted`` of them or one for each region."""
    if is_whole(problem, part):
        return [part]
    inside = restricted(problem, part)
    step = 1
    while True:
        longer = _lengthened(problem.network, part, step)
        found = _patterns(Problem(_first_units(inside.network, longer), inside.rows))
        parts = sorted(_joined(part, pattern, longer) for pattern in found)
        if len(parts) >= wanted or is_whole(problem, longer):
            return parts[::-1]
        step *= 2


def _patterns(problem: Problem) -> Iterator[Pattern]:
    try:
        return Traversal(problem, record=True).patterns()
    except UnsupportedError:
        return (cell.pattern for cell in cells(problem))


def _joined(part: Pattern, found: Pattern, longer: Pattern) -> Pattern:
    """The pattern that was found, with the part's own pieces; a layer that does not bend is missing from it."""
    found = (*found, *longer[len(found) :])
    own = (*part, *((),) * (len(found) - len(part)))
    return tuple((*fixed, *pieces[len(fixed) :]) for fixed, pieces in zip(own, found, strict=True))


def _lengthened(network: Network, part: Pattern, units: int) -> Pattern:
    """A pattern of some pieces for so many units more, over full layers."""
    widths = [layer.width for layer in network.hidden]
    total = min(sum(map(len, part)) + units, sum(widths))
    lengths = []
    for width in widths:
        if total <= 0:
            break
        lengths.append(min(width, total))
        total -= width
    return tuple((0,) * length for length in lengths)


def _first_units(network: Network, part: Pattern) -> Network:
    """The units for which the part names a piece, as a network of their own."""
    *full, last = network.hidden[: len(part)]
    units = last.units[: len(part[-1])]
    rows = sum(unit.rows for unit in units)
    return Network([*full, Layer(last.weights[:rows], last.biases[:rows], units, inputs=last.inputs)])


class Bounds:
    """Upper bounds on the regions of the parts of one problem, from what is left of each layer.

    For ReLU networks the bound of Hinz (2021) with ranks and with the part's units fixed; for other units the product
    over the layers of Σ_{j≤d} e_j(pieces − 1 of each free unit), d the least dimension on the way.
    """

    def __init__(self, problem: Problem) -> None:
        self.dimension = problem.dimension
        self.hidden = problem.network.hidden
        self.only_relu = all(unit == RELU for layer in self.hidden for unit in layer.units)
        self._untouched: dict[int, LayerFacts] = {}

    def __call__(self, part: Pattern) -> int:
        """The bound of one part."""
        if self.only_relu:
            return regions_with_facts(self.dimension, [self._facts(i, part) for i in range(len(self.hidden))])
        result, dimension = 1, self.dimension
        for i, layer in enumerate(self.hidden):
            free = layer.units[len(part[i]) if i < len(part) else 0 :]
            values = [unit.pieces - 1 for unit in free]
            result *= sum(elementary_symmetric(values, min(dimension, len(values))))
            dimension = min(dimension, layer.width)
        return result

    def _facts(self, index: int, part: Pattern) -> LayerFacts:
        layer = self.hidden[index]
        if index >= len(part):
            if index not in self._untouched:
                full = rank(layer.weights)
                self._untouched[index] = LayerFacts(layer.width, (), (), full, full)
            return self._untouched[index]
        on = tuple(i for i, piece in enumerate(part[index]) if piece)
        off = tuple(i for i, piece in enumerate(part[index]) if not piece)
        free = layer.width - len(on) - len(off)
        # no rank is larger than the number of rows
        return LayerFacts(layer.width, on, off, min(free + len(on), layer.inputs), min(free, layer.inputs))
