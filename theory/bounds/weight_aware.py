r"""Bounds for a given network: its ranks, and its units that never change sign.

A layer's hyperplanes span as many dimensions as the rank r of its weights, and no more leave it; a unit that is off on
the whole domain can be struck out; one that is on everywhere, or has the identity, bends nothing but carries a
dimension.  With a units always on and u units that may change, of rank :math:`\rho`, a layer moves state c (dimensions
left) to :math:`\min(c, r, a + l)` with the weight of level l in the histogram :math:`\gamma_{\min(c, \rho), u}`.

Signs are decided by two methods.  *Intervals*: every unit gets the range that its inputs' ranges allow.  *Linear
programming*: a unit :math:`h = \max(0, z)` whose sign is decided is an affine form of what comes before; for one that
may change, with z in [low, high], h is a new variable with h ≥ 0, h ≥ z and h ≤ high·(z − low)/(high − low) (z ≤ high
only: h ≤ high; z ≥ low only: h ≤ z − low).  Every point of the domain with its true h satisfies these rows, so later
preactivations lie between their extrema over them; in the first layer these are exact.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, Theorem 1 with the remark after Lemma 4; Hinz 2021, the tighter histogram;
Ehlers 2017, Formal verification of piece-wise linear feed-forward neural networks: the linear relaxation of a unit.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

import flint

from theory.activations import IDENTITY
from theory.architecture import Architecture
from theory.bounds.dynamic_program import step
from theory.bounds.hinz import hinz_moves
from theory.bounds.serra import RankedArchitecture, bending
from theory.errors import InvalidInputError
from theory.exact import Range, RationalLike, images, rank, rational_vector, to_fmpq
from theory.geometry.feasibility import Dictionary, interior_point
from theory.network import Layer, Network

Corners = tuple[Sequence[RationalLike], Sequence[RationalLike]]
"""The lower and the upper corner of a box."""

Method = Literal["interval", "lp"]
"""How fixed units are found: interval arithmetic, or a linear program for each unit."""

_Place = tuple[list[Range], list[Sequence[Fraction]], Sequence[Fraction]]
"""Where regions are counted: a range of each input, halfspaces ⟨a, x⟩ + b ≥ 0, and a point that satisfies them."""


@dataclass(frozen=True)
class LayerFacts:
    """What the weights say about one hidden layer on the domain.

    ``on`` are the units that are > 0 on all of it or have the identity, ``off`` those that are ≤ 0.  ``rank`` is that
    of the weights of units that are not off, ``changing_rank`` of those that may change.
    """

    width: int
    on: tuple[int, ...]
    off: tuple[int, ...]
    rank: int
    changing_rank: int

    @property
    def changing(self) -> int:
        """Number of units that may change sign."""
        return self.width - len(self.on) - len(self.off)


def _extent(polyhedron: Dictionary, form: flint.fmpq_mat) -> Range:
    """The range of an affine form on a polyhedron; its dictionary is pivoted."""
    lowest, highest = (polyhedron.minimum(polyhedron.express(side)) for side in (form, -form))
    return lowest, None if highest is None else -highest


class _Relaxation:
    """The domain and the variables of the units that may change, with a point inside and every unit's affine form."""

    def __init__(self, rows: Sequence[Sequence[Fraction]], point: Sequence[Fraction]) -> None:
        d = len(point)
        self.rows = [flint.fmpq_mat(1, d + 1, list(map(to_fmpq, row))) for row in rows]
        self.point = list(map(to_fmpq, point))
        self.outputs = flint.fmpq_mat(d, d + 1, [int(i == j) for i in range(d) for j in range(d + 1)])

    def through(self, layer: Layer, ends: list[Range], carried: Set[int], *, are_exact: bool) -> list[Range]:
        """Go on to the next layer; the ranges of the units, from wider ones where these leave the sign open."""
        forms = layer.read(self.outputs)
        if not are_exact:
            polyhedron = Dictionary(len(self.point), self.point, (row.entries() for row in self.rows))
            for u, form in enumerate(forms.tolist()):
                if not (_is_off(ends[u]) or _is_on(ends[u])):
                    ends[u] = _extent(polyhedron, flint.fmpq_mat([form]))
        bending = [u for u, end in enumerate(ends) if not (u in carried or _is_off(end) or _is_on(end))]
        d, more = len(self.point), len(bending)
        values = (forms * flint.fmpq_mat(d + 1, 1, [*self.point, 1])).entries()
        self.point += [max(values[u], flint.fmpq(0)) for u in bending]
        self.rows = [_widened(row.entries(), more) for row in self.rows]
        outputs = [_widened(form, more) for form in forms.tolist()]
        for position, u in enumerate(bending, start=d):
            unit, one = (flint.fmpq_mat([[int(j == at) for j in range(d + more + 1)]]) for at in (position, d + more))
            self.rows += [unit, unit - outputs[u], *_ceiling(unit, outputs[u], one, ends[u])]
            outputs[u] = unit
        for u, end in enumerate(ends):
            if _is_off(end) and u not in carried:
                outputs[u] *= 0
        self.outputs = flint.fmpq_mat([row.entries() for row in outputs])
        return ends


def _widened(form: Sequence[flint.fmpq], more: int) -> flint.fmpq_mat:
    return flint.fmpq_mat([[*form[:-1], *[0] * more, form[-1]]])


