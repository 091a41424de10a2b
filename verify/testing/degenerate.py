"""Degenerate networks and domains, on which counters go wrong: one generator for seeded streams and for hypothesis.

The generator draws a small random network and then applies :data:`DEGENERACIES` to its layers.  Every choice is made by
a function ``pick``, which returns an integer between two bounds: a seeded random number generator for the stream of
:func:`random_degenerate_networks`; when hypothesis draws the integers (:mod:`verify.testing.strategies`), the cases
shrink, since a smaller integer always means a simpler choice.

>>> for net in random_degenerate_networks(seed=0, how_many=3, max_inputs=2, max_units=4):
...     print(net.architecture)
2-3-1 maxout rank 3
2-2
1
"""

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TypeVar

from theory.activations import ABS, HARD_TANH, IDENTITY, RELU, Activation, Maxout, PiecewiseLinear, leaky_relu
from theory.errors import InvalidInputError
from theory.exact import integer
from theory.network import Layer, Network
from verify.domain.shapes import Box, Domain, Line, Plane, Polytope, Segment, WholeSpace

Pick = Callable[[int, int], int]
"""pick(low, high): an integer with low ≤ pick ≤ high; the nearer to 0 or to low, the simpler the case."""

_Row = list[Fraction]  # weights and bias of one preactivation, (w_1, …, w_n, b)

KINDS = ("relu", "maxout", "mixed")
_DEPTHS = (0, 1, 1, 1, 2, 2, 2, 3, 3, 4)
_SHAPES = ("space", "space", "cube", "box", "polytope", "polytope", "segment", "line", "plane")
_SCALAR = (RELU, ABS, leaky_relu("-1/3"), HARD_TANH, PiecewiseLinear([0, 1, 2], [0, 1, -1, 0]), IDENTITY)
_UNITS: tuple[Activation, ...] = (*_SCALAR, Maxout(1), Maxout(2), Maxout(3))
_SIZES = (1, 2, 4, 100)  # of the integers that weights are made of: the larger, the more generic
_T = TypeVar("_T")

DEGENERACIES = {
    "repeated": "a positive multiple of another row",
    "opposite": "the same hyperplane, facing the other way",
    "parallel": "the same normal, another offset",
    "concurrent": "all hyperplanes of the layer through one point",
    "through_a_flat": "the sum of two rows: through their intersection, and past it",
    "midway": "the average of two rows: a maxout piece that is never strictly largest",
    "touching": "meets the cube [-1,1]^n only in a face",
    "dead": "never positive where the inputs are not negative",
    "constant": "zero weights; with bias 0 a zero row",
    "ignored": "a zero column: an input that no unit reads, or all biases 0",
    "nearly": "a repeated row, with one entry moved by 2^-k",
    "huge": "beyond the range of floating-point numbers",
    "tiny": "smaller than any positive floating-point number",
}
"""Ways to leave general position: names, and what becomes of a row."""


def degenerate(name: str, pick: Pick, rows: list[_Row]) -> None:
    """Let the rows of a layer leave general position in one of the :data:`DEGENERACIES`."""

    def one() -> _Row:
        return rows[pick(0, len(rows) - 1)]

    match name:
        case "repeated":
            factor = pick(1, 3)
            one()[:] = [factor * v for v in one()]
        case "opposite":
            one()[:] = [-v for v in one()]
        case "parallel":
            one()[:-1] = one()[:-1]
        case "concurrent":
            point = [Fraction(pick(-2, 2), pick(1, 3)) for _ in rows[0][:-1]]
            for row in rows:
                row[-1] = -sum((w * x for w, x in zip(row, point, strict=False)), Fraction(0))
        case "through_a_flat":
            first, second, sign = one(), one(), 1 - 2 * pick(0, 1)
            one()[:] = [sign * (v + w) for v, w in zip(first, second, strict=True)]
        case "midway":
            first, second = one(), one()
            one()[:] = [(v + w) / 2 for v, w in zip(first, second, strict=True)]
        case "touching":
            signs = [pick(-1, 1) for _ in rows[0][:-1]]
            one()[:] = [*map(Fraction, signs), Fraction(-sum(map(abs, signs)))]
        case "dead":
            row = one()
            row[:] = [-abs(v) for v in row]
        case "constant":
            row = one()
            row[:] = [*[Fraction(0)] * (len(row) - 1), Fraction(pick(-2, 2))]
        case "ignored":
            column = pick(0, len(rows[0]) - 1)  # the last column is the bias
            for row in rows:
                row[column] = Fraction(0)
        case "nearly":
            column, epsilon = pick(0, len(rows[0]) - 1), Fraction(1 - 2 * pick(0, 1), 2 ** pick(1, 80))
            copy = list(one())
            copy[column] += epsilon
            one()[:] = copy
        case "huge" | "tiny":
            row, exponent = one(), pick(1, 320)
            row[:] = [v * Fraction(10) ** (exponent if name == "huge" else -exponent) for v in row]


