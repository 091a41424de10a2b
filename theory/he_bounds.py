"""Bounds for random ReLU networks at initialization, with every constant known.

The corollaries of Hanin and Rolnick (2019) hold with a constant C_grad that bounds the mean gradients of units and
C_bias = sup ρ_b.  For the laws of :mod:`theory.initialization` — independent symmetric weights of variance 2/fan-in,
biases N(0, β²) — both are known, C_bias = 1/(√(2π)·β), and

    E‖∇z(x)‖² = 2    for every unit z of every layer at every input x.

Proof.  In the first layer, n0 weights of variance 2/n0.  In the next, ∇z = Σ_j w_j 1{z_j > 0} ∇z_j with independent
weights of variance 2/n has E‖∇z‖² = (2/n)·Σ_j E[1{z_j > 0}·‖∇z_j‖²]; turning the signs of the weights and the bias of
unit j turns z_j and keeps ‖∇z_j‖, so that half of E‖∇z_j‖² remains of every term.  Likewise E⟨∇z(x), v⟩² = 2/n0 for a
unit vector v.

Since the bias of z is independent of ∇z(x) and of the rest of z(x), and by the Kac-Rice formula (Theorem 3):

* volume: E vol(B_1 ∩ K) ≤ N·C_bias·√2·vol(K).  For B_2 the unit that comes first is at its threshold, and only the part
  of the other gradient orthogonal to its own counts, which is at most that of a network without the first unit, whose
  mean square is at most 2 by the same recursion; with Cauchy and Schwarz E vol(B_2 ∩ K) ≤ C(N, 2)·2·C_bias²·vol(K).
  The printed corollary has 2·C_grad·C_bias in place of C_grad·C_bias.
* segment: the mean number of breakpoints on a segment of length L is at most N·C_bias·L·√(2/n0).
* distance: inside the cell of x nothing changes nearer than min_z |z(x)|/‖∇z(x)‖, so P(dist(x, B) ≤ t) ≤
  Σ_z P(|z(x)| ≤ t·‖∇z(x)‖) ≤ 2t·N·√2·C_bias, and E dist(x, B) ≥ 1/(4·N·√2·C_bias): the constant of Corollary 5.

Each holds for the boundary of activation regions too, which contains B.

Scalar units with T breakpoints and slopes of modulus at most s (Theorem 6, Corollary 7): every term of the recursion is
at most s² times what it was, so E‖∇z(x)‖² ≤ 2·(2s²)^{l−1} in layer l, and every unit has T thresholds.

>>> from theory.architecture import Architecture
>>> print(volume_bound(Architecture.relu(2, 4, 3), "1/2").str(6, radius=False))  # 14/√π
7.89865
"""

from __future__ import annotations

from fractions import Fraction

import flint

from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, format_rational, integer, rational, to_fmpq

__all__ = ["GRADIENT_SQUARE", "distance_bound", "segment_bound", "volume_bound"]

GRADIENT_SQUARE = Fraction(2)
"""E‖∇z(x)‖²."""


def volume_bound(
    architecture: Architecture, bias: RationalLike, codimension: int = 1, *, steepest: RationalLike = 1
) -> flint.arb:
    """E vol_{n0−k}(B_k ∩ K)/vol(K) ≤ C(N, k)·(√2·C_bias)^k = C(N, k)/(√π·β)^k for k ≤ 2 and ReLU units.

    For piecewise units T^k·C_bias^k·e_k, e_k the sum over sets of k units of the product of the bounds of their
    gradients, and ``steepest`` the greatest modulus s of a slope.

    Raises
    ------
    UnsupportedError
        For k > 2, or maxout units.

    Examples
    --------
    >>> hard_tanh = Architecture(2, (4, 3), "piecewise", 3)  # 2·(4√2 + 3·2)·C_bias
    >>> print(volume_bound(hard_tanh, "1/2").str(6, radius=False))
    18.6016
    """
    k = integer(codimension, place="codimension", minimum=1)
    if architecture.kind == "maxout" or architecture.is_symbolic or not architecture.units:
        raise UnsupportedError(f"the bound is written for scalar units of a given number, not for {architecture}")
    if k > 2:
        raise UnsupportedError(f"the constant is known for codimension 1 and 2, not {k}; estimate the mean instead")
    if k > architecture.inputs:
        raise InvalidInputError(f"codimension {k} exceeds the {architecture.inputs} inputs")
    growth = Fraction(1) if architecture.kind == "relu" else 2 * rational(steepest, place="steepest") ** 2
    squares = [GRADIENT_SQUARE * growth**depth for depth in range(len(architecture.widths))]
    total = sum((int(n) * _root(q) for n, q in zip(architecture.widths, squares, strict=True)), flint.arb(0))
    if k == 2:
        same = sum((int(n) * q for n, q in zip(architecture.widths, squares, strict=True)), Fraction(0))
        total = (total * total - flint.arb(to_fmpq(same))) / 2
    return total * (int(architecture.rank - 1) * _density(bias)) ** k


def segment_bound(architecture: Architecture, bias: RationalLike, *, length: RationalLike = 1) -> flint.arb:
    """The mean number of breakpoints on a segment is at most N·L·√(2/n0)·C_bias = N·L/(β·√(π·n0))."""
    _check_relu(architecture)
    size = rational(length, place="length")
    if size <= 0:
        raise InvalidInputError(f"length: {format_rational(size)} is not positive")
    slope = _root(GRADIENT_SQUARE / int(architecture.inputs))
    return int(architecture.units) * flint.arb(to_fmpq(size)) * slope * _density(bias)


def distance_bound(architecture: Architecture, bias: RationalLike) -> flint.arb:
    """E dist(x, B) ≥ 1/(4·N·√2·C_bias) = √π·β/(4·N) at every point x.

    >>> distance_bound(Architecture.relu(64, 16, 16), "1/10").str(4, radius=False)
    '0.001385'
    """
    _check_relu(architecture)
    return 1 / (4 * int(architecture.units) * _root(GRADIENT_SQUARE) * _density(bias))


def _check_relu(architecture: Architecture) -> None:
    if architecture.kind != "relu" or architecture.is_symbolic or not architecture.units:
        raise UnsupportedError(f"the bound is written for ReLU units of a given number, not for {architecture}")


def _density(bias: RationalLike) -> flint.arb:
    """C_bias."""
    deviation = rational(bias, place="bias")
    if deviation <= 0:
        raise InvalidInputError(f"bias: the deviation {format_rational(deviation)} is not positive")
    return 1 / ((2 * flint.arb.pi()).sqrt() * flint.arb(to_fmpq(deviation)))


def _root(square: Fraction) -> flint.arb:
    return flint.arb(to_fmpq(square)).sqrt()
