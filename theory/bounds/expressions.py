r"""The combinatorial numbers under the bounds, and formulas with conditions for sizes that are symbols.

A polynomial in the widths may equal its bound from some width on, a published bound hold for even widths only.  A
:class:`Formula` prints such conditions beside its expression, and refuses numbers that violate them.

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

With integers the functions return Python integers, with symbols sympy expressions: a sum of binomials up to a fixed
number of inputs is written out as a polynomial in the widths, any other as an :class:`ExactSum`, added up term by term
as soon as its limits are integers.  (``Sum.doit()`` of sympy 1.14 closes :math:`\sum_{j \le m} \binom{3}{j}` by a
hypergeometric formula that is wrong at integers, 8 at m = 2, not 7; ``lambdify`` would turn binomials into floats.)

>>> j, m, n = sympy.symbols("j m n", integer=True, nonnegative=True)
>>> nested = ExactSum(ExactSum(sympy.binomial(3, j), (j, 0, sympy.Min(m, n))), (m, 2, 2))
>>> nested.doit()
Sum(binomial(3, j), (j, 0, Min(2, n)))
>>> nested.subs(n, 5), nested.doit().subs(n, 1)
(7, 4)

References
----------
Zaslavsky 1975, Theorem A, Corollary.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import Any

import sympy

from theory.architecture import Architecture
from theory.errors import ConditionError, InvalidInputError, UnsupportedError
from theory.exact import rational

POLYNOMIAL_DEGREE = 24
"""Sums of binomials with at most this many terms beyond the first are written out as polynomials."""

_Environment = Mapping[sympy.Symbol, Any]
_Value = Callable[[_Environment], Any]


def binomials(n: int, upto: int) -> list[int]:
    """[C(n,0), …, C(n, min(n, upto))], in O(upto) operations for n of any size."""
    return list(accumulate(range(min(n, upto)), lambda number, j: number * (n - j) // (j + 1), initial=1))


@lru_cache(maxsize=64)
def binomial_row(n: int) -> tuple[int, ...]:
    """(C(n,0), …, C(n,n))."""
    return tuple(binomials(n, n))


def partial_sum(n: int, d: int, weight: int = 1) -> int:
    r""":math:`\sum_{j \le d} \binom{n}{j} w^j`, the regions of n bundles of w parallel hyperplanes in R^d.

    >>> partial_sum(3, 2, weight=2), partial_sum(3, 10**9, weight=2)
    (19, 27)
    """
    if d >= n:  # the binomial theorem
        return int((1 + weight) ** n)
    total, term = 1, 1
    for j in range(d):
        term = term * (n - j) * weight // (j + 1)
        total += term
    return total


def zaslavsky_number(n: int, d: int) -> int:
    """Z(n, d), the regions of n hyperplanes in general position in R^d."""
    return partial_sum(n, d)


def elementary_symmetric(values: Sequence[int], upto: int) -> list[int]:
    """[e_0, …, e_upto] of the given numbers."""
    e = [1] + [0] * upto
    for seen, value in enumerate(values, start=1):
        for j in range(min(seen, upto), 0, -1):
            e[j] += e[j - 1] * value
    return e


def undecided(relations: Iterable[Any]) -> tuple[Any, ...]:
    """The relations that are not plainly true: what an expression still assumes."""
    return tuple(dict.fromkeys(r for r in relations if r not in (True, sympy.true)))


class Formula:
    """A sympy expression and the conditions under which it is the bound.

    ``holds_when`` are relations of sympy; ``name`` says in messages what the conditions belong to.  sympy's functions
    take a Formula for its ``expression``, its methods and attributes are those of the expression, and arithmetic with
    it gives an expression without the conditions.  :meth:`subs` keeps them.
    """

    def __init__(self, expression: Any, holds_when: Iterable[Any] = (), name: str = "formula") -> None:
        self.expression = sympy.sympify(expression)
        self.holds_when = undecided(holds_when)
        self.name = name

    def subs(self, *arguments: Any, **options: Any) -> Any:
        """A number if no symbol is left, else a formula with the conditions left; ConditionError if one fails."""
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


_OPERATORS = ("add", "sub", "mul", "truediv", "pow")
for _name in (*_OPERATORS, *(f"r{operator}" for operator in _OPERATORS), "lt", "le", "gt", "ge"):
    setattr(Formula, f"__{_name}__", _passed_on(f"__{_name}__"))


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


_Term = Callable[[int, Any, Sequence[Any]], tuple[Any, tuple[Any, Any, Any], Any]]
"""(layer, its width, the sizes before it) to a summand, the limits of its sum, and the size that the layer leaves."""


def nested_sum(arch: Architecture, term: _Term) -> Any:
    """Σ a_1 Σ a_2 ⋯ with one sum for each layer, the first outermost."""
    left: list[Any] = [arch.inputs]
    sums = []
    for layer, n in enumerate(arch.widths, start=1):
        *summand, after = term(layer, n, left)
        sums.append(summand)
        left.append(after)
    total: Any = sympy.Integer(1)
    for factor, limits in reversed(sums):
        total = ExactSum(factor * total, limits)
    return total


def is_number(value: Any) -> bool:
    """Whether a size is an int and not an expression with symbols."""
    return isinstance(value, int)


def index(layer: int, name: str = "j") -> sympy.Symbol:
    """The summation index j_l of a layer, a non-negative integer."""
    return sympy.Symbol(f"{name}_{layer}", integer=True, nonnegative=True)


def least(*values: Any) -> Any:
    """The minimum: an int if all values are, else a sympy ``Min``."""
    return min(values) if all(map(is_number, values)) else sympy.Min(*values)


def greatest(values: Sequence[Any]) -> Any:
    """The maximum: an int if all values are, else a ``Max`` left as it is: sympy compares every pair at length."""
    if all(map(is_number, values)):
        return max(values)
    return values[0] if len(values) == 1 else sympy.Max(*values, evaluate=False)


def choose(n: Any, j: int) -> Any:
    """C(n, j) for a fixed j and n ≥ 0: an int, or a polynomial in n."""
    if is_number(n):
        return math.comb(n, j)
    return sympy.prod([n - i for i in range(j)]) / sympy.factorial(j)


def binomial_sum(n: Any, d: Any, weight: Any = 1, *, layer: int = 1) -> Any:
    r""":math:`\sum_{j \le d} \binom{n}{j} w^j`: an int, an expanded polynomial, or a sum over :math:`j_l`.

    >>> n, d = sympy.symbols("n d")
    >>> binomial_sum(4, 2), binomial_sum(n, 2), binomial_sum(4, d)
    (11, n**2/2 + n/2 + 1, Sum(binomial(4, j_1), (j_1, 0, d)))
    """
    if is_number(d) and is_number(n):
        if is_number(weight):
            return partial_sum(n, d, weight)
        d = min(d, n)
    power = sympy.sympify(weight)
    if is_number(d) and d <= POLYNOMIAL_DEGREE:
        return sympy.expand(sympy.Add(*(choose(n, j) * power**j for j in range(d + 1))))
    j = index(layer)
    return ExactSum(sympy.binomial(n, j) * power**j, (j, 0, d))


def _whole(value: Any, *, signed: bool = False) -> int:
    if value.denominator != 1 or (value < 0 and not signed):
        raise UnsupportedError(f"no exact evaluation where {value} is an exponent or in a binomial coefficient")
    return int(value)


_OPERATIONS: dict[Any, Callable[[list[Any]], Any]] = {
    sympy.Add: sum,
    sympy.Mul: math.prod,
    sympy.Min: min,
    sympy.Max: max,
    sympy.Pow: lambda v: v[0] ** _whole(v[1]) if v[1] >= 0 else Fraction(v[0]) ** _whole(v[1], signed=True),
    sympy.floor: lambda v: math.floor(v[0]),
    sympy.Mod: lambda v: v[0] % v[1],
    sympy.binomial: lambda v: math.comb(*map(_whole, v)),
}


def compiled(expression: sympy.Expr) -> Callable[[_Environment], Any]:
    """The expression as a function of {symbol: number}; an UnsupportedError if the bounds do not use what it has."""
    expr = sympy.sympify(expression)
    if expr.is_Symbol:
        return lambda env: env[expr]
    if expr.is_Rational:
        value = rational(expr)
        number = value.numerator if value.denominator == 1 else value
        return lambda _: number
    if isinstance(expr, sympy.Sum | sympy.Product):
        return _loop(expr)
    operation = getattr(expr, "integer_value", None) or _OPERATIONS.get(expr.func)
    if operation is None:
        raise UnsupportedError(f"no exact evaluation for {expr.func}; the bounds do not use it")
    arguments = [compiled(a) for a in expr.args]
    return lambda env: operation([a(env) for a in arguments])


def _loop(expr: Any) -> _Value:
    """Σ or Π over indices with their limits, which sympy lists from the inside to the outside."""
    fold: Callable[[Any], Any] = sum if isinstance(expr, sympy.Sum) else math.prod
    *inner, (symbol, low, high) = expr.limits
    body = compiled(expr.func(expr.function, *inner) if inner else expr.function)
    start, stop = compiled(low), compiled(high)
    return lambda env: fold(body({**env, symbol: j}) for j in range(int(start(env)), int(stop(env)) + 1))


def evaluate(expression: Any, values: _Environment) -> Any:
    """The exact value at integers for all free symbols; ConditionError if these violate a condition of a formula.

    >>> n, d = sympy.symbols("n d")
    >>> evaluate(binomial_sum(n, d), {n: 5, d: 2})
    16
    """
    missing = sympy.sympify(expression).free_symbols - set(values)
    if missing:
        raise InvalidInputError(f"no value given for {', '.join(sorted(map(str, missing)))}")
    if isinstance(expression, Formula):
        expression.meets(values)
    value = compiled(expression)({symbol: rational(v, place=str(symbol)) for symbol, v in values.items()})
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value
