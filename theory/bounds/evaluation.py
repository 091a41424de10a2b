"""Numbers for symbols, in exact arithmetic.

The expressions of the bounds are nested sums of binomials with minima as limits.  ``lambdify`` turns binomials into
floats; :func:`evaluate` walks the expression with Python integers and fractions instead.
"""

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from theory.errors import InvalidInputError, UnsupportedError
from theory.exact import rational

_Environment = Mapping[sympy.Symbol, Any]
_Value = Callable[[_Environment], Any]


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
    """The expression as a function of {symbol: number}, for many evaluations.

    Raises UnsupportedError if the expression contains a function that the bounds do not use.
    """
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


def _loop(expr: Any) -> Callable[[_Environment], Any]:
    """Σ or Π over indices with their limits, which sympy lists from the inside to the outside."""
    fold: Callable[[Any], Any] = sum if isinstance(expr, sympy.Sum) else math.prod
    value = compiled(expr.function)
    for symbol, low, high in expr.limits:
        value = _folded(fold, value, symbol, compiled(low), compiled(high))
    return value


def _folded(fold: Callable[[Any], Any], body: _Value, symbol: sympy.Symbol, start: _Value, stop: _Value) -> _Value:
    return lambda env: fold(body({**env, symbol: j}) for j in range(int(start(env)), int(stop(env)) + 1))


def evaluate(expression: Any, values: _Environment) -> Any:
    """The exact value of a bound's expression at integers.

    The values map every free symbol to an integer.  Raises ConditionError if the values violate a condition of a
    :class:`~theory.bounds.formula.Formula`.

    >>> from theory.bounds import BOUNDS
    >>> statement = BOUNDS["serra2018"].statement
    >>> n0, n1, n2 = sorted(statement.free_symbols, key=str)
    >>> evaluate(statement, {n0: 2, n1: 3, n2: 3})
    40
    """
    missing = sympy.sympify(expression).free_symbols - set(values)
    if missing:
        raise InvalidInputError(f"no value given for {', '.join(sorted(map(str, missing)))}")
    if meets := getattr(expression, "meets", None):
        meets(values)
    value = compiled(expression)({symbol: rational(v, place=str(symbol)) for symbol, v in values.items()})
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value
