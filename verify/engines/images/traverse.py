r"""The count by images: layer by layer, every distinct image once, with the number of cells that have it.

**Theorem** (proved in ``docs/architecture.md``).  Let C be an open cell of the layers before l and Q its image under
the affine map from C to the preactivations of layer l.  The full-dimensional activation regions of the network inside C
are as many as those of the layers from l on inside Q, full-dimensional relative to the affine hull of Q.

So the number of regions is the sum, over the distinct images, of multiplicity times number.  A point has one region,
the last layer is counted without its cells (:func:`regions`), and independent coordinates are counted apart
(:mod:`~verify.engines.images.image`).  Which units are constant, and so off, is decided on the cell, a polyhedron by
double description, where conditions are decided as by the exact engine (:mod:`verify.engines.exact`).
"""

import itertools
import json
import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import flint
import numpy as np

from theory.activations import RELU, Activation, Maxout, PiecewiseLinear
from theory.exact import from_fmpq, to_fmpq
from theory.geometry.polyhedra import Polyhedron
from theory.geometry.region import integer_rows
from theory.network import Layer, Network
from verify.engines.exact import branches, unit_switches, walls_of_unit
from verify.engines.images.image import Block, Image, Reader, first_blocks, image_of, joined, key_of, products, walls_of
from verify.engines.problem import Problem

MANY_LINES = 200
"""Lines from which on chords are sorted."""
_CHUNK = 1000
"""Chords that are compared with all others in one block."""
_Table = np.ndarray[tuple[int, int], np.dtype[Any]]
"""A row for each line, a column for each ray of the polygon."""


@dataclass
class State:
    """How far a count has come: ``layer`` hidden layers are done, and ``images`` were met.

    Behind them are the images of ``blocks``.  Blocks that nothing reads any more have contributed the ``factor``;
    ``constants`` are values of units of the last layer done that no block reads.  Of the current layer there are
    ``sent`` cells so far, with ``distinct`` images.  The groups of blocks that are done in it have the results
    ``finished``; of the next one ``done`` images are, with the result ``current``.  A ``whole`` state, in which no
    image is half done, can be kept.
    """

    layer: int
    blocks: list[Block]
    factor: int
    constants: dict[int, flint.fmpq]
    images: int = 0
    sent: int = 0
    distinct: int = 0
    finished: list[Block | int] = field(default_factory=list)
    current: Block | int | None = None
    done: int = 0
    whole: bool = True

    @property
    def found(self) -> int:
        """The cells of the layers that are done; the number of regions in the end."""
        return self.factor * math.prod(block.cells for block in self.blocks)


def steps(problem: Problem, state: State | None = None) -> Iterator[State]:
    """The count, with a stop after every cell of an image; the last state has the number of regions.

    While a layer is processed the state is that before it.  With a state the count goes on from there.  Raises
    NoInteriorError if the domain has no interior point.
    """
    network = problem.network
    state = state or State(0, first_blocks(problem, network.layers[0]), 1, {})
    yield state
    for depth in range(state.layer, len(network.hidden)):
        layer = network.hidden[depth]
        offsets = layer.bias_column.entries()
        for unit, value in state.constants.items():
            for i in range(layer.rows):
                if weight := layer.weight_matrix[i, unit]:
                    offsets[i] += weight * value
        after = network.layers[depth + 1] if depth + 1 < len(network.hidden) else None
        groups = joined(layer, state.blocks)
        read = {u for _, units in groups for u in units}
        factor = state.factor * math.prod(block.cells for blocks, units in groups if not units for block in blocks)
        reading = [group for group in groups if group[1]]
        for blocks, units in reading[len(state.finished) :]:
            step = _Step(layer, units, offsets, blocks, after)
            if state.current is not None:
                step.result = state.current
            for cells_of_step in step.go(state.done):
                state.sent += cells_of_step
                state.distinct = sum(len(b.images) for b in (*state.finished, step.result) if isinstance(b, Block))
                state.whole = not cells_of_step
                if state.whole:
                    state.current, state.done = step.result, state.done + 1
                yield state
            state.finished.append(step.result)
            state.current, state.done = None, 0
        fresh = [block for block in state.finished if isinstance(block, Block)]
        factor *= math.prod(number for number in state.finished if isinstance(number, int))
        constants = {}
        if after is not None and len(read) < layer.width:
            outputs = layer.outputs_at([from_fmpq(v) for v in offsets])
            constants = {u: to_fmpq(outputs[u]) for u in range(layer.width) if u not in read}
        images = state.images + sum(len(block.images) for block in fresh)
        state = State(depth + 1, fresh, factor, constants, images)
        yield state


