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
from typing import Literal

from theory.activations import IDENTITY
from theory.exact import rank
from theory.geometry.feasibility import maximum
from theory.intervals import Interval, affine_image
from theory.network import Layer

Method = Literal["interval", "lp"]
"""How fixed units are found: interval arithmetic, or a linear program for each unit."""

Range = Interval[Fraction]
"""All values that a preactivation may take, least and greatest; ±∞ where there is no bound."""
_Row = list[Fraction]
_ZERO, _ONE = Fraction(0), Fraction(1)


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


def extent(rows: Sequence[Sequence[Fraction]], form: Sequence[Fraction], point: Sequence[Fraction]) -> Range:
    """The range of an affine form on the polyhedron of these halfspaces, which contains the point."""
    lowest, highest = maximum(rows, [-v for v in form], point), maximum(rows, form, point)
    return None if lowest is None else -lowest, highest


class _Polyhedron:
    """The domain and the variables of the units that may change, with a point inside and every unit's affine form."""

    def __init__(self, rows: Sequence[Sequence[Fraction]], point: Sequence[Fraction]) -> None:
        self.rows = [list(row) for row in rows]
        self.point = list(point)
        d = len(self.point)
        self.outputs: list[_Row] = [[_ONE if i == j else _ZERO for i in range(d + 1)] for j in range(d)]

    def preactivation(self, weights: Sequence[Fraction], bias: Fraction) -> _Row:
        terms = zip(weights, self.outputs, strict=True)
        return _combination((_ZERO, [_ZERO] * (len(self.point) + 1)), *terms, constant=bias)

    def advance(self, forms: Sequence[_Row], ends: Sequence[Range], carried: Set[int]) -> None:
        """Go on to the next layer, whose inputs are the units with these preactivations."""
        off = {u for u, end in enumerate(ends) if _is_off(end)} - carried
        bending = [u for u, end in enumerate(ends) if u not in off | carried and not _is_linear(end)]
        d, more = len(self.point), len(bending)
        values = [sum((a * x for a, x in zip(form[:-1], self.point, strict=True)), form[-1]) for form in forms]
        self.point += [max(values[u], _ZERO) for u in bending]
        self.rows = [_widened(row, more) for row in self.rows]
        wide = [_widened(form, more) for form in forms]
        nothing = [_ZERO] * (d + more + 1)
        self.outputs = [nothing if u in off else form for u, form in enumerate(wide)]
        for position, u in enumerate(bending, start=d):
            unit = list(nothing)
            unit[position] = _ONE
            self.rows += [unit, _combination((_ONE, unit), (-_ONE, wide[u])), *_ceiling(unit, wide[u], ends[u])]
            self.outputs[u] = unit


def _widened(row: _Row, more: int) -> _Row:
    return [*row[:-1], *[_ZERO] * more, row[-1]]


def _combination(*terms: tuple[Fraction, _Row], constant: Fraction = _ZERO) -> _Row:
    row = [sum((factor * form[i] for factor, form in terms), _ZERO) for i in range(len(terms[0][1]))]
    row[-1] += constant
    return row


def _ceiling(unit: _Row, form: _Row, ends: Range) -> Iterator[_Row]:
    """h below the chord of max(0, z) over the range of z, as far as that is finite."""
    low, high = ends
    if low is not None and high is not None:
        yield _combination((high, form), (low - high, unit), constant=-high * low)
    elif high is not None:
        yield _combination((-_ONE, unit), constant=high)
    elif low is not None:
        yield _combination((_ONE, form), (-_ONE, unit), constant=-low)


def _is_off(ends: Range) -> bool:
    return ends[1] is not None and ends[1] <= 0


def _is_linear(ends: Range) -> bool:
    """max(0, z) = z on the whole domain; z may touch zero."""
    return ends[0] is not None and ends[0] >= 0


def layer_facts(
    layers: Sequence[Layer],
    box: Sequence[Range],
    rows: Sequence[Sequence[Fraction]],
    point: Sequence[Fraction],
    *,
    method: Method,
    is_box: bool,
) -> Iterator[LayerFacts]:
    """For each layer of ReLU and identity units those that are always on or always off, and the ranks that remain.

    The domain is {x : ⟨a, x⟩ + b ≥ 0 for every row}, ``point`` lies in it, and ``box`` holds a range of each input on
    it.  The method ``"lp"`` decides at least as many units, at the cost of two linear programs for each unit in doubt.
    If the domain is the box itself (``is_box``), intervals are exact in the first layer.
    """
    polyhedron = _Polyhedron(rows, point) if method == "lp" else None
    values = list(box)
    for depth, layer in enumerate(layers):
        affine = list(zip(layer.weights, layer.biases, strict=True))
        carried = {u for u, unit in enumerate(layer.units) if unit == IDENTITY}
        ends = [affine_image(row, bias, values) for row, bias in affine]
        if polyhedron is not None:
            forms = [polyhedron.preactivation(row, bias) for row, bias in affine]
            ends = [
                end
                if _is_off(end) or _is_linear(end) or (is_box and depth == 0)
                else extent(polyhedron.rows, form, polyhedron.point)
                for form, end in zip(forms, ends, strict=True)
            ]
            polyhedron.advance(forms, ends, carried)
        off = tuple(u for u, end in enumerate(ends) if _is_off(end) and u not in carried)
        on = tuple(u for u, (low, _) in enumerate(ends) if u in carried or (low is not None and low > 0))
        alive = [u for u in range(layer.width) if u not in off]
        changing = [u for u in alive if u not in on]
        ranks = (rank([layer.weights[u] for u in units]) for units in (alive, changing))
        yield LayerFacts(layer.width, on, off, *ranks)
        values = [
            (low, high)
            if u in carried
            else (_ZERO if low is None else max(low, _ZERO), None if high is None else max(high, _ZERO))
            for u, (low, high) in enumerate(ends)
        ]
