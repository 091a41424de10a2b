"""Hypothesis strategies for networks, arrangements and domains: test your own statement on thousands of examples.

Every strategy takes keyword arguments only, checks them when it is called, and shrinks: a failing network loses
layers, then units, then digits of its weights, until nothing can be taken away without losing the failure.

>>> from hypothesis import given, settings
>>> from verify.engines.brute import patterns_brute
>>> @settings(max_examples=20, derandomize=True, database=None)
... @given(relu_networks(max_inputs=2, max_units=4))
... def test_at_most_two_to_the_number_of_units(net):
...     assert len(patterns_brute(net)) <= 2**net.architecture.units
>>> test_at_most_two_to_the_number_of_units()
"""

import itertools
import math
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Strategy

from theory.activations import IDENTITY, NAMED, RELU, Activation, Maxout, PiecewiseLinear
from theory.architecture import Architecture, UnitKind
from theory.bounds.comparison import all_architectures
from theory.constructions import CONSTRUCTIONS, Construction
from theory.constructions.family import SEPARATORS
from theory.errors import InvalidInputError
from theory.exact import RationalLike, integer, rational
from theory.network import Layer, Network
from verify.domain.shapes import Box, Domain, Line, Plane, Polytope, Segment, WholeSpace
from verify.testing.degenerate import DEGENERACIES, KINDS, Pick, degenerate_domain, degenerate_network

__all__ = [
    "activations",
    "arrangements",
    "boxes",
    "constructions",
    "degenerate_domains",
    "degenerate_networks",
    "domains",
    "lines",
    "maxout_networks",
    "networks",
    "planes",
    "points",
    "polytopes",
    "problems",
    "rationals",
    "relu_networks",
    "segments",
]

_LISTED = 100_000  # the most rationals that are listed; beyond that they are computed when they are drawn