def _ceiling(unit: flint.fmpq_mat, form: flint.fmpq_mat, one: flint.fmpq_mat, ends: Range) -> list[flint.fmpq_mat]:
    """h below the chord of max(0, z) over the range of z, as far as that is finite."""
    low, high = ends
    if low is not None and high is not None:
        return [form * high + unit * (low - high) - one * (high * low)]
    if high is not None:
        return [one * high - unit]
    return [] if low is None else [form - unit - one * low]


def _is_off(ends: Range) -> bool:
    return ends[1] is not None and ends[1] <= 0


def _is_on(ends: Range) -> bool:
    """max(0, z) = z on the whole domain; z may touch zero."""
    return ends[0] is not None and ends[0] >= 0


def _layer_facts(layers: Sequence[Layer], place: _Place, *, method: Method, is_box: bool) -> Iterator[LayerFacts]:
    """The facts on each layer; if the domain is the box of the ranges, ``is_box``, intervals are exact in the first."""
    values, rows, point = place
    relaxation = _Relaxation(rows, point) if method == "lp" else None
    for depth, layer in enumerate(layers):
        carried = {u for u, unit in enumerate(layer.units) if unit == IDENTITY}
        ends = images(layer.forms, values)
        if relaxation is not None:
            ends = relaxation.through(layer, ends, carried, are_exact=is_box and depth == 0)
        off = tuple(u for u, end in enumerate(ends) if _is_off(end) and u not in carried)
        on = tuple(u for u, (low, _) in enumerate(ends) if u in carried or (low is not None and low > 0))
        alive = [u for u in range(layer.width) if u not in off]
        changing = [u for u in alive if u not in on]
        ranks = (rank([layer.weights[u] for u in units]) for units in (alive, changing))
        yield LayerFacts(layer.width, on, off, *ranks)
        values = [unit.image([end]) for unit, end in zip(layer.units, ends, strict=True)]


@dataclass(frozen=True)
class WeightAwareBounds:
    """Upper bounds on the regions of one ReLU network on one domain, with the facts they use.

    ``values`` has ``serra2018``, ``hinz2021``, ``levels`` with all facts put in, ``serra2018_ranks`` with ranks only.
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

    def moves(state: int, facts: LayerFacts) -> Iterator[tuple[int, int]]:
        for level, count in hinz_moves(gamma, min(state, facts.changing_rank), facts.changing):
            yield min(state, facts.rank, len(facts.on) + level), count

    mass = {inputs: 1}
    for facts in layers:
        mass = step(mass, partial(moves, facts=facts))
    return sum(mass.values())


def _place(d: int, box: Corners | None, rows: Sequence[Sequence[RationalLike]] | None) -> _Place:
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
        return ranges, halfspaces, middle
    for i, row in enumerate(rows, start=1):
        if len(row) != d + 1:
            raise InvalidInputError(f"row {i} of the polytope needs {d} coefficients and a constant, not {len(row)}")
        halfspaces.append(rational_vector(row, place=f"row {i} of the polytope"))
    point = interior_point(halfspaces, d)
    if point is None:
        raise InvalidInputError("the polytope of weight-aware bounds has no interior point; relax its rows")
    polyhedron = Dictionary(d, [to_fmpq(v) for v in point], halfspaces)
    units = (flint.fmpq_mat([[int(i == j) for i in range(d + 1)]]) for j in range(d))
    return [_extent(polyhedron, unit) for unit in units], halfspaces, point


def weight_aware_bounds(
    network: Network,
    box: Corners | None = None,
    *,
    rows: Sequence[Sequence[RationalLike]] | None = None,
    method: Method = "interval",
    name: str | None = None,
) -> WeightAwareBounds:
    """Upper bounds on the activation regions of this ReLU network, on a box, on a polytope or on R^d.

    They are never above those of the architecture.  The ``box`` (lo, hi) is given by opposite corners, the polytope {x
    : ⟨a, x⟩ + b ≥ 0 for every row}, bounded or not, by ``rows`` (a_1, …, a_d, b); the domain is their intersection if
    both are given, all of R^d if neither is.  ``name`` is what the result calls it.  The ``method`` says how units that
    never change sign are found: intervals see the box around the domain only, linear programs (``"lp"``), two for each
    unit in doubt, decide at least as many units.  Raises InvalidInputError if the polytope has no interior point, or
    box and rows do not fit the network.

    >>> net = Network.relu([([[1, 0], [1, 0], [0, 1]], [0, -1, 9]), ([[1, 1, 1]], [0])])
    >>> facts = weight_aware_bounds(net, ([-1, -1], [1, 1]))
    >>> facts.value, facts.layers[0].on, facts.layers[0].off
    (2, (2,), (1,))
    """
    if method not in ("interval", "lp"):
        raise InvalidInputError(f"unknown method {method!r}; choose interval or lp")
    layers = bending(network)
    d = network.inputs
    facts = tuple(_layer_facts(layers, _place(d, box, rows), method=method, is_box=rows is None))
    values = {"serra2018_ranks": RankedArchitecture.of(network).value}
    for key, gamma in (("serra2018", "serra"), ("hinz2021", "2021"), ("levels", "levels")):
        values[key] = regions_with_facts(d, facts, gamma)
    given = " and ".join(word for word, part in (("box", box), ("polytope", rows)) if part is not None)
    domain = name or (f"the given {given}" if given else f"R^{d}")
    return WeightAwareBounds(network.architecture, domain, facts, values)