class _Step:
    """One layer on a group of blocks: the ``result`` is a block of the images behind it, or the number of regions."""

    def __init__(
        self,
        layer: Layer,
        units: list[int],
        offsets: Sequence[flint.fmpq],
        blocks: Sequence[Block],
        after: Layer | None,
    ) -> None:
        rows = [layer.first_rows[u] + i for u in units for i in range(layer.units[u].rows)]
        self.layer = layer
        if len(units) < layer.width:
            own = [layer.units[u] for u in units]
            self.layer = Layer([layer.weights[i] for i in rows], [layer.biases[i] for i in rows], own)
        self.offsets = [offsets[i] for i in rows]
        parts = [block.reader.weights for block in blocks]
        self.weights = flint.fmpq_mat([[m[i, j] for m in parts for j in range(m.ncols())] for i in rows])
        self.blocks = blocks
        self.result: Block | int = 0 if after is None else Block(Reader(after, units))
        self.known: dict[Hashable, Image] = {}

    def go(self, done: int = 0) -> Iterator[int]:
        """Work through all images but the first ``done``, with a stop after each cell: 1, and after each image: 0."""
        for image, number in itertools.islice(products(self.blocks), done, None):
            forms, body = self.weights * image.forms, image.body
            for i, offset in enumerate(self.offsets):
                if offset:
                    forms[i, image.dimension] += offset
            rows, one = integer_rows(forms)
            if isinstance(self.result, int):
                self.result += number * (self._last(rows, one, body) if body else 1)
            elif body is None:
                self._send(None, forms, self.layer.pieces_at([from_fmpq(v) for v in forms.entries()]), number)
            else:
                for part, pieces in cells(self.layer, rows, one, body):
                    self._send(part, forms, pieces, number)
                    yield 1
            yield 0

    def _send(self, part: Polyhedron | None, forms: flint.fmpq_mat, pieces: Sequence[int], number: int) -> None:
        """Add the image of a cell to the result."""
        assert isinstance(self.result, Block)
        values = self.result.reader.basis * self.layer.push(forms, pieces)
        self.result.add(*image_of(part, values, self.known), number)

    def _last(self, rows: list[list[int]], one: int, body: Polyhedron) -> int:
        """The regions that the last layer makes of a body: of an arrangement, if every unit is one by itself."""
        if all(unit is RELU for unit in self.layer.units):
            return regions(body, [row for row in rows if any(row[:-1])])
        found: list[list[int]] = []
        for unit, own in self.layer.by_unit(rows):
            if isinstance(unit, PiecewiseLinear) or unit.pieces == 2:
                found += [c.of(own, one) for k in range(unit.pieces) for c in unit.comparisons(k) if c.other > k]
            elif (parallel := _parallel_walls(unit, own)) is not None:
                found += parallel
            else:
                return sum(1 for _ in cells(self.layer, rows, one, body))
        return regions(body, [row for row in found if any(row[:-1])])


def _parallel_walls(unit: Activation, forms: Sequence[list[int]]) -> list[list[int]] | None:
    """The hyperplanes where a maxout unit changes its piece, if its forms differ along one direction w only."""
    if not isinstance(unit, Maxout):
        return None
    differences = [[a - b for a, b in zip(form, forms[0], strict=True)] for form in forms]
    w = next((row for row in differences if any(row[:-1])), None)
    if w is None:
        return []
    j = next(j for j, v in enumerate(w) if v)
    lines = []
    for row in differences:
        if any(row[j] * a != w[j] * b for a, b in zip(w[:-1], row[:-1], strict=True)):
            return None
        lines.append([flint.fmpq(row[j], w[j]), flint.fmpq(row[-1])])  # α·w + β, up to what all have in common
    _, switches = unit_switches(unit, lines, None, None)
    return [[*(int(place.q) * v for v in w[:-1]), -int(place.p)] for place, _ in switches]


def cells(
    layer: Layer, forms: Sequence[Sequence[int]], one: int, body: Polyhedron
) -> Iterator[tuple[Polyhedron, tuple[int, ...]]]:
    """The full-dimensional parts of ``body`` on which every unit of the layer takes one piece, with these pieces.

    The forms, rows × (d + 1) integers, are the preactivations times ``one`` > 0; the body is of R^d.

    >>> square = Polyhedron.of(2, [(1, 0, 0), (0, 1, 0), (-1, 0, 1), (0, -1, 1)])
    >>> layer = Layer([[1, 1], [1, -1]], [-1, 2])
    >>> [pieces for _, pieces in cells(layer, [(1, 1, -1), (1, -1, 2)], 1, square)]
    [(0, 1), (1, 1)]
    """
    units = [(unit.is_ordered, walls_of_unit(unit, own, one)) for unit, own in layer.by_unit(forms)]
    stack: list[tuple[Polyhedron, tuple[int, ...]]] = [(body, ())]
    while stack:
        part, pieces = stack.pop()
        if len(pieces) == len(units):
            yield part, pieces
            continue
        is_ordered, walls = units[len(pieces)]
        found = list(branches(part, is_ordered, walls, split))
        stack += [(child, (*pieces, piece)) for piece, child in reversed(found)]


