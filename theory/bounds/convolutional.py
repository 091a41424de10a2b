r"""Convolutional layers, on grids (Xiong et al. 2020) and on graphs.

*Grids.*  Position p of a layer sees the input cells :math:`S_p`, and :math:`d_1` filters give :math:`d_1` hyperplanes
with normals supported there.  A set of hyperplanes with :math:`t_p` of them at position p can be independent only if
:math:`\sum_{p \in J} t_p \le |\bigcup_{p \in J} S_p|` for every set J of positions (Hall's condition; a cell counts
once for each input channel).  So the layer has at most :math:`R = \sum_t \prod_p \binom{d_1}{t_p}` regions, t running
over those vectors.  Xiong et al. state R as the exact maximum, which it is where the windows overlap along one axis at
most; along two it need not be attained (``docs/proofs-networks.md``).  ``xiong2020`` and the lower bound ask for one.

*Graphs.*  In layers :math:`H \mapsto \sigma(A H W + \mathbf 1 b)` every node v has n units with the same weights W and
biases b, which see :math:`(A H)_v`, f numbers in the first layer; of equal rows of A one is kept.  Of units whose
normals are independent, t_v at node v, those at a set J of nodes see :math:`f \cdot \operatorname{rank} A_J` numbers:

.. math:: R \le \sum_t \prod_v \binom{n}{t_v}, \qquad \sum_{v \in J} t_v \le f \cdot \operatorname{rank} A_J
    \text{ for every set } J \text{ of nodes}.

If the rows that are kept are independent, this is :math:`Z(n, f)` to the power of their number, which almost all W and
b attain.  A later layer sees f = n_{l−1} numbers at each node, and no more than d_l dimensions in all.

References
----------
Xiong, Huang, Yu, Liu, Zhu, Shao 2020, Theorems 2 and 5; Chen, Wang, Xiong 2022, of which only the abstract was read: it
has an optimal bound for one layer of a graph network, and bounds for more.  The statement on graphs here and its proof
are in ``docs/proofs-networks.md``.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count, pairwise
from typing import Any

import flint
import sympy

from theory.architecture import Architecture, Layered
from theory.bounds.bound import Condition, about, asks, statement
from theory.bounds.dynamic_program import Size
from theory.bounds.expressions import binomial_row, binomial_sum, choose, is_number
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.errors import InvalidInputError
from theory.exact import RationalLike, integer, rank, rational_vector


def _intervals(windows: Sequence[Sequence[int]]) -> list[tuple[int, int]] | None:
    """(first, last) of every window if all are intervals with non-decreasing ends, else None."""
    if any(list(window) != list(range(window[0], window[0] + len(window))) for window in windows):
        return None
    spans = [(window[0], window[-1]) for window in windows]
    ordered = all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(spans))
    return spans if ordered else None


def transversal_sum(windows: Sequence[Sequence[int]], capacity: int, weights: Sequence[Any]) -> Any:
    """Σ_t Π_p weights[t_p] over the vectors t that the windows can serve.

    ``windows`` are the cells that each position sees, ``capacity`` the units that one cell can serve (input channels),
    and weights[t], an integer or a polynomial, is that of a demand of t units at one position: C(d1, t) counts regions.

    >>> [transversal_sum(((0, 1), (1, 2)), 1, binomial_row(d)) for d in (1, 2, 3, 4)]
    [4, 15, 40, 85]
    """
    seeing = [window for window in windows if window]  # a position that sees padding only bends nothing
    spans = _intervals(seeing)
    return _sum_over_intervals(spans, capacity, weights) if spans else _sum_over_bases(seeing, capacity, weights)


def _sum_over_intervals(spans: Sequence[tuple[int, int]], capacity: int, weights: Sequence[Any]) -> Any:
    """State: the first place that is not used, with ``capacity`` places in each cell.

    Both ends of the windows increase, so it is optimal to serve each with the leftmost places that are left over.
    """
    states: dict[int, Any] = {0: 1}
    for first, last in spans:
        after: defaultdict[int, Any] = defaultdict(int)
        for used, weight in states.items():
            start = max(used, first * capacity)
            for t in range(min(len(weights) - 1, (last + 1) * capacity - start) + 1):
                after[start + t] += weight * weights[t]
        states = after
    return sum(states.values())


def _sum_over_bases(windows: Sequence[Sequence[int]], capacity: int, weights: Sequence[Any]) -> Any:
    """Scan the positions; a cell holds a slot from the first to the last window that sees it.

    State: which largest sets of places that later windows see can stay free, the bases of a matroid, as an integer: its
    bit number Σ f_i·(capacity+1)^i is set if f_i places of slot i can.  One more unit of window W sends the bases B to
    all B − c, c ∈ B ∩ W; a cell that no later window sees is deleted.
    """
    plan, slots = _schedule(windows)
    place = [(capacity + 1) ** i for i in range(slots)]
    ones = (1 << (capacity + 1) ** slots) - 1
    none_free = [ones // ((1 << p * (capacity + 1)) - 1) * ((1 << p) - 1) for p in place]  # all bits with f_i = 0
    states: dict[int, Any] = {1: 1}
    for new, window, last in plan:
        after: defaultdict[int, Any] = defaultdict(int)
        for start, weight in states.items():
            bases = start << capacity * sum(place[slot] for slot in new)  # all places of new cells are free
            for factor in weights:
                rest = bases
                for slot in last:  # those bases stay that leave fewest of its places free; there is a basis
                    while not rest & none_free[slot]:
                        rest >>= place[slot]
                    rest &= none_free[slot]
                after[rest] += weight * factor
                served = 0  # one more unit from a cell of the window with a free place
                for slot in window:
                    served |= (bases & ~none_free[slot]) >> place[slot]
                if not served:
                    break
                bases = served
        states = after
    return sum(states.values())


def _schedule(windows: Sequence[Sequence[int]]) -> tuple[list[tuple[list[int], list[int], list[int]]], int]:
    """For each position the slots of cells that it sees first, that it sees, and sees last; and the number of slots."""
    last_seen = {cell: p for p, window in enumerate(windows) for cell in window}
    slot_of: dict[int, int] = {}
    free: list[int] = []
    fresh = count()
    plan = []
    for p, window in enumerate(windows):
        new = [cell for cell in window if cell not in slot_of]
        slot_of |= {cell: free.pop() if free else next(fresh) for cell in new}
        last = [slot_of[cell] for cell in window if last_seen[cell] == p]
        plan.append(([slot_of[cell] for cell in new], [slot_of[cell] for cell in window], last))
        free += last
    return plan, next(fresh)


def _windows(arch: ConvolutionalArchitecture) -> tuple[tuple[int, ...], ...]:
    """Those of the first layer, its axes permuted so that few cells are kept in a scan; the sum does not change."""
    layer = arch.layers[0]
    axes = sorted(zip(arch.shape, layer.steps, strict=True), key=lambda axis: -axis[0])
    kernel, stride, padding = zip(*(steps for _, steps in axes), strict=True)
    turned = Convolution(layer.channels, kernel, stride, padding)
    return ConvolutionalArchitecture(tuple(size for size, _ in axes), arch.channels, (turned,)).windows(1)


def first_layer_value(arch: ConvolutionalArchitecture) -> Any:
    """R of the first convolutional layer alone: the most regions that Hall's condition allows.

    With a symbol for the number of filters it is a polynomial in it: no position can be asked for more than it sees.
    """
    windows, filters = _windows(arch), arch.layers[0].channels
    if isinstance(filters, int):
        return transversal_sum(windows, arch.channels, binomial_row(filters))
    x = flint.fmpq_poly([0, 1])
    weights = [flint.fmpq_poly([1])]
    for t in range(max(map(len, windows)) * arch.channels):
        weights.append(weights[-1] * (x - t) / (t + 1))
    total = transversal_sum(windows, arch.channels, weights)
    return sympy.expand(sum(sympy.Rational(int(c.p), int(c.q)) * filters**i for i, c in enumerate(total.coeffs())))


def _upper(arch: ConvolutionalArchitecture) -> Any:
    factors = (binomial_sum(n, arch.inputs, layer=layer) for layer, n in enumerate(arch.widths[1:], start=2))
    return first_layer_value(arch) * math.prod(factors)


def _last(arch: ConvolutionalArchitecture) -> ConvolutionalArchitecture:
    """The last layer on as many channels as the input has."""
    return ConvolutionalArchitecture(arch.shapes[-2], arch.channels, arch.layers[-1:])


def _lower(arch: ConvolutionalArchitecture) -> Any:
    d0 = arch.channels
    before = zip(arch.layers[:-1], arch.positions, strict=False)
    copies = math.prod((layer.channels // d0) ** (positions * d0) for layer, positions in before)
    return copies * first_layer_value(_last(arch))


def _size(arch: ConvolutionalArchitecture, scanned: ConvolutionalArchitecture | None = None) -> Size:
    """At most 2 regions for each unit; the work of a scan with one state only, which can have many."""
    windows = [window for window in _windows(scanned or arch) if window]
    _, slots = _schedule(windows) if _intervals(windows) is None else ([], 0)
    return Size(arch.units + 1, len(windows) * slots * (arch.channels + 1) ** (slots + 1) // 64)


def _no_padding(subject: ConvolutionalArchitecture) -> Iterator[tuple[Any, str]]:
    for i, layer in enumerate(subject.layers, start=1):
        yield not layer.is_padded, f"it is about convolutions without padding, but layer {i} has padding"


def overlapping_axes(shape: Sequence[int], layer: Convolution) -> list[int]:
    """The axes (from 1) along which neighboring windows share cells of an input of this shape."""
    windows = zip(layer.output_shape(tuple(shape)), layer.steps, strict=True)
    return [axis for axis, (number, (size, step, _)) in enumerate(windows, start=1) if number > 1 and step < size]


def _one_axis(subject: ConvolutionalArchitecture) -> Iterator[tuple[Any, str]]:
    axes = overlapping_axes(subject.shapes[-2], subject.layers[-1])
    yield (
        len(axes) < 2,
        f"layer {subject.depth} has windows that overlap along axes {', '.join(map(str, axes))}, where the number of "
        "Theorem 2 need not be attained (3x3 cells, two 2x2 filters: it says 256, no weights have more than 255 "
        "regions); xiong2020_upper holds",
    )


def _enough_channels(subject: ConvolutionalArchitecture) -> Iterator[tuple[Any, str]]:
    d0 = subject.channels
    for i, layer in enumerate(subject.layers, start=1):
        yield layer.channels >= d0, f"it needs d_l ≥ d0 = {d0} channels, but layer {i} has {layer.channels}"


@dataclass(frozen=True)
class GraphNetwork(Layered):
    """Graph convolutions with the same N × N matrix A: f features of each node, and the units of a node in each layer.

    >>> path = GraphNetwork([[1, 1, 0], [1, 1, 1], [0, 1, 1]], 2, (3, 3))
    >>> str(path), path.inputs, path.units
    ('graph convolutions on 3 nodes, 2-3-3', 6, 18)
    """

    matrix: tuple[tuple[Fraction, ...], ...]
    features: int
    widths: tuple[Any, ...]

    def __init__(self, matrix: Sequence[Sequence[RationalLike]], features: int, widths: Sequence[Any]) -> None:
        rows = tuple(rational_vector(row, place=f"row {i} of the matrix") for i, row in enumerate(matrix, start=1))
        if not rows or any(len(row) != len(rows) for row in rows):
            raise InvalidInputError("the matrix of a graph has as many rows as columns, at least one")
        number = integer(features, place="features", minimum=1)
        vars(self).update(matrix=rows, features=number, widths=Architecture.relu(number, *widths).widths)

    @property
    def inputs(self) -> int:
        return len(self.matrix) * self.features

    @property
    def units(self) -> Any:
        return len(self.matrix) * sum(self.widths)

    @property
    def is_symbolic(self) -> bool:
        return not all(map(is_number, self.widths))

    @property
    def rows(self) -> list[tuple[Fraction, ...]]:
        """The rows of the matrix that are not zero, each once."""
        return [row for row in dict.fromkeys(self.matrix) if any(row)]

    def __str__(self) -> str:
        return f"graph convolutions on {len(self.matrix)} nodes, {'-'.join(map(str, (self.features, *self.widths)))}"


def _demands(ranks: Sequence[int], nodes: int, most: int) -> Iterator[tuple[int, ...]]:
    """The vectors t of the statement, with no entry above ``most``; ``ranks`` by sets J of nodes as bits."""
    chosen: list[tuple[tuple[int, ...], list[int]]] = [((), [0])]  # with Σ_{v ∈ J} t_v for every J so far
    for v in range(nodes):
        chosen = [
            ((*t, more), [*sums, *(s + more for s in sums)])
            for t, sums in chosen
            for more in range(most + 1)
            if all(s + more <= ranks[(1 << v) + place] for place, s in enumerate(sums))
        ]
    return (t for t, _ in chosen)


def _graph_value(subject: GraphNetwork) -> Any:
    rows = subject.rows
    ranks = [rank([row for v, row in enumerate(rows) if i >> v & 1]) for i in range(1 << len(rows))]
    seen, left = subject.features, subject.features * ranks[-1]
    total: Any = 1
    for n in subject.widths:
        left = min(left, seen * ranks[-1])
        allowed = [min(left, seen * r) for r in ranks]
        most = min(seen, n) if is_number(n) else seen
        weights = [choose(n, t) for t in range(most + 1)]
        total *= sum(math.prod(weights[demand] for demand in t) for t in _demands(allowed, len(rows), most))
        seen = n
    return sympy.expand(total) if subject.is_symbolic else total


def _graph_size(subject: GraphNetwork) -> Size:
    nodes = len(subject.rows)
    seen = [subject.features, *subject.widths[:-1]]
    vectors = sum((min(s, n) + 1) ** nodes for s, n in zip(seen, subject.widths, strict=True))
    return Size(subject.units + 1, vectors * 2**nodes * 10)


_CONVOLUTIONAL = about(
    ConvolutionalArchitecture,
    "convolutional ReLU layers",
    "convolutional layers",
    lambda arch: (arch.depth > 0, "it is about at least one convolutional layer, here is none"),
)
_SINGLE = asks("one layer", lambda arch: arch.depth == 1, "it is about one convolutional layer, here are {0.depth}")
_PLAIN = Condition("no padding", _no_padding)
_LINES = Condition("windows of the last layer overlap along one axis at most", _one_axis)
_D1, _D2 = sympy.symbols("d_1 d_2", integer=True, positive=True)
_SMALL_GRID = ConvolutionalArchitecture((1, 3), 1, (Convolution(_D1, (1, 2)),))
_TWO_LAYERS = ConvolutionalArchitecture((1, 4), 1, (Convolution(_D1, (1, 2)), Convolution(_D2, (1, 2))))

_GRAPHS = about(
    GraphNetwork,
    "graph convolutions with ReLU units",
    "graph convolutions",
    lambda graph: (all(map(is_number, graph.widths[:-1])), "only the last width may be a symbol"),
)
_TWO_NODES = GraphNetwork([[1, 1], [1, 2]], 1, (sympy.Symbol("n_1", integer=True, positive=True),))

BOUNDS = (
    statement("xiong2020", [_CONVOLUTIONAL, _SINGLE, _PLAIN, _LINES], first_layer_value, _SMALL_GRID, size=_size),
    statement("xiong2020_upper", [_CONVOLUTIONAL, _PLAIN], _upper, _TWO_LAYERS, size=_size),
    statement(
        "xiong2020_lower",
        [_CONVOLUTIONAL, _PLAIN, Condition("d_l ≥ d0 channels in every layer", _enough_channels), _LINES],
        _lower,
        _TWO_LAYERS,
        size=lambda arch: _size(arch, _last(arch)),
    ),
    statement("graph_convolution", [_GRAPHS], _graph_value, _TWO_NODES, size=_graph_size),
)
"""The maximum of one convolutional layer, bounds for several, and those of graph convolutions with a given matrix."""
