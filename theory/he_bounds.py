r"""Bounds for random ReLU networks at initialization, with every constant known.

For the laws of :mod:`theory.initialization` both constants of Hanin and Rolnick (2019) are known: :math:`C_{bias} =
\sup \rho_b = 1/(\sqrt{2\pi} \beta)`, and :math:`\mathbb{E}\|\nabla z(x)\|^2 = 2` for every unit z at every input x.
From this the bounds follow by the Kac-Rice formula (``docs/proofs-networks.md``), with :math:`C_{grad} C_{bias}` where
the printed corollary has :math:`2 C_{grad} C_{bias}`.

They hold for the boundary of activation regions too, which contains that of linear ones, B; for scalar units with T
breakpoints and slopes of modulus at most s (Theorem 6, Corollary 7) every unit has T thresholds, and the 2 becomes
2·(2s²)^{l−1} in layer l.

References
----------
Hanin, Rolnick 2019 (ICML), Theorems 3 and 6, Corollaries 4, 5 and 7.
"""

from fractions import Fraction

import flint

from theory.architecture import Architecture
from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import RationalLike, integer, positive, rational, to_fmpq


def volume_bound(
    architecture: Architecture, bias: RationalLike, codimension: int = 1, *, steepest: RationalLike = 1
) -> flint.arb:
    r"""An upper bound on the mean volume of :math:`B_k \cap K` divided by that of K, for k ≤ 2.

    For ReLU units it is :math:`\binom{N}{k} (\sqrt 2 \, C_{bias})^k = \binom{N}{k} / (\sqrt\pi \beta)^k`; for piecewise
    units :math:`T^k C_{bias}^k e_k`, :math:`e_k` the sum over sets of k units of the product of the bounds of their
    gradients, and ``steepest`` the greatest modulus s of a slope.  Raises UnsupportedError for k > 2, or maxout units.

    >>> hard_tanh = Architecture(2, (4, 3), "piecewise", 3)  # 2·(4√2 + 3·2)·C_bias
    >>> print(volume_bound(hard_tanh, "1/2").str(6, radius=False))
    18.6016
    """
    k = integer(codimension, place="codimension", minimum=1)
    _check(architecture, "relu", "piecewise")
    if k > 2:
        raise UnsupportedError(f"the constant is known for codimension 1 and 2, not {k}; estimate the mean instead")
    if k > architecture.inputs:
        raise InvalidInputError(f"codimension {k} exceeds the {architecture.inputs} inputs")
    growth = Fraction(1) if architecture.kind == "relu" else 2 * rational(steepest, place="steepest") ** 2
    units = [(int(n), 2 * growth**depth) for depth, n in enumerate(architecture.widths)]
    total = sum((n * _root(square) for n, square in units), flint.arb(0))
    if k == 2:
        total = (total * total - flint.arb(to_fmpq(sum(n * square for n, square in units)))) / 2
    return total * (int(architecture.rank - 1) * _density(bias)) ** k


def segment_bound(architecture: Architecture, bias: RationalLike, *, length: RationalLike = 1) -> flint.arb:
    r"""The mean number of breakpoints on a segment is at most :math:`N \ell / (\beta \sqrt{\pi n_0})`."""
    _check(architecture, "relu")
    size = flint.arb(to_fmpq(positive(length, place="length")))
    return int(architecture.units) * size * _root(Fraction(2, int(architecture.inputs))) * _density(bias)


def distance_bound(architecture: Architecture, bias: RationalLike) -> flint.arb:
    r""":math:`\mathbb{E} \operatorname{dist}(x, B) \ge \sqrt\pi \beta / (4 N)` at every point x.

    >>> distance_bound(Architecture.relu(64, 16, 16), "1/10").str(4, radius=False)
    '0.001385'
    """
    _check(architecture, "relu")
    return 1 / (4 * int(architecture.units) * _root(Fraction(2)) * _density(bias))


def _check(architecture: Architecture, *kinds: str) -> None:
    if architecture.kind not in kinds or architecture.is_symbolic or not architecture.units:
        written = f"the bound is written for {'scalar' if 'piecewise' in kinds else 'ReLU'} units of a given number"
        raise UnsupportedError(f"{written}, not for {architecture}")


def _density(bias: RationalLike) -> flint.arb:
    """C_bias."""
    return 1 / ((2 * flint.arb.pi()).sqrt() * flint.arb(to_fmpq(positive(bias, place="bias"))))


def _root(square: Fraction) -> flint.arb:
    return flint.arb(to_fmpq(square)).sqrt()
