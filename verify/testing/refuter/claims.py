"""What is attacked: a formula, a statement or a function of somebody else, made ready to be asked and to be quoted."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from theory.architecture import Architecture
from theory.bounds import BOUNDS, Bound, all_architectures
from theory.errors import ConditionError, InvalidInputError
from verify.testing.refuter.expressions import Expression, stated

__all__ = ["Claim", "Units", "claim_of", "restricted"]

Units = Literal["relu", "maxout"]

_ADDRESS = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\Z")


@dataclass(frozen=True)
class Claim:
    """A number or a truth for each architecture.

    Attributes
    ----------
    text : str
        What the report calls it.
    function : callable
        Architecture → value; or, with ``loads``, a callable that returns such a function.
    loads : bool
    truth : bool
        Whether the values are truths, not integers.
    units : "relu" or "maxout"
        What kind of architectures it speaks about unless the caller says otherwise.
    setup, call : str
        Python that makes it available, and the call with ``{}`` for the architecture; empty if it cannot be quoted.
    expression : Expression or None
    bound : str
        Its key if it is a bound of the catalog.
    """

    text: str
    function: Callable[..., Any]
    loads: bool = False
    truth: bool = False
    units: Units = "relu"
    setup: str = ""
    call: str = ""
    expression: Expression | None = None
    bound: str = ""


def claim_of(statement: Any) -> Claim:
    """Read a statement: an expression, ``"MODULE:FUNCTION"``, a bound of the catalog, an int or a callable.

    Raises
    ------
    InvalidInputError
        If it is none of these.
    """
    if isinstance(statement, Bound):
        return _of_bound(statement)
    if isinstance(statement, bool):
        raise InvalidInputError(f"{statement} is no statement about architectures; give an expression or a function")
    if isinstance(statement, int):
        return _of_expression(str(statement))
    if isinstance(statement, Expression):
        return _of_expression(statement.text)
    if isinstance(statement, str):
        if address := _ADDRESS.match(statement.strip()):
            return _of_address(*address.groups())
        return _of_expression(statement)
    if callable(statement):
        return _of_callable(statement)
    raise InvalidInputError(
        f"{type(statement).__name__} {statement!r} is no statement; give an expression, MODULE:FUNCTION, a function of "
        "an Architecture or a bound of the catalog"
    )


def _of_bound(bound: Bound) -> Claim:
    call = f'dataclasses.replace(BOUNDS["{bound.key}"], counterexample=None)({{}})'
    return Claim(
        bound.key,
        stated(bound),
        units=_units_of({bound.key}),
        setup="import dataclasses\n\nfrom theory.bounds import BOUNDS",
        call=call,
        bound=bound.key,
    )


def _of_expression(text: str) -> Claim:
    expression = Expression(text)
    return Claim(
        expression.text,
        expression,
        truth=expression.is_statement,
        units=_units_of(expression.names),
        setup="from verify.testing.refuter import Expression",
        call=f"Expression({expression.text!r})({{}})",
        expression=expression,
        bound=expression.text if expression.text in BOUNDS else "",
    )


def _units_of(names: set[str]) -> Units:
    """Maxout if the rank is named, or a bound that no small ReLU architecture has."""
    keys = [key for key in names if key in BOUNDS]
    return "maxout" if "k" in names or not all(map(_speaks_of_relu, keys)) else "relu"


def _speaks_of_relu(key: str) -> bool:
    bound = stated(BOUNDS[key])
    return any(bound.why_not(arch) is None for arch in all_architectures(range(1, 4), (2, 1, 3, 4, 6, 9), (1, 2, 3)))


def _of_address(module: str, name: str) -> Claim:
    first = name.partition(".")[0]
    return Claim(
        f"{module}:{name}",
        Loader(module, name),
        loads=True,
        setup=f"from {module} import {first}",
        call=f"{name}({{}})",
    )


def _of_callable(function: Callable[..., Any]) -> Claim:
    module, name = getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
    text = name or repr(function)
    found: Any = sys.modules.get(module or "")
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not function or module == "__main__":
        return Claim(text, function)
    return Claim(text, function, setup=f"from {module} import {name.partition('.')[0]}", call=f"{name}({{}})")


class Loader:
    """Imports a function when it is called; the current folder is searched first, then PYTHONPATH."""

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __call__(self) -> Callable[[Architecture], Any]:
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
        return _plain(found)


def _plain(found: Any) -> Callable[[Architecture], Any]:
    function: Callable[[Architecture], Any] = stated(found) if isinstance(found, Bound) else found
    return function


class _Restricted:
    """The claim where a condition holds; it says nothing elsewhere."""

    def __init__(self, claim: Claim, where: Callable[[Architecture], Any]) -> None:
        self.claim, self.where = claim, where

    def __call__(self) -> Callable[[Architecture], Any]:
        function = self.claim.function() if self.claim.loads else self.claim.function

        def inside(arch: Architecture) -> Any:
            if not self.where(arch):
                raise ConditionError(f"{arch} is outside the condition")
            return function(arch)

        return inside


def restricted(claim: Claim, where: str | Callable[[Architecture], Any] | None) -> Claim:
    """The claim with a side condition, a statement or a function."""
    if where is None:
        return claim
    condition: Callable[[Architecture], Any]
    if isinstance(where, str):
        condition = Expression(where)
        if not condition.is_statement:
            raise InvalidInputError(f"where: {where!r} is a formula; write a comparison such as L == 2")
        text = f"{claim.text} where {condition.text}"
    elif callable(where):
        condition, text = where, f"{claim.text} where {getattr(where, '__qualname__', repr(where))}"
    else:
        raise InvalidInputError(f"where: {where!r} is neither an expression nor a function of an Architecture")
    return Claim(
        text,
        _Restricted(claim, condition),
        loads=True,
        truth=claim.truth,
        units=claim.units,
        setup=claim.setup,
        call=claim.call,
        expression=claim.expression,
        bound=claim.bound,
    )
