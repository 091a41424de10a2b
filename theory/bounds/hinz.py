"""The framework of Hinz and van de Geer: bounds from histograms of active units.

Let γ_{n,n'} be a vector on the levels 0, …, n' such that, for every layer of n' units on R^n and every J,
the number of its regions with at least J active units is at most Σ_{l ≥ J} γ_{n,n'}[l].  Then

    R ≤ ‖φ_{n_L} ∘ … ∘ φ_{n_1}(e_{n0})‖₁,    φ_{n'}(v) = Σ_n v_n · cl_{min(n,n')}(γ_{min(n,n'),n'}),

where cl_m moves everything above level m to level m.  Different histograms give different bounds:

* ``naive``: 2^{n'} at level n' — the trivial bound;
* ``montufar``: Z(n', n) at level n' — montufar2017;
* ``serra``: C(n', j) at level n' − j for j ≤ n — Theorem 1 of Serra et al.;
* ``2021``: tighter.

The histograms are in :mod:`theory.bounds.histograms`.  The weights of the states after a layer are a vector times a
triangular matrix, :mod:`theory.bounds.layer_operator`.  Long networks are run from both ends to the middle, which
halves the size of the integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from typing import Any

import flint
import sympy

from theory.architecture import Architecture
from theory.bounds.bound import Bound, Status
from theory.bounds.conditions import dense
from theory.bounds.dynamic_program import polynomial_program
from theory.bounds.effort import histogram_effort, too_much, trivial_effort
from theory.bounds.expressions import POLYNOMIAL_DEGREE, Symbolic, index, is_number
from theory.bounds.formula import Formula
from theory.bounds.histograms import GAMMAS, gamma_named, hinz_moves, histogram
from theory.bounds.layer_operator import ZERO, layer_operator
from theory.bounds.products import TWO_RELU_LAYERS
from theory.bounds.sums import ExactSum
from theory.errors import UnsupportedError
from theory.sources import HINZ2019, HINZ2021

__all__ = ["HINZ_BOUNDS", "hinz2019", "hinz_value"]


def hinz_value(inputs: int, widths: Sequence[int], gamma: str = "2021") -> int:
    """The bound of the framework with the named histogram.

    Cost: L products of a vector with a triangular matrix of order min(n0, max n) + 1, whose integers grow with L:
    the time is proportional to L² · n0² · max n, and less if a layer is much wider or narrower than n0.

    >>> hinz_value(2, (4, 4, 4)), hinz_value(3, (4, 4, 4)), hinz_value(2, (4, 4, 4), "serra")
    (1031, 1559, 1331)
    """
    total = gamma_named(gamma).total
    if len(widths) < 2:
        return math.prod(total(inputs, n) for n in widths)
    *before, last = widths
    states = min(inputs, max(widths))
    left = [ZERO] * states + [flint.fmpz(1)]
    right = [flint.fmpz(total(c, last)) for c in range(states + 1)]
    middle = len(widths) // 2
    for m in before[:middle]:
        left = layer_operator(gamma, states, m).left(left)
    for m in reversed(before[middle:]):
        right = layer_operator(gamma, states, m).right(right)
    return int(sum(map(mul, left, right), ZERO))


class Gamma2021(sympy.Function):  # type: ignore[misc]
    """γ_{n,m}[level] of the 2021 histogram as a sympy function; a number as soon as its arguments are."""

    nargs = 3

    @classmethod
    def eval(cls, n: Any, m: Any, level: Any) -> Any:
        if all(getattr(v, "is_Integer", False) for v in (n, m, level)):
            return sympy.Integer(cls.integer_value([n, m, level]))
        return None

    @staticmethod
    def integer_value(values: Sequence[Any]) -> int:
        n, m, level = map(int, values)
        return histogram("2021", n, m)[level]

    def _latex(self, printer: Any) -> str:
        n, m, level = (printer.doprint(a) for a in self.args)
        return rf"\gamma_{{{n},\,{m}}}\left[{level}\right]"


def hinz2019(arch: Architecture, gamma: str = "serra") -> Any:
    """The bound of the framework for a chosen histogram: integer, or formula for a symbolic architecture.

    Parameters
    ----------
    arch : Architecture of ReLU units
    gamma : {"naive", "montufar", "serra", "2021"}

    Examples
    --------
    >>> [hinz2019(Architecture.relu(2, 4, 4), g) for g in GAMMAS]
    [256, 121, 121, 109]
    """
    gamma_named(gamma)
    bound = HINZ_BOUNDS[1] if gamma == "2021" else HINZ_BOUNDS[0]
    bound.check(arch)
    if arch.is_symbolic:
        expression, conditions = _symbolic(arch, gamma)
        return Formula(expression, conditions, f"hinz2019 with γ_{gamma} of {arch}")
    if reason := too_much(trivial_effort(arch) if gamma == "naive" else histogram_effort(arch)):
        raise UnsupportedError(f"hinz2019 with γ_{gamma} of {arch}: {reason}")
    return hinz_value(arch.inputs, arch.widths, gamma)


def _symbolic(arch: Architecture, gamma: str) -> Symbolic:
    """A polynomial if n0 is a small integer; otherwise the nested sum over the numbers of active units."""
    if is_number(arch.inputs) and arch.inputs <= POLYNOMIAL_DEGREE:
        return polynomial_program(arch, hinz_moves(gamma), GAMMAS[gamma].threshold)
    levels = [index(layer, "l") for layer in range(1, arch.depth + 1)]
    alive: list[Any] = [arch.inputs]
    sums = []
    for n, level in zip(arch.widths, levels, strict=True):
        d = sympy.Min(*alive, n)
        sums.append(_level_sum(gamma, d, n, level))
        alive.append(level)
    total = sympy.Integer(1)
    for weight, (level, low, high) in reversed(sums):
        total = ExactSum(weight * total, (level, low, high))
    return Symbolic(total)


def _level_sum(gamma: str, d: Any, n: Any, level: Any) -> tuple[Any, tuple[Any, Any, Any]]:
    """The weight of a level, and the levels that carry weight."""
    if gamma == "naive":
        return sympy.Integer(2) ** n, (level, n, n)
    if gamma == "montufar":
        j = sympy.Symbol(f"j_{str(level).rpartition('_')[2]}", integer=True, nonnegative=True)
        return ExactSum(sympy.binomial(n, j), (j, 0, d)), (level, n, n)
    if gamma == "serra":
        return sympy.binomial(n, level), (level, n - d, n)
    return Gamma2021(d, n, level), (level, 0, n)


_FRAME = r"\bigl\|\varphi_{n_L}\circ\dots\circ\varphi_{n_1}(e_{n_0})\bigr\|_1,\qquad " + (
    r"\varphi_{n'}(v)=\sum_{n}v_n\,\mathrm{cl}_{\min(n,n')}\bigl(\gamma_{\min(n,n'),n'}\bigr)"
)

HINZ_BOUNDS = (
    Bound(
        key="hinz2019",
        title="activation histograms, γ of Serra et al.",
        kind="upper",
        source=HINZ2019.at("framework with γ of Serra et al."),
        status=Status.NOTES,
        verified="equal to serra2018 with γ_serra, to montufar2017 with γ_montufar and to the trivial bound with "
        "γ_naive, on 2394 architectures",
        latex=_FRAME + r",\qquad \gamma_{n,n'}=\sum_{j\le n}\binom{n'}{j}e_{n'-j}",
        conditions=(dense("relu"),),
        integer=lambda arch: hinz_value(arch.inputs, arch.widths, "serra"),
        symbolic=lambda arch: _symbolic(arch, "serra"),
        generic=TWO_RELU_LAYERS,
        effort=histogram_effort,
    ),
    Bound(
        key="hinz2021",
        title="activation histograms, the tighter γ",
        kind="upper",
        source=HINZ2021.at("framework with the tighter γ"),
        status=Status.AUTHOR_CODE,
        verified="at most serra2018 and at least every lower bound on 2394 architectures; the histograms for two "
        "inputs and up to seven units are attained by line arrangements and exceeded by none that was tried",
        latex=_FRAME + r",\qquad \gamma_{n,n'}\le\mathrm{shift}(\gamma_{n,n'-1})+\gamma_{n-1,n'-1}",
        conditions=(dense("relu"),),
        integer=lambda arch: hinz_value(arch.inputs, arch.widths, "2021"),
        symbolic=lambda arch: _symbolic(arch, "2021"),
        generic=TWO_RELU_LAYERS,
        effort=histogram_effort,
    ),
)
"""The statements of this room."""
