r"""Questions about sizes: from which width on depth pays, how many units reach R regions, growth and ratios of bounds.

Every answer is a theorem or a bracket of two.  *Depth pays from width w on* if for every n ≥ w some network with L
layers of n units has more regions than any network with one layer of L·n units.  For n ≥ 3·n0 the construction of Serra
et al. has more than :math:`(n/n_0)^{n_0 (L-1)} Z(n, n_0)` regions; minus :math:`Z(Ln, n_0)` this is a polynomial of
degree n0·L in n, positive behind its largest root, an algebraic number.  Up to there every width is looked at.

References
----------
Serra, Tjandraatmadja, Ramalingam 2018, the construction for n ≥ 3·n0; Zaslavsky 1975, one layer.
"""

import operator
from fractions import Fraction
from typing import NamedTuple

import sympy

from theory.architecture import Architecture
from theory.bounds.asymptotics import growth, leading_term
from theory.bounds.bound import Bound
from theory.bounds.catalog import named
from theory.bounds.comparison import Crossover, beats_one_layer
from theory.bounds.expressions import binomial_sum
from theory.bounds.splits import best_split
from theory.errors import ConditionError, UnsupportedError
from theory.exact import integer

MOST_UNITS = 64
"""With more units the splits into layers are too many to look at."""


class DepthPays(NamedTuple):
    """Depth pays for all n ≥ ``width``, from ``polynomial_from`` on by the polynomial; ``first`` is n = ``width``.

    ``root`` is the largest root of the polynomial, in radicals or as a root of an integer polynomial.
    """

    width: int
    polynomial_from: int
    first: Crossover
    root: sympy.Expr


def depth_pays(inputs: int, depth: int) -> DepthPays:
    """The least width that is known, from which on L layers of n units always beat one layer of L·n units.

    >>> found = depth_pays(4, 2)
    >>> found.width, found.polynomial_from, found.first.deep_value, found.first.shallow_value
    (8, 12, 2976, 2517)
    >>> depth_pays(1, 2).root
    1/2 + sqrt(5)/2
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


class LeastUnits(NamedTuple):
    """Fewer than ``at_least`` units have fewer regions; a network of ``architecture``, with ``enough`` units, has R."""

    at_least: int
    enough: int
    architecture: Architecture


def least_units(regions: int, inputs: int) -> LeastUnits:
    """How many units it takes to have R regions: by the bound ``levels``, and by ``balanced_folding``.

    Raises UnsupportedError if it takes more than 64 units.

    >>> least_units(1000, 2)
    LeastUnits(at_least=12, enough=14, architecture=Architecture.relu(2, 6, 6, 2))
    """
    goal = integer(regions, place="regions", minimum=2)
    n0 = integer(inputs, place="inputs", minimum=1)
    fewest = (goal - 1).bit_length()  # 2^N regions at most
    at_least, _ = _reached(goal, n0, "levels", fewest)
    enough, widths = _reached(goal, n0, "balanced_folding", at_least)
    return LeastUnits(at_least, enough, Architecture.relu(n0, *widths))


def _reached(goal: int, inputs: int, bound: str, units: int) -> tuple[int, tuple[int, ...]]:
    """The first number of units, from this one on, with a split into layers whose bound is at least the goal."""
    while units <= MOST_UNITS:
        for depth in range(1, units + 1):
            try:
                split = best_split(units, depth, inputs, bound)
            except ConditionError:  # too many layers for so few units
                break
            if split.value >= goal:
                return units, split.widths
        units += 1
    raise UnsupportedError(f"so many regions take more than {MOST_UNITS} units by {bound}; ask for fewer regions")


class DepthRatio(NamedTuple):
    """first/second ~ coefficient · k^degree · base^k for k blocks of layers."""

    base: Fraction
    degree: int
    coefficient: Fraction


def ratio_in_depth(first: Bound | str, second: Bound | str, widths: int | tuple[int, ...], inputs: int) -> DepthRatio:
    """How the ratio of two bounds behaves for many layers of equal width, or for many blocks of these widths.

    >>> ratio_in_depth("levels", "hinz2021", 6, 6)
    DepthRatio(base=Fraction(33, 35), degree=0, coefficient=Fraction(637, 484))
    """
    a, b = growth(widths, inputs, first), growth(widths, inputs, second)
    return DepthRatio(Fraction(a.rate, b.rate), a.degree - b.degree, a.coefficient / b.coefficient)


def ratio_in_width(first: Bound | str, second: Bound | str, inputs: int, depth: int) -> sympy.Expr:
    """The quotient of the leading terms of two bounds for L layers of n units, n → ∞; a number where they are alike.

    Rounding down, as in ⌊n/n0⌋, does not change a leading term.

    >>> ratio_in_width("montufar2014", "levels", 2, 2), ratio_in_width("levels", "raghu2017", 3, 2)
    (1/2, 1)
    """
    n = sympy.Symbol("n", integer=True, positive=True)
    arch = Architecture.relu(inputs, *[n] * integer(depth, place="depth", minimum=1))
    formulas = (named(bound)(arch).expression.replace(sympy.floor, lambda value: value) for bound in (first, second))
    return sympy.simplify(operator.truediv(*map(leading_term, formulas)))
