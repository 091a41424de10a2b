r"""What random networks have on average: published expectations.

Hanin and Rolnick (2019) compute the mean volume of the boundary between regions by the Kac-Rice formula (Theorem 3, in
``docs/proofs-networks.md``, "He networks").  The bounds of this module follow when the gradients of the units and the
density of the biases are bounded; :mod:`theory.he_bounds` knows these constants for He weights.

>>> EXPECTATIONS["hanin2019b"](Architecture.relu(2, 10, 10), constant=1)
Fraction(200, 1)

References
----------
Hanin, Rolnick 2019 (ICML), Theorems 1 and 3, Corollaries 4 and 7; Hanin, Rolnick 2019 (NeurIPS), Theorem 5; Tseran,
Montúfar 2021.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sympy import binomial, factorial

from theory.architecture import Architecture, UnitKind
from theory.bounds.bound import Status, asks, dense, failure, words
from theory.errors import ConditionError, InvalidInputError
from theory.exact import RationalLike, integer, positive, rational
from theory.sources import Source


@dataclass(frozen=True, eq=False, repr=False)
class Expectation:
    """A published statement about a mean over random weights and biases.

    An ``"asymptotic"`` one is an equality up to a factor that tends to 1 as the layers grow.  ``quantity`` says whose
    mean it is, and ``constant_means`` what the constant stands for, which depends on the law of the weights only.  The
    units are of one of the ``kinds``; if ``is_wide``, there are at least as many as inputs.
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
    kinds: Sequence[UnitKind]
    is_wide: bool = False

    def __call__(
        self, architecture: Architecture, *, volume: RationalLike = 1, constant: RationalLike = 1, codimension: int = 1
    ) -> Any:
        """The exact value, or a sympy expression; ConditionError for other units than those it is about, or too few."""
        if reason := failure([dense(*self.kinds), _BEND], architecture):
            raise ConditionError(f"{self.key} does not apply to {architecture}: {reason}")
        if architecture.is_symbolic:
            return self.evaluate(architecture, volume, constant, codimension)
        size, factor = positive(volume, place="volume"), positive(constant, place="constant")
        k = integer(codimension, place="codimension", minimum=1)
        if k > architecture.inputs:
            raise InvalidInputError(f"codimension {k} exceeds the {architecture.inputs} inputs")
        if self.is_wide and (units := architecture.units) < (least := architecture.inputs):
            raise ConditionError(f"{self.key} needs at least {least} units, and {architecture} has {units}")
        return rational(self.evaluate(architecture, size, factor, k))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def __str__(self) -> str:
        return f"{self.title} ({self.kind}, {self.source.short})"

    def __repr__(self) -> str:
        return f"<expectation {self.key}: {self.kind}, {self.status.value}>"


_BEND = asks("units that bend", lambda a: a.rank >= 2, "it is about units that bend, these have rank {0.rank}")


def _in_a_cube(a: Any, volume: Any, constant: Any, _k: Any) -> Any:
    return volume * (constant * a.units) ** a.inputs / factorial(a.inputs)


_VALUES: dict[str, Callable[[Any, Any, Any, Any], Any]] = {
    "hanin2019_line": lambda a, volume, constant, _k: volume * constant * (a.rank - 1) * a.units,
    "hanin2019_volume": lambda a, volume, constant, k: volume * binomial(a.units, k) * (constant * (a.rank - 1)) ** k,
    "hanin2019b": _in_a_cube,
    "tseran2021": lambda a, v, c, k: _in_a_cube(a, v, c * a.rank, k) * binomial(a.rank * a.inputs, 2 * a.inputs),
}

EXPECTATIONS: dict[str, Expectation] = {
    key: Expectation(key, evaluate=_VALUES[key], **entry) for key, entry in words("expectations").items()
}
"""Every statement, by key."""
