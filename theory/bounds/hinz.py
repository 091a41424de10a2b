r"""The framework of Hinz and van de Geer: bounds from histograms of active units.

Let :math:`\gamma_{n,n'}` be a vector on the levels 0, …, n' such that, for every layer of n' units on
:math:`\mathbb{R}^n` and every J, the number of its regions with at least J active units is at most
:math:`\sum_{l \ge J} \gamma_{n,n'}[l]`.  Then

.. math::

    R \le \bigl\| \varphi_{n_L} \circ \dots \circ \varphi_{n_1} (e_{n_0}) \bigr\|_1, \qquad
    \varphi_{n'}(v) = \sum_n v_n \, \mathrm{cl}_{\min(n,n')} \bigl(\gamma_{\min(n,n'),n'}\bigr),

where :math:`\mathrm{cl}_m` moves everything above level m to level m: a
:class:`~theory.bounds.dynamic_program.LayerProgram`.  All regions on the highest level, :math:`2^{n'}` (``naive``) or
:math:`Z(n', n)` (``montufar``), give products over layers; the histogram ``serra``, :math:`\binom{n'}{j}` at level
:math:`n' - j` for :math:`j \le n`, gives Theorem 1 of Serra et al.; ``2021`` and ``levels``
(:mod:`theory.bounds.histograms`) are tighter.

References
----------
Hinz, van de Geer 2019, the framework; Hinz 2021, the tighter histogram; that of levels is found here.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.bounds.bound import dense, statement
from theory.bounds.dynamic_program import LayerProgram, regions
from theory.bounds.expressions import Formula, index, nested_sum
from theory.bounds.histograms import GAMMAS, hinz_moves, histogram
from theory.bounds.products import PARALLEL_CUTS, TRIVIAL, TWO_RELU_LAYERS, trivial_size
from theory.bounds.serra import THEOREM_1
from theory.errors import UnsupportedError
from theory.names import Names


class Gamma2021(sympy.Function):  # type: ignore[misc]
    """γ_{n,m}[level] of the 2021 histogram as a sympy function; a number as soon as its arguments are."""

    nargs = 3
    histogram_name = "2021"

    @classmethod
    def eval(cls, n: Any, m: Any, level: Any) -> Any:
        if all(getattr(v, "is_Integer", False) for v in (n, m, level)):
            return sympy.Integer(cls.integer_value([n, m, level]))
        return None

    @classmethod
    def integer_value(cls, values: Sequence[Any]) -> int:
        n, m, level = map(int, values)
        return histogram(cls.histogram_name, n, m)[level]

    def _latex(self, printer: Any) -> str:
        n, m, level = (printer.doprint(a) for a in self.args)
        return rf"\gamma_{{{n},\,{m}}}\left[{level}\right]"


class GammaLevels(Gamma2021):
    """The same for the histogram of levels."""

    histogram_name = "levels"


def _program(gamma: type[Gamma2021]) -> LayerProgram:

    def over_levels(layer: int, n: Any, left: Sequence[Any]) -> tuple[Any, tuple[Any, Any, Any], Any]:
        level = index(layer, "l")
        return gamma(sympy.Min(*left, n), n, level), (level, 0, n), level

    moves, threshold = partial(hinz_moves, gamma.histogram_name), GAMMAS[gamma.histogram_name].threshold
    return LayerProgram(regions, moves, threshold=threshold, nested=lambda arch: nested_sum(arch, over_levels))


_PRODUCTS = {"naive": TRIVIAL, "montufar": PARALLEL_CUTS}  # with everything on the highest level
PROGRAMS = Names(
    "histogram",
    {**_PRODUCTS, "serra": THEOREM_1, **{gamma.histogram_name: _program(gamma) for gamma in (Gamma2021, GammaLevels)}},
)
"""The bound of the framework for each histogram."""


def hinz2019(arch: Architecture, gamma: str = "serra") -> Any:
    """The bound of the framework for a chosen histogram: integer, or formula for a symbolic architecture.

    The units of ``arch`` are ReLU; ``gamma`` is ``"naive"``, ``"montufar"``, ``"serra"``, ``"2021"`` or ``"levels"``.

    >>> [hinz2019(Architecture.relu(2, 4, 4), g) for g in PROGRAMS]
    [256, 121, 121, 109, 109]
    """
    program = PROGRAMS[gamma]
    BOUNDS[0].check(arch)
    name = f"hinz2019 with γ_{gamma} of {arch}"
    if arch.is_symbolic:
        formula = program(arch)
        return Formula(formula.expression, formula.holds_when, name)
    if reason := (trivial_size(arch) if gamma == "naive" else program.size(arch)).refusal():
        raise UnsupportedError(f"{name}: {reason}")
    return program(arch)


BOUNDS = tuple(
    statement(key, [dense("relu")], PROGRAMS[gamma], TWO_RELU_LAYERS)
    for key, gamma in (("hinz2019", "serra"), ("levels", "levels"), ("hinz2021", "2021"))
)
"""The bounds of the framework with the histograms ``serra``, ``levels`` and ``2021``.

Where the last two are equal, the later one is named as the least bound: the statement of the literature.
"""
