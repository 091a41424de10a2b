"""Every error the toolkit raises, in one tree, and its warnings.

Each class is also the builtin exception that a caller expects, and each message names the value, the condition that it
violates and the remedy.  The command line prints the message alone and exits with code 2.
"""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

_V = TypeVar("_V")
_SHOWN = 8


class LinregionsError(Exception):
    """Root of every error raised on purpose."""


class InvalidInputError(LinregionsError, ValueError):
    """A value that violates a stated condition (shape, sign, range)."""


class InternalError(LinregionsError, RuntimeError):
    """Two computations that must agree do not: a mistake of the toolkit, never of its user."""


class InexactError(LinregionsError, TypeError):
    """A floating-point number where an exact one is expected."""


class ConditionError(InvalidInputError):
    """A side condition of a published statement does not hold for this architecture."""


class UnknownNameError(InvalidInputError, KeyError):
    """A name that a catalog does not hold; the message lists the names that are close."""

    __str__ = Exception.__str__  # a KeyError would print the message in quotes


class Names(dict[str, _V]):
    """Objects by name, with an error for an unknown name; ``kind`` is the noun for one of them in it.

    >>> trees = Names("tree", {"oak": 1, "red oak": 2, "pine": 3})
    >>> trees["oka"]
    Traceback (most recent call last):
    theory.errors.UnknownNameError: there is no tree 'oka'; close: oak; the others: red oak, pine
    """

    def __init__(self, kind: str, entries: Mapping[str, _V]) -> None:
        super().__init__(entries)
        self.kind = kind

    def __missing__(self, name: object) -> NoReturn:
        import difflib  # slow to load

        word = str(name)
        close = [known for known in self if word and word.lower() in known.lower()]
        close += [known for known in difflib.get_close_matches(word, self, n=3) if known not in close]
        others = [known for known in self if known not in close]
        parts = [f"close: {', '.join(close[:_SHOWN])}"] if close else []
        if not close or len(self) <= _SHOWN:
            tail = ", …" if len(others) > _SHOWN else ""
            parts += [f"{'the others' if close else 'known'}: {', '.join(others[:_SHOWN])}{tail}"] if others else []
        raise UnknownNameError(f"there is no {self.kind} {word[:60]!r}; {'; '.join(parts)}")


class FileFormatError(InvalidInputError):
    """A file that is not what it claims to be: path, place in words (``"layer 2, row 3"``) or empty, problem,
    remedy."""

    def __init__(self, path: object, place: str, problem: str) -> None:
        self.path = str(path)
        self.place = place
        self.problem = problem
        where = f"{self.path}: {place}" if place else self.path
        super().__init__(f"{where}: {problem}")

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.path, self.place, self.problem)


@contextmanager
def located(path: object, place: str = "") -> Iterator[None]:
    """Errors that values raise inside the block become FileFormatErrors, which name the file and the place in it."""
    try:
        yield
    except FileFormatError:
        raise
    except LinregionsError as error:
        raise FileFormatError(path, place, str(error)) from None


class UnsupportedError(LinregionsError, NotImplementedError):
    """A well-formed request that this part of the toolkit does not serve; the message says which part does."""


class MissingExtraError(LinregionsError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""


def imported(module: str, extra: str, purpose: str) -> Any:
    """A module of an optional dependency; without it a :class:`MissingExtraError` names the command that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise MissingExtraError(f'{purpose} needs the package {package}: pip install "linregions[{extra}]"') from None


class HeadWarning(UserWarning):
    """What turns a classifier's scores into probabilities or a class was left out."""


class RoundedWarning(UserWarning):
    """A parameter is irrational and was taken at a nearest floating-point number."""
