r"""What random networks have on average: published expectations.

Hanin and Rolnick (2019) compute the mean volume of the boundary between regions by the Kac-Rice formula (Theorem 3):

.. math::

    \mathbb{E} \operatorname{vol}_{n_0-k}(B_k \cap K) = \sum_{z_1, \dots, z_k} \int_K
    \mathbb{E} \bigl[ \|J_{z_1 \dots z_k}(x)\| \, \rho_b(z_1(x), \dots, z_k(x)) \,
    \mathbf{1}\{\text{each } z_j \text{ good at } x\} \bigr] \, dx,

J the :math:`k \times n_0` matrix of the gradients, :math:`\|J\| = \det(J J^\top)^{1/2}`, :math:`\rho_b` the density of
the biases, *good* = some path of open units leads from :math:`z_j` to the output.  The bounds of this module follow
from it when the gradients and the density are bounded: :math:`\mathbb{E}\|\nabla z\|` and its moments by
:math:`C_{grad}`, :math:`\sup \rho` by :math:`C_{bias}`.  :mod:`theory.he_bounds` knows these constants for He weights,
and :mod:`theory.gaussian_layer` the means themselves for one layer.

:mod:`verify.measure.sampling` evaluates both sides of the theorem on drawn networks.

>>> EXPECTATIONS["hanin2019b"](Architecture.relu(2, 10, 10), constant=1)
Fraction(200, 1)

References
----------
Hanin, Rolnick 2019 (ICML), Theorems 1 and 3, Corollaries 4 and 7; Hanin, Rolnick 2019 (NeurIPS), Theorem 5; Tseran,
Montúfar 2021.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Status
from theory.errors import ConditionError, InvalidInputError
from theory.exact import RationalLike, format_rational, integer, rational
from theory.sources import SOURCES, Source

__all__ = ["EXPECTATIONS", "Expectation"]


@dataclass(frozen=True, eq=False, repr=False)
class Expectation:
    """A published statement about a mean over random weights and biases.

    Attributes
    ----------
    key, title : str
    kind : {"upper", "asymptotic"}
        ``"asymptotic"``: an equality up to a factor that tends to 1 as the layers grow.
    quantity : str
        Whose mean it is.
    constant_means : str
        What the constant of the statement stands for; it depends on the law of the weights and not on the architecture.
    source, status, latex
        As for a bound (:class:`theory.bounds.bound.Bound`).
    """

    key: str
    title: str
    kind: Literal["upper", "asymptotic"]
    quantity: str
    constant_means: str
    source: Source
    status: Status
    latex: str
    evaluate: Callable[[Any, Any, Any, Any], Any]
    least_units: Callable[[Any], Any] | None = None

    def __call__(
        self, architecture: Architecture, *, volume: RationalLike = 1, constant: RationalLike = 1, codimension: int = 1
    ) -> Any:
        """The exact value for a set of the given volume; a sympy expression if the architecture has symbols.

        Raises
        ------
        ConditionError
            If the architecture has fewer units than the statement needs.
        """
        if architecture.is_symbolic:
            return self.evaluate(architecture, volume, constant, codimension)
        size, factor = rational(volume, place="volume"), rational(constant, place="constant")
        k = integer(codimension, place="codimension", minimum=1)
        if size <= 0 or factor <= 0:
            raise InvalidInputError(
                f"volume {format_rational(size)} and constant {format_rational(factor)} must be positive"
            )
        if k > architecture.inputs:
            raise InvalidInputError(f"codimension {k} exceeds the {architecture.inputs} inputs")
        if self.least_units is not None and architecture.units < self.least_units(architecture):
            raise ConditionError(
                f"{self.key} needs at least {self.least_units(architecture)} units, and {architecture} has "
                f"{architecture.units}"
            )
        return Fraction(self.evaluate(architecture, size, factor, k))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def __str__(self) -> str:
        return f"{self.title} ({self.kind}, {self.source.short})"

    def __repr__(self) -> str:
        return f"<expectation {self.key}: {self.kind}, {self.status.value}>"


def _factorial(n: Any) -> Any:
    return sympy.factorial(n) if isinstance(n, sympy.Basic) else math.factorial(n)


def _choose(n: Any, k: Any) -> Any:
    symbolic = isinstance(n, sympy.Basic) or isinstance(k, sympy.Basic)
    return sympy.binomial(n, k) if symbolic else math.comb(n, k)


def _quotient(a: Any, b: Any) -> Any:
    return a / b if isinstance(b, sympy.Basic) or isinstance(a, sympy.Basic) else Fraction(a) / b


_STATEMENTS = (
    Expectation(
        "hanin2019_line",
        "Regions met by a segment",
        "asymptotic",
        "number of regions met by a segment of the given length (volume)",
        "a number near 1 for He weights: the measured mean density of breakpoints for each unit",
        SOURCES["hanin2019"].at("Theorem 1"),
        Status.SECOND_HAND,
        r"\mathbb{E}\,\#\{\text{regions on } I\} \approx |I| \cdot T \cdot N",
        lambda a, volume, constant, _k: volume * constant * (a.rank - 1) * a.units,
    ),
    Expectation(
        "hanin2019_volume",
        "Volume of the boundary of codimension k",
        "upper",
        "(n0 − k)-dimensional volume of the stratum B_k inside a set of the given volume",
        "2·C_grad·C_bias, where C_grad bounds the moments of ‖∇z‖ and C_bias the densities of biases",
        SOURCES["hanin2019"].at("Corollaries 4 and 7"),
        Status.SECOND_HAND,
        r"\mathbb{E}\,\mathrm{vol}(B_k \cap K) \le \binom{N}{k} (T \cdot 2 C_{grad} C_{bias})^k\, \mathrm{vol}(K)",
        lambda a, volume, constant, k: volume * _choose(a.units, k) * (constant * (a.rank - 1)) ** k,
    ),
    Expectation(
        "hanin2019b",
        "Activation regions in a cube",
        "upper",
        "number of activation regions met by a cube of the given volume, large enough",
        "a multiple of C_grad·C_bias; the same for all architectures",
        SOURCES["hanin2019b"].at("Theorem 5"),
        Status.RECALLED,
        r"\mathbb{E}\,\#\{\text{regions in } C\} \le \frac{(T N)^{n_0}}{n_0!}\, \mathrm{vol}(C)",
        lambda a, volume, constant, _k: _quotient(volume * (constant * a.units) ** a.inputs, _factorial(a.inputs)),
        lambda a: a.inputs,
    ),
    Expectation(
        "tseran2021",
        "Activation regions of maxout networks in a cube",
        "upper",
        "number of activation regions met by a cube of the given volume, large enough",
        "a multiple of C_grad·C_bias; the same for all architectures",
        SOURCES["tseran2021"],
        Status.AUTHOR_CODE,
        r"\mathbb{E}\,\#\{\text{regions in } C\} \le \frac{(T K N)^{n_0} \binom{K n_0}{2 n_0}}{n_0!}\, \mathrm{vol}(C)",
        lambda a, volume, constant, _k: _quotient(
            volume * (constant * a.rank * a.units) ** a.inputs * _choose(a.rank * a.inputs, 2 * a.inputs),
            _factorial(a.inputs),
        ),
        lambda a: a.inputs,
    ),
)

EXPECTATIONS: dict[str, Expectation] = {statement.key: statement for statement in _STATEMENTS}
"""Every statement, by key."""
