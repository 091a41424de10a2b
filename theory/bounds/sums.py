"""Sums whose value sympy does not guess.

``Sum.doit()`` of sympy 1.14 closes an inner sum such as Σ_{j ≤ m} C(3, j) with symbolic m by a hypergeometric
formula that is wrong at integers (8 at m = 2, not 7), and simplifying or evaluating a nested sum goes the same way.
An :class:`ExactSum` is added up term by term as soon as its limits are integers, and is left as it stands before;
with the last symbol replaced by a number it is a number.

>>> j, m, n = sympy.symbols("j m n", integer=True, nonnegative=True)
>>> nested = ExactSum(ExactSum(sympy.binomial(3, j), (j, 0, sympy.Min(m, n))), (m, 2, 2))
>>> nested.doit()
Sum(binomial(3, j), (j, 0, Min(2, n)))
>>> nested.subs(n, 5), nested.doit().subs(n, 1)
(7, 4)
"""

from __future__ import annotations

from typing import Any

import sympy

from theory.bounds.evaluation import compiled

__all__ = ["ExactSum"]


class ExactSum(sympy.Sum):  # type: ignore[misc]
    """Σ over integers, evaluated term by term and never by a closed form."""

    def __new__(cls, function: Any, *limits: Any, **assumptions: Any) -> Any:
        """The sum, or its value if there is no symbol left in it."""
        new = super().__new__(cls, function, *limits, **assumptions)
        if isinstance(new, cls) and not new.free_symbols:
            return sympy.sympify(compiled(new)({}))
        return new

    def doit(self, **hints: Any) -> Any:
        """The sum of the terms if both limits are integers, else the sum with its parts evaluated."""
        # sympy lists the limits of nested sums from the inside to the outside
        *inner, (symbol, low, high) = self.limits
        function = self.func(self.function, *inner) if inner else self.function
        low, high = (sympy.sympify(end).doit(**hints) for end in (low, high))
        if low.is_Integer and high.is_Integer:
            return sympy.Add(*(function.subs(symbol, j).doit(**hints) for j in range(int(low), int(high) + 1)))
        return self.func(function.doit(**hints), (symbol, low, high))

    def _eval_simplify(self, **options: Any) -> Any:  # noqa: ARG002
        return self.doit()

    def _sympystr(self, printer: Any) -> str:
        return str(printer._print_Sum(self))
