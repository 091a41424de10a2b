"""Strategies for numbers, units and networks."""

import functools
import math
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Strategy

from theory.activations import IDENTITY, NAMED, RELU, Activation, Maxout, PiecewiseLinear
from theory.architecture import Architecture, UnitKind
from theory.errors import InvalidInputError
from theory.exact import RationalLike, integer, rational
from theory.network import Layer, Network
from verify.testing.degenerate import DEGENERACIES, KINDS, Pick, degenerate_network

_LISTED = 100_000  # the most rationals that are listed; beyond that they are computed when they are drawn

_T = TypeVar("_T")


def strategy_or(given: Any, name: str, default: Strategy[Any]) -> Strategy[Any]:
    """The strategy that the caller gives, or the default."""
    if given is None:
        return default
    if not isinstance(given, Strategy):
        raise InvalidInputError(f"{name}: {given!r} is not a hypothesis strategy; wrap a fixed value in st.just")
    return given


def rationals(
    *, min_value: RationalLike = -4, max_value: RationalLike = 4, max_denominator: int = 4
) -> Strategy[Fraction]:
    """Rationals in an interval; shrinks toward small denominators, then toward small numbers.

    One integer is drawn for each, its place in the list of them all; where that is longer than a hundred thousand,
    :func:`hypothesis.strategies.fractions` takes over, which is slower.

    >>> from hypothesis import find, settings
    >>> find(rationals(), lambda x: x > 1, settings=settings(derandomize=True, database=None))
    Fraction(2, 1)
    """
    low, high = rational(min_value, place="min_value"), rational(max_value, place="max_value")
    if low > high:
        raise InvalidInputError(f"min_value {low} is above max_value {high}; swap them")
    largest = integer(max_denominator, place="max_denominator", minimum=1)
    if (high - low) * largest**2 > _LISTED:
        return st.fractions(low, high, max_denominator=largest)
    denominators = range(1, largest + 1)
    values = {Fraction(p, q) for q in denominators for p in range(math.ceil(low * q), math.floor(high * q) + 1)}
    if not values:
        raise InvalidInputError(f"no rational from {low} to {high} has a denominator up to {largest}; raise it")
    return st.sampled_from(sorted(values, key=lambda v: (v.denominator, abs(v), v < 0)))


def activations(*, max_breakpoints: int = 3, max_rank: int = 3) -> Strategy[Activation]:
    """Units of every kind; shrinks toward ReLU, then the other named ones, then few breakpoints.

    ``max_breakpoints`` is for scalar units with arbitrary breakpoints and slopes, ``max_rank`` for maxout units; rank
    1, which bends nothing, occurs too.
    """
    count = integer(max_breakpoints, place="max_breakpoints", minimum=0)
    rank = integer(max_rank, place="max_rank", minimum=1)

    return st.one_of(st.sampled_from(list(NAMED.values())), _scalar_units(count), st.integers(1, rank).map(Maxout))


@st.composite
def _scalar_units(draw: st.DrawFn, max_breakpoints: int) -> PiecewiseLinear:
    points = sorted(draw(st.sets(_HALVES, max_size=max_breakpoints)))
    slopes = [draw(_HALVES)]
    for _ in points:
        slopes.append(slopes[-1] + draw(_POSITIVE_HALVES) * draw(_SIGNS))
    return PiecewiseLinear(points, slopes)


def relu_networks(
    *,
    architecture: Architecture | Strategy[Architecture] | None = None,
    max_inputs: int = 3,
    max_depth: int = 3,
    max_units: int = 6,
    outputs: int = 1,
    weights: Strategy[Fraction] | None = None,
) -> Strategy[Network]:
    """ReLU networks; shrinks toward one input, few layers and units, and weights 0.

    ``max_inputs``, ``max_depth`` and ``max_units`` bound n0 and the numbers of hidden layers and units; layers of width
    0 occur.  With an ``architecture``, or a strategy for architectures, the sizes are these and the bounds are not
    used.  ``outputs`` is the width of the affine output layer; ``weights`` draws every weight and bias, by default
    ``rationals()``.  Raises InvalidInputError if the architecture is symbolic or not of kind "relu".
    """
    sizes = max_inputs, max_depth, max_units
    return _networks(architecture, "relu", [st.just(RELU)], sizes, outputs, weights)


def maxout_networks(
    *,
    architecture: Architecture | Strategy[Architecture] | None = None,
    max_inputs: int = 3,
    max_depth: int = 3,
    max_units: int = 4,
    max_rank: int = 3,
    outputs: int = 1,
    weights: Strategy[Fraction] | None = None,
) -> Strategy[Network]:
    """Networks of maxout units of one rank; shrinks as :func:`relu_networks`, and toward rank 2.

    The arguments are those of :func:`relu_networks`, and ``max_rank`` ≥ 2.
    """
    sizes = max_inputs, max_depth, max_units
    units = [st.just(Maxout(rank)) for rank in range(2, integer(max_rank, place="max_rank", minimum=2) + 1)]
    return _networks(architecture, "maxout", units, sizes, outputs, weights)


def networks(
    *,
    architecture: Architecture | Strategy[Architecture] | None = None,
    max_inputs: int = 3,
    max_depth: int = 3,
    max_units: int = 5,
    units: Strategy[Activation] | None = None,
    outputs: int = 1,
    weights: Strategy[Fraction] | None = None,
) -> Strategy[Network]:
    """Networks whose units are drawn one by one, scalar and maxout side by side in a layer.

    The arguments are those of :func:`relu_networks`, but of an architecture only the sizes are used, and ``units``
    draws activations, by default ``activations()``.
    """
    sizes, own = (max_inputs, max_depth, max_units), strategy_or(units, "units", activations())
    return _networks(architecture, None, [own], sizes, outputs, weights)


