r"""Values of a network modulo primes: what a float with an error bound leaves open may be proved to be exactly zero.

Let t be a value, of a difference at a point or of a derivative, with t = n/d for integers n and d, 0 < d ≤ D.  A float
c that is off by at most e says that n has modulus at most (\|c\| + e)·D.  If n is 0 modulo primes whose product is
larger than that, then n = 0.  So networks whose units vanish at the same places, as lattices of maxima and minima do,
are cut without one exact evaluation.

**The denominator** D.  D_l ≥ 1 is the least number that makes the weights of layer l integers, and A_l that of its
slopes and intercepts.  On a cell every preactivation of layer l is an affine form, and C_l = D_l·A_{l−1}·C_{l−1} makes
its coefficients integers (:attr:`Residues.common` is log₂ C_l).  Their norm, without the constant term, is at most
C_l·G_l, where G_l is the product of the norms of the weights and of the steepest slopes (:attr:`Residues.height`).  Two
lines ⟨a, x⟩ + a₀ = 0 and ⟨b, x⟩ + b₀ = 0 with integer coefficients meet in a point with the denominator det(a, b),
which is at most ‖a‖·‖b‖ (Hadamard).  At this point D = C_l·‖a‖·‖b‖ serves for layer l.

**The arithmetic.**  A fraction whose denominator no prime divides has a residue, and sums, products and quotients by
such with residue ≠ 0 have the residues that they should.  Residues are floats that hold integers below 2²⁶; a weight is
split into two parts of 13 bits, so that a sum of up to 2¹⁴ − 2 products stays below 2⁵³, where floats are integers.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import flint
import numpy as np

from verify.slices.prepared import Bools, Floats, Ints, Prepared, PreparedLayer

_BITS = 26
_HALF = float(1 << (_BITS // 2))
_MOST_PRIMES = 16
_MOST_TERMS = (1 << 14) - 2
_MOST_ROWS = 1 << 12
_MOST_WEIGHTS = 10**6  # with 16 primes a quarter of a gigabyte


class Residues:
    """A network modulo primes; arrays are primes × rows × columns.

    ``bits`` is log₂ of the product that the primes should have, 0 for none; more than 16 primes are not used.  None of
    the primes divides one of the integers ``avoid``.
    """

    def __init__(self, network: Prepared, bits: float, avoid: Iterable[int] = ()) -> None:
        self.network = network
        narrow = all(layer.terms <= _MOST_TERMS for layer in network.layers)
        narrow &= sum(layer.weight.size for layer in network.layers) <= _MOST_WEIGHTS
        narrow &= max(layer.layer.rows for layer in network.layers) <= _MOST_ROWS
        number = min(max(math.ceil(bits / (_BITS - 0.01)), 0), _MOST_PRIMES) if narrow and math.isfinite(bits) else 0
        self.primes: list[int] = []
        if number:
            denominators = {*avoid, *(_denominator(layer) for layer in network.layers)}
            candidate = 1 << _BITS
            while len(self.primes) < number:
                candidate -= 1
                if flint.fmpz(candidate).is_prime() and all(d % candidate for d in denominators):
                    self.primes.append(candidate)
        self.product = sum(map(math.log2, self.primes)) - 2.0**-20
        """At most log₂ of the product of the primes."""
        self._layer = cache(self._prepared)
        self._p = np.array(self.primes, dtype=np.float64).reshape(-1, 1, 1)

    @cached_property
    def common(self) -> list[float]:
        """log₂ C_l for every layer, the affine output last, rounded up."""
        return list(itertools.accumulate(_log(_denominator(layer)) for layer in self.network.layers))

    @cached_property
    def height(self) -> list[float]:
        """log₂ of the norm of the integer gradient of a difference of every layer, at most."""
        found, steep = [], 0.0
        for layer, common in zip(self.network.layers, self.common, strict=True):
            rows, columns = layer.size.sum(axis=1).max(initial=0.0), layer.size.sum(axis=0).max(initial=0.0)
            found.append(common + steep + _log(layer.largest) + 1)
            steep += _log(math.sqrt(rows * columns)) + max(_log(np.abs(layer.slope).max(initial=0.0)), 0.0)
        return found

    def of(self, values: Sequence[Fraction | int]) -> Floats:
        """The residues of a vector, primes × entries."""
        rows = [[v.numerator % p * pow(v.denominator, -1, p) % p for v in values] for p in self.primes]
        return np.array(rows, dtype=np.float64).reshape(len(self.primes), len(values))

    def affine(self, number: int, h: Floats, homogeneous: float) -> Floats:
        """The residues of W·h + b for layer ``number``; of W·h if ``homogeneous`` is 0."""
        high, low, bias, _ = self._layer(number)
        if not self.primes:
            return np.zeros((0, bias.shape[1], h.shape[2]))
        first, second = (np.stack([w @ c for w, c in zip(part, h, strict=True)]) for part in (high, low))
        return self.reduced(self.reduced(first) * _HALF + second + homogeneous * bias)

    def activate(self, number: int, z: Floats, at: Ints, homogeneous: float) -> Floats:
        """The residues of the outputs of a layer, with the given piece of each unit in each column."""
        layer = self.network.layers[number]
        if layer.plain:
            return np.where(at > 0, z, 0.0)
        slope, intercept = (np.stack([self.of(row) for row in table], axis=1) for table in layer.exact_outputs)
        units = layer.kind[:, None]
        taken = np.take_along_axis(z, np.take_along_axis(layer.output_row, at, axis=1)[None], axis=1)
        return self.reduced(slope[:, units, at] * taken + homogeneous * intercept[:, units, at])

    def difference(self, number: int, z: Floats, which: slice | Ints) -> Floats:
        """The residues of differences of a layer."""
        table = self.network.layers[number].differences
        plus, minus = table.plus[which], table.minus[which]
        other = np.where((minus >= 0)[:, None], z[:, minus], self._layer(number)[3][:, which, None])
        return self.reduced(z[:, plus] - other)

    def combination(self, f: Floats, g: Floats, left: Floats, right: Floats) -> tuple[Floats, Bools]:
        """(g·left − f·right) / (g − f) column by column, and where it has no residues."""
        gap = self.reduced((g - f)[:, None])[:, 0]
        pairs = zip(self.primes, gap.tolist(), strict=True)
        inverse = np.array([[pow(int(v), -1, p) if v else 0 for v in row] for p, row in pairs]).reshape(gap.shape)
        alpha = self.reduced((g * inverse)[:, None])
        beta = self.reduced(((self._p[:, 0] - f) * inverse)[:, None])
        return self.reduced(alpha * left + beta * right), (gap == 0).any(axis=0)

    def zero(self, residues: Floats | Bools, size: Floats, denominator: Floats | float) -> Bools:
        """Where values of modulus at most ``size`` with these residues and log₂ of denominators are proved to be 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            proved: Bools = ~(residues != 0).any(axis=0) & (np.log2(size) + denominator < self.product)
        return proved

    def reduced(self, x: Floats) -> Floats:
        """The remainders of integers of modulus below 2⁵³."""
        rest = x / self._p
        np.floor(rest, out=rest)
        rest *= self._p
        np.subtract(x, rest, out=rest)  # the floor may be off by 1, the product and the difference are exact
        np.add(rest, self._p, out=rest, where=rest < 0)
        np.subtract(rest, self._p, out=rest, where=rest >= self._p)
        return rest

    def _prepared(self, number: int) -> tuple[list[Any], list[Any], Floats, Floats]:
        """The weights in two parts, for each prime a matrix, the biases and the shifts of a layer."""
        layer, high, low = self.network.layers[number], [], []
        if self.primes:
            integers, common = layer.stored_integers()
            entries = np.array(integers, dtype=object)
            for p in self.primes:
                whole = (entries % p * pow(common, -1, p) % p).astype(np.float64)
                first = np.floor(whole / _HALF)
                high.append(layer.of_stored(first))
                low.append(layer.of_stored(whole - first * _HALF))
        return high, low, self.of(layer.layer.biases)[..., None], self.of(layer.differences.exact_shift)


def _denominator(layer: PreparedLayer) -> int:
    """D_l·A_l, and what makes the shifts of differences integers."""
    outputs = {v.denominator for table in layer.exact_outputs for row in table for v in row}
    shifts = {shift.denominator for shift in layer.differences.exact_shift}
    return layer.common * math.lcm(*outputs) * math.lcm(*shifts)


def _log(value: float) -> float:
    """log₂, rounded up by more than it may err; 0 counts as 1."""
    return math.log2(value) + 2.0**-20 if value else 0.0
