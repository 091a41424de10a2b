r"""Exact comparisons: where one bound beats another, by what ratio, and where deep beats shallow.

*Depth pays from width w on* if for every n ≥ w some network with L layers of n units has more regions than any network
with one layer of L·n units.  For n ≥ 3·n0 the construction of Serra et al. has more than
:math:`(n/n_0)^{n_0 (L-1)} Z(n, n_0)` regions; minus :math:`Z(Ln, n_0)` this is a polynomial of degree n0·L in n,
positive behind its largest root, an algebraic number.  Up to there every width is looked at.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, the construction for n ≥ 3·n0; Zaslavsky 1975, one layer.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound
from theory.bounds.catalog import BoundValue, most_known, named
from theory.bounds.expressions import binomial_sum
from theory.errors import InvalidInputError
from theory.exact import integer


class Pair(NamedTuple):
    """The values of two bounds for one architecture."""

    subject: Any
    first: int
    second: int

    @property
    def ratio(self) -> Fraction:
        return Fraction(self.first, self.second)


@dataclass(frozen=True)
class Comparison:
    """Two bounds over many architectures: ``pairs`` to which both apply, and those ``skipped``, with reasons."""

    first: Bound
    second: Bound
    pairs: tuple[Pair, ...]
    skipped: tuple[tuple[Any, str], ...]

    @property
    def first_smaller(self) -> tuple[Pair, ...]:
        """Where the first bound is the smaller one."""
        return tuple(pair for pair in self.pairs if pair.first < pair.second)

    @property
    def second_smaller(self) -> tuple[Pair, ...]:
        """Where the second bound is the smaller one."""
        return tuple(pair for pair in self.pairs if pair.second < pair.first)

    @property
    def equal(self) -> tuple[Pair, ...]:
        """Where they agree."""
        return tuple(pair for pair in self.pairs if pair.first == pair.second)

    @property
    def least_ratio(self) -> Pair | None:
        """The pair with the smallest first/second; None if nothing was compared."""
        return min(self.pairs, key=lambda pair: pair.ratio, default=None)

    @property
    def greatest_ratio(self) -> Pair | None:
        """The pair with the greatest first/second; None if nothing was compared."""
        return max(self.pairs, key=lambda pair: pair.ratio, default=None)

    def __str__(self) -> str:
        return (
            f"{self.first.key} < {self.second.key} on {len(self.first_smaller)}, = on {len(self.equal)}, > on "
            f"{len(self.second_smaller)} of {len(self.pairs)} architectures ({len(self.skipped)} skipped)"
        )


def compare(first: Bound | str, second: Bound | str, architectures: Iterable[Any]) -> Comparison:
    """Both bounds on every architecture to which both apply, as exact integers.

    >>> print(compare("hinz2021", "serra2018", [Architecture.relu(2, n, n) for n in range(1, 7)]))
    hinz2021 < serra2018 on 1, = on 5, > on 0 of 6 architectures (0 skipped)
    """
    a, b = named(first), named(second)
    pairs, skipped = [], []
    for subject in architectures:
        if reason := a.why_not(subject) or b.why_not(subject):
            skipped.append((subject, reason))
        else:
            pairs.append(Pair(subject, a(subject), b(subject)))
    return Comparison(a, b, tuple(pairs), tuple(skipped))


class Crossover(NamedTuple):
    """Some deep network has ``deep_value`` regions and no shallow one more than ``shallow_value``.

    ``deep_by`` and ``shallow_by`` name the bounds, ``"record"`` a stored network (:mod:`theory.records`).
    """

    deep: Architecture
    shallow: Architecture
    deep_value: int
    shallow_value: int
    deep_by: str
    shallow_by: str


def crossover(
    inputs: int,
    *,
    depth: int | None = None,
    width: int | None = None,
    units: int | None = None,
    deep: Bound | str | None = None,
    shallow: Bound | str = "zaslavsky",
    limit: int = 1000,
) -> Crossover | None:
    """The smallest width or depth at which L equal layers beat one layer with the same number of units.

    This compares the most regions that a deep network is known to have, by a lower bound of the catalog or a record (or
    the bound ``deep``), with the most that a ``shallow`` one can have: *some* deep network of this size beats *every*
    shallow one, and at smaller sizes none is known to.  Give exactly one of ``depth``, for the smallest width;
    ``width``, for the smallest depth L > 1; ``units``, for the smallest divisor L > 1 of the number of units such that
    L layers of units/L beat one layer.  None if there is no crossover up to ``limit``.

    >>> found = crossover(2, depth=2)
    >>> found.deep, found.deep_value, found.deep_by, found.shallow_value
    (Architecture.relu(2, 3, 3), 34, 'small_maxima', 22)
    """
    if sum(v is not None for v in (depth, width, units)) != 1:
        raise InvalidInputError("give exactly one of depth, width and units; the search runs over the others")
    n0 = integer(inputs, place="inputs", minimum=1)
    upper, lower = named(shallow), None if deep is None else named(deep)
    profiles: Iterable[tuple[int, ...]]
    if depth is not None:
        layers = integer(depth, place="depth", minimum=2)
        profiles = ((n,) * layers for n in range(1, limit + 1))
    elif width is not None:
        n = integer(width, place="width", minimum=1)
        profiles = ((n,) * layers for layers in range(2, limit + 1))
    else:
        total = integer(units, place="units", minimum=2)
        profiles = ((total // layers,) * layers for layers in range(2, min(total, limit) + 1) if total % layers == 0)
    tried = (beats_one_layer(n0, widths, lower, upper) for widths in profiles)
    return next(filter(None, tried), None)


def beats_one_layer(
    inputs: int, widths: Sequence[int], deep: Bound | None = None, shallow: Bound | str = "zaslavsky"
) -> Crossover | None:
    """The two values, if layers of these widths are shown to have more regions than one layer of as many units."""
    upper = named(shallow)
    tall, flat = Architecture.relu(inputs, *widths), Architecture.relu(inputs, sum(widths))
    if upper.why_not(flat) or (deep is not None and deep.why_not(tall)):
        return None
    known = most_known(tall) if deep is None else BoundValue(deep, deep(tall))
    most = upper(flat)
    if known is None or known.value <= most:
        return None
    return Crossover(tall, flat, known.value, most, known.bound.key, upper.key)


class DepthPays(NamedTuple):
    """Depth pays for n ≥ ``width`` (``first``), from ``polynomial_from`` on by a polynomial; its last ``root``."""

    width: int
    polynomial_from: int
    first: Crossover
    root: sympy.Expr


def depth_pays(inputs: int, depth: int) -> DepthPays:
    """The least width that is known, from which on L layers of n units always beat one layer of L·n units.

    >>> found = depth_pays(4, 2)
    >>> found.width, found.polynomial_from, found.first.deep_value, found.first.shallow_value
    (8, 12, 2976, 2517)
    """
    n0 = integer(inputs, place="inputs", minimum=1)
    layers = integer(depth, place="depth", minimum=2)
    n = sympy.Symbol("n")
    difference = (n / n0) ** (n0 * (layers - 1)) * binomial_sum(n, n0) - binomial_sum(layers * n, n0)
    root = sympy.Poly(difference, n).real_roots()[-1]
    start = max(3 * n0, int(sympy.floor(root)) + 1)
    width, first = start, None
    while width > 1 and (better := beats_one_layer(n0, (width - 1,) * layers)):
        width, first = width - 1, better
    first = first or beats_one_layer(n0, (width,) * layers)
    assert first is not None  # at ``start`` the polynomial says so
    return DepthPays(width, start, first, root)


def all_architectures(inputs: Iterable[int], widths: Iterable[int], depths: Iterable[int]) -> Iterable[Architecture]:
    """Every ReLU architecture with these inputs, widths and depths."""
    sizes = list(widths)
    profiles = (itertools.product([n0], *[sizes] * depth) for n0 in inputs for depth in depths)
    return itertools.starmap(Architecture.relu, itertools.chain.from_iterable(profiles))
