"""A small language for statements about architectures, and what else may be a conjecture: functions and bounds.

docs/ci-recipe.md defines the language.  A comparison makes an expression a *statement*, which is true or false for each
architecture; anything else is a *formula*, whose value must be an integer.

>>> formula = Expression("prod(Z(m, n0) for m in n)")
>>> formula(Architecture.relu(2, 3, 3)), formula.is_statement
(49, False)
>>> Expression("serra2018 <= 2**N")(Architecture.relu(2, 4, 4))
True

An expression that asks for a layer or for a bound that the architecture does not have says nothing about it:

>>> Expression("n[1]")(Architecture.relu(2, 4))
Traceback (most recent call last):
theory.errors.ConditionError: n[1]: 2-4 has 1 hidden layer

Every node of the syntax tree is compared with a list of those that are allowed, which has neither attributes nor
strings, and every name with those of the language.  Only then Python evaluates the expression, without its builtins.
The refuter does that in a :class:`~verify.testing.refuter.worker.Worker`, which limits time and memory.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import CodeType
from typing import Any, Literal

from theory.architecture import Architecture
from theory.bounds import BOUNDS, Bound, all_architectures
from theory.errors import ConditionError, InvalidInputError
from theory.exact import format_rational
from verify.testing.refuter.worker import shown

Units = Literal["relu", "maxout"]
Function = Callable[[Architecture], Any]

_ADDRESS = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\Z")
_LONGEST = 2000  # characters of a text

_SIZES: dict[str, Function] = {
    "n0": lambda arch: arch.inputs,
    "n": lambda arch: list(arch.widths),
    "L": lambda arch: arch.depth,
    "N": lambda arch: arch.units,
    "k": lambda arch: arch.rank,
    "sizes": lambda arch: list(arch.sizes),
}
_NODES = (
    *(ast.Constant, ast.Name, ast.expr_context, ast.Call, ast.List, ast.Tuple, ast.Starred, ast.Subscript, ast.Slice),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.UnaryOp, ast.USub, ast.UAdd),
    *(ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.BoolOp, ast.boolop, ast.Not, ast.IfExp),
    *(ast.GeneratorExp, ast.ListComp, ast.comprehension),
)


def _whole(value: Any) -> Any:
    """A fraction that is an integer, as an int."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _quotient(a: Any, b: Any) -> Any:
    if not b:
        raise ZeroDivisionError("division by zero")
    return _whole(Fraction(a) / b)


def _power(base: Any, exponent: Any) -> Any:
    if not isinstance(exponent, int):
        raise TypeError("an exponent must be an integer")
    return _whole((Fraction(base) if exponent < 0 else base) ** exponent)


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    """min or max, also of one number: min(n0, *n[:l]) has only n0 left where l = 0."""
    return lambda *v: v[0] if len(v) == 1 and isinstance(v[0], int | Fraction) else function(*v)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "C": lambda a, b: math.comb(a, b) if b >= 0 else 0,
    "Z": lambda n, d: sum(math.comb(n, j) for j in range(min(max(n, 0), d) + 1)),
    "min": _extreme(min),
    "max": _extreme(max),
    "sum": sum,
    "prod": math.prod,
    "abs": abs,
    "range": range,
    "len": len,
    "sorted": sorted,
    "zip": zip,
    "enumerate": enumerate,
}
for _name in "CZ":  # so Python calls them where arguments do not fit
    _FUNCTIONS[_name].__qualname__ = _name


def stated(bound: Bound) -> Bound:
    """The bound with its side conditions, as if no counterexample were known."""
    return dataclasses.replace(bound, counterexample=None)


