"""``of=``, the short name of the argument ``definition=`` of every function that takes a definition of "region"."""

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from theory.errors import InvalidInputError

P = ParamSpec("P")
T = TypeVar("T")


def accepts_of(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function with an argument ``definition`` so that callers may write ``of=`` for it.

    If both are given and differ, the decorated function raises :class:`~theory.errors.InvalidInputError`.

    >>> @accepts_of
    ... def noun(number, definition="activation"):
    ...     return f"{number} {definition} regions"
    >>> noun(2, of="linear"), noun(3, definition="linear", of="linear")
    ('2 linear regions', '3 linear regions')
    >>> noun(2, "closed", of="linear")
    Traceback (most recent call last):
    theory.errors.InvalidInputError: of='linear' and definition='closed' are one argument; give definition alone
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def renamed(*arguments: P.args, **options: P.kwargs) -> T:
        if "of" not in options:
            return function(*arguments, **options)
        of = options.pop("of")
        bound = signature.bind_partial(*arguments, **options)
        if (given := bound.arguments.setdefault("definition", of)) != of:
            raise InvalidInputError(f"{of=!r} and definition={given!r} are one argument; give definition alone")
        return function(*bound.args, **bound.kwargs)

    return renamed
