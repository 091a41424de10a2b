"""A small language for statements about architectures, read without ever running the reader's text as a program.

An expression is parsed into a syntax tree by :mod:`ast`, every node is compared with a short list of those that are
allowed, and the tree is evaluated by the functions of this file, in integers and fractions, with a limit on the work.
There is no ``eval``, no attribute, no import, no name but these:

===============================  =================================================================================
``n0``, ``n``, ``L``, ``N``      inputs; the list of hidden widths, ``n[0]`` the first; ``len(n)``; ``sum(n)``
``sizes``                        the list (n0, n_1, …, n_L), so ``sizes[l]`` is n_l
``k``                            rank of the units, 2 for ReLU
``C(a, b)``, ``Z(n, d)``         binomial coefficient, 0 for b > a; Σ_{j ≤ d} C(n, j)
``min max sum prod abs range``   as in Python, ``prod`` for products; also ``len``, ``sorted``, ``zip``, ``enumerate``
``serra2018``, …                 a bound of the catalog at this architecture; ``serra2018(n0, n[0] - 1, n[1] + 1)``
                                 at another one of the same kind of unit
===============================  =================================================================================

Operators are ``+ - * / // % **``, comparisons, ``and or not``, ``a if c else b``, list displays, indices and slices,
and generator expressions.  ``/`` is exact.  A comparison makes the expression a *statement*, which is true or false for
each architecture; anything else is a *formula*, whose value must be an integer.

>>> formula = Expression("prod(Z(m, n0) for m in n)")
>>> formula(Architecture.relu(2, 3, 3)), formula.is_statement
(49, False)
>>> Expression("serra2018 <= 2**N")(Architecture.relu(2, 4, 4))
True

An expression that asks for a layer or for a bound that the architecture does not have says nothing about it:

>>> Expression("n[1]")(Architecture.relu(2, 4))
Traceback (most recent call last):
theory.errors.ConditionError: n[1]: 2-4 has 1 hidden layer
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from theory.architecture import Architecture
from theory.bounds import BOUNDS, Bound
from theory.errors import ConditionError, InvalidInputError
from theory.exact import decimal

__all__ = ["Expression", "stated"]

_LONGEST = 2000  # characters of a text
_MOST_STEPS = 500_000  # nodes visited in one evaluation
_MOST_BITS = 4_000_000  # of one number

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_NAMES = ("n0", "n", "L", "N", "k", "sizes")
_ALLOWED = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.USub,
    ast.UAdd,
    ast.Not,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Name,
    ast.Load,
    ast.Store,
    ast.Constant,
    ast.Subscript,
    ast.Slice,
    ast.List,
    ast.Tuple,
    ast.Starred,
    ast.GeneratorExp,
    ast.ListComp,
    ast.comprehension,
    ast.Pow,
    ast.Div,
    *_OPERATORS,
    *_COMPARISONS,
)


def _size(value: Any) -> int:
    if isinstance(value, Fraction):
        return value.numerator.bit_length() + value.denominator.bit_length()
    return value.bit_length() if isinstance(value, int) else 0


def _small(bits: int) -> None:
    if bits > _MOST_BITS:
        raise InvalidInputError(f"a number of the expression has more than {_MOST_BITS} bits; write a smaller formula")


def _whole(value: Any) -> Any:
    """A fraction that is an integer, as an int."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _power(base: Any, exponent: Any) -> Any:
    if not isinstance(exponent, int):
        raise InvalidInputError("an exponent must be an integer")
    _small(_size(base) * abs(exponent))
    return Fraction(base) ** exponent if exponent < 0 else base**exponent


def _times(a: Any, b: Any) -> Any:
    if not isinstance(a, int | Fraction) or not isinstance(b, int | Fraction):
        raise InvalidInputError("only numbers can be multiplied")
    _small(_size(a) + _size(b))
    return a * b


def _binomial(a: Any, b: Any) -> int:
    if not isinstance(a, int) or not isinstance(b, int) or a < 0:
        raise InvalidInputError("C(a, b) needs integers and a ≥ 0")
    if b < 0:
        return 0
    _small(min(b, max(a - b, 0)) * max(1, a.bit_length()))
    return math.comb(a, b)


def _zaslavsky(n: Any, d: Any) -> int:
    if not isinstance(n, int) or not isinstance(d, int) or n < 0:
        raise InvalidInputError("Z(n, d) needs integers and n ≥ 0")
    _small(min(n, max(d, 0)) * n)
    return sum(math.comb(n, j) for j in range(min(n, d) + 1))


def _product(values: Any) -> Any:
    return functools.reduce(_times, values, 1)


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    """min or max, also of one number: min(n0, *n[:l]) has only n0 left where l = 0."""
    return lambda *values: values[0] if len(values) == 1 and not isinstance(values[0], list) else function(*values)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "C": _binomial,
    "Z": _zaslavsky,
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": sum,
    "prod": _product,
    "abs": abs,
    "range": range,
    "len": len,
    "sorted": sorted,
    "zip": zip,
    "enumerate": enumerate,
}


