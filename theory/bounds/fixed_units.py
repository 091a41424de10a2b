r"""Units that never change sign on a domain, found by interval arithmetic or by linear programming, both exact.

*Intervals*: every unit gets the range that its inputs' ranges allow.  *Linear programming*: the network is replaced
by a larger polyhedron.  A unit :math:`h = \max(0, z)` whose sign is decided is an affine form of what comes before; for
one that may change, with z in [low, high], h is a new variable with

.. math:: h \ge 0, \qquad h \ge z, \qquad h \le \frac{high \, (z - low)}{high - low}

(z ≤ high only: h ≤ high; z ≥ low only: h ≤ z − low), and the range of a later preactivation is found by maximizing it
and its negative over that polyhedron.  Every point of the domain with its true h satisfies the rows, so what the
polyhedron excludes is excluded; in the first layer the polyhedron is the domain itself and the ranges are exact.
A unit with the identity carries a number past the layer: it is on everywhere, whatever its sign.

References
----------
Ehlers 2017, Formal verification of piece-wise linear feed-forward neural networks: the linear relaxation of a unit.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

import flint

from theory.activations import IDENTITY
from theory.exact import rank, to_fmpq
from theory.geometry.simplex import Dictionary
from theory.intervals import Range, images
from theory.network import Layer

Method = Literal["interval", "lp"]
"""How fixed units are found: interval arithmetic, or a linear program for each unit."""


class Place(NamedTuple):
    """Where regions are counted: a range of each input, halfspaces ⟨a, x⟩ + b ≥ 0, and a point that satisfies them."""

    ranges: list[Range]
    rows: list[Sequence[Fraction]]
    point: Sequence[Fraction]


@dataclass(frozen=True)
class LayerFacts:
    """What the weights say about one hidden layer on the domain."""

    width: int
    on: tuple[int, ...]
    """Units whose preactivation is > 0 on the whole domain, and those with the identity."""
    off: tuple[int, ...]
    """Units whose preactivation is ≤ 0 on the whole domain."""
    rank: int
    """Rank of the weights of the units that are not off."""
    changing_rank: int
    """Rank of the weights of the units that are neither on nor off."""

    @property
    def changing(self) -> int:
        """Number of units that may change sign."""
        return self.width - len(self.on) - len(self.off)


def extent(polyhedron: Dictionary, form: flint.fmpq_mat) -> Range:
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

    def narrowed(self, forms: flint.fmpq_mat, ends: Sequence[Range]) -> list[Range]:
        """The ranges of affine forms, from wider ones, which stay where they decide the sign."""
        polyhedron = Dictionary(len(self.point), self.point, (row.entries() for row in self.rows))
        pairs = zip(forms.tolist(), ends, strict=True)
        return [end if _is_off(end) or _is_on(end) else extent(polyhedron, flint.fmpq_mat([f])) for f, end in pairs]

    def advance(self, forms: flint.fmpq_mat, ends: Sequence[Range], carried: Set[int]) -> None:
        """Go on to the next layer, whose inputs are the units with these preactivations."""
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


def layer_facts(layers: Sequence[Layer], place: Place, *, method: Method, is_box: bool) -> Iterator[LayerFacts]:
    """For each layer of ReLU and identity units those that are always on or always off, and the ranks that remain.

    The method ``"lp"`` decides at least as many units, at the cost of two linear programs for each unit in doubt.  If
    the domain is the box of the ranges itself (``is_box``), intervals are exact in the first layer.
    """
    relaxation = _Relaxation(place.rows, place.point) if method == "lp" else None
    values = place.ranges
    for depth, layer in enumerate(layers):
        carried = {u for u, unit in enumerate(layer.units) if unit == IDENTITY}
        ends = images(layer.forms, values)
        if relaxation is not None:
            forms = layer.read(relaxation.outputs)
            ends = ends if is_box and depth == 0 else relaxation.narrowed(forms, ends)
            relaxation.advance(forms, ends, carried)
        off = tuple(u for u, end in enumerate(ends) if _is_off(end) and u not in carried)
        on = tuple(u for u, (low, _) in enumerate(ends) if u in carried or (low is not None and low > 0))
        alive = [u for u in range(layer.width) if u not in off]
        changing = [u for u in alive if u not in on]
        ranks = (rank([layer.weights[u] for u in units]) for units in (alive, changing))
        yield LayerFacts(layer.width, on, off, *ranks)
        values = [unit.image([end]) for unit, end in zip(layer.units, ends, strict=True)]