def degenerate_networks(
    *,
    max_inputs: int = 3,
    max_units: int = 6,
    kinds: Collection[str] = KINDS,
    degeneracies: Collection[str] = tuple(DEGENERACIES),
) -> Strategy[Network]:
    """Small degenerate networks; shrinks toward fewer layers, units and degeneracies.

    ``kinds`` are "relu", "maxout" and "mixed"; ``degeneracies`` are keys of
    :data:`verify.testing.degenerate.DEGENERACIES`, which says what each is; :mod:`verify.testing.degenerate` also
    streams such networks from a seed.
    """
    made = functools.partial(
        degenerate_network,
        max_inputs=max_inputs,
        max_units=max_units,
        kinds=tuple(kinds),
        degeneracies=tuple(degeneracies),
    )
    made(lambda low, _: low)  # so that wrong arguments are reported here and not when the first example is drawn
    return made_of_picks(made)


@st.composite
def made_of_picks(draw: st.DrawFn, made: Callable[[Pick], _T]) -> _T:
    """What a function of ``pick`` makes when hypothesis draws the integers."""
    return made(lambda low, high: draw(st.integers(low, high)))


def _networks(
    architecture: Any,
    kind: UnitKind | None,
    units: Sequence[Strategy[Any]],
    sizes: tuple[int, int, int],
    outputs: int,
    weights: Strategy[Fraction] | None,
) -> Strategy[Network]:
    """Networks of one of the given strategies for units, of given architectures or up to (inputs, depth, units)."""
    drawn = strategy_or(weights, "weights", rationals()), integer(outputs, place="outputs", minimum=0)
    if architecture is not None:
        return _shaped(_shapes(architecture, kind), None if kind == "maxout" else units[0], *drawn)
    names = (("max_inputs", 1), ("max_depth", 0), ("max_units", 0))
    most = [integer(size, place=name, minimum=least) for size, (name, least) in zip(sizes, names, strict=True)]
    return st.one_of([_grown(most, own, *drawn) for own in units])


def _shapes(architecture: Any, kind: UnitKind | None) -> Strategy[Architecture]:
    def checked(arch: Architecture) -> Architecture:
        if arch.is_symbolic:
            raise InvalidInputError(f"architecture {arch} has symbolic sizes; substitute numbers")
        if kind and arch.kind != kind:
            raise InvalidInputError(f"architecture {arch!r} is not of kind {kind}; use the strategy for its kind")
        return arch

    if isinstance(architecture, Architecture):
        return st.just(checked(architecture))
    return strategy_or(architecture, "architecture", st.nothing()).map(checked)


def _layer(units: list[Activation], rows: list[list[Fraction]], inputs: int) -> Layer:
    """A layer from rows (…, w_2, w_1, b), of which the surplus in front is dropped.

    The shrinker moves non-zero entries to the end, here to the bias and the first inputs, so the others can go.
    """
    return Layer([row[-2::-1][:inputs] for row in rows], [row[-1] for row in rows], units, inputs=inputs)


@st.composite
def _shaped(
    draw: st.DrawFn,
    shapes: Strategy[Architecture],
    units: Strategy[Activation] | None,
    entries: Strategy[Fraction],
    outputs: int,
) -> Network:
    """Networks of drawn sizes; units None means maxout of the architecture's rank."""
    arch = draw(shapes)
    own = st.just(Maxout(arch.rank)) if units is None else units
    layers, inputs = [], arch.inputs
    for chosen in [[draw(own) for _ in range(n)] for n in arch.widths] + [[IDENTITY] * outputs]:
        rows = [[draw(entries) for _ in range(inputs + 1)] for unit in chosen for _ in range(unit.rows)]
        layers.append(_layer(chosen, rows, inputs))
        inputs = len(chosen)
    return Network(layers)


@st.composite
def _grown(
    draw: st.DrawFn, most: Sequence[int], units: Strategy[Activation], entries: Strategy[Fraction], outputs: int
) -> Network:
    """Networks that are drawn unit by unit, so that the shrinker can cut a unit out together with its weights.

    For the same reason rows of the first layer are drawn for ``max_inputs`` inputs, of which the surplus is dropped.
    """
    max_inputs, max_depth, max_units = most
    inputs = draw(st.integers(1, max_inputs))
    layers: list[Layer] = []
    drawn, left = max_inputs, max_units  # weights drawn in a row; units not yet spent
    while len(layers) < max_depth and draw(_MORE_LAYERS):
        chosen: list[Activation] = []
        rows: list[list[Fraction]] = []
        while len(chosen) < left and draw(_MORE_UNITS if chosen else _ANY_UNITS):
            chosen.append(draw(units))
            rows.extend([draw(entries) for _ in range(drawn + 1)] for _ in range(chosen[-1].rows))
        layers.append(_layer(chosen, rows, inputs))
        inputs = drawn = len(chosen)
        left -= inputs
    rows = [[draw(entries) for _ in range(drawn + 1)] for _ in range(outputs)]
    return Network([*layers, _layer([IDENTITY] * outputs, rows, inputs)])


_HALVES = rationals(max_denominator=2)
_POSITIVE_HALVES = rationals(min_value="1/2", max_value=3, max_denominator=2)
_SIGNS = st.sampled_from([1, -1])
_MORE_LAYERS = st.sampled_from([False, True, True])
_MORE_UNITS = st.sampled_from([False, True, True, True])
_ANY_UNITS = st.sampled_from([False, *[True] * 9])
