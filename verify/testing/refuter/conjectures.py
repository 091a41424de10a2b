"""Conjectures: formulas, statements and functions, in a form that a worker evaluates and a report quotes."""

from __future__ import annotations

import functools
import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from theory.architecture import Architecture
from theory.bounds import BOUNDS, Bound, all_architectures
from theory.errors import ConditionError, InvalidInputError
from verify.testing.refuter.expressions import Expression, stated

Units = Literal["relu", "maxout"]
Function = Callable[[Architecture], Any]

_ADDRESS = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\Z")


@dataclass(frozen=True)
class Conjecture:
    """A number, or true or false, for each architecture: the values of a function.

    ``text`` is its name in the report; ``units`` are those of the architectures it is about, unless the caller says
    otherwise.  ``setup`` is Python that makes it available, ``call`` the call with ``{}`` for the architecture, both
    empty if it cannot be quoted.  ``bound`` is its key if it is a bound of the catalog.  Where the ``condition`` is
    false it says nothing.
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
            expression = Expression(condition)
            if not expression.is_statement:
                raise InvalidInputError(f"where: {condition!r} is a formula; write a comparison such as L == 2")
            condition, name = expression, expression.text
        elif callable(condition):
            name = getattr(condition, "__qualname__", repr(condition))
        else:
            raise InvalidInputError(f"where: {condition!r} is neither an expression nor a function of an Architecture")
        return replace(self, text=f"{self.text} where {name}", condition=condition)


def conjecture_of(statement: Any) -> Conjecture:
    """Read a statement: an expression, ``"MODULE:FUNCTION"``, a bound of the catalog, an int or a callable.

    Anything else raises InvalidInputError.
    """
    if isinstance(statement, bool):
        raise InvalidInputError(f"{statement} is no statement about architectures; give an expression or a function")
    if isinstance(statement, Bound):
        return replace(_of_expression(Expression(statement.key)), function=stated(statement))
    if isinstance(statement, str) and (address := _ADDRESS.match(statement.strip())):
        module, name = address.groups()
        return Conjecture(f"{module}:{name}", _Imported(module, name), **_quoted(module, name))
    if isinstance(statement, str | int):
        return _of_expression(Expression(str(statement)))
    if isinstance(statement, Expression):
        return _of_expression(statement)
    if callable(statement):
        return _of_callable(statement)
    raise InvalidInputError(
        f"{type(statement).__name__} {statement!r} is no statement; give an expression, MODULE:FUNCTION, a function of "
        "an Architecture or a bound of the catalog"
    )


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


def _of_callable(function: Function) -> Conjecture:
    module, name = getattr(function, "__module__", "") or "", getattr(function, "__qualname__", "")
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    quoted = _quoted(module, name) if found is function and module != "__main__" else {}
    return Conjecture(name or repr(function), function, **quoted)


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