def stated(bound: Bound) -> Bound:
    """The bound with its side conditions, as if no counterexample were known."""
    return dataclasses.replace(bound, counterexample=None)


class Expression:
    """A formula or a statement in n0, n, k, L and the bounds of the catalog.

    Parameters
    ----------
    text : str

    Raises
    ------
    InvalidInputError
        If the text is not an expression of the language; the message names the part that is not.
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or not text.strip():
            raise InvalidInputError("the expression is empty; write for example prod(n) or serra2018 <= 2**N")
        if len(text) > _LONGEST:
            raise InvalidInputError(
                f"the expression has {len(text)} characters, more than {_LONGEST}; write a function and name it "
                "MODULE:FUNCTION"
            )
        self.text = " ".join(text.split())
        try:
            self._tree = ast.parse(self.text, mode="eval").body
            nodes = list(ast.walk(self._tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = getattr(error, "msg", "") or type(error).__name__
            raise InvalidInputError(f"{_shown(self.text)} is not an expression: {reason}") from None
        bound_here = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for node in nodes:
            self._check(node, bound_here)
        self.names = {node.id for node in nodes if isinstance(node, ast.Name)} - bound_here

    @property
    def is_statement(self) -> bool:
        """Whether its value is true or false."""
        return _is_truth(self._tree)

    def __call__(self, arch: Architecture) -> Any:
        """The value for an architecture: an int or a Fraction, or a bool for a statement.

        Raises
        ------
        ConditionError
            If the expression says nothing about this architecture.
        InvalidInputError
            If it cannot be evaluated (division by zero, too much work).
        """
        return self._evaluate(self._tree, arch)

    def sides(self, arch: Architecture) -> str:
        """A comparison with its values put in, ``"4 <= 3"``; ``"false"`` or ``"true"`` for other statements."""
        tree = self._tree
        if not isinstance(tree, ast.Compare):
            return str(bool(self(arch))).lower()
        values = [self._evaluate(node, arch) for node in (tree.left, *tree.comparators)]
        signs = [ast.unparse(ast.Compare(ast.Name("a"), [op], [ast.Name("b")]))[1:-1].strip() for op in tree.ops]
        words = [_value_text(values[0])]
        for sign, value in zip(signs, values[1:], strict=True):
            words += [sign, _value_text(value)]
        return " ".join(words)

    def _evaluate(self, tree: ast.expr, arch: Architecture) -> Any:
        values = {
            "n0": arch.inputs,
            "n": list(arch.widths),
            "L": arch.depth,
            "N": arch.units,
            "k": arch.rank,
            "sizes": list(arch.sizes),
        }
        try:
            return _Run(arch, self.text).value(tree, values)
        except (ArithmeticError, TypeError, ValueError, LookupError, RecursionError) as error:
            if isinstance(error, InvalidInputError):
                raise
            raise InvalidInputError(f"{_shown(self.text)} at {arch}: {error}") from None

    def _check(self, node: ast.AST, bound_here: set[str]) -> None:
        if not isinstance(node, _ALLOWED):
            part = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
            raise InvalidInputError(
                f"{_shown(part)} has no place in an expression; numbers, names, operators and calls do"
            )
        if isinstance(node, ast.Constant) and type(node.value) is not int:
            raise InvalidInputError(f"{node.value!r} is not an integer; write a quotient such as 1/2")
        if isinstance(node, ast.comprehension) and node.is_async:
            raise InvalidInputError("async has no place in an expression")
        if isinstance(node, ast.Name):
            known = (*_NAMES, *_FUNCTIONS, *BOUNDS)
            if isinstance(node.ctx, ast.Store) and node.id in known:
                raise InvalidInputError(f"{node.id} already has a meaning; choose another name for the index")
            if node.id not in known and node.id not in bound_here:
                raise InvalidInputError(
                    f"the name {node.id!r} is unknown; there are {', '.join(_NAMES)}, {', '.join(_FUNCTIONS)} and the "
                    "bounds of the catalog"
                )
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or node.func.id not in (*_FUNCTIONS, *BOUNDS):
                raise InvalidInputError(
                    f"{_shown(ast.unparse(node.func))} is no function; there are {', '.join(_FUNCTIONS)}"
                )
            if node.keywords:
                raise InvalidInputError(f"{_shown(ast.unparse(node))}: arguments have no names here")

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")


def _value_text(value: Any) -> str:
    return decimal(value) if isinstance(value, int) else str(value)


def _is_truth(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_truth(node.body) and _is_truth(node.orelse)
    return isinstance(node, ast.Compare | ast.BoolOp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )


class _Run:
    """One evaluation: an architecture and the work that is left."""

    def __init__(self, arch: Architecture, text: str) -> None:
        self.arch, self.text, self.steps = arch, text, 0

    def value(self, node: ast.expr, names: Mapping[str, Any]) -> Any:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise InvalidInputError(f"{_shown(self.text)} at {self.arch} needs more than {_MOST_STEPS} steps")
        method = getattr(self, f"_{type(node).__name__.lower()}")
        return method(node, names)

    def _constant(self, node: ast.Constant, _names: Mapping[str, Any]) -> Any:
        return node.value

    def _name(self, node: ast.Name, names: Mapping[str, Any]) -> Any:
        if node.id in names:
            return names[node.id]
        if node.id in BOUNDS:
            return self._bound(node.id, self.arch)
        raise InvalidInputError(f"{node.id} is a function; call it")

    def _bound(self, key: str, arch: Architecture) -> int:
        value: int = stated(BOUNDS[key])(arch)
        return value

    def _binop(self, node: ast.BinOp, names: Mapping[str, Any]) -> Any:
        a, b = self.value(node.left, names), self.value(node.right, names)
        if isinstance(node.op, ast.Pow):
            return _whole(_power(a, b))
        if isinstance(node.op, ast.Mult):
            return _whole(_times(a, b))
        if isinstance(node.op, ast.Div):
            return _whole(Fraction(a) / b)
        return _whole(_OPERATORS[type(node.op)](a, b))

    def _unaryop(self, node: ast.UnaryOp, names: Mapping[str, Any]) -> Any:
        value = self.value(node.operand, names)
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(node.op, ast.USub) else +value

    def _boolop(self, node: ast.BoolOp, names: Mapping[str, Any]) -> bool:
        parts = (bool(self.value(part, names)) for part in node.values)
        return all(parts) if isinstance(node.op, ast.And) else any(parts)

    def _compare(self, node: ast.Compare, names: Mapping[str, Any]) -> bool:
        left = self.value(node.left, names)
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node, names)
            if not _COMPARISONS[type(op)](left, right):
                return False
            left = right
        return True

    def _ifexp(self, node: ast.IfExp, names: Mapping[str, Any]) -> Any:
        return self.value(node.body if self.value(node.test, names) else node.orelse, names)

    def _list(self, node: ast.List | ast.Tuple, names: Mapping[str, Any]) -> list[Any]:
        return self._items(node.elts, names)

    _tuple = _list

    def _items(self, nodes: list[ast.expr], names: Mapping[str, Any]) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items.extend(self.value(node.value, names))
            else:
                items.append(self.value(node, names))
        return items

    def _call(self, node: ast.Call, names: Mapping[str, Any]) -> Any:
        assert isinstance(node.func, ast.Name)
        name, arguments = node.func.id, self._items(node.args, names)
        if name in BOUNDS:
            inputs, *widths = arguments
            return self._bound(name, Architecture(inputs, tuple(widths), self.arch.kind, self.arch.rank))
        return _FUNCTIONS[name](*arguments)

    def _subscript(self, node: ast.Subscript, names: Mapping[str, Any]) -> Any:
        items = self.value(node.value, names)
        if isinstance(node.slice, ast.Slice):
            ends = (node.slice.lower, node.slice.upper, node.slice.step)
            return items[slice(*(None if end is None else self.value(end, names) for end in ends))]
        index = self.value(node.slice, names)
        if isinstance(index, int) and not -len(items) <= index < len(items):
            depth = f"{self.arch.depth} hidden layer{'' if self.arch.depth == 1 else 's'}"
            raise ConditionError(f"{ast.unparse(node)}: {self.arch} has {depth}")
        return items[index]

    def _generatorexp(self, node: ast.GeneratorExp | ast.ListComp, names: Mapping[str, Any]) -> list[Any]:
        return [self.value(node.elt, inner) for inner in self._loop(node.generators, dict(names))]

    _listcomp = _generatorexp

    def _loop(self, generators: list[ast.comprehension], names: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if not generators:
            yield names
            return
        first, *rest = generators
        for item in self.value(first.iter, names):
            self.steps += 1
            inner = {**names, **self._bind(first.target, item)}
            if all(self.value(test, inner) for test in first.ifs):
                yield from self._loop(rest, inner)

    def _bind(self, target: ast.expr, item: Any) -> dict[str, Any]:
        if isinstance(target, ast.Name):
            return {target.id: item}
        if isinstance(target, ast.Tuple | ast.List) and len(target.elts) == len(item):
            bound: dict[str, Any] = {}
            for part, value in zip(target.elts, item, strict=True):
                bound.update(self._bind(part, value))
            return bound
        raise InvalidInputError(f"{ast.unparse(target)} cannot take the items of the loop")
