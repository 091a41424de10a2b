r"""Random regions, from Theorem 1 of Serra et al. read as an algorithm: random bits, a bound, and draws along it.

**The bits** are those of SHA-256, which another program can draw again (``docs/estimates.md``).  What is proved about
probabilities here is proved for independent fair bits.

**The bound.**  A layer's walls, between consecutive pieces of its units, are hyperplanes in a cell, whose regions are
as many as the *independent* sets: of walls none of which is constant on the cell, which meet inside it, and of which
no wall contains the intersection of those in the set that come after it.  So

.. math:: B_l(c) = \sum_{a, b} N_l(a, b) \; B_{l+1}(\min(c, \rho_l, n_l - b)), \qquad B_{L+1} = 1,

bounds the regions from layer l on in a cell of which c dimensions reach it, with :math:`N_l(a, b)` the sets with b
walls that make their unit constant and a others, at most one of each unit, :math:`a + b \le \min(c, \rho_l)`,
:math:`\rho_l` the rank of the weights and :math:`n_l` the units that are not constant on the domain.  A unit with more
than two pieces in no order (maxout of rank k > 2) contributes the factor k.  Where the first layers have few regions,
the sum of the bounds on these takes the place of :math:`B_1(d)`.

**The draw.**  Choose (a, b) with probability proportional to its term, then a set among the :math:`N_l(a, b)`, then its
region, and so on in the next layer, with the same c; give up where the set is not independent.  Each region is drawn
with probability exactly :math:`1/B_1(d)`, as ``docs/proofs-draws.md`` proves.  The exact simplex decides everything, on
the cell or on a flat inside it.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1.  Whitney 1932, A logical expansion in mathematics: broken circuits.
Zaslavsky 1975: deletion and restriction for regions.

>>> stream = Stream(0, 7)
>>> [stream.below(6) for _ in range(12)]
[0, 0, 1, 4, 5, 5, 1, 0, 2, 1, 5, 2]
>>> from theory import Network
>>> layers = [([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1], [1, 1, 1]], [-1, 9]), ([[1, 1]], [0])]
>>> bound = NestedBound(problem_walls(Problem(Network.relu(layers), ())), 2)  # the last unit is always on
>>> bound.value, [bound.below(1, c) for c in (0, 1, 2)]
(14, [1, 2, 2])
"""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from math import prod
from typing import NamedTuple

import flint

from theory.activations import Activation, Comparison
from theory.exact import images
from theory.geometry.feasibility import Dictionary
from theory.network import Layer, Pattern
from verify.counting.long.parts import exact_rank, input_ranges, through
from verify.engines.exact import Cell, cells_below, interior_point, parts_of
from verify.engines.problem import Problem

TOP_CELLS, _TOP_DIMENSION = 200, 6
"""At most so many cells of the first layers are enumerated, in at most so many dimensions: within a second or two."""
_ONE = flint.fmpq(1)