class Expression:
    """A formula or a statement (``is_statement``); a text that is neither raises InvalidInputError, naming the part."""

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
            self.names = _names_of(self._tree)
            self._code = _compiled(self.text)
        except (SyntaxError, RecursionError, MemoryError) as error:
            reason = getattr(error, "msg", "") or type(error).__name__
            raise InvalidInputError(f"{shown(self.text)} is not an expression: {reason}") from None
        self.is_statement = _is_truth(self._tree)

    def __call__(self, arch: Architecture) -> Any:
        """The value for an architecture: an int or a Fraction, or a bool for a statement.

        Raises ConditionError if it says nothing about this architecture, InvalidInputError if it cannot be evaluated.
        """
        return (bool if self.is_statement else _whole)(self._value(self._code, arch))

    def sides(self, arch: Architecture) -> str:
        """A comparison with its values put in, ``"4 <= 3"``; ``"false"`` or ``"true"`` for other statements."""
        tree = self._tree
        if not isinstance(tree, ast.Compare):
            return str(bool(self(arch))).lower()
        values = [self._value(_compiled(ast.unparse(side)), arch) for side in (tree.left, *tree.comparators)]
        texts = [format_rational(Fraction(v)) if isinstance(v, int | Fraction) else str(v) for v in values]
        shown: list[ast.expr] = list(map(ast.Name, texts))
        return ast.unparse(ast.Compare(shown[0], tree.ops, shown[1:]))

    def _value(self, code: CodeType, arch: Architecture) -> Any:
        bounds = {key: functools.partial(_bound_at, stated(BOUNDS[key]), arch) for key in self.names & BOUNDS.keys()}
        sizes = {name: size(arch) for name, size in _SIZES.items()}
        names = {**sizes, **bounds, **_FUNCTIONS, **_OPERATIONS, "__builtins__": {}}
        try:
            return eval(code, names)
        except IndexError:
            layers = f"{arch.depth} hidden layer{'' if arch.depth == 1 else 's'}"
            raise ConditionError(f"{self.text}: {arch} has {layers}") from None
        except InvalidInputError:
            raise
        except (ArithmeticError, TypeError, ValueError, NameError, RecursionError) as error:
            raise InvalidInputError(f"{shown(self.text)} at {arch}: {error}") from None

    def __reduce__(self) -> tuple[type[Expression], tuple[str]]:
        return Expression, (self.text,)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def _names_of(tree: ast.expr) -> set[str]:
    """The names that an expression reads; an error names the first part that does not belong to the language."""
    nodes = list(ast.walk(tree))
    indices = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    functions, known = {*_FUNCTIONS, *BOUNDS}, {*_SIZES, *_FUNCTIONS, *BOUNDS}
    for node in nodes:
        if not isinstance(node, _NODES) or getattr(node, "is_async", False):
            text = shown(ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__)
            raise InvalidInputError(f"{text} has no place in an expression; numbers, names, operators and calls do")
        if isinstance(node, ast.Constant) and type(node.value) is not int:
            raise InvalidInputError(f"{node.value!r} is not an integer; write a quotient such as 1/2")
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in known:
            raise InvalidInputError(f"{node.id} already has a meaning; choose another name for the index")
        if isinstance(node, ast.Name) and node.id not in known | indices:
            raise InvalidInputError(
                f"the name {node.id!r} is unknown; there are {', '.join(_SIZES)}, {', '.join(_FUNCTIONS)} and the "
                "bounds of the catalog"
            )
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in functions):
            text = shown(ast.unparse(node.func))
            raise InvalidInputError(f"{text} is no function; there are {', '.join(_FUNCTIONS)}")
    return {node.id for node in nodes if isinstance(node, ast.Name)} - indices


_OPERATIONS: dict[str, Callable[..., Any]] = {"/": _quotient, "**": _power, "+": _whole}
"""The functions that take the place of operators, ``"+"`` for the results of ``+ - * // %``; no text can name them."""