def _strategy_or(given: Any, name: str, default: Strategy[Any]) -> Strategy[Any]:
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

    ``max_breakpoints`` is for scalar units with arbitrary breakpoints and slopes, ``max_rank`` ≥ 1 for maxout units.
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
    return _networks(architecture, "relu", [st.just(RELU)], (max_inputs, max_depth, max_units), outputs, weights)


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
    """Networks of maxout units of one rank from 2 to ``max_rank``, toward 2; otherwise as :func:`relu_networks`."""
    units = [st.just(Maxout(rank)) for rank in range(2, integer(max_rank, place="max_rank", minimum=2) + 1)]
    return _networks(architecture, "maxout", units, (max_inputs, max_depth, max_units), outputs, weights)


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

    The arguments are those of :func:`relu_networks`, of architectures only sizes; ``units`` draws :func:`activations`.
    """
    own = _strategy_or(units, "units", activations())
    return _networks(architecture, None, [own], (max_inputs, max_depth, max_units), outputs, weights)


def degenerate_networks(
    *,
    max_inputs: int = 3,
    max_units: int = 6,
    kinds: Collection[str] = KINDS,
    degeneracies: Collection[str] = tuple(DEGENERACIES),
) -> Strategy[Network]:
    """Small degenerate networks; shrinks toward fewer layers, units and degeneracies.

    ``kinds`` are "relu", "maxout" and "mixed", ``degeneracies`` keys of :data:`verify.testing.degenerate.DEGENERACIES`.
    """
    kinds, names = tuple(kinds), tuple(degeneracies)
    made = partial(degenerate_network, max_inputs=max_inputs, max_units=max_units, kinds=kinds, degeneracies=names)
    made(lambda low, _: low)  # so that wrong arguments are reported here and not when the first example is drawn
    return _made_of_picks(made)


@st.composite
def _made_of_picks(draw: st.DrawFn, made: Callable[[Pick], Any]) -> Any:
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
    drawn = _strategy_or(weights, "weights", rationals()), integer(outputs, place="outputs", minimum=0)
    if architecture is None:
        names = (("max_inputs", 1), ("max_depth", 0), ("max_units", 0))
        most = [integer(size, place=name, minimum=least) for size, (name, least) in zip(sizes, names, strict=True)]
        return st.one_of([_drawn(None, most, own, *drawn) for own in units])

    def shaped(arch: Architecture) -> Strategy[Network]:
        if arch.is_symbolic:
            raise InvalidInputError(f"architecture {arch} has symbolic sizes; substitute numbers")
        if kind and arch.kind != kind:
            raise InvalidInputError(f"architecture {arch!r} is not of kind {kind}; use the strategy for its kind")
        own = st.just(Maxout(arch.rank)) if kind == "maxout" else units[0]
        return _drawn(arch, [arch.inputs, arch.depth, arch.units], own, *drawn)

    if isinstance(architecture, Architecture):
        return shaped(architecture)
    return _strategy_or(architecture, "architecture", st.nothing()).flatmap(shaped)


def _layer(units: list[Activation], rows: list[list[Fraction]], inputs: int) -> Layer:
    """A layer from rows (…, w_2, w_1, b) without the surplus in front: the shrinker moves what is not 0 to the end."""
    return Layer([row[-2::-1][:inputs] for row in rows], [row[-1] for row in rows], units, inputs=inputs)


@st.composite
def _drawn(
    draw: st.DrawFn,
    arch: Architecture | None,
    most: Sequence[int],
    units: Strategy[Activation],
    entries: Strategy[Fraction],
    outputs: int,
) -> Network:
    """Networks of an architecture, or of up to so many inputs, layers and units.

    The shrinker can cut a unit out together with its weights; so rows are drawn for the most inputs, and the rest cut.
    """
    drawn, depth, left = most  # weights drawn in a row; layers; units not yet spent
    inputs = draw(st.integers(1, drawn)) if arch is None else drawn
    layers: list[Layer] = []

    def goes_on(number: int, most: int, coin: Strategy[bool]) -> bool:
        return number < most and (arch is not None or draw(coin))

    while goes_on(len(layers), depth, _MORE_LAYERS):
        width = left if arch is None else arch.widths[len(layers)]
        chosen: list[Activation] = []
        rows: list[list[Fraction]] = []
        while goes_on(len(chosen), width, _MORE_UNITS if chosen else _ANY_UNITS):
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


def arrangements(
    *, dimension: int = 2, min_hyperplanes: int = 0, max_hyperplanes: int = 6
) -> Strategy[tuple[tuple[int, ...], ...]]:
    """Hyperplanes of R^d as integer rows (a_1, …, a_d, b) with a ≠ 0 and entries up to 2, so often degenerate.

    Shrinks toward few hyperplanes and toward the coordinate hyperplane x_1 = 0.  Hyperplanes may repeat.
    """
    d = integer(dimension, place="dimension", minimum=1)
    fewest = integer(min_hyperplanes, place="min_hyperplanes", minimum=0)
    most = integer(max_hyperplanes, place="max_hyperplanes", minimum=0)
    if fewest > most:
        raise InvalidInputError(f"min_hyperplanes {fewest} is above max_hyperplanes {most}; swap them")
    rows = st.builds(lambda a, b: (*a, b), _normals(d, 2), st.integers(-2, 2))
    return st.lists(rows, min_size=fewest, max_size=most).map(tuple)


def points(*, dimension: int, coordinates: Strategy[Fraction] | None = None) -> Strategy[tuple[Fraction, ...]]:
    """Rational points of R^d; shrinks toward the origin."""
    d = integer(dimension, place="dimension", minimum=1)
    return st.tuples(*[_strategy_or(coordinates, "coordinates", rationals(max_denominator=2))] * d)


def boxes(*, dimension: int) -> Strategy[Box]:
    """Boxes of R^d with interior; shrinks toward [0,1]^d."""
    corners = points(dimension=dimension)
    sides = points(dimension=dimension, coordinates=rationals(min_value="1/2", max_denominator=2))
    return st.builds(lambda lo, side: Box(lo, [a + s for a, s in zip(lo, side, strict=True)]), corners, sides)


def polytopes(*, dimension: int, bounded: bool = False) -> Strategy[Polytope]:
    """Polyhedra {x : ⟨a,x⟩ + b ≥ 0 for all rows} of R^d with interior; shrinks toward the halfspace x_1 > −1.

    Up to five rows have an integer point strictly inside all of them; ``bounded`` adds the rows of a cube around it.
    """
    d = integer(dimension, place="dimension", minimum=1)
    rows = st.lists(st.tuples(_normals(d, 2), st.integers(1, 3)), min_size=1, max_size=5)
    radii = st.integers(1, 3) if bounded else st.none()
    return st.builds(_polytope, st.tuples(*[st.integers(-2, 2)] * d), rows, radii)


def _polytope(center: tuple[int, ...], rows: list[tuple[tuple[int, ...], int]], radius: int | None) -> Polytope:
    """The halfspaces whose rows have the given normals and the given values at the center, inside a cube around it."""
    halfspaces = [(*a, value - sum(v * x for v, x in zip(a, center, strict=True))) for a, value in rows]
    cube = () if radius is None else Box([x - radius for x in center], [x + radius for x in center]).rows
    return Polytope([*halfspaces, *cube])


def segments(*, dimension: int) -> Strategy[Segment]:
    """Open segments in R^d, some in coordinate hyperplanes; shrinks toward (0, e_1)."""
    return _two_points(Segment, dimension)


def lines(*, dimension: int) -> Strategy[Line]:
    """Lines of R^d by two of their points; shrinks toward the first coordinate axis."""
    return _two_points(Line, dimension)


def planes(*, dimension: int) -> Strategy[Plane]:
    """Planes of R^d, d ≥ 2, whole or as a patch; shrinks toward the whole plane of the first two coordinates."""
    d = integer(dimension, place="dimension of a space with planes", minimum=2)
    patches = st.one_of(st.just(WholeSpace(2)), boxes(dimension=2), polytopes(dimension=2))
    pivots = st.sampled_from(list(itertools.combinations(range(d), 2)))
    return st.builds(_plane, points(dimension=d), *[st.tuples(*[st.integers(-2, 2)] * d)] * 2, pivots, patches)


def _plane(
    origin: tuple[Fraction, ...], u: tuple[int, ...], v: tuple[int, ...], pivots: tuple[int, int], patch: Domain
) -> Plane:
    """The plane from the origin along u and v, which are made independent in the two pivot coordinates."""
    first, second = list(u), list(v)
    i, j = pivots
    first[i], second[i], second[j] = 1, 0, 1
    ends = ([a + step for a, step in zip(origin, direction, strict=True)] for direction in (first, second))
    return Plane(origin, next(ends), next(ends), patch)


def domains(*, dimension: int) -> Strategy[Domain]:
    """Domains with interior in R^d: the whole space, boxes, polyhedra and slices; shrinks toward R^d."""
    return _domains(integer(dimension, place="dimension", minimum=1))


@cache
def _domains(d: int) -> Strategy[Domain]:
    shapes: tuple[Any, ...] = (boxes, polytopes, segments, lines, *([planes] if d > 1 else []))
    return st.one_of(st.just(WholeSpace(d)), *(shape(dimension=d) for shape in shapes))


def degenerate_domains(*, dimension: int) -> Strategy[Domain]:
    """Domains of :func:`verify.testing.degenerate.degenerate_domain`: also flat ones, empty ones and redundant rows."""
    d = integer(dimension, place="dimension", minimum=1)
    return _made_of_picks(lambda pick: degenerate_domain(pick, d))


def problems(*, network: Strategy[Network] | None = None) -> Strategy[tuple[Network, Domain]]:
    """A network and a domain of its input space; by default any of :func:`networks` on any of :func:`domains`."""
    subjects = _strategy_or(network, "network", networks())
    return subjects.flatmap(lambda net: st.tuples(st.just(net), _domains(net.inputs)))


@cache
def _normals(dimension: int, entry: int) -> Strategy[tuple[int, ...]]:
    """Non-zero integer vectors; the zero vector is replaced by e_1, so nothing is rejected."""
    e1 = (1,) + (0,) * (dimension - 1)
    return st.tuples(*[st.integers(-entry, entry)] * dimension).map(lambda a: a if any(a) else e1)


def _two_points(cls: Any, dimension: int) -> Strategy[Any]:
    start = points(dimension=dimension)
    return st.builds(lambda p, v: cls(p, [a + b for a, b in zip(p, v, strict=True)]), start, _normals(dimension, 3))


def constructions(*, max_claim: int = 200, families: Collection[str] | None = None) -> Strategy[Construction]:
    """Members of the construction families; shrinks toward hyperplanes in general position and small claims.

    They have up to three inputs, three hidden layers, eight hidden units, and maxout units of rank 2 or 3.  No claim on
    any domain is larger than ``max_claim``.  ``families`` are keys of :data:`theory.constructions.CONSTRUCTIONS`, by
    default all.  Those that are built from parameters contribute their example, the separators all three functions.
    Raises InvalidInputError if a family is unknown, or none of them has a member that small.

    >>> from hypothesis import find, settings
    >>> fixed = settings(derandomize=True, database=None)
    >>> find(constructions(families=["montufar"]), lambda built: built.claim.count >= 4, settings=fixed)
    <construction montufar 2-2: = 4 activation regions on R^d>
    """
    names = tuple(CONSTRUCTIONS) if families is None else tuple(families)
    members = _members(integer(max_claim, place="max_claim", minimum=1), names)
    if not members:
        raise InvalidInputError(f"no network of {', '.join(names) or 'no family'} is that small; raise max_claim")
    return st.one_of(*map(st.sampled_from, members)).map(lambda build: build())


@cache
def _members(max_claim: int, names: tuple[str, ...]) -> list[list[Callable[[], Construction]]]:
    """What builds the small members, by family, those that claim least first."""
    sizes = [arch.sizes for arch in all_architectures(range(1, 4), range(1, 7), range(1, 4)) if arch.units <= 8]
    shapes = {Architecture.relu(*s): None for s in sizes}
    shapes |= {Architecture.maxout(*s, rank=k): None for s in sizes for k in (2, 3)}
    groups = []
    for name in names:
        family = CONSTRUCTIONS[name]
        found: list[tuple[int, Architecture, Callable[[], Construction]]]
        if family.network is not None:
            fitting = [arch for arch in shapes if family.why_not(arch) is None]
            found = [(family.claimed(arch), arch, partial(family.build, arch)) for arch in fitting]
        else:
            words = [[f"function={f}"] for f in SEPARATORS] if name == "separator" else [family.example.split()]
            built = [(family.from_words(each), partial(family.from_words, each)) for each in words]
            found = [(max(claim.count for claim in own.claims), own.network.architecture, make) for own, make in built]
        small = [(most, a.units, a.inputs, a.depth, a.rank, build) for most, a, build in found if a in shapes]
        groups.append([build for most, *_, build in sorted(small, key=lambda member: member[:-1]) if most <= max_claim])
    return [group for group in groups if group]