def degenerate_network(
    pick: Pick,
    *,
    max_inputs: int = 3,
    max_units: int = 6,
    kinds: Iterable[str] = KINDS,
    degeneracies: Iterable[str] = tuple(DEGENERACIES),
) -> Network:
    """A small network with up to four degeneracies; the smallest picks give one input and no hidden layer.

    ``max_inputs`` and ``max_units`` bound the number of inputs and of hidden units, in at most four layers.  ``kinds``
    says which occur: ``"relu"`` only, ``"maxout"`` of one rank, or a mixture (``"mixed"``) of scalar and maxout units.
    ``degeneracies`` are keys of :data:`DEGENERACIES`.  Small bounds and unknown names raise InvalidInputError.
    """
    allowed, changes = _known(kinds, KINDS, "kind of unit"), _known(degeneracies, tuple(DEGENERACIES), "degeneracy")
    if not allowed:
        raise InvalidInputError(f"no kind of unit is allowed; choose from {', '.join(KINDS)}")
    left = integer(max_units, place="max_units", minimum=0)
    inputs = pick(1, integer(max_inputs, place="max_inputs", minimum=1))
    kind, size, rank = _choice(pick, allowed), _choice(pick, _SIZES), pick(2, 3)
    chosen: list[list[Activation]] = []
    for _ in range(_choice(pick, _DEPTHS)):
        if not left:
            break
        width = 0 if pick(0, 9) == 9 else pick(1, _choice(pick, ((left + 1) // 2, left)))
        same = RELU if kind == "relu" else Maxout(rank)
        chosen.append([_choice(pick, _UNITS) if kind == "mixed" else same for _ in range(width)])
        left -= width
    widths = [inputs, *map(len, chosen)]
    chosen.append([IDENTITY])
    drafts = [
        [_row(pick, width, size) for unit in units for _ in range(unit.rows)]
        for units, width in zip(chosen, widths, strict=True)
    ]
    hidden = [rows for rows in drafts[:-1] if rows]
    for _ in range(pick(0, 4) if hidden and changes else 0):
        degenerate(_choice(pick, changes), pick, _choice(pick, hidden))
    return Network(
        Layer([row[:-1] for row in rows], [row[-1] for row in rows], units, inputs=width)
        for rows, units, width in zip(drafts, chosen, widths, strict=True)
    )


def _known(names: Iterable[str], known: tuple[str, ...], what: str) -> list[str]:
    chosen = list(names)
    for name in chosen:
        if name not in known:
            raise InvalidInputError(f"unknown {what} {name!r}; choose from {', '.join(known)}")
    return chosen


def _choice(pick: Pick, options: Sequence[_T]) -> _T:
    return options[pick(0, len(options) - 1)]


def _row(pick: Pick, width: int, size: int) -> _Row:
    return [Fraction(pick(-size, size)) for _ in range(width + 1)]


def degenerate_domain(pick: Pick, dimension: int) -> Domain:
    """A domain: R^dimension, for the smallest picks, a box, a slice, or a polyhedron, also flat, empty or unbounded."""
    shape = _choice(pick, _SHAPES if dimension > 1 else _SHAPES[:-1])
    if shape == "cube":
        return Box.cube(-1, 1, dimension)
    if shape == "box":
        lower = [Fraction(pick(-3, 3), pick(1, 3)) for _ in range(dimension)]
        return Box(lower, [v + Fraction(pick(1, 4), pick(1, 3)) for v in lower])
    if shape == "polytope":
        rows = [_row(pick, dimension, 2) for _ in range(pick(1, 5))]
        for _ in range(pick(0, 2)):
            degenerate(_choice(pick, tuple(DEGENERACIES)), pick, rows)
        return Polytope(rows)
    if shape == "space":
        return WholeSpace(dimension)
    origin = [pick(-2, 2) for _ in range(dimension)]
    first = [v + pick(-2, 2) for v in origin]
    first[0] = origin[0] + 1  # so that the points differ, and for a plane are not on one line
    if shape == "plane":
        second = [origin[0], origin[1] + 1, *(v + pick(-1, 1) for v in origin[2:])]
        return Plane(origin, first, second, Box.cube(-1, 2, 2) if pick(0, 1) else None)
    return (Segment if shape == "segment" else Line)(origin, first)


def random_degenerate_networks(
    seed: int, how_many: int, max_inputs: int = 3, max_units: int = 6, **names: Collection[str]
) -> Iterator[Network]:
    """A stream of networks of :func:`degenerate_network` with these parameters, a function of the seed."""
    pick = random.Random(seed).randint
    for _ in range(how_many):
        yield degenerate_network(pick, max_inputs=max_inputs, max_units=max_units, **names)