class _Exact(ast.NodeTransformer):
    """Turns operators into calls, so that every number is an int or a Fraction, and the name of a bound into a call."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        name = {ast.Div: "/", ast.Pow: "**"}.get(type(node.op))
        return _call("+", node) if name is None else _call(name, node.left, node.right)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return _call(node.id) if node.id in BOUNDS else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], [])


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _compiled(text: str) -> CodeType:
    """Code for an expression that :func:`_names_of` accepted."""
    return compile(ast.fix_missing_locations(_Exact().visit(ast.parse(text, mode="eval"))), "<expression>", "eval")


def _bound_at(bound: Bound, arch: Architecture, *sizes: int) -> int:
    """The bound at n0, n_1, …, n_L for units like those of ``arch``; without sizes at ``arch`` itself."""
    return int(bound(Architecture(sizes[0], sizes[1:], arch.kind, arch.rank) if sizes else arch))


def _is_truth(node: ast.expr) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_truth(node.body) and _is_truth(node.orelse)
    return isinstance(node, ast.Compare | ast.BoolOp) or isinstance(getattr(node, "op", None), ast.Not)


@dataclass(frozen=True)
class Conjecture:
    """A number, or true or false, for each architecture: the values of a function; nothing where a condition is false.

    ``text`` is its name in reports; it is about ``units`` unless the caller says otherwise.  ``setup`` is Python that
    makes it available, ``call`` the call with ``{}`` for the architecture, both empty if it cannot be quoted; ``bound``
    is its key if it is one of the catalog.
    """

    text: str
    function: Function
    units: Units = "relu"
    setup: str = ""
    call: str = ""
    bound: str = ""
    condition: Function | None = None

    @property
    def is_statement(self) -> bool:
        """Whether the values are true and false."""
        return isinstance(self.function, Expression) and self.function.is_statement

    def prepare(self) -> None:
        """Import the function, if it is given by its address; the worker that is to call it does that."""
        getattr(self.function, "prepare", lambda: None)()

    def __call__(self, arch: Architecture) -> Any:
        """The value for an architecture; ConditionError where the conjecture says nothing."""
        if self.condition is not None and not self.condition(arch):
            raise ConditionError(f"{arch} is outside the condition")
        return self.function(arch)

    def where(self, condition: str | Function | None) -> Conjecture:
        """The conjecture with a side condition, a statement or a function; elsewhere it says nothing."""
        if condition is None:
            return self
        if isinstance(condition, str):
            condition = Expression(condition)
            if not condition.is_statement:
                raise InvalidInputError(f"where: {condition.text!r} is a formula; write a comparison such as L == 2")
        if not callable(condition):
            raise InvalidInputError(f"where: {condition!r} is neither an expression nor a function of an Architecture")
        name = condition.text if isinstance(condition, Expression) else getattr(condition, "__qualname__", condition)
        return dataclasses.replace(self, text=f"{self.text} where {name}", condition=condition)


def conjecture_of(statement: Any) -> Conjecture:
    """Read an expression, ``"MODULE:FUNCTION"``, a bound, an int or a callable; others raise InvalidInputError."""
    if isinstance(statement, bool):
        raise InvalidInputError(f"{statement} is no statement about architectures; give an expression or a function")
    if isinstance(statement, Bound):
        return dataclasses.replace(_of_expression(Expression(statement.key)), function=stated(statement))
    if isinstance(statement, str) and (address := _ADDRESS.match(statement.strip())):
        module, name = address.groups()
        return Conjecture(f"{module}:{name}", _Imported(module, name), **_quoted(module, name))
    if isinstance(statement, str | int):
        return _of_expression(Expression(str(statement)))
    if isinstance(statement, Expression):
        return _of_expression(statement)
    if not callable(statement):
        raise InvalidInputError(
            f"{type(statement).__name__} {statement!r} is no statement; give an expression, MODULE:FUNCTION, a "
            "function of an Architecture or a bound of the catalog"
        )
    module, name = getattr(statement, "__module__", "") or "", getattr(statement, "__qualname__", "")
    found = functools.reduce(lambda outer, part: getattr(outer, part, None), name.split("."), sys.modules.get(module))
    quoted = _quoted(module, name) if found is statement and module != "__main__" else {}
    return Conjecture(name or repr(statement), statement, **quoted)


def _of_expression(expression: Expression) -> Conjecture:
    """It is about maxout units if it names the rank, or a bound that applies to no small ReLU architecture."""
    text, names = expression.text, expression.names
    bounds = [stated(BOUNDS[key]) for key in names & BOUNDS.keys()]
    small = functools.partial(all_architectures, range(1, 4), (2, 1, 3, 4, 6, 9), (1, 2, 3))
    speaks = (any(bound.why_not(arch) is None for arch in small()) for bound in bounds)
    return Conjecture(
        text,
        expression,
        units="maxout" if "k" in names or not all(speaks) else "relu",
        setup="from verify.testing.refuter import Expression\n",
        call=f"Expression({text!r})({{}})",
        bound=text if text in BOUNDS else "",
    )


def _quoted(module: str, name: str) -> dict[str, Any]:
    return {"setup": f"from {module} import {name.partition('.')[0]}\n", "call": f"{name}({{}})"}


class _Imported:
    """A function named MODULE:FUNCTION.  The worker looks for the module in the current folder, then on PYTHONPATH."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def prepare(self) -> None:
        here = str(Path.cwd())
        if here not in sys.path:
            sys.path.insert(0, here)
        try:
            found: Any = importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{self.module}.".startswith(f"{error.name}."):
                raise
            raise InvalidInputError(
                f"there is no module {self.module} in the current folder or on PYTHONPATH; write MODULE:FUNCTION"
            ) from None
        for part in self.name.split("."):
            if not hasattr(found, part):
                raise InvalidInputError(f"the module {self.module} has no {self.name}; name one of its functions")
            found = getattr(found, part)
        if not callable(found):
            raise InvalidInputError(f"{self.module}:{self.name} is a {type(found).__name__}, not a function")
        self.function: Function = stated(found) if isinstance(found, Bound) else found

    def __call__(self, arch: Architecture) -> Any:
        return self.function(arch)
