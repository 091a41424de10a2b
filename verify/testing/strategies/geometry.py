"""Strategies for arrangements and for the domains on which regions are counted."""

import functools
import itertools
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy as Strategy

from theory.errors import InvalidInputError
from theory.exact import integer
from theory.network import Network
from verify.domain.shapes import Box, Domain, Line, Plane, Polytope, Segment, WholeSpace
from verify.testing.degenerate import degenerate_domain
from verify.testing.strategies.random_networks import made_of_picks, networks, rationals, strategy_or


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
    return st.tuples(*[strategy_or(coordinates, "coordinates", rationals(max_denominator=2))] * d)


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


@functools.cache
def _domains(d: int) -> Strategy[Domain]:
    choices: list[Strategy[Any]] = [boxes(dimension=d), polytopes(dimension=d), segments(dimension=d)]
    slices = [lines(dimension=d), *([planes(dimension=d)] if d > 1 else [])]
    return st.one_of(st.just(WholeSpace(d)), *choices, *slices)


def degenerate_domains(*, dimension: int) -> Strategy[Domain]:
    """Domains of :func:`verify.testing.degenerate.degenerate_domain`: also flat ones, empty ones and redundant rows."""
    d = integer(dimension, place="dimension", minimum=1)
    return made_of_picks(lambda pick: degenerate_domain(pick, d))


def problems(*, network: Strategy[Network] | None = None) -> Strategy[tuple[Network, Domain]]:
    """A network and a domain of its input space; by default any of :func:`networks` on any of :func:`domains`."""
    return strategy_or(network, "network", networks()).flatmap(
        lambda net: st.tuples(st.just(net), _domains(net.inputs))
    )


@functools.cache
def _normals(dimension: int, entry: int) -> Strategy[tuple[int, ...]]:
    """Non-zero integer vectors; the zero vector is replaced by e_1, so nothing is rejected."""
    e1 = (1,) + (0,) * (dimension - 1)
    return st.tuples(*[st.integers(-entry, entry)] * dimension).map(lambda a: a if any(a) else e1)


def _two_points(cls: Any, dimension: int) -> Strategy[Any]:
    start = points(dimension=dimension)
    return st.builds(lambda p, v: cls(p, [a + b for a, b in zip(p, v, strict=True)]), start, _normals(dimension, 3))