def split(body: Polyhedron, row: Sequence[int], strict: bool) -> tuple[Polyhedron | None, Polyhedron | None]:
    """The full-dimensional parts where the condition holds and where it fails, None where there is none."""
    if not any(row[:-1]):
        holds = row[-1] > 0 or (row[-1] == 0 and not strict)
        return (body, None) if holds else (None, body)
    below = body.cut([-v for v in row])
    above = body.cut(row) if below else body
    return (above, below) if above else (None, body)


def written(state: State) -> str:
    """The state as JSON, to go on in another process; hexadecimal, since Python does not read long decimals."""
    constants = [[unit, int(value.p), int(value.q)] for unit, value in state.constants.items()]
    made = [*state.finished, *([] if state.current is None else [state.current])]
    work = [state.sent, state.done, *map(_parts, made)]
    record = [state.layer, state.factor, state.images, constants, list(map(_parts, state.blocks)), work]
    return json.dumps(_texts(record), separators=(",", ":"))


def restored(text: str, network: Network) -> State:
    """The state that was written; ValueError if the text is not the state of a count of this network."""
    try:
        layer, factor, images, constants, behind, (sent, done, *work) = _numbers(json.loads(text))
        blocks = [_block(parts, network.hidden[layer]) for parts in behind]
        state = State(layer, blocks, factor, {unit: flint.fmpq(p, q) for unit, p, q in constants}, images, sent)
        made = [parts if isinstance(parts, int) else _block(parts, network.hidden[layer + 1]) for parts in work]
        state.done, state.current, state.finished = done, made.pop() if done else None, made
        if state.found < 1:
            raise ValueError("it has no cells")
    except (ArithmeticError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"not a state: {error}") from None
    return state


def _parts(block: Block | int) -> Any:
    if isinstance(block, int):
        return block
    images = [[number, *integer_rows(image.forms), walls_of(image)] for image, number in block.images.values()]
    return [block.reader.columns, images]


def _block(parts: Any, layer: Layer) -> Block:
    columns, images = parts
    block = Block(Reader(layer, columns))
    for number, rows, one, walls in images:
        forms = flint.fmpq_mat(flint.fmpz_mat(rows)) / one
        dimension = forms.ncols() - 1
        body = Polyhedron.of(dimension, map(tuple, walls)) if dimension else None
        block.add(key_of(forms, body.rays, body.lines) if body else key_of(forms), Image(forms, body), number)
    return block


def _texts(value: Any) -> Any:
    return f"{value:x}" if isinstance(value, int) else list(map(_texts, value))


def _numbers(value: Any) -> Any:
    return int(value, 16) if isinstance(value, str) else list(map(_numbers, value))


def regions(body: Polyhedron, rows: Iterable[Sequence[int]]) -> int:
    """The regions into which the hyperplanes ⟨a, x⟩ + b = 0 divide the interior Q of a polyhedron, without making them.

    Hyperplanes H_1, …, H_k that cut Q, no two with the same trace on it, divide it into 1 + Σ_i R(H_1, …, H_{i−1}
    within H_i; Q ∩ H_i) regions (proved in ``docs/architecture.md``); of the earlier ones those count that cut Q ∩ H_i,
    equal traces there once.  A section is given by its extreme rays in the coordinates of Q; a hyperplane cuts it if it
    has both signs on them, and two have the same trace if their values on them are proportional.

    Many lines in the plane are counted by sorting the ends of their chords, if it is clear that no three have a point
    in common: their rows, as points of the dual plane, lie on a conic that contains no line.

    >>> square = Polyhedron.of(2, [(1, 0, 0), (0, 1, 0), (-1, 0, 2), (0, -1, 2)])
    >>> regions(square, [(1, 0, -1), (0, 1, -1), (1, -1, 0), (1, 1, -2), (1, 0, 5), (2, 0, -2)])  # 4 through a point
    8
    """
    lines, values = _cutting(body, list(rows))
    if body.dimension == 2 and len(lines) >= MANY_LINES and not body.lines and _on_a_conic(lines):
        return 1 + len(lines) + _crossings(body, values)
    return _count(body, body.dimension, lines)