class Stream:
    """The random bits of one draw."""

    def __init__(self, seed: int, number: int) -> None:
        self._name, self._blocks = f"linregions {seed} {number}", 0
        self._bits, self._left = 0, 0

    def below(self, n: int) -> int:
        """A uniform integer among 0, …, n − 1."""
        wanted = (n - 1).bit_length()
        while True:
            while self._left < wanted:
                block = hashlib.sha256(f"{self._name} {self._blocks}".encode()).digest()
                self._bits = self._bits << 256 | int.from_bytes(block, "big")
                self._left += 256
                self._blocks += 1
            self._left -= wanted
            value = self._bits >> self._left
            self._bits &= (1 << self._left) - 1
            if value < n:
                return value

    def choose(self, weights: Sequence[int]) -> int:
        """A position, with a probability proportional to its weight."""
        at = self.below(sum(weights))
        return next(i for i, end in enumerate(itertools.accumulate(weights)) if at < end)


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

    ``pieces`` are those that each unit may take on the domain; ``rank`` is that of the weights, or a smaller bound on
    the dimension that reaches the layer.  ``walls`` has those of each unit with ordered pieces; ``branching`` are units
    with several pieces in no order, ``factor`` the product of their numbers; ``alive`` units are not constant.
    """

    def __init__(self, layer: Layer, pieces: Sequence[Sequence[int]], rank: int) -> None:
        self.pieces, self.rank = pieces, rank
        units = list(zip(layer.units, pieces, strict=True))
        self.alive = sum(any(unit.output(p).slope for p in possible) for unit, possible in units)
        self.walls = [
            [_wall(unit, u, p) for p in possible[:-1]] if unit.is_ordered else []
            for u, (unit, possible) in enumerate(units)
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
    """The bound ``value`` on the regions in a cell, where ``layers`` are not decided; ``dimension`` reaches them."""

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


class DrawnCell(NamedTuple):
    """A cell on which the first layers are decided.

    ``pattern`` is that of those layers, ``dictionary`` the closed cell; ``forms``, rows × (d + 1), are the
    preactivations of the next layer, and c bounds the dimension that reaches it, from the sets that were drawn.
    """

    pattern: Pattern
    dictionary: Dictionary
    forms: flint.fmpq_mat
    c: int


class Draws:
    """Draws from the regions of a problem, of which there are at most ``bound``; ``top_cells`` limits the enumeration.

    Raises NoInteriorError if the domain has no interior point.
    """

    def __init__(self, problem: Problem, top_cells: int = TOP_CELLS) -> None:
        start = Dictionary(problem.dimension, interior_point(problem), problem.rows)
        self.problem, self.walls = problem, problem_walls(problem)
        root = DrawnCell((), start, problem.network.layers[0].forms, problem.dimension)
        top = self._enumerate_top(root, top_cells) if problem.dimension <= _TOP_DIMENSION else []
        self._top = top or [(root, NestedBound(self.walls, problem.dimension))]
        self._weights = [bound.value for _, bound in self._top]
        self.bound = sum(self._weights)

    def _enumerate_top(self, root: DrawnCell, most: int) -> list[tuple[DrawnCell, NestedBound]]:
        """The cells of as many first layers as have few, with their bounds; none if the first layer has many."""
        layers, top = self.problem.network.layers, [Cell(root.dictionary, (), (), root.forms)]
        for depth in range(1, len(layers)):
            copies = (replace(cell, dictionary=cell.dictionary.copy()) for cell in top)
            inside = (cells_below(layers[: depth + 1], cell) for cell in copies)
            parts = list(itertools.islice(itertools.chain.from_iterable(inside), most + 1))
            if len(parts) > most:
                break
            top = parts
        return [self._with_bound(cell) for cell in top if cell.pattern]

    def _with_bound(self, part: Cell) -> tuple[DrawnCell, NestedBound]:
        """A cell of the top with its bound, from the dimension and the walls that the next layer has there."""
        d, depth = part.dictionary.dimension, len(part.pattern)
        walls = self.walls[depth:]
        c = flint.fmpq_mat(part.forms.nrows(), d, [v for row in part.forms.tolist() for v in row[:-1]]).rank()
        cell = DrawnCell(part.pattern, part.dictionary, part.forms, c)
        if walls:
            layer = self.problem.network.layers[depth]
            walls = [LayerWalls(layer, _possible_pieces(layer, walls[0], cell), min(c, walls[0].rank)), *walls[1:]]
        return cell, NestedBound(walls, c)

    def draw(self, stream: Stream, depth: int | None = None) -> tuple[DrawnCell, int] | None:
        """The cell of the first ``depth`` hidden layers, by default of all, that the random bits lead to.

        A cell comes with the bound on its regions and is drawn with probability (that bound) / (bound on all regions);
        with the remaining probability the result is None.
        """
        layers = self.problem.network.layers
        start, bound = self._top[stream.choose(self._weights)]
        cell = start._replace(dictionary=start.dictionary.copy())
        for layer in layers[len(cell.pattern) : -1 if depth is None else depth]:
            number = len(cell.pattern)
            at = number - len(start.pattern)
            keys, weights = zip(*bound.terms(at, cell.c), strict=True)
            a, b = keys[stream.choose(weights)]
            pieces = _pieces(layer, bound.layers[at], cell, (a, b), stream)
            if pieces is None:
                return None
            ahead = layers[number + 1].read(layer.push(cell.forms, pieces))
            left = bound.dimension_after(at, cell.c, b)
            cell = DrawnCell((*cell.pattern, pieces), cell.dictionary, ahead, left)
        return cell, bound.below(len(cell.pattern) - len(start.pattern), cell.c)


def _pieces(
    layer: Layer, walls: LayerWalls, cell: DrawnCell, sizes: tuple[int, int], stream: Stream
) -> tuple[int, ...] | None:
    """The pieces that the units take on a random part of the cell, to which it is cut down; None if the draw fails."""
    pieces = [possible[0] for possible in walls.pieces]
    chosen = walls.choose(*sizes, stream)
    for u in walls.branching:
        pieces[u] = walls.pieces[u][stream.below(len(walls.pieces[u]))]
        if not _take_piece(layer, u, pieces[u], cell):
            return None
    cutting: list[tuple[Wall, flint.fmpq_mat]] = []
    for unit_walls in walls.walls:
        for wall in unit_walls:
            row = _row(layer, wall.unit, wall.comparison, cell)
            value = cell.dictionary.constant(cell.dictionary.express(row))
            if value is None:
                cutting.append((wall, row))
            elif (wall.unit, wall.piece) in chosen:
                return None
            else:
                pieces[wall.unit] += not wall.comparison.admits(value)
    held = _meet(cutting, chosen, cell.dictionary)
    if held is None:
        return None
    for wall, holds in _sides(cutting, held, cell.dictionary):
        pieces[wall.unit] += not holds
    return tuple(pieces)


def _possible_pieces(layer: Layer, walls: LayerWalls, cell: DrawnCell) -> list[Sequence[int]]:
    """The pieces that each unit takes on open parts of the cell; those of units without an order stay what they are."""
    return [
        [piece for piece, _ in parts_of(cell.dictionary.copy(), layer, u, cell.forms)] if own else possible
        for u, (possible, own) in enumerate(zip(walls.pieces, walls.walls, strict=True))
    ]


def _row(layer: Layer, unit: int, comparison: Comparison, cell: DrawnCell) -> flint.fmpq_mat:
    row = comparison.of(layer.rows_of(unit, cell.forms), _ONE)
    return flint.fmpq_mat(1, len(row), row)


def _take_piece(layer: Layer, unit: int, piece: int, cell: DrawnCell) -> bool:
    """Cut the cell down to where a unit takes a piece; False if that is thin."""
    for comparison in layer.units[unit].comparisons(piece):
        row = _row(layer, unit, comparison, cell)
        value = cell.dictionary.constant(cell.dictionary.express(row))
        if value is not None:
            if not comparison.admits(value):
                return False
            continue
        sign = cell.dictionary.divide(row)
        if sign < 0:
            return False
        if not sign:
            cell.dictionary.take_side(True)
    return True


def _meet(
    cutting: list[tuple[Wall, flint.fmpq_mat]], chosen: set[tuple[int, int]], dictionary: Dictionary
) -> dict[tuple[int, int], int] | None:
    """Restrict the dictionary to the flat of the chosen walls: the rows that are held, None if they are dependent.

    Invariant: held are the chosen walls behind the present one, and none of the walls behind it that is not held
    contains the flat of those that are behind that one.
    """
    held: dict[tuple[int, int], int] = {}
    for wall, row in reversed(cutting):
        key = wall.unit, wall.piece
        if not held and key not in chosen:
            continue
        value = dictionary.constant(dictionary.express(row))
        if value == 0 or (key in chosen and (value is not None or dictionary.divide(row))):
            return None
        if key in chosen:
            dictionary.hold_last()
            held[key] = dictionary.rows - 1
    return held


def _sides(
    cutting: list[tuple[Wall, flint.fmpq_mat]], held: dict[tuple[int, int], int], dictionary: Dictionary
) -> Iterator[tuple[Wall, bool]]:
    """Each wall in turn, and whether its comparison holds on the region, to which the dictionary is cut down.

    Invariant: the cell of the walls so far, whose rows the dictionary has, meets the flat of the held walls that are
    still to come, in a set that is open there.
    """
    for wall, row in cutting:
        number = held.get((wall.unit, wall.piece))
        if number is not None:
            dictionary.release(number, positive=wall.side)
            yield wall, wall.side
            continue
        value = dictionary.constant(dictionary.express(row))
        if value is not None:  # not zero, see _meet; on the cell around the flat it is another matter
            dictionary.add(dictionary.express(row if value > 0 else -row))
            yield wall, bool(value > 0)
            continue
        sign = dictionary.divide(row)
        if not sign:
            dictionary.take_side(not wall.side)
        yield wall, sign > 0 or (not sign and not wall.side)
