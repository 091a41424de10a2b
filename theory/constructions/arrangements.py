r"""Hyperplanes in general position with small integer coefficients: as many regions as Zaslavsky allows.

An arrangement of :math:`\mathbb{R}^d` is *generic* if any k ≤ d of its hyperplanes meet in a flat of codimension k, and
no d + 1 of them have a point in common.  Those of the moment curve, :math:`H_t = \{x : \sum_j x_j t^j = t^d\}`, are:
H_t contains x exactly when t is a root of the polynomial :math:`t^d - \sum_j x_j t^j`, which has at most d roots and is
determined by d of them (Vandermonde).

*Bundles* of parallel hyperplanes in general position (members of different bundles are generic) are what rank-k maxout
units and units with several breakpoints cut out; m bundles of sizes :math:`s_1, \dots, s_m` have
:math:`\sum_{j \le d} e_j(s_1, \dots, s_m)` regions.  Here :math:`t^d` is replaced by :math:`D t^d + q`,
:math:`q = 0, \dots, s_i - 1`.  The divided difference of :math:`D t^d` over d + 1 integers is D, and that of the shifts
q is at most :math:`\max(q) \, 2^d/d!` in absolute value, so every larger D keeps d + 1 of them apart.

All arrangements are placed so that every flat meets the open unit cube: each region then shows inside the cube.

*Faces.*  A product of flat folds has cells on which some coordinates are 0; there the last layer sees only the trace of
its hyperplanes on a face :math:`\{u_j = 0, j \in J\}` of the cube.  The hyperplanes :math:`\sum_j x_j t^{\alpha_j} = 1`
for different t > 0, with different non-zero exponents, are generic on every face, and it is known on which side of 0
their vertices lie.  A face C with all of them inside the cube is *good*: it shows Z(n, \|C\|) regions, and any other as
many as its largest good subface or more.  ``docs/proofs-networks.md`` proves this, and when the counts are exact.

*Convolutions.*  No weights have more regions than the number R of :mod:`theory.bounds.convolutional`.  Small integer
filters are tried until one is certified: each set of hyperplanes is independent or has no common point.  Then Whitney's
formula :math:`r = \sum_B (-1)^{|B| - \operatorname{rank} B}`, B running over the sets with a common point, has a term 1
for each independent set and no other.

>>> print(GENERIC.build("2-5").claim, CENTRAL.build("3-4").claim, sep="; ")
= 16 activation regions on R^d; = 14 activation regions on R^d
>>> MAXOUT_LAYER.from_words(["inputs=2", "ranks=2,3,4"])
<construction maxout_layer 2-3 maxout rank 4: = 18 activation regions on R^d>
>>> CONVOLUTION.from_words("shape=3x3 kernel=2x2 filters=2".split())
<construction convolution 9-8: = 255 activation regions on R^d>

References
----------
Zaslavsky 1975, Theorem A, Corollary.  Montúfar, Ren, Zhang 2022, sharp bound for one layer of maxout units.
Xiong, Huang, Yu, Liu, Zhu, Shao 2020, Theorem 2.
I. G. Macdonald: Symmetric Functions and Hall Polynomials, second edition, Oxford 1995, section I.3, for Schur
polynomials as quotients of determinants.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import flint

from theory.activations import IDENTITY, RELU, Activation, Maxout, PiecewiseLinear
from theory.architecture import Architecture
from theory.bounds.bound import dense, one_layer
from theory.bounds.catalog import BOUNDS
from theory.bounds.convolutional import first_layer_value
from theory.bounds.expressions import elementary_symmetric, partial_sum, zaslavsky_number
from theory.constructions.family import Claim, Family, Member, positive, positives
from theory.convolution import Convolution, ConvolutionalArchitecture
from theory.errors import UnsupportedError
from theory.exact import primitive_row
from theory.network import Network

MOST_CERTIFIED = 5_000
"""Largest number of regions of a convolution that is certified."""

_PRIMES = (7, 11, 23, 53, 101, 499, 1009, 10007, 100003, 1000003)
"""Filters are powers of 3 modulo these, shifted around 0: small entries first."""

MOST_FACES = 8
"""Beyond this many coordinates the arrangement of the cube is used and only its full cells are counted."""


class Bundle(NamedTuple):
    """Parallel hyperplanes ⟨normal, u⟩ = level, one for each level, in increasing order."""

    normal: tuple[Fraction, ...]
    levels: tuple[Fraction, ...]


def _centered(n: int) -> list[int]:
    """n distinct integers, as small as possible: …, −1, 0, 1, …"""
    return [i - (n - 1) // 2 for i in range(n)]


def bundles(sizes: Sequence[int], dimension: int) -> list[Bundle]:
    """Bundles of parallel hyperplanes in general position in R^d, every flat of which meets the open unit cube.

    With so many hyperplanes in the bundles as ``sizes`` say there are Σ_{j≤d} e_j(sizes) regions, all in the cube.
    """
    m, d = len(sizes), dimension
    if d == 1:  # equally spaced points
        points = map(Fraction, itertools.count(1))
        return [Bundle((Fraction(sum(sizes) + 1),), tuple(itertools.islice(points, size))) for size in sizes]
    if m <= d:  # a grid
        normals = ([Fraction((size + 1) * (i == j)) for j in range(d)] for i, size in enumerate(sizes))
        return [Bundle(tuple(a), tuple(map(Fraction, range(1, n + 1)))) for a, n in zip(normals, sizes, strict=True)]
    shift = max(max(sizes) - 1, 0)
    factor = shift * 2**d // math.factorial(d) + 1
    parameters = _centered(m)
    reach = _reach(parameters, d, shift, factor)
    result = []
    for t, size in zip(parameters, sizes, strict=True):
        normal = [2 * reach[j] * t**j for j in range(d)]  # x_j = reach_j·(2 u_j − 1)
        level = factor * t**d + sum(reach[j] * t**j for j in range(d))
        row = primitive_row([*normal, *(level + q for q in range(size))])
        result.append(Bundle(tuple(map(Fraction, row[:d])), tuple(map(Fraction, row[d:]))))
    return result


def _reach(parameters: Sequence[int], d: int, shift: int, factor: int) -> list[int]:
    """Integers that the coordinates |x_0|, …, |x_{d−1}| of all vertices stay below.

    A vertex holds the coefficients of factor·(t^d − Π(t − t_i)) plus those of the polynomial through (t_i, q_i);
    both are elementary symmetric functions of d or d − 1 of the parameters.
    """
    largest = sorted(map(abs, parameters), reverse=True)[:d]
    e = elementary_symmetric(largest, d)
    spread = -(-shift * 2 ** (d - 1) // math.factorial(d - 1))
    return [factor * e[d - j] + spread * e[d - 1 - j] + 1 for j in range(d)]


def general_position(n: int, dimension: int) -> list[Bundle]:
    """n generic hyperplanes of R^d, every flat of which meets the open unit cube: Z(n, d) regions there.

    In the plane they are the lines 2t²·u + (n+1)·v = t, t = 1, …, n: generic as on the moment curve, and on the edges
    {v = 0} and {u = 0} of the unit square as well, both of which every line crosses.
    """
    if dimension == 2:
        return [Bundle((Fraction(2 * t * t), Fraction(n + 1)), (Fraction(t),)) for t in range(1, n + 1)]
    return bundles([1] * n, dimension)


def central_normals(m: int, dimension: int) -> list[tuple[Fraction, ...]]:
    """m vectors (1, t, …, t^{d−1}), any d of them independent: the generic central arrangement."""
    return [tuple(Fraction(t**j) for j in range(dimension)) for t in _centered(m)]


def face_arrangement(n: int, flat: Sequence[bool]) -> list[Bundle]:
    """n hyperplanes, generic in the unit cube and on its faces {u_j = 0}, j with ``flat[j]``."""
    d = len(flat)
    if d <= 2 or d > MOST_FACES or not any(flat):
        return general_position(n, d)
    can_vanish, never = iter([-1, *range(1, d)]), itertools.count(-2, -1)
    exponents = [next(can_vanish if is_flat else never) for is_flat in flat]
    reach = _face_reach(exponents, flat)
    top = max(0, -min(exponents))
    result = []
    for t in range(n + 1, 2 * n + 1):
        # With r = t/(2n) in (1/2, 1]: Σ y_j r^{α_j} = 1, multiplied by r^top; y_j = ±reach·u_j or reach·(2u_j − 1).
        r = Fraction(t, 2 * n)
        normal, level = [], r**top
        for alpha, vanishes, m in zip(exponents, flat, reach, strict=True):
            power = r ** (alpha + top) * m
            if vanishes:
                normal.append(power if alpha == -1 or alpha % 2 else -power)
            else:
                normal.append(2 * power)
                level += power
        row = [Fraction(v) for v in primitive_row([*normal, level])]
        result.append(Bundle(tuple(row[:-1]), (row[-1],)))
    return result


def _face_reach(exponents: Sequence[int], flat: Sequence[bool]) -> list[int]:
    """Integers above |y_j| at all vertices of all faces, for roots r in (1/2, 1].

    |y_j| is the quotient of two Schur polynomials in the roots, for the exponent sets C ∪ {0} without j, and C.  At
    roots in (1/2, 1] a Schur polynomial lies between 2^{−degree} times its value at (1, …, 1) and that value.
    """
    reach = [1] * len(exponents)
    free = [j for j, vanishes in enumerate(flat) if not vanishes]
    vanishing = [j for j, vanishes in enumerate(flat) if vanishes]
    for size in range(len(vanishing) + 1):
        for chosen in itertools.combinations(vanishing, size):
            face = [exponents[j] for j in (*free, *chosen)]
            if not face:
                continue
            shift = min([*face, 0])
            denominator, degree = _schur_at_one([e - shift for e in face])
            for j in (*free, *chosen):
                numerator, _ = _schur_at_one([e - shift for e in (*face, 0) if e != exponents[j]])
                reach[j] = max(reach[j], numerator * 2**degree // denominator + 1)
    return reach


def _schur_at_one(exponents: Sequence[int]) -> tuple[int, int]:
    """(value at (1, …, 1), degree) of the Schur polynomial with these exponents: the Weyl dimension formula."""
    e = sorted(exponents)
    pairs = list(itertools.combinations(range(len(e)), 2))
    value = Fraction(math.prod(e[j] - e[i] for i, j in pairs), math.prod(j - i for i, j in pairs))
    return int(value), sum(e) - len(e) * (len(e) - 1) // 2


def face_count(lines: Sequence[tuple[int, int]], cuts: int) -> tuple[int, bool]:
    """(count, exact) of the regions of R^d when coordinate j has P_j full and κ_j constant intervals.

    ``lines`` holds the pairs (P_j, κ_j); ``cuts`` is the number of hyperplanes of :func:`face_arrangement`.

    >>> face_count([(2, 1), (2, 1)], 4), face_count([(1, 1)] * 3, 4), face_count([(2, 1)] * 3, 6)
    ((65, True), (54, True), (607, True))
    """
    d, flats = len(lines), [line for line in lines if line[1]]
    full = math.prod(pieces for pieces, _ in lines)
    if d > MOST_FACES and flats:
        return full * zaslavsky_number(cuts, d) + math.prod(map(sum, lines)) - full, False
    cells = [1]  # cells[s]: cells whose largest good subface uses s of the exponents 1, 2, …
    for c, (pieces, constant) in enumerate(flats[1:], start=1):
        grown = [0] * (len(cells) + 1)
        for s, number in enumerate(cells):
            grown[s] += constant * number
            grown[s + 1 if c % 2 == (s + 1) % 2 else s] += pieces * number
        cells = grown
    pieces, constant = flats[0] if flats else (0, 1)
    sure = d - len(flats)
    free = math.prod(pieces for pieces, constant in lines if not constant)
    shown = [zaslavsky_number(cuts, s + sure) for s in range(len(cells) + 1)]
    total = free * sum(cell * (constant * shown[s] + pieces * shown[s + 1]) for s, cell in enumerate(cells))
    sinks = any(constant == 1 and pieces % 2 == 0 for pieces, constant in flats[2:])  # the last piece goes to −∞
    if len(flats) == 3 and sinks:
        (pieces, constant), (_, absent), _ = flats
        total += free * absent * (constant * math.comb(cuts, sure + 1) + pieces * math.comb(cuts, sure + 2))
        return total, True
    return total, len(flats) <= 2 or (len(flats) <= 4 and not sinks)


def piecewise_unit(breakpoints: int) -> PiecewiseLinear:
    """A scalar activation with breakpoints 0, 1, …, p − 1 and slopes 0, 1, 0, 1, …; the identity for p = 0."""
    return PiecewiseLinear(range(breakpoints), [i % 2 for i in range(breakpoints + 1)]) if breakpoints else IDENTITY


def unit_rows(bundle: Bundle, unit: Activation) -> list[tuple[Fraction, ...]]:
    """The affine functions, coefficients and constant, that a unit reads so that it bends where the bundle lies.

    Piece j of a maxout unit is j times ⟨normal, u⟩ minus the first j levels; a scalar unit breaks at 0, 1, 2, …
    """
    normal, levels = bundle
    if isinstance(unit, Maxout):
        return [(*(j * a for a in normal), -sum(levels[:j], start=Fraction(0))) for j in range(unit.rank)]
    gap = levels[1] - levels[0] if len(levels) > 1 else Fraction(1)
    return [(*(a / gap for a in normal), -levels[0] / gap if levels else Fraction(0))]


def arrangement_network(found: Sequence[Bundle], units: Sequence[Activation], inputs: int) -> Network:
    """One layer of units that bend where the bundles lie, and their sum."""
    rows = [row for bundle, unit in zip(found, units, strict=True) for row in unit_rows(bundle, unit)]
    return Network.summed([rows], [units], inputs=inputs)


def _generic(arch: Architecture) -> Network:
    n, size = arch.widths[0], arch.rank - 1
    found = general_position(n, arch.inputs) if size == 1 else bundles([size] * n, arch.inputs)
    return arrangement_network(found, [piecewise_unit(size)] * n, arch.inputs)


GENERIC = Family(
    "generic",
    (dense("relu", "piecewise"), one_layer),
    lambda arch: (Claim(partial_sum(arch.widths[0], arch.inputs, arch.rank - 1)),),
    _generic,
)
r"""One layer in general position, p breakpoints a unit: the maximum :math:`\sum_{j \le n_0} \binom{n}{j} p^j`."""


def _central(arch: Architecture) -> Network:
    found = [Bundle(normal, (Fraction(0),)) for normal in central_normals(arch.widths[0], arch.inputs)]
    return arrangement_network(found, [RELU] * len(found), arch.inputs)


_CONES = BOUNDS["zaslavsky_central"]

CENTRAL = Family("central", _CONES.conditions, lambda arch: (Claim(_CONES(arch)),), _central)
r"""One ReLU layer without biases, in general position among such: :math:`2 Z(n-1, n_0-1)` cones."""


def _maxout_claims(inputs: int, ranks: Sequence[int]) -> tuple[Claim, ...]:
    return (Claim(sum(elementary_symmetric([k - 1 for k in ranks], inputs)), "="),)


def _maxout_layer(inputs: int, ranks: Sequence[int]) -> Network:
    return arrangement_network(bundles([k - 1 for k in ranks], inputs), list(map(Maxout, ranks)), inputs)


def _of_ranks(parameters: Mapping[str, Any]) -> Member:
    inputs = positive(parameters, "inputs")
    ranks = positives(parameters, "ranks", ",", "those of the units, ranks=3,3,2")
    said = {"inputs": inputs, "ranks": ",".join(map(str, ranks))}
    return said, _maxout_layer(inputs, ranks), _maxout_claims(inputs, ranks)


MAXOUT_LAYER = Family(
    "maxout_layer",
    BOUNDS["maxout_one_layer"].conditions,
    lambda arch: _maxout_claims(arch.inputs, [arch.rank] * arch.widths[0]),
    lambda arch: _maxout_layer(arch.inputs, [arch.rank] * arch.widths[0]),
    _of_ranks,
)
r"""One layer of maxout units of ranks k_1, …, k_m, with as many regions as such a layer can have.

