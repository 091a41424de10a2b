r"""Graph convolutions: layers :math:`H \mapsto \sigma(A H W + \mathbf 1 b)` on the nodes of a graph.

Every node v has n units with the same weights W and biases b, which see :math:`(A H)_v`, f numbers in the first layer;
of rows of A that are equal one is kept.  Of units whose normals are independent, t_v at node v, those at the nodes of a
set J see the same :math:`f \cdot \operatorname{rank} A_J` numbers, so that

.. math:: R \le \sum_t \prod_v \binom{n}{t_v}, \qquad \sum_{v \in J} t_v \le f \cdot \operatorname{rank} A_J
    \text{ for every set } J \text{ of nodes}.

If the rows that are kept are independent, this is :math:`Z(n, f)` to the power of their number, which almost all W and
b attain.  A later layer sees f = n_{l−1} numbers at each node, and no more than d_l dimensions in all.

References
----------
Chen, Wang, Xiong 2022, of which only the abstract was read: it has an optimal bound for one layer, and bounds for more.
The statement here and its proof are in ``docs/proofs-networks.md``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from theory.architecture import Architecture, Layered
from theory.bounds.bound import about, statement
from theory.bounds.dynamic_program import Size
from theory.bounds.expressions import choose, is_number
from theory.errors import InvalidInputError
from theory.exact import RationalLike, integer, rank, rational_vector


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


def _value(subject: GraphNetwork) -> Any:
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


def _size(subject: GraphNetwork) -> Size:
    nodes = len(subject.rows)
    seen = [subject.features, *subject.widths[:-1]]
    vectors = sum((min(s, n) + 1) ** nodes for s, n in zip(seen, subject.widths, strict=True))
    return Size(subject.units + 1, vectors * 2**nodes * 10)


_GRAPHS = about(
    GraphNetwork,
    "graph convolutions with ReLU units",
    "graph convolutions",
    lambda graph: (all(map(is_number, graph.widths[:-1])), "only the last width may be a symbol"),
)
_TWO_NODES = GraphNetwork([[1, 1], [1, 2]], 1, (sympy.Symbol("n_1", integer=True, positive=True),))

BOUNDS = (statement("graph_convolution", [_GRAPHS], _value, _TWO_NODES, size=_size),)
"""Layers of graph convolutions with a given matrix."""
