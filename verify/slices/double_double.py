r"""Double-double arithmetic: a number is the sum of two floats, of which the second is at most an ulp of the first.

Bounds on rounding errors grow by a factor of 10 to 100 with each layer, whatever the errors themselves do.  So floats
leave signs open behind ten layers; pairs of floats, with a unit of 2⁻⁹⁸ instead of 2⁻⁵³, do not.

Sums and products follow Dekker: :func:`two_sum` and :func:`two_product` are exact, unless something over- or
underflows (an overflow gives nan, which decides nothing; underflow is covered by ``LEAST`` of
:mod:`verify.slices.lines.bounded`).  Every function here that combines a few of them is off by at most 32u² times the
sum of the moduli of its terms, and :data:`PAIR_UNIT` = 2⁻⁹⁸ is 256u².

**Matrix products** are formed from exact slices (Ozaki).  Scale row i of W and row k of h by powers of two, so
that their largest entries lie in [1/2, 1), and cut both into slices: W⁽¹⁾ holds the multiples of 2^−β nearest to the
entries, W⁽²⁾ the multiples of 2^−2β nearest to the rest, and so on; the rest after s slices is at most 2^(−sβ−1).  Let
n be the most terms of a sum, n·2^(2β) ≤ 2⁵³.

* The sum of the products of W⁽ⁱ⁾ and h⁽ʲ⁾ is exact in floats, in any order: all partial sums are multiples of
  2^(−(i+j)β) and at most n·2^(2β) times as large.  It is formed for i + j ≤ s.
* For i = 1, …, s the product of W⁽ⁱ⁾ (of the rest after s − 1 slices for i = s) and of the rest of h after s − i slices
  is formed in floats.  Its terms are at most 2^(−(s−1)β−1), so by the rule for sums of products of
  :mod:`verify.engines.rounding` it is off by at most (n + 5)u·n·2^(−(s−1)β), with the rounding of the rest.
* What weights that are no floats leave, at most u of each, is rounded and added to their rest before.  By Cauchy and
  Schwarz (below) the product is then off by at most (2(n + 5) + 1)u²·rη more.
* These M = s(s+1)/2 sums and the bias are added by two_sum, whose errors are added in floats.  By Cauchy and Schwarz
  each is at most 4rη, where r ≥ ‖(W_i, b_i)‖ and η = ‖(h, 1)‖, since slices of vectors have at most twice their norm
  (√n·2^(1−β) ≤ 1 for β ≥ 14).  All errors are at most 4M·u·rη·M, and adding them costs ≤ 4M³u²·rη ≤ 2¹³u²·rη.

Scales are at most 2r and 2η.  So the whole is off by at most r·η times :func:`noise`, which counts the s products in
floats twice: 4M³ + 2(n + 5) + 1 is below 2¹³ for n ≤ 2000, and n·2^(−(s−1)β) is above u for more terms.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from verify.engines.rounding import FLOOR, INFLATE, UNIT
from verify.slices.prepared import SMALLEST, Floats, Ints, PreparedLayer, nearest

PAIR_UNIT = 2.0**-98
"""What takes the place of u where numbers are pairs of floats."""

Pair = tuple[Floats, Floats]
"""The two floats of each number."""

_SLICES = 4
_SPLITTER = 2.0**27 + 1


def two_sum(a: Floats | float, b: Floats | float) -> Pair:
    """(s, e) with s = fl(a + b) and s + e = a + b."""
    s = np.asarray(a + b)
    part = s - a
    return s, (a - (s - part)) + (b - part)


def two_product(a: Floats, b: Floats) -> Pair:
    """(p, e) with p = fl(a·b) and p + e = a·b."""
    p, (high, low), (other, rest) = a * b, _halves(a), _halves(b)
    return p, ((high * other - p) + high * rest + low * other) + low * rest


def _halves(a: Floats) -> Pair:
    """a = high + low with 26 bits each."""
    c = _SPLITTER * a
    high = c - (c - a)
    return high, a - high


def pair_of(values: Sequence[Fraction]) -> Pair:
    """The nearest pairs."""
    high = [nearest(v) for v in values]
    low = [nearest(v - Fraction(h)) if math.isfinite(h) else 0.0 for v, h in zip(values, high, strict=True)]
    return np.array(high), np.array(low)


def ratio(r: Pair, s: Pair) -> Pair:
    """r / s for positive pairs."""
    (high, low), (other, rest) = r, s
    first = high / other
    p, e = two_product(first, other)
    return two_sum(first, ((high - p) - e + low - first * rest) / other)


def combination(alpha: Pair, beta: Pair, left: Pair, right: Pair) -> Pair:
    """α·left + β·right."""
    p, e = two_product(alpha[0], left[0])
    q, f = two_product(beta[0], right[0])
    s, g = two_sum(p, q)
    e = (e + alpha[0] * left[1] + alpha[1] * left[0]) + (f + beta[0] * right[1] + beta[1] * right[0])
    return two_sum(s, g + e)


def parts(r: Pair, s: Pair) -> tuple[Pair, Pair]:
    """s / (r + s) and r / (r + s) for positive pairs: the smaller is a quotient, for a small relative error of both."""
    total, lost = two_sum(r[0], s[0])
    first = r[0] <= s[0]
    small = [np.where(first, x, y) for x, y in zip(r, s, strict=True)]
    part, low = ratio((small[0], small[1]), two_sum(total, lost + r[1] + s[1]))
    rest, lost = two_sum(1.0, -part)
    rest, rest_low = two_sum(rest, lost - low)
    alpha = np.where(first, rest, part), np.where(first, rest_low, low)
    return alpha, (np.where(first, part, rest), np.where(first, low, rest_low))


def differences(layer: PreparedLayer, z: Pair, homogeneous: Floats, which: slice = slice(None)) -> Pair:
    """:func:`verify.slices.arrays.difference_values` without errors, for knots × rows."""
    table = layer.differences
    plus, minus = table.plus[which], table.minus[which]
    pairs = zip(z, pair_of(table.exact_shift[which]), strict=True)
    other, rest = (np.where(minus >= 0, part[:, minus], np.outer(homogeneous, shift)) for part, shift in pairs)
    t, lost = two_sum(z[0][:, plus], -other)
    return two_sum(t, lost + (z[1][:, plus] - rest))


def activate(layer: PreparedLayer, z: Pair, pieces: Ints, homogeneous: Floats) -> Pair:
    """:func:`verify.slices.arrays.activate` without errors, for knots × rows and knots × units."""
    if layer.plain:
        return z[0] * (pieces > 0), z[1] * (pieces > 0)
    rows = layer.output_row[np.arange(pieces.shape[1]), pieces]
    value, low = (np.take_along_axis(part, rows, axis=1) for part in z)
    slopes, intercepts = (
        [np.array(part)[layer.kind, pieces] for part in zip(*map(pair_of, table), strict=True)]
        for table in layer.exact_outputs
    )
    product, error = two_product(slopes[0], value)
    error += slopes[0] * low + slopes[1] * value
    total, rest = two_sum(product, homogeneous[:, None] * intercepts[0])
    return two_sum(total, rest + error + homogeneous[:, None] * intercepts[1])


def noise(terms: int) -> float:
    """:func:`affine` is off by at most this times ‖(W_i, b_i)‖·‖(h, 1)‖, for sums of so many terms."""
    part = 2 * (terms + 5) * UNIT * terms * 2.0 ** (-(_SLICES - 1) * _slice_bits(terms))
    return 4 * _SLICES * part + 2.0**13 * UNIT * UNIT


def affine(layer: PreparedLayer, h: Pair, homogeneous: Floats) -> Pair:
    """W·h + b for every row of h."""
    weight, bits, sparse, bias = layer.weight, _slice_bits(layer.terms), layer.is_sparse, pair_of(layer.layer.biases)
    scale = np.frexp(abs(weight).max(axis=1).toarray().ravel() if sparse else np.abs(weight).max(axis=1, initial=0))[1]
    exponent = np.frexp(np.abs(h[0]).max(axis=1, initial=0.0))[1]
    each = scale.repeat(np.diff(weight.indptr)) if sparse else scale[:, None]
    stored = np.ldexp(weight.data if sparse else weight, -each)
    columns = list(_rests(np.ldexp(h[0], -exponent[:, None]), np.ldexp(h[1], -exponent[:, None]), bits))
    total, error = np.zeros((len(columns[0][0]), len(scale))), np.zeros((len(columns[0][0]), len(scale)))
    for i in range(_SLICES):
        part = stored if i == _SLICES - 1 else _multiples(stored, (i + 1) * bits)
        stored = stored - part
        if i == _SLICES - 1 and layer.weight_low is not None:
            part = part + np.ldexp(layer.weight_low, -scale[:, None])
        matrix = layer.of_stored(part)
        for factor in (*(s for s, _ in columns[: _SLICES - 1 - i]), columns[_SLICES - 1 - i][1]):
            total, lost = two_sum(total, (matrix @ factor.T).T)
            error += lost
    back = exponent[:, None] + scale
    total, lost = two_sum(np.ldexp(total, back), homogeneous[:, None] * bias[0])
    return two_sum(total, lost + np.ldexp(error, back) + homogeneous[:, None] * bias[1])


def affine_with_errors(layer: PreparedLayer, h: Pair, errors: Floats) -> tuple[Floats, Floats, Floats]:
    """:func:`verify.slices.arrays.affine` at finite points: the pairs, rows × points, and a bound on each error."""
    ones = np.ones(errors.shape[1])
    z, low = affine(layer, (h[0].T, h[1].T), ones)
    bound = layer.size @ (errors + SMALLEST * np.abs(h[0]))  # 0 only for sums of zeros
    bound += (SMALLEST * np.abs(layer.bias) + layer.bias_error)[:, None]
    norm = np.sqrt(np.einsum("ik,ik->k", h[0], h[0]) + 1)
    total = INFLATE * (bound + noise(layer.terms) * np.outer(layer.scale, norm)) + FLOOR
    return z.T, low.T, np.where(bound == 0, 0.0, total)


def _rests(high: Floats, low: Floats, bits: int) -> Iterator[Pair]:
    """The next slice and the rest before it, for each slice."""
    for i in range(_SLICES):
        part = _multiples(high, (i + 1) * bits)
        yield part, high + low
        high, low = two_sum(high - part, low)


def _multiples(values: Floats, bits: int) -> Floats:
    """The nearest multiples of 2^−bits."""
    return np.ldexp(np.rint(np.ldexp(values, bits)), -bits)


def _slice_bits(terms: int) -> int:
    """β."""
    return (53 - max(terms - 1, 0).bit_length()) // 2