Units that read k multiples of one affine function make :math:`\sum_{j \le n_0} e_j(k_1 - 1, \dots, k_m - 1)` regions,
the elementary symmetric polynomials.  A maxout architecture names it, or ``inputs`` and ``ranks``."""


def _certified_count(rows: Sequence[Sequence[int]]) -> int | None:
    """The number of independent sets of hyperplanes ⟨normal, x⟩ + bias = 0; None unless they are generic."""
    count = 0
    stack: list[tuple[int, ...]] = [()]
    while stack:
        chosen = stack.pop()
        count += 1
        if count > MOST_CERTIFIED:
            many = f"this convolution has more than {MOST_CERTIFIED} regions"
            raise UnsupportedError(f"{many}, too many to certify; choose a smaller input or fewer filters")
        for row in range(chosen[-1] + 1 if chosen else 0, len(rows)):
            members = (*chosen, row)
            if _integer_rank([rows[i][:-1] for i in members]) == len(members):
                stack.append(members)
            elif _integer_rank([rows[i] for i in members]) < len(members):
                return None
    return count


def _integer_rank(rows: Sequence[Sequence[int]]) -> int:
    return int(flint.fmpz_mat(rows).rank())


def _convolution(parameters: Mapping[str, Any]) -> Member:
    shape, kernel = (positives(parameters, name, "x×", f"{name}=3 or {name}=3x4") for name in ("shape", "kernel"))
    filters, channels = positive(parameters, "filters"), positive(parameters, "channels", 1)
    stride = positive(parameters, "stride", 1)
    grid = ConvolutionalArchitecture(shape, channels, (Convolution(filters, kernel, stride),))
    cells = math.prod(shape)
    windows = [[c * cells + cell for c in range(channels) for cell in window] for window in grid.windows(1)]
    allowed = first_layer_value(grid)
    rows, most = None, 0
    for prime in _PRIMES:
        tried = _filters(windows, grid.inputs, filters, prime)
        count = _certified_count(tried) or 0
        if count > most:
            rows, most = tried, count
        if count == allowed:
            break
    if rows is None:
        raise UnsupportedError("no filter that was tried is in general position; choose a smaller convolution")
    said = {"shape": "x".join(map(str, shape)), "kernel": "x".join(map(str, kernel)), "filters": filters}
    said |= {name: value for name, value in (("channels", channels), ("stride", stride)) if value > 1}
    return said, Network.summed([rows], inputs=grid.inputs), (Claim(most, "="),)


CONVOLUTION = Family("convolution", member=_convolution)
"""One convolutional ReLU layer with generic filters, written as a dense network: wherever the number of Xiong et al.
can be attained it is, and the claim is what the weights really have."""


def _filters(windows: Sequence[Sequence[int]], inputs: int, filters: int, prime: int) -> list[list[int]]:
    """The rows of all filters at all positions, filter entries taken from the powers of 3 modulo a prime."""
    size = len(windows[0])
    entries = iter(pow(3, i, prime) - prime // 2 for i in range(1, filters * (size + 1) + 1))
    rows = []
    for _ in range(filters):
        *weights, bias = itertools.islice(entries, size + 1)
        for window in windows:
            row = [0] * inputs + [bias]
            for cell, weight in zip(window, weights, strict=True):
                row[cell] = weight
            rows.append(row)
    return rows