def _cutting(body: Polyhedron, rows: list[Sequence[int]]) -> tuple[list[Sequence[int]], _Table]:
    """The rows that cut what the body's lines and rays span, one for each trace, and their values on these."""
    if not rows:
        return [], np.zeros((0, 1))
    generators = (*body.lines, *body.rays)
    largest = max(abs(v) for row in rows for v in row) * max(abs(v) for g in generators for v in g)
    kind = np.int64 if (largest * len(generators[0])).bit_length() < 63 else object
    values = np.array(rows, kind) @ np.array(generators, kind).T
    along_lines = (values[:, : len(body.lines)] != 0).any(axis=1)
    cutting = np.flatnonzero(along_lines | ((values.min(axis=1) < 0) & (values.max(axis=1) > 0)))
    values = values[cutting]
    names = values // np.gcd.reduce(values, axis=1)[:, None]
    first = names[np.arange(len(names)), (names != 0).argmax(axis=1)]
    names = names * np.where(first > 0, 1, -1)[:, None]
    chosen = list({name: i for i, name in enumerate(map(tuple, names.tolist()))}.values())
    return [rows[cutting[i]] for i in chosen], values[chosen]


def _count(body: Polyhedron, dimension: int, rows: list[Sequence[int]]) -> int:
    if dimension == 1 or len(rows) <= 1:
        return 1 + len(rows)
    total = 1
    for i, row in enumerate(rows):
        section = _section(body, row)
        total += _count(section, dimension - 1, _cutting(section, rows[:i])[0]) if i else 1
    return total


def _section(body: Polyhedron, row: Sequence[int]) -> Polyhedron:
    """The face in the hyperplane of the part on one side of it."""
    part = body.cut(row)
    assert part is not None
    bit = 1 << len(body.rows)
    on = [i for i, mask in enumerate(part.tight) if mask & bit]
    return Polyhedron(part.rows, part.lines, tuple(part.rays[i] for i in on), tuple(part.tight[i] for i in on))


def _on_a_conic(rows: Sequence[Sequence[int]]) -> bool:
    """Whether the rows (a, b, c) are points of an irreducible conic; then any three are independent.

    A line meets such a conic in at most two points, and rows that are not proportional are different points.
    """
    system = flint.fmpz_mat([[a * a, a * b, b * b, a * c, b * c, c * c] for a, b, c in rows[:5]])
    space, nullity = system.nullspace()
    if nullity > 1:  # several conics through these points
        return False
    p, q, r, s, t, u = (int(space[i, 0]) for i in range(6))
    determinant = 4 * p * r * u + q * s * t - p * t * t - r * s * s - u * q * q
    return determinant != 0 and all(
        p * a * a + q * a * b + r * b * b + s * a * c + t * b * c + u * c * c == 0 for a, b, c in rows
    )


def _crossings(body: Polyhedron, values_on_rays: _Table) -> int:
    """The pairs of lines that cross inside a polygon: their ends alternate on its boundary.

    With s < e the ends of a chord, two cross if s < s' < e < e': those with s < s' < e, without those with e' ≤ e.
    """
    ends: list[tuple[int, int, int]] = []  # edge, and how far along it: numerator and denominator
    for values in values_on_rays[:, _around(body)].tolist():
        for k, value in enumerate(values):
            after = values[(k + 1) % len(values)]
            if value == 0:
                ends.append((k, 0, 1))
            elif value * after < 0:
                ends.append((k, abs(value), abs(value) + abs(after)))
    bits = 2 * max(q.bit_length() for _, _, q in ends)  # different quotients differ by more than 2^-bits
    places = [(k << bits) + ((p << bits) // q) for k, p, q in ends]
    number = {place: i for i, place in enumerate(sorted(set(places)))}
    pairs = np.sort(np.array([number[place] for place in places], np.int64).reshape(-1, 2), axis=1)
    starts, stops = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].T
    reached = np.searchsorted(starts, stops, "left") - np.searchsorted(starts, starts, "right")
    _, same = np.unique(starts * (len(number) + 1) + stops, return_counts=True)
    repeated = int((same * (same - 1) // 2).sum())
    return int(reached.sum()) - (_not_rising(stops) - repeated)


def _around(body: Polyhedron) -> list[int]:
    """The rays of a pointed cone of R^3 in the order around it: neighbors lie on a common row."""
    import networkx as nx  # which takes longer to load than most counts

    on_rows = ([i for i, mask in enumerate(body.tight) if mask >> k & 1] for k in range(len(body.rows)))
    return [ray for ray, _ in nx.find_cycle(nx.Graph(pair for pair in on_rows if len(pair) == 2))]


def _not_rising(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    """The pairs i < j with values[i] ≥ values[j]."""
    total, before = 0, values[:0]  # sorted
    for at in range(0, len(values), _CHUNK):
        chunk = values[at : at + _CHUNK]
        total += int((len(before) - np.searchsorted(before, chunk)).sum())
        total += int(np.count_nonzero(np.triu(chunk[:, None] >= chunk, 1)))
        before = np.sort(np.concatenate([before, chunk]), kind="stable")
    return total
