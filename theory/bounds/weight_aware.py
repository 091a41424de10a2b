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

Theorem 1 with the ranks alone is ``serra2018_ranks``, about a :class:`~theory.bounds.serra.RankedArchitecture`.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1 with the remark after Lemma 4; Hinz 2021, the tighter histogram.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import flint

from theory.architecture import Architecture
from theory.bounds import histograms
from theory.bounds.dynamic_program import step
from theory.bounds.fixed_units import LayerFacts, Method, Place, extent, layer_facts
from theory.bounds.serra import RankedArchitecture, bending
from theory.errors import InvalidInputError
from theory.exact import RationalLike, rational_vector, to_fmpq
from theory.geometry.feasibility import interior_point
from theory.geometry.simplex import Dictionary
from theory.intervals import Range
from theory.network import Network

Corners = tuple[Sequence[RationalLike], Sequence[RationalLike]]
"""The lower and the upper corner of a box."""


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


def _place(d: int, box: Corners | None, rows: Sequence[Sequence[RationalLike]] | None) -> Place:
    axes = [[Fraction(i == j) for i in range(d)] for j in range(d)]
    halfspaces: list[Sequence[Fraction]] = []
    ranges: list[Range] = [(None, None)] * d
    middle = [Fraction(0)] * d
    if box is not None:
        low, high = rational_vector(box[0], place="box, lo"), rational_vector(box[1], place="box, hi")
        if len(low) != d or len(high) != d:
            raise InvalidInputError(f"the corners of the box need {d} coordinates each")
        if any(a > b for a, b in zip(low, high, strict=True)):
            raise InvalidInputError("box: a lower corner exceeds the upper one; write lo ≤ hi in every coordinate")
        for axis, a, b in zip(axes, low, high, strict=True):
            halfspaces += [[*axis, -a], [*(-v for v in axis), b]]
        ranges = list(zip(map(to_fmpq, low), map(to_fmpq, high), strict=True))
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    if rows is None:
        return Place(ranges, halfspaces, middle)
    for i, row in enumerate(rows, start=1):
        if len(row) != d + 1:
            raise InvalidInputError(f"row {i} of the polytope needs {d} coefficients and a constant, not {len(row)}")
        halfspaces.append(rational_vector(row, place=f"row {i} of the polytope"))
    point = interior_point(halfspaces, d)
    if point is None:
        raise InvalidInputError("the polytope of weight-aware bounds has no interior point; relax its rows")
    polyhedron = Dictionary(d, [to_fmpq(v) for v in point], halfspaces)
    units = (flint.fmpq_mat([[int(i == j) for i in range(d + 1)]]) for j in range(d))
    return Place([extent(polyhedron, unit) for unit in units], halfspaces, point)


def weight_aware_bounds(
    network: Network,
    box: Corners | None = None,
    *,
    rows: Sequence[Sequence[RationalLike]] | None = None,
    method: Method = "interval",
    name: str | None = None,
) -> WeightAwareBounds:
    """Upper bounds on the activation regions of this ReLU network, on a box, on a polytope or on R^d.

    The values are never above the bounds of the architecture and never below the count.  The ``box`` (lo, hi) is given
    by opposite corners, the polytope {x : ⟨a, x⟩ + b ≥ 0 for every row}, bounded or not, by ``rows`` (a_1, …, a_d, b);
    the domain is their intersection if both are given, all of R^d if neither is.  ``name`` is what the result calls it.

    The ``method`` says how units that never change sign are found.  Intervals are quick and see the box around the
    domain only; linear programs (``"lp"``) see the domain and how units depend on each other, and decide at least as
    many units.  Raises InvalidInputError if the polytope has no interior point, or box and rows do not fit the network.

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
    layers = bending(network)
    d = network.inputs
    place = _place(d, box, rows)
    facts = tuple(layer_facts(layers, place, method=method, is_box=rows is None))
    values = {"serra2018_ranks": RankedArchitecture.of(network).value}
    for key, gamma in (("serra2018", "serra"), ("hinz2021", "2021"), ("levels", "levels")):
        values[key] = regions_with_facts(d, facts, gamma)
    given = [word for word, part in (("box", box), ("polytope", rows)) if part is not None]
    domain = name or (f"the given {' and '.join(given)}" if given else f"R^{d}")
    return WeightAwareBounds(network.architecture, domain, facts, values)
