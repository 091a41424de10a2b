"""A bound of a symbolic architecture: an expression that remembers when it holds.

A polynomial in the widths may equal its bound only from some width on, and a published bound may hold only for widths
that are large enough or even.  A :class:`Formula` prints these conditions beside its expression, and refuses numbers
that violate them; sympy does everything else.

>>> from theory import Architecture
>>> from theory.bounds import BOUNDS
>>> n = sympy.Symbol("n", integer=True, positive=True)
>>> lower = BOUNDS["serra2018_lower"](Architecture.relu(1, n, n))
>>> lower
(n + 1)**2 for n >= 3
>>> lower.subs(n, 4)
25
>>> lower.subs(n, 2)
Traceback (most recent call last):
theory.errors.ConditionError: serra2018_lower of 1-n-n: the expression holds for n >= 3, not for n = 2; ...
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import sympy

from theory.errors import ConditionError


def undecided(relations: Iterable[Any]) -> tuple[Any, ...]:
    """The relations that are not plainly true: what an expression still assumes."""
    return tuple(dict.fromkeys(r for r in relations if r not in (True, sympy.true)))


class Formula:
    """A sympy expression and the conditions under which it is the bound.

    ``expression`` is bare, for callers that check the conditions themselves; ``holds_when`` are relations of sympy;
    ``name`` says in messages what the conditions belong to.

    sympy's functions take a Formula for its expression (``sympy.expand``, ``sympy.Poly``, ``sympy.latex`` …), its
    methods and attributes are those of the expression, and arithmetic with it gives an expression without the
    conditions.  :meth:`subs` keeps them.
    """

    def __init__(self, expression: Any, holds_when: Iterable[Any] = (), name: str = "formula") -> None:
        self.expression = sympy.sympify(expression)
        self.holds_when = undecided(holds_when)
        self.name = name

    def subs(self, *arguments: Any, **options: Any) -> Any:
        """Other expressions for symbols: a number if no symbol is left, else a formula with the conditions left.

        Raises ConditionError if a condition fails.
        """
        left = self._left(lambda relation: relation.subs(*arguments, **options))
        expression = self.expression.subs(*arguments, **options)
        return Formula(expression, left, self.name) if expression.free_symbols else expression

    def meets(self, values: Mapping[Any, Any]) -> None:
        """Raise a ConditionError unless the values of the symbols meet every condition."""
        self._left(lambda relation: relation.subs(dict(values)))

    def _left(self, substituted: Callable[[Any], Any]) -> tuple[Any, ...]:
        """The conditions that a substitution leaves open."""
        left = []
        for relation in self.holds_when:
            new = substituted(relation)
            if new == sympy.false:
                changed = ((s, substituted(s)) for s in sorted(relation.free_symbols, key=str))
                given = ", ".join(f"{s} = {value}" for s, value in changed if s != value)
                holds = f"{self.name}: the expression holds for {relation}, not for {given}"
                raise ConditionError(f"{holds}; ask the bound for the numeric architecture")
            left.append(new)
        return undecided(left)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "expression":
            raise AttributeError(name)
        return getattr(self.expression, name)

    def _sympy_(self) -> Any:
        return self.expression

    def __eq__(self, other: object) -> bool:
        """Equal expressions under equal conditions; with an expression or a number, the expression alone decides."""
        if isinstance(other, Formula):
            return bool(self.expression == other.expression and set(self.holds_when) == set(other.holds_when))
        return bool(self.expression == other)

    def __hash__(self) -> int:
        return hash(self.expression)

    def __str__(self) -> str:
        if not self.holds_when:
            return str(self.expression)
        return f"{self.expression} for {', '.join(map(str, self.holds_when))}"

    __repr__ = __str__

    def _latex(self, printer: Any) -> str:
        return str(printer.doprint(self.expression))

    def _repr_latex_(self) -> str:
        conditions = r",\ ".join(map(sympy.latex, self.holds_when))
        beside = rf"\qquad ({conditions})" if conditions else ""
        return rf"$\displaystyle {sympy.latex(self.expression)}{beside}$"

    def __neg__(self) -> Any:
        return -self.expression


def _passed_on(name: str) -> Callable[[Formula, Any], Any]:
    """The method of the expressions of this name."""
    return lambda self, other: getattr(self.expression, name)(other.expression if isinstance(other, Formula) else other)


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow"):
    setattr(Formula, f"__{_name}__", _passed_on(f"__{_name}__"))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Formula, f"__{_name}__", _passed_on(f"__{_name}__"))
