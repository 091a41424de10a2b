r"""Bounds for a given network: its ranks, and its units that never change sign.

Three properties of the weights make Theorem 1 and the histogram bounds smaller:

* the rank r of a layer's weight matrix: the hyperplanes of the layer span r dimensions only, and at most r
  dimensions leave it;
* a unit whose preactivation is ≤ 0 on the whole domain is off everywhere and can be struck out;
* a unit whose preactivation is > 0 on the whole domain is on everywhere: it bends nothing, but it carries a
  dimension.  So does a unit with the identity, which carries a number past a layer, as skip connections do.

With a units always on and u units that may change, of rank :math:`\rho`, a layer moves state c (dimensions left) to
:math:`\min(c, r, a + l)` with the weight of level l in the histogram :math:`\gamma_{\min(c, \rho), u}`.  Signs are
decided on a box, a polytope or all of :math:`\mathbb{R}^d` by exact interval arithmetic or exact linear programming:
:mod:`theory.bounds.fixed_units`.

Serra et al. remark after Lemma 4 that the last entry of J may be replaced by :math:`\operatorname{rank} W^l`; that
statement alone is ``serra2018_ranks``, about a :class:`RankedArchitecture`.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1 with the remark after Lemma 4; Hinz 2021, the tighter histogram.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import sympy

from theory.activations import IDENTITY, RELU
from theory.architecture import Architecture
from theory.bounds import histograms
from theory.bounds.bound import statement
from theory.bounds.conditions import asks
from theory.bounds.dynamic_program import step
from theory.bounds.expressions import index, is_number, least, nested_sum
from theory.bounds.fixed_units import LayerFacts, Method, Range, extent, layer_facts
from theory.bounds.integers import binomials
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, integer, rational_vector
from theory.geometry.feasibility import interior_point
from theory.network import Layer, Network

__all__ = [
    "RANK_BOUND",
    "LayerFacts",
    "RankedArchitecture",
    "WeightAwareBounds",
    "regions_with_facts",
    "theorem_1",
    "weight_aware_bounds",
]


Corners = tuple[Sequence[RationalLike], Sequence[RationalLike]]
"""The lower and the upper corner of a box."""


@dataclass(frozen=True)
class RankedArchitecture:
    """A ReLU architecture with the rank of every hidden layer's weight matrix.

    >>> RankedArchitecture(Architecture.relu(3, 4, 4), (2, 4))
    RankedArchitecture(architecture=Architecture.relu(3, 4, 4), ranks=(2, 4))
    """

    architecture: Architecture
    ranks: tuple[Any, ...]

    def __post_init__(self) -> None:
        if self.architecture.kind != "relu":
            raise InvalidInputError("ranks refine bounds of ReLU layers; this architecture has other units")
        if len(self.ranks) != self.architecture.depth:
            raise InvalidInputError(
                f"{self.architecture.depth} hidden layers need as many ranks, not {len(self.ranks)}"
            )
        if self.is_symbolic:
            return
        sizes = self.architecture.sizes
        for layer, rank in enumerate(self.ranks, start=1):
            most = min(sizes[layer - 1], sizes[layer])
            if integer(rank, place=f"rank of layer {layer}", minimum=0) > most:
                raise InvalidInputError(f"layer {layer} has a weight matrix of rank at most {most}, not {rank}")

    @classmethod
    def of(cls, network: Network) -> RankedArchitecture:
        """The architecture of a ReLU network with the exact ranks of its weights."""
        return cls(network.architecture, tuple(layer.weight_matrix.rank() for layer in _bending(network)))

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return self.architecture.depth

    @property
    def is_symbolic(self) -> bool:
        """Whether a size or a rank is an expression."""
        return self.architecture.is_symbolic or any(getattr(r, "free_symbols", None) for r in self.ranks)

    def __str__(self) -> str:
        return f"{self.architecture} with ranks {', '.join(map(str, self.ranks))}"


def theorem_1(arch: Architecture, ranks: Sequence[Any], carried: Sequence[Any]) -> Any:
    """The sum of Theorem 1 with j_l ≤ min(c, rank of layer l), and so many numbers carried past each layer."""
    given = list(zip(arch.widths, ranks, carried, strict=True))
    if all(map(is_number, (arch.inputs, *(v for layer in given for v in layer)))):
        mass = {arch.inputs: 1}
        for layer in given:
            mass = step(mass, partial(_moves, layer=layer))
        return sum(mass.values())

    def over_j(layer: int, n: Any, left: Sequence[Any]) -> tuple[Any, tuple[Any, Any, Any], Any]:
        j = index(layer)
        return sympy.binomial(n, j), (j, 0, least(*left, ranks[layer - 1])), n - j + carried[layer - 1]

    return nested_sum(arch, over_j)


def _moves(state: int, layer: tuple[int, int, int]) -> Iterator[tuple[int, int]]:
    width, rank, carried = layer
    return ((min(state, width - j + carried), ways) for j, ways in enumerate(binomials(width, min(state, rank))))


def _serra_with_ranks(subject: RankedArchitecture) -> Any:
    return theorem_1(subject.architecture, subject.ranks, [0] * subject.depth)


_SYMBOLS = sympy.symbols("n_0 n_1 n_2 r_1 r_2", integer=True, positive=True)

RANK_BOUND = statement(
    "serra2018_ranks",
    [
        asks(
            "ReLU units, ranks of the weight matrices known",
            lambda subject: isinstance(subject, RankedArchitecture),
            "it speaks of an architecture with ranks; see RankedArchitecture",
        )
    ],
    _serra_with_ranks,
    RankedArchitecture(Architecture.relu(*_SYMBOLS[:3]), _SYMBOLS[3:]),
)
"""Theorem 1 with ranks."""


@dataclass(frozen=True)
class WeightAwareBounds:
    """Upper bounds on the regions of one ReLU network on one domain, with the facts they use.

    ``values`` has ``serra2018``, ``hinz2021`` and ``levels`` with ranks and fixed units put in, ``serra2018_ranks``
    with ranks only.
    """

    architecture: Architecture
    domain: str
    layers: tuple[LayerFacts, ...]
    values: dict[str, int]

    @property
    def value(self) -> int:
        """The least of the bounds."""
        return min(self.values.values())


def _bending(network: Network) -> list[Layer]:
    layers = [layer for layer in network.hidden if not layer.is_affine]
    if any(unit not in (RELU, IDENTITY) for layer in layers for unit in layer.units):
        raise UnsupportedError("weight-aware bounds are stated for ReLU units; this network has other units")
    if len(layers) != len(network.hidden):
        raise UnsupportedError("merge hidden layers of identity units into their neighbors first")
    return layers


def regions_with_facts(inputs: int, layers: Sequence[LayerFacts], gamma: str = "levels") -> int:
    """The bound of Hinz for the given γ, with what is known of each layer put in."""
    mass = {inputs: 1}
    for facts in layers:
        mass = step(mass, partial(_moves_with_facts, facts=facts, gamma=gamma))
    return sum(mass.values())


def _moves_with_facts(state: int, facts: LayerFacts, gamma: str) -> Iterator[tuple[int, int]]:
    moves = histograms.row(gamma, min(state, facts.changing_rank, facts.changing), facts.changing)
    for level, count in (*enumerate(moves.below), (facts.changing, moves.stay)):
        if count:
            yield min(state, facts.rank, len(facts.on) + level), count


class _Place(NamedTuple):
    """Where regions are counted: a range of each input, halfspaces ⟨a, x⟩ + b ≥ 0, and a point that satisfies them."""

    ranges: list[Range]
    rows: list[Sequence[Fraction]]
    point: Sequence[Fraction]


def _place(d: int, box: Corners | None, rows: Sequence[Sequence[RationalLike]] | None) -> _Place:
    axes = [[Fraction(i == j) for i in range(d)] for j in range(d)]
    halfspaces: list[Sequence[Fraction]] = []
    ranges: list[Range] = [(None, None)] * d
    middle: Sequence[Fraction] = [Fraction(0)] * d
    if box is not None:
        low, high = (
            rational_vector(corner, place=f"box, {end}") for corner, end in zip(box, ("lo", "hi"), strict=True)
        )
        if len(low) != d or len(high) != d:
            raise InvalidInputError(f"the corners of the box need {d} coordinates each")
        if any(a > b for a, b in zip(low, high, strict=True)):
            raise InvalidInputError("box: a lower corner exceeds the upper one; write lo ≤ hi in every coordinate")
        for axis, a, b in zip(axes, low, high, strict=True):
            halfspaces += [[*axis, -a], [*(-v for v in axis), b]]
        ranges = list(zip(low, high, strict=True))
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    if rows is None:
        return _Place(ranges, halfspaces, middle)
    for i, row in enumerate(rows, start=1):
        if len(row) != d + 1:
            raise InvalidInputError(f"row {i} of the polytope needs {d} coefficients and a constant, not {len(row)}")
        halfspaces.append(rational_vector(row, place=f"row {i} of the polytope"))
    point = interior_point(halfspaces, d)
    if point is None:
        raise InvalidInputError("the polytope of weight-aware bounds has no interior point; relax its rows")
    return _Place([extent(halfspaces, [*axis, Fraction(0)], point) for axis in axes], halfspaces, point)


def weight_aware_bounds(
    network: Network,
    box: Corners | None = None,
    *,
    rows: Sequence[Sequence[RationalLike]] | None = None,
    method: Method = "interval",
    name: str | None = None,
) -> WeightAwareBounds:
    """Upper bounds on the activation regions of this ReLU network, on a box, on a polytope or on R^d.

    The values are never above the bounds of the architecture and never below the count.  Raises InvalidInputError if
    the polytope has no interior point, or box and rows do not fit the network.

    Parameters
    ----------
    network : Network
    box : (lo, hi), optional
        Opposite corners, rational.
    rows : sequence of rows (a_1, …, a_d, b), optional
        The polytope {x : ⟨a, x⟩ + b ≥ 0 for every row}, bounded or not; with a box, the domain is their
        intersection.  Without box and rows it is all of R^d.
    method : {"interval", "lp"}
        How units that never change sign are found.  Intervals are quick and see the box around the domain only;
        linear programs see the domain and how units depend on each other, and decide at least as many units.
    name : str, optional
        How the result calls the domain.

    Examples
    --------
    >>> net = Network.relu([([[1, 0], [1, 0], [0, 1]], [0, -1, 9]), ([[1, 1, 1]], [0])])
    >>> facts = weight_aware_bounds(net, ([-1, -1], [1, 1]))
    >>> facts.value, facts.layers[0].on, facts.layers[0].off
    (2, (2,), (1,))

    The first unit of the second layer is max(0, x) − max(0, x) + 3/2; intervals take the two terms for independent:

    >>> net = Network.relu([([[1], [1]], [0, 0]), ([[1, -1], [1, 1]], ["3/2", -1]), ([[1, 1]], [0])])
    >>> [weight_aware_bounds(net, ([-2], [2]), method=method).layers[1].on for method in ("interval", "lp")]
    [(), (0,)]
    """
    if method not in ("interval", "lp"):
        raise InvalidInputError(f"unknown method {method!r}; choose interval or lp")
    layers = _bending(network)
    d = network.inputs
    place = _place(d, box, rows)
    facts = tuple(layer_facts(layers, place.ranges, place.rows, place.point, method=method, is_box=rows is None))
    values = {"serra2018_ranks": _serra_with_ranks(RankedArchitecture.of(network))}
    for key, gamma in (("serra2018", "serra"), ("hinz2021", "2021"), ("levels", "levels")):
        values[key] = regions_with_facts(d, facts, gamma)
    given = [word for word, part in (("box", box), ("polytope", rows)) if part is not None]
    domain = name or (f"the given {' and '.join(given)}" if given else f"R^{d}")
    return WeightAwareBounds(network.architecture, domain, facts, values)
